-- Checks of losslab itself and of the programs and modules beside it: both precisions, Lua's modules, gnuplot with its terminals
-- and fonts, the filter that shuts off a stranger's script.
local file = require "losslab.file"
local gnuplot = require "losslab.plot.gnuplot"
local ll = require "losslab"

local M = {}

function M.build(add)
  local revision = ll.core.revision ~= "unknown" and " (" .. ll.core.revision .. ")" or ""
  add("losslab", "good", "%s%s, %s precision, modules in %s", ll.version, revision, ll.precision,
    package.searchpath("losslab", package.path):match "^(.*)/losslab/init%.lua$")
  local folder = require "losslab.program".folder or "."
  local other = ll.precision == "float" and "losslab-double" or "losslab"
  local there = file.exists(folder .. "/" .. other) or file.exists(folder .. "/../libexec/losslab/" .. other)
  if there then add("other precision", "good", "%s is beside this program", other)
  else add("other precision", "poor", "%s is not beside this program: --double cannot start it", other,
    { advice = "make builds both, make install installs both" }) end
end

function M.modules(add)
  for _, each in ipairs { { "cjson", "lua-cjson" }, { "lfs", "lua-filesystem" } } do
    local fine = pcall(require, each[1])
    if fine then add("module " .. each[1], "good", "loaded")
    else add("module " .. each[1], "bad", "not found", { advice = "apt-get install " .. each[2] }) end
  end
end

function M.libraries(add)
  add("libraries", "good", "%s", table.concat(require "losslab.cli.checkup.versions"(), "; "))
end

-- The terminals of gnuplot that something here draws with, and what each is for.
local TERMINALS = { { "svg", "figures" }, { "pngcairo", "figures" }, { "pdfcairo", "PDF" }, { "epscairo", "EPS" },
  { "qt", "windows" }, { "wxt", "windows" }, { "x11", "windows" }, { "sixelgd", "pictures in a terminal" } }

local function terminals()
  local pipe = io.popen("gnuplot --default-settings -e 'set print \"-\"; print GPVAL_TERMINALS' 2>/dev/null </dev/null", "r")
  local said = pipe and pipe:read "a" or ""
  if pipe then pipe:close() end
  local has = {}
  for word in said:gmatch "%S+" do has[word] = true end
  return has
end

-- Draws a small figure as a study's are drawn. Words about what went wrong, or nil.
local function trial_figure()
  local fig = gnuplot.figure()
  fig.width, fig.height = 200, 100
  fig:add "plot [0:1] x notitle"
  local formats = { "svg", "png" }
  local fine, why = pcall(gnuplot.run, "checkup", fig:script("checkup", formats), function(place, said)
    for _, format in ipairs(formats) do gnuplot.left(place, "checkup." .. format, said) end
  end)
  return not fine and tostring(why) or nil
end

-- Whether the system has the font that figures name; nil where nothing here can tell.
local function font()
  local pipe = io.popen("fc-list 'DejaVu Sans' family 2>/dev/null </dev/null", "r")
  local said = pipe and pipe:read "a" or ""
  if pipe and pipe:close() then return said:find "DejaVu" ~= nil end
  return file.exists "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf" or nil
end

function M.gnuplot(add)
  local version = gnuplot.available()
  if not version then
    return add("gnuplot", "poor", "not found: studies run, figures are not drawn", { advice = "apt-get install gnuplot-nox" })
  end
  local has, uses, windows = terminals(), {}, false
  for _, each in ipairs(TERMINALS) do
    if has[each[1]] then uses[#uses + 1] = each[1] end
    windows = windows or has[each[1]] and each[2] == "windows"
  end
  local trouble = trial_figure()
  if trouble then
    add("gnuplot", "bad", "%s, but a figure could not be drawn: %s", version, trouble,
      { advice = trouble:find("TMPDIR", 1, true) and "export TMPDIR=/tmp, or another folder where you may write"
        or "apt-get install --reinstall gnuplot-nox" })
  else
    add("gnuplot", "good", "%s draws SVG and PNG; terminals: %s", version, table.concat(uses, ", "))
  end
  local display = os.getenv "DISPLAY" or os.getenv "WAYLAND_DISPLAY"
  if display and not windows then
    add("windows", "poor", "there is a display, but this gnuplot opens no window: plots at the prompt are drawn in the terminal",
      { advice = "apt-get install gnuplot-qt" })
  end
  if font() == false then
    add("font", "poor", "DejaVu Sans is not there: figures are set in another font",
      { advice = "apt-get install fonts-dejavu-core" })
  elseif font() then
    add("font", "good", "DejaVu Sans")
  end
end

function M.page(add)
  local version = ll.http.library()
  if version then add("page", "good", "losslab serve has libmicrohttpd %s", version)
  else add("page", "poor", "libmicrohttpd is not there: losslab serve cannot show a page",
    { advice = "apt-get install libmicrohttpd12" }) end
end

function M.sandbox(add)
  local messages, why = ll.process.confined(function(send) send "computed" end, { seconds = 5, bytes = 2 ^ 30, output = 2 ^ 20 })
  if messages and messages[1] == "computed" and not why then
    add("a stranger's script", "good", "is shut off by the system before it runs (seccomp)")
  else
    add("a stranger's script", "poor", "cannot be shut off here%s: findings and figures of databases from others are not run",
      why and ": " .. tostring(why) or "", { advice = "a kernel with seccomp, or a container that allows it" })
  end
end

return M
