-- A file of data that is not what it was when the study ran: trials of both would stand side by side under one name. That is an
-- error, which names the file, both hashes and how many rows differ. A generator that is called otherwise, or a set that the
-- script makes, is another data set, which the study wants now; so is a file of another name.
local ll = require "losslab"
local check = require "losslab.check"
local cuts = require "losslab.study.cuts"
local json = require "losslab.json"
local keys = require "losslab.study.keys"
local text = require "losslab.text"

local M = {}

local function content(sha256, rows) return string.format("sha256 %s… of %d rows", sha256:sub(1, 12), rows) end

-- The file of a data set, and the entry of a study that would give it another name.
local function file_of(origin)
  local fine, spec = pcall(json.decode, origin)
  local path = fine and type(spec) == "table" and spec.load
  local file = text.shorten(path or origin, 200)
  return file, string.format(path and '{ load = %s, name = "…", … }' or '{ %s, name = "…" }', check.show(file))
end

-- What differs, in words, where the older content is kept.
local function difference(store, row, set)
  local kept = store:one("content", { dataset = row.id })
  if not kept then return "" end
  local fine, before = pcall(ll.data.unpack, kept.packed)
  if not fine then return "" end
  local words = ll.data.said_differences(before, set)
  return "; " .. words .. (words == "the same rows" and ", in columns of another order or written otherwise" or "")
end

-- Another version of losslab may read the same file otherwise: its columns, its classes.
local function check_reading(store, row, dataset)
  for _, what in ipairs { "features", "classes", "positives" } do
    if row[what] ~= dataset.set[what] then
      check.fail("%s: its data set %s was read with %s %s, and is now with %s, as another version of losslab reads it; give this "
        .. "study its own --db", store:path(), check.show(row.name), tostring(row[what]), what, tostring(dataset.set[what]))
    end
  end
end

-- Raises for the first data set of the study that changed since the database had it.
function M.check(study, store)
  for _, dataset in ipairs(cuts.datasets(study)) do
    dataset.key = dataset.key or keys.dataset(dataset)
    local there = store:one("dataset_by_key", { key = dataset.key })
    if there then check_reading(store, there, dataset)
    elseif not dataset.generated and not dataset.made then
      for row in store:rows("datasets_by_name", { name = dataset.name }) do
        if row.origin == dataset.origin and row.sha256 ~= dataset.set.hash then
          local file, renamed = file_of(dataset.origin)
          check.fail("%s: the data of %s (%s) have changed: they were %s, and are %s now%s; put the file back, or give what is now "
            .. "another name: %s", store:path(), check.show(row.name), file, content(row.sha256, row.rows),
            content(dataset.set.hash, dataset.set.rows), difference(store, row, dataset.set), renamed)
        end
      end
    end
  end
end

return M
