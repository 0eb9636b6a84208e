-- What is expected at a place of a call, for completion: the keys of its options, and the words that a string there may be.
--   expected.keys(callee, keys) -> { name = true }   callee: { value, path }; keys: names of the tables around, outermost first
--   expected.words(callee, keys, key) -> list or nil      key: the field that the string is of, nil: an argument
local ll = require "losslab"
local members = require "losslab.prompt.members"

local M = {}

local function names_of(rows)
  local found = {}
  for _, row in ipairs(rows) do found[#found + 1] = type(row) == "table" and row.name or row end
  return found
end

local lists
lists = {
  losses = function() return ll.loss.list() end,
  metrics = function() return ll.metric.list() end,
  optimizers = function() return names_of(ll.optim.list()) end,
  schedules = function() return names_of(ll.schedule.list()) end,
  distances = function() return names_of(ll.distance.list()) end,
  generators = function() return names_of(ll.data.generators()) end,
  activations = function() return ll.nn.activations end,
  inits = function() return ll.nn.inits end,
  data = function()
    local found = names_of(ll.data.list())
    return table.move(names_of(ll.data.generators()), 1, #ll.data.generators(), #found + 1, found)
  end,
  divergences = function() return names_of(ll.divergence.list()) end,
  topics = function()
    local found, seen = lists.losses(), {}
    for _, name in ipairs(found) do seen[name] = true end
    for _, entry in ipairs(members.entries()) do
      for _, name in ipairs { entry.name, entry.name:match "[%w_]+$" } do -- as it is called in full, and alone
        if not seen[name] then found[#found + 1], seen[name] = name, true end
      end
    end
    return found
  end,
}

-- The list's names; nil where it cannot be had.
local function names(list)
  local fine, found = pcall(lists[list])
  return fine and found or nil
end

function M.is_generator(name)
  for _, each in ipairs(names "generators" or {}) do
    if each == name then return true end
  end
  return false
end

-- The field in which a word of a list stands.
local BY_KEY = { optimizer = "optimizers", schedule = "schedules", hidden = "activations", activation = "activations",
  output = "activations", init = "inits", metric = "metrics", metrics = "metrics", loss = "losses", distance = "distances",
  generator = "generators", load = "data", data = "data" }

-- The function whose argument is such a word.
local BY_CALLEE = { ["ll.data.load"] = "data", ["ll.loss.describe"] = "losses", ["ll.metric.describe"] = "metrics",
  ["ll.optim.describe"] = "optimizers", ["ll.distance.describe"] = "distances", ["ll.divergence.describe"] = "divergences",
  help = "topics", apropos = "topics", ["ll.help"] = "topics", ["ll.apropos"] = "topics" }

-- Functions of the engine by what they are: { kind, name }.
local known
local function rows()
  if known then return known end
  known = {}
  for kind, module in pairs { loss = ll.loss, optim = ll.optim, distance = ll.distance } do
    for _, name in ipairs(names_of(module.list())) do
      local fine, f = pcall(function() return module[name] end)
      if fine and f then known[f] = { kind = kind, name = name } end
    end
  end
  for _, row in ipairs(ll.data.generators()) do
    if ll.data[row.name] then known[ll.data[row.name]] = { kind = "generator", params = row.params } end
  end
  for path in pairs(BY_CALLEE) do
    local value = ll
    for name in path:gmatch "[^%.]+" do
      if name ~= "ll" then value = members.member(value, name) end
      if value == nil then break end
    end
    if value ~= nil and value ~= ll then known[value] = { kind = "words", path = path } end
  end
  return known
end

-- The parameters that a row of the engine's tables has: { {name, choices}, … }.
local function params_of(callee)
  local row = callee.value ~= nil and rows()[callee.value]
  if not row then return {} end
  if row.params then return row.params end
  local module = row.kind == "loss" and ll.loss or row.kind == "optim" and ll.optim or nil
  if not module then return {} end
  local fine, description = pcall(module.describe, row.name)
  return fine and description.params or {}
end

local function is_study(callee) return callee.path == "ll.study" or (callee.path or ""):find "%.study$" ~= nil end

local function study_keys(keys)
  local found = {}
  local prefix = "study." .. (keys[1] and keys[1] .. "." or "")
  for _, entry in ipairs(members.entries()) do
    local name = entry.name:sub(1, #prefix) == prefix and entry.name:sub(#prefix + 1)
    if name and name:find "^[%w_]+$" then found[name] = true end
  end
  if keys[1] == "compare" and not keys[2] then
    for _, name in ipairs(names "losses" or {}) do found[name] = true end
  elseif keys[1] == "compare" then
    local fine, description = pcall(ll.loss.describe, keys[2])
    for _, p in ipairs(fine and description.params or {}) do found[p.name] = true end
  elseif keys[1] == "data" then
    for name in ("load generator ratio name make positive"):gmatch "%S+" do found[name] = true end
  end
  return found
end

function M.keys(callee, keys)
  if is_study(callee) then return study_keys(keys) end
  if #keys > 0 then return {} end
  local found = {}
  for _, p in ipairs(params_of(callee)) do found[p.name] = true end
  local row = callee.value ~= nil and rows()[callee.value]
  local path = row and row.path or callee.path
  if row and row.kind == "loss" then found.reduction, found.label_smoothing = true, true end
  if path == "ll.data.load" or path == "ll.data.csv" then
    local fine, reading = pcall(function() return ll.data.reading() end)
    for _, name in ipairs(fine and reading or {}) do found[name] = true end
  end
  local entry = members.entry_of(callee.value)
  local positional = {} -- what a call names outside braces is no key
  for _, call in ipairs(entry and entry.calls or {}) do
    for name in call:gsub("%b{}", ""):gmatch "[%a_][%w_]*" do positional[name] = true end
  end
  for _, p in ipairs(entry and entry.params or {}) do
    local name = p.name or p[1] or ""
    for key in name:gmatch "options%.([%w_]+)" do found[key] = true end
    for key in (name .. ","):gmatch "%f[%w_.]([%a_][%w_]*)%s*," do found[key] = not positional[key] or found[key] end
  end
  for _, call in ipairs(entry and entry.calls or {}) do
    local inside = call:match "%b{}"
    for name in (inside or ""):gmatch "([%a_][%w_]*)%s*=" do found[name] = true end
  end
  return found
end

function M.words(callee, keys, key)
  if key then
    for _, p in ipairs(params_of(callee)) do
      if p.name == key and p.choices then return p.choices end
    end
    if key == "reduction" then return { "mean", "sum", "none" } end
    return BY_KEY[key] and names(BY_KEY[key]) or nil
  end
  local last = keys[#keys]
  if last and BY_KEY[last] then return names(BY_KEY[last]) end
  local row = callee.value ~= nil and rows()[callee.value]
  local list = BY_CALLEE[row and row.path or callee.path or ""]
  return list and names(list) or nil
end

return M
