-- The table of commands, in the order in which help lists them. Each is one file of cli/command/, loaded when asked for:
--   { name, summary (one line), arguments = { { "FILE.json", "what it is", many = true, optional = true } … },
--     options = { { "--jobs", value = "N", kind = "integer", low = 1, high = 9, doc = "…", hidden = true (from help),
--       many = true (may be given again: a list) } … },
--     json = true (it knows --json), example = "losslab run study.lua" or a list of such, notes,
--     run = function(given, arguments) … end }
-- run returns the exit code (nil: 0). given holds the options by name without dashes (--db FILE: given.db).
local M = {}

M.names = { "run", "resume", "replay", "metric", "ls", "show", "watch", "serve", "plot", "report", "gallery", "query", "export",
  "merge", "diff", "compare", "rescore", "data", "losses", "check", "doctor", "completions", "help" }

function M.load(name) return require("losslab.cli.command." .. name) end

function M.known(name)
  for _, each in ipairs(M.names) do
    if each == name then return true end
  end
  return false
end

return M
