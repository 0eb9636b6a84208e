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

t.done()
