-- What a loss asks of a network, read from its row: how many outputs, which inputs each batch becomes, and what the outputs are to
-- a metric. A task is a kind of loss, not a loss: a new row with known inputs can be trained without a line here.
--
--   scores      one output, binary labels                            metrics of scores
--   minmax      the same, and three numbers of a game (learnt)       metrics of scores
--   classes     an output a class                                    metrics of classes; the outputs as embeddings
--   directions  features, and a weight vector a class (learnt)       the same, by the features' products with the weights
--   embeddings  features; with proxies, one a class (learnt)         metrics of embeddings
--   regression  one output, real values                              metrics of real values
--   rates       the same, the log of a rate                          the same, by the rate
--   pairs, triplets, quadruplets, matches: features of tuples drawn from the batch      metrics of embeddings
local ll = require "losslab"
local tuple = ll.tuple

local M = {}

local SIGNATURES = {
  ["scores labels"] = "scores",
  ["scores labels auxiliary"] = "minmax",
  ["scores relevance"] = "scores", -- a batch is one list
  ["scores values"] = "regression",
  ["log_rates values"] = "rates",
  ["logits labels"] = "classes",
  ["features weights labels"] = "directions",
  ["embeddings labels"] = "embeddings",
  ["embeddings labels targets"] = "embeddings",
  ["embeddings labels proxies"] = "proxies",
  ["a b labels"] = "pairs",
  ["a b"] = "matches",
  ["anchor positive"] = "matches",
  ["anchor positive negative"] = "triplets",
  ["anchor positive negative negative2"] = "quadruplets",
}

-- The task of a built-in loss, or nil if the default loop cannot train it (adversarial losses, recommenders: a study's own trial).
function M.of(name)
  local words, row = {}, ll.loss.describe(name)
  for i, input in ipairs(row.inputs) do words[i] = input.name end
  local task = SIGNATURES[table.concat(words, " ")]
  local role = row.inputs[2] and row.inputs[2].role
  if task == "scores" and role ~= "binary" and role ~= "relevance" then return nil end
  return task
end

-- The learnt vectors, one a class, beside the network: drawn from the trial's stream like a layer's weights.
local function vectors(trial)
  local bound = math.sqrt(6 / (trial.classes + trial.outputs))
  local stream = ll.random(trial.study.seed, trial.number, "vectors")
  return { stream:uniform(trial.classes, trial.outputs, -bound, bound):with_grad() }
end

-- A tuple counts as much as the product of its rows' weights.
local function of_rows(kind)
  return function(trial, out, y, weights)
    local drawn = { tuple[kind](y, trial.tuple_stream) }
    if drawn[1].rows == 0 then return nil end -- the batch holds no such tuple
    local inputs, of_tuples = {}, nil
    for i, rows in ipairs(drawn) do
      local labels = kind == "pairs" and i == 3
      inputs[i] = labels and rows or out:gather(rows)
      if weights and not labels then
        local of_rows_drawn = weights:gather(rows)
        of_tuples = of_tuples and of_tuples * of_rows_drawn or of_rows_drawn
      end
    end
    return inputs, of_tuples
  end
end

-- The tasks that a loss of a script may name as its own.
M.names = { "scores", "classes", "embeddings", "regression", "rates" }

-- outputs(config, classes): how many; by default the embedding's. learnt(trial): matrices that are trained beside the network.
-- inputs(trial, out, y, weights): what the loss is called with, and the weights of its rows, if the data have some; nil skips the
-- batch. gives: which needs of metrics it meets; by default embeddings. classes: labels are 1..K. least: how many classes it needs.
-- values: labels are real values; spreads: which the loss sees standardised where features are. said [opt]: what the network says
-- of a value, in its units, from the outputs.
local function embedding(config) return config.model.embedding end
local function pass(_, out, y, weights) return { out, y }, weights end -- plain: what a step is compiled for
local function one() return 1 end
local of_scores = { any = true, probability = true }
local TASKS = {
  scores = { outputs = one, inputs = pass, gives = of_scores, classes = false },
  minmax = { outputs = one, learnt = function() return { ll.zeros(3, 1):with_grad() } end,
    inputs = function(trial, out, y) return { out, y, trial.learnt[1] } end, gives = of_scores, classes = false },
  classes = { outputs = function(_, classes) return classes end, inputs = pass, gives = { classes = true, embeddings = true } },
  regression = { outputs = one, inputs = pass, gives = { values = true }, classes = false, values = true, spreads = true,
    said = function(trial, out) return trial.spread and out * trial.spread.deviation + trial.spread.mean or out end },
  rates = { outputs = one, inputs = pass, gives = { values = true }, classes = false, values = true,
    said = function(_, out) return ll.no_grad(ll.exp, out) end },
  directions = { learnt = vectors, inputs = function(trial, out, y, w) return { out, trial.learnt[1], y }, w end,
    gives = { classes = true, embeddings = true } },
  proxies = { learnt = vectors, inputs = function(trial, out, y) return { out, y, trial.learnt[1] } end },
  embeddings = { inputs = pass },
  pairs = { inputs = of_rows "pairs" },
  triplets = { inputs = of_rows "triplets" },
  quadruplets = { inputs = of_rows "quadruplets", least = 3 },
  matches = { inputs = of_rows "matches" },
}
for _, task in pairs(TASKS) do
  task.plain = task.inputs == pass
  if task.classes == nil then task.classes = true end
  task.least = task.least or (task.values and 0 or 2)
  if not task.outputs then task.outputs, task.embeds = embedding, true end
  task.gives = task.gives or { embeddings = true }
end

function M.get(name) return TASKS[name] end

-- Whether a loss of compare takes what of weights, pos_weight and class_weights; one in Lua takes none.
function M.weighs(loss, what)
  if loss.lua then return false end
  for _, each in ipairs(ll.loss.describe(loss.name).weighs) do if each == what then return true end end
  return false
end

-- Parameters in which "balanced" is resolved by the training part: class_weights rows / (classes × rows of the class), pos_weight
-- negatives / positives.
function M.resolved(parameters, train)
  local out = {}
  for name, value in pairs(parameters) do out[name] = value end
  if out.class_weights == "balanced" then
    local counts, list = train.class_counts, {}
    for c, n in ipairs(counts) do list[c] = n > 0 and train.rows / (#counts * n) or 0 end
    out.class_weights = list
  end
  if out.pos_weight == "balanced" then out.pos_weight = (train.rows - train.positives) / train.positives end
  return out
end

local TINY = 1e-30 -- squares between it and its inverse are exact enough in single precision

-- The mean and deviation of real values, by which a loss of theirs sees them standardised: { mean, deviation }.
function M.spread(y)
  local mean = y:mean():item()
  local apart = y - mean
  local squares = (apart * apart):mean():item()
  local deviation = math.sqrt(squares)
  if not (squares > TINY and squares < 1 / TINY) then -- they underflow or overflow: distances in units of the largest one
    local largest = math.max(apart:max():item(), -apart:min():item())
    local units = apart / (largest > 0 and largest or 1)
    deviation = largest * math.sqrt((units * units):mean():item())
  end
  return { mean = mean, deviation = deviation > 0 and deviation or 1 }
end

-- Labels as the loss of a trial takes them: classes from 1, real values standardised.
function M.labels(trial, y)
  if trial.spread then return (y - trial.spread.mean) / trial.spread.deviation end
  return trial.shift and y + trial.shift or y
end

-- What the metrics of a part are taken of: outputs as they are, or, for class scores of features, their products with the class
-- vectors' directions. A zero vector has none: its products are 0.
function M.class_scores(trial, out)
  if not trial.learnt then return out end
  local vectors_of, norms = trial.learnt[1], trial.learnt[1]:row_norms()
  return ll.matmul(out, vectors_of / (norms + (1 - norms:greater(0))), false, true)
end

return M
