-- The colours of heat: viridis (Smith and van der Walt 2015), in which equal steps of a value look equally far apart, also without
-- colour vision and in grey. Ten of its colours, and straight lines between them.
local uniform = { "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725" }

-- Red, green and blue, each from 0 to 255, of a share from 0 to 1.
function uniform.rgb(share)
  local at = 1 + math.max(0, math.min(1, share)) * (#uniform - 1)
  local i = math.min(#uniform - 1, math.floor(at))
  local out = {}
  for k = 1, 3 do
    local function channel(colour) return tonumber(colour:sub(2 * k, 2 * k + 1), 16) end
    out[k] = math.floor(channel(uniform[i]) + (at - i) * (channel(uniform[i + 1]) - channel(uniform[i])) + 0.5)
  end
  return table.unpack(out)
end

return uniform
