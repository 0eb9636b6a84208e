-- What a quick form's answer (losslab show --json) says that it may not: a verdict, or an interval that it does not show.
local cjson = require "cjson"
local file = assert(io.open(arg[1]))
local told = cjson.decode(file:read "a")
local function text(x) return type(x) == "string" and x or nil end
local sentence = text(told.finding) or told.sentence
if not sentence:find "^Quick form, no verdict: " then print("it begins: " .. sentence:sub(1, 60)) end
for _, said in ipairs { sentence, table.unpack(text(told.finding) and told.details or {}) } do
  for _, word in ipairs { "Holds", "holds", "not hold", "not decided", "beyond noise", "could not be said" } do
    if said:find(word, 1, true) then print(word .. " in: " .. said) end
  end
  local shown = said:find "%[[+-]?%d[%d.]*, [+-]?%d" or said:find "interval [^%a]+ to [^%a]*%d"
  if said:find("95 %", 1, true) and not shown then print("no interval in: " .. said) end
end
