-- The lines that set gnuplot's terminals. A figure is laid out in pixels of its own, fig.width by fig.height, in which its font has
-- fig.font points; fig.scale is how many pixels (1/96 inch) of the picture one of them is. So a narrower picture is the same one,
-- smaller, and one with a larger font is laid out anew in fewer pixels.
local terminals = {}

local LINES = {
  -- an SVG has no size of its own but its viewBox; plot/svg.lua writes one that was asked for
  svg = "svg dynamic dashlength 1 size {W},{H} noenhanced font '{family},{font}' fontscale 1.3333 "
    .. "background rgb 'white' butt linewidth 1.5", -- its points are pixels
  png = "pngcairo dashlength 0.6 size {w},{h} noenhanced font '{family},{font}' fontscale {s} pointscale {s} "
    .. "background rgb 'white' butt linewidth {line}",
  pdf = "pdfcairo dashlength 0.6 size {win}in,{hin}in noenhanced font '{family},{font}' fontscale {f} pointscale {p} "
    .. "background rgb 'white' butt linewidth {line}",
  eps = "epscairo dashlength 0.6 size {win}in,{hin}in noenhanced font '{family},{font}' fontscale {f} pointscale {p} "
    .. "background rgb 'white' butt linewidth {line}",
  sixel = "sixelgd truecolor size {w},{h} noenhanced font '{family},{font}' background rgb 'white' linewidth 1.5",
  qt = "qt persist raise size {w},{h} noenhanced font '{family},{font}' title 'losslab'",
  wxt = "wxt persist raise size {w},{h} noenhanced font '{family},{font}' title 'losslab'",
  x11 = "x11 persist raise size {w},{h} noenhanced font '{family},{font}' title 'losslab'",
}

-- What files figures are written as; the fonts of this machine draw the words of all but the first.
terminals.formats = { "svg", "png", "pdf", "eps" }

-- The line for a figure.
function terminals.line(name, fig)
  local s = fig.scale
  local values = { W = fig.width, H = fig.height, w = math.floor(fig.width * s + 0.5), h = math.floor(fig.height * s + 0.5),
    win = fig.width * s / 96, hin = fig.height * s / 96, family = fig.family, font = fig.font, s = s, f = 0.75 * s, p = 0.75 * s,
    line = name == "png" and 1.5 * s or 2.25 * s } -- of PDF, in its own units
  return "set terminal " .. LINES[name]:gsub("{(%a+)}", function(key)
    local value = values[key]
    if type(value) ~= "number" then return value end
    return (string.format(value == math.floor(value) and "%d" or "%.6g", value):gsub(",", "."))
  end)
end

return terminals
