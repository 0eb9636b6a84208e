-- Student's t, the normal and the binomial distribution. Tails are computed as tails, never as 1 minus something near 1, so a
-- p of 1e-30 is right to its digits; quantiles invert the tails by safeguarded Newton steps. Relative error below 1e-12, for
-- t below 1e-10 at a million degrees of freedom.
local distributions = {}

local log, exp, sqrt, abs, huge, pi = math.log, math.exp, math.sqrt, math.abs, math.huge, math.pi

-- ln(1 + x) without losing a small x (Kahan).
local function log1p(x)
  local u = 1 + x
  return u == 1 and x or log(u) * x / (u - 1)
end

-- Lanczos's approximation with g = 7 and nine terms (Godfrey's coefficients).
local lanczos = { 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7 }

local function log_gamma(x)
  if x < 0.5 then return log(pi / math.sin(pi * x)) - log_gamma(1 - x) end
  x = x - 1
  local sum, base = 0.99999999999980993, x + 7.5
  for i, c in ipairs(lanczos) do sum = sum + c / (x + i) end
  return 0.5 * log(2 * pi) + (x + 0.5) * log(base) - base + log(sum)
end

-- What Stirling's formula lacks of ln Gamma(x), x >= 10. (Abramowitz and Stegun 6.1.41.)
local function stirling_rest(x)
  local y = 1 / (x * x)
  return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * 691 / 360360))))) / x
end

-- ln B(a, b). For a large one, ln Gamma(a + b) - ln Gamma(a) is written so that the large terms cancel on paper.
local function log_beta(a, b)
  if a < b then a, b = b, a end
  if a < 10 then return log_gamma(a) + log_gamma(b) - log_gamma(a + b) end
  return log_gamma(b) - ((a - 0.5) * log1p(b / a) + b * log(a + b) - b + stirling_rest(a + b) - stirling_rest(a))
end

-- The continued fraction of the incomplete beta function by Lentz's method (Numerical Recipes, 3rd ed., 6.4).
local function beta_fraction(x, a, b)
  local tiny = 1e-300
  local function guard(v) return abs(v) < tiny and tiny or v end
  local c, d = 1, 1 / guard(1 - (a + b) * x / (a + 1))
  local value = d
  for m = 1, 100000 do
    local even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d, c = 1 / guard(1 + even * d), guard(1 + even / c)
    value = value * d * c
    local odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d, c = 1 / guard(1 + odd * d), guard(1 + odd / c)
    value = value * d * c
    if abs(d * c - 1) < 1e-16 then break end
  end
  return value
end

-- I_x(a, b), the regularised incomplete beta function. y = 1 - x may be given where x is near 1.
local function beta_inc(x, a, b, y)
  y = y or 1 - x
  if x <= 0 then return 0.0 elseif y <= 0 then return 1.0 end
  local log_x = x > 0.5 and log1p(-y) or log(x)
  local log_y = y > 0.5 and log1p(-x) or log(y)
  local front = exp(a * log_x + b * log_y - log_beta(a, b))
  if x < (a + 1) / (a + b + 2) then return front * beta_fraction(x, a, b) / a end
  return 1 - front * beta_fraction(y, b, a) / b
end
distributions.beta_inc = beta_inc

-- erfc by the series of erf below 2 and by its continued fraction above. (Abramowitz and Stegun 7.1.6, 7.1.14.)
local function erfc(x)
  if x < 0 then return 2 - erfc(-x) end
  if x < 2 then
    local term, sum, n = x, x, 0
    repeat
      n = n + 1
      term = term * 2 * x * x / (2 * n + 1)
      sum = sum + term
    until term < 1e-17 * sum
    return 1 - 2 / sqrt(pi) * exp(-x * x) * sum
  end
  local fraction = 0
  for k = 120, 1, -1 do fraction = k / 2 / (x + fraction) end
  return exp(-x * x) / sqrt(pi) / (x + fraction)
end

-- x >= 0 with tail(x) = target <= 1/2, tail falling: Newton in ln tail, which is nearly straight for thin and thick tails
-- alike; a step that leaves the bracket becomes a bisection.
local function invert(tail, density, target)
  if target <= 0 then return huge end
  local low, high = 0, 1
  while tail(high) > target and high < 1e300 do low, high = high, high * 2 end
  local x = 0.5 * (low + high)
  for _ = 1, 200 do
    local here = tail(x)
    if here > target then low = x else high = x end
    local next_x = x + here / density(x) * log(here / target)
    if not (next_x > low and next_x < high) then next_x = 0.5 * (low + high) end
    if abs(next_x - x) <= 1e-15 * next_x then return next_x end
    x = next_x
  end
  return x
end

local function check_p(what, p)
  if not (type(p) == "number" and p >= 0 and p <= 1) then
    error(("%s: a probability in [0, 1] is needed, not %s"):format(what, tostring(p)), 3)
  end
end
local function check_df(what, df)
  if type(df) == "number" and df > 0 then return end
  error(("%s: degrees of freedom must be > 0, not %s"):format(what, tostring(df)), 3)
end

local function normal_tail(z) return 0.5 * erfc(z / sqrt(2)) end
local function normal_density(z) return exp(-0.5 * z * z) / sqrt(2 * pi) end

-- P(Z <= z) of a standard normal.
function distributions.normal_cdf(z) return normal_tail(-z) end

-- z with P(Z <= z) = p.
function distributions.normal_quantile(p)
  check_p("normal_quantile", p)
  if p == 0.5 then return 0.0 end
  local z = invert(normal_tail, normal_density, p < 0.5 and p or 1 - p)
  return p < 0.5 and -z or z
end

-- P(T > t), t >= 0: I_x(df/2, 1/2) / 2 at x = df / (df + t^2). (Abramowitz and Stegun 26.7.1.)
local function t_tail(t, df)
  if t == huge then return 0.0 end
  if df == huge then return normal_tail(t) end
  local r = t * t / df
  if r == huge then return 0.5 * exp(0.5 * df * (log(df) - 2 * log(t)) - log(0.5 * df) - log_beta(0.5 * df, 0.5)) end
  return 0.5 * beta_inc(1 / (1 + r), 0.5 * df, 0.5, r / (1 + r))
end
local function t_density(t, df)
  if df == huge then return normal_density(t) end
  return exp(-0.5 * (df + 1) * log1p(t * t / df) - 0.5 * log(df) - log_beta(0.5 * df, 0.5))
end

-- P(T <= t) of Student's t with df > 0 degrees of freedom (math.huge: normal).
function distributions.t_cdf(t, df)
  check_df("t_cdf", df)
  return t <= 0 and t_tail(-t, df) or 1 - t_tail(t, df)
end

-- P(|T| >= |t|).
function distributions.t_two_sided(t, df)
  check_df("t_two_sided", df)
  return 2 * t_tail(abs(t), df)
end

-- t with P(T <= t) = p.
function distributions.t_quantile(p, df)
  check_p("t_quantile", p)
  check_df("t_quantile", df)
  if p == 0.5 then return 0.0 end
  local t = invert(function(x) return t_tail(x, df) end, function(x) return t_density(x, df) end, p < 0.5 and p or 1 - p)
  return p < 0.5 and -t or t
end

-- P(X <= k) of a binomial with n trials of probability p.
function distributions.binomial_cdf(k, n, p)
  check_p("binomial_cdf", p)
  k = math.floor(k)
  if k < 0 then return 0.0 elseif k >= n then return 1.0 end
  return beta_inc(1 - p, n - k, k + 1, p)
end

return distributions
