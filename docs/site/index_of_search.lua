-- What the search box looks through: every section of every page, and every entry of help, as one script, since a page that is
-- opened as a file may not read another.
local json = require "losslab.json"
local markdown = require "markdown"

local M = {}

local function text_of(html)
  html = html:gsub("<math.-</math>", " "):gsub('<a class="anchor".-</a>', ""):gsub("</?%a[^>]*>", " ")
  return (markdown.unescape(html):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- { title, url, kind, summary, text } of each section of a page.
local function sections(page, add)
  local html = page.html
  local marks = {}
  for at, level, id, inner, after in html:gmatch '()<h([123]) id="([^"]*)"[^>]*>(.-)</h[123]>()' do
    marks[#marks + 1] = { at = at, level = level, id = markdown.unescape(id), title = text_of(inner), after = after }
  end
  for i, mark in ipairs(marks) do
    local body = html:sub(mark.after, marks[i + 1] and marks[i + 1].at - 1 or #html)
    local first = body:match "<p[^>]*>(.-)</p>"
    local summary = page.summaries and page.summaries[mark.id] or first and text_of(first) or ""
    if #summary > 140 then summary = summary:sub(1, utf8.offset(summary, 0, 140) - 1):gsub("[^ ]*$", "") .. "…" end
    local whole = mark.level == "1"
    add { mark.title, page.url .. (whole and "" or "#" .. mark.id), whole and page.group or page.title, summary,
      text_of(body):lower() }
  end
end

function M.script(pages)
  local all = {}
  for _, page in ipairs(pages) do
    sections(page, function(row) all[#all + 1] = json.array(row) end)
  end
  return "window.losslabIndex = " .. json.encode(json.array(all)) .. ";\n", #all
end

return M
