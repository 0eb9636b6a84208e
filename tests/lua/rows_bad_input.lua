-- Bad inputs and parameters for every row of the tables: each refusal names the row, the input or parameter, and what was found;
-- what is not refused gives numbers, never NaN. Nothing here knows a row by its name: cases come from its shapes,
-- roles and parameters.
local t = require "tests.lua.tap"
local ll = require "losslab"
local rows = require "tests.lua.fixture_rows"

local nan, inf = 0 / 0, math.huge

-- Failures of one kind for one row, told together.
local function verdict(subject, what)
  local self = { cases = 0, wrong = {} }
  -- f must raise a message that holds the row's name and every word (a list of words: one of them).
  function self.refused(case, f, ...)
    self.cases = self.cases + 1
    local fine, why = pcall(f)
    why = tostring(why)
    if fine then
      self.wrong[#self.wrong + 1] = case .. ": accepted"
      return
    end
    for _, words in ipairs { subject.name, ... } do
      local found = false
      for _, word in ipairs(type(words) == "table" and words or { words }) do
        found = found or why:find(word, 1, true) ~= nil
      end
      if not found then
        self.wrong[#self.wrong + 1] = string.format("%s: %q lacks %q", case, why,
          type(words) == "table" and table.concat(words, "|") or words)
      end
    end
    if why:find "Assertion" or why:find "attempt to" then self.wrong[#self.wrong + 1] = case .. ": " .. why end
  end
  -- The row has no objection to the parameter, whatever else it may say of the inputs.
  function self.taken(case, inputs, name, value)
    self.cases = self.cases + 1
    local fine, why = pcall(subject.call, rows.matrices(subject, inputs), { [name] = value })
    if not fine and tostring(why):find(name .. " must be", 1, true) then self.wrong[#self.wrong + 1] = case .. ": " .. why end
  end
  -- Numbers, or an error that names the row.
  function self.sane(case, inputs, options)
    self.cases = self.cases + 1
    local fine, right, why = pcall(rows.sane, subject, inputs, options)
    if not fine and not tostring(right):find(subject.name, 1, true) then
      self.wrong[#self.wrong + 1] = string.format("%s: %s", case, right)
    elseif fine and not right then
      self.wrong[#self.wrong + 1] = string.format("%s: %s", case, why)
    end
    return fine and right, not fine and tostring(right) or nil
  end
  function self.done()
    t.ok(#self.wrong == 0, string.format("%s: %s, %d cases%s", subject.name, what, self.cases,
      #self.wrong > 0 and "\n#   " .. table.concat(self.wrong, "\n#   ") or ""))
  end
  return self
end

local function call(subject, inputs, options) return function() return subject.call(rows.matrices(subject, inputs), options) end end

-- ---- how many inputs -------------------------------------------------------------------------------------------------------

local function count(subject)
  local v = verdict(subject, "too few and too many inputs")
  local inputs, module = rows.matrices(subject, rows.draw(subject, 1)), ll[subject.kind][subject.name]
  local needed = 0
  for i, input in ipairs(subject.inputs) do
    if not (input.optional or input.named) then needed = i end
  end
  local function with(n, more)
    local given = table.move(inputs, 1, n, 1, {})
    for i = 1, more do given[n + i] = ll.zeros(1, 1) end
    if subject.kind == "loss" then return module {}(table.unpack(given)) end
    return module(table.unpack(given))
  end
  for n = 0, needed - 1 do
    v.refused(n .. " inputs", function() with(n, 0) end, { "takes", "missing" }, { n .. " were", "input " .. n + 1 })
  end
  local most = subject.kind == "loss" and #subject.inputs or needed + 1 -- one for a table of options
  v.refused("one too many", function() with(needed, most + 1 - needed) end, "takes", most + 1 .. " ")
  v.done()
end

-- ---- shapes ----------------------------------------------------------------------------------------------------------------

local function shapes(subject)
  local v = verdict(subject, "each letter of each shape one more than it should be, and empty inputs")
  local uses = {}
  for _, input in ipairs(subject.inputs) do
    for _, letter in ipairs(rows.letters(input)) do uses[letter] = (uses[letter] or 0) + 1 end
  end
  for i, input in ipairs(subject.inputs) do
    local letters, good = rows.letters(input), rows.draw(subject, 2)
    local size = { rows.extent(letters[1]), letters[2] and rows.extent(letters[2]) or 1 }
    for side, letter in ipairs(letters) do
      local bad = { size[1], size[2] }
      bad[side] = bad[side] + 1
      local values = table.move(good, 1, #good, 1, {})
      values[i] = ll.ones(bad[1], bad[2]) / (input.role == "probabilities" and bad[1] * bad[2] or 1)
      local case = string.format("%s %dx%d instead of %dx%d", input.name, bad[1], bad[2], size[1], size[2])
      if uses[letter] > 1 or tonumber(letter) then
        v.refused(case, call(subject, values), bad[1] .. "x" .. bad[2])
      else
        v.sane(case, values) -- nothing else says how large it is; or the row itself does, and then refuses
      end
    end
    if #letters == 1 then
      local values = table.move(good, 1, #good, 1, {})
      values[i] = ll.ones(2, 2) / 4
      v.refused(input.name .. " that is no vector", call(subject, values), input.name, "2x2")
    end
    for _, empty in ipairs { { 0, size[2] }, { size[1], 0 }, { 0, 0 } } do
      local values = table.move(good, 1, #good, 1, {})
      values[i] = ll.zeros(empty[1], empty[2])
      v.refused(string.format("%s %dx%d", input.name, empty[1], empty[2]), call(subject, values), input.name,
        empty[1] .. "x" .. empty[2])
    end
  end
  for _, nothing in ipairs { { n = 0, m = 0 }, { d = 0, k = 0, q = 0 } } do
    local values, changed = {}, false
    for i, input in ipairs(subject.inputs) do
      local letters = rows.letters(input)
      local size = {}
      for side = 1, 2 do
        local letter = letters[side] or "1"
        size[side] = nothing[letter] or rows.extent(letter)
        changed = changed or nothing[letter] ~= nil
      end
      values[i] = ll.zeros(size[1], size[2])
    end
    if changed then v.refused("all inputs empty", call(subject, values), { "empty", "is 0x", "x0" }) end
  end
  v.done()
end

-- ---- values ----------------------------------------------------------------------------------------------------------------

-- What a role does not take, with the words that name it.
local unfit = {
  matrix = {}, numbers = {}, precision = {},
  binary = { 2, 0.5, -2 },
  class = { 0, 1.5, -1 },
  identity = { 1.5, -0.5 },
  relevance = { -0.5, -2 }, sizes = { -0.5, -2 },
  neighbours = { 0, 1.5, rows.extents.n + 1, -1 },
  probabilities = { -0.25 }, distributions = { -0.25 },
}

local function values(subject)
  local v = verdict(subject, "NaN, infinities and values that an input does not take")
  for i, input in ipairs(subject.inputs) do
    t.ok(unfit[input.role], subject.name .. ": it is known what a " .. input.role .. " does not take")
    local places = {}
    for _, x in ipairs { nan, inf, -inf } do places[#places + 1] = { x, x ~= x and "NaN" or x > 0 and "inf" or "-inf" } end
    for _, x in ipairs(unfit[input.role]) do places[#places + 1] = { x, string.format("%g", x) } end
    local bound
    for _, other in ipairs(subject.inputs) do bound = bound or (rows.letters(other)[2] == "k" or rows.letters(other)[1] == "k") end
    if input.role == "class" and bound then places[#places + 1] = { rows.extents.k + 1, "1.." .. rows.extents.k } end
    for _, place in ipairs(places) do
      local given = rows.draw(subject, 3)
      given[i] = rows.copy(given[i])
      local row = #given[i] - 1
      local col = #given[i][row]
      given[i][row][col] = place[1]
      v.refused(string.format("%s with %s", input.name, place[2]), call(subject, given), input.name, "row " .. row,
        { place[2], "no probability" })
    end
    if input.role == "binary" then
      local given = rows.draw(subject, 3)
      given[i][1][1], given[i][2][1] = -1, 0
      v.refused("0 and -1 mixed", call(subject, given), input.name, "mix", "row 2")
    elseif input.role == "distributions" then
      for _, row in ipairs { 1, 2, rows.extents.n } do
        local given = rows.draw(subject, 3)
        given[i][row][1] = given[i][row][1] + 0.125
        v.refused("a row that sums to 1.125", call(subject, given), input.name, "row " .. row,
          { "sums to 1.125", "sums to 1.12499" })
      end
    elseif input.role == "probabilities" then
      local given = rows.draw(subject, 3)
      given[i][1][1] = given[i][1][1] + 0.125
      v.refused("a sum of 1.125", call(subject, given), input.name, { "sums to 1.125", "sums to 1.12499" })
    end
  end
  v.done()
end

-- ---- parameters ------------------------------------------------------------------------------------------------------------

local function parameters(subject)
  local v = verdict(subject, "parameters out of range, of another type, unknown")
  local inputs = rows.draw(subject, 4)
  local function with(name, value) return call(subject, inputs, { [name] = value }) end
  for _, p in ipairs(subject.params) do
    local number = p.kind == "number" or p.kind == "integer"
    if number then
      local low, high = p.low or -inf, p.high or inf
      if low > -inf then
        v.refused(p.name .. " too low", with(p.name, low - 1), p.name, p.range, string.format("not %g", low - 1))
      end
      if p.range:sub(1, 2) == "> " or p.range:sub(1, 1) == "(" then
        v.refused(p.name .. " at its open end", with(p.name, low), p.name, p.range)
      end
      if high < inf then v.refused(p.name .. " too high", with(p.name, 2 * high + 1), p.name, p.range, "not ") end
      for _, closed in ipairs { "^%[(.-), ", "^>= ([^,]+)", "^(%d+) %l+ ", ", (.-)%]$", "%l (%d+)$" } do
        local bound = p.range:match(closed)
        if bound then v.taken(p.name .. " = " .. bound .. ", as its range is printed", inputs, p.name, tonumber(bound)) end
      end
      v.refused(p.name .. " NaN", with(p.name, nan), p.name, "nan")
      if p.infinite then
        for _, value in ipairs { inf, "inf" } do v.taken(p.name .. " infinite, as its range is printed", inputs, p.name, value) end
        v.refused(p.name .. " infinite, below its range", with(p.name, -inf), p.name, p.range, "not -inf")
      else
        v.refused(p.name .. " infinite", with(p.name, inf), p.name, "inf")
      end
      v.refused(p.name .. " a word", with(p.name, "large"), p.name, p.kind == "integer" and "integer" or "number", '"large"')
      v.refused(p.name .. " a boolean", with(p.name, true), p.name, "true")
      if p.kind == "integer" then v.refused(p.name .. " no integer", with(p.name, low + 0.5), p.name, "integer") end
    elseif p.kind == "boolean" then
      v.refused(p.name .. " a number", with(p.name, 1), p.name, "true or false", "not 1")
      v.refused(p.name .. " a word", with(p.name, "yes"), p.name, "true or false", '"yes"')
    else
      local word = p.choices[#p.choices]
      local wrong = word:sub(1, -2) .. (word:sub(-1) == "x" and "y" or "x")
      v.refused(p.name .. " misspelt", with(p.name, wrong), p.name, '"' .. wrong .. '"', 'did you mean "' .. word .. '"')
      v.refused(p.name .. " far from every choice", with(p.name, "zzzzzzzz"), p.name .. ' cannot be "zzzzzzzz"',
        "there are " .. table.concat(p.choices, ", "))
      v.refused(p.name .. " a number", with(p.name, 1), p.name, p.range, "not 1")
      v.refused(p.name .. " a boolean", with(p.name, false), p.name, p.range, "not false")
    end
    v.refused(p.name .. " a table", with(p.name, { 1 }), p.name, "not a table")
    v.refused(p.name .. " a function", with(p.name, print), p.name, "not a function")
    if #p.name > 3 then
      local misspelt = p.name:sub(1, 1) .. p.name:sub(3)
      v.refused(misspelt .. " for " .. p.name, with(misspelt, 1), '"' .. misspelt .. '"', 'did you mean "' .. p.name .. '"')
    end
  end
  v.refused("an unknown name", with("zzzzzz", 1), '"zzzzzz"', #subject.params > 0 and { subject.params[1].name } or subject.name)
  if subject.kind == "loss" then
    if subject.row.by_row then
      v.refused("an unknown reduction", with("reduction", "maen"), "reduction", 'did you mean "mean"')
      v.refused("reduction misspelt", with("reductoin", "mean"), 'did you mean "reduction"')
    else
      v.refused("a reduction", with("reduction", "sum"), "reduction")
    end
  end
  v.refused("a value without a name", with(1, 1), "names")
  v.done()
end

-- ---- inputs that are valid and degenerate ----------------------------------------------------------------------------------

-- "a zero row is an error" stands in the row's own text exactly where it is one.
local function zero_rows(subject)
  local v = verdict(subject, "a zero row gives numbers, or the error that the text promises")
  local text = (subject.row.gradient or "") .. (subject.row.formula or "")
  local promised = text:find "zero row is an error" ~= nil
  for i, input in ipairs(subject.inputs) do
    if input.role == "matrix" and input.shape:find "d" then
      local given = rows.draw(subject, 5)
      for c = 1, #given[i][2] do given[i][2][c] = 0 end
      local fine, why = v.sane(input.name .. " with a zero row", given)
      if fine == promised then
        v.wrong[#v.wrong + 1] = string.format("%s with a zero row is %s", input.name, fine and "no error" or why)
      elseif not fine and not (why:find(input.name, 1, true) and why:find("row 2", 1, true) and why:find "zero") then
        v.wrong[#v.wrong + 1] = why .. ": lacks the input, its row or the word zero"
      end
    end
  end
  v.done()
end

-- Labels of one class, all different, one row; rows that are all equal; numbers large and small.
local function degenerate(subject)
  local v = verdict(subject, "one class, classes of one row, equal rows, large and small numbers")
  local has_labels, has_k
  for _, input in ipairs(subject.inputs) do
    has_labels = has_labels or rows.is_label(input) and input
    has_k = has_k or input.shape:find "k"
  end
  local function with_labels(case, f, extents)
    local given = rows.draw(subject, 6, { extents = extents })
    for i, input in ipairs(subject.inputs) do
      if rows.is_label(input) then
        for r, row in ipairs(given[i]) do
          for c in ipairs(row) do row[c] = f(r, input) end
        end
      end
    end
    local fine, why = v.sane(case, given)
    if not fine and why and not (why:find "class" or why:find "row" or why:find "pair" or why:find "positive") then
      v.wrong[#v.wrong + 1] = string.format("%s: %q does not say what is missing", case, why)
    end
  end
  if has_labels then
    with_labels("all rows of one class", function() return 1 end)
    with_labels("all rows of the other class", function(_, input) return input.role == "class" and 2 or 0 end)
    with_labels("-1 and 1", function(r, input) return input.role == "class" and 1 + r % 2 or r % 2 * 2 - 1 end)
    if not has_k then
      with_labels("every row a class of its own", function(r, input) return input.role == "class" and r or r % 2 end)
    end
    with_labels("a single row", function() return 1 end, { n = 1, m = 2 })
  end
  for _, how in ipairs {
    { "all numbers equal", function() return 0.5 end }, { "all numbers 0", function() return 0 end },
    { "rows equal", function(_, c) return 0.25 + 0.125 * c end },
    { "large numbers", function(r, c) return (r * 7 + c * 3) % 5 * 1e4 - 2e4 end },
    { "numbers of 1e18", function(r, c) return ((r * 7 + c * 3) % 5 - 2) * 1e18 end },
    { "numbers of 1e-18", function(r, c) return ((r * 7 + c * 3) % 5 - 2) * 1e-18 end },
    { "one number of 1e30", function(r, c) return r == 1 and c == 1 and 1e30 or (r * 7 + c * 3) % 5 / 4 end },
    { "the smallest numbers", function(r, c) return ((r * 7 + c * 3) % 5 - 2) * 1e-44 end },
  } do
    local given = rows.draw(subject, 7)
    for i, input in ipairs(subject.inputs) do
      if input.role == "matrix" or input.role == "numbers" then
        for r, row in ipairs(given[i]) do
          for c in ipairs(row) do row[c] = how[2](r, c) end
        end
      end
    end
    v.sane(how[1], given)
    -- and with the second word of every choice
    for _, p in ipairs(subject.params) do
      if p.kind == "choice" then
        for _, word in ipairs(p.choices) do
          if word ~= p.default then v.sane(string.format("%s, %s = %s", how[1], p.name, word), given, { [p.name] = word }) end
        end
      elseif p.kind == "boolean" then
        v.sane(string.format("%s, %s = %s", how[1], p.name, not p.default), given, { [p.name] = not p.default })
      end
    end
  end
  v.done()
end

for _, subject in ipairs(rows.subjects()) do
  local known = true
  for _, input in ipairs(subject.inputs) do known = known and rows.roles[input.role] ~= nil end
  if t.ok(known, subject.name .. ": every input's role is known, so that wrong ones can be made") then
    for _, kind in ipairs { count, shapes, values, parameters, zero_rows, degenerate } do kind(subject) end
  end
end
t.done()
