-- Habits of Python, Julia and C at the prompt: what Lua writes for a line that does not compile, and names that mean nothing here
-- but would be nil without a word.
--   habits.hint(line) -> words or nil       habits.is_block(line) -> whether it opens a block as Python does
--   habits.of_text(why, text) -> why the text does not compile, with a hint
--   habits.leaves(line) -> whether it asks to leave       habits.names: { None = what to write, … }
local M = {}

M.names = { True = "true", False = "false", None = "nil", null = "nil", NULL = "nil", nothing = "nil" }

-- The line without what stands in its strings and after its comment, which says nothing of habits.
local function bare(line)
  return (line:gsub("\\.", ""):gsub([[(["'])[^"']*["']?]], "%1%1"):gsub("%-%-.*$", ""))
end

-- Patterns of a line, and what Lua writes; the first that fits is said.
local ROWS = {
  { "^%s*import%f[%W]", "nothing is imported: ll is there, and require loads a module of Lua" },
  { "^%s*from%s+[%w_.]+%s+import%f[%W]", "nothing is imported: ll is there, and require loads a module of Lua" },
  { "^%s*using%s+[%w_.]+", "nothing is imported: ll is there, and require loads a module of Lua" },
  { "^%s*def%s+[%w_]", "Lua writes function f(x) … end" },
  { "%f[%w_]lambda%f[%W]", "Lua writes function(x) return … end" },
  { "^%s*for%s.*%sin%s+range%s*%(", "Lua writes for i = 1, n do … end" },
  { "^%s*for%s.*:%s*$", "Lua writes for i, x in ipairs(list) do … end" },
  { "^%s*while%s.*:%s*$", "Lua writes while … do … end" },
  { "^%s*el?s?e?%s*if%s.*:%s*$", "Lua writes if … then … elseif … then … end" },
  { "^%s*el?if%s.*:%s*$", "Lua writes if … then … elseif … then … end" },
  { "^%s*if%s.*:%s*$", "Lua writes if … then … end" },
  { "!=", "Lua writes ~= for not equal" },
  { "&&", "Lua writes and" },
  { "||", "Lua writes or" },
  { "!", "Lua writes not" },
  { "%*%*", "Lua writes x ^ 2" },
  { "[%w_%)%]]%s*%.[*/^]", "* / ^ go element by element; % is the matrix product" },
  { "@", "% is the matrix product: x % y" },
  { "%+%+", "Lua writes i = i + 1" },
  { "[-+*/%%]=", "Lua writes x = x + 1 in full" },
  { "%[[^%]]*:[^%]]*%]", "ranges are of methods: m:row_range(first, last), m:col_range(first, last)" },
  { "[%w_%)]%[[^%]]+,[^%]]*%]", "m[1][2] is an element, m:row_range(first, last) rows, m:col_range(first, last) columns" },
  { "[=(,]%s*%[[^%[%]=]*[,%]]%s*[^%s=]*%s*$", "a list is { 1, 2 }, a matrix ll.matrix { { 1, 2 }, { 3, 4 } }" },
  { "^%s*%[", "a list is { 1, 2 }, a matrix ll.matrix { { 1, 2 }, { 3, 4 } }" },
  { "{%s*[%w_\"']+%s*:", "Lua writes { name = value }" },
  { "[%w_%)%]]%s*%?", "Lua writes condition and a or b" },
  { "^%s*print%s+[%w_]", "print is called with brackets, as any function" },
  { "^%s*//", "a comment begins with --" },
  { "^%s*#%s*%a", "a comment begins with --; #x is a length" },
}

function M.hint(line)
  line = bare(line)
  for _, row in ipairs(ROWS) do
    if line:find(row[1]) then return row[2] end
  end
end

-- Why a text is no Lua, with the hint for the line that is at fault.
function M.of_text(why, text)
  local number, at, hint = tonumber(why:match ":(%d+): "), 0, nil
  for line in text:gmatch "([^\n]*)\n?" do
    at = at + 1
    if at == number then hint = M.hint(line) break end
  end
  return hint and why .. "; " .. hint or why
end

-- Such a line would wait for more of it that never ends it.
function M.is_block(line)
  if bare(line):find "%f[%w_]lambda%s[%w_%s,]*:" then return true end
  local word = line:match "^%s*(%a+)%s.*:%s*$" or line:match "^%s*(%a+):%s*$"
  return word == "for" or word == "if" or word == "while" or word == "elif" or word == "else" or word == "def"
end

function M.leaves(line)
  local word = line:match "^%s*([%a_]+)%s*%(?%s*%)?%s*;?%s*$"
  return (word == "exit" or word == "quit") and rawget(_G, word) == nil
end

return M
