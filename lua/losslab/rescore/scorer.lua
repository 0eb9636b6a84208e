-- The trial of a rescoring: one network, trained on the matches of all folds but one, scores those of that fold. Inputs are
-- jittered at each step, so that a network of many inputs does not learn its few decoys by heart. A network's scores have mean 0
-- and deviation 1 over what it has learnt from, so that those of all folds are of one scale, whatever a fold holds.
local ll = require "losslab"
local inputs = require "losslab.rescore.inputs"
local kept_networks = require "losslab.rescore.kept_networks"
local matches = require "losslab.rescore.matches"

local M = {}

local POOL = 2048 -- rows of noise that steps take turns with
local BLOCK = 2048 -- rows that are scored at once

-- How a loss is trained: a step(x, y), and what is done before the first epoch and after each. A loss that is about a sigmoid's
-- outputs gets these of the scores; one with a history compares with the scores of all rows.
local function trained(t, net, optimizer)
  local loss, row = ll.loss[t.method](t.parameters), ll.loss.describe(t.method)
  local function outputs(scores) return row.output == "sigmoid" and scores:sigmoid() or scores end
  local step = row.output ~= "sigmoid" and ll.compile { net = net, loss = loss, optimizer = optimizer }
    or ll.compile(function(x, y)
      loss(outputs(net(x)), y):backward()
      optimizer:step()
    end)
  local function begin(x, y)
    if row.has_history then loss:first_history(outputs(net:predict(x)), y, t.seed, t.number) end
  end
  local function end_epoch(x, y)
    if row.has_history and loss:wants_history() then loss:history(outputs(net:predict(x)), y) else loss:end_epoch() end
  end
  return step, begin, end_epoch
end

local LEAST_BATCH = 64

-- The matches of a step, and how many steps there are. A network that goes over few matches again and again learns them by heart:
-- so of few the batches are smaller, and of very few there are fewer steps.
function M.plan(how, rows)
  local batch = math.max(math.min(how.batch, LEAST_BATCH), math.min(how.batch, math.floor(rows * how.epochs / how.steps)))
  batch = math.min(batch, rows)
  return batch, math.max(1, math.min(how.steps, math.floor(rows * how.epochs / batch)))
end

M.falling = { "cosine", "linear", "constant" } -- schedules of the learning rate over all steps

-- A network of scores for x and y.
local function train(t, x, y)
  local model, how = t.model, t.train
  local sizes = { x.cols }
  for width in model.hidden:gmatch "%d+" do sizes[#sizes + 1] = math.tointeger(width) end
  sizes[#sizes + 1] = 1
  sizes.hidden, sizes.seed, sizes.trial = model.activation, t.seed, t.number
  local net = ll.nn.mlp(sizes)
  local optimizer = ll.optim[how.optimizer](net, { lr = how.lr, weight_decay = how.weight_decay })
  local step, begin, end_epoch = trained(t, net, optimizer)
  begin(x, y)
  local batch, steps = M.plan(how, x.rows)
  local noise = how.jitter > 0 and t:random "jitter":normal(POOL + batch, x.cols) * how.jitter
  local at = t:random "place"
  local set, seed = ll.data.matrix(x, y), t:random "shuffle":integer(2 ^ 31 - 1)
  local falls = ll.schedule[how.schedule](how.schedule ~= "constant" and { steps = steps } or {})
  local done, epoch = 0, 0
  while done < steps do
    epoch = epoch + 1
    for rows, labels in set:batches { size = batch, seed = seed, epoch = epoch } do
      if noise then
        local first = at:integer(POOL)
        rows:add_(noise:row_range(first, first + rows.rows - 1))
      end
      done = done + 1
      optimizer.rate = falls(done)
      step(rows, labels)
      if done == steps then break end
    end
    end_epoch(x, y)
  end
  return net
end

local LEVELS = { 0.01, 0.05, 0.2 } -- of targets that are believed: the first at which there are LEAST of them
local LEAST = 50

-- The rows that a semi-supervised round learns from: decoys, and the targets that scores identify (Käll et al. 2007, Nature Methods
-- 4:923). Where too few are, all.
local function believed(scores, y)
  local q = ll.fdr.qvalues(scores, y)
  for _, level in ipairs(LEVELS) do
    local taken = q:less_equal(level) * y
    if taken:sum():item() >= LEAST then return (taken + (1 - y)):find() end
  end
  return nil
end

-- Shifts and scales what a network gives, in its last layer, to mean 0 and deviation 1 over x. Labels have no part in it, nor has
-- the fold that is scored: by a fold's own few decoys or targets its largest scores would be too small or too large.
local function standardise(net, x)
  local scores, parameters = ll.zeros(x.rows, 1), net:parameters()
  for first = 1, x.rows, BLOCK do
    local last = math.min(x.rows, first + BLOCK - 1)
    scores:row_range(first, last):assign(net:predict(x:row_range(first, last)))
  end
  local weights, bias = parameters[#parameters - 1], parameters[#parameters]
  local deviation = scores.rows > 1 and scores:var():sqrt():item() or 0
  local scale = deviation > 0 and deviation < math.huge and 1 / deviation or 1
  ll.no_grad(function()
    bias:assign((bias - scores:mean():item()) * scale)
    weights:assign(weights * scale)
  end)
end

-- A network that has learnt from x and y; in rounds, the first of which believes the best single score and each other one the
-- network before.
local function learnt(t, fitted, x, y)
  local net
  for _ = 1, math.max(1, t.train.rounds) do
    local rows
    if t.train.rounds > 0 then
      local best = fitted.best
      rows = believed(net and net:predict(x) or x:col_range(best.column, best.column) * best.sign, y)
    end
    net = train(t, rows and x:gather(rows) or x, rows and y:gather(rows) or y)
  end
  standardise(net, x)
  return net
end

local LARGE = 0.1 -- a peptide of such a share of all matches says nothing, as a word that stands for all of them
local ENOUGH = 20 -- targets, and decoys, that a network learns from, unless there are fewer; half of them then

-- How many rows of a part each peptide has, and how many of these are targets; both by the numbers of peptides up to size.
local function of_peptides(part, size)
  return ll.ones(part.rows, 1):scatter_add(part.domains, size), part.y:scatter_add(part.domains, size)
end

-- The rows of a training part without peptides that are scored, as a list; nil: all of them, and so it is where too few are left.
local function without(part, own, known)
  local both = known:greater(0) * own:less_equal(LARGE * part.rows)
  local left = both:gather(part.domains):equal(0)
  local rows = left:find()
  if rows.rows == part.rows then return nil end
  local all = math.tointeger(part.y:sum():item())
  local targets = math.tointeger((left * part.y):sum():item())
  local function enough(some, of) return some >= math.min(ENOUGH, of / 2) end
  return enough(targets, all) and enough(rows.rows - targets, part.rows - all) and rows:table() or nil
end

-- The training part without the matches of peptides that are scored, of the few that could not be kept in one fold; which share of
-- it that is; and which share of the scored matches are of peptides that it has all the same, all of them targets or all decoys.
function M.apart(part, scored)
  if not part.domains then return part, 1, 0 end
  local size = math.tointeger(math.max(part.domains:max():item(), scored.domains:max():item()))
  local own = of_peptides(part, size)
  local rows = without(part, own, (of_peptides(scored, size)))
  local left = rows and part:subset(rows) or part
  local count, targets = of_peptides(left, size)
  local says = count:greater(0) * count:less_equal(LARGE * left.rows)
  local one_sided = says * (targets:equal(0) + targets:equal(count))
  local known = one_sided:gather(scored.domains):mean():item()
  collectgarbage() -- of which there may be as much as of features
  return left, left.rows / part.rows, known
end

-- Trains on a part and scores the rows of another.
function M.score(t, part, rows)
  local fitted, x, y = inputs.fit(part, matches.own(part), t.train.rows)
  collectgarbage() -- what choosing inputs has left, before as much is needed again
  local net = learnt(t, fitted, x, y)
  local scores = ll.zeros(rows.rows, 1)
  fitted:each(rows, function(some, first, last) scores:row_range(first, last):assign(net:predict(some)) end)
  t:keep("network", kept_networks.packed(net, fitted, part.columns))
  t:record { test = { targets_at_fdr = ll.metric.targets_at_fdr(scores, rows.y) }, scores = { test = scores } }
end

local PAUSE = 400 -- percent of what is in use at which garbage is collected: batches are as large as all else

function M.run(t)
  local before = collectgarbage("setpause", PAUSE)
  local _ <close> = setmetatable({}, { __close = function() collectgarbage("setpause", before) end })
  local part, left, known = M.apart(t.parts.train, t.parts.test)
  if left < 1 or known > 0 then t:keep("peptides", { { left, known } }) end
  M.score(t, part, t.parts.test)
end

return M
