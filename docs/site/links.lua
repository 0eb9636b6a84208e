-- Links: from sources in the tree to pages of the site, and whether each leads somewhere. An error names the page and its line.
local file = require "losslab.file"
local lfs = require "lfs"
local markdown = require "markdown"

local M = {}

-- The path a/b/../c without its "..", "." and doubled slashes; nil where it leaves the tree.
function M.normal(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do
    if part == ".." then
      if #parts == 0 then return nil end
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, "/")
end

-- A link from the page of one url to another.
function M.relative(from, to) return (from:gsub("[^/]*$", ""):gsub("[^/]+/", "../")) .. to end

-- The line of the source in which the link stands.
local function line_of(source_text, href)
  local line = 0
  for each in (source_text .. "\n"):gmatch "(.-)\n" do
    line = line + 1
    if each:find("(" .. href .. ")", 1, true) or each:find(href, 1, true) then return line end
  end
  return 1
end

local function external(href) return href:find "^%a[%w+.-]*:" ~= nil end

-- Links of a page of Markdown rewritten: pages to their urls, pictures to copies, other files of the tree to pages that show them.
-- site: { url_of(source) -> url or nil, picture(path) -> url, shown(path) -> url or nil, fail(source, line, message) }
function M.rewrite(page, site)
  local folder = page.source:match "^(.*/)" or ""
  local function target(href)
    local path, fragment = href:match "^([^#]*)(#?.*)$"
    return path, fragment, path ~= "" and M.normal(folder .. path) or nil
  end
  local function nowhere(href, instead)
    site.fail(page.source, line_of(page.text, href), "there is no " .. href)
    return instead
  end
  page.html = page.html:gsub('<a href="([^"]*)">(.-)</a>', function(escaped, inner)
    local href = markdown.unescape(escaped)
    if external(href) or href:find "^#" then return nil end
    local path, fragment, whole = target(href)
    if not whole then return nowhere(href, inner) end
    local url = site.url_of(whole) or site.url_of(whole .. "/README.md")
      or file.regular(whole) and not path:find "%.md$" and site.shown(whole)
    if url then return string.format('<a href="%s">%s</a>', markdown.escape(M.relative(page.url, url) .. fragment), inner) end
    if lfs.attributes(whole, "mode") == "directory" then return inner end
    return nowhere(href, inner)
  end)
  page.html = page.html:gsub('<img src="([^"]*)"', function(escaped)
    local href = markdown.unescape(escaped)
    if external(href) then
      site.fail(page.source, line_of(page.text, href), "a picture from the network: " .. href)
      return nil
    end
    local _, _, whole = target(href)
    if not whole or not file.regular(whole) then return nowhere(href, "<img") end
    return string.format('<img loading="lazy" src="%s"', markdown.escape(M.relative(page.url, site.picture(whole))))
  end)
end

-- Every link of finished pages leads to a page and a place in it; others: urls of files that are no pages.
function M.check(pages, others, fail)
  local ids = {}
  for _, page in ipairs(pages) do
    ids[page.url] = { top = true, content = true, menu = true }
    for id in page.html:gmatch ' id="([^"]*)"' do ids[page.url][markdown.unescape(id)] = true end
  end
  local count = 0
  for _, page in ipairs(pages) do
    for escaped in page.html:gmatch '[ ]href="([^"]*)"' do
      local href = markdown.unescape(escaped)
      if not external(href) then
        count = count + 1
        local path, fragment = href:match "^([^#]*)#?(.*)$"
        local url = path == "" and page.url or M.normal((page.url:match "^(.*/)" or "") .. path)
        local known = url and ids[url]
        if not known and not (url and others[url]) or known and fragment ~= "" and not known[fragment] then
          local line = page.text and line_of(page.text, "#" .. fragment) or 1
          fail(page.source or page.url, line, "the link to " .. href .. " leads nowhere")
        end
      end
    end
  end
  return count
end

return M
