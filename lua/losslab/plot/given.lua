-- What a user hands to ll.plot, as plain numbers: arrays, matrices, data sets, labels, groups by name. What is NaN or infinite is
-- left out by who draws; here it is counted.
local check = require "losslab.check"

local given = {}

local function class_of(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__name or nil
end

function given.is_matrix(value) return class_of(value) == "losslab.matrix" end
function given.is_data(value) return class_of(value) == "losslab.data" end
function given.is_loss(value) return class_of(value) == "losslab.loss" end

-- Results of a database, which results/reading.lua makes.
function given.is_results(value)
  return type(value) == "table" and rawget(value, "store") ~= nil and rawget(value, "datasets") ~= nil
end

-- A table whose entries 1, 2, … are numbers, or nothing.
function given.is_numbers(value)
  return type(value) == "table" and class_of(value) == nil and (type(value[1]) == "number" or given.is_scalar(value[1]))
end

function given.is_scalar(value) return given.is_matrix(value) and value.rows == 1 and value.cols == 1 end

-- Whether it can be a list of something: numbers, labels or a matrix; and no table of options.
function given.is_list(value)
  return given.is_matrix(value) or type(value) == "table" and not class_of(value) and value[1] ~= nil
end

-- A number that can be drawn; the length of an axis has to be a number, too.
function given.finite(x) return type(x) == "number" and x == x and math.abs(x) < 1e300 end

-- The rows of a matrix as arrays.
function given.rows(matrix)
  local rows = matrix:table()
  if matrix.rows > 0 and type(rows[1]) ~= "table" then
    if matrix.rows == 1 and matrix.cols > 1 then return { rows } end
    for i, x in ipairs(rows) do rows[i] = { x } end
  end
  return rows
end

-- An array of numbers from an array or from a matrix (row by row).
function given.numbers(what, value)
  if given.is_matrix(value) then
    local rows, out = value:table(), {}
    if type(rows[1]) == "number" then return rows end
    for _, row in ipairs(rows) do
      for _, x in ipairs(row) do out[#out + 1] = x end
    end
    if #out == 0 then check.fail("%s: an empty matrix has nothing to draw", what) end
    return out
  end
  if type(value) ~= "table" or class_of(value) then
    check.fail("%s must be numbers (an array or a matrix), not %s", what, check.show(value))
  end
  local out, n = {}, check.whole(what, value)
  if n == 0 then check.fail("%s: an empty list has nothing to draw", what) end
  for i = 1, n do
    local x = value[i]
    if given.is_scalar(x) then x = x:item() end
    if type(x) ~= "number" then check.fail("%s[%d] must be a number, not %s", what, i, check.show(x)) end
    out[i] = x
  end
  return out
end

-- Points { x, y } from a matrix of two columns or an array of pairs; one column: over its row's number.
-- of_line: one row is numbers of a line, whatever its length.
function given.points(what, value, of_line)
  if given.is_data(value) then value = value.x end
  local rows
  if given.is_matrix(value) then
    if value.rows == 0 then check.fail("%s: an empty matrix has nothing to draw", what) end
    if value.cols == 1 or value.rows == 1 and (of_line or value.cols ~= 2) then
      local out = given.numbers(what, value)
      for i = 1, #out do out[i] = { i, out[i] } end
      return out
    end
    rows = given.rows(value)
  elseif type(value) == "table" and type(value[1]) == "table" then
    rows = value
    check.whole(what, value)
  else
    rows = {}
    for i, x in ipairs(given.numbers(what, value)) do rows[i] = { x } end
  end
  local out = {}
  for i, row in ipairs(rows) do
    local place = string.format("%s[%d]", what, i)
    if type(row) ~= "table" then check.fail("%s must be { x, y }, not %s", place, check.show(row)) end
    if #row > 2 then
      check.fail("%s has %d columns; a line or points have one (y) or two (x, y); plot.heat draws all", what, #row)
    end
    for k = 1, #row == 1 and 1 or 2 do
      if type(row[k]) ~= "number" then check.fail("%s[%d] must be a number, not %s", place, k, check.show(row[k])) end
    end
    out[i] = #row == 1 and { i, row[1] } or { row[1], row[2] }
  end
  return out
end

-- A grid of numbers from a matrix or an array of arrays of one length.
function given.grid(what, value)
  if given.is_data(value) then value = value.x end
  if given.is_matrix(value) then
    if value.rows * value.cols == 0 then check.fail("%s: an empty matrix has nothing to draw", what) end
    return given.rows(value)
  end
  if type(value) ~= "table" or class_of(value) or type(value[1]) ~= "table" then
    check.fail("%s must be a matrix or rows of numbers, not %s", what, type(value) == "table" and "a table without rows"
      or check.show(value))
  end
  local rows = {}
  for i = 1, check.whole(what, value) do
    rows[i] = given.numbers(string.format("%s[%d]", what, i), value[i])
    if #rows[i] ~= #rows[1] then
      check.fail("%s[%d] has %d numbers, %s[1] has %d; a matrix has rows of one length", what, i, #rows[i], what, #rows[1])
    end
  end
  return rows
end

local CLASSES = 26 -- as many as there are colours

-- The groups of labels: { { name, rows = { numbers of rows } }, … }, in the order of the labels; names [opt]: what they are
-- called.
function given.classes(what, labels, n, names)
  local list = labels
  if given.is_matrix(labels) then list = given.numbers(what, labels) end
  if type(list) ~= "table" then check.fail("%s must be labels (an array or a column), not %s", what, check.show(labels)) end
  if check.whole(what, list) ~= n then check.fail("%s has %d entries for %d rows; each row has one", what, #list, n) end
  local rows, keys = {}, {}
  for i, label in ipairs(list) do
    if type(label) == "number" then label = math.tointeger(label) or label end
    if label ~= label then check.fail("%s[%d] is NaN, which is no label", what, i) end
    if not rows[label] then
      rows[label] = {}
      keys[#keys + 1] = label
    end
    table.insert(rows[label], i)
  end
  if #keys > CLASSES then check.fail("%s has %d different labels; at most %d have a colour", what, #keys, CLASSES) end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) < type(b) end
    if type(a) == "number" or type(a) == "string" then return a < b end
    return tostring(a) < tostring(b)
  end)
  local out = {}
  for i, key in ipairs(keys) do out[i] = { names and names(key) or tostring(key), rows = rows[key] } end
  return out
end

-- The classes of a data set, by the names that it has for them; nil where it has no labels.
function given.classes_of(data)
  local names = data.class_names or {}
  return given.classes("the data set's labels", data.y, data.rows, function(label)
    local name
    if data.multiclass then name = names[label] else name = names[label > 0 and 2 or 1] end
    return name and name ~= "" and name or tostring(label)
  end)
end

-- Entries of a table by name, in the order of their names: { { name, value }, … }; an array has its numbers for names.
function given.by_name(what, value, legend)
  local out = {}
  for _, key in ipairs(check.keys(value)) do
    if type(key) ~= "string" and math.type(key) ~= "integer" then
      check.fail("%s: %s is no name of something to draw", what, check.show(key))
    end
    out[#out + 1] = { tostring(key), value[key], array = math.type(key) == "integer" }
  end
  if #out == 0 then check.fail("%s: an empty table has nothing to draw", what) end
  if #out > CLASSES then check.fail("%s holds %d entries; at most %d have a colour", what, #out, CLASSES) end
  for i, each in ipairs(out) do
    local own = type(legend) == "table" and (legend[each[1]] or legend[i])
    if own then each[1] = tostring(own) end
  end
  return out
end

return given
