#!/bin/bash
# The runner of pages: what each kind of fence does, and that a page which shows what is not printed fails, with its line.
. tests/e2e/tap.sh

cat >"$work/good.md" <<'MD'
```lua study.lua
return ll.study { name = "a", data = { "breast_cancer" }, seeds = { 1 }, compare = { hinge = {} }, train = { epochs = 1 } }
```
```sh
losslab run study.lua --db study.db
```
So it ends:
```text
a
5 runs done
…
breast_cancer  hinge  0.…
…
```
```lua
print(1.23456, "a b") --> 1.2346 a   b
```
```losslab
> x = 20 +
>> 3
> x
23
> error "no"
prompt:1: no
```
```losslab
> x + 1
24
```
```losslab new
> x
nil
```
  ```sql
  SELECT name FROM study
  ```
  ```text
  name
  ----
  a
  ```
```python
import sqlite3
print(sqlite3.connect("study.db").execute("SELECT count(*) FROM trial").fetchone())
```
```text
(5,)
```
```csv few.csv
a,b
1,2
```
```csv few.csv append
3,4
```
```sh
wc -l <few.csv
```
```text
3
```
```lua fails
ll.loss.hing {}
```
```text
losslab: script.lua:1: there is no loss "hing"…
```
```sh norun
rm -rf /nowhere
```
```text norun
nothing
```
MD
tests/documents "$work/good.md" >"$work/out" 2>"$work/err"
is 'a page that holds passes' "$? $(cat "$work/err")" '0 '

# wrong NAME LINE SED: the page changed so fails at the line.
wrong() {
  sed "$3" "$work/good.md" >"$work/bad.md"
  tests/documents "$work/bad.md" >"$work/out" 2>"$work/err"
  is "$1" "$? $(grep -c "^#   failed: $work/bad.md:$2 " "$work/err") $(grep -c '^not ok' "$work/out")" '1 1 1'
}
wrong 'a text that is not printed' 8 's/^5 runs done/6 runs done/'
wrong 'an output that is left out' 59 '/^3$/d'
wrong 'a number that differs' 15 's/1\.2346/1.2348/'
wrong 'a value at the prompt' 21 's/^23$/25/'
wrong 'what the prompt does not print' 27 's/^24$/24\n25/'
wrong 'a result of SQL' 37 's/^  a$/  b/'
wrong 'an exit code' 42 's/^print(sqlite3/exit(2)\n&/'
wrong 'a script that should fail' 62 's/ll.loss.hing /ll.loss.hinge /; s/^losslab: script.*/…/'
wrong 'an output of nothing' 71 's/^```text norun/```text/'
wrong 'a kind that nothing runs' 68 's/^```sh norun/```fortran/'
finish
