-- The networks of a rescoring, kept in its database with what was fitted of their inputs, and matches scored by them: others than
-- those that they were trained on, which marks of these tell.
local ll = require "losslab"
local check = require "losslab.check"
local combine = require "losslab.rescore.combine"
local even_rows = require "losslab.rescore.even_rows"
local inputs = require "losslab.rescore.inputs"
local matches = require "losslab.rescore.matches"

local M = {}

local PIECE = 200 -- words that are packed at once

-- A string as a column of its words of 16 bits, behind their number of bytes: numbers that a float holds.
local function words_of(text)
  local words = { #text // 65536, #text % 65536 }
  if #text % 2 == 1 then text = text .. "\0" end
  for at = 1, #text, 2 * PIECE do
    local count = math.min(PIECE, (#text - at + 1) // 2)
    local these = { string.unpack("<" .. ("I2"):rep(count), text, at) }
    table.move(these, 1, count, #words + 1, words)
  end
  return ll.matrix(words)
end

local function text_of(column)
  local words, pieces = column:table(), {}
  for i, word in ipairs(words) do words[i] = math.tointeger(word) end
  for at = 3, #words, PIECE do
    local last = math.min(#words, at + PIECE - 1)
    pieces[#pieces + 1] = string.pack("<" .. ("I2"):rep(last - at + 1), table.unpack(words, at, last))
  end
  return table.concat(pieces):sub(1, words[1] * 65536 + words[2])
end

-- names: of the columns that the inputs were fitted to.
function M.packed(net, fitted, names) return words_of(string.pack("<s4s4", net:state(), fitted:state(names))) end

-- ---- which matches they were trained on ----

local SOME = 20000 -- rows that are asked how often rows are alike by chance

-- A trial that also keeps what tells the rows that it scores from others: by the files' own columns, since those about the spectrum
-- are of a whole set. Those of all folds of a cut are the rows that its networks were trained on. chance: the share of other scans'
-- rows that look like one of them, as where features take few values.
function M.marking(run)
  return function(t)
    run(t)
    local test, train = t.parts.test, t.parts.train
    local own = matches.own(test)
    local marks = ll.psm.marks(test, own)
    local some = even_rows(train.rows, SOME)
    local chance = ll.psm.marked(marks, some and train:subset(some) or train, own):mean():item()
    t:keep("matches", words_of(string.pack("<ds4", chance, marks)))
  end
end

local OFTEN = 3 -- times as many as by chance, below which nothing is told

-- How many rows of a set the networks were trained on, about; nil where that is not kept.
local function trained_on(marks, set)
  if #marks == 0 then return nil end
  local own, seen, chance = matches.own(set), ll.zeros(set.rows, 1), 0
  for _, kept in ipairs(marks) do
    local of_one, bytes = string.unpack("<ds4", kept)
    seen, chance = seen:max(ll.psm.marked(bytes, set, own)), chance + of_one
  end
  local share = seen:mean():item()
  if chance >= 1 or share <= OFTEN * chance then return 0 end
  return math.floor((share - chance) / (1 - chance) * set.rows + 0.5)
end

-- ---- using them ----

-- Of a database's last run: the networks, a list of { net, inputs }; the hashes of the sets that the database has; and the marks of
-- its first cut's folds.
function M.read(db)
  local store <close> = ll.store.open(db, { mode = "read" })
  local out, hashes, marks, first = {}, {}, {}, nil
  for _, trial in ipairs(combine.trials(store)) do
    if trial.precision ~= ll.precision then
      check.fail("%s: its networks are of %s precision, and this program computes in %s: %s scores by them", db, trial.precision,
        ll.precision, trial.precision == "double" and "losslab-double" or "losslab")
    end
    first = first or trial.seed
    for row in store:rows("trial_kept", { trial = trial.trial }) do
      if row.name == "network" then
        local net, fitted = string.unpack("<s4s4", text_of(ll.store.floats(row.numbers)))
        out[#out + 1] = { net = ll.nn.of_state(net), inputs = inputs.of_state(fitted) }
      elseif row.name == "matches" and trial.seed == first then
        marks[#marks + 1] = text_of(ll.store.floats(row.numbers))
      end
    end
  end
  for row in store:rows("datasets", {}) do hashes[row.sha256] = true end
  if #out == 0 then check.fail("%s holds no networks of a rescoring", db) end
  return out, hashes, marks
end

-- The set with the columns of these names, in this order.
local function with_columns(set, names, db)
  local at, same = {}, #names == #set.columns
  for j, name in ipairs(set.columns) do at[name], same = j, same and names[j] == name end
  if same then return set end
  local x = ll.zeros(set.rows, #names)
  for j, name in ipairs(names) do
    if not at[name] then
      check.unknown(string.format("%s: the networks of %s were trained with a column", set.name, db), name, set.columns)
    end
    x:col_range(j, j):assign(set.x:col_range(at[name], at[name]))
  end
  return ll.data.matrix(x, set.y, { name = set.name, names = names, groups = set.groups, domains = set.domains })
end

local MOST = 0.1 -- of the matches may be among those that the networks were trained on: by as much q-values may promise too much

-- The mean of the scores of all networks of a database, n×1; how many networks there are; and how many matches
-- they were trained on, about, or nil where that is not known.
function M.scores(db, set)
  local networks, hashes, marks = M.read(db)
  if hashes[set.hash] then check.fail("%s: the networks of %s were trained on these very matches", set.name, db) end
  local trained = trained_on(marks, with_columns(set, networks[1].inputs.names, db))
  if trained and trained > MOST * set.rows then
    check.fail("%s: the networks of %s were trained on %d of these %d matches, whose scores would promise too much: leave them "
      .. "out, or take the scores of that run", set.name, db, trained, set.rows)
  end
  local sum = ll.zeros(set.rows, 1)
  for _, each in ipairs(networks) do
    local part, scores = with_columns(set, each.inputs.names, db), ll.zeros(set.rows, 1)
    each.inputs:each(part, function(rows, first, last) scores:row_range(first, last):assign(each.net:predict(rows)) end)
    sum = sum + scores
  end
  return sum * (1 / #networks), #networks, trained
end

return M
