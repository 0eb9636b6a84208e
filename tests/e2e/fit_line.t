#!/bin/sh
# What ll.fit says while it trains: a line on a terminal, rewritten in place, of which the last stays; nothing in a pipe unless it is
# asked for; a function gets it instead. What a loss calls its numbers cannot steer the terminal.
. tests/e2e/tap.sh
cd "$work" || exit 1

cat >train.lua <<'LUA'
local how, data = ..., ll.data.moons { n = 120, seed = 2 }
local HOW = { ["true"] = true, ["false"] = false }
local lines = {}
if how == "function" then HOW[how] = function(state, line) lines[#lines + 1] = state.epoch .. ": " .. line end end
local loss = ll.loss.adaptive_rank {}
if how == "hostile" then
  loss = setmetatable({ margin = 1, margin_grad = 0, learnt = { { name = "margin", symbol = "\27[2Jx\r\u{202e}y" } } },
    { __call = function(_, s, y) return ((s - y) * (s - y)):mean() end })
end
local history = ll.fit(ll.nn.mlp { 2, 4, 1, output = "sigmoid" }, loss, data, { epochs = 6, valid = 0.25, every = 3,
  progress = HOW[how] })
for _, line in ipairs(lines) do print(line) end
print(#history)
LUA

is "in a pipe nothing is said" "$("$losslab" train.lua pipe 2>&1)" 6
is "nor where it is hushed" "$("$losslab" train.lua false 2>&1)" 6
"$losslab" train.lua true >out 2>err
is "asked for, a line every three epochs, on standard error" "$(cut -d' ' -f1,2 err | tr '\n' ' ')$(cat out)" "epoch 3/6 epoch 6/6 6"
has "with the loss" err "loss "
has "the metric" err "valid auc "
has "what is learnt" err "ξ 0.1"
has "and how fast" err "rows/s"
"$losslab" train.lua function >out 2>err
is "a function gets each line" "$(cut -c1-14 out | tr '\n' ' ')$(cat err)" "1: epoch 1/6   2: epoch 2/6   3: epoch 3/6   4: epoch 4/6   5: epoch 5/6   6: epoch 6/6   6 "
if command -v script >/dev/null 2>&1; then
  seen() { SHELL=/bin/sh TERM=${2:-xterm} LC_ALL=C.UTF-8 script -qec "stty cols 70; '$losslab' train.lua $1" /dev/null </dev/null 2>&1; }
  seen line >out
  is "on a terminal the line is rewritten" "$(grep -c "$(printf '\r').*epoch 1/6" out)" 1
  is "and the last one stays" "$(tr '\r' '\n' <out | sed 's/\x1b\[[0-9]*[mK]//g' | grep -c '^epoch 6/6')" 2
  is "no line is longer than the terminal" "$(tr '\r' '\n' <out | sed 's/\x1b\[[0-9]*[mK]//g' | LC_ALL=C.UTF-8 awk 'length > 69' | grep -vc 'rows/s')" 0
  seen line dumb >out
  is "a dumb terminal is left alone" "$(tr -d '\r' <out)" 6
  seen hostile >out
  is "a symbol cannot steer it" "$(grep -c "$(printf '\33')\[2J" out)" 0
  is "nor turn its direction" "$(grep -c "$(printf '\342\200\256')" out)" 0
fi
cd - >/dev/null || exit 1
finish
