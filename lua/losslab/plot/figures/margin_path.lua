-- ξ by epoch, a line for each (ξ₀, η_ξ) of the asked loss: colour and point for ξ₀, dash for η_ξ. Mean over folds and
-- seeds and the configurations that differ in something else; a panel a data set.
local layout = require "losslab.plot.layout"
local gnuplot = require "losslab.plot.gnuplot"
local results_of = require "losslab.results.reading"

return {
  name = "margin_path",
  about = "trajectory of the margin by its start and its learning rate",
  draw = function(fig, results)
    local ask = results.ask or {}
    local loss = results.losses[ask.loss or "adaptive_rank"] or results.losses.adaptive_rank
    if not loss then return nil, "no loss of the study has a margin that moves" end
    local starts, rates = { place = {} }, { place = {} }
    local function place(list, value)
      local key = value == nil and "default" or value
      if not list.place[key] then
        list[#list + 1] = key
        list.place[key] = #list
      end
      return key
    end
    local panels = {}
    for _, dataset in ipairs(results.datasets) do
      local groups, lines, high = {}, {}, 0
      for _, config in ipairs(loss.configs) do
        local p = config.parameters
        local rows = {}
        for row in results.store:rows("margins", { dataset = dataset.name, config = config.id }) do
          if row.mean then rows[#rows + 1] = row end
        end
        if #rows > 0 and rows[1].epoch > 0 and type(p.margin) == "number" then
          -- ξ is recorded after each epoch: before the first it is ξ₀
          table.insert(rows, 1, { epoch = 0, mean = p.margin, n = rows[1].n })
        end
        if #rows > 0 then
          local start, rate = place(starts, p.margin), place(rates, p.margin_lr)
          local key = tostring(start) .. " " .. tostring(rate)
          local line = groups[key]
          if not line then
            line = { start = start, rate = rate, by = {}, rows = {} }
            groups[key] = line
            lines[#lines + 1] = line
          end
          for _, row in ipairs(rows) do
            local point = line.by[row.epoch]
            if not point then
              point = { row.epoch, 0, 0 }
              line.by[row.epoch] = point
              line.rows[#line.rows + 1] = point
            end
            point[2], point[3] = point[2] + row.mean * row.n, point[3] + row.n
          end
        end
      end
      for _, line in ipairs(lines) do
        table.sort(line.rows, function(a, b) return a[1] < b[1] end)
        for _, point in ipairs(line.rows) do
          point[2] = point[2] / point[3]
          high = math.max(high, point[2])
        end
      end
      if #lines > 0 then panels[#panels + 1] = { dataset = dataset, lines = lines, high = high } end
    end
    if #panels == 0 then return nil, "no margin was recorded" end

    local function order(list)
      table.sort(list, function(a, b)
        if type(a) == "number" and type(b) == "number" then return a < b end
        return tostring(a) < tostring(b)
      end)
      for i, value in ipairs(list) do list.place[value] = i end
    end
    order(starts)
    order(rates)
    local function style(start, rate)
      local s, r = start and gnuplot.style(starts.place[start]), rate and rates.place[rate]
      return { color = s and s.color or "#666666", point = s and s.point, dash = r
        and gnuplot.dashes[(r - 1) % #gnuplot.dashes + 1] or "solid" }
    end
    local legend = {}
    for _, start in ipairs(starts) do
      legend[#legend + 1] = { text = "ξ₀ = " .. results_of.number_text(start), style = style(start) }
    end
    for i, rate in ipairs(rates) do
      legend[#legend + 1] = { text = "η_ξ = " .. results_of.number_text(rate), style = style(nil, rate), newline = i == 1 }
    end

    layout.axes(fig)
    local begin = layout.grid(fig, #panels, {
      title = string.format("%s: the margin ξ by epoch", loss.name),
      note = "Mean over folds and seeds. Colour and point: initial margin ξ₀; dash: its learning rate η_ξ.",
      legend = legend,
    })
    for i, panel in ipairs(panels) do
      local at = begin(i)
      layout.title(fig, at, panel.dataset.name, layout.size(panel.dataset))
      layout.names(fig, at, "epoch", "margin ξ")
      local first, last = math.huge, -math.huge
      for _, line in ipairs(panel.lines) do
        first, last = math.min(first, line.rows[1][1]), math.max(last, line.rows[#line.rows][1])
      end
      fig:add("set xrange [%s:%s]\nset yrange [%s:%s]", gnuplot.number(first), gnuplot.number(last > first and last or first + 1),
        gnuplot.number(-0.03 * math.max(panel.high, 1e-6)), gnuplot.number(1.06 * math.max(panel.high, 1e-6)))
      fig:add(layout.ticks("x", first, math.max(last, first + 1), 6))
      fig:add(layout.ticks("y", 0, math.max(panel.high, 1e-6), 5))
      local parts, every = {}, math.max(1, math.floor((last - first) / 5))
      for j, line in ipairs(panel.lines) do
        local s = style(line.start, line.rate)
        parts[j] = string.format("%s using 1:2 with linespoints lc rgb '%s' lw 2 dt %s pt %d ps 0.9 pi %d notitle",
          fig:data(line.rows), s.color,
          s.dash, s.point, -every)
      end
      fig:add("plot %s", table.concat(parts, ", "))
    end
    return true
  end,
}
