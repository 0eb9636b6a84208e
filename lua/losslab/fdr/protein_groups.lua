-- Proteins that peptides tell apart: those with the same peptides are one group, those whose peptides are some of another's are
-- left out, and a peptide counts for the one group that it belongs to.
local M = {}

-- name -> its rows, ascending, and the names in order.
local function rows_of_names(rows, names)
  local of, order = {}, {}
  for _, row in ipairs(rows) do
    for _, name in ipairs(names[row]) do
      local list = of[name]
      if not list then
        list = {}
        of[name], order[#order + 1] = list, name
      end
      if list[#list] ~= row then list[#list + 1] = row end
    end
  end
  table.sort(order)
  return of, order
end

local function same_rows(of, order)
  local groups, by_rows = {}, {}
  for _, name in ipairs(order) do
    local key = table.concat(of[name], ",")
    local group = by_rows[key]
    if not group then
      group = { proteins = {}, rows = of[name] }
      by_rows[key], groups[#groups + 1] = group, group
    end
    group.proteins[#group.proteins + 1] = name
  end
  return groups
end

local function groups_of_rows(groups)
  local of = {}
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      of[row] = of[row] or {}
      table.insert(of[row], group)
    end
  end
  return of
end

-- Whether another group has all rows of this one, and more: each group is counted in the row that has the fewest.
local function is_part(group, of_row)
  local fewest = of_row[group.rows[1]]
  for _, row in ipairs(group.rows) do
    if #of_row[row] < #fewest then fewest = of_row[row] end
  end
  if #fewest == 1 then return false end
  local hits = {}
  for _, row in ipairs(group.rows) do
    for _, other in ipairs(of_row[row]) do hits[other] = (hits[other] or 0) + 1 end
  end
  for _, other in ipairs(fewest) do
    if #other.rows > #group.rows and hits[other] == #group.rows then return true end
  end
  return false
end

-- rows: ascending; names: row -> list of names. Gives groups { proteins, rows, unique }, of those rows alone that count; how many
-- groups were parts of others; how many rows count for none, since more than one group has them.
function M.groups(rows, names)
  local all = same_rows(rows_of_names(rows, names))
  local of_row, kept = groups_of_rows(all), {}
  for _, group in ipairs(all) do
    if not is_part(group, of_row) then kept[#kept + 1] = group end
  end
  of_row = groups_of_rows(kept)
  local shared = 0
  for _, group in ipairs(kept) do group.unique = {} end
  for _, row in ipairs(rows) do
    local groups = of_row[row] or {}
    if #groups == 1 then table.insert(groups[1].unique, row) elseif #groups > 1 then shared = shared + 1 end
  end
  return kept, #all - #kept, shared
end

return M
