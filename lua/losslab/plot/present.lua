-- Brings a figure (plot/make) to its place (plot/place.lua): a window, the terminal, or a file.
local lfs = require "lfs"
local check = require "losslab.check"
local file = require "losslab.file"
local glyphs = require "losslab.plot.glyphs"
local gnuplot = require "losslab.plot.gnuplot"
local page = require "losslab.plot.terminal.page"
local panels = require "losslab.plot.panels"
local picture = require "losslab.plot.terminal.picture"
local place = require "losslab.plot.place"
local say = require "losslab.say"
local shades = require "losslab.plot.terminal.shades"
local svg = require "losslab.plot.svg"
local system = require "losslab".system
local terminals = require "losslab.plot.terminals"
local text = require "losslab.text"

local present = {}

local INSTALL = "gnuplot was not found: apt-get install gnuplot-nox"

-- ---- by gnuplot ---------------------------------------------------------------------------------------------------------------

-- The figure for gnuplot, in so many pixels; a figure of a study (fig.draw) has its own size. show [opt]: as of gnuplot.figure.
local function figure_of(fig, width, height, show)
  local out = gnuplot.figure(show)
  local fine, why
  if fig.draw then
    fine, why = fig.draw(out)
  else
    out.width, out.height, out.font = width, height, math.max(8, math.min(15, width / 68))
    fig.whole = height
    fine, why = panels(out, fig)
  end
  if not fine then check.fail("plot: there is nothing to draw: %s", why) end
  return out
end

-- The same. rastered: the fonts of this machine draw its words, so codes stand for the characters that none has.
local function drawn(fig, width, height, rastered)
  if fig.coarse then say.note(fig.coarse) end
  local out = figure_of(fig, width, height)
  if rastered and #glyphs.missing(table.concat(out.lines, "\n")) > 0 then
    say.note "codes stand for the characters that no font here has"
    return figure_of(fig, width, height, glyphs.stand_in)
  end
  return out
end

-- The script that draws it for one of gnuplot's terminals; output [opt]: into that file.
local function script_of(figure, terminal, output)
  return table.concat({ "set encoding utf8", table.concat(figure.blocks, "\n"), terminals.line(terminal, figure),
    output and string.format("set output '%s'", output) or "", table.concat(figure.lines, "\n"), "unset multiplot",
    output and "unset output" or "" }, "\n") .. "\n"
end

-- The bytes of the picture.
local function rendered(figure, terminal)
  return gnuplot.run("plot", script_of(figure, terminal, "plot.out"), function(folder, said)
    local content = gnuplot.left(folder, "plot.out", said)
    return terminal == "svg" and svg.finished(content, figure, "plot") or content
  end)
end

-- A shell's word.
local function quoted(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end

-- A process of its own shows the window and removes its folder: the prompt goes on, neither Ctrl-C there nor the terminal's end
-- reaches it, and it is nobody's child to be waited for. `pause mouse close` keeps gnuplot alive for zooming until the window is
-- closed.
local WINDOW = "cd %s && { trap '' HUP; unset GNUTERM GNUPLOT_LIB GNUPLOT_DRIVER_DIR; "
  .. "$(command -v setsid || echo nohup) sh -c "
  .. "'gnuplot --default-settings --persist ./plot.gp; rm -f plot.gp; rmdir \"$PWD\"' >/dev/null 2>&1 </dev/null & }"

-- one: a figure of one panel, which needs no multiplot; only without that can a window be zoomed.
local function window(figure, terminal, one)
  for i, line in ipairs(figure.lines) do
    if one and line == "set multiplot" then figure.lines[i] = "" end
  end
  local folder = gnuplot.scratch()
  file.write(folder .. "/plot.gp", script_of(figure, terminal) .. "pause mouse close\n")
  os.execute(WINDOW:format(quoted(folder)))
end

-- ---- pictures in the terminal -------------------------------------------------------------------------------------------------

local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

function present.base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    local function letter(shift) local k = (n >> shift & 63) + 1 return letters:sub(k, k) end
    out[#out + 1] = letter(18) .. letter(12) .. (b and letter(6) or "=") .. (c and letter(0) or "=")
  end
  return table.concat(out)
end

-- kitty's protocol: a PNG in pieces of at most 4096 letters. columns [opt]: how wide it is shown.
function present.kitty(png, columns)
  local first = "f=100,a=T,q=2," .. (columns and string.format("c=%d,", columns) or "")
  local code, out = present.base64(png), {}
  for at = 1, #code, 4096 do
    out[#out + 1] = string.format("\27_G%sm=%d;%s\27\\", at == 1 and first or "", at + 4096 <= #code and 1 or 0,
      code:sub(at, at + 4095))
  end
  return table.concat(out)
end

-- How many pixels a picture in the terminal has: its width, and three fifths of its height; then the terminal's columns.
local function pixels(o)
  local columns, _, wide, high = system.terminal(1)
  if not wide or wide == 0 then wide, high = 800, 800 end
  local width = o.width or math.max(320, math.min(1400, wide - 16))
  return width, o.height or math.max(200, math.min(math.floor(high * 0.6), math.floor(width * 0.6))), columns
end

-- ---- characters ------------------------------------------------------------------------------------------------------------

-- As many columns and lines as the terminal has, less what the prompt needs, or as the options say where they fit.
local function cells(o, terminal)
  local columns, rows
  if terminal then columns, rows = system.terminal(1) end
  columns = math.tointeger(tonumber(os.getenv "COLUMNS" or "")) or columns or 80
  rows = math.tointeger(tonumber(os.getenv "LINES" or "")) or rows or 24
  columns, rows = math.max(20, columns), math.max(6, rows - 2)
  local width = math.min(o.width or columns, columns)
  return width, math.min(o.height or math.max(12, math.floor(width * 0.28)), rows)
end

-- The figure as lines of runs.
local function characters(fig, kind, o, terminal)
  if fig.draw then
    check.fail("plot: %s is drawn by gnuplot alone; out = \"%s.svg\" writes a file", fig.name, fig.name)
  end
  local width, height = cells(o, terminal)
  return picture(fig, { width = width, height = height, kind = kind, depth = terminal and shades.depth() or nil })
end

function present.text(fig, o)
  if fig.draw then return characters(fig) end
  local kind = o.terminal
  if kind ~= "ascii" and kind ~= "block" then kind = "braille" end
  local width = o.width or 80
  return page.plain(picture(fig, { width = width, height = o.height or math.max(12, math.floor(width * 0.28)), kind = kind }))
end

-- ---- files -----------------------------------------------------------------------------------------------------------------

-- losslab-plot-N in this folder, the first that is not there.
local function free(ending)
  local n = 1
  while lfs.symlinkattributes(string.format("losslab-plot-%d.%s", n, ending), "mode") do n = n + 1 end
  return string.format("losslab-plot-%d.%s", n, ending)
end

-- own: the name was chosen here.
local function write(fig, o, path, own)
  local put = own and file.write_here or file.write
  local ending = path:match "%.(%w+)$"
  if ending == "txt" then
    put(path, present.text(fig, o))
    return path
  end
  if not gnuplot.available() then
    check.fail("plot: %s was not written; %s. A name that ends with .txt is drawn in characters", text.clean(path), INSTALL)
  end
  local width = o.width or 1000
  put(path, rendered(drawn(fig, width, o.height or math.floor(width * 0.6), ending ~= "svg"), ending))
  return path
end

-- Draws it; gives the path where a file was written.
function present.show(fig, o)
  local where, why, terminal = place.choose(o)
  for _, words in ipairs(fig.said or {}) do say.note(words) end
  if where == "file" then
    if o.out then return write(fig, o, o.out) end
    local path = write(fig, o, free(gnuplot.available() and "svg" or "txt"), true)
    say.note(string.format("the plot is in %s (%s%s)", path, why, gnuplot.available() and "" or "; for a picture, " .. INSTALL))
    return path
  elseif where == "window" then
    local width = o.width or 900
    window(drawn(fig, width, o.height or math.floor(width * 0.62)), terminal, fig.panels and #fig.panels == 1)
  elseif where == "kitty" then
    local width, height, columns = pixels(o)
    say.graphics(present.kitty(rendered(drawn(fig, width, height, true), "png"), fig.draw and columns - 1 or nil))
  elseif where == "sixel" and not fig.draw then
    local width, height = pixels(o)
    say.graphics(rendered(drawn(fig, width, height, true), "sixel"))
  elseif fig.draw then -- what only gnuplot can draw, and larger than a terminal
    local path = write(fig, o, free "svg", true)
    say.note(string.format("the figure is in %s (it is too large for a drawing in the terminal)", path))
    return path
  else
    say.picture(characters(fig, where, o, true))
  end
end

return present
