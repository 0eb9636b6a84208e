-- losslab.study.size: what a study's database will take, beside what it takes.
local t = require "tests.lua.tap"
local ll = require "losslab"
local size = require "losslab.study.size"

local function study(more)
  local written = { name = "s", question = "q", data = { { generator = "target_decoy", n = 2000, features = 6 }, "sonar" },
    split = { folds = 2 }, seeds = { 1, 2 }, compare = { cross_entropy = {}, hinge = { margin = { 0.5, 1 } } },
    model = { hidden = { 8 } }, train = { epochs = 12, batch = 50 } }
  for key, value in pairs(more or {}) do written[key] = value end
  return ll.study(written)
end

-- Runs it and compares its file with what was said: by less than this share of the larger.
local function compared(name, more, share)
  local path = os.tmpname()
  os.remove(path)
  local one = study(more)
  local said, parts = size.of(one)
  one:run { db = path, jobs = 1 }
  local file <close> = io.open(path, "rb")
  local is = file:seek "end"
  os.remove(path)
  t.ok(math.abs(said - is) < share * math.max(said, is), string.format("%s: %d bytes were said, it has %d", name, said, is))
  return said, parts, is
end

local all, parts = compared("scores of all epochs", nil, 0.25)
local rows = 0 -- of test and validation parts in a cut, of both sets
for _, n in ipairs { 2000, 208 } do rows = rows + n / 2 + n / 2 * 0.2 end
t.is(parts.raw, math.ceil(rows * 4 * 12 * 3 * 4), "scores as float32: rows × 4 bytes × epochs × configurations × cuts")
t.ok(parts.scores < parts.raw and parts.scores > parts.raw / 2, "packed they take less: " .. parts.scores .. " of " .. parts.raw)
local _, of_ranks = compared("ranks of all epochs", { scores = "ranks" }, 0.35)
t.ok(of_ranks.raw == parts.raw and of_ranks.scores < parts.scores / 2, "ranks take less than half of it")
local best, of_best = compared("those of the chosen epoch", { scores = "best" }, 0.35)
t.ok(math.abs(of_best.raw * 12 - parts.raw) <= 12, "one of twelve: " .. of_best.raw)
local none, of_none = compared("none", { scores = "none" }, 0.35)
t.is(of_none.scores, 0, "no scores")
t.ok(none < best and best < all, "in this order")
local _, with_networks = size.of(study { networks = true })
t.is(with_networks.networks, 4 * 3 * 4 * ((7 * 8 + 9) + (61 * 8 + 9)), "networks: weights × 4 bytes")
local _, classes = size.of(study { data = { { generator = "grid_gaussians", n = 500 } },
  compare = { softmax = {} }, metric = "multiclass_accuracy" })
t.is(classes.raw, math.ceil((250 + 50) * 25 * 4 * 12 * 4), "an output a class")
local own = size.of(study { trial = function() end, compare = { mine = {} }, metric = "auc", train = { epochs = 3 }, model = {} })
t.ok(own > 0, "a study with its own trial: " .. own)
for _, hidden in ipairs { 16, "wide", { 4, "x" } } do
  local memory = require("losslab.study.footprint").of(study { trial = function() end, compare = { mine = {} }, metric = "auc",
    train = { epochs = "many", batch = { 1 } }, model = { hidden = hidden } }, 2)
  t.ok(memory.worker > memory.data, "its memory, whatever model and train hold")
end
t.done()
