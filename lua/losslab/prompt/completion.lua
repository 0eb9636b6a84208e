-- What Tab offers at the prompt: fields and methods of values, keys of options, names of losses, data sets and the like inside of
-- quotes, paths, keywords. Finding them calls no function of the user's, and what cannot be known without is not offered.
local expected = require "losslab.prompt.expected"
local lexed = require "losslab.prompt.lexed"
local lfs = require "lfs"
local members = require "losslab.prompt.members"
local text = require "losslab.text"

local M = { member = members.member }

-- ---- the value of an expression ------------------------------------------------------------------------------------------

local LITERALS = { ["true"] = true, ["false"] = false }

-- Where the bracket that closes at token i was opened.
local function opening(tokens, i) return tokens[i].opened end

local function global(globals, name)
  local value = rawget(globals, name)
  if value == nil then
    local meta = debug.getmetatable(globals)
    local own = type(meta) == "table" and rawget(meta, "own")
    if own and own[name] then
      local fine, found = pcall(function() return globals[name] end)
      if fine then return found end
    end
  end
  return value
end

local function class_of(known)
  if known.noun then return known.noun end
  local meta = debug.getmetatable(known.value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:match "^losslab%.(.+)$" or nil
end

-- What a function gives, as far as help or the engine's tables say: { noun = "matrix" }, or nil. callee: { value, path, of }.
local NUMBERS = { item = true, get = true, table = true, shape = true, finite = true, pack = true }
local function gives(callee)
  local f = callee and callee.value
  if f == nil then return nil end
  local entry = members.entry_of(f)
  if entry and entry.gives then
    local noun = entry.gives:match "^%s*(%a[%w_]*)%s*$" or entry.gives:match "^%s*(%a[%w_]*)%s*[,;%.]"
    return noun and noun ~= "nil" and { noun = noun } or nil
  end
  local ll, name = require "losslab", (callee.path or ""):match "[%w_]+$"
  if not name then return nil end
  if f == ll.data.load or f == rawget(ll.data, name) and expected.is_generator(name) then return { noun = "data" } end
  if type(f) ~= "function" or debug.getinfo(f, "S").what ~= "C" then return nil end
  if callee.of and class_of(callee.of) == "matrix" then return not NUMBERS[name] and { noun = "matrix" } or nil end
  for _, module in ipairs { ll.core.matrix, ll.core.graph, ll.core.linalg } do
    if rawget(module, name) == f and not NUMBERS[name] then return { noun = "matrix" } end
  end
  if rawget(ll.loss, name) == f then return { noun = "loss" } end
  if rawget(ll.optim, name) == f then return { noun = "optimizer" } end
  return f == ll.nn.mlp and { noun = "network" } or f == ll.random and { noun = "random" } or nil
end

local resolve

-- The member of what is known by a name.
local function member_of(known, name)
  if known.noun then
    local class = members.class(known.noun)
    local f = class and type(rawget(class, "methods")) == "table" and rawget(class.methods, name)
    if f then return { value = f, of = known } end
    if known.noun == "matrix" and name == "grad" then return { noun = "matrix" } end
    if known.noun == "data" and (name == "x" or name == "y") then return { noun = "matrix" } end
    return nil
  end
  local value = members.member(known.value, name)
  if value == nil then return nil end
  return { value = value, of = known }
end

-- An element: a matrix's row, a table's field.
local function element_of(known, tokens, from, to)
  if to ~= from then return nil end
  local token = tokens[from]
  if class_of(known) == "matrix" then
    if token.kind ~= "number" then return nil end
    if known.value ~= nil and known.value.cols == 1 then return { value = 0 } end
    return { noun = "matrix" }
  end
  if type(known.value) ~= "table" then return nil end
  local key
  if token.kind == "number" then key = math.tointeger(tonumber(token.text)) or tonumber(token.text)
  elseif token.kind == "string" then key = token.text:match "^[\"'](.*)[\"']$" end
  local value = key ~= nil and rawget(known.value, key)
  return value ~= nil and value ~= false and { value = value } or nil
end

-- What is known of the expression that ends at token i: { value = …, path } or { noun = … }; or nil.
function resolve(tokens, i, globals)
  local token = tokens[i]
  if not token then return nil end
  if token.kind == "string" then
    local before = tokens[i - 1]
    local is_call = before and (before.kind == "name" or before.text == ")" or before.text == "]") and before.to <= token.from
    if not is_call then return { value = "" } end
    local callee = resolve(tokens, i - 1, globals)
    return gives(callee)
  end
  if token.kind == "name" then
    local mark = tokens[i - 1]
    if mark and (mark.text == "." or mark.text == ":") and mark.kind == "operator" then
      local owner = resolve(tokens, i - 2, globals)
      local found = owner and member_of(owner, token.text)
      if found then found.path = (owner.path or class_of(owner) or "") .. mark.text .. token.text end
      return found
    end
    local value = global(globals, token.text)
    if value == nil then return nil end
    return { value = value, path = token.text }
  end
  if token.kind == "keyword" and LITERALS[token.text] ~= nil then return { value = LITERALS[token.text] } end
  local open = (token.text == ")" or token.text == "]" or token.text == "}") and opening(tokens, i)
  if not open then return nil end
  local before = tokens[open - 1]
  local follows = before and (before.kind == "name" or before.kind == "string" or before.text == ")" or before.text == "]")
  if token.text == "]" then
    local owner = follows and resolve(tokens, open - 1, globals)
    return owner and element_of(owner, tokens, open + 1, i - 1) or nil
  end
  if follows then
    local callee = resolve(tokens, open - 1, globals)
    return gives(callee)
  end
  if token.text == ")" then return resolve(tokens, i - 1, globals) end
  return nil
end

-- ---- where the cursor is -------------------------------------------------------------------------------------------------

-- The call around the cursor: { value, path } of what is called, the names of the tables between, outermost first, whether the
-- innermost bracket is a table's, and the field that a value there is of.
local function call_around(tokens, globals)
  local open, keys, key = tokens.open, {}, nil
  local last = tokens[#tokens]
  if last and last.text == "=" and tokens[#tokens - 1] and tokens[#tokens - 1].kind == "name" then
    key = tokens[#tokens - 1].text
  end
  local innermost = open[#open] and tokens[open[#open]].text
  for at = #open, 1, -1 do
    local place = open[at]
    local before = tokens[place - 1]
    local bracket = tokens[place].text
    if bracket == "[" then return nil end
    if before and before.text == "=" and tokens[place - 2] and tokens[place - 2].kind == "name" then
      table.insert(keys, 1, tokens[place - 2].text)
    elseif before and (before.kind == "name" or before.text == ")" or before.text == "]") then
      local callee = resolve(tokens, place - 1, globals) or {}
      if not callee.path and before.kind == "name" then callee.path = before.text end
      return callee, keys, innermost == "{", key
    end
  end
  return {}, keys, innermost == "{", key
end

-- ---- what to insert ------------------------------------------------------------------------------------------------------

-- Gives what to insert, or nil and the possibilities to show. after(name): what follows a name that is the only one.
local function choose(list, part, after)
  local fitting = {}
  for _, name in ipairs(list) do
    if name:sub(1, #part) == part and text.clean(name) == name then fitting[#fitting + 1] = name end
  end
  if #fitting == 0 then return nil end
  table.sort(fitting)
  local common = fitting[1]
  for _, name in ipairs(fitting) do
    while name:sub(1, #common) ~= common do common = common:sub(1, -2) end
  end
  while not utf8.len(common) do common = common:sub(1, -2) end
  if #fitting == 1 then
    local rest = common:sub(#part + 1) .. (after and after(common) or "")
    return rest ~= "" and rest or nil
  end
  if #common > #part then return common:sub(#part + 1) end
  return nil, text.grid(fitting, text.room() or 80)
end

local function listed(found, part)
  local list = {}
  for name in pairs(found) do
    if part ~= "" or name:sub(1, 1) ~= "_" then list[#list + 1] = name end
  end
  return list
end

-- Paths that begin so; folders end with /.
local function paths(part)
  local folder = part:match "^(.*/)" or ""
  local list = {}
  local fine, walk, state = pcall(lfs.dir, folder == "" and "." or folder)
  if not fine then return list end
  local begin = part:sub(#folder + 1)
  for name in walk, state do
    local hidden = name:sub(1, 1) == "." and begin:sub(1, 1) ~= "."
    if name ~= "." and name ~= ".." and not hidden and name:sub(1, #begin) == begin and not name:find "[\"'\\%c]" then
      local is_folder = lfs.attributes(folder .. name, "mode") == "directory"
      list[#list + 1] = folder .. name .. (is_folder and "/" or "")
    end
  end
  return list
end

-- Inside of a string that has no end yet.
local function in_string(tokens, globals)
  local token = tokens[#tokens]
  local quote, part = token.text:match "^([\"'])(.*)$"
  if not quote then return nil end
  tokens[#tokens] = nil
  local before = tokens[#tokens]
  local function close(name) return name:sub(-1) ~= "/" and quote or "" end
  local words
  if before and (before.kind == "name" or before.text == ")") then -- f "…"
    local callee = resolve(tokens, #tokens, globals) or {}
    callee.path = callee.path or before.kind == "name" and before.text or nil
    words = expected.words(callee, {}, nil)
  elseif before and before.text == "[" then
    local owner = resolve(tokens, #tokens - 1, globals)
    if owner and type(owner.value) == "table" then
      return choose(listed(members.names(owner), part), part, close)
    end
  else
    local callee, keys, _, key = call_around(tokens, globals)
    if callee then words = expected.words(callee, keys, key) end
  end
  if words then
    local insert, list = choose(words, part, close)
    if insert or list then return insert, list end
  end
  return choose(paths(part), part, close)
end

local function in_code(tokens, globals, before)
  local part, last = "", tokens[#tokens]
  if last and last.to == #before and (last.kind == "name" or last.kind == "keyword") then
    part, tokens[#tokens] = last.text, nil
    last = tokens[#tokens]
  elseif last and last.to == #before and last.kind == "number" then
    return nil
  end
  if last and last.kind == "operator" and (last.text == "." or last.text == ":") then
    local known = resolve(tokens, #tokens - 1, globals)
    if not known then return nil end
    return choose(listed(members.names(known, last.text == ":"), part), part)
  end
  -- Keys of options first, where a field may begin.
  if last and (last.text == "{" or last.text == "," or last.text == ";") and #tokens.open > 0 then
    local callee, keys, is_table = call_around(tokens, globals)
    if callee and is_table then
      local insert, list = choose(listed(expected.keys(callee, keys), part), part, function() return " = " end)
      if insert or list then return insert, list end
    end
  end
  local found = {}
  for _, name in ipairs(listed(members.names { value = globals }, part)) do found[name] = true end
  for word in pairs(lexed.keywords) do found[word] = true end
  return choose(listed(found, part), part)
end

-- Completes the text before the cursor: gives what to insert, or nil and the possibilities to show.
function M.line(before, globals)
  local line = before:match "[^\n]*$"
  if not line:find "%S" then return "  " end
  local asked = line:match "^%s*%??%?%s*(.*)$" or line:match "^%s*help%s+([%w_%.:]*)$"
  if asked and not before:find "\n" then
    local insert, list = choose(expected.words({ path = "help" }, {}, nil) or {}, asked)
    if insert or list then return insert, list end
    before = asked
  end
  local tokens = lexed.tokens(before)
  local last = tokens[#tokens]
  if last and not last.ended then
    if last.kind == "comment" then return nil end
    return in_string(tokens, globals)
  end
  return in_code(tokens, globals, before)
end

return setmetatable(M, { __call = function(_, before, globals) return M.line(before, globals) end })
