#!/bin/sh
# What a user may call things, and the locale that a user's code may set: names of any length up to 100000 bytes, longer than what
# workers send at once; files whose names are no UTF-8; errors that are none; a locale with a decimal comma set while trials run.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >s.lua <<'END'
local big, which = ("n"):rep(100000), os.getenv "WHICH"
local function mine(scores, labels)
  os.setlocale "losslab_comma" os.setlocale("losslab_comma", "numeric")
  os.setlocale "C.UTF-8" os.setlocale("C.UTF-8", "collate")
  if which == "error" then error("no \xef\xff UTF-8 " .. big) end
  return ll.loss.logistic {}(scores, labels)
end
local data = { data = { { generator = "moons", n = 60, name = big } }, file = { "d\xe9.csv" },
  reading = { { "e\xe9.csv", positive = "n\xe9" } }, name = { { generator = "moons", n = 60, name = "\xff" } } }
local names = { loss = big, longer = big .. "n", bytes = "\xff" }
local study = { name = which == "study" and big or "s", question = which == "study" and big or nil, split = { folds = 2 },
  seeds = { 1 }, data = data[which] or { { generator = "moons", n = 60 } }, train = { epochs = 2, batch = 8, lr = 0.015625 },
  compare = { [names[which] or "mine"] = { mine, [which == "parameter" and big or "tau"] = { 0.5, 0.25 } } }, model = { hidden = { 2 } } }
if which == "parameters" then study.compare.mine["\xff"] = 1 end
if which == "metric" then
  study.trial = function(t) t:record { valid = { [big] = 0.5 }, test = { [big] = 0.5 } } end
  study.metric, study.model, study.train, study.compare = big, nil, nil, { mine = {} }
end
return ll.study(study)
END
csv=$(printf 'd\351.csv')
other=$(printf 'e\351.csv')
{ echo a,b,label; for i in $(seq 40); do echo "$i,$((i * 7 % 13)),$((i % 2))"; done; } >"$csv"
{ echo a,b,class; for i in $(seq 40); do printf '%s,%s,%s\n' "$i" $((i * 7 % 13)) "$(printf 'yes\nn\351\n' | sed -n $((i % 2 + 1))p)"; done; } >"$other"
# A locale of our own with a decimal comma, where one can be made.
if localedef -i de_DE -f UTF-8 ./losslab_comma >localedef 2>&1 || [ -d losslab_comma ]; then export LOCPATH="$work"; fi

for which in study data loss parameter metric file reading error plain; do
  export WHICH=$which
  code=0
  [ $which = error ] && code=1
  "$losslab" run s.lua --db $which.db --jobs 2 >out 2>err
  is "$which: it is run" "$?" $code
  is "$which: to its end" "$(ask $which.db "SELECT count(*) FROM trial WHERE status NOT IN ('done', 'failed')")" 0
  for verb in "show $which.db" "show $which.db --json" "ls $which.db" "ls $which.db --json" "show $which.db 1" \
    "show $which.db 1 --json" "export $which.db trials" "export $which.db trials --format json" "export $which.db summary"; do
    # shellcheck disable=SC2086
    "$losslab" $verb >out 2>err
    is "$verb" "$? $(cat err)" "0 "
  done
done
is 'a file of another encoding is named by its bytes' "$(ask file.db 'SELECT name, origin FROM dataset')" 'd\233|d\233.csv'
is 'an error of other bytes' "$(ask error.db "SELECT substr(error, instr(error, 'no '), 17) FROM trial LIMIT 1")" 'no \239\255 UTF-8'
is 'numbers are written with a point' "$(ask plain.db "SELECT count(*) FROM config WHERE json_extract(train, '$.lr') = 0.015625")" 2
is 'and measured' "$(ask plain.db "SELECT count(*) > 0 FROM metric WHERE value > 0 AND value < 1")" 1

# refused WHICH MESSAGE
refused() {
  WHICH=$1 "$losslab" run s.lua --db no.db >out 2>err
  is "$1 is refused" "$? $(cat err)" "1 losslab: $2"
}
refused longer 'compare: name of a loss must be a text of at most 100000 bytes, not of 100001'
is 'before there is a database' "$(ls no.db 2>/dev/null)" ''
for which in bytes name parameters; do
  WHICH=$which "$losslab" run s.lua --db no.db >out 2>err
  is "$which: other bytes are refused" $? 1
  has "$which: with a message" err 'must be UTF-8, which "'
done
finish
