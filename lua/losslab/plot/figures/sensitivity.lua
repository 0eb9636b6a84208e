-- The metric against each field that the study varies: how much does it matter, and where is it best? A panel a field and data set
-- (of many, a panel a field, the mean of the data sets); a line a loss. At each value the other fields are at their best on
-- validation. Of a search, whose values are many and each seen once, each configuration is a point, and the line is a median.
local few = require "losslab.plot.few"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local fields = require "losslab.study.fields"
local scale = require "losslab.plot.scale"
local shared = require "losslab.plot.shared"
local stats = require "losslab.results.stats"
local text = require "losslab.text"

local PANELS, MANY, BINS = 12, 15, 8 -- panels at most before data sets are taken together; values, stretches of a search

-- The losses that vary a field, and its values among all of them.
local function field_of(results, name)
  local out = { name = name, losses = {}, values = {} }
  local configs, left_out = {}, nil
  for _, loss in ipairs(results.losses) do
    local values, word = scale.values(loss, name)
    left_out = left_out == "default" and left_out or word or left_out
    if #values > 1 then
      out.losses[#out.losses + 1] = loss
      table.move(loss.configs, 1, #loss.configs, #configs + 1, configs)
    end
  end
  if #configs == 0 then return nil end
  local all = { values = {}, configs = configs }
  local list = fields.list(configs, results.fields[name])
  all.values[name] = list
  out.values = scale.values(all, name)
  if out.values[1] == false and type(out.values[2]) == "number" then table.remove(out.values, 1) end -- has no place among numbers
  out.scale, out.many, out.left_out = scale.of(out.values, left_out), #out.values > MANY, left_out
  return #out.values > 1 and out or nil
end

-- With the symbol of what it sets, where it does so in every loss that has it.
local function called(results, field)
  local name
  for _, loss in ipairs(field.losses) do
    local own = layout.parameter(results, loss.name, field.name)
    if name and own ~= name then return field.name end
    name = own
  end
  return name
end

local function is(value, wanted) return wanted == false and value == nil or fields.same(value, wanted) end

-- The mean over the data sets of a value's validation metric, the others at their best; nil where some data set has nothing of it.
local function row_at(results, datasets, loss, field, value)
  local out = { value = value, lost = 0, mean = 0, rows = {} }
  for i, dataset in ipairs(datasets) do
    local row = results:choose(dataset, loss.name, function(_, f) return is(f[field.name], value) end)
    local mean = row and results:level(dataset, row, { split = "valid" })
    if not mean then return nil end
    out.rows[i], out.lost, out.mean = row, out.lost + row.lost, out.mean + mean / #datasets
  end
  return out
end

-- The points of a loss, a value each, with the interval of what it is from the best one.
local function swept(results, datasets, loss, field)
  local points, rows, best = {}, {}, nil
  for _, value in ipairs(field.values) do
    local row = row_at(results, datasets, loss, field, value)
    rows[#rows + 1] = row
    if row and (not best or row.lost < best.lost or row.lost == best.lost
      and results.sign * row.mean > results.sign * best.mean) then
      best = row
    end
  end
  for i, row in ipairs(rows) do
    local all = {}
    for k, dataset in ipairs(row ~= best and datasets or {}) do
      all[k] = results:difference(dataset, row.rows[k], best.rows[k], { split = "valid" })
    end
    local d = #all == #datasets and results:pooled(all)
    local known = d and d.low > -math.huge
    points[i] = { field.scale.at(row.value), row.mean, known and row.mean - d.difference + d.low or nil,
      known and row.mean - d.difference + d.high or nil, n = 4,
      more = row.lost > 0 and string.format("%d runs lost", row.lost) or nil }
    if row == best then points[i][3], points[i][4], best.point = row.mean, row.mean, points[i] end
  end
  return points, best
end

-- Of a search: a point a configuration, and medians of stretches that hold equally many. apart: on several data sets, of which each
-- has configurations of its own, the points are of all of them, as differences from what is chosen on each.
local function searched(results, datasets, loss, field, apart)
  local of, points = {}, {}
  for _, dataset in ipairs(datasets) do
    local zero = apart and shared.chosen(results, dataset, loss) or 0
    for _, row in ipairs(dataset.summary) do
      local at = row.loss == loss.name and row.valid_mean and field.scale.at(row.fields[field.name])
      if at and apart then
        points[#points + 1] = { at, row.valid_mean - zero, config = row.config, more = text.clean(dataset.name) }
      elseif at then
        local each = of[row.config] or { at, 0, 0, config = row.config }
        of[row.config], each[2], each[3] = each, each[2] + row.valid_mean, each[3] + 1
      end
    end
  end
  local best
  for _, each in pairs(of) do
    if each[3] == #datasets then points[#points + 1] = { each[1], each[2] / each[3], config = each.config } end
  end
  table.sort(points, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a.config < b.config or a.config == b.config and a[2] < b[2]
  end)
  for _, point in ipairs(apart and {} or points) do
    if not best or results.sign * point[2] > results.sign * best.point[2] then
      best = { point = point, value = results.configs[point.config].fields[field.name] }
    end
  end
  local line, bins = {}, math.max(1, math.min(BINS, #points // 4))
  for b = 1, bins do
    local xs, ys = {}, {}
    for i = (b - 1) * #points // bins + 1, b * #points // bins do xs[#xs + 1], ys[#ys + 1] = points[i][1], points[i][2] end
    if #xs > 0 then line[b] = { stats.median(xs), stats.median(ys), stats.quantile(ys, 0.25), stats.quantile(ys, 0.75) } end
  end
  return points, best, line
end

-- A panel; facts gathers what is said in a line. Names are beside each other where several losses have a bar each. apart: whether
-- the data sets share no configurations.
local function panel_of(results, field, datasets, title, under, facts, apart)
  apart = apart and field.many
  local panel = { title = title, under = under, x = called(results, field), series = {}, logx = field.scale.log }
  local count, rings, heights = #field.losses, {}, {}
  for i, loss in ipairs(field.losses) do
    local points, best, line = (field.many and searched or swept)(results, datasets, loss, field, apart)
    local series = { text = loss.name, loss = loss.name, points = points, line = not field.scale.names and not field.many }
    if field.scale.names then
      series.bars, series.names_of = true, {}
      for _, point in ipairs(points) do
        local name = field.scale.names[point[1]]
        point[1] = point[1] + (count > 1 and 0.5 * ((i - 0.5) / count - 0.5) or 0)
        series.names_of[point[1]] = panel.x .. " " .. name
      end
    end
    if field.many then series.size = 0.5 end
    panel.series[#panel.series + 1] = series
    if line then panel.series[#panel.series + 1] = { text = loss.name, loss = loss.name, points = line, mark = false } end
    if best then
      rings[#rings + 1] = { text = "best on validation", style = 7, points = { { best.point[1], best.point[2] } }, line = false,
        size = 2.2, silent = true, last = true }
      heights[#heights + 1] = { best.point[2], loss = loss.name }
      facts[#facts + 1] = string.format("%s %s: best at %s = %s, %s", title, loss.name, panel.x,
        best.value == false and field.left_out or fields.word(best.value), text.number(best.point[2], 3))
    end
  end
  table.move(rings, 1, #rings, #panel.series + 1, panel.series)
  if not field.many then panel.lines = heights end
  if apart then panel.y = layout.metric(results) .. " − the chosen's" end
  if field.scale.names then panel.names = field.scale.names
  elseif #field.scale.ticks > 0 then panel.places = field.scale.ticks end
  return panel
end

local function drawn(panel)
  for _, series in ipairs(panel.series) do
    if #series.points > 0 then return true end
  end
  return false
end

local function draw(fig, results)
  local list, many, swept_too, facts = {}, false, false, {}
  for _, name in ipairs(results.varied) do
    local field = field_of(results, name)
    list[#list + 1] = field
    if field then many, swept_too = many or field.many, swept_too or not field.many end
  end
  if #list == 0 then return nil, "the study varies no field of a loss, of the model or of training" end
  local all, left = {}, 0
  local alike, some = shared.configs(results)
  local together = #list * #results.datasets > PANELS and #results.datasets > 1 and (some or not alike)
  local apart = together and not alike
  for _, field in ipairs(list) do
    if together then
      all[#all + 1] = panel_of(results, field, results.datasets, called(results, field),
        string.format(apart and field.many and "%d data sets" or "mean of %d data sets", #results.datasets), facts, apart)
    else
      for _, dataset in ipairs(results.datasets) do
        all[#all + 1] = panel_of(results, field, { dataset },
          #results.datasets > 1 and (#list > 1 and dataset.name .. ": " or "") .. (#list > 1 and called(results, field)
            or dataset.name)
          or called(results, field), layout.size(dataset), facts)
      end
    end
  end
  for i = #all, 1, -1 do -- of a loss whose runs were lost
    if not drawn(all[i]) then table.remove(all, i) end
  end
  while #all > 2 * PANELS do
    table.remove(all)
    left = left + 1
  end
  if #all == 0 then return nil, "no run is finished of a loss whose fields vary" end
  fig:describe("%s on validation against what the study varies. %s.", layout.metric(results), text.listed(facts, 8))
  local names = {}
  for i, field in ipairs(list) do names[i] = called(results, field) end
  return panels(fig, { title = string.format("%s: %s on validation against %s", results.study.name, layout.metric(results),
      text.listed(names, 6)),
    note = (swept_too
      and "Mean over folds and seeds, the other fields at their best on validation. Band or bar: 95 % interval of the "
      .. "difference from the best value, paired over folds and seeds; where it is clear of the dotted line, that value is worse "
      .. "beyond noise. " or "")
      .. (many and "Small points: a configuration each; line and band: median and quartiles of stretches with equally many." or "")
      .. (many and apart and " The chosen: of each loss on each data set." or "")
        .. (left > 0 and string.format(" %d more panels are left out.", left) or "") .. few.absent(results),
    y = layout.metric(results) .. " on validation", panels = all }, results)
end

return { name = "sensitivity", draw = draw }
