-- What may be typed behind losslab, as plain data for the completions of shells: commands, their options and arguments, and for
-- each word what kind it is: a choice of words, a file by its endings, or a name that losslab knows.
local arguments_of = require "losslab.cli.arguments"
local commands = require "losslab.cli.commands"
local ll = require "losslab"
local text = require "losslab.text"

-- What an argument or an option's value is, by how it is called in help. files: endings; words: a list made below.
local KINDS = {
  ["DB"] = { files = { "db" } }, ["FILE"] = { files = {} }, ["DIR"] = { folders = true }, ["FOLDER"] = { folders = true },
  ["STUDY.lua"] = { files = { "lua" } }, ["FILE.lua"] = { files = { "lua" } }, ["FILE.json"] = { files = { "json" } },
  ["FILE.db"] = { files = { "db" } },
}

local function kind_of(command, word, is_option)
  if is_option == "--db" then return KINDS.DB end
  if not is_option and command == "losses" then return { words = "losses" } end
  if not is_option and command == "data" then return { words = "data" } end
  if not is_option and command == "completions" then return { words = "shells" } end
  if not is_option and command == "help" then return { words = "topics" } end
  if KINDS[word] then return KINDS[word] end
  if word:find "DB$" or word:find "%.db" then return KINDS.DB end
  return {}
end

local function names(list)
  local out = {}
  for i, each in ipairs(list) do out[i] = type(each) == "table" and each.name or each end
  table.sort(out)
  return out
end

-- { commands = { { name, summary, options = { { name, value, doc, kind } }, arguments = { kind, … } } }, flags = { { name, doc } },
--   lists = { losses, data, shells, topics } }
return function()
  local out = { commands = {}, lists = { shells = { "bash", "zsh", "fish" }, losses = {}, data = {}, topics = {} },
    flags = { { name = "--help", doc = "what losslab can be asked" }, { name = "--version", doc = "what this build is" },
      { name = "--double", doc = "in double precision" }, { name = "--memory", doc = "the most memory to hold" },
      { name = "--color", doc = table.concat(text.colour_modes, ", ") },
      { name = "--quiet", doc = "results and errors alone" },
      { name = "-e", doc = "runs code" }, { name = "-i", doc = "the prompt, after a script" } } }
  for _, module in ipairs { "loss", "distance", "divergence" } do
    for _, name in ipairs(ll[module].list()) do table.insert(out.lists.losses, name) end
  end
  for _, generator in ipairs(ll.data.generators()) do table.insert(out.lists.data, generator.name) end
  for _, set in ipairs(ll.data.list()) do
    if not set.params and set.name:find "^[%w_.-]+$" then table.insert(out.lists.data, set.name) end
  end
  table.move(commands.names, 1, #commands.names, 1, out.lists.topics)
  table.move(out.lists.losses, 1, #out.lists.losses, #out.lists.topics + 1, out.lists.topics)
  table.insert(out.lists.topics, "study")
  for list, all in pairs(out.lists) do
    local seen, once = {}, {}
    for _, name in ipairs(names(all)) do
      if not seen[name] then seen[name], once[#once + 1] = true, name end
    end
    out.lists[list] = once
  end
  for _, name in ipairs(commands.names) do
    local command = commands.load(name)
    local each = { name = name, summary = command.summary, options = {}, arguments = {} }
    for _, option in ipairs(arguments_of.options_of(command)) do
      local kind = option.choices and { choices = option.choices } or option.value and kind_of(name, option.value, option[1]) or nil
      if not option.hidden then
        table.insert(each.options, { name = option[1], value = option.value, doc = option.doc, kind = kind })
      end
    end
    for _, argument in ipairs(command.arguments or {}) do
      table.insert(each.arguments, { name = argument[1], many = argument.many, kind = kind_of(name, argument[1]) })
    end
    table.insert(out.commands, each)
  end
  return out
end
