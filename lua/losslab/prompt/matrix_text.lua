-- A matrix as it is shown: its shape, then its elements in columns, each in one format, with the decimal points below one another.
-- Where there are more than fit, the first and the last rows and columns, with … between them.
local text = require "losslab.text"

local M = {}

local MOST_ROWS, HEAD = 12, 5 -- more rows than MOST_ROWS are cut to HEAD at either end
local LARGEST_WHOLE = 1e7 -- from here on whole numbers are written as others are

-- ---- numbers of a column -------------------------------------------------------------------------------------------------

local function is_finite(x) return x == x and x ~= math.huge and x ~= -math.huge end

-- How many decimals a number has, written with so many significant digits.
local function decimals_of(x, digits)
  local decimals, exponent = string.format("%." .. (digits - 1) .. "e", x):match "^%-?%d%.?(%d*)e([+-]%d+)$"
  return math.max(0, #decimals:gsub("0+$", "") - tonumber(exponent))
end

local function odd(x) return x ~= x and "NaN" or x > 0 and "inf" or "-inf" end

-- The numbers as texts of one format.
function M.column(numbers, digits)
  local largest, least, decimals, is_whole = 0, math.huge, 0, true
  for _, x in ipairs(numbers) do
    if is_finite(x) then
      local size = math.abs(x)
      largest = math.max(largest, size)
      if size > 0 then least = math.min(least, size) end
      is_whole = is_whole and x == math.floor(x)
      decimals = math.max(decimals, decimals_of(x, digits))
    end
  end
  local format
  if is_whole and largest < LARGEST_WHOLE then
    format = "%.0f"
  else
    -- As many decimals as the largest has room for; where the least would keep less than two digits, an exponent.
    local before = largest >= 1 and math.floor(math.log(largest, 10) + 1e-12) + 1 or 0
    local room = math.max(0, digits - before)
    if before > digits or largest < 1e-4 or (least < math.huge and least < 10 ^ (1 - room) and decimals > room) then
      local longest = 0
      for _, x in ipairs(numbers) do
        local mantissa = is_finite(x) and string.format("%." .. (digits - 1) .. "e", x):match "^%-?%d%.?(%d*)e" or ""
        longest = math.max(longest, #mantissa:gsub("0+$", ""))
      end
      format = "%." .. longest .. "e"
    else
      format = "%." .. math.min(decimals, room) .. "f"
    end
  end
  local texts = {}
  for i, x in ipairs(numbers) do texts[i] = is_finite(x) and string.format(format, x) or odd(x) end
  return texts
end

-- ---- which rows and columns ----------------------------------------------------------------------------------------------

-- The places that are shown of n, in order; false stands for those that are left out. most: "all", or how many.
local function places(n, most, head)
  local out = {}
  if most == "all" or n <= most then
    for i = 1, n do out[i] = i end
    return out
  end
  head = head or (most + 1) // 2
  local tail = head and math.min(head, most - head) or most // 2
  for i = 1, head do out[#out + 1] = i end
  out[#out + 1] = false
  for i = n - tail + 1, n do out[#out + 1] = i end
  return out
end

local function padded(texts, width)
  local out = {}
  for i, each in ipairs(texts) do out[i] = text.pad(each, width, true) end
  return out
end

-- The texts of a column of the shown rows, all of one width, with … where rows are left out.
local function column_of(get, rows, j, digits, title)
  local numbers, texts, at, width = {}, {}, 0, title and text.width(title) or 1
  for _, i in ipairs(rows) do
    if i then numbers[#numbers + 1] = get(i, j) end
  end
  local shown = M.column(numbers, digits)
  for _, each in ipairs(shown) do width = math.max(width, #each) end
  for r, i in ipairs(rows) do
    if i then at = at + 1 end
    texts[r] = i and shown[at] or "…"
  end
  texts = padded(texts, width)
  if title then table.insert(texts, 1, text.pad(title, width, true)) end
  return texts, width
end

-- Columns of numbers as lines. source: { rows, cols, get(i, j), title(j) [opt] }; options: rows, cols ("all" or how many), digits,
-- width.
function M.lines(source, options)
  local rows = places(source.rows, options.rows or MOST_ROWS, not options.rows and HEAD or nil)
  local digits, room = options.digits or 6, options.width or text.room() or 80
  local made = {}
  local function column(j)
    if not made[j] then
      local texts, width = column_of(source.get, rows, j, digits, source.title and source.title(j))
      made[j] = { texts = texts, width = width }
    end
    return made[j]
  end
  local cols = places(source.cols, options.cols or "all")
  if not options.cols then
    -- From both ends in turn, while there is room: the … between takes three.
    local left, right, taken = 0, source.cols + 1, 1
    local function next_one() return left + 1 <= source.cols - right + 1 and left + 1 or right - 1 end
    while left + 1 < right do
      local j = next_one()
      local width = column(j).width + 2
      local last = right - left == 2
      if taken + width > room - (last and 0 or 3) and left + (source.cols - right + 1) > 0 then break end
      taken = taken + width
      if j == left + 1 then left = j else right = j end
    end
    cols = {}
    for j = 1, left do cols[#cols + 1] = j end
    if left + 1 < right then cols[#cols + 1] = false end
    for j = right, source.cols do cols[#cols + 1] = j end
  end
  local lines = {}
  for r = 1, #rows + (source.title and 1 or 0) do
    local line = {}
    for _, j in ipairs(cols) do line[#line + 1] = j and "  " .. column(j).texts[r] or "  …" end
    lines[r] = table.concat(line):sub(2)
  end
  return lines
end

-- ---- matrices ------------------------------------------------------------------------------------------------------------

-- The text of a matrix. options: rows, cols, digits, width.
function M.text(m, options)
  options = options or {}
  local rows, cols = m.rows, m.cols
  local head = string.format("matrix %dx%d%s", rows, cols, m.requires_grad and ", with gradient" or "")
  if rows == 0 or cols == 0 then return head .. ", no elements" end
  local source = { rows = rows, cols = cols, get = function(i, j) return m:get(i, j) end }
  local lines = M.lines(source, options)
  local room = options.width or text.room() or 80
  local flat = #lines == 1 and lines[1]:gsub("^ +", "")
  if flat and (rows == 1 and #head + 2 + text.width(flat) <= room) then return head .. ": " .. flat end
  return head .. "\n" .. table.concat(lines, "\n")
end

return M
