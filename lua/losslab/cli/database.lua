-- What several commands do with a result database: open it, read rows of it as plain tables, print its answer.
local ll = require "losslab"
local check = require "losslab.check"
local json = require "losslab.json"
local text = require "losslab.text"

local M = {}

-- What went wrong with a database, said with its path. Where its rows are not what a study leaves there, by damage or by hand, our
-- code meets values that it cannot work with: what Lua says of them is no more than a hint.
local function explain(path, err)
  if type(err) ~= "string" or err == "interrupted" then return err end
  local plain = check.plain(err)
  if plain:find(path, 1, true) then return plain end
  return text.clean(path) .. (plain == err and ": " or " holds what no study leaves there: ") .. plain
end

-- The database for f(store), open for reading. Errors say the path.
function M.read(path, f)
  local results = table.pack(pcall(function()
    local store <close> = ll.store.open(path, { mode = "read" })
    return f(store)
  end))
  if not results[1] then error(explain(path, results[2]), 0) end
  return table.unpack(results, 2, results.n)
end

local is_json = { parameters = true, model = true, train = true, plan = true }

-- The rows of a statement as tables that can be printed as JSON: JSON columns decoded, what is not finite left out.
function M.rows(store, statement, ...)
  local all = json.array {}
  for row in store:rows(statement, ...) do
    for column, value in pairs(row) do
      if is_json[column] then row[column] = json.decode(value) end
      if type(value) == "number" and (value ~= value or math.abs(value) == math.huge) then row[column] = nil end
    end
    all[#all + 1] = row
  end
  return all
end

function M.print_json(value) io.write(json.encode(value), "\n") end

function M.number(x, digits) return x and text.number(x, digits or 4) or "-" end

function M.with_deviation(mean, sd)
  if not mean then return "-" end
  return sd and string.format("%.4f ± %.4f", mean, sd) or string.format("%.4f", mean)
end

-- Per data set and loss the configuration chosen on validation, as the database's leaderboard says.
local function print_leaderboard(store)
  local rows, namer = { { "data", "loss", "chosen", "valid", "test", "runs" } }, M.namer(store)
  for _, row in ipairs(M.rows(store, "leaderboard")) do
    rows[#rows + 1] = { text.clean(row.dataset), text.clean(row.loss), namer(row.loss, row.parameters),
      M.with_deviation(row.valid_mean, row.valid_sd), M.with_deviation(row.test_mean, row.test_sd),
      row.n .. (row.lost > 0 and string.format(", %d lost", row.lost) or "") }
  end
  if #rows == 1 then
    io.write "no trial is finished yet\n"
    return
  end
  io.write(text.columns(rows), "\n")
end

-- The study's answer: the table and the sentence of losslab.report.
function M.print_answer(store, as_json)
  local fine, report = pcall(require, "losslab.results.report")
  if as_json then
    M.print_json(fine and report.build(store) or { leaderboard = M.rows(store, "leaderboard") })
  elseif fine then
    local color = text.paint(io.stdout)("x", "bold") ~= "x"
    io.write((report.text(report.build(store), { width = text.room(), color = color }):gsub("\n*$", "\n")))
  else
    print_leaderboard(store)
  end
end

-- Runs a study by f(runner), then prints what is to be said. An interrupted run prints no answer.
function M.run(f, db, given)
  local code = f(require "losslab.run.runner")
  if code == 130 then return code end
  M.read(db, function(store) M.print_answer(store, given.json) end)
  io.stderr:write("results in ", text.clean(db), "\n")
  return code
end

return M
