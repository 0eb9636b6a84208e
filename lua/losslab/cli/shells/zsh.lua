-- The completion for zsh: _arguments for each command, with what its options and arguments take.
local function quoted(words) return "'" .. words:gsub("'", "'\\''") .. "'" end
local function plain(words) return (words:gsub("[%[%]:\\]", "\\%0")) end

return function(vocabulary)
  local function how(kind)
    if kind.choices then return "(" .. table.concat(kind.choices, " ") .. ")" end
    if kind.words then return "(" .. table.concat(vocabulary.lists[kind.words], " ") .. ")" end
    if kind.folders then return "_files -/" end
    if kind.files then
      return #kind.files > 0 and ('_files -g "*.%s(-.)"'):format(#kind.files > 1 and "(" .. table.concat(kind.files, "|") .. ")"
        or kind.files[1]) or "_files"
    end
    return " "
  end
  local out = { "#compdef losslab losslab-double", "# losslab: completion for zsh, made by `losslab completions zsh`.",
    "local -a commands=(" }
  for _, command in ipairs(vocabulary.commands) do
    out[#out + 1] = "  " .. quoted(command.name .. ":" .. plain(command.summary))
  end
  out[#out + 1] = ")\nlocal curcontext=$curcontext state line\n_arguments -C \\"
  for _, flag in ipairs(vocabulary.flags) do out[#out + 1] = "  " .. quoted(flag.name .. "[" .. plain(flag.doc) .. "]") .. " \\" end
  out[#out + 1] = "  '1: :->command' '*:: :->rest'"
  out[#out + 1] = "case $state in\ncommand)\n  _describe command commands\n  _files -g '*.lua(-.)'\n  ;;\nrest)\n  case $line[1] in"
  for _, command in ipairs(vocabulary.commands) do
    out[#out + 1] = "  " .. command.name .. ")\n    _arguments \\"
    for _, option in ipairs(command.options) do
      local takes = option.value and ":" .. plain(option.value) .. ":" .. how(option.kind) or ""
      out[#out + 1] = "      " .. quoted(option.name .. "[" .. plain(option.doc) .. "]" .. takes) .. " \\"
    end
    local first = command.arguments[1]
    out[#out + 1] = "      " .. (first and quoted("*:" .. plain(first.name) .. ":" .. how(first.kind)) or "'*: :'")
    out[#out + 1] = "    ;;"
  end
  out[#out + 1] = "  *) _files ;;\n  esac\n  ;;\nesac"
  return table.concat(out, "\n") .. "\n"
end
