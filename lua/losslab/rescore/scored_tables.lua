-- The tables of a rescoring, as Percolator's users know them: tab-separated, of targets and of decoys, from the best score down.
local check = require "losslab.check"
local file = require "losslab.file"
local identified = require "losslab.rescore.identified"
local text = require "losslab.text"

local M = {}

-- The fields of matches by the names that their columns have in files, in lower case.
local FIELDS = { specid = "id", psmid = "id", filename = "file", spectrafile = "file", file = "file", scannr = "scan",
  scan = "scan", expmass = "mass", mass = "mass", calcmass = "calculated", calculated = "calculated" }

-- What the columns asked for hold: { { name, what }, … } for psms:write; a feature of that name goes before a field. A match always
-- has its file, the one that was read where no column says another.
function M.columns(set, psms, names)
  local features, known, lower, has = {}, {}, {}, {}
  for _, field in ipairs(psms.fields) do has[field] = true end
  for _, name in ipairs { "filename", "ScanNr", "ExpMass", "CalcMass" } do
    if has[FIELDS[name:lower()]] then known[#known + 1] = name end
  end
  for j, name in ipairs(set.columns) do
    features[name], lower[name:lower()] = j, lower[name:lower()] or j
    known[#known + 1] = name
  end
  local out = {}
  for i, name in ipairs(names) do
    local field = FIELDS[name:lower()]
    local j = features[name] or not field and lower[name:lower()]
    if j then out[i] = { name, set.x:col_range(j, j) }
    elseif field and has[field] then out[i] = { name, field }
    else check.unknown("--columns: the files have no column", name, known) end
  end
  return out
end

-- A column of whole numbers, one a match, which is a feature of that name.
function M.kinds(set, name)
  for j, each in ipairs(set.columns) do
    if each == name then
      local column, seen, count = set.x:col_range(j, j), {}, 0
      for row, value in ipairs(column:table()) do
        if value % 1 ~= 0 then
          check.fail("--group %s: row %d holds %s; a class is a whole number", name, row, text.number(value))
        end
        if not seen[value] then seen[value], count = true, count + 1 end
      end
      if count > identified.KINDS then
        check.fail("--group %s: %d classes, each of which needs decoys of its own; %d are the most", name, count, identified.KINDS)
      end
      return column
    end
  end
  check.unknown("--group: the files have no column", name, set.columns)
end

-- Writes one class of a list of matches or peptides.
function M.matches(path, psms, list, class, extra)
  local places = list.labels:equal(class):find()
  local columns = { { "PSMId", "id" }, { "score", list.scores:gather(places) }, { "q-value", list.q:gather(places) },
    { "posterior_error_prob", list.pep:gather(places) } }
  table.move(extra, 1, #extra, #columns + 1, columns)
  columns[#columns + 1], columns[#columns + 2] = { "peptide", "peptide" }, { "proteinIds", "proteins" }
  psms:write(path, { rows = list.rows:gather(places), columns = columns })
end

-- A peptide without its neighbours, as Percolator strips them.
local function bare(peptide) return peptide:match "^.%.(.*)%..$" or peptide end

-- Writes one class of a list of proteins, a group a line; its members and its peptides are told apart by commas and blanks.
function M.proteins(path, psms, list, class, peptides)
  local rows = peptides.rows:table()
  file.pieces(path, function(put)
    put "ProteinId\tProteinGroupId\tq-value\tposterior_error_prob\tpeptideIds\n"
    for number, group in ipairs(list) do
      if group.label == class then
        local names = {}
        for i, place in ipairs(group.peptides) do names[i] = bare(psms:peptide(math.tointeger(rows[place]))) end
        put(string.format("%s\t%d\t%.9g\t%.9g\t%s\n", table.concat(group.proteins, ","), number, group.q, group.pep,
          table.concat(names, " ")))
      end
    end
  end)
end

return M
