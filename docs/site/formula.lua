-- Formulas of the pages, TeX as GitHub shows it, as MathML, which browsers draw by themselves. What is not known here is an error,
-- so that no formula comes out wrong unseen.
local symbols = require "symbols"

local M = {}

local function escape(s) return (s:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" })) end

-- ---- tokens: { kind = "command" | "letter" | "digit" | "sign", text } ----------------------------------------------------------

local function tokens(tex)
  local out, at = {}, 1
  while at <= #tex do
    local space = tex:match("^%s+()", at)
    if space then
      at = space
    elseif tex:sub(at, at) == "\\" then
      local name = tex:match("^\\(%a+)", at) or tex:match("^\\(.)", at)
      if name == "text" or name == "operatorname" then
        local body, after = tex:match("^%s*(%b{})()", at + 1 + #name)
        if not body then error("\\" .. name .. " needs { }", 0) end
        out[#out + 1] = { kind = "text", text = body:sub(2, -2), upright = name == "operatorname" }
        at = after
      else
        out[#out + 1] = { kind = "command", text = name }
        at = at + 1 + #name
      end
    else
      local char = utf8.char(utf8.codepoint(tex, at))
      local kind = char:find "%a" and "letter" or char:find "%d" and "digit" or "sign"
      out[#out + 1] = { kind = kind, text = char }
      at = at + #char
    end
  end
  return out
end

-- ---- rows and atoms ------------------------------------------------------------------------------------------------------------

-- An atom: { xml, class = "ord" | "op" (an operator: what follows is signed) | "open" | "close" | "big" | "function" }.
local parse_row

local function element(name, content, attributes)
  return "<" .. name .. (attributes and " " .. attributes or "") .. ">" .. content .. "</" .. name .. ">"
end

local function row_of(atoms)
  local parts = {}
  for i, atom in ipairs(atoms) do parts[i] = atom.xml end
  return #parts == 1 and parts[1] or element("mrow", table.concat(parts))
end

-- One argument: a group or one token.
local function argument(state, of)
  local token = state[state.at] or error(of .. " needs an argument", 0)
  if token.text == "{" and token.kind == "sign" then
    state.at = state.at + 1
    return row_of(parse_row(state, "}"))
  end
  return state:atom(nil).xml
end

-- The plain text of a group, for \mathrm.
local function plain(state)
  local out = {}
  if state[state.at].text ~= "{" then
    state.at = state.at + 1
    return state[state.at - 1].text
  end
  state.at = state.at + 1
  while state[state.at] and state[state.at].text ~= "}" do
    out[#out + 1] = state[state.at].text
    state.at = state.at + 1
  end
  state.at = state.at + 1
  return table.concat(out)
end

local commands = {}

local function fraction(small)
  return function(state)
    local above, below = argument(state, "\\frac"), argument(state, "\\frac")
    local xml = element("mfrac", above .. below)
    return { xml = small and element("mstyle", xml, 'displaystyle="false" scriptlevel="0"') or xml, class = "ord" }
  end
end
commands.frac, commands.tfrac, commands.dfrac = fraction(false), fraction(true), fraction(false)

function commands.sqrt(state)
  if state[state.at] and state[state.at].text == "[" then
    state.at = state.at + 1
    local root = row_of(parse_row(state, "]"))
    return { xml = element("mroot", argument(state, "\\sqrt") .. root), class = "ord" }
  end
  return { xml = element("msqrt", argument(state, "\\sqrt")), class = "ord" }
end

function commands.mathrm(state) return { xml = element("mi", escape(plain(state)), 'mathvariant="normal"'), class = "ord" } end
function commands.mathbf(state) return { xml = element("mi", escape(plain(state)), 'class="bold"'), class = "ord" } end
function commands.mathbb(state)
  local letter = plain(state)
  return { xml = element("mi", symbols.double[letter] or error("\\mathbb{" .. letter .. "} is not known", 0)), class = "ord" }
end

for name, mark in pairs(symbols.accents) do
  commands[name] = function(state)
    return { xml = element("mover", argument(state, "\\" .. name) .. element("mo", mark, mark == "¯" and 'stretchy="true"'
      or 'stretchy="false"'), 'accent="true"'), class = "ord" }
  end
end

local function fence(token)
  local text = token.text
  if token.kind == "command" then text = symbols.fences[text] or error("\\" .. text .. " is no fence", 0) end
  return text == "." and "" or escape(text)
end

function commands.left(state)
  local open = fence(state[state.at])
  state.at = state.at + 1
  local inner = row_of(parse_row(state, "right"))
  local close = fence(state[state.at])
  state.at = state.at + 1
  local function mark(text) return text == "" and "" or element("mo", text, 'fence="true" stretchy="true" symmetric="true"') end
  return { xml = element("mrow", mark(open) .. inner .. mark(close)), class = "ord" }
end

local function operator(text, prefix)
  if text == "-" then text = "−" end
  local attributes = prefix and 'form="prefix"' or nil
  if text == "|" or text == "/" or text == "." then attributes = 'lspace="0" rspace="0" stretchy="false"' end
  return { xml = element("mo", escape(text), attributes), class = "op" }
end

-- The atom at state.at; before: the class of what stands before it.
local function atom(state, before)
  local token = state[state.at]
  state.at = state.at + 1
  local text = token.text
  local prefix = before ~= "ord" and before ~= "close"
  if token.kind == "letter" then return { xml = element("mi", text), class = "ord" } end
  if token.kind == "digit" then return { xml = element("mn", text), class = "ord" } end
  if token.kind == "text" then
    return { xml = element("mtext", escape(text:gsub("^ ", "\u{a0}"):gsub(" $", "\u{a0}"))), class = "ord" }
  end
  if token.kind == "sign" then
    if text == "{" then
      local atoms = parse_row(state, "}")
      return { xml = #atoms == 0 and element("mrow", "") or row_of(atoms), class = "ord" }
    elseif text == "(" or text == "[" then return { xml = element("mo", text, 'stretchy="false" form="prefix"'), class = "open" }
    elseif text == ")" or text == "]" then return { xml = element("mo", text, 'stretchy="false" form="postfix"'), class = "close" }
    elseif text == "|" then
      local bar = operator(text)
      bar.class = prefix and "open" or "close"
      return bar
    elseif text == "}" or text == "&" then error("a " .. text .. " that nothing has opened", 0)
    elseif symbols.ordinary[text] then return { xml = element("mi", text), class = "ord" } end
    return operator(text, prefix and (text == "-" or text == "+"))
  end
  if commands[text] then return commands[text](state) end
  if symbols.spaces[text] then return { xml = '<mspace width="' .. symbols.spaces[text] .. '"></mspace>', class = "space" } end
  if symbols.letters[text] then return { xml = element("mi", symbols.letters[text]), class = "ord" } end
  if symbols.functions[text] then return { name = text, limits = symbols.functions[text] == "limits", class = "function" } end
  if symbols.big[text] then
    local sign = symbols.big[text]
    return { xml = element("mo", sign[1], sign.limits and 'movablelimits="true"' or nil), limits = sign.limits, class = "big" }
  end
  if symbols.opening[text] then
    return { xml = element("mo", symbols.opening[text], 'stretchy="false" form="prefix"'), class = "open" }
  elseif symbols.closing[text] then
    return { xml = element("mo", symbols.closing[text], 'stretchy="false" form="postfix"'), class = "close" }
  end
  local sign = symbols.operators[text] or error("\\" .. text .. " is not known to docs/site/symbols.lua", 0)
  return { xml = element("mo", escape(sign)), class = "op" }
end

-- Primes and what is below and above, behind an atom. Primes stand high by themselves.
local function scripts(state)
  local below, above
  local primes = ""
  while state[state.at] do
    local token = state[state.at]
    if token.kind ~= "sign" then break end
    if token.text == "'" then
      primes = primes .. "′"
      state.at = state.at + 1
    elseif token.text == "_" and not below then
      state.at = state.at + 1
      below = argument(state, "_")
    elseif token.text == "^" and not above then
      state.at = state.at + 1
      above = argument(state, "^")
    else
      break
    end
  end
  return below, above, primes ~= "" and element("mo", primes, 'lspace="0" rspace="0"') or nil
end

local function scripted(base, below, above)
  if not below and not above then return base.xml end
  local names = base.limits and { "munder", "mover", "munderover" } or { "msub", "msup", "msubsup" }
  return element(names[below and above and 3 or above and 2 or 1], base.xml .. (below or "") .. (above or ""))
end

-- Digits and points that follow one another are one number.
local function number(state, first)
  local out = { first }
  while state[state.at] do
    local token, after = state[state.at], state[state.at + 1]
    local point = token.text == "." and after and after.kind == "digit"
    if token.kind ~= "digit" and not point then break end
    out[#out + 1] = token.text
    state.at = state.at + 1
  end
  return element("mn", table.concat(out))
end

function parse_row(state, stop)
  local atoms, before = {}, nil
  while true do
    local token = state[state.at]
    if not token then
      if stop then error("a { or \\left that is not closed", 0) end
      return atoms
    end
    if token.text == stop and (token.kind == "sign" or token.kind == "command" and stop == "right") then
      state.at = state.at + 1
      return atoms
    end
    local base = state:atom(before)
    if token.kind == "digit" then base.xml = number(state, token.text) end
    if base.class == "function" then
      local after = state[state.at]
      local far = after and after.kind == "sign" and (after.text == "_" or after.text == "^")
      local close = not far and after and (after.text == "(" or after.text == "[" or after.text == "left")
      base.xml = element("mo", base.name, string.format('form="prefix" lspace="%s" rspace="%s" movablelimits="%s"',
        before == "ord" and "0.17em" or "0", close and "0" or "0.17em", base.limits and "true" or "false"))
    end
    local below, above, primes = scripts(state)
    if primes then base.xml = element("mrow", base.xml .. primes) end
    atoms[#atoms + 1] = { xml = scripted(base, below, above), class = base.class }
    if base.class ~= "space" then before = base.class end
  end
end

-- The MathML of a formula; display: on lines of its own. Raises what it does not know.
function M.mathml(tex, display)
  local state = tokens(tex)
  state.at, state.atom = 1, atom
  local inner = row_of(parse_row(state))
  local alt = escape((tex:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")))
  return string.format('<math%s alttext="%s">%s</math>', display and ' display="block"' or "", alt, inner)
end

return M
