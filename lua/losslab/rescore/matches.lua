-- What files of matches give a model: features as they stand in the files, and behind them columns about the spectrum alone, which
-- a target and a decoy of it have in common: how many spectra share its mass, where in the run it was taken. So a wrong target and
-- a decoy still look alike.
--
-- Groups of the set are scans, whose rows are of the same peaks whatever precursor they were searched with, and domains peptides. A
-- cut must not part either: matches of one peptide may all be wrong in one way, and a network that has seen some of them called
-- targets knows the others by their mass, and gives false targets what it takes from decoys.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

-- With the mean of its column in each missing cell, which labels have no part in; 0 in a column that has nothing else.
local function filled(x)
  local present, nothing = x:equal(x), ll.zeros(x:shape())
  local means = present:where(x, nothing):col_sums() * present:col_sums():clamp(1, math.huge):reciprocal()
  return present:where(x, nothing + means)
end

local ABOUT = "spectrum: " -- how the names of columns about the spectrum begin

-- What is to be left out: of the files' columns, and of those about the spectrum, which no file has.
local function parted(exclude)
  if type(exclude) ~= "table" then return exclude, {} end -- what is no list is refused by ll.psm.read
  local own, about = {}, {}
  for _, name in ipairs(exclude) do
    local list = type(name) == "string" and name:sub(1, #ABOUT):lower() == ABOUT and about or own
    list[#list + 1] = name
  end
  return own, about
end

-- Numbers of the columns that are left when those are taken away that names or patterns (*) mean, in any case.
local function left(columns, names)
  local without, kept = {}, {}
  for _, name in ipairs(names) do
    local pattern, found = "^" .. name:lower():gsub("%p", "%%%0"):gsub("%%%*", ".*") .. "$", false
    for j, column in ipairs(columns) do
      if column:sub(1, #ABOUT) == ABOUT and column:lower():find(pattern) then without[j], found = true, true end
    end
    if not found then check.unknown("exclude: there is no column", name, columns) end
  end
  for j in ipairs(columns) do
    if not without[j] then kept[#kept + 1] = j end
  end
  return kept
end

-- files: paths; options as of ll.psm.read, whose exclude may name columns about the spectrum, too. Gives the data set that studies
-- cut and train on, and the matches themselves, which share their features, unless some are missing or left out.
function M.read(files, options)
  local reading = { about_spectra = true }
  for key, value in pairs(options or {}) do reading[key] = value end
  local about
  reading.exclude, about = parted(reading.exclude)
  local psms = ll.psm.read(files, reading)
  local of, kept = psms.data, left(psms.data.columns, about)
  local x, names = reading.missing == "mean" and filled(of.x) or of.x, of.columns
  if #kept < #names then
    local fewer, parts = {}, nil
    for k, j in ipairs(kept) do
      fewer[k] = names[j]
      parts = parts or ll.zeros(x.rows, #kept)
      parts:col_range(k, k):assign(x:col_range(j, j))
    end
    x, names = parts, fewer
  end
  return ll.data.matrix(x, of.y, { name = of.name, names = names, groups = (psms:scan_groups()),
    domains = (psms:peptide_groups()) }), psms
end

-- How many columns of a set stand in the files: the first ones. Files may have names like those about spectra, but these come last.
function M.own(set)
  local count = #set.columns
  while count > 1 do
    local name = set.columns[count]
    if name ~= "spectrum: scan" and not name:find "^spectrum: others within %d+ ppm$" then break end
    count = count - 1
  end
  return count
end

return M
