-- What files of matches give a model: features as they stand in the files, and behind them columns about the spectrum alone, which
-- a target and a decoy of it have in common: how many spectra share its mass, where in the run it was taken. So a wrong target and
-- a decoy still look alike. Rows of one scan are a group, whatever precursor it was searched with: they are of the same peaks, and
-- a cut must not part them.
local ll = require "losslab"
local check = require "losslab.check"

local M = {}

local MARK = "spectrum: " -- before the names of columns that no file has

-- within how many ppm of a mass spectra are counted: an accurate instrument's, a poor one's, and a mass given to few digits
local PPM = { 10, 100, 1000 }

-- The columns about the spectrum, a list of { name, column }.
local function about_spectra(psms)
  local out = {}
  local masses, scans = psms:masses(), psms:scans()
  if masses then
    for _, ppm in ipairs(PPM) do
      local crowd = ll.psm.crowd(masses, psms.data, ppm)
      out[#out + 1] = { string.format(MARK .. "others within %d ppm", ppm), crowd:log() }
    end
  end
  if scans then out[#out + 1] = { MARK .. "scan", scans } end
  return out
end

-- With the mean of its column in each missing cell, which labels have no part in; 0 in a column that has nothing else.
local function filled(x)
  local present = x:equal(x)
  local known = present:where(x, ll.zeros(x:shape()))
  local means = known:col_sums() * present:col_sums():clamp(1, math.huge):reciprocal()
  return present:where(x, ll.zeros(x:shape()) + means)
end

-- files: paths; options as of ll.psm.read. Gives the data set that studies cut and train on, and the matches themselves.
function M.read(files, options)
  local psms = ll.psm.read(files, options)
  local own, names = psms.data.x, { table.unpack(psms.data.columns) }
  if options.missing == "mean" then own = filled(own) end
  for _, name in ipairs(names) do
    if M.is_about_spectrum(name) then check.fail("%s: a column may not be called %s", files[1], check.show(name)) end
  end
  local more = about_spectra(psms)
  local x = ll.zeros(psms.rows, own.cols + #more)
  x:col_range(1, own.cols):assign(own)
  for k, column in ipairs(more) do
    x:col_range(own.cols + k, own.cols + k):assign(column[2])
    names[#names + 1] = column[1]
  end
  local set = ll.data.matrix(x, psms.data.y, { name = psms.data.name, names = names, groups = (psms:scan_groups()) })
  return set, psms
end

function M.is_about_spectrum(name) return name:sub(1, #MARK) == MARK end

-- How many columns of a set stand in the files: the first ones.
function M.own(set)
  for k, name in ipairs(set.columns) do
    if M.is_about_spectrum(name) then return k - 1 end
  end
  return #set.columns
end

return M
