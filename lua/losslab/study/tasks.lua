-- What a loss asks of a network, read from its row: how many outputs, which inputs each batch becomes, and what the outputs are to
-- a metric. A task is a kind of loss, not a loss: a new row with known inputs can be trained without a line here.
--
--   scores      one output, binary labels                            metrics of scores
--   minmax      the same, and three numbers of a game (learnt)       metrics of scores
--   classes     an output a class                                    metrics of classes; the outputs as embeddings
--   directions  features, and a weight vector a class (learnt)       the same, by the features' products with the weights
--   embeddings  features; with proxies, one a class (learnt)         metrics of embeddings
--   pairs, triplets, quadruplets, matches: features of tuples drawn from the batch      metrics of embeddings
local ll = require "losslab"
local tuple = ll.tuple

local M = {}

local SIGNATURES = {
  ["scores labels"] = "scores",
  ["scores labels auxiliary"] = "minmax",
  ["scores relevance"] = "scores", -- a batch is one list
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

local function of_rows(kind)
  return function(trial, out, y)
    local drawn = { tuple[kind](y, trial.tuple_stream) }
    if drawn[1].rows == 0 then return nil end -- the batch holds no such tuple
    local inputs = {}
    for i, rows in ipairs(drawn) do inputs[i] = kind == "pairs" and i == 3 and rows or out:gather(rows) end
    return inputs
  end
end

-- The tasks that a loss of a script may name as its own.
M.names = { "scores", "classes", "embeddings" }

-- outputs(config, classes): how many; by default the embedding's. learnt(trial): matrices that are trained beside the network.
-- inputs(trial, out, y): what the loss is called with; nil skips the batch. gives: which needs of metrics it meets; by default
-- embeddings. classes: labels are 1..K. least: how many classes it needs.
local function embedding(config) return config.model.embedding end
local function pass(_, out, y) return { out, y } end -- plain: what a step is compiled for
local function one() return 1 end
local of_scores = { any = true, probability = true }
local TASKS = {
  scores = { outputs = one, inputs = pass, gives = of_scores, classes = false },
  minmax = { outputs = one, learnt = function() return { ll.zeros(3, 1):with_grad() } end,
    inputs = function(trial, out, y) return { out, y, trial.learnt[1] } end, gives = of_scores, classes = false },
  classes = { outputs = function(_, classes) return classes end, inputs = pass, gives = { classes = true, embeddings = true } },
  directions = { learnt = vectors, inputs = function(trial, out, y) return { out, trial.learnt[1], y } end,
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
  if not task.outputs then task.outputs, task.embeds = embedding, true end
  task.gives = task.gives or { embeddings = true }
end

function M.get(name) return TASKS[name] end

-- What the metrics of a part are taken of: outputs as they are, or, for class scores of features, their products with the class
-- vectors' directions. A zero vector has none: its products are 0.
function M.class_scores(trial, out)
  if not trial.learnt then return out end
  local vectors_of, norms = trial.learnt[1], trial.learnt[1]:row_norms()
  return ll.matmul(out, vectors_of / (norms + (1 - norms:greater(0))), false, true)
end

return M
