-- losslab check: compares this build with recorded figures, so that it can be trusted on a new machine.
local ll = require "losslab"
local reference = require "losslab.cli.reference"
local say = require "losslab.say"
local text = require "losslab.text"

local function verdict(entry)
  if entry.unknown then return "UNKNOWN", "red" end
  if #entry.failures > 0 then return "FAIL", "red" end
  return "ok", "green"
end

local function print_json(report, passed)
  local json = require "losslab.json"
  local rows = json.array {}
  for i, entry in ipairs(report.entries) do
    local finite = entry.worst < math.huge
    rows[i] = { name = entry.name, cases = entry.cases, tolerance = entry.tolerance or reference.tolerance,
                verdict = (verdict(entry)), worst = not entry.unknown and finite and entry.worst or nil,
                failures = json.array(entry.failures) }
  end
  say.json { precision = ll.precision, passed = passed, checked = rows, problems = json.array(report.problems) }
end

local function print_table(report)
  local paint = text.paint(1)
  local rows, colours = { { "name", "cases", "worst error", "tolerance", "" } }, {}
  for i, entry in ipairs(report.entries) do
    local word, colour = verdict(entry)
    colours[i] = colour
    rows[i + 1] = { text.clean(entry.name), tostring(entry.cases), entry.unknown and "-" or string.format("%.1e", entry.worst),
                    string.format("%.0e", entry.tolerance or reference.tolerance), word }
  end
  for i, line in ipairs(text.lines(rows, { right = { [2] = true, [3] = true, [4] = true } })) do
    say.out(line:gsub("%S+$", function(word) return i > 1 and paint(word, colours[i - 1]) end), "\n")
  end
  local counts, cases = { ok = 0, FAIL = 0, UNKNOWN = 0 }, 0
  for _, entry in ipairs(report.entries) do
    local word = verdict(entry)
    counts[word], cases = counts[word] + 1, cases + entry.cases
  end
  say.out(string.format("%d cases of %d names in %s precision: %d within tolerance, %d out of it, %d unknown\n", cases,
    #report.entries, ll.precision, counts.ok, counts.FAIL, counts.UNKNOWN))
end

local SHOWN = 5 -- failures printed of one name; the first few say what is wrong

local function complain(report)
  for _, problem in ipairs(report.problems) do say.note(problem) end
  for _, entry in ipairs(report.entries) do
    if entry.unknown then say.note(entry.unknown) end
    for i = 1, math.min(SHOWN, #entry.failures) do say.note(entry.name, ": ", entry.failures[i]) end
    if #entry.failures > SHOWN then
      say.note(string.format("%s: and %d more", entry.name, #entry.failures - SHOWN))
    end
  end
end

return {
  name = "check",
  summary = "compare this build with recorded values and gradients",
  arguments = { { "FILE.json", "cases: an array of objects with loss, params, inputs, value, grads (or those of a metric, …)",
                  many = true } },
  json = true,
  example = "losslab check cases.json",
  notes = [[
The error of a number is |got - wanted|, relative to the larger of |wanted| and a floor: the largest element of the same
gradient (for a value: of any gradient of the case) in single precision, a thousandth of it in double. Statistics, which are in
double in both, have no floor. Exits with 1 if a case is out of tolerance, malformed, or of a loss this build does not have.]],
  run = function(given, files)
    local report = reference.report()
    for _, path in ipairs(files) do reference.check(report, path) end
    local passed = reference.passed(report)
    if given.json then
      print_json(report, passed)
    elseif #report.entries > 0 then
      print_table(report)
    end
    complain(report)
    return passed and 0 or 1
  end,
}
