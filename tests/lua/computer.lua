-- What computed a trial (run/computer.lua): what is recorded of a build and a machine.
local ll = require "losslab"
local t = require "tests.lua.tap"
local computer = require "losslab.run.computer"

local this = computer.this()
for _, field in ipairs { "version", "revision", "precision", "isa", "blas", "core", "libc", "machine", "flags", "lua", "sqlite" } do
  t.ok(type(this[field]) == "string" and this[field] ~= "", field .. " is known: " .. tostring(this[field]))
end
t.is(type(this.features), "string", "features: " .. this.features)
t.like(this.flags, "^%a+ %d+%.[%w.-]+ .*%-O", "flags name the compiler, its version and how far it optimised")
t.ok(not this.flags:find "[/\"'\\]" and not this.flags:find "%-[IWL]", "and no paths")
t.like(this.lua, "^Lua 5%.4%.%d+$", "which Lua")
t.like(this.sqlite, "^3%.%d+%.%d+ %x%x%x%x%x%x%x%x%x%x$", "which SQLite")
do -- what the processor has, as the system says
  local file <close> = io.open("/proc/cpuinfo", "rb")
  local flags = file and file:read "a":match "\nflags%s*:([^\n]*)"
  local names = { sse3 = "pni", ["sse4.1"] = "sse4_1", ["sse4.2"] = "sse4_2", bmi = "bmi1", avx512vbmi2 = "avx512_vbmi2",
    avx512vnni = "avx512_vnni", avx512bf16 = "avx512_bf16" }
  if flags then
    local bad
    for each in this.features:gmatch "%S+" do
      if not (flags .. " "):find(" " .. (names[each] or each) .. " ", 1, true) then bad = each end
    end
    t.is(bad, nil, "the system knows of each feature")
    for _, each in ipairs { "avx2", "fma", "avx512f" } do
      t.is((" " .. this.features .. " "):find(" " .. each .. " ", 1, true) ~= nil,
        (flags .. " "):find(" " .. each .. " ", 1, true) ~= nil, each .. " as the system says")
    end
  end
end
do
  local before, old = computer.this(), os.setlocale()
  os.setlocale "C.UTF-8"
  t.is(computer.this(), before, "nothing depends on the locale")
  os.setlocale(old)
end

local function with(changes)
  local row = computer.this()
  for name, value in pairs(changes) do row[name] = value end
  return row
end
t.is(computer.differences(this, this), {}, "one computer does not differ from itself")
t.is(computer.differences(with { flags = "gcc 1 -O2", sqlite = "3.40.1 a" }, with { flags = "gcc 2 -O3", sqlite = "3.40.2 b" }),
  { { "flags", "gcc 1 -O2", "gcc 2 -O3" }, { "sqlite", "SQLite 3.40.1 a", "SQLite 3.40.2 b" } }, "what differs is said of both")
t.is(computer.differences(with { flags = "" }, with { flags = "gcc 2" }), {}, "what is not known of one does not differ")
t.is(computer.differences(with { features = "avx avx2 fma" }, with { features = "avx" }),
  { { "features", "processor with avx2 fma", "processor with no more" } }, "of features only those that differ")
t.is(ll.core.flags, this.flags, "ll.core.flags")

-- ---- how far a trial's bits are those of its computer ----

t.ok(math.type(this.arithmetic) == "integer" and this.arithmetic >= 1, "losslab's own arithmetic has a version")
t.is({ computer.bits(false, false), computer.bits(true, false), computer.bits(false, true), computer.bits(true, true) },
  { "portable", "lapack", "libm", "lapack libm" }, "what a trial's bits are")
t.ok(computer.portable { bits = "portable", precision = ll.precision, arithmetic = this.arithmetic }, "a state goes on here")
for _, row in ipairs { { bits = "lapack", precision = ll.precision, arithmetic = this.arithmetic },
  { bits = "", precision = ll.precision, arithmetic = this.arithmetic },
  { bits = "portable", precision = ll.precision == "float" and "double" or "float", arithmetic = this.arithmetic },
  { bits = "portable", precision = ll.precision, arithmetic = this.arithmetic + 1 } } do
  t.ok(not computer.portable(row), "or not: " .. row.bits .. " " .. row.precision .. " " .. row.arithmetic)
end

local function row_of(bits, trials, changes)
  local row = with(changes)
  row.id, row.bits, row.trials = (changes.core or "") .. (changes.libc or "") .. (changes.arithmetic or ""), bits, trials
  return row
end
local here, elsewhere = {}, { core = "Elsewhere", libc = "glibc 9.9" }
local function mixed(...) return computer.mixed { ... } end
t.is(mixed(row_of("portable", 3, here), row_of("portable", 4, elsewhere)), nil, "portable trials are of every computer")
t.is(mixed(row_of("lapack", 3, here), row_of("portable", 4, elsewhere)), nil, "and of the one that computed others")
t.is(mixed(row_of("portable", 9, elsewhere), row_of("lapack", 3, here), row_of("lapack", 4, elsewhere)),
  "Its trials were computed by what may give other last digits: 3 trials with BLAS kernels " .. this.core
  .. "; 4 trials with BLAS kernels Elsewhere.", "trials by LAPACK are of their BLAS, wherever portable ones were computed")
t.is(mixed(row_of("lapack", 3, here), row_of("libm", 4, elsewhere)), nil, "what nothing of one counts for does not differ")
t.is(mixed(row_of("libm", 3, here), row_of("libm", 4, elsewhere)),
  "Its trials were computed by what may give other last digits: 3 trials with " .. this.libc .. "; 4 trials with glibc 9.9.",
  "those that the C library computed are of it")
t.like(mixed(row_of("portable", 3, here), row_of("portable", 4, { arithmetic = 99 })) or "",
  "3 trials with arithmetic %d+; 4 trials with arithmetic 99%.$", "another arithmetic is told of portable ones, too")
t.like(mixed(row_of(nil, 3, { arithmetic = 0 }), row_of("portable", 4, here)) or "",
  "3 trials with arithmetic of an older losslab; 4 trials with arithmetic %d+%.$", "and that of before there was one")
t.like(mixed(row_of(nil, 3, { arithmetic = 0 }), row_of(nil, 4, { arithmetic = 0, core = "Elsewhere" })) or "",
  "; 4 trials with BLAS kernels Elsewhere%.$", "of which everything counts")
t.is(computer.bits_lines { row_of("portable", 3, here), row_of("portable", 4, elsewhere), row_of("libm", 1, here) },
  { "7 trials: portable, the same on every machine",
    "1 trial: those of a machine with the same C library, whose functions Lua called" },
  "in words, the most first")
t.is(#computer.lines { row_of("portable", 3, here), row_of("libm", 1, here), row_of("libm", 1, elsewhere) }, 2,
  "a line a computer, whatever the bits")
for _, each in ipairs { { "portable", false }, { "libm", false }, { "lapack", true }, { nil, true } } do
  local row, decides = with { core = "Elsewhere" }, nil
  row.bits = each[1]
  for _, d in ipairs(computer.apart(row)) do if d.field == "core" then decides = d.decides end end
  t.is(decides, each[2], "whether BLAS kernels decide " .. tostring(each[1]))
end

-- ---- whether a script's functions may call the C library's ----

local code = require "losslab.study.code"
local study = require "losslab.study.study"
local function libm(body)
  local script = "local e = math.exp\nlocal m = math\nlocal function own(x) return x * math.sqrt(x) end\n"
    .. "local compiled = ll.compile(function(s) return s:mean() * math.exp(1) end)\n"
    .. "local portable = ll.compile(function(s) return s:mean() * own(1) end)\n"
    .. "local function mine(x) local t = { math = x } return t.math + ll.math.exp(x) + math.max(math.pi, math.huge) end\n"
    .. "return ll.study { name = 's', data = 'moons', compare = { mine = { function(s, y) return " .. body
    .. " end } }, train = { epochs = 1 } }"
  local made = study.of_script(script, "=libm")
  return code.libm(made, made.configs[1])
end
for body, wanted in pairs {
  ["((s - y) ^ 2):mean()"] = false, ["(s - y):mean() * own(2)"] = false, ["(s * ll.math.exp(1)):mean()"] = false,
  ["s:exp():mean() * math.floor(3.5)"] = false, ["s:mean() * math.exp(1)"] = true,
  ["s:mean() * math.pi * math.log(2, 10)"] = true, ["s:mean() * e(1)"] = true, ["s:mean() * m.cos(1)"] = true,
  ["s:mean() * 2 ^ 0.5"] = true, ["s:mean() * 2 ^ -y:item()"] = true, ["s:mean() * load('return 2 ^ 0.5')()"] = true,
  ["s:mean() * math['ex' .. 'p'](1)"] = true, ["s:mean() * select(2, next(math))"] = true, ["s:mean() * mine(1)"] = false,
  ["(function() do goto math end ::math:: return s:mean() end)()"] = false,
  ["s:mean() * require('math').sin(1)"] = true, ["s:mean() * package.loaded.math.sin(1)"] = true,
  ["s:mean() * setmetatable({}, { __index = math }).cos(1)"] = true, ["compiled(s)"] = true, ["portable(s)"] = false,
} do t.is(libm(body), wanted, "whether it calls the C library's functions: " .. body) end
local built_in = ll.study { name = "s", data = "moons", compare = { "hinge" } }
t.is(code.libm(built_in, built_in.configs[1]), false, "a built-in loss does not")

t.done()
