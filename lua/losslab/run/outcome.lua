-- What a run says on standard error: what was planned, what reading had to say of the data, how it ended.
local check = require "losslab.check"
local cuts = require "losslab.study.cuts"
local progress = require "losslab.run.progress"
local say = require "losslab.say"
local text = require "losslab.text"

local M = {}

-- tell: what --quiet leaves out; fault: what is wrong.
function M.tell(format, ...) say.remark(string.format(format, ...), "\n") end
function M.fault(format, ...) say.err(string.format(format, ...), "\n") end
local tell, fault = M.tell, M.fault

-- What reading had to say of the data.
function M.notes(study)
  for _, dataset in ipairs(cuts.datasets(study)) do
    local where = text.clean(dataset.set.path or dataset.name)
    for _, note in ipairs(dataset.set.notes) do tell("losslab: %s: %s", where, text.clean(note)) end
  end
end

-- "15 new, 180 there, 30 no longer asked for: kept"
function M.counts(planned)
  local parts = { planned.new .. " new", planned.there .. " there" }
  if planned.lacking > 0 then parts[#parts + 1] = string.format("completing %d of them", planned.lacking) end
  local gone = planned.gone > 0 and string.format(", %d no longer asked for: kept", planned.gone) or ""
  return table.concat(parts, ", ") .. gone
end

-- Said where the database had the study, or trials that it wants.
function M.planned(study, planned)
  local name = text.clean(study.name)
  if planned.renamed then tell("%s: the study %s has this name now", name, check.show(planned.renamed)) end
  local some = planned.there > 0 and planned.new > 0 or planned.lacking > 0
  if planned.precision_was and planned.new > 0 then
    tell("%s: it was run in %s precision before; trials in %s are others", name, planned.precision_was,
      planned.precision_was == "float" and "double" or "float")
  end
  if planned.changed or some then tell("%s: %s", name, M.counts(planned)) end
end

-- Says what of a database cannot be after a run that came to its end; whether there is such a thing. Trials may be pending where
-- another runner is there, which does them again; in a part of a study (part) also those that wait for their search, which is
-- another's.
function M.wrong(store, path, counts, part)
  local others = counts.total - counts.done - counts.diverged - counts.failed - counts.pruned - counts.pending
    - counts.running
  if others > 0 then
    fault("losslab: %s: %d trial%s a status that none has: the database is damaged", path, others,
      others == 1 and " has" or "s have")
  end
  local pending = counts.pending
  for row in store:rows "to_do" do pending = pending - (part and row.paused and 1 or 0) end
  local lost = pending > 0 and not store:one "runners"
  if lost then
    fault("losslab: %s: of its trials %d should be pending, and no worker can take one: the database is damaged", path, pending)
  end
  return others > 0 or lost
end

-- How a run ended; finished = "failed": it was ended by a failure.
function M.summary(study, store, counts, seconds, finished)
  local parts = { counts.done .. " done" }
  if counts.diverged > 0 then parts[#parts + 1] = counts.diverged .. " diverged" end
  if counts.failed > 0 then parts[#parts + 1] = counts.failed .. " failed" end
  if counts.pruned > 0 then parts[#parts + 1] = counts.pruned .. " pruned" end
  if (counts.completed or 0) > 0 then parts[#parts + 1] = counts.completed .. " completed" end
  if (counts.not_completed or 0) > 0 then parts[#parts + 1] = counts.not_completed .. " not completed" end
  local left = counts.pending + counts.running
  if finished == "failed" and left > 0 then parts[#parts + 1] = left .. " left to do, since one failed" end
  tell("%s: %d trials, %s, in %s", text.clean(study.name), counts.total, table.concat(parts, ", "), progress.duration(seconds))
  local shown, seen = 0, {}
  for row in store:rows "failed" do
    local said = (row.error or "no message"):match "^[^\n]*"
    if not seen[said] and shown < 5 then
      seen[said], shown = true, shown + 1
      local trial = store:one("trial", { trial = row.trial })
      fault("losslab: trial %d (%s, %s, fold %d, seed %d) failed: %s", row.trial, text.clean(trial.dataset),
        text.clean(trial.loss), trial.fold, trial.seed, text.clean(said))
    end
  end
end

return M
