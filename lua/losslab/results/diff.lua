-- Whether two databases hold the same, and where not: { { study = …, what = words } … }. Studies are known by their names, all
-- else by keys, so neither ids nor the order in which things were added count; nor do the columns of the view may_differ.
local check = require "losslab.check"
local differences = require "losslab.results.differences"
local merge = require "losslab.results.merge"
local studies = require "losslab.results.studies"
local text = require "losslab.text"

local M = {}

M.MOST = 20 -- trials that are named of a kind

-- Both, or neither, know their trials by keys.
local function check_keys(a, b)
  local one, other = a:one "unkeyed".any ~= 0, b:one "unkeyed".any ~= 0
  if one ~= other then merge.check_keys(one and a or b, string.format("%s and %s: ", a:path(), b:path())) end
end

-- Rows of a statement by key; several of one key are told apart by `also`.
local function by_key(store, statement, also)
  local out, order = {}, {}
  for row in store:rows(statement) do
    local key = also and row.key .. "\0" .. tostring(row[also]) or row.key
    out[key], order[#order + 1] = row, key
  end
  return out, order
end

local function short(value)
  if type(value) == "string" and #value > 40 then return string.format("%d bytes", #value) end
  return value == nil and "none" or check.show(value)
end

-- Rows that one has alone, and columns that differ of those that both have. describe(row): what it is called.
local function rows(out, a, b, statement, describe, also)
  local ours, order = by_key(a.store, statement, also)
  local theirs, others = by_key(b.store, statement, also)
  for _, key in ipairs(order) do
    local one, other = ours[key], theirs[key]
    if not other then out(describe(one) .. " is in " .. a.name .. " alone")
    else
      for _, column in ipairs(check.keys(one)) do
        if one[column] ~= other[column] then
          out(string.format("%s: %s is %s in %s and %s in %s", describe(one), column, short(one[column]), a.name,
            short(other[column]), b.name))
          break
        end
      end
      for column in pairs(other) do
        if one[column] == nil then
          out(string.format("%s: %s is none in %s and %s in %s", describe(one), column, a.name, short(other[column]), b.name))
          break
        end
      end
    end
  end
  for _, key in ipairs(others) do
    if not ours[key] then out(describe(theirs[key]) .. " is in " .. b.name .. " alone") end
  end
end

-- What a study says.
local function study(out, a, b)
  local one, other = differences.side(a.store, a.name), differences.side(b.store, b.name)
  for _, what in ipairs { "settings", "data", "code" } do
    for _, words in ipairs(differences[what](one, other)) do out(words) end
  end
  for _, field in ipairs { "file", "script", "plan" } do
    local is_said = field == "script" and one.study.script_sha256 ~= other.study.script_sha256 or field == "plan"
    if not is_said and one.study[field] ~= other.study[field] then
      out(string.format("%s: %s in %s, %s in %s", field, short(one.study[field]), a.name, short(other.study[field]), b.name))
    end
  end
  local versions = { {}, {} }
  for i, side in ipairs { one, other } do
    for _, row in ipairs(side.scripts) do versions[i][row.sha256] = true end
  end
  for i, side in ipairs { a, b } do
    for _, sha256 in ipairs(check.keys(versions[i])) do
      if not versions[3 - i][sha256] then
        out(string.format("script sha256 %s… is in %s alone", text.clean(sha256):sub(1, 12), side.name))
      end
    end
  end
end

local function plural(n) return n == 1 and "" or "s" end

-- Which trials a study asks for, in which order, and what it chose of each.
local function wanted(out, a, b)
  local ours, theirs = by_key(a.store, "compared_wanted"), by_key(b.store, "compared_wanted")
  local moved, alone = 0, { 0, 0 }
  for key, row in pairs(ours) do
    if not theirs[key] then alone[1] = alone[1] + 1 elseif theirs[key].place ~= row.place then moved = moved + 1 end
  end
  for key in pairs(theirs) do
    if not ours[key] then alone[2] = alone[2] + 1 end
  end
  for i, side in ipairs { a, b } do
    if alone[i] > 0 then out(string.format("asks for %d trial%s in %s alone", alone[i], plural(alone[i]), side.name)) end
  end
  if moved > 0 and alone[1] + alone[2] == 0 then out(string.format("asks for %d of its trials in another order", moved)) end
  for _, key in ipairs(check.keys(ours)) do
    local row, its = ours[key], theirs[key]
    for _, column in ipairs { "best_epoch", "valid", "test" } do
      if its and row[column] ~= its[column] and (row.best_epoch == nil) == (its.best_epoch == nil) then
        out(string.format("%s: %s is %s in %s and %s in %s", merge.trial(row), column, short(row[column]), a.name,
          short(its[column]), b.name))
        break
      end
    end
  end
end

local function names_of(store)
  local out = {}
  for _, row in ipairs(studies.list(store)) do out[row.name] = row.id end
  return out
end

-- What a study's searches proposed.
local function proposals(out, a, b)
  local sides = {}
  for i, side in ipairs { a, b } do sides[i] = by_key(side.store, "compared_proposals") end
  for _, key in ipairs(check.keys(sides[1])) do
    local one, other = sides[1][key], sides[2][key]
    if other and (one.config ~= other.config or one.point ~= other.point or one.pause ~= other.pause) then
      out(string.format("proposal %s is another configuration in %s than in %s", text.clean(key), b.name, a.name))
    end
  end
  for i, side in ipairs { a, b } do
    local alone = 0
    for key in pairs(sides[i]) do alone = alone + (sides[3 - i][key] and 0 or 1) end
    if alone > 0 then out(string.format("has %d proposal%s in %s alone", alone, plural(alone), side.name)) end
  end
end

-- Trials of the whole file: in one alone, done in one alone, and of those that both have the first place that differs.
local function trials(out, a, b)
  local ours, theirs = by_key(a.store, "trial_keys"), by_key(b.store, "trial_keys")
  local found, counts = {}, { same = 0 }
  local function add(kind, words)
    found[kind] = found[kind] or {}
    counts[kind] = (counts[kind] or 0) + 1
    if counts[kind] <= M.MOST then table.insert(found[kind], words) end
  end
  local function ended(row) return row.status == "done" or row.status == "diverged" or row.status == "pruned" end
  for _, key in ipairs(check.keys(ours)) do
    local one, other = ours[key], theirs[key]
    if not other then add(1, merge.trial(one) .. " is in " .. a.name .. " alone")
    elseif ended(one) ~= ended(other) then
      add(3, string.format("%s is %s in %s and %s in %s", merge.trial(one), one.status, a.name, other.status, b.name))
    else
      local difference = a.store:differ(one.id, b.store, other.id)
      if difference then add(4, merge.trial(one) .. ": " .. merge.place(difference, a.name, b.name))
      else counts.same = counts.same + 1 end
    end
  end
  for _, key in ipairs(check.keys(theirs)) do
    if not ours[key] then add(2, merge.trial(theirs[key]) .. " is in " .. b.name .. " alone") end
  end
  for kind = 1, 4 do
    for _, words in ipairs(found[kind] or {}) do out(words) end
    local more = (counts[kind] or 0) - M.MOST
    local which = { "in " .. a.name .. " alone", "in " .. b.name .. " alone", "that are done in one alone", "that differ" }
    if more > 0 then out(string.format("and %d more trial%s %s", more, plural(more), which[kind])) end
  end
  return { only_a = counts[1] or 0, only_b = counts[2] or 0, done_in_one = counts[3] or 0, differ = counts[4] or 0,
    same = counts.same }
end

-- a, b: { store, name }, stores open to read. Gives { equal, trials = { same, differ, done_in_one, only_a, only_b }, differences =
-- { { study [opt], what } } }.
function M.diff(a, b)
  local list = {}
  check_keys(a.store, b.store)
  local function out(what) list[#list + 1] = { what = what } end
  local ours, theirs = names_of(a.store), names_of(b.store)
  local count = { #check.keys(ours), #check.keys(theirs) }
  for _, name in ipairs(check.keys(ours)) do
    if not theirs[name] then out(string.format("study %s is in %s alone", check.show(name), a.name))
    else
      if count[1] > 1 then a.store:choose(ours[name]) end
      if count[2] > 1 then b.store:choose(theirs[name]) end
      local function of_study(what) list[#list + 1] = { study = name, what = what } end
      study(of_study, a, b)
      wanted(of_study, a, b)
      proposals(of_study, a, b)
    end
  end
  for _, name in ipairs(check.keys(theirs)) do
    if not ours[name] then out(string.format("study %s is in %s alone", check.show(name), b.name)) end
  end
  rows(out, a, b, "compared_datasets", function(row) return "data set " .. check.show(row.name) end)
  rows(out, a, b, "compared_configs", function(row) return "configuration " .. text.clean(row.loss .. " " .. row.parameters) end)
  rows(out, a, b, "compared_cuts", function(row)
    return string.format("cut %s… (fold %s, seed %s), %s", text.clean(row.key):sub(1, 12), row.fold, row.seed, row.split)
  end, "split")
  local counted = trials(out, a, b)
  return { equal = #list == 0, trials = counted, differences = require "losslab.json".array(list) }
end

return M
