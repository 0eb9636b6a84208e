-- losslab tests/e2e/run.lua STUDY DB JOBS: runs a study as `losslab run` does, without the command line around it.
local path, db, jobs = ...
local fine, code = pcall(function()
  local code = require "losslab.study.study".load(path):run { db = db, jobs = math.tointeger(tonumber(jobs)) }
  return code
end)
if not fine then
  io.stderr:write("losslab: ", tostring(code), "\n")
  code = 1
end
os.exit(code, true)
