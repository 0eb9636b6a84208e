-- Makes of gnuplot's SVG one that stands alone or in a page: with a title and a description for who does not see it, the values of
-- what is drawn under the pointer, fonts to fall back on, and ids that no other figure of the page has.
local check = require "losslab.check"
local text = require "losslab.text"

local svg = {}

-- What stands in for the family where it is not at hand, or lacks a script: named are those that Debian, macOS and Windows have.
local FALLBACK = { "DejaVu Sans", "Verdana", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR",
  "Noto Sans Arabic", "Noto Sans Thai", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Geeza Pro", "Thonburi",
  "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Segoe UI", "Leelawadee UI", "Noto Color Emoji" }

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }
function svg.escaped(s) return (text.clean(s):gsub('[&<>"]', entities)) end

local function families(first)
  local out = { "'" .. first .. "'" }
  for _, name in ipairs(FALLBACK) do
    if name ~= first then out[#out + 1] = "'" .. name .. "'" end
  end
  return table.concat(out, ", ") .. ", sans-serif"
end

-- ---- values under the pointer --------------------------------------------------------------------------------------------------

local MOST = 1200 -- marks of values in a figure: what is more is thinned

local function at(range, x)
  if range.log then return x > 0 and math.log(x / range.from) / math.log(range.to / range.from) or -1 end
  return (x - range.from) / (range.to - range.from)
end

-- "hinge: epoch 12, AUC 0.913 (0.902 to 0.924)"
local function words_of(panel, series, point)
  if point.told then return point.told end
  local names = series.names_of and series.names_of[point[1]]
  local function called(name, value)
    value = type(value) == "string" and value or text.number(value, 4)
    return name and name ~= "" and name .. " " .. value or value
  end
  local words = {}
  if panel.names and not names then names = panel.names[point[1]] end
  words[1] = names or called(series.x or panel.xname, point[1])
  if point[2] then words[2] = called(series.y or panel.yname, point[2]) end
  local out = table.concat(words, ", ")
  if check.finite(point[3]) and check.finite(point[4]) then
    out = out .. string.format(" (%s to %s)", text.number(point[3], 4), text.number(point[4], 4))
  end
  if point.more then out = out .. ", " .. point.more end
  return series.text ~= "" and series.text .. ": " .. out or out
end

-- The marks of one figure's values: circles without colour that have titles, which browsers show.
local function marks(fig)
  local all = 0
  for _, panel in ipairs(fig.shown) do
    for _, series in ipairs(panel.series) do all = all + #series.points end
  end
  local step, out = math.max(1, math.ceil(all / MOST)), {}
  for _, panel in ipairs(fig.shown) do
    local box, x, y = panel.box, panel.x, panel.y
    for _, series in ipairs(x and y and panel.series or {}) do
      for i = 1, #series.points, step do
        local point = series.points[i]
        if point and check.finite(point[1]) and check.finite(point[2]) then
          local across, up = at(x, point[1]), at(y, point[2])
          if across >= -0.001 and across <= 1.001 and up >= -0.001 and up <= 1.001 then
            out[#out + 1] = string.format('<circle cx="%.1f" cy="%.1f" r="7"><title>%s</title></circle>',
              box.left + across * (box.right - box.left), fig.height - box.bottom - up * (box.top - box.bottom),
              svg.escaped(words_of(panel, series, point)))
          end
        end
      end
    end
  end
  if #out == 0 then return "" end
  return '<g class="values" fill="#000000" fill-opacity="0" stroke="none">\n' .. table.concat(out, "\n") .. "\n</g>\n"
end

-- ---- the whole -----------------------------------------------------------------------------------------------------------------

-- content: gnuplot's; name: the figure's.
function svg.finished(content, fig, name)
  local head = string.format('<title>%s</title>\n<desc>%s</desc>', svg.escaped(fig.headline or name),
    svg.escaped(fig.said or fig.headline or name))
  local own = name:gsub("[^%w]", "_") .. "_"
  local family = 'font-family="' .. families(fig.family) .. '"'
  local size = fig.sized and string.format(' width="%d" height="%d"', math.floor(fig.width * fig.scale + 0.5),
    math.floor(fig.height * fig.scale + 0.5)) or ""
  local function tag(markup)
    if not (markup:find("id=", 1, true) or markup:find("#", 1, true) or markup:find("font-family", 1, true)) then return nil end
    return (markup:gsub(' id="gnuplot_plot[^"]*"', ""):gsub(" id=(['\"])", " id=%1" .. own)
      :gsub("(xlink:href=['\"])#", "%1#" .. own):gsub("url%(#", "url(#" .. own)
      :gsub(' ?font%-family="([^"]*)"', function(font) -- the whole picture has one; bold is no name of a family
        return font:find ":[Bb]old$" and ' font-weight="bold"' or ""
      end))
  end
  content = content:gsub("<title>Gnuplot</title>%s*<desc>[^<]*</desc>", function() return head end, 1)
    :gsub("<title>gnuplot_plot[^<]*</title>", "") -- else the pointer shows that
    :gsub("<[^>]*>", tag) -- words hold no markup: gnuplot writes &lt; for <
    :gsub("<svg ", function() return '<svg role="img" ' .. family .. size .. " " end, 1)
  return (content:gsub("</svg>%s*$", function() return marks(fig) .. "</svg>\n" end))
end

return svg
