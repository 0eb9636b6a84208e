-- adaptive_rank in a loop by hand: what stands in docs/losses/ranking.md is run; without the calls that it has training is refused,
-- or what is missing is told once. And scores that are no sigmoid's are told: once a loss by hand, once a run in a study.
local ll = require "losslab"
local t = require "tests.lua.tap"

local program = assert(os.getenv "LOSSLAB")
local folder, write = t.folder()

local function contents(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- Runs a script, or other arguments of the program; gives what it printed, what it complained of, and its exit code.
local function run(script, arguments)
  local path, out, err = write("script.lua", script), folder .. "/out", folder .. "/err"
  local _, _, code = os.execute(("'%s' %s >'%s' 2>'%s'"):format(program, (arguments or "SCRIPT"):gsub("SCRIPT", path), out, err))
  return contents(out), contents(err), code
end

-- ---- the page -----------------------------------------------------------------------------------------------------------------

local page = contents "docs/losses/ranking.md"
local example = page:match "%*%*By hand%.%*%*.-```lua\n(.-)```"
local first, ended = "loss:first_history%(ll%.no_grad%(net, train%.x%), train%.y%)", "loss:end_epoch%(%)"
local fresh = "loss:history(ll.no_grad(net, train.x), train.y)"
local function without(s, call)
  local out, count = s:gsub(call, "")
  t.is(count, 1, "the example has the call")
  return out
end
local function learns(script, what)
  local out, err = run(script)
  t.is(err, "", what .. " says nothing")
  t.ok((tonumber(out) or 0) > 0.98, what .. " learns: AUC " .. out)
end
learns(example, "the page's loop")
learns(example:gsub("margin = 0.1", 'history_init = "uniform"'), "from a uniform history")
learns(example:gsub("margin = 0.1", 'history = "fresh"'):gsub(ended, fresh), "with a fresh history")

local _, err, code = run(without(example, first))
t.ok(code ~= 0, "without the first call the loop stops")
local calls = "call loss:first_history(ll.no_grad(net, train.x), train.y) before the first epoch, and "
  .. "loss:end_epoch() at the end of each"
t.ok(err:find("no history to be trained against: " .. calls, 1, true), "and both calls are named: " .. err)
_, err, code = run((example:gsub("margin = 0.1", 'history = "fresh"')))
t.ok(code ~= 0 and err:find(fresh .. " at the end of each, in place of loss:end_epoch()", 1, true),
  "a fresh history that was not given is asked for: " .. err)
local out
out, err = run(without(example, ended))
t.ok((tonumber(out) or 0) > 0.9, "without the call at the end it trains on")
t.like(err, "^losslab: adaptive_rank: %d+ rows were trained since its history of 398 was made; at the end of each epoch, call "
  .. "loss:end_epoch%(%)\n$", "and that is told, once")

-- ---- scores that are no sigmoid's ---------------------------------------------------------------------------------------------

local function two_losses(output)
  return ([[local ll = require "losslab"
local net, x, y = ll.nn.mlp { 2, 1, output = "%s", seed = 3 }, ll.random(1):normal(40, 2) * 9, {}
for i = 1, 40 do y[i] = i %% 2 end
for i = 1, 2 do
  local loss = ll.loss.adaptive_rank { margin = i }
  loss:first_history(ll.no_grad(net, x), y)
  for _ = 1, 3 do loss(net(x), y):backward() loss:end_epoch() end
end
local hinge = ll.loss.hinge()
hinge(net(x), y):backward()]]):format(output)
end
local told = "losslab: adaptive_rank: scores, row %d+ is %-?[%d.]+, and it means a sigmoid's, from 0 to 1; give the network "
  .. 'output = "sigmoid", or the loss scores:sigmoid%(%)\n'
_, err, code = run(two_losses "identity")
t.is(code, 0, "scores of any size train")
t.like(err, "^" .. told .. told .. "$", "and are told once a loss")
for _, output in ipairs { "sigmoid", "hardsigmoid" } do
  _, err = run(two_losses(output))
  t.is(err, "", output .. ": nothing is told")
end

local study = [[local ll = require "losslab"
return ll.study { name = "outside", data = { { generator = "gaussians", n = 60 } }, split = { test = 0.3 }, seeds = { 1, 2, 3 },
  compare = { adaptive_rank = { margin = { 0.1, 0.2 } } }, model = { hidden = { 3 }, output = "%s" },
  train = { epochs = 2, batch = 10 } }]]
local database = folder .. "/study.db"
local function of_study(output) return run(study:format(output), ("run SCRIPT --db '%s' --jobs 2"):format(database)) end
_, err, code = of_study "identity"
t.is(code, 0, "a study of other outputs runs")
local _, count = err:gsub(told, "")
t.is(count, 1, "once for its six trials and two workers it is told: " .. err)
os.remove(database)
_, err = of_study "sigmoid"
t.ok(not err:find("means a sigmoid", 1, true), "of a sigmoid's nothing is: " .. err)
t.is({ ll.loss.remarks "never", ll.loss.remarks "each" }, { "each", "never" }, "what is told can be chosen")
t.throws(function() ll.loss.remarks "no" end, 'remarks', "among three")

-- ---- an infinite parameter in a study ------------------------------------------------------------------------------------------

local penalties = [[local ll = require "losslab"
local function smooth(scores, labels, p)
  return ll.loss.logistic {}(scores, labels) + ll.loss.gradient_penalty { p = p.p }(ll.hstack(scores, scores * 0.5))
end
return ll.study { name = "norms", data = { { generator = "gaussians", n = 60 } }, split = { test = 0.3 },
  compare = { smooth = { smooth, p = { 1, 2.5, %s } } }, model = { hidden = { 3 } }, train = { epochs = 2, batch = 10 } }]]
os.remove(database)
_, err, code = run(penalties:format '"inf"', ("run SCRIPT --db '%s' --jobs 1"):format(database))
t.is(code, 0, "a study has p = \"inf\": " .. err)
out = run("", ("query '%s' \"SELECT group_concat(json_extract(parameters, '$.p'), ' ') FROM config\""):format(database))
t.ok(out:find("1 2.5 inf", 1, true), "it is recorded: " .. out)
out, err, code = run("", ("replay '%s' --all"):format(database))
t.ok(code == 0 and out:find "3 identical" or out:find "identical", "and replayed: " .. out .. err)
_, err, code = run(penalties:format "math.huge", ("run SCRIPT --db '%s' --jobs 1"):format(database))
t.ok(code ~= 0 and err:find('"inf"', 1, true), "math.huge is refused with the word to write: " .. err)
os.execute(("rm -r '%s'"):format(folder))
t.done()
