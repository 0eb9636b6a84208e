-- Weights of rows, pos_weight and class_weights of every loss that takes them, against the plain formula over the values of rows or
-- pairs; gradients against differences; a weight of 2 is a row that stands there twice, one of 0 a row left out, weights of 1 give
-- the bits of none; and every other loss refuses them by its name.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local double = ll.precision == "double"
local near = double and 1e-11 or 2e-4
local WEIGHTS = { 1, 2, 0, 3, 1, 0.5, 2, 1 }

local function takes(s, what)
  for _, each in ipairs(s.row.weighs) do if each == what then return true end end
  return false
end
local function numbers(m)
  local out = {}
  for _, row in ipairs(m:table()) do
    for _, x in ipairs(type(row) == "table" and row or { row }) do out[#out + 1] = x end
  end
  return out
end
local function apart(a, b)
  a, b = type(a) == "number" and { a } or a, type(b) == "number" and { b } or b
  local worst = #a == #b and 0 or math.huge
  for i = 1, #a do worst = math.max(worst, math.abs(a[i] - b[i]) / math.max(1e-3, math.abs(b[i]))) end
  return worst
end
local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do if a[i] ~= b[i] then return false end end
  return true
end

-- The value of inputs, and the gradient of each that has one, as lists. parameters: with pos_weight, …; weights [opt].
local function evaluate(s, inputs, parameters, weights)
  local given, loss = rows.matrices(s, inputs), ll.loss[s.name](parameters)
  if weights then given[#given + 1] = { weights = weights } end
  local value, grads = loss(table.unpack(given)), {}
  if not s.row.metric_only then
    (value.rows * value.cols == 1 and value or value:sum()):backward()
    for i, input in ipairs(s.inputs) do if input.role == "matrix" then grads[i] = numbers(given[i].grad) end end
  end
  return numbers(value), grads
end
local function picked(s, inputs, list) -- those rows, in every input that has one for each
  return rows.change(s, inputs, nil, function(input, desc)
    if desc.shape:sub(1, 1) ~= "n" then return input end
    local out = {}
    for k, i in ipairs(list) do out[k] = input[i] end
    return out
  end)
end

-- { { value, weight }, … } of the rows, or of the pairs, each by itself.
local function terms(s, inputs, weights)
  local out = {}
  if s.row.by_row then
    local values = evaluate(s, inputs, { reduction = "none" })
    for i, v in ipairs(values) do out[i] = { v, weights[i] } end
    return out
  end
  for i, y in ipairs(inputs[2]) do
    for j, other in ipairs(inputs[2]) do
      if y[1] == 1 and other[1] == 0 then
        out[#out + 1] = { evaluate(s, picked(s, inputs, { i, j }), {})[1], weights[i] * weights[j] }
      end
    end
  end
  return out
end
local function mean(list)
  local sum, total = 0, 0
  for _, each in ipairs(list) do sum, total = sum + each[1] * each[2], total + each[2] end
  return sum / total, sum
end

-- The worst difference between gradients and difference quotients of a function of the inputs.
local function off(s, inputs, f)
  local _, grads = f(inputs)
  local worst, step = 0, 1e-6
  for i, input in ipairs(s.inputs) do
    local at = 0
    for r = 1, input.role == "matrix" and #inputs[i] or 0 do
      for c = 1, #inputs[i][r] do
        at = at + 1
        local moved = table.move(inputs, 1, #inputs, 1, {})
        moved[i] = rows.copy(inputs[i])
        moved[i][r][c] = inputs[i][r][c] + step
        local up = f(moved)[1]
        moved[i][r][c] = inputs[i][r][c] - step
        local slope = (up - f(moved)[1]) / (2 * step)
        worst = math.max(worst, math.abs(slope - grads[i][at]) / (1 + math.abs(slope)))
      end
    end
  end
  return worst
end

local counted = 0
for _, s in ipairs(rows.subjects()) do
  local wrong = {}
  local function hold(pass, what, ...) if not pass then wrong[#wrong + 1] = string.format(what, ...) end end
  if s.kind == "loss" and takes(s, "weights") then
    counted = counted + 1
    local inputs, all = rows.draw(s, 21), { 1, 2, 3, 4, 5, 6, 7, 8 }
    local value, grads = evaluate(s, inputs, {}, WEIGHTS)
    local want, sum = mean(terms(s, inputs, WEIGHTS))
    hold(apart(value, want) < near, "the mean is %.12g, the formula gives %.12g", value[1], want)
    if double and not s.row.metric_only then
      local worst = off(s, inputs, function(given) return evaluate(s, given, {}, WEIGHTS) end)
      hold(worst < 1e-7, "its gradient is off by %g", worst)
    end
    local plain, plain_grads = evaluate(s, inputs, {})
    local ones, ones_grads = evaluate(s, inputs, {}, { 1, 1, 1, 1, 1, 1, 1, 1 })
    hold(same(plain, ones), "weights of 1 do not give the bits of none")
    for i in pairs(plain_grads) do
      hold(same(plain_grads[i], ones_grads[i]), "nor the bits of the gradient of %s", s.inputs[i].name)
    end
    -- 2, 1, 0: a row twice, once, left out
    local twice = { 1, 1, 2, 4, 4, 5, 6, 7, 8 }
    local doubled, doubled_grads = evaluate(s, inputs, {}, { 2, 1, 0, 2, 1, 1, 1, 1 })
    local repeated, repeated_grads = evaluate(s, picked(s, inputs, twice), {})
    hold(apart(doubled, repeated) < near, "weight 2 is not a row that stands there twice: %.12g, %.12g", doubled[1], repeated[1])
    for i, grad in pairs(doubled_grads) do
      if s.inputs[i].shape:sub(1, 1) == "n" then
        local summed, width = {}, #grad // 8
        for k = 1, #grad do summed[k] = 0 end
        for k, row in ipairs(twice) do
          for c = 1, width do
            local place = (row - 1) * width + c
            summed[place] = summed[place] + repeated_grads[i][(k - 1) * width + c]
          end
        end
        hold(apart(grad, summed) < near, "nor is the gradient of %s", s.inputs[i].name)
      else
        hold(apart(grad, repeated_grads[i]) < near, "nor is the gradient of %s", s.inputs[i].name)
      end
    end
    if s.row.by_row then
      local summed = evaluate(s, inputs, { reduction = "sum" }, WEIGHTS)
      hold(apart(summed, sum) < near, "the sum is %.12g, not %.12g", summed[1], sum)
      local by_row, row_grads = evaluate(s, inputs, { reduction = "none" }, WEIGHTS)
      local list, total = terms(s, inputs, WEIGHTS), 0
      for i, each in ipairs(list) do hold(apart(by_row[i], each[1] * each[2]) < near, "row %d of none", i) end
      for _, w in ipairs(WEIGHTS) do total = total + w end
      for i, grad in pairs(row_grads) do
        for k = 1, #grad do grad[k] = grad[k] / total end
        hold(apart(grad, grads[i]) < near, "the gradient of none, %s", s.inputs[i].name)
      end
    end
    local shuffled = { 3, 7, 1, 8, 5, 2, 6, 4 }
    local moved = {}
    for k, i in ipairs(shuffled) do moved[k] = WEIGHTS[i] end
    hold(apart(evaluate(s, picked(s, inputs, shuffled), {}, moved), value) < near, "it depends on the order of the rows")
    hold(#all == #WEIGHTS, "as many weights as rows")
    local given = rows.matrices(s, inputs)
    given[#given + 1] = { weights = ll.zeros(8, 1) }
    hold(ll.loss[s.name]():batch(table.unpack(given)) == false, "a batch of weights 0 is no batch to pass over")
    for _, bad in ipairs { { { 1, 2 }, "weights (n,1) is 2x1" }, { { 1, 1, -1, 1, 1, 1, 1, 1 }, "weights, row 3: -1 is negative" },
      { { 1, 1, 1, 1, 1, 1, 1, 0 / 0 }, "weights, row 8: NaN" } } do
      local fine, why = pcall(evaluate, s, inputs, {}, bad[1])
      why = tostring(why)
      hold(not fine and why:find(s.name, 1, true) and why:find(bad[2], 1, true), "%s: %s", bad[2], why)
    end
    t.ok(#wrong == 0, s.name .. " with weights of rows: " .. table.concat(wrong, "; "))
  elseif s.kind == "loss" then
    local given = rows.matrices(s, rows.draw(s, 21))
    given[#given + 1] = { weights = WEIGHTS }
    t.throws(function()
      local loss = ll.loss[s.name]()
      if s.row.has_history then loss:history({ 0.3, -0.2 }, { 1, 0 }) end
      loss(table.unpack(given))
    end, s.name .. " takes no weights", s.name .. " refuses weights of rows")
  end
end
t.ok(counted >= 30, "losses that take weights of rows: " .. counted)

-- ---- by the class ---------------------------------------------------------------------------------------------------------

local function binary(s) return takes(s, "pos_weight") end
for _, s in ipairs(rows.subjects()) do
  if s.kind == "loss" and takes(s, "class_weights") then
    local wrong = {}
    local function hold(pass, what, ...) if not pass then wrong[#wrong + 1] = string.format(what, ...) end end
    local inputs, place = rows.draw(s, 22), nil
    for i, input in ipairs(s.inputs) do if input.role == "binary" or input.role == "class" then place = i end end
    local of_classes = binary(s) and { 0.5, 3 } or { 1, 0.25, 2, 0 }
    local values, weighed, by_label = evaluate(s, inputs, { reduction = "none" }), {}, {}
    for i, v in ipairs(values) do
      local y = inputs[place][i][1]
      by_label[i] = of_classes[binary(s) and (y > 0 and 2 or 1) or y]
      weighed[i] = { v, by_label[i] * WEIGHTS[i] }
    end
    local value = evaluate(s, inputs, { class_weights = of_classes }, WEIGHTS)
    hold(apart(value, (mean(weighed))) < near, "with class_weights %.12g, not %.12g", value[1], (mean(weighed)))
    local rows_alone, grads = evaluate(s, inputs, {}, by_label)
    local classes_alone, class_grads = evaluate(s, inputs, { class_weights = of_classes })
    hold(same(rows_alone, classes_alone), "class_weights are not weights of rows")
    for i in pairs(grads) do hold(same(grads[i], class_grads[i]), "nor in the gradient") end
    hold(same(evaluate(s, inputs, { class_weights = binary(s) and { 1, 1 } or { 1, 1, 1, 1 } }), evaluate(s, inputs, {})),
      "class_weights of 1 do not give the bits of none")
    if binary(s) then
      local sum, total, p = 0, 0, 2.5
      for i, v in ipairs(values) do
        local e = by_label[i] * WEIGHTS[i]
        sum, total = sum + e * (inputs[place][i][1] > 0 and p or 1) * v, total + e
      end
      local all = { class_weights = of_classes, pos_weight = p }
      local got = evaluate(s, inputs, all, WEIGHTS)
      hold(apart(got, sum / total) < near, "pos_weight, too: %.12g, not %.12g", got[1], sum / total)
      if double and not s.row.metric_only then
        local worst = off(s, inputs, function(given) return evaluate(s, given, all, WEIGHTS) end)
        hold(worst < 1e-7, "its gradient is off by %g", worst)
      end
      hold(same(evaluate(s, inputs, { pos_weight = 1 }), evaluate(s, inputs, {})),
        "a pos_weight of 1 does not give the bits of none")
      local state = ll.loss[s.name](all):state()
      hold(ll.loss[s.name](all):load_state(state) ~= nil, "a state")
      hold(not pcall(function() ll.loss[s.name]():load_state(state) end), "a state of another pos_weight is taken")
    end
    t.ok(#wrong == 0, s.name .. " by class: " .. table.concat(wrong, "; "))
  elseif s.kind == "loss" then
    t.throws(function() ll.loss[s.name] { class_weights = { 1, 2 } } end, s.name .. " takes no class_weights",
      s.name .. " refuses class_weights")
  end
  if s.kind == "loss" and not binary(s) then
    t.throws(function() ll.loss[s.name] { pos_weight = 2 } end, s.name .. " takes no pos_weight", s.name .. " refuses pos_weight")
  end
end

-- Figures of PyTorch's documented formulas: BCEWithLogitsLoss(pos_weight) divides by n, CrossEntropyLoss(weight) by the weights.
local f, y = ll.matrix { 0.5, -1, 2 }, ll.matrix { 1, 1, 0 }
local function softplus(x) return math.log(1 + math.exp(x)) end
t.near(ll.loss.cross_entropy { pos_weight = 3 }(f, y):item(), (3 * softplus(-0.5) + 3 * softplus(1) + softplus(2)) / 3, 1e-6,
  "pos_weight as BCEWithLogitsLoss has it")
local logits = ll.matrix { { 1, 0, -1 }, { 0, 2, 0 } }
local function row(a, b, c, own) return math.log(math.exp(a) + math.exp(b) + math.exp(c)) - own end
t.near(ll.loss.softmax { class_weights = { 1, 5, 2 } }(logits, { 3, 2 }):item(), (2 * row(1, 0, -1, -1) + 5 * row(0, 2, 0, 2)) / 7,
  1e-6, "class_weights as CrossEntropyLoss has them")

-- ---- what is refused ------------------------------------------------------------------------------------------------------

for _, case in ipairs {
  { function() ll.loss.hinge { pos_weight = -1 } end, "hinge: pos_weight must be >= 0, not -1" },
  { function() ll.loss.hinge { pos_weight = "much" } end, "pos_weight" },
  { function() ll.loss.hinge { class_weights = { 1, 2, 3 } } end, "two, of negatives and of positives, not 3 numbers" },
  { function() ll.loss.softmax { class_weights = { 0, 0 } } end, "class_weights are all 0" },
  { function() ll.loss.softmax { class_weights = { 1, -2 } } end, "number 2 must be >= 0, not -2" },
  { function() ll.loss.softmax { class_weights = { 1, 2 } }(logits, { 3, 2 }) end, "2 class_weights for 3 classes" },
  { function() ll.loss.hinge()(f, y, { weight = { 1, 1, 1 } }) end, 'did you mean "weights"?' },
} do t.throws(case[1], case[2], case[2]) end

-- ---- steps ----------------------------------------------------------------------------------------------------------------

for _, name in ipairs { "cross_entropy", "pair_hinge", "huber" } do
  local x, of_rows = ll.random(5, 0, name):normal(12, 3), ll.random(6, 0, name):uniform(12, 1, 0, 2)
  local labels = name == "huber" and ll.random(7, 0, name):normal(12, 1) or ll.random(7, 0, name):bernoulli(12, 1, 0.5)
  local values, nets = {}, {}
  for way = 1, 2 do
    local net, loss = ll.nn.mlp { 3, 4, 1, seed = 3 }, ll.loss[name]()
    local opt = ll.optim.adam(net, { lr = 0.01 })
    local step = ll.compile { net = net, loss = loss, optimizer = opt }
    values[way], nets[way] = {}, net
    for k = 1, 5 do
      if way == 1 then values[1][k] = step(x, labels, { weights = of_rows })
      else
        local value = loss:batch(net(x), labels, { weights = of_rows })
        values[2][k] = value:item()
        value:backward()
        opt:step()
      end
    end
  end
  t.is(values[1], values[2], name .. ": a compiled step with weights is the plain one, to the bit")
  t.ok(same(numbers(nets[1](x)), numbers(nets[2](x))), name .. ": and so is what it learnt")
end
t.done()
