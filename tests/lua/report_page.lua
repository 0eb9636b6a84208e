-- The page of a report over several databases, and what it says of a study's plan.
local ll = require "losslab"
local document = require "losslab.page.document"
local t = require "tests.lua.tap"

local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local function study(name)
  local path = string.format("%s/%s.db", folder, name)
  ll.study { name = name, data = { { generator = "moons", n = 40 } }, split = { folds = 2 }, compare = { "hinge" },
    train = { epochs = 1 } }:run { db = path }
  return path
end
local losslab = os.getenv "LOSSLAB" or "bin/losslab"
local program = losslab:find "^/" and losslab or require("lfs").currentdir() .. "/" .. losslab
local function report(words)
  local pipe = io.popen(string.format("%s report %s/*.db -o %s/page.md %s 2>&1", losslab, folder, folder, words))
  local said = pipe:read "a"
  pipe:close()
  local page = io.open(folder .. "/page.md")
  local text = page and page:read "a" or ""
  if page then page:close() end
  os.remove(folder .. "/page.md")
  return said, text
end
study "first"
study "the other"
local said, page = report "--study first"
t.ok(said:find "page%.md\n$" and page:find "^# first\n", "one study, of the databases that hold it")
t.ok(page:find "\n%- metric: " and not page:find "\n%- measures: " and not page:find "\n%- [^\n]*: false\n",
  "its plan in words for people: what is off is not said, and measures once")
said, page = report "--study third"
t.ok(said:find('has no study "third"; there are "the other"', 1, true) and page == "", "one that none holds: " .. said)

-- Sections of one study's name are told apart: by the file, else by its path, else by the plan; the same database twice by a
-- number.
local function headings(words, ending)
  local pipe = io.popen(string.format("cd %s && %s report %s -o page.%s 2>&1", folder, program, words, ending or "md"))
  local told = pipe:read "a"
  pipe:close()
  local file = assert(io.open(folder .. "/page." .. (ending or "md")), told)
  local text, out = file:read "a", {}
  file:close()
  local pattern = ({ md = "\n## ([^\n]+)", html = "<h2>(.-)</h2>", tex = "\n\\section{(.-)}\n" })[ending or "md"]
  for heading in text:gmatch(pattern) do out[#out + 1] = heading end
  return out, text
end
os.execute(string.format("cd %s && mkdir a b && cp first.db a/ && cp first.db b/ && cp first.db copy.db", folder))
t.is(headings "first.db 'the other.db'", { "first", "the other" }, "names that differ stand as they are")
t.is(headings "first.db copy.db 'the other.db'", { "first (first.db)", "first (copy.db)", "the other" }, "one name: by the file")
t.is(headings "a/first.db b/first.db", { "first (a/first.db)", "first (b/first.db)" }, "one file name: by the path")
t.is(headings "first.db first.db", { "first (first.db, 1)", "first (first.db, 2)" }, "one database twice")
local in_html, whole = headings("first.db copy.db", "html")
t.is(in_html, { "first (first.db)", "first (copy.db)" }, "in HTML")
t.ok(whole:find('<a href="#study2">first (copy.db)</a>', 1, true), "and in its contents")
t.is(headings("first.db copy.db", "tex"), { "first (first.db)", "first (copy.db)" }, "in LaTeX")

for name, why in pairs { ["none/page.html"] = "there is no folder", ["kept.html"] = "it is a folder, not a file" } do
  os.execute("mkdir -p " .. folder .. "/kept.html")
  local fine, words = pcall(document.new, folder .. "/" .. name, {})
  t.ok(not fine and words:find(why, 1, true), "before anything is drawn: " .. tostring(words))
end
os.execute("rm -r " .. folder)
t.done()
