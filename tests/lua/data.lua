-- Data sets in Lua: names, files, the shipped index, splits, batches, errors.
local t = require "tests.lua.tap"
local ll = require "losslab"
local data = ll.data

-- every shipped file is what its index says, and is there
local shipped, imbalanced = 0, 0
local folder = data.folders()[1]
for _, entry in ipairs(data.list()) do
  if entry.sha256 then
    shipped = shipped + 1
    local set = data.load(entry.name)
    t.is(set.hash, entry.sha256, entry.name .. ": the hash of the index")
    local want = { entry.rows, entry.features, entry.classes, entry.positives }
    t.is({ set.rows, set.features, set.classes, set.positives }, want, entry.name .. ": its shape, classes and positives")
    t.is(set.multiclass, entry.positives == nil, entry.name .. ": positives, or classes")
    t.ok(#entry.origin > 20 and #entry.licence > 4, entry.name .. ": origin and licence")
    t.is(set.path, folder .. "/" .. entry.file, entry.name .. ": its file")
    if entry.positives and entry.positives / entry.rows < 0.1 then imbalanced = imbalanced + 1 end
  end
end
t.is({ shipped, imbalanced }, { 12, 2 }, "twelve sets are shipped, two with under 10 % positives")
local files = 0
for _, name in ipairs(ll.core.data.folder(folder)) do
  if (name:find "%.csv" or name:find "%.pin") and name ~= "INDEX.csv" then files = files + 1 end
end
t.is(files, shipped, "no file is without a row in the index")
local index = ll.core.data.cells(folder .. "/INDEX.csv")
t.is({ #index, index[1][1], index[2][1] }, { shipped + 1, "name", "breast_cancer" }, "an index as cells, its header first")

-- fields
local set = data.load "breast_cancer"
t.is(tostring(set), "data breast_cancer: 569 rows, 30 features, 212 positive", "tostring")
t.is({ set.x.rows, set.x.cols, set.y.rows, set.y.cols }, { 569, 30, 569, 1 }, "x and y")
t.ok(rawequal(set.x, set.x), "x is the same matrix each time")
t.is({ #set.columns, set.columns[1] }, { 30, "mean_radius" }, "columns")
t.is({ set.classes, set.multiclass, set.class_counts }, { 2, false, { 357, 212 } }, "classes")
t.is({ set.name, set.groups, set.optimal_auc, set.truth }, { "breast_cancer" }, "fields that it has not are nil")
t.near({ set.x:get(1, 1), set.y:get(1) }, { 17.99, 1 }, 1e-6, "the first row")

t.is(set.notes, {}, "there is nothing to note of it")

-- notes: what reading had to say
do
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write "label,a,id\n0,1.5,1\n0,1,2\n1,3,3\n1,3,4\n"
  file:close()
  local noted = data.load(path, { format = "csv" })
  local note = 'column "id" numbers the rows, from 1 to 4: an index is no feature, since it tells their order'
  t.is(noted.notes, { note }, "a note of a column that numbers the rows")
  t.is(tostring(noted):match "\n.*", "\n  note: " .. note, "which is printed with the set")
  t.is((noted:split { test = 0.5, seed = 1 }).notes, { note }, "and its parts have it")
  os.remove(path)
end

-- as DESIGN.md has it
local train, test = set:split { test = 0.3, stratify = true, seed = 1 }
t.is({ train.rows, test.rows, test.positives }, { 398, 171, 64 }, "split")
t.is(tostring(test), "data breast_cancer (a part): 171 rows, 30 features, 64 positive", "a part says so")
local seen = {}
for _, part in ipairs { train, test } do
  for _, row in ipairs(part:row_numbers()) do seen[#seen + 1] = row end
end
table.sort(seen)
local whole = #seen == 569
for i, row in ipairs(seen) do whole = whole and i == row end
t.ok(whole, "the parts are the set")
local row = test:row_numbers()[7]
t.is(test.x:get(7, 3), set.x:get(row, 3), "row_numbers tells where a row comes from")
t.is((select(2, set:split { test = 0.3, seed = 1 })):row_numbers(), test:row_numbers(), "the same seed, the same rows")
t.isnt((select(2, set:split { test = 0.3, seed = 2 })):row_numbers(), test:row_numbers(), "another seed, other rows")

local train2, test2 = train:standardise(test)
local total, squares = 0, 0
for i = 1, train2.rows do
  total, squares = total + train2.x:get(i, 4), squares + train2.x:get(i, 4) ^ 2
end
t.near(total / train2.rows, 0, 0, 1e-5, "standardised: mean 0")
t.near(squares / train2.rows, 1, 1e-5, "deviation 1")
t.ok(test2.rows == test.rows and test2.x:get(1, 1) ~= test.x:get(1, 1), "the other part too")
t.near(train.x:get(1, 1), set.x:get(train:row_numbers()[1], 1), "the set itself is left alone")

local rows, count, last = 0, 0, nil
for x, y in train2:batches { size = 64, seed = 3 } do
  rows, count, last = rows + x.rows, count + 1, y.rows
end
t.is({ rows, count, last }, { 398, 7, 14 }, "batches: all rows, the last one shorter")
local function first(options)
  local next_batch, state = train2:batches(options)
  return next_batch(state):get(1, 1)
end
t.is(first { size = 64, seed = 3 }, first { size = 64, seed = 3 }, "the same seed, the same batches")
t.isnt(first { size = 64, seed = 3, epoch = 2 }, first { size = 64, seed = 3 }, "another epoch, others")
t.is(first { size = 64, shuffle = false }, train2.x:get(1, 1), "unshuffled")
local function first_batch()
  local next_batch, state = train2:batches { size = 10 }
  return (next_batch(state))
end
local kept = first_batch()
collectgarbage()
t.ok(kept:get(10, 30) == kept:get(10, 30), "a batch outlives its loop")

local folds, positives, held = 0, {}, 0
for a, b, c in set:folds { k = 5, seed = 4, validation = 0.25, standardise = true } do
  folds, held = folds + 1, held + b.rows
  positives[folds] = b.positives
  t.is(a.rows + b.rows + c.rows, 569, "fold " .. folds .. ": train, test and validation")
  local a2, b2, c2 = set:fold(folds, { k = 5, seed = 4, validation = 0.25, standardise = true })
  for i, pair in ipairs { { a, a2 }, { b, b2 }, { c, c2 } } do
    t.is(pair[2]:row_numbers(), pair[1]:row_numbers(), "by number, the same part " .. i)
  end
end
table.sort(positives)
t.is({ folds, held, positives }, { 5, 569, { 42, 42, 42, 43, 43 } }, "five folds, stratified")
t.is(#{ set:split { validation = 0.2 } }, 3, "split with validation gives three parts")
t.is(set:subset { 3, 1 }.x:get(2, 1), set.x:get(1, 1), "subset")

-- repeated and nested folds
local held_out, same = {}, 0
for a, b in set:folds { k = 3, repeats = 2, seed = 4 } do
  held_out[#held_out + 1] = table.concat(b:row_numbers(), " ")
  same = same + ((a.rows + b.rows == 569) and 0 or 1)
end
t.is({ #held_out, same }, { 6, 0 }, "two times three folds")
t.isnt(held_out[4], held_out[1], "the second time other ones")
t.is(table.concat((select(2, set:fold(5, { k = 3, repeats = 2, seed = 4 })):row_numbers()), " "), held_out[5], "by number")
t.is(table.concat((select(2, set:fold(1, { k = 3, seed = 4 })):row_numbers()), " "), held_out[1], "the first as without repeats")
local outer, inside = 0, 0
for a, b, inner in set:nested { k = 3, seed = 2, standardise = true, inner = { k = 4, validation = 0.2, seed = 9 } } do
  outer = outer + 1
  local of_outer, tested = {}, {}
  for _, each in ipairs(b:row_numbers()) do of_outer[each] = true end
  for c, d, e in inner do
    inside = inside + 1
    t.is(c.rows + d.rows + e.rows, a.rows, "an inner fold divides the outer training part")
    for _, part in ipairs { c, d, e } do
      for _, each in ipairs(part:row_numbers()) do if of_outer[each] then same = same + 1 end end
    end
    for _, each in ipairs(d:row_numbers()) do tested[each] = true end
    t.near(c.x:get(1, 1), set.x:get(c:row_numbers()[1], 1), 1e-6, "and is not scaled by the outer one")
  end
  local count_ = 0
  for _ in pairs(tested) do count_ = count_ + 1 end
  t.is(count_, a.rows, "inner folds test each of its rows")
end
t.is({ outer, inside, same }, { 3, 12, 0 }, "three by four folds; no row of an outer test part is inside")
t.throws(function() set:nested { k = 3, validation = 0.2 } end, "validation belongs into inner", "nested: validation outside")
t.throws(function() set:folds { repeats = 0 } end, "repeats must be", "no repeats")
t.throws(function() set:folds { inner = {} } end, "inner", "inner is nested's")

-- batches by class
local function shares(options)
  local out, drawn = {}, {}
  for bx, by in set:batches(options) do
    local positives_ = 0
    for i = 1, by.rows do
      positives_ = positives_ + by:get(i)
      local key = ("%.9g %.9g %.9g"):format(bx:get(i, 1), bx:get(i, 2), bx:get(i, 3))
      drawn[key] = (drawn[key] or 0) + 1
    end
    out[#out + 1] = positives_
  end
  local most = 0
  for _, times in pairs(drawn) do most = math.max(most, times) end
  return out, most
end
local per_batch, most = shares { size = 100, balance = true, seed = 2 }
t.is({ per_batch, most }, { { 50.0, 50.0, 50.0, 50.0, 50.0 }, 2 }, "balanced batches; no row a third time before all came twice")
per_batch = shares { size = 30, targets = 0.25 }
local sum_ = 0
for _, n in ipairs(per_batch) do
  sum_ = sum_ + n
  if n ~= 7 and n ~= 8 then sum_ = 0 / 0 end
end
t.ok(#per_batch == 18 and math.abs(sum_ - 18 * 7.5) <= 1, "a quarter of targets, the half row carried on")
t.is((shares { size = 100, targets = 1 })[1], 100.0, "targets only")
local function rows_of(options)
  local f, s = set:batches(options)
  local bx = f(s)
  return bx:get(1, 1) .. " " .. bx:get(5, 2)
end
t.is(rows_of { size = 10, balance = true, epoch = 3 }, rows_of { size = 10, balance = true, epoch = 3 }, "replayed")
t.isnt(rows_of { size = 10, balance = true, epoch = 3 }, rows_of { size = 10, balance = true, epoch = 4 }, "another epoch")
t.throws(function() set:batches { size = 10, targets = 2 } end, "share in [0, 1]", "a share above 1")
t.throws(function() set:batches { size = 10, targets = 0.5, balance = true } end, "not both", "balance and targets")
t.throws(function() set:batches { size = 10, balanced = true } end, 'did you mean "balance"?', "nearest option")

-- making and generating
local options = { name = "mine", names = { "a", "b" }, groups = { 7, 7, 9, 9 } }
local made = data.matrix({ { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }, { 1, -1, 1, -1 }, options)
t.is(tostring(made), "data mine: 4 rows, 2 features, 2 positive, in 2 groups", "a set from tables")
t.is({ made.columns, made.groups:get(3), made.y:get(2) }, { { "a", "b" }, 2.0, 0.0 }, "names, groups, labels")
local left, right = made:split { test = 0.5 }
t.ok(left.groups:get(1) == left.groups:get(2) and right.groups:get(1) == right.groups:get(2), "groups stay whole")
t.is({ tostring(left):match "in .*", tostring(right):match "in .*" }, { "in 1 group", "in 1 group" }, "a part says its own groups")
local spectra, numbers, signs = {}, {}, {}
for i = 1, 90 do spectra[i], numbers[i], signs[i] = (i * i) % 31, { i, -i }, i % 2 end
for larger, smaller in data.matrix(numbers, signs, { groups = spectra }):folds { k = 3 } do
  for _, part in ipairs { larger, smaller } do
    local met, n = {}, 0
    for i = 1, part.rows do
      local group = part.groups:get(i)
      if not met[group] then met[group], n = true, n + 1 end
    end
    t.like(tostring(part), (", in %d groups$"):format(n), "and so does a fold's")
  end
end
t.is(#{ made:split { test = 0.5, groups = false } }, 2, "unless that is turned off")
local decoys = data.target_decoy { n = 400, wrong = 0.25, shift = 2, seed = 5 }
t.near(decoys.optimal_auc, 0.25 * 0.5 + 0.75 * 0.92135039647, 1e-9, "target_decoy says its optimal AUC")
t.is({ decoys.rows, decoys.positives, decoys.truth.rows }, { 400, 200, 400 }, "its shape")
t.is(data.load("target_decoy", { n = 400, wrong = 0.25, shift = 2, seed = 5 }).hash, decoys.hash, "by name, with parameters")
t.isnt(data.target_decoy { n = 400, wrong = 0.25, shift = 2, seed = 6 }.hash, decoys.hash, "another seed, another hash")
local line = data.gaussians { n = 20000, features = 1, shift = 2 }
t.near(ll.metric.auc(line.x, line.y), line.optimal_auc, 0, 0.01, "gaussians' optimal AUC, measured")

-- files and folders of one's own
local base = os.tmpname()
os.remove(base)
assert(os.execute(("mkdir -p '%s/deep'"):format(base)))
local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
write(base .. "/deep/deep.csv", "label,a\n1,2\n0,3\n")
local path = base .. "/it's `odd`.csv"
write(path, "class,a\n$(z),2\n'q',3\n")
t.is(data.load(path).class_names, { "$(z)", "'q'" }, "names of classes are only text")
t.is(data.csv(base .. "/deep/deep.csv").rows, 2, "data.csv")
write(base .. "/odd.csv", "# hand-made\nlabel,a,colour\n1,2,red\n0,,blue\n1,4,red\n0,5,green\n")
local odd = data.load(base .. "/odd.csv", { comment = "#", missing = "mean", categorical = { "colour" } })
t.is({ odd.columns, odd.missing }, { { "a", "colour=blue", "colour=green", "colour=red" }, true }, "categories, a missing cell")
t.near(odd:standardise().x:get(2, 1), 0, 0, 1e-6, "standardising fills it with the mean")
t.is(data.load(base .. "/odd.csv", { comment = "#", missing = -1, categorical = { "colour" } }).x:get(2, 1), -1.0, "or a constant")
t.throws(function() odd:batches { size = 2 } end, { "row 2, column 1", "is missing" }, "batches refuse missing cells")
t.throws(function() data.load(base .. "/odd.csv", { missing = "men" }) end, 'missing must be "error", "mean"', "no such policy")
t.throws(function() data.load(base .. "/odd.csv", { comment = "//" }) end, "one character", "a comment of two characters")
t.throws(function() data.load(base .. "/odd.csv", { comment = "#", categorical = { "color" } }) end, 'did you mean "colour"?',
  "no such column")
write(base .. "/cells.csv", 'a,"b ""c"""\r\n"1, 2","x\ny"\n, z \n\n')
t.is(ll.core.data.cells(base .. "/cells.csv"), { { "a", 'b "c"' }, { "1, 2", "x\ny" }, { "", "z" } }, "cells are texts: RFC 4180")
write(base .. "/cells.csv", "a,b\n1,2\n3\n")
t.throws(function() ll.core.data.cells(base .. "/cells.csv") end, "row 2 (line 3): expected 2 cells, got 1", "a ragged table")
write(base .. "/cells.csv", 'a,b\n1,"2\n')
t.throws(function() ll.core.data.cells(base .. "/cells.csv") end, "line 2: quotes that do not close", "a cell that does not end")
t.throws(function() ll.core.data.cells(base .. "/none.csv") end, "cannot be opened", "no table")
write(base .. "/sparse.svm", "+1 1:2 3:4\n-1 2:5\n")
t.is(data.load(base .. "/sparse.svm").x:get(1, 3), 4.0, "LIBSVM by its suffix")
local script = base .. "/script.lua"
write(script, [[
local ll = require "losslab"
print(ll.data.load "deep", select(2, pcall(ll.data.load, "dep")))
]])
local program = os.getenv "LOSSLAB" or "bin/losslab"
local out = assert(io.popen(("LOSSLAB_DATA='/nonexistent:%s' '%s' '%s' 2>&1"):format(base, program, script)))
local said = out:read "a"
out:close()
t.like(said, "^data deep: 2 rows, 1 features, 1 positive", "LOSSLAB_DATA's folders are searched: " .. said)
t.ok(said:find("/nonexistent, " .. base, 1, true), "an error tells the folders")
os.execute(("rm -r '%s'"):format(base))

-- real files in Percolator's own format, where there are any: the same numbers as their CSV
for _, set_and_file in ipairs { { "psm_percolator_19k", "percolatorTab.gz" }, { "psm_mokapot_10k", "10k_psms_test.pin.gz" } } do
  local name, file = table.unpack(set_and_file)
  for _, place in ipairs(data.folders()) do
    local raw = io.open(place .. "/" .. name .. "/" .. file)
    if raw then
      raw:close()
      local pin, csv = data.load(place .. "/" .. name .. "/" .. file, { format = "pin" }), data.load(name)
      t.is({ pin.rows, pin.positives }, { csv.rows, csv.positives }, file .. ": rows and targets")
      t.is(pin:split { test = 0.5 }.rows, csv:split { test = 0.5 }.rows, file .. ": the same groups")
    end
  end
end

-- errors
local function throws(f, ...) t.throws(f, { ... }) end
throws(function() data.load "brest_cancer" end, 'no data set "brest_cancer"; did you mean "breast_cancer"?', folder)
throws(function() data.load "target_decy" end, 'did you mean "target_decoy"?')
throws(function() data.load(7) end, "a name or a path expected, not a number")
throws(function() data.load("sonar", { seed = 1 }) end, '"sonar" is a file and has no option "seed"')
throws(function() data.load("./sonar.csv", { formt = 1 }) end, 'a file has no option "formt"')
throws(function() data.load "./none.csv" end, "./none.csv: cannot be opened")
throws(function() data.target_decoy { wrnog = 0.5 } end, 'did you mean "wrong"?')
throws(function() data.target_decoy { wrong = 1.5 } end, "wrong must be in [0, 1]")
throws(function() data.target_decoy { n = 10, decoys = 0.01 } end, "both classes need a row")
throws(function() set:split { tset = 0.3 } end, 'split has no option "tset"; did you mean "test"?')
throws(function() set:split { test = 1 } end, "between 0 and 1, not 1")
throws(function() set:split { validation = 2 } end, "between 0 and 1, not 2")
throws(function() set:folds { k = 1 } end, "k must be at least 2")
throws(function() set:fold(6, { k = 5 }) end, "fold 6 of 5")
throws(function() for _ in made:folds { k = 5 } do t.ok(false, "no fold") end end, "5 folds of mine: it has only 4 rows")
throws(function() for _ in made:folds { k = 3 } do t.ok(false, "no fold") end end, "3 folds of mine: it has only 2 groups")
throws(function() made:batches { size = 5 } end, "5 rows is larger than the data: mine has 4")
throws(function() made:batches { size = 0 } end, "size must be at least 1")
throws(function() made:subset { 5 } end, "row 5 asked for", "mine has 4 rows")
throws(function() made:subset { 0 } end, "a row's number, from 1, expected, not 0")
throws(function() made:standardise(set) end, "a scaler fitted to 2 columns on breast_cancer, which has 30")
throws(function() data.matrix({ 1, 2 }, { 1, 1 }) end, "one class only")
throws(function() data.matrix({ 1, 2 }, { 1, 0, 1 }) end, "labels 2x1, not 3x1")
throws(function() data.matrix({ 1, 0 / 0 }, { 1, 0 }) end, "row 2, column 1")
throws(function() data.matrix({ 1, 2 }, { 1, 0 }, { names = { "a", "b" } }) end, "2 names for 1 columns")

-- the sets are given back
do
  local closed <close> = data.load "sonar"
  t.is(closed.rows, 208, "a set can be closed")
end
throws(function() return data.moons({ n = 10 }).rowss end, '"rowss"', '"rows"')
throws(function() return data.moons({ n = 10 }).splitt end, '"splitt"', '"split"')
throws(function() data.load(data.folders()[1] .. "/sonar.csv", { categorical = "color" }) end, "categorical", "not color")

-- a function of the features, by blocks of rows
do
  local iris, net = data.load "iris", ll.nn.mlp { 4, 3 }
  local by_seven = iris:apply(net, 7)
  t.is((by_seven:shape()), 150, "a row for each")
  throws(function() iris:apply(3) end, "f must be a function, not 3")
  throws(function() iris:apply(net, 0) end, "at least 1 row")
  throws(function() iris:apply(function(x) return x:row_range(1, 2) end) end, "gave a matrix 2x4 for 150 rows")
end
t.done()
