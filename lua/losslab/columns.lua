-- Tables that fit a terminal. A table is columns and rows of cells (texts); its lines are at most `width` columns wide, by this
-- rule:
--
--   1. What fits stands as it is; without a width (no terminal) everything does.
--   2. Texts that may be broken (wrap = true) are, into lines between words; then texts that may be cut (least = n) lose their
--      middles, no two becoming alike, down to n columns; the widest column first.
--   3. Where that is not enough, columns drop, those of the highest rank first, of equal ranks the one further right. Columns that
--      are marked fold = true become one instead, when the rank of options.fold is reached: "lr 0.001, hidden 64×32", broken
--      between fields. A column without a rank stays whatever happens.
--   4. What dropped is named in a note, which the table ends with.
--
-- A number, and a word with its number ("lr 0.001", "2 of 5", by text.together), is never cut or broken.
--
--   columns.fit(columns, rows, options)   lines: one text a row, the heading first (a row may take several lines); the note, or nil
--   columns.text(columns, rows, options)  all of it as one text
--
-- columns: { { title, name, right = true, least = n, most = n, wrap = true, rank = n, fold = true }, … }; name [opt]: what the note
-- calls it; most: cut to that in any case.
-- options: width, indent, fold = { title, rank }.
local text = require "losslab.text"

local M = {}

local GAP, NARROWEST, WIDEST = 2, 8, 40 -- WIDEST: of a title

-- Spaces that do not break, and back.
function M.together(words) return (words:gsub(" ", "\194\160")) end
local function apart(words) return (words:gsub("\194\160", " ")) end

-- The widest of what stands between two spaces.
local function longest_unit(cells)
  local most = 0
  for _, cell in ipairs(cells) do
    for word in cell:gmatch "%S+" do most = math.max(most, text.width(word)) end
  end
  return most
end

-- The widest number among the cells, 64×32 being one: as much room it has in any case.
local function widest_number(cells)
  local most = 0
  for _, cell in ipairs(cells) do
    if tonumber(cell) or cell:find "^[%d\xc3\x97]+$" then most = math.max(most, text.width(cell)) end
  end
  return most
end

-- Labels of the cells below a title, no two alike.
local function labels_of(cells, width) return text.labels(table.move(cells, 2, #cells, 1, {}), width) end

-- A column with its cells, the title first: natural width, and the least that it can do with.
local function measured(column, cells)
  local made = setmetatable({ cells = cells, width = 0 }, { __index = column })
  if column.most then
    local labels = labels_of(cells, math.max(column.most, widest_number(cells)))
    for i = 2, #cells do cells[i] = labels[cells[i]] end
  end
  for _, cell in ipairs(cells) do made.width = math.max(made.width, text.width(cell)) end
  made.narrowest = made.width
  if column.wrap then made.narrowest = math.min(made.width, math.max(NARROWEST, longest_unit(cells)))
  elseif column.least then made.narrowest = math.min(made.width, math.max(column.least, text.width(cells[1]),
    widest_number(cells))) end
  return made
end

local function total(columns, what, indent)
  local sum = indent - GAP
  for _, column in ipairs(columns) do sum = sum + column[what] + GAP end
  return sum
end

-- The columns with those to be folded as one, where the first of them stands; nil if there are fewer than two.
local function folded(columns, title)
  local parts, out = {}, {}
  for _, column in ipairs(columns) do
    if column.fold then
      parts[#parts + 1] = column
      if #parts == 1 then out[#out + 1] = false end
    else
      out[#out + 1] = column
    end
  end
  if #parts < 2 then return nil end
  local cells = { title }
  for row = 2, #parts[1].cells do
    local words = {}
    for _, part in ipairs(parts) do
      local cell = part.cells[row]
      if cell ~= "-" and cell ~= "" then words[#words + 1] = M.together(part.title .. " " .. cell) end
    end
    cells[row] = #words > 0 and table.concat(words, ", ") or "-"
  end
  local one = { title = title, wrap = true, rank = parts[1].rank }
  for _, part in ipairs(parts) do one.rank = one.rank and part.rank and math.min(one.rank, part.rank) end
  for i, column in ipairs(out) do
    if not column then out[i] = measured(one, cells) end
  end
  return out
end

-- The place of the column that drops next, or nil.
local function next_to_drop(columns)
  local place
  for i, column in ipairs(columns) do
    if column.rank and (not place or column.rank >= columns[place].rank) then place = i end
  end
  return place
end

-- The columns that are left where there is no room for all, and the titles of those that dropped.
local function left_over(columns, options, indent)
  local dropped, fold = {}, options.fold
  while total(columns, "narrowest", indent) > options.width do
    local place = next_to_drop(columns)
    local one = fold and (not place or fold.rank >= columns[place].rank) and folded(columns, fold.title)
    if one then
      columns, fold = one, nil
    elseif place then
      table.insert(dropped, 1, columns[place].name or columns[place].title)
      table.remove(columns, place)
    else
      break
    end
  end
  return columns, dropped
end

-- Narrows the widest of those that can be, step by step, until all fit: those that wrap before those that are cut.
local function narrow(columns, options, indent)
  for _, column in ipairs(columns) do column.width = math.max(column.narrowest, math.min(column.width, options.width)) end
  local over = total(columns, "width", indent) - options.width
  for _, wraps in ipairs { true, false } do
    while over > 0 do
      local widest
      for _, column in ipairs(columns) do
        local can = (column.wrap or false) == wraps and column.width > column.narrowest
        if can and (not widest or column.width > widest.width) then widest = column end
      end
      if not widest then break end
      widest.width, over = widest.width - 1, over - 1
    end
  end
end

-- Each cell of a column as it is shown: a text, or an array of them where it takes several lines.
local function shown(column)
  local out, labels, wrap = {}, nil, column.wrap
  if column.least and not wrap then labels = labels_of(column.cells, column.width) end
  for i, cell in ipairs(column.cells) do
    local words = labels and i > 1 and labels[cell] or cell
    if wrap and text.width(cell) > column.width then
      words = {}
      for line in text.wrap(cell, column.width):gmatch "[^\n]+" do words[#words + 1] = apart(line) end
    elseif wrap then
      words = apart(words)
    elseif labels then
      column.width = math.max(column.width, text.width(words)) -- of labels that are numbered
    end
    out[i] = words
  end
  return out
end

local function without_end(line) return line:match "^.*[^ ]" or "" end

-- A row's lines, as one text.
local function lines_of(list, parts, row, indent)
  local high, cells, out = 1, {}, {}
  for i in ipairs(list) do
    local cell = parts[i][row]
    if type(cell) == "table" then high = math.max(high, #cell) end
  end
  for k = 1, high do
    for i, column in ipairs(list) do
      local cell = parts[i][row]
      if type(cell) == "table" then cell = cell[k] or "" elseif k > 1 then cell = "" end
      cells[i] = text.pad(cell, column.width, column.right)
    end
    out[k] = without_end(indent .. table.concat(cells, "  "))
  end
  return table.concat(out, "\n")
end

function M.fit(columns, rows, options)
  local o, list = options or {}, {}
  local indent = o.indent or ""
  for i, column in ipairs(columns) do
    local cells = { text.shorten(column.title, WIDEST) }
    for r, row in ipairs(rows) do cells[r + 1] = text.clean(row[i] or "") end
    list[i] = measured(column, cells)
  end
  local dropped = {}
  if o.width then
    list, dropped = left_over(list, o, #indent)
    narrow(list, o, #indent)
  end
  local parts, lines = {}, {}
  for i, column in ipairs(list) do parts[i] = shown(column) end
  for row = 1, #rows + 1 do lines[row] = lines_of(list, parts, row, indent) end
  local note
  if #dropped > 0 then
    note = text.wrap(string.format("no room in %d columns for: %s", o.width, text.clean(table.concat(dropped, ", "))), o.width)
  end
  return lines, note
end

function M.text(columns, rows, options)
  local lines, note = M.fit(columns, rows, options)
  return table.concat(lines, "\n") .. (note and "\n" .. note or "")
end

return M
