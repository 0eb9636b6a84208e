-- Proteins that peptides tell apart: those with the same peptides are one group, those whose peptides are some of another's are
-- left out, and a peptide counts for the one group that it belongs to. Most proteins have no peptide in common with another: each
-- is a group, and only the others are compared.
local M = {}

-- name -> the places of the lists that hold it, ascending; the names as they come; name -> true where one of them holds others.
local function places_of_names(lists)
  local of, order, shares = {}, {}, {}
  for place, list in ipairs(lists) do
    for i = 1, #list do
      local name = list[i]
      local places = of[name]
      if places then places[#places + 1] = place else of[name], order[#order + 1] = { place }, name end
      if #list > 1 then shares[name] = true end
    end
  end
  return of, order, shares
end

-- Groups { proteins, places } of names that share places with others.
local function same_places(of, order)
  local groups, by_places = {}, {}
  for _, name in ipairs(order) do
    local places = of[name]
    local key = #places == 1 and places[1] or table.concat(places, ",")
    local group = by_places[key]
    if not group then
      group = { proteins = {}, places = places }
      by_places[key], groups[#groups + 1] = group, group
    end
    group.proteins[#group.proteins + 1] = name
  end
  for _, group in ipairs(groups) do table.sort(group.proteins) end
  return groups
end

local function groups_of_places(groups)
  local of = {}
  for _, group in ipairs(groups) do
    for _, place in ipairs(group.places) do
      of[place] = of[place] or {}
      table.insert(of[place], group)
    end
  end
  return of
end

-- Whether another group has all places of this one, and more: each group is counted in the place that has the fewest.
local function is_part(group, of_place)
  local fewest = of_place[group.places[1]]
  for _, place in ipairs(group.places) do
    if #of_place[place] < #fewest then fewest = of_place[place] end
  end
  if #fewest == 1 then return false end
  local hits = {}
  for _, place in ipairs(group.places) do
    for _, other in ipairs(of_place[place]) do hits[other] = (hits[other] or 0) + 1 end
  end
  for _, other in ipairs(fewest) do
    if #other.places > #group.places and hits[other] == #group.places then return true end
  end
  return false
end

-- The rows at some places, each of which is asked for once.
local function rows_at(places, rows)
  local out = #places > 0 and rows[places[1]] or {}
  for i = 2, #places do table.move(rows[places[i]], 1, #rows[places[i]], #out + 1, out) end
  return out
end

-- lists: lists of names, in each list every name once; rows: for each list the rows that have just these names. Gives two lists, of
-- each group its proteins, in order, and its rows, those that count, in any order; how many groups were parts of others; how many
-- rows count for none, since more than one group has them.
function M.groups(lists, rows)
  local of, order, shares = places_of_names(lists)
  local proteins, own, sharing = {}, {}, {}
  for _, name in ipairs(order) do
    if shares[name] then sharing[#sharing + 1] = name
    else proteins[#proteins + 1], own[#own + 1] = { name }, rows_at(of[name], rows) end
  end
  local groups, kept, shared = same_places(of, sharing), {}, 0
  local of_place = groups_of_places(groups)
  for _, group in ipairs(groups) do
    if not is_part(group, of_place) then kept[#kept + 1] = group end
  end
  of_place = groups_of_places(kept)
  for place, several in pairs(of_place) do
    if #several > 1 then shared = shared + #rows[place] end
  end
  for _, group in ipairs(kept) do
    local alone = {}
    for _, place in ipairs(group.places) do
      if #of_place[place] == 1 then alone[#alone + 1] = place end
    end
    proteins[#proteins + 1], own[#own + 1] = group.proteins, rows_at(alone, rows)
  end
  return proteins, own, #groups - #kept, shared
end

return M
