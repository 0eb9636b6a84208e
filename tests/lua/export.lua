-- losslab.export: what is written reads back to what the database holds, also with odd names.
local t = require "tests.lua.tap"
local ll = require "losslab"
local export = require "losslab.results.export"
local json = require "losslab.json"

local odd = 'a,"b"\nc'
local db = ll.store.open(":memory:", { mode = "create" })
local hash = ll.core.sha256 "x"
db:transaction(function()
  db:run("insert_study", { name = odd, question = "q", file = "", script = "s", script_sha256 = hash, plan = "{}",
    plan_sha256 = hash,
    metric = "auc", goal = "max", version = "0", precision = "float" })
  db:run("insert_script", { study = 1, sha256 = hash, text = "s", plan = "{}", trials = 2, added = 2, version = "0" })
  db:run("insert_dataset", { key = "d", name = odd, sha256 = hash, rows = 3, features = 2 })
  db:run("insert_config", { key = "k", loss = "hinge", formula = 1, parameters = '{"margin":0.1}', model = "{}", train = "{}" })
  for id = 1, 2 do db:run("insert_cut", { key = "cut " .. id, dataset = 1, fold = id, seed = 1, split = "{}" }) end
  db:run("insert_part", { cut = 1, split = "test", count = 3, rows = { 3, 1, 2 },
    labels = ll.matrix { 1, 0, 1 } })
  for id = 1, 2 do
    db:run("insert_trial", { key = "trial " .. id, dataset = 1, config = 1, cut = id, fold = id, seed = 1, number = id,
      study_seed = 1,
      precision = "float", code = "", script = 1, records = "{}" })
    db:run("insert_wanted", { study = 1, dataset = 1, config = 1, trial = id, place = id })
  end
end)
db:choose(1)
local runner = db:join()
db:run("insert_computer", { version = "0", revision = odd, precision = "float", isa = "base", blas = "b", core = "c", cpu = "p",
  libc = "l", machine = "m", flags = "f", features = "x", lua = "5.4", sqlite = "3", arithmetic = 1 })
for id = 1, 2 do
  db:claim(1, runner)
  db:transaction(function()
    db:run("computed", { trial = id, computer = 1, bits = "portable" })
    db:run("insert_epoch", { trial = id, epoch = 1, train_loss = id == 1 and math.huge or 1 / 3 })
    for _, split in ipairs { "valid", "test" } do
      db:run("insert_metric", { trial = id, epoch = 1, split = split, name = "auc", value = 0.1 + id / 5 })
    end
    db:run("insert_learnt", { trial = id, epoch = 1, name = "margin", value = id / 4, gradient = 0.5 })
    if id == 1 then db:run("insert_scores", { trial = 1, first = 1, last = 1, coding = 0, split = "test",
      scores = ll.matrix { 0.1, -2.5, 1e20 } }) end
    db:run("insert_kept", { trial = id, name = "map", columns = 2, numbers = ll.matrix { { 1, 2 }, { 3, 4 } } })
    db:run("finish", { trial = id, runner = runner, seconds = 1 })
    db:run("choose_epoch", id)
    db:run("choose_values", id)
  end)
end

local function text(what, format)
  local parts = {}
  local count = export.write(db, { what = what, format = format, to = function(part) parts[#parts + 1] = part end })
  return table.concat(parts), count
end

local csv, count = text("leaderboard", "csv")
t.is(count, 1, "one row")
t.like(csv, "^study,dataset,loss,config,metric,n,", "the header, in which nothing varies")
t.is(csv:find('\n"a,""b""\nc","a,""b""\nc",hinge,1,auc,2,', 1, true) ~= nil, true, "fields are quoted as CSV wants it")
local rows = json.decode((text("leaderboard", "json")))
t.is(rows[1].dataset, odd, "JSON gives the name back")
t.is(rows[1].parameters, { margin = 0.1 }, "and parameters as an object")
local board = db:one "leaderboard"
t.is(rows[1].test_mean, board.test_mean, "numbers to the bit")
t.is(rows[1].test_sd, board.test_sd, "all of them")
t.is(text("epochs", "csv"), "trial,epoch,train_loss,learning_rate,seconds,passed_over,zero_rows\n" ..
  "1,1,inf,,,,\n2,1,0.3333333333333333,,,,\n", "NULL and infinity in CSV")
t.is(json.decode((text("epochs", "json")))[1].train_loss, json.null, "infinity in JSON")
t.is(text("learnt", "csv"), "trial,epoch,name,value,gradient\n1,1,margin,0.25,0.5\n2,1,margin,0.5,0.5\n", "what was learnt")
t.is(text("scores", "csv"), "trial,dataset,loss,config,fold,seed,epoch,split,row,label,score\n" ..
  '1,"a,""b""\nc",hinge,1,1,1,1,test,3,1,0.1\n' .. '1,"a,""b""\nc",hinge,1,1,1,1,test,1,0,-2.5\n' ..
  '1,"a,""b""\nc",hinge,1,1,1,1,test,2,1,1e+20\n', "a row a score, with its row number and label")
for what in pairs(export.tables) do
  local got, n = text(what, "json")
  t.is(#json.decode(got), n, what .. " is JSON of its rows")
  local _, lines = text(what, "csv"):gsub("[^\n]*\n", "")
  t.ok(lines > n, what .. " is CSV")
end

-- Numbers, texts and pieces of any size, as one row after the other would be written by hand.
do
  local many <close> = ll.store.open(":memory:", { mode = "create" })
  local texts = { "plain", " blank", "blank\t", 'quo"te', "ü, \u{1F600}", "back\\slash", "", "\127\1", ("long,"):rep(30000) }
  local reals = { 0.1, -0.0, 1e300, 5e-324, 1 / 3, 2 ^ 53, 2 ^ 53 + 2, -3.0, math.huge, -math.huge }
  many:transaction(function()
    many:run("insert_study", { name = odd, question = "q", file = "", script = "s", script_sha256 = hash, plan = "{}",
      plan_sha256 = hash, metric = "auc", goal = "max", version = "0", precision = "float" })
    for id, name in ipairs(texts) do
      many:run("insert_dataset", { key = "d" .. id, name = name, sha256 = hash, rows = id, features = 1 })
    end
    many:run("insert_config", { key = "k", loss = "hinge", formula = 1, parameters = '{"é":1}', model = "{}", train = "{}" })
    many:run("insert_cut", { key = "c", dataset = 1, fold = 1, seed = 2 ^ 53 | 0, split = "{}" })
    for id in ipairs(texts) do -- a study shows the data sets that it wants
      many:run("insert_trial", { key = "t" .. id, dataset = id, config = 1, cut = 1, fold = 1, seed = 2 ^ 53 | 0,
        number = math.maxinteger,
        study_seed = 1, precision = "float", code = "", records = "{}" })
      many:run("insert_wanted", { study = 1, dataset = id, config = 1, trial = id, place = id })
    end
    for epoch, value in ipairs(reals) do
      many:run("insert_epoch", { trial = 1, epoch = epoch, train_loss = value, seconds = value })
    end
    many:run("insert_scores", { trial = 1, first = 1, last = 1, coding = 0, split = "test",
      scores = ll.matrix { 0.1, -0.0, 3, 1e-7, 16777216, 1e38, 0.30000001192092896, -2.5e-5 } })
  end)
  many:choose(1)
  local function by_hand(value)
    if value == nil then return "" end
    if value == math.huge or value == -math.huge then return value > 0 and "inf" or "-inf" end
    if type(value) == "number" then return math.type(value) == "integer" and tostring(value) or json.encode(value) end
    return value:find '[,"\r\n]' and '"' .. value:gsub('"', '""') .. '"' or (value:find "^%s" or value:find "%s$") and
      '"' .. value .. '"' or value
  end
  for what, statement in pairs { datasets = "datasets", epochs = "all_epochs", configs = "configs", trials = "trials" } do
    local lines, objects = {}, {}
    for row, columns in many:rows(statement) do
      local fields, object = {}, {}
      if what == "trials" then object.varied = {} end
      for _, column in ipairs(columns) do
        local value = row[column]
        if not export.is_json[column] then fields[#fields + 1] = by_hand(value) end
        local gone = value == nil or value == math.huge or value == -math.huge
        if export.is_json[column] then object[column] = json.decode(value) else object[column] = gone and json.null or value end
      end
      if what == "configs" then fields[#fields + 1] = "1" end -- é
      if #lines == 0 then
        local plain = {}
        for _, column in ipairs(columns) do if not export.is_json[column] then plain[#plain + 1] = column end end
        if what == "configs" then plain[#plain + 1] = "é" end
        lines[1] = table.concat(plain, ",")
      end
      lines[#lines + 1] = table.concat(fields, ",")
      objects[#objects + 1] = object
    end
    local parts = {}
    export.write(many, { what = what, to = function(part) parts[#parts + 1] = part end })
    t.is(table.concat(parts), table.concat(lines, "\n") .. "\n", what .. " as by hand")
    parts = {}
    export.write(many, { what = what, format = "json", to = function(part) parts[#parts + 1] = part end })
    local got = json.decode(table.concat(parts))
    for i, object in ipairs(objects) do
      for column, value in pairs(object) do
        local lost = math.type(value) == "integer" and math.abs(value) > 2 ^ 53 -- to a reader of JSON
        if lost then object[column] = got[i][column] end
      end
    end
    t.is(got, objects, what .. " as JSON")
  end
  local parts = {}
  t.is(export.write(many, { what = "scores", to = function(part) parts[#parts + 1] = part end }), 8, "a row a score")
  local seen = {}
  for score in table.concat(parts):gmatch ",test,,,([^\n]*)" do seen[#seen + 1] = score end
  t.is(seen, { "0.1", "0", "3", "1e-07", "16777216", "1e+38", "0.3", "-2.5e-05" }, "floats by their fewest digits")
  t.throws(function() export.write(many, { what = "epochs", to = function() error("full", 0) end }) end, "full", "what put raises")
  many:run("insert_dataset", { key = "odd", name = "\xff", sha256 = hash, rows = 1, features = 1 })
  many:run("insert_trial", { key = "odd", dataset = #texts + 1, config = 1, cut = 1, fold = 1, seed = 1, number = 1, study_seed = 1,
    precision = "float", code = "", records = "{}" })
  many:run("insert_wanted", { study = 1, dataset = #texts + 1, config = 1, trial = #texts + 1, place = #texts + 1 })
  t.throws(function() export.write(many, { what = "datasets", format = "json", to = function() end }) end, "no UTF-8", "no UTF-8")
end

-- What varies is a column a field in CSV, whatever its name and values hold, and an object in JSON.
do
  local swept <close> = ll.store.open(":memory:", { mode = "create" })
  local function config(id, loss, parameters, model, train)
    swept:run("insert_config", { key = "k" .. id, loss = loss, formula = 1, parameters = parameters, model = model, train = train })
    swept:run("insert_trial", { key = "t" .. id, dataset = 1, config = id, cut = 1, fold = 1, seed = 1, number = id, study_seed = 1,
      precision = "float", code = "", records = "{}" })
    swept:run("insert_wanted", { study = 1, dataset = 1, config = id, trial = id, place = id })
  end
  swept:transaction(function()
    swept:run("insert_study", { name = "s", question = "q", file = "", script = "s", script_sha256 = hash, plan = "{}",
      plan_sha256 = hash,
      metric = "auc", goal = "max", version = "0", precision = "float" })
    swept:run("insert_dataset", { key = "d", name = "d", sha256 = hash, rows = 3, features = 2 })
    swept:run("insert_cut", { key = "c", dataset = 1, fold = 1, seed = 1, split = "{}" })
    config(1, "hinge", '{"a,b":"x\\ny","margin":1}', '{"hidden":[64,32],"init":"xavier"}', '{"lr":0.1,"seed":1,"margin":3}')
    config(2, "hinge", '{"a,b":" z","margin":0.5}', '{"hidden":[],"init":"xavier"}',
      '{"lr":0.30000000000000004,"seed":2,"margin":4}')
    config(3, "tree", '{}', '{"hidden":[8],"init":"xavier"}', '{"lr":0.1,"seed":1,"margin":3}')
  end)
  swept:choose(1)
  local function got(what, format)
    local parts = {}
    export.write(swept, { what = what, format = format, to = function(part) parts[#parts + 1] = part end })
    return table.concat(parts)
  end
  local out = got "trials":gsub(",pending,[^\n]*", ""):gsub(",status,[^\n]*", "")
  t.is(out, 'trial,dataset,loss,config,"a,b",margin,hidden,lr,train.margin,train.seed,fold,seed\n'
    .. '1,d,hinge,1,"x\ny",1,64×32,0.1,3,1,1,1\n' .. '2,d,hinge,2," z",0.5,none,0.30000000000000004,4,2,1,1\n'
    .. '3,d,tree,3,,,8,0.1,3,1,1,1\n', "trials, a column a field that varies")
  t.is(got "configs":gsub("k%d", "k"), 'id,key,loss,formula,"a,b",margin,hidden,init,lr,train.margin,train.seed\n'
    .. '1,k,hinge,1,"x\ny",1,64×32,xavier,0.1,3,1\n' .. '2,k,hinge,1," z",0.5,none,xavier,0.30000000000000004,4,2\n'
    .. '3,k,tree,1,,,8,xavier,0.1,3,1\n', "configurations, a column each field")
  local objects = json.decode(got("trials", "json"))
  t.is(objects[1].varied, { ["a,b"] = "x\ny", margin = 1, hidden = { 64, 32 }, lr = 0.1, ["train.margin"] = 3, ["train.seed"] = 1 },
    "in JSON an object")
  t.is(objects[3].varied, { hidden = { 8 }, lr = 0.1, ["train.margin"] = 3, ["train.seed"] = 1 }, "of what a configuration has")
  t.is(got "summary":match "^[^\n]*", 'study,dataset,loss,config,"a,b",margin,hidden,lr,train.margin,train.seed,metric,n,lost,open,'
    .. "pruned,valid_mean,valid_sd,test_mean,test_sd,epoch_mean", "the summary too")
  t.is(got "summary":match "\n(s,d,tree.-)\n", "s,d,tree,3,,,8,0.1,3,1,auc,0,0,1,0,,,,,", "with its rows")
end

local path = os.tmpname()
t.is(export.write(db, { what = "trials", to = path }), 2, "into a file")
local file <close> = io.open(path)
t.is(file:read "a", (text("trials", "csv")), "the same")
os.remove(path)
t.throws(function() text("leaderbord", "csv") end, 'did you mean "leaderboard"', "the nearest table")
t.throws(function() text("trials", "jsn") end, "json", "the nearest format")
t.throws(function() export.write(db, { wat = "trials" }) end, "what", "the nearest option")
t.throws(function() export.write(db, { to = "/proc/none/x.csv" }) end, "/proc/none/x.csv", "a path that cannot be written")
t.throws(function() export.write(db, { to = "/dev/full", what = "scores" }) end, "/dev/full", "a full disk")
do -- a database is not written over, its own or another one
  local name = os.tmpname()
  local kept = name .. ".db"
  local other <close> = ll.store.open(kept, { mode = "create" })
  t.throws(function() export.write(db, { to = kept }) end, { kept, "is a database" }, "another database")
  t.throws(function() export.write(other, { to = kept }) end, { kept, "is a database" }, "its own")
  os.remove(kept)
  os.remove(name)
end
local empty = ll.store.open(":memory:", { mode = "create" })
local function nothing(part) t.is(part, "[]\n", "nothing in JSON") end
t.is(export.write(empty, { what = "trials", format = "json", to = nothing }), 0, "no rows")
local heading = ""
t.is(export.write(empty, { what = "learnt", to = function(part) heading = heading .. part end }), 0, "nor in CSV")
t.is(heading, "trial,epoch,name,value,gradient\n", "which names its columns all the same")
t.done()
