-- Entries of the commands, from their tables (cli/command/*.lua).
local function add_command(add, name, command)
  local arguments = require "losslab.cli.arguments"
  local entry = { name = "losslab " .. name, kind = "command", calls = { arguments.usage(command) }, summary = command.summary,
    params = {}, see = {}, module = "losslab", group = "commands", command = command,
    file = "lua/losslab/cli/command/" .. name .. ".lua",
    paragraphs = { { text = command.summary:gsub("^%l", string.upper) .. "." } } }
  for paragraph in ((command.notes or ""):gsub("\n+$", "") .. "\n\n"):gmatch "(.-)\n\n+" do
    if paragraph:find "%S" then
      local lines = {}
      for line in paragraph:gmatch "[^\n]+" do lines[#lines + 1] = line end
      local is_table = paragraph:find("\n  ", 1, true) or paragraph:find "^  " or paragraph:find("%S   +%S")
      table.insert(entry.paragraphs, is_table and { verbatim = lines } or { text = table.concat(lines, " ") })
    end
  end
  local words = {}
  for i, each in ipairs(entry.paragraphs) do words[i] = each.text or table.concat(each.verbatim, "\n") end
  entry.text = table.concat(words, "\n\n")
  for _, each in ipairs(command.arguments or {}) do entry.params[#entry.params + 1] = { name = each[1], text = each[2] } end
  for _, option in ipairs(arguments.options_of(command)) do
    if not option.hidden then
      entry.params[#entry.params + 1] = { name = option[1] .. (option.value and " " .. option.value or ""), text = option.doc }
    end
  end
  local example = command.example
  entry.example = type(example) == "table" and table.concat(example, "\n") or example
  add(entry)
end

return function(add)
  local commands = require "losslab.cli.commands"
  for _, name in ipairs(commands.names) do
    local fine, command = pcall(commands.load, name)
    if fine then add_command(add, name, command) end -- a plain Lua has no program, and so not all of them
  end
end
