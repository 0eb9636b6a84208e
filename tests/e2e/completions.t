#!/bin/bash
# What Tab offers in bash, zsh and fish: every command, its options, choices, names and files; asked of the shells themselves.
. tests/e2e/tap.sh

for shell in bash zsh fish; do
  "$losslab" completions $shell >"$work/$shell" 2>"$work/err"
  is "$shell: made" "$? $(cat "$work/err")" '0 '
done
"$losslab" completions bsh >"$work/out" 2>"$work/err"
is 'another shell is refused' "$? $(cat "$work/out")" '2 '
has 'with the nearest' "$work/err" 'there is no completion for the shell "bsh"; did you mean "bash"?'

folder=$work/folder
mkdir -p "$folder/sub"
touch "$folder/a.db" "$folder/b.lua" "$folder/notes.txt"

# offers WORDS…: what bash's Tab offers behind them, in order, in one line.
cat >"$work/ask.sh" <<'E2'
source "$1"
cd "$2" || exit 1
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_losslab 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
E2
offers() { bash "$work/ask.sh" "$work/bash" "$folder" losslab "$@"; }
is 'bash: when to colour, before a command' "$(offers --color a)" 'always auto '
is 'bash: a command behind it' "$(offers --color always los)" 'losses '
is 'bash: commands' "$(offers re)" 'replay report rescore resume '
is 'files of Lua beside them' "$(offers b)" 'b.lua '
is 'options' "$(offers show --js)" '--json '
is 'losses by name' "$(offers losses pair_sq)" 'pair_square pair_squared_hinge '
is 'data sets by name' "$(offers data moo)" 'moons '
is 'databases and folders' "$(offers show '')" 'a.db sub '
is 'scripts and folders' "$(offers run '')" 'b.lua sub '
is 'the words that an option takes' "$(offers query a.db --format js)" 'json jsonl '
is 'databases for --db' "$(offers run b.lua --db '')" 'a.db sub '
is 'folders for --out' "$(offers plot a.db --out '')" 'sub '

is 'behind options of the program' "$(offers --double --memory 1G mer)" 'merge '
for name in $("$losslab" -e 'print(table.concat(require "losslab.cli.commands".names, " "))'); do
  is "bash: $name is offered" "$(offers "$name" | tr ' ' '\n' | grep -cx "$name")" 1
  is "fish: $name is offered" "$(fish --no-config -c "source $work/fish; complete -C 'losslab $name'" | cut -f 1 | grep -cx "$name")" 1
  is "zsh: $name is offered" "$(grep -c "^  '$name:" "$work/zsh")" 1
done
is 'fish: options' "$(fish --no-config -c "source $work/fish; complete -C 'losslab show --js'" | cut -f 1)" '--json'
is 'fish: losses' "$(fish --no-config -c "source $work/fish; complete -C 'losslab losses pair_sq'" | sort | tr '\n' ' ')" \
  'pair_square pair_squared_hinge '
is 'fish: words of an option' "$(fish --no-config -c "source $work/fish; complete -C 'losslab plot a.db --format '" | cut -f 1 | sort |
  tr '\n' ' ')" 'eps pdf png svg '
zsh -n "$work/zsh" 2>"$work/err"
is 'zsh reads its own' "$? $(cat "$work/err")" '0 '
finish
