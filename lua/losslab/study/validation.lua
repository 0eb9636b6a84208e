-- The parts that a study records, and what a study without a validation part may not ask for: whatever is chosen is chosen on
-- validation, never on test, so without one nothing may be left to be chosen.
--
--   validation.none(split)              whether there is no validation part; split: a study's, or as its plan has it
--   validation.record(written, split)   the parts that metrics are taken of
--   validation.check(study)             raises for what chooses in a study without one; with configs, search and split
local check = require "losslab.check"
local json = require "losslab.json"

local validation = {}

function validation.none(split) return type(split) == "table" and split.valid == 0 end

--- study.record = { "valid", "test" }
-- The parts that metrics are taken of after each epoch: "valid", by which is chosen, "test" and "train" ({ "valid", "test" }; of a
-- study with split.valid = 0, { "test" }).
-- See: study.metrics, study.scores
-- Example:
--   #ll.study { name = "m", data = "moons", compare = { "hinge" }, record = { "train", "valid", "test" } }.record   --> 3

function validation.record(written, split)
  local none = validation.none(split)
  local out, seen = json.array {}, {}
  for i, part in ipairs(check.list("record", check.default(written, none and { "test" } or { "valid", "test" }))) do
    out[i] = check.among("record: there is no part", part, { "train", "valid", "test" })
    if seen[part] then check.fail("record: %s stands there twice", check.show(part)) end
    seen[part] = true
  end
  if none and seen.valid then check.fail "record: with split.valid = 0 there is no validation part" end
  if none and not seen.test then check.fail 'record must hold "test", where there is no validation part' end
  if not none and not seen.valid then
    check.fail('record must hold "valid", which epochs and configurations are chosen by')
  end
  return out
end

-- What chooses, and why it cannot.
local function refuse(what)
  check.fail("split.valid = 0 leaves no validation part, and %s; valid = 0.2 makes one", what)
end

function validation.check(study)
  if not validation.none(study.split) then return end
  if study.search then refuse "a search goes by it" end
  local count = {}
  for _, config in ipairs(study.configs) do
    count[config.loss] = (count[config.loss] or 0) + 1
    if config.train.patience then refuse "train.patience looks at it" end
    if type(config.train.schedule) == "string" and config.train.schedule:find "^plateau" then
      refuse "train.schedule: plateau looks at it"
    end
  end
  for _, loss in ipairs(study.compare) do
    if count[loss.name] > 1 then
      refuse(string.format("the %d configurations of %s are chosen among by it: one value for each field is left where nothing is "
        .. "chosen", count[loss.name], loss.name))
    end
  end
end

return validation
