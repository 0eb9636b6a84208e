-- Conditional parameters: what a condition may say, how a study's configurations follow it, and where values lie in their ranges.
local t = require "tests.lua.tap"
local ll = require "losslab"
local only_if = require "losslab.study.only_if"
local space = require "losslab.study.space"

local function dimension(written) return space.dimension("x", written) end

-- ---- what may be written ----

t.is(dimension { 1, 2, only_if = { a = "u" } }, { 1, 2, only_if = { a = { "u" } } }, "beside a list")
t.is(dimension { from = 0, to = 1, only_if = { a = { 1, 2 } } },
  { low = 0, high = 1, log = false, only_if = { a = { 1, 2 } } }, "beside a range")
t.is(dimension { from = 0, to = 1, steps = 2, only_if = { a = true } }, { 0, 1, only_if = { a = { true } } }, "beside steps")
t.is(dimension { 1, only_if = { a = { from = 2 } } }, { 1, only_if = { a = { from = 2, to = math.huge } } }, "from a number on")
t.is(space.dimension("hidden", { 64, 32, only_if = { a = 1 } }, function() return true end),
  { { 64, 32 }, only_if = { a = { 1 } } }, "beside a value that is a table")
for message, condition in pairs {
  ["must be a table from parameters to their values"] = 1, ["an empty one"] = {}, ["have names"] = { 1 },
  ["goes from a number up to another"] = { a = { from = 2, to = 1 } }, ['"form"'] = { a = { from = 1, form = 2 } },
  ["no parameter is nan"] = { a = 0 / 0 },
} do
  t.throws(function() dimension { 1, 2, only_if = condition } end, { "x: only_if", message })
end
t.throws(function() dimension { only_if = { a = 1 } } end, "an empty list holds no value", "a condition alone")

-- ---- grids and draws ----

local written = { a = { "u", "v" }, b = dimension { 1, 2, only_if = { a = "v" } }, A = dimension { 5, 6, only_if = { b = 2 } } }
t.is(only_if.order(written), { "a", "b", "A" }, "each behind what it depends on")
t.is(space.grid { written }, { { a = "u" }, { a = "v", b = 1 }, { a = "v", b = 2, A = 5 }, { a = "v", b = 2, A = 6 } },
  "a grid holds what there is")
local wrong = 0
for _, p in ipairs(space.random({ written }, 200, 1, "loss")) do
  if (p.b ~= nil) ~= (p.a == "v") or (p.A ~= nil) ~= (p.b == 2) then wrong = wrong + 1 end
end
t.is(wrong, 0, "draws hold what there is")
t.throws(function() only_if.order { a = dimension { 1, 2, only_if = { b = 1 } }, b = dimension { 1, 2, only_if = { a = 1 } } } end,
  { "only_if", "depends on itself" }, "a circle")

-- ---- conditions against one another ----

local function settle(more)
  return function() only_if.settle { { a = { "up", "down" }, n = dimension { from = 1, to = 4, integer = true }, c = more } } end
end
t.throws(settle(dimension { 1, 2, only_if = { aa = "up" } }), { "c: only_if: there is no parameter", '"a"' }, "the nearest name")
t.throws(settle(dimension { 1, 2, only_if = { a = "dwn" } }), { "a is never", "down" }, "the nearest value")
t.throws(settle(dimension { 1, 2, only_if = { a = 3 } }), { "a is never 3", '"up", "down"' }, "no such value")
t.throws(settle(dimension { 1, 2, only_if = { n = 2.5 } }), { "n is never 2.5", "1 to 4" }, "no whole number")
t.throws(settle(dimension { 1, 2, only_if = { n = { from = 5 } } }), { "n is never from 5" }, "beyond a range")
t.lives(settle(dimension { 1, 2, only_if = { n = { from = 2, to = 3 }, a = { "up", "down" } } }), "what can hold")
local both = only_if.settle { { o = { "sgd" }, m = dimension { 1, 2, only_if = { o = "sgd" } } },
  { o = { "adam" }, m = dimension { 1, 2, only_if = { o = "sgd" } } } }
t.is({ both[1].m ~= nil, both[2].m ~= nil }, { true, false }, "an alternative has what can hold in it")

-- ---- studies ----

local function study(compare, model, train, more)
  local s = { name = "m", data = "moons", compare = compare, model = model, train = train }
  for name, value in pairs(more or {}) do s[name] = value end
  return ll.study(s)
end
local s = study({ "hinge" }, { activation = { "relu", "tanh" }, hidden = { { 8 }, { 4 }, only_if = { activation = "tanh" } } })
t.is(#s.configs, 3, "a model's size under one of its activations")
t.is(s.configs[1].model.hidden[1], 64, "what is not there has its default")
s = study({ "hinge" }, nil, { optimizer = { "sgd", "adam" }, batch = { 16, 32, only_if = { optimizer = "sgd" } } })
t.is({ #s.configs, s.configs[3].train.batch }, { 3, 256 }, "under one optimizer of several")
s = study({ hinge = { margin = { 1, 2 } }, logistic = {} }, { activation = { "relu", "tanh", only_if = { ["loss.margin"] = 2 } } })
t.is(#s.configs, 4, "by a parameter of the loss, where it has it")
s = study({ hinge = { margin = { from = 0, to = 2 } } }, nil, { batch = { 16, 32, only_if = { ["loss.margin"] = { from = 1 } } } },
  { sample = { random = 40, seed = 3 } })
local wrong_batch = 0
for _, config in ipairs(s.configs) do
  if (config.train.batch == 256) ~= (config.parameters.margin < 1) then wrong_batch = wrong_batch + 1 end
end
t.is({ #s.configs, wrong_batch }, { 40, 0 }, "in draws of ranges")
t.throws(function() study({ "hinge" }, { activation = { "relu", "tanh", only_if = { hiden = 1 } } }) end,
  { "model.activation: only_if", "model.hiden", "model.hidden" }, "the nearest of a study's parameters")
local own = ll.study { name = "m", data = "moons", compare = { a = { x = { 1, 2 }, y = { 5, 6, only_if = { x = 2 } } } },
  trial = function() end, metric = "auc" }
t.is(#own.configs, 3, "methods of a study's own trial")

-- ---- where a value lies ----

for name, w in pairs { real = { from = -2, to = 3 }, log = { log = { 1e-4, 10 } }, whole = { from = 3, to = 9, integer = true },
  ["log whole"] = { log = { 2, 50 }, integer = true } } do
  local r, bad = dimension(w), 0
  for i = 0, 40 do
    local u = i / 41
    local x = space.at(r, u)
    local from, to = space.cell(r, x)
    if not (from <= u + 1e-12 and u <= to + 1e-12 and (r.integer or to - from == 0)) then bad = bad + 1 end
  end
  t.is(bad, 0, name .. ": a share lies in the cell of its value")
  if r.integer then
    local sum, last = 0, 0
    for k = r.low, r.high do
      local from, to = space.cell(r, k)
      if math.abs(from - last) > 1e-12 then bad = bad + 1 end
      sum, last = sum + to - from, to
    end
    t.near(sum, 1, 1e-12, name .. ": cells fill the way")
    t.is(bad, 0, name .. ": without gaps")
  end
end
t.is({ space.cell(dimension { from = -1.7e308, to = 1.7e308 }, 0) }, { 0.5, 0.5 }, "the middle of a width beyond double's range")

t.done()
