-- The networks of a rescoring, kept in its database with what was fitted of their inputs, and matches scored by them.
local ll = require "losslab"
local check = require "losslab.check"
local combine = require "losslab.rescore.combine"
local inputs = require "losslab.rescore.inputs"

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

-- The networks of a database's last run, a list of { net, inputs }; and the hashes of the sets that it has.
function M.read(db)
  local store <close> = ll.store.open(db, { mode = "read" })
  local out, hashes = {}, {}
  for _, trial in ipairs(combine.trials(store)) do
    if trial.precision ~= ll.precision then
      check.fail("%s: its networks are of %s precision, and this program computes in %s: %s scores by them", db, trial.precision,
        ll.precision, trial.precision == "double" and "losslab-double" or "losslab")
    end
    for row in store:rows("trial_kept", { trial = trial.trial }) do
      if row.name == "network" then
        local net, fitted = string.unpack("<s4s4", text_of(ll.store.floats(row.numbers)))
        out[#out + 1] = { net = ll.nn.of_state(net), inputs = inputs.of_state(fitted) }
      end
    end
  end
  for row in store:rows("datasets", {}) do hashes[row.sha256] = true end
  if #out == 0 then check.fail("%s holds no networks of a rescoring", db) end
  return out, hashes
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
  return ll.data.matrix(x, set.y, { name = set.name, names = names, groups = set.groups })
end

-- The mean of the scores of all networks of a database, n×1, each standardised; and how many there are.
function M.scores(db, set)
  local networks, hashes = M.read(db)
  if hashes[set.hash] then check.fail("%s: the networks of %s were trained on these very matches", set.name, db) end
  local sum = ll.zeros(set.rows, 1)
  for _, each in ipairs(networks) do
    local part, scores = with_columns(set, each.inputs.names, db), ll.zeros(set.rows, 1)
    each.inputs:each(part, function(rows, first, last) scores:row_range(first, last):assign(each.net:predict(rows)) end)
    sum = sum + combine.standardised(scores)
  end
  return sum * (1 / #networks), #networks
end

return M
