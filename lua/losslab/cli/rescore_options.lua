-- What the options of losslab rescore mean: the fields of its study, and the parameters of losses, each an option by its own name.
local lfs = require "lfs"
local arguments_of = require "losslab.cli.arguments"
local check = require "losslab.check"
local ll = require "losslab"
local recipe = require "losslab.rescore.recipe"
local scorer = require "losslab.rescore.scorer"
local tasks = require "losslab.study.tasks"

local M = {}

-- Losses of scores, and of each the parameters; every parameter as an option, hidden from help, which says the rule.
M.losses, M.parameters = {}, {}
local of, seen = {}, {}
for _, name in ipairs(ll.loss.list()) do
  local row = ll.loss.describe(name)
  if tasks.of(name) == "scores" and not row.metric_only then
    M.losses[#M.losses + 1], of[name] = name, {}
    for _, parameter in ipairs(row.params) do
      of[name][parameter.name] = parameter
      if not seen[parameter.name] then
        seen[parameter.name] = true
        M.parameters[#M.parameters + 1] = { "--" .. parameter.name:gsub("_", "-"), value = "VALUE", hidden = true,
          doc = "a parameter of losses" }
      end
    end
  end
end

-- What is said of the training; each becomes the field of the study that it is called.
M.training = {
  { "--steps", value = "N", kind = "integer", low = 1, doc = "steps of each network, at most" },
  { "--epochs", value = "N", kind = "number", low = 0.01, doc = "how often it goes over its matches, at most" },
  { "--batch", value = "N", kind = "integer", low = 2, doc = "matches of a step, at most; fewer where matches are few" },
  { "--lr", value = "X", kind = "number", low = 0, doc = "the learning rate" },
  { "--schedule", value = "NAME", choices = scorer.falling, doc = "how the learning rate falls to 0 over the steps, or not" },
  { "--weight-decay", value = "X", kind = "number", low = 0, doc = "of the optimizer" },
  { "--jitter", value = "X", kind = "number", low = 0, doc = "the deviation of the noise on the inputs of each step" },
  { "--rows", value = "N", kind = "integer", low = 2, doc = "the matches that a network learns from, at most" },
  { "--rounds", value = "N", kind = "integer", low = 0, high = 100,
    doc = "semi-supervised: networks trained one after the other, on decoys and targets that the one before identifies" },
  { "--optimizer", value = "NAME", doc = "the optimizer" },
  { "--activation", value = "NAME", doc = "of the hidden layers" },
  { "--folds", value = "N", kind = "integer", low = 2, high = 100, doc = "parts; each is scored by networks that saw the others" },
  { "--seed", value = "N", kind = "integer", low = 0, doc = "of all that is drawn" },
}
for _, option in ipairs(M.training) do
  local default = recipe.defaults[option[1]:sub(3):gsub("-", "_")]
  option.doc = string.format("%s (default: %s)", option.doc, tostring(default))
end

-- A list of words between commas.
function M.words(texts)
  local out = {}
  for _, text in ipairs(type(texts) == "table" and texts or { texts }) do
    for word in text:gmatch "[^,]+" do out[#out + 1] = word:match "^%s*(.-)%s*$" end
  end
  return out
end

-- Names of columns between commas. A text that as a whole is one of known(), in any case, is that one, commas and all.
function M.names(texts, known)
  local out, is_known = {}, nil
  for _, text in ipairs(type(texts) == "table" and texts or { texts }) do
    if text:find(",", 1, true) and not is_known then
      is_known = {}
      for _, name in ipairs(known()) do is_known[name:lower()] = true end
    end
    local whole = text:match "^%s*(.-)%s*$"
    local words = is_known and is_known[whole:lower()] and { whole } or M.words(text)
    table.move(words, 1, #words, #out + 1, out)
  end
  return out
end

-- Numbers between commas, each accepted by is_fine.
function M.numbers(option, text, what, is_fine)
  local out = {}
  for i, word in ipairs(M.words(text)) do
    out[i] = math.tointeger(tonumber(word)) or tonumber(word)
    if not (out[i] and is_fine(out[i])) then arguments_of.wrong("%s takes %s, not %s", option, what, check.show(word)) end
  end
  if #out == 0 then arguments_of.wrong("%s takes %s, not %s", option, what, check.show(text)) end
  return out
end

local function parameter_value(name, kind, word)
  if kind == "boolean" and (word == "true" or word == "false") then return word == "true" end
  if kind == "choice" then return word end
  local value = math.tointeger(tonumber(word)) or tonumber(word)
  if value and kind ~= "boolean" then return value end
  arguments_of.wrong("%s takes %s, not %s", name, kind == "boolean" and "true or false" or "a number", check.show(word))
end

-- The loss and its parameters, as they were given.
local function of_loss(given, fields)
  local name = given.loss or recipe.defaults.loss
  if not of[name] then arguments_of.unknown("--loss: there is no loss of scores", name, M.losses) end
  local parameters = {}
  if name == recipe.defaults.loss then
    for key, value in pairs(recipe.defaults.parameters) do parameters[key] = value end
  end
  for _, option in ipairs(M.parameters) do
    local key = option[1]:sub(3):gsub("-", "_")
    local word = given[key]
    if word then
      if not of[name][key] then
        local known = check.keys(of[name])
        for i, each in ipairs(known) do known[i] = "--" .. each:gsub("_", "-") end
        arguments_of.wrong("%s: the loss %s has no such parameter; it has %s", option[1], name, #known > 0
          and table.concat(known, ", ") or "none")
      end
      parameters[key] = parameter_value(option[1], of[name][key].kind, word)
    end
  end
  local fine, why = pcall(ll.loss[name], parameters)
  if not fine then arguments_of.wrong("--loss %s: %s", name, check.plain(why)) end
  if parameters.from == "probabilities" then
    arguments_of.wrong("--from probabilities: what the networks give are scores of any size, which are logits: --from logits, the "
      .. "default, is the same likelihood")
  end
  fields.loss, fields.parameters = name, parameters
end

local function of_layers(given, fields)
  if given.linear and given.hidden then arguments_of.wrong "--linear and --hidden exclude each other" end
  if given.linear then fields.hidden = {} end
  if given.hidden then
    fields.hidden = M.numbers("--hidden", given.hidden, "numbers of units, as 64,32",
      function(n) return math.type(n) == "integer" and n >= 1 and n <= 65536 end)
  end
end

local function of_reading(given, fields, files)
  if given.exclude then fields.exclude = M.names(given.exclude, function() return ll.psm.columns(files[1]) end) end
  if given.missing then
    local word = given.missing
    fields.missing = tonumber(word) or word
    if not tonumber(word) and word ~= "error" and word ~= "mean" and word ~= "drop" then
      arguments_of.wrong('--missing takes error, mean, drop or a number, not %s', check.show(word))
    end
  end
end

local function check_word(option, word, known)
  for _, each in ipairs(known) do
    if each == word then return end
  end
  arguments_of.unknown(option .. " has no value", word, known)
end

-- The fields of ll.rescore.study for the files.
function M.fields(given, files)
  local fields = { files = files }
  of_loss(given, fields)
  of_layers(given, fields)
  of_reading(given, fields, files)
  for _, option in ipairs(M.training) do
    local key = option[1]:sub(3):gsub("-", "_")
    fields[key] = given[key]
  end
  if fields.activation then check_word("--activation", fields.activation, ll.core.nn.activations) end
  if fields.optimizer then check_word("--optimizer", fields.optimizer, ll.optim.list()) end
  if given.cuts then
    fields.seeds = {}
    for i = 1, given.cuts do fields.seeds[i] = i end
  end
  return fields
end

-- The database whose networks are to be used, and no option that is for training.
function M.model(given)
  local names = { "--loss", "--hidden", "--linear", "--cuts", "--exclude" }
  for _, list in ipairs { M.training, M.parameters } do
    for _, option in ipairs(list) do names[#names + 1] = option[1] end
  end
  for _, name in ipairs(names) do
    local key = name:sub(3):gsub("-", "_")
    if given[key] then arguments_of.wrong("%s is for training, and --model trains nothing", name) end
  end
  if lfs.attributes(given.model, "mode") == "directory" then return given.model:gsub("/*$", "") .. "/rescore.db" end
  return given.model
end

return M
