-- What losslab rescore identifies on the matches of four search engines, and how its recipe was chosen. LOSSLAB_DATA names the
-- folder of the data sets.
--   rescoring.lua          targets at 1 % over all folds, the mean of three seeds, beside those of Percolator 3.08
--   rescoring.lua choose   recipes by inner validation: each file is cut into three by scans and peptides, recipes are compared by
--                          what they identify in two thirds (by folds of these), and what is chosen scores the third by its
--                          networks. Behind it, what would have been chosen on the other files alone
local ll = require "losslab"
local file = require "losslab.file"
local lfs = require "lfs"

local folder = (os.getenv "LOSSLAB_DATA" or "../shared/data") .. "/"
local place = os.tmpname()
os.remove(place)
assert(lfs.mkdir(place))
io.stdout:setvbuf "line"

-- ---- the files ----

-- A gzipped table of commas, its heads and its rows.
local function csv(path)
  local stream, rows = assert(io.popen("gzip -dc " .. path)), {}
  for line in stream:lines() do
    local cells, at = {}, 1
    while at <= #line + 1 do
      local cell, behind
      if line:sub(at, at) == '"' then cell, behind = line:match('^"([^"]*)",?()', at)
      else cell, behind = line:match("^([^,]*),?()", at) end
      cells[#cells + 1], at = cell, behind > at and behind or at + 1
    end
    rows[#rows + 1] = cells
  end
  stream:close()
  return table.remove(rows, 1), rows
end

-- Percolator's input of a table of features and one of what the matches are.
local function joined(name, mass, peptide, protein)
  local heads, rows = csv(folder .. name .. "/" .. name .. ".csv.gz")
  local about, more = csv(folder .. name .. "/" .. name .. ".meta.csv.gz")
  local at, of = {}, {}
  for j, head in ipairs(heads) do at[head] = j end
  for j, head in ipairs(about) do of[head] = j end
  local lines = { table.concat({ "SpecId\tLabel\tScanNr\tExpMass", table.concat(heads, "\t", 3), "Peptide\tProteins" }, "\t") }
  for i, row in ipairs(rows) do
    lines[i + 1] = table.concat({ name .. "_" .. i, row[at.label] == "1" and "1" or "-1", row[at.group], row[at[mass]],
      table.concat(row, "\t", 3), "K." .. more[i][of[peptide]] .. ".R", (more[i][of[protein]]:gsub("[;,]", "\t")) }, "\t")
  end
  local path = place .. "/" .. name .. ".pin"
  file.write(path, table.concat(lines, "\n") .. "\n")
  return path
end

-- name, path, and what Percolator 3.08 (-U -I concatenated) identifies at 1 %.
local sets = {
  { "psm_percolator_19k", folder .. "psm_percolator_19k/percolatorTab.gz", 1116 },
  { "psm_mokapot_10k", folder .. "psm_mokapot_10k/10k_psms_test.pin.gz", 370 },
  { "psm_crema_22k", joined("psm_crema_22k", "spectrum_neutral_mass", "sequence", "protein id"), 5342 },
  { "psm_celegans_msgf_12k", joined("psm_celegans_msgf_12k", "exp_mass", "pepSeq", "accession"), 5514 },
}

local runs = 0
local function rescored(options)
  runs = runs + 1
  options.db = place .. "/" .. runs .. ".db"
  return assert((ll.rescore.run(options)))
end

-- ---- what is identified ----

local function identify()
  for _, set in ipairs(sets) do
    local sum, seconds = 0, ll.system.clock()
    for seed = 1, 3 do sum = sum + rescored({ files = { set[2] }, seed = seed }):accepted(0.01, "concatenated") end
    seconds = (ll.system.clock() - seconds) / 3
    print(string.format("%s: targets at 1 %%\t%.0f\ttargets, %.2f times Percolator's, in %.2f s", set[1], sum / 3, sum / 3 / set[3],
      seconds))
  end
end

-- ---- the choice of the recipe ----

local recipes = {
  { "the default", {} },
  { "lr = 4e-3", { lr = 4e-3 } }, { "lr = 12e-3", { lr = 12e-3 } },
  { "epochs = 8", { epochs = 8 } }, { "epochs = 30", { epochs = 30 } },
  { "schedule = constant, lr = 4e-3", { schedule = "constant", lr = 4e-3 } },
  { "jitter = 0", { jitter = 0 } }, { "jitter = 0.3", { jitter = 0.3 } }, { "jitter = 0.9", { jitter = 0.9 } },
  { "weight_decay = 1", { weight_decay = 1 } },
  { "linear", { hidden = {} } }, { "hidden = 32", { hidden = { 32 } } }, { "hidden = 32, 32", { hidden = { 32, 32 } } },
  { "hidden = 32, 32, 32", { hidden = { 32, 32, 32 } } }, { "sigmoid", { activation = "sigmoid" } },
  { "pair_logistic", { loss = "pair_logistic" } }, { "pauc_kl", { loss = "pauc_kl" } },
  { "adaptive_rank, ξ = 0.2", { loss = "adaptive_rank", parameters = { margin = 0.2 } } },
  { "rounds = 2", { rounds = 2 } }, { "two cuts", { seeds = { 1, 2 } } },
  { "no columns about spectra", { exclude = { "spectrum: *" } } },
}

-- Some rows of matches as a file of their own.
local function written(psms, rows, path)
  local columns = { { "SpecId", "id" }, { "Label", psms.data.y * 2 - 1, "%d" }, { "ScanNr", "scan" } }
  if psms:mass(1) then columns[#columns + 1] = { "ExpMass", "mass" } end
  for j, name in ipairs(psms.data.columns) do columns[#columns + 1] = { name, psms.data.x:col_range(j, j) } end
  columns[#columns + 1], columns[#columns + 2] = { "Peptide", "peptide" }, { "Proteins", "proteins" }
  psms:write(path, { rows = rows, columns = columns })
  return path
end

-- Of a set by recipe: { inner, outer }, sums over three cuts.
local function compared(set)
  local psms, out = ll.psm.read { set[2] }, {}
  local whole = ll.data.matrix(psms.data.x, psms.data.y, { groups = (psms:scan_groups()), domains = (psms:peptide_groups()) })
  for fold = 1, 3 do
    local train, test = whole:fold(fold, { k = 3, seed = 100, domains = true })
    local inner = written(psms, train:row_numbers(), place .. "/inner.pin")
    local outer = written(psms, test:row_numbers(), place .. "/outer.pin")
    for k, recipe in ipairs(recipes) do
      local options = { files = { inner }, seed = 100 + fold }
      for key, value in pairs(recipe[2]) do options[key] = value end
      local made = rescored(options)
      local applied = ll.rescore.apply { files = { outer }, model = made.db }
      out[k] = out[k] or { 0, 0 }
      out[k][1] = out[k][1] + made:accepted(0.01, "concatenated")
      out[k][2] = out[k][2] + applied:accepted(0.01, "concatenated")
      os.remove(made.db)
    end
  end
  return out
end

-- The recipe with the largest mean logarithm of inner identifications over the sets but one.
local function chosen(counts, but)
  local best, most
  for k in ipairs(recipes) do
    local sum = 0
    for name, of in pairs(counts) do
      if name ~= but then sum = sum + math.log(math.max(1, of[k][1])) end
    end
    if not most or sum > most then best, most = k, sum end
  end
  return best
end

local function choose()
  local counts = {}
  for _, set in ipairs(sets) do
    counts[set[1]] = compared(set)
    for k, recipe in ipairs(recipes) do
      local of, base = counts[set[1]][k], counts[set[1]][1]
      print(string.format("%s\t%s\tinner %d (%+.1f %%)\touter %d (%+.1f %%)", set[1], recipe[1], of[1],
        100 * (of[1] / base[1] - 1), of[2], 100 * (of[2] / base[2] - 1)))
    end
  end
  for k, recipe in ipairs(recipes) do
    local inner, outer = 0, 0
    for _, of in pairs(counts) do
      inner, outer = inner + math.log(of[k][1] / of[1][1]) / #sets, outer + math.log(of[k][2] / of[1][2]) / #sets
    end
    print(string.format("all\t%s\tinner %+.1f %%\touter %+.1f %%", recipe[1], 100 * (math.exp(inner) - 1),
      100 * (math.exp(outer) - 1)))
  end
  print("chosen\t" .. recipes[chosen(counts)][1])
  for _, set in ipairs(sets) do
    local k = chosen(counts, set[1])
    local of = counts[set[1]]
    print(string.format("%s\tchosen on the others: %s\touter %d, the default %d", set[1], recipes[k][1], of[k][2], of[1][2]))
  end
end

if arg and arg[1] == "choose" then choose() else identify() end
for name in lfs.dir(place) do os.remove(place .. "/" .. name) end
lfs.rmdir(place)
