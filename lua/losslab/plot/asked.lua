-- The options of ll.plot and its functions, checked: which each knows, what they may be.
local check = require "losslab.check"

local asked = {}

local everywhere = { "title", "xlabel", "ylabel", "legend", "log", "xrange", "yrange", "width", "height", "out", "terminal" }

asked.own = {
  line = { "points", "from", "to", "marks" },
  scatter = { "points", "labels", "x", "y" },
  hist = { "bins", "labels", "together" },
  roc = {},
  pr = {},
  heat = { "range" },
  history = { "marks" },
  figure = {},
}

local function range(what, value)
  if type(value) ~= "table" or #value ~= 2 then check.fail("%s must be { from, to }, not %s", what, check.show(value)) end
  local low, high = check.number(what .. "[1]", value[1]), check.number(what .. "[2]", value[2])
  if low >= high then check.fail("%s = { %g, %g }: the first must be below the second", what, low, high) end
end

local function text(what, value)
  if type(value) ~= "string" then check.fail("%s must be a text, not %s", what, check.show(value)) end
end

local function legend(what, value)
  if value == false then return end
  if type(value) ~= "table" then
    check.fail("%s must be false or names, as { \"first\", \"second\" } or { train = \"training rows\" }, not %s", what,
      check.show(value))
  end
  for key, name in pairs(value) do text(string.format("%s[%s]", what, check.show(key)), name) end
end

local function log(what, value)
  check.among(what .. ": there is no axis", value, { "x", "y", "xy" })
end

local function size(what, value) check.integer(what, value, 20, 10000) end

local checks = {
  title = text, xlabel = text, ylabel = text, legend = legend, log = log, xrange = range, yrange = range, range = range,
  width = size, height = function(what, value) check.integer(what, value, 6, 10000) end,
  points = function(what, value) check.integer(what, value, 2, 1000000) end,
  bins = function(what, value) check.integer(what, value, 1, 10000) end,
  from = check.number, to = check.number, marks = check.boolean, together = check.boolean,
  out = function(what, value)
    check.string(what, value)
    local ending = value:match "%.([%w]+)$"
    check.among(what .. ": no picture can be written that ends with", ending or value, { "svg", "png", "pdf", "eps", "txt" })
  end,
}

-- kind: "line" and so on; level: of the caller. Gives the options, {} where there are none.
function asked.options(kind, options, level)
  local what = "plot." .. kind
  if kind == "history" or kind == "figure" then what = "plot" end
  if options == nil then return {} end
  local known = { table.unpack(everywhere) }
  for _, name in ipairs(asked.own[kind]) do known[#known + 1] = name end
  check.fields(what, options, known, level and level + 1)
  for _, name in ipairs(check.keys(options)) do
    if checks[name] then checks[name](what .. ": " .. name, options[name]) end
  end
  if options.from and options.to and options.from >= options.to then
    check.fail("%s: from = %g must be below to = %g", what, options.from, options.to)
  end
  return options
end

return asked
