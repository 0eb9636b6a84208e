-- os.setlocale: a script may choose how dates and money are written; numbers, the order of texts and patterns stay as they are,
-- whatever locales there are. C.UTF-8 is there on every system of ours, and one with a decimal comma is tried where there is one.
local ll = require "losslab"
local t = require "tests.lua.tap"

local categories = { "numeric", "collate", "ctype" }
t.is(os.setlocale(), "C", "what it is is asked")
t.is(os.setlocale("C"), "C", "the one that is there may be set")
local all = os.setlocale "C.UTF-8"
t.ok(all, "all may be set to one that is there: " .. tostring(all))
for _, name in ipairs(categories) do
  t.is(os.setlocale(nil, name), "C", "but " .. name .. " stays")
  t.is(os.setlocale("C.UTF-8", name), nil, "and cannot be set")
  t.is(os.setlocale(nil, name), "C", "nor is")
  t.is(os.setlocale("C", name), "C", "but to what it is")
end
t.is(os.setlocale(nil, "time"), "C.UTF-8", "dates follow")
t.is(os.setlocale("C.UTF-8", "monetary"), "C.UTF-8", "and sums of money")
t.is(os.setlocale "no such locale", nil, "one that is not there is refused")
t.is(os.setlocale(nil, "time"), "C.UTF-8", "and changes nothing")
local fine, why = pcall(os.setlocale, "C", "nmeric")
t.ok(not fine and why:find("invalid option 'nmeric'", 1, true), "a wrong category is an error, as in Lua: " .. tostring(why))
t.is(os.setlocale(all), all, "what was given can be set again")
for _, name in ipairs { "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "losslab_comma" } do os.setlocale(name) end
t.is(string.format("%.1f", 0.5), "0.5", "a number is written with a point")
t.is(tonumber "0,5", nil, "and not read with a comma")
t.is(ll.json.encode { 0.5, 1e300 }, "[0.5,1e+300]", "in JSON, too")
t.is(("\xe9"):find "%a", nil, "a byte beyond ASCII is no letter")
t.is(os.setlocale "C" ~= nil, true, "and back")
t.done()
