-- What stands around the content of every page: header, search, navigation, the pages before and behind.
local markdown = require "markdown"

local M = {}

local escape = markdown.escape

-- From one page of the site to another.
function M.root(url) return (url:gsub("[^/]+", ".."):gsub("%.%.$", "")) end

local function contents(page)
  local out = {}
  for _, heading in ipairs(page.headings) do
    if heading.level == 2 then
      local shown = heading.html:gsub("</?a[^>]*>", "")
      out[#out + 1] = string.format('<li><a href="#%s">%s</a></li>', escape(heading.id), shown)
    end
  end
  if #out < 2 then return "" end
  return '<ul class="sections">' .. table.concat(out) .. "</ul>"
end

local function navigation(groups, page, root)
  local out = {}
  for _, group in ipairs(groups) do
    if #group > 0 then
      out[#out + 1] = "<li><span class=\"group\">" .. escape(group.title) .. "</span><ul>"
      for _, each in ipairs(group) do
        local here = each.url == page.url
        out[#out + 1] = string.format('<li><a href="%s"%s>%s</a>%s</li>', here and "#top" or root .. each.url,
          here and ' aria-current="page"' or "", escape(each.label or each.title), here and contents(page) or "")
      end
      out[#out + 1] = "</ul></li>"
    end
  end
  return "<ul>" .. table.concat(out, "\n") .. "</ul>"
end

-- The pages before and behind it of its own group.
local function neighbours(groups, page, root)
  for _, group in ipairs(groups) do
    for i, each in ipairs(group) do
      if each.url == page.url then
        local function link(to, class, words)
          if not to then return "" end
          return string.format('<a class="%s" href="%s"><span>%s</span> %s</a>', class, root .. to.url, words,
            escape(to.label or to.title))
        end
        local both = link(group[i - 1], "before", "Before") .. link(group[i + 1], "behind", "Next")
        return both ~= "" and '<nav class="pager" aria-label="Pages beside this one">' .. both .. "</nav>" or ""
      end
    end
  end
  return ""
end

local FRAME = [[
<!doctype html>
<html lang="en" data-root="$root">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="$description">
<title>$title</title>
<link rel="icon" href="$roottheme/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="$roottheme/style.css">
<script src="$roottheme/site.js" defer></script>
</head>
<body id="top">
<a class="skip" href="#content">Skip to the content</a>
<input type="checkbox" id="menu" class="menu" aria-label="Show the navigation">
<header>
<label for="menu" class="menu-button" aria-hidden="true">Menu</label>
<a class="home" href="$rootindex.html">losslab</a>
<form class="search" role="search" hidden>
<input type="search" placeholder="Search ( / )" aria-label="Search the documentation" autocomplete="off" spellcheck="false"
 role="combobox" aria-expanded="false" aria-controls="found" aria-autocomplete="list">
<ul id="found" role="listbox" aria-label="What was found" hidden></ul>
</form>
<span class="version">$version</span>
</header>
<div class="columns">
<nav class="side" aria-label="Pages">
$navigation
</nav>
<main id="content" tabindex="-1">
$content
$neighbours
<footer>$footer</footer>
</main>
</div>
</body>
</html>
]]

-- site: { groups, version }.
function M.html(page, site)
  local root = M.root(page.url)
  local summary = page.summary or markdown.words(page.html:match "<p>(.-)</p>" or ""):gsub("%s+", " ")
  if #summary > 160 then summary = summary:sub(1, 160):gsub("[^ ]*$", "") .. "…" end
  local values = {
    root = root, title = escape(page.url == "index.html" and "losslab" or page.title .. " – losslab"),
    description = escape(summary),
    version = escape(site.version), navigation = navigation(site.groups, page, root), content = page.html,
    neighbours = neighbours(site.groups, page, root),
    footer = "losslab " .. escape(site.version) .. (page.source and ", from <code>" .. escape(page.source) .. "</code>" or ""),
  }
  local frame = FRAME:gsub("%$root(%l)", "$root;%1")
  return (frame:gsub("%$(%l+);?", values))
end

return M
