-- The recorded figures in tests/reference, every case of every name this build has, in both precisions; and adaptive_rank's and
-- the optimizers' figures again with one number changed, since a check that cannot fail proves nothing.
local t = require "tests.lua.tap"
local ll = require "losslab"
local reference = require "losslab.cli.reference"

local listing = assert(io.popen "ls tests/reference/*.json")
local files = {}
for path in listing:lines() do files[#files + 1] = path end
listing:close()
t.ok(#files >= 4, "the recorded figures are there")

local names = {}
for _, path in ipairs(files) do
  local report = reference.report()
  reference.check(report, path)
  t.is(report.problems, {}, path .. " can be read")
  t.ok(#report.entries > 0, path .. " holds cases")
  for _, entry in ipairs(report.entries) do
    names[entry.name] = true
    if t.ok(not entry.unknown, path .. ": " .. entry.name .. " is known to this build") then
      t.ok(#entry.failures == 0, string.format("%s: %s, %d cases, worst error %.1e %s", path, entry.name, entry.cases, entry.worst,
        entry.failures[1] or ""))
    end
  end
end
for _, name in ipairs(ll.loss.list()) do
  if not ll.loss.describe(name).metric_only then t.ok(names[name], name .. " has recorded figures") end
end
for name in pairs(ll.stats) do t.ok(names[name], "ll.stats." .. name .. " has recorded figures") end

-- check(cases) of one file made here.
local cjson = require "cjson"
local path = os.tmpname()
local function verdict(cases)
  local file = assert(io.open(path, "w"))
  file:write(cjson.encode(cases))
  file:close()
  local report = reference.report()
  reference.check(report, path)
  return reference.passed(report), report
end
local function case_of(file, wanted)
  for _, case in ipairs(reference.read("tests/reference/" .. file)) do
    if case.loss == wanted or case.optimizer == wanted then return case end
  end
end

local case = case_of("ranking.json", "adaptive_rank")
t.ok(verdict { case }, "adaptive_rank's first case passes")
local margin = case.grads.margin
case.grads.margin = 1.001 * margin
t.ok(not verdict { case }, "a wrong gradient of the margin is found")
case.grads.margin = margin
case.inputs.prev_labels[1] = 1 - case.inputs.prev_labels[1]
t.ok(not verdict { case }, "another history is found")
case.inputs.prev_labels = nil
local passed, report = verdict { case }
t.ok(not passed, "a history without labels is refused")
t.like(report.entries[1].failures[1], "case 1: .*prev_labels", "with its case")

local optimizer = case_of("optimizers.json", "adam")
t.ok(verdict { optimizer }, "adam's iterates are met")
optimizer.iterates[20][4] = optimizer.iterates[20][4] * 1.001
passed, report = verdict { optimizer }
t.ok(not passed and report.entries[1].failures[1]:find "iterate 20%[4%]", "a wrong last iterate is found")
optimizer.params.beta1 = 0.8
t.ok(not verdict { optimizer }, "another parameter is found")

local metrics = reference.read "tests/reference/metric_values.json"
metrics[1].auc = metrics[1].auc + 1e-4
passed, report = verdict(metrics)
t.ok(not passed and #report.entries >= 5, "a wrong AUC is found among right figures")
os.remove(path)
t.done()
