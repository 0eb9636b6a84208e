-- A value as the prompt prints it, and ll.show: a string as it is, a matrix in columns, a data set with its first rows, a function
-- by its call, anything else as it would be written; long and deep tables cut.
--   inspect(value [, options]) -> text      inspect.printer(print): a print that shows so
local check = require "losslab.check"
local matrix_text = require "losslab.prompt.matrix_text"
local text = require "losslab.text"

local M = {}

local LINE, ITEMS, DEPTH = 100, 24, 4
local OPTIONS = { "rows", "cols", "digits" }

-- ---- tables --------------------------------------------------------------------------------------------------------------

local show

local function line_length(depth) return math.max(16, math.min(LINE, text.room() or LINE)) - 2 * depth end

local function show_table(t, depth, above, most_items)
  if above[t] then return "{…}" end
  if depth > DEPTH then return next(t) == nil and "{}" or "{…}" end
  above[t] = true
  local keys, parts, count, cut = {}, {}, rawlen(t), false
  for _, key in ipairs(check.keys(t)) do
    if not (math.type(key) == "integer" and key >= 1 and key <= count) then keys[#keys + 1] = key end
  end
  local items = most_items or ITEMS
  for i = 1, math.min(count, items) do parts[i] = show(rawget(t, i), depth + 1, above, most_items) end
  if count > items then parts[#parts + 1], cut = string.format("… %d more", count - items), true end
  local most = most_items or (depth == 1 and 2 * ITEMS or ITEMS)
  for i, key in ipairs(keys) do
    if i > most then
      parts[#parts + 1], cut = string.format("… %d more", #keys - most), true
      break
    end
    local name = text.is_name(key) and key or "[" .. show(key, DEPTH + 1, above) .. "]"
    parts[#parts + 1] = name .. " = " .. show(rawget(t, key), depth + 1, above, most_items)
  end
  above[t] = nil
  if #parts == 0 then return "{}" end
  local more = cut and depth == 1 and "\nll.show(value, { rows = \"all\" }) shows all of it" or ""
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if text.width(line) <= line_length(depth) and not line:find "\n" then return line .. more end
  local indent = ("  "):rep(depth)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. "\n" .. indent:sub(3) .. "}" .. more
end

-- ---- functions, modules --------------------------------------------------------------------------------------------------

-- What help says of a value in a line, where there is help.
local function help_line(value)
  local fine, help = pcall(require, "losslab.help.help")
  if not fine or not help.line then return nil end
  local found, line = pcall(help.line, value)
  return found and type(line) == "string" and line or nil
end

local function show_function(f)
  local line = help_line(f)
  if line then return line end
  local info = debug.getinfo(f, "Su")
  if info.what == "C" then return "function of C" end
  local names = {}
  for i = 1, info.nparams do names[i] = debug.getlocal(f, i) end
  if info.isvararg then names[#names + 1] = "…" end
  local where = info.linedefined > 0 and string.format(", %s:%d", info.short_src, info.linedefined) or ""
  return string.format("function (%s)%s", table.concat(names, ", "), where)
end

-- A table of nothing but functions and such tables, a module: its names in columns. nil for another table.
local function show_module(t)
  local names = {}
  for key, value in pairs(t) do
    local kind = type(value)
    if not text.is_name(key) or (kind ~= "function" and kind ~= "table" and kind ~= "string") then return nil end
    if kind == "function" or (debug.getmetatable(value) or {}).__call then names[#names + 1] = key end
    if kind == "table" and not names[key] then names[#names + 1] = key end
  end
  local functions = 0
  for _, name in ipairs(names) do functions = functions + (type(t[name]) == "function" and 1 or 0) end
  if functions < 6 or functions * 2 < #names then return nil end
  table.sort(names)
  return string.format("a module of %d names:\n", #names) .. text.grid(names, (text.room() or 80) - 1)
end

-- ---- data sets -----------------------------------------------------------------------------------------------------------

local function class_name(d) return (debug.getmetatable(d) or {}).__name end

-- What a class says of itself, and the first rows and columns of what it holds.
local function show_data(d, options)
  local words = tostring(d)
  local fine, more = pcall(function()
    local names, x, y, classes = d.columns, d.x, d.y, d.class_names
    if not x or x.rows == 0 then return "" end
    local cols = x.cols
    local source = { rows = x.rows, cols = cols + (y and y.cols == 1 and 1 or 0),
      get = function(i, j) return j <= cols and x:get(i, j) or y:get(i, 1) end,
      title = function(j)
        if j > cols then return classes and #classes > 0 and "class" or "y" end
        return text.shorten(names and names[j] and names[j] ~= "" and names[j] or "x" .. j, 14)
      end }
    return "\n" .. table.concat(matrix_text.lines(source, { rows = options.rows or 5, cols = options.cols,
      digits = options.digits or 4 }), "\n")
  end)
  return words .. (fine and more or "")
end

-- ---- values --------------------------------------------------------------------------------------------------------------

local function words_of(value, depth)
  local fine, words = pcall(tostring, value)
  if not fine then return "<" .. type(value) .. " that cannot be printed: " .. tostring(words) .. ">" end
  return (words:gsub("\n", "\n" .. ("  "):rep(depth - 1)))
end

function show(value, depth, above, most_items)
  local kind = type(value)
  if kind == "string" then return '"' .. text.clean(value:gsub('["\\]', "\\%0")) .. '"' end
  if kind == "function" then return "function" end
  if kind == "table" and not (debug.getmetatable(value) or {}).__tostring then
    return show_table(value, depth, above, most_items)
  end
  return words_of(value, depth)
end

local CLASSES = { ["losslab.matrix"] = matrix_text.text, ["losslab.data"] = show_data }

-- The text of a value. options: rows and cols (how many, or "all") and digits, of matrices and data sets; rows of tables, too.
function M.value(value, options)
  options = options or {}
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "function" then return show_function(value) end
  if kind == "userdata" then
    local special = CLASSES[class_name(value)]
    local fine, words = pcall(special or tostring, value, options)
    if fine then return words end
  end
  if kind == "table" and not options.rows and not (debug.getmetatable(value) or {}).__tostring then
    local module = show_module(value)
    if module then return module end
  end
  return show(value, 1, {}, options.rows == "all" and math.huge or options.rows)
end

-- Options of show as they were written: whole numbers above 0 or "all".
local function checked(options)
  if options == nil then return {} end
  check.options("show", options, OPTIONS, 2)
  for _, name in ipairs { "rows", "cols" } do
    if options[name] ~= nil and options[name] ~= "all" then check.integer("show: " .. name, options[name], 1, nil, 2) end
  end
  if options.digits ~= nil then check.integer("show: digits", options.digits, 1, 17, 2) end
  return options
end

--- ll.show(value [, options]) -> string
-- A value as the prompt prints it: matrices in columns, data sets with their first rows, tables as they are written.
-- Of a matrix with more rows than 12, or more columns than the terminal has room for, the first and the last are shown, with …
-- between.
--   value     anything
--   options.rows     how many rows of a matrix or a data set, entries of a table; "all"
--   options.cols     how many columns; "all"
--   options.digits   significant digits of a number, 1 to 17 (6; 4 of a data set)
-- Errors: an option that it does not know.
-- Example:
--   ll.show(ll.matrix { { 1, 2.5 }, { -3, 4 } })   --> matrix 2x2…
--   ll.show(ll.zeros(100, 2), { rows = 3 })   --> matrix 100x2…
function M.show(value, options, ...)
  check.no_more("ll.show", 2, ...)
  return M.value(value, checked(options))
end

-- Whether a last argument of print is options: a table of nothing but those, behind a matrix or a data set.
local function is_options(t, before)
  if type(t) ~= "table" or getmetatable(t) or next(t) == nil or type(before) ~= "userdata" then return false end
  if not CLASSES[class_name(before)] then return false end
  for key in pairs(t) do
    if key ~= "rows" and key ~= "cols" and key ~= "digits" then return false end
  end
  return true
end

-- print, by which matrices and data sets are shown as at the prompt: print(m, { rows = "all" }).
function M.printer(plain)
  return function(...)
    local count, options, shown, between = select("#", ...), nil, {}, false
    local values = { ... }
    if count > 1 and is_options(values[count], values[count - 1]) then
      options, count = checked(values[count]), count - 1
    end
    for i = 1, count do
      local value = values[i]
      shown[i] = type(value) == "userdata" and CLASSES[class_name(value)] and M.value(value, options) or tostring(value)
      between = between or (i > 1 and type(value) == "userdata" and shown[i]:find "\n" ~= nil)
    end
    if between then return plain((table.concat(shown, "\n", 1, count))) end
    return plain(table.unpack(shown, 1, count))
  end
end

return setmetatable(M, { __call = function(_, value, options) return M.value(value, options) end })
