#!/bin/sh
# ll.fit with a checkpoint: a process that is killed in the midst of a run, and the same call again, end with the bits of a run that
# was not disturbed; a file of another run, or a damaged one, is refused.
. tests/e2e/tap.sh
cd "$work" || exit 1

cat >train.lua <<'LUA'
-- losslab train.lua KIND FILE [kill EPOCH] [epochs N]: prints what is left, hashed.
local kind, path, word, epoch = ...
local ll = require "losslab"
local moons, iris = ll.data.moons { n = 160, seed = 4 }, ll.data.load "iris"
local function mlp(data, outputs, output)
  return ll.nn.mlp { data.features, 8, outputs, hidden = "tanh", output = output }
end
local KINDS = {
  plain = function() return mlp(moons, 1), ll.loss.logistic {}, moons, { schedule = { "cosine", steps = 9 }, clip = 1 } end,
  learnt = function() return mlp(moons, 1, "sigmoid"), ll.loss.adaptive_rank { margin_lr = 0.05 }, moons, {} end,
  game = function() return mlp(moons, 1, "sigmoid"), ll.loss.aucm {}, moons, { optimizer = "nadam" } end,
  tuples = function() return mlp(iris, 3), ll.loss.triplet {}, iris, {} end,
  proxies = function() return mlp(iris, 3), ll.loss.proxy_nca {}, iris, { optimizer = "rmsprop" } end,
  dropout = function()
    return ll.nn.sequential { ll.nn.linear { 2, 8 }, "relu", ll.nn.dropout(0.3), ll.nn.linear { 8, 1 } }, ll.loss.hinge {}, moons,
      { record = { gradients = true, activations = true } }
  end,
  own = function() return mlp(moons, 1), function(s, y) return ((s - y) * (s - y)):mean() end, moons,
    { schedule = { "linear", steps = 60 }, schedule_by = "batch", balance = true } end,
  patience = function() return mlp(moons, 1), ll.loss.logistic {}, moons, { patience = 3, lr = 0.05, epochs = 60 } end,
}
local net, loss, data, options = KINDS[kind]()
options.epochs, options.batch, options.valid = options.epochs or 8, 20, 0.25
options.checkpoint = path ~= "none" and path or nil
if word == "epochs" then options.epochs = tonumber(epoch) end
if word == "kill" then
  options.callback = function(state)
    if state.epoch == tonumber(epoch) then os.execute "kill -9 $PPID" end
  end
end
local history = ll.fit(net, loss, data, options)
local left = { #history, tostring(history.restored), tostring(history.stopped) }
for _, each in ipairs(net:parameters()) do left[#left + 1] = each:pack() end
for _, row in ipairs(history) do
  for _, name in ipairs { "loss", "valid_auc", "valid_knn_accuracy", "lr", "margin" } do
    left[#left + 1] = string.format("%a", row[name] or -1)
  end
  local norm = row.gradients and row.gradients["1.weights"].norm
  left[#left + 1] = string.format("%a", norm or -1)
end
print(#history, ll.core.sha256(table.concat(left, " ")))
LUA

for kind in plain learnt game tuples proxies dropout own patience; do
  whole=$("$losslab" train.lua $kind none)
  "$losslab" train.lua $kind $kind.fit kill 3 >killed 2>&1
  code=$?
  is "$kind: the run is killed" "$code" 137
  check "$kind: it has left a checkpoint" test -s $kind.fit
  "$losslab" train.lua $kind $kind.fit kill 5 >killed 2>&1
  is "$kind: and is killed again" "$?" 137
  is "$kind: the same call goes on to the same bits" "$("$losslab" train.lua $kind $kind.fit 2>&1)" "$whole"
  is "$kind: once more nothing is left to do" "$("$losslab" train.lua $kind $kind.fit 2>&1)" "$whole"
done

is "with more epochs it goes on" "$("$losslab" train.lua learnt learnt.fit epochs 11)" "$("$losslab" train.lua learnt none epochs 11)"
"$losslab" train.lua game learnt.fit >out 2>err
is "a file of another run is refused" "$?" 1
has "in words" err "learnt.fit is of another run: its loss is"
head -c 900 plain.fit >torn.fit
"$losslab" train.lua plain torn.fit >out 2>err
has "a damaged one, too" err "torn.fit is damaged"
echo "no checkpoint" >text.fit
"$losslab" train.lua plain text.fit >out 2>err
has "and what is none" err 'text.fit does not begin with "losslab checkpoint"'
is "nothing is said where standard error is no terminal" "$("$losslab" train.lua plain none 2>&1 >/dev/null)" ""
cd - >/dev/null || exit 1
finish
