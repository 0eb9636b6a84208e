-- Help covers all that Lua can reach: no name is without an entry, no entry names what does not exist, no option is left out.
-- Words behind the file's name limit it to names that hold one of them: bin/losslab tests/lua/help.lua matrix
local t = require "tests.lua.tap"
local entries = require "losslab.help.entries"
local ll = require "losslab"
local reach = require "tests.lua.fixture_reach"

local all = entries.all()
local by_name = {}
for _, entry in ipairs(all) do
  by_name[entry.name] = entry
  for _, other in ipairs(entry.also or {}) do by_name[other] = entry end
end

local function none(list, what)
  table.sort(list)
  t.is(#list, 0, what)
  for _, each in ipairs(list) do t.note("%s", each) end
end

-- ---- all that is there has an entry ----

local reachable, exists, missing = reach.all(), { ["ll.core"] = true, losslab = true }, {}
for _, each in ipairs(reachable) do
  exists[each.name] = true
  if not by_name[each.name] and reach.wanted(each.name) then missing[#missing + 1] = each.name .. " (" .. each.where .. ")" end
end
none(missing, "names without an entry")
none(reach.unknown_classes(), "classes that lua/losslab/help/classes.lua does not know")

local of_values, unknown = reach.fields()
local has_field, unsaid_fields = { ["loss.margin"] = true, ["loss.margin_grad"] = true, ["optimizer.lr"] = true }, {}
for _, name in ipairs(of_values) do
  has_field[name] = true
  if not by_name[name] and reach.wanted(name) then unsaid_fields[#unsaid_fields + 1] = name end
end
none(unsaid_fields, "fields of values without an entry")
none(unknown, "files of bindings whose fields tests/lua/fixture_reach.lua does not know")
t.ok(#of_values > 30, "fields of values are found")

local twice = {}
for _, entry in ipairs(entries.twice()) do twice[#twice + 1] = string.format("%s (%s:%d)", entry.name, entry.file, entry.line) end
none(twice, "entries of one name")

-- ---- entries name what is there ----

local loose = { ["class"] = true, ["field"] = true, ["reader"] = true, ["activation"] = true, ["initialisation"] = true,
  ["command"] = true }
local with_fields = {} -- nouns
for _, name in ipairs(of_values) do with_fields[name:match "^%w+"] = true end
local strangers, unsaid, without, lost = {}, {}, {}, {}
for _, entry in ipairs(all) do
  if reach.wanted(entry.name) then
    local where = string.format("%s (%s:%s)", entry.name, entry.file, entry.line or "")
    local of_value = entry.kind == "field" and with_fields[entry.module] and not has_field[entry.name]
    if of_value or not exists[entry.name] and not loose[entry.kind] then strangers[#strangers + 1] = where end
    if entry.summary == "" then unsaid[#unsaid + 1] = where end
    local silent = entry.kind == "class" or entry.kind == "command" or entry.kind == "module"
      or entry.kind == "field" and not entry.name:find "^study"
    if not entry.example and not silent then without[#without + 1] = where end
    for _, name in ipairs(entry.see) do
      if not by_name[name] and not exists[name] then lost[#lost + 1] = where .. " -> " .. name end
    end
  end
end
none(strangers, "entries of what does not exist")
none(unsaid, "entries without a summary")
none(without, "entries without an example")
none(lost, "names behind See: that are not there")

-- ---- options that the code knows are described ----

-- The body of the function below a line: up to a line that begins with "}" or "end".
local function body(lines, at)
  local out = {}
  for i = at, #lines do
    out[#out + 1] = lines[i]
    if i > at and (lines[i]:find "^}" or lines[i]:find "^end") then break end
  end
  return table.concat(out, "\n")
end

local function described(entry, option)
  for _, param in ipairs(entry.params) do
    for word in param.name:gmatch "[%w_]+" do
      if word == option then return true end
    end
  end
  for _, call in ipairs(entry.calls) do
    if call:find("%f[%w_]" .. option .. "%f[^%w_]%s*=") then return true end
  end
  return false
end

local sources, silent = {}, {}
for _, entry in ipairs(all) do
  if entry.line and entry.file and reach.wanted(entry.name) then
    if sources[entry.file] == nil then
      local file = io.open(entry.file)
      local lines = {}
      for line in file and file:lines() or function() end do lines[#lines + 1] = line end
      if file then file:close() end
      sources[entry.file] = lines
    end
    local text = body(sources[entry.file], entry.line)
    local names = {}
    for name, list in text:gmatch "const char %*const (%w+)%[%] = {(.-), NULL}" do
      if text:find("bind_options%(L, [%w_]+, [^;]-, " .. name .. "%)") then names[#names + 1] = list end
    end
    for list in text:gmatch "check%.[fo][ip][et][lli][do][sn]?s?%b()" do names[#names + 1] = list:match "{(.*)}" end
    for _, list in ipairs(names) do
      for option in list:gmatch '"([%w_]+)"' do
        if not described(entry, option) then
          silent[#silent + 1] = string.format("%s (%s:%d): option %s", entry.name, entry.file, entry.line, option)
        end
      end
    end
  end
end
none(silent, "options that are not described")

-- ---- every field that a study may have ----

local fields = {}
local function need(prefix, names)
  for _, name in ipairs(names) do
    if not by_name[prefix .. name] and reach.wanted(prefix .. name) then fields[#fields + 1] = prefix .. name end
  end
end
local options = require "losslab.study.options".fields
need("study.", getmetatable(ll.study).fields)
for _, name in ipairs { "split", "sample", "ask", "data" } do need("study." .. name .. ".", options[name]) end
need("study.data.", ll.data.reading())
need("study.compare.", require "losslab.study.compare".fields)
need("study.model.", require "losslab.study.configs".fields)
need("study.train.", require "losslab.study.training".fields)
need("study.range.", require "losslab.study.space".fields)
local searching, rungs = require "losslab.study.searching", require "losslab.study.rungs"
need("study.search.", searching.fields)
need("study.search.prune.", rungs.fields)
for _, name in ipairs(ll.optim.list()) do
  for _, p in ipairs(ll.optim.describe(name).params) do need("study.train.", { p.name }) end
end
none(fields, "fields of a study without an entry")

-- ---- commands ----

local commands = {}
for _, name in ipairs(require "losslab.cli.commands".names) do
  local entry = by_name["losslab " .. name]
  if not (entry and entry.summary ~= "") then commands[#commands + 1] = name .. " has no summary" end
  if not (entry and entry.example) then commands[#commands + 1] = name .. " has no example" end
  for word in (entry and entry.example or ""):gmatch "[^\n]+" do
    if not word:find("^losslab " .. name .. "%f[^%w]") then commands[#commands + 1] = name .. ": " .. word .. " shows another" end
  end
end
none(commands, "commands without summary or example")

-- ---- what help answers ----

t.is(entries.find("ll.zeros") ~= nil or #missing > 0, true, "a function is found by its name")
t.is(entries.find("hinge").name, "ll.loss.hinge", "a loss by its own")
t.is(entries.find("adam").name, "ll.optim.adam", "an optimizer")
t.is(entries.find("auc").name, "ll.metric.auc", "a metric")
t.is(entries.find("matrix:sigmoid"), entries.find("ll.sigmoid"), "a method that is a function, too, is one entry")
t.is(entries.of(ll.loss.hinge), entries.find "ll.loss.hinge", "a function is found by its value")
t.is(entries.of(ll.loss.hinge {}), entries.find "ll.loss.hinge", "and a loss")
t.is(entries.of(ll.loss), entries.find "ll.loss", "and a module")
t.is(entries.of(ll.zeros(1, 1)), entries.find "matrix", "and a matrix")
t.is(entries.of(ll.nn.linear { 1, 1 }), entries.find "layer", "and a layer")
t.is(entries.of(function() end), nil, "a stranger's function has none")
t.is(entries.search("hinge margin")[1].name:find "hinge" ~= nil, true, "words find what holds them")
t.like((ll.help.text("sigmoid", 80)), "1 / %(1 %+ e%^%-x%)", "a page says the formula")
t.like((ll.help.text("zeross", 80)), 'did you mean "zeros"', "a name that is nearly right is suggested")
t.is(select(2, ll.help.text("qqqqxx", 80)), false, "what there is no help on is said")
t.like((ll.help.text(ll.loss.hinge {}, 80)), "Cortes.*methods.*end_epoch", "a loss: what it is and what losses can")
t.like((ll.help.text(ll.ones(1, 1), 80)), "\n  item ", "a matrix: what matrices can")
t.like(ll.help.line(ll.loss.hinge), "^ll%.loss%.hinge", "one line")
for _, width in ipairs { 40, 80 } do
  local long = {}
  local text = require "losslab.text"
  for _, entry in ipairs(all) do
    for line in (ll.help.text(entry.name, width) .. "\n"):gmatch "([^\n]*)\n" do
      if text.width(line) > width and line:find "%S%s+%S" and not line:find "^%s*%S+%s*$" then
        long[#long + 1] = entry.name .. ": " .. line
        break
      end
    end
  end
  none(long, "pages fit " .. width .. " columns")
end

t.done()
