-- How studies stand, as lines for a terminal or a file: losslab watch. Where a terminal has too few lines for the table of what is
-- best, the best loss of each data set is shown, and what is cut is counted.
local columns = require "losslab.columns"
local text = require "losslab.text"
local words = require "losslab.results.overview_words"

local picture = {}

local BLOCKS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

-- A learning curve in characters, at most `most` of them: the mean of the epochs that share one.
function picture.spark(values, most)
  local n = math.min(most, #values)
  if n < 2 then return "" end
  local means, low, high = {}, math.huge, -math.huge
  for i = 1, n do
    local from, to, sum = (i - 1) * #values // n + 1, i * #values // n, 0.0
    for k = from, to do sum = sum + values[k] end
    means[i] = sum / (to - from + 1)
    low, high = math.min(low, means[i]), math.max(high, means[i])
  end
  local out = {}
  for i, mean in ipairs(means) do
    local share = high > low and (mean - low) / (high - low) or 0.5
    out[i] = BLOCKS[share == share and math.min(8, 1 + math.floor(8 * share)) or 1]
  end
  return table.concat(out)
end

-- A bar so many columns wide: what ended, what is under way, what is left.
local function bar(t, width)
  local ended = t.total > 0 and width * t.ended // t.total or width
  local under_way = t.total > 0 and math.min(width - ended, math.ceil(width * t.running / t.total)) or 0
  return ("█"):rep(ended) .. ("▒"):rep(under_way) .. ("·"):rep(width - ended - under_way)
end

local function lines_of(said)
  local out = {}
  for line in said:gmatch "[^\n]*" do out[#out + 1] = line end
  return out
end

local function add_all(to, lines) table.move(lines, 1, #lines, #to + 1, to) end

local COLUMNS = { { title = "data set", least = 10 }, { title = "loss", least = 10 }, { title = "best", right = true },
  { title = "sd", right = true, rank = 6 }, { title = "runs", right = true, rank = 7 },
  { title = "trials", right = true, rank = 3 }, { title = "lost", right = true, rank = 4 },
  { title = "configuration", wrap = true, rank = 5 } }

-- The table of what is best, of all losses or, where there is no room, of the leading ones.
local function best(o, width, room, paint)
  local function of(leading)
    local rows, leads = {}, {}
    for _, group in ipairs(o.groups) do
      if not leading or group.leads then
        rows[#rows + 1] = words.group(group)
        leads[#rows] = group.leads
      end
    end
    local fitted = columns.fit(COLUMNS, rows, { width = width })
    local out = {}
    for i, line in ipairs(fitted) do
      local strong = i == 1 or leads[i - 1] and not leading
      for _, each in ipairs(lines_of(line)) do out[#out + 1] = strong and paint(each, "bold") or each end
    end
    return out
  end
  local all = of(false)
  return room and #all > room and of(true) or all
end

local function recent(o, width)
  local rows = {}
  for i, row in ipairs(o.recent) do
    rows[i] = { "trial " .. row.trial, text.clean(row.dataset), text.clean(row.loss),
      row.valid and words.value(row.valid) or row.status, picture.spark(row.curve, 16), text.clean(row.words) }
  end
  local fitted = columns.fit({ { title = "last ended" }, { title = "data set", least = 8, rank = 3 }, { title = "loss", least = 8 },
    { title = "valid", right = true }, { title = "by epoch", rank = 1 }, { title = "configuration", wrap = true, rank = 2 } }, rows,
    { width = width })
  local out = {}
  for _, line in ipairs(fitted) do add_all(out, lines_of(line)) end
  return out
end

local function lost(o, width)
  local out = {}
  for _, row in ipairs(o.lost) do
    local cells = words.lost(row)
    local line = string.format("%s %s on %s, %s%s (%s)", cells[4], cells[3], cells[1], cells[2],
      cells[5] ~= "" and ": " .. cells[5] or "", cells[6])
    out[#out + 1] = width and text.shorten(line, width) or line
  end
  return out
end

-- The lines of a study. width, room: of a terminal, in columns and lines; nil: as it comes.
local function study(o, file, width, room, paint)
  local out = { paint(width and text.shorten(o.study, width) or text.clean(o.study), "bold") }
  local state = text.clean(words.STATES[o.state] .. ": " .. words.state(o, file))
  add_all(out, lines_of(width and text.wrap(state, width) or state))
  out[#out + 1] = bar(o.trials, math.min(width or 60, 60))
  local gone = lost(o, width)
  local function left(others) return room and math.max(3, room - #out - others) end
  if #o.groups > 0 then
    out[#out + 1] = ""
    local caption = string.format("mean %s on validation, %s is better", text.clean(o.metric), o.goal == "min" and "less" or "more")
    out[#out + 1] = width and text.shorten(caption, width) or caption
    add_all(out, best(o, width, left(#gone > 0 and 4 or 0), paint))
  end
  if #gone > 0 then
    out[#out + 1] = ""
    for i, line in ipairs(gone) do
      if room and i >= 3 and #gone > 4 then
        out[#out + 1] = string.format("… and %d more kinds", #gone - i + 1)
        break
      end
      out[#out + 1] = paint(line, "red")
    end
  end
  if #o.recent > 0 and (not room or room - #out >= 4) then
    out[#out + 1] = ""
    add_all(out, recent(o, width))
  end
  return out
end

-- looks: of cli/followed.lua. width, height: of a terminal, which the lines fit; nil where there is none.
function picture.lines(looks, width, height, paint)
  local out, several = {}, #looks > 1
  local studies = 0
  for _, look in ipairs(looks) do studies = studies + #look.studies end
  local each = height and (height - 1) // math.max(studies, 1) - (several and 1 or 0)
  for _, look in ipairs(looks) do
    if several then out[#out + 1] = text.clean(look.path) end
    if look.error then
      for _, line in ipairs(lines_of(width and text.wrap(text.clean(look.error), width) or text.clean(look.error))) do
        out[#out + 1] = paint(line, "red")
      end
    end
    for _, o in ipairs(look.studies) do
      add_all(out, study(o, look.path, width, each, paint))
      out[#out + 1] = ""
    end
  end
  if out[#out] == "" then out[#out] = nil end
  if height and #out > height then
    local more = #out - height + 1
    for i = #out, height, -1 do out[i] = nil end
    out[height] = string.format("… and %d more lines: a larger window, or losslab serve", more)
  end
  return out
end

-- A line for each study, for logs.
function picture.short(looks)
  local out = {}
  for _, look in ipairs(looks) do
    if look.error then -- as a rule it names the file itself
      local why, path = text.clean(look.error), text.clean(look.path) .. ": "
      out[#out + 1] = why:sub(1, #path) == path and why or path .. why
    end
    for _, o in ipairs(look.studies) do
      out[#out + 1] = string.format("%s: %s: %s", text.clean(o.study), words.STATES[o.state]:lower(), words.state(o, look.path))
    end
  end
  return out
end

return picture
