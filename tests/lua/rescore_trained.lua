-- Networks of before score other matches than those that they were trained on: how many these are is told as it is, whatever their
-- order, and never where rows look alike by chance alone.
local t = require "tests.lua.tap"
local ll = require "losslab"
local say = require "losslab.say"

say.quiet(true)
local folder, write = t.folder()
local seed = tonumber(os.getenv "LOSSLAB_SEED") or 4
t.note("LOSSLAB_SEED=%d", seed)
local random = ll.random(seed)

local HEAD = "SpecId\tLabel\tScanNr\tExpMass\tscore\tother\tPeptide\tProteins"

-- Matches as lines, each spectrum's target and decoy. form: how a value is written.
local function drawn(spectra, form)
  local lines = {}
  for i = 1, spectra do
    local right = random:uniform() < 0.4
    for label = 1, -1, -2 do
      local gain = right and label == 1 and 3 or 0
      lines[#lines + 1] = ("m%d_%d\t%d\t%d\t%.3f\t" .. form .. "\t" .. form .. "\tK.AB%dC%d.R\t%sP%d"):format(i, label, label, i,
        900 + 1000 * random:uniform(), random:normal() + gain, random:normal() + gain / 2, i, label + 1,
        label == 1 and "" or "rev_", i)
    end
  end
  return lines
end

local function pin(name, lines) return write(name .. ".pin", HEAD .. "\n" .. table.concat(lines, "\n") .. "\n") end

local function trained(name, ...)
  local files = {}
  for k, lines in ipairs { ... } do files[k] = pin(name .. k, lines) end
  local db = folder .. "/" .. name .. ".db"
  ll.rescore.run { files = files, db = db, seeds = { 1, 2 }, steps = 20, jobs = 2 }
  return db
end

local function apply(db, lines) return ll.rescore.apply { files = { pin("applied", lines) }, model = db } end

-- Some of the lines of two lists, in an order that is drawn; scans of the second follow those of the first.
local function mixed(old, count, new)
  local lines = {}
  for _, row in ipairs(random:permutation(#old):table()) do
    if #lines == count then break end
    lines[#lines + 1] = old[math.tointeger(row)]
  end
  for _, line in ipairs(new) do
    lines[#lines + 1] = line:gsub("^(%S+\t%S+\t)(%d+)", function(before, scan) return before .. scan + 10000 end)
  end
  return lines
end

local function said(rescored)
  for _, remark in ipairs(rescored:leaks()) do
    if remark.kind == "trained on" then return remark.words end
  end
end

local first, second, other = drawn(500, "%.4f"), drawn(300, "%.4f"), drawn(600, "%.4f")
local db = trained("fine", first, second)

for _, count in ipairs { 0, 20, 60, 120 } do
  local rescored = apply(db, mixed(first, count, other))
  t.ok(math.abs(rescored.trained_on - count) <= 10,
    ("%d of %d matches that were trained on are counted, about: %d"):format(count, 1200 + count, rescored.trained_on))
  local words = said(rescored)
  if count > 0 then
    t.like(words or "nothing", "were trained on about " .. rescored.trained_on .. " of these " .. 1200 + count, "and told")
  else
    t.is(words, nil, "nothing is told of none")
  end
end
for what, lines in pairs { ["a file of several"] = second, ["another share"] = mixed(first, 300, other),
  ["half of a file"] = table.move(first, 1, 500, 1, {}) } do
  t.throws(function() apply(db, lines) end, { "fine.db", "were trained on", "of these " .. #lines, "promise too much" }, what)
end

local swapped = {}
for i, line in ipairs(first) do
  swapped[i] = line:gsub("\t(%-?1)\t", function(label) return label == "1" and "\t-1\t" or "\t1\t" end, 1)
end
t.is(said(apply(db, swapped)), nil, "matches with other labels are others")

-- Features of few values: nearly every row of any file looks like one that was trained on.
local coarse = trained("coarse", drawn(500, "%.0f"))
for try = 1, 5 do
  local rescored = apply(coarse, drawn(400, "%.0f"))
  t.is({ rescored.trained_on, (said(rescored)) }, { 0 }, "no alarm where rows look alike by chance, " .. try)
end
local rough = trained("rough", drawn(500, "%.1f"))
for try = 1, 5 do
  t.is(said(apply(rough, drawn(400, "%.1f"))), nil, "nor where some do, " .. try)
end

-- A database that does not keep it.
do
  local study = require "losslab.rescore.recipe".new { files = { folder .. "/fine1.pin" }, seeds = { 1 }, steps = 20 }
  local old = folder .. "/old.db"
  study:run { db = old, jobs = 2 }
  local rescored = apply(old, second)
  t.is(rescored.trained_on, false, "networks that do not say what they were trained on")
  t.like(said(rescored), "is not kept with them", "leave it open")
end
t.done()
