-- The pages of the reference that are made of the entries of help (losslab.help.entries): one a module or class.
local markdown = require "markdown"

local M = {}

local escape = markdown.escape

-- The page that a name stands on, by the module or class that it is named within: "ll", "ll.data", "matrix", "study".
local function page_of(module)
  if module:find "^ll[%.:]" then return module:match "^(ll%.[%w_]+)" end
  return module:match "^[%w_]+"
end

local function title_of(key) return key == "ll" and "The library, ll" or key end

-- Text of an entry: what may be looked up becomes a link (site.link(name) -> href or nil).
function M.linked(text, link)
  return (escape(text):gsub("%f[%w_]([%a_][%w_]*[%.:][%w_%.:]*[%w_])", function(name)
    local href = link(name)
    return href and string.format('<a href="%s"><code>%s</code></a>', escape(href), name) or nil
  end))
end

local function parameters(entry, link)
  if #entry.params == 0 then return "" end
  local out = {}
  for _, param in ipairs(entry.params) do
    out[#out + 1] = string.format("<dt>%s</dt><dd>%s</dd>", escape(param.name or param[1]), M.linked(param.text or param[2], link))
  end
  return '<dl class="parameters">' .. table.concat(out) .. "</dl>"
end

local function paragraphs(entry, link)
  local out = {}
  for _, each in ipairs(entry.paragraphs or { { text = entry.text } }) do
    if each.verbatim then
      out[#out + 1] = markdown.code(table.concat(each.verbatim, "\n") .. "\n", "text")
    else
      out[#out + 1] = "<p>" .. M.linked(each.text, link) .. "</p>"
    end
  end
  return table.concat(out, "\n")
end

-- What is said of an entry below its name.
function M.body(entry, link)
  local out = {}
  if entry.calls and #entry.calls > 0 and (#entry.calls > 1 or entry.calls[1] ~= entry.name or entry.gives) then
    local calls = {}
    for i, call in ipairs(entry.calls) do
      calls[i] = escape(call) .. (i == 1 and entry.gives and ' <span class="gives">→ ' .. escape(entry.gives) .. "</span>" or "")
    end
    out[#out + 1] = '<p class="call">' .. table.concat(calls, "<br>") .. "</p>"
  end
  out[#out + 1] = paragraphs(entry, link)
  out[#out + 1] = parameters(entry, link)
  if entry.errors and entry.errors ~= "" then
    out[#out + 1] = '<p class="beside"><b>Errors:</b> ' .. M.linked(entry.errors, link) .. "</p>"
  end
  if entry.example and entry.example ~= "" then out[#out + 1] = markdown.code(entry.example .. "\n", "lua") end
  local see = {}
  for _, other in ipairs(entry.see or {}) do
    local href = link(other)
    see[#see + 1] = href and string.format('<a href="%s"><code>%s</code></a>', escape(href), escape(other)) or escape(other)
  end
  if #see > 0 then out[#out + 1] = '<p class="beside"><b>See also:</b> ' .. table.concat(see, ", ") .. "</p>" end
  return table.concat(out, "\n")
end

function M.entry(entry, link, level)
  local name = escape(entry.name)
  return string.format('<section class="entry"><h%d id="%s">%s<a class="anchor" href="#%s" aria-label="Link to this entry">#</a>'
    .. "</h%d>\n%s</section>", level, name, name, name, level, M.body(entry, link))
end

-- The entries, where help is there.
function M.entries()
  local fine, entries = pcall(require, "losslab.help.entries")
  if not fine then
    if tostring(entries):find("module 'losslab.help.entries' not found", 1, true) then return {} end
    error(entries, 0)
  end
  local out = {}
  for _, entry in ipairs(entries.all()) do
    if not entry.name:find "^losslab " then out[#out + 1] = entry end
  end
  return out
end

-- The pages { url, title, label, entries }, and where each name stands: name -> url#id.
function M.plan(entries)
  local pages, by_key, places = {}, {}, {}
  local function page_within(entry) return page_of(entry.module ~= "" and entry.module or entry.name) end
  local keys = {}
  for _, entry in ipairs(entries) do keys[page_within(entry)] = true end
  for _, entry in ipairs(entries) do
    local key = keys[entry.name] and entry.name or page_within(entry) -- a module heads its own page
    local page = by_key[key]
    if not page then
      page = { key = key, url = "reference/" .. key .. ".html", title = title_of(key), label = key, entries = {}, elsewhere = {} }
      by_key[key], pages[#pages + 1] = page, page
    end
    page.entries[#page.entries + 1] = entry
    places[entry.name] = page.url .. "#" .. entry.name
    for _, other in ipairs(entry.also or {}) do places[other] = places[other] or places[entry.name] end
  end
  -- What is described under another name, as methods of a matrix are under the function, is listed under its own as well.
  local function list(entry, name, key)
    local page = by_key[key]
    if page and not places[name]:find(page.url, 1, true) then
      page.elsewhere[#page.elsewhere + 1] = { name = name, summary = entry.summary }
    end
  end
  for _, entry in ipairs(entries) do
    list(entry, entry.name, page_within(entry))
    for _, other in ipairs(entry.also or {}) do list(entry, other, page_of(other:match "^(.*)[%.:][^%.:]+$" or other)) end
  end
  -- ll itself first, its modules, then the classes.
  local function rank(page) return page.key == "ll" and 0 or page.key:find "^ll%." and 1 or page.key == "study" and 2 or 3 end
  table.sort(pages, function(a, b)
    if rank(a) ~= rank(b) then return rank(a) < rank(b) end
    return a.key < b.key
  end)
  return pages, places
end

-- Fills html, headings and summaries of a page. link_from(url) gives a function of names.
function M.fill(page, link)
  local names, bodies, about = {}, {}, ""
  page.headings, page.summaries = {}, {}
  for _, entry in ipairs(page.entries) do
    if entry.name == page.key then
      about = M.body(entry, link)
      page.places = entry.name
    else
      local name = escape(entry.name)
      names[#names + 1] = string.format('<dt><a href="#%s"><code>%s</code></a></dt><dd>%s</dd>', name, name,
        escape(entry.summary or ""))
      bodies[#bodies + 1] = M.entry(entry, link, 2)
    end
    page.summaries[entry.name] = (entry.gives and entry.calls[1] .. " → " .. entry.gives .. ". " or "") .. (entry.summary or "")
  end
  for _, other in ipairs(page.elsewhere) do
    names[#names + 1] = string.format('<dt><a href="%s"><code>%s</code></a></dt><dd>%s</dd>', escape(link(other.name)),
      escape(other.name), escape(other.summary or ""))
  end
  table.sort(names)
  page.html = string.format('<h1 id="%s">%s</h1>\n%s\n<dl class="names">%s</dl>\n%s', escape(page.places or page.key),
    escape(page.title), about, table.concat(names, "\n"), table.concat(bodies, "\n"))
end

return M
