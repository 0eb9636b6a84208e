-- What tables of a study's losses share, be they for a terminal or a page: with how many decimals, and in which words.
local text = require "losslab.text"

local M = {}

-- What a row's mark is called.
M.words = { best = "best", level = "~ best", ahead = "above best" }

-- By what was chosen in a study without a validation part.
M.unchosen = "nothing: there is no validation part, and the last epoch is reported"

-- How many decimals it takes to show the least deviation.
function M.digits(groups)
  local least
  for _, group in ipairs(groups) do
    for _, row in ipairs(group.rows) do
      if row.test_sd and row.test_sd > 0 then least = math.min(least or math.huge, row.test_sd) end
    end
  end
  return least and text.decimals(least) or 4
end

return M
