-- What every row of the tables must have, checked for each and tried on rows that lack it: its text, a tolerance of its gradient,
-- recorded figures or a plain-formula twin, roles that the bad-input test can break. And the recorded figures find errors: a
-- wrong sign, a factor 2, a wrong reduction, a gradient left out, planted in each loss in turn.
local t = require "tests.lua.tap"
local ll = require "losslab"
local reference = require "losslab.cli.reference"
local rows = require "tests.lua.fixture_rows"

local double = ll.precision == "double"

-- ---- twins of the rows without recorded figures: the formula in plain loops ------------------------------------------------

local function sum(n, f)
  local total = 0
  for i = 1, n do total = total + f(i) end
  return total
end
-- Of rows x and y; the row's own options.
local function each_pair(f)
  return function(inputs, options)
    return sum(#inputs[1], function(r) return f(inputs[1][r], inputs[2][r], inputs[3], options) end)
  end
end
local function power(x, y, p) return sum(#x, function(j) return math.abs(x[j] - y[j]) ^ p end) ^ (1 / p) end
local function x_ln(x, y) return x > 0 and x * math.log(x / y) or 0 end
local function kl(x, y) return sum(#x, function(j) return x_ln(x[j], y[j]) end) end
local function js(x, y)
  local m = {}
  for j = 1, #x do m[j] = (x[j] + y[j]) / 2 end
  return (kl(x, m) + kl(y, m)) / 2
end
local function dot(x, y) return sum(#x, function(j) return x[j] * y[j] end) end

-- Entropic transport by the plain iteration on the kernel itself, which small costs allow.
local function sinkhorn(p, q, cost, epsilon)
  local u, v = {}, {}
  for j = 1, #q do v[j] = 1 end
  for _ = 1, 5000 do
    for i = 1, #p do u[i] = 1 / sum(#q, function(j) return q[j] * v[j] * math.exp(-cost[i][j] / epsilon) end) end
    for j = 1, #q do v[j] = 1 / sum(#p, function(i) return p[i] * u[i] * math.exp(-cost[i][j] / epsilon) end) end
  end
  return sum(#p, function(i)
    return sum(#q, function(j)
      local ratio = u[i] * v[j] * math.exp(-cost[i][j] / epsilon)
      return p[i] * q[j] * ratio * (cost[i][j] + epsilon * math.log(ratio))
    end)
  end)
end
local function column(m)
  local out = {}
  for i, row in ipairs(m) do out[i] = row[1] end
  return out
end
local function squares(x, y)
  local cost = {}
  for i = 1, #x do
    cost[i] = {}
    for j = 1, #y do cost[i][j] = power(x[i], y[j], 2) ^ 2 end
  end
  return cost
end

local twins = {
  euclidean = each_pair(function(x, y) return power(x, y, 2) end),
  squared = each_pair(function(x, y) return power(x, y, 2) ^ 2 end),
  manhattan = each_pair(function(x, y) return power(x, y, 1) end),
  minkowski = each_pair(function(x, y, _, options) return power(x, y, options.p) end),
  chebyshev = each_pair(function(x, y)
    local most = 0
    for j = 1, #x do most = math.max(most, math.abs(x[j] - y[j])) end
    return most
  end),
  mahalanobis = each_pair(function(x, y, precision)
    return math.sqrt(sum(#x, function(i)
      return sum(#x, function(j) return (x[i] - y[i]) * precision[i][j] * (x[j] - y[j]) end)
    end))
  end),
  cosine = each_pair(function(x, y) return 1 - dot(x, y) / math.sqrt(dot(x, x) * dot(y, y)) end),
  jensen_shannon = each_pair(function(x, y) return math.sqrt(js(x, y)) end),
  jeffreys = each_pair(function(x, y) return kl(x, y) + kl(y, x) end),
  js_distance = function(inputs) return math.sqrt(js(column(inputs[1]), column(inputs[2]))) end,
  total_variation = function(inputs)
    return sum(#inputs[1], function(i) return math.abs(inputs[1][i][1] - inputs[2][i][1]) / 2 end)
  end,
  sinkhorn = function(inputs, options) return sinkhorn(column(inputs[1]), column(inputs[2]), inputs[3], options.epsilon) end,
  sinkhorn_divergence = function(inputs, options)
    local x, y, p, q = inputs[1], inputs[2], column(inputs[3]), column(inputs[4])
    local e = options.epsilon
    return sinkhorn(p, q, squares(x, y), e) - sinkhorn(p, p, squares(x, x), e) / 2 - sinkhorn(q, q, squares(y, y), e) / 2
  end,
  zero_one = function(inputs)
    return sum(#inputs[1], function(i) return (inputs[2][i][1] > 0) == (inputs[1][i][1] > 0) and 0 or 1 end) / #inputs[1]
  end,
}
-- Options under which a twin is quick and its row is as exact as its iteration.
local settings = {
  minkowski = { p = 2.5 }, sinkhorn = { epsilon = 0.5, tolerance = double and 1e-12 or 1e-6 },
  sinkhorn_divergence = { epsilon = 2, tolerance = double and 1e-12 or 1e-6 },
}

for _, s in ipairs(rows.subjects()) do
  local twin = twins[s.name]
  if twin then
    for seed = 1, 3 do
      local inputs, options = rows.draw(s, seed), settings[s.name]
      local got, want = rows.value(s, inputs, options), twin(inputs, options)
      t.near(got, want, double and 1e-10 or 2e-4, double and 1e-11 or 1e-5, s.name .. " is what its formula says, seed " .. seed)
    end
  end
end

-- ---- figures that others publish -------------------------------------------------------------------------------------------

-- The examples in the documentation of TF-Ranking's ListMLELoss and ApproxNDCGLoss (whose value is less by 1), of one list and of
-- the mean of two.
local function of_lists(loss)
  local one, two = loss({ 0.6, 0.8 }, { 1, 0 }):item(), loss({ 0.5, 0.8, 0.4 }, { 0, 1, 0 }):item()
  return { one, (one + two) / 2 }
end
t.near(of_lists(ll.loss.list_mle {}), { 0.7981389, 1.1613163 }, 1e-6, "list_mle has TensorFlow Ranking's published values")
t.near(of_lists(ll.loss.approx_ndcg { alpha = 10 }), { 1 - 0.655107, 1 - 0.80536866 }, 2e-6,
  "and approx_ndcg those of an alpha of 10")

-- ---- what a row must have --------------------------------------------------------------------------------------------------

-- Names with recorded figures, and the figures of each.
local figures = {}
do
  local listing = assert(io.popen "ls tests/reference/*.json")
  for path in listing:lines() do
    for _, case in ipairs(reference.read(path)) do
      local name = case.loss or case.kind
      if name then
        figures[name] = figures[name] or {}
        table.insert(figures[name], case)
      end
    end
  end
  listing:close()
end

-- "docs/losses/FAMILY.md NAME" of every section of the pages that derive the gradients.
local sections = {}
do
  local listing = assert(io.popen "grep '^## ' docs/distances.md docs/losses/*.md")
  for line in listing:lines() do
    local page, name = line:match "^(.-):## (.+)$"
    sections[page .. " " .. name] = true
  end
  listing:close()
end
local function page_of(s) return s.kind == "distance" and "docs/distances.md" or "docs/losses/" .. s.family .. ".md" end

-- What a subject (fixture_rows) lacks, in words; {} if it is complete.
local function missing(s, evidence)
  local lacks = {}
  local function need(condition, ...) if not condition then lacks[#lacks + 1] = string.format(...) end end
  local row = s.row
  for _, field in ipairs { "family", "summary", "formula", "cost", "source" } do
    need(type(row[field]) == "string" and #row[field] > 0, "its %s", field)
  end
  need(type(row.gradient) == "string", "a line on its gradient's conventions")
  for _, p in ipairs(s.params) do
    need(type(p.doc) == "string" and #p.doc > 0, "a line for parameter %s", p.name)
    need(type(p.range) == "string" and #p.range > 0, "a range for parameter %s", p.name)
    local words = tostring(p.range)
    local read = words:find "^%d+ or %d+$" or words:find "^%d+ to %d+$" or words:find "^>= %d+$" or words == "any integer"
    need(p.kind ~= "integer" or read, "a range of %s in words, as 1 or 2, 1 to 4", p.name)
  end
  for _, input in ipairs(s.inputs) do
    need(#input.shape > 0, "the shape of %s", input.name)
    need(rows.roles[input.role], "bad-input cases for a %s, %s", input.role, input.name)
  end
  if s.kind ~= "distance" and not row.metric_only then -- a distance's are in tests/lua/distance.lua, one for all
    need(row.rtol and row.rtol > 0 and row.rtol <= 1e-4 and row.atol > 0 and row.atol <= 1e-4, "a tolerance for its gradient check")
  end
  need(evidence.figures[s.name] or evidence.twins[s.name], "recorded figures or a plain-formula twin")
  need(s.kind == "divergence" or evidence.sections[page_of(s) .. " " .. s.name], "a section, ## %s, of %s", s.name, page_of(s))
  if evidence.figures[s.name] and s.kind == "loss" then
    for _, input in ipairs(s.inputs) do
      local recorded = false
      for _, case in ipairs(evidence.figures[s.name]) do recorded = recorded or case.grads and case.grads[input.name] ~= nil end
      need(recorded or input.role ~= "matrix", "a recorded gradient of %s", input.name)
    end
  end
  return lacks
end

local evidence = { figures = figures, twins = twins, sections = sections }
for _, s in ipairs(rows.subjects()) do t.is(missing(s, evidence), {}, s.name .. " has all that a row must have") end
for name in pairs(twins) do
  local known = false
  for _, s in ipairs(rows.subjects()) do known = known or s.name == name end
  t.ok(known, "the twin of " .. name .. " has a row")
end

-- ---- rows that lack something, which must be told --------------------------------------------------------------------------

local function copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for key, each in pairs(value) do out[key] = copy(each) end
  return out
end
local function planted(change)
  for _, s in ipairs(rows.subjects()) do
    if s.name == "aucm_minmax" then
      local row = copy(s.row)
      local mine = { kind = s.kind, name = s.name, family = s.family, row = row, params = row.params, inputs = row.inputs }
      local given = { figures = { aucm_minmax = copy(figures.aucm_minmax) }, twins = {}, sections = copy(sections) }
      change(mine, given)
      return missing(mine, given)
    end
  end
end
t.is(planted(function() end), {}, "the copy itself is complete")
for _, plant in ipairs {
  { "its family", function(s) s.row.family = nil end },
  { "its summary", function(s) s.row.summary = "" end },
  { "its formula", function(s) s.row.formula = "" end },
  { "its cost", function(s) s.row.cost = "" end },
  { "its source", function(s) s.row.source = "" end },
  { "a line on its gradient's conventions", function(s) s.row.gradient = nil end },
  { "a line for parameter margin", function(s) s.params[1].doc = "" end },
  { "a range for parameter margin", function(s) s.params[1].range = "" end },
  { "a range of margin in words, as 1 or 2, 1 to 4", function(s) s.params[1].kind, s.params[1].range = "integer", "[1, 2]" end },
  { "the shape of labels", function(s) s.inputs[2].shape = "" end },
  { "bad-input cases for a ternary, labels", function(s) s.inputs[2].role = "ternary" end },
  { "a tolerance for its gradient check", function(s) s.row.rtol = 0 end },
  { "a tolerance for its gradient check", function(s) s.row.atol = 1 end },
  { "recorded figures or a plain-formula twin", function(_, given) given.figures = {} end },
  { "a recorded gradient of auxiliary", function(_, given)
    for _, case in ipairs(given.figures.aucm_minmax) do case.grads.auxiliary = nil end
  end },
  { "recorded figures or a plain-formula twin", function(s, given)
    s.name = "aucm_minimax"
    given.sections["docs/losses/ranking.md aucm_minimax"] = true
  end },
  { "a section, ## aucm_minmax, of docs/losses/pairs.md", function(s) s.family = "pairs" end },
} do
  t.is(planted(plant[2]), { plant[1] }, "a row without " .. plant[1] .. " is told")
end

-- ---- errors planted in each loss, which its recorded figures must find -----------------------------------------------------

-- The same object with another value or gradient: what is detached counts in the value alone.
local function wrapped(loss, spoil)
  return setmetatable({}, {
    __index = function(_, field)
      local value = loss[field]
      if type(value) ~= "function" then return value end
      return function(_, ...) return value(loss, ...) end
    end,
    __call = function(_, ...) return spoil(loss, { ... }) end,
  })
end
local function plain(loss, inputs) return loss(table.unpack(inputs)) end
local faults = {
  { "a wrong sign of the gradient", function(loss, inputs)
    local L = plain(loss, inputs)
    return 2 * L:detach() - L
  end },
  { "a gradient twice as large", function(loss, inputs)
    local L = plain(loss, inputs)
    return 2 * L - L:detach()
  end },
  { "a factor 2", function(loss, inputs) return 2 * plain(loss, inputs) end },
  { "a sum for a mean", function(loss, inputs) return inputs[1].rows * plain(loss, inputs) end },
  { "a mean for a sum", function(loss, inputs) return plain(loss, inputs) / inputs[1].rows end },
  { "a gradient of one in a hundred more", function(loss, inputs)
    local L = plain(loss, inputs)
    return 1.01 * L - (0.01 * L):detach()
  end },
}

local cjson, path = require "cjson", os.tmpname()
local function passes(name)
  local report = reference.report()
  reference.check(report, path)
  return reference.passed(report), report.by_name[name]
end
for _, s in ipairs(rows.subjects()) do
  if s.kind == "loss" and figures[s.name] and not s.row.metric_only then
    local file, make, missed = assert(io.open(path, "w")), ll.loss[s.name], {}
    file:write(cjson.encode(figures[s.name]))
    file:close()
    local function with(spoil)
      ll.loss[s.name] = function(params) return wrapped(make(params), spoil) end
      local passed, entry = passes(s.name)
      ll.loss[s.name] = make
      return passed, entry and #entry.failures > 0 and entry.failures[1]
    end
    local right, why = with(plain)
    t.ok(right, s.name .. ": the copy without an error passes " .. tostring(why))
    for _, fault in ipairs(faults) do
      local passed, failure = with(fault[2])
      if passed or not failure or failure:find "lua:" then missed[#missed + 1] = fault[1] .. " " .. tostring(failure) end
    end
    for i, input in ipairs(s.inputs) do -- the gradient of each input alone left 0
      if input.role == "matrix" then
        local passed = with(function(loss, inputs)
          local given = table.move(inputs, 1, #inputs, 1, {})
          given[i] = inputs[i]:detach()
          return plain(loss, given) + 0 * ll.sum(inputs[i])
        end)
        if passed then missed[#missed + 1] = "no gradient of " .. input.name end
      end
    end
    t.ok(#missed == 0, s.name .. ": errors planted in value and gradient are found: " .. table.concat(missed, ", "))
  end
end
os.remove(path)

-- ---- and in each distance, which the difference quotients must find --------------------------------------------------------

for _, s in ipairs(rows.subjects()) do
  if s.kind == "distance" then
    local inputs, missed = rows.draw(s, 11), {}
    inputs[2] = rows.map(inputs[1], function(x, r, c) -- no step of single precision meets a kink
      return x + ((r + c) % 2 == 0 and 1 or -1) * (0.2 + 0.3 * c + 0.05 * r)
    end)
    local rows_of = s.inputs[1].role == "distributions" and ll.softmax or function(x) return x end
    local function passes_with(spoil)
      return (ll.gradcheck(function(a, b)
        a, b = rows_of(a), rows_of(b)
        return spoil(s.call({ a, b, inputs[3] }), a, b)
      end, { inputs[1], inputs[2] }))
    end
    t.ok(passes_with(function(d) return d end), s.name .. ": its gradient is that of its value")
    for what, spoil in pairs {
      ["a wrong sign"] = function(d) return 2 * d:detach() - d end,
      ["a factor 2"] = function(d) return 2 * d - d:detach() end,
      ["no gradient of a"] = function(_, a, b) return s.call({ a:detach(), b, inputs[3] }) + 0 * ll.sum(a) end,
      ["no gradient of b"] = function(_, a, b) return s.call({ a, b:detach(), inputs[3] }) + 0 * ll.sum(b) end,
    } do
      if passes_with(spoil) then missed[#missed + 1] = what end
    end
    t.ok(#missed == 0, s.name .. ": errors planted in its gradient are found: " .. table.concat(missed, ", "))
  end
end
t.done()
