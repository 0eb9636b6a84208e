-- A report as one page of HTML that needs nothing else: style, script and figures stand in it, and its own policy lets nothing be
-- fetched. Every text of a database goes through `escaped`; figures are gnuplot's SVG, of which drawing alone is left
-- (drawn_alone). Without its script the page reads as well: the script sorts and filters tables and shows the table of trials in
-- pieces.
local core = require("losslab").core
local json = require "losslab.json"
local script = require "losslab.page.page_script"
local style = require "losslab.page.page_style"
local text = require "losslab.text"

local html = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }
local function escaped(words) return (words:gsub("[&<>\"']", entities)) end

-- ---- figures -------------------------------------------------------------------------------------------------------------------

-- What draws, and what says what is drawn. Anything else, with what stands in it, is no part of a figure.
local DRAWS = {}
for name in ([[svg g path rect circle ellipse line polyline polygon use defs clipPath text tspan title desc image
  filter feFlood feComposite linearGradient stop pattern marker symbol]]):gmatch "%S+" do DRAWS[name] = true end

-- The SVG without what could act: elements that do not draw, handlers of events, references out of the page. Its ids begin with
-- place.
function html.drawn_alone(svg, place)
  svg = svg:gsub("<%?.-%?>", ""):gsub("<!%-%-.-%-%->", ""):gsub("<!%[CDATA%[.-%]%]>", ""):gsub("<![^>]*>", "")
  local out, at, hidden = {}, 1, 0
  while true do
    local first, last, closes, name, rest = svg:find("<(/?)([%w:_-]+)([^<>]*)>", at)
    if not first then break end
    if hidden == 0 then out[#out + 1] = (svg:sub(at, first - 1):gsub("<", "&lt;")) end
    if not DRAWS[name] then
      if rest:sub(-1) ~= "/" then hidden = math.max(0, hidden + (closes == "" and 1 or -1)) end
    elseif hidden == 0 then
      rest = rest:gsub("%f[%w:_-]([%w:_-]+)%s*=%s*([\"'])(.-)%2", function(attribute, mark, value)
        local lower = attribute:lower()
        if lower:find "^on" or (lower:find "href$" and not value:find "^#" and not value:find "^data:image/png;base64,")
          or value:lower():find "javascript:" or value:lower():find "url%(%s*['\"]?[^#]" then return "" end
        if lower == "id" then value = place .. value end
        if lower:find "href$" then value = value:gsub("^#", "#" .. place) end
        value = value:gsub("url%(#", "url(#" .. place)
        return attribute .. "=" .. mark .. value .. mark
      end)
      out[#out + 1] = "<" .. closes .. name .. rest .. ">"
    end
    at = last + 1
  end
  return (table.concat(out):gsub("^%s+", ""))
end

-- ---- blocks --------------------------------------------------------------------------------------------------------------------

-- heads: whether it says what its row is.
local function cell_of(cell, column, heads)
  local words, by, strong, code = cell, nil, false, false
  if type(cell) == "table" then words, by, strong, code = cell[1], cell[2], cell.strong, cell.code end
  words = escaped(tostring(words))
  if code then words = "<code>" .. words .. "</code>" end
  if strong then words = "<strong>" .. words .. "</strong>" end
  local as = heads and "th" or "td"
  return string.format("<%s%s%s%s>%s</%s>", as, heads and ' scope="row"' or "", column.right and ' class="number"' or "",
    by and string.format(' data-by="%s"', text.number(by, 17)) or "", words, as)
end

local function head(columns)
  local out = {}
  for i, column in ipairs(columns) do
    out[i] = string.format('<th scope="col"%s>%s</th>', column.right and ' class="number"' or column.code and ' class="key"' or "",
      escaped(column[1]))
  end
  return "<thead><tr>" .. table.concat(out) .. "</tr></thead>"
end

local FRAME = '<p class="caption">%s</p><div class="table%s" id="%s" role="region" aria-label="%s" tabindex="0"><table>'
  .. "%s%s</table></div>"

local BLOCKS = {}

function BLOCKS.lead(block) return '<p class="lead">' .. escaped(block.text) .. "</p>" end
function BLOCKS.text(block) return "<p>" .. escaped(block.text) .. "</p>" end

function BLOCKS.list(block)
  local out = {}
  for i, row in ipairs(block.rows) do out[i] = "<dt>" .. escaped(row[1]) .. "</dt><dd>" .. escaped(row[2]) .. "</dd>" end
  return "<dl>" .. table.concat(out, "\n") .. "</dl>"
end

function BLOCKS.table(block, place)
  local rows = {}
  for i, row in ipairs(block.rows) do
    local cells = {}
    for k, cell in ipairs(row) do cells[k] = cell_of(cell, block.columns[k], k == 1) end
    rows[i] = "<tr>" .. table.concat(cells) .. "</tr>"
  end
  return FRAME:format(escaped(block.caption), " sorts", place .. block.name, escaped(block.caption), head(block.columns),
    "<tbody>\n" .. table.concat(rows, "\n") .. "\n</tbody>")
end

-- The rows stand in the page as data, which the script shows a hundred at a time; < is written so that no text ends the element.
function BLOCKS.trials(block, place)
  local rows = {}
  for i, row in ipairs(block.rows) do rows[i] = json.encode(json.array(row)) end
  local data = "[" .. table.concat(rows, ",\n") .. "]"
  return FRAME:format(escaped(block.caption), " sorts trials", place .. block.name, escaped(block.caption), head(block.columns),
      "<tbody></tbody>")
    .. "<noscript><p>The trials stand in this page as data, which a script of the page shows; <code>losslab export</code> gives "
    .. 'them as a table from the database.</p></noscript><script type="application/json">'
    .. data:gsub("<", "\\u003c"):gsub("\u{2028}", "\\u2028"):gsub("\u{2029}", "\\u2029") .. "</script>"
end

function BLOCKS.figure(block, place)
  local said = escaped(block.said ~= "" and block.said or block.title)
  return string.format('<figure id="%sfigure_%s"><h4>%s</h4><div class="drawing" tabindex="0" role="group" aria-label="%s">%s</div>'
    .. "<figcaption>%s</figcaption></figure>", place, escaped(block.name), escaped(block.title), escaped(block.title),
    html.drawn_alone(block.content, place), said)
end

function BLOCKS.code(block)
  local shown = "<pre><code>" .. escaped((block.text:gsub("[^\n]+", text.clean))) .. "</code></pre>"
  if block.name == "" then return shown end
  return "<details><summary>" .. escaped(block.name) .. "</summary>" .. shown .. "</details>"
end

-- ---- the page ------------------------------------------------------------------------------------------------------------------

local PAGE = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-$hash';
 img-src data:; base-uri 'none'; form-action 'none'">
<meta name="generator" content="losslab $version">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><p class="made">$made</p></header>
<main id="content" tabindex="-1">
<h1>$title</h1>
$contents
$sections
</main>
<footer><p>Made by losslab $version from the database alone; nothing of this page is fetched from elsewhere.</p></footer>
<script>$script</script>
</body>
</html>
]]

local function link(id, words) return string.format('<li><a href="#%s">%s</a></li>', id, escaped(words)) end

-- Of one study: its parts as sections, and their links.
local function section_of(section, at, alone)
  local place, out, links = "study" .. at .. "_", {}, {}
  local heading = alone and "" or "<h2>" .. escaped(section.heading) .. "</h2>" -- the page's own says it
  out[1] = string.format('<section class="study" id="study%d">%s', at, heading)
  if section.question ~= "" then out[2] = '<p class="question">' .. escaped(section.question) .. "</p>" end
  if section.quick then out[#out + 1] = "<p><strong>A quick form of the study: small, and without verdicts.</strong></p>" end
  for _, part in ipairs(section.parts) do
    links[#links + 1] = link(place .. part.id, part.title)
    out[#out + 1] = string.format('<section id="%s%s"><h3>%s</h3>', place, part.id, escaped(part.title))
    for _, block in ipairs(part.blocks) do out[#out + 1] = BLOCKS[block.kind](block, place) end
    out[#out + 1] = "</section>"
  end
  out[#out + 1] = "</section>"
  return table.concat(out, "\n"), links
end

-- sections: of page/section.lua, with figures' content as SVG; title; made: when and of what.
function html.text(sections, page)
  local out, contents = {}, {}
  for i, section in ipairs(sections) do
    local links
    out[i], links = section_of(section, i, #sections == 1 and page.title == section.study)
    contents[i] = #sections > 1 and string.format('<li><a href="#study%d">%s</a><ul>%s</ul></li>', i, escaped(section.heading),
      table.concat(links)) or table.concat(links)
  end
  local values = { title = escaped(page.title), version = escaped(page.version), made = escaped(page.made), style = style,
    script = script, hash = html.hash(script), sections = table.concat(out, "\n"),
    contents = '<nav aria-label="Contents"><ul>' .. table.concat(contents, "\n") .. "</ul></nav>" }
  return (PAGE:gsub("%$(%l+)", values))
end

-- The digest of a script as the policy of a page has it: sha256 in base64.
function html.hash(words)
  local bytes = core.sha256(words):gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end)
  local digits, out = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    for k = 1, 4 do
      local digit = n >> (24 - 6 * k) & 63
      out[#out + 1] = (k == 3 and not b or k == 4 and not c) and "=" or digits:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

return html
