-- The jobs that were submitted for a study's shards, as the folder's state has them (run/shard_folder.lua). Each is written down
-- before Slurm is asked, with a comment by which it is found, and is struck out only where Slurm answers that it has none: an
-- sbatch that failed, or was given up, may have handed its job over before its answer was lost.
local ll = require "losslab"
local lfs = require "lfs"
local slurm = require "losslab.run.slurm"

local M = {}

-- Seconds in which a job may still turn up that sbatch sent off and heard nothing of: a controller too busy to answer comes to it
-- later.
local SOON = 30

-- The number of a job whose submission was not seen to its end. False if it is not known yet, and why if Slurm does not answer.
function M.identify(folder, state, job)
  if job.id then return true end
  local id, why = slurm.find(job.comment)
  if why then return false, why end
  local now = ll.system.clock()
  job.missed = job.missed or now
  if id then job.id = id
  elseif not job.refused and now - job.missed < SOON then return false
  else -- it was never submitted: its shards have no job
    for i, other in ipairs(state.jobs) do if other == job then table.remove(state.jobs, i) break end end
  end
  folder:write(state)
  return id ~= nil
end

-- Submits the folder's script for these shards. Gives the job, and what sbatch said if it failed and there is, or may be, a job all
-- the same: then one without id is still to be identified. Raises what sbatch said if there is none.
function M.submit(folder, state, tasks, at_once)
  local drawn = ll.core.sha256(string.format("%s %s %d %.9f %p", lfs.currentdir(), folder.path, os.time(), ll.system.clock(),
    tasks))
  local job = { comment = "losslab:" .. drawn:sub(1, 16), tasks = { table.unpack(tasks) } }
  table.insert(state.jobs, job)
  folder:write(state)
  local id, why, lost = slurm.submit(folder:file "job.sh", tasks, at_once, job.comment)
  job.id, job.refused = id, why ~= nil and not lost
  if id then folder:write(state)
  else
    local found, unknown = M.identify(folder, state, job)
    if job.refused and not found and not unknown then error(why, 0) end
  end
  return job, why
end

-- Cancels them all, by say(format, …) telling once of each what hinders it; another call tries those again.
function M.cancel(folder, state, say)
  for _, job in ipairs { table.unpack(state.jobs) } do
    local known, why = M.identify(folder, state, job)
    if known and not job.cancelled then
      why = slurm.cancel(job.id)
      job.cancelled = not why
    end
    if why and not job.told then
      job.told = true
      if known then say("job %d is not cancelled (%s); scancel %d does it later", job.id, why, job.id)
      else say("whether Slurm has a job for the shards %s is not known (%s)", slurm.list(job.tasks), why) end
    end
  end
end

return M
