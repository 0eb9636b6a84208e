-- Points in the plane, coloured by class: of pairs of numbers, of two columns of a data set, of its first principal components.
local ll = require "losslab"
local check = require "losslab.check"
local given = require "losslab.plot.given"
local hist = require "losslab.plot.make.bars"
local sheet = require "losslab.plot.make.sheet"

local SCATTER = 20000 -- points

-- classes [opt]: { { name, rows }, … } of one list of points. entries: as of a line.
local function scatter(what, entries, o, defaults)
  local series, d = {}, defaults or {}
  local all, most, kept = 0, o.points or SCATTER, {}
  local fig = sheet.figure(o, series, { x = d.x, y = d.y, title = d.title })
  local panel = fig.panels[1]
  local lists = {}
  if o.labels or d.classes then
    if #entries > 1 then check.fail("%s: labels are of one list of points; points by name have their colours already", what) end
    local points = given.points(what, entries[1][2])
    for i, class in ipairs(d.classes or given.classes(what .. ": labels", o.labels, #points)) do
      lists[i] = { class[1], {} }
      for j, row in ipairs(class.rows) do lists[i][2][j] = points[row] end
    end
  else
    for i, entry in ipairs(entries) do lists[i] = { entry[1], given.points(what, entry[2]) } end
  end
  local left_out = 0
  for i, list in ipairs(lists) do
    local points, gone = sheet.shown(list[2], panel)
    all, left_out, kept[i] = all + #points, left_out + gone, {}
    for _, point in ipairs(points) do
      if point then table.insert(kept[i], point) end
    end
  end
  sheet.said_left_out(fig, what, left_out, all, panel.logx or panel.logy)
  all = all - left_out
  local step = math.ceil(all / most)
  if step > 1 then sheet.say(fig, "of %d points every %d. is drawn; points = %d draws all", all, step, all) end
  for i, list in ipairs(lists) do
    local points = kept[i]
    if step > 1 then
      points = {}
      for j = 1, #kept[i], step do points[#points + 1] = kept[i][j] end
    end
    series[i] = { text = sheet.name_of(o, i, list[1]), points = points, style = i, line = false,
      size = all > 2000 and 0.4 or all > 200 and 0.6 or 0.9 }
  end
  fig.legend = o.legend ~= false and (#series > 1 or type(o.legend) == "table")
  return fig
end

-- Two columns of a data set by name or number, or its first principal components; coloured by class.
local function of_data(what, data, o)
  local columns, chosen = data.columns or {}, {}
  local function column(said, value)
    if math.type(value) == "integer" then return check.integer(said, value, 1, data.features) end
    check.among(said .. ": there is no column", value, columns)
    for i, name in ipairs(columns) do
      if name == value then return i end
    end
  end
  local x, defaults = data.x, { title = data.name, classes = o.labels == nil and not data.values and given.classes_of(data) or nil }
  if data.features == 1 then
    return hist(what, { { "", x } }, { labels = data.y, title = o.title, xlabel = o.xlabel or columns[1] })
  end
  if not (o.x or o.y) and data.features > 2 then
    if not x:finite() then
      check.fail("%s: the data have missing values, and so no principal components; x and y name two columns", what)
    end
    local standard = data:standardise().x
    local components
    if data.features <= data.rows then
      components = ll.matmul(standard, ll.col_range((ll.svd(ll.matmul(ll.transpose(standard), standard))), 1, 2))
    else
      local u, s = ll.svd(standard)
      components = ll.col_range(u, 1, 2):mul(ll.transpose(ll.row_range(s, 1, 2)))
    end
    local total = ll.mul(standard, standard):sum():item()
    local function share(i)
      local part = ll.col_range(components, i, i)
      return string.format("component %d (%.0f %%)", i, 100 * part:mul(part):sum():item() / total)
    end
    defaults.x, defaults.y = share(1), share(2)
    local fig = scatter(what, { { "", components } }, o, defaults)
    sheet.say(fig, "first two principal components of %d standardised columns; x and y name two columns", data.features)
    return fig
  end
  for i, name in ipairs { "x", "y" } do chosen[i] = column(what .. ": " .. name, o[name] or i) end
  defaults.x, defaults.y = columns[chosen[1]], columns[chosen[2]]
  local pairs_of = ll.hstack(ll.col_range(x, chosen[1], chosen[1]), ll.col_range(x, chosen[2], chosen[2]))
  return scatter(what, { { "", pairs_of } }, o, defaults)
end

return { scatter = scatter, data = of_data }
