-- losslab replay: trials of a database are run again from it alone, and compared bit by bit.
local ll = require "losslab"
local arguments_of = require "losslab.cli.arguments"
local database = require "losslab.cli.database"
local json = require "losslab.json"
local replay = require "losslab.run.replay"
local say = require "losslab.say"
local text = require "losslab.text"
local verify = require "losslab.run.verify"

local MISMATCH = 3

local function named(each)
  if not each.loss then return "trial " .. each.trial end
  return string.format("trial %d (%s, %s, fold %d, seed %d)", each.trial, text.clean(each.dataset), text.clean(each.loss),
    each.fold, each.seed)
end

local SHOWN = 8

local function computer_line(differences)
  if not differences or #differences == 0 then return "  the machine is what it was, as far as is recorded\n" end
  local parts, decides = {}, false
  for _, each in ipairs(differences) do
    decides = decides or each.decides
    local there, here = text.clean(each.there), text.clean(each.here)
    parts[#parts + 1] = string.format("%s, here %s", text.shorten(there, 100), text.shorten(here, 100))
  end
  return string.format("  in the machine%s: %s\n", decides and "" or " (none of it should count)", table.concat(parts, "; "))
end

local function print_one(each)
  if each.result == "identical" then
    local unknown = each.unknown and text.clean(table.concat(each.unknown, ", "))
    local without = unknown and string.format(" (but for %s, unknown here)", unknown) or ""
    return say.out(named(each), ": identical", without, "\n")
  elseif each.result == "not replayed" then
    return say.out(named(each), ": not replayed: ", text.clean(each.why), "\n")
  end
  local first = each.differences[1] -- of an epoch, where there is one: how a trial ended may stand before it
  for _, difference in ipairs(each.differences) do
    if not first.epoch and difference.epoch then first = difference end
  end
  say.out(named(each), first.epoch and string.format(": differs from epoch %d on\n", first.epoch) or ": differs at its end\n")
  local count = 0
  for _, difference in ipairs(each.differences) do
    if difference.epoch ~= first.epoch and difference.epoch then break end
    count = count + 1
    if count <= SHOWN then say.out("  ", text.clean(verify.words(difference)), "\n") end
  end
  if #each.differences > math.min(count, SHOWN) then
    say.out(string.format("  and %s more such places\n", #each.differences >= 100 and "at least " .. 100 - SHOWN or
      tostring(#each.differences - math.min(count, SHOWN))))
  end
  say.out(computer_line(each.computer))
end

-- JSON has no infinities.
local function for_json(value)
  if type(value) == "number" and (value ~= value or math.abs(value) == math.huge) then return tostring(value) end
  if type(value) ~= "table" then return value end
  local out = {}
  for key, each in pairs(value) do out[key] = for_json(each) end
  if #out > 0 then json.array(out) end
  return text.for_json(out)
end

local function ids_of(arguments)
  local ids, seen = {}, {}
  for i = 2, #arguments do
    local id = math.tointeger(tonumber(arguments[i]))
    if not id or id < 1 then
      arguments_of.wrong('TRIAL is the number of a trial (losslab ls DB), not "%s"', text.clean(arguments[i]))
    end
    if not seen[id] then ids[#ids + 1] = id end
    seen[id] = true
  end
  return ids
end

return {
  name = "replay",
  summary = "run trials of a database again, and say whether they give the same bits",
  arguments = { { "DB", "a result database" },
    { "TRIAL", "numbers of trials (default: " .. replay.SAMPLE .. " are drawn)", many = true, optional = true } },
  options = {
    { "--sample", value = "N", kind = "integer", low = 1, doc = "draw so many of the trials that have ended" },
    { "--seed", value = "N", kind = "integer", low = 0, doc = "of the draw (default: another each time, which is said)" },
    { "--all", doc = "every trial that has ended" },
    { "--study", value = "NAME", doc = "only trials that this study asks for" },
    { "--jobs", value = "N", kind = "integer", low = 1, doc = "processes (default: the cores)" },
    { "--threads", value = "N", kind = "integer", low = 1, high = 256, doc = "threads of each (default: the cores left over)" },
    { "--trust", doc = "run the database's scripts, with all your rights, where Lua of theirs computes a trial" },
  },
  json = true,
  example = "losslab replay study.db 17",
  notes = [[
The data come from the database or, where they are too large to be kept in it, from where they were read; they must have the same
hash. Where Lua of the study's script computes a trial, that version of the script is run, if you have run it before or say --trust.
Every loss, metric, learnt value, score, network and kept matrix is compared. Nothing is written.
Exit code: 0, all identical; 3, one differs; 1, none differs but some could not be run again.
]],
  run = function(given, arguments)
    local db, ids = arguments[1], ids_of(arguments)
    local chosen = (#ids > 0 and 1 or 0) + (given.sample and 1 or 0) + (given.all and 1 or 0)
    if chosen > 1 then arguments_of.wrong "numbers of trials, --sample and --all: one of them is given" end
    local seed = given.seed or math.random(0, 999999)
    local trials, other
    database.read(db, function(store)
      local which = { trials = ids, sample = given.sample, all = given.all, study = given.study, seed = seed }
      trials, other = replay.choose(store, which, arguments_of.wrong)
    end)
    local drawn = #ids == 0 and not given.all
    if not given.json then
      if drawn then say.remark(string.format("%d trials drawn with --seed %d\n", #trials, seed)) end
      if other > 0 then
        say.remark("losslab: ", string.format("%d trials are left out: %s replay runs them again", other,
          ll.precision == "float" and "losslab-double" or "losslab"))
      end
    end
    local all = json.array {}
    local how = { jobs = given.jobs, threads = given.threads, trust = given.trust }
    local counts = database.explained(db, replay.run, db, trials, how, function(each)
      if given.json then all[#all + 1] = for_json(each) else print_one(each) end
    end)
    if given.json then
      database.print_json { trials = all, of = counts.of, identical = counts.identical, differs = counts.differs,
        not_replayed = counts.not_replayed, seconds = counts.seconds, seed = drawn and seed or nil }
    else
      local parts = {}
      if counts.differs > 0 then parts[#parts + 1] = counts.differs .. " differ" .. (counts.differs == 1 and "s" or "") end
      if counts.not_replayed > 0 then parts[#parts + 1] = counts.not_replayed .. " not replayed" end
      say.out(string.format("%d of %d identical%s, in %s\n", counts.identical, counts.of,
        #parts > 0 and " (" .. table.concat(parts, ", ") .. ")" or "", require "losslab.run.progress".duration(counts.seconds)))
    end
    if counts.differs > 0 then return MISMATCH end
    return counts.not_replayed > 0 and 1 or 0
  end,
}
