-- Of a grid the whole, which has the first value of every list, and what differs from it in one field or a few: the study of what
-- each part of a method brings. results/ablation.lua says what came of it.
local check = require "losslab.check"
local fields = require "losslab.study.fields"

local M = {}

--- study.ablate = true
-- Whether of the grid only the whole is run, the first value of every list, and what differs from it in one field: one factor off
-- at a time. A number says in how many fields at most; without it the grid is whole (a full factorial). Each loss has its own
-- whole. An optimizer and what belongs to it are one field.
-- See: results:ablation, results:effects, results:importance, study.compare
-- Example:
--   ll.study { name = "m", data = "moons", split = { test = 0.3 }, compare = { adaptive_rank = { margin = { 0.2, 0 } } },
--     model = { activation = { "silu", "sigmoid" } }, train = { lr = { 0.01, 0.1 } }, ablate = true }:trials()   --> 4
function M.check(written)
  if written == nil or written == false then return nil end
  if written == true then return 1 end
  return check.integer("ablate: true, or in how many fields,", written, 1, 1000)
end

-- In how many fields two configurations of one loss differ.
local function apart(one, other, all)
  local count, same_optimizer = 0, one.train.optimizer == other.train.optimizer
  for _, entry in ipairs(all) do
    local of_optimizer = entry.place == "train" and entry.key ~= "optimizer" and entry.key ~= "epochs" and entry.key ~= "batch"
    if (same_optimizer or not of_optimizer) and not fields.same(one[entry.place][entry.key], other[entry.place][entry.key]) then
      count = count + 1
    end
  end
  return count
end

-- Those of configs that differ from the first of their loss in at most so many fields, in their order.
function M.keep(configs, most)
  local all, wholes, out = fields.of(configs), {}, {}
  for _, config in ipairs(configs) do
    wholes[config.loss] = wholes[config.loss] or config
    if apart(wholes[config.loss], config, all) <= most then out[#out + 1] = config end
  end
  return out
end

return M
