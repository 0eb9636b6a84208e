-- Schedules against their formulas written out, their warm-up, their errors, and an optimizer that follows one.
local t = require "tests.lua.tap"
local ll = require "losslab"
local schedule = ll.schedule

local function curve(s, n)
  local out = {}
  for i = 1, n do out[i] = s(i) end
  return out
end

t.is(curve(schedule.constant(), 3), { 1.0, 1.0, 1.0 }, "constant")
t.near(curve(schedule.step { every = 2, factor = 0.5 }, 5), { 1, 1, 0.5, 0.5, 0.25 }, "step")
t.near(curve(schedule.multi_step { at = { 1, 3 }, factor = 0.1 }, 5), { 1, 0.1, 0.1, 0.01, 0.01 }, "multi_step")
t.near(curve(schedule.exponential { factor = 0.9 }, 3), { 1, 0.9, 0.81 }, "exponential")
t.near(curve(schedule.linear { steps = 4, final = 0.2 }, 6), { 1, 0.8, 0.6, 0.4, 0.2, 0.2 }, "linear")
t.near(curve(schedule.cosine { steps = 4 }, 6), { 1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0, 0 }, 1e-12, 1e-15,
  "cosine")
t.near(schedule.cosine { steps = 10, final = 0.1 }(11), 0.1, "cosine to a floor")

-- one cycle, 10 steps, rise 0.3: the top is at step 3 (n = 2), the end at step 10
local cycle = curve(schedule.one_cycle { steps = 10 }, 12)
t.near({ cycle[1], cycle[2], cycle[3] }, { 1 / 25, (1 + 1 / 25) / 2, 1 }, "one cycle rises by half a wave")
t.near({ cycle[10], cycle[12] }, { 1 / 25e4, 1 / 25e4 }, 1e-9, "and ends far below, and stays")
t.near(cycle[6], 1 / 25e4 + (1 - 1 / 25e4) * (1 + math.cos(math.pi * 3 / 7)) / 2, "on the way down")
for i = 4, 10 do t.ok(cycle[i] < cycle[i - 1], "it falls at step " .. i) end
for _, steps in ipairs { 1, 2, 3 } do
  for _, rise in ipairs { 0, 0.5, 1 } do
    for i = 1, steps + 1 do
      local f = schedule.one_cycle { steps = steps, rise = rise }(i)
      t.ok(f > 0 and f <= 1, string.format("one cycle of %d steps, rise %g, at %d", steps, rise, i))
    end
  end
end

t.near(curve(schedule.cosine { steps = 2, warmup = 4 }, 7), { 0.25, 0.5, 0.75, 1, 1, 0.5, 0 }, 1e-12, 1e-15, "a warm-up before it")
t.near(curve(schedule.make { "step", every = 1, factor = 0.5, warmup = 2 }, 4), { 0.5, 1, 1, 0.5 }, "from a table")
t.is(tostring(schedule.make { "cosine", steps = 5, warmup = 1 }), "cosine { steps = 5, final = 0, warmup = 1 }", "prints itself")
t.is(tostring(schedule.multi_step { at = { 3, 5 } }), "multi_step { at = { 3, 5 }, factor = 0.1 }", "with its places")
local made = schedule.constant()
t.ok(schedule.make(made) == made and schedule.make("constant")(1) == 1, "a schedule, or a name, is one already")

for _, name in ipairs(schedule.list()) do
  local row = schedule.describe(name)
  t.ok(row.summary and row.formula and #row.params > 0, name .. " says what it is")
  for _, param in ipairs(row.params) do
    local spec = { every = row.name == "step" and 3 or nil, at = row.name == "multi_step" and { 3 } or nil }
    for _, other in ipairs(row.params) do spec.steps = spec.steps or other.name == "steps" and 3 or nil end
    t.ok(pcall(schedule[name], spec), name .. " with what it needs")
    for _, bad in ipairs { "x", -1, 0 / 0, {} } do
      spec[param.name] = bad
      t.throws(function() schedule[name](spec) end, { name, param.name }, name .. ": " .. param.name .. " is checked")
    end
  end
end
t.is(schedule.parse " cosine ( steps = 5,warmup=1 ) ", { "cosine", steps = 5, warmup = 1 }, "a text")
t.is(schedule.parse "multi_step(at=3 5, factor=0.5)", { "multi_step", at = { 3, 5 }, factor = 0.5 }, "with a list")
t.is(schedule.make "step(every=2,factor=0.5)"(3), 0.5, "is one, too")
t.is(schedule.parse "plateau(goal=max)".goal, "max", "with a word")
for _, bad in ipairs { "cosine(", "cosine)", "cosine(3)", "cosine(=3)", "(steps=3)", "cosine steps=3", "" } do
  t.throws(function() schedule.parse(bad) end, "schedule", "no schedule: " .. bad)
end
t.throws(function() schedule.make { "cosin", steps = 3 } end, { "cosin", "cosine" }, "an unknown schedule names the nearest")
t.throws(function() schedule.cosine { step = 3, steps = 3 } end, { "\"step\"", "\"steps\"" }, "so does an unknown parameter")
t.throws(function() schedule.cosine() end, { "cosine", "steps" }, "what has no default must be given")
t.throws(function() schedule.cosine { steps = 2.5 } end, "integer", "a number of steps")
t.throws(function() schedule.cosine { 3, steps = 2 } end, "no parameter", "names only")
t.throws(function() schedule.make(3) end, "3", "a number is no schedule")
t.throws(function() schedule.constant()(0) end, "counts from 1", "steps count from 1")

local x = ll.matrix({ 1 }):with_grad()
local opt, s = ll.optim.sgd({ x }, { lr = 0.5 }), schedule.linear { steps = 2 }
for i = 1, 3 do
  opt.rate = s(i)
  ll.sum(x):backward()
  opt:step()
end
t.near(x[1], 1 - 0.5 - 0.25, 1e-6, "an optimizer that follows")
t.is(opt.lr, 0.5, "its lr stays what it is")
t.throws(function() schedule.multi_step { at = { 10, nil, 30 } } end, "schedule multi_step: at: entry 2 is nil",
  "a list with a hole")
t.throws(function() schedule.cosine { step = 3 } end, { "cosine", "\"step\"", "\"steps\"" }, "a wrong name comes first")
t.done()
