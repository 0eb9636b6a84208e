-- The completion for bash: one function whose cases are made from the vocabulary.
local HEAD = [=[
# losslab: completion for bash, made by `losslab completions bash`.
_losslab_files() { # endings of files, none: all
  local word=$1 ending
  shift
  compopt -o filenames 2>/dev/null
  if [ $# -eq 0 ]; then mapfile -t COMPREPLY < <(compgen -f -- "$word") && return; fi
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word")
  for ending; do mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X "!*.$ending" -- "$word"); done
}
_losslab_words() { mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1"); }

_losslab() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' place=0 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --double) ;;
    --memory | --color) ((i++)) ;;
    -*) [ "$command" ] || return ;;
    *) if [ "$command" ]; then ((place++)); else command=${COMP_WORDS[i]}; fi ;;
    esac
  done
  if [ -z "$command" ]; then
    case $before in
    --color) _losslab_words "$word" '@colours@' && return ;;
    --memory) return ;;
    esac
    case $word in
    -*) _losslab_words "$word" '@flags@' ;;
    *)
      _losslab_files "$word" lua
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W '@commands@' -- "$word")
      ;;
    esac
    return
  fi
  case $command/$before in
@values@
  esac
  case $command/$word in
@options@
  esac
  case $command in
@arguments@
  *.lua) _losslab_files "$word" ;;
  esac
}
complete -F _losslab losslab losslab-double
]=]

return function(vocabulary)
  local lists = vocabulary.lists
  -- The shell's command that completes a kind, or nil.
  local function how(kind)
    if kind.choices then return ("_losslab_words \"$word\" '%s'"):format(table.concat(kind.choices, " ")) end
    if kind.words then return ("_losslab_words \"$word\" '%s'"):format(table.concat(lists[kind.words], " ")) end
    if kind.folders then return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word")' end
    if kind.files then return '_losslab_files "$word" ' .. table.concat(kind.files, " ") end
    return nil
  end
  local names, flags, values, options, arguments = {}, {}, {}, {}, {}
  for i, flag in ipairs(vocabulary.flags) do flags[i] = flag.name end
  for i, command in ipairs(vocabulary.commands) do
    local own = {}
    names[i] = command.name
    for j, option in ipairs(command.options) do
      own[j] = option.name
      if option.value then
        values[#values + 1] = ("  %s/%s) %s; return ;;"):format(command.name, option.name, how(option.kind) or ":")
      end
    end
    options[i] = ("  %s/-*) _losslab_words \"$word\" '%s'; return ;;"):format(command.name, table.concat(own, " "))
    local first = command.arguments[1]
    local act = first and how(first.kind)
    if act then arguments[#arguments + 1] = ("  %s) %s ;;"):format(command.name, act) end
  end
  return (HEAD:gsub("@(%l+)@", { flags = table.concat(flags, " "), commands = table.concat(names, " "),
    colours = table.concat(require "losslab.text".colour_modes, " "),
    values = table.concat(values, "\n"), options = table.concat(options, "\n"), arguments = table.concat(arguments, "\n") }))
end
