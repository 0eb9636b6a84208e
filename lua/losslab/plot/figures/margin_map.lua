-- Heat map of the validation metric over two fields of the asked loss's configurations (plot/pair_map.lua): by default start and
-- rate of what it learns (margin ξ₀ and η_ξ), else the first two that vary. A panel a data set and one for their mean.
local layout = require "losslab.plot.layout"
local pair_map = require "losslab.plot.pair_map"
local text = require "losslab.text"

-- The asked loss, else one that learns a number, else the one that varies most fields.
local function loss_of(results)
  local loss = results.ask and results.losses[results.ask.loss] or results:learner()
  if loss then return loss end
  for _, each in ipairs(results.losses) do
    if #each.varied > 1 and (not loss or #each.varied > #loss.varied) then loss = each end
  end
  return loss
end

-- The loss and the two fields to draw: what is asked about first. nil and why where there are none.
local function axes_of(results)
  local ask, loss = results.ask or {}, loss_of(results)
  if not loss then return nil, "no loss of the study has two fields that vary; sensitivity draws one" end
  local x, y, number = nil, nil, loss.learns[1] or {}
  for _, name in ipairs(loss.varied) do
    if name == (ask.vary or number.rate) then x = name end
  end
  for _, name in ipairs(loss.varied) do
    if name == number.start and name ~= x then y = name end
  end
  for _, name in ipairs(loss.varied) do
    if not x and name ~= y then x = name elseif not y and name ~= x then y = name end
  end
  if x and y then return pair_map.axes(results, loss, x, y) end
  return nil, string.format("the study varies fewer than two fields of %s; sensitivity draws one", text.clean(loss.name))
end

return {
  name = "margin_map",
  axes = axes_of,
  draw = function(fig, results)
    local axes, why = axes_of(results)
    if not axes then return nil, why end
    local maps = pair_map.by_dataset(results, axes)
    if #maps == 0 then return nil, "no trial of " .. text.clean(axes.loss.name) .. " is finished" end
    return pair_map.draw(fig, results, maps, { title = string.format("%s: %s over %s and %s", axes.loss.name,
      layout.metric(results),
      axes.y.called, axes.x.called) })
  end,
}
