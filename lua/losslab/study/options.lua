-- What a user wrote into a study, checked and put in order: split, seeds, data, ask, figures, sample, record. Losses,
-- model and training: study/configs.lua.
local ll = require "losslab"
local check = require "losslab.check"
local fields_of = require "losslab.study.fields"
local json = require "losslab.json"

local options = {}

function options.split(written)
  written = check.fields("split", check.default(written, {}),
    { "folds", "test", "valid", "inner", "stratify", "groups", "standardise" })
  if written.folds ~= nil and written.test ~= nil then check.fail("split: either folds or test is given, not both") end
  if written.inner ~= nil and written.valid ~= nil then
    check.fail("split: inner folds are the validation parts, so valid is not given beside them")
  end
  local out = { stratify = true, groups = true, standardise = true }
  if written.inner ~= nil then out.inner = check.integer("split.inner", written.inner, 2, 1000)
  else out.valid = check.share("split.valid", check.default(written.valid, 0.2), 0, 1) end
  if written.test ~= nil then out.test = check.share("split.test", written.test, 0, 1)
  else out.folds = check.integer("split.folds", check.default(written.folds, 5), 2, 1000) end
  for _, name in ipairs { "stratify", "groups", "standardise" } do
    if written[name] ~= nil then out[name] = check.boolean("split." .. name, written[name]) end
  end
  return out
end

-- How many cuts a seed makes of a data set: a fold each, or an inner one of each fold.
function options.cuts(split) return (split.folds or 1) * (split.inner or 1) end

function options.seeds(written)
  local out, seen = json.array {}, {}
  for i, seed in ipairs(check.list("seeds", written == nil and { 1 } or written)) do
    out[i] = check.integer("seeds: entry " .. i, seed, 0, 1 << 53)
    if seen[seed] then check.fail("seeds: %d stands there twice", seed) end
    seen[seed] = true
  end
  return out
end

-- Negatives a positive in the training parts; nil leaves the parts as they are.
local function ratio(each)
  local x = each.ratio
  if x == nil then return nil end
  if type(x) ~= "number" or not (x > 0 and x < 1e9) then
    check.fail("data: ratio must be a number above 0, not %s", check.show(x))
  end
  return x
end

-- An entry for a file or a set known by name: { "mine.csv", positive = "yes" } or { load = … }.
local function of_file(i, each)
  local fields, reading = {}, {}
  for key, value in pairs(each) do
    if key ~= 1 then fields[key] = value
    elseif each.load ~= nil then check.fail("data: entry %d: either { %s, … } or { load = … }, not both", i, check.show(value))
    else fields.load = value end
  end
  local names = ll.data.reading()
  for _, name in ipairs(names) do reading[name] = fields[name] end
  if type(reading.label) == "number" then reading.label = check.integer("data: label", reading.label, 1) end
  check.fields("data: entry " .. i, fields, table.move({ "load", "ratio", "name" }, 1, 3, #names + 1, names))
  local load = check.string("data: load", fields.load)
  local spec = { load = load, ratio = ratio(fields), name = load, reading = next(reading) and reading or nil }
  if spec.ratio then spec.name = string.format("%s 1:%g", load:match "[^/]*$", spec.ratio) end
  if fields.name ~= nil then spec.name = check.text("data: name", fields.name) end
  spec.named = spec.ratio ~= nil or fields.name ~= nil
  return spec
end

-- Whether what stands in data is one entry, not a list of them.
local function is_entry(written)
  if written.generator or written.load or written.make or getmetatable(written) then return true end
  for key in pairs(written) do
    if type(key) == "string" then return true end
  end
  return false
end

function options.data(written)
  if type(written) == "table" and is_entry(written) then written = { written } end
  local out, seen = {}, {}
  for i, each in ipairs(check.list("data", written)) do
    local spec
    if type(each) == "table" and (each.load ~= nil or type(each[1]) == "string") then
      spec = of_file(i, each)
    elseif type(each) == "table" and each.make ~= nil then
      check.fields("data: entry " .. i, each, { "make", "name" })
      spec = { name = check.text("data: name", each.name), make = check.callable("data: make", each.make), named = true }
    elseif type(each) == "table" then
      local fields, generator = {}, each.generator
      local names = { "generator", "name", "ratio" }
      if type(generator) ~= "string" then
        check.fail("data: entry %d must be a name, a path, { load = … }, { generator = … } or { make = … }, not %s", i,
          check.show(each))
      end
      local all = {}
      for _, row in ipairs(ll.data.generators()) do
        all[#all + 1] = row.name
        if row.name == generator then for _, p in ipairs(row.params) do names[#names + 1] = p.name end end
      end
      check.among("data: there is no generator", generator, all)
      check.fields("data." .. generator, each, names)
      for key, value in pairs(each) do if key ~= "generator" and key ~= "name" and key ~= "ratio" then fields[key] = value end end
      spec = { name = check.text("data: name", check.default(each.name, generator)), generator = generator, parameters = fields,
        ratio = ratio(each), named = true }
    else
      spec = { name = check.string("data: entry " .. i, each), load = each }
    end
    if seen[spec.name] then
      check.fail("data: %s stands there twice%s", check.show(spec.name),
        type(each) == "table" and "; give one of them a name = …" or "")
    end
    seen[spec.name] = true
    out[i] = spec
  end
  return out
end

function options.ask(compare, configs, written)
  if written == nil then return nil end
  check.fields("ask", written, { "loss", "vary", "baseline" })
  local names = {}
  for _, loss in ipairs(compare) do names[#names + 1] = loss.name end
  check.among("ask.loss: there is no loss", written.loss, names)
  local out = { loss = written.loss, vary = written.vary, baseline = written.baseline }
  if out.vary == nil then
    if out.baseline ~= nil then check.fail "ask.baseline is a value of ask.vary, which is not given" end
    return out
  end
  local all, mine = fields_of.of(configs), {}
  for _, config in ipairs(configs) do
    if config.loss == out.loss then mine[#mine + 1] = config end
  end
  local known, values = {}, {}
  for _, entry in ipairs(all) do
    local list, missing = fields_of.list(mine, entry)
    if #list > 0 then
      known[#known + 1], values[entry.name] = entry.name, list
      if missing then table.insert(list, 1, "") end -- a configuration that leaves it out
    end
  end
  local entry = type(out.vary) == "string" and all[out.vary] -- by its name or its qualified one
  if not (entry and values[entry.name]) then
    check.among("ask.vary: " .. out.loss .. " has no parameter or field", out.vary, known)
  end
  out.vary = entry.name
  local there = out.baseline == nil
  for _, value in ipairs(values[out.vary]) do there = there or fields_of.same(value, out.baseline) end
  if not there then
    local words = type(out.baseline) == "table" and fields_of.word(out.baseline) or check.show(out.baseline)
    check.fail("ask.baseline: no configuration of %s has %s = %s", out.loss, out.vary, words)
  end
  return out
end

-- A function, or nil.
function options.callable(what, f) return f ~= nil and check.callable(what, f) or nil end

-- A figure's name becomes the name of its files.
function options.figures(written)
  if written == nil then return nil end
  if type(written) ~= "table" then check.fail("figures must be { name = function(figure, results, plot) … end }") end
  local names = check.keys(written)
  for _, name in ipairs(names) do
    if type(name) ~= "string" or not name:find "^[%w_-]+$" then
      check.fail("figures: a name is made of letters, digits, _ and -, which %s is not", check.show(name))
    end
    check.callable("figures." .. name, written[name])
  end
  return written
end

function options.sample(written)
  if written == nil then return nil end
  check.fields("sample", written, { "random", "seed" })
  return { random = check.integer("sample.random", written.random, 1, 1000000),
    seed = check.integer("sample.seed", check.default(written.seed, 1), 0, 1 << 53) }
end

-- The parts that metrics are taken of each epoch.
function options.record(written)
  local out, seen = json.array {}, {}
  for i, part in ipairs(check.list("record", check.default(written, { "valid", "test" }))) do
    out[i] = check.among("record: there is no part", part, { "train", "valid", "test" })
    if seen[part] then check.fail("record: %s stands there twice", check.show(part)) end
    seen[part] = true
  end
  if not seen.valid then check.fail('record must hold "valid", which epochs and configurations are chosen by') end
  return out
end

return options
