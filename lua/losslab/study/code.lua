-- The text of the Lua functions that a trial runs, as part of what the trial is known by: two scripts whose functions have one text
-- compute the same. Comments, white space, places in the file and whatever else stands there do not count. What counts:
--
--   a function's own tokens; of several that begin and end in the same lines those that it can be
--   what it sees from outside, each thing by its content: upvalues, compile-time constants, the script's globals that it names,
--   files that it requires or runs, what a script put into tables of Lua or losslab under a name that it says
--   functions and tables of Lua, of C and of losslab: their names (own_names.lua)
--   a table: keys, values, metatable, in an order of their own; numbers by their bits; matrices and other objects of losslab by a
--   hash or by what they print as, all other userdata by type
--
-- It is the state of things when it is asked: before anything was run.
local dumped = require "losslab.study.dumped"
local file = require "losslab.file"
local ll = require "losslab"
local own_names = require "losslab.study.own_names"
local tokens = require "losslab.study.tokens"

local M = {}

local Telling = {}
Telling.__index = Telling

-- names that reach every global; and those that reach files
local REACHES = { _G = true, _ENV = true, load = true, getfenv = true }
local LOADS = { require = true, dofile = true, loadfile = true }

local function bits(x)
  if math.type(x) == "integer" then return string.format("i%d", x) end
  return string.format("f%016x", (string.unpack("<i8", string.pack("<d", x))))
end

local function hexadecimal(text) return (text:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end

-- An object of losslab by its content, as far as it shows it.
local function of_userdata(value)
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  if type(name) ~= "string" or not name:find "^losslab[.]" then return "userdata" end
  if name == "losslab.matrix" then
    local fine, packed = pcall(function() return value:pack() end)
    return name .. " " .. (fine and ll.core.sha256(packed) or "closed")
  end
  local told, shown = pcall(tostring, value)
  local fine, hash = pcall(function() return value.hash end)
  shown = told and shown:gsub("userdata: 0x%x+", ""):gsub("%(0x%x+%)", "") or ""
  return string.format("%s %d:%s %s", name, #shown, shown, fine and tostring(hash) or "")
end

-- What a value is, where that needs no more than a word: numbers, texts, what Lua and losslab have; else nil.
function Telling:word(value)
  local kind = type(value)
  if kind == "nil" or kind == "boolean" then return tostring(value) end
  if kind == "number" then return bits(value) end
  if kind == "string" then return string.format("s%d:%s", #value, value) end
  if kind == "userdata" then return of_userdata(value) end
  if kind == "thread" then return "thread" end
  if self.known[value] and value ~= _G then return "<" .. self.known[value] .. ">" end
end

-- What a compiled function or step is made of, by how many user values of it.
local PARTS = { ["losslab.compiled"] = 1, ["losslab.step"] = 3 }

-- A function or table that is told below, by its number; what was compiled, as what it is made of.
function Telling:reference(value)
  local meta = type(value) == "userdata" and debug.getmetatable(value)
  local count = type(meta) == "table" and PARTS[rawget(meta, "__name")]
  if count then
    local parts = { rawget(meta, "__name") }
    for i = 1, count do parts[i + 1] = self:reference((debug.getuservalue(value, i))) end
    return table.concat(parts, " ")
  end
  local word = self:word(value)
  if word then return word end
  if not self.numbers[value] then
    self.count = self.count + 1
    self.numbers[value], self.queue[self.count] = self.count, value
  end
  return "#" .. self.numbers[value]
end

-- The tokens of a source, read once; nil of one whose text there is not.
function Telling:read(source)
  local there = self.texts[source]
  if there == nil then
    local text = self.source_of and self.source_of(source)
    if not text and source:sub(1, 1) == "@" then text = file.regular(source:sub(2)) and file.read(source:sub(2)) or nil
    elseif not text and source:sub(1, 1) ~= "=" then text = source end
    there = text and tokens.of(text) or false
    self.texts[source] = there
  end
  return there or nil
end

-- ---- tables ----

-- A key that is a table or a function by its content alone; what lies below tables with such keys is not looked at once more.
function Telling:alone(value)
  local there = self.keys[value]
  if not there then
    local inner = { numbers = {}, queue = {}, count = 0, files = {}, variables = {}, variable_count = 0, inner = true }
    setmetatable(inner, { __index = function(_, name) return Telling[name] or self[name] end })
    there = ll.core.sha256(inner:tell { value })
    self.keys[value] = there
  end
  return there
end

local function by_text(a, b) return a.text < b.text end

function Telling:table(t, out)
  local plain, objects = {}, {}
  for key, value in next, t do
    local word = self:word(key)
    -- of the globals only what is not Lua's, nor the command line
    if t ~= _G or not (own_names.is_global(key) and self:word(value) or key == "arg" or value == _G) then
      local list = word and plain or objects
      list[#list + 1] = { key = key, value = value, text = word }
    end
  end
  table.sort(plain, by_text)
  out[#out + 1] = "table"
  for _, each in ipairs(plain) do out[#out + 1] = string.format(" [%s]=%s", each.text, self:reference(each.value)) end
  if self.inner and #objects > 0 then
    out[#out + 1] = string.format(" objects %d", #objects)
  elseif #objects > 0 then
    for _, each in ipairs(objects) do each.text = self:alone(each.key) end
    table.sort(objects, by_text)
    for _, each in ipairs(objects) do
      out[#out + 1] = string.format(" [%s]=%s", self:reference(each.key), self:reference(each.value))
    end
  end
  local meta = debug.getmetatable(t)
  if meta ~= nil then out[#out + 1] = " metatable " .. self:reference(meta) end
end

-- ---- functions ----

-- What stands under a name in a table of globals, or in the tables behind it.
local function global(environment, name)
  for _ = 1, 100 do
    if type(environment) ~= "table" then return nil end
    local value = rawget(environment, name)
    if value ~= nil then return value end
    local meta = debug.getmetatable(environment)
    environment = type(meta) == "table" and rawget(meta, "__index") or nil
  end
end

-- The files that a text in a function's tokens names, as require or dofile find them.
function Telling:loaded(name, out)
  local value = package.loaded[name]
  if value ~= nil and value ~= true then
    if not self:word(value) then out[#out + 1] = string.format(" module %q=%s", name, self:reference(value)) end
    return
  end
  local places = { name }
  for _, search in ipairs(name:find "^losslab%f[.\0]" and {} or package.searchers) do
    local fine, loader, place = pcall(search, name)
    if fine and type(loader) == "function" then places[#places + 1] = place end
  end
  for _, place in ipairs(places) do
    local there = type(place) == "string" and (place:find "%.lua$" or place == name) and self:read("@" .. place)
    if there and not self.files[there] then
      self.files[there] = true
      out[#out + 1] = string.format(" file %q=%s", name, self:range(there, 1, #there.tokens))
      self:outside(there, 1, #there.tokens, _G, out)
    end
  end
end

-- What tokens first..last name: variables; these and fields; texts that are loaded (require "x").
function Telling.named(list, first, last)
  local variables, all, texts = {}, {}, {}
  for i = first, last do
    local token = list[i]
    if token:find "^[A-Za-z_]" and not tokens.keywords[token] then
      local before = list[i - 1]
      all[token] = true
      if before ~= "." and before ~= ":" then variables[token] = true end
    elseif token:find "^[\"'%[]" and (LOADS[list[i - 1]] or list[i - 1] == "(" and LOADS[list[i - 2]]) then
      texts[#texts + 1] = token
    elseif token:find "^[\"'][A-Za-z_]" then all[token:sub(2, -2)] = true -- t["name"]
    end
  end
  return variables, all, texts
end

-- Tokens first..last as a text, and after them the compile-time constants of the source that they name.
function Telling:range(source, first, last, seen)
  local parts, variables = { tokens.text(source.tokens, first, last) }, self.named(source.tokens, first, last)
  local names = {}
  seen = seen or {}
  for name in pairs(variables) do
    if source.constants[name] and not seen[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    seen[name] = true
    for _, range in ipairs(source.constants[name]) do
      if range[2] < first or range[1] > last then parts[#parts + 1] = self:range(source, range[1], range[2], seen) end
    end
  end
  return table.concat(parts, " const ")
end

-- The script's globals, files and patches that tokens reach; environment: where globals stand, nil if the function has none.
function Telling:outside(source, first, last, environment, out)
  local variables, all, texts = self.named(source.tokens, first, last)
  local names, reaches = {}, false
  for name in pairs(variables) do reaches = reaches or REACHES[name] end
  if environment then
    for name in pairs(variables) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      local value = global(environment, name)
      local told = self.known[value] == name or type(value) ~= "function" and type(value) ~= "table"
      if value ~= nil and not (told and own_names.is_global(name)) then
        out[#out + 1] = string.format(" global %s=%s", name, self:reference(value))
      end
    end
    if reaches then
      out[#out + 1] = " globals " .. self:reference(_G)
      if environment ~= _G then out[#out + 1] = " and " .. self:reference(environment) end
    end
  end
  for _, each in ipairs(self.patched) do
    if all[each.key] then out[#out + 1] = string.format(" patched %s=%s", each.path, self:reference(each.value)) end
  end
  for _, each in ipairs(texts) do
    local value = load("return " .. each, "=text", "t", {})
    value = value and value()
    if type(value) == "string" and value ~= "" and not value:find "\0" then self:loaded(value, out) end
  end
end

function Telling:upvalues(f, is_main, out)
  local environment
  for i = 1, 255 do
    local name, value = debug.getupvalue(f, i)
    if not name then break end
    if name == "_ENV" then environment = value
    elseif not is_main then
      local id = debug.upvalueid(f, i)
      if not self.variables[id] then
        self.variable_count = self.variable_count + 1
        self.variables[id] = self.variable_count
      end
      out[#out + 1] = string.format(" %s@%d=%s", name, self.variables[id], self:reference(value))
    end
  end
  return environment
end

-- The ranges of tokens that f can be: those that begin and end in its lines and, if that can be told, have its bytes; nil where
-- there are none, since the file is another one by now.
function Telling.ranges(source, f, info)
  if info.linedefined == 0 then return { { first = 1, last = #source.tokens } } end
  local ranges = source.functions[info.linedefined .. ":" .. info.lastlinedefined]
  if not ranges then return nil end
  if source.dumped == nil then
    local chunk = load(source.text, "=text", "t")
    local fine, all = pcall(dumped.functions, chunk)
    source.dumped = chunk and fine and all or false
  end
  local fine, mine = pcall(dumped.functions, f)
  if not (fine and source.dumped) then return ranges end
  local alike = {}
  for _, each in ipairs(ranges) do
    local there = source.dumped[each.number + 1] -- the chunk itself comes first
    if there and there.bytes == mine[1].bytes then alike[#alike + 1] = each end
  end
  return #alike > 0 and alike or nil
end

function Telling:func(f, out)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then
    out[#out + 1] = "function of C"
    self:upvalues(f, false, out)
    return
  end
  local source = self:read(info.source)
  local ranges, environment = source and self.ranges(source, f, info)
  if ranges then
    for _, each in ipairs(ranges) do
      out[#out + 1] = (each.method and "method " or "function ") .. self:range(source, each.first, each.last)
    end
    environment = self:upvalues(f, false, out)
    for _, each in ipairs(ranges) do self:outside(source, each.first, each.last, environment, out) end
  else
    out[#out + 1] = "code " .. hexadecimal(string.dump(f, true))
    environment = self:upvalues(f, false, out)
    if environment then out[#out + 1] = " globals " .. self:reference(environment) end
  end
end

-- The text of values, each in a line, and below them what they refer to.
function Telling:tell(values)
  local out, at = {}, 0
  for _, value in ipairs(values) do out[#out + 1] = self:reference(value) .. "\n" end
  while at < self.count do
    at = at + 1
    local value = self.queue[at]
    out[#out + 1] = string.format("#%d ", at)
    if type(value) == "table" then self:table(value, out) else self:func(value, out) end
    out[#out + 1] = "\n"
  end
  return table.concat(out)
end

-- The canonical text of functions, a list. source_of [opt]: function(source) of debug.getinfo's source that gives its text, or nil
-- for one that is a file or stands for itself. cache [opt]: a table that keeps what was read, for the next call.
function M.of(functions, source_of, cache)
  local known, patched = own_names.now()
  return setmetatable({ known = known, patched = patched, source_of = source_of, texts = cache or {}, numbers = {}, queue = {},
    count = 0, keys = {}, files = {}, variables = {}, variable_count = 0 }, Telling):tell(functions)
end

-- Functions of Lua's library whose last digits are those of the C library; sqrt, floor and the like are exact.
local LIBM = {}
for name in ("exp log sin cos tan asin acos atan pow cosh sinh tanh log10"):gmatch "%S+" do LIBM[name] = true end

-- Whether what runs by that text may call them: by name, through math in another name, by a power that is not the square, or in a
-- way that the text does not show, as math handed on, or looked up.
local function calls_libm(text)
  local words = {} -- read one by one: a word may be as long as the longest name, and a pattern that begins with one is quadratic
  for word in text:gmatch "%S+" do words[#words + 1] = word end
  for i = 2, #words do
    local before, word, after = words[i - 1], words[i], words[i + 1] or ""
    if before == "^" and word ~= "2" then return true end
    if before ~= "." and word:find "^package%f[^%w_]" then return true end
    if before ~= "." and word:find "^math%f[^%w_]" then
      local label = before == "goto" or before == "::" and after == "::"
      if not label and not (word == "math" and after:find "^[.:=]$") then return true end
      local name = after:find "^[.:]$" and words[i + 2] -- ll.math is losslab's own
      if name and LIBM[name:match "^%w*"] then return true end
    end
  end
  for name in text:gmatch "<math%.(%w+)>" do if LIBM[name] then return true end end
  return text:find "[\"'%[]math[\"'%]]" ~= nil or text:find "<math>" ~= nil or text:find "%f[%w]code %x%x%x%x%x%x%x%x" ~= nil
    or text:find " globals " ~= nil
end

local studies = setmetatable({}, { __mode = "k" }) -- by study: { texts, [loss] = hash }

-- The sha256 of what of its script a trial of that configuration runs, or "" if that is nothing; the same for all configurations
-- of a loss. What makes the data does not count, since their own hash does.
function M.of_study(study, config)
  local kept = studies[study]
  if not kept then
    kept = { texts = {}, hashes = {}, libm = {} }
    studies[study] = kept
  end
  local hash = kept.hashes[config.loss]
  if not hash then
    local roles, functions = {}, {}
    local function add(role, f)
      if f then roles[#roles + 1], functions[#functions + 1] = role, f end
    end
    local written = study.losses[config.loss].lua
    if written then
      add(string.format("call %s %s", written.output, written.task), written.call)
      add(string.format("new %s %s", written.output, written.task), written.new)
    end
    add("loop", study.loop)
    add("trial", study.trial)
    if #functions == 0 then hash = ""
    else
      local text = M.of(functions, function(source)
        return source == study.source and study.script ~= "" and study.script or nil
      end, kept.texts)
      kept.libm[config.loss] = calls_libm(text)
      hash = ll.core.sha256("code 1\n" .. table.concat(roles, "\n") .. "\n" .. text)
    end
    kept.hashes[config.loss] = hash
  end
  return hash
end

-- Whether Lua of the script that computes such a trial may take numbers of the C library's functions, whose bits are its own.
function M.libm(study, config)
  return M.of_study(study, config) ~= "" and studies[study].libm[config.loss] or false
end

return M
