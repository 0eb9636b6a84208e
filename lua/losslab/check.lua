-- Checks of what a user wrote: every refusal says where, what was found, what was expected and, for a name, the nearest known.
local core = require "losslab".core
local text = require "losslab.text"

local M = {}

-- Raises without a position: the message itself says where. Names go in as %s of show(), so that no newline or control
-- character of theirs reaches a terminal.
function M.fail(format, ...) error(string.format(format, ...), 0) end

-- The message without the position in our own sources at which it was raised: lua/losslab in the tree, lua/5.4/losslab where
-- installed. Lua cuts long paths at the front, so the pattern cannot begin with the folder that this file is in.
function M.plain(message)
  local plain, places = tostring(message):gsub("^[^:\n]*lua/[%d.]*/?losslab/[%w_/]*%.lua:%d+: ", "")
  return places > 0 and M.plain(plain) or plain -- a coroutine puts its position before the function's
end

-- Refuses what stands behind the last argument of a function, which Lua would ignore: its first line is check.no_more("ll.open", 2,
-- ...). As those of C have it, nils there are none.
function M.no_more(who, most, ...)
  local extra = select("#", ...)
  while extra > 0 and select(extra, ...) == nil do extra = extra - 1 end
  if extra == 0 then return end
  local takes = most == 0 and "no arguments" or string.format("at most %d argument%s", most, most == 1 and "" or "s")
  error(string.format("%s takes %s, not %d", who, takes, most + extra), 3)
end

-- A value as a message shows it: strings quoted with control characters escaped, tables by their kind.
function M.show(value)
  if type(value) == "string" then return '"' .. text.shorten(value, 200) .. '"' end
  if math.type(value) == "integer" then return tostring(value) end
  if value ~= value then return "nan" end -- its sign is the processor's
  if type(value) == "number" then return (string.format("%.14g", value)) end
  if type(value) == "table" then return "a table" end
  if type(value) == "function" then return "a function" end
  if type(value) == "userdata" then return "a " .. ((getmetatable(value) or {}).__name or "userdata") end
  return tostring(value)
end

-- Lua's own word for a heap that may grow no more, with what it holds and what the limit is; any other error as it is.
function M.memory(err)
  if err ~= "not enough memory" then return err end
  local held, limit = collectgarbage "count" * 1024, core.memory_limit()
  return string.format("out of memory: Lua holds %.0f bytes, matrices and the rest %d, %d are the most (--memory SIZE, "
    .. "LOSSLAB_MEMORY or ll.core.memory_limit sets that)", held, core.memory(), limit)
end

-- The keys in a fixed order: numbers, then strings, so that no hash order reaches a result or a message.
function M.keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) < type(b) end
    if type(a) == "number" or type(a) == "string" then return a < b end
    return tostring(a) < tostring(b) -- booleans; a table or function as a key is a mistake, refused later
  end)
  return keys
end

-- What other libraries may call otherwise, by the last word of "there is no metric".
local ASKED = { metric = true, loss = true, set = true, optimizer = true }

-- What a name of other libraries is here, as it can be typed: functions with ll., methods behind a matrix m; or nil.
local FIRST = { x = true, a = true, d = true, mask = true } -- what a function is given first, not a method
function M.elsewhere(name)
  local here = core.elsewhere(name)
  if not here then return nil end
  local methods = getmetatable(core.matrix.zeros(0)).methods
  return ((" " .. here):gsub("([^%w_.:])([%a_][%w_]*)(%(([^%s,)]*))", function(before, word, rest, first)
    if methods[word] and not FIRST[first] then return before .. "m:" .. word .. rest end
    local is_ours = word == "random"
    for _, module in ipairs { core.matrix, core.graph, core.linalg } do is_ours = is_ours or rawget(module, word) ~= nil end
    return is_ours and before .. "ll." .. word .. rest or nil
  end):sub(2))
end

-- Options by the names that others give them, where such an option is known.
local OTHERWISE = {
  lr = { "learning_rate", "eta", "eta0", "step_size" }, batch = { "batch_size", "minibatch" }, size = { "batch_size" },
  epochs = { "n_epochs", "num_epochs", "max_iter", "iterations" }, hidden = { "layers", "hidden_layer_sizes", "units" },
  compare = { "losses", "loss" }, seeds = { "random_state", "n_repeats" }, seed = { "random_state" }, data = { "datasets", "set" },
  folds = { "n_splits", "cv", "k" }, test = { "test_size" }, metric = { "scoring" }, optimizer = { "solver", "opt" },
  patience = { "early_stopping", "n_iter_no_change" }, min_delta = { "tol", "threshold" },
  clip = { "max_norm", "clip_grad_norm", "clipnorm", "gradient_clip_val" }, clip_value = { "clipvalue", "clip_grad_value" },
  accumulate = { "accumulate_grad_batches", "gradient_accumulation_steps", "accumulation_steps" },
  valid = { "validation_data", "validation_split", "val" },
  callback = { "callbacks" }, progress = { "verbose" }, class_weights = { "class_weight" }, schedule = { "lr_scheduler" },
  label = { "target", "y" }, ignore = { "drop", "exclude", "skip", "columns", "usecols" }, positive = { "pos_label" },
  missing = { "na_values", "fillna" }, categorical = { "one_hot" },
}

local function otherwise(name, known)
  for _, here in ipairs(known) do
    for _, there in ipairs(OTHERWISE[here] or {}) do
      if there == name then return here end
    end
  end
end

local LISTED = 32 -- as many names as a message lists

-- Names one after another; quoted where one of them has a space, which would tear it.
local function listed(known)
  local names, torn = {}, table.concat(known):find "%s" ~= nil
  for i, name in ipairs(known) do names[i] = torn and M.show(name) or name end
  return table.concat(names, ", ")
end

-- The message for an unknown name: said "nmae"; did you mean "name"? Where no name is near, it lists those there are. The
-- engine's ll_names_unknown words it the same way. said: "there is no metric", "hinge has no parameter".
function M.no_such(said, name, known)
  local near = type(name) == "string" and core.nearest(name, known)
  for _, each in ipairs(type(name) == "string" and known or {}) do -- Adam
    if each == name:lower() then return string.format("%s %s; did you mean %s?", said, M.show(name), M.show(each)) end
  end
  local option = said:find " has no option$" and otherwise(name, known)
  if option then return string.format("%s %s; here that is %s = …", said, M.show(name), option) end
  local here = ASKED[said:match "(%a+)$" or ""] and type(name) == "string" and core.elsewhere(name)
  if here and here:find("ll.", 1, true) then return string.format("%s %s; here that is %s", said, M.show(name), here) end
  if near then return string.format("%s %s; did you mean %s?", said, M.show(name), M.show(near)) end
  local list = #known > 0 and #known <= LISTED and "; there are " .. text.clean(listed(known)) or ""
  return said .. " " .. M.show(name) .. list
end

-- The checks below raise without a position. With level [opt] they raise with one, as error does: 1 is the caller of the check,
-- 2 its caller.
local function refuse(level, format, ...) error(string.format(format, ...), level and level + 2 or 0) end

function M.unknown(said, name, known, level) refuse(level, "%s", M.no_such(said, name, known)) end

-- name, which must be among the names known.
function M.among(said, name, known, level)
  for _, each in ipairs(known) do if each == name then return name end end
  refuse(level, "%s", M.no_such(said, name, known))
end

-- t must be a table whose named fields are all known; entries without a name are left to the caller.
function M.options(what, t, known, level)
  if type(t) ~= "table" then refuse(level, "%s: options must be a table {…}, not %s", what, M.show(t)) end
  local set = {}
  for _, name in ipairs(known) do set[name] = true end
  for _, name in ipairs(M.keys(t)) do
    if type(name) == "string" and not set[name] then refuse(level, "%s", M.no_such(what .. " has no option", name, known)) end
  end
  return t
end

-- The same, and an entry without a name is refused.
function M.fields(what, t, known, level)
  for _, name in ipairs(type(t) == "table" and M.keys(t) or {}) do
    if type(name) ~= "string" then refuse(level, "%s: fields have names; %s stands there without one", what, M.show(t[name])) end
  end
  M.options(what, t, known, level and level + 1)
  return t
end

-- value, or the default where nothing is given: false is something, which the check that follows refuses.
function M.default(value, default)
  if value == nil then return default end
  return value
end

function M.finite(x) return type(x) == "number" and x == x and math.abs(x) < math.huge end

function M.number(what, x, level)
  if not M.finite(x) then refuse(level, "%s must be a number, not %s", what, M.show(x)) end
  return x
end

function M.integer(what, x, low, high, level)
  local n = type(x) == "number" and math.tointeger(x)
  if not n or n < low or (high and n > high) then
    refuse(level, "%s must be an integer %s, not %s", what, high and string.format("from %d to %d", low, high) or ">= " .. low,
      M.show(x))
  end
  return n
end

-- A number inside (low, high).
function M.share(what, x, low, high, level)
  if not M.finite(x) or x <= low or x >= high then
    refuse(level, "%s must be a number between %g and %g, not %s", what, low, high, M.show(x))
  end
  return x
end

function M.string(what, x)
  if type(x) ~= "string" or x == "" then M.fail("%s must be a text, not %s", what, M.show(x)) end
  return x
end

M.LONGEST = 100000 -- bytes that a name or a text of a study may have

-- A name or a text that a database, JSON and figures hold: UTF-8, and no longer than is sensible.
function M.text(what, x)
  if not utf8.len(M.string(what, x)) then M.fail("%s must be UTF-8, which %s is not", what, M.show(x)) end
  if #x > M.LONGEST then M.fail("%s must be a text of at most %d bytes, not of %d", what, M.LONGEST, #x) end
  return x
end

-- The path of a study's database: a file, which its workers and later commands each open.
function M.database(what, path)
  if M.string(what, path) == ":memory:" then
    M.fail("%s is \":memory:\", which ends with the process that opened it; a study's workers and later commands need a file", what)
  end
  return path
end

function M.boolean(what, x, level)
  if type(x) ~= "boolean" then refuse(level, "%s must be true or false, not %s", what, M.show(x)) end
  return x
end

function M.callable(what, f)
  if type(f) ~= "function" then M.fail("%s must be a function, not %s", what, M.show(f)) end
  return f
end

-- How many entries the array t has, beside any named fields. A hole is refused: ipairs would stop before it, and what stands
-- after it would be lost without a word.
function M.whole(what, t, level)
  local last = 0
  for key in pairs(t) do
    if math.type(key) == "integer" and key > last then last = key end
  end
  for i = 1, last do
    if t[i] == nil then refuse(level, "%s: entry %d is nil; a list has no holes", what, i) end
  end
  return last
end

-- An array without holes or named fields; one bare value counts as an array of one.
function M.list(what, t)
  if type(t) ~= "table" then return { t } end
  M.whole(what, t)
  if #t == 0 or #M.keys(t) ~= #t then M.fail("%s must be a list such as { … } with at least one entry", what) end
  return t
end

return M
