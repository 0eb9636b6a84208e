-- What a study and the one that a database holds differ in, in words: each field of the plan, data set and range of values with
-- what it was and what it is.
local ll = require "losslab"
local check = require "losslab.check"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local text = require "losslab.text"

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

-- Adds a difference for every key whose values are not the same: "split.folds was 5 and is 3". what: stands before it.
local function compare(out, before, now, what)
  local keys = {}
  for _, side in ipairs { before, now } do for key in pairs(side) do keys[key] = true end end
  for _, key in ipairs(check.keys(keys)) do
    local a, b = shown(before[key]), shown(now[key])
    if a ~= b then out[#out + 1] = string.format("%s%s was %s and is %s", what or "", text.clean(key), a, b) end
  end
end

-- ---- options ----

-- Whether the code of the script is the same; the rest goes into out.
local function options(out, before, now)
  before, now = leaves(decoded(before)), leaves(decoded(now))
  local same = before.code == now.code
  before.code, now.code = nil, nil
  compare(out, before, now)
  return same
end

-- ---- data sets ----

local function is_call(origin) return origin:find "^{" ~= nil end

-- Where a data set comes from: a call as JSON, of a generator or with a ratio; or a source, whose name alone makes no other study.
local function origins(out, name, before, now)
  if is_call(before) and is_call(now) then
    compare(out, leaves(decoded(before)), leaves(decoded(now)), "data set " .. check.show(name) .. ": ")
  else
    out[#out + 1] = string.format("data set %s was %s and is %s", check.show(name), shown(before), shown(now))
  end
end

local function content(sha256, rows) return string.format("sha256 %s… of %d rows", sha256:sub(1, 12), rows) end

local function datasets(out, store, study)
  local before, now, order = {}, {}, { {}, {} }
  for row in store:rows "datasets" do before[row.name], order[1][#order[1] + 1] = row, row.name end
  for i, dataset in ipairs(cuts.datasets(study)) do now[dataset.name], order[2][i] = dataset, dataset.name end
  local count = #out
  for _, name in ipairs(order[1]) do
    local there, here = before[name], now[name]
    there.origin = there.origin or ""
    if not here then out[#out + 1] = string.format("its data set %s is not in this study", check.show(name))
    elseif there.origin ~= here.origin and (is_call(here.origin) or is_call(there.origin)) then
      origins(out, name, there.origin, here.origin)
    elseif there.sha256 ~= here.set.hash then
      out[#out + 1] = string.format("the data of %s (%s) have changed: they were %s and are %s", check.show(name),
        text.shorten(here.origin, 200), content(there.sha256, there.rows), content(here.set.hash, here.set.rows))
    end
  end
  for _, name in ipairs(order[2]) do
    if not before[name] then out[#out + 1] = string.format("data set %s is not in it", check.show(name)) end
  end
  if #out == count and table.concat(order[1], "\0") ~= table.concat(order[2], "\0") then
    out[#out + 1] = "its data sets stand in another order"
  end
end

-- ---- configurations ----

-- By loss: by field, the values that its configurations have, as a text.
local function values(configs)
  local out = {}
  for _, config in ipairs(configs) do
    local of = out[config.loss] or {}
    out[config.loss] = of
    for _, part in ipairs { "parameters", "model", "train" } do
      each_leaf(config[part], part == "parameters" and "" or part .. ".", function(path, value)
        of[path] = of[path] or { seen = {} }
        local word = shown(value)
        if not of[path].seen[word] then table.insert(of[path], word) end
        of[path].seen[word] = true
      end)
    end
  end
  for _, of in pairs(out) do
    for path, list in pairs(of) do of[path] = table.concat(list, ", ") end
  end
  return out
end

local function configurations(out, store, study)
  local there, count = {}, #out
  for row in store:rows "configs" do
    for _, part in ipairs { "parameters", "model", "train" } do row[part] = decoded(row[part]) end
    there[#there + 1] = row
  end
  local before, now, shared, losses = values(there), values(study.configs), {}, 0
  for _, loss in ipairs(check.keys(before)) do
    if not now[loss] then out[#out + 1] = string.format("its loss %s is not in this study", check.show(loss)) end
  end
  for _, loss in ipairs(check.keys(now)) do
    if not before[loss] then out[#out + 1] = string.format("loss %s is not in it", check.show(loss))
    else
      losses = losses + 1
      local fields, mine, optimizer = {}, {}, before[loss]["train.optimizer"] ~= now[loss]["train.optimizer"]
      for _, side in ipairs { before[loss], now[loss] } do for path in pairs(side) do fields[path] = true end end
      for _, path in ipairs(check.keys(fields)) do
        local a, b = before[loss][path] or "not given", now[loss][path] or "not given"
        local absent = a == "not given" or b == "not given" -- as another optimizer's parameters are
        if a ~= b and not (optimizer and absent) then
          mine[#mine + 1] = string.format("%s was %s and is %s", text.clean(path), a, b)
        end
      end
      for _, words in ipairs(mine) do
        if not shared[words] then shared[words], shared[#shared + 1] = {}, words end
        table.insert(shared[words], loss)
      end
    end
  end
  for _, words in ipairs(shared) do -- what all losses differ in is said once
    local of = shared[words]
    out[#out + 1] = #of == losses and losses > 1 and words or table.concat(of, ", "):gsub("[^ ,]+", text.clean) .. ": " .. words
  end
  local differ = #there ~= #study.configs
  for i, config in ipairs(study.configs) do differ = differ or config.key ~= there[i].key end
  if #out == count and differ then
    out[#out + 1] = string.format("it has %d configurations of the same values, and this study %d in another order or combination",
      #there, #study.configs)
  end
end

local MOST = 4

-- there: the study's row of the store; options_now: those of the study as canonical JSON. At most so many differences, in words.
return function(study, store, there, options_now)
  local out = {}
  if there.name ~= study.name then out[1] = "its name is " .. check.show(there.name) end
  if there.precision ~= ll.precision then out[#out + 1] = "it is of the " .. there.precision .. " build" end
  local same_code = options(out, there.plan, options_now)
  datasets(out, store, study)
  configurations(out, store, study)
  if not same_code then out[#out + 1] = "it was made by another script, which holds code that trials run" end
  if #out == 0 then return "its plan was hashed by another version, " .. text.clean(there.version) end
  local more = #out - MOST
  return table.concat(out, "; ", 1, math.min(#out, MOST)) .. (more > 0 and string.format("; and %d more", more) or "")
end
