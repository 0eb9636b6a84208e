#!/bin/sh
# A run that leaves the finite numbers is recorded as diverged with its epoch, one that goes wrong as failed with its text, and the
# study goes on; names that hold quotes, backticks and newlines do no harm.
. tests/e2e/tap.sh

cat >"$work/study.lua" <<'LUA'
local function once(value) -- value() at the second epoch
  return { { new = function()
    local loss = { epoch = 1 }
    function loss:end_epoch() self.epoch = self.epoch + 1 end
    return setmetatable(loss, { __call = function(self, s, y)
      local l = ((s - y) ^ 2):mean()
      return self.epoch == 2 and value(l) or l
    end })
  end } }
end
return ll.study {
  name = "it's `odd`\n\"; DROP TABLE trial; --",
  data = { { generator = "target_decoy", n = 200, name = "o'dd `data`\n\"; DROP TABLE dataset; --" } }, split = { folds = 2 },
  compare = {
    hinge = {},
    square = {},
    infinite = once(function(l) return l * (1 / 0) end),
    nan = once(function(l) return l * (0 / 0) end),
    wrong = once(function() error "this loss is `wrong`" end),
    number = once(function() return 3 end),
    shape = once(function(l) return l + ll.zeros(2, 1) end),
    constant = once(function() return ll.zeros(1, 1) end),
    ["a'b `c`\n\"; DROP TABLE config; --"] = function(s, y) return ((s - y) ^ 2):mean() end,
  },
  train = { epochs = 3, batch = 20, optimizer = { adam = { lr = .01 }, sgd = { lr = 1e25 } } },
}
LUA
db=$work/s.db
run 1 'trials that failed are an exit code of 1' "$work/study.lua" "$db"
has 'the summary counts them' "$work/err" 'diverged, '
has 'and says why' "$work/err" 'this loss is `wrong`'
of() { ask "$db" "SELECT DISTINCT status || ' ' || coalesce(diverged_epoch, '-') || ' ' || coalesce(best_epoch, '-') FROM trial AS t
  JOIN wanted AS w ON w.trial = t.id JOIN config AS c ON c.id = t.config WHERE c.loss = '$1' AND json_extract(c.train, '$.optimizer') = '$2'" | tr '\n' ' '; }
is 'a good one is done' "$(of hinge adam | cut -c 1-6)" 'done -'
is 'an infinite loss diverges in its epoch' "$(of infinite adam)" 'diverged 2 1 '
is 'a loss that is no number diverges in its epoch' "$(of nan adam)" 'diverged 2 1 '
is 'a step too large diverges' "$(of square sgd | cut -c 1-10)" 'diverged 1'
is 'a raised error fails' "$(of wrong adam)" 'failed - - '
is 'and is recorded with its text' "$(ask "$db" "SELECT count(*) FROM trial JOIN config ON config.id = trial.config
  WHERE loss = 'wrong' AND status = 'failed' AND error LIKE '%this loss is \`wrong\`%'")" 2
is 'a loss that is no matrix fails' "$(of number adam)" 'failed - - '
is 'what our own code refuses is told without the place in it' "$(ask "$db" "SELECT DISTINCT error FROM trial
  JOIN config ON config.id = trial.config WHERE loss = 'constant' AND json_extract(train, '\$.optimizer') = 'adam'")" 'this value 1x1 depends on nothing that requires a gradient'
is 'a loss of another shape is told by name' "$(ask "$db" "SELECT DISTINCT error FROM trial
  JOIN config ON config.id = trial.config WHERE loss = 'shape' AND json_extract(train, '\$.optimizer') = 'adam'")" 'shape returned a matrix 2x1; a 1x1 matrix was expected, as its :mean() is'
is 'nor with a sign that depends on the processor' "$(ask "$db" "SELECT DISTINCT error FROM trial
  JOIN config ON config.id = trial.config WHERE loss = 'nan' AND json_extract(train, '\$.optimizer') = 'adam'")" 'the loss is nan'
is 'the epochs before it left the finite numbers are kept' "$(ask "$db" "SELECT DISTINCT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial
  JOIN config ON config.id = trial.config WHERE loss = 'nan' AND json_extract(train, '\$.optimizer') = 'adam' GROUP BY trial")" 1
is 'no metric without its epoch' "$(ask "$db" "SELECT count(*) FROM metric LEFT JOIN epoch USING (trial, epoch) WHERE epoch.trial IS NULL")" 0
is 'nothing is left to do' "$(ask "$db" "SELECT count(*) FROM trial WHERE status IN ('pending', 'running')")" 0
is 'odd names are kept as they are' "$(ask "$db" "SELECT count(*) FROM trial AS t JOIN config AS c ON c.id = t.config JOIN dataset AS d
  ON d.id = t.dataset WHERE c.loss = 'a''b \`c\`' || char(10) || '\"; DROP TABLE config; --' AND d.name = 'o''dd \`data\`' || char(10) ||
  '\"; DROP TABLE dataset; --' AND t.status = 'done' AND json_extract(c.train, '\$.optimizer') = 'adam'")" 2
run 1 'failed trials are not tried again by themselves' "$work/study.lua" "$db"

# A trial that kills its worker is tried three times; the others do not suffer.
cat >"$work/deadly.lua" <<LUA
return ll.study {
  name = "deadly", data = { { generator = "target_decoy", n = 200 } }, split = { folds = 3 }, compare = { hinge = {}, square = {} },
  train = { epochs = 2, batch = 20, loop = function(trial)
    if trial.config.loss == "square" and trial.number % 2 == 0 then
      local file = io.open("$work/deaths", "a")
      file:write(trial.number, "\n")
      file:close()
      os.execute "kill -9 \$PPID"
    end
    require "losslab.run.network".loop(trial)
  end },
}
LUA
run 1 'a trial that kills its worker' "$work/deadly.lua" "$work/deadly.db"
deadly=$(ask "$work/deadly.db" "SELECT count(*) FROM trial WHERE number % 2 = 0 AND config = 2")
is 'fails after three deaths' "$(ask "$work/deadly.db" "SELECT count(*) FROM trial WHERE error = 'its worker was killed by SIGKILL, 3 times'")" "$deadly"
is 'not sooner or later' "$(wc -l <"$work/deaths")" $((3 * deadly))
is 'there was one to see it by' "$([ "$deadly" -gt 0 ] && [ "$deadly" -lt 3 ] && echo yes)" yes
is 'the others are done' "$(ask "$work/deadly.db" "SELECT count(*) FROM trial WHERE status = 'done'")" $((6 - deadly))

# A trial that ends its process, and one that fills the memory: only they are lost, and the reason is recorded.
cat >"$work/leaves.lua" <<'LUA'
return ll.study {
  name = "leaves", data = { { generator = "target_decoy", n = 200 } }, split = { test = .3 }, train = { epochs = 1, batch = 20 },
  compare = {
    exit0 = function() os.exit(0) end, exit3 = function() os.exit(3) end, hinge = {},
    memory = function() local list; while true do list = { list } end end,
  },
}
LUA
(
  ulimit -v 500000
  "$losslab" tests/e2e/run.lua "$work/leaves.lua" "$work/leaves.db" 2 >"$work/out" 2>"$work/err"
)
is 'trials that end their process or fill it fail' $? 1
is 'each for its own reason' "$(ask "$work/leaves.db" "SELECT loss, status, iif(error LIKE 'out of memory: Lua holds %', 'memory', error) FROM trial AS t JOIN config AS c ON c.id = t.config
  ORDER BY t.id")" 'exit0|failed|its worker left with code 0 (os.exit), 3 times
exit3|failed|its worker left with code 3 (os.exit), 3 times
hinge|done|
memory|failed|memory'
finish
