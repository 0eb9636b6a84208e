-- What two studies differ in, in words: settings, data, code and machine, each with what it is in the one and in the other. A
-- side is an open store with its study chosen, and a name to call it by.
local check = require "losslab.check"
local computer = require "losslab.run.computer"
local json = require "losslab.json"
local text = require "losslab.text"

local M = {}

local function shown(value)
  if value == nil then return "not given" end
  return text.shorten(type(value) == "table" and json.encode(value) or check.show(value), 60)
end

-- A database's text as a table; anything else than a table is a damaged one's.
local function decoded(words)
  local fine, value = pcall(json.decode, words)
  return fine and type(value) == "table" and value or {}
end

-- Calls f(path, value) for every leaf of a decoded JSON object, in order; arrays are leaves.
local function each_leaf(value, path, f)
  for _, key in ipairs(check.keys(value)) do
    local below, each = path .. tostring(key), value[key]
    if type(each) == "table" and #each == 0 and next(each) ~= nil then each_leaf(each, below .. ".", f) else f(below, each) end
  end
end

local function leaves(value)
  local out = {}
  each_leaf(value, "", function(path, each) out[path] = each end)
  return out
end

local function union(...)
  local keys = {}
  for _, side in ipairs { ... } do for key in pairs(side) do keys[key] = true end end
  return check.keys(keys)
end

-- What of a study can be compared: { name, study = its row, plan, datasets = { rows, by name }, configs, codes = by loss, scripts,
-- computers }.
function M.side(store, name)
  local side = { name = name, store = store, study = store:one "study", datasets = {}, configs = {}, codes = {}, scripts = {},
    computers = {} }
  if not side.study then error(store:path() .. " holds no study", 0) end
  side.plan = leaves(decoded(side.study.plan))
  for row in store:rows "datasets" do
    side.datasets[#side.datasets + 1] = row
    side.datasets[row.name] = row
  end
  for row in store:rows "configs" do
    for _, part in ipairs { "parameters", "model", "train" } do row[part] = decoded(row[part]) end
    side.configs[#side.configs + 1] = row
  end
  for row in store:rows "codes" do
    side.codes[row.loss] = (side.codes[row.loss] or "") .. row.code
  end
  for _, what in ipairs { "scripts", "computers" } do
    for row in store:rows(what) do table.insert(side[what], row) end
  end
  return side
end

-- ---- settings -----------------------------------------------------------------------------------------------------------

local function both(a, b, one, other) return string.format("%s in %s, %s in %s", one, a.name, other, b.name) end

-- Adds a difference for every key whose values are not the same: "split.folds: 5 in a.db, 3 in b.db".
local function compare(out, a, b, one, other, what)
  for _, key in ipairs(union(one, other)) do
    local x, y = shown(one[key]), shown(other[key])
    if x ~= y then out[#out + 1] = string.format("%s%s: %s", what or "", text.clean(key), both(a, b, x, y)) end
  end
end

-- By loss: by field, the values that its configurations have, as a text.
local function values(configs)
  local out = {}
  for _, config in ipairs(configs) do
    local of = out[config.loss] or {}
    out[config.loss] = of
    local function add(path, value)
      of[path] = of[path] or { seen = {} }
      local word = shown(value)
      if not of[path].seen[word] then table.insert(of[path], word) end
      of[path].seen[word] = true
    end
    if config.formula ~= 1 then add("version of the formula", config.formula) end
    for _, part in ipairs { "parameters", "model", "train" } do
      each_leaf(config[part], part == "parameters" and "" or part .. ".", add)
    end
  end
  for _, of in pairs(out) do
    for path, list in pairs(of) do of[path] = table.concat(list, ", ") end
  end
  return out
end

-- The fields of a loss in which two sides differ, in words.
local function fields_of(a, b, one, other)
  local out, optimizer = {}, one["train.optimizer"] ~= other["train.optimizer"]
  for _, path in ipairs(union(one, other)) do
    local x, y = one[path] or "not given", other[path] or "not given"
    local absent = x == "not given" or y == "not given" -- as another optimizer's parameters are
    if x ~= y and not (optimizer and absent) then out[#out + 1] = text.clean(path) .. ": " .. both(a, b, x, y) end
  end
  return out
end

local function configurations(out, a, b)
  local before, now, shared, losses, count = values(a.configs), values(b.configs), {}, 0, #out
  for _, loss in ipairs(union(before, now)) do
    local one, other = before[loss], now[loss]
    if not (one and other) then
      out[#out + 1] = string.format("loss %s is in %s alone", check.show(loss), (one and a or b).name)
    else
      losses = losses + 1
      for _, words in ipairs(fields_of(a, b, one, other)) do
        if not shared[words] then shared[words], shared[#shared + 1] = {}, words end
        table.insert(shared[words], loss)
      end
    end
  end
  for _, words in ipairs(shared) do -- what all losses differ in is said once
    local of = shared[words]
    out[#out + 1] = #of == losses and losses > 1 and words or table.concat(of, ", "):gsub("[^ ,]+", text.clean) .. ": " .. words
  end
  local keys = { {}, {} }
  for i, side in ipairs { a, b } do for _, config in ipairs(side.configs) do keys[i][config.key] = true end end
  local differ = #a.configs ~= #b.configs
  for key in pairs(keys[1]) do differ = differ or not keys[2][key] end
  if #out == count and differ then
    out[#out + 1] = "configurations of the same values: " .. both(a, b, #a.configs, #b.configs .. " in other combinations")
  end
end

-- Options, losses and what they vary.
function M.settings(a, b)
  local out = {}
  for _, field in ipairs { "question", "metric", "goal", "precision" } do
    local one, other = a.study[field], b.study[field]
    if one ~= other then out[#out + 1] = field .. ": " .. both(a, b, shown(one), shown(other)) end
  end
  for _, side in ipairs { a, b } do side.plan.metric, side.plan.code = nil, nil end -- said elsewhere
  compare(out, a, b, a.plan, b.plan)
  configurations(out, a, b)
  return out
end

-- ---- data ---------------------------------------------------------------------------------------------------------------

local function content(row)
  return string.format("sha256 %s… of %s rows", text.clean(tostring(row.sha256)):sub(1, 12), tostring(row.rows))
end

-- Where a data set comes from: a call as JSON, of a generator or with a ratio; or a source, whose name alone makes no other data.
local function origins(out, a, b, one, other)
  local x, y = one.origin or "", other.origin or ""
  if x == y or not (x:find "^{" and y:find "^{") then return end
  compare(out, a, b, leaves(decoded(x)), leaves(decoded(y)), "data set " .. check.show(one.name) .. ": ")
end

function M.data(a, b)
  local out = {}
  local names = {}
  for _, side in ipairs { a, b } do for _, row in ipairs(side.datasets) do names[row.name] = true end end
  for _, name in ipairs(check.keys(names)) do
    local one, other = a.datasets[name], b.datasets[name]
    if not (one and other) then
      out[#out + 1] = string.format("data set %s is in %s alone", check.show(name), (one and a or b).name)
    else
      origins(out, a, b, one, other)
      if one.sha256 ~= other.sha256 or one.rows ~= other.rows then
        out[#out + 1] = string.format("data set %s: %s", check.show(name), both(a, b, content(one), content(other)))
      end
    end
  end
  return out
end

-- ---- code and machine -----------------------------------------------------------------------------------------------------

local function versions(side)
  local n, sha256 = #side.scripts, text.clean(tostring(side.study.script_sha256)):sub(1, 12)
  return string.format("sha256 %s…%s", sha256, n > 1 and string.format(", version %d", n) or "")
end

function M.code(a, b)
  local out = {}
  if a.study.script_sha256 ~= b.study.script_sha256 then out[1] = "script: " .. both(a, b, versions(a), versions(b)) end
  for _, loss in ipairs(union(a.codes, b.codes)) do
    local one, other = a.codes[loss], b.codes[loss]
    if one and other and one ~= other then
      out[#out + 1] = "the Lua functions that compute trials of " .. text.clean(loss) .. " differ"
    end
  end
  return out
end

local function same_computers(a, b)
  local seen, count = {}, 0
  local function key(row)
    local parts = {}
    for _, name in ipairs(check.keys(row)) do
      if name ~= "id" and name ~= "trials" then parts[#parts + 1] = name .. "=" .. tostring(row[name]) end
    end
    return table.concat(parts, "\0")
  end
  for _, row in ipairs(a.computers) do seen[key(row)], count = true, count + 1 end
  for _, row in ipairs(b.computers) do
    if not seen[key(row)] then return false end
    count = count - 1
  end
  return count == 0
end

-- What computed each, where that is not the same, of one computer each what differs of it; and, last, whether it may have given
-- other digits.
function M.machine(a, b)
  if same_computers(a, b) then return {} end
  local out, all = {}, {}
  for _, side in ipairs { a, b } do table.move(side.computers, 1, #side.computers, #all + 1, all) end
  if #a.computers == 1 and #b.computers == 1 then
    local rows = { {}, {} }
    for i, side in ipairs { a, b } do
      for name, value in pairs(side.computers[1]) do
        if name ~= "id" and name ~= "trials" then rows[i][name] = value end
      end
    end
    compare(out, a, b, rows[1], rows[2])
  else
    for _, side in ipairs { a, b } do
      for _, line in ipairs(computer.lines(side.computers)) do out[#out + 1] = side.name .. ": " .. line end
    end
  end
  out[#out + 1] = computer.mixed(all)
  return out
end

return M
