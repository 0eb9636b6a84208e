-- The prompt: expressions print their value, a statement that is not finished goes on in the next line, errors do not end it; `_`
-- is the last value. What a text means: typed.lua; what is remembered: remembered.lua; how values are shown: inspect.lua; how
-- errors are: failure.lua and caret.lua; what Tab offers: completion.lua.
local complete = require "losslab.prompt.completion"
local failure = require "losslab.cli.failure"
local habits = require "losslab.cli.habits"
local inspect = require "losslab.prompt.inspect"
local point = require "losslab.prompt.caret"
local program = require "losslab.program"
local remembered = require "losslab.prompt.remembered"
local say = require "losslab.say"
local text = require "losslab.text"
local typed = require "losslab.prompt.typed"

local M = {}

M.compile = typed.compile

-- ---- globals of the prompt -----------------------------------------------------------------------------------------------

local function module(name)
  local fine, found = pcall(require, name)
  return fine and found or nil
end

-- Where the prompt's own globals come from, each at its first use.
local OWN = {
  help = function() return module "losslab.help.help" end,
  apropos = function(ll) return module "losslab.help.help" and ll.apropos end,
  plot = function(ll) return ll.plot end,
  timeit = function(ll) return ll.timeit end,
  profile = function(ll) return ll.profile end,
}
M.own_globals = OWN

local function set_globals(ll)
  _G.ll = ll
  _G.print = inspect.printer(print)
  if getmetatable(_G) then return end
  setmetatable(_G, { own = OWN, __index = function(self, name)
    local here = habits.names[name]
    if here then error(string.format("there is no %s; Lua writes %s", name, here), 2) end
    if not OWN[name] then return nil end
    local fine, value = pcall(OWN[name], ll)
    if fine then rawset(self, name, value) end
    return fine and value or nil
  end })
end

-- ---- help ----------------------------------------------------------------------------------------------------------------

-- The value that a path of names such as d.x or net:parameters leads to, without calling anything of the user's.
local function value_of(path)
  local value
  for name in path:gmatch "[^%.:]+" do
    if value == nil then value = rawget(_G, name)
    else value = complete.member(value, name) end
    if value == nil then return nil end
  end
  return value
end

local function show_help(words, is_search)
  local ll = require "losslab"
  local help, entries = module "losslab.help.help", module "losslab.help.entries"
  if not help then
    say.out "there is no help in this build\n"
  elseif words == "" then
    help()
  elseif is_search then
    ll.apropos(words)
  else
    local value = not entries.find(words) and words:find "^[%w_%.:]+$" and value_of(words) or nil
    help(value ~= nil and type(value) ~= "string" and value or words)
  end
end

-- ---- the loop ------------------------------------------------------------------------------------------------------------

-- Reads a statement, perhaps of several lines; nil at the end of the input, "" if Ctrl-C gave it up.
local function read(editor)
  local statement
  while true do
    local line, why = editor:read(statement and ">> " or "> ", statement)
    if not line then
      if why == "interrupted" then return "" end
      return nil
    end
    local is_whole = why == true
    if is_whole or not statement then statement = line:gsub("^%s*=%s*", "") else statement = statement .. "\n" .. line end
    if not typed.unfinished(statement) then return statement end
  end
end

-- The timing or profile that was printed as it was made: once is enough.
local function stopwatch_printed()
  local stopwatch = package.loaded["losslab.prompt.stopwatch"]
  if not stopwatch then return nil end
  local printed = stopwatch.printed
  stopwatch.printed = nil
  return printed
end

-- Prints the values of an expression, and keeps the first.
local function print_results(prints, ...)
  local count = select("#", ...)
  if count == 0 then return end
  _G._ = (...)
  if not prints then return end
  local printed = stopwatch_printed()
  if printed and count == 1 and rawequal(printed, (...)) then return end
  local words, between = {}, "\t"
  for i = 1, count do
    words[i] = inspect.value((select(i, ...)))
    if words[i]:find "\n" then between = "\n" end
  end
  local why = count == 1 and (...) == nil and require "losslab".core.why_no_grad()
  if why then words[1] = "nil: " .. why end
  say.out(table.concat(words, between), "\n")
end

-- Whether the innermost function that was typed, of those that an error passed through, belongs to the statement: its chunk, or one
-- that begins where the statement has a function. Functions typed before have the same name of a source.
local function is_of(statement)
  for level = 3, 100 do
    local frame = debug.getinfo(level, "Sf")
    if not frame then return false end
    if frame.source == "=prompt" then
      if frame.func == statement.chunk then return true end
      local line, at = nil, statement.line
      for each in (statement.text .. "\n"):gmatch "([^\n]*)\n" do
        if at == frame.linedefined then line = each end
        at = at + 1
      end
      return line ~= nil and line:find "function" ~= nil
    end
  end
  return false
end

-- Memory kept back, in bytes: where all the rest is held by what was typed, the error is told and the next line read out of it.
local RESERVE = 1 << 20
local reserve

local function keep_reserve() -- where as much is left beside it
  if reserve then return end
  collectgarbage() -- which string.rep does not try by itself
  if pcall(string.rep, "\0", 2 * RESERVE) then reserve = string.rep("\0", RESERVE) end
end
local function free_reserve()
  reserve = nil
  collectgarbage()
end

-- Runs one statement of what was typed; false where it failed.
local function run_statement(statement, whole, paint)
  local here = false
  local function on_error(err)
    here = statement.text ~= nil and is_of(statement)
    return failure.on_error(err)
  end
  local fine, err = program.guard(function() print_results(statement.prints, statement.chunk()) end, on_error)
  if fine then return true end
  if err == "not enough memory" then free_reserve() end
  say.flush()
  local words = program.interrupted() and "interrupted" or tostring(err)
  say.err(paint(here and point.at_run(words, whole) or words, "red"), "\n")
  return false
end

local function run(line, paint)
  local words, is_search = typed.asked(line)
  if words then
    local chunk = function() show_help(words, is_search) end
    return run_statement({ chunk = chunk }, line, paint)
  end
  local statements, why, _, other, at_fault = typed.statements(line)
  if not statements then
    say.err(paint(point.at_syntax(why, other, at_fault.text, at_fault.line), "red"), "\n")
    return
  end
  for _, statement in ipairs(statements) do
    if not run_statement(statement, line, paint) then return end
  end
end

function M.run()
  local ll = require "losslab"
  set_globals(ll)
  local history
  local editor <close> = program.editor {
    complete = function(before) return complete.line(before, _G) end,
    unfinished = typed.unfinished,
    entry = function(_, back) return history.entries[#history.entries + 1 - back] end,
    last_word = function(_, back) return history:last_word(back) end,
  }
  history = remembered.open(function(entry) editor:add(entry) end)
  local paint = text.paint(2)
  local room = text.room()
  if room then
    local hello = "losslab %s, %s precision. help says where to begin; Tab completes, ?x explains, Ctrl-D leaves."
    say.out(text.wrap(string.format(hello, ll.version, ll.precision), math.max(20, room) - 1), "\n")
  end
  while true do
    say.flush()
    keep_reserve()
    local line = read(editor)
    if not line then return 0 end
    if habits.leaves(line) then return 0 end
    if line:find "%S" then
      history:add(line)
      run(line, paint)
    end
  end
end

return M
