-- The prompt: expressions print their value, a statement that is not finished goes on in the next line, errors do not end it.
-- A line's leading `local` is left out, so that what is typed or pasted is still there in the next line; `_` is the last value.
local complete = require "losslab.cli.completion"
local failure = require "losslab.cli.failure"
local file = require "losslab.file"
local inspect = require "losslab.cli.inspect"
local program = require "losslab.program"
local say = require "losslab.say"
local text = require "losslab.text"

local M = {}

-- ---- lines -----------------------------------------------------------------------------------------------------------------

-- A line without its leading `local`.
local function without_local(line)
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
  chunk, why = load(without_local(statement), "=prompt")
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
  local lines = path and file.regular(path) and io.open(path)
  if not lines then return end
  for line in lines:lines() do
    if line ~= "" then editor:add(line) end
  end
  lines:close()
end

-- ---- the loop ------------------------------------------------------------------------------------------------------------------

-- Reads a statement, perhaps of several lines; nil at the end of the input, "" if Ctrl-C gave it up.
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
    say.err(paint(program.interrupted() and "interrupted" or tostring(err), "red"), "\n")
    return
  end
  local count = select("#", ...)
  if count == 0 then return end
  _G._ = (...)
  local words = {}
  for i = 1, count do words[i] = inspect((select(i, ...))) end
  local why = count == 1 and (...) == nil and require "losslab".core.why_no_grad()
  if why then words[1] = "nil: " .. why end
  say.out(table.concat(words, "\t"), "\n")
end

function M.run()
  local ll = require "losslab"
  _G.ll = ll
  local editor <close> = program.editor(function(before) return complete(before, _G) end)
  local path, paint = history_path(), text.paint(2)
  recall(editor, path)
  if text.room() then
    say.out("losslab ", ll.version, ", ", ll.precision, " precision. ll is the library; Tab completes, Ctrl-D leaves.\n")
  end
  while true do
    say.flush()
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
        say.err(paint(why, "red"), "\n")
      end
    end
  end
end

return M
