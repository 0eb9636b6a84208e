-- The functions in what string.dump gives of a chunk, in the order in which they begin in its text: which of several in one line a
-- function is, is told by its bytes. Lua 5.4's format (lundump.c); a dump of another raises.
local M = {}

local HEADER = "\27Lua\x54\0\x19\x93\r\n\x1a\n"

local Reading = {}
Reading.__index = Reading

function Reading:byte()
  local b = self.text:byte(self.at) or error("the dump ends early", 0)
  self.at = self.at + 1
  return b
end

function Reading:integer() -- 7 bits a byte, the highest first; the last one is marked
  local x = 0
  while true do
    local b = self:byte()
    x = x << 7 | b & 0x7f
    if b & 0x80 ~= 0 then return x end
  end
end

function Reading:skip(n) self.at = self.at + n end

function Reading:string()
  local size = self:integer()
  if size > 0 then self:skip(size - 1) end
end

function Reading:constant()
  local kind = self:byte()
  if kind == 0x13 then self:skip(self.number_size) elseif kind == 0x03 then self:skip(self.integer_size)
  elseif kind == 0x04 or kind == 0x14 then self:string() end
end

function Reading:func(out)
  local each, start = {}, self.at
  out[#out + 1] = each
  self:string()
  each.first, each.last = self:integer(), self:integer()
  self:skip(3) -- parameters, whether more may come, size of the stack
  self:skip(self:integer() * self.instruction_size)
  for _ = 1, self:integer() do self:constant() end
  self:skip(self:integer() * 3) -- upvalues
  for _ = 1, self:integer() do self:func(out) end
  self:skip(self:integer()) -- lines
  for _ = 1, self:integer() do self:integer() self:integer() end
  for _ = 1, self:integer() do self:string() self:integer() self:integer() end -- locals
  for _ = 1, self:integer() do self:string() end
  each.bytes = self.text:sub(start, self.at - 1)
end

-- { { first (line), last, bytes }, … } of a function of Lua and those in it, itself first.
function M.functions(f)
  local text = string.dump(f, true)
  if text:sub(1, #HEADER) ~= HEADER then error("not a dump of Lua 5.4", 0) end
  local self = setmetatable({ text = text, at = #HEADER + 1 }, Reading)
  self.instruction_size, self.integer_size, self.number_size = self:byte(), self:byte(), self:byte()
  self:skip(self.integer_size + self.number_size + 1)
  local out = {}
  self:func(out)
  if self.at ~= #text + 1 then error("the dump is longer than its functions", 0) end
  return out
end

return M
