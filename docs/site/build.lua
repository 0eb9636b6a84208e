-- `make docs`: the site of the documentation, from docs/, the pages of the tree's root, and what losslab's own help knows.
-- losslab docs/site/build.lua [FOLDER]   (build/docs); run at the root of the tree. Nothing is taken from the network.
local file = require "losslab.file"
local lfs = require "lfs"
local ll = require "losslab"
local say = require "losslab.say"
local frame = require "frame"
local index_of_search = require "index_of_search"
local links = require "links"
local markdown = require "markdown"
local outline = require "outline"
local reference_help = require "reference_help"
local reference_tables = require "reference_tables"
local shown_sources = require "shown_sources"

local out = arg[1] or "build/docs"
local troubles, pictures, others = {}, {}, {}

local function trouble(source, line, message) troubles[#troubles + 1] = string.format("%s:%d: %s", source, line, message) end

-- ---- what there is -------------------------------------------------------------------------------------------------------------

local entries = reference_help.entries()
local help_pages, places = reference_help.plan(entries)
local commands = reference_tables.commands()
for name, url in pairs(commands.places) do places[name] = url end
local reference = { { url = "reference/catalogue.html", title = "All losses, distances and divergences", label = "All losses" },
  { url = commands.url, title = commands.title } }
local objects = {}
for _, page in ipairs(help_pages) do
  local group = (page.key:find "^ll%f[%W]" or page.key == "study") and reference or objects
  group[#group + 1] = page
end
local groups = outline.groups(reference, objects)

local pages, url_of = {}, {}
for _, group in ipairs(groups) do
  for _, each in ipairs(group) do
    if each.source then url_of[each.source] = each.url end
    each.group = group.title
  end
end

-- ---- pages of Markdown ---------------------------------------------------------------------------------------------------------

for _, group in ipairs(groups) do
  for _, each in ipairs(group) do
    if each.source then
      each.text = assert(file.read(each.source))
      local fine, page = pcall(markdown.page, each.text, function(message, line)
        error({ source = each.source, line = line, message = message }, 0)
      end)
      if fine then
        each.html, each.title, each.headings = page.html, page.title or each.source, page.headings
        pages[#pages + 1] = each
      elseif type(page) == "table" then
        trouble(page.source, page.line, page.message)
      else
        trouble(each.source, 1, page)
      end
    end
  end
end

-- Says what is wrong, if anything is, and ends.
local function end_if_wrong()
  if #troubles == 0 then return end
  table.sort(troubles)
  for _, each in ipairs(troubles) do say.err(each, "\n") end
  os.exit(1)
end
end_if_wrong()

local sources = shown_sources.new()
local site = { groups = groups, version = ll.version, fail = trouble,
  url_of = function(source) return url_of[source] end,
  shown = sources.url,
  picture = function(path)
    local url = "pictures/" .. path:gsub("/", "-")
    pictures[url] = path
    return url
  end }
for _, page in ipairs(pages) do links.rewrite(page, site) end

-- <!-- tutorials --> on a page: the list of them.
for _, page in ipairs(pages) do
  page.html = page.html:gsub("<!%-%- tutorials %-%->", function()
    local items = {}
    for _, group in ipairs(groups) do
      for _, each in ipairs(group.title == "Tutorials" and group or {}) do
        if not each.source:find "README%.md$" then
          items[#items + 1] = string.format('<li><a href="%s%s">%s</a></li>', frame.root(page.url), each.url,
            markdown.escape(each.title))
        end
      end
    end
    return #items > 0 and '<ol class="tutorials">' .. table.concat(items) .. "</ol>" or ""
  end)
end

-- ---- the reference -------------------------------------------------------------------------------------------------------------

local function has(url, id)
  for _, page in ipairs(pages) do
    if page.url == url then return page.html:find('id="' .. id .. '"', 1, true) ~= nil end
  end
  return false
end

-- A function of the names that may be looked up, for links on the page.
local function link_from(url)
  return function(name)
    local place = places[name]
    return place and links.relative(url, place)
  end
end

for _, page in ipairs(help_pages) do
  reference_help.fill(page, link_from(page.url))
  pages[#pages + 1] = page
end
local catalogue = reference_tables.catalogue(has)
for i, made in ipairs { catalogue, commands } do
  made.group = "Reference"
  for key, value in pairs(made) do reference[i][key] = value end
  for _, group in ipairs(groups) do
    for at, each in ipairs(group) do if each.url == made.url then group[at] = made end end
  end
  pages[#pages + 1] = made
end
for _, page in ipairs(sources.pages()) do pages[#pages + 1] = page end

-- `ll.zeros` and `losslab run` in a text lead to the reference; not within links, headings and blocks of code.
local CLOSED = { a = "</a>", pre = "</pre>", h1 = "</h1>", h2 = "</h2>", h3 = "</h3>", h4 = "</h4>", math = "</math>" }

local function look_up(page)
  local link, parts, at = link_from(page.url), {}, 1
  local function plain(html)
    parts[#parts + 1] = html:gsub("<code>([%a_][%w_%.:]* ?%l*)([^<]-)</code>", function(name, rest)
      local place = name:find "[.:]" and link((name:gsub(" $", "")))
        or link(name:match "^losslab %l+" or name:match "^(%S*[.:]%S*) " or "")
      local called = rest == "" or (name .. rest):find "^[%w_%.:]+ ?[%(%[{]" or name:find "^losslab "
      if not place or not called then return nil end
      return string.format('<a class="look" href="%s"><code>%s%s</code></a>', markdown.escape(place), name, rest)
    end)
  end
  while true do
    local first, tag, stop
    for begin, name in page.html:gmatch("()<(%w+)[^>]*>", at) do
      stop = CLOSED[name]
      if stop then first, tag = begin, name break end
    end
    if not first then break end
    plain(page.html:sub(at, first - 1))
    local _, last = page.html:find(CLOSED[tag], first, true)
    last = last or #page.html
    parts[#parts + 1] = page.html:sub(first, last)
    at = last + 1
  end
  plain(page.html:sub(at))
  page.html = table.concat(parts)
end
for _, page in ipairs(pages) do
  if page.source then look_up(page) end
end

-- ---- writing -------------------------------------------------------------------------------------------------------------------

local function write(url, content)
  local folder = out
  for part in url:gmatch "([^/]+)/" do
    folder = folder .. "/" .. part
    lfs.mkdir(folder)
  end
  file.write(out .. "/" .. url, content)
  others[url] = true
end

local function make_folder(path)
  local made = path:sub(1, 1) == "/" and "" or "."
  for part in path:gmatch "[^/]+" do
    made = made .. "/" .. part
    lfs.mkdir(made)
  end
end

make_folder(out)
for name in lfs.dir "docs/site/theme" do
  if not name:find "^%." then write("theme/" .. name, assert(file.read("docs/site/theme/" .. name))) end
end
local script, sections = index_of_search.script(pages)
write("theme/search.js", script)
for url, path in pairs(pictures) do write(url, assert(file.read(path))) end
for _, page in ipairs(pages) do page.html = frame.html(page, site) end
local count = links.check(pages, others, trouble)
for _, page in ipairs(pages) do write(page.url, page.html) end

end_if_wrong()
say.out(string.format("%s: %d pages, %d links, %d sections and %d entries of help to search\n", out .. "/index.html", #pages, count,
  sections, #entries))
