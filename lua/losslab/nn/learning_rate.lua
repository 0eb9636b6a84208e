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

local function choice(name, choices, doc)
  return { name = name, kind = "choice", default = choices[1], choices = choices, doc = doc }
end

-- factor(p, t, memory): n = t - 1 steps are done. tell(p, value, memory): what a schedule that looks at a value makes of it.
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

rows[#rows + 1] = { name = "plateau", summary = "falls by a factor where a value that it is told no longer improves",
  formula = "factor^(number of times that patience values in a row were no better than the best by more than min_delta)",
  params = { number("factor", 0.1, 0, 1, "what it falls by"),
    { name = "patience", kind = "integer", default = 5, low = 1, high = 2 ^ 53, doc = "values without improvement" },
    number("min_delta", 0, 0, INF, "what is more than this counts as better"), number("least", 0, 0, 1, "the lowest factor"),
    choice("goal", { "min", "max" }, "whether a smaller or a larger value is better") },
  factor = function(_, _, memory) return memory.level or 1 end,
  tell = function(p, value, memory)
    local best = memory.best
    local gain = best and (p.goal == "max" and value - best or best - value)
    if best == nil or gain > p.min_delta then
      memory.best, memory.waited = value, 0
      return
    end
    memory.waited = memory.waited + 1
    if memory.waited < p.patience then return end
    memory.level, memory.waited = math.max((memory.level or 1) * p.factor, p.least), 0
  end }

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
  if param.kind == "choice" then
    for _, each in ipairs(param.choices) do if value == each then return value end end
    wrong('"' .. table.concat(param.choices, '" or "') .. '"')
  end
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

--- schedule:tell(value)
-- Tells a schedule that looks at a value, plateau, what it is now, as a metric after each epoch; others take no note of it.
--   value   a number; NaN is no improvement
-- See: schedule, ll.schedule
-- Example:
--   local schedule = ll.schedule.plateau { patience = 2, factor = 0.5 }
--   for _, loss in ipairs { 1, 0.8, 0.9, 0.8 } do schedule:tell(loss) end
--   schedule(5)   --> 0.5

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
function Schedule:tell(value, ...)
  check.no_more("schedule:tell", 1, ...)
  if type(value) ~= "number" then check.fail("schedule %s: a number is told, not %s", self.name, check.show(value)) end
  if self.row.tell then self.row.tell(self.params, value, self.memory) end
end
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
  return self.row.factor(self.params, t - rise, self.memory)
end
function Schedule:__tostring()
  local parts = {}
  for i, param in ipairs(self.row.params) do
    local value = self.params[param.name]
    local text = type(value) == "table" and "{ " .. table.concat(value, ", ") .. " }" or type(value) == "string" and value
      or string.format("%g", value)
    parts[i] = param.name .. " = " .. text
  end
  if self.params.warmup > 0 then parts[#parts + 1] = "warmup = " .. self.params.warmup end
  return self.name .. " { " .. table.concat(parts, ", ") .. " }"
end

--- ll.schedule.parse(text) -> table
-- What a schedule as a text says, as ll.schedule.make takes it: "cosine(steps=100,warmup=10)". A list is written with spaces, as
-- "multi_step(at=10 20)".
-- Errors: a text of another form.
-- See: ll.schedule.make, study.train.schedule
-- Example:
--   ll.schedule.parse("cosine(steps=100, warmup=10)").warmup   --> 10
function schedule.parse(text, ...)
  check.no_more("ll.schedule.parse", 1, ...)
  local name, inside = check.string("a schedule", text):match "^%s*([%w_]+)%s*%(?(.*)$"
  local out = { name }
  if not name or text:find "%(" and not text:find "%)%s*$" or not text:find "%(" and inside ~= "" then
    check.fail("a schedule as a text is \"cosine\" or \"cosine(warmup=3)\", not %s", check.show(text))
  end
  for part in inside:gsub("%)%s*$", ""):gmatch "[^,]+" do
    local key, value = part:match "^%s*([%w_]+)%s*=%s*(.-)%s*$"
    if not key then check.fail("schedule %s: %s is no parameter = value", name, check.show(part)) end
    local list = {}
    for word in value:gmatch "%S+" do list[#list + 1] = math.tointeger(tonumber(word)) or tonumber(word) or word end
    out[key] = (#list > 1 or key == "at") and list or list[1]
  end
  return out
end

--- ll.schedule.make { name, parameter = value, … } -> schedule
-- A schedule from a table, { "cosine", steps = 100, warmup = 10 }, or a text, "cosine(steps=100,warmup=10)".
-- A name alone is enough for a schedule without anything to set; a schedule is given back as it is.
-- Errors: no such schedule, with the nearest; parameters as of the schedule.
-- See: ll.schedule
-- Example:
--   ll.schedule.make { "cosine", steps = 100 }   --> cosine { steps = 100, final = 0 }
--   ll.schedule.make "constant"(1)   --> 1
function schedule.make(spec, ...)
  check.no_more("ll.schedule.make", 1, ...)
  if getmetatable(spec) == Schedule then return spec end
  if type(spec) == "string" then spec = schedule.parse(spec) end
  if type(spec) ~= "table" then check.fail('a schedule is a table such as { "cosine", steps = 100 }, not %s', check.show(spec)) end
  local row = by_name[check.among("there is no schedule", spec[1] or spec.name, names)]
  local known, fields = { name = true, [1] = true, warmup = true }, { "warmup" }
  for _, param in ipairs(row.params) do known[param.name], fields[#fields + 1] = true, param.name end
  for _, field in ipairs(check.keys(spec)) do
    if not known[field] then check.unknown("schedule " .. row.name .. " has no parameter", field, fields) end
  end
  local params = { warmup = checked(row, warmup, spec.warmup) }
  for _, param in ipairs(row.params) do params[param.name] = checked(row, param, spec[param.name]) end
  return setmetatable({ name = row.name, row = row, params = params, memory = {} }, Schedule)
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
