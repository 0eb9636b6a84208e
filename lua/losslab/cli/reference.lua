-- Compares this build with recorded figures: files of cases of losses, metrics, optimizers, divergences and statistics with the
-- values and gradients that another system computed. A case's fields tell its kind.
local ll = require "losslab"
local check = require "losslab.check"
local case_of = require "losslab.cli.reference.case"
local file = require "losslab.file"

local M = { tolerance = case_of.tolerance }

local kinds = { -- the field that tells a kind, and what evaluates a case of it
  { "loss", require "losslab.cli.reference.loss_case" },
  { "optimizer", require "losslab.cli.reference.optimizer_case" },
  { "kind", require "losslab.cli.reference.divergence_case" },
  { "statistic", require "losslab.cli.reference.statistic_case" },
  { "scores", require "losslab.cli.reference.metric_case" },
}

-- The cases of a file. An error names the file and, where the text is not JSON, the line and column.
function M.read(path)
  local content, why = file.read(path)
  if not content then error(why, 0) end
  local fine, cases = pcall(require "cjson".decode, content)
  if not fine then
    local message, at = tostring(cases):match "^(.-) at character (%d+)"
    if not at then error(string.format("%s: %s", path, cases), 0) end
    local before = content:sub(1, tonumber(at) - 1)
    local _, lines = before:gsub("\n", "")
    error(string.format("%s:%d:%d: %s", path, lines + 1, #before:match "[^\n]*$" + 1, message), 0)
  end
  if type(cases) ~= "table" or #cases == 0 then error(path .. ": an array of cases was expected", 0) end
  return cases
end

local report_class = {}
report_class.__index = report_class

-- The table's line for a name, with one more case counted in it.
function report_class:entry(name)
  local entry = self.by_name[name]
  if not entry then
    entry = { name = name, cases = 0, worst = 0, failures = {} }
    self.by_name[name] = entry
    self.entries[#self.entries + 1] = entry
  end
  entry.cases = entry.cases + 1
  return entry
end

-- Records a case of a name that this build does not have; said: "there is no loss".
function report_class:unknown(said, name, known) self:entry(name).unknown = check.no_such(said, name, known) end

-- Runs one evaluation; an error of the engine fails the case.
function report_class:try(entry, f)
  local before = ll.loss.remarks "never" -- a case holds what it holds
  local fine, err = pcall(f, self.where)
  ll.loss.remarks(before)
  if fine then return end
  if err == "interrupted" then error(err, 0) end
  entry.worst = math.huge
  entry.failures[#entry.failures + 1] = string.format("%s: %s", self.where, check.plain(err))
end

-- A report to give to M.check for each file.
function M.report() return setmetatable({ entries = {}, by_name = {}, problems = {} }, report_class) end

-- Evaluates the cases of a file into the report: entries {name, cases, worst, tolerance, unknown, failures}, tolerance where it is
-- not M.tolerance, unknown being the message for a name that this build does not have, and problems, the messages of files and
-- cases that could not be read.
function M.check(report, path)
  local fine, cases = pcall(M.read, path)
  if not fine then
    report.problems[#report.problems + 1] = cases
    return
  end
  for i, case in ipairs(cases) do
    report.where = string.format("%s: case %d", path, i)
    local ran, err = pcall(function()
      if type(case) ~= "table" then case_of.bad("is a %s; expected an object", type(case)) end
      for _, kind in ipairs(kinds) do
        if case[kind[1]] ~= nil then return kind[2](case, report) end
      end
      case_of.bad("has no loss, optimizer, kind, statistic or scores, which would say what it is a case of")
    end)
    if not ran then
      if not case_of.is_bad(err) then error(err, 0) end
      report.problems[#report.problems + 1] = report.where .. ": " .. err.message
    end
  end
end

-- Whether every case was known and within tolerance.
function M.passed(report)
  if #report.problems > 0 or #report.entries == 0 then return false end
  for _, entry in ipairs(report.entries) do
    if entry.unknown or #entry.failures > 0 then return false end
  end
  return true
end

return M
