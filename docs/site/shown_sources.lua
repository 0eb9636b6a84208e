-- Pages that show a file of the tree as it is: made for each that a page links to, so that the link leads somewhere.
local file = require "losslab.file"
local markdown = require "markdown"

local M = {}

local LARGEST = 200000

function M.new()
  local pages, urls = {}, {}
  local self = {}

  -- The url of the page that shows the file, or nil where it is no text or too long.
  function self.url(path)
    if urls[path] then return urls[path] end
    local content = file.read(path)
    if not content or #content > LARGEST or content:find "\0" or not utf8.len(content) then return nil end
    local url = "source/" .. path .. ".html"
    local language = path:match "%.(%w+)$" or ""
    urls[path] = url
    pages[#pages + 1] = { url = url, title = path, group = "Source", headings = {}, shows = path,
      html = string.format('<h1 id="top-of-file"><code>%s</code></h1>\n%s', markdown.escape(path),
        markdown.code(content, language)) }
    return url
  end

  function self.pages() return pages end
  return self
end

return M
