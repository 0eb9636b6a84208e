-- Damaged files: every reader of data sets, the compressions, pairs, networks and matrices get files in which bytes were changed,
-- cut, doubled or replaced by what readers stumble over. Each read gives something whole or a message that names the file, never a
-- crash. Run under ASan (make asan). LOSSLAB_FUZZ = files (4000), LOSSLAB_FUZZ_SEED = the seed of another walk.
local ll = require "losslab"
local lfs = require "lfs"
local t = require "tests.lua.tap"

local files = tonumber(os.getenv "LOSSLAB_FUZZ" or "") or 4000
local seed = tonumber(os.getenv "LOSSLAB_FUZZ_SEED" or "") or 1
t.note("seed %d, %d files", seed, files)
math.randomseed(seed)
local random = math.random
local function any(list) return list[random(#list)] end

local folder = os.tmpname()
os.remove(folder)
assert(lfs.mkdir(folder))
local function write(name, bytes)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(bytes)
  file:close()
end
local function hex(digits) return (digits:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end)) end

-- ---- what is damaged: {name of the file, its bytes, a file beside it, how it is read} --------------------------------------

local function lines(head, row, n)
  local out = { head }
  for i = 1, n do out[#out + 1] = row(i) end
  return table.concat(out, "\n") .. "\n"
end
local csv = lines('label,a,group,"quoted ""b""",colour,domain', function(i)
  return ('%d,%g,%d,"%d.25",%s,d%d'):format(i % 2, i / 7, i // 3, i, any { "red", "blue", "", '"r,ed"' }, i % 2)
end, 24)
local index = lines(",label,a,,Unnamed: 0,id,", function(i) return ("%d,%d,%g,,%d,%d,"):format(i - 1, i % 2, i / 7, i, i) end, 12)
local tsv = (csv:gsub(",", "\t"))
local pin = lines("SpecId\tLabel\tScanNr\tscore\tmass\tPeptide\tProteins", function(i)
  return ("s%d\t%d\t%d\t%g\t%g\tK.AB.R\tp%d\tq%d"):format(i, i % 2 == 0 and 1 or -1, i // 2, i / 3, 900 + i, i, i)
end, 16):gsub("\n", "\nDefaultDirection\t-\t-\t1\t0.5\t-\t-\n", 1)
local blanks = lines("PSMId label a b a filename Peptide", function(i)
  return ("target_0_%d_2_1  %s %g %d %d run%d K.A.R p%d  q"):format(i, i % 2 == 0 and "True" or "False", i / 3, i, i, i % 2, i)
end, 12)
local svm = lines("# a comment", function(i)
  return ("%d qid:%d 1:%g 3:%d %d:1e-3 # row"):format(i % 3, i // 4, i / 3, i, 4 + i % 5)
end, 16):gsub("^# a comment\n", "")
local images = string.pack(">BBBB I4I4I4", 0, 0, 8, 3, 4, 2, 3)
for i = 1, 24 do images = images .. string.char(i) end
local image_labels = string.pack(">BBBB I4 BBBB", 0, 0, 8, 1, 4, 1, 0, 2, 1)
local floats = string.pack(">BBBB I4I4 ffffff", 0, 0, 13, 2, 3, 2, 1, 2, 3, 4, 5, 6)
local function npy(description, shape, bytes, version)
  local head = ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"):format(description, any { "True", "False" }, shape)
  head = head .. (" "):rep(-(#head + 11) % 64) .. "\n"
  return "\x93NUMPY" .. (version == 2 and string.pack("<BBI4", 2, 0, #head) or string.pack("<BBI2", 1, 0, #head)) .. head .. bytes
end
local features = npy("<f8", "(4, 2)", string.pack("<dddddddd", 1, 2, 3, 4, 5, 6, 7, 8))
local classes = npy("|u1", "(4,)", "\0\1\0\1")
-- A reader that takes a path alone.
local function alone(read) return function(path) return read(path) end end
local pairs_csv = lines("user,item", function(i) return ('u%d,"item ""%d"""'):format(i % 5, i % 7) end, 20)
local net = ll.nn.mlp { 3, 4, 1, seed = 1 }
local network = ll.nn.sequential { ll.nn.linear { 3, 2 }, ll.nn.linear { 2, 1 } }

local function set(name, bytes, beside)
  return { name, bytes, beside, function(path, options) return ll.data.load(path, options) end }
end
-- Matches: every text of every row is there, and what is made of them has their shape.
local function matches(path)
  local psms = ll.psm.read(path, { missing = any { "error", "mean", "drop", 0 }, exclude = random(4) == 1 and { "a*" } or nil })
  for i = 1, psms.rows do
    local _ = #psms:id(i) + #(psms:peptide(i) or "") + #(psms:proteins(i) or "") + psms:file(i) + #tostring(psms:scan(i))
      + (psms:mass(i) or 0)
  end
  local groups, items, starts = psms:peptide_groups(), psms:protein_lists()
  assert(not groups or groups.rows == psms.rows)
  assert(not items or starts.rows == psms.rows + 1 and starts:get(starts.rows) == items.rows + 1)
  assert(psms.spectra <= psms.rows and psms.spectra >= 1)
  return psms.data
end
local seeds = {
  set("f.csv", csv), set("g.csv", index), set("f.tsv", tsv), set("f.pin", pin), set("f.tab", blanks), set("f.svm", svm),
  { "f.pin", pin, nil, matches }, { "g.pin", blanks, nil, matches },
  set("f-images-idx3-ubyte.idx", images, { "f-labels-idx1-ubyte.idx", image_labels }),
  set("g-images-idx3-ubyte.idx", floats, { "g-labels-idx1-ubyte.idx", string.pack(">BBBBI4BBB", 0, 0, 8, 1, 3, 1, 0, 1) }),
  set("f.npy", features, { "f_labels.npy", classes }),
  set("f.csv.gz",
    hex "1f8b0800000000000203cb494c4acdd149d449e232d431d433d531e232d03102d2c640be818e01906798aa6bac63ce05004b62217e29000000"),
  set("f.csv.zst", hex "28b52ffd24292501009202080cd03d1b59080a9192c4693414be17e85c2c978feb167431dd623ecee35713370038ccd40e"),
  { "f.csv", pairs_csv, nil, alone(ll.data.pairs) },
  { "f.csv", pairs_csv, nil, alone(ll.core.data.cells) },
  { "f.net", net:state(), nil, alone(ll.nn.load) },
  { "f.net", net:state(), nil, function(path) return net:load(path) end },
  { "f.net", network:state(), nil, function(path) return network:load(path) end },
  { "f.llm", ll.random(1):normal(3, 4):pack(), nil, alone(ll.load_matrix) },
  { "f.npy", npy("<f4", "(3, 2)", string.pack("<ffffff", 1, 2, 3, 4, 5, 6), 2), nil, alone(ll.load_matrix) },
  { "f.csv", "a,b\n1.5,-2\nnan,\"inf\"\n", nil, alone(ll.load_matrix) },
  { "f.npy", npy(">i4", "(3, 2)", string.pack(">i4i4i4i4i4i4", 1, 2, 3, 4, 5, 6)), nil, alone(ll.load_matrix) },
}
local formats = ll.data.formats() -- a row for each suffix
for _, row in ipairs(formats) do
  local found = false
  for _, other in ipairs(formats) do
    for _, case in ipairs(seeds) do
      found = found or other.format == row.format and case[1]:sub(-#other.suffix) == other.suffix
    end
  end
  t.ok(found, ("a file of format %s (%s) is among those that are damaged"):format(row.format, row.suffix))
end

-- ---- damage ---------------------------------------------------------------------------------------------------------------------

local tokens = { ",", "\t", "\n", "\r", "\r\n", '"', '""', "\0", "\255", "nan", "inf", "-inf", "1e999", "1e-999", "-", "+", ".",
  "0x1p3", "NA", "?", "#", ":", " ", "qid:", "1:", "-1:2", "0:1", "99999999999999999999", "4294967296", "2147483648",
  "-2147483648", "(", ")", "'", "label", "class", "\xef\xbb\xbf", ";", "x", "0", "1", "\x1f\x8b\8", "\x28\xb5\x2f\xfd",
  ("9"):rep(400), ("a"):rep(2000), "\127\255\255\255", "\255\255\255\255", "\0\0\0\0", "True", "<f8", ">f2", "|O" }
local changes = {
  function(s, at) return s:sub(1, at - 1) .. string.char(random(0, 255)) .. s:sub(at + 1) end, -- a byte
  function(s, at) return s:sub(1, at - 1) .. string.char(s:byte(at) ~ 1 << random(0, 7)) .. s:sub(at + 1) end, -- a bit
  function(s, at) return s:sub(1, at - 1) .. any(tokens) .. s:sub(at) end, -- more
  function(s, at) return s:sub(1, at - 1) .. any(tokens) .. s:sub(at + random(8)) end, -- other
  function(s, at) return s:sub(1, at - 1) .. s:sub(at + random(16)) end, -- less
  function(s, at) return s:sub(1, at) end, -- the beginning alone
  function(s, at) return s:sub(at) end, -- the end alone
  function(s, at) local to = math.min(#s, at + random(40)); return s:sub(1, to) .. s:sub(at) end, -- a piece twice
  function(s, at) local to = random(#s); return s:sub(1, at) .. s:sub(to) end, -- two halves that do not meet
}
local function damage(s)
  for _ = 1, any { 0, 1, 1, 1, 2, 3, 6 } do
    if #s == 0 then break end
    s = any(changes)(s, random(#s))
    if #s > 20000 then s = s:sub(1, 20000) end
  end
  return s
end

local function options(name)
  local o, words = {}, name:find "^f%.[ct]sv$"
  if random(words and 5 or 3) <= (words and 4 or 1) then o.missing = any { "mean", "drop", "error", 0 } end
  if random(6) == 1 then o.comment = "#" end
  if random(8) <= (words and 7 or 1) then o.categorical = { "colour" } end
  if random(12) == 1 then o.features = random(12) end
  if random(12) == 1 then o.positive = random(0, 1)
  elseif words and random(6) == 1 then o.values = "a" end
  if words and random(8) == 1 then o.weight = any { "label", "a" } end
  if random(20) == 1 then o.format = any(formats).format end
  return o
end

-- Whole: shapes that agree, elements at both ends, a split, or a message.
local function whole(value)
  if type(value) ~= "userdata" then return true end
  local a_set, x = pcall(function() return value.x end)
  if not a_set or not x then return true end -- a matrix, or pairs
  local y = value.y
  if x.rows ~= y.rows or x.rows ~= value.rows or x.cols ~= value.features or #value.columns ~= x.cols then return false end
  local counted = 0
  for _, count in ipairs(value.class_counts) do counted = counted + count end
  if value.values then counted = value.rows end
  if value.weights and value.weights.rows ~= value.rows then return false end
  if counted ~= value.rows or value.rows == 0 or #tostring(value) == 0 then return false end
  if x.cols > 0 and type(x:get(x.rows, x.cols)) ~= "number" then return false end
  pcall(value.split, value, { test = 0.3, seed = 1, standardise = true })
  return #value.hash == 64
end

local gave, refused, bad = {}, {}, nil
for k = 1, files do
  local case = seeds[(k - 1) % #seeds + 1]
  local name, bytes, beside, read = table.unpack(case)
  local hurt = beside and random(3) == 1 -- the other file
  write(name, hurt and bytes or damage(bytes))
  if beside then write(beside[1], hurt and damage(beside[2]) or beside[2]) end
  local fine, value = pcall(read, folder .. "/" .. name, options(name))
  if fine then
    gave[case] = (gave[case] or 0) + 1
    if not whole(value) then bad = name .. " gave what is not whole" end
  else
    refused[case] = (refused[case] or 0) + 1
    if type(value) ~= "string" or #value < 10 then bad = name .. ": no message: " .. tostring(value) end
    local named = type(value) == "string" and (value:find(folder, 1, true) or value:find "^[^:]*:?%d*:? ?data: ")
    if not named then bad = name .. ": a message that does not name the file: " .. tostring(value) end
  end
  if bad then
    write("kept", hurt and beside[2] or bytes)
    break
  end
end
t.note("%d runs", files)
t.ok(not bad, bad or files .. " damaged files, each something whole or a message")
for i, case in ipairs(seeds) do
  t.ok(bad or files < 1000 or (gave[case] and refused[case]), ("%d: %s is read %d times and refused %d times"):format(i, case[1],
    gave[case] or 0, refused[case] or 0))
end
os.execute("rm -rf " .. folder)
t.done()
