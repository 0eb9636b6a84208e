-- The page of studies under way, as losslab serve gives it: how far each is, what is best so far, what was lost, the last learning
-- curves. It is whole without its script, which only asks for it anew. Every text of a database goes through `escaped`, and the
-- policy of the page (live.policy) lets nothing run or be fetched but its own two files. The look is that of a report.
local live_script = require "losslab.page.live_script"
local live_style = require "losslab.page.live_style"
local page_style = require "losslab.page.page_style"
local say = require "losslab.say"
local text = require "losslab.text"
local words = require "losslab.results.overview_words"

local live = { script = live_script, style = page_style .. live_style }

-- Of every answer of the server.
live.headers = {
  ["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; "
    .. "form-action 'none'; frame-ancestors 'none'",
  ["X-Content-Type-Options"] = "nosniff",
  ["X-Frame-Options"] = "DENY",
  ["Referrer-Policy"] = "no-referrer",
  ["Cross-Origin-Resource-Policy"] = "same-origin",
  ["Cross-Origin-Opener-Policy"] = "same-origin",
  ["Cache-Control"] = "no-store",
}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }
local function escaped(s) return (say.safe(s):gsub("[&<>\"']", entities)) end

-- ---- pieces --------------------------------------------------------------------------------------------------------------------

-- Columns of numbers, and of texts that may be long, by their titles.
local CLASS = { configuration = ' class="long"', why = ' class="long"' }
for title in ("trials lost best sd runs trial rounds configurations"):gmatch "%a+" do CLASS[title] = ' class="number"' end

-- columns: titles; rows: { cells…, id [opt], leads [opt] }.
local function table_of(caption, columns, rows)
  local out = {}
  for _, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local tag = i == 1 and 'th scope="row"' or "td"
      cells[i] = string.format("<%s%s>%s</%s>", tag, CLASS[columns[i]] or "", escaped(cell), tag:match "^%a+")
    end
    out[#out + 1] = string.format("<tr%s%s>%s</tr>", row.id and ' id="' .. row.id .. '"' or "",
      row.leads and ' class="leads"' or "", table.concat(cells))
  end
  local heads = {}
  for i, title in ipairs(columns) do
    heads[i] = string.format('<th scope="col"%s>%s</th>', CLASS[title] or "", escaped(title))
  end
  return string.format('<p class="faint">%s</p><div class="table" role="region" aria-label="%s" tabindex="0"><table>'
    .. "<thead><tr>%s</tr></thead><tbody>\n%s\n</tbody></table></div>", escaped(caption), escaped(caption), table.concat(heads),
    table.concat(out, "\n"))
end

local BAR = { { "done", function(t) return t.done end }, { "pruned", function(t) return t.pruned end },
  { "lost", function(t) return t.diverged + t.failed end }, { "running", function(t) return t.running end } }

-- How far, as one bar of a thousand parts.
local function bar(trials)
  local out, at, said = {}, 0.0, {}
  for _, part in ipairs(BAR) do
    local n = part[2](trials)
    local width = trials.total > 0 and 1000 * n / trials.total or 0
    if n > 0 then
      out[#out + 1] = string.format('<rect class="%s" x="%.2f" y="0" width="%.2f" height="10"/>', part[1], at, width)
      said[#said + 1] = string.format("%d %s", n, part[1])
    end
    at = at + width
  end
  if trials.pending > 0 then said[#said + 1] = trials.pending .. " pending" end
  return string.format('<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="%s">%s</svg>',
    table.concat(said, ", "), table.concat(out))
end

-- A learning curve: the metric on validation by epoch, from the least to the most of its values.
local function curve(values)
  if #values < 2 then return '<p class="none">no curve: one epoch or none</p>' end
  local low, high = math.huge, -math.huge
  for _, value in ipairs(values) do low, high = math.min(low, value), math.max(high, value) end
  local span = high - low
  if span ~= span or span == math.huge then return '<p class="none">no curve: values that are not finite</p>' end
  local points = {}
  for i, value in ipairs(values) do
    local y = high > low and (value - low) / (high - low) or 0.5
    points[i] = string.format("%s%.1f %.1f", i == 1 and "M" or "L", 100 * (i - 1) / (#values - 1), 37 - 34 * y)
  end
  return string.format('<svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="from %s to %s over %d epochs">'
    .. '<path d="%s"/></svg>', words.value(values[1]), words.value(values[#values]), #values, table.concat(points))
end

-- ---- a study -------------------------------------------------------------------------------------------------------------------

local function facts(o)
  local t, rows = o.trials, {}
  local function add(name, said) rows[#rows + 1] = string.format("<dt>%s</dt><dd>%s</dd>", name, escaped(said)) end
  local parts = {}
  for _, status in ipairs { "done", "diverged", "failed", "pruned", "running", "pending" } do
    if t[status] > 0 then parts[#parts + 1] = t[status] .. " " .. status end
  end
  add("trials", #parts > 0 and table.concat(parts, ", ") or "none")
  if o.rate then add("rate", words.rate(o.rate)) end
  if o.left then add("time left", "about " .. words.duration(o.left)) end
  if o.seconds > 0 then add("computing", words.duration(o.seconds)) end
  if o.began then add("began", (o.began:gsub("T", " "):gsub("%.%d+Z$", " UTC"))) end
  if o.ended then add("last ended", (o.ended:gsub("T", " "):gsub("%.%d+Z$", " UTC"))) end
  if #o.runners > 0 then add("run by", words.runners(o)) end
  return '<dl class="facts">' .. table.concat(rows, "\n") .. "</dl>"
end

local function best(o, place)
  local rows = {}
  for i, group in ipairs(o.groups) do
    rows[i] = words.group(group)
    rows[i].leads, rows[i].id = group.leads, place .. "_group" .. i
  end
  return table_of(string.format("Best configuration of each loss so far: mean %s on validation, %s is better; the best of a "
    .. "data set is in bold", text.clean(o.metric), o.goal == "min" and "less" or "more"), words.COLUMNS, rows)
end

local function lost(o)
  local rows = {}
  for i, row in ipairs(o.lost) do rows[i] = words.lost(row) end
  return table_of("Trials that were lost, by what they said", { "data set", "loss", "how", "lost", "why", "which" }, rows)
end

local function searches(o)
  local rows = {}
  for i, row in ipairs(o.searches) do rows[i] = words.search(row) end
  return table_of("Searches for configurations", { "data set", "loss", "fold", "rounds", "configurations", "state" }, rows)
end

local function under_way(o, place)
  local rows = {}
  for i, row in ipairs(o.running) do
    rows[i] = { tostring(row.trial), row.dataset, row.loss, row.words, row.host or "", (row.started or ""):match "T(.-)%.%d" or "",
      id = place .. "_running" .. row.trial }
  end
  return table_of("Trials under way", { "trial", "data set", "loss", "configuration", "host", "since (UTC)" }, rows)
end

local function recent(o, place)
  local out = {}
  for i, row in ipairs(o.recent) do
    local said = row.words ~= "-" and escaped(row.words) .. ", " or ""
    local came = row.valid and string.format("%s in epoch %s", words.value(row.valid), tostring(row.epoch)) or escaped(row.status)
    out[i] = string.format('<li id="%s_recent%d"><strong>trial %d</strong>, %s, %s<br><span class="faint">%sfold %d, seed %s</span>'
      .. "%s%s</li>", place, row.trial, row.trial, escaped(row.dataset), escaped(row.loss), said, row.fold, tostring(row.seed),
      curve(row.curve), came)
  end
  return '<ul class="curves">' .. table.concat(out, "\n") .. "</ul>"
end

-- level: of its heading, 1 or 2.
local function section(o, place, file, level)
  local out = { string.format('<section id="%s"><h%d>%s</h%d>', place, level, escaped(o.study), level) }
  local function add(...) out[#out + 1] = table.concat { ... } end
  if o.question ~= "" then add('<p class="question">', escaped(o.question), "</p>") end
  add('<p class="state ', o.state, '"><strong>', words.STATES[o.state], ":</strong> <span>", escaped(words.state(o, file)),
    "</span></p>")
  add(bar(o.trials), facts(o))
  if #o.groups > 0 then add("<h3>Best so far</h3>", best(o, place)) end
  if #o.lost > 0 then add('<div id="', place, '_lost"><h3>Lost</h3>', lost(o), "</div>") end
  if #o.searches > 0 then add('<div id="', place, '_searches"><h3>Searches</h3>', searches(o), "</div>") end
  if #o.running > 0 then add('<div id="', place, '_running"><h3>Under way</h3>', under_way(o, place), "</div>") end
  if #o.recent > 0 then
    add('<div id="', place, '_recent"><h3>The last that ended: ', escaped(o.metric), " on validation by epoch</h3>",
      recent(o, place), "</div>")
  end
  add "</section>"
  return table.concat(out, "\n")
end

-- ---- the page ------------------------------------------------------------------------------------------------------------------

local PAGE = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<title>$title</title>
<link rel="stylesheet" href="/style.css">
<script src="/script.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><p class="made">losslab $version, read from the database;
<span id="status" role="status">as it was when this page was made</span></p></header>
<main id="content" tabindex="-1">
$content
</main>
<footer><p>What is best is chosen on validation parts; test parts are not looked at here.
<a href="/overview.json">The same as JSON.</a></p></footer>
</body>
</html>
]]

-- looks: of cli/followed.lua; version: of losslab.
function live.page(looks, version)
  local out, title, studies = {}, nil, 0
  for _, look in ipairs(looks) do studies = studies + #look.studies end
  if studies ~= 1 then out[1] = "<h1>How the studies stand</h1>" end
  for i, look in ipairs(looks) do
    if #looks > 1 or look.error then out[#out + 1] = string.format('<p class="file" id="db%d">%s</p>', i, escaped(look.path)) end
    if look.error then out[#out + 1] = string.format('<p class="trouble" id="db%d_trouble">%s</p>', i, escaped(look.error)) end
    for k, o in ipairs(look.studies) do
      out[#out + 1] = section(o, string.format("db%d_%d", i, k), look.path, studies == 1 and 1 or 2)
      title = title or string.format("%s: %s", o.state == "finished" and "finished"
        or words.percent(o.trials.ended, o.trials.total) .. " %", o.study)
    end
  end
  local values = { title = escaped(title or "losslab"), version = escaped(version), content = table.concat(out, "\n") }
  return (PAGE:gsub("%$(%l+)", values))
end

return live
