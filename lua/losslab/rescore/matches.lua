-- What files of matches give a model: features as they stand in the files, and behind them columns about the spectrum alone, which
-- a target and a decoy of it have in common: how many spectra share its mass, where in the run it was taken. So a wrong target and
-- a decoy still look alike. Rows of one scan are a group, whatever precursor it was searched with: they are of the same peaks, and
-- a cut must not part them.
local ll = require "losslab"

local M = {}

-- With the mean of its column in each missing cell, which labels have no part in; 0 in a column that has nothing else.
local function filled(x)
  local present, nothing = x:equal(x), ll.zeros(x:shape())
  local means = present:where(x, nothing):col_sums() * present:col_sums():clamp(1, math.huge):reciprocal()
  return present:where(x, nothing + means)
end

-- files: paths; options as of ll.psm.read. Gives the data set that studies cut and train on, and the matches themselves, which
-- share their features, unless some are missing.
function M.read(files, options)
  local reading = { about_spectra = true }
  for key, value in pairs(options or {}) do reading[key] = value end
  local psms = ll.psm.read(files, reading)
  local of = psms.data
  local x = reading.missing == "mean" and filled(of.x) or of.x
  return ll.data.matrix(x, of.y, { name = of.name, names = of.columns, groups = (psms:scan_groups()) }), psms
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
