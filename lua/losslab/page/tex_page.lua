-- A report as LaTeX: an article whose tables (booktabs, longtable) and figures (PDF, beside it) can be taken into a paper.
-- Characters that mean something to TeX are written so that they do not; for other scripts than Latin and Greek compile it by
-- xelatex or lualatex.
local letters = require "losslab.page.tex_letters"
local text = require "losslab.text"

local M = {}

local SPECIAL = { ["\\"] = "\\textbackslash{}", ["{"] = "\\{", ["}"] = "\\}", ["$"] = "\\$", ["&"] = "\\&", ["#"] = "\\#",
  ["%"] = "\\%", ["_"] = "\\_", ["^"] = "\\textasciicircum{}", ["~"] = "\\textasciitilde{}", ["<"] = "\\textless{}",
  [">"] = "\\textgreater{}", ["|"] = "\\textbar{}", ['"'] = "\\textquotedbl{}", ["'"] = "\\textquotesingle{}" }
-- Signs that every TeX has its own words for; other letters are page/tex_letters.lua's.
local SIGNS = { ["–"] = "--", ["…"] = "\\dots{}", ["±"] = "$\\pm$", ["×"] = "$\\times$" }

local function plain(words)
  words = text.clean(words):gsub("[\\{}$&#%%_^~<>|\"']", SPECIAL)
  return (words:gsub(utf8.charpattern, function(c) return SIGNS[c] or letters.math(c) end))
end
M.plain = plain

local MOST = 200 -- trials in a paper

local BLOCKS = {}

function BLOCKS.lead(block) return "\\textbf{" .. plain(block.text) .. "}\n" end
function BLOCKS.text(block) return plain(block.text) .. "\n" end

function BLOCKS.list(block)
  local out = {}
  for i, row in ipairs(block.rows) do out[i] = "\\item[" .. plain(row[1]) .. "] " .. plain(row[2]) end
  return "\\begin{description}\n" .. table.concat(out, "\n") .. "\n\\end{description}\n"
end

local function cell_of(cell)
  if type(cell) ~= "table" then return type(cell) == "number" and text.number(cell, 6) or plain(tostring(cell)) end
  local words = plain(cell[1])
  if cell.code then words = "\\texttt{" .. words .. "}" end
  return cell.strong and "\\textbf{" .. words .. "}" or words
end

-- What fits on a line of the page, in characters of text and of verbatim, at each size; what is longer yet takes the last.
local SIZES = { { "footnotesize", 100, 113 }, { "scriptsize", 118, 129 }, { "tiny", 150, 172 } }
local SHORT, LONG = 16, 32 -- characters of a key, and beyond which cells of words are folded

local function size_of(width, of)
  for _, size in ipairs(SIZES) do
    if width <= size[of] then return size[1] end
  end
  return SIZES[#SIZES][1]
end

local function length_of(words) return utf8.len(words) or #words end

-- The rows with short keys, how wide each column is, and whether its cells hold words to fold.
local function measured(block, most)
  local rows, widths, folds = {}, {}, {}
  for k, column in ipairs(block.columns) do widths[k] = length_of(column[1]) end
  for i, row in ipairs(block.rows) do
    if i > (most or math.huge) then break end
    rows[i] = {}
    for k, cell in ipairs(row) do
      local words = type(cell) == "table" and cell[1] or type(cell) == "number" and text.number(cell, 6) or tostring(cell)
      if block.columns[k].code and #words > SHORT then
        cell, words = { words:sub(1, SHORT) .. "…", code = true }, words:sub(1, SHORT) .. "…"
      end
      rows[i][k], widths[k] = cell, math.max(widths[k], length_of(words))
      folds[k] = folds[k] or length_of(words) > LONG and words:find " " ~= nil
    end
  end
  return rows, widths, folds
end

-- The columns that stand together: all where they fit on a line of the smallest size, else parts of about one width that fit at the
-- size before it, each with the first columns, which say what a row is of.
local function parts_of(widths, keys)
  local own, all, room = 0, 0, SIZES[2][2]
  for k, each in ipairs(widths) do all, own = all + each, own + (k <= keys and each or 0) end
  if all <= SIZES[#SIZES][2] or #widths <= keys then
    local every = {}
    for k = 1, #widths do every[k] = k end
    return { every }
  end
  local function filled(limit)
    local parts, width = {}, math.huge
    for k = keys + 1, #widths do
      if width + widths[k] > limit then
        parts[#parts + 1], width = {}, own
        for key = 1, keys do parts[#parts][key] = key end
      end
      width = width + widths[k]
      table.insert(parts[#parts], k)
    end
    return parts
  end
  local least = filled(room)
  for limit = own + math.ceil((all - own) / #least), room - 1 do
    local parts = filled(limit)
    if #parts == #least then return parts end
  end
  return least
end

local function table_of(block, rows, columns, widths, folds, caption)
  local kinds, titles, out, width, folded = {}, {}, {}, 0, 0
  for _, k in ipairs(columns) do width, folded = width + widths[k], folded + (folds[k] and 1 or 0) end
  for i, k in ipairs(columns) do
    kinds[i], titles[i] = block.columns[k].right and "r" or "l", plain(block.columns[k][1])
    if folds[k] then
      kinds[i] = string.format(">{\\raggedright\\arraybackslash}p{%.2f\\linewidth}", math.max(0.12, 0.3 / folded))
    end
  end
  local head = table.concat(titles, " & ") .. " \\\\\n\\midrule\n"
  out[1] = string.format("{\\%s\\setlength{\\tabcolsep}{3pt}\n\\begin{longtable}{@{}%s@{}}\n\\caption{%s}\\\\\n\\toprule\n%s"
    .. "\\endfirsthead\n\\toprule\n%s\\endhead\n\\bottomrule\n\\endfoot", size_of(width, 2),
    table.concat(kinds), plain(caption), head, head)
  for _, row in ipairs(rows) do
    local cells = {}
    for i, k in ipairs(columns) do cells[i] = cell_of(row[k]) end
    out[#out + 1] = table.concat(cells, " & ") .. " \\\\"
  end
  return table.concat(out, "\n") .. "\n\\end{longtable}}\n"
end

function BLOCKS.table(block, most)
  local rows, widths, folds = measured(block, most)
  for k, each in ipairs(widths) do widths[k] = (folds[k] and LONG or each) + 2 end
  local parts, out = parts_of(widths, block.keys or 1), {}
  for i, columns in ipairs(parts) do
    local caption = #parts == 1 and block.caption or string.format("%s (part %d of %d)", block.caption, i, #parts)
    out[i] = table_of(block, rows, columns, widths, folds, caption)
  end
  return table.concat(out, "\n")
end

function BLOCKS.trials(block)
  local out = BLOCKS.table(block, MOST)
  if #block.rows <= MOST then return out end
  return out .. string.format("The first %d of %d trials; the database has all of them.\n", MOST, #block.rows)
end

function BLOCKS.figure(block)
  return string.format("\\begin{figure}[htbp]\n\\centering\n\\includegraphics[width=\\linewidth]{\\detokenize{%s}}\n"
    .. "\\caption{%s}\n\\end{figure}\n", block.link, plain(block.said ~= "" and block.said or block.title))
end

-- A line in pieces that the page has room for.
local function pieces(line)
  local out, room = {}, SIZES[#SIZES][3]
  while length_of(line) > room do
    local stop = utf8.offset(line, room + 1)
    out[#out + 1] = line:sub(1, stop - 1)
    line = "  " .. line:sub(stop)
  end
  out[#out + 1] = line
  return out
end

function BLOCKS.code(block)
  local lines, longest = {}, 0
  for line in (block.text:gsub("\n+$", "") .. "\n"):gmatch "(.-)\n" do
    for _, piece in ipairs(pieces((text.clean(line):gsub("\\end{verbatim}", "\\ end{verbatim}")))) do
      lines[#lines + 1] = piece
      longest = math.max(longest, length_of(piece))
    end
  end
  return "{\\" .. size_of(longest, 3) .. "\n\\begin{verbatim}\n" .. table.concat(lines, "\n") .. "\n\\end{verbatim}}\n"
end

local PREAMBLE = [[
\documentclass[a4paper]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{iftex}
\ifPDFTeX\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\fi
\usepackage{textcomp,array,booktabs,longtable,graphicx}
]]

function M.text(sections, page)
  local made = plain(page.made) .. " by losslab " .. plain(page.version) .. ".\n"
  local out = { "\\section*{" .. plain(page.title) .. "}\n", made }
  for _, section in ipairs(sections) do
    if #sections > 1 then out[#out + 1] = "\\section{" .. plain(section.heading) .. "}\n" end
    if section.question ~= "" then out[#out + 1] = "\\emph{" .. plain(section.question) .. "}\n" end
    if section.quick then out[#out + 1] = "\\textbf{A quick form of the study: small, and without verdicts.}\n" end
    for _, part in ipairs(section.parts) do
      out[#out + 1] = "\\subsection*{" .. part.title .. "}\n"
      for _, block in ipairs(part.blocks) do out[#out + 1] = BLOCKS[block.kind](block) end
    end
  end
  local body = table.concat(out, "\n")
  return PREAMBLE .. letters.declared(body) .. "\\begin{document}\n\n" .. body .. "\n\\end{document}\n"
end

return M
