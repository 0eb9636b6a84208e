#!/bin/sh
# A trial that one process stops after an epoch and another goes on with, from a file, leaves the rows of one that was not stopped.
. tests/e2e/tap.sh

cat >"$work/trial.lua" <<'LUA'
-- losslab trial.lua LOSS straight | stop FILE | go FILE: the hash of all rows, or why there are none.
local name, how, path = ...
local ll = require "losslab"
local cuts = require "losslab.study.cuts"
local network = require "losslab.run.network"
local values = require "losslab.run.values"
local made = ll.study { name = "two processes", data = { name == "quadruplet" and "iris" or "sonar" }, split = { test = 0.3 },
  compare = { [name] = name == "adaptive_rank" and { margin_lr = 0.05 } or {} }, networks = true,
  train = { epochs = 6, batch = 16, optimizer = "nadam" }, model = { hidden = { 8 } } }
local set = cuts.datasets(made)[1]
local epochs, state = 0, nil
if how == "go" then
  local file = assert(io.open(path, "rb"))
  state = file:read "a"
  file:close()
end
local result = network.run(made, made.configs[1], cuts.parts(made, set, 1, 1), cuts.trial_number(made, set, 1, 1), {
  state = state,
  epoch_ended = function(take)
    epochs = epochs + 1
    if how ~= "stop" or epochs < 3 then return end
    local file = assert(io.open(path, "wb"))
    file:write(take())
    file:close()
    return "stop"
  end })
for _, row in ipairs(result.epochs) do row.seconds = nil end
result.seconds = nil
print(result.status, result.status == "done" and ll.core.sha256(values.pack(result)) or result.error or "")
LUA

for program in losslab losslab-double; do
  for loss in adaptive_rank quadruplet proxy_anchor; do
    do_trial() { "$(dirname "$losslab")/$program" "$work/trial.lua" "$loss" "$@" 2>&1; }
    straight=$(do_trial straight)
    is "$loss by $program stops" "$(do_trial stop "$work/state.$program" | tr -d '\t')" stopped
    is "$loss by $program goes on in another process to the same bits" "$(do_trial go "$work/state.$program")" "$straight"
    is "$loss by $program: there are some" "$(echo "$straight" | cut -c 1-4)" 'done'
  done
done
"$losslab" "$work/trial.lua" proxy_anchor go "$work/state.losslab-double" >"$work/out"
has 'a checkpoint of the other precision is refused' "$work/out" 'is of another format or precision'
finish
