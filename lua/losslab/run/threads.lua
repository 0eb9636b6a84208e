-- How many threads each of some processes works with. Together they take no more cores than so many processes were allowed: where
-- there are fewer trials than that, those that there are share what is left. No result depends on it.
local ll = require "losslab"

local M = {}

-- asked [opt]: threads of each process, as the user wants them; else LOSSLAB_THREADS says so. jobs: how many processes are allowed;
-- workers: how many there are.
function M.each(asked, jobs, workers)
  asked = asked or math.tointeger(tonumber(os.getenv "LOSSLAB_THREADS" or ""))
  return math.min(asked or math.max(math.min(jobs, ll.system.cores()) // math.max(workers, 1), 1), 256)
end

return M
