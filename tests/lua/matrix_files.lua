-- Matrices as strings and files, both formats, whole and damaged; random matrices by their moments.
local ll = require "losslab"
local t = require "tests.lua.tap"

local stream = ll.random(9)
local nan, inf = 0 / 0, math.huge
local function same(a, b)
  if a.rows ~= b.rows or a.cols ~= b.cols then return false end
  for i = 1, a.rows do
    for j = 1, a.cols do
      local x, y = a:get(i, j), b:get(i, j)
      if x ~= y and (x == x or y == y) then return false end
    end
  end
  return true
end

-- both ways, for all shapes and odd numbers, and from a view
local odd = ll.matrix { { 1, -0.0, inf }, { nan, -inf, 1e-40 } }
local shapes = { odd, stream:normal(5, 1), stream:normal(1, 4),
  ll.zeros(0, 3), ll.zeros(3, 0), stream:normal(6, 6):col_range(2, 3) }
local path = os.tmpname()
for i, m in ipairs(shapes) do
  for _, format in ipairs { "losslab", "npy" } do
    t.ok(same(ll.unpack(m:pack(format)), m), string.format("matrix %d through %s", i, format))
    local file = format == "npy" and path .. ".npy" or path
    m:save(file)
    t.ok(same(ll.load_matrix(file), m), string.format("and through a file"))
    os.remove(file)
  end
end
t.like(odd:pack(), "^losslab matrix 1 %a+ 2x3\n", "a first line that a person can read")
t.is(#odd:pack "npy" % 64, 6 * (ll.precision == "float" and 4 or 8) % 64, "NumPy's head is a multiple of 64 bytes")

-- NumPy's own bytes, as numpy 1.24 writes them
local function npy(dictionary, data, version)
  local head = dictionary .. string.rep(" ", (-(10 + #dictionary + 1)) % 64) .. "\n"
  if (version or 1) > 1 then return "\x93NUMPY" .. string.char(version, 0) .. string.pack("<I4", #head) .. head .. data end
  return "\x93NUMPY\1\0" .. string.pack("<I2", #head) .. head .. data
end
local six = string.pack("<ffffff", 1, 2, 3, 4, 5, 6)
t.is(ll.unpack(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", six)):table(), { { 1, 2, 3 }, { 4, 5, 6 } },
  "float32 in C's order")
t.is(ll.unpack(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", six)):table(), { { 1, 3, 5 }, { 2, 4, 6 } },
  "in Fortran's")
t.is(ll.unpack(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", string.pack("<dd", 1.5, -2))):table(), { 1.5, -2 },
  "a vector of float64 is a column")
t.is(ll.unpack(npy("{'shape': (), 'descr': '<i8', 'fortran_order': False}", string.pack("<i8", -7), 2)):item(), -7.0,
  "a number, in version 2, keys in another order")
t.is(ll.unpack(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", "\0\1\1")):table(), { 0, 1, 1 }, "booleans")
t.is(ll.unpack(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,2), }", "\255\2")):table(), { { 255, 2 } }, "bytes")

-- big-endian, as numpy writes arrays of '>f8' and the like
for _, order in ipairs { "False", "True" } do
  local want = order == "False" and { { 1, -2, 3 }, { 4, 5, 6 } } or { { 1, 3, 5 }, { -2, 4, 6 } }
  for descr, format in pairs { [">f4"] = "f", [">f8"] = "d", [">i8"] = "i8", [">i4"] = "i4", [">i2"] = "i2" } do
    local data = string.pack(">" .. format:rep(6), 1, -2, 3, 4, 5, 6)
    local bytes = npy(("{'descr': '%s', 'fortran_order': %s, 'shape': (2, 3), }"):format(descr, order), data)
    t.is(ll.unpack(bytes):table(), want, descr .. (order == "True" and " in Fortran's order" or ""))
  end
end
t.is(ll.unpack(npy("{'descr': '>u2', 'fortran_order': False, 'shape': (2,), }", "\1\0\0\1")):table(), { 256, 1 }, "'>u2'")
t.is(ll.unpack(npy("{'descr': '<i1', 'fortran_order': False, 'shape': (2,), }", "\255\1")):table(), { -1, 1 }, "'<i1'")

-- damaged
local function refused(bytes, parts, name)
  t.throws(function() ll.unpack(bytes, "file.npy") end, parts, name)
end
refused("", { "file.npy", "byte 0" })
refused("losslab matrix 1 float 2x2\n123", { "file.npy", "byte 27", "2x2", "3 bytes do" })
refused("losslab matrix 1 half 2x2\n", { "file.npy", "half" })
refused("losslab matrix 1 float 2x-1\n", "not understood")
refused("losslab matrix 1 float 4294967296x4294967296\n", "should follow")
refused("losslab matrix 1 float 99999999999999999999x1\n", "should follow")
refused(npy("{'descr': '>c8', 'fortran_order': False, 'shape': (2, 3), }", six),
  { "file.npy: byte 20", "a type of real numbers", ">c8" })
refused(npy("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3), }", six), { "byte 44", "True or False" })
refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", six), "at most two")
refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }", six), "a size")
refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 1), }", six), "fits")
refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", six), "should follow")
refused(npy("{'descr': '<f4', 'fortran_order': False, }", six), "without 'shape'")
refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", six .. "x"), { "2x3", "25 bytes do" })
refused("\x93NUMPY\1\0\255\255{.......", { "byte 8", "65535" })
refused("\x93NUMPY\9\0\1\1{...........", "version")
local whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", six)
local survived = 0
for n = 0, #whole - 1 do if pcall(ll.unpack, whole:sub(1, n)) then survived = survived + 1 end end
t.is(survived, 0, "a file cut anywhere is refused")
for _ = 1, 2000 do -- changed anywhere it is read or refused
  local at = stream:integer(#whole)
  pcall(ll.unpack, whole:sub(1, at - 1) .. string.char(stream:integer(256) - 1) .. whole:sub(at + 1))
end
t.throws(function() ll.load_matrix "/no/such/file" end, { "/no/such/file", "No such file" })
t.throws(function() ll.zeros(1, 1):save "/no/such/dir/file" end, { "/no/such/dir/file", "No such file" })
t.throws(function() odd:pack "csv" end, "npy")

-- random matrices
local n = 20000
local function moments(m, mean, deviation, name)
  t.near(m:mean():item(), mean, 0, 5 * deviation / math.sqrt(n), name .. ": mean")
  t.near(math.sqrt(m:var():item()), deviation, 0.03, name .. ": deviation")
end
local dice = stream:integers(n, 1, 1, 6)
moments(dice, 3.5, math.sqrt(35 / 12), "integers")
t.is({ dice:min_all():item(), dice:max_all():item() }, { 1.0, 6.0 }, "both ends are reached, none passed")
t.is(stream:integers(3, 2, -4, -4):table(), { { -4, -4 }, { -4, -4 }, { -4, -4 } }, "one number")
moments(stream:bernoulli(n, 1, 0.3), 0.3, math.sqrt(0.21), "bernoulli")
t.is({ stream:bernoulli(50, 1, 0):sum():item(), stream:bernoulli(50, 1, 1):sum():item() }, { 0.0, 50.0 }, "never and always")
local sphere = stream:sphere(n, 3, 2)
t.near(sphere:row_norms():table(), ll.full(n, 1, 2):table(), 1e-6, "sphere: all at the radius")
moments(sphere:col_range(1, 1), 0, 2 / math.sqrt(3), "sphere: a coordinate")
t.is((stream:permutation(100):sort()):table(), (ll.ones(100, 1):col_cumsums()):table(), "permutation holds each number once")
local few = stream:choice(1000, 50)
t.is(#ll.find(ll.one_hot(few, 1000):col_sums()), 50, "choice without replacement: all differ")
t.ok(stream:choice(2, 100, { replace = true }):max_all():item() == 2, "with replacement there may be more than there are")
local weights = ll.matrix { 1, 0, 3 }
local shares = ll.one_hot(stream:choice(3, n, { replace = true, weights = weights }), 3):col_means()
t.near(shares:table(), { { 0.25, 0, 0.75 } }, 0, 0.02, "in proportion to the weights")
local first = 0
for _ = 1, 4000 do if stream:choice(3, 2, { weights = weights })[1] == 3 then first = first + 1 end end
t.near(first / 4000, 0.75, 0, 0.04, "the first without replacement, too")
do -- a weight of 0 is never chosen, however small or large the others are
  local tiny, large = ll.precision == "double" and 1e-320 or 1e-40, ll.precision == "double" and 1.7e308 or 3e38
  for _, others in ipairs { { tiny, 1 }, { tiny, tiny }, { large, large }, { tiny, large } } do
    local w, zeros, firsts = ll.matrix { 0, others[1], 0, others[2] }, 0, 0
    for _ = 1, 400 do
      for _, replace in ipairs { true, false } do
        local got = stream:choice(4, 2, { weights = w, replace = replace }):table()
        for _, each in ipairs(got) do if each % 2 == 1 then zeros = zeros + 1 end end
        if replace and got[1] == 2 then firsts = firsts + 1 end
      end
    end
    t.is(zeros, 0, string.format("weights 0, %g, 0, %g", others[1], others[2]))
    if others[1] == others[2] then t.near(firsts / 400, 0.5, 0, 0.125, "and equal weights are equal") end -- 5 deviations
    if others[1] == tiny and others[2] == large then t.is(firsts, 0, "and one that is next to nothing is") end
  end
end
t.throws(function() stream:choice(3, 3, { weights = weights }) end, { "3 different", "of 2" })
t.throws(function() stream:choice(3, 4) end, { "4 different", "of 3" })
t.throws(function() stream:choice(2, 1, { weights = { 1, -1 } }) end, { "weight 2", "-1" })
t.throws(function() stream:choice(2, 1, { weights = { 0, 0 } }) end, "all 2 weights are 0")
t.throws(function() stream:choice(2, 1, { weights = { 1, 1, 1 } }) end, "3x1")
t.throws(function() stream:choice(2, 1, { weight = 1 }) end, "weights")
t.throws(function() stream:integers(1, 1, 2, 1) end, "below low")
t.throws(function() stream:bernoulli(1, 1, 2) end, "probability")
t.is(ll.random(4):choice(10, 3):table(), ll.random(4):choice(10, 3):table(), "the same stream chooses the same")

t.throws(function() stream:uniform(1, 1, -inf, inf) end, { "uniform", "-inf", "inf" })
local far = ll.precision == "double" and 1.7e308 or 3e38
t.throws(function() stream:uniform(1, 1, -far, far) end, "no finite range")

-- What is finite in a file is never infinite in a matrix without a word.
local wide = npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }", string.pack("<dddd", 1, inf, -1e300, 4))
local own = "losslab matrix 1 double 2x2\n" .. string.pack("<dddd", 1, -1e300, inf, 4)
for name, bytes in pairs { npy = wide, losslab = own } do
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  for way, read in pairs { unpack = function() return ll.unpack(bytes) end, load = function() return ll.load_matrix(path) end } do
    if ll.precision == "float" then
      t.throws(read, "row 1, column 2: -1e+300 is beyond the range of float numbers", name .. ", " .. way)
    else
      local m = read()
      t.is({ m:get(1, 2), m:get(2, 1) }, { -1e300, inf }, name .. ", " .. way)
    end
  end
end
-- A file of many pieces, that of the other precision, in Fortran's order; a byte more, a byte less; from a pipe.
do
  local rows, cols, numbers = 313, 331, {}
  for i = 1, rows * cols do numbers[i] = string.pack(ll.precision == "float" and "<d" or "<f", i) end
  local other = ll.precision == "float" and 8 or 4
  local head = ("{'descr': '<f%d', 'fortran_order': True, 'shape': (%d, %d), }"):format(other, rows, cols)
  local bytes = npy(head, table.concat(numbers))
  local function load(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return ll.load_matrix(path)
  end
  local m = load(bytes)
  t.is({ m.rows, m.cols, m:get(1, 1), m:get(313, 1), m:get(1, 2), m:get(313, 331) }, { 313, 331, 1.0, 313.0, 314.0, 103603.0 },
    "a file of many pieces")
  t.ok(same(ll.unpack(bytes), m), "as from a string")
  t.throws(function() load(bytes .. "x") end, { "byte 128: a matrix 313x331 of", #bytes - 127 .. " bytes do" }, "a byte more")
  t.throws(function() load(bytes:sub(1, -2)) end, { "byte 128: a matrix 313x331 of", #bytes - 129 .. " bytes do" }, "a byte less")
end

-- NumPy's float16: 1, -2, the smallest, the largest, infinity, NaN
for _, order in ipairs { "<", ">" } do
  local words = string.pack(order .. "I2I2I2I2I2I2I2", 0x3c00, 0xc000, 1, 0x7bff, 0xfc00, 0x7e00, 0x0400)
  local got = ll.unpack(npy(("{'descr': '%sf2', 'fortran_order': False, 'shape': (7,), }"):format(order), words)):table()
  t.is({ got[1], got[2], got[3], got[4], got[5], got[7] }, { 1, -2, 2 ^ -24, 65504, -inf, 2 ^ -14 }, order .. "f2")
  t.ok(got[6] ~= got[6], order .. "f2: NaN")
end

t.done()
