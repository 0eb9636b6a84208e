-- The command line: what `losslab WORDS…` does. Results go to standard output, everything else to standard error.
-- Exit codes: 0 done, 1 something failed (said on standard error), 2 wrong usage, 130 interrupted.
local failure = require "losslab.cli.failure"
local program = require "losslab.program"

local M = {}

-- Loaded when something is said: a script that runs through needs no more than it asks for.
local function say(...) require "losslab.say".err("losslab: ", ...) end
local function out(words) require "losslab.say".out(words) end

-- Runs f(…) under the interrupt guard and prints its error. Gives true and its results, or false and the exit code.
local function attempt(f, ...)
  local results = table.pack(program.guard(f, failure.on_error, ...))
  if results[1] then return table.unpack(results, 1, results.n) end
  if program.interrupted() then
    say "interrupted\n"
    return false, 130
  end
  local err = require "losslab.check".memory(results[2])
  local arguments = package.loaded["losslab.cli.arguments"]
  if arguments and arguments.is_wrong(err) then
    say(err.message, "\n")
    return false, 2
  end
  say(tostring(err), "\n")
  return false, 1
end

-- Where require looks last: beside a script, where there is one, and in the folder we are in.
local function look_beside(script)
  local beside = require "losslab.cli.beside"
  if script then beside.script(script) end
  if not script or script:find "/" then beside.folder "." end
end

local function is_database(path)
  local file = io.open(path, "rb")
  local head = file and file:read(15)
  if file then file:close() end
  return head == "SQLite format 3"
end

-- Runs a chunk with its arguments in … and arg; script: the path of the file that it is, where it is one.
local function run_chunk(chunk, why, name, words, first, script)
  if not chunk and script and is_database(script) then
    say(require "losslab.text".clean(script), ": this is a database: losslab show ", require "losslab.text".clean(script), "\n")
    return 2
  end
  if not chunk then
    local file = script and io.open(script, "rb")
    if file then why = require "losslab.cli.habits".of_text(why, file:read(1 << 20) or "") end
    if file then file:close() end
    say(require "losslab.check".memory(why), "\n")
    return 1
  end
  look_beside(script)
  local arg = { [0] = name, table.unpack(words, first) }
  _G.arg = arg
  _G.ll = require "losslab"
  _G.ll.core.show_functions()
  local fine, given = attempt(chunk, table.unpack(arg))
  if not fine then return given end
  local studies = package.loaded["losslab.study.study"]
  if script and studies and studies.waits(given) then
    say(require "losslab.text".clean(script), ": this is a study: losslab run ", require "losslab.text".clean(script), "\n")
    return 2
  end
  return 0
end

local function run_prompt()
  look_beside()
  require "losslab".core.show_functions()
  return require "losslab.prompt.prompt".run()
end

local function run_stdin(words, first)
  local chunk, why = loadfile()
  return run_chunk(chunk, why, "stdin", words, first)
end

-- ---- the options of the program itself ----

local help_text = [[
usage: losslab                       a prompt (a script from standard input where that is no terminal)
       losslab FILE.lua [WORDS…]     runs a script; WORDS are its arg
       losslab COMMAND …             see below; losslab COMMAND --help says more

  -e CODE        runs CODE
  -i [FILE.lua]  the prompt, after the script if one is given
  -              runs standard input
  --double       before any of these: in double precision
  --memory SIZE  before any of these, or behind a command: the most memory to hold, as 500M or 8G; see below
  --color WHEN   likewise: auto (a terminal without NO_COLOR; default), always or never
  --quiet        likewise: no progress and no remarks, results and errors alone
  --version      what this build is
  --help         this

commands:
%s

What runs when: FILE.lua, -e, the prompt and run are your own code, with all your rights. show, plot,
report and gallery run the script that a database holds, for its finding and figures, in a process that
can only compute. resume runs it with all your rights, and asks before one that you have not run
before. ls, watch, serve, export, merge, diff, compare, data, losses and check run nothing.

What a script or the prompt requires is found with losslab, among the modules installed in the
system, and last beside the script and in this folder, as NAME.lua or NAME/init.lua. Commands take no
module from this folder, and LUA_PATH, LUA_CPATH and LUA_INIT count for nothing: a script may set
package.path and package.cpath.

Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 interrupted. Data beyond the sets that come with losslab are found
in the folders of LOSSLAB_DATA; NO_COLOR is respected.

Matrices, data, and what scripts hold may take 3/4 of the memory that this machine, the process's control group or ulimit allows,
then the command fails; --memory or LOSSLAB_MEMORY sets another limit. The workers of a study share it: each may take as much as
all could if divided evenly, beside what was read before they started.

Large matrices are computed by one thread a core, to the same bits by any number; LOSSLAB_THREADS, or --threads of commands that
run trials, sets another.

New here? losslab alone opens a prompt, where help says how to go on. losslab help study says what a study is made of, losslab run
FILE.lua runs one, losslab doctor looks whether all is well.
]]

local function print_help()
  local commands, text = require "losslab.cli.commands", require "losslab.text"
  local rows = {}
  for i, name in ipairs(commands.names) do rows[i] = { name, commands.load(name).summary } end
  local room = text.room()
  local words = string.format(help_text, text.columns(rows, { indent = "  ", wrap = room }))
  out(room and require "losslab.cli.arguments".fitted(words, room) or words)
  return 0
end

local function print_version()
  local ll = require "losslab"
  out(string.format("losslab %s (%s), %s precision, kernels %s\n%s\n%s\n", ll.version, ll.core.revision, ll.precision,
    ll.core.isa, table.concat(require "losslab.cli.checkup.versions"(), ", "), ll.core.flags))
  return 0
end

-- The program of the other precision stands beside this one or, where installed, in libexec.
local function become_double(words)
  if require "losslab".precision == "double" then return nil end
  local folder = program.folder or "."
  local tried = {}
  for _, path in ipairs { folder .. "/losslab-double", folder .. "/../libexec/losslab/losslab-double" } do
    local _, why = program.exec(path, words)
    tried[#tried + 1] = why
  end
  say("--double: the program built in double is not there: ", table.concat(tried, "; "), "\n")
  return 1
end

-- The size behind --memory, which may be attached by "=". Gives the place of the next word, or nil and the exit code.
local function limit_memory(words, i)
  local arguments = require "losslab.cli.arguments"
  local attached = words[i]:match "^%-%-memory=(.*)$"
  local size = attached or words[i + 1]
  if not size then
    say "--memory needs a value: --memory SIZE\n"
    return nil, 2
  elseif not arguments.limit_memory(size) then
    say("--memory takes ", arguments.memory_expected, ', not "', require "losslab.text".clean(size), '"\n')
    return nil, 2
  end
  return i + (attached and 1 or 2)
end

-- The mode behind --color. Gives the place of the next word, or nil and the exit code.
local function set_colour(words, i)
  local arguments = require "losslab.cli.arguments"
  local attached = words[i]:match "^%-%-color=(.*)$"
  local mode = attached or words[i + 1]
  if not mode then
    say "--color needs a value: --color WHEN\n"
    return nil, 2
  end
  local fine, why = pcall(arguments.colour, mode)
  if not fine then
    say(tostring(why), "\n")
    return nil, 2
  end
  return i + (attached and 1 or 2)
end

-- A flag that nothing follows.
local function alone(flag, f)
  return function(words, i)
    if words[i + 1] then
      say(flag, " takes nothing behind it, not ", require "losslab.check".show(words[i + 1]), "\n")
      return 2
    end
    return f()
  end
end

local flags = {
  ["-e"] = function(words, i)
    if not words[i + 1] then
      say "-e needs code: losslab -e 'print(ll.version)'\n"
      return 2
    end
    local chunk, why = load(words[i + 1], "=(command line)")
    return run_chunk(chunk, why, "-e", words, i + 2)
  end,
  ["-i"] = function(words, i)
    require "losslab.prompt.lua_names".begin()
    if words[i + 1] then
      local chunk, why = loadfile(words[i + 1])
      local code = run_chunk(chunk, why, words[i + 1], words, i + 2, words[i + 1])
      if code ~= 0 then return code end
    end
    return run_prompt()
  end,
  ["-"] = function(words, i) return run_stdin(words, i + 1) end,
  ["--version"] = alone("--version", print_version),
  ["--help"] = print_help,
}
flags["-v"], flags["-h"] = flags["--version"], print_help

local function unknown(what, word, known)
  say(require "losslab.check".no_such("there is no " .. what, word, known), "\nlosslab --help says what there is\n")
  return 2
end

local function unknown_flag(word)
  local known = { "--double", "--memory", "--color", "--quiet" }
  for name in pairs(flags) do
    if #name > 2 then known[#known + 1] = name end
  end
  table.sort(known)
  return unknown("option", word, known)
end

-- ---- commands ----

local function run_command(name, words)
  local fine, code = attempt(function()
    local arguments = require "losslab.cli.arguments"
    local command = require "losslab.cli.commands".load(name)
    local given, rest = arguments.parse(command, words)
    if not given then
      out(arguments.help(command))
      return 0
    end
    return command.run(given, rest) or 0
  end)
  if not fine and code == 2 then require "losslab.say".err("losslab ", name, " --help says how it is used\n") end
  return code, fine
end

M.help = print_help
M.help_text = help_text -- with %s for the commands; the man page (help/man.lua) says the same

function M.main(words)
  local i = 1
  local function is_before(word)
    return word == "--double" or word == "--quiet" or word:find "^%-%-memory" or word == "--color" or word:find "^%-%-color="
  end
  while words[i] and is_before(words[i]) do
    local code
    if words[i] == "--double" then
      code = become_double(words)
      i = i + 1
    elseif words[i] == "--quiet" then
      require "losslab.cli.arguments".habits { quiet = true }
      i = i + 1
    elseif words[i]:find "^%-%-color" then
      i, code = set_colour(words, i)
    elseif words[i]:find "^%-%-memory=" or words[i] == "--memory" then
      i, code = limit_memory(words, i)
    else
      return unknown_flag(words[i])
    end
    if code then return code end
  end
  local word = words[i]
  if not word then
    if program.terminal(0) then
      require "losslab.prompt.lua_names".begin()
      return run_prompt()
    end
    return run_stdin(words, i)
  end
  if flags[word] then return flags[word](words, i) end
  if word == "--" then
    i = i + 1
    word = words[i]
    if not word then return run_stdin(words, i) end
  elseif word:find "^%-" then
    return unknown_flag(word)
  else
    local commands = require "losslab.cli.commands"
    if commands.known(word) then return (run_command(word, { table.unpack(words, i + 1) })) end
    local exists = require "losslab.file".exists
    if not word:find "[./]" and not exists(word) then
      if exists(word .. ".lua") then
        local shown = require "losslab.text".clean(word)
        say('there is no command "', shown, '"; losslab ', shown, ".lua runs the script, losslab run ", shown, ".lua the study\n")
        return 2
      end
      return unknown("command", word, commands.names)
    end
  end
  local chunk, why = loadfile(word)
  return run_chunk(chunk, why, word, words, i + 1, word)
end

return M
