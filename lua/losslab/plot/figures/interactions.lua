-- Whether what one field does depends on another: a heat map (plot/pair_map.lua) of each pair of fields that a loss varies, over
-- the mean of the data sets. margin_map draws one pair by data set.
local layout = require "losslab.plot.layout"
local margin_map = require "losslab.plot.figures.margin_map"
local pair_map = require "losslab.plot.pair_map"
local text = require "losslab.text"

local PAIRS = 12

return {
  name = "interactions",
  draw = function(fig, results)
    local first, why = margin_map.axes(results)
    if not first then return nil, (why:gsub("; sensitivity.*", "")) end
    local loss = first.loss
    if #loss.varied < 3 then
      return nil, string.format("the study varies two fields of %s, which margin_map draws", text.clean(loss.name))
    end
    local maps, left = {}, 0
    for i = 1, #loss.varied do
      for j = i + 1, #loss.varied do
        local axes = pair_map.axes(results, loss, loss.varied[j], loss.varied[i])
        local map = #maps < PAIRS and pair_map.together(results, axes, axes.y.called .. " and " .. axes.x.called)
        if map then maps[#maps + 1] = map elseif #maps == PAIRS then left = left + 1 end
      end
    end
    if #maps == 0 then return nil, "no trial of " .. text.clean(loss.name) .. " is finished on all data sets" end
    return pair_map.draw(fig, results, maps, { own = true, title = string.format("%s: %s over each pair of fields%s", loss.name,
      layout.metric(results), left > 0 and string.format(" (%d more pairs are left out)", left) or "") })
  end,
}
