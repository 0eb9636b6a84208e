-- What of the configuration that a search starts from lies outside its space. The start is what tuning is compared with, by default
-- the loss as it is without tuning, so it is run wherever the ranges are; but nobody is to take it for a point of the space.
local fields = require "losslab.study.fields"
local text = require "losslab.text"

local M = {}

local function has(dimension, value)
  if dimension.low then
    return type(value) == "number" and value >= dimension.low and value <= dimension.high
      and not (dimension.integer and not math.tointeger(value))
  end
  for _, each in ipairs(dimension) do
    if fields.same(each, value) then return true end
  end
  return false
end

-- space: alternatives (study/space.lua), of a study or of its database; point: of one of them. Gives { name, value, dimension }
-- each by name, of the alternative in which the least lies outside; {} where the point is one of the space.
function M.of(space, point)
  local least, fewest
  for _, alternative in ipairs(space) do
    local out, count = {}, 0
    for name, value in pairs(point) do
      local dimension = alternative[name]
      if not dimension then count = count + 1 -- of another alternative
      elseif not has(dimension, value) then
        out[#out + 1], count = { name = name:match "[^.]*$", value = value, dimension = dimension }, count + 1
      end
    end
    if not fewest or count < fewest then least, fewest = out, count end
  end
  least = least or {}
  table.sort(least, function(a, b) return a.name < b.name end)
  return least
end

-- "margin = 1 (searched: 2 to 3)"
function M.words(list)
  local out = {}
  for i, each in ipairs(list) do
    local values, dimension = {}, each.dimension
    for k, value in ipairs(dimension) do values[k] = fields.word(value) end
    out[i] = string.format("%s = %s (searched: %s)", text.clean(each.name), fields.word(each.value),
      dimension.low and fields.word(dimension.low) .. " to " .. fields.word(dimension.high) or text.listed(values, 6))
  end
  return text.listed(out, 4)
end

-- For a dry run: by loss what lies outside. searches: study.search.
function M.sentences(search)
  local out = {}
  for _, each in ipairs(search and search.spaces or {}) do
    if each.outside and #each.outside > 0 then
      out[#out + 1] = string.format("%s starts outside its space, at %s: that is run as what tuning is compared with, and may be "
        .. "chosen; search.start says another", text.clean(each.loss.name), M.words(each.outside))
    end
  end
  return out
end

-- The same for programs: { loss, fields = { name = value } } each.
function M.plain(search)
  local out = {}
  for _, each in ipairs(search and search.spaces or {}) do
    if each.outside and #each.outside > 0 then
      local row = { loss = each.loss.name, fields = {} }
      for _, field in ipairs(each.outside) do row.fields[field.name] = field.value end
      out[#out + 1] = row
    end
  end
  return out
end

return M
