-- The study script that a database holds, run again for its claim, finding and figures. A database may come from anybody, so its
-- script runs in a process of its own that can do nothing but compute (lua/bind/confine.c): it has the database open, to read, and
-- from before its first line to its end no other file, no network, no program, and so much time, memory and output. What it gives
-- is plain data (results/plain.lua), checked here and where it is drawn (plot/drawing.lua); none of its code ever runs in this
-- process. Inside, too, it gets little: copies without classes (results/facade.lua), no io, os, load or modules.
local ll = require "losslab"
local check = require "losslab.check"
local facade = require "losslab.results.facade"
local plain = require "losslab.results.plain"
local reading = require "losslab.results.reading"
local study_of = require "losslab.study.study"
local text = require "losslab.text"
local trust = require "losslab.results.trust"

local M = {}

local PLAIN = { "assert", "error", "ipairs", "math", "next", "pairs", "pcall", "select", "string", "table", "tonumber", "tostring",
  "type", "utf8" }
local PRIMITIVES = { "loss", "metric", "nn", "optim", "schedule", "tuple", "stats",
  "distance", "divergence", "math", "transport", "no_grad", "threads", "version", "precision" }

-- Of the script's whole life: seconds of computing, memory beyond what losslab has itself, what it may give.
M.limits = { seconds = 60, gigabytes = 2, megabytes = 64 }
-- Bytes of a text, details and figures, at most: to show what is said must not take longer than to say it.
local LONG, FIGURES = 20000, 100

local function wants(wanted, figure) return wanted.figures == true or wanted.figures and wanted.figures[figure] end

-- ---- in the child ------------------------------------------------------------------------------------------------------

local function copy(from)
  if type(from) ~= "table" then return from end
  local out = {}
  for key, value in pairs(from) do out[key] = value end
  return setmetatable(out, getmetatable(from)) -- which suggests the nearest name for an unknown one
end

-- known: whether the user has run this script: only then does it see the environment, which may hold secrets.
local function environment(known)
  local env, primitives = {}, {}
  for _, name in ipairs(PLAIN) do env[name] = copy(_G[name]) end
  for _, name in ipairs(PRIMITIVES) do primitives[name] = copy(ll[name]) end
  function primitives.study(written) return study_of(written) end -- without load and of_script
  primitives.matrix = function(rows) return ll.matrix(rows) end
  env.ll = primitives
  env.os = { getenv = function(name) return (known or name == "QUICK") and os.getenv(name) or nil end }
  function env.require(name)
    if name == "losslab" then return primitives end
    error(string.format("a study read from its database has no module %q", tostring(name)), 2)
  end
  return env
end

-- What an error says; another value has no words that would be the same twice.
local function words_of(err) return type(err) == "string" and check.plain(err) or "it raised a " .. type(err) end

local function say_finding(study, results)
  local said = table.pack(pcall(study.finding, results))
  if not said[1] then return { "finding", why = words_of(said[2]) } end
  return { "finding", sentence = said[2], details = { table.unpack(said, 3, said.n) }, count = said.n - 2 }
end

-- A figure of the script: what it gave to plot.panels, call by call.
local function say_figure(name, draw, results)
  local figure, calls = {}, {}
  local function panels(given, options)
    if given ~= figure then error("panels: the first argument is the figure", 2) end
    calls[#calls + 1] = options
    return true
  end
  local size = require "losslab.plot.layout".size
  local fine, drawn, why = pcall(draw, figure, results, { panels = panels, layout = { size = size }, stats = copy(ll.stats) })
  if not fine then return { "figure", name, why = "its script failed: " .. words_of(drawn) } end
  if not drawn or #calls == 0 then
    return { "figure", name, why = not drawn and why ~= nil and tostring(why) or "its script draws nothing" }
  end
  return { "figure", name, calls = calls }
end

-- What the script says, message by message: the study, the finding, the figures that are wanted.
local function answer(source, name, store, wanted, send)
  local function tell(message)
    local fine, bytes = pcall(plain.encode, message)
    send(fine and bytes or plain.encode { message[1], message[2], why = "its script failed: " .. tostring(bytes) })
  end
  local fine, study = pcall(study_of.of_script, source, "=" .. name, environment(wanted.known))
  if not fine then return tell { "study", why = tostring(study) } end
  local names = study.figures and check.keys(study.figures) or {}
  tell { "study", claim = study.claim, names = names, standard = study.figures_named }
  if not (study.finding or #names > 0) then return end
  local results = facade.of(reading.read(store), reading.methods)
  if study.finding and wanted.finding then tell(say_finding(study, results)) end
  for _, each in ipairs(names) do
    if wants(wanted, each) then tell(say_figure(each, study.figures[each], results)) end
  end
end

-- Before the child is shut, everything is loaded that the script may use: afterwards no file can be opened.
local function load_all()
  for name in pairs(getmetatable(ll).lazy) do assert(ll[name] ~= nil) end
  require "losslab.plot.layout"
  require "losslab.run.runner" -- so that study:run says in our words that it cannot
end

local UNSHUT = "this system cannot shut a process off (%s), so the script that came with the database was not run; --trust runs it "
  .. "within its limits of time and memory alone"

local function child(path, row, name, wanted, send, shut)
  load_all()
  local store = ll.store.open(path)
  if store:one "study".id ~= row.id then store:choose(row.id) end -- of several, the one that is asked about
  store:transaction(function()
    store:one "study" -- the state of the file that is read from here on
    local fine, why = shut()
    if not fine and not wanted.trust then error(string.format(UNSHUT, why), 0) end
    ll.core.seal()
    answer(row.script, name, store, wanted, send)
  end)
end

-- ---- in this process ---------------------------------------------------------------------------------------------------

-- The text, without our own places before it, cut where it is too long; nil for what is none.
local function short(value)
  if type(value) ~= "string" then return nil end
  value = check.plain(value)
  return #value <= LONG and value or value:sub(1, utf8.offset(value, 0, LONG + 1) - 1) .. " …"
end

local readers = {}

function readers.study(told, message)
  told.claim, told.why = short(message.claim), short(message.why)
  local names = type(message.names) == "table" and message.names or {}
  if #names > FIGURES then error(string.format("it has %d figures; %d are the most", #names, FIGURES), 0) end
  for i, name in ipairs(names) do
    if type(name) ~= "string" or not name:find "^[%w_-]+$" or #name > 100 then
      error("a figure's name is made of letters, digits, _ and -, at most 100", 0)
    end
    told.names[i] = name
  end
  for i, name in ipairs(type(message.standard) == "table" and message.standard or {}) do
    if i > FIGURES or type(name) ~= "string" then error("its standard figures are named by texts", 0) end
    told.standard[i] = name
  end
end

function readers.finding(told, message)
  if message.why then
    told.finding = "could not be said: " .. (short(message.why) or "?")
    return
  end
  local count = math.type(message.count) == "integer" and math.min(message.count, FIGURES) or 0
  for i = 0, count do
    local each = message.sentence
    if i > 0 then each = message.details[i] end
    if type(each) ~= "string" then
      told.finding, told.details = "could not be said: it is a " .. type(each) .. ", not a sentence", {}
      return
    end
    if i == 0 then told.finding = short(each) else told.details[i] = short(each) end
  end
end

function readers.figure(told, message)
  told.figures[message[2]] = { calls = message.calls, why = short(message.why) }
end

local function read(told, bytes)
  local message = plain.decode(bytes)
  local reader = type(message) == "table" and readers[message[1]]
  if not reader then error("it says what nobody asked", 0) end
  reader(told, message)
end

local function reworded(why)
  return (check.plain(why):gsub("not enough memory", string.format("it takes more than %g GB", M.limits.gigabytes)))
end

local function mentions(source)
  return source:find("finding", 1, true) or source:find("figures", 1, true) or source:find("claim", 1, true)
end

-- What the script of an open store says. wanted: finding = true; figures = true or { NAME = true, … }; trust = true: also where the
-- system cannot shut it off, as it does for a script that the user has run (results/trust.lua). Gives { claim, finding, details =
-- { texts after the finding }, names = { its figures, in order }, standard = { figures of losslab that it names }, figures = { NAME
-- = { calls = { what it draws, … } } or { why } }, why: the reason if it could not be run or was stopped }. A script without a
-- claim, finding or figures is not run at all.
function M.ask(store, wanted)
  local told = { details = {}, names = {}, standard = {}, figures = {} }
  local row, path = store:one "study", store:path()
  local source = row and row.script or ""
  if type(source) ~= "string" then source = "" end
  if not mentions(source) or path == ":memory:" then return told end
  local known, limits = trust.known(source), M.limits
  local asked = { finding = wanted.finding, figures = wanted.figures, trust = wanted.trust or known, known = known }
  local messages, why = ll.process.confined(function(send, shut)
    child(path, row, text.clean(row.name), asked, send, shut)
  end, { seconds = limits.seconds, bytes = limits.gigabytes * 2 ^ 30, output = limits.megabytes * 2 ^ 20 })
  for _, bytes in ipairs(messages) do
    local fine, trouble = pcall(read, told, bytes)
    if not fine then
      why = trouble
      break
    end
  end
  told.why = told.why or why
  told.why = told.why and reworded(told.why)
  for _, name in ipairs(told.names) do
    local figure = told.figures[name]
    if figure and figure.why then figure.why = reworded(figure.why) end
    if not figure and wants(wanted, name) then
      told.figures[name] = { why = "its script failed: " .. (told.why or "it did not come to it") }
    end
  end
  if told.finding then told.finding = reworded(told.finding)
  elseif told.why and wanted.finding then told.finding = "the study's script could not be read: " .. told.why end
  return told
end

return M
