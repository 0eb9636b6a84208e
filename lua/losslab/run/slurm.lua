-- What is asked of Slurm, by its own commands: sbatch, scontrol, squeue, scancel. Nothing of it is linked, and no accounting is
-- needed. A command does not see the terminal's Ctrl-C, which is the caller's to handle, and is given up after a minute.
local check = require "losslab.check"
local text = require "losslab.text"

local M = {}

local MINUTE = 60

-- A word as the shell reads it as itself.
function M.quoted(word) return "'" .. tostring(word):gsub("'", "'\\''") .. "'" end

-- Runs a command; gives what it printed, on either output, and whether it succeeded. SLURM_BITSTR_LEN: lists of tasks are whole,
-- however long, in place of 64 bytes.
local RUN = "trap '' INT HUP; SLURM_BITSTR_LEN=0; export SLURM_BITSTR_LEN; exec timeout %d %s 2>&1 </dev/null"
local function command(...)
  local words = {}
  for i, word in ipairs { ... } do words[i] = M.quoted(word) end
  local pipe = io.popen(RUN:format(MINUTE, table.concat(words, " ")), "r")
  local said = pipe and pipe:read "a" or ""
  local fine, how, code = false, nil, nil
  if pipe then fine, how, code = pipe:close() end
  if not fine and how == "exit" and code == 124 then said = said .. string.format("no answer within %d s", MINUTE) end
  return said, fine == true
end

local function last_line(said) return text.clean(said:gsub("%s+$", ""):match "[^\n]*$") end

-- Raises where there is no Slurm.
function M.check()
  local said, fine = command("sbatch", "--version")
  if not fine then
    check.fail("--executor slurm needs Slurm's commands (sbatch, scontrol, scancel) in PATH: %s", last_line(said))
  end
end

-- Numbers as Slurm writes them: { 1, 2, 3, 7 } is "1-3,7".
function M.list(numbers)
  local out, i = {}, 1
  table.sort(numbers)
  while i <= #numbers do
    local last = i
    while numbers[last + 1] == numbers[last] + 1 do last = last + 1 end
    out[#out + 1] = last > i and numbers[i] .. "-" .. numbers[last] or tostring(numbers[i])
    i = last + 1
  end
  return table.concat(out, ",")
end

-- The other way: "1-3,7%4" and "1-7:2" as numbers.
function M.numbers(list)
  local out = {}
  for first, last, step in (list:gsub("%%.*", "") .. ","):gmatch "(%d+)%-?(%d*):?(%d*)," do
    for i = tonumber(first), tonumber(last) or tonumber(first), tonumber(step) or 1 do out[#out + 1] = math.tointeger(i) end
  end
  return out
end

-- What a command says that does not know whether the controller has heard it.
local LOST = { "timed out", "no answer within", "[Uu]nable to contact", "[Cc]onnect", "[Cc]ommunication", "Zero Bytes",
  "Unexpected message" }

-- Submits a script as an array of these tasks, at most so many at once. comment: by which M.find finds the job. Gives its id; or
-- nil, what Slurm says, and whether that leaves open if it has the job.
function M.submit(script, tasks, at_once, comment)
  local array = M.list(tasks) .. (at_once and "%" .. at_once or "")
  local said, fine = command("sbatch", "--parsable", "--array=" .. array, "--comment=" .. comment, script)
  local id = fine and ("\n" .. said):match "\n(%d+)[;\n]"
  if id then return math.tointeger(tonumber(id)) end
  local lost = false
  for _, words in ipairs(LOST) do lost = lost or said:find(words) ~= nil end
  return nil, string.format("sbatch %s: %s", text.clean(script), last_line(said)), lost
end

-- The id of the job that was submitted with that comment, or nil; nil and why where Slurm does not answer.
function M.find(comment)
  local user = os.getenv "LOGNAME" or os.getenv "USER" -- of whom there may be many
  local said, fine = command("squeue", "--noheader", "--array", "--states=all", "--format=%F %k", user and "--user=" .. user)
  if not fine then return nil, last_line(said) end
  for id, of in said:gmatch "(%d+) ([^\n]*)" do
    if of == comment then return math.tointeger(tonumber(id)) end
  end
end

-- How a task stands that is no longer to be expected to run.
local ENDED = { COMPLETED = true, CANCELLED = true, FAILED = true, TIMEOUT = true, NODE_FAIL = true, PREEMPTED = true,
  BOOT_FAIL = true, DEADLINE = true, OUT_OF_MEMORY = true, REVOKED = true }
local RUNNING = { RUNNING = true, COMPLETING = true, SUSPENDED = true, STOPPED = true, SIGNALING = true, STAGE_OUT = true }
function M.is_ended(state) return ENDED[state] == true end
function M.is_running(state) return RUNNING[state] == true end

-- The tasks of a job by number: { state, reason, node, exit }. Those that Slurm has forgotten are not there, and none is of a job
-- that it has forgotten. nil and why where Slurm does not answer: then nothing is known. Third, whether a list of tasks was cut
-- off: then others may be there.
function M.tasks(job)
  local said, fine = command("scontrol", "show", "job", "--oneliner", job)
  local out, cut = {}, false
  if not fine then
    if said:find "[Ii]nvalid job id" then return out end
    return nil, last_line(said)
  end
  for line in said:gmatch "[^\n]+" do
    local function field(name) return line:match("%f[%w]" .. name .. "=(%S+)") end
    local task = { state = field "JobState", reason = field "Reason", node = field "NodeList", exit = field "ExitCode" }
    local numbers = field "ArrayTaskId" or ""
    cut = cut or numbers:find("...", 1, true) ~= nil
    for _, number in ipairs(M.numbers(numbers)) do out[number] = task end
  end
  return out, nil, cut
end

-- Cancels a job, or what is left of it. Gives why not, if Slurm does not; one that is gone has nothing to be cancelled.
function M.cancel(job)
  local said, fine = command("scancel", job)
  return not fine and not said:find "[Ii]nvalid job id" and not said:find "already" and last_line(said) or nil
end

return M
