-- By what the name of a decoy differs from that of its target: a prefix or a suffix, which is told from the names of decoy rows.
local M = {}

local WORDS = {}
for word in ("decoy rev reverse reversed xxx rand random shuf shuffle shuffled scrambled pseudo"):gmatch "%a+" do
  WORDS[word] = true
end

local function has(name, affix, at_end)
  if #name <= #affix then return false end
  return at_end and name:sub(-#affix) == affix or not at_end and name:sub(1, #affix) == affix
end

local function any(names, affix, at_end)
  for i = 1, #names do
    if has(names[i], affix, at_end) then return true end
  end
  return false
end

-- What share of a class's rows have a name with the affix.
local function share(class, affix, at_end)
  local with, all = 0, 0
  for i, rows in ipairs(class.rows) do
    all = all + #rows
    if any(class.names[i], affix, at_end) then with = with + #rows end
  end
  return all > 0 and with / all or 0
end

-- What could be an affix of a name: its first or last part with the marks that set it off, "DECOY_", "_REVERSED".
local function candidate(name, at_end)
  local affix = name:match(at_end and "[_:|%-]+[^_:|%-]+$" or "^[^_:|%-]+[_:|%-]+")
  return affix and #affix < #name and affix or nil
end

-- The commonest candidate of the decoys' names, among those with a word that is used for decoys or, known false, all.
local function commonest(class, at_end, known)
  local counts, counted_in, best = {}, {}, nil
  for i, names in ipairs(class.names) do
    for k = 1, #names do
      local affix = candidate(names[k], at_end)
      if affix and counted_in[affix] ~= i then counts[affix], counted_in[affix] = (counts[affix] or 0) + #class.rows[i], i end
    end
  end
  for affix, n in pairs(counts) do
    local eligible = not known or WORDS[(affix:lower():gsub("%A", ""))]
    if eligible and (not best or n > counts[best] or n == counts[best] and affix < best) then best = affix end
  end
  return best
end

-- The affix and whether it stands at the end; nil where there is none. A word for decoys has to be in most decoy rows and in few
-- target rows; any other word in nearly all decoy rows and in no target row.
function M.find(decoys, targets)
  for _, known in ipairs { true, false } do
    for _, at_end in ipairs { false, true } do
      local affix = commonest(decoys, at_end, known)
      if affix and share(decoys, affix, at_end) >= (known and 0.5 or 0.95)
        and share(targets, affix, at_end) <= (known and 0.1 or 0) then
        return affix, at_end
      end
    end
  end
end

-- The name of the target that a decoy's name is made of; other names as they are.
function M.base(name, affix, at_end)
  if not affix or not has(name, affix, at_end) then return name end
  return at_end and name:sub(1, -#affix - 1) or name:sub(#affix + 1)
end

M.has = has

return M
