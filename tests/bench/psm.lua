-- Reading Percolator's input: 18 features, two matches a spectrum, a protein or three each, by one thread and by two, beside the plain
-- CSV reader on the same numbers by one thread; and writing results. With arguments `PATH ROWS [SEED]` it only writes such a file.
local ll = require "losslab"

local FEATURES = 18

-- The rows of a file, from a seed alone: fn(text) gets pieces of it.
local function generate(rows, seed, put, csv)
  local draw, residues = ll.random(seed), "ACDEFGHIKLMNPQRSTVWY"
  local BLOCK = 4096
  local names = {}
  for j = 1, FEATURES do names[j] = "feature" .. j end
  put(csv and "label," .. table.concat(names, ",") .. "\n"
    or "SpecId\tLabel\tScanNr\tExpMass\tCalcMass\t" .. table.concat(names, "\t") .. "\tPeptide\tProteins\n")
  local pattern = csv and "%d" .. (",%.6g"):rep(FEATURES) .. "\n"
    or "run_%d_%d_%d\t%d\t%d\t%.4f\t%.4f" .. ("\t%.6g"):rep(FEATURES) .. "\t%s\t%s\n"
  local peptides, proteins = {}, {}
  local letters = draw:integers(BLOCK, 12, 1, #residues)
  for k = 1, BLOCK do
    local word = {}
    for i = 1, 12 do word[i] = residues:sub(letters:get(k, i) // 1 | 0, letters:get(k, i) // 1 | 0) end
    peptides[k] = "K." .. table.concat(word) .. ".R"
    proteins[k] = ("sp|P%05d|NAME_%d"):format(k * 7 % 99991, k) .. (k % 4 == 0 and ("\tsp|Q%05d|OTHER"):format(k) or "")
  end
  for from = 1, rows, BLOCK do
    local n = math.min(BLOCK, rows - from + 1)
    local x, lines, values = draw:normal(n, FEATURES):table(), {}, {}
    for i = 1, n do
      local row, at = from + i - 1, x[i]
      for j = 1, FEATURES do values[j] = j % 6 == 0 and (at[j] * 3 // 1) or at[j] end
      local target, scan, k = row % 2 * 2 - 1, (row + 1) // 2, (row * 2654435761 >> 7) % BLOCK + 1
      local mass = 700 + scan * 37 % 3000 + 0.1234
      lines[i] = csv and pattern:format(target, table.unpack(values))
        or pattern:format(scan, 2, row % 2 + 1, target, scan, mass, mass + at[1] / 100, table.unpack(
          (function() values[FEATURES + 1], values[FEATURES + 2] = peptides[k], (target < 0 and "decoy_" or "") .. proteins[k] return values end)()))
    end
    put(table.concat(lines))
  end
end

local function write(path, rows, seed, csv)
  local writer <close> = ll.system.writer(path)
  generate(rows, seed, function(text) writer:put(text) end, csv)
  writer:finish()
end

if arg and arg[1] then
  write(arg[1], math.tointeger(tonumber(arg[2])), math.tointeger(tonumber(arg[3] or 1)))
  return
end

local ROWS, TRIES = 500000, 3
local folder = os.getenv "TMPDIR" or "/tmp"
local base = ("%s/losslab-bench-%d"):format(folder, ll.system.pid and ll.system.pid() or os.time())
