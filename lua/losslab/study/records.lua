-- What is recorded of a trial, beside what decides its numbers: metrics, the parts they are taken of, which scores are kept,
-- whether the network is. A study may ask for more of a trial than was recorded when it ran: then that is added, from the scores
-- that are kept or by running the trial again.
local json = require "losslab.json"

local M = {}

local LEVELS = { none = 0, best = 1, last = 2, all = 3 }

-- Whether scores kept as one study asks for are what another asks for: of all epochs hold any, ranks no scores.
local function holds(has, needs)
  if needs == has or needs == "none" or has == "all" then return true end
  return has ~= "ranks" and needs ~= "ranks" and LEVELS[has] >= LEVELS[needs]
end

local function scores_of_both(a, b) return holds(a, b) and a or holds(b, a) and b or "all" end

-- Whether it depends on the epoch that is chosen what is kept.
function M.chosen(scores, networks) return networks or scores == "best" or scores == "last" end

-- What a study asks for, as canonical JSON. By which metric the best epoch is chosen decides which scores and network are the
-- best's.
function M.of(study)
  local metrics = json.array {}
  if not study.trial then
    for i, metric in ipairs(study.metrics) do metrics[i] = metric.label end
    table.sort(metrics)
  end
  local parts = json.array { table.unpack(study.record or {}) }
  table.sort(parts)
  return json.encode { metrics = metrics, parts = study.trial and json.array {} or parts, scores = study.scores,
    networks = study.networks or false, best_by = M.chosen(study.scores, study.networks) and study.metric.label or nil }
end

local function set_of(list)
  local out = {}
  for _, each in ipairs(list or {}) do out[each] = true end
  return out
end

local function union(a, b)
  local all, out = set_of(a), json.array {}
  for _, each in ipairs(b or {}) do all[each] = true end
  for each in pairs(all) do out[#out + 1] = each end
  table.sort(out)
  return out
end

-- What of needs is not in has (both as M.of gives them), as canonical JSON, or nil.
function M.lacking(has, needs)
  if has == needs then return nil end
  local h, n = json.decode(has), json.decode(needs)
  if h.metrics == nil then return nil end -- of an older schema: not known
  local out, any = { metrics = json.array {}, parts = json.array {} }, false
  local parts, metrics = set_of(h.parts), set_of(h.metrics)
  for _, what in ipairs { "metrics", "parts" } do
    local there = what == "metrics" and metrics or parts
    for _, each in ipairs(n[what]) do
      if not there[each] then
        table.insert(out[what], each)
        any = true
      end
    end
  end
  local other_best = n.best_by and h.best_by ~= n.best_by
  local chosen = n.scores == "best" or n.scores == "last"
  if not holds(h.scores, n.scores) or (other_best and chosen and h.scores ~= "all") then out.scores, any = n.scores, true end
  if n.networks and (not h.networks or other_best) then out.networks, any = true, true end
  return any and needs or nil
end

-- What two studies ask for, together.
function M.both(has, needs)
  local h, n = json.decode(has), json.decode(needs)
  if h.metrics == nil then return needs end
  return json.encode { metrics = union(h.metrics, n.metrics), parts = union(h.parts, n.parts),
    scores = scores_of_both(h.scores, n.scores), networks = n.networks or h.networks or false,
    best_by = n.best_by or h.best_by }
end

-- Bytes of a data set that is kept in the database, at most.
M.CONTENT = 16 << 20

-- A data set as it is kept, or nil where it is too large.
function M.content(set)
  if set.rows * (set.features + 1) * 4 > 4 * M.CONTENT then return nil end
  local packed = set:pack()
  return #packed <= M.CONTENT and packed or nil
end

return M
