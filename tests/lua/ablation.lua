-- study.ablate, results:ablation, results:effects and results:importance, over made-up databases whose effects are known.
local ll = require "losslab"
local ablation_text = require "losslab.results.ablation_text"
local make = require "tests.lua.fixture_db"
local study_of = require "losslab.study.study"
local t = require "tests.lua.tap"

-- ---- studies ----
local function written(ablate)
  return { name = "parts", data = { "moons" }, split = { test = 0.3 }, ablate = ablate,
    compare = { adaptive_rank = { margin = { 0.2, 0 }, margin_lr = { 0.01, 0 } }, hinge = {} },
    model = { activation = { "silu", "sigmoid", "tanh" } }, train = { optimizer = { "adam", "sgd" } } }
end
local function of(study, loss)
  local out = {}
  for _, config in ipairs(study.configs) do
    if config.loss == loss then out[#out + 1] = config end
  end
  return out
end
t.is(#study_of(written(nil)).configs, 2 * 2 * 3 * 2 + 3 * 2, "the whole grid")
local study = study_of(written(true))
local rank = of(study, "adaptive_rank")
t.is({ #rank, #of(study, "hinge") }, { 1 + 1 + 1 + 2 + 1, 1 + 2 + 1 }, "the whole, and one other value of each field")
t.is({ rank[1].parameters.margin, rank[1].parameters.margin_lr, rank[1].model.activation, rank[1].train.optimizer },
  { 0.2, 0.01, "silu", "adam" }, "the whole has the first of every list, and comes first")
t.is(#of(study_of(written(2)), "hinge"), 1 + 2 + 1 + 2, "in two fields at most")
t.is(#of(study_of(written(4)), "adaptive_rank"), 24, "in four: everything")
t.throws(function() study_of(written(0)) end, "ablate: true, or in how many fields, must be an integer from 1 to 1000, not 0",
  "in none")
t.throws(function()
  local each = written(true)
  each.sample = { random = 3 }
  study_of(each)
end, "ablate is of the grid: it goes with neither sample nor search", "with a sample")

-- ---- effects ----
-- y = 0.7 + 0.05 [a is 1] + 0.02 [b is 1] + 0.04 [both], of three values of c nothing; blocks differ by a constant each
local function value(row)
  local p = row.parameters
  local a, b = p.a == 1 and 1 or 0, p.b == 1 and 1 or 0
  return 0.7 + 0.05 * a + 0.02 * b + 0.04 * a * b + 0.01 * (row.fold + row.seed) + (row.dataset == "two" and 0.1 or 0)
end
local path = os.tmpname()
local function database(losses, options)
  os.remove(path)
  local o = { datasets = { "one", "two" }, losses = losses, folds = 3, seeds = 2, epochs = 1, ask = false, scores = false,
    value = value, valid = value }
  for name, given in pairs(options or {}) do o[name] = given end
  make(path, o)
  return ll.open(path)
end
local r = database { net = { a = { 1, 0 }, b = { 1, 0 }, c = { 1, 2, 3 } }, plain = {} }
local ablation = r:ablation()
t.is({ ablation.loss, ablation.whole, #ablation.rows }, { "net", 1, 4 }, "the whole against four others")
local by = {}
for _, row in ipairs(ablation.rows) do by[row.field .. (row.field == "c" and ("%g"):format(row.without) or "")] = row end
t.near({ by.a.pooled.difference, by.b.pooled.difference, by.c2.pooled.difference }, { 0.09, 0.06, 0 }, 1e-12,
  "what each brings to the whole")
t.is({ by.a.whole, by.a.without, #by.a.datasets, by.a.pooled.better }, { 1.0, 0.0, 2, true }, "its values, its data sets")
t.is({ by.a.holm, by.c2.holm }, { 0.0, 1.0 }, "adjusted over the rows")
local effects = r:effects "net"
t.is({ effects.full, #effects.main, #effects.interactions }, { true, 4, 1 + 2 + 2 }, "a full factorial")
local main, both = {}, nil
for _, row in ipairs(effects.main) do main[("%s%g"):format(row.field, row.to)] = row end
for _, row in ipairs(effects.interactions) do if row.fields[2] == "b" then both = row end end
t.near({ main.a0.pooled.difference, main.b0.pooled.difference, main.c3.pooled.difference }, { -0.07, -0.04, 0 }, 1e-12,
  "means over the combinations of the others")
t.is({ main.a0.combinations, both.combinations }, { 6, 3 }, "so many of them")
t.near(both.pooled.difference, 0.04, 1e-12, "without both it is 0.04 more than the two apart say")
t.is({ both.fields, both.from, both.to }, { { "a", "b" }, { 1.0, 1.0 }, { 0.0, 0.0 } }, "of which")

-- exact shares: a is +-0.035, b +-0.02, both +-0.01
local importance = r:importance()
local va, vb, vab = 0.035 ^ 2, 0.02 ^ 2, 0.01 ^ 2
local share = {}
for _, row in ipairs(importance.rows) do share[row.field] = row end
t.is({ importance.exact, importance.configs, importance.rows[1].field }, { true, 12, "a" }, "the grid is whole")
t.near({ share.a.share, share.b.share, share.c.share }, { va / (va + vb + vab), vb / (va + vb + vab), 0 }, 1e-9, "shares alone")
t.is(importance.pairs[1].fields, { "a", "b" }, "the pair")
t.near(importance.pairs[1].share, vab / (va + vb + vab), 1e-9, "what both explain together")
t.ok(share.a.permutation > share.b.permutation and share.c.permutation < 1e-9, "permuted, in the same order")
local page = ablation_text.page(r, { ablation = ablation, effects = effects, importance = importance }, { width = 100 })
for _, words in ipairs { "One factor off at a time", "Main effects", "Interactions", "Importance on validation", "a × b" } do
  t.like(page, words, "the page: " .. words)
end
t.like(ablation_text.sentence(r, ablation), "a 1 rather than 0 %+0.1", "in a sentence")
t.is(type(ll.json.encode(ablation_text.plain(r, { ablation = ablation, effects = effects, importance = importance }))), "string",
  "JSON takes it")
r:close()

-- a forest, of a grid that is not whole: the same order, and the same numbers again
local values = {}
for i = 1, 8 do values[i] = i / 8 end
local function slope(row) return row.parameters.a + 0.1 * row.parameters.b end
r = database({ net = { a = values, b = values } }, { datasets = { "one" }, value = slope, valid = slope, folds = 2, seeds = 1,
  status = function(row) return row.config % 3 == 0 and "failed" or nil end })
local forest = r:importance("net", { trees = 16 })
t.is({ forest.exact, forest.configs, forest.rows[1].field }, { false, 43, "a" }, "a third of the grid is lost")
t.ok(forest.rows[1].share > 0.85 and forest.rows[2].share < 0.1, "1 to 0.04, as it is: " .. forest.rows[1].share)
t.is(r:importance("net", { trees = 16 }), forest, "the same trees again")
t.isnt(r:importance("net", { trees = 16, seed = 2 }).rows[1].share, forest.rows[1].share, "others by another seed")
t.is({ #r:effects().main, r:effects().full }, { 14, true }, "effects over the combinations that finished")
t.throws(function() r:ablation "nett" end, 'ablation: there is no loss "nett"; did you mean "net"?', "a loss that is none")
r:close()

-- as a search leaves them: many values of each, of which the forest makes groups
local many = {}
for i = 1, 40 do many[i] = i / 40 end
r = database({ net = { a = many, b = { 0, 1, 2 } } }, { datasets = { "one" }, value = slope, valid = slope, folds = 2, seeds = 1 })
local grouped = r:importance("net", { trees = 8 })
t.is({ grouped.exact, grouped.configs, grouped.rows[1].field }, { false, 120, "a" }, "forty values in sixteen groups")
r:close()
-- what a search ended early is left out, and how much that is stands there; of importance why there is none
local function search(best, more)
  os.remove(path)
  local fields = { name = "searched", data = { generator = "moons", n = 40 }, split = { folds = 2 }, metric = "value",
    compare = { net = { a = { 1, 0 }, b = { 1, 0 }, c = { 1, 0 } } }, search = { method = "grid", start = { a = 1, b = 1, c = 1 },
      prune = { method = "halving", epochs = 4, eta = 2 } },
    trial = function(own)
      local p = own.parameters
      for epoch = 1, 4 do
        local reached = best(p) + epoch / 100
        own:record { valid = { value = reached }, test = { value = reached } }
      end
    end }
  for name, each in pairs(more or {}) do fields[name] = each end
  ll.study(fields):run { db = path, jobs = 1 }
  return ll.open(path)
end
local function told(results)
  return ablation_text.page(results, { ablation = results:ablation(), effects = results:effects(),
    importance = results:importance() }, { width = 1000 })
end
r = search(function(p) return 0.4 * p.a + 0.2 * p.b + 0.1 * p.c end)
local kept = {}
for _, row in ipairs(r.datasets[1].summary) do kept[#kept + 1] = row.pruned == 0 and row.config or nil end
local parts = r:ablation()
t.is({ parts.configs, parts.pruned, #kept }, { 8, 8 - #kept, #kept }, "so many were ended early")
t.ok(#kept > 1 and #kept < 8, "which are some: " .. 8 - #kept)
local left = true
for _, row in ipairs(parts.rows) do left = left and row.pooled ~= nil and r.datasets[1].summary[row.config].pruned == 0 end
t.ok(left and #parts.rows > 0 and #parts.rows < 3, "of them no row is left: " .. #parts.rows)
t.like(told(r), ("\n%d of 8 configurations were ended early by the search and are left out%%."):format(8 - #kept),
  "the page says it")
t.is({ r:importance().configs, r:importance().why }, { #kept }, "importance is over the others")
local as_data = ablation_text.plain(r, { ablation = parts, effects = r:effects(), importance = r:importance() })
t.is({ as_data.configs, as_data.pruned }, { 8, 8 - #kept }, "as plain data")
r:close()
r = search(function() return 0.5 end)
t.is(r:importance().why, "all configurations that finished reached the same", "nothing to explain")
t.like(told(r), "\nImportance is not given: all configurations that finished reached the same%.\n$", "which the page says")
r:close()
r = database({ net = { a = { 1, 0 } } }, { status = function(row) return row.config > 1 and "failed" or nil end })
t.is(r:importance().why, "only one of 2 configurations finished, and it takes two", "too few for importance")
t.like(told(r), "a  *1  *0  *%-.*nothing to compare\n\nImportance is not given: only one of 2", "what was lost keeps its row")
r:close()
r = database { plain = {}, net = { a = { 1, 0 } } }
t.is(r:importance("plain").why, "no field of plain varies", "or nothing varies")
t.is(ablation_text.page(r, { ablation = r:ablation "plain", effects = r:effects "plain", importance = r:importance "plain" }, {})
  :match "\n\n(.*)", "It is the only configuration, so nothing can be taken off it.\n", "of one configuration nothing is asked")
r:close()
r = database { plain = {} }
t.throws(function() r:effects() end, "effects: no loss of this study has several configurations", "nothing varies")
r:close()
os.remove(path)
t.done()
