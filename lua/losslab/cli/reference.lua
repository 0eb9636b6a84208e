-- Holds this build to recorded figures: cases of losses, metrics, optimizers and divergences with the values and gradients
-- that another system computed. What kind a case is follows from its fields; a loss of the engine's table needs no code here.
--
-- The error of a number is |got - wanted| / scale. For an element of a gradient (or of an iterate, or of rows of values)
-- scale = max(|wanted|, floor × largest of that gradient), for a value max(|wanted|, floor × largest gradient of the case):
-- near a zero of the gradient an error relative to the element alone would measure nothing but rounding. In double floor is
-- 0.001; in single it is 1, since there the rounding of the inputs alone moves every element by 1e-7 of the largest. A scale that
-- would be 0 is 1. The tolerance is 1e-10 in double and 1e-5 in single.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

local double = ll.precision == "double"
M.tolerance = double and 1e-10 or 1e-5
local floor = double and 1e-3 or 1

-- ---- numbers -------------------------------------------------------------------------------------------------------------

-- The numbers of nested arrays, or of a matrix, in row order.
local function flat(value, out)
  out = out or {}
  if type(value) == "number" then
    out[#out + 1] = value
  elseif type(value) == "userdata" and value.table then
    flat(value:table(), out)
  elseif type(value) == "table" then
    for _, each in ipairs(value) do flat(each, out) end
  else
    error("a number was expected, not " .. tostring(value), 0)
  end
  return out
end

-- Arrays of arrays of rows are stacked: a layer, or a user's negatives, below the other; rows of a narrower layer are filled up
-- with zeros.
local function stacked(value)
  if type(value) ~= "table" or type(value[1]) ~= "table" or type(value[1][1]) ~= "table" then return value end
  local rows, width = {}, 0
  for _, block in ipairs(value) do
    for _, row in ipairs(block) do width = math.max(width, #row) end
  end
  for _, block in ipairs(value) do
    for _, row in ipairs(block) do
      local filled = table.move(row, 1, #row, 1, {})
      for j = #row + 1, width do filled[j] = 0 end
      rows[#rows + 1] = filled
    end
  end
  return rows
end

local function matrix(value) return ll.matrix(stacked(value)) end

local function largest(values)
  local most = 0
  for _, x in ipairs(values) do most = math.max(most, math.abs(x)) end
  return most
end

-- Whether all are within tolerance; the worst error goes to the entry, what is out of tolerance to its failures.
local function compare(entry, where, what, got, want, scale)
  got, want = flat(got), flat(want)
  scale = math.max(scale or 0, floor * largest(want))
  if #got ~= #want then
    entry.worst = math.huge
    entry.failures[#entry.failures + 1] = string.format("%s: %s has %d numbers, expected %d", where, what, #got, #want)
    return false
  end
  for i, w in ipairs(want) do
    local g = got[i]
    local least = math.max(math.abs(w), scale)
    local err = g == w and 0 or math.abs(g - w) / (least > 0 and least or 1)
    if err ~= err then err = math.huge end
    entry.worst = math.max(entry.worst, err)
    if err > M.tolerance then
      entry.failures[#entry.failures + 1] = string.format("%s: %s%s is %.17g, expected %.17g (error %.2g)", where, what,
        #want > 1 and "[" .. i .. "]" or "", g, w, err)
      return false -- the first of an array is enough to find it
    end
  end
  return true
end

-- ---- cases ---------------------------------------------------------------------------------------------------------------

local function field(t, name, kinds, where)
  local value = t[name]
  for kind in kinds:gmatch "%a+" do
    if type(value) == kind then return value end
  end
  local found = value == nil and "is missing" or type(value) == "userdata" and "is null" or "is a " .. type(value)
  return M.bad("%s%s %s%s", where and where .. "." or "", name, found,
    value == nil and "" or "; expected a " .. kinds:gsub(" ", " or "))
end

local function set_of(names)
  local set = {}
  for _, name in ipairs(names) do set[name] = true end
  return set
end

-- Any other field is a remark; but a misspelt one, or gradients that are not compared, would look checked and are not.
local function only(case, known)
  local is_known = set_of(known)
  for _, name in ipairs(M.sorted(case)) do
    if not is_known[name] and ll.core.nearest(name, known) then
      M.bad("%s", check.no_such("has a field that is not read,", name, known))
    end
    if name == "grads" and not is_known.grads then M.bad("has grads, which are not compared") end
  end
end

-- A case that is not one; said with its file and number.
local malformed = { __tostring = function(self) return self.message end }
function M.bad(format, ...) error(setmetatable({ message = string.format(format, ...) }, malformed), 0) end

local losses, optimizers = set_of(ll.loss.list()), set_of(ll.optim.list())

-- 001 eq. 38-40 by the engine's primitives: the critic's loss whose penalty holds a gradient, so its own gradient goes
-- through double backward.
local function wgan_gp_critic_mlp(case)
  local inputs = case.inputs
  local params = field(case, "params", "table")
  local hidden = field(params, "hidden", "string", "params")
  local act = ll[check.among("params.hidden: there is no activation", hidden, ll.nn.activations)]
  local W, B, leaves = {}, {}, {}
  for i, w in ipairs(field(inputs, "W", "table", "inputs")) do
    W[i] = ll.matrix(w):with_grad()
    B[i] = ll.matrix({ field(inputs, "B", "table", "inputs")[i] }):with_grad()
    leaves[#leaves + 1] = W[i]
  end
  for i in ipairs(B) do leaves[#leaves + 1] = B[i] end
  local function critic(x)
    for i = 1, #W do
      x = ll.linear(x, W[i], B[i])
      if i < #W then x = act(x) end
    end
    return x
  end
  local real, fake = ll.matrix(field(inputs, "real", "table", "inputs")), ll.matrix(field(inputs, "fake", "table", "inputs"))
  local epsilon = ll.matrix(field(inputs, "epsilon", "table", "inputs"))
  local between = (epsilon * real + (1 - epsilon) * fake):detach():with_grad()
  local slope = ll.grad(ll.sum(critic(between)), between, { create_graph = true })
  local penalty = ll.mean(ll.square(ll.row_norms(slope) - 1))
  local loss = ll.mean(critic(fake)) - ll.mean(critic(real)) + field(params, "lambda", "number", "params") * penalty
  local grads = ll.grad(loss, leaves)
  return loss:item(), { W = { table.unpack(grads, 1, #W) }, B = { table.unpack(grads, #W + 1) } }
end

-- Losses that are put together from several primitives.
local composed = { wgan_gp_critic_mlp = wgan_gp_critic_mlp }

-- A loss of the table: its inputs by the row's names; what else the case gives are parameters and the history.
local function table_loss(case)
  local row = ll.loss.describe(case.loss)
  local parameters, order, leaves, names = {}, {}, {}, {}
  if case.params ~= nil then
    for name, value in pairs(field(case, "params", "table")) do parameters[name] = value end
  end
  local others = {}
  for name, value in pairs(case.inputs) do others[name] = value end
  for i, input in ipairs(row.inputs) do
    if input.optional and case.inputs[input.name] == nil then break end
    order[i] = matrix(field(case.inputs, input.name, "table number", "inputs"))
    others[input.name] = nil
    if input.role == "matrix" and not row.metric_only then
      leaves[#leaves + 1] = order[i]:with_grad()
      names[#names + 1] = input.name
      field(field(case, "grads", "table"), input.name, "table number", "grads")
    end
  end
  local scores, labels = others.prev_scores, others.prev_labels
  others.prev_scores, others.prev_labels = nil, nil
  for name, value in pairs(others) do parameters[name] = value end
  local loss = ll.loss[case.loss](parameters)
  if scores or labels then
    if not scores or not labels then M.bad("inputs.prev_scores and inputs.prev_labels go together") end
    loss:history(matrix(scores), matrix(labels))
  end
  local value, grads = loss(table.unpack(order)), {}
  if #leaves > 0 then
    local whole = value.rows * value.cols == 1
    for i, gradient in ipairs(ll.grad(value, leaves, not whole and { gradient = ll.ones(value.rows, 1) } or nil)) do
      grads[names[i]] = gradient
    end
  end
  return value.rows * value.cols == 1 and value:item() or value, setmetatable(grads, {
    __index = function(_, name) return loss[name .. "_grad"] end, -- a parameter's: margin_grad
  })
end

local function run_loss(case, report)
  local name = field(case, "loss", "string")
  if not composed[name] and not losses[name] then return report:unknown("there is no loss", name, ll.loss.list()) end
  only(case, { "loss", "params", "inputs", "value", "grads" })
  field(case, "inputs", "table")
  local want = field(case, "value", "number table")
  local entry = report:entry(name)
  report:try(entry, function(where)
    local value, grads = (composed[name] or table_loss)(case)
    local most = 0
    for _, gradient in pairs(case.grads or {}) do most = math.max(most, largest(flat(gradient))) end
    compare(entry, where, "value", value, want, floor * most)
    for _, of in ipairs(M.sorted(case.grads or {})) do
      local got = grads[of] or error("it has no gradient with respect to " .. of, 0)
      compare(entry, where, "gradient of " .. of, got, composed[name] and case.grads[of] or stacked(case.grads[of]))
    end
  end)
end

-- ---- optimizers: the iterates on a small function that is not convex ----

local FIRST = "sum_i 5 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, i = 1..3"
local objectives = {
  [FIRST] = function(x)
    local before, after = ll.row_range(x, 1, #x - 1), ll.row_range(x, 2, #x)
    return ll.sum(5 * ll.square(after - ll.square(before)) + ll.square(1 - before))
  end,
}

-- One that chooses its own way, by a line search: it must reach the recorded minimum, 0 at x = 1, within 60 evaluations.
local function run_minimizer(case, entry, report, objective, start)
  report:try(entry, function(where)
    local x, evaluations = ll.matrix(start):with_grad(), 0
    local optimizer = ll.optim[case.optimizer]({ x }, case.params)
    local function loss()
      evaluations = evaluations + 1
      local L = objective(x)
      L:backward()
      return L
    end
    for _ = 1, 3 do optimizer:step(loss) end -- a step ends by itself; what is left of the evaluations is the next one's
    compare(entry, where, "the minimum", { objective(x):item() }, { case.minimum }, 1)
    compare(entry, where, "its squared distance to x = 1", { ll.sum(ll.square(x - 1)):item() }, { 0 }, 1)
    compare(entry, where, "evaluations beyond 60", { math.max(0, evaluations - 60) }, { 0 })
  end)
end

local function run_optimizer(case, report)
  local name = field(case, "optimizer", "string")
  if not optimizers[name] then return report:unknown("there is no optimizer", name, ll.optim.list()) end
  only(case, { "optimizer", "params", "start", "objective", "iterates", "minimum", "evaluations" })
  local objective = objectives[case.objective or FIRST] or M.bad("objective is unknown: %s", case.objective)
  local start, entry = field(case, "start", "table"), report:entry(name)
  if case.minimum then return run_minimizer(case, entry, report, objective, start) end
  local want = field(case, "iterates", "table")
  report:try(entry, function(where)
    local x = ll.matrix(start):with_grad()
    local optimizer = ll.optim[name]({ x }, case.params)
    for i, iterate in ipairs(want) do
      objective(x):backward()
      optimizer:step()
      if not compare(entry, where, "iterate " .. i, x, iterate) then return end -- what follows only follows from it
    end
  end)
end

-- ---- metrics: every figure of a case is a metric of its own ----

local metric = ll.metric
local metrics = {
  auc = function(scores, labels) return metric.auc(scores, labels) end,
  pauc_fpr01 = function(scores, labels) return metric.partial_auc(scores, labels, { max_fpr = 0.1 }) end,
  average_precision = function(scores, labels) return metric.average_precision(scores, labels) end,
  qvalues = function(scores, labels) return metric.qvalues(scores, labels) end,
  targets_at_fdr = function(scores, labels, want)
    local got = {}
    for i, level in ipairs(M.sorted(want)) do got[i] = metric.targets_at_fdr(scores, labels, { level = tonumber(level) }) end
    return got
  end,
}
local not_figures = { scores = true, labels = true, note = true }

local function run_metric(case, report)
  local scores, labels = matrix(field(case, "scores", "table")), matrix(field(case, "labels", "table"))
  for _, name in ipairs(M.sorted(case)) do
    local want = case[name]
    if metrics[name] then
      local entry = report:entry(name)
      report:try(entry, function(where)
        local got = metrics[name](scores, labels, want)
        if type(want) == "table" and not want[1] then
          local by_level = {}
          for i, level in ipairs(M.sorted(want)) do by_level[i] = want[level] end
          want = by_level
        end
        compare(entry, where, "value", got, want)
      end)
    elseif not not_figures[name] then
      report:unknown("there is no metric", name, M.sorted(metrics))
    end
  end
end

-- ---- divergences ----

local divergences = set_of(ll.divergence.list())

-- A divergence of the table: its inputs by the row's names, those that may be left out too; params as they stand.
local function run_divergence(case, report)
  local name = field(case, "kind", "string")
  if not divergences[name] then return report:unknown("there is no divergence", name, ll.divergence.list()) end
  local fields = { "kind", "params", "value" }
  for _, input in ipairs(ll.divergence.describe(name).inputs) do fields[#fields + 1] = input.name end
  only(case, fields)
  local entry = report:entry(name)
  report:try(entry, function(where)
    local inputs, options = {}, {}
    for key, value in pairs(case.params or {}) do options[key] = value end
    for i, input in ipairs(ll.divergence.describe(name).inputs) do
      if not input.optional then inputs[i] = matrix(field(case, input.name, "table"))
      elseif case[input.name] then options[input.name] = matrix(field(case, input.name, "table")) end
    end
    inputs[#inputs + 1] = options
    compare(entry, where, "value", (ll.divergence[name](table.unpack(inputs))), field(case, "value", "number"))
  end)
end

-- ---- files ---------------------------------------------------------------------------------------------------------------

local kinds = { { "loss", run_loss }, { "optimizer", run_optimizer }, { "kind", run_divergence }, { "scores", run_metric } }

-- Keys as sorted strings.
function M.sorted(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end

-- The cases of a file. Raises with the file, and the line and column of what is no JSON.
function M.read(path)
  local file, why = io.open(path, "rb")
  if not file then error(why, 0) end
  local content, read_error = file:read "a"
  file:close()
  if not content then error(string.format("%s: %s", path, read_error), 0) end
  local fine, cases = pcall(require "cjson".decode, content)
  if not fine then
    local message, at = tostring(cases):match "^(.-) at character (%d+)"
    if not at then error(string.format("%s: %s", path, cases), 0) end
    local before = content:sub(1, tonumber(at) - 1)
    local _, lines = before:gsub("\n", "")
    error(string.format("%s:%d:%d: %s", path, lines + 1, #before:match "[^\n]*$" + 1, message), 0)
  end
  if type(cases) ~= "table" or #cases == 0 then error(path .. ": an array of cases was expected", 0) end
  return cases
end

local report_class = {}
report_class.__index = report_class

-- The line of the table for a name, and one case more in it.
function report_class:entry(name)
  local entry = self.by_name[name]
  if not entry then
    entry = { name = name, cases = 0, worst = 0, failures = {} }
    self.by_name[name] = entry
    self.entries[#self.entries + 1] = entry
  end
  entry.cases = entry.cases + 1
  return entry
end

-- A case of what this build does not have; said: "there is no loss".
function report_class:unknown(said, name, known) self:entry(name).unknown = check.no_such(said, name, known) end

-- Runs one evaluation; an error of the engine fails the case.
function report_class:try(entry, f)
  local fine, err = pcall(f, self.where)
  if fine then return end
  if err == "interrupted" then error(err, 0) end
  entry.worst = math.huge
  entry.failures[#entry.failures + 1] = string.format("%s: %s", self.where, (tostring(err):gsub("^%S-reference%.lua:%d+: ", "")))
end

-- A report to give to M.check for each file.
function M.report() return setmetatable({ entries = {}, by_name = {}, problems = {} }, report_class) end

-- Evaluates the cases of a file into the report: entries {name, cases, worst, unknown, failures}, unknown being what is said of a
-- name that this build does not have, and problems, the messages of files and cases that could not be read.
function M.check(report, path)
  local fine, cases = pcall(M.read, path)
  if not fine then
    report.problems[#report.problems + 1] = cases
    return
  end
  for number, case in ipairs(cases) do
    report.where = string.format("%s: case %d", path, number)
    local ran, err = pcall(function()
      if type(case) ~= "table" then M.bad("is a %s; expected an object", type(case)) end
      for _, kind in ipairs(kinds) do
        if case[kind[1]] ~= nil then return kind[2](case, report) end
      end
      M.bad("has no loss, optimizer, kind or scores, so it cannot be told what it is of")
    end)
    if not ran then
      if getmetatable(err) ~= malformed then error(err, 0) end
      report.problems[#report.problems + 1] = report.where .. ": " .. err.message
    end
  end
end

-- Whether every case was known and within tolerance.
function M.passed(report)
  if #report.problems > 0 or #report.entries == 0 then return false end
  for _, entry in ipairs(report.entries) do
    if entry.unknown or #entry.failures > 0 then return false end
  end
  return true
end

return M
