-- Entries of the fields of a study that other tables own: the parameters of optimizers below train, the options of reading below
-- data. And the order in which a study is written, for its list of fields.
local text = require "losslab.text"

local function field(name, summary, calls, example, see)
  return { name = name, kind = "field", calls = calls, summary = summary, text = summary, module = "study", params = {}, see = see,
    paragraphs = { { text = (summary:gsub("^%l", string.upper):gsub("%.?$", ".")) } }, example = example,
    file = "lua/losslab/help/row_study.lua" }
end

local function shown(value) return type(value) == "string" and '"' .. value .. '"' or text.number(value) end

-- A parameter by the optimizers that have it, with the default of each.
local function of_optimizers(add)
  local ll = require "losslab"
  local by_name, order = {}, {}
  for _, optimizer in ipairs(ll.optim.list()) do
    for _, p in ipairs(ll.optim.describe(optimizer).params) do
      if not by_name[p.name] then
        by_name[p.name] = { doc = p.doc, range = p.kind == "boolean" and "true or false" or p.range, of = {}, default = p.default,
          first = optimizer }
        order[#order + 1] = p.name
      end
      table.insert(by_name[p.name].of, string.format("%s %s", optimizer, shown(p.default)))
    end
  end
  for _, name in ipairs(order) do
    local row = by_name[name]
    local loop = ll.optim.describe(row.first).closure and ", loop = function() end" or ""
    local example = string.format('local s = ll.study { name = "m", data = "moons", compare = { "hinge" },\n'
      .. '  train = { optimizer = "%s", %s = %s%s } }\ns.configs[1].train.%s  --> %s', row.first, name, shown(row.default), loop,
      name, type(row.default) == "string" and row.default or text.number(row.default))
    add(field("study.train." .. name, string.format("Of the optimizer: %s; %s (%s)", row.doc, row.range,
      table.concat(row.of, ", ")), { string.format("study.train.%s = %s", name, shown(row.default)) }, example,
      { "study.train.optimizer", "ll.optim." .. row.first }))
  end
end

-- An option of reading, in the words of ll.data.load.
local OPTION = { features = "60", categorical = '{ "sex" }', ignore = '{ "id" }' }
local function of_reading(add, find)
  local load = find "ll.data.load"
  local said = {}
  for _, param in ipairs(load and load.params or {}) do said[param.name:match "[%w_]+$"] = param.text end
  for _, name in ipairs(require "losslab".data.reading()) do
    add(field("study.data." .. name, "With load: " .. (said[name] or "as ll.data.load has it"),
      { string.format('study.data = { load = "my.csv", %s = … }', name) },
      string.format('local s = ll.study { name = "m", data = { load = "sonar", %s = %s }, compare = { "hinge" } }\n'
        .. "s.data[1].reading.%s ~= nil  --> true", name, OPTION[name] or '"1"', name), { "ll.data.load", "study.data.load" }))
  end
end

-- Sets order: by the fields as a study's own table has them, then by the lines.
local function in_order(list)
  local place = {}
  for i, name in ipairs(getmetatable(require "losslab.study.study").fields) do place[name] = i end
  place.range = place.compare + 0.5
  for _, entry in ipairs(list) do
    local first = entry.name:match "^study%.(%w+)"
    if first then entry.order = (place[first] or 1000) * 10000 + (entry.line or 5000) end
  end
end

return function(add, found)
  of_optimizers(add)
  of_reading(add, function(name) return found.by_name[name] end)
  in_order(found.list)
end
