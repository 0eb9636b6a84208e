-- The study script that a database holds, run again for its claim, finding and figures. A database may come from anybody, so its
-- script must not reach the machine: it gets numbers, text and primitives, but no files, processes, modules or loading of code,
-- and is stopped after some time. It gets copies of tables, since a function that it puts into one of ours would be called later,
-- outside the sandbox. A script without a claim, finding or figures is not run at all.
local ll = require "losslab"
local study_of = require "losslab.study.study"
local text = require "losslab.text"

local M = {}

local PLAIN = { "assert", "error", "ipairs", "math", "next", "pairs", "pcall", "select", "string", "table", "tonumber", "tostring",
  "type", "utf8" }
local PRIMITIVES = { "loss", "metric", "nn", "optim", "schedule", "tuple",
  "distance", "divergence", "transport", "no_grad", "version", "precision" }

M.limits = { seconds = 60, gigabytes = 2 } -- of computing; of Lua's memory

local function copy(from)
  if type(from) ~= "table" then return from end
  local out = {}
  for key, value in pairs(from) do out[key] = value end
  return setmetatable(out, getmetatable(from)) -- which suggests the nearest name for an unknown one
end
M.copy = copy

-- pcall(f, …) of a script's code, sealed and stopped at the limits. Past a limit the error is raised at every instruction, so that
-- no pcall of the script's own survives it; the script has no xpcall, since a hook does not reach into its handler.
function M.call(f, ...)
  local stop, most = os.clock() + M.limits.seconds, M.limits.gigabytes * 2 ^ 20
  debug.sethook(function()
    local why
    if os.clock() > stop then why = string.format("it computes for more than %g s", M.limits.seconds)
    elseif collectgarbage "count" > most and collectgarbage() and collectgarbage "count" > most then
      why = string.format("it takes more than %g GB", M.limits.gigabytes)
    end
    if not why then return end
    debug.sethook(function() error(why, 0) end, "", 1)
    error(why, 0)
  end, "", 1000000)
  local results = table.pack(ll.core.sealed(f, ...)) -- which takes the hook away
  if not results[1] and results[2] == "interrupted" then error(results[2], 0) end -- Ctrl-C
  return table.unpack(results, 1, results.n)
end

-- Results for a script: what it writes into them does not reach ours.
function M.view(results) return setmetatable({}, { __index = results }) end

local function environment()
  local env, primitives = {}, {}
  for _, name in ipairs(PLAIN) do env[name] = copy(_G[name]) end
  for _, name in ipairs(PRIMITIVES) do primitives[name] = copy(ll[name]) end
  primitives.stats = copy(ll.stats)
  function primitives.study(written) return study_of(written) end -- without load and of_script
  primitives.matrix = function(rows) return ll.matrix(rows) end
  env.ll, env.os = primitives, { getenv = os.getenv }
  function env.require(name)
    if name == "losslab" then return primitives end
    error(string.format("a study read from its database has no module %q", tostring(name)), 2)
  end
  return env
end

-- The study of a store's script, or nil and why not.
function M.of(store)
  local row = store:one "study"
  local source = row and row.script or ""
  if not (source:find("finding", 1, true) or source:find("figures", 1, true) or source:find("claim", 1, true)) then return nil end
  local fine, study = M.call(study_of.of_script, source, "=" .. text.clean(row.name), environment())
  if not fine then return nil, tostring(study) end
  return study
end

-- Claim, finding and details (an array of texts that follow the finding) of results (results/reading.lua); nil where the study has
-- none, and in place of a finding why it could not be said.
function M.finding(results)
  local study, why = M.of(results.store)
  if not study then return nil, why and "the study's script could not be read: " .. why or nil, {} end
  if not study.finding then return study.claim, nil, {} end
  local said = table.pack(M.call(study.finding, M.view(results)))
  local fine, sentence = table.unpack(said, 1, 2)
  if not fine then return study.claim, "could not be said: " .. tostring(sentence), {} end
  local details = { table.unpack(said, 3, said.n) }
  for i = 0, #details do
    local each = details[i] or sentence
    if type(each) ~= "string" then return study.claim, "could not be said: it is a " .. type(each) .. ", not a sentence", {} end
  end
  return study.claim, sentence, details
end

return M
