-- A run that leaves the finite numbers says what left them: the loss, the weights or a score.
local t = require "tests.lua.tap"
local ll = require "losslab"
local network = require "losslab.run.network"

-- Rows of which some are far on the wrong side: their loss is a number, the gradient of the weight, so many times as large, is
-- none.
local far = ll.precision == "double" and 705 or 85
local set = ll.data.matrix({ { -far }, { 1 }, { -far }, { 1 } }, { 1, 0, 1, 0 }, { name = "far" })

local function net_of(weight)
  local net = ll.nn.mlp { 1, 1 }
  local w, b = table.unpack(net:parameters())
  w:fill_(weight)
  b:fill_(0)
  return net
end
local words = "the network's weights are no longer finite: a gradient or a step left the range of " .. ll.precision .. " numbers"

local net = net_of(1)
local value = ll.loss.exponential()(net(set.x), set.y)
t.ok(value:item() < math.huge, "the loss can be computed")
t.ok(not ll.grad(value, net:parameters())[1]:finite(), "its gradient cannot")
local function fit(weight, batch, optimizer)
  return function()
    ll.fit(net_of(weight), ll.loss.exponential(), set, { epochs = 3, batch = batch, optimizer = optimizer, shuffle = false,
      progress = false, metric = "auc" })
  end
end
for _, optimizer in ipairs { "sgd", "adam", "rmsprop" } do
  t.throws(fit(1, 4, optimizer), { "fit: " .. words, "in epoch 1, after its last batch" }, "ll.fit with " .. optimizer)
end
t.throws(fit(1, 1), { "fit: " .. words, "(exponential: scores, row 1: NaN)", "in epoch 1, batch 2 of 4" },
  "within an epoch, with what was raised then")
t.throws(fit(2, 4), { "fit: the loss is inf" }, "a loss that is no number itself")

-- the trial of a study
local study = ll.study { name = "far", data = "moons", compare = { exponential = {} }, scores = "none",
  model = { hidden = { {} } }, train = { epochs = 3, batch = 4, loop = function(self)
    self.net:parameters()[1]:fill_(1)
    network.loop(self)
  end } }
local result = network.run(study, study.configs[1], { train = set, valid = set, test = set }, 1)
t.is({ result.status, result.diverged_epoch, result.error, #result.epochs }, { "diverged", 1, words, 0 },
  "a study's run is lost with the reason")

t.done()
