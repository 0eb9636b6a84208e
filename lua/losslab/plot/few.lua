-- Which losses a figure shows in full where it cannot show all.
local text = require "losslab.text"

local few = {}

function few.all(results)
  local out = {}
  for _, loss in ipairs(results.losses) do out[loss.name] = true end
  return out
end

-- The losses of a data set from best to worst on validation.
function few.ranked(results, dataset)
  local rows = {}
  for _, loss in ipairs(results.losses) do
    local chosen = results:choose(dataset, loss.name)
    if chosen then rows[#rows + 1] = chosen end
  end
  table.sort(rows, function(a, b)
    if a.lost ~= b.lost then return a.lost < b.lost end
    if a.valid_mean ~= b.valid_mean then return results.sign * a.valid_mean > results.sign * b.valid_mean end
    return a.loss < b.loss
  end)
  return rows
end

-- A set of at most n (2) losses: the asked one, then the best on validation.
function few.chosen(results, dataset, n)
  local out, count = {}, 0
  local asked = results.ask and results.losses[results.ask.loss]
  if asked then out[asked.name], count = true, 1 end
  for _, row in ipairs(few.ranked(results, dataset)) do
    if count < (n or 2) and not out[row.loss] then out[row.loss], count = true, count + 1 end
  end
  return out
end

-- The loss that a figure of one loss is about: the asked one, else the first that learns a number, else the best on validation.
function few.one(results, dataset)
  local asked = results.ask and results.losses[results.ask.loss] or results:learner()
  if asked then return asked.name end
  local rows = few.ranked(results, dataset)
  return rows[1] and rows[1].loss
end

-- What is said of losses that cannot be shown since none of their runs finished: " Nothing finished of a and b."; else "".
function few.absent(results)
  local names = {}
  for _, loss in ipairs(results.losses) do
    local finished = false
    for _, dataset in ipairs(results.datasets) do finished = finished or results:choose(dataset, loss.name) ~= nil end
    if not finished then names[#names + 1] = loss.name end
  end
  return #names > 0 and string.format(" Nothing finished of %s.", text.listed(names, 6)) or ""
end

return few
