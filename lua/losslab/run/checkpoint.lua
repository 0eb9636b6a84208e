-- Where a trial of the default loop stands after a whole epoch, as a string: network, what is learnt beside it, optimizer, loss,
-- patience and schedule, the stream of tuples, and the rows of the epochs so far. A trial made anew from the same study goes on
-- from it to the same bits, in this process or another. (The order of rows needs no place: it is keyed by the epoch.)
--
--   losslab checkpoint 1 PRECISION     a line of text
--   64 hex digits                      SHA-256 of what follows
--   the state                          losslab/run/values.lua
--
-- Reading trusts nothing: a damaged string, one of another trial, and one of another format are refused in words. A trial that was
-- refused one may be half restored, and is to be made anew.
--
-- What a study wrote in Lua may keep anything between its epochs, so that trials with a loop, a loss or a body of the study's own
-- have no checkpoints (M.can).
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local values = require "losslab.run.values"

local M = {}

local HEAD = "losslab checkpoint 1 " .. ll.precision .. "\n"
local DIGITS = 64

-- Whether all of the trial's state is in the hands of losslab.
function M.can(trial)
  return not trial.study.loop and not trial.study.trial and not trial.study.losses[trial.config.loss].lua
end

-- What decides the trial's numbers, each as a text to compare and to show. Content of data is the caller's to compare.
local function identity(trial)
  local study, config, parts, labels = trial.study, trial.config, {}, {}
  for _, name in ipairs { "train", "valid", "test" } do
    local part = trial.parts[name]
    parts[name] = part and { part.rows, part.features }
  end
  for i, metric in ipairs(study.metrics) do labels[i] = metric.label end
  return { loss = config.loss, parameters = json.encode(config.parameters), model = json.encode(config.model),
    train = json.encode(config.train), number = tostring(trial.number), seed = tostring(study.seed), parts = json.encode(parts),
    metrics = json.encode { study.metric.label, labels, study.record },
    kept = json.encode { study.scores, study.networks and true or false } }
end

local function copies(parameters)
  local out = {}
  for i, each in ipairs(parameters) do out[i] = each end
  return out
end

-- A state (losslab/run/values.lua) with its head and hash.
function M.sealed(state)
  local bytes = values.pack(state)
  return HEAD .. ll.core.sha256(bytes) .. bytes
end

-- After trial:end_epoch(). The same state gives the same string.
function M.take(trial)
  return M.sealed { identity = identity(trial), parameters = copies(trial.net:parameters()),
    learnt = copies(trial.learnt or {}), loss = trial.loss:state(), optimizer = trial.optimizer:state(),
    pace = trial.pace and trial.pace:state(),
    tuples = trial.tuple_stream:state(), rows = trial.rows:state() }
end

local function fail(format, ...) check.fail("the checkpoint " .. format, ...) end

-- The state of a string, as far as its bytes say.
local function read(bytes)
  if type(bytes) ~= "string" then fail("is %s, not a string", check.show(bytes)) end
  local line = bytes:match "^losslab checkpoint [^\n]*\n"
  if not line then fail "does not begin with \"losslab checkpoint\"" end
  if line ~= HEAD then
    fail("is of another format or precision: %s; %s expected", check.show(line:sub(1, -2)), check.show(HEAD:sub(1, -2)))
  end
  local body = bytes:sub(#HEAD + DIGITS + 1)
  if bytes:sub(#HEAD + 1, #HEAD + DIGITS) ~= ll.core.sha256(body) then fail "is damaged: its hash is of other bytes" end
  local fine, state = pcall(values.unpack, body)
  if not fine then fail("cannot be read: %s", check.plain(state)) end
  return state
end

M.opened = read

-- Raises unless it is a table; the table.
local function is_table(value, name)
  if type(value) ~= "table" then fail("holds %s as its %s", check.show(value), name) end
  return value
end

local function check_identity(trial, saved)
  local now = identity(trial)
  for _, name in ipairs(check.keys(now)) do
    if saved[name] ~= now[name] then
      fail("is of another trial: its %s is %s, this one's %s", name, check.show(saved[name]), check.show(now[name]))
    end
  end
end

local function assign(to, from, what)
  if #from ~= #to then fail("holds %d matrices of the %s, not %d", #from, what, #to) end
  for i, each in ipairs(to) do each:assign(from[i]) end
end

-- Puts the state of such a string into a trial that was just begun (run/network.lua). Raises "the checkpoint …" where it does not
-- fit.
function M.restore(trial, bytes)
  if not M.can(trial) then fail "is of no use to a trial with a loop or a loss of the study's own" end
  local state = is_table(read(bytes), "state")
  check_identity(trial, is_table(state.identity, "identity"))
  local fine, why = pcall(function()
    assign(trial.net:parameters(), is_table(state.parameters, "parameters"), "network")
    assign(trial.learnt or {}, is_table(state.learnt, "learnt"), "loss")
    trial.loss:load_state(state.loss)
    trial.optimizer:load_state(state.optimizer)
    trial.tuple_stream:load_state(state.tuples)
    trial.rows:load_state(is_table(state.rows, "rows"))
    if trial.pace then trial.pace:load_state(state.pace) end
  end)
  if not fine then
    why = check.plain(check.memory(why))
    fail("does not fit: %s", why:gsub("^the checkpoint ", "it "))
  end
  trial.epoch, trial.zero_rows = trial.rows.epoch, trial.loss.zero_rows or 0
end

return M
