-- ll.data.table: a data set of named columns, or of rows with named fields, by the rules that tables in files have: a column of
-- labels, one of groups, words that are categories, cells that are missing.
local ll = require "losslab"
local check = require "losslab.check"

local OPTIONS = { "label", "positive", "missing", "categorical", "group", "columns", "name", "values", "weight" }
local WHO = "data.table"

local function fail(format, ...) check.fail(WHO .. ": " .. format, ...) end

-- ---- columns --------------------------------------------------------------------------------------------------------------

local function column_of_matrix(name, m)
  if m.cols ~= 1 then fail("column %s is a matrix %dx%d; one of a column was expected", check.show(name), m.rows, m.cols) end
  local out = {}
  for i = 1, m.rows do out[i] = m:get(i, 1) end
  return out, m.rows
end

local function is_matrix(value) return type(value) == "userdata" and (getmetatable(value) or {}).__name == "losslab.matrix" end

-- The last place that any column has.
local function length(list)
  local last = 0
  for key in pairs(list) do
    if math.type(key) ~= "integer" or key < 1 then return nil end
    last = math.max(last, key)
  end
  return last
end

-- { name = { cells } } and how many rows, of columns by name.
local function of_columns(written)
  local columns, rows, first = {}, nil, nil
  local lengths = {}
  for _, name in ipairs(check.keys(written)) do
    if type(name) ~= "string" then fail("a column's name must be a text, not %s", check.show(name)) end
    local cells = written[name]
    local n
    if is_matrix(cells) then cells, n = column_of_matrix(name, cells)
    elseif type(cells) == "table" then n = length(cells) else
      fail("column %s must be a list or a matrix of one column, not %s", check.show(name), check.show(cells))
    end
    if not n then fail("column %s must be a list of cells", check.show(name)) end
    columns[name], lengths[name] = cells, n
    if not rows or n > rows then rows, first = n, name end
  end
  for _, name in ipairs(check.keys(columns)) do
    if lengths[name] < rows then
      fail("column %s has %d cells, %s has %d; a cell that is missing at the end is 0/0", check.show(name), lengths[name],
        check.show(first), rows)
    end
  end
  return columns, rows or 0
end

-- The same of rows { age = 31, sex = "f" }.
local function of_rows(written)
  local columns, rows = {}, check.whole(WHO, written)
  for i = 1, rows do
    local row = written[i]
    if type(row) ~= "table" then fail("row %d is %s; a table { name = value, … } was expected", i, check.show(row)) end
    for name, cell in pairs(row) do
      if type(name) ~= "string" then
        fail("row %d: a column's name must be a text, not %s; rows without names make a matrix: ll.data.matrix", i,
          check.show(name))
      end
      columns[name] = columns[name] or {}
      columns[name][i] = cell
    end
  end
  return columns, rows
end

-- The columns' names in their order: as the option says, else by the alphabet.
local function order(columns, written)
  local names = check.keys(columns)
  if written == nil then return names end
  local out, seen = {}, {}
  for i, name in ipairs(check.list(WHO .. ": columns", written)) do
    if not columns[name] then check.unknown(WHO .. ": columns: there is no column", name, names) end
    if seen[name] then fail("columns: %s stands there twice", check.show(name)) end
    out[i], seen[name] = name, true
  end
  return out
end

-- ---- cells ----------------------------------------------------------------------------------------------------------------

local MISSING = {}

-- A number, a text, or MISSING (nil, NaN).
local function cell_of(name, i, value)
  if value == nil or value ~= value then return MISSING end
  if type(value) == "boolean" then return value and 1 or 0 end
  if type(value) == "string" then return value end
  if type(value) == "number" then
    if math.abs(value) == math.huge then fail("row %d, column %s is infinite", i, check.show(name)) end
    return value
  end
  fail("row %d, column %s is %s; a number, a text, true or false was expected", i, check.show(name), check.show(value))
end

local function text_of(value)
  if type(value) ~= "number" then return value end
  return math.tointeger(value) and string.format("%d", math.tointeger(value)) or string.format("%.17g", value)
end

-- The cells of a column, and whether any is a text.
local function read(columns, name, rows)
  local out, words = {}, false
  for i = 1, rows do
    out[i] = cell_of(name, i, columns[name][i])
    words = words or type(out[i]) == "string"
  end
  return out, words
end

-- ---- labels ---------------------------------------------------------------------------------------------------------------

-- The labels as a list of numbers, and the names of their classes where they are no binary ones.
local function labels_of(name, cells, keep, positive)
  local plain, seen = positive == nil, {}
  for _, i in ipairs(keep) do
    local cell = cells[i]
    if cell == MISSING then fail("row %d, column %s: the label is missing", i, check.show(name)) end
    seen[text_of(cell)] = true
    plain = plain and (cell == 0 or cell == 1 or cell == -1)
  end
  local classes = check.keys(seen)
  if plain and #classes == 2 and not (seen["0"] and seen["-1"]) then
    local y = {}
    for k, i in ipairs(keep) do y[k] = cells[i] == 1 and 1 or 0 end
    return y
  end
  local place, y = {}, {}
  for k, class in ipairs(classes) do place[class] = k end
  for k, i in ipairs(keep) do y[k] = place[text_of(cells[i])] end
  return y, classes
end

-- A column of numbers, none missing, as a list.
local function numbers_of(name, cells, keep, what)
  local out = {}
  for k, i in ipairs(keep) do
    local cell = cells[i]
    if cell == MISSING then fail("row %d, column %s: the %s is missing", i, check.show(name), what) end
    if type(cell) ~= "number" then fail("row %d, column %s: %s is no number", i, check.show(name), check.show(cell)) end
    out[k] = cell
  end
  return out
end

-- ---- features -------------------------------------------------------------------------------------------------------------

local function missing_of(written)
  if written == nil then return "error" end
  if type(written) == "number" then return check.number(WHO .. ": missing", written) end
  if written == "error" or written == "mean" or written == "drop" then return written end
  fail('missing must be "error", "mean", "drop" or a number, not %s', check.show(written))
end

-- The rows that stay: all, or those without a missing feature.
local function kept(features, rows, missing)
  local out = {}
  for i = 1, rows do
    local whole = true
    for _, feature in ipairs(features) do
      if feature.cells[i] == MISSING then
        if missing == "error" then
          fail("row %d, column %s: a value is missing; missing = \"mean\", \"drop\" or a number says what to do", i,
            check.show(feature.name))
        end
        whole = false
      end
    end
    if whole or missing ~= "drop" then out[#out + 1] = i end
  end
  if #out == 0 then fail("no rows%s", rows > 0 and " without missing cells" or "") end
  return out
end

-- Adds the columns of a feature to x: itself, or one a level.
local function spread(feature, keep, missing, x, names)
  if not feature.words then
    for k, i in ipairs(keep) do
      local cell = feature.cells[i]
      if cell == MISSING then cell = missing == "mean" and 0 / 0 or missing end
      x[k][#names + 1] = cell
    end
    names[#names + 1] = feature.name
    return
  end
  local seen = {}
  for _, i in ipairs(keep) do if feature.cells[i] ~= MISSING then seen[text_of(feature.cells[i])] = true end end
  for _, level in ipairs(check.keys(seen)) do
    for k, i in ipairs(keep) do
      local cell = feature.cells[i]
      if cell == MISSING then cell = missing == "mean" and 0 / 0 or 0 else cell = text_of(cell) == level and 1 or 0 end
      x[k][#names + 1] = cell
    end
    names[#names + 1] = feature.name .. "=" .. level
  end
end

-- ---- the set --------------------------------------------------------------------------------------------------------------

local function build(written, options)
  if type(written) ~= "table" then fail("a table of columns or of rows was expected, not %s", check.show(written)) end
  local o = check.fields(WHO, options == nil and {} or options, OPTIONS)
  local by_rows = #written > 0 and type(written[1]) == "table" and type(next(written)) ~= "string"
  local columns, rows = (by_rows and of_rows or of_columns)(written)
  local names = order(columns, o.columns)
  if o.values ~= nil and (o.label ~= nil or o.positive ~= nil) then
    fail("either values, a column of real numbers, or %s, of classes", o.label ~= nil and "label" or "positive")
  end
  local label = o.values
  if label == nil then label = o.label end
  if label == nil then label = columns.label and "label" or columns.class and "class" end
  if not label then
    fail('label names the column of labels: label = "…"; there are %s', table.concat(check.keys(columns), ", "))
  end
  local what = o.values ~= nil and "values" or "labels"
  if not columns[label] then check.unknown(WHO .. ": there is no column of " .. what, label, check.keys(columns)) end
  if o.weight ~= nil and not columns[o.weight] then
    check.unknown(WHO .. ": there is no column of weights", o.weight, check.keys(columns))
  end
  if o.weight ~= nil and o.weight == label then
    fail("column %s cannot hold both the %s and the weights", check.show(label), what)
  end
  if o.group ~= nil and not columns[o.group] then check.unknown(WHO .. ": there is no column of groups", o.group, names) end
  local categorical, features = {}, {}
  for _, name in ipairs(o.categorical ~= nil and check.list(WHO .. ": categorical", o.categorical) or {}) do
    if not columns[name] or name == label or name == o.group then
      check.unknown(WHO .. ": categorical: there is no feature", name, names)
    end
    categorical[name] = true
  end
  for _, name in ipairs(names) do
    if name ~= label and name ~= o.group and name ~= o.weight then
      local cells, words = read(columns, name, rows)
      features[#features + 1] = { name = name, cells = cells, words = words or categorical[name] }
    end
  end
  if #features == 0 then fail "there are no columns of features" end
  local missing = missing_of(o.missing)
  local keep = kept(features, rows, missing)
  local y, classes
  if o.values ~= nil then y = numbers_of(label, read(columns, label, rows), keep, "value")
  else y, classes = labels_of(label, read(columns, label, rows), keep, o.positive) end
  local weights = o.weight ~= nil and numbers_of(o.weight, read(columns, o.weight, rows), keep, "weight") or nil
  local x, columns_of = {}, {}
  for k = 1, #keep do x[k] = {} end
  for _, feature in ipairs(features) do spread(feature, keep, missing, x, columns_of) end
  local groups
  if o.group then
    groups = {}
    for k, i in ipairs(keep) do
      groups[k] = columns[o.group][i]
      if groups[k] == nil then fail("row %d, column %s: a group is missing", i, check.show(o.group)) end
    end
  end
  if o.positive ~= nil and type(o.positive) ~= "string" and type(o.positive) ~= "number" then
    fail("positive must be the name of a class, not %s", check.show(o.positive))
  end
  local called = o.name == nil and "table" or check.string(WHO .. ": name", o.name)
  return ll.data.matrix(ll.matrix(x), y, { name = called, names = columns_of, groups = groups,
    classes = classes, positive = o.positive ~= nil and text_of(o.positive) or nil, missing = missing == "mean",
    values = o.values ~= nil, weights = weights })
end

--- ll.data.table(columns [, options]) -> data
-- ll.data.table(rows [, options]) -> data
-- A data set of Lua tables: columns by name, { age = { 31, 45 }, sex = { "f", "m" }, … }, or rows, { { age = 31, sex = "f" }, … }.
-- A column of texts becomes a column of 0 and 1 for each of its words, as categorical makes one of numbers; true and false are 1
-- and 0; nil and NaN are missing.
--   options.label         the column of labels ("label" or "class"): 0 and 1, -1 and 1, or any other numbers or words, then classes
--   options.values        the column of real values, in the place of labels
--   options.weight        the column of weights, numbers >= 0
--   options.positive      the class that is the target, against all others
--   options.missing       "error", "mean" (of the training part of each split), "drop" (the row) or a number ("error")
--   options.categorical   { names of columns } of numbers that are categories
--   options.group         the column of groups, whose rows stay together in splits
--   options.columns       the columns that are taken, in this order (all, by the alphabet)
--   options.name          of the set ("table")
-- Errors: columns of other lengths; no such column, with the nearest name; a cell that is no value, with row and column.
-- See: ll.data.load, ll.data.matrix
-- Example:
--   local d = ll.data.table({ age = { 31, 45, 52 }, sex = { "f", "m", "f" }, outcome = { "yes", "no", "yes" } },
--     { label = "outcome", positive = "yes" })
--   d.features, d.positives, d.columns[2]   --> 3 2 sex=f
return function(written, options, ...)
  check.no_more("data.table", 2, ...)
  local fine, set = pcall(build, written, options)
  if not fine then error(type(set) == "string" and check.plain(set) or set, 0) end
  return set
end
