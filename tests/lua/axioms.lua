-- The axioms of a metric, by measure, as rows of distances and divergences declare them: one that a row says it keeps is tried over
-- drawn points; one that it does not keep has a counterexample in the row, which must be one; and docs/distances.md has the same
-- table. A row without a declaration fails.
local t = require "tests.lua.tap"
local ll = require "losslab"

local double = ll.precision == "double"
local slack = double and 1e-9 or 1e-4
local AXIOMS = { "nonnegative", "identity", "symmetric", "triangle" }

-- ---- a measure as a function of two points -------------------------------------------------------------------------------------

-- |i - j|, a metric of places.
local function cost(n, m)
  local out = {}
  for i = 1, n do
    out[i] = {}
    for j = 1, m do out[i][j] = math.abs(i - j) end
  end
  return out
end
local function number(value) return type(value) == "number" and value or value:item() end
local sharp = { epsilon = 0.5, tolerance = double and 1e-12 or 1e-6, iterations = 20000 }

local function kind_of(row)
  if row.inputs[1].role == "distributions" or row.inputs[1].role == "probabilities" then return "distribution" end
  return #row.inputs[1].shape == 1 and "sample" or "row"
end

local function measure(module, row)
  local call = ll[module][row.name]
  if module == "distance" then
    local options = row.precision and { precision = { { 2, 0.5, 0 }, { 0.5, 1.5, -0.25 }, { 0, -0.25, 1 } } } or nil
    return function(x, y) return call({ x }, { y }, options):item() end
  end
  local options = {}
  for _, p in ipairs(row.params) do options[p.name] = sharp[p.name] end
  if row.inputs[3] and row.inputs[3].name == "cost" then
    return function(x, y) return number((call(x, y, cost(#x, #y), options))) end
  end
  if kind_of(row) == "row" then return function(x, y) return number((call({ x }, { y }, options))) end end
  return function(x, y) return number((call(x, y, next(options) and options or nil))) end
end

local function same(x, y)
  for i = 1, math.max(#x, #y) do
    if x[i] ~= y[i] then return false end
  end
  return true
end

-- Points near and far; now and then two are equal, two of them share places that are 0, or one lies between two others.
local function points(row, seed)
  local stream, out = ll.random(seed, 0, row.name), {}
  for i = 1, 4 do
    local values = (kind_of(row) == "distribution" and stream:uniform(3, 1) or stream:normal(3, 1)):table()
    if kind_of(row) == "distribution" then
      if seed % 3 == 0 then values[1 + i % 3] = 0 end
      local sum = values[1] + values[2] + values[3]
      for j = 1, 3 do values[j] = values[j] / sum end
    elseif kind_of(row) == "sample" then
      table.sort(values) -- samples of equal distributions are then equal lists
    end
    out[i] = values
  end
  if seed % 2 == 0 then
    for j = 1, 3 do out[2][j] = (out[1][j] + out[3][j]) / 2 end
  end
  if seed % 5 == 0 then out[4] = table.move(out[1], 1, 3, 1, {}) end
  return out
end

-- Whether each holds of these points: x, y and for the triangle z.
local holds = {}
function holds.nonnegative(d, x, y) return d(x, y) >= -slack end
function holds.identity(d, x, y)
  if same(x, y) then return math.abs(d(x, y)) <= slack end
  return d(x, y) > 0
end
function holds.symmetric(d, x, y)
  local there, back = d(x, y), d(y, x)
  return there == back or math.abs(there - back) <= slack * (1 + math.abs(there))
end
function holds.triangle(d, x, y, z) return d(x, z) <= d(x, y) + d(y, z) + slack end

-- "identity: (1), (2); triangle: (1, 0), (1, 1), (0, 1)" as { identity = { { 1 }, { 2 } }, … }.
local function parsed(text)
  local out = {}
  for name, list in (text or ""):gmatch "(%l+): ([^;]+)" do
    out[name] = {}
    for row in list:gmatch "%(([^)]*)%)" do
      local values = {}
      for value in row:gmatch "[^, ]+" do values[#values + 1] = tonumber(value) end
      table.insert(out[name], values)
    end
  end
  return out
end

local table_of_page, page = {}, io.open "docs/distances.md"
for line in page:lines() do
  local name, words, notes = line:match "^| `([%l_%d.]+)` | (%l+ | %l+ | %l+ | %l+) |(.*)|$"
  if name then table_of_page[name] = words .. " | " .. notes:match "^ *(.-) *$" end
end
page:close()

for _, module in ipairs { "distance", "divergence" } do
  for _, name in ipairs(ll[module].list()) do
    local row = ll[module].describe(name)
    local d, against, metric, words = measure(module, row), parsed(row.axioms.counterexample), true, {}
    for _, axiom in ipairs(AXIOMS) do
      metric = metric and row.axioms[axiom]
      words[#words + 1] = row.axioms[axiom] and "yes" or "no"
      if row.axioms[axiom] then
        local wrong
        for seed = 1, 40 do
          local p = points(row, seed)
          for i = 1, 4 do
            for j = 1, 4 do
              for k = 1, axiom == "triangle" and 4 or 1 do
                local fine = holds[axiom](d, p[i], p[j], p[k])
                wrong = wrong or not fine and string.format("seed %d: %d, %d, %d", seed, i, j, k)
              end
            end
          end
        end
        t.ok(not wrong and not against[axiom], string.format("%s keeps %s: %s", name, axiom, wrong or "over 40 draws"))
      else
        local p = against[axiom]
        t.ok(p and #p == (axiom == "triangle" and 3 or 2) and not holds[axiom](d, p[1], p[2], p[3]),
          string.format("%s does not keep %s: %s", name, axiom, row.axioms.counterexample or "without a counterexample"))
      end
    end
    t.ok(row.axioms.nonnegative and row.metric == metric, name .. " is declared, a metric if all four hold")
    -- what an example breaks is said, and nothing else
    for axiom in pairs(against) do t.is(row.axioms[axiom], false, name .. "'s example against " .. axiom) end
    local called, notes = module == "distance" and name or "divergence." .. name, {}
    notes[1] = row.axioms.where and "where " .. row.axioms.where
    notes[#notes + 1] = row.axioms.counterexample
    t.is(table_of_page[called], table.concat(words, " | ") .. " | " .. table.concat(notes, "; "),
      "docs/distances.md says the same of " .. called)
  end
end
t.done()
