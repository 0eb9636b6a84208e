-- Schedules of the learning rate. Each is a row below; every parameter has its default and range.
local check = require "losslab.check"
local exact = require "losslab".math

--- ll.schedule
-- Schedules of the learning rate: functions of the step, from 1, that give the factor of lr.
-- ll.schedule.NAME{parameters} makes one; opt.rate = schedule(t) before each step, or epoch, uses it. ll.schedule.make takes the
-- same as a table, which a study can hold as data.
-- See: schedule, ll.schedule.list, optimizer.rate
-- Example:
--   local schedule = ll.schedule.cosine { steps = 100, warmup = 10 }
--   local opt = ll.optim.sgd(ll.nn.linear { 3, 1 }, { lr = 0.5 })
--   opt.rate = schedule(5)
--   opt.rate   --> 0.5
local INF = math.huge
local function steps(doc) return { name = "steps", kind = "integer", low = 1, high = 2 ^ 53, doc = doc } end
local function number(name, default, low, high, doc)
  return { name = name, kind = "number", default = default, low = low, high = high, doc = doc }
end

-- factor(p, t): n = t - 1 steps are done.
local rows = {
  { name = "constant", summary = "the same all along", formula = "factor",
    params = { number("factor", 1, 0, INF, "the factor") },
    factor = function(p) return p.factor end },
  { name = "step", summary = "falls by a factor, again and again", formula = "factor^floor(n / every)",
    params = { { name = "every", kind = "integer", low = 1, high = 2 ^ 53, doc = "steps between two falls" },
      number("factor", 0.1, 0, INF, "what it falls by") },
    factor = function(p, t) return exact.pow(p.factor, (t - 1) // p.every) end },
  { name = "multi_step", summary = "falls by a factor at given places", formula = "factor^(number of places <= n)",
    params = { { name = "at", kind = "list", doc = "numbers of steps after which it falls" },
      number("factor", 0.1, 0, INF, "what it falls by") },
    factor = function(p, t)
      local passed = 0
      for _, place in ipairs(p.at) do passed = passed + (place <= t - 1 and 1 or 0) end
      return exact.pow(p.factor, passed)
    end },
  { name = "exponential", summary = "falls by a factor every step", formula = "factor^n",
    params = { number("factor", 0.95, 0, INF, "what it falls by") },
    factor = function(p, t) return exact.pow(p.factor, t - 1) end },
  { name = "linear", summary = "a straight line from 1 to the end", formula = "1 + (final - 1) min(n / steps, 1)",
    params = { steps "steps until the end is reached", number("final", 0, 0, INF, "the end") },
    factor = function(p, t) return 1 + (p.final - 1) * math.min((t - 1) / p.steps, 1) end },
  { name = "cosine", summary = "half a wave from 1 to the end (Loshchilov and Hutter 2017, eq. 5)",
    formula = "final + (1 - final) (1 + cos(pi min(n / steps, 1))) / 2",
    params = { steps "steps until the end is reached", number("final", 0, 0, INF, "the end") },
    factor = function(p, t) return p.final + (1 - p.final) * (1 + exact.cos(math.pi * math.min((t - 1) / p.steps, 1))) / 2 end },
  { name = "one_cycle", summary = "up to 1 and far down again, by half waves (Smith and Topin 2018); lr is the largest rate",
    formula = "1 / start to 1 over rise × steps, then to 1 / (start × final) at the last step",
    params = { steps "all steps", number("rise", 0.3, 0, 1, "share of the steps that go up"),
      number("start", 25, 1, INF, "the first rate is lr / start"), number("final", 1e4, 1, INF, "the last is lr / (start final)") },
    factor = function(p, t) -- as PyTorch's OneCycleLR counts: the first and the last step are reached exactly
      local n, top, last = math.min(t - 1, p.steps - 1), p.rise * p.steps - 1, p.steps - 1
      local function wave(from, to, share) return to + (from - to) * (1 + exact.cos(math.pi * share)) / 2 end
      if n <= top and top > 0 then return wave(1 / p.start, 1, n / top) end
      if last <= top or last == 0 then return 1 end
      return wave(1, 1 / (p.start * p.final), (n - math.max(top, 0)) / (last - math.max(top, 0)))
    end },
}

local schedule = {}
local by_name, names = {}, {}
for i, row in ipairs(rows) do by_name[row.name], names[i] = row, row.name end

--- ll.schedule.list() -> { name, … }
-- The names of all schedules.
-- See: ll.schedule.describe
-- Example:
--   ll.schedule.list()[6]   --> cosine
function schedule.list(...)
  check.no_more("ll.schedule.list", 0, ...)
  return table.move(names, 1, #names, 1, {})
end

--- ll.schedule.describe(name) -> table
-- What the table says of a schedule: { name, summary, formula, params }.
-- params is a list of { name, kind, default, low, high, doc }.
--   name   of a schedule
-- Errors: no such name, with the nearest.
-- See: ll.schedule.list
-- Example:
--   ll.schedule.describe("cosine").params[1].name   --> steps
function schedule.describe(name, ...)
  check.no_more("ll.schedule.describe", 1, ...)
  local row = by_name[name]
  if not row then schedule.make { name } end -- raises
  return { name = row.name, summary = row.summary, formula = row.formula, params = row.params }
end

-- Every schedule takes warmup = k: over the first k steps the factor rises in a line, t / k; then the schedule begins.
local warmup = { name = "warmup", kind = "integer", default = 0, low = 0, high = 2 ^ 53, doc = "steps that rise before it" }

local function checked(row, param, value)
  local function wrong(expected)
    check.fail("schedule %s: %s must be %s, not %s", row.name, param.name, expected, check.show(value))
  end
  if value == nil then value = param.default end
  if param.kind == "list" then
    if type(value) ~= "table" or next(value) == nil then wrong "an array of steps" end
    check.whole(string.format("schedule %s: %s", row.name, param.name), value)
    for _, place in ipairs(value) do
      if math.type(place) ~= "integer" or place < 1 then wrong "an array of integers >= 1" end
    end
    return table.move(value, 1, #value, 1, {})
  end
  if type(value) ~= "number" or (param.kind == "integer" and not math.tointeger(value)) then
    wrong(param.kind == "integer" and "an integer" or "a number")
  end
  if value ~= value or value < param.low or value > param.high or value == INF then
    wrong((param.high == INF or param.high == 2 ^ 53) and ">= " .. param.low or "on [" .. param.low .. ", " .. param.high .. "]")
  end
  return value
end

--- schedule(t) -> number
-- The factor of the learning rate for the step, or epoch, about to be taken.
--   t   a number >= 1: the first step is 1
-- Errors: a t below 1.
-- See: ll.schedule, optimizer.rate
-- Example:
--   local schedule = ll.schedule.linear { steps = 4 }
--   schedule(1), schedule(3), schedule(100)   --> 1 0.5 0

--- schedule.name -> string
-- Its name, as in ll.schedule.NAME.
-- Example:
--   ll.schedule.cosine({ steps = 9 }).name   --> cosine

--- schedule.params -> { name = value, … }
-- Its parameters with their values, warmup among them.
-- Example:
--   ll.schedule.cosine({ steps = 9 }).params.final   --> 0

--- schedule.row -> table
-- What the table says of it, as ll.schedule.describe gives it, with the function factor(params, t).
-- See: ll.schedule.describe
local Schedule = { __name = "losslab.schedule" }
function Schedule.__index(_, key)
  if Schedule[key] ~= nil or type(key) ~= "string" then return Schedule[key] end
  check.unknown("a schedule has no", key, { "name", "params", "row" }, 2)
end
function Schedule:__call(t)
  if type(t) ~= "number" or t ~= t or t < 1 then
    error(string.format("schedule %s: t counts from 1, not %s", self.name, check.show(t)), 2)
  end
  local rise = self.params.warmup
  if t <= rise then return t / rise end
  return self.row.factor(self.params, t - rise)
end
function Schedule:__tostring()
  local parts = {}
  for i, param in ipairs(self.row.params) do
    local value = self.params[param.name]
    local text = type(value) == "table" and "{ " .. table.concat(value, ", ") .. " }" or string.format("%g", value)
    parts[i] = param.name .. " = " .. text
  end
  if self.params.warmup > 0 then parts[#parts + 1] = "warmup = " .. self.params.warmup end
  return self.name .. " { " .. table.concat(parts, ", ") .. " }"
end

--- ll.schedule.make { name, parameter = value, … } -> schedule
-- A schedule from a table, as a study holds it: { "cosine", steps = 100, warmup = 10 }.
-- A name alone is enough for a schedule without anything to set; a schedule is given back as it is.
-- Errors: no such schedule, with the nearest; parameters as of the schedule.
-- See: ll.schedule
-- Example:
--   ll.schedule.make { "cosine", steps = 100 }   --> cosine { steps = 100, final = 0 }
--   ll.schedule.make "constant"(1)   --> 1
function schedule.make(spec, ...)
  check.no_more("ll.schedule.make", 1, ...)
  if getmetatable(spec) == Schedule then return spec end
  if type(spec) == "string" then spec = { spec } end
  if type(spec) ~= "table" then check.fail('a schedule is a table such as { "cosine", steps = 100 }, not %s', check.show(spec)) end
  local row = by_name[check.among("there is no schedule", spec[1] or spec.name, names)]
  local known, fields = { name = true, [1] = true, warmup = true }, { "warmup" }
  for _, param in ipairs(row.params) do known[param.name], fields[#fields + 1] = true, param.name end
  for _, field in ipairs(check.keys(spec)) do
    if not known[field] then check.unknown("schedule " .. row.name .. " has no parameter", field, fields) end
  end
  local params = { warmup = checked(row, warmup, spec.warmup) }
  for _, param in ipairs(row.params) do params[param.name] = checked(row, param, spec[param.name]) end
  return setmetatable({ name = row.name, row = row, params = params }, Schedule)
end

for _, row in ipairs(rows) do
  schedule[row.name] = function(options, ...)
    check.no_more("ll.schedule." .. row.name, 1, ...)
    if options ~= nil and type(options) ~= "table" then
      check.fail("schedule %s: parameters are a table such as { warmup = 10 }, not %s", row.name, check.show(options))
    end
    local spec = { row.name }
    for name, value in pairs(options or {}) do spec[name == 1 and "first" or name] = value end
    return schedule.make(spec)
  end
end

return schedule
