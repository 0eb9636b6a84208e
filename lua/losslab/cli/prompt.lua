-- The prompt: expressions print their value, a statement that is not finished goes on in the next line, errors do not end it.
-- A line's leading `local` is left out, so that what is typed or pasted is still there in the next line; `_` is the last value.
local failure = require "losslab.cli.failure"
local program = require "losslab.program"
local text = require "losslab.text"

local M = {}

-- ---- values --------------------------------------------------------------------------------------------------------------

local LINE, ITEMS, DEPTH = 100, 24, 4

local function is_name(key) return type(key) == "string" and key:find "^[%a_][%w_]*$" end

local function by_kind(a, b)
  if math.type(a) and math.type(b) then return a < b end
  if type(a) == type(b) then return tostring(a) < tostring(b) end
  return type(a) < type(b)
end

local show

local function show_table(t, depth, above)
  if above[t] then return "{…}" end
  if depth > DEPTH then return next(t) == nil and "{}" or "{…}" end
  above[t] = true
  local keys, parts, count = {}, {}, #t
  for key in pairs(t) do
    if not (math.type(key) == "integer" and key >= 1 and key <= count) then keys[#keys + 1] = key end
  end
  table.sort(keys, by_kind)
  for i = 1, math.min(count, ITEMS) do parts[i] = show(t[i], depth + 1, above) end
  if count > ITEMS then parts[#parts + 1] = string.format("… %d more", count - ITEMS) end
  local most = depth == 1 and 2 * ITEMS or ITEMS
  for i, key in ipairs(keys) do
    if i > most then
      parts[#parts + 1] = string.format("… %d more", #keys - most)
      break
    end
    local name = is_name(key) and key or "[" .. show(key, DEPTH + 1, above) .. "]"
    parts[#parts + 1] = name .. " = " .. show(t[key], depth + 1, above)
  end
  above[t] = nil
  if #parts == 0 then return "{}" end
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if text.width(line) <= LINE - 2 * depth and not line:find "\n" then return line end
  local indent = ("  "):rep(depth)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. "\n" .. indent:sub(3) .. "}"
end

function show(value, depth, above)
  local kind = type(value)
  if kind == "string" then return '"' .. text.clean(value:gsub('["\\]', "\\%0")) .. '"' end
  if kind == "function" then return "function" end
  if kind == "table" and not (getmetatable(value) or {}).__tostring then return show_table(value, depth, above) end
  local fine, words = pcall(tostring, value)
  if not fine then return "<" .. kind .. " that cannot be printed: " .. tostring(words) .. ">" end
  return (words:gsub("\n", "\n" .. ("  "):rep(depth - 1)))
end

-- A value as the prompt prints it: a string as it is, anything else as it would be written.
function M.show(value)
  if type(value) == "string" then return value end
  if type(value) == "function" then return tostring(value) end
  return show(value, 1, {})
end

-- ---- completion ------------------------------------------------------------------------------------------------------------

local keywords = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
                   "not", "or", "repeat", "return", "then", "true", "until", "while" }

-- Fields that objects of the engine compute, which no table lists.
local fields = { ["losslab.matrix"] = { "rows", "cols", "grad", "requires_grad" } }

local function names_of(value, methods_only)
  local found = {}
  local function add(t, only_functions)
    if type(t) ~= "table" then return end
    for key, member in pairs(t) do
      if is_name(key) and (not only_functions or type(member) == "function") then found[key] = true end
    end
  end
  local meta = debug.getmetatable(value)
  if type(value) == "table" then add(value, methods_only) end
  if type(meta) == "table" then
    add(meta.methods)
    add(type(meta.__index) == "table" and meta.__index or nil, methods_only)
    if not methods_only then
      add(meta.lazy)
      for _, name in ipairs(fields[meta.__name] or {}) do found[name] = true end
      local fine, parameters = pcall(function() return value.params and value:params() end)
      if fine then add(parameters) end
    end
  end
  return found
end

-- What follows the text before the cursor: what to insert, or nil and the possibilities to show.
function M.complete(before, globals)
  if not before:find "%S" then return "  " end
  local chain = before:match "[%a_][%w_%.:]*$" or ""
  if before:sub(1, -#chain - 1):find "[%.:%d]$" then return nil end
  local path, separator, part = chain:match "^(.-)([%.:]?)([%w_]*)$"
  local found
  if separator == "" then
    found = names_of(globals)
    for _, word in ipairs(keywords) do found[word] = true end
  else
    local value = globals
    for name in path:gmatch "[%w_]+" do
      local fine, inner = pcall(function() return value[name] end)
      if not fine or inner == nil then return nil end
      value = inner
    end
    found = names_of(value, separator == ":")
  end
  local list = {}
  for name in pairs(found) do
    if name:sub(1, #part) == part and (part ~= "" or name:sub(1, 1) ~= "_") then list[#list + 1] = name end
  end
  if #list == 0 then return nil end
  table.sort(list)
  local common = list[1]
  for _, name in ipairs(list) do
    while name:sub(1, #common) ~= common do common = common:sub(1, -2) end
  end
  if #common > #part then return common:sub(#part + 1) end
  if #list == 1 then return nil end
  return nil, text.grid(list, text.room() or 80)
end

-- ---- lines -----------------------------------------------------------------------------------------------------------------

local function outer(line)
  local rest = line:match "^%s*local%s+([%a_].*)$"
  if not rest then return line end
  if rest:find "^[%w_%s,]+$" and not rest:find "^function" then return rest .. " = nil" end -- local a, b
  local names = rest:match "^function%s" or rest:match "^[%w_%s,]+="
  return names and rest or line
end

-- The chunk of a statement or expression; or nil, why, and whether more lines may finish it.
function M.compile(statement)
  local chunk, why_value = load("return " .. statement, "=prompt")
  if chunk then return chunk end
  local why
  chunk, why = load(outer(statement), "=prompt")
  if chunk then return chunk end
  return nil, why, why:find "<eof>$" ~= nil or why_value:find "<eof>$" ~= nil
end

-- ---- history -----------------------------------------------------------------------------------------------------------------

local function history_path()
  local state, home = os.getenv "XDG_STATE_HOME", os.getenv "HOME"
  if state and state:sub(1, 1) == "/" then
    local fine, lfs = pcall(require, "lfs")
    if fine then lfs.mkdir(state) lfs.mkdir(state .. "/losslab") end
    return state .. "/losslab/history"
  end
  return home and home .. "/.losslab_history"
end

local function remember(editor, path, statement)
  if not statement:find "%S" then return end
  -- One line, so that it can be edited when it is called back; but a comment would swallow what follows it.
  local joinable = not statement:find "%-%-" and not statement:find "%[=*%["
  if joinable then statement = statement:gsub("%s*\n%s*", " ") end
  for line in statement:gmatch "[^\n]+" do
    editor:add(line)
    if path then program.append(path, line .. "\n") end
  end
end

local function recall(editor, path)
  local file = path and io.open(path)
  if not file then return end
  for line in file:lines() do
    if line ~= "" then editor:add(line) end
  end
  file:close()
end

-- ---- the loop ------------------------------------------------------------------------------------------------------------------

-- A statement, perhaps of several lines; nil at the end of the input, "" if it was given up.
local function read(editor)
  local statement
  while true do
    local line, why = editor:read(statement and ">> " or "> ")
    if not line then
      if why == "interrupted" then return "" end
      return nil
    end
    statement = statement and statement .. "\n" .. line or line:gsub("^%s*=%s*", "")
    local _, _, unfinished = M.compile(statement)
    if not unfinished then return statement end
  end
end

local function print_results(paint, fine, ...)
  if not fine then
    local err = ...
    io.stderr:write(paint(program.interrupted() and "interrupted" or tostring(err), "red"), "\n")
    return
  end
  local count = select("#", ...)
  if count == 0 then return end
  _G._ = (...)
  local words = {}
  for i = 1, count do words[i] = M.show((select(i, ...))) end
  io.write(table.concat(words, "\t"), "\n")
end

function M.run()
  local ll = require "losslab"
  _G.ll = ll
  local editor <close> = program.editor(function(before) return M.complete(before, _G) end)
  local path, paint = history_path(), text.paint(io.stderr)
  recall(editor, path)
  if text.room() then
    io.write("losslab ", ll.version, ", ", ll.precision, " precision. ll is the library; Tab completes, Ctrl-D leaves.\n")
  end
  while true do
    io.stdout:flush()
    local statement = read(editor)
    if not statement then return 0 end
    remember(editor, path, statement)
    if statement:find "%S" then
      local chunk, why = M.compile(statement)
      if chunk then
        print_results(paint, program.guard(function()
          local results = table.pack(chunk())
          print_results(paint, true, table.unpack(results, 1, results.n))
        end, failure.on_error))
      else
        io.stderr:write(paint(why, "red"), "\n")
      end
    end
  end
end

return M
