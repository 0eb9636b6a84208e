-- The names by which links find the headings of a page of Markdown, as GitHub makes them: letters in lower case, digits, marks,
-- "_" and "-", a "-" for each space, nothing else; and a number behind one that is taken.
local text = require "losslab.text"

local M = {}

-- Code points above 127 that are no letters, digits or marks: punctuation, symbols, arrows, emoji.
local DROPPED = {
  { 0x80, 0xa9 }, { 0xab, 0xb4 }, { 0xb6, 0xb9 }, { 0xbb, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 }, { 0x2000, 0x203e },
  { 0x2041, 0x2053 }, { 0x2055, 0x2070 }, { 0x207a, 0x207e }, { 0x208a, 0x208e }, { 0x20a0, 0x20cf },
  { 0x2190, 0x24b5 }, { 0x2500, 0x2bff }, { 0x2e00, 0x2e2e }, { 0x2e30, 0x2fff }, { 0x3000, 0x3004 },
  { 0x3008, 0x3020 }, { 0xe000, 0xf8ff }, { 0xff01, 0xff0f }, { 0x1f000, 0x1faff },
}

-- Where a capital has its small letter so many code points further: first, last, step from one capital to the next, how far.
local CAPITALS = {
  { 0xc0, 0xd6, 1, 32 }, { 0xd8, 0xde, 1, 32 }, { 0x100, 0x136, 2, 1 }, { 0x139, 0x147, 2, 1 }, { 0x14a, 0x176, 2, 1 },
  { 0x179, 0x17d, 2, 1 }, { 0x391, 0x3a1, 1, 32 }, { 0x3a3, 0x3ab, 1, 32 }, { 0x410, 0x42f, 1, 32 },
  { 0x400, 0x40f, 1, 80 },
}

local function lower(c)
  for _, each in ipairs(CAPITALS) do
    if c >= each[1] and c <= each[2] and (c - each[1]) % each[3] == 0 then return c + each[4] end
  end
  return c
end

-- What a heading gives before it is counted.
function M.slug(heading)
  local out = {}
  for _, c in utf8.codes(text.clean(heading)) do
    local char = utf8.char(c)
    if c < 128 then
      if char:find "[%w_-]" then out[#out + 1] = char:lower() elseif char == " " then out[#out + 1] = "-" end
    elseif not text.within(c, DROPPED) then
      out[#out + 1] = utf8.char(lower(c))
    end
  end
  return table.concat(out)
end

-- A function of a page's headings, called in their order: the name of each, no two the same.
function M.new()
  local taken = {}
  return function(heading)
    local slug = M.slug(heading)
    local name = slug
    while taken[name] do
      taken[slug] = taken[slug] + 1
      name = slug .. "-" .. taken[slug]
    end
    taken[name] = 0
    return name
  end
end

return M
