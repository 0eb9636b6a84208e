-- Trials of a database of schema 5 or older, which knew them by their places in its one study. A trial that the study wants and
-- that was run by the older schema is found by what was recorded of it, and gets its key: the same data by content and origin,
-- the same rows in its parts, configuration, fold, seed and number, precision; and, where Lua of the script computes it, the same
-- script. (An older study with any Lua had its script's hash with all of its trials, those of losses that losslab has, too.)
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local records = require "losslab.study.records"

local M = {}

local function place(name, config_key, fold, seed, number)
  return string.format("%s\0%s\0%d\0%d\0%d", name, config_key, fold, seed, number)
end

-- What the older plan says was recorded of every trial.
local function records_of(plan)
  local fine, old = pcall(json.decode, plan)
  if not fine or type(old) ~= "table" then old = {} end
  local metrics = json.array { table.unpack(type(old.metrics) == "table" and old.metrics or {}) }
  table.sort(metrics)
  local parts = json.array { table.unpack(type(old.record) == "table" and old.record or { "test", "valid" }) }
  table.sort(parts)
  return json.encode { metrics = metrics, parts = parts, scores = old.scores or "all", networks = old.networks or false,
    best_by = records.chosen(old.scores or "all", old.networks) and old.metric or nil }
end

-- A function of what is wanted (plan.each) that gives the row { id, status, records } of the older trial which it is, now with its
-- key, or nil. Inside a transaction.
function M.by(study, store)
  local old, plan = {}, nil
  for row in store:rows "adoptable" do old[place(row.name, row.config_key, row.fold, row.seed, row.number)] = row end
  if not next(old) then return function() end end
  for row in store:rows "scripts" do plan = plan or store:one("script", { id = row.id }) end
  local recorded, same_script = records_of(plan and plan.plan or "{}"), plan and ll.core.sha256(study.script)
  local rows_of, datasets, cut_keys = {}, {}, {}
  local function same_rows(row, of)
    if not rows_of[row.cut] then
      rows_of[row.cut] = {}
      for part in store:rows("cut_rows", { cut = row.cut }) do rows_of[row.cut][part.split] = ll.core.sha256(part.rows or "") end
    end
    for _, split in ipairs(cuts.PARTS) do
      local part = of.parts[split]
      if rows_of[row.cut][split] ~= (part and part:rows_hash()) then return false end
    end
    return true
  end
  return function(of)
    local where = place(of.dataset.name, of.config_key, of.fold, of.seed, of.number)
    local row = old[where]
    if not row or row.sha256 ~= of.dataset.set.hash or (row.origin or "") ~= of.dataset.origin or row.precision ~= ll.precision
      or (of.code ~= "" and row.code ~= same_script) or not same_rows(row, of) then
      return nil
    end
    old[where] = nil
    if not datasets[row.dataset] then
      datasets[row.dataset] = true
      store:run("adopt_dataset", { dataset = row.dataset, key = of.dataset.key })
    end
    if not cut_keys[row.cut] then
      cut_keys[row.cut] = true
      local split = { study_seed = study.seed, ratio = of.dataset.ratio }
      for name, value in pairs(study.split) do split[name] = value end
      store:run("adopt_cut", { cut = row.cut, key = of.cut_key, split = json.encode(split) })
    end
    store:run("adopt_trial", { trial = row.trial, key = of.key, study_seed = of.study_seed, code = of.code, records = recorded })
    return { id = row.trial, status = row.status, records = recorded }
  end
end

return M
