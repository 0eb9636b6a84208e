-- Batches of training as chance puts them together, for every loss of the table: rows of one class, a single row, rows without a
-- direction. loss:batch gives nil where there is nothing to compare, as one table here says, and else what the loss by hand gives.
-- A row without a direction has cosine 0 with all others, which is what a row in a dimension of its own has by the plain formula.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local function set(list)
  local out = {}
  for name in list:gmatch "%S+" do out[name] = true end
  return out
end
local of_pairs = "pair_square pair_hinge pair_squared_hinge pair_exponential pair_logistic aucm aucm_minmax pauc_cvar pauc_kl " ..
  "smooth_ap top_push batch_hard_triplet margin_sample_mining circle multi_similarity lifted_structure "
local nothing = {
  ["one class"] = set(of_pairs),
  ["the other class"] = set(of_pairs .. "approx_ndcg"),
  ["one row"] = set(of_pairs .. "list_net list_mle approx_ndcg lmnn supervised_contrastive nt_xent n_pairs covariance"),
}

local subjects = {}
for _, subject in ipairs(rows.subjects()) do
  if subject.kind == "loss" and not subject.row.metric_only then subjects[#subjects + 1] = subject end
end

local function made(subject, options)
  local loss = ll.loss[subject.name](options)
  if subject.row.has_history then loss:history({ 0.3, -0.2, 0.9, -1.1 }, { 1, 0, 1, 0 }) end
  return loss
end

local function gradients(inputs)
  local out = {}
  for i, input in ipairs(inputs) do out[i] = input.grad and input.grad:table() or false end
  return out
end

local function is_zero(m)
  for r = 1, m.rows do
    for c = 1, m.cols do if m:get(r, c) ~= 0 then return false end end
  end
  return true
end

-- What loss:batch and the loss by hand make of the same inputs. True if it was passed over.
local function passes(subject, given, what, options)
  local loss, hand, inputs = made(subject, options), made(subject, options), rows.matrices(subject, given)
  local value = loss:batch(table.unpack(inputs))
  local again = rows.matrices(subject, given)
  local fine, by_hand = pcall(hand, table.unpack(again))
  if value then
    t.ok(fine, ("%s, %s: by hand, too"):format(subject.name, what))
    value:backward()
    by_hand:backward()
    t.is(value:item(), by_hand:item(), ("%s, %s: the value by hand"):format(subject.name, what))
    t.is(gradients(inputs), gradients(again), ("%s, %s: and its gradients"):format(subject.name, what))
    return false
  end
  for i, input in ipairs(inputs) do
    t.is(input.grad, nil, ("%s, %s: nothing flows to %s"):format(subject.name, what, subject.inputs[i].name))
  end
  if fine then
    t.ok(ll.loss.is_empty(by_hand), ("%s, %s: the value by hand is known to be of nothing"):format(subject.name, what))
    t.near(by_hand:item(), 0, 1e-6, ("%s, %s: it is 0"):format(subject.name, what))
    by_hand:backward()
    for i, input in ipairs(again) do
      local name = ("%s, %s: %s: gradient 0"):format(subject.name, what, subject.inputs[i].name)
      if input.grad then t.ok(is_zero(input.grad), name) end
    end
  else
    t.like(by_hand, subject.name .. ": ", ("%s, %s: by hand an error"):format(subject.name, what))
  end
  return true
end

local function with_labels(subject, label, extents)
  local given, has = rows.draw(subject, 3, { extents = extents }), false
  for i, input in ipairs(subject.inputs) do
    if rows.is_label(input) and input.role ~= "neighbours" then
      has = true
      for _, row in ipairs(given[i]) do
        for c in ipairs(row) do row[c] = label(input) end
      end
    elseif input.optional then given[i] = nil
    end
  end
  return given, has
end

for _, subject in ipairs(subjects) do
  for what, label in pairs {
    ["one class"] = function() return 1 end, ["the other class"] = function(input) return input.role == "class" and 2 or 0 end,
  } do
    local given, has = with_labels(subject, label)
    if has then t.is(passes(subject, given, what), nothing[what][subject.name] or false, subject.name .. ": " .. what) end
  end
  local given = with_labels(subject, function() return 1 end, { n = 1, m = 1 })
  t.is(passes(subject, given, "one row"), nothing["one row"][subject.name] or false, subject.name .. ": one row")
  local whole = with_labels(subject, function() return 1 end)
  for i, drawn in ipairs(rows.draw(subject, 3)) do if whole[i] then whole[i] = drawn end end
  t.is(passes(subject, whole, "a whole batch"), false, subject.name .. ": a whole batch")
end

-- What a parameter, or the number of rows, takes away.
local function subject_of(name)
  for _, subject in ipairs(subjects) do if subject.name == name then return subject end end
end
local three = { { 1, 0 }, { 0.5, 2 }, { -1, 1 } }
t.ok(passes(subject_of "lmnn", { three, { 1, 1, 1 } }, "impostors alone, of one class", { mu = 1 }), "lmnn with mu = 1: one class")
t.ok(not passes(subject_of "lmnn", { three, { 1, 1, 2 } }, "impostors alone, of two", { mu = 1 }), "lmnn with mu = 1: two classes")
t.ok(passes(subject_of "supervised_contrastive", { { { 1, 0 }, { 0.5, 2 } }, { 1, 1 } }, "a row and its positive"),
  "supervised_contrastive: two rows, which have no third to differ from")
t.ok(not passes(subject_of "multi_similarity", { three, { 1, 1, 1 } }, "positives", { mining = false }),
  "multi_similarity without mining has positives to compare")

-- ---- adaptive_rank compares a batch with what it remembers ------------------------------------------------------------------

local rank = ll.loss.adaptive_rank()
local scores = ll.matrix { 0.5, -0.25 }:with_grad()
local call = "loss:first_history(ll.no_grad(net, train.x), train.y) before the first epoch, and loss:end_epoch() at the end"
t.throws(function() rank:batch(scores, { 1, 1 }) end, call, "adaptive_rank: without a history it is not trained")
t.throws(function() rank(scores, { 1, 0 }) end, call, "by whichever call")
t.is(rank(scores:detach(), { 1, 0 }):item(), 0, "its value is 0")
rank:history({ 1 }, { 1 })
t.is(rank:batch(scores, { 1, 1 }), false, "targets against a history of targets: nothing to compare")
t.is(scores.grad, nil, "and nothing flows")
rank:end_epoch()
t.is(rank.history_rows, 2, "but the rows are remembered")
t.is(rank:batch(scores, { 1, 1 }), false, "targets against a history of targets")
t.ok(rank:batch(scores, { 0, 0 }), "decoys against a history of targets")
t.ok(rank:batch(scores, { 1, 0 }), "one that has something to compare")
rank:history({ 1, 2 }, { 1, 0 })
t.ok(rank:batch(scores, { 1, 1 }), "targets alone against a history of both")
rank:history({ 1, 2 }, { 1, 0 })
ll.no_grad(function() rank:batch(scores, { 1, 1 }) end)
rank:end_epoch()
t.is(rank.history_rows, 2, "without a gradient nothing is remembered")

-- ---- rows without a direction -----------------------------------------------------------------------------------------------

-- The same rows with a dimension more for each zero row, in which it alone lies: its cosine with all others is 0. Where lengths
-- count, its own is all but 0.
local function apart(subject, given, zeros)
  local out, count, at = {}, 0, 0
  for _, list in pairs(zeros) do count = count + #list end
  for i, input in ipairs(given) do
    out[i] = rows.copy(input)
    if subject.inputs[i].shape:find "d" then
      for r, row in ipairs(out[i]) do
        for _ = 1, count do row[#row + 1] = 0 end
        for _, zero in ipairs(zeros[i] or {}) do
          if zero == r then
            at = at + 1
            row[#row - count + at] = 1e-30
          end
        end
      end
    end
  end
  return out
end

local tolerance = ll.precision == "double" and 1e-12 or 2e-6
local function zero_rows(subject, zeros, tiny, options)
  local given, what = rows.draw(subject, 9), subject.name .. (tiny > 0 and ", rows almost zero" or ", zero rows")
  local total = 0
  for i, list in pairs(zeros) do
    for _, r in ipairs(list) do
      total = total + 1
      for c = 1, #given[i][r] do given[i][r][c] = c % 2 == 0 and tiny or 0 end
    end
  end
  local loss, hand = ll.loss[subject.name](options), ll.loss[subject.name](options)
  local inputs, plain = rows.matrices(subject, given), rows.matrices(subject, apart(subject, given, zeros))
  local value, expected = loss:batch(table.unpack(inputs)), hand(table.unpack(plain))
  if options and options.reduction then value, expected = (value * 1):sum(), (expected * 1):sum() end
  t.near(value:item(), expected:item(), tolerance * (1 + math.abs(expected:item())),
    what .. ": the value is the formula's with cosine 0")
  t.is(loss.zero_rows, total, what .. ": counted")
  value:backward()
  expected:backward()
  t.is(loss.zero_rows, total, what .. ": once")
  for i, list in pairs(zeros) do
    local is, largest, exact = {}, 0, true
    for _, r in ipairs(list) do is[r] = true end
    local most = 0
    for r = 1, #given[i] do
      for c = 1, #given[i][r] do
        local g = inputs[i].grad:get(r, c)
        if is[r] then exact = exact and g == 0
        else
          most = math.max(most, math.abs(plain[i].grad:get(r, c)))
          largest = math.max(largest, math.abs(g - plain[i].grad:get(r, c)))
        end
      end
    end
    t.ok(exact, ("%s: %s: their gradient is 0"):format(what, subject.inputs[i].name))
    t.ok(largest <= 100 * tolerance * (1 + most),
      ("%s: %s: the others' gradients are the formula's, but for %g of %g"):format(what, subject.inputs[i].name, largest, most))
  end
end

for _, subject in ipairs(subjects) do
  local inputs, all = {}, {}
  for i, input in ipairs(subject.inputs) do if input.role == "matrix" and input.shape:find "d" then inputs[#inputs + 1] = i end end
  if subject.row.of_cosines then
    for _, i in ipairs(inputs) do
      zero_rows(subject, { [i] = { 2 } }, 0)
      all[i] = { 1, 3 }
    end
    zero_rows(subject, all, 0)
    zero_rows(subject, all, ll.precision == "double" and 1e-310 or 1e-42)
    if subject.row.by_row then zero_rows(subject, all, 0, { reduction = "none" }) end
    for _, i in ipairs(inputs) do -- nothing but zero rows
      local given = rows.draw(subject, 9)
      for _, row in ipairs(given[i]) do for c in ipairs(row) do row[c] = 0 end end
      local loss = ll.loss[subject.name]()
      local passed = loss:batch(table.unpack(rows.matrices(subject, given))) == false
      t.is(passed, subject.name ~= "nt_xent", ("%s: %s of zeros alone"):format(subject.name, subject.inputs[i].name))
      t.is(loss.zero_rows, #given[i], subject.name .. ": they are counted")
    end
    local given = rows.draw(subject, 9)
    for c in ipairs(given[inputs[1]][2]) do given[inputs[1]][2][c] = 0 end
    t.throws(function() subject.call(rows.matrices(subject, given)) end, { subject.name, "row 2", "zero" },
      subject.name .. ": by hand a zero row is an error")
  else
    t.is(ll.loss[subject.name]().zero_rows, nil, subject.name .. ": counts none")
  end
end

-- ---- and what measures them -------------------------------------------------------------------------------------------------

-- Rows of exact length 1 once they are scaled, so that all cosines that are 0 tie.
local near = { { 2, 0 }, { 0, 0 }, { 3, 0 }, { 0, 0 }, { 0, 5 }, { 0, 1 }, { -1, 0 } }
local wide = { { 2, 0, 0, 0 }, { 0, 0, 1, 0 }, { 3, 0, 0, 0 }, { 0, 0, 0, 1 }, { 0, 5, 0, 0 }, { 0, 1, 0, 0 }, { -1, 0, 0, 0 } }
local class = { 1, 2, 1, 1, 2, 2, 2 }
for k = 1, 6 do
  local options = { k = k, distance = "cosine" }
  for _, name in ipairs { "recall_at_k", "knn_accuracy" } do
    t.is(ll.metric[name](near, class, options), ll.metric[name](wide, class, options),
      ("%s by cosine, k = %d: a zero row has cosine 0 with all others"):format(name, k))
  end
  t.is(ll.metric.knn(near, class, { { 4, 0 }, { 0, 0 } }, { 1, 2 }, options),
    ll.metric.knn(wide, class, { { 4, 0, 0, 0 }, { 0, 0, 0, 0 } }, { 1, 2 }, options), ("knn by cosine, k = %d"):format(k))
end
-- Many rows along the axes, some of them zero, beyond what is searched at once.
local seed = math.tointeger(tonumber(os.getenv "LOSSLAB_SEED")) or 5
print("# seed " .. seed)
local draw, many, classes, zeros = ll.random(seed), {}, {}, 0
for i = 1, 700 do
  local axis = draw:integer(5)
  many[i] = { 0, 0, 0, 0 }
  if axis < 5 then many[i][axis] = draw:integer(2) * 2 - 3 else zeros = zeros + 1 end
  classes[i] = draw:integer(6)
end
local far, at = {}, 0
for i, row in ipairs(many) do
  far[i] = table.move(row, 1, 4, 1, {})
  for c = 1, zeros do far[i][4 + c] = 0 end
  if row[1] == 0 and row[2] == 0 and row[3] == 0 and row[4] == 0 then
    at = at + 1
    far[i][4 + at] = 1
  end
end
for _, k in ipairs { 1, 5, 100 } do
  for _, name in ipairs { "recall_at_k", "knn_accuracy" } do
    local options = { k = k, distance = "cosine" }
    t.is(ll.metric[name](many, classes, options), ll.metric[name](far, classes, options),
      ("%s by cosine, k = %d, %d of 700 rows zero"):format(name, k, zeros))
  end
end
t.throws(function() ll.metric.neighbours(near, nil, { k = 1, distance = "cosine" }) end, "row 2 of the queries has norm 0",
  "the search itself refuses it")
t.done()
