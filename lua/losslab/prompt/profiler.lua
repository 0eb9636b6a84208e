-- ll.profile: where the time of a call goes, by Lua function and by function of the engine. Lua's hook at each call and return
-- tells who runs; the clock is read on the way in and out of the hook, so that its own time counts for nobody.
local ll = require "losslab"
local check = require "losslab.check"
local stopwatch = require "losslab.prompt.stopwatch"
local text = require "losslab.text"

local M = {}

local SHOWN = 20

-- ---- names of the engine's functions -------------------------------------------------------------------------------------

local function names_of_c()
  local names, seen = {}, {}
  local function walk(t, name, depth)
    if type(t) ~= "table" or seen[t] or depth > 2 then return end
    seen[t] = true
    for key, value in next, t do
      local path = type(key) == "string" and name .. "." .. key
      if type(value) == "function" and path then
        if not names[value] or #path < #names[value] then names[value] = path end
      elseif type(key) == "string" then walk(value, name .. "." .. key, depth + 1) end
    end
  end
  for library in ("string table math io os utf8 coroutine debug"):gmatch "%a+" do walk(_G[library], library, 1) end
  for key, value in next, _G do
    if type(value) == "function" and type(key) == "string" then names[value] = key end
  end
  walk(ll, "ll", 0)
  for name, class in next, debug.getregistry() do
    local short = type(name) == "string" and type(class) == "table" and name:match "^losslab%.(.+)$"
    for key, f in next, short and type(rawget(class, "methods")) == "table" and class.methods or {} do
      if type(f) == "function" then names[f] = names[f] or short .. ":" .. key end
    end
    for key, f in next, short and class or {} do
      if type(f) == "function" then names[f] = names[f] or short .. "." .. key end
    end
  end
  return names
end

-- ---- the hook ------------------------------------------------------------------------------------------------------------

-- Runs f; gives { [function] = { self, total, calls, info } } and the whole time; or raises what f raised.
local function measure(f)
  local clock, found, stack, depth = ll.system.clock, {}, {}, 0
  local getinfo = debug.getinfo
  local last, spent = nil, 0 -- spent: seconds that were anybody's
  local function charge(now)
    local top = stack[depth]
    if not top then return end
    top.entry.self = top.entry.self + (now - last)
    spent = spent + (now - last)
  end
  local function leave()
    local frame = stack[depth]
    stack[depth], depth = nil, depth - 1
    local entry = frame.entry
    entry.running = entry.running - 1
    if entry.running == 0 then entry.total = entry.total + (spent - entry.since) end
  end
  local function hook(event)
    local now = clock()
    charge(now)
    local info = getinfo(2, "f")
    local func = info.func
    if event == "return" then
      local at = depth
      while at > 0 and stack[at].func ~= func do at = at - 1 end
      if at > 0 then -- those above were left by an error
        while depth >= at do leave() end
      end
    else
      local entry = found[func]
      if not entry then
        entry = { self = 0, total = 0, calls = 0, running = 0, info = getinfo(2, "Sn"), func = func }
        found[func] = entry
      end
      entry.calls = entry.calls + 1
      if event == "tail call" and depth > 0 then leave() end
      if entry.running == 0 then entry.since = spent end
      entry.running = entry.running + 1
      depth = depth + 1
      stack[depth] = { func = func, entry = entry }
    end
    last = clock()
  end
  local old, mask, count = debug.gethook()
  local fine, err
  local function run() f() end
  last = clock()
  debug.sethook(hook, "cr")
  fine, err = pcall(run)
  debug.sethook(old, mask, count)
  while depth > 0 do leave() end
  if found[f] then found[f].info.name = nil end
  found[run], found[pcall], found[debug.sethook] = nil, nil, nil
  if not fine then error(err, 0) end
  return found
end

-- ---- the table -----------------------------------------------------------------------------------------------------------

local class = {}
class.__index = class
class.__name = "losslab.profile"

function class:__tostring()
  local rows = { { "share", "with calls", "calls", "function", "" } }
  for i, row in ipairs(self) do
    if i > SHOWN then break end
    rows[#rows + 1] = { string.format("%.1f%%", 100 * row.share), stopwatch.seconds(row.total), tostring(row.calls), row.name,
      row.where }
  end
  local more = #self > SHOWN and string.format("\n… %d more, with less", #self - SHOWN) or ""
  local lines = text.lines(rows, { right = { true, true, true } })
  return stopwatch.seconds(self.seconds) .. " in all\n" .. table.concat(lines, "\n") .. more
end

local function row_of(entry, names, all)
  local info, name = entry.info
  if info.what == "C" then name = names[entry.func] or info.name or "a function of C"
  elseif info.what == "main" then name = "(" .. info.short_src .. ")"
  else name = info.name or names[entry.func] or "function" end
  local where = info.what == "C" and "" or string.format("%s:%d", info.short_src, info.linedefined)
  return { share = all > 0 and entry.self / all or 0, self = entry.self, total = entry.total, calls = entry.calls, name = name,
    where = where }
end

--- ll.profile(f) -> profile
-- Where the time of a call of f goes: prints each function's own share, its time with what it calls, how often, and where it is.
-- It sees every call of a Lua function and of a function or operation of the engine, by Lua's hook for calls and returns. It does
-- not see into the engine: the passes of one backward are one line, and an operation written as an operator has the operator's
-- name. Nor does it see coroutines. A hook costs a few tenths of a microsecond a call, which counts for nobody, but functions that
-- take less than that look longer than they are.
--   f   a function, or a text of Lua
-- The result is a list of { name, where, calls, self, total, share }, most time first, and has seconds.
-- Errors: f is no function and no Lua; whatever f raises.
-- See: ll.timeit
-- Example:
--   local profile = ll.profile(function() for i = 1, 10 do ll.ones(10, 10):sum() end end)
--   #profile > 0 and profile.seconds > 0   --> true
function M.profile(f, ...)
  check.no_more("ll.profile", 1, ...)
  if type(f) == "string" then
    local chunk, why = load("return " .. f, "=profile")
    if not chunk then chunk, why = load(f, "=profile") end
    if not chunk then error("profile: " .. why, 2) end
    f = chunk
  end
  if type(f) ~= "function" and not (debug.getmetatable(f) or {}).__call then
    error(string.format("profile: a function or a text of Lua was expected, not %s", check.show(f)), 2)
  end
  local found, all, names = measure(f), 0, names_of_c()
  for _, entry in pairs(found) do all = all + entry.self end
  local profile = setmetatable({ seconds = all }, class)
  for _, entry in pairs(found) do
    if entry.calls > 0 then profile[#profile + 1] = row_of(entry, names, all) end
  end
  table.sort(profile, function(a, b)
    if a.self ~= b.self then return a.self > b.self end
    return a.name < b.name
  end)
  require "losslab.say".out(tostring(profile), "\n")
  stopwatch.printed = profile
  return profile
end

return M
