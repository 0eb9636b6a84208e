-- The metric against the epoch, by loss: each loss's configuration chosen on validation, a panel a data set. Line: median
-- over folds and seeds; band: quartiles, which one bad run does not widen and which stay inside the metric's range.
local layout = require "losslab.plot.layout"
local stats = require "losslab.results.stats"
local gnuplot = require "losslab.plot.gnuplot"

return {
  name = "curves",
  draw = function(fig, results)
    local panels, losses = {}, {}
    for _, dataset in ipairs(results.datasets) do
      local lines = {}
      for _, loss in ipairs(results.losses) do
        local chosen = results:choose(dataset, loss.name)
        local rows, runs = {}, 0
        for _, point in ipairs(chosen and results:curve(dataset, chosen.config, "valid") or {}) do
          local values = point[2]
          if #values > 0 then
            runs = math.max(runs, #values)
            rows[#rows + 1] = { point[1], stats.median(values), stats.quantile(values, 0.25), stats.quantile(values, 0.75) }
          end
        end
        if #rows > 0 then
          lines[#lines + 1] = { loss = loss.name, rows = rows, runs = runs }
          losses[loss.name] = true
        end
      end
      if #lines > 0 then panels[#panels + 1] = { dataset = dataset, lines = lines } end
    end
    if #panels == 0 then return nil, string.format("no %s on the valid part was recorded", results.metric) end

    layout.axes(fig)
    local begin = layout.grid(fig, #panels, {
      title = string.format("%s: %s on the validation part by epoch", results.study.name, layout.metric(results)),
      note = "Each loss with its configuration chosen on validation. Line: median over folds and seeds; band: quartiles.",
      legend = layout.legend(results, losses), titles = layout.titles(panels),
    })
    for i, panel in ipairs(panels) do
      local place = begin(i)
      layout.title(fig, place, layout.size(panel.dataset))
      layout.names(fig, place, "epoch", layout.metric(results))
      -- The first epochs of a poor start would flatten all the rest: the axis begins at the lowest quartile of the last
      -- three quarters of the epochs, or a little below.
      local low, high, first, last = math.huge, -math.huge, math.huge, -math.huge
      for _, line in ipairs(panel.lines) do
        for j, row in ipairs(line.rows) do
          first, last = math.min(first, row[1]), math.max(last, row[1])
          if j > #line.rows / 5 then low, high = math.min(low, row[3]), math.max(high, row[4]) end
        end
      end
      local room = math.max((high - low) * 0.06, 1e-6)
      layout.epochs(fig, first, last)
      fig:add("set yrange [%s:%s]", gnuplot.number(low - room), gnuplot.number(high + room))
      fig:add(layout.ticks("y", low - room, high + room, 6))
      local bands, lines, every = {}, {}, math.max(1, math.floor((last - first) / 6))
      for j, line in ipairs(panel.lines) do
        local data, style = fig:data(line.rows), layout.style(results, line.loss)
        bands[j] = layout.band(data, style, #panel.lines)
        lines[j] = string.format("%s using 1:2 with linespoints lc rgb '%s' lw 2 dt %s pt %d ps 0.9 pi %d notitle", data,
          style.color,
          style.dash, style.point, -every)
      end
      fig:add("plot %s, %s", table.concat(bands, ", "), table.concat(lines, ", "))
    end
    return true
  end,
}
