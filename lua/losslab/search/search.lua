-- Search for the best configuration: what to try next, from what was tried. A searcher is pure: the same space, seed and history
-- give the same points, bit for bit, on any machine and in either precision.
local check = require "losslab.check"
local domain = require "losslab.search.domain"
local only_if = require "losslab.study.only_if"
local space = require "losslab.study.space"
local searcher = require "losslab.search.searcher"
local walks = require "losslab.search.walks"

local M = {}

--- ll.search
-- Search for the best configuration by what was tried: grids, random and balanced draws, models of what is good.
-- A study searches by its field search; by hand, ask and tell: a searcher proposes points, and is given what came of them.
-- See: ll.search.new, searcher:propose
-- Example:
--   local s = ll.search.new { method = "sobol", space = { x = { from = -1, to = 1 } } }
--   #s:propose({}, 4)   --> 4

-- Methods, by what they ask of the history: nothing (walks.lua), or everything (a module with propose).
local METHODS = { "grid", "random", "sobol", "lhs", "tpe", "gp" }
local MODULES = { tpe = "losslab.search.tpe", gp = "losslab.search.gp" }

local FIELDS = { "method", "space", "seed", "stream", "trials" }

--- ll.search.list() -> table
-- The names of the methods of search.
-- See: ll.search.new
-- Example:
--   ll.search.list()[1]   --> grid
function M.list(...)
  check.no_more("ll.search.list", 0, ...)
  return table.move(METHODS, 1, #METHODS, 1, {})
end

-- A dimension as study/space.lua makes it, of one that is written or made.
local function dimension(name, written)
  if type(written) == "table" and (written.low ~= nil or type(written[1]) == "table") then return written end
  return space.dimension("space: " .. name, written)
end

local function alternatives_of(written)
  if type(written) ~= "table" then check.fail("space must be a table of parameters, not %s", check.show(written)) end
  local list = check.whole("space", written) > 0 and check.list("space", written) or { written }
  local out = {}
  for i, alternative in ipairs(list) do
    if type(alternative) ~= "table" then
      check.fail("space: alternative %d must be a table of parameters, not %s", i, check.show(alternative))
    end
    out[i] = {}
    for _, name in ipairs(check.keys(alternative)) do
      if type(name) ~= "string" then check.fail("space: parameters have names: { lr = … }, not %s", check.show(name)) end
      out[i][name] = dimension(name, alternative[name])
    end
  end
  return only_if.settle(out)
end

--- ll.search.new { method = "tpe", space = { lr = { log = { 1e-4, 1 } } }, seed = 1, stream = "search", trials = n } -> searcher
-- A search through a space by a method.
--   method   how points are chosen: ll.search.list names the methods ("tpe")
--   space    parameters and what each may be, as in a study: one value, a list, a range, with only_if a condition; or a list
--            of such tables, alternatives
--   seed     a whole number (1)
--   stream   a text: searches of one seed and different streams are independent ("search")
--   trials   how many points will be asked for in all, for lhs: the size of its hypercube (16, again and again)
--   startup       of tpe and gp: how many points of a Sobol sequence come first (10)
--   candidates    of tpe and gp: how many points are looked at for each that is proposed (24; gp: 400)
--   gamma         of tpe: the share of the history that counts as good, of at most 25 points (0.15)
--   prior_weight  of tpe: the weight of the whole space beside one observation (1)
--   multivariate  of tpe: whether parameters are drawn together (true), or each by itself
-- Errors: a method, a range or a condition that is none; a grid of a range without steps; more dimensions than sobol has (161).
-- See: searcher:propose, study.range, study.range.only_if
-- Example:
--   local s = ll.search.new { method = "lhs", trials = 4, space = { x = { from = 0, to = 4, integer = true },
--     kind = { "a", "b" }, y = { from = 0, to = 1, only_if = { kind = "b" } } } }
--   #s:propose({}, 4)   --> 4
function M.new(options, ...)
  check.no_more("ll.search.new", 1, ...)
  local known, own = { table.unpack(FIELDS) }, {}
  local method = type(options) == "table" and check.default(options.method, "tpe")
  if method then check.among("ll.search.new: there is no method", method, METHODS) end
  local rows = MODULES[method] and require(MODULES[method]).options or {}
  for _, name in ipairs(check.keys(rows)) do
    known[#known + 1] = name
    if options[name] ~= nil then own[name] = rows[name][2]("ll.search.new: " .. name, options[name]) end
    own[name] = check.default(own[name], rows[name][1])
  end
  check.fields("ll.search.new", options, known)
  local self = setmetatable({
    method = method, seed = check.integer("ll.search.new: seed", check.default(options.seed, 1), math.mininteger),
    stream = check.text("ll.search.new: stream", check.default(options.stream, "search")),
    trials = options.trials ~= nil and check.integer("ll.search.new: trials", options.trials, 1),
    options = own,
    domain = domain.new(alternatives_of(options.space)),
  }, searcher.class)
  self.walk = walks.new(self)
  self.proposer = MODULES[method] ~= nil and require(MODULES[method]).new(self)
  return self
end

return M
