-- Shards of a study: which of its trials a run is to do, where many runs share a study and no file. A trial's key says which shard
-- it is in, so that each run finds its own without asking anybody, and the same study falls into the same shards everywhere.
-- A selection is { wants = function(key) → boolean, check = function() that raises once all trials were asked }.
local check = require "losslab.check"
local file = require "losslab.file"

local M = {}

-- The shard, from 1 to n, of a trial: its key's first 52 bits, which are as good as drawn.
function M.of(key, n) return tonumber(key:sub(1, 13), 16) % n + 1 end

-- Of "3/16", the third of sixteen.
function M.part(words)
  local i, n = tostring(words):match "^%s*(%d+)%s*/%s*(%d+)%s*$"
  i, n = math.tointeger(tonumber(i)), math.tointeger(tonumber(n))
  if not n or n < 1 or i < 1 or i > n or n > 100000 then
    check.fail('shard is I/N, as 3/16: I from 1 to N, not "%s"', tostring(words))
  end
  return { wants = function(key) return M.of(key, n) == i end, check = function() end }
end

-- The trials whose keys stand in a file, a line each; what follows a # is passed over. All have to be the study's.
function M.listed(path)
  local content, why = file.read(path)
  if not content then check.fail("%s", why) end
  local listed, left, count = {}, 0, 0
  for line in content:gmatch "[^\n]+" do
    local word = line:gsub("#.*", ""):match "^%s*(.-)%s*$"
    count = count + 1
    if word ~= "" then
      if not word:find "^%x+$" or #word ~= 64 then
        check.fail("%s: line %d: a trial's key is 64 hexadecimal digits, not %s", path, count, check.show(word))
      end
      if not listed[word] then left = left + 1 end
      listed[word] = "asked"
    end
  end
  local total = left
  return {
    wants = function(key)
      if listed[key] == "asked" then listed[key], left = "found", left - 1 end
      return listed[key] ~= nil
    end,
    check = function()
      if left > 0 then
        check.fail("%s: the study does not ask for %d of its %d trials: it, or its data, is another than when the file was written",
          path, left, total)
      end
    end,
  }
end

-- Writes the keys for M.listed; about: a line on what they are.
function M.write(path, keys, about) file.write_here(path, "# " .. about .. "\n" .. table.concat(keys, "\n") .. "\n") end

-- The selection that options of a run ask for: shard, a text, or trials, a file's path; nil if neither.
function M.asked(options)
  if options.shard and options.trials then check.fail "shard and trials both say which trials are to be run: give one of them" end
  return options.shard and M.part(options.shard) or options.trials and M.listed(check.string("trials", options.trials)) or nil
end

return M
