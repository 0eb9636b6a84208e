-- What losses learn beside the network, from their rows or scripts to the database and the figure: nothing on the way knows a loss
-- by its name.
local t = require "tests.lua.tap"
local ll = require "losslab"
local results_of = require "losslab.results.reading"

local folder = os.tmpname()
os.remove(folder)
local path = folder .. ".db"

-- A loss of a script that learns two numbers: a scale, by the loss's own rate, and an offset, whose gradient is what it is told.
local function scaled(p)
  local loss = { learnt = { { name = "scale", symbol = "s", start = "scale", rate = "rate" }, { name = "offset", symbol = "b" } },
    scale = p.scale, scale_grad = 0, offset = 1, offset_grad = 0, histories = 0, epochs = 0 }
  function loss:history() self.histories = self.histories + 1 end
  function loss:end_epoch()
    self.epochs = self.epochs + 1
    self.scale, self.offset = self.scale - p.rate * self.scale_grad, self.histories
  end
  return setmetatable(loss, { __call = function(self, scores, labels)
    self.scale_grad, self.offset_grad = 2, self.epochs
    return ll.loss.cross_entropy()(scores, labels)
  end })
end

local study = ll.study {
  name = "learnt", data = { { generator = "gaussians", n = 120 } }, split = { folds = 2 },
  compare = { aucm_minmax = {}, adaptive_rank = { margin = 0.3, margin_lr = { 0, 0.1 } }, hinge = { margin = 2 },
    scaled = { { new = scaled }, scale = { 3, 4 }, rate = 0.25 } },
  model = { hidden = { 4 } }, train = { epochs = 3, batch = 32, lr = 1e-2 },
  ask = { loss = "scaled", vary = "scale", baseline = 3 },
}
t.is((study:run { db = path, jobs = 2 }), 0, "the study runs")

local store <close> = ll.store.open(path, { mode = "read" })
local function rows(sql)
  local out = {}
  for row in store:query(sql) do out[#out + 1] = row end
  return out
end
local function names(sql)
  local out = {}
  for i, row in ipairs(rows(sql)) do out[i] = row.x end
  return table.concat(out, " ")
end

t.is(names "SELECT loss || '.' || name || '=' || symbol AS x FROM learnable ORDER BY loss, name",
  "adaptive_rank.margin=ξ aucm_minmax.a=a aucm_minmax.alpha=α aucm_minmax.b=b scaled.offset=b scaled.scale=s",
  "every loss that learns has said what, and no other")
t.is(rows "SELECT start, rate FROM learnable WHERE name = 'scale'", { { start = "scale", rate = "rate" } },
  "with the parameters that set it")
local of = "FROM learnt AS l JOIN trial AS t ON t.id = l.trial JOIN config AS c ON c.id = t.config "
t.is(rows("SELECT count(*) AS n " .. of), { { n = 2 * 3 * (3 + 2 + 2 * 2) } }, "each number of each trial and epoch is there")
t.is(rows("SELECT DISTINCT l.epoch, l.value - json_extract(c.parameters, '$.scale') AS moved, l.gradient " .. of ..
  "WHERE l.name = 'scale' ORDER BY l.epoch"), { { epoch = 1, moved = -0.5, gradient = 2.0 },
  { epoch = 2, moved = -1.0, gradient = 2.0 }, { epoch = 3, moved = -1.5, gradient = 2.0 } }, "a script's loss moves by its rate")
t.is(rows("SELECT DISTINCT l.epoch, l.value, l.gradient " .. of .. "WHERE l.name = 'offset' ORDER BY l.epoch"),
  { { epoch = 1, value = 1.0, gradient = 0.0 }, { epoch = 2, value = 1.0, gradient = 1.0 },
    { epoch = 3, value = 1.0, gradient = 2.0 } }, "its history was given once, before the first epoch")
t.is(rows("SELECT count(*) AS n " .. of .. "WHERE c.loss = 'adaptive_rank' AND json_extract(c.parameters, '$.margin_lr') = 0 " ..
  "AND l.value = 0.3 AND l.gradient >= 0"), { { n = 6 } }, "a margin without a rate stays")
t.is(rows("SELECT count(*) > 0 AS n " .. of .. "WHERE c.loss = 'adaptive_rank' AND l.value < 0.3"), { { n = 1 } },
  "one with it moves")

-- aucm_minmax's three stand in an input that the optimizer moves: as trained by hand.
do
  local cuts = require "losslab.study.cuts"
  local row = rows("SELECT t.number, t.fold, t.seed, t.id FROM trial AS t JOIN config AS c ON c.id = t.config " ..
    "WHERE c.loss = 'aucm_minmax'")[1]
  local parts = cuts.parts(study, cuts.datasets(study)[1], row.seed, row.fold)
  local train = parts.train
  local net = ll.nn.mlp { train.features, 4, 1, hidden = "sigmoid", init = "xavier", seed = 1, trial = row.number }
  local own, loss, slope = ll.zeros(3, 1):with_grad(), ll.loss.aucm_minmax(), 0
  local trained = net:parameters()
  trained[#trained + 1] = own
  local opt = ll.optim.adam(trained, { lr = 1e-2 })
  local steps = 0
  for x, y in train:batches { size = 32, seed = row.number, epoch = 1 } do
    loss(net(x), y, own):backward()
    slope, steps = slope + own.grad:get(2, 1), steps + 1
    opt:step()
  end
  local said = rows("SELECT value, gradient FROM learnt WHERE epoch = 1 AND name = 'b' AND trial = " .. row.id)[1]
  t.is(said.value, own:get(2, 1), "b after an epoch")
  t.is(said.gradient, slope / steps, "and its mean gradient")
end

-- By hand: the row's numbers are fields of the loss.
local rank = ll.loss.adaptive_rank { margin = 0.25 }
t.is({ rank.margin, rank.margin_grad, rank.history_rows, rank.remembers }, { 0.25, 0, 0, true }, "of a loss by hand")
rank.margin = 0.5
t.is(rank.margin, 0.5, "it can be set")
t.throws(function() rank.margin = -1 end, "margin must be >= 0", "within its range")
t.throws(function() rank.margin_grad = 1 end, "cannot be set", "its gradient cannot")
t.throws(function() ll.loss.aucm_minmax().alpha = 1 end, "cannot be set", "nor what an input holds")
t.throws(function() ll.loss.hinge():history({ { 1 } }, { { 1 } }) end, "hinge has no history", "nor has every loss a history")
t.is({ ll.loss.hinge().learnt, ll.loss.hinge().remembers }, { {}, false }, "most learn and remember nothing")

-- What a script declares wrongly fails its trials with the reason, and no other.
do
  local function with(learnt, fields)
    return { { new = function()
      local loss = setmetatable(fields or {}, { __call = function(_, scores, labels) return ll.loss.hinge()(scores, labels) end })
      loss.learnt = learnt
      return loss
    end } }
  end
  local wrong = ll.study {
    name = "wrong", data = { { generator = "gaussians", n = 60 } }, split = { test = 0.3 },
    compare = { none = with({}), right = with({ { name = "w" } }, { w = 1, w_grad = 2 }), bare = with(3),
      nameless = with { { symbol = "w" } }, missing = with({ { name = "w" } }, { w = 1 }),
      twice = with({ { name = "w" }, { name = "w" } }, { w = 1, w_grad = 2 }),
      misspelt = with({ { name = "w", symbl = "ω" } }, { w = 1, w_grad = 2 }), element = with { { name = "w", input = 1 } } },
    model = { hidden = { 2 } }, train = { epochs = 1, batch = 30 },
  }
  local place = folder .. "-wrong.db"
  t.is((wrong:run { db = place, jobs = 1 }), 1, "wrong declarations fail")
  local made <close> = ll.store.open(place, { mode = "read" })
  local said = {}
  for row in made:rows "trials" do said[row.loss] = row.error or row.status end
  t.is(said, { none = "done", right = "done", bare = "bare: learnt: options must be a table {…}, not 3",
    nameless = "nameless: learnt: name must be a text, not nil",
    missing = "missing: learnt: the loss's w_grad must be a number, not nil", twice = 'twice: learnt holds "w" twice',
    misspelt = 'misspelt: learnt has no option "symbl"; did you mean "symbol"?',
    element = "element: learnt: element must be an integer >= 1, not nil" }, "each with its reason")
  os.remove(place)
end

-- The figure is of the asked loss, by what it says of itself.
local results = results_of.read(store)
t.is(results:learner().name, "scaled", "the asked loss is the one that is drawn")
t.is({ results:sets("scaled", "rate") }, { "rate", results.losses.scaled.learns[2] }, "its rate is known as one")
local drawn = require "losslab.plot.draw".draw(path, { out = folder .. "-figures", only = { "learnt_path" }, formats = { "svg" } })
t.ok(drawn, "it is drawn")
local file <close> = assert(io.open(folder .. "-figures/learnt_path.svg"))
local svg = file:read "a"
t.ok(svg:find("s₀ = 3", 1, true) and svg:find("η_s = 0.25", 1, true), "with the loss's own symbols")
os.remove(path)
os.remove(folder .. "-figures/learnt_path.svg")
os.remove(folder .. "-figures/learnt_path.gp")
os.remove(folder .. "-figures")
t.done()
