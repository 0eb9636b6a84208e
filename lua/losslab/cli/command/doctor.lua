-- losslab doctor: what this build, this machine and this folder can do for losslab, and what to do about what they cannot.
local say = require "losslab.say"
local text = require "losslab.text"

-- Each is module.function(add), run in this order; one that fails is itself what is wrong.
local CHECKS = { { "programs", "build" }, { "programs", "libraries" }, { "programs", "modules" }, { "machine", "processor" },
  { "machine", "threads" }, { "machine", "memory" }, { "machine", "sqlite" }, { "machine", "disk" }, { "programs", "gnuplot" },
  { "programs", "sandbox" }, { "programs", "page" }, { "machine", "terminal" }, { "machine", "data" } }

local COLOUR = { good = "green", poor = "yellow", bad = "red" }

-- The findings: { { check, state = "good" | "poor" | "bad", words, advice [opt] }, … }.
local function examine()
  local found = {}
  -- add(check, state, format, … [, { advice = … }])
  local function add(check, state, format, ...)
    local given = table.pack(...)
    local more = type(given[given.n]) == "table" and given[given.n] or {}
    found[#found + 1] = { check = check, state = state, advice = more.advice,
      words = text.clean(string.format(format, table.unpack(given, 1, given.n))) }
  end
  for _, each in ipairs(CHECKS) do
    local fine, why = pcall(function() require("losslab.cli.checkup." .. each[1])[each[2]](add) end)
    if not fine then
      if why == "interrupted" then error(why, 0) end
      add(each[2], "bad", "could not be looked at: %s", tostring(why), { advice = "please report this" })
    end
  end
  return found
end

local function show(found)
  local paint, room = text.paint(1), text.room()
  local widest, count = 0, { good = 0, poor = 0, bad = 0 }
  for _, each in ipairs(found) do
    widest = math.max(widest, text.width(each.check))
    count[each.state] = count[each.state] + 1
  end
  local margin = (" "):rep(widest + 8)
  local function put(words)
    words = room and text.wrap(words, math.max(20, room - #margin)) or words
    return (words:gsub("\n", "\n" .. margin))
  end
  for _, each in ipairs(found) do
    say.out(paint(text.pad(each.state, 4), COLOUR[each.state]), "  ", text.pad(each.check, widest), "  ", put(each.words), "\n")
    if each.advice then say.out(margin, put("→ " .. each.advice), "\n") end
  end
  local last = "All is well."
  if count.bad > 0 then
    last = string.format("%d %s to be mended; see →.", count.bad, count.bad == 1 and "thing has" or "things have")
  elseif count.poor > 0 then
    last = string.format("losslab works here; %d %s could be better, see →.", count.poor, count.poor == 1 and "thing" or "things")
  end
  say.out("\n", last, "\n")
end

return {
  name = "doctor",
  summary = "say what this build, machine and folder can do, and what to do about what they cannot",
  example = { "losslab doctor", "losslab doctor --json" },
  json = true,
  notes = [[
It looks at the build and its libraries, the modules of Lua, kernels and their speed, memory, SQLite, how fast
this folder takes what a study writes, gnuplot with its terminals and fonts, the filter that shuts off scripts of
others, the terminal and the folders of data. Files that it makes in this folder are deleted again. Speeds are the
best of a few tries of a moment: a busy machine shows less. The exit code is 1 where something is bad.
]],
  run = function(given)
    local found = examine()
    local code = 0
    for _, each in ipairs(found) do code = each.state == "bad" and 1 or code end
    if given.json then say.json(require "losslab.json".array(found)) else show(found) end
    return code
  end,
}
