-- Every value of a study, and every key beside it, replaced by values of every kind: what is refused is refused by a message about
-- the study, never by Lua's own about our code.
local t = require "tests.lua.tap"
local ll = require "losslab"
local plan = require "losslab.study.plan"

local function good()
  return {
    name = "s", question = "q?", claim = "c",
    seeds = { 1, 2 }, seed = 3, networks = true, scores = "best",
    data = { "sonar", { load = "iris", name = "flowers" }, { generator = "target_decoy", n = 60, ratio = 2 },
      { name = "made", make = function() return ll.data.matrix({ { 1 }, { 2 } }, { { 0 }, { 1 } }) end } },
    split = { folds = 2, valid = 0.3, stratify = true },
    compare = { hinge = { margin = { 0.5, 1 } },
      adaptive_rank = { { margin = 0.1, margin_lr = { 0, 0.1 } }, { history = "fresh" } },
      mine = { function() end, tau = { 1, 2 } }, kept = { { new = function() end, output = "sigmoid" } } },
    model = { hidden = { 4, 2 }, activation = "sigmoid", init = "xavier" },
    train = { epochs = 1, batch = 4, optimizer = { adam = { lr = { 0.1, 0.2 } }, sgd = { lr = 0.1 } } },
    metric = "auc", metrics = { "auc", { "partial_auc", max_fpr = 0.1 } }, record = { "valid", "test" },
    sample = { random = 3, seed = 1 }, ask = { loss = "hinge", vary = "margin", baseline = 0.5 },
    finding = function() end, figures = { one = function() end },
  }
end
local values = { 0, -1, 1.5, 1e308, 0 / 0, 1 / 0, math.mininteger, "", "auc", "\0\27[31m", true, false, print,
  {}, { {} }, { 1, 2, 3 }, { a = 1 }, { [1] = 1, [3] = 2 }, { from = 0, to = 1 }, { from = 1, to = 2, steps = 3 },
  { log = { 1 } }, { 0 / 0 }, io.stdout, ll.matrix { { 1 } }, coroutine.create(print) }

-- Calls f(place, key) for every field of the table, to any depth.
local function each_field(place, f)
  local keys = {}
  for key in pairs(place) do keys[#keys + 1] = key end
  for _, key in ipairs(keys) do
    if type(place[key]) == "table" then each_field(place[key], f) end
    f(place, key)
  end
end

local places, tried = 0, 0
each_field(good(), function() places = places + 1 end)
local refused = {}
local function try(change)
  for _, value in ipairs(values) do
    for place = 1, places do
      local study, at, what = good(), 0, nil
      each_field(study, function(within, key)
        at = at + 1
        if at == place then what = change(within, key, value) end
      end)
      tried = tried + 1
      local fine, message = pcall(function() plan.check(ll.study(study)) end)
      message = tostring(message)
      for _, ours in ipairs { "attempt to", "bad argument", "%.lua:%d", "%c" } do
        if not fine and message:find(ours) then refused[message] = refused[message] or what end
      end
    end
  end
end
try(function(place, key, value)
  place[key] = value
  return string.format("%s = %s", key, value)
end)
try(function(place, _, value)
  if value == value then place[value] = 1 end -- Lua itself refuses NaN
  return string.format("[%s] = 1", value)
end)
for message, what in pairs(refused) do t.is(message, "a message about the study", what) end
t.ok(tried > 2000, "as many studies as tried: " .. tried)
t.done()
