-- A recorded case of an optimizer: its iterates on a small function that is not convex, or the minimum it has to reach.
local ll = require "losslab"
local case_of = require "losslab.cli.reference.case"

local optimizers = {}
for _, name in ipairs(ll.optim.list()) do optimizers[name] = true end

local FIRST = "sum_i 5 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, i = 1..3"
local objectives = {
  [FIRST] = function(x)
    local before, after = ll.row_range(x, 1, #x - 1), ll.row_range(x, 2, #x)
    return ll.sum(5 * ll.square(after - ll.square(before)) + ll.square(1 - before))
  end,
}

-- An optimizer with a line search chooses its own path, so only its end is compared: it must reach the recorded minimum, 0 at
-- x = 1, within 60 evaluations.
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
    for _ = 1, 3 do optimizer:step(loss) end -- a step ends by itself; the next one carries on
    case_of.compare(entry, where, "the minimum", { objective(x):item() }, { case.minimum }, 1)
    case_of.compare(entry, where, "its squared distance to x = 1", { ll.sum(ll.square(x - 1)):item() }, { 0 }, 1)
    case_of.compare(entry, where, "evaluations beyond 60", { math.max(0, evaluations - 60) }, { 0 })
  end)
end

return function(case, report)
  local name = case_of.field(case, "optimizer", "string")
  if not optimizers[name] then return report:unknown("there is no optimizer", name, ll.optim.list()) end
  case_of.only(case, { "optimizer", "params", "start", "objective", "iterates", "minimum", "evaluations" })
  local objective = objectives[case.objective or FIRST] or case_of.bad("objective is unknown: %s", case.objective)
  local start, entry = case_of.field(case, "start", "table"), report:entry(name)
  if case.minimum then return run_minimizer(case, entry, report, objective, start) end
  local want = case_of.field(case, "iterates", "table")
  report:try(entry, function(where)
    local x = ll.matrix(start):with_grad()
    local optimizer = ll.optim[name]({ x }, case.params)
    for i, iterate in ipairs(want) do
      objective(x):backward()
      optimizer:step()
      if not case_of.compare(entry, where, "iterate " .. i, x, iterate) then return end -- which spoils the later ones
    end
  end)
end
