-- Two databases of ten thousand trials each, of four epochs and two metrics on two parts: merged into a new one, once more into the
-- same, and compared.
local diff = require "losslab.results.diff"
local fixture = require "tests.lua.fixture_merge"
local ll = require "losslab"
local merge = require "losslab.results.merge"

local function report(name, seconds) print(("%s\t%.9g"):format(name, seconds)) end

local TRIALS = 10000
local a, b, out = os.tmpname(), os.tmpname(), os.tmpname()
fixture.make(a, { trials = TRIALS })
fixture.make(b, { trials = TRIALS, from = TRIALS + 1 })

local function seconds(f)
  local start = ll.system.clock()
  f()
  return ll.system.clock() - start
end

local least = math.huge -- other work on the machine only ever adds
for _ = 1, 3 do
  os.remove(out)
  least = math.min(least, seconds(function() merge.merge(out, { a, b }) end))
end
report("merge of two databases of 10^4 trials", least)
report("the same into what holds them", seconds(function() merge.merge(out, { a, b }) end))
os.execute(("cp %s %s"):format(out, a))
report("diff of two databases of 2 * 10^4 trials", seconds(function()
  local one <close> = ll.store.open(a)
  local other <close> = ll.store.open(out)
  one:transaction(function()
    other:transaction(function()
      assert(diff.diff({ store = one, name = "a" }, { store = other, name = "b" }).equal)
    end)
  end)
end))
for _, path in ipairs { a, b, out } do os.remove(path) end
