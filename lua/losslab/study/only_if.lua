-- Conditions of dimensions: which parameters exist only under certain values of others, and in which order they are settled.
-- A condition is what a study wrote, checked: { [name of a parameter] = { its values } or { from = …, to = … } }; all must hold.
local check = require "losslab.check"

local M = {}

--- study.range.only_if = { activation = "leaky_relu" }
-- When the parameter exists: beside a range, or in a list of values, the values of other parameters under which it does.
-- Where a condition does not hold, the parameter is not there: it has its default, and no configuration differs by it.
--   { 0.5, 1, only_if = { a = true } }                 a value of another parameter of the same table
--   { from = 0, to = 1, only_if = { a = { 1, 2 } } }    any of these values
--   { 8, 16, only_if = { depth = { from = 2 } } }       a number from 2 on; to = … is the most
--   only_if = { ["model.activation"] = "relu" }        a parameter of another table: loss.…, model.… or train.…
-- Several parameters must all be as said.
-- See: study.range, ll.search.new
-- Example:
--   local s = ll.study { name = "m", data = "moons", compare = { "hinge" },
--     train = { optimizer = "sgd", momentum = { 0, 0.9 }, nesterov = { false, true, only_if = { momentum = 0.9 } } } }
--   s:trials()   --> 15

local function is_bounds(t) return t.from ~= nil or t.to ~= nil end

-- What a study wrote as only_if.
function M.condition(what, written)
  what = what .. ": only_if"
  if type(written) ~= "table" or next(written) == nil then
    check.fail("%s must be a table from parameters to their values: { momentum = { 0.5, 0.9 } }, not %s", what,
      type(written) == "table" and "an empty one" or check.show(written))
  end
  local out = {}
  for _, name in ipairs(check.keys(written)) do
    if type(name) ~= "string" then check.fail("%s: parameters have names; %s has none", what, check.show(written[name])) end
    local values = written[name]
    local where = what .. ": " .. name
    if type(values) == "table" and is_bounds(values) then
      check.fields(where, values, { "from", "to" })
      local low, high = check.default(values.from, -math.huge), check.default(values.to, math.huge)
      if type(low) ~= "number" or type(high) ~= "number" or low ~= low or high ~= high or low > high then
        check.fail("%s goes from a number up to another, not from %s to %s", where, check.show(low), check.show(high))
      end
      out[name] = { from = low, to = high }
    else
      out[name] = check.list(where, values)
      for _, value in ipairs(out[name]) do
        if type(value) == "table" or value ~= value then check.fail("%s: no parameter is %s", where, check.show(value)) end
      end
    end
  end
  return out
end

local function meets(values, value)
  if values.from then return type(value) == "number" and values.from <= value and value <= values.to end
  for _, each in ipairs(values) do if each == value then return true end end
  return false
end

-- Whether a dimension is there beside the values of point, those before it in order.
function M.holds(dimension, point)
  for name, values in pairs(dimension.only_if or {}) do
    if point[name] == nil or not meets(values, point[name]) then return false end
  end
  return true
end

-- Whether a dimension can take a value that meets the condition.
local function can_meet(dimension, values)
  if dimension.low == nil then
    for _, value in ipairs(dimension) do if meets(values, value) then return true end end
    return false
  end
  if values.from then return values.from <= dimension.high and values.to >= dimension.low end
  for _, value in ipairs(values) do
    local whole = type(value) == "number" and (not dimension.integer or math.tointeger(value))
    if whole and value >= dimension.low and value <= dimension.high then return true end
  end
  return false
end

-- The names of an alternative, each behind those it depends on, else in alphabetical order.
function M.order(alternative)
  local out, state = {}, {}
  local function visit(name, from)
    if state[name] == "done" then return end
    if state[name] then check.fail("%s: only_if: whether it is there depends on itself, by way of %s", name, from) end
    state[name] = "begun"
    for _, parent in ipairs(check.keys(alternative[name].only_if or {})) do
      if alternative[parent] then visit(parent, name) end
    end
    state[name], out[#out + 1] = "done", name
  end
  for _, name in ipairs(check.keys(alternative)) do visit(name, name) end
  return out
end

-- A dimension of a table (loss, model, train) whose conditions name parameters of the same table: with their names in full.
function M.qualify(dimension, prefix, prefixes)
  if not dimension.only_if then return dimension end
  local copy, conditions = {}, {}
  for key, value in pairs(dimension) do copy[key] = value end
  for name, values in pairs(dimension.only_if) do
    conditions[prefixes[name:match "^(%a+)%." or ""] and name or prefix .. "." .. name] = values
  end
  copy.only_if = conditions
  return copy
end

local function refuse_value(name, parent, value, dimensions)
  local known, shown = {}, {}
  for _, dimension in ipairs(dimensions) do
    for _, each in ipairs(dimension) do
      if type(each) == "string" then known[#known + 1] = each end
      shown[#shown + 1] = check.show(each)
    end
    if dimension.low then shown[#shown + 1] = check.show(dimension.low) .. " to " .. check.show(dimension.high) end
  end
  if type(value) == "string" and #known > 0 then
    check.unknown(string.format("%s: only_if: %s is never", name, parent), value, known)
  end
  check.fail("%s: only_if: %s is never %s; it is %s", name, parent, check.show(value), table.concat(shown, ", "))
end

-- Raises for a condition that no alternative can meet: a parameter that is nowhere, a value that it never has.
local function check_condition(alternatives, name, condition)
  for _, parent in ipairs(check.keys(condition)) do
    local dimensions, all, known = {}, {}, {}
    for _, alternative in ipairs(alternatives) do
      for each in pairs(alternative) do all[each] = true end
      dimensions[#dimensions + 1] = alternative[parent]
    end
    all[name] = nil
    for each in pairs(all) do known[#known + 1] = each end
    table.sort(known)
    if #dimensions == 0 then check.unknown(name .. ": only_if: there is no parameter", parent, known) end
    local values = condition[parent]
    for _, one in ipairs(values.from and { values } or values) do
      local found = false
      for _, dimension in ipairs(dimensions) do found = found or can_meet(dimension, values.from and values or { one }) end
      if not found then
        if values.from then
          check.fail("%s: only_if: %s is never from %s to %s", name, parent, check.show(values.from), check.show(values.to))
        end
        refuse_value(name, parent, one, dimensions)
      end
    end
  end
end

-- Alternatives whose conditions have been checked against one another; where a condition cannot hold within an alternative, the
-- dimension is taken out of it. all [opt]: those of everything that is compared, as a condition may be about one loss alone.
function M.settle(alternatives, all)
  local out, any = {}, false
  for _, alternative in ipairs(alternatives) do
    for _, name in ipairs(check.keys(alternative)) do
      if alternative[name].only_if then
        any = true
        check_condition(all or alternatives, name, alternative[name].only_if)
      end
    end
  end
  if not any then return alternatives end
  for a, alternative in ipairs(alternatives) do
    local left = {}
    for _, name in ipairs(M.order(alternative)) do
      local dimension, there = alternative[name], true
      for parent, values in pairs(dimension.only_if or {}) do
        there = there and left[parent] ~= nil and can_meet(left[parent], values)
      end
      if there then left[name] = dimension end
    end
    out[a] = left
  end
  return out
end

return M
