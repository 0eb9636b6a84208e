-- Text for a terminal: tables in columns, wrapped lines, colour where it is wanted, numbers in few digits.
local M = {}

-- Characters, not bytes; bytes where the text is no UTF-8.
function M.width(s) return utf8.len(s) or #s end

function M.pad(s, width, right)
  local space = (" "):rep(width - M.width(s))
  return right and space .. s or s .. space
end

-- Control characters of a name or message shown as \27 and the like, so that none reaches the terminal.
function M.safe(s) return (tostring(s):gsub("[%c\127]", function(c) return string.format("\\%d", c:byte()) end)) end

-- Lines of at most `width` characters, broken at spaces; each after the first begins with `indent`.
function M.wrap(s, width, indent)
  local lines, line = {}, nil
  indent = indent or ""
  for word in s:gmatch "%S+" do
    local longer = line and line .. " " .. word
    if line and M.width(longer) > width then
      lines[#lines + 1] = line
      line = indent .. word
    else
      line = longer or word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- Rows of cells (strings) in columns, the first row a heading unless options.heading is false. options: right = {[column] = true},
-- wrap = the width in which the last column is broken into lines, indent.
function M.columns(rows, options)
  options = options or {}
  local widths, indent, right = {}, options.indent or "", options.right or {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, M.width(cell)) end
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local before = indent
    for i = 1, #row - 1 do before = before .. M.pad(row[i], widths[i], right[i]) .. "  " end
    local last = row[#row]
    if right[#row] then last = M.pad(last, widths[#row], true) end
    local at = M.width(before)
    if options.wrap and options.wrap - at >= 20 and not right[#row] then
      last = M.wrap(last, options.wrap - at):gsub("\n", "\n" .. (" "):rep(at))
    end
    lines[#lines + 1] = ((before .. last):gsub(" +$", ""))
  end
  return table.concat(lines, "\n")
end

-- A number in at most `digits` significant digits.
function M.number(x, digits)
  if math.type(x) == "integer" then return tostring(x) end
  return (string.format("%." .. (digits or 6) .. "g", x))
end

local codes = { bold = 1, dim = 2, red = 31, green = 32, yellow = 33, cyan = 36 }

-- paint(file): a function of (text, colour) that colours for a terminal and leaves alone for a file, a pipe and NO_COLOR.
function M.paint(file)
  local fd = file == io.stderr and 2 or 1
  local off = os.getenv "NO_COLOR"
  local known, program = pcall(require, "losslab.program")
  local on = not (off and off ~= "") and os.getenv "TERM" ~= "dumb" and known and (program.terminal(fd))
  return function(text, colour)
    return on and codes[colour] and string.format("\27[%dm%s\27[0m", codes[colour], text) or text
  end
end

-- The columns of the terminal on standard output; elsewhere there is no need to break lines.
function M.room()
  local known, program = pcall(require, "losslab.program")
  if not known then return nil end
  local is, columns = program.terminal(1)
  return is and columns or nil
end

return M
