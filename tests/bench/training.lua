-- Training steps as a script takes them: forward, loss, backward, optimizer. Median of repeats; the peers are in training.py.
local ll = require "losslab"

-- Seconds of one call of f: the median of `repeats` blocks, each of about a tenth of a second.
local function median(f, repeats)
  f()
  local clock = os.clock
  local start = clock()
  f()
  local once = math.max(clock() - start, 1e-7)
  local count = math.max(1, math.floor(0.1 / once))
  local times = {}
  for i = 1, repeats or 11 do
    start = clock()
    for _ = 1, count do f() end
    times[i] = (clock() - start) / count
  end
  table.sort(times)
  return times[(#times + 1) // 2]
end

local function report(name, seconds) print(("%s\t%.9g"):format(name, seconds)) end

local function labels(n)
  local t = {}
  for i = 1, n do t[i] = i % 2 end
  return ll.matrix(t)
end

-- ---- networks ----
local stream = ll.random(1)
for _, case in ipairs {
  { name = "step of MLP 18-64-32-1, batch 256", sizes = { 18, 64, 32, 1 }, batch = 256 },
  { name = "step of MLP 30-32-16-1, batch 64", sizes = { 30, 32, 16, 1 }, batch = 64 },
  { name = "step of MLP 784-1024-1024-1, batch 512", sizes = { 784, 1024, 1024, 1 }, batch = 512 },
} do
  local net = ll.nn.mlp(case.sizes)
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
  local loss = ll.loss.cross_entropy {}
  local x, y = stream:normal(case.batch, case.sizes[1]), labels(case.batch)
  report(case.name, median(function()
    loss(net(x), y):backward()
    adam:step()
  end))
end

-- What the graph and Lua cost beside the arithmetic: the same step of a network too small to have any.
do
  local net = ll.nn.mlp { 1, 1, 1, 1 }
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
  local loss = ll.loss.cross_entropy {}
  local x, y = stream:normal(2, 1), labels(2)
  report("step of MLP 1-1-1-1, batch 2 (Lua and graph alone)", median(function()
    loss(net(x), y):backward()
    adam:step()
  end))
end

-- ---- adaptive rank ----
for _, m in ipairs { 20000, 200000, 2000000 } do
  local net = ll.nn.mlp { 18, 64, 32, 1, output = "sigmoid" }
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
  local loss = ll.loss.adaptive_rank {}
  local x, y = stream:normal(256, 18), labels(256)
  loss:history(stream:uniform(m, 1, 0.3, 0.7), labels(m))
  report(("adaptive_rank step, history %d"):format(m), median(function()
    loss(net(x), y):backward()
    adam:step()
  end))
end

-- ---- a critic with gradient penalty: double backward ----
do
  local net = ll.nn.mlp { 2, 128, 128, 1, hidden = "tanh" }
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-4 })
  local critic, penalty = ll.loss.wasserstein_critic {}, ll.loss.gradient_penalty {}
  local real, fake = stream:normal(256, 2), stream:normal(256, 2, 1, 2)
  report("WGAN-GP critic step 2-128-128-1 tanh, batch 256", median(function()
    local e = stream:uniform(256, 1)
    local between = (real * e + fake * (1 - e)):with_grad()
    local g = ll.grad(net(between):sum(), between, { create_graph = true })
    local value = critic(net(real), net(fake)) + penalty(g) * 10
    value:backward()
    adam:step()
  end))
end

-- ---- elementwise and products ----
do
  local x = stream:normal(1000, 1000)
  for _, name in ipairs { "exp", "tanh", "sigmoid" } do
    report(name .. " of 10^6 elements", median(function() return ll[name](x) end))
  end
  report("copy of 10^6 elements", median(function() return x:copy() end))
  local a, b = stream:normal(1024, 1024), stream:normal(1024, 1024)
  report("product 1024x1024x1024", median(function() return ll.matmul(a, b) end))
end
