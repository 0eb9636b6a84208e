-- Whether a network learns too little or too much. Where the study's data sets are one set in several sizes (of one generator, or
-- one file thinned), the test metric against the rows trained on. Else the metric on the training, validation and test part by
-- epoch: training far above validation is overfitting, both low is underfitting. A panel a data set and loss: the few that matter
-- where there are many.
local json = require "cjson"
local few = require "losslab.plot.few"
local layout = require "losslab.plot.layout"
local panels = require "losslab.plot.panels"
local runs_left = require "losslab.plot.runs_left"
local stats = require "losslab.results.stats"
local text = require "losslab.text"

local PANELS = 12

-- ---- by rows trained on -------------------------------------------------------------------------------------------------------

-- What data sets of one origin share: their origin without how many rows, and without what only tells draws apart.
local function family_of(dataset)
  local fine, origin = pcall(json.decode, dataset.origin or "")
  if not fine or type(origin) ~= "table" then return nil end
  local function written(value)
    if type(value) ~= "table" then return tostring(value) end
    local keys, out = {}, {}
    for key in pairs(value) do keys[#keys + 1] = tostring(key) end
    table.sort(keys)
    for i, key in ipairs(keys) do
      local sized = key == "n" or key == "rows" or key == "seed" or key == "ratio" or key == "name"
      out[i] = key .. "=" .. (sized and "" or written(value[key]))
    end
    return table.concat(out, ",")
  end
  return written(origin)
end

-- Groups { data sets by size } of at least three sizes.
local function families(results)
  local of, out = {}, {}
  for _, dataset in ipairs(results.datasets) do
    local name = family_of(dataset)
    if name then
      of[name] = of[name] or {}
      table.insert(of[name], dataset)
    end
  end
  for _, dataset in ipairs(results.datasets) do
    local group = of[family_of(dataset) or false]
    if group and group[1] == dataset then
      table.sort(group, function(a, b) return a.rows < b.rows end)
      local sizes = 1
      for i = 2, #group do sizes = sizes + (group[i].rows > group[i - 1].rows and 1 or 0) end
      if sizes >= 3 then out[#out + 1] = group end
    end
  end
  return out
end

-- The mean number of rows that a fold trains on.
local function trained_on(results, dataset)
  local sum, n = 0, 0
  for part in results.store:rows("parts", { dataset = dataset.id }) do
    if part.split == "train" then sum, n = sum + part.count, n + 1 end
  end
  return n > 0 and sum / n or dataset.rows
end

local function by_size(fig, results, groups)
  local list, facts = {}, {}
  for _, group in ipairs(groups) do
    local series, sizes, places = {}, {}, {}
    for i, dataset in ipairs(group) do
      sizes[i] = trained_on(results, dataset)
      places[i] = { sizes[i], string.format("%.0f", sizes[i]) }
    end
    for _, loss in ipairs(results.losses) do
      local points = {}
      for i, dataset in ipairs(group) do
        local chosen = results:choose(dataset, loss.name)
        local values = chosen and results:values(dataset, chosen) or {}
        if #values > 0 then
          local mean, sd = stats.mean(values), stats.sd(values)
          points[#points + 1] = { sizes[i], mean, sd and mean - sd, sd and mean + sd, n = 4 }
        end
      end
      if #points > 0 then
        series[#series + 1] = { text = loss.name, loss = loss.name, points = points, bars = #results.losses > 3 }
        facts[#facts + 1] = string.format("%s: %s with %.0f rows, %s with %.0f", loss.name, text.number(points[1][2], 3),
          points[1][1], text.number(points[#points][2], 3), points[#points][1])
      end
    end
    list[#list + 1] = { title = group[1].name .. " to " .. group[#group].name, logx = sizes[#sizes] >= 5 * sizes[1],
      series = series,
      places = places }
  end
  fig:describe("Test %s by the rows trained on. %s.", layout.metric(results), text.listed(facts, 8))
  return panels(fig, { title = string.format("%s: test %s by the rows trained on", results.study.name, layout.metric(results)),
    note = "Each loss by " .. layout.own(results) .. ": mean ± standard deviation over folds and seeds. A curve that still "
      .. "rises at the right says that more data would help.",
    x = "rows trained on", y = "test " .. layout.metric(results), panels = list }, results)
end

-- ---- by epoch -----------------------------------------------------------------------------------------------------------

local PARTS = { { "train", "training", 2 }, { "valid", "validation", 1 }, { "test", "test", 3 } }

local function panel_of(results, dataset, chosen)
  local panel = { title = dataset.name .. ": " .. chosen.loss, under = layout.size(dataset), counted = true, series = {} }
  local last = {}
  for _, part in ipairs(PARTS) do
    local line = runs_left(results:curve(dataset, chosen.config, part[1]))
    if line and (#line.all > 1 or part[1] ~= "test") then
      panel.series[#panel.series + 1] = { text = part[2], points = line.points, style = part[3], mark = false }
      local rest = {}
      for i, point in ipairs(line.rest) do rest[i] = { point[1], point[2], more = point.more } end
      if #rest > 0 then
        panel.series[#panel.series + 1] = { text = part[2], points = rest, style = part[3], mark = false, thin = true }
        panel.thin = true
      end
      last[part[1]] = line.all[#line.all][2]
    end
  end
  if not last.train then return nil end
  return panel, last
end

local function draw(fig, results)
  local groups = families(results)
  if #groups > 0 then return by_size(fig, results, groups) end
  local picked = {}
  local each = math.max(1, PANELS // #results.datasets)
  for _, dataset in ipairs(results.datasets) do
    local wanted = #results.losses <= each and few.all(results) or each > 1 and few.chosen(results, dataset, each)
      or { [few.one(results, dataset) or false] = true }
    for _, row in ipairs(few.ranked(results, dataset)) do
      if wanted[row.loss] then picked[#picked + 1] = { dataset, row } end
    end
  end
  local list, facts, thin = {}, {}, false
  for _, pair in ipairs(picked) do
    local panel, last = panel_of(results, pair[1], pair[2])
    if panel then
      list[#list + 1], thin = panel, thin or panel.thin
      facts[#facts + 1] = string.format("%s: at the end %s on training, %s on validation", panel.title, text.number(last.train, 3),
        last.valid and text.number(last.valid, 3) or "?")
    end
  end
  if #list == 0 then
    return nil,
      string.format('no %s on the training part was recorded (record = { "train", "valid", "test" }), and the data are no '
      .. "sizes of one set", results.metric)
  end
  fig:describe("%s on the training, validation and test part by epoch. %s.", layout.metric(results), text.listed(facts, 8))
  return panels(fig, { title = string.format("%s: %s on the training, validation and test part by epoch", results.study.name,
      layout.metric(results)),
    note = "Configurations chosen on validation. Line: median over folds and seeds; band: quartiles. Training far above "
      .. "validation: overfitting; both low: underfitting." .. (thin and " Thin: where fewer runs go on than began." or ""),
    x = "epoch", y = layout.metric(results), panels = list }, results)
end

return { name = "learning_curves", draw = draw }
