-- Whether the data sets of a study share most of its configurations, so that means over data sets compare. A search proposes others
-- on each: what it found is compared by how far it is from what was chosen on the same data set.
local shared = {}

-- False for a search most of whose configurations are of one data set; and whether some configuration has reached anything on two:
-- of a study that is not finished yet, that may be none.
function shared.configs(results)
  local seen, once, twice = {}, 0, 0
  for _, dataset in ipairs(results.datasets) do
    for _, row in ipairs(dataset.summary) do
      local count = row.valid_mean and (seen[row.config] or 0) + 1
      if count then seen[row.config] = count end
      if count == 1 then once = once + 1 elseif count == 2 then twice = twice + 1 end
    end
  end
  local searches = #results.datasets > 1 and results.plan ~= nil and results.plan.search ~= nil
  return not searches or 2 * twice > once, twice > 0
end

-- The validation metric of the configuration of a loss that is chosen on a data set, or nil.
function shared.chosen(results, dataset, loss)
  local row = results:choose(dataset, loss.name)
  return row and row.valid_mean
end

return shared
