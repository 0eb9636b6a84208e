-- What help answers: the page of a name, of words or of a value, the first page, and what apropos finds. ll.help, the prompt and
-- losslab help TOPIC ask it.
local check = require "losslab.check"
local say = require "losslab.say"
local text = require "losslab.text"

local M = {}

local WIDTH = 100 -- where no terminal says how wide it is
local MOST = 40 -- as many as apropos lists

local function entries() return require "losslab.help.entries" end
local function pages() return require "losslab.help.pages" end

local function width_of(width) return math.max(20, width or math.min(text.room() or WIDTH, 120)) end

-- ---- the first page -----------------------------------------------------------------------------------------------------------

local first = {
  { "losslab is a laboratory for loss functions: networks, losses and metrics to train by hand, and studies that compare "
    .. "them." },
  { "Begin with", {
    { 'help "study"', "what a study is made of" },
    { "help(ll.loss)", "the losses; ll.metric, ll.optim and ll.data are other modules" },
    { "help(ll.zeros)", "a function; of an object, its fields and methods" },
    { 'help "hinge margin"', "words: whatever holds them" },
    { 'apropos "margin"', "all that has to do with it" } } },
  { "By hand", {
    { "ll", "matrices and what is computed with them: help(ll)" }, { "ll.data", "data sets, files, generators" },
    { "ll.nn", "networks" }, { "ll.optim", "optimizers" }, { "ll.metric", "metrics" } } },
  { "Topics", {
    { "study, split, train", "a study and its fields: study.split" },
    { "matrix, network, loss", "objects, and what they can" },
    { "run, show, plot, ls", "commands; losslab help lists them" } } },
}

local function first_page(width, paint)
  local out = {}
  for _, part in ipairs(first) do
    if part[2] then
      out[#out + 1] = ""
      out[#out + 1] = paint(part[1], "bold")
      out[#out + 1] = pages().pairs_of(part[2], width, paint)
    else
      out[#out + 1] = text.wrap(part[1], width)
    end
  end
  return table.concat(out, "\n")
end

-- ---- what was asked -----------------------------------------------------------------------------------------------------------

local function names_of(list, from)
  local out = {}
  for i = from, #list do out[#out + 1] = list[i].name end
  return out
end

-- What else a page that was found by a name may be followed by: what has the same name, or to do with it.
local function others(name, hits, width)
  if #hits > 1 then return "\n\n" .. text.wrap("Of the same name: " .. text.listed(names_of(hits, 2), 8), width) end
  local found = not hits.sure and entries().search(name) or {}
  for i = #found, 1, -1 do
    if found[i] == hits[1] then table.remove(found, i) end
  end
  return #found > 0 and "\n\n" .. text.wrap("To do with it: " .. text.listed(names_of(found, 1), 8), width) or ""
end

-- What people call things, beside the nouns of the classes.
local CALLED = { m = "matrix", w = "matrix", y = "matrix", net = "network", model = "network", opt = "optimizer", d = "data",
  train = "data", test = "data" }

-- What a name may mean: a thing of one's own before its last part, as in net:parameters or d.x, may be anything.
local function hits_of(name)
  local hits = entries().hits(name)
  if #hits == 0 then -- a call as it is written: hinge {, ll.metric.auc(scores, labels)
    local called = name:match "^([%a_][%w_%.:]*)%s*[%({]"
    if called then name, hits = called, entries().hits(called) end
  end
  local thing, last = (#hits == 0 and name or ""):match "^([%a_][%w_]*)[%.:]([%w_]+)$"
  for _, mark in ipairs(CALLED[thing] and { ":", "." } or {}) do
    local of_class = entries().hits(CALLED[thing] .. mark .. last)
    if #of_class > 0 then return of_class end
  end
  return last and entries().hits(last) or hits
end

-- The page of a word or words; and whether anything was found.
local function page_of_words(words, width, paint)
  local all, page = entries(), pages()
  local name = words:match "^[%s%?]*(.-)%s*$"
  if name == "" then return first_page(width, paint), true end
  local hits = hits_of(name)
  if hits.exact or #hits == 1 or hits.sure then
    return page.of(hits[1], width, paint) .. others(name, hits, width), true
  elseif #hits > 1 then
    return page.hits(name, hits, width, paint), true
  end
  local here = check.elsewhere(name)
  if here then
    local word = here:match "ll%.[%w_%.]*[%w_]" or here:match "^[%w_]+"
    local known = word and all.hits(word)[1]
    return text.wrap(string.format("%s is a name of other libraries; in losslab that is %s", name, here), width)
      .. (known and "\n\n" .. page.of(known, width, paint) or ""), true
  end
  local found = all.search(name)
  if #found == 1 then return page.of(found[1], width, paint), true end
  -- Words that name an entry and a parameter of it mean that one: "hinge margin".
  local head = name:match "^(%S+)%s+%S"
  local named = head and all.hits(head)
  if named and #found > 0 then
    for _, entry in ipairs(named) do
      if entry == found[1] then return page.of(entry, width, paint), true end
    end
  end
  if #found > 0 then return page.hits(name, found, width, paint), true end
  local known, seen = {}, {}
  for _, each in ipairs(all.names()) do
    for _, word in ipairs { each, each:match "[^%.: ]+$" } do
      if not seen[word] then known[#known + 1], seen[word] = word, true end
    end
  end
  local near = require "losslab".core.nearest(name, known)
  local out = { "there is no help on " .. check.show(name) .. (near and "; did you mean " .. check.show(near) .. "?" or "") }
  local some = not near and all.search(name, true) or {}
  if near then
    for _, entry in ipairs { all.hits(near)[1] } do out[#out + 1] = "  " .. page.line(entry) end
  elseif #some > 0 then
    out[#out + 1] = "what holds some of it:"
    out[#out + 1] = page.list(table.move(some, 1, math.min(#some, 8), 1, {}), width, paint)
  else
    out[#out + 1] = 'apropos "WORDS" finds what holds the words; help() is the first page'
  end
  return table.concat(out, "\n"), false
end

-- The page of any other value.
local function page_of_value(value, width, paint)
  local all, page = entries(), pages()
  local entry = all.of(value)
  local noun = all.noun(value)
  if entry and noun then return page.object(entry, noun, width, paint), true end
  if entry then return page.of(entry, width, paint), true end
  if type(value) == "function" then
    local info = debug.getinfo(value, "S")
    local place = info.what == "C" and "in C" or string.format("%s:%d", info.short_src, info.linedefined)
    return "a function, " .. place .. "; losslab has no help on it", false
  end
  return string.format("a %s; losslab has no help on it", type(value)), false
end

-- The page of the value, or, where n is 0, the first one; and whether there is any help on it. width, paint [opt]: a terminal's.
function M.page(n, value, width, paint)
  width, paint = width_of(width), paint or text.paint(1)
  if n == 0 then return first_page(width, paint), true end
  if type(value) == "string" then return page_of_words(value, width, paint) end
  if value == nil then return "nil: nothing has that name; help \"NAME\" takes a name as a text", false end
  return page_of_value(value, width, paint)
end

-- What holds all the words, one a line; and whether anything does.
function M.found(words, width)
  check.string("apropos: the words", words)
  local list = entries().search(words, true)
  if #list == 0 then return "nothing holds " .. check.show(words) .. "; fewer words find more", false end
  local shown = table.move(list, 1, math.min(#list, MOST), 1, {})
  return pages().list(shown, width_of(width), text.paint(1))
    .. (#list > MOST and string.format("\n  … %d more; more words find less", #list - MOST) or ""), true
end

--- ll.apropos(words)
-- Prints the entries of help that hold all the words, those first whose name has them.
--   words   a text; case does not count
-- Errors: anything but a text.
-- See: ll.help
-- Example:
--   ll.apropos "adaptive_rank margin"
function M.apropos(words) say.out((M.found(words)), "\n") end

return M
