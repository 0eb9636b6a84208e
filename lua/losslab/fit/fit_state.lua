-- A run of ll.fit as a file, after each whole epoch: network, what is learnt beside it, optimizer, loss, random streams, history,
-- the best parameters so far. The same call with the same file goes on from it to the same bits. (The order of rows needs no place:
-- it is keyed by the epoch.) The form of the file and its distrust are those of run/checkpoint.lua.
local check = require "losslab.check"
local checkpoint = require "losslab.run.checkpoint"
local file = require "losslab.file"

local M = {}

function M.copies(matrices)
  local out = {}
  for i, each in ipairs(matrices or {}) do out[i] = each:copy() end
  return out
end

function M.assign(to, from) for i, each in ipairs(to or {}) do each:assign(from[i]) end end

-- What a loss remembers: a built-in one's state, and that of one in Lua which has state() and load_state().
local function loss_state(loss)
  if type(loss) == "function" then return nil end
  local fine, method = pcall(function() return loss.state end)
  return fine and method and loss:state() or nil
end

-- Writes where a run (fit.lua) stands.
function M.write(run)
  local trial, net = run.trial, run.net
  local rows = {}
  for i, row in ipairs(run.history) do rows[i] = row end
  file.write(run.options.checkpoint, checkpoint.sealed { kind = "fit", identity = run.identity, parameters = net:parameters(),
    network = type(net) == "table" and net.state and net:state() or nil, learnt = trial.learnt or {}, loss = loss_state(trial.loss),
    optimizer = trial.optimizer:state(), tuples = trial.tuple_stream:state(), rows = trial.rows:state(), history = rows,
    best = run.best or nil, pace = trial.pace and trial.pace:state() or nil, stopped = run.history.stopped,
    seconds = run.history.seconds })
end

local function fail(run, format, ...)
  check.fail("fit: checkpoint: %s " .. format, run.options.checkpoint, ...)
end

local function check_identity(run, saved)
  for _, name in ipairs(check.keys(run.identity)) do
    if saved[name] ~= run.identity[name] then
      fail(run, "is of another run: its %s is %s, here it is %s; take another file, or remove it to begin anew", name,
        check.show(saved[name]), check.show(run.identity[name]))
    end
  end
end

local function assign(run, to, from, what)
  if type(from) ~= "table" or #from ~= #to then fail(run, "does not fit: it holds another number of matrices of the %s", what) end
  M.assign(to, from)
end

-- Puts a run that was just begun where the file says; false if there is none.
function M.read(run)
  local path = run.options.checkpoint
  if not file.exists(path) then return false end
  local bytes, why = file.read(path)
  if not bytes then check.fail("fit: checkpoint: %s", why) end
  local fine, state = pcall(checkpoint.opened, bytes)
  if not fine then fail(run, "%s", (check.plain(state):gsub("^the checkpoint ", ""))) end
  if type(state) ~= "table" or state.kind ~= "fit" or type(state.identity) ~= "table" or type(state.history) ~= "table" then
    fail(run, "is no checkpoint of ll.fit")
  end
  check_identity(run, state.identity)
  local trial, net = run.trial, run.net
  fine, why = pcall(function()
    if state.network then net:load_state(state.network) end
    assign(run, net:parameters(), state.parameters, "network")
    assign(run, trial.learnt or {}, state.learnt, "loss")
    if state.loss then trial.loss:load_state(state.loss) end
    trial.optimizer:load_state(state.optimizer)
    trial.tuple_stream:load_state(state.tuples)
    trial.rows:load_state(state.rows)
    if trial.pace then trial.pace:load_state(state.pace) end
    for i, row in ipairs(state.history) do run.history[i] = row end
  end)
  if not fine then fail(run, "does not fit: %s", (check.plain(check.memory(why)):gsub("^the checkpoint ", ""))) end
  trial.epoch = trial.rows.epoch
  if trial.pace and trial.epoch <= trial.epochs then trial.pace:begin(trial) end -- the file may be of a run of fewer epochs
  if type(trial.loss) == "userdata" then trial.zero_rows = trial.loss.zero_rows or 0 end
  run.best = state.best
  run.history.stopped, run.history.seconds = state.stopped, state.seconds
  return true
end

return M
