-- The choice by fold (lua/losslab/results/folds.lua, the views own_choice and leaderboard) against the plain rule: of every fold of
-- every seed the configuration that did best on that fold's validation rows, or on those of its inner folds, after those that lost
-- fewer runs.
local ll = require "losslab"
local make = require "tests.lua.fixture_db"
local reading = require "losslab.results.reading"
local t = require "tests.lua.tap"

local path = os.tmpname()

-- Finished runs by data set and configuration, lost ones counted, straight from the tables.
local function read(store)
  local all = {}
  for row in store:query [[SELECT t.dataset, t.config, c.loss, t.fold, t.seed, t.status, w.valid, w.test FROM main.wanted AS w
      JOIN trial AS t ON t.id = w.trial JOIN config AS c ON c.id = t.config]] do
    all[#all + 1] = row
  end
  return all
end

-- The plain rule. accept: of a configuration's id; inner: so many folds in a row are one.
local function expected(all, dataset, loss, sign, accept, inner)
  local lost, finished, blocks = {}, {}, {}
  local function is_lost(row) return row.status == "diverged" or row.status == "failed" end
  for _, row in ipairs(all) do
    if row.dataset == dataset then
      if is_lost(row) then lost[row.config] = (lost[row.config] or 0) + 1 end
      if row.status == "done" then finished[row.config] = true end
    end
  end
  for _, row in ipairs(all) do
    if row.dataset == dataset and row.loss == loss and accept(row.config) and finished[row.config] then
      local at = (row.fold - 1) // inner .. "/" .. row.seed
      blocks[at] = blocks[at] or {}
      blocks[at][row.config] = blocks[at][row.config] or {}
      table.insert(blocks[at][row.config], row)
    end
  end
  local out = { n = 0, lost = 0, open = 0, folds = 0, agree = {}, sum = 0 }
  for _, block in pairs(blocks) do
    local best, best_value, best_lost
    for config = 1, 100 do
      if block[config] then
        local sum, n = 0, 0
        for _, row in ipairs(block[config]) do if row.valid then sum, n = sum + row.valid, n + 1 end end
        local value, mine = n > 0 and sign * sum / n or -math.huge, lost[config] or 0
        if not best or mine < best_lost or mine == best_lost and value > best_value then
          best, best_value, best_lost = config, value, mine
        end
      end
    end
    out.folds, out.agree[best] = out.folds + 1, (out.agree[best] or 0) + 1
    for _, row in ipairs(block[best]) do
      local what = row.status == "done" and "n" or is_lost(row) and "lost" or "open"
      out[what], out.sum = out[what] + 1, out.sum + (row.test or 0)
    end
  end
  return out
end

local losses = { hinge = { margin = { 0.1, 0.5, 1 } }, exponential = { beta = { 0.5, 1 } }, savage = {} }
for case, options in ipairs {
  { goal = "max" }, { goal = "min" },
  { goal = "max", status = function(row) return row.trial % 7 == 0 and "diverged" or row.trial % 11 == 0 and "failed" or nil end },
  { goal = "min", status = function(row) return row.trial > 68 and "pending" or row.trial % 13 == 0 and "diverged" or nil end },
  -- a configuration of which nothing finished takes no part, though it lost less than the other
  { goal = "max", losses = { hinge = { margin = { 0.1, 0.5 } } }, datasets = { "a" },
    status = function(row) return row.trial > 6 and "pending" or row.trial == 2 and "diverged" or nil end },
  { goal = "max", inner = 3 },
  { goal = "min", inner = 2, status = function(row) return row.trial % 17 == 0 and "diverged" or nil end },
} do
  local inner = options.inner or 1
  os.remove(path)
  make(path, { datasets = options.datasets or { "a", "b" }, losses = options.losses or losses, folds = 3 * inner,
    inner = options.inner, seeds = 2,
    epochs = 2, goal = options.goal, ask = false,
    status = options.status, scores = false, seed = case })
  local store <close> = ll.store.open(path)
  local results, all = reading.read(store), read(store)
  local leaderboard = {}
  for row in store:rows "leaderboard" do leaderboard[row.dataset .. row.loss] = row end
  for _, dataset in ipairs(results.datasets) do
    for loss in pairs(options.losses or losses) do
      local name = string.format("case %d, %s, %s", case, dataset.name, loss)
      local want = expected(all, dataset.id, loss, results.sign, function() return true end, inner)
      local row, view = results:choose(dataset, loss), leaderboard[dataset.name .. loss]
      t.is({ row.n, row.lost, row.open }, { want.n, want.lost, want.open }, name .. ": finished, lost, open")
      t.near(row.test_mean, want.sum / want.n, 1e-12, name .. ": the mean on test is of each fold's own choice")
      t.near(view.test_mean, row.test_mean, 1e-12, name .. ": the view has it")
      t.near(view.test_sd, row.test_sd, 1e-7, name .. ": and its deviation")
      t.is({ view.config, view.n, view.lost, view.open, view.folds, view.folds_agree },
        { row.config, row.n, row.lost, row.open, row.folds, row.folds_agree }, name .. ": and the rest")
      t.is({ row.folds, row.folds_agree }, { want.folds, want.agree[row.config] or 0 }, name .. ": how many folds agree")
      local values = results:values(dataset, row)
      local some_lost = want.lost + want.open > 0
      t.ok(some_lost or #values == want.folds, name .. ": a value a fold")
      local same = results:difference(dataset, row, row)
      t.is({ same.difference, same.n }, { 0.0, #values }, name .. ": no different from itself")
      local last = results.losses[loss].configs[#results.losses[loss].configs].id
      local some = expected(all, dataset.id, loss, results.sign, function(config) return config ~= last end, inner)
      local chosen = results:choose(dataset, loss, function(p) return p ~= results.configs[last].parameters end)
      if some.folds > 0 then
        t.near(chosen.test_mean, some.sum / some.n, 1e-12, name .. ": also where some configurations are left out")
      else
        t.is(chosen, nil, name .. ": nothing is left")
      end
    end
  end
end
os.remove(path)
t.done()
