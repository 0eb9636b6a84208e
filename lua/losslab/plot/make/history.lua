-- What ll.fit gives, or any table of rows { epoch = 1, loss = 0.7, valid_auc = 0.81, … }: a panel for each kind of number, over
-- the epochs.
local check = require "losslab.check"
local sheet = require "losslab.plot.make.sheet"

local PANELS = 6 -- at most

-- Of time and counts, which are no course of training.
local skipped = { epoch = true, seconds = true, time = true, elapsed = true, rows = true, rows_per_second = true, eta = true,
  step = true, steps = true, batches = true }

-- The panel that a number belongs to: training, validation and test of one number share one.
local function panel_of(name, metric)
  if name:find "loss" then return "loss" end
  local plain = name:gsub("^train_", ""):gsub("^valid_", ""):gsub("^test_", ""):gsub("_train$", ""):gsub("_valid$", "")
    :gsub("_test$", "")
  if plain == "valid" or plain == "train" or plain == "test" then return metric or "metric" end
  return plain
end

local history = {}

-- Whether a value is one.
function history.is(value)
  local first = type(value) == "table" and rawget(value, 1)
  if type(first) ~= "table" or getmetatable(first) and (getmetatable(first) or {}).__name then return false end
  for key, x in pairs(first) do
    if type(key) == "string" and type(x) == "number" then return true end
  end
  return false
end

function history.make(what, rows, o)
  local names, seen = {}, {}
  for i = 1, #rows do
    for _, name in ipairs(check.keys(rows[i])) do
      if type(name) == "string" and type(rows[i][name]) == "number" and not seen[name] and not skipped[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  if #names == 0 then check.fail("%s: its rows hold no number but of epochs and time; there is nothing to draw", what) end
  local fig, panels, left_out, all = sheet.figure(o, {}, { x = "epoch" }), {}, 0, 0
  fig.scales, fig.panels = fig.panels[1], {}
  for _, name in ipairs(names) do
    local points, varies = {}, false
    for i, row in ipairs(rows) do
      local y = row[name]
      points[i] = y and { row.epoch or i, y } or false
      varies = varies or y and rows[1][name] and y ~= rows[1][name]
      all = all + (y and 1 or 0)
    end
    local gone
    points, gone = sheet.shown(points, fig.scales)
    left_out = left_out + gone
    local title = panel_of(name, rawget(rows, "metric"))
    if varies or #rows == 1 or title == "loss" then
      local panel = panels[title]
      if not panel and #fig.panels < PANELS then
        panel = sheet.figure(o, {}, {}).panels[1]
        panel.title, panel.counted, panels[title] = title, true, panel
        table.insert(fig.panels, title == "loss" and 1 or #fig.panels + 1, panel)
      end
      if panel then
        local marked = o.marks or #rows == 1
        table.insert(panel.series, { text = sheet.name_of(o, 0, name), points = points, mark = marked or false, size = 0.8 })
      else
        sheet.say(fig, "%s is not drawn: at most %d panels are", name, PANELS)
      end
    end
  end
  sheet.said_left_out(fig, what, left_out, all, fig.scales.logx or fig.scales.logy)
  if #fig.panels == 0 then check.fail("%s: none of its numbers changes; there is nothing to draw", what) end
  local n, told = 0, true -- whether the titles of the panels say all that a legend would
  for _, panel in ipairs(fig.panels) do
    for _, series in ipairs(panel.series) do
      n, told = n + 1, told and series.text == panel.title
      series.style = n
    end
  end
  fig.legend = o.legend ~= false and not told
  return fig
end

return history
