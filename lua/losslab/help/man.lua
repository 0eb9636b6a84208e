-- The man pages: losslab(1) and one of each command, in roff, from what --help says. man.pages() -> { { file = "losslab.1", text
-- }, … }
local arguments = require "losslab.cli.arguments"
local commands = require "losslab.cli.commands"

local M = {}

-- ---- roff ------------------------------------------------------------------------------------------------------------------

-- A text as roff takes it: hyphens as they are typed, nothing at the beginning of a line that is a request.
local function plain(s)
  s = s:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^([%.'])", "\\&%1"):gsub("\n([%.'])", "\n\\&%1")
  return (s:gsub("^%s+", ""):gsub("\n%s+", "\n"))
end

-- The same where the spaces count.
local function verbatim(lines)
  local out = { ".nf" }
  for _, line in ipairs(lines) do
    out[#out + 1] = line == "" and ".sp" or (line:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^([%.'])", "\\&%1"))
  end
  out[#out + 1] = ".fi"
  return table.concat(out, "\n")
end

-- Sentences each on a line, as roff wants them, so that it sets the space behind them.
local function sentences(s) return plain((s:gsub("%s+", " "):gsub("([^%.]%.) (%u)", "%1\n%2"))) end

local function quoted(s) return '"' .. s:gsub('"', "'") .. '"' end

local function header(out, name, about)
  local ll = require "losslab"
  out[#out + 1] = string.format(".TH %s 1 %s %s %s", quoted(name:upper()), quoted(M.date), quoted("losslab " .. ll.version),
    quoted "losslab")
  out[#out + 1] = ".SH NAME\n" .. plain(name) .. " \\- " .. plain(about)
end

local function section(out, title) out[#out + 1] = ".SH " .. title end

local function entry(out, term, words)
  out[#out + 1] = ".TP\n.B " .. plain(term) .. "\n" .. sentences(words)
end

-- Paragraphs, of which those with columns stay as they are.
local function paragraphs(out, notes)
  for paragraph in (notes:gsub("\n+$", "") .. "\n\n"):gmatch "(.-)\n\n+" do
    local lines = {}
    for line in paragraph:gmatch "[^\n]+" do lines[#lines + 1] = line end
    if #lines > 0 then
      out[#out + 1] = ".PP"
      local is_table = paragraph:find("\n  ", 1, true) or paragraph:find "^  " or paragraph:find "%S   +%S"
      out[#out + 1] = is_table and verbatim(lines) or sentences(paragraph)
    end
  end
end

local function examples_of(out, list)
  section(out, "EXAMPLES")
  out[#out + 1] = ".RS 4\n" .. verbatim(list) .. "\n.RE"
end

-- ---- the pages -------------------------------------------------------------------------------------------------------------

M.date = "" -- a page says of which version it is

local ABOUT = "losslab compares loss functions: a study, a few lines of Lua, says which losses, parameters and data; one file of "
  .. "SQLite holds every run, and the figures and the answer are drawn from it. It is also a prompt and an interpreter of Lua with "
  .. "matrices, gradients, networks, losses and metrics, as ll."

local EXIT = { { "0", "what was asked was done" }, { "1", "something failed; standard error says what" }, { "2", "wrong usage" },
  { "130", "interrupted" } }

local ENVIRONMENT = {
  { "LOSSLAB_DATA", "folders in which data sets are looked for by name, separated by colons, beside those that come with losslab" },
  { "LOSSLAB_MEMORY", "the most memory that may be held, as 500M or 8G; --memory comes before it" },
  { "LOSSLAB_THREADS", "how many threads share large matrices, 1 to 256 (default: one a core); --threads comes before it" },
  { "LOSSLAB_COPY", "from how many bytes of features on the parts of a set are views of it, no copies (64 MB; 0: always)" },
  { "LOSSLAB_PRECISION", "double: the precision of require \"losslab\" in another Lua (programs: --double)" },
  { "NO_COLOR", "if it is not empty, nothing is coloured" },
  { "COLUMNS", "the width of the terminal, where it shall not be its own" },
  { "HOME, XDG_STATE_HOME", "where the history of the prompt and the notes of which scripts were run are kept" },
}

local FILES = {
  { "STUDY.db", "a result database, one file of SQLite; docs/database.md describes its tables and views" },
  { "PREFIX/share/losslab/data", "the data sets that come with losslab" },
  { "PREFIX/share/losslab/experiments", "studies to read and to run" },
}

local function rows_of(out, title, rows)
  section(out, title)
  for _, row in ipairs(rows) do entry(out, row[1], row[2]) end
end

-- What losslab --help says, in parts: forms of call, options, paragraphs.
local function parts_of_help()
  local text = require "losslab.cli.main".help_text
  local before, after = text:match "^(.-)\ncommands:\n%%s\n+(.*)$"
  local forms, options = {}, {}
  for line in before:gmatch "[^\n]+" do
    local form, said = line:match "^%l* *:? *(losslab.-)   +(.*)$"
    if form then
      forms[#forms + 1] = { form, said }
    elseif line:find "^usage: losslab" or line:find "^       losslab" then
      forms[#forms + 1] = { line:match "losslab.*", "" }
    else
      local option, doc = line:match "^  (%S.-)  +(%S.*)$"
      if option then options[#options + 1] = { option, doc }
      elseif #options > 0 then options[#options][2] = options[#options][2] .. " " .. line:match "^%s*(.-)$" end
    end
  end
  return forms, options, after:gsub("%%%%", "%%")
end

local function main_page()
  local out = {}
  local forms, options, notes = parts_of_help()
  header(out, "losslab", "a laboratory for loss functions")
  section(out, "SYNOPSIS")
  for i, form in ipairs(forms) do out[#out + 1] = (i > 1 and ".br\n" or "") .. ".B " .. plain(form[1]) end
  section(out, "DESCRIPTION")
  out[#out + 1] = sentences(ABOUT)
  for _, form in ipairs(forms) do
    if form[2] ~= "" then entry(out, form[1], form[2]) end
  end
  for _, option in ipairs(options) do
    if option[1] == "--help" then option[2] = "prints what the program can be asked" end
  end
  rows_of(out, "OPTIONS", options)
  section(out, "COMMANDS")
  for _, name in ipairs(commands.names) do entry(out, "losslab-" .. name .. "(1)", commands.load(name).summary) end
  section(out, "NOTES")
  local kept = {}
  for paragraph in (notes:gsub("\n+$", "") .. "\n\n"):gmatch "(.-)\n\n+" do
    if not paragraph:find "^Exit codes" then kept[#kept + 1] = paragraph end
  end
  paragraphs(out, table.concat(kept, "\n\n"))
  rows_of(out, "EXIT STATUS", EXIT)
  rows_of(out, "ENVIRONMENT", ENVIRONMENT)
  rows_of(out, "FILES", FILES)
  examples_of(out, { "losslab run study.lua --db study.db", "losslab show study.db", "losslab plot study.db --out figures",
    "losslab help adaptive_rank" })
  section(out, "SEE ALSO")
  local also = {}
  for i, name in ipairs(commands.names) do also[i] = ".BR losslab\\-" .. name .. " (1)" .. (i < #commands.names and "," or "") end
  out[#out + 1] = table.concat(also, "\n")
  return { file = "losslab.1", text = table.concat(out, "\n") .. "\n" }
end

local function command_page(name)
  local command, out = commands.load(name), {}
  header(out, "losslab-" .. name, command.summary)
  section(out, "SYNOPSIS")
  out[#out + 1] = ".B " .. plain(arguments.usage(command))
  section(out, "DESCRIPTION")
  out[#out + 1] = sentences(command.summary:gsub("^%l", string.upper) .. ".")
  paragraphs(out, command.notes or "")
  if command.arguments and #command.arguments > 0 then
    section(out, "ARGUMENTS")
    for _, each in ipairs(command.arguments) do entry(out, each[1] .. (each.many and "…" or ""), each[2]) end
  end
  section(out, "OPTIONS")
  for _, option in ipairs(arguments.options_of(command)) do
    if option[1] == "--help" then
      entry(out, option[1], "prints the same in short")
    elseif not option.hidden then
      local choices = option.choices and " (" .. table.concat(option.choices, ", ") .. ")" or ""
      if choices ~= "" and option.doc:find(option.choices[1], 1, true) then choices = "" end
      entry(out, option[1] .. (option.value and " " .. option.value or ""), option.doc .. choices)
    end
  end
  if command.example then examples_of(out, type(command.example) == "table" and command.example or { command.example }) end
  rows_of(out, "EXIT STATUS", EXIT)
  section(out, "SEE ALSO")
  out[#out + 1] = ".BR losslab (1)"
  return { file = "losslab-" .. name .. ".1", text = table.concat(out, "\n") .. "\n" }
end

function M.pages()
  local out = { main_page() }
  for _, name in ipairs(commands.names) do out[#out + 1] = command_page(name) end
  return out
end

return M
