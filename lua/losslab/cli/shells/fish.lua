-- The completion for fish: a line for each command, option and kind of argument.
local function quoted(words) return "'" .. words:gsub("[\\']", "\\%0") .. "'" end

return function(vocabulary)
  local out = { "# losslab: completion for fish, made by `losslab completions fish`.",
    "for program in losslab losslab-double", "  complete -c $program -f" }
  local function add(format, ...) out[#out + 1] = "  complete -c $program " .. format:format(...) end
  local names = {}
  for i, command in ipairs(vocabulary.commands) do names[i] = command.name end
  local none = quoted("not __fish_seen_subcommand_from " .. table.concat(names, " "))
  local function how(kind)
    if kind.choices then return "-xa " .. quoted(table.concat(kind.choices, " ")) end
    if kind.words then return "-xa " .. quoted(table.concat(vocabulary.lists[kind.words], " ")) end
    if kind.folders then return "-xa '(__fish_complete_directories)'" end
    if kind.files then
      local endings = {}
      for i, ending in ipairs(kind.files) do endings[i] = "." .. ending end
      return #endings > 0 and "-xa " .. quoted("(__fish_complete_suffix " .. table.concat(endings, " ") .. ")") or "-rF"
    end
    return "-x"
  end
  for _, flag in ipairs(vocabulary.flags) do
    local short = flag.name:match "^%-(%a)$"
    add("-n %s %s %s -d %s", none, short and "-s" or "-l", short or flag.name:sub(3), quoted(flag.doc))
  end
  add("-n %s -a '(__fish_complete_suffix .lua)'", none)
  for _, command in ipairs(vocabulary.commands) do
    add("-n %s -a %s -d %s", none, command.name, quoted(command.summary))
    local inside = quoted("__fish_seen_subcommand_from " .. command.name)
    for _, option in ipairs(command.options) do
      add("-n %s -l %s %s -d %s", inside, option.name:sub(3), option.value and how(option.kind) or "-f", quoted(option.doc))
    end
    local first = command.arguments[1]
    if first and next(first.kind) then add("-n %s %s", inside, (how(first.kind):gsub("^%-xa", "-a"):gsub("^%-rF", "-F"))) end
  end
  out[#out + 1] = "end"
  return table.concat(out, "\n") .. "\n"
end
