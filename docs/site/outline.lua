-- Which pages the site has, in the order of its navigation. A page: { source (in the tree), url (in the site), label }. Pages of a
-- folder come in the order of their comments <!-- order: N -->, then by name.
local file = require "losslab.file"
local lfs = require "lfs"

local M = {}

local function in_order(pages)
  table.sort(pages, function(a, b)
    if a.order ~= b.order then return a.order < b.order end
    return a.source < b.source
  end)
  return pages
end

-- The pages of Markdown in a folder.
local function pages_in(folder, url)
  local out = {}
  if lfs.attributes(folder, "mode") ~= "directory" then return out end
  for name in lfs.dir(folder) do
    local base = name:match "^(.*)%.md$"
    if base then
      local source = folder .. "/" .. name
      local said = (file.read(source) or ""):match "<!%-%- order: (%d+) %-%->"
      local order = tonumber(said) or base == "README" and 0 or 1000
      out[#out + 1] = { source = source, url = url .. base .. ".html", order = order }
    end
  end
  return in_order(out)
end

-- The guides, in an order of their own; what is new in the folder comes behind.
local GUIDES = { "studies", "search", "figures", "findings", "report", "watch", "by_hand", "matches", "compile", "prompt",
  "database", "compare", "replay", "json", "errors" }

local function guides()
  local rank = { index = 0 }
  for i, name in ipairs(GUIDES) do rank[name] = i end
  local out = {}
  for _, page in ipairs(pages_in("docs", "")) do
    local name = page.source:match "([^/]*)%.md$"
    if name ~= "index" and name ~= "distances" then
      page.order = rank[name] or #GUIDES + 1
      out[#out + 1] = page
    end
  end
  return in_order(out)
end

local function losses()
  local families = { { "pointwise", "Pointwise" }, { "ranking", "Ranking" }, { "multiclass", "Multiclass" },
    { "regression", "Regression" },
    { "pairs", "Pairs, triplets, neighbours" }, { "embedding", "Embeddings of a batch" },
    { "collaborative", "Collaborative metrics" }, { "adversarial", "Adversarial" } }
  local rank, out = {}, pages_in("docs/losses", "losses/")
  for i, each in ipairs(families) do rank[each[1]] = i end
  for _, page in ipairs(out) do
    page.order = rank[page.source:match "([^/]*)%.md$"] or #families + 1
    page.label = families[page.order] and families[page.order][2]
  end
  in_order(out)
  out[#out + 1] = { source = "docs/distances.md", url = "distances.html" }
  return out
end

-- Groups { title, pages }; reference, objects: the pages that are made of help and of losslab's tables.
function M.groups(reference, objects)
  return {
    { title = "Start", { source = "docs/index.md", url = "index.html", label = "What losslab is" },
      { source = "README.md", url = "readme.html", label = "Overview" } },
    { title = "Tutorials", table.unpack(pages_in("docs/tutorials", "tutorials/")) },
    { title = "Guides", table.unpack(guides()) },
    { title = "Losses", table.unpack(losses()) },
    { title = "Reference", table.unpack(reference) },
    { title = "Objects", table.unpack(objects) },
    { title = "Project",
      { source = "CHANGELOG.md", url = "changelog.html" },
      { source = "ARCHITECTURE.md", url = "architecture.html" },
      { source = "CONTRIBUTING.md", url = "contributing.html" },
      { source = "SECURITY.md", url = "security.html" },
      { source = "tests/README.md", url = "tests.html", label = "Tests" },
      { source = "tests/bench/RESULTS.md", url = "bench.html", label = "Measured times" },
    },
  }
end

return M
