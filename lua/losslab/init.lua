-- losslab: require "losslab" gives the whole surface. The C half comes first (losslab.core, or losslab.core_double where
-- LOSSLAB_PRECISION=double asks for it); the Lua half is loaded module by module when it is first used.
local core = os.getenv "LOSSLAB_PRECISION" == "double" and require "losslab.core_double" or require "losslab.core"

local ll = { version = core.version, precision = core.precision, core = core, threads = core.threads }

-- Matrices and ops are called as ll.NAME: ll.zeros, ll.sigmoid, ll.grad.
for _, module in ipairs { core.matrix, core.graph, core.linalg, core.compile } do
  for name, value in pairs(module) do ll[name] = value end
end
-- core.data, core.nn and core.fdr are reached through their Lua halves, core.distributions through ll.stats
local inside = { compile = true, matrix = true, graph = true, linalg = true, data = true, nn = true, distributions = true,
  fdr = true }
for name, value in pairs(core) do
  if type(value) == "table" and not inside[name] then ll[name] = value end
end

-- The Lua half, each file one module, loaded at first use so that starting costs nothing.
local lazy = {
  data = "losslab.data.sets",
  fdr = "losslab.fdr.fdr",
  nn = "losslab.nn.nn",
  schedule = "losslab.nn.learning_rate",
  study = "losslab.study.study",
  json = "losslab.json",
  export = "losslab.results.export",
  gradcheck = "losslab.grad.gradcheck",
  stats = "losslab.results.stats",
  fit = "losslab.fit.fit",
  search = "losslab.search.search",
  plot = "losslab.plot.quick",
  report = "losslab.results.report",
  rescore = "losslab.rescore.rescore",
  help = "losslab.help.help",
}

-- Modules that are searched for what is asked of ll itself, and methods of a matrix.
local searched = { "metric", "loss", "optim", "data", "nn", "distance", "divergence", "stats", "schedule", "system",
  "fdr", "psm" }

local function inside_of(self, name)
  local found = {}
  for _, module in ipairs(searched) do
    if rawget(self[module], name) ~= nil then found[#found + 1] = "ll." .. module .. "." .. name end
  end
  if #found > 0 then return #found == 1 and found[1] or nil end
  return getmetatable(core.matrix.zeros(0)).methods[name] and "a method of matrices, m:" .. name .. "(…)" or nil
end

-- Functions of a module that are called as ll.NAME.
local inside_module = {
  jacobian = "losslab.grad.derivatives",
  vjp = "losslab.grad.derivatives",
  jvp = "losslab.grad.derivatives",
  hvp = "losslab.grad.derivatives",
  hessian = "losslab.grad.derivatives",
  risk = "losslab.data.risk",
  apropos = "losslab.help.answers",
  open = "losslab.results.opened",
  show = "losslab.prompt.inspect",
  timeit = "losslab.prompt.stopwatch",
  profile = "losslab.prompt.profiler",
}

return setmetatable(ll, {
  __tostring = getmetatable(core.strict({}, "ll")).__tostring,
  lazy = lazy, functions = inside_module, -- for code that lists what there is, such as completion and help
  __index = function(self, name)
    local module = lazy[name] or inside_module[name]
    if not module then
      local here = type(name) == "string" and (require "losslab.check".elsewhere(name) or inside_of(self, name))
      if here then error(string.format("losslab has no %q; here that is %s", name, here), 2) end
      local known, check = {}, require "losslab.check"
      for _, names in ipairs { ll, lazy, inside_module } do
        for each in pairs(names) do known[each] = true end
      end
      check.unknown("losslab has no", name, check.keys(known), 2)
    end
    local value = require(module)
    if inside_module[name] then value = value[name] elseif type(value) == "table" then core.strict(value, "ll." .. name) end
    rawset(self, name, value)
    return value
  end,
})
