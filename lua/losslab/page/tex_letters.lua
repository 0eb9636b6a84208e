-- Letters and signs beyond ASCII that pdflatex has not, as what TeX has for them. A report declares those that it holds, so that it
-- compiles wherever they stand, also in a script shown as it is; of a script other than Latin or Greek pdflatex prints the letters'
-- numbers (xelatex and lualatex, with a font that has them, the letters).
local letters = {}

-- By letter, what stands for it in mathematics.
local known = { ["−"] = "-", ["≠"] = "\\neq", ["≥"] = "\\geq", ["≤"] = "\\leq", ["≈"] = "\\approx", ["∞"] = "\\infty",
  ["→"] = "\\to", ["←"] = "\\leftarrow", ["↔"] = "\\leftrightarrow", ["√"] = "\\surd", ["‖"] = "\\Vert", ["∈"] = "\\in",
  ["∑"] = "\\sum", ["∏"] = "\\prod", ["∫"] = "\\int", ["∂"] = "\\partial", ["∇"] = "\\nabla", ["ℓ"] = "\\ell",
  ["∼"] = "\\sim", ["∝"] = "\\propto", ["⋅"] = "\\cdot", ["⟨"] = "\\langle", ["⟩"] = "\\rangle", ["ᵀ"] = "^{\\top}",
  ["⁻"] = "^{-}", ["⁺"] = "^{+}", ["₊"] = "_{+}", ["₋"] = "_{-}" }

local GREEK = [[alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon
  phi chi psi omega]]
local LATIN = { omicron = "o", Alpha = "\\mathrm{A}", Beta = "\\mathrm{B}", Epsilon = "\\mathrm{E}", Zeta = "\\mathrm{Z}",
  Eta = "\\mathrm{H}", Iota = "\\mathrm{I}", Kappa = "\\mathrm{K}", Mu = "\\mathrm{M}", Nu = "\\mathrm{N}",
  Omicron = "\\mathrm{O}", Rho = "\\mathrm{P}", Tau = "\\mathrm{T}", Chi = "\\mathrm{X}" }

do
  local at = 0
  for name in GREEK:gmatch "%a+" do
    local capital = name:gsub("^%l", string.upper)
    known[utf8.char(0x3b1 + at)] = LATIN[name] or "\\" .. name
    if name ~= "varsigma" then known[utf8.char(0x391 + at)] = LATIN[capital] or "\\" .. capital end
    at = at + 1
  end
  for digit = 0, 9 do
    known[utf8.char(0x2080 + digit)] = "_{" .. digit .. "}"
    known[utf8.char(0x2070 + digit)] = "^{" .. digit .. "}" -- of 1, 2 and 3 those that every TeX has stand elsewhere
  end
end

-- What stands for a letter in a text, or nil.
function letters.math(letter) return known[letter] and "$" .. known[letter] .. "$" end

-- Declarations for pdflatex of the letters of a text that it does not know by itself.
function letters.declared(words)
  local seen, out = {}, {}
  for letter in words:gmatch(utf8.charpattern) do
    if #letter > 1 and not seen[letter] then
      seen[letter] = true
      local code = utf8.codepoint(letter)
      out[#out + 1] = string.format("\\@ifundefined{u8:\\detokenize{%s}}{\\DeclareUnicodeCharacter{%04X}{%s}}{}", letter, code,
        known[letter] and "\\ensuremath{" .. known[letter] .. "}" or string.format("\\texttt{U+%04X}", code))
    end
  end
  if #out == 0 then return "" end
  return "\\ifPDFTeX\\makeatletter\n" .. table.concat(out, "\n") .. "\n\\makeatother\\fi\n"
end

return letters
