-- losslab watch: how far the studies of a database are, while they run. It reads, and never writes.
local database = require "losslab.cli.database"
local lfs = require "lfs"
local ll = require "losslab"
local overview = require "losslab.results.overview"
local program = require "losslab.program"
local say = require "losslab.say"
local shard_folder = require "losslab.run.shard_folder"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local LOOK = 0.25           -- seconds between two looks at the keys and at the file
local LEAST, MOST = 1, 10   -- between two pictures, where the file changes and where it does not
local PIPE = 10             -- between two pictures in a pipe

local function look(path, name)
  local shards = shard_folder.waiting(path)
  return database.read(path, function(store)
    if name then studies.id(store, name) end -- or it is refused, with the nearest name
    return overview.of(store, shards, name)
  end, { quiet = true }, "as it is")
end

-- What changes when a database does, as far as the file system tells.
local function mark(path)
  local is = lfs.attributes(path)
  return is and string.format("%d %d %d", is.ino, is.size, is.modification) or ""
end

-- The terminal gives each key at once while f runs; f(key) gives a key that was typed, or nil.
local function with_keys(f)
  if not (program.terminal(0) and program.terminal(1)) then return f(function() end) end
  local pipe = io.popen("stty -g 2>/dev/null", "r")
  local before = pipe and pipe:read "l"
  if pipe then pipe:close() end
  if not before or before:find "[^%x:]" then return f(function() end) end
  local back <close> = setmetatable({}, { __close = function() os.execute("stty " .. before) end })
  os.execute "stty -icanon -echo min 0 time 0"
  return f(function() return io.stdin:read(1) end), back
end

-- Pictures until all is finished, or q or a signal; each in the place of the one before on a terminal.
local function follow(path, name, key)
  local drawn, shown, marked, of = -math.huge, nil, nil, nil
  local screen = say.screen()
  while true do
    local now, at = ll.system.clock(), mark(path)
    local least = screen.terminal and LEAST or PIPE
    if now - drawn >= MOST or now - drawn >= least and at ~= marked or not of then
      of, drawn, marked = look(path, name), now, at
      local room = text.room() -- the last column is left free
      local lines = overview.lines(of, room and room - 1)
      local words = table.concat(lines, "\n")
      if words ~= shown then
        screen.draw(lines)
        shown = words
      end
      if of.finished then return 0 end
    end
    ll.process.wait({}, LOOK)
    if ll.process.caught() then return 130 end
    if key() == "q" then return 0 end
  end
end

return {
  name = "watch",
  summary = "how far the studies of a database are, while they run",
  arguments = { { "DB", "a result database" } },
  options = {
    database.study,
    { "--once", doc = "one picture, and the end" },
  },
  json = true,
  example = "losslab watch study.db",
  notes = [[
Progress, rate and time left of each study, the best configuration so far by data set and loss, on validation alone, what failed
last, and who works on it; drawn anew as the database changes, until all trials have ended, or q or Ctrl-C. Into a pipe it
prints a picture now and then. --json prints one object, and the end: studies, runners, finished; docs/json.md describes it.
It only reads, from any machine that sees the file.]],
  run = function(given, arguments)
    local path = arguments[1]
    if given.json then return database.print_json(look(path, given.study)) end
    if given.once then
      say.out(table.concat(overview.lines(look(path, given.study), text.room()), "\n"), "\n")
      return 0
    end
    ll.process.catch()
    local fine, code = pcall(with_keys, function(key) return follow(path, given.study, key) end)
    ll.process.uncatch()
    if not fine then error(code, 0) end
    return code
  end,
}
