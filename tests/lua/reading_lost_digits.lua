-- Values that differ in the file and are one number in single precision are noted, by every reader; and only those.
local t = require "tests.lua.tap"
local ll = require "losslab"

local single = ll.precision == "float"
local base, write = t.folder()
local function met(column, a, b, more)
  local words = 'column "%s": %s (row %d) and %s (row %d) are one number in single precision%s; losslab-double keeps them apart'
  return words:format(column,
    a[1], a[2], b[1], b[2], more and (", and at least %d more row%s so"):format(more, more == 1 and " is" or "s are") or "")
end
local function notes(what, path, options, ...)
  t.is(ll.data.load(path, options).notes, single and { ... } or {}, what)
end
local function csv(what, columns, ...)
  local names, rows = {}, {}
  for j in ipairs(columns) do names[j] = "," .. (columns[j].name or "x" .. j) end
  rows[1] = "label" .. table.concat(names)
  for i = 1, #columns[1] do
    local row = { i % 2 }
    for j, column in ipairs(columns) do row[j + 1] = column[i] end
    rows[i + 1] = table.concat(row, ",")
  end
  notes(what, write("set.csv", table.concat(rows, "\n") .. "\n"), nil, ...)
end

-- ---- delimited text ------------------------------------------------------------------------------------------------------------

csv("identifiers", { { "16777216", "16777217", "5", "16777217", "16777219", "16777220" } },
  met("x1", { "16777216", 1 }, { "16777217", 2 }, 2))
csv("times of the clock", { { "1700000000.1", "3", "1700000000.2", "7" }, { "1", "5", "3", "2" } },
  met("x1", { "1700000000.1", 1 }, { "1700000000.2", 3 }))
csv("one of them exact", { { "1700000000", "1700000000.5" } }, met("x1", { "1700000000", 1 }, { "1700000000.5", 2 }))
csv("below zero", { { "-20000001", "-20000000" } }, met("x1", { "-20000001", 1 }, { "-20000000", 2 }))
csv("written with exponents, in quotes, with blanks", { { "2.0000001e7", '"20000000"', " 20000001" } },
  met("x1", { "20000001", 1 }, { "20000000", 2 }))
csv("more digits than a double has", { { "1700000000.10000000000000000001", "1700000000.2" } },
  met("x1", { "1700000000.1", 1 }, { "1700000000.2", 2 }))
csv("a fraction of many digits", { { "0.123456781", "0.123456782", "5" } }, met("x1", { "0.123456781", 1 }, { "0.123456782", 2 }))
csv("the same value again", { { "16777217", "16777217", "0.1", "0.1", "16777217.0" } })
csv("numbers that differ", { { "16777216", "16777218", "1e10", "2e10", "0.1", "0.2" } })
csv("zeros", { { "0", "-0", "0.0", "0e5" } })
csv("two columns do not meet", { { "16777216", "1" }, { "3", "16777217" } })

local many = {}
for j = 1, 11 do many[j] = { "16777216", "16777217" } end
local told = {}
for j = 1, 8 do told[j] = met("x" .. j, { "16777216", 1 }, { "16777217", 2 }) end
told[9] = "3 more columns hold values that are one number in single precision"
csv("many columns", many, table.unpack(told))

-- rows that are left out, missing cells, categories beside it
write("holes.csv", "label,colour,id,b\n1,red,16777216,1\n0,blue,,2\n0,red,16777217,16777217\n0,red,16777217,\n")
notes("of rows that are dropped nothing", base .. "/holes.csv", { missing = "drop", categorical = { "colour" } },
  met("id", { "16777216", 1 }, { "16777217", 2 }))
notes("missing cells", base .. "/holes.csv", { missing = "mean", categorical = { "colour" } }, met("id", { "16777216", 1 },
  { "16777217", 3 }, 1))

-- a large file: identifiers are found wherever they stand, measurements that meet by chance are no news
local stream = ll.random(1)
local function large(n, value)
  local rows = { "label,x" }
  for i = 1, n do rows[i + 1] = (i % 2) .. "," .. value(i) end
  return write("large.csv", table.concat(rows, "\n") .. "\n")
end
local drawn = stream:normal(60000, 1)
local function measured(i) return ("%.17g"):format(drawn:get(i, 1) + drawn:get(60001 - i, 1) / 1e8) end
notes("measurements of many digits", large(60000, measured), nil)
notes("of 11 digits", large(60000, function(i) return ("%.10f"):format(math.abs(drawn:get(i, 1)) + drawn:get(60001 - i,
  1) / 1e8) end), nil)
local id = large(60000, function(i) return i == 50000 and "16777217" or i == 59999 and "16777216" or tostring(i * 7 % 1000) end)
notes("two identifiers far apart", id, nil, met("x", { "16777217", 50000 }, { "16777216", 59999 }))
local clock = large(40000, function(i) return ("%.1f"):format(1700000000 + i / 10) end)
local found = ll.data.load(clock).notes
t.ok(single and #found == 1 and found[1]:find("1700000000.1 (row 1) and 1700000000.2 (row 2)", 1,
  true) or not single and #found == 0,
  "a clock's ticks: " .. tostring(found[1]))
local more = tonumber((found[1] or "at least 39968 "):match "at least (%d+)")
t.ok(more > 39000 and more < 40000, "nearly all of them")

-- ---- the other formats -------------------------------------------------------------------------------------------------------

notes("tabs", write("set.tsv", "label\tid\n1\t16777216\n0\t16777217\n"), nil, met("id", { "16777216", 1 }, { "16777217", 2 }))
notes("Percolator's", write("set.pin",
  "i\tLabel\tScanNr\tid\tPeptide\tProteins\na\t1\t1\t16777216\tP\tQ\nb\t-1\t1\t16777217\tP\tQ\n"), nil,
  met("id", { "16777216", 1 }, { "16777217", 2 }))
notes("sparse text", write("set.svm", "1 1:5 3:16777216\n0 2:7\n1 3:16777217\n"), nil, met("x3", { "16777216", 1 },
  { "16777217", 3 }))
write("a-labels.idx", string.pack(">BBBB I4 BBB", 0, 0, 8, 1, 3, 0, 1, 0))
notes("IDX, whole", write("a-images.idx", string.pack(">BBBB I4I4 i4i4i4", 0, 0, 12, 2, 3, 1, 16777217, 4, 16777216)), nil,
  met("x1", { "16777217", 1 }, { "16777216", 3 }))
notes("IDX, double", write("a-images.idx", string.pack(">BBBB I4I4 ddd", 0, 0, 14, 2, 3, 1, 1.1e9, 4, 1.1e9 + 0.5)), nil,
  met("x1", { "1100000000", 1 }, { "1100000000.5", 3 }))
local function npy(bytes, kind, shape, order)
  local head = ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"):format(kind, order or "False", shape)
  head = head .. (" "):rep(-(#head + 11) % 64) .. "\n"
  return "\x93NUMPY" .. string.pack("<BBI2", 1, 0, #head) .. head .. bytes
end
write("b_labels.npy", npy(string.char(0, 1, 0), "|u1", "(3,)"))
for _, order in ipairs { "False", "True" } do
  local at = order == "True" and { 4, 5, 16777217, 7, 8, 16777216 } or { 4, 7, 5, 8, 16777217, 16777216 }
  notes("NumPy, no two in a column, " .. order, write("b.npy", npy(string.pack("<i8i8i8i8i8i8", table.unpack(at)), "<i8",
    "(3, 2)", order)), nil)
end
notes("NumPy, whole", write("b.npy", npy(string.pack("<i8i8i8", 16777217, 5, 16777216), "<i8", "(3, 1)")), nil,
  met("x1", { "16777217", 1 }, { "16777216", 3 }))
notes("NumPy, double", write("b.npy", npy(string.pack("<ddd", 1.7e9, 5, 1.7e9 + 0.5), "<f8", "(3, 1)")), nil,
  met("x1", { "1700000000", 1 }, { "1700000000.5", 3 }))
notes("NumPy, single", write("b.npy", npy(string.pack("<fff", 16777216, 5, 16777218), "<f4", "(3, 1)")), nil)

-- ---- what no number of this precision holds ---------------------------------------------------------------------------------

local too_large = single and 1e39 or "1e999"
local function refused(what, path, ...) t.throws(function() ll.data.load(path) end, { path, ... }, what) end
refused("csv", write("l.csv", ("label,x,y\n1,2,3\n0,4,%s\n"):format(too_large)), "row 2 (line 3), column 3", "beyond the range")
refused("tsv", write("l.tsv", ("label\tx\n1\t2\n0\t-%s\n"):format(too_large)), "row 2 (line 3), column 2", "beyond the range")
refused("pin", write("l.pin", ("i\tLabel\tx\tPeptide\tProteins\na\t1\t2\tP\tQ\nb\t-1\t%s\tP\tQ\n"):format(too_large)),
  "row 2 (line 3), column 3",
  "beyond the range")
refused("svm", write("l.svm", ("1 1:1\n0 7:%s\n"):format(too_large)), "row 2 (line 2)", "7:", "beyond the range")
local value = single and 1e300 or 1 / 0
refused("idx", write("a-images.idx", string.pack(">BBBB I4I4 ddd", 0, 0, 14, 2, 3, 1, 1, 2, value)), "row 3, column 1")
refused("npy", write("b.npy", npy(string.pack("<ddd", 1, value, 2), "<f8", "(3, 1)")), "row 2, column 1")

os.execute(("rm -r '%s'"):format(base))
t.done()
