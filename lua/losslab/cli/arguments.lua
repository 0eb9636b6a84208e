-- Reads the arguments of a command by its table (cli/commands.lua), and prints its help from the same.
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

-- Wrong usage: the program says the message, points at --help and exits with 2.
local usage = { __tostring = function(self) return self.message end }
function M.wrong(format, ...) error(setmetatable({ message = string.format(format, ...) }, usage), 0) end
function M.is_wrong(err) return getmetatable(err) == usage end

function M.unknown(said, word, known) M.wrong("%s", check.no_such(said, word, known)) end

local json = { "--json", doc = "print JSON, for programs" }
local help = { "--help", doc = "print this" }
local memory = { "--memory", value = "SIZE", kind = "memory",
  doc = "the most memory that may be held, as 500M or 8G (default: 3/4 of what there is); workers of a study share it" }

local color = { "--color", value = "WHEN", choices = text.colour_modes,
  doc = "auto (a terminal without NO_COLOR; default), always or never" }
local quiet = { "--quiet", doc = "no progress and no remarks: results and errors alone" }
local of_all = { [memory] = true, [color] = true, [quiet] = true, [help] = true }

function M.options_of(command)
  local all = { table.unpack(command.options or {}) }
  if command.json then all[#all + 1] = json end
  for _, each in ipairs { quiet, color, memory, help } do all[#all + 1] = each end
  return all
end

local function key(option) return (option[1]:gsub("^%-+", ""):gsub("%-", "_")) end

-- Sets the limit at once, before anything is read; gives the size, or nil.
function M.limit_memory(word)
  local fine, limit = pcall(require "losslab".core.memory_limit, word)
  return fine and limit or nil
end

local readers = {
  memory = M.limit_memory,
  string = function(word) return word end,
  integer = function(word) return math.tointeger(tonumber(word)) end,
  number = function(word)
    local value = tonumber(word)
    return value and value - value == 0 and value or nil
  end,
}
local kinds = { integer = "a whole number", number = "a number", memory = "a size of 16M or more, as 500M or 8G" }
M.memory_expected = kinds.memory

local function value_of(option, word)
  local kind = option.kind or "string"
  local value = readers[kind](word)
  if value == nil or value ~= value or option.low and value < option.low or option.high and value > option.high then
    local least = option.high and string.format(" from %s to %s", text.number(option.low), text.number(option.high))
      or option.low and string.format(" >= %s", text.number(option.low)) or ""
    M.wrong('%s takes %s%s, not "%s"', option[1], kinds[kind], least, text.clean(word))
  end
  if option.choices then
    for each in value:gmatch "[^,]+" do
      local known = false
      for _, choice in ipairs(option.choices) do known = known or choice == each end
      if not known then M.unknown(option[1] .. " has no value", each, option.choices) end
    end
    if not value:find "[^,]" then M.wrong("%s takes %s", option[1], table.concat(option.choices, ", ")) end
  end
  return value
end

-- Colours and silence, as asked for.
function M.habits(given)
  if given.color then
    if given.color:find "," then M.wrong("--color takes one of %s", table.concat(text.colour_modes, ", ")) end
    text.colour(given.color)
  end
  if given.quiet then
    require "losslab.say".quiet(true)
    require "losslab".loss.remarks "never"
  end
end

-- What --color takes, or a refusal.
function M.colour(word) M.habits { color = value_of(color, word) } end

-- The options by name and the other words; nil if help was asked for. "--" ends the options; "-" is a word.
function M.parse(command, words)
  local given, rest, by_name, names = {}, {}, {}, {}
  for _, option in ipairs(M.options_of(command)) do
    by_name[option[1]] = option
    if option.short then by_name[option.short] = option end
    names[#names + 1] = option[1]
  end
  local i = 1
  while i <= #words do
    local word = words[i]
    if word == "--" then
      table.move(words, i + 1, #words, #rest + 1, rest)
      break
    elseif word == "-h" then
      return nil
    elseif word:find "^%-." then
      local name, attached = word:match "^(%-%-[^=]+)=(.*)$"
      local option = by_name[name or word] or M.unknown("there is no option", name or word, names)
      if option == help then return nil end
      if option.value then
        if not attached then
          i = i + 1
          attached = words[i] or M.wrong("%s needs a value: %s %s", option[1], option[1], option.value)
        end
        local value = value_of(option, attached)
        if option.many then
          given[key(option)] = given[key(option)] or {}
          table.insert(given[key(option)], value)
        else given[key(option)] = value end
      elseif attached then
        M.wrong("%s takes no value", option[1])
      else
        given[key(option)] = true
      end
    else
      rest[#rest + 1] = word
    end
    i = i + 1
  end
  M.habits(given)
  local least, most = 0, 0
  for _, argument in ipairs(command.arguments or {}) do
    if not argument.optional then least = least + 1 end
    most = argument.many and math.huge or most + 1
  end
  if #rest < least then M.wrong("%s is missing", command.arguments[#rest + 1][1]) end
  if #rest > most then M.wrong('"%s" is one too many', text.clean(rest[most + 1])) end
  return given, rest
end

local function usage_of(command)
  local parts = { "losslab", command.name }
  for _, argument in ipairs(command.arguments or {}) do
    local word = argument[1] .. (argument.many and "…" or "")
    parts[#parts + 1] = argument.optional and "[" .. word .. "]" or word
  end
  for _, option in ipairs(M.options_of(command)) do
    local unsaid = of_all[option] or option.hidden
    if not unsaid then parts[#parts + 1] = "[" .. option[1] .. (option.value and " " .. option.value or "") .. "]" end
  end
  return table.concat(parts, " ")
end

M.usage = usage_of

-- A line of a table whose last column, behind two spaces, is too long: it goes on below its beginning.
local function broken(line, width)
  if text.width(line) <= width then return line end
  local before, last = line:match "^(.*%S  +)(%S.*)$"
  if not before then before, last = line:match "^( *)(.*)$" end
  local at, indent = text.width(before), #line:match "^ *" + 4
  if width - at < 20 then
    if before:find "%S" then before, at = before:match "^.*%S" .. "\n" .. (" "):rep(indent), indent end
  end
  return before .. text.wrap(last, math.max(8, width - at)):gsub("\n", "\n" .. (" "):rep(at))
end

-- Notes in a terminal's width: a paragraph with a line that is too long is broken anew, a table (of columns, two spaces apart) line
-- by line.
function M.fitted(notes, width)
  local out = {}
  for paragraph in (notes:gsub("\n+$", "") .. "\n\n"):gmatch "(.-)\n\n+" do
    local long = false
    for line in paragraph:gmatch "[^\n]+" do long = long or text.width(line) > width end
    if long and paragraph:find("  ", 1, true) then
      paragraph = paragraph:gsub("[^\n]+", function(line) return broken(line, width) end)
    elseif long then paragraph = text.wrap(paragraph, width) end
    out[#out + 1] = paragraph
  end
  return table.concat(out, "\n\n") .. "\n"
end

-- A call as it may be typed, in lines of that width, broken between words that no quotation marks hold together.
function M.call(words, width)
  if not width or text.width(words) <= width then return words end
  local whole = words:gsub("'[^']*'", function(quoted) return (quoted:gsub(" ", "\194\160")) end)
  return (text.wrap(whole, width - 4):gsub("\n", " \\\n    "):gsub("\194\160", " "))
end

function M.help(command)
  local room = text.room()
  local first = "usage: " .. usage_of(command)
  local rows, out = {}, { room and text.wrap(first, room) or first, "", room and text.wrap(command.summary, room)
    or command.summary, "" }
  for _, argument in ipairs(command.arguments or {}) do rows[#rows + 1] = { argument[1], argument[2] } end
  for _, option in ipairs(M.options_of(command)) do
    if not option.hidden then rows[#rows + 1] = { option[1] .. (option.value and " " .. option.value or ""), option.doc } end
  end
  out[#out + 1] = text.columns(rows, { indent = "  ", wrap = room or 100 })
  local examples = type(command.example) == "string" and { command.example } or command.example or {}
  if #examples > 0 then out[#out + 1] = "\nexample" .. (#examples > 1 and "s" or "") .. ":" end
  for _, each in ipairs(examples) do out[#out + 1] = "  " .. M.call(each, room and room - 2) end
  if command.notes then out[#out + 1] = "\n" .. (room and M.fitted(command.notes, room) or command.notes) end
  return table.concat(out, "\n") .. "\n"
end

return M
