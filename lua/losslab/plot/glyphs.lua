-- Which characters the fonts of this machine can draw, and what stands for the others in a PNG. For a character that no font has,
-- pango draws a box, and in gnuplot's pngcairo that box is as large as the picture. An SVG keeps every character, since its viewer
-- has fonts of its own.
local check = require "losslab.check"
local text = require "losslab.text"

local glyphs = {}

-- ---- what can be drawn -----------------------------------------------------------------------------------------------------

-- What pango draws as nothing or as room, whether a font has it or not.
local invisible = { { 0x20, 0x20 }, { 0xa0, 0xa0 }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x17b4, 0x17b5 },
  { 0x180b, 0x180e }, { 0x2000, 0x200f }, { 0x202f, 0x202f }, { 0x205f, 0x2065 }, { 0x206a, 0x206f }, { 0x3000, 0x3000 },
  { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff } }

-- What is taken for drawable where fontconfig cannot be asked: the scripts of which every common font has nearly all.
local common = { { 0x20, 0x17f }, { 0x391, 0x3c9 }, { 0x410, 0x44f }, { 0x2013, 0x2026 }, { 0x2080, 0x2089 }, { 0x2212, 0x2212 },
  { 0x2260, 0x2265 } }

-- The ranges that some font has, each once: of the formats that pango draws with.
local function ranges_of_fonts()
  local pipe = io.popen("fc-list --format='%{fontformat} %{charset}\n' 2>/dev/null", "r")
  local listed = pipe and pipe:read "a" or ""
  local asked = pipe and pipe:close()
  if not asked then return nil end
  local ranges, seen = {}, {}
  for format, set in listed:gmatch "([^ \n]+) ([^\n]+)" do
    if (format == "TrueType" or format == "CFF") and not seen[set] then
      seen[set] = true
      for range in set:gmatch "%S+" do
        if not seen[range] then
          seen[range] = true
          local first, last = range:match "^(%x+)%-?(%x*)$"
          if first then ranges[#ranges + 1] = { tonumber(first, 16), tonumber(last ~= "" and last or first, 16) } end
        end
      end
    end
  end
  return ranges
end

local ranges, known -- of this run: the fonts are asked once
local function has(c)
  if not known then
    ranges, known = ranges_of_fonts(), {}
    glyphs.asked = ranges ~= nil
  end
  if known[c] == nil then known[c] = text.within(c, invisible) or text.within(c, ranges or common) end
  return known[c]
end

-- Whether there is a font for plain English, without which nothing can stand for anything.
function glyphs.any()
  for c = 0x21, 0x7e do
    if not has(c) then return false end
  end
  return true
end

-- The characters of a clean text that no font has, as code points in the order in which they are first met; newlines aside.
function glyphs.missing(s)
  local out, seen = {}, {}
  if not s:find "[\x80-\xff]" then return out end
  for _, c in utf8.codes(s) do
    if not has(c) and not seen[c] and c ~= 10 then
      seen[c] = true
      out[#out + 1] = c
    end
  end
  return out
end

-- ---- what stands for the rest ------------------------------------------------------------------------------------------------

-- Clean, and with the codes of the characters that no font has in their place: "[U+4E2D 6587] 2". What combines with one of them or
-- is invisible beside it has its code there, too, so that different names stay different.
function glyphs.stand_in(s)
  s = text.clean(s)
  if #glyphs.missing(s) == 0 then return s end
  local out, inside = {}, false
  for _, c in utf8.codes(s) do
    local missing = not has(c) or inside and text.columns_of(c) == 0
    if missing then
      out[#out + 1] = string.format(inside and " %04X" or "[U+%04X", c)
    else
      out[#out + 1] = (inside and "]" or "") .. utf8.char(c)
    end
    inside = missing
  end
  return table.concat(out) .. (inside and "]" or "")
end

-- ---- what to install -------------------------------------------------------------------------------------------------------

-- Debian's packages by the ranges they are the first choice for; fonts-noto-core has the other scripts and signs. Private use and
-- what is above the planes of scripts belongs to no package.
local packages = {
  { "fonts-dejavu-core", { { 0x20, 0x2e9 }, { 0x300, 0x34f }, { 0x370, 0x377 }, { 0x384, 0x525 }, { 0x1e00, 0x1efb },
    { 0x1f00, 0x1fff }, { 0x2010, 0x2064 }, { 0x2070, 0x20b5 }, { 0x2100, 0x2149 }, { 0x2190, 0x22ff } } },
  { "fonts-noto-cjk", { { 0x1100, 0x11ff }, { 0x2e80, 0x9fff }, { 0xa960, 0xa97f }, { 0xac00, 0xd7ff }, { 0xf900, 0xfaff },
    { 0xfe10, 0xfe1f }, { 0xfe30, 0xfe6f }, { 0xff00, 0xffef }, { 0x1f200, 0x1f2ff } } },
  { "fonts-hanazono", { { 0x20000, 0x3ffff } } },
  { "fonts-noto-color-emoji", { { 0x231a, 0x231b }, { 0x23e9, 0x23f3 }, { 0x26bd, 0x27bf }, { 0x2b1b, 0x2b55 },
    { 0x1f170, 0x1f1ff }, { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f7e0, 0x1f7ff }, { 0x1f90c, 0x1f9ff },
    { 0x1fa70, 0x1faff } } },
  { nil, { { 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0x40000, 0x10ffff } } },
  { "fonts-noto-core", { { 0, 0x10ffff } } },
}

local function package_of(c)
  for _, each in ipairs(packages) do
    if text.within(c, each[2]) then return each[1] end
  end
end

local most = 6 -- as many characters as are named

-- "中 (U+4E2D)"; what no package has may be anything, so it has its code alone.
local function called(c)
  local code = string.format("U+%04X", c)
  return package_of(c) and string.format("%s (%s)", utf8.char(c), code) or code
end

-- What to tell the user: which characters, what became of them in which figures, and what to install; nil where nothing is missing.
-- missing: code points, in order.
function glyphs.explain(missing, figures, db)
  if not glyphs.any() then
    return "no font here has plain letters, so no PNG was drawn. apt-get install fonts-dejavu-core, then losslab plot "
      .. text.clean(db)
  end
  if #missing == 0 then return nil end
  local named, wanted = {}, {}
  for i = 1, math.min(most, #missing) do named[i] = called(missing[i]) end
  if #missing > most then named[most + 1] = string.format("%d more", #missing - most) end
  for _, c in ipairs(missing) do wanted[package_of(c) or "none"] = true end
  wanted.none = nil
  if not glyphs.asked then wanted = { fontconfig = true } end
  local install = table.concat(check.keys(wanted), " ")
  return string.format("%s %s: their codes stand for them in %s%s", glyphs.asked and "no font here has"
    or "fc-list was not found, so it is not known whether a font has", table.concat(named, ", "), table.concat(figures, ", "),
    install ~= "" and string.format(". To see them: apt-get install %s, then losslab plot %s", install, text.clean(db)) or "")
end

return glyphs
