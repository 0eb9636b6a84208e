-- The program as a whole: its start, memory over a million steps, and what a second worker brings.
local ll = require "losslab"
local program = os.getenv "LOSSLAB" or "bin/losslab"

local function report(name, value, unit) print(("%s\t%.9g%s"):format(name, value, unit and "\t" .. unit or "")) end

local function resident()
  local pages = io.open("/proc/self/statm"):read("a"):match "%d+ (%d+)"
  return pages * 4096 / 2^20
end

-- The least of some starts, beside those of Lua alone and of a program that does nothing: what is below them is the system's.
for _, case in ipairs { { "losslab -e ''", program .. " -e ''" }, { "lua5.4 -e ''", "lua5.4 -e ''" }, { "true", "/bin/true" } } do
  local least = math.huge
  for _ = 1, 100 do
    local start = ll.system.clock()
    os.execute("exec " .. case[2])
    least = math.min(least, ll.system.clock() - start)
  end
  report(case[1] .. " (with the shell's start)", least)
end

do
  local net = ll.nn.mlp { 8, 4, 1, output = "sigmoid" }
  local adam = ll.optim.adam(net:parameters(), { lr = 1e-3 })
  local loss = ll.loss.adaptive_rank { margin_lr = 1e-3 }
  local stream, t = ll.random(1), {}
  for i = 1, 32 do t[i] = i % 2 end
  local x, y = stream:normal(32, 8), ll.matrix(t)
  loss:history(ll.no_grad(net, x), y)
  local function steps(n)
    for i = 1, n do
      loss(net(x), y):backward()
      adam:step()
      if i % 100 == 0 then loss:end_epoch() end
    end
  end
  steps(10000)
  local before = resident()
  steps(1000000)
  report("resident memory after 10^4 steps", before, "MiB")
  report("resident memory after 10^6 more", resident(), "MiB")
end

do
  local study = [[return ll.study { name = "bench", question = "how fast",
    data = { { generator = "target_decoy", n = 4000, features = 18 } },
    split = { folds = 4 }, seeds = { 1, 2, 3, 4, 5 }, compare = { cross_entropy = {}, adaptive_rank = { margin_lr = { 0, 1e-3 } } },
    train = { epochs = 100, batch = 256, optimizer = "adam", lr = 1e-3 }, scores = "best" }]]
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(study)
  file:close()
  -- In turn, and the least of three: other work on the machine only ever adds.
  local least = { math.huge, math.huge }
  for _ = 1, 3 do
    for jobs = 1, 2 do
      local db = os.tmpname()
      local start = ll.system.clock()
      os.execute(("%s run %s --db %s.db --jobs %d >%s 2>&1"):format(program, path, db, jobs, db))
      least[jobs] = math.min(least[jobs], ll.system.clock() - start)
      os.execute("rm -f " .. db .. " " .. db .. ".db*")
    end
  end
  report("a study of 60 trials, 1 worker", least[1])
  report("a study of 60 trials, 2 workers", least[2])
  report("throughput of 2 workers against 1", least[1] / least[2], "times")
  os.remove(path)
end
