-- What is said of a study that is under way (results/overview.lua), in words that the terminal and the page share.
local progress = require "losslab.run.progress"
local text = require "losslab.text"

local words = {}

words.STATES = { running = "Running", finished = "Finished", stopped = "Stopped", silent = "No sign of life" }

-- "12.3 a second", "4.0 a minute", "1.5 an hour"
function words.rate(rate)
  if rate >= 1 then return string.format("%.1f a second", rate) end
  if rate * 60 >= 1 then return string.format("%.1f a minute", rate * 60) end
  return string.format("%.2g an hour", rate * 3600)
end

-- A day and more in days, as "3 d 4 h"; less than ten seconds by tenths.
function words.duration(seconds)
  if seconds < 10 then return string.format("%.1f s", seconds) end
  if seconds < 86400 then return progress.duration(seconds) end
  return string.format("%d d %d h", seconds // 86400, math.floor(seconds % 86400 // 3600))
end

-- 100 only where all is there.
function words.percent(part, whole) return whole == 0 and 100 or 100 * part // whole end

local function lost_of(trials) return trials.diverged + trials.failed end

-- How far a study is, in one line; file: of the database, as messages name it.
function words.state(o, file)
  local t, parts = o.trials, {}
  parts[1] = o.state == "finished" and string.format("%d trial%s", t.total, t.total == 1 and "" or "s")
    or string.format("%d of %d trials (%d %%)", t.ended, t.total, words.percent(t.ended, t.total))
  if lost_of(t) > 0 then parts[#parts + 1] = lost_of(t) .. " lost" end
  if t.pruned > 0 then parts[#parts + 1] = t.pruned .. " pruned" end
  if t.running > 0 and o.state == "running" then parts[#parts + 1] = t.running .. " under way" end
  if t.lacking > 0 then parts[#parts + 1] = t.lacking .. " to be completed" end
  if o.elsewhere then parts[#parts + 1] = o.elsewhere .. " more done in shards" end
  if o.rate then parts[#parts + 1] = words.rate(o.rate) end
  if o.left then parts[#parts + 1] = "about " .. words.duration(o.left) .. " left" end
  if o.state == "finished" then parts[#parts + 1] = words.duration(o.seconds) .. " of computing" end
  if o.state == "stopped" then parts[#parts + 1] = "nobody is at it; losslab resume " .. text.clean(file) .. " carries it on" end
  if o.state == "silent" then
    parts[#parts + 1] = "who ran it gave no sign of life for long; losslab resume " .. text.clean(file) .. " carries it on"
  end
  return table.concat(parts, ", ")
end

-- "host:1234, 2 under way; …"
function words.runners(o)
  local out = {}
  for i, each in ipairs(o.runners) do
    out[i] = string.format("%s, process %d: %d under way", text.clean(each.host), each.process, each.trials)
  end
  return table.concat(out, "; ")
end

-- A value of the study's metric, to four places where it is of that size.
function words.value(x)
  if type(x) ~= "number" then return "–" end
  return math.abs(x) < 1000 and string.format("%.4f", x) or text.number(x, 6)
end

-- What was done of a group, "12 of 40".
function words.done(group)
  local ended = group.total - group.running - group.pending
  return ended == group.total and tostring(ended) or ended .. " of " .. group.total
end

-- How a loss stands on a data set: cells by the names of words.COLUMNS. The best of a data set is marked by *.
words.COLUMNS = { "data set", "loss", "best", "sd", "runs", "trials", "lost", "configuration" }
function words.group(group)
  local best = group.best
  local lost = lost_of(group)
  return { text.clean(group.dataset), text.clean(group.loss),
    best and words.value(best.mean) or "–", best and words.value(best.sd) or "–",
    best and (best.open > 0 and best.n .. " of " .. best.n + best.open + best.lost or tostring(best.n)) or "–",
    words.done(group), lost > 0 and tostring(lost) or "–", best and text.clean(best.words) or "–" }
end

-- A row of what was lost: status and why, and which trials.
function words.lost(row)
  local which = row.n == 1 and "trial " .. row.first
    or string.format(row.n == 2 and "trials %d, %d" or "trials %d … %d", row.first, row.last)
  return { text.clean(row.dataset), text.clean(row.loss), row.status, tostring(row.n), text.clean(row.why or ""), which }
end

-- "tpe on moons, hinge: round 3"
function words.search(row)
  return { text.clean(row.dataset), text.clean(row.loss), row.fold > 0 and tostring(row.fold) or "all", tostring(row.rounds),
    tostring(row.configs), row.ended and "ended (" .. row.ended .. ")" or "goes on" }
end

return words
