-- The study script that a database holds, read again for what it says of the results: claim, finding, figures. Nothing of a
-- database may reach the machine it is looked at on: the script gets numbers, text and primitives, but no files, processes,
-- loading of code or modules. A script without a finding or figures is not run at all.
local ll = require "losslab"
local study_of = require "losslab.study"

local M = {}

local PLAIN = { "assert", "error", "ipairs", "math", "next", "pairs", "pcall", "select", "string", "table", "tonumber", "tostring",
  "type", "utf8", "xpcall" }
local PRIMITIVES = { "loss", "metric", "nn", "optim", "schedule", "study", "tuple",
  "distance", "divergence", "transport", "no_grad", "version", "precision" }

local function copy(from)
  local out = {}
  for key, value in pairs(from) do out[key] = value end
  return out
end

local function environment()
  local env, primitives = {}, {}
  for _, name in ipairs(PLAIN) do env[name] = type(_G[name]) == "table" and copy(_G[name]) or _G[name] end
  env.string.dump = nil
  for _, name in ipairs(PRIMITIVES) do primitives[name] = ll[name] end
  primitives.stats = copy(ll.stats)
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
  local text = row and row.script or ""
  if not (text:find("finding", 1, true) or text:find("figures", 1, true) or text:find("claim", 1, true)) then return nil end
  local fine, study = pcall(study_of.of_script, text, "=" .. row.name:gsub("%c", "?"), nil, environment())
  if not fine then return nil, tostring(study) end
  return study
end

-- Claim and finding of results (losslab.results); nil where the study has none, and why where it could not be said.
function M.finding(results)
  local study, why = M.of(results.store)
  if not study then return nil, why and "the study's script could not be read: " .. why or nil end
  if not study.finding then return study.claim end
  local fine, sentence = pcall(study.finding, results)
  if not fine then return study.claim, "could not be said: " .. tostring(sentence) end
  if type(sentence) ~= "string" then return study.claim, "could not be said: it is a " .. type(sentence) .. ", not a sentence" end
  return study.claim, sentence
end

return M
