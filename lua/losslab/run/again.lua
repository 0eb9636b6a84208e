-- A finished trial made ready to be run again from what the database says of it: its data, checked by their hash; its parts, from
-- their row numbers; its configuration; and what stands for its study. Where Lua of a script computes it, the script is the version
-- that asked for the trial, and it is run only where that is allowed. Nothing is believed that can be checked: the keys of trial,
-- configuration and cut are hashes of what they stand for, and are taken anew.
local ll = require "losslab"
local check = require "losslab.check"
local code = require "losslab.study.code"
local configs = require "losslab.study.configs"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local keys = require "losslab.study.keys"
local metrics = require "losslab.study.metrics"
local network = require "losslab.run.network"
local study_of = require "losslab.study.study"
local tasks = require "losslab.study.tasks"
local text = require "losslab.text"
local trust = require "losslab.results.trust"
local validation = require "losslab.study.validation"

local M = {}

local Again = {}
Again.__index = Again

-- What cannot be run again, and why.
local Not = { __tostring = function(self) return self.why end }
local function refuse(format, ...) error(setmetatable({ why = string.format(format, ...) }, Not), 0) end

-- store: an open one; all that is read is kept for the trials that follow. trusted: whether scripts are run that the user has not
-- run before.
function M.new(store, trusted)
  return setmetatable({ store = store, trusted = trusted, sets = {}, scripts = {}, configs = {} }, Again)
end

-- ---- metrics by their labels ----

-- What a label says: "partial_auc(max_fpr=0.05)".
local function parsed(label)
  local name, inside = label:match "^([%w_]+)%((.*)%)$"
  if not name then return label end
  local written = { name }
  for key, value in inside:gmatch "([%w_]+)=([^,]*)" do
    if value == "true" or value == "false" then written[key] = value == "true"
    else written[key] = math.tointeger(tonumber(value)) or tonumber(value) or value end
  end
  return written
end

-- The metric of a label, as a study that is in the file wrote it; nil for one that this losslab does not know.
function Again:metric(label)
  if not self.measures then
    self.measures = {}
    for row in self.store:rows "plans" do
      local fine, plan = pcall(json.decode, row.plan)
      if not fine or type(plan) ~= "table" then plan = {} end
      local labels = type(plan.metrics) == "table" and plan.metrics or {}
      for i, measure in ipairs(type(plan.measures) == "table" and plan.measures or {}) do
        local written = { measure[1] }
        for key, value in pairs(type(measure[2]) == "table" and measure[2] or {}) do written[key] = value end
        if labels[i] then self.measures[labels[i]] = written end
      end
    end
  end
  local fine, made = pcall(metrics.of, self.measures[label] or parsed(label))
  if not fine then return nil, made end
  made.label = label
  return made
end

-- ---- data ----

local function generated(origin)
  local fine, parameters = pcall(function() return ll.data[origin.generator](origin.parameters) end)
  if not fine then refuse("its data are made by %s, which refuses: %s", check.show(origin.generator), check.plain(parameters)) end
  return parameters
end

local function read_file(row, origin)
  local options = {}
  for key, value in pairs(origin) do if key ~= "load" and key ~= "ratio" then options[key] = value end end
  local fine, set = pcall(ll.data.load, origin.load, next(options) and options or nil)
  if not fine then
    refuse("its data %s are not kept in the database (they are too large), and cannot be read: %s", check.show(row.name),
      check.plain(set))
  end
  return set
end

-- The set of a trial's row, as the script makes it where that is its origin.
local function from_origin(self, row)
  local origin = row.origin or ""
  if origin == "made by the study's script" then
    for _, dataset in ipairs(cuts.datasets(self:script(row).study)) do
      if dataset.name == row.name then return dataset.set end
    end
    refuse("its data %s are made by the study's script, which makes none of that name", check.show(row.name))
  end
  local fine, told = pcall(json.decode, origin)
  if not (fine and type(told) == "table") then return read_file(row, { load = origin }) end
  if told.generator then return generated(told) end
  return read_file(row, told)
end

function Again:set(row)
  local there = self.sets[row.dataset]
  if there then return there end
  local kept = self.store:one("content", { dataset = row.dataset })
  local fine, set
  if kept then fine, set = pcall(ll.data.unpack, kept.packed, row.name) else fine, set = true, from_origin(self, row) end
  if not fine then refuse("its data in the database cannot be read: %s", check.plain(set)) end
  if set.hash ~= row.sha256 then
    refuse("its data %s are not those that it was run on: their sha256 is %s…, it was %s…", check.show(row.name),
      set.hash:sub(1, 12), tostring(row.sha256):sub(1, 12))
  end
  self.sets[row.dataset] = set
  return set
end

-- Its parts, as they were cut; kept for the next trial of the same cut.
function Again:parts(row)
  if self.cut == row.cut then return self.cut_parts end
  local rows, fine, split = {}, pcall(json.decode, row.split)
  if not fine or type(split) ~= "table" then refuse "how its data were cut is not known" end
  for part in self.store:rows("cut_rows", { cut = row.cut }) do rows[part.split] = part.rows end
  for _, name in ipairs(cuts.PARTS) do
    local none = name == "valid" and validation.none(split)
    if type(rows[name]) ~= "string" and not none then refuse("the rows of its %s part are not in the database", name) end
  end
  local cut, parts = pcall(cuts.of_rows, self:set(row), rows, split.standardise)
  if not cut then refuse("its data cannot be cut again: %s", check.plain(parts)) end
  if keys.cut(row.dataset_key, split.standardise, parts) ~= row.cut_key then
    refuse "the rows of its parts are not those that it was run on: the key of its cut is another"
  end
  self.cut, self.cut_parts = row.cut, parts
  return parts
end

-- ---- scripts ----

-- { study, configs by key } of the version of the script that asked for the trial.
function Again:script(row)
  local there = self.scripts[row.script or 0]
  if there then return there end
  local script = row.script and self.store:one("script", { id = row.script })
  if not script or script.text == "" then
    refuse "Lua of a script computes it, and the database does not hold that script (its study was made at a prompt)"
  end
  if not (self.trusted or trust.known(script.text)) then
    refuse("Lua of the script computes it, which was not run here before (sha256 %s…): losslab show --script shows it, --trust "
      .. "runs it with all your rights", trust.hash(script.text):sub(1, 12))
  end
  local fine, study = pcall(study_of.of_script, script.text, "=" .. self.store:path())
  if not fine then refuse("the script that computes it cannot be run: %s", check.plain(tostring(study))) end
  there = { study = study, configs = {} }
  for _, config in ipairs(study.configs) do there.configs[config.key] = config end
  self.scripts[row.script] = there
  return there
end

-- The configuration of a trial that Lua of its script computes; nil if the script has it no more.
function Again:config_of_script(row)
  local there = self:script(row)
  if there.study.search and not there.configs[row.config_key] then -- one that was proposed
    local fine, config = pcall(configs.of_row, there.study, row)
    there.configs[row.config_key] = fine and config or nil
  end
  return there.configs[row.config_key]
end

-- ---- configurations ----

local function whole(t, names)
  for _, name in ipairs(names) do t[name] = math.tointeger(t[name]) or t[name] end
end

-- The key is a hash of the whole, and of the versions of the formulas where one is not the first.
local function check_config(config)
  local whole_of = { config.loss, config.parameters, config.model, config.train }
  local plain = ll.core.sha256(json.encode(whole_of))
  whole_of[5] = { loss = config.formula, optimizer = ll.optim.describe(config.train.optimizer).version }
  if config.key ~= plain and config.key ~= ll.core.sha256(json.encode(whole_of)) then
    refuse("its configuration is not that of its key: rows were changed, or the formula of %s is another here",
      config.train.optimizer)
  end
  local formula = ll.loss.describe(config.loss).version
  if config.formula ~= formula then
    refuse("version %d of the formula of %s computed it, this losslab has version %d", config.formula, config.loss, formula)
  end
end

-- The configuration of a built-in loss, from its row.
function Again:config(row)
  local there = self.configs[row.config]
  if there then return there end
  local config = { loss = row.loss, formula = row.formula, key = row.config_key }
  for _, what in ipairs { "parameters", "model", "train" } do
    local fine, value = pcall(json.decode, row[what])
    if not fine or type(value) ~= "table" then refuse("the %s of its configuration is no table", what) end
    config[what] = value
  end
  if type(config.model.hidden) ~= "table" or type(config.train.optimizer) ~= "string" then
    refuse "its configuration names no layers or no optimizer"
  end
  json.array(config.model.hidden)
  if type(config.parameters.class_weights) == "table" then json.array(config.parameters.class_weights) end
  whole(config.model, { "embedding" })
  whole(config.train, { "epochs", "batch" })
  for i, size in ipairs(config.model.hidden) do config.model.hidden[i] = math.tointeger(size) or size end
  local known, why = pcall(check_config, config)
  if not known then
    if getmetatable(why) == Not then error(why, 0) end
    refuse("its configuration is none of this losslab: %s", check.plain(why))
  end
  self.configs[row.config] = config
  return config
end

-- ---- the study ----

-- What a trial was asked to record, as tables: metrics (labels), parts, scores, networks, best_by.
function M.records(row)
  local fine, records = pcall(json.decode, row.records)
  if not fine or type(records) ~= "table" or type(records.metrics) ~= "table" then return nil end
  return records
end

-- What network.run needs of a study, to record what records says: metrics that are not known here are left out and come second.
-- of [opt]: the study of the script.
function Again:study(row, records, of)
  local study = { seed = row.study_seed, record = records.parts, scores = records.scores, networks = records.networks,
    metrics = {} }
  local unknown = {}
  for _, label in ipairs(records.metrics) do
    local metric = self:metric(label)
    if metric then study.metrics[#study.metrics + 1] = metric else unknown[#unknown + 1] = label end
    if metric and label == records.best_by then study.metric = metric end
  end
  study.metric = study.metric or study.metrics[1]
  if of then
    if of.trial then
      study.metrics, study.metric, study.record = of.metrics, of.metric, of.record
    end
    setmetatable(study, { __index = of })
  elseif row.code == "" then
    study.losses = { [row.loss] = { name = row.loss, task = tasks.of(row.loss) } }
  end
  if not study.metric then refuse("none of its metrics is known here: %s", table.concat(unknown, ", ")) end
  return study, unknown
end

-- ---- a trial ----

-- Runs one that M:load gave, as far as it went: one that its search ended ends after the same epoch. study: of Again:study.
function M.run(study, made)
  local last, epoch = made.row.pruned_epoch, 0
  local result = network.run(study, made.config, made.parts, made.row.number, last and { epoch_ended = function()
    epoch = epoch + 1
    return epoch >= last and "pause" or nil
  end })
  if result.status == "paused" then result.status, result.pruned_epoch = "pruned", result.paused end
  return result
end

local function check_key(row)
  if row.key:find "^schema 5, " then return end -- of an older schema, which had none
  if keys.trial { config_key = row.config_key, cut_key = row.cut_key, fold = row.fold, seed = row.seed, number = row.number,
    study_seed = row.study_seed, precision = row.precision, code = row.code, search = row.search } ~= row.key then
    refuse "its key is not that of what the database says of it: rows were changed"
  end
end

-- The trial of an id, ready: { row, config, parts, records, script [opt] }; nil and why it cannot be run again; false and why where
-- the database holds no such trial. with_parts = false leaves the data alone.
function Again:load(id, with_parts)
  local row = self.store:one("again", { trial = id })
  if not row then return false, string.format("%s has no trial %d", text.clean(self.store:path()), id) end
  local made = { row = row }
  local fine, why = pcall(function()
    made.records = M.records(row) or refuse "an older losslab ran it, and what was recorded of it is not known"
    if row.precision ~= ll.precision then
      refuse("it was computed in %s: %s runs it again", row.precision, row.precision == "double" and "losslab-double" or "losslab")
    end
    check_key(row)
    if row.code ~= "" then
      made.script = self:script(row).study
      made.config = self:config_of_script(row)
      if not made.config then refuse "its script has no such configuration any more" end
      if code.of_study(made.script, made.config) ~= row.code then
        refuse("the functions of its script have another text than those that computed it: a module or file that it loads is "
        .. "another")
      end
    else
      if not tasks.of(row.loss) then refuse("this losslab has no loss %s that it can train", check.show(row.loss)) end
      made.config = self:config(row)
    end
    if with_parts ~= false then made.parts = self:parts(row) end
  end)
  if fine then return made end
  if getmetatable(why) ~= Not then error(why, 0) end
  return nil, why.why
end

return M
