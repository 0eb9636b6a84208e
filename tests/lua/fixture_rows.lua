-- Every row of the tables of losses, distances and divergences as one kind of thing: its inputs with shapes and roles, valid ones
-- drawn from them, and a call. What a test asks of all rows is written once, against this.
local ll = require "losslab"

local M = {}

ll.loss.remarks "never" -- of inputs that are drawn for any loss

M.extents = { n = 8, m = 16, d = 3, k = 4, q = 2, t = 1 }

-- Calls the row: options are its parameters (and reduction, pairwise). Gives a matrix or a number.
local callers = {}
-- A loss that looks back gets something to look back to: without a history it is 0.
local past = { { 0.3, -0.2, 0.9, -1.1, 0.4, 0.1 }, { 1, 0, 1, 0, 0, 1 } }
function callers.loss(row, inputs, options)
  local loss = ll.loss[row.name](options)
  if row.has_history then loss:history(past[1], past[2]) end
  return loss(table.unpack(inputs, 1, inputs.n or #inputs))
end
function callers.distance(row, inputs, options)
  local all = {}
  for key, value in pairs(options or {}) do all[key] = value end
  if row.precision then all.precision = inputs[3] end
  return ll.distance[row.name](inputs[1], inputs[2], all)
end
function callers.divergence(row, inputs, options)
  local given, all, required = {}, {}, 0
  for key, value in pairs(options or {}) do all[key] = value end
  for i, input in ipairs(row.inputs) do
    if input.optional then
      all[input.name] = inputs[i]
    else
      given[i], required = inputs[i], i
    end
  end
  given[required + 1] = all
  return (ll.divergence[row.name](table.unpack(given, 1, required + 1)))
end

-- Every row: {kind, name, family, row, inputs, params, call}.
function M.subjects()
  local subjects = {}
  for _, kind in ipairs { "loss", "distance", "divergence" } do
    for _, name in ipairs(ll[kind].list()) do
      local row = ll[kind].describe(name)
      subjects[#subjects + 1] = {
        kind = kind, name = name, family = row.family, row = row, params = row.params,
        inputs = row.inputs,
        call = function(inputs, options) return callers[kind](row, inputs, options) end,
      }
    end
  end
  return subjects
end

-- "n,d" as letters, a vector's "n" as one; the letters' extents.
function M.letters(input)
  local letters = {}
  for letter in input.shape:gmatch "[%w*]+" do letters[#letters + 1] = letter end
  return letters
end
function M.extent(letter, extents) return tonumber(letter) or (extents or M.extents)[letter] or error("letter " .. letter) end

local labels = { binary = true, class = true, identity = true, relevance = true }
function M.is_label(input) return labels[input.role] or false end

local function normalised(values)
  local sum = 0
  for _, x in ipairs(values) do sum = sum + x end
  for i, x in ipairs(values) do values[i] = x / sum end
  return values
end

-- Values of one input by its role: rows × cols numbers in row order.
local fill = {}
function fill.matrix(stream, count) return stream:normal(count, 1):table() end
fill.numbers = fill.matrix
function fill.sizes(stream, count) -- halves, 0 among them
  local values = stream:uniform(count, 1, 0, 4):table()
  for i, x in ipairs(values) do values[i] = math.floor(2 * x) / 2 end
  return values
end
function fill.probabilities(stream, count)
  return normalised(stream:uniform(count, 1, 0.2, 1):table())
end
function fill.distributions(stream, count, extents)
  local values, d = stream:uniform(count, 1, 0.2, 1):table(), extents.d
  for first = 1, count, d do table.move(normalised(table.move(values, first, first + d - 1, 1, {})), 1, d, first, values) end
  return values
end
function fill.precision(_, count)
  local d, values = math.floor(math.sqrt(count) + 0.5), {}
  for i = 1, d do
    for j = 1, d do values[#values + 1] = i == j and 1 + i or 0.25 end
  end
  return values
end
function fill.binary(_, count)
  local values = {}
  for i = 1, count do values[i] = (i * i + i // 3) % 2 end
  return values
end
function fill.class(_, count, extents)
  local values = {}
  for i = 1, count do values[i] = 1 + (i - 1) % extents.k end
  return values
end
fill.identity = fill.class
function fill.relevance(_, count)
  local values = {}
  for i = 1, count do values[i] = (i * 5 + i // 4) % 4 end
  return values
end
function fill.neighbours(_, count, extents)
  local values = {} -- of each row another of its class, as the class labels above have it
  for i = 1, count do values[i] = 1 + (i - 1 + extents.k) % extents.n end
  return values
end

-- The roles this knows: a row with another one has no bad-input cases yet.
M.roles = fill

local function shaped(values, rows, cols)
  local out = {}
  for i = 1, rows do out[i] = table.move(values, (i - 1) * cols + 1, i * cols, 1, {}) end
  return out
end

-- Valid inputs as tables of rows. Options: extents, and uniform = true for scores in (0, 1).
function M.draw(subject, seed, options)
  options = options or {}
  local extents = setmetatable(options.extents or {}, { __index = M.extents })
  local inputs = {}
  for i, input in ipairs(subject.inputs) do
    local letters = M.letters(input)
    local rows, cols = M.extent(letters[1], extents), letters[2] and M.extent(letters[2], extents) or 1
    local stream = ll.random(seed, i, subject.name)
    local values
    if options.uniform and input.role == "matrix" then
      values = stream:uniform(rows * cols, 1, 0.05, 0.95):table()
    else
      values = fill[input.role](stream, rows * cols, extents)
    end
    inputs[i] = shaped(values, rows, cols)
  end
  return inputs
end

function M.copy(rows)
  local out = {}
  for i, row in ipairs(rows) do out[i] = table.move(row, 1, #row, 1, {}) end
  return out
end

-- As draw, as matrices; those that may have a gradient ask for it.
function M.matrices(subject, inputs)
  local out = {}
  for i, rows in ipairs(inputs) do
    local m = type(rows) == "table" and ll.matrix(rows) or rows
    local input = subject.inputs[i]
    local fixed = M.is_label(input) or input.role == "precision" or input.optional or subject.row.metric_only
    out[i] = not fixed and m.rows * m.cols > 0 and m:detach():with_grad() or m
  end
  return out
end

function M.number(value)
  if type(value) == "number" then return value end
  return value.rows * value.cols == 1 and value:item() or ll.sum(value):item()
end

-- The value of the row's defaults, or those options.
function M.value(subject, inputs, options)
  return ll.no_grad(function() return M.number(subject.call(M.matrices(subject, inputs), options)) end)
end

-- Everything that came out is a number: the value, and every element of every gradient. Says what is not.
function M.sane(subject, inputs, options)
  local given = M.matrices(subject, inputs)
  local value = subject.call(given, options)
  local number = M.number(value)
  if number ~= number then return false, "the value is NaN" end
  if subject.kind ~= "loss" and math.abs(number) == math.huge then return true end -- overflow: its gradient says nothing
  if type(value) == "number" or not value.requires_grad then return true end
  local total = value.rows * value.cols == 1 and value or ll.sum(value)
  total:backward()
  for i, m in ipairs(given) do
    if m.requires_grad and m.grad then
      for r, row in ipairs(m.grad:table()) do
        for c, x in ipairs(type(row) == "table" and row or { row }) do
          if x ~= x then
            return false, string.format("the gradient of %s is NaN at (%d, %d), the value %g", subject.inputs[i].name, r, c, number)
          end
        end
      end
    end
  end
  return true
end

-- ---- inputs, changed -------------------------------------------------------------------------------------------------------

function M.map(input, f)
  local out = {}
  for r, row in ipairs(input) do
    out[r] = {}
    for c, x in ipairs(row) do out[r][c] = f(x, r, c) end
  end
  return out
end

-- Every input of that role, or all, through f(rows, description); others as they are.
function M.change(s, inputs, role, f)
  local out = {}
  for i, input in ipairs(s.inputs) do out[i] = (not role or input.role == role) and f(inputs[i], input, i) or inputs[i] end
  return out
end

return M
