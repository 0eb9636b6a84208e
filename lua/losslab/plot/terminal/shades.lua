-- Colours of the terminal: those of series and of heat, in as many as the terminal has: all ("full"), 256, 16, or none.
local palette = require "losslab.plot.uniform"
local text = require "losslab.text"

local shades = {}

-- The colours of gnuplot.palette as 256 and as 16 colours can have them, light enough for a dark and dark enough for a light
-- background; the same order in every place where a series is drawn.
local of_256 = { 32, 166, 36, 175, 178, 74, 244, 133, 99, 141, 101, 161 }
local of_16 = { 34, 33, 32, 35, 36, 31 }

-- How many colours the terminal on standard output shows: "full", 256, 16, or nil where none.
function shades.depth()
  if not text.colours(1) then return nil end
  local said = (os.getenv "COLORTERM" or ""):lower()
  if said == "truecolor" or said == "24bit" then return "full" end
  local term = os.getenv "TERM" or ""
  if term:find "256" or term:find "kitty" or term:find "direct" or term:find "^foot" or term:find "^alacritty"
    or term:find "ghostty" then
    return 256
  end
  return 16
end

-- The codes for the n-th series; 0: grey.
function shades.series(depth, n)
  if not depth then return nil end
  if n == 0 then return depth == 16 and "90" or "38;5;244" end
  if depth == 16 then return tostring(of_16[(n - 1) % #of_16 + 1]) end
  return "38;5;" .. of_256[(n - 1) % #of_256 + 1]
end

-- Of what is less than the data: axes and their numbers.
function shades.axis(depth) return depth and (depth == 16 and "90" or "38;5;245") or nil end

local function near_256(r, g, b)
  local function level(c) return c < 48 and 0 or c < 115 and 1 or (c - 35) // 40 end
  return 16 + 36 * level(r) + 6 * level(g) + level(b)
end

local blocks, plain = { " ", "░", "▒", "▓", "█" }, { " ", ".", ":", "-", "=", "+", "*", "#", "%", "@" }

-- Whether heat can be shown by colour.
function shades.heats(depth) return depth == "full" or depth == 256 end

-- The codes of a share from 0 to 1 of the scale, as a foreground; below [opt]: as a background, too.
function shades.heat(depth, share, below)
  local function code(at, of)
    local r, g, b = palette.rgb(of)
    return depth == "full" and string.format("%d;2;%d;%d;%d", at, r, g, b) or string.format("%d;5;%d", at, near_256(r, g, b))
  end
  return code(38, share) .. (below and ";" .. code(48, below) or "")
end

-- The character of a share where there is no colour for it.
function shades.tone(share, ascii)
  local tones = ascii and plain or blocks
  return tones[math.max(1, math.min(#tones, math.floor(share * #tones) + 1))]
end

return shades
