-- Whether there is enough to be cut into folds: each fold needs targets and decoys, of scans and peptides of its own.
local ll = require "losslab"
local check = require "losslab.check"

-- How many groups some rows are in.
local function count(groups, rows)
  if rows.rows == 0 then return 0 end
  return math.tointeger(ll.fdr.best(ll.zeros(rows.rows, 1), groups:gather(rows)):sum():item())
end

-- Raises where the set of matches.read cannot be cut into so many folds.
return function(set, folds)
  local groups = set:cut_groups(set.rows // (2 * folds))
  for class = 1, 0, -1 do
    local found = count(groups, set.y:equal(class):find())
    if found < folds then
      check.fail("%s: %d folds need %s in as many groups of scans and peptides, and they are in %d; %s", set.name, folds,
        class == 1 and "targets" or "decoys", found, found < 2 and "nothing can be learnt of these matches"
        or "--folds " .. found .. " is possible")
    end
  end
end
