-- Curves of scores on held-out rows, a curve a fold and seed at its best epoch, averaged at equal x (Fawcett 2006, Pattern Recogn.
-- Lett. 27:861, vertical averaging): scores of different networks are not on one scale, so their rows are not pooled. Each loss by
-- each fold's own choice on validation. What roc and precision_recall share.
local few = require "losslab.plot.few"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local stats = require "losslab.results.stats"
local text = require "losslab.text"

local vertical = { points = 200 }

-- Sets { dataset, lines = { { loss, points, mean, sd, runs } } }; of(scores, labels) gives the heights at 0, 1 / points, …, 1 and
-- the area, or nil; ranked: whether of needs scores, where ranks will not do.
function vertical.read(results, of)
  local sets = {}
  for _, dataset in ipairs(results.datasets) do
    local lines = {}
    for _, loss in ipairs(results.losses) do
      local chosen = results:choose(dataset, loss.name)
      local sums, areas = {}, {}
      if chosen then
        for scores, labels in results:held_out(dataset, chosen) do
          local curve, area = of(scores, labels)
          if curve then
            for k = 1, vertical.points + 1 do sums[k] = (sums[k] or 0) + curve[k] end
            areas[#areas + 1] = area
          end
        end
      end
      if #areas > 0 then
        local rows = {}
        for k = 1, vertical.points + 1 do rows[k] = { (k - 1) / vertical.points, sums[k] / #areas } end
        lines[#lines + 1] = { loss = loss.name, points = rows, mean = stats.mean(areas), sd = stats.sd(areas), runs = #areas }
      end
    end
    if #lines > 0 then sets[#sets + 1] = { dataset = dataset, lines = lines } end
  end
  return sets
end

-- The corner of a square panel that the lines leave free, for a table of so many rows: "bottom right" and so on; second: how many
-- points lie there all the same.
function vertical.corner(lines, rows, order)
  local high = math.min(0.9, 0.06 * rows + 0.04)
  local best, least = order[1], math.huge
  for _, corner in ipairs(order) do
    local right, top, taken = corner:find "right", corner:find "top", 0
    for _, line in ipairs(lines) do
      for _, point in ipairs(line.points) do
        local inside_x, inside_y = point[1] < 0.42, point[2] < high
        if right then inside_x = point[1] > 0.58 end
        if top then inside_y = point[2] > 1 - high end
        local bar = point[3] and (top and point[4] > 1 - high or not top and point[3] < high)
        if inside_x and (inside_y or bar) then taken = taken + 1 end
      end
    end
    if taken < least then best, least = corner, taken end
  end
  return best, least
end

local READABLE = 5 -- points: the least size of a panel's areas

-- o: sets, title, note, area (what the numbers in a panel are), x, y, base(dataset): points of what chance gives, corners.
function vertical.draw(fig, results, o)
  local most, list, facts = 0, {}, {}
  for _, set in ipairs(o.sets) do most = math.max(most, #set.lines) end
  for i, set in ipairs(o.sets) do
    local series, numbers = { { text = "chance", style = 0, points = o.base(set.dataset), mark = false, thin = true, hidden = true,
      silent = true, pale = true } }, {}
    local best
    for _, line in ipairs(set.lines) do
      series[#series + 1] = { text = line.loss, loss = line.loss, points = line.points, mark = false, every = 20 }
      numbers[#numbers + 1] = { loss = line.loss,
        text = string.format("%.3f%s", line.mean, line.sd and string.format(" ± %.3f", line.sd) or "") }
      if not best or line.mean > best.mean then best = line end
    end
    facts[#facts + 1] = string.format("%s: best %s, %s %.3f", set.dataset.name, best.loss, o.area, best.mean)
    local corner = vertical.corner(set.lines, #numbers, o.corners)
    list[i] = { title = set.dataset.name, under = layout.size(set.dataset), from = 0, to = 1, low = 0, high = 1.003,
      series = series,
      numbers = { corner = corner, rows = numbers } }
  end
  fig:describe("%s by loss. %s.", o.what, text.listed(facts, 8))
  local size
  return panels(fig, { title = o.title, square = true, x = o.x, y = o.y, panels = list, plain = true,
    note = function(high)
      size = math.min(fig.font * 0.85, high / (most + 1) / 2.1, high / 25)
      for _, panel in ipairs(list) do panel.numbers.size = size >= READABLE and size or nil end
      return o.note .. few.absent(results) .. (size >= READABLE and string.format(" In the panel: %s, mean ± standard deviation.",
        o.area) or "")
    end }, results)
end

return vertical
