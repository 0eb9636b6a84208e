-- Risks: what a loss costs scores, over rows (empirical) or over what their labels may be (expected).
local ll = require "losslab"
local check = require "losslab.check"

local function is_loss(value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == "losslab.loss" end

-- The loss as a function that gives the value of each row, and whether its labels are classes (nil: not known).
local function by_row(loss)
  if not is_loss(loss) then
    if type(loss) == "function" or (getmetatable(loss) or {}).__call then return loss end
    check.fail("risk: a loss of ll.loss or a function (scores, labels) is needed, not %s", check.show(loss))
  end
  local row = ll.loss.describe(loss.name)
  if not row.by_row then
    check.fail("risk: %s is no mean over rows: what a row costs depends on the others", loss.name)
  end
  if #row.inputs ~= 2 or row.inputs[2].name ~= "labels" then
    local names = {}
    for i, input in ipairs(row.inputs) do names[i] = input.name end
    check.fail("risk: %s takes %s; risk is of a loss of scores and labels alone", loss.name, table.concat(names, ", "))
  end
  if loss.pos_weight ~= 1 or loss.class_weights then
    check.fail("risk: this %s weighs rows by class: { weights = … } weighs rows here", loss.name)
  end
  local parameters = loss:params()
  parameters.reduction = "none"
  if row.smooths and loss.label_smoothing > 0 then parameters.label_smoothing = loss.label_smoothing end
  return ll.loss[loss.name](parameters), row.inputs[2].role == "class"
end

-- A column of n numbers from 0 to most. what: "weights".
local function column(what, given, n, most)
  local m = ll.matrix(given)
  if m.rows ~= n or m.cols ~= 1 then check.fail("risk: %s is %dx%d, not a number for each of %d rows", what, m.rows, m.cols, n) end
  for i = 1, n do
    local x = m:get(i, 1)
    if not check.finite(x) or x < 0 or x > most then
      check.fail("risk: %s, row %d: %s is no number %s", what, i, check.show(x), most == 1 and "from 0 to 1" or ">= 0")
    end
  end
  return m
end

-- A distribution over classes in each row.
local function distributions(p, n)
  if p.rows ~= n then check.fail("risk: probability is %dx%d, not a row for each of %d", p.rows, p.cols, n) end
  local sums = p:row_sums()
  for i = 1, n do
    for k = 1, p.cols do
      local x = p:get(i, k)
      if not check.finite(x) or x < 0 then check.fail("risk: probability, row %d: %s is no number >= 0", i, check.show(x)) end
    end
    if math.abs(sums:get(i, 1) - 1) > 1e-6 then
      check.fail("risk: probability, row %d sums to %.9g, not to 1", i, sums:get(i, 1))
    end
  end
end

-- What each row costs in the mean over its labels.
local function expected(values, p, n, of_classes)
  local m, labels, total = ll.matrix(p), { 1, 0 }, nil
  local shares
  if m.cols == 1 then
    if of_classes then check.fail "risk: a loss of classes needs a probability for each class, n rows of K columns" end
    column("probability", m, n, 1)
    shares = { m, 1 - m }
  else
    if of_classes == false then
      check.fail("risk: probability is %dx%d; a loss of two labels needs that of 1 alone", m.rows, m.cols)
    end
    distributions(m, n)
    shares = {}
    for k = 1, m.cols do labels[k], shares[k] = k, m:col_range(k, k) end
  end
  for k, share in ipairs(shares) do
    local part = ll.where(share, share * values(ll.ones(n, 1) * labels[k]), 0) -- what is impossible costs nothing, not 0 times inf
    total = total and total + part or part
  end
  return total
end

--- ll.risk(loss, scores, labels [, { weights = w }]) -> matrix
-- ll.risk(loss, scores, { probability = p, weights = w }) -> matrix
-- What a loss costs scores: over rows (empirical risk) or what their labels may be (expected).
-- It is a matrix 1x1 with its gradient to the scores.
-- With labels it is (1/n) Σ V(f_i, y_i), or Σ w_i V(f_i, y_i) / Σ w_i. With p_i = P(y = 1 | x_i) it is (1/n) Σ (p_i V(f_i, 1) +
-- (1 - p_i) V(f_i, 0)), and with a column of p for each class (1/n) Σ_i Σ_k p_ik V(f_i, k): the expectation over labels, given
-- these rows. Over many rows that a generator drew it is the expected risk itself; ll.data.probability gives p where the
-- generator knows it.
--   loss   a loss over scores (or logits) and labels whose rows are independent, whatever its reduction; or a function (scores,
--         labels) that gives a column with the value of each row
--   scores   a matrix (n, 1), or (n, k) of logits
--   labels   a matrix (n, 1)
--   weights   a column of n numbers >= 0 (all the same)
--   probability   a column of n numbers on [0, 1], or a matrix (n, k) whose rows sum to 1
-- Errors: a loss whose rows depend on each other; a weight, probability or shape that cannot be.
-- See: loss, ll.data.probability
-- Example:
--   local hinge, scores, labels = ll.loss.hinge(), ll.matrix { { 2 }, { 0.5 } }, ll.matrix { { 1 }, { 0 } }
--   ll.risk(hinge, scores, labels):item()   --> 0.75
--   ll.risk(hinge, scores, labels, { weights = { { 1 }, { 3 } } }):item()   --> 1.125
--   ll.risk(hinge, scores, { probability = { { 1 }, { 0.5 } } }):item()   --> 0.5
local function risk(loss, scores, labels, options, ...)
  check.no_more("ll.risk", 4, ...)
  if type(labels) == "table" and getmetatable(labels) == nil and type(next(labels)) == "string" then -- options, misspelt ones too
    if options ~= nil then check.fail "risk: { probability = p, weights = w } is one table; nothing follows it" end
    labels, options = nil, labels
  end
  local o = check.fields("risk", options or {}, labels == nil and { "probability", "weights" } or { "weights" })
  if labels == nil and o.probability == nil then check.fail "risk: labels are missing, or { probability = p } in their place" end
  local f, of_classes = by_row(loss)
  if type(scores) ~= "userdata" then scores = ll.matrix(scores) end -- a copy has no past
  local n = scores.rows
  local function values(given)
    local out = f(scores, given)
    if type(out) ~= "userdata" or out.rows ~= n or out.cols ~= 1 then
      check.fail("risk: the loss gave %s, not a column with the value of each of %d rows",
        type(out) == "userdata" and string.format("%dx%d", out.rows, out.cols) or check.show(out), n)
    end
    return out
  end
  local costs = o.probability ~= nil and expected(values, o.probability, n, of_classes) or values(labels)
  if o.weights == nil then return ll.mean(costs) end
  local w = column("weights", o.weights, n, math.huge)
  local largest = ll.max_all(w):item()
  if largest == 0 then check.fail("risk: all %d weights are 0", n) end
  w = w / largest -- their sum must not overflow
  local total = ll.sum(w)
  return ll.sum(ll.where(w, w * costs, 0)) / total
end

return { risk = risk }
