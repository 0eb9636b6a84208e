-- The classes of objects that a user may hold, by the noun under which help has them: those of the C bindings by their name in the
-- registry, those of Lua by their table. A new class is entered here; tests/lua/help.lua finds one that is not.
local M = {}

-- Classes of the C half. false: nobody holds one, or it has nothing to be asked for.
M.of_metatables = {
  ["losslab.matrix"] = "matrix", ["losslab.mlp"] = "network", ["losslab.loss"] = "loss", ["losslab.optimizer"] = "optimizer",
  ["losslab.data"] = "data", ["losslab.pairs"] = "pairs", ["losslab.batches"] = "batches", ["losslab.random"] = "random",
  ["losslab.negatives"] = "negatives", ["losslab.store"] = "store", ["losslab.store.rows"] = "rows",
  ["losslab.store.scores"] = "scores", ["losslab.lock"] = "lock", ["losslab.worker"] = "worker", ["losslab.writer"] = "writer",
  ["losslab.table"] = "table", ["losslab.folder"] = "folder", ["losslab.step"] = "step", ["losslab.compiled"] = "compiled",
  ["losslab.server"] = "server", ["losslab.psms"] = "psms", ["losslab.ranker"] = "ranker",
  ["losslab.psms.lists"] = false,
}

-- Classes of the Lua half, by the __name of their metatables.
M.of_lua = {
  ["losslab.schedule"] = "schedule", ["losslab.linear"] = "layer", ["losslab.embedding"] = "layer", ["losslab.dropout"] = "layer",
  ["losslab.sequential"] = "layer", ["losslab.residual"] = "layer", ["losslab.study"] = "study", ["losslab.results"] = "results",
  ["losslab.trial"] = "trial", ["losslab.history"] = "history", ["losslab.searcher"] = "searcher",
  ["losslab.rescored"] = "rescored", ["losslab.null"] = "null", ["losslab.entrapment"] = "entrapment",
}

-- Where the tables of their methods are: noun -> function that gives a list of tables.
M.tables = {
  study = function() return { getmetatable(require "losslab.study.study").class } end,
  results = function() return { require "losslab.results.reading".methods, require "losslab.results.opened".class } end,
  trial = function() -- of a study's own trial, of a loop, of a database
    return { require "losslab.run.own".class, require "losslab.run.network".class,
      require "losslab.results.recorded_trial".class }
  end,
  searcher = function() return { require "losslab.search.searcher".class } end,
  rescored = function()
    local _ = require "losslab".rescore.run -- loads what adds methods
    return { require "losslab.rescore.identified".class }
  end,
  entrapment = function() return { require "losslab.rescore.entrapment".class } end,
  null = function() return { require "losslab.rescore.null".class } end,
  history = function() return { require "losslab.fit.fit_history".class } end,
  schedule = function() return { getmetatable(require "losslab".schedule.constant()) } end,
  layer = function()
    local class = require "losslab.nn.class"
    local _ = require "losslab".nn.linear -- makes the classes
    return { class.base, table.unpack(class.made) }
  end,
}

M.nouns = {}
for _, names in ipairs { M.of_metatables, M.of_lua } do
  for _, noun in pairs(names) do
    if noun then M.nouns[noun] = true end
  end
end

-- Methods by which networks ask one another; nobody else calls them.
local inner = { own = true, buffers = true, draw_own = true, set_steps = true, steps = true }
local function is_hidden(noun, name) return name:find "^_" ~= nil or noun == "layer" and inner[name] == true end

-- The methods of the classes of a noun: name -> function.
function M.methods_of(noun)
  local out = {}
  for class, of in pairs(M.of_metatables) do
    if of == noun then
      for name, f in pairs(M.methods(class)) do out[name] = f end
    end
  end
  for _, methods in ipairs(M.tables[noun] and M.tables[noun]() or {}) do
    for name, f in pairs(methods) do
      if type(name) == "string" and type(f) == "function" and not is_hidden(noun, name) then out[name] = f end
    end
  end
  return out
end

-- The methods of a class of the registry: name -> function.
function M.methods(class)
  local meta = debug.getregistry()[class]
  return meta and rawget(meta, "methods") or {}
end

-- The noun of an object with this metatable, or nil.
function M.noun_of(meta, value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  if type(name) ~= "string" then return nil end
  if type(value) == "userdata" then return M.of_metatables[name] or nil end
  return M.of_lua[name] or nil
end

-- The names that ll has, those that are loaded at first use, too.
function M.reachable(ll)
  local names, seen = {}, {}
  local meta = getmetatable(ll)
  for _, each in ipairs { ll, meta.lazy, meta.functions or {} } do
    for name in next, each do
      if type(name) == "string" and not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  table.sort(names)
  return names
end

return M
