#!/bin/sh
# losslab show --compare and --effects, ablate, and looks at test parts: who is counted, and which files stay as they are.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >study.lua <<'LUA'
return ll.study {
  name = "six", data = { { generator = "moons", n = 60 }, { generator = "rings", n = 60 }, { generator = "spirals", n = 60 },
    { generator = "two_lines", n = 60 }, { generator = "gaussians", n = 60 } },
  split = { folds = 2 }, compare = { hinge = { margin = { 1, 0.1 } }, logistic = {} },
  model = { hidden = { 2 }, activation = { "relu", "tanh" } }, train = { epochs = 1, batch = 8 }, ablate = true,
}
LUA
looked() {
  ask study.db "SELECT group_concat(what || ' ' || times, ', ') FROM (SELECT what, sum(times) AS times FROM look GROUP BY what)"
}
refused() { # NAME WORDS MESSAGE
  # shellcheck disable=SC2086
  "$losslab" $2 >out 2>err
  is "$1" "$?" 2
  has "$1: said" err "$3"
}

"$losslab" run study.lua --db study.db --jobs 1 >said 2>err
is 'a study' $? 0
tr '\n' ' ' <said >ran
is 'the whole and one field off, of each loss' "$(ask study.db 'SELECT loss || count(*) FROM config GROUP BY loss')" 'hinge3
logistic2'
has 'what each part brings is said' ran 'Each part of the whole against the whole without it (hinge, test auc, p adjusted by Holm): '
has 'and mean ranks' ran 'Over 5 data sets the mean ranks are '
is 'the answer of a run is a look' "$(looked)" 'run 1'
"$losslab" show study.db --compare >page 2>err
is 'all losses against each other' $? 0
for words in 'mean rank ' 'won:tied:lost' 'P better' 'sets needed' 'docs/findings.md'; do has "$words" page "$words"; done
"$losslab" show study.db --compare --rope 0.2 --json >json 2>err
is 'as JSON' "$(ask :memory: "SELECT json_extract(readfile('json'), '\$.rope'), json_array_length(readfile('json'), '\$.pairs'),
  json_array_length(readfile('json'), '\$.cells'), json_extract(readfile('json'), '\$.ranked')")" '0.2|1|10|5'
"$losslab" show study.db --effects >page 2>err
for words in 'One factor off at a time' 'Importance on validation' 'activation'; do has "$words" page "$words"; done
is 'of another loss, as JSON' "$("$losslab" show study.db --effects --loss logistic --json >json; ask :memory: \
  "SELECT json_extract(readfile('json'), '\$.loss'), json_array_length(readfile('json'), '\$.ablation')")" 'logistic|1'
refused 'a rope alone' 'show study.db --rope 0.1' '--rope goes with --compare'
refused 'a rope that is none' 'show study.db --compare --rope x' '--rope must be a number >= 0, not "x"'
refused 'two pages' 'show study.db --compare --effects' '--compare and --effects exclude each other'
refused 'of one trial' 'show study.db 3 --compare' '--compare is about the study, not about one trial'
is 'each of these was a look' "$(looked | sed 's/show [4-9]/show n/')" 'run 1, show n'
before=$(looked)
"$losslab" show study.db --script >out && "$losslab" show study.db --versions >out
is 'a script is no look' "$(looked)" "$before"
"$losslab" ls study.db >out && "$losslab" export study.db leaderboard >out
"$losslab" -e 'local r <close> = ll.open "study.db"; local a = r:choose(r.datasets[1])'
is 'whatever shows test numbers is' "$(looked | sed 's/, show.*//')" 'export 1, ls 1, results 1, run 1'

# The version after the look says it.
sed 's/epochs = 1/epochs = 2/' study.lua >again.lua && mv again.lua study.lua
"$losslab" run study.lua --db study.db --jobs 1 2>err | tr '\n' ' ' >ran
has 'a change after looks' ran 'Before the study was last changed, its numbers on test parts had been shown '

# Nobody's file is written who did not run it, and none that is not to be written; what is shown is the same.
cp study.db theirs.db
"$losslab" show study.db >wanted
sum=$(sha256sum <theirs.db)
XDG_STATE_HOME=$work/nobody "$losslab" show theirs.db >shown 2>err
is 'a stranger shows' "$? $(cat err)" '0 '
is 'and leaves the file as it is' "$(sha256sum <theirs.db)" "$sum"
is 'what is shown is the same' "$(cat shown)" "$(cat wanted)"
chmod a-w theirs.db
"$losslab" show theirs.db >shown 2>err
is 'a file that is not to be written' "$? $(cat err) $(sha256sum <theirs.db)" "0  $sum"
before=$(looked)
"$losslab" -e 'local s <close> = ll.store.open("study.db", { mode = "write" })
  s:transaction(function() s:run("insert_look", { study = 1, what = "test" }); os.execute(arg[0] and "true")
  local p = io.popen("'"$losslab"' show study.db 2>&1 | head -n 1"); print(p:read "l"); p:close(); error("back", 0) end)' >out 2>&1
has 'a file that another writes is shown' out 'six'
is 'and not waited for' "$(looked)" "$before"
finish
