-- Runs the lines of an example as if they were typed at the prompt one after the other, and tells what each prints.
local inspect = require "losslab.prompt.inspect"

local M = {}

-- The statements of an example: { source, line, want, refused }: want is the text behind "-->", refused whether it is an error's.
function M.statements(text)
  local list, held, number, first = {}, nil, 0, nil
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local code, want = line:match "^(.-)%s*%-%->%s*(.*)$"
    if want and not code:find "%S" and not held and list[#list] then -- what is printed goes on
      list[#list].want = (list[#list].want and list[#list].want .. " " or "") .. want
    elseif held or line:find "%S" then
      held, first = held and held .. "\n" .. (code or line) or code or line, first or number
      local source = held:gsub("^%s*return%s+", "")
      local value = load("return " .. source)
      local statement, why = load(source)
      if value or statement or not (why:find "<eof>$" or want == nil and why:find "near '}'$") then
        list[#list + 1] = { source = source, value = value ~= nil, want = want, line = first }
        held, first = nil, nil
      elseif want then
        list[#list + 1] = { source = source, value = false, want = want, line = first }
        held, first = nil, nil
      end
    end
  end
  if held then list[#list + 1] = { source = held, value = false, line = first } end
  for _, each in ipairs(list) do
    if each.want then
      local message = each.want:match "^error:%s*(.*)$"
      if message then each.want, each.refused = message, true end
    end
  end
  return list
end

-- What the prompt prints for the values, on one line; numbers in six digits.
function M.words(values)
  local parts = {}
  for i = 1, values.n do
    local value = values[i]
    parts[i] = math.type(value) == "float" and string.format("%.6g", value) or inspect(value)
  end
  return (table.concat(parts, " "):gsub("%s+", " "):match "^%s*(.-)%s*$")
end

-- Runs an example; env [opt]: what it sees beside Lua's own and ll. Gives its statements, each with got, what was printed (nil if
-- nothing), and error, the message of one that failed; after an error that is not expected the rest is left out.
function M.run(text, env)
  local list, chunk = M.statements(text), {}
  local printed
  local own = setmetatable({}, { __index = function(_, name)
    if env and env[name] ~= nil then return env[name] end
    if name == "ll" then return require "losslab" end
    return _G[name]
  end })
  function own.print(...)
    local words = {}
    for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
    printed[#printed + 1] = table.concat(words, "\t")
  end
  local function begin(i)
    printed = {}
    list.at = i
  end
  local function take(i, ...)
    local values = table.pack(...)
    while values.n > 0 and values[values.n] == nil and #printed > 0 do values.n = values.n - 1 end
    if values.n > 0 then printed[#printed + 1] = M.words(values) end
    if #printed > 0 then list[i].got = table.concat(printed, " "):gsub("%s+", " ") end
  end
  local function fails(i, f)
    local fine, why = pcall(f)
    list[i].got = fine and "no error" or "error: " .. tostring(why)
    list[i].failed = not fine
    list[i].why = tostring(why)
  end
  -- One chunk, so that locals last. Its three helpers are its arguments.
  for i, each in ipairs(list) do
    chunk[#chunk + 1] = string.format("__begin(%d) ", i)
    if each.refused then
      chunk[#chunk + 1] = string.format("__fails(%d, function() %s %s\nend) ", i, each.value and "return" or "", each.source)
    elseif each.value then
      chunk[#chunk + 1] = string.format("__take(%d, %s\n) ", i, each.source)
    else
      chunk[#chunk + 1] = each.source .. string.format("\n__take(%d) ", i)
    end
  end
  local f, why = load("local __begin, __take, __fails = ... " .. table.concat(chunk, "\n"), "=example", "t", own)
  if not f then
    list.error = why
    return list
  end
  local fine, message = xpcall(f, function(err) return tostring(err) end, begin, take, fails)
  if not fine then
    list.error = message
    if list.at then list[list.at].error = message end
  end
  return list
end

-- A number of many digits, in six.
local function short(word)
  local x = tonumber(word)
  return x and #word > 8 and math.type(x) == "float" and string.format("%.6g", x) or word
end

-- The example with what its last line prints; as it is where that fails.
function M.shown(text)
  local ran = M.run(text)
  local got = not ran.error and ran[#ran].got
  return got and text .. "  --> " .. got:gsub("%-?%d+%.%d+[eE]?[+-]?%d*", short) or text
end

-- Whether what was printed is what was expected: words by words; "…" stands for anything, numbers agree within 1e-4.
function M.agrees(want, got)
  want, got = want:gsub("%s+", " "):match "^%s*(.-)%s*$", (got or ""):gsub("%s+", " "):match "^%s*(.-)%s*$"
  if want == got then return true end
  -- An expected text as pieces between "…", each of words and numbers.
  local function matches(piece, at)
    local i, j = 1, at
    while i <= #piece do
      local number = piece:match("^%-?%d+%.?%d*[eE]?[+-]?%d*", i)
      local other = got:match("^%-?%d+%.?%d*[eE]?[+-]?%d*", j)
      if number and other and tonumber(number) and tonumber(other) then
        local a, b = tonumber(number), tonumber(other)
        if math.abs(a - b) > 1e-4 * math.max(1, math.abs(a)) then return nil end
        i, j = i + #number, j + #other
      elseif piece:byte(i) == got:byte(j) then
        i, j = i + 1, j + 1
      else
        return nil
      end
    end
    return j
  end
  local pieces = {}
  for piece in (want:gsub("…", "\0") .. "\0"):gmatch "([^%z]*)%z" do pieces[#pieces + 1] = piece end
  local at = matches(pieces[1], 1)
  if not at then return false end
  for k = 2, #pieces do
    local piece, found = pieces[k], nil
    if k == #pieces then -- the last piece ends the text
      if piece == "" then return true end
      for start = at, #got + 1 do
        local stop = matches(piece, start)
        if stop == #got + 1 then return true end
      end
      return false
    end
    for start = at, #got + 1 do
      found = matches(piece, start)
      if found then break end
    end
    if not found then return false end
    at = found
  end
  return at == #got + 1
end

return M
