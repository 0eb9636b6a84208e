-- What an epoch holds and leaves: batches, not a copy of the training rows. The engine counts what it holds, and buffers that were
-- given back lie in its pool, so that its count is also the most that was held since the pool was empty.
local t = require "tests.lua.tap"
local ll = require "losslab"

local ROWS, FEATURES = 24000, 20
local set = ll.data.target_decoy { n = ROWS, features = FEATURES }
local whole = ROWS * FEATURES * (ll.precision == "double" and 8 or 4)

-- How much more than before f made the engine hold at most, in copies of the set.
local function copies(f)
  collectgarbage()
  t.ok(not pcall(ll.zeros, 2 ^ 20, 2 ^ 20), "what finds no memory empties the pool")
  local before = ll.core.memory()
  f()
  return (ll.core.memory() - before) / whole
end

local function less(got, most, name)
  t.ok(got < most, ("%s: %.2f copies of the set, less than %g expected"):format(name, got, most))
end

-- batches by hand
local held
local grown = copies(function()
  for epoch = 1, 6 do
    for x in set:batches { size = 64, epoch = epoch } do held = held or x end
  end
end)
less(grown, 0.7, "six epochs of batches")
t.is(held:shape(), ll.zeros(64, FEATURES):shape(), "a batch that is kept stays")
less(copies(function()
  for x, y in set:batches { size = 64, epoch = 7, balance = true } do held = y.rows == 64 and x end
end), 0.7, "and of batches by class")

-- training: a batch of all rows is one copy, which is given back before the next is made
local function fit(net, loss, batch)
  ll.fit(net, loss, set, { epochs = 6, batch = batch, seed = 1, progress = false, metric = "auc" })
end
local function mlp() return ll.nn.mlp { FEATURES, 1 } end
less(copies(function() fit(mlp(), ll.loss.hinge(), 256) end), 0.7, "ll.fit")
less(copies(function() fit(mlp(), function(f, y) return ((f - y):square()):mean() end, 256) end), 1, "with a loss in Lua")
less(copies(function() fit(mlp(), ll.loss.hinge(), "all") end), 1.9, "with all rows in a batch")

-- a study: batches of several epochs are kept where they are small, 8 MB of them at most
local network = require "losslab.run.network"
local function trial(loop)
  local study = ll.study { name = "m", data = "moons", compare = { "logistic" }, scores = "none",
    train = { epochs = 12, batch = 512, loop = loop } }
  local config = study.configs[1]
  config.model.hidden = {}
  local few = select(2, set:split { test = 40 / ROWS })
  local parts = { train = set, valid = few, test = few }
  return copies(function() t.is(network.run(study, config, parts, 1).status, "done", "a trial") end)
end
local kept = 8 * 2 ^ 20 / whole
less(trial(), kept + 0.5, "the default loop of a study")
less(trial(function(self)
  for _ = 1, self.epochs do
    for x, y in self:batches() do self:step(self:value(x, y)) end
    self:end_epoch()
  end
end), 1.2, "a study's own loop")

t.done()
