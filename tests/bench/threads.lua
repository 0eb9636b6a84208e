-- The step of a large network by one thread and by two, in turns, in seconds that pass; the least of many, as others who use the
-- machine only make one longer. The ratio stands behind it: 2 is the bound. Needs two cores with nothing else to do.
local ll = require "losslab"

local function step_of(sizes, batch)
  local stream = ll.random(1)
  local net = ll.nn.mlp(sizes)
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
  local loss = ll.loss.cross_entropy {}
  local labels = {}
  for i = 1, batch do labels[i] = i % 2 end
  local x, y = stream:normal(batch, sizes[1]), ll.matrix(labels)
  return function()
    loss(net(x), y):backward()
    adam:step()
  end
end

local function seconds(f)
  local from = ll.system.clock()
  f()
  return ll.system.clock() - from
end

local a, b = ll.random(2):normal(1024, 1024), ll.random(3):normal(1024, 1024)
for _, case in ipairs {
  { "step of MLP 784-1024-1024-1, batch 512", step_of({ 784, 1024, 1024, 1 }, 512), 20 },
  { "product 1024x1024x1024", function() return a % b end, 20 },
  { "sigmoid of 10^6 elements", function() return a:sigmoid() end, 60 },
  { "softmax of 1024 rows of 1024", function() return ll.softmax(a) end, 60 },
} do
  local name, f, times = table.unpack(case)
  local least = { math.huge, math.huge }
  for _ = 1, times do
    for threads = 1, 2 do
      ll.threads(threads)
      f() -- threads are started anew
      for _ = 1, 2 do least[threads] = math.min(least[threads], seconds(f)) end
    end
  end
  for threads = 1, 2 do
    local ratio = threads == 2 and string.format(" (%.2f times as fast)", least[1] / least[2]) or ""
    print(string.format("%s, %d thread%s%s\t%.9g", name, threads, threads == 1 and "" or "s", ratio, least[threads]))
  end
end
