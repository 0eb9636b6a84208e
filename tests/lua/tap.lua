-- TAP from Lua: local t = require "tests.lua.tap"; t.ok(…), t.is(got, want, name), t.near(…), t.throws(f, pattern, name); t.done().
-- A failing test says what it expected and got; an error in a test file fails it, since the plan is then missing.
local tap = { count = 0, failed = 0 }

local function show(value, depth)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) ~= "table" or (getmetatable(value) or {}).__tostring then return tostring(value) end
  if (depth or 0) > 3 then return "{…}" end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    parts[i] = (math.type(key) == "integer" and "" or tostring(key) .. " = ") .. show(value[key], (depth or 0) + 1)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function report(pass, name, ...)
  tap.count = tap.count + 1
  name = tostring(name or "unnamed"):gsub("#", "\\#"):gsub("\n", " ")
  io.write(pass and "ok " or "not ok ", tap.count, " - ", name, "\n")
  if not pass then
    tap.failed = tap.failed + 1
    local level, here = 2, debug.getinfo(1, "S").source
    while debug.getinfo(level, "S").source == here do level = level + 1 end
    local at = debug.getinfo(level, "Sl")
    io.stderr:write("#   failed: ", name, ", at ", at.short_src, ":", at.currentline, "\n")
    for _, line in ipairs { ... } do io.stderr:write("#   ", (line:gsub("\n", "\n#   ")), "\n") end
  end
  io.flush()
  return pass
end

function tap.ok(value, name)
  return report(value and true or false, name, "got " .. show(value))
end

-- Equal values; tables by their content.
function tap.is(got, want, name)
  return report(same(got, want), name, "got " .. show(got), "expected " .. show(want))
end

function tap.isnt(got, unwanted, name)
  return report(not same(got, unwanted), name, "got " .. show(got) .. ", which it should not be")
end

function tap.like(got, pattern, name)
  return report(type(got) == "string" and got:find(pattern) ~= nil, name, "got " .. show(got), "expected a match of " .. pattern)
end

-- |got - want| <= atol + rtol |want|; numbers, or tables of them (nested alike). rtol defaults to 1e-12, atol to 0.
function tap.near(got, want, rtol, atol, name)
  if type(rtol) == "string" then rtol, name = nil, rtol end
  if type(atol) == "string" then atol, name = nil, atol end
  rtol, atol = rtol or 1e-12, atol or 0
  local bad
  local function compare(a, b, place)
    if type(b) == "table" then
      if type(a) ~= "table" or #a ~= #b then
        bad = bad or string.format("%s: got %s, expected %d values", place, show(a), #b)
        return
      end
      for i = 1, #b do compare(a[i], b[i], place .. "[" .. i .. "]") end
    elseif type(a) ~= "number" or not (a == b or math.abs(a - b) <= atol + rtol * math.abs(b) or (a ~= a and b ~= b)) then
      bad = bad or string.format("%s: got %s, expected %s, difference %s, allowed %g", place,
        type(a) == "number" and string.format("%.17g", a) or show(a), string.format("%.17g", b),
        type(a) == "number" and string.format("%.3g", a - b) or "none", atol + rtol * math.abs(b))
    end
  end
  compare(got, want, "value")
  return report(not bad, name, bad)
end

-- f() must raise a message that holds `part` (a plain string, or several of them).
function tap.throws(f, part, name)
  local fine, message = pcall(f)
  message = tostring(message)
  local parts = type(part) == "table" and part or { part }
  local pass = not fine
  for _, each in ipairs(parts) do pass = pass and message:find(each, 1, true) ~= nil end
  return report(pass, name or ("raises " .. table.concat(parts, ", ")),
    fine and "no error was raised" or "raised " .. message, "expected an error with " .. show(parts))
end

function tap.lives(f, name)
  local fine, message = pcall(f)
  return report(fine, name, not fine and "raised " .. tostring(message) or nil)
end

-- A new folder, and a function that writes a file into it and gives the file's path.
function tap.folder()
  local base = os.tmpname()
  os.remove(base)
  assert(os.execute(("mkdir -p '%s'"):format(base)))
  return base, function(name, text)
    local file <close> = assert(io.open(base .. "/" .. name, "wb"))
    file:write(text)
    return base .. "/" .. name
  end
end

function tap.skip(why)
  io.write("1..0 # SKIP ", why, "\n")
  os.exit(0, true)
end

function tap.note(...) io.write("# ", string.format(...), "\n") end

-- The state is closed, so that what leaks is seen by the leak checker.
function tap.done()
  io.write("1..", tap.count, "\n")
  os.exit(tap.failed == 0, true)
end

return tap
