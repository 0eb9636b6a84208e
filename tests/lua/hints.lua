-- What a name of another library is here: every hint is there where people type the name, and names what exists.
local ll = require "losslab"
local check = require "losslab.check"
local t = require "tests.lua.tap"

local function hint_of(f)
  local fine, message = pcall(f)
  return not fine and tostring(message):match "here that is (.*)$" or nil
end

-- ---- every row of the table ----
local data, net, matrix = ll.data.load "moons", ll.nn.mlp { 2, 1, seed = 1 }, ll.zeros(2, 2)
local known = { data = data, net = net, m = matrix, x = matrix, train = data }

-- A path of names behind ll, data, net, m, x or train; true where it ends in something.
local function exists(root, path)
  local at = root == "ll" and ll or known[root]
  for name in path:gmatch "[%a_][%w_]*" do
    local fine, value = pcall(function() return at[name] end)
    if not fine or value == nil then return false end
    at = value
  end
  return true
end

local plain = { print = true, of = true, max = true }
local rows, wrong, names = 0, {}, {}
for line in io.lines "lua/bind/elsewhere.def" do
  local name, here = line:match '^ELSEWHERE%(([%w_]+), "(.*)"%)$'
  if name then
    rows = rows + 1
    here = here:gsub('\\"', '"')
    names[#names + 1] = name
    if ll.core.elsewhere(name) ~= here then wrong[#wrong + 1] = name .. ": not what the program says" end
    -- fit is what networks are asked for
    if rawget(ll, name) ~= nil and name ~= "fit" then wrong[#wrong + 1] = name .. ": ll has it itself" end
    local words = here:gsub('"[^"]*"', "")
    for before, root, path in words:gmatch "(.?)%f[%w_](%a+)([.:][%a_][%w_.:]*)" do
      if (root == "ll" or known[root]) and not before:find "[.:]" and not exists(root, path) then
        wrong[#wrong + 1] = name .. ": there is no " .. root .. path
      end
    end
    -- What is called without a module is a function of ll or a method of a matrix.
    for before, word in (" " .. words):gmatch "([^%w_])([%a_][%w_]*)%(" do
      local method = before ~= "." and before ~= ":"
      if method and not plain[word] and not known[word] and not rawget(ll, word)
        and not pcall(function() return matrix[word] end) then
        wrong[#wrong + 1] = name .. ": nothing is called " .. word
      end
    end
    for set in here:gmatch 'll%.data%.load "([%w_]+)"' do
      if not pcall(ll.data.load, set) then wrong[#wrong + 1] = name .. ": there is no set " .. set end
    end
  end
end
t.ok(rows > 300, rows .. " names of others")
t.is(wrong, {}, "each hint names what there is")
local sorted = { table.unpack(names) }
table.sort(sorted, function(a, b) return a:lower() < b:lower() or a:lower() == b:lower() and a < b end)
t.is(#names, #sorted, "none is lost")
local seen, twice = {}, {}
for _, name in ipairs(names) do
  if seen[name] then twice[#twice + 1] = name end
  seen[name] = true
end
t.is(twice, {}, "none stands there twice")

-- ---- where people type them ----
local optimizer = ll.optim.sgd(net:parameters(), { lr = 0.1 })
for what, each in pairs {
  ["ll.bce"] = { function() return ll.bce end, "ll.loss.cross_entropy" },
  ["ll.loss.bce"] = { function() return ll.loss.bce end, "ll.loss.cross_entropy" },
  ["ll.loss.BCELoss"] = { function() return ll.loss.BCELoss end, "probabilities" },
  ["ll.mse"] = { function() return ll.mse end, "square" },
  ["ll.loss.huber"] = { function() return ll.loss.CrossEntropyLoss end, "ll.loss.softmax" },
  ["ll.nn.Linear"] = { function() return ll.nn.Linear end, "ll.nn.linear" },
  ["ll.Sequential"] = { function() return ll.Sequential end, "ll.nn.sequential" },
  ["ll.optim.Adam"] = { function() return ll.optim.Adam end, "ll.optim.adam" },
  ["ll.metric.roc_auc_score"] = { function() return ll.metric.roc_auc_score end, "ll.metric.auc" },
  ["ll.data.read_csv"] = { function() return ll.data.read_csv end, "ll.data.csv" },
  ["ll.linspace"] = { function() return ll.linspace end, "range" },
  ["net.forward"] = { function() return net.forward end, "net(x)" },
  ["data:train_test_split"] = { function() return data:train_test_split() end, "data:split" },
  ["net.fit"] = { function() return net.fit end, "ll.fit(net, loss, data)" },
  ["net.weights"] = { function() return net.weights end, "net:parameters()" },
  ["ll.auc"] = { function() return ll.auc end, "ll.metric.auc" },
  ["ll.hinge"] = { function() return ll.hinge end, "ll.loss.hinge" },
  ["ll.mlp"] = { function() return ll.mlp end, "ll.nn.mlp" },
  ["ll.backward"] = { function() return ll.backward end, "a method of matrices, m:backward(" },
  ["m:numpy"] = { function() return matrix:numpy() end, ".npy" },
  ["m:inv"] = { function() return matrix:inv() end, "inverse()" },
  ["opt:Adam"] = { function() return optimizer.lr_scheduler end, "ll.schedule" },
} do
  local hint = hint_of(each[1])
  t.ok(hint and hint:find(each[2], 1, true), what .. " is told " .. tostring(hint))
end
t.is(hint_of(function() return ll.list end), nil, "of several modules that have a name none is named")
t.throws(function() return data[1] end, { "a data set has no 1", "data.x[i]" }, "rows of a data set are not nil in silence")
t.is(hint_of(function() return data.size end), nil, "a hint about matrices is none to a data set")

-- ---- as it can be typed ----
for name, here in pairs { linspace = "ll.range(first, last, count)", view = "m:reshape(rows, cols)", cdist = "ll.distances(x, y)",
  log10 = "m:log() / math.log(10)", lu = "ll.solve(a, b), or m:cholesky()", forward = "net(x)",
  masked_select = "m:gather(mask:find())",
  prod = "m:log():sum():exp(), of positive elements", mae = "ll.abs(x - y):mean()", randn = "ll.random(seed):normal(rows, cols)",
  Adam = "ll.optim.adam(parameters, { lr = 0.001 })", nowhere = false } do
  t.is(check.elsewhere(name) or false, here, name .. " with ll. and m:")
end
t.is(hint_of(function() return ll.linspace end), "ll.range(first, last, count)", "ll is told so")
t.is(hint_of(function() return matrix.view end), "reshape(rows, cols)", "a matrix by the method alone")
t.is(check.no_such("there is no optimizer", "Adam", { "adam" }), 'there is no optimizer "Adam"; did you mean "adam"?', "case alone")
t.throws(function() ll.fit(net, ll.loss.hinge {}, data.x, data.y) end, "ll.fit(net, loss, { x = x, y = y })", "fit(X, y)")

t.throws(function() net(data) end, { "mlp: the input is a data", "of a data set that is data.x" }, "net(data)")

-- ---- options ----
for name, option in pairs { learning_rate = "lr", batch_size = "batch", max_iter = "epochs", layers = "hidden", losses = "compare",
  random_state = "seed", drop = "ignore", verbose = "progress" } do
  t.is(check.no_such("it has no option", name, { "a", option }),
    ('it has no option "%s"; here that is %s = …'):format(name, option),
    name .. " is told what it is here")
end
t.is(check.no_such("it has no option", "layers", { "zz" }), 'it has no option "layers"; there are zz',
  "only where that is an option")
t.is(check.no_such("there is no loss", "drop", { "ignore" }), 'there is no loss "drop"; there are ignore', "of options alone")
t.throws(function() ll.fit(net, ll.loss.hinge {}, data, { learning_rate = 1 }) end, "here that is lr = …")
t.throws(function() ll.study { name = "x", data = "moons", losses = { "hinge" } } end, "here that is compare = …")

t.like(tostring(ll.fit), "^ll%.fit%(net, loss, data %[, options%]%) %-> history: ", "ll.fit shows what it is")

-- ---- errors of Lua's own about values of losslab ----
local failure = require "losslab.cli.failure"
for hint, f in pairs {
  ["m:less(x)"] = function() return matrix < 1 end,
  ["m:item()"] = function() return "loss " .. matrix end,
  ["data.rows"] = function() return #data end,
  ["m.rows"] = function() return matrix.shape[1] end,
  ["m[1][2]"] = function() return matrix(1, 1) end,
  ["r:report()"] = function() local r = {} r:leaderboard() end,
  ["help(x)"] = function() local r = {} r:anything() end,
  ["loss(net(x), y):backward()"] = function() local loss = {} loss:backward() end,
} do
  local _, said = xpcall(f, failure.on_error)
  t.ok(tostring(said):find("attempt to", 1, true) and tostring(said):find(hint, 1, true), "told of " .. hint)
end
t.throws(function() ll.loss.hinge {}:backward() end, "its value has: loss(net(x), y):backward()", "a loss of the engine, too")
local _, said = xpcall(function() return nil < 1 end, failure.on_error)
t.ok(not tostring(said):find(";", 1, true), "others are as they are")

-- ---- ll.range, which linspace and arange are told of ----
t.is(ll.range(1, 4):table(), { 1, 2, 3, 4 }, "a whole step of 1")
t.is(ll.range(0, 1, 5):table(), { 0, 0.25, 0.5, 0.75, 1 }, "so many")
t.is(ll.range(3, 1, 3):table(), { 3, 2, 1 }, "downwards")
t.is(ll.range(7, 7):table(), { 7 }, "one")
t.throws(function() ll.range(0, 0.5) end, { "no whole number of steps", "count" })
t.throws(function() ll.range(0, 1, 0) end, "count must be an integer >= 1")
t.throws(function() ll.range(0, math.huge) end, "finite")
t.done()
