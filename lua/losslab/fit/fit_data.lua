-- What ll.fit is given to train on, as data sets: a set, { x = …, y = … }, and the validation part, another set or a share.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

function M.is_a(kind, value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == kind end

local FORMS = "a data set or { x = matrix, y = labels }"

-- A data set of what a user gives as one.
function M.set(what, data)
  if data == nil then check.fail("%s is missing: %s was expected", what, FORMS) end
  local set = data
  if type(data) == "table" then
    check.fields(what, data, { "x", "y", "values", "weights" })
    if data.x == nil or data.y == nil then
      check.fail("%s: %s is missing; %s was expected", what, data.x == nil and "x" or "y", FORMS)
    end
    local fine, made = pcall(ll.data.matrix, data.x, data.y, { values = data.values, weights = data.weights })
    if not fine then check.fail("%s: %s", what, (check.plain(made):gsub("^data%.matrix: ", ""))) end
    set = made
  elseif type(data) == "string" then
    check.fail("%s is a text: ll.data.load(%s) reads a set of that name", what, check.show(data))
  elseif not M.is_a("losslab.data", data) then
    check.fail("%s: %s was expected, not %s", what, FORMS, check.show(data))
  end
  if set.missing then
    check.fail("%s: %s has missing cells, which each split fills: valid = 0.2, train, test = data:split {}, or read it with "
      .. "missing = a number", what, set.name)
  end
  return set
end

-- Training and validation part; the latter may be nil.
function M.parts(data, valid, seed)
  if type(valid) == "number" then
    check.share("fit: valid", valid, 0, 1)
    if type(data) == "table" then data = M.set("fit: data", data) end
    if not M.is_a("losslab.data", data) then M.set("fit: data", data) end
    local fine, train, held_out = pcall(data.split, data, { test = valid, seed = seed })
    if not fine then check.fail("fit: valid = %g: %s", valid, check.plain(train)) end
    return train, held_out
  end
  local train = M.set("fit: data", data)
  if valid == nil then return train end
  local held_out = M.set("fit: valid", valid)
  if held_out.features ~= train.features then
    check.fail("fit: valid has %d features, the data have %d", held_out.features, train.features)
  end
  if held_out.multiclass ~= train.multiclass then
    check.fail "fit: of data and valid one has binary labels, the other classes; positive = … reads a class against the rest"
  end
  return train, held_out
end

return M
