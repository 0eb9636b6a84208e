-- Where a plot by hand is drawn: in a file that the user names; else in a window of gnuplot's where there is a display; else in the
-- terminal, as a picture where it is known to show them, else in characters; else in a file whose name is chosen here.
local check = require "losslab.check"
local gnuplot = require "losslab.plot.gnuplot"
local system = require "losslab".system

local place = {}

place.names = { "window", "terminal", "kitty", "sixel", "braille", "block", "ascii", "file" }
place.windows = { "qt", "wxt", "x11" } -- in the order in which one is chosen

local function env(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local terminals
-- The terminals that gnuplot has, as a set; {} where there is no gnuplot.
function place.terminals()
  if terminals then return terminals end
  terminals = {}
  local pipe = gnuplot.available() and io.popen("gnuplot --default-settings -e 'print GPVAL_TERMINALS' 2>&1 </dev/null", "r")
  for name in (pipe and pipe:read "a" or ""):gmatch "%S+" do terminals[name] = true end
  if pipe then pipe:close() end
  return terminals
end

-- The window that gnuplot can open here: its terminal, or nil and why not.
function place.window()
  local display = env "WAYLAND_DISPLAY" and "WAYLAND_DISPLAY" or env "DISPLAY" and "DISPLAY"
  if not display then return nil, "there is no display" end
  if not gnuplot.available() then return nil, "gnuplot was not found" end
  for _, name in ipairs(place.windows) do
    if place.terminals()[name] and (name ~= "x11" or env "DISPLAY") then return name, display .. " is set" end
  end
  return nil, "this gnuplot opens no windows (gnuplot-qt does)"
end

-- Whether the locale's characters are UTF-8.
local function utf8_here()
  local locale = env "LC_ALL" or env "LC_CTYPE" or env "LANG" or ""
  return locale:lower():find "utf%-?8" ~= nil
end

-- "kitty" or "sixel", and why, where the terminal is known to show pictures; it is not asked, since its answer would have to be
-- told from what the user types.
local function pictures()
  local term, program = env "TERM" or "", env "TERM_PROGRAM" or ""
  if env "TMUX" or env "STY" or term:find "^screen" or term:find "^tmux" then return nil, "tmux and screen show no pictures" end
  if term == "xterm-kitty" or env "KITTY_WINDOW_ID" and term:find "kitty" then return "kitty", "this is kitty" end
  if program == "ghostty" or term == "xterm-ghostty" then return "kitty", "this is Ghostty" end
  for _, each in ipairs { "WezTerm", "iTerm.app", "mintty", "contour" } do
    if program == each then return "sixel", "TERM_PROGRAM is " .. each end
  end
  for _, each in ipairs { "^foot", "^mlterm", "^contour", "^yaft" } do
    if term:find(each) then return "sixel", "TERM is " .. term end
  end
  if (tonumber(env "KONSOLE_VERSION") or 0) >= 220400 then return "sixel", "this is Konsole" end
  return nil, "this terminal is not known to show pictures"
end

local needs = { kitty = "pngcairo", sixel = "sixelgd" }

-- In the terminal: "kitty", "sixel", "braille" or "ascii", and why.
local function in_terminal()
  if (env "TERM" or "dumb") == "dumb" then return "ascii", "TERM is dumb" end
  local how, why = pictures()
  if how and system.terminal(1) then
    if place.terminals()[needs[how]] then return how, why end
    why = why .. ", but gnuplot cannot draw for it"
  end
  if not utf8_here() then return "ascii", "the locale is not UTF-8" end
  return "braille", why
end

local function named(name, said)
  if name == "terminal" then
    local how, why = in_terminal()
    return how, string.format("%s says terminal; %s", said, why)
  end
  if name == "window" then
    local window, why = place.window()
    if not window then check.fail("%s says window, but %s", said, why) end
    return "window", said .. " says so", window
  end
  for _, window in ipairs(place.windows) do
    if name == window then
      if not place.terminals()[name] then check.fail("%s says %s, which gnuplot does not have here", said, name) end
      return "window", said .. " says so", name
    end
  end
  local known = { table.unpack(place.names) }
  table.move(place.windows, 1, #place.windows, #known + 1, known)
  check.among(said .. ": plots have no place", name, known)
  if needs[name] then
    if not system.terminal(1) then return "file", string.format("%s says %s, but standard output is no terminal", said, name) end
    if not place.terminals()[needs[name]] then
      check.fail("%s says %s, for which gnuplot has to have its terminal %s%s", said, name, needs[name],
        gnuplot.available() and "" or "; gnuplot was not found: apt-get install gnuplot-nox")
    end
  end
  return name, said .. " says so"
end

-- Where and why: "file", "window", "kitty", "sixel", "braille", "block" or "ascii"; for a window also gnuplot's terminal.
-- options: out, terminal.
function place.choose(options)
  local o = options or {}
  if o.out then return "file", "out says so" end
  if o.terminal ~= nil then return named(check.string("plot: terminal", o.terminal), "terminal") end
  if env "LOSSLAB_PLOT" then return named(env "LOSSLAB_PLOT", "LOSSLAB_PLOT") end
  local window, why = place.window()
  if window then return "window", why, window end
  if system.terminal(1) then
    local how, because = in_terminal()
    return how, why .. "; " .. because
  end
  return "file", why .. "; standard output is no terminal"
end

return place
