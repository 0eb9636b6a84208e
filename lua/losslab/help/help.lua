-- ll.help: what a name or a value is, from the entries beside the code. At the prompt it is help; losslab/help/answers.lua answers.
local answers = require "losslab.help.answers"

local M = {}

--- ll.help.text([x [, width]]) -> string, boolean
-- The page of help on a name or a value as a string, and whether there is help on it.
--   x   a name, words, or any value; without it, the first page
--   width   columns of a line (those of the terminal, or 100)
-- See: ll.help, ll.help.line
-- Example:
--   (ll.help.text("ll.help.line"):match "^[^\n]+")   --> ll.help.line(x) -> string
function M.text(...)
  local x, width = ...
  if width ~= nil then require "losslab.check".number("help.text: the width", width, 2) end
  return answers.page(select("#", ...), x, width, function(s) return s end)
end

--- ll.help.line(x) -> string
-- One line on a name or a value. It says how that is called, what it gives, and what it is; nil where there is no help.
--   x   a name or any value
-- See: ll.help
-- Example:
--   ll.help.line(ll.help.line)   --> ll.help.line(x) -> string: One line on a name or a value.
function M.line(x)
  local entries = require "losslab.help.entries"
  local entry
  if type(x) == "string" then entry = entries.find(x) else entry = entries.of(x) end
  return entry and require "losslab.help.pages".line(entry) or nil
end

--- ll.help([x])
-- Prints what a name or a value is: how it is called, its arguments with their defaults, an example.
-- Of a module (help(ll.loss)) or an object it shows what that holds. Several things of one name are listed. At the prompt it is
-- help(x).
--   x   a name ("sum", "matrix:sum", "study.split", "run"), words ("hinge margin"), or any value; without it, the first page
-- See: ll.apropos, ll.help.text, ll.help.line
-- Example:
--   ll.help(ll.help.line)
local function help(_, ...)
  local page = answers.page(select("#", ...), (...))
  require "losslab.say".out(page, "\n")
end

return setmetatable(M, { __call = help })
