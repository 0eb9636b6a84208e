-- How errors are printed. One raised without a position (error(message, 0)) says everything itself and is printed alone. One with a
-- position comes from Lua code; its traceback is printed if it passed through more than one of the user's functions. Our own
-- functions are left out, since they tell a user nothing; LOSSLAB_TRACE=1 shows every frame.
local check = require "losslab.check"

local M = {}

-- Whether a frame is of the Lua half or of C.
local own = debug.getinfo(1, "S").source:match "^(.*/)cli/failure%.lua$"
local function is_own(frame) return frame.what == "C" or frame.source:sub(1, #own) == own end

local function name_of(frame)
  if frame.name then return string.format("in %s '%s'", frame.namewhat ~= "" and frame.namewhat or "function", frame.name) end
  if frame.what == "main" then return "in main chunk" end
  return string.format("in function <%s:%d>", frame.short_src, frame.linedefined)
end

-- How many of the user's frames are shown, and how deep they are looked for: each costs as much as it lies deep, and a stack that
-- ran over has 200000.
local FRAMES, DEEPEST = 20, 2000

-- The error's message, and the user's frames that it passed through. If a function of ours raised it by calling error, the
-- position becomes that of the user's call, since that is what has to be changed.
local function place(err)
  local position, words = err:match "^([^\n]-:%d+): (.*)$"
  if not position then return err, {} end
  local on_purpose, ours, frames, level = debug.getinfo(3, "S").what == "C", false, {}, 3
  while #frames <= FRAMES and level < DEEPEST do
    local frame = debug.getinfo(level, "Sln")
    if not frame then break end
    if is_own(frame) then
      ours = ours or position == frame.short_src .. ":" .. frame.currentline
    else
      frames[#frames + 1] = string.format("%s:%d: %s", frame.short_src, frame.currentline, name_of(frame))
    end
    level = level + 1
  end
  if on_purpose and ours then err = frames[1] and frames[1]:match "^(.-:%d+: )" .. words or words
  elseif on_purpose and not words:find "^attempt to " then err = check.plain(err) end -- raised once more: its frame is gone
  return err, frames
end

local object = { __tostring = function(self) return self.text end }
local function made(text) return setmetatable({ text = text }, object) end
local function traced() return os.getenv "LOSSLAB_TRACE" == "1" end

-- What a global that is nil may have been meant as: a name of ll ("cross_entropy" is ll.loss.cross_entropy), one that other
-- libraries have, or the nearest of the globals.
local MODULES = { "loss", "metric", "optim", "distance", "divergence", "nn", "schedule", "data", "stats", "tuple" }
-- Errors of Lua's own about values of losslab: what is done instead.
local INSTEAD = {
  { "^attempt to compare .*losslab%.matrix", "m:less(x), m:greater(x), m:equal(x) and so on give a mask" },
  { "^attempt to concatenate a losslab%.matrix", "m:item() is the number of a 1x1; ll.vstack and ll.hstack join matrices" },
  { "^attempt to get length of a losslab%.data", "data.rows is how many rows it has" },
  { "^attempt to index a function value %(field 'shape'%)", "m:shape() gives both numbers, m.rows and m.cols one" },
  { "^attempt to call a losslab%.matrix value", "m[1][2] or m:get(1, 2) is an element" },
  { "^attempt to call a nil value %(method 'backward'%)", "of a loss, its value has it: loss(net(x), y):backward()" },
  { "^attempt to call a nil value %(method 'best'%)", "of results, r:choose(r.datasets.NAME) is the best configuration" },
  { "^attempt to call a nil value %(method 'leaderboard'%)", "of results, r:report() is the table" },
  { "^attempt to call a nil value %(method 'summary'%)", "of results, r:report() is the table" },
  { "^attempt to call a nil value %(method '", "help(x) says what x has, left of the colon" },
}

local function meant(words)
  local name, ll = words:match "a nil value %(global '([%w_]+)'%)", require "losslab"
  local plain = words:gsub("^[^\n]-:%d+: ", "")
  for _, row in ipairs(INSTEAD) do
    if plain:find(row[1]) then return words .. "; " .. row[2] end
  end
  if not name then
    local why = words:find "%(field 'grad'%)" and ll.core.why_no_grad()
    return why and string.format("%s; there is no gradient: %s", words, why) or words
  end
  if rawget(ll, name) ~= nil or getmetatable(ll).lazy[name] then
    local kind = type(rawget(ll, name)) == "function" and " is a function" or " is there"
    return string.format("%s; %s is nil, ll.%s%s", words, name, name, kind)
  end
  for _, module in ipairs(MODULES) do
    if rawget(ll, module) and rawget(ll[module], name) then
      local call = module == "loss" and " is a loss: ll.loss." .. name .. " {}(…)" or " is there"
      return string.format("%s; %s is nil, ll.%s.%s%s", words, name, module, name, call)
    end
  end
  local elsewhere = check.elsewhere(name)
  if elsewhere then return string.format("%s; here that is %s", words, elsewhere) end
  local known = {}
  for key in next, _G do
    if type(key) == "string" and key ~= "_" then known[#known + 1] = key end
  end
  table.sort(known)
  local near = ll.core.nearest(name, known)
  return near and string.format("%s; did you mean %s?", words, near) or words
end

-- A message handler: turns an error into an object that prints as the message and the frames it passed through.
function M.on_error(err)
  local kind = type(err)
  if kind ~= "string" and kind ~= "number" then
    if (debug.getmetatable(err) or {}).__tostring and pcall(tostring, err) then return err end
    return made(string.format("error object is a %s value", kind))
  end
  if traced() then return made(debug.traceback(err, 2)) end
  local words, frames = place(tostring(err))
  words = meant(words)
  if #frames > 1 then
    local more = #frames > FRAMES and "\n\t…" or ""
    words = words .. "\nstack traceback:\n\t" .. table.concat(frames, "\n\t", 1, math.min(#frames, FRAMES)) .. more
  end
  return made(words)
end

-- For a message handler that has replaced the message of an error: the new one, with the old and its traceback if
-- LOSSLAB_TRACE=1.
function M.reworded(words, err) return traced() and made(debug.traceback(words .. "\n" .. err, 3)) or words end

return M
