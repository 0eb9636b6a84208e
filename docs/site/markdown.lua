-- A page of Markdown as HTML: cmark-gfm does Markdown itself; formulas, the names of headings, code in colours, files' names above
-- their code and blocks side by side are added here.
local anchors = require "losslab.cli.anchors"
local formula = require "formula"
local highlight = require "highlight"
local file = require "losslab.file"

local M = {}

local ENTITIES = { ["&amp;"] = "&", ["&lt;"] = "<", ["&gt;"] = ">", ["&quot;"] = '"' }
function M.unescape(s) return (s:gsub("&%a+;", ENTITIES)) end
function M.escape(s) return (s:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" })) end

-- What an element says, without its tags; formulas by their TeX.
function M.words(html)
  html = html:gsub('<math[^>]-alttext="([^"]*)".-</math>', "%1"):gsub("<[^>]*>", "")
  return M.unescape(html)
end

-- ---- formulas: out of the Markdown before cmark, which would take _ and * for its own -------------------------------------------

-- A character of private use on either side of a number.
local HELD, HELD_PATTERN = "\u{E000}%d\u{E001}", "\u{E000}(%d+)\u{E001}"

-- A piece outside fences, its formulas held; fail(message, place) raises.
local function hold(piece, held, fail, before)
  local out, at = {}, 1
  local function keep(tex, display, after)
    local fine, xml = pcall(formula.mathml, tex, display)
    if not fine then fail(tostring(xml) .. " in $" .. tex .. "$", before + at) end
    local long = not display and #tex > 34 and " long" or ""
    held[#held + 1] = (display and '<span class="formula">%s</span>' or '<span class="math' .. long .. '">%s</span>'):gsub("%%s",
      function() return xml end)
    out[#out + 1] = HELD:format(#held)
    at = after
  end
  while at <= #piece do
    local ticks = piece:match("^`+", at)
    local tex, after = piece:match("^%$%$(.-)%$%$()", at)
    if not tex and piece:sub(at, at) == "$" and not piece:sub(at - 1, at - 1):find "[%w\\]" then
      tex, after = piece:match("^%$(%S.-)%$()", at)
      if tex and (tex:find "\n%s*\n" or tex:find "%s$" or piece:find("^%d", after)) then tex = nil end
    end
    if ticks then
      local _, close = piece:find("[^`]" .. ticks .. "%f[^`]", at + #ticks)
      close = close or at + #ticks - 1
      out[#out + 1] = piece:sub(at, close)
      at = close + 1
    elseif tex then
      keep(tex, piece:sub(at, at + 1) == "$$", after)
    else
      local plain = piece:match("^[^`$]+", at) or piece:sub(at, at)
      out[#out + 1] = plain
      at = at + #plain
    end
  end
  return table.concat(out)
end

-- The whole text; fences stay as they are.
local function hold_all(source, held, fail)
  local out, piece, fence, place = {}, {}, nil, 0
  local function flush()
    local text = table.concat(piece)
    out[#out + 1] = fence and text or hold(text, held, fail, place)
    place = place + #text
    piece = {}
  end
  for line in source:gmatch "[^\n]*\n?" do
    local mark = line:match "^%s*(```+)"
    if mark and not fence then
      flush()
      fence = mark
      piece[1] = line
    elseif fence and mark and #mark >= #fence and line:find "^%s*`+%s*$" then
      piece[#piece + 1] = line
      flush()
      fence = nil
    else
      piece[#piece + 1] = line
    end
  end
  flush()
  return table.concat(out)
end

-- ---- what cmark gives ----------------------------------------------------------------------------------------------------------

local function converted(markdown)
  local path = os.tmpname()
  file.write(path, markdown)
  local command <close> = assert(io.popen("cmark-gfm --unsafe --full-info-string -e table -e strikethrough -e autolink " .. path))
  local html = command:read "a"
  os.remove(path)
  if html == "" and markdown:find "%S" then error("cmark-gfm gave nothing; is it installed?", 0) end
  return html
end

-- A block of code: a name above it where its fence has one. Words that only tell the tests what to do are no names.
local TELLING = { norun = true, fails = true, append = true, new = true, input = true }

function M.code(code, language, info)
  local name
  for word in (info or ""):gmatch "%S+" do
    if not TELLING[word] then name = name or word end
  end
  local shown = highlight.html(code, language)
  local caption = name and string.format('<span class="name">%s</span>', M.escape(name)) or ""
  local kind = language ~= "" and language or "plain"
  shown = shown:gsub("\n$", "")
  return string.format('<div class="code %s">%s<pre tabindex="0"><code>%s</code></pre></div>', kind, caption, shown)
end

-- The blocks of code out of the HTML, each a mark until the rest is done: "\u{E002}language 3\u{E003}".
local MARK, MARK_PATTERN = "\u{E002}%s %d\u{E003}", "\u{E002}[^ ]* (%d+)\u{E003}"

local function blocks(html, kept)
  return (html:gsub("<pre><code([^>]*)>(.-)</code></pre>", function(attributes, code)
    local language = attributes:match 'class="language%-([^"%s]*)' or ""
    local info = attributes:match 'data%-meta="([^"]*)"'
    kept[#kept + 1] = M.code(M.unescape(code), language, info and M.unescape(info))
    return MARK:format(language, #kept)
  end))
end

-- One side of a pair at a place: a paragraph if there is one, a block, and what it prints if that is shown. Where it ends, or nil.
local function side(html, at)
  at = html:match("^%s*()", at)
  local after = html:match("^<p>.-</p>%s*()", at) or at
  after = html:match("^\u{E002}[^ ]* %d+\u{E003}()", after)
  return after and (html:match("^%s*\u{E002}text %d+\u{E003}()", after) or after)
end

-- What stands below <!-- side by side -->: two sides.
local function pairs_of(html)
  local out, at = {}, 1
  while true do
    local first, last = html:find("<!-- side by side -->", at, true)
    if not first then break end
    local middle = side(html, last + 1)
    local after = middle and side(html, middle)
    out[#out + 1] = html:sub(at, first - 1)
    at = last + 1
    if after then
      out[#out + 1] = '<div class="pair"><div>' .. html:sub(last + 1, middle - 1) .. "</div><div>" .. html:sub(middle, after - 1)
        .. "</div></div>"
      at = after
    end
  end
  out[#out + 1] = html:sub(at)
  return table.concat(out)
end

-- The page: { html, title, headings = { { level, id, html } } }. fail(message, line) raises an error that names the page.
function M.page(source, fail)
  local held, kept, headings = {}, {}, {}
  local text = hold_all(source:gsub("\r", ""), held, function(message, place)
    local _, lines = source:sub(1, place):gsub("\n", "")
    fail(message, lines + 1)
  end)
  local html = pairs_of(blocks(converted(text), kept)):gsub("<!%-%-(.-)%-%->\n?", function(words)
    if words ~= " tutorials " then return "" end -- the list of them, which the builder puts there
  end)
  html = html:gsub(MARK_PATTERN, function(number) return kept[tonumber(number)] end)
  html = html:gsub(HELD_PATTERN, function(number) return held[tonumber(number)] end)
  local name = anchors.new()
  html = html:gsub("<h(%d)>(.-)</h%d>", function(level, inner)
    local id = name(M.words(inner))
    headings[#headings + 1] = { level = tonumber(level), id = id, html = inner }
    if level == "1" then return string.format('<h1 id="%s">%s</h1>', id, inner) end
    return string.format('<h%s id="%s">%s<a class="anchor" href="#%s" aria-label="Link to this section">#</a></h%s>', level, id,
      inner, id, level)
  end)
  html = html:gsub("<table>.-</table>", '<div class="table" tabindex="0">%0</div>')
  return { html = html, title = headings[1] and M.words(headings[1].html) or nil, headings = headings }
end

return M
