-- losslab help: what a word means, from the same entries as help at the prompt (losslab/help).
local say = require "losslab.say"

-- The man pages, written into a folder that is there.
local function write_pages(folder)
  for _, page in ipairs(require "losslab.help.man".pages()) do
    require "losslab.file".write(folder .. "/" .. page.file, page.text)
  end
  return 0
end

return {
  name = "help",
  summary = "say what a function, a loss, a metric, a field of a study or a command is",
  arguments = { { "TOPIC", "a name (sum, ll.data.load, study.split, hinge, run), or words that it has to do with", many = true,
    optional = true } },
  options = { { "--man", value = "DIR", doc = "write the man pages into the folder DIR", hidden = true } },
  example = { "losslab help study.split", "losslab help adaptive_rank", "losslab help learning rate" },
  notes = [[
Without a topic it is losslab --help. help study lists the fields of a study, help ll the functions; a name that is nearly right is
suggested. At the prompt it is help "TOPIC" or help(value).]],
  run = function(given, arguments)
    if given.man then return write_pages(given.man) end
    if #arguments == 0 then return require "losslab.cli.main".help() end
    local commands = require "losslab.cli.commands"
    if #arguments == 1 and commands.known(arguments[1]) then
      local others = {}
      for _, entry in ipairs(require "losslab.help.entries".hits(arguments[1])) do
        if entry.kind ~= "command" then others[#others + 1] = entry.name end
      end
      say.out((require "losslab.cli.arguments".help(commands.load(arguments[1])):gsub("\n*$", "\n")))
      if #others > 0 then say.out("\nOf the same name: ", require "losslab.text".listed(others, 8), "\n") end
      return 0
    end
    local words = table.concat(arguments, " ")
    if arguments[1] == "losslab" and arguments[2] then words = table.concat(arguments, " ", 2) end
    local page, found = require "losslab.help.answers".page(1, words)
    if found then say.out(page, "\n") else say.err("losslab: ", page, "\n") end
    return found and 0 or 2
  end,
}
