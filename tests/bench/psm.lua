-- Reading Percolator's input: 18 features, two matches a spectrum, one protein or two, by one thread and by two, beside the plain
-- CSV reader on the same features by one thread; and writing results. With arguments `PATH ROWS [SEED]` it only writes such a file.
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
      values[FEATURES + 1], values[FEATURES + 2] = peptides[k], (target < 0 and "decoy_" or "") .. proteins[k]
      if csv then lines[i] = pattern:format(target, table.unpack(values, 1, FEATURES))
      else
        lines[i] = pattern:format(scan, 2, row % 2 + 1, target, scan, mass, mass + at[1] / 100, table.unpack(values))
      end
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
local base = os.tmpname()
local pin, csv, out = base .. ".pin", base .. ".csv", base .. ".tsv"
write(pin, ROWS, 1)
write(csv, ROWS, 1, true)

local function seconds(f)
  local from = ll.system.clock()
  f()
  return ll.system.clock() - from
end

local least = {}
local function try(name, threads, f)
  ll.threads(threads)
  for _ = 1, TRIES do
    collectgarbage()
    least[name] = math.min(least[name] or math.huge, seconds(f))
  end
end
local psms = ll.psm.read(pin)
local score = ll.random(1):normal(psms.rows, 1)
local function write_results()
  psms:write(out, { columns = { { "PSMId", "id" }, { "score", score }, { "q-value", score }, { "posterior_error_prob", score },
    { "peptide", "peptide" }, { "proteinIds", "proteins" } } })
end
try("csv", 1, function() ll.data.load(csv) end)
try("one", 1, function() ll.psm.read(pin) end)
try("two", 2, function() ll.psm.read(pin) end)
try("set", 1, function() ll.data.load(pin) end)
try("write", 2, write_results)
for _, name in ipairs { base, pin, csv, out } do os.remove(name) end

local what = ("%g x 10^6 matches, 18 features"):format(ROWS / 1e6)
for _, row in ipairs { { "one", "one thread" }, { "two", "two threads" }, { "set", "as a set alone, one thread" } } do
  print(("%s, %s\t%.6g"):format(what, row[2], least[row[1]]))
end
print(("the same features as CSV, one thread\t%.6g"):format(least.csv))
print(("matches by one thread against CSV\t%.3g\ttimes"):format(least.one / least.csv))
print(("matches by two threads against one\t%.3g\ttimes"):format(least.two / least.one))
print(("%s, written as a table\t%.6g"):format(what, least.write))
