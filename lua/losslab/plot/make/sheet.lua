-- What the makers of figures share. A figure is the panels of plot/panels.lua, which plot/terminal/picture.lua draws as well; its
-- list `said` holds what is told beside it: what was left out, what was drawn in its place.
local check = require "losslab.check"
local given = require "losslab.plot.given"

local sheet = {}

-- A figure of one panel by the options; defaults: what they leave open.
function sheet.figure(o, series, defaults)
  local log, panel = o.log or "", { title = "", series = series, names = defaults.names }
  panel.logx, panel.logy = log:find "x" ~= nil, log:find "y" ~= nil
  panel.from, panel.to = table.unpack(o.xrange or defaults.xrange or {})
  panel.low, panel.high = table.unpack(o.yrange or {})
  if panel.logx and panel.from and panel.from <= 0 then
    check.fail("plot: xrange begins at %g; a logarithmic axis begins above 0", panel.from)
  end
  if panel.logy and panel.low and panel.low <= 0 then
    check.fail("plot: yrange begins at %g; a logarithmic axis begins above 0", panel.low)
  end
  if panel.low == nil then panel.low = defaults.low end
  if panel.high == nil then panel.high = defaults.high end
  return { title = o.title or defaults.title or "", x = o.xlabel or defaults.x or "", y = o.ylabel or defaults.y or "",
    square = defaults.square, legend = o.legend ~= false and (#series > 1 or defaults.legend or false),
    panels = { panel }, said = {} }
end

-- Tells something beside the figure.
function sheet.say(fig, ...) fig.said[#fig.said + 1] = string.format(...) end

-- Says how many numbers of a drawing are left out; raises where none is left.
function sheet.said_left_out(fig, what, left_out, all, logarithmic)
  if left_out == 0 then return end
  local why = logarithmic and "NaN, infinite or not positive (the axis is logarithmic)" or "NaN or infinite"
  if left_out == all then check.fail("%s: all of the %d values are %s; there is nothing to draw", what, all, why) end
  local name, are = what:match ': (".*")$', left_out == 1 and "is" or "are"
  sheet.say(fig, "%d of %d values%s %s %s and %s left out", left_out, all, name and " of " .. name or "", are, why, are)
end

-- Points whose numbers an axis cannot show become a break (false), as a break stays one; and how many do.
function sheet.shown(points, panel)
  local out, left_out = {}, 0
  for i, point in ipairs(points) do
    local fine = point and given.finite(point[1]) and given.finite(point[2]) and (not panel.logx or point[1] > 0)
      and (not panel.logy or point[2] > 0)
    out[i] = fine and point or false
    left_out = left_out + ((fine or not point) and 0 or 1)
  end
  return out, left_out
end

-- What an entry is called: by the legend, by its number or its name, or by its name.
function sheet.name_of(o, i, name)
  local own = type(o.legend) == "table" and (o.legend[name] or o.legend[i])
  return own or name
end

return sheet
