-- Steps from Lua beside what they cannot go below: the products and activations of step.c, which is run in turns with them. The
-- least of the blocks' means, of the processor's time. A line is a step's seconds; the one below it how often its bound that is.
local ll = require "losslab"

ll.threads(1)

local clock, ROUNDS = os.clock, 5

-- Least seconds of each function, in turns.
local function least(functions, best)
  for _ = 1, 40 do
    for i, f in ipairs(functions) do
      local count, start = 0, clock()
      repeat
        for _ = 1, 100 do f() end
        count = count + 100
      until clock() - start > 1e-3
      best[i] = math.min(best[i] or math.huge, (clock() - start) / count)
    end
  end
  return best
end

local bounds = {}
local function read_bounds()
  local program = (os.getenv "LOSSLAB_BUILD" or "build") .. "/float/tests/bench/step"
  local pipe = io.popen(program .. " 2>/dev/null")
  for line in pipe and pipe:lines() or function() end do
    local name, seconds = line:match "^(.*)\t(%S+)$"
    if name then bounds[name] = math.min(bounds[name] or math.huge, tonumber(seconds)) end
  end
  if pipe then pipe:close() end
end

local function labels(n)
  local t = {}
  for i = 1, n do t[i] = i % 2 end
  return ll.matrix(t)
end

local function training(sizes)
  local net = ll.nn.mlp(sizes)
  return { net = net, optimizer = ll.optim.adam(net, { lr = 1e-3 }), loss = ll.loss.cross_entropy {} }
end

local function steps_of(sizes, batch)
  local stream = ll.random(1)
  local x, y = stream:normal(batch, sizes[1]), labels(batch)
  local whole = ll.compile(training(sizes))
  local function step(s)
    local net, loss, optimizer = s.net, s.loss, s.optimizer
    return function(inputs, classes)
      loss(net(inputs), classes):backward()
      optimizer:step()
    end
  end
  local plain, of_step, alone = step(training(sizes)), step(training(sizes)), ll.compile(step(training(sizes)))
  local more = ll.compile(function() of_step(x, y) end)
  return { function() plain(x, y) end, more, function() alone(x, y) end, function() whole(x, y) end },
    { "", ", a function compiled", ", a function compiled that is a step alone", ", compiled" }
end

local function critic()
  local stream = ll.random(1)
  local net = ll.nn.mlp { 2, 128, 128, 1, hidden = "tanh" }
  local adam = ll.optim.adam(net, { lr = 1e-4 })
  local loss, penalty = ll.loss.wasserstein_critic {}, ll.loss.gradient_penalty {}
  local real, fake = stream:normal(256, 2), stream:normal(256, 2, 1, 2)
  return function()
    local e = stream:uniform(256, 1)
    local between = (real * e + fake * (1 - e)):with_grad()
    local g = ll.grad(net(between):sum(), between, { create_graph = true })
    local value = loss(net(real), net(fake)) + penalty(g) * 10
    value:backward()
    adam:step()
  end
end

local cases = {}
for _, case in ipairs { { { 18, 64, 32, 1 }, 64 }, { { 30, 32, 16, 1 }, 64 }, { { 18, 64, 32, 1 }, 256 } } do
  local name = ("MLP %s, batch %d"):format(table.concat(case[1], "-"), case[2])
  local functions, ways = steps_of(case[1], case[2])
  cases[#cases + 1] = { what = "step of " .. name .. " (least)", bound = "products and activations of " .. name,
    functions = functions, ways = ways, best = {} }
end
cases[#cases + 1] = { what = "WGAN-GP critic step 2-128-128-1 tanh, batch 256 (least)",
  bound = "twelve products of a WGAN-GP critic step 2-128-128-1, batch 256",
  functions = { critic(), ll.compile(critic()) }, ways = { "", ", a function compiled" }, best = {} }

for _ = 1, ROUNDS do
  read_bounds()
  for _, case in ipairs(cases) do least(case.functions, case.best) end
end
for _, case in ipairs(cases) do
  for i, way in ipairs(case.ways) do
    print(("%s%s\t%.9g"):format(case.what, way, case.best[i]))
    local bound = bounds[case.bound]
    if bound then print(("%s%s, over its bound\t%.3f\t×"):format(case.what, way, case.best[i] / bound)) end
  end
end
