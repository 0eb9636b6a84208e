-- Code of the pages in light colours: a lexer a language, of nothing but comments, strings, numbers and key words.
local M = {}

local function words(s)
  local out = {}
  for word in s:gmatch "%S+" do out[word] = true end
  return out
end

-- Each: comment, string: patterns at the present place, tried in order; keywords. A pattern ends in () where its token ends.
local lua = {
  comment = { "^%-%-%[(=*)%[.-%]%1%]()", "^%-%-[^\n]*()" },
  string = { '^"[^"\n]*"()', "^'[^'\n]*'()", "^%[(=*)%[.-%]%1%]()" },
  keywords = words [[and break do else elseif end false for function goto if in local nil not or repeat return then true until
    while]],
}
local LANGUAGES = {
  lua = lua,
  c = {
    comment = { "^/%*.-%*/()", "^//[^\n]*()" }, string = { '^"[^"\n]*"()', "^'[^'\n]*'()" }, special = "^#%s*%a+()",
    keywords = words [[auto bool break case char const continue default do double else enum extern float for goto if inline int long
      return short signed sizeof size_t static struct switch typedef union unsigned void volatile while true false NULL]],
  },
  python = {
    comment = { "^#[^\n]*()" }, string = { '^"""(.-)"""()', '^[fbr]?"[^"\n]*"()', "^[fbr]?'[^'\n]*'()" },
    keywords = words [[and as assert break class continue def del elif else except False finally for from global if import in is
      lambda None not or pass raise return True try while with yield]],
  },
  r = {
    comment = { "^#[^\n]*()" }, string = { '^"[^"\n]*"()', "^'[^'\n]*'()" },
    keywords = words [[function if else for in while repeat return TRUE FALSE NULL library NA]],
  },
  sql = {
    comment = { "^%-%-[^\n]*()" }, string = { "^'[^']*'()" }, caseless = true,
    keywords = words [[select from where group by order having limit join left on as and or not in is null case when then else end
      with union all distinct insert into values create view table over partition rows between like desc asc cast using cross
      attach exists recursive offset pragma]],
  },
  sh = {
    comment = { "^#[^\n]*()" }, string = { '^"[^"]*"()', "^'[^']*'()" }, special = "^%$[%a_{][%w_}]*()",
    keywords = words [[if then else elif fi for in do done while case esac cd export set exit echo sudo]], numberless = true,
  },
  json = { comment = {}, string = { '^"[^"\n]*"()' }, keywords = words "true false null" },
  makefile = { comment = { "^#[^\n]*()" }, string = {}, keywords = {}, numberless = true },
}
LANGUAGES.bash, LANGUAGES.py, LANGUAGES.h = LANGUAGES.sh, LANGUAGES.python, LANGUAGES.c

local function escape(s) return (s:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" })) end

local function span(class, s) return '<span class="' .. class .. '">' .. escape(s) .. "</span>" end

-- Where the token of one of the patterns ends, or nil.
local function ends(code, at, patterns)
  for _, pattern in ipairs(patterns) do
    local found = table.pack(code:match(pattern, at))
    if found[1] then return found[found.n] end
  end
end

local function coloured(code, language)
  local out, at = {}, 1
  local function token(class, after)
    out[#out + 1] = class and span(class, code:sub(at, after - 1)) or escape(code:sub(at, after - 1))
    at = after
  end
  while at <= #code do
    local comment = ends(code, at, language.comment)
    if comment and language.numberless and at > 1 and not code:sub(at - 1, at - 1):find "%s" then comment = nil end
    local text = not comment and ends(code, at, language.string)
    local special = language.special and code:match(language.special, at)
    local word, after = code:match("^([%a_][%w_]*)()", at)
    local number = not language.numberless and code:match("^%.?%d[%w_%.]*()", at)
    if comment then token("c", comment)
    elseif text then token("s", text)
    elseif special then token("k", special)
    elseif word then token(language.keywords[language.caseless and word:lower() or word] and "k", after)
    elseif number then token("n", number)
    else token(nil, code:match("^[^%w_\"'#/%-%[%$%.%s]+()", at) or code:match("^%s+()", at) or at + 1) end
  end
  return table.concat(out)
end

-- A session at the prompt: what is typed is Lua, what it prints is plain.
local function session(code)
  local out = {}
  for line in code:gmatch "[^\n]*\n?" do
    local mark, typed = line:match "^(>>? ?)(.*)$"
    if mark then out[#out + 1] = '<span class="p">' .. escape(mark) .. "</span>" .. coloured(typed, lua)
    elseif line ~= "" then
      out[#out + 1] = '<span class="o">' .. escape((line:gsub("\n$", ""))) .. "</span>" .. (line:match "\n$" or "")
    end
  end
  return table.concat(out)
end

-- HTML of a piece of code.
function M.html(code, language)
  if language == "losslab" then return session(code) end
  return LANGUAGES[language] and coloured(code, LANGUAGES[language]) or escape(code)
end

function M.knows(language) return language == "losslab" or LANGUAGES[language] ~= nil end

return M
