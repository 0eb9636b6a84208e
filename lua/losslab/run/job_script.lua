-- The script that Slurm runs for each shard of a study: the text that losslab run --executor slurm writes into the folder beside
-- the database. It stands for itself, and may be read, changed and submitted by hand.
local check = require "losslab.check"
local quoted = require "losslab.run.slurm".quoted
local text = require "losslab.text"

local M = {}

local TEXT = [[
#!/bin/sh
# One shard of the study %s, for Slurm. losslab run --executor slurm wrote this, and submits it once for each shard;
# the same command writes it anew.
%s
%s# Where Slurm says how much memory a task has, losslab holds no more than nine tenths of it.
if [ -z "${LOSSLAB_MEMORY:-}" ] && [ "${SLURM_MEM_PER_NODE:-0}" -ge 64 ]; then
  export LOSSLAB_MEMORY="$((SLURM_MEM_PER_NODE * 9 / 10))M"
fi
folder=%s
shard=$SLURM_ARRAY_TASK_ID
exec %s run %s \
  --db "$folder/shard-$shard.db" --trials "$folder/trials-$shard.txt" --progress "$folder/progress-$shard.json" \
  --jobs %s%s
]]

-- Minutes of Slurm's own ways to write a time: 30, 30:00, 2:00:00, 1-12, 1-12:30, 1-12:30:00; nil for none of them.
function M.minutes(words)
  local days, rest = words:match "^(%d+)%-(.+)$"
  local parts = {}
  for part in (rest or words):gmatch "[^:]+" do
    parts[#parts + 1] = part:find "^%d+$" and tonumber(part) or nil
  end
  if #parts == 0 or #parts > 3 then return nil end
  if days then return tonumber(days) * 1440 + parts[1] * 60 + (parts[2] or 0) + (parts[3] or 0) / 60 end
  if #parts == 3 then return parts[1] * 60 + parts[2] + parts[3] / 60 end
  return parts[1] + (parts[2] or 0) / 60
end

-- A path as a pattern of Slurm's for files.
local function pattern(path) return (path:gsub("%%", "%%%%")) end

local function option(name, value)
  if tostring(value):find "[\n\r\"]" then check.fail("--%s: Slurm's scripts have no way to write %s", name, check.show(value)) end
  return string.format(tostring(value):find "[%s#'\\]" and '#SBATCH --%s="%s"' or "#SBATCH --%s=%s", name, value)
end

-- of: study (its name), program, script (the study's path), cwd, folder (absolute), tasks (how Slurm writes them), at_once [opt],
-- and what was asked: partition, time, cpus, sbatch, setup, jobs, threads, mix, fail_fast, quiet, all [opt].
function M.text(of)
  local lines = { option("job-name", text.shorten(text.clean(of.study):gsub("[^%w_.-]+", "_"), 60)),
    option("array", of.tasks .. (of.at_once and "%" .. of.at_once or "")), "#SBATCH --nodes=1 --ntasks=1",
    option("cpus-per-task", of.cpus) }
  if of.partition then lines[#lines + 1] = option("partition", of.partition) end
  if of.time then
    lines[#lines + 1] = option("time", of.time)
    local minutes = M.minutes(of.time)
    -- Told a minute before its end, losslab lets the epochs under way end, and leaves; a short time would be over at once.
    if minutes and minutes >= 10 then lines[#lines + 1] = "#SBATCH --signal=B:INT@60" end
  end
  lines[#lines + 1] = option("chdir", of.cwd)
  lines[#lines + 1] = option("output", pattern(of.folder) .. "/log/%A_%a.txt")
  lines[#lines + 1] = "#SBATCH --open-mode=append --requeue"
  if of.sbatch then
    if of.sbatch:find "[\n\r]" then check.fail "--sbatch takes options of sbatch in one line" end
    lines[#lines + 1] = "#SBATCH " .. of.sbatch
  end
  local more = {}
  for _, name in ipairs { "mix", "fail_fast" } do
    if of[name] then more[#more + 1] = " --" .. name:gsub("_", "-") end
  end
  if of.threads then more[#more + 1] = " --threads " .. of.threads end
  return TEXT:format(text.clean(of.study), table.concat(lines, "\n"), of.setup and of.setup:gsub("\n*$", "\n") or "",
    quoted(of.folder), quoted(of.program), quoted(of.script), of.jobs or '"${SLURM_CPUS_PER_TASK:-1}"', table.concat(more))
end

return M
