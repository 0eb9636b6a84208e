-- Runs gnuplot: a figure is a script in memory, drawn once a format.
-- Nothing a database holds can become a command: the program is started with a constant command line on files whose names we
-- make, text goes through gnuplot.text (single quotes, where gnuplot substitutes nothing, in terminals without markup) and
-- numbers through datablocks. The picture is drawn in a folder of its own and only then moved to its place, so that a
-- path may hold anything and a figure is there whole or not at all.
local lfs = require "lfs"
local check = require "losslab.check"
local file = require "losslab.file"
local svg = require "losslab.plot.svg"
local terminals = require "losslab.plot.terminals"
local text = require "losslab.text"

local gnuplot = {}

-- Okabe and Ito's palette but for their yellow, which white paper swallows. Each further colour is the one that is farthest from
-- those before it, of all with the channels 00, 11, ... ff and a contrast to white from 2.2 (as their orange has) to 12 (what is
-- darker looks black as a line). Far is the least distance in OKLab as seen with and without each kind of colour blindness
-- (Machado et al. 2009), that of normal sight counted at 0.6. tests/lua/plot_palette.lua measures it. Colour is never alone: each
-- goes with a dash and a point type.
gnuplot.palette = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#770044", "#4400aa", "#9955ff",
  "#665522", "#bb0077", "#0000ee", "#88bb77", "#cc22cc", "#004400", "#006666", "#8888ff", "#443366", "#bbaaaa", "#772288",
  "#777755", "#ff77dd", "#6633bb", "#aa9944", "#885599" }
gnuplot.dashes = { "solid", "(12,4)", "(5,3)", "(12,3,3,3)", "(20,5)", "(8,2)", "(12,3,3,3,3,3)" }
gnuplot.points = { 7, 5, 9, 13, 11, 4, 6, 8, 12, 10 }

local grey = { color = "#777777", dash = "solid", point = 2 }

-- The n-th series: colour, dash and point type. The colours of the first 26 differ, and, as 7 dashes and 10 point types have no
-- common divisor, so does the pair of dash and point type of the first 70. 0: what the others are held against.
function gnuplot.style(n)
  if n == 0 then return grey end
  local function of(list) return list[(n - 1) % #list + 1] end
  return { color = of(gnuplot.palette), dash = of(gnuplot.dashes), point = of(gnuplot.points) }
end

-- ---- text ------------------------------------------------------------------------------------------------------------

-- A string of gnuplot's. Between single quotes nothing means anything but the quote, and two of them are one, except at the
-- start, where gnuplot 5.4 takes them for an empty string: so a quote stands by itself, by its number: 'it'."\047".'s'.
function gnuplot.text(s) return "'" .. text.clean(s):gsub("'", [['."\047".']]) .. "'" end

-- A number for a script; nan where there is none.
function gnuplot.number(x)
  if x == nil or x ~= x then return "NaN" end
  if x == math.floor(x) and math.abs(x) < 2 ^ 53 then return string.format("%d", x) end -- a colour has up to ten digits
  if x == math.huge or x == -math.huge then return x > 0 and "1e308" or "-1e308" end
  return (string.format("%.9g", x):gsub(",", "."))
end

-- ---- the figure --------------------------------------------------------------------------------------------------------

local Figure = {}
Figure.__index = Figure

-- width and height in pixels, font in points; layout.grid sets the height. show: what makes a text clean (text.clean), or more than
-- that for a picture that cannot have every character. look [opt]: width, scale and family, as plot/look.lua makes them of what is
-- asked. advance: pixels a column of text takes by its size in points, as DejaVu Sans sets it, near enough to place things by (a
-- point is 1.33 pixels, the mean letter a little over half an em, a digit more).
-- shown: what is drawn as data, a panel an entry: { title, xname, yname, box = { left, right, bottom, top } in pixels, x, y =
-- { from, to, log }, series = { { text, points } } }, points { x, y [, low, high] }, false for a break in a line.
function gnuplot.figure(show, look)
  return setmetatable({ width = look and look.width or 1600, height = 1000, font = 15, scale = look and look.scale or 1,
    sized = look and look.sized, family = look and look.family or "DejaVu Sans", blocks = {}, lines = {}, shown = {},
    show = show or text.clean, advance = show and 0.86 or 0.74 }, Figure)
end

-- Says in one line what the figure shows, for those who do not see it: the `desc` of an SVG.
function Figure:describe(format, ...) self.said = select("#", ...) > 0 and string.format(format, ...) or format end

-- Adds a series to what a panel (of layout.grid) shows as data. series: text, points; x, y [opt]: what its numbers are called, if
-- not as the panel's axes.
function Figure:shows(panel, series)
  panel.series[#panel.series + 1] = series
  return self
end

-- How many pixels a clean text takes, and how many columns of text stand within so many pixels.
function Figure:pixels(s, size) return text.width(s) * size * self.advance end
function Figure:columns(pixels, size) return math.floor(pixels / (size * self.advance)) end

-- A string of gnuplot's for a text; where there is a width (in columns), cut to it.
function Figure:text(s, width) return gnuplot.text(width and text.shorten(self.show(s), width) or self.show(s)) end

-- Labels by name, of names that stand side by side: no two alike.
function Figure:labels(names, width) return text.labels(names, width, self.show) end

-- The names of an axis' ticks at 1, 2, …, no two alike, for set xtics. In them, as nowhere else, gnuplot takes % for a format.
function Figure:ticks(names, width)
  local labels, out = self:labels(names, width), {}
  for i, name in ipairs(names) do out[i] = gnuplot.text(labels[name]):gsub("%%", "%%%%") .. " " .. i end
  return "(" .. table.concat(out, ", ") .. ")"
end

-- Adds a line; arguments are put in by string.format.
function Figure:add(format, ...)
  self.lines[#self.lines + 1] = select("#", ...) > 0 and string.format(format, ...) or format
  return self
end

-- Rows of numbers become a datablock; gives its name. A row that is false is a blank line: a break in a line.
function Figure:data(rows)
  local name = "$data" .. #self.blocks + 1
  local out = { name .. " << END_OF_DATA" }
  for i, row in ipairs(rows) do
    if not row then
      out[i + 1] = ""
    else
      local cells = {}
      for j = 1, row.n or #row do cells[j] = gnuplot.number(row[j]) end
      out[i + 1] = table.concat(cells, " ")
    end
  end
  out[#out + 1] = "END_OF_DATA"
  self.blocks[#self.blocks + 1] = table.concat(out, "\n")
  return name
end

-- The script that draws the figure as files name.svg, name.png, … in the folder it runs in. other [opt]: the figure as the formats
-- have it whose words are drawn by the fonts of this machine.
function Figure:script(name, formats, other)
  local out = { "set encoding utf8", not other and table.concat(self.blocks, "\n") or nil }
  for _, format in ipairs(formats) do
    local fig = format ~= "svg" and other or self
    if other then out[#out + 1] = table.concat(fig.blocks, "\n") end -- datablocks of one name
    out[#out + 1] = terminals.line(format, fig)
    out[#out + 1] = string.format("set output '%s.%s'", name, format)
    out[#out + 1] = table.concat(fig.lines, "\n")
    out[#out + 1] = "unset multiplot\nunset output\nreset"
  end
  return table.concat(out, "\n") .. "\n"
end

-- ---- running ---------------------------------------------------------------------------------------------------------------

-- What to tell a user who has no gnuplot.
function gnuplot.missing(db)
  return string.format("gnuplot was not found, so no figure was drawn; nothing of the study is lost. To draw them later: "
    .. "apt-get install gnuplot-nox, then losslab plot %s", text.clean(db or "DB"))
end

local version
-- "5.4", or nil where there is none.
function gnuplot.available()
  if version == nil then
    local pipe = io.popen("gnuplot --version 2>/dev/null", "r")
    version = pipe and (pipe:read "a" or ""):match "gnuplot%s+([%d.]+)" or false
    if pipe then pipe:close() end
  end
  return version or nil
end

-- A folder of our own, and the folder that it is in; mkdir fails where somebody made it before us. Its name takes nothing from
-- math.random: that is the script's.
function gnuplot.scratch()
  local base, why = os.getenv "TMPDIR", nil
  if not base or base == "" then base = "/tmp" end
  for i = 1, 20 do
    local fine, name = pcall(os.tmpname) -- a name in /tmp that nobody has; there may be no room for it
    if fine then os.remove(name) else name = string.format("losslab-%d-%s-%d", os.time(), tostring({}):gsub("[^%w]", ""), i) end
    local path = base .. "/" .. name:match "[^/]*$" .. ".gnuplot"
    local made
    made, why = lfs.mkdir(path)
    if made then return path, base end
  end
  error(string.format("no temporary folder for gnuplot can be made in %s: %s; the environment's TMPDIR names another place",
    text.clean(base), why), 0)
end

-- gnuplot as a command of the shell: neither the user's settings (~/.gnuplot) nor what the environment says of terminals, fonts and
-- folders changes a figure. What a stranger's figure asks for is bounded, two minutes and 4 GB, unless less is allowed already. The
-- script's name does not begin with a dash.
local COMMAND = "cd %s && { ulimit -t 120; ulimit -v 4194304; } 2>/dev/null; "
  .. "unset GNUTERM GNUPLOT_LIB GNUPLOT_FONTPATH GNUPLOT_DRIVER_DIR GNUPLOT_PS_DIR GDFONTPATH "
  .. "FIT_SCRIPT FIT_LOG && exec gnuplot --default-settings ./%s.gp >log 2>&1 </dev/null"

-- A word of the shell's.
local function quoted(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end

-- Runs a script of gnuplot's in a folder of its own, gives what take(folder) makes of what it left there, and removes the folder.
-- name: the figure's, of which the script's and the picture's files have theirs.
function gnuplot.run(name, script, take)
  assert(name:find "^[%w_-]+$", "a figure's name is made of letters, digits, _ and -")
  local place, base = gnuplot.scratch()
  local fine, result = pcall(function()
    file.write(string.format("%s/%s.gp", place, name), script)
    local ran = os.execute(COMMAND:format(quoted(place), name))
    local said = file.read(place .. "/log") or ""
    if not ran then error(string.format("gnuplot could not draw %s: %s", name, said:match "^.*%S" or "it says nothing"), 0) end
    return take(place, said)
  end)
  for entry in lfs.dir(place) do
    if entry ~= "." and entry ~= ".." then os.remove(place .. "/" .. entry) end
  end
  lfs.rmdir(place)
  if fine then return result end
  if tostring(result):find(place, 1, true) or tostring(result):find "gnuplot left no" then
    result = string.format("%s (gnuplot draws in %s; the environment's TMPDIR names another folder)", result, text.clean(base))
  end
  error(result, 0)
end

-- The content of a file that gnuplot left in its folder.
function gnuplot.left(place, name, said)
  local content = file.read(place .. "/" .. name)
  if not content or #content == 0 then error(string.format("gnuplot left no %s: %s", name, said), 0) end
  return content
end

-- Draws the figure into the folder as name.FORMAT; formats default to {"svg", "png"}; other: as of Figure:script; script = true:
-- also NAME.gp, to be changed by hand. Gives the paths written. A gnuplot for each figure: one for all would save only its start
-- (about 20 ms) and would lose them all by one error.
function gnuplot.write(figure, folder, name, options)
  local o = options or {}
  local formats = o.formats or { "svg", "png" }
  for _, format in ipairs(formats) do check.among("figures have no format", format, terminals.formats) end
  if not gnuplot.available() then error(gnuplot.missing(o.db), 0) end
  return gnuplot.run(name, figure:script(name, formats, o.other), function(place, said)
    local files = {}
    if o.script then formats = { table.unpack(formats) } formats[#formats + 1] = "gp" end
    for _, format in ipairs(formats) do
      local content = gnuplot.left(place, name .. "." .. format, said)
      if format == "svg" then content = svg.finished(content, figure, name) end
      local to = folder and string.format("%s/%s.%s", folder, name, format) or name .. "." .. format
      if o.take then o.take(to, content) else file.write_here(to, content) end
      files[#files + 1] = to
    end
    return files
  end)
end

return gnuplot
