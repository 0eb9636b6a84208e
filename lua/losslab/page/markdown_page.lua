-- A report as Markdown (GitHub's), with its figures beside it. Texts of a database are made harmless: no markup, no links.
local text = require "losslab.text"

local M = {}

--- Text of a database in a page: one line without markup, which is neither a list nor a fence, and no link that a reader of
-- Markdown makes by itself of an address.
function M.plain(words)
  words = text.clean(words):gsub("[\\`*_{}%[%]<>|#&~$]", "\\%0"):gsub("^%s+", "")
  words = words:gsub("^[-+=]", "\\%0"):gsub("^(%d+)([.)])", "%1\\%2")
  return (words:gsub("://", "&#58;//"):gsub("www%.", "www&#46;"):gsub("@", "&#64;"))
end
local plain = M.plain

local MOST = 1000 -- trials in a page of Markdown: a table of more is no page to read

local BLOCKS = {}

function BLOCKS.lead(block) return "**" .. plain(block.text) .. "**\n" end
function BLOCKS.text(block) return plain(block.text) .. "\n" end

function BLOCKS.list(block)
  local out = {}
  for i, row in ipairs(block.rows) do out[i] = "- " .. plain(row[1]) .. ": " .. plain(row[2]) end
  return table.concat(out, "\n") .. "\n"
end

local function cell_of(cell)
  if type(cell) ~= "table" then return type(cell) == "number" and text.number(cell, 6) or plain(tostring(cell)) end
  local words = plain(cell[1])
  return cell.strong and words ~= "" and "**" .. words .. "**" or words
end

function BLOCKS.table(block, most)
  local out, titles, rules = {}, {}, {}
  for i, column in ipairs(block.columns) do titles[i], rules[i] = plain(column[1]), column.right and "--:" or "---" end
  out[1], out[2] = "| " .. table.concat(titles, " | ") .. " |", "|" .. table.concat(rules, "|") .. "|"
  for i, row in ipairs(block.rows) do
    if i > (most or math.huge) then break end
    local cells = {}
    for k, cell in ipairs(row) do cells[k] = cell_of(cell) end
    out[#out + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  return plain(block.caption) .. ":\n\n" .. table.concat(out, "\n") .. "\n"
end

function BLOCKS.trials(block)
  local out = BLOCKS.table(block, MOST)
  if #block.rows <= MOST then return out end
  return out .. string.format("\nThe first %d of %d; `losslab export --what trials` gives all of them.\n", MOST, #block.rows)
end

function BLOCKS.figure(block)
  return string.format("![%s](%s)\n\n%s\n", plain(block.title), block.link:gsub("[^%w/._-]", function(c)
    return string.format("%%%02X", c:byte())
  end), plain(block.said))
end

function BLOCKS.code(block)
  local fence = "```"
  while block.text:find(fence, 1, true) do fence = fence .. "`" end
  local before = block.name ~= "" and plain(block.name) .. ":\n\n" or ""
  return before .. fence .. "\n" .. block.text:gsub("\n+$", ""):gsub("[^\n]+", text.clean) .. "\n" .. fence .. "\n"
end

function M.text(sections, page)
  local out = { "# " .. plain(page.title) .. "\n", plain(page.made) .. " by losslab " .. plain(page.version) .. ".\n" }
  for _, section in ipairs(sections) do
    if #sections > 1 then out[#out + 1] = "## " .. plain(section.heading) .. "\n" end
    if section.question ~= "" then out[#out + 1] = "*" .. plain(section.question) .. "*\n" end
    if section.quick then out[#out + 1] = "**A quick form of the study: small, and without verdicts.**\n" end
    for _, part in ipairs(section.parts) do
      out[#out + 1] = (#sections > 1 and "### " or "## ") .. part.title .. "\n"
      for _, block in ipairs(part.blocks) do out[#out + 1] = BLOCKS[block.kind](block) end
    end
  end
  return table.concat(out, "\n")
end

return M
