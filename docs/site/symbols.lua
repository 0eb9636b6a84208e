-- What the commands of TeX stand for that the pages use.
local M = {}

M.letters = {
  alpha = "α", beta = "β", gamma = "γ", delta = "δ", epsilon = "ϵ", varepsilon = "ε", zeta = "ζ", eta = "η", theta = "θ",
  vartheta = "ϑ", iota = "ι", kappa = "κ", lambda = "λ", mu = "μ", nu = "ν", xi = "ξ", pi = "π", rho = "ρ", sigma = "σ",
  tau = "τ", upsilon = "υ", phi = "ϕ", varphi = "φ", chi = "χ", psi = "ψ", omega = "ω", Gamma = "Γ", Delta = "Δ", Theta = "Θ",
  Lambda = "Λ", Xi = "Ξ", Pi = "Π", Sigma = "Σ", Phi = "Φ", Psi = "Ψ", Omega = "Ω", ell = "ℓ", infty = "∞", partial = "∂",
  nabla = "∇", emptyset = "∅", dots = "…", ldots = "…", cdots = "⋯", vdots = "⋮", top = "⊤",
}

M.operators = {
  cdot = "⋅", times = "×", pm = "±", mp = "∓", ast = "∗", circ = "∘", odot = "⊙", oplus = "⊕", otimes = "⊗", le = "≤", leq = "≤",
  ge = "≥", geq = "≥", ne = "≠", neq = "≠", approx = "≈", equiv = "≡", sim = "∼", propto = "∝", ll = "≪", gg = "≫", to = "→",
  rightarrow = "→", leftarrow = "←", Rightarrow = "⇒", mapsto = "↦", ["in"] = "∈", notin = "∉", subset = "⊂", subseteq = "⊆",
  cup = "∪", cap = "∩", setminus = "∖", mid = "∣", colon = ":", perp = "⊥", forall = "∀", exists = "∃", Vert = "‖", vert = "|",
  ["|"] = "‖", ["%"] = "%", ["_"] = "_", ["#"] = "#", ["$"] = "$",
}

M.opening = { lVert = "‖", lvert = "|", langle = "⟨", lfloor = "⌊", lceil = "⌈", ["{"] = "{" }
M.closing = { rVert = "‖", rvert = "|", rangle = "⟩", rfloor = "⌋", rceil = "⌉", ["}"] = "}" }
M.fences = { lVert = "‖", rVert = "‖", Vert = "‖", ["|"] = "‖", lvert = "|", rvert = "|", langle = "⟨", rangle = "⟩", lfloor = "⌊",
  rfloor = "⌋", lceil = "⌈", rceil = "⌉", ["{"] = "{", ["}"] = "}" }

M.big = { sum = { "∑", limits = true }, prod = { "∏", limits = true }, int = { "∫" } }

M.functions = { ln = "plain", log = "plain", exp = "plain", sin = "plain", cos = "plain", cosh = "plain", sinh = "plain",
  tan = "plain", arccos = "plain",
  arcsin = "plain", arctan = "plain", tanh = "plain", max = "limits", min = "limits", sup = "limits", inf = "limits", arg = "plain",
  lim = "limits", det = "plain", Pr = "plain" }

M.accents = { hat = "^", bar = "‾", overline = "¯", tilde = "~", vec = "→", dot = "˙" }

M.spaces = { quad = "1em", qquad = "2em", [","] = "0.17em", [":"] = "0.22em", [";"] = "0.28em", [" "] = "0.3em", ["!"] = "-0.17em" }

M.double = { R = "ℝ", E = "𝔼", N = "ℕ", Z = "ℤ", P = "ℙ" }

-- Signs that stand for a quantity.
M.ordinary = { ["∞"] = true, ["…"] = true, ["ξ"] = true, ["?"] = true }

return M
