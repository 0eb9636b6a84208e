-- Entries of the optimizers, generators, readers, schedules, activations and initialisations, from the rows of their tables.
local example = require "losslab.help.example"
local words = require "losslab.help.row_words"

local shown = example.shown

local function new(name, kind, fields)
  local entry = { name = name, kind = kind, module = require "losslab.help.parse".module_of(name), see = {}, params = {} }
  for key, value in pairs(fields) do entry[key] = value end
  entry.text = entry.text or entry.summary
  entry.paragraphs = entry.paragraphs or { { text = (entry.text:gsub("^%l", string.upper):gsub("%.?$", ".")) } }
  return entry
end

local function optimizer(add, row)
  local entry = new("ll.optim." .. row.name, "optimizer", { summary = row.summary, gives = "optimizer", group = "optimizers",
    calls = { string.format("ll.optim.%s(parameters [, options])", row.name) }, file = "engine/optim",
    facts = words.facts { { "formula", row.formula }, { "source", row.source } },
    see = { "optimizer:step", "study.train.optimizer" } })
  entry.params[1] = { name = "parameters", text = "matrices that want a gradient: network:parameters(), or a list" }
  words.params(row, entry, "options.")
  local step = row.closure and [[
opt:step(function()
  opt:zero_grad()
  local loss = (w * w):sum()
  loss:backward()
  return loss
end)]] or "(w * w):sum():backward()\nopt:step()"
  entry.example = shown("local w = ll.matrix { { 1, 2 } }:with_grad()\nlocal opt = ll.optim." .. row.name
    .. "({ w }, { lr = 0.1 })\n" .. step .. "\nw:table()")
  add(entry)
end

local function generator(add, row)
  local entry = new("ll.data." .. row.name, "generator", {
    summary = row.summary, gives = "data", group = "generators",
    calls = { string.format("ll.data.%s { n = …, … }", row.name) }, file = "engine/data",
    paragraphs = { { text = row.summary:gsub("^%l", string.upper) .. "." },
      { text = string.format('In a study: data = { { generator = "%s", n = 1000 } }.', row.name) } },
    see = { "study.data", "ll.data.generators" } })
  words.params(row, entry, "")
  entry.example = shown(string.format("local d = ll.data.%s { n = 100 }\nd.rows, d.features, d.classes", row.name))
  add(entry)
end

-- A file of each format as the lines that write it, and its name.
local files = {
  csv = { 'll.system.write("mine.csv", "label,age,dose\\n1,40,0.5\\n0,35,0.1\\n1,52,0.9\\n")', "mine.csv" },
  tsv = { 'll.system.write("mine.tsv", "label\\tage\\tdose\\n1\\t40\\t0.5\\n0\\t35\\t0.1\\n1\\t52\\t0.9\\n")', "mine.tsv" },
  svm = { 'll.system.write("mine.svm", "1 1:0.5 2:1\\n0 1:0.25\\n1 2:2\\n")', "mine.svm" },
  pin = { 'll.system.write("mine.pin", "SpecId\\tLabel\\tScanNr\\tscore\\tmass\\tPeptide\\tProteins\\n'
    .. 'a\\t1\\t1\\t0.9\\t500\\tA.B.C\\tp\\nb\\t-1\\t2\\t0.1\\t510\\tA.D.C\\tq\\nc\\t1\\t3\\t0.7\\t520\\tA.E.C\\tr\\n")',
    "mine.pin" },
  idx = { 'll.system.write("mine-images-idx3-ubyte", string.pack(">BBBBI4I4I4", 0, 0, 8, 3, 3, 1, 2) .. "\\0\\1\\2\\3\\4\\5")\n'
    .. 'll.system.write("mine-labels-idx1-ubyte", string.pack(">BBBBI4", 0, 0, 8, 1, 3) .. "\\1\\0\\1")',
    "mine-images-idx3-ubyte" },
  npy = { 'll.matrix({ { 40, 0.5 }, { 35, 0.1 }, { 52, 0.9 } }):save "mine.npy"\n'
    .. 'll.matrix({ { 1 }, { 0 }, { 1 } }):save "mine_labels.npy"', "mine.npy" },
}

local function readers(add, formats)
  local of = {}
  for _, row in ipairs(formats) do
    if not of[row.format] then
      of[row.format] = new("reader." .. row.format, "reader", { summary = row.summary, gives = "data", group = "readers",
        calls = {}, file = "engine/data/read", see = { "ll.data.load", "ll.data.csv", "study.data" } })
      of[#of + 1] = of[row.format]
    end
    table.insert(of[row.format].calls, string.format('ll.data.load "FILE%s"', row.suffix))
  end
  for _, entry in ipairs(of) do
    local file = files[entry.name:match "%.(%w+)$"]
    table.insert(entry.paragraphs, { text = "Files may be packed, too, as .gz or .zst." })
    if file then
      entry.example = string.format('%s\nlocal d = ll.data.load "%s"\nd.rows, d.features  --> 3 2', file[1], file[2])
    end
    add(entry)
  end
end

local schedule_values = { steps = "10", every = "2", at = "{ 3, 6 }" }

local function schedule(add, row)
  local entry = new("ll.schedule." .. row.name, "schedule", { summary = row.summary, gives = "schedule", group = "schedules",
    facts = words.facts { { "formula", row.formula } }, file = "lua/losslab/nn/learning_rate.lua",
    paragraphs = { { text = row.summary:gsub("^%l", string.upper) .. "." }, { text = "Called with a step (or epoch), from 1, it "
      .. "gives the factor of the learning rate there; n = t - 1 steps are done." } },
    see = { "ll.schedule.make", "optimizer" } })
  words.params(row, entry, "options.")
  entry.params[#entry.params + 1] = { name = "options.warmup", text = "steps that rise before it; >= 0 (0)" }
  local needed = {}
  for _, p in ipairs(row.params) do
    if p.default == nil then needed[#needed + 1] = p.name .. " = " .. schedule_values[p.name] end
  end
  local options = #needed > 0 and "{ " .. table.concat(needed, ", ") .. " }" or "{}"
  entry.calls = { string.format("ll.schedule.%s { %s }", row.name, #needed > 0 and needed[1]:gsub("=.*", "= …, … ") or "…") }
  entry.example = shown(string.format("local rate = ll.schedule.%s %s\nrate(1), rate(3), rate(8)", row.name, options))
  add(entry)
end

-- What the names of initialisations mean; include/losslab/nn.h says the same.
local inits = {
  xavier = "uniform on ±sqrt(6 / (inputs + outputs)); Glorot and Bengio 2010, eq. 16",
  xavier_normal = "normal, variance 2 / (inputs + outputs); Glorot and Bengio 2010",
  he = "normal, variance 2 / inputs; He et al. 2015, eq. 10", he_uniform = "uniform on ±sqrt(6 / inputs); He et al. 2015",
  normal = "normal, variance 1 / inputs; LeCun et al. 1998, eq. 16", uniform = "uniform on ±1 / sqrt(inputs)",
  orthogonal = "rows (or columns, if there are fewer) orthonormal, uniform among such; Saxe et al. 2014", zeros = "all 0",
}

return function(add)
  local ll = require "losslab"
  for _, name in ipairs(ll.optim.list()) do optimizer(add, ll.optim.describe(name)) end
  for _, row in ipairs(ll.data.generators()) do generator(add, row) end
  readers(add, ll.data.formats())
  for _, name in ipairs(ll.schedule.list()) do schedule(add, ll.schedule.describe(name)) end
  local formulas = { identity = "x itself" }
  for _, op in ipairs(ll.ops()) do formulas[op.name] = op.formula end
  for _, name in ipairs(ll.nn.activations) do
    add(new("activation." .. name, "activation", { summary = formulas[name] or name, group = "activations",
      file = "engine/matrix/activations.def",
      calls = { string.format('ll.nn.mlp { 2, 3, 1, hidden = "%s" }', name) }, gives = "network",
      text = "An activation of networks: " .. (formulas[name] or name),
      see = { "study.model.activation", "ll.nn.mlp", name ~= "identity" and "ll." .. name or nil },
      example = shown(string.format('local net = ll.nn.mlp { 2, 3, 1, hidden = "%s" }\nnet(ll.ones(4, 2)):shape()', name)) }))
  end
  for _, name in ipairs(ll.nn.inits) do
    add(new("init." .. name, "initialisation", { summary = inits[name] or name, group = "initialisations", gives = "network",
      calls = { string.format('ll.nn.mlp { 2, 3, 1, init = "%s" }', name) }, file = "engine/nn/init.c",
      text = "Initial weights of networks: " .. (inits[name] or name) .. ". Biases begin at 0",
      see = { "study.model.init", "ll.nn.mlp" },
      example = shown(string.format('local net = ll.nn.mlp { 2, 3, 1, init = "%s" }\nnet(ll.ones(4, 2)):shape()', name)) }))
  end
end
