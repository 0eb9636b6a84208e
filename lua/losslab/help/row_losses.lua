-- Entries of the losses, distances, divergences and metrics, from the rows of the engine's tables; the example is made from the
-- roles and shapes of a row's inputs.
local example = require "losslab.help.example"
local text = require "losslab.text"
local words = require "losslab.help.row_words"

-- Rows of numbers for an input's letters: "n,d" is a matrix of 4 × 2.
local sizes = { n = 4, m = 4, d = 2, k = 3, q = 3, t = 1 }
local pool = { 0.9, 0.2, 0.4, -0.3, 0.6, 0.8, -0.5, 0.1, 0.7, -0.2, 0.3, 0.5, -0.6, 0.35, 0.15, 0.45 }
local by_role = {
  binary = { { 1 }, { 1 }, { 0 }, { 0 } }, class = { { 1 }, { 2 }, { 3 }, { 1 } }, identity = { { 1 }, { 1 }, { 2 }, { 2 } },
  relevance = { { 2, 0, 1 }, { 0, 1, 0 }, { 1, 0, 2 }, { 0, 0, 1 } }, neighbours = { { 2 }, { 1 }, { 4 }, { 3 } },
  sizes = { { 2 }, { 0 }, { 1 }, { 3 } },
}

local function literal(rows)
  local out = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for j, value in ipairs(row) do cells[j] = text.number(value) end
    out[i] = "{ " .. table.concat(cells, ", ") .. " }"
  end
  return "ll.matrix { " .. table.concat(out, ", ") .. " }"
end

local function probabilities(rows, cols, place)
  local out = {}
  for i = 1, rows do
    out[i] = {}
    for j = 1, cols do
      local n = cols == 1 and rows or cols
      local at = cols == 1 and i or j
      local weights, sum = {}, 0
      for l = 1, n do
        weights[l] = 1 + (l * (place + (cols == 1 and 0 or i))) % (n + 1)
        sum = sum + weights[l]
      end
      out[i][j] = weights[at] / sum
    end
  end
  return out
end

-- Probabilities that are short to write: tenths that sum to one.
local function tenths(rows, cols, place)
  local out = probabilities(rows, cols, place)
  local function settle(get, set, n)
    local sum = 0
    for l = 1, n - 1 do
      local value = math.floor(get(l) * 10 + 0.5) / 10
      set(l, value)
      sum = sum + value
    end
    set(n, math.floor((1 - sum) * 10 + 0.5) / 10)
  end
  if cols == 1 then
    settle(function(l) return out[l][1] end, function(l, v) out[l][1] = v end, rows)
  else
    for i = 1, rows do settle(function(l) return out[i][l] end, function(l, v) out[i][l] = v end, cols) end
  end
  return out
end

local function input_rows(input, place, positive)
  if by_role[input.role] then return by_role[input.role] end
  local letters = {}
  for letter in input.shape:gmatch "[%w]+" do letters[#letters + 1] = sizes[letter] or tonumber(letter) or 4 end
  local rows, cols = letters[1] or 4, letters[2] or 1
  if input.role == "probabilities" or input.role == "distributions" then return tenths(rows, cols, place) end
  local out = {}
  for i = 1, rows do
    out[i] = {}
    for j = 1, cols do
      local value = pool[((place - 1) * 5 + (i - 1) * cols + j - 1) % #pool + 1]
      out[i][j] = positive and math.abs(value) or value
    end
  end
  return out
end

local function shown(lines) return example.shown(table.concat(lines, "\n")) end

local function inputs_of(row, entry, in_options)
  for _, input in ipairs(row.inputs) do
    local said = words.holds[input.role] or input.role == "matrix" and "a matrix" or input.role
    entry.params[#entry.params + 1] = { name = (input.named and in_options or "") .. input.name,
      text = string.format("%s, (%s)%s%s", said, input.shape, input.pairwise and "; pairwise (" .. input.pairwise .. ")" or "",
        input.optional and "; may be left out" or "") }
  end
end

local function given(row)
  local names = {}
  for _, input in ipairs(row.inputs) do
    if not input.optional and not input.named then names[#names + 1] = input.name end
  end
  return table.concat(names, ", ")
end

-- { margin = 0.1, … } of the first parameter, where a row has some.
local function options_example(row)
  local p = row.params[1]
  if not p then return nil end
  return string.format("{ %s = %s }", p.name, type(p.default) == "string" and '"' .. p.default .. '"' or text.number(p.default))
end

local function inputs_lines(row)
  local lines = {}
  for i, input in ipairs(row.inputs) do
    if not input.optional and not input.named then
      lines[#lines + 1] = "local " .. input.name .. " = " .. literal(input_rows(input, i, row.output == "sigmoid"))
    end
  end
  return lines
end

local function learnt_words(row)
  local said = {}
  for _, each in ipairs(row.learnt or {}) do
    said[#said + 1] = string.format("%s (%s), from %s at the rate %s; loss.%s is what it is now", each.name, each.symbol,
      each.start or "0", each.rate or "of its optimizer", each.name)
  end
  return table.concat(said, "; ")
end

local function loss(add, row)
  local entry = { name = "ll.loss." .. row.name, kind = "loss", module = "ll.loss", group = row.family, see = {}, params = {},
    calls = { string.format("ll.loss.%s { %s }", row.name, #row.params > 0 and "options" or ""),
      string.format("loss(%s)", given(row)) }, gives = "loss", summary = row.summary, text = row.summary,
    paragraphs = { { text = row.summary:gsub("^%l", string.upper) .. "." } }, file = "engine/loss/losses.def" }
  if row.metric_only then
    entry.paragraphs[2] = { text = "A metric only: it has no gradient, so nothing can be trained with it." }
  end
  inputs_of(row, entry, "")
  words.params(row, entry, "options.")
  if row.by_row then
    entry.params[#entry.params + 1] = { name = "options.reduction", text = '"mean", "sum" or "none", over the rows ("mean")' }
  end
  if row.smooths then
    entry.params[#entry.params + 1] = { name = "options.label_smoothing", text = "as loss.label_smoothing, on [0, 1) (0)" }
  end
  local taken = {}
  for _, each in ipairs(row.weighs) do taken[#taken + 1] = each end
  entry.facts = words.facts({
    { "formula", row.formula },
    { "weights", #taken > 0 and "it takes " .. table.concat(taken, ", ") .. ": see loss" },
    { "gradient", row.gradient ~= "" and row.gradient or not row.metric_only and "as the formula says" or "none" },
    { "learns", learnt_words(row) },
    { "remembers", row.has_history and "the scores of the epoch before: call loss:end_epoch() after each" },
    { "output", row.output and row.output ~= "" and row.output .. ": what a study's network ends in for it" },
    { "cost", row.cost },
    { "source", row.source }, { "note", row.note } })
  local lines = inputs_lines(row)
  lines[#lines + 1] = string.format("local loss = ll.loss.%s %s", row.name, options_example(row) or "{}")
  if row.has_history then lines[#lines + 1] = string.format("loss:first_history(%s)", given(row)) end
  lines[#lines + 1] = string.format("loss(%s):item()", given(row))
  entry.example = shown(lines)
  add(entry)
end

local function distance(add, row, module)
  local call = string.format("ll.%s.%s(%s", module, row.name, given(row))
  local needed
  for _, input in ipairs(row.inputs) do
    if input.named and not input.optional then needed = input.name end
  end
  local options = #row.params > 0 or module == "distance" or needed
  for _, input in ipairs(row.inputs) do options = options or input.named end
  local entry = { name = "ll." .. module .. "." .. row.name, kind = module, module = "ll." .. module, group = row.family, see = {},
    params = {}, calls = { call .. (needed and ", options)" or options and " [, options])" or ")") }, gives = "matrix",
    summary = row.summary, text = row.summary, paragraphs = { { text = row.summary:gsub("^%l", string.upper) .. "." } },
    file = "engine/" .. (module == "distance" and "distance" or "transport") }
  inputs_of(row, entry, "options.")
  words.params(row, entry, "options.")
  if module == "distance" then
    entry.params[#entry.params + 1] = { name = "options.pairwise",
      text = "whether each row of a is compared with each of b (false)" }
  end
  local again = row.twice and "; can be differentiated twice" or row.twice == false and "; no second derivative" or ""
  entry.facts = words.facts({ { "formula", row.formula },
    { "gradient", (row.gradient ~= "" and row.gradient or "as the formula says") .. again }, { "value", row.value },
    { "axioms", words.axioms(row) }, { "cost", row.cost }, { "source", row.source }, { "note", row.note } })
  local lines = inputs_lines(row)
  if needed then
    for i, input in ipairs(row.inputs) do
      if input.named and not input.optional then
        lines[#lines + 1] = string.format("local %s = %s", input.name,
          input.name == "precision" and "ll.eye(2)" or literal(input_rows(input, i)))
      end
    end
    call = call .. string.format(", { %s = %s }", needed, needed)
  end
  lines[#lines + 1] = call .. ")" .. (module == "distance" and ":table()" or "")
  entry.example = shown(lines)
  add(entry)
end

local inputs_for = {
  any = { { "scores", "n,1", "matrix" }, { "labels", "n,1", "binary" } },
  probability = { { "scores", "n,1", "matrix" }, { "labels", "n,1", "binary" } },
  classes = { { "scores", "n,k", "matrix" }, { "labels", "n,1", "class" } },
  lists = { { "scores", "n,q", "matrix" }, { "relevance", "n,q", "relevance" } },
  embeddings = { { "embeddings", "n,d", "matrix" }, { "labels", "n,1", "identity" } },
  values = { { "scores", "n,1", "numbers" }, { "values", "n,1", "numbers" } },
}

local function metric(add, row)
  row.inputs = {}
  for i, each in ipairs(inputs_for[row.needs] or inputs_for.any) do
    row.inputs[i] = { name = each[1], shape = each[2], role = each[3] }
  end
  local entry = { name = "ll.metric." .. row.name, kind = "metric", module = "ll.metric", group = "metrics of studies", see = {},
    params = {}, calls = { string.format("ll.metric.%s(%s [, options])", row.name, given(row)) }, gives = "number",
    summary = row.summary, text = row.summary, file = "engine/metric",
    paragraphs = { { text = row.summary:gsub("^%l", string.upper) .. "." },
      { text = string.format('%s is better. In a study: metrics = { "%s" }.', row.higher_is_better and "Higher" or "Lower",
        row.name) } } }
  inputs_of(row, entry, "")
  words.params(row, entry, "options.")
  if row.weighted then
    entry.params[#entry.params + 1] = { name = "options.weights", text = "a column of weights, one for each row" }
  end
  entry.facts = words.facts({ { "formula", row.formula }, { "source", row.source } })
  local lines = {}
  if row.needs == "probability" then
    lines[1] = "local scores = ll.matrix { { 0.9 }, { 0.4 }, { 0.6 }, { 0.2 } }"
    lines[2] = "local labels = ll.matrix { { 1 }, { 1 }, { 0 }, { 0 } }"
  elseif row.needs == "values" then
    lines[1] = "local scores = ll.matrix { { 1.5 }, { 0.5 }, { 1 }, { 2.5 } }"
    lines[2] = "local values = ll.matrix { { 2 }, { 0 }, { 1 }, { 3 } }"
  elseif row.name:find "log_loss" then
    lines[1] = "local scores = ll.matrix { { 0.7, 0.2, 0.1 }, { 0.1, 0.8, 0.1 }, { 0.3, 0.3, 0.4 }, { 0.2, 0.5, 0.3 } }"
    lines[2] = "local labels = ll.matrix { { 1 }, { 2 }, { 3 }, { 1 } }"
  else
    lines = inputs_lines(row)
  end
  local options = (row.name == "knn_accuracy" or row.name == "recall_at_k") and ", { k = 1 }" or ""
  lines[#lines + 1] = string.format("ll.metric.%s(%s%s)", row.name, given(row), options)
  entry.example = shown(lines)
  add(entry)
end

return function(add)
  local ll = require "losslab"
  for _, name in ipairs(ll.loss.list()) do loss(add, ll.loss.describe(name)) end
  for _, name in ipairs(ll.distance.list()) do distance(add, ll.distance.describe(name), "distance") end
  for _, name in ipairs(ll.divergence.list()) do distance(add, ll.divergence.describe(name), "divergence") end
  for _, name in ipairs(ll.metric.list()) do metric(add, ll.metric.describe(name)) end
end
