-- Round places on an axis and what is written at them, for a drawing in characters.
local ticks = {}

-- The step from tick to tick: 1, 2 or 5 times a power of ten, so that there are about n.
function ticks.step(low, high, n)
  local raw = (high - low) / math.max(1, n)
  local power = 10.0 ^ math.floor(math.log(raw, 10))
  for _, round in ipairs { 1, 2, 5, 10 } do
    if round * power >= raw * (1 - 1e-9) then return round * power end
  end
end

-- With as many decimals as the step has; very large and very small numbers with an exponent.
local function label(x, step)
  if math.abs(x) < step * 1e-6 then return "0" end
  if math.abs(x) >= 1e6 or step < 1e-4 then return (string.format("%.4g", x):gsub("e%+?(-?)0*", "e%1")) end
  return string.format("%." .. math.max(0, math.ceil(-math.log(step, 10) - 1e-9)) .. "f", x)
end

-- Powers of ten; 1, 2, 5 of each where they span less than two decades; each so many of them that about n are left.
local function decades(low, high, n)
  local out, first, last = {}, math.floor(math.log(low, 10)), math.floor(math.log(high, 10) + 1e-9)
  local every = math.max(1, math.ceil((last - first) / math.max(1, n)))
  for decade = first, last do
    for _, k in ipairs(last - first < 2 and { 1, 2, 5 } or { 1 }) do
      local x = k * 10.0 ^ decade
      if (decade - first) % every == 0 and x >= low * (1 - 1e-9) and x <= high * (1 + 1e-9) then
        local words = (x >= 1e-3 and x < 1e5) and string.format("%.10g", x) or string.format("%.0e", x):gsub("e%+?(-?)0*", "e%1")
        out[#out + 1] = { x, words }
      end
    end
  end
  return out
end

-- { { place, label }, … } between low and high, low below high. counted: whole places only.
function ticks.between(low, high, n, log, counted)
  if log then
    local out = decades(low, high, n)
    if #out >= 2 then return out end
  end
  for about = math.max(1, n), n + 4 do -- one tick says little
    local step, out = ticks.step(low, high, about), {}
    if counted and step and step < 1 then step = 1 end
    if not step or step <= 0 or step == math.huge or low + step == low then return { { low, string.format("%.4g", low) } } end
    for i = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do out[#out + 1] = { i * step, label(i * step, step) } end
    if #out >= 2 or about >= n + 4 then return out end
  end
end

return ticks
