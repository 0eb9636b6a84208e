-- Reports: studies are added from open databases, then the page is written, in the form that its file's name asks for.
--
--   page = document.new(path, { title, trust }); page:add(store, several); page:write() -> { path, files, studies, lacking }
local lfs = require "lfs"
local ll = require "losslab"
local check = require "losslab.check"
local file = require "losslab.file"
local json = require "losslab.json"
local section = require "losslab.page.section"
local text = require "losslab.text"

local M = {}

-- The forms of a page: what writes it, and as what its figures are drawn.
local FORMS = {
  html = { write = "losslab.page.html_page", format = "svg", inside = true },
  md = { write = "losslab.page.markdown_page", format = "svg" },
  tex = { write = "losslab.page.tex_page", format = "pdf" },
}

local Page = {}
Page.__index = Page

-- options: title [opt], trust.
function M.new(path, options)
  local ending = path:match "%.(%w+)$"
  local form = FORMS[ending and ending:lower() or ""]
  if not form then
    check.fail("%s: the name of a report ends in .html, .md or .tex", check.show(path))
  end
  local folder = path:match "^(.*)/[^/]*$" -- said before figures are drawn, which takes its time
  if folder and folder ~= "" and lfs.attributes(folder, "mode") ~= "directory" then
    check.fail("%s cannot be written: there is no folder %s", check.show(path), check.show(folder))
  elseif lfs.attributes(path, "mode") == "directory" then
    check.fail("%s cannot be written: it is a folder, not a file", check.show(path))
  end
  return setmetatable({ path = path, form = form, title = options.title, trust = options.trust, sections = {}, lacking = {},
    files = json.array {} }, Page)
end

-- The folder of the figures that stand beside the page, one a study.
local function folder_of(self)
  if self.form.inside then return nil end
  local n = #self.sections + 1
  return self.path:gsub("%.%w+$", "") .. "_figures" .. (n > 1 and "_" .. n or "")
end

-- several: whether the file holds other studies, too.
function Page:add(store, several)
  local made = section.of(store, { folder = folder_of(self), format = self.form.format, several = several, trust = self.trust })
  for _, part in ipairs(made.parts) do
    for _, block in ipairs(part.blocks) do
      if block.kind == "figure" and not self.form.inside then
        table.insert(self.files, block.file)
        block.link = block.file:sub(#(self.path:match "^.*/" or "") + 1) -- from the page
      end
    end
  end
  self.sections[#self.sections + 1] = made
  self.lacking[#self.lacking + 1] = made.lacking
end

-- What tells sections of one study's name apart, in brackets: the database's file, or its path where files are called alike; a
-- database that is given twice is numbered.
local MARKS = {
  function(each) return each.path:match "[^/]*$" end,
  function(each) return each.path end,
  function(each, i) return each.path .. ", " .. i end,
}

local function mark_headings(sections)
  local alike = {}
  for _, each in ipairs(sections) do
    alike[each.study] = alike[each.study] or {}
    table.insert(alike[each.study], each)
  end
  for _, each in ipairs(sections) do each.heading = each.study end
  for name, group in pairs(alike) do
    for _, mark in ipairs(#group > 1 and MARKS or {}) do
      local seen, all = {}, true
      for i, each in ipairs(group) do
        local words = mark(each, i)
        all = all and not seen[words]
        seen[words], each.heading = true, string.format("%s (%s)", name, words)
      end
      if all then break end
    end
  end
end

function Page:write()
  local one = self.sections[1]
  if not one then check.fail("the databases hold no study") end
  mark_headings(self.sections)
  local title = self.title or #self.sections == 1 and one.study or string.format("%d studies", #self.sections)
  local paths = {}
  for i, each in ipairs(self.sections) do paths[i] = each.path:match "[^/]*$" end
  local words = require(self.form.write).text(self.sections, { title = text.clean(title), version = ll.version,
    made = string.format("Made %s of %s", os.date "!%Y-%m-%d %H:%M UTC", table.concat(paths, ", ")) })
  file.write(self.path, words)
  return { path = self.path, files = self.files, studies = #self.sections, lacking = self.lacking }
end

return M
