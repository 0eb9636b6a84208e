-- The pages of the reference that are made of losslab's own tables: the commands, and the catalogue of losses, distances and
-- divergences.
local ll = require "losslab"
local markdown = require "markdown"
local text = require "losslab.text"

local M = {}

local escape = markdown.escape

-- ---- commands ----------------------------------------------------------------------------------------------------

-- Notes as they stand: a paragraph that holds columns keeps them.
local function notes_of(notes)
  local out = {}
  for paragraph in (notes:gsub("\n+$", "") .. "\n\n"):gmatch "(.-)\n\n+" do
    if paragraph:find("  ", 1, true) then out[#out + 1] = markdown.code(paragraph .. "\n", "text")
    else out[#out + 1] = "<p>" .. escape((paragraph:gsub("\n", " "))) .. "</p>" end
  end
  return table.concat(out, "\n")
end

local function terms(rows)
  local out = {}
  for _, row in ipairs(rows) do out[#out + 1] = "<dt>" .. escape(row[1]) .. "</dt><dd>" .. escape(row[2]) .. "</dd>" end
  return #out > 0 and '<dl class="parameters">' .. table.concat(out) .. "</dl>" or ""
end

local function command(name)
  local row = require "losslab.cli.commands".load(name)
  local usage = require "losslab.cli.arguments".help(row):match "^usage: (.-)\n"
  local rows = {}
  for _, argument in ipairs(row.arguments or {}) do rows[#rows + 1] = { argument[1], argument[2] } end
  for _, option in ipairs(row.options or {}) do
    rows[#rows + 1] = { option[1] .. (option.value and " " .. option.value or ""), option.doc }
  end
  if row.json then rows[#rows + 1] = { "--json", "print JSON, for programs" } end
  local example = type(row.example) == "table" and table.concat(row.example, "\n") or row.example
  return table.concat({
    string.format('<section class="entry"><h2 id="losslab-%s">losslab %s<a class="anchor" href="#losslab-%s"'
      .. ' aria-label="Link to this command">#</a></h2>', name, name, name),
    "<p>" .. escape(row.summary:sub(1, 1):upper() .. row.summary:sub(2)) .. ".</p>",
    markdown.code(usage .. "\n", "usage"), terms(rows), row.notes and notes_of(row.notes) or "",
    example and markdown.code(example .. "\n", "sh") or "", "</section>" }, "\n"), row.summary
end

-- Where each command stands: "losslab run" -> url.
function M.commands()
  local page = { url = "reference/commands.html", title = "Commands", label = "Commands", headings = {}, summaries = {},
    places = {} }
  local bodies, names = {}, {}
  for _, name in ipairs(require "losslab.cli.commands".names) do
    local body, summary = command(name)
    local id = "losslab-" .. name
    bodies[#bodies + 1] = body
    names[#names + 1] = string.format('<dt><a href="#%s"><code>losslab %s</code></a></dt><dd>%s</dd>', id, name, escape(summary))
    page.summaries[id], page.places["losslab " .. name] = summary, page.url .. "#" .. id
  end
  page.html = '<h1 id="commands">Commands</h1>\n<p>Every command takes <code>--help</code>, and <code>--memory SIZE</code>: the '
    .. "most memory that it may hold, as 500M or 8G. Results go to standard output, everything else to standard error. Exit codes: "
    .. '0 done, 1 something failed, 2 wrong usage, 130 interrupted.</p>\n<dl class="names">' .. table.concat(names, "\n")
    .. "</dl>\n" .. table.concat(bodies, "\n")
  return page
end

-- ---- the catalogue -----------------------------------------------------------------------------------------------

local TITLES = { pointwise = "Pointwise losses", multiclass = "Multiclass losses", ranking = "Ranking losses",
  pairs = "Losses on pairs, triplets and neighbours", embedding = "Losses on the embeddings of a batch",
  collaborative = "Collaborative metric learning", adversarial = "Adversarial losses", distance = "Distances",
  divergence = "Divergences and transport" }

local function parameters(row)
  local out = {}
  for i, p in ipairs(row.params) do
    out[i] = string.format("<code>%s</code> %s%s", escape(p.name), escape(text.number(p.default)),
      p.kind == "boolean" and "" or ' <span class="gives">(' .. escape(p.range) .. ")</span>")
  end
  return table.concat(out, "<br>")
end

-- The source of the page on a row: docs/losses/FAMILY.md or docs/distances.md.
local function described(module, row)
  return module == "loss" and "losses/" .. row.family .. ".html" or "distances.html"
end

-- has(url, id): whether a page has a section of this name.
function M.catalogue(has)
  local page = { url = "reference/catalogue.html", title = "All losses, distances and divergences", label = "All losses",
    headings = {} }
  local out = { '<h1 id="catalogue">All losses, distances and divergences</h1>',
    "<p>What <code>losslab losses</code> lists. A name leads to its derivation, gradient, algorithm and sources; the numbers "
    .. "behind a parameter are its default and its range.</p>" }
  local function family(module, title, rows)
    local id = title:lower():gsub("[^%w]+", "-")
    page.headings[#page.headings + 1] = { level = 2, id = id, html = escape(title) }
    out[#out + 1] = string.format('<h2 id="%s">%s</h2>\n<div class="table" tabindex="0"><table><thead><tr><th>Name</th>'
      .. "<th>What it is for</th><th>Parameters</th></tr></thead><tbody>", id, escape(title))
    for _, row in ipairs(rows) do
      local url = described(module, row)
      local name = "<code>" .. row.name .. "</code>"
      if has(url, row.name) then name = string.format('<a href="../%s#%s">%s</a>', url, row.name, name) end
      out[#out + 1] = string.format("<tr><td>%s</td><td>%s</td><td>%s</td></tr>", name, escape(row.summary), parameters(row))
    end
    out[#out + 1] = "</tbody></table></div>"
  end
  for _, module in ipairs { "loss", "distance", "divergence" } do
    local order, by_family = {}, {}
    for _, name in ipairs(ll[module].list()) do
      local row = ll[module].describe(name)
      local key = module == "loss" and row.family or module
      if not by_family[key] then
        by_family[key] = {}
        order[#order + 1] = key
      end
      table.insert(by_family[key], row)
    end
    for _, key in ipairs(order) do family(module, TITLES[key] or key, by_family[key]) end
  end
  page.html = table.concat(out, "\n")
  return page
end

return M
