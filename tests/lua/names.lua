-- Asking a module, an object or the library for a name that it does not have raises at once and suggests the nearest.
local ll = require "losslab"
local t = require "tests.lua.tap"

local stream, network = ll.random(1), ll.nn.mlp { 2, 1 }
t.throws(function() return ll.metrc end, { 'losslab has no "metrc"', 'did you mean "metric"?' })
t.throws(function() return ll.gradchek end, '"gradcheck"', "of what is loaded late, too")
t.throws(function() return ll.metric.aucc end, { 'll.metric has no "aucc"', '"auc"' })
t.throws(function() return ll.nn.mlpp end, { 'll.nn has no "mlpp"', '"mlp"' })
t.throws(function() return ll.data.lood end, '"load"')
t.throws(function() stream:normall(2, 2) end, { 'has no "normall"', '"normal"' })
t.throws(function() network:xyzzy() end, 'has no "xyzzy"')
t.throws(function() ll.ones(2, 2):row_rangee(1, 2) end, { 'a matrix has no "row_rangee"', '"row_range"' })
t.throws(function() return ll.optim.LBFGS end, '"lbfgs"', "capitals count as small")
t.throws(function() return ll.ones(2, 2):std() end, { 'a matrix has no "std"', "var():sqrt()" }, "what others call otherwise")
t.throws(function() return ll.cat end, { 'losslab has no "cat"', "vstack", "hstack" })
local layer = ll.nn.linear { 2, 3, bias = false }
t.throws(function() return layer.weight end, { 'linear has no "weight"', '"weights"' }, "a field of a layer")
t.throws(function() layer:paramters() end, { 'linear has no "paramters"', '"parameters"' }, "a method of a layer")
t.throws(function() return ll.nn.sequential({ layer }).layer end, '"layers"', "a field of a network")
t.is({ layer.bias, layer.seed, layer[1] }, { false }, "what it may lack is no error")
t.throws(function() ll.nn.linear { 2, 3, weights = ll.nn.sequential { layer } } end, "a matrix or a layer that has some")
t.is(ll.ones(2, 2).grad, nil, "a matrix without a gradient has the field")
t.throws(function() return ll.ones(2, 2)[3] end, { "row 3 of a matrix 2x2", "rows 1 to 2" }, "and no third row")
t.is(ll.loss.hinge({}).margin_grad, nil, "a loss may lack what others have")
local fine, message = pcall(function() return ll.metrc end)
t.ok(not fine and message:find "names.lua:%d+: ", "the place is that of who asked")

-- What is said of a name that is none, by all that looks names up.
local check = require "losslab.check"
t.is(check.no_such("there is no loss", "higne", { "hinge", "focal" }), 'there is no loss "higne"; did you mean "hinge"?')
t.is(check.no_such("there is no loss", "zzzzzz", { "hinge", "focal" }), 'there is no loss "zzzzzz"; there are hinge, focal')
t.is(check.no_such("there is no loss", 7, { "hinge" }), "there is no loss 7; there are hinge", "what is no name")
t.is(check.no_such("there is no loss", "a\nb", {}), [[there is no loss "a\10b"]], "nothing else where there are none")
t.is(check.among("there is no loss", "hinge", { "hinge" }), "hinge", "one that is")
t.is(check.options("f", { 1, a = 2 }, { "a" }), { 1, a = 2 }, "options leave alone what stands without a name")
t.throws(function() check.options("f", { 1, zzzz = 2 }, { "a" }) end, 'f has no option "zzzz"; there are a')
t.throws(function() check.fields("f", { 1, a = 2 }, { "a" }) end, "fields have names", "which fields do not")
for name, f in pairs {
  among = function() check.among("there is no", "b", { "a" }, 2) end,
  unknown = function() check.unknown("there is no", "b", { "a" }, 2) end,
  options = function() check.options("f", { b = 1 }, { "a" }, 2) end,
  fields = function() check.fields("f", { b = 1 }, { "a" }, 2) end,
  nameless = function() check.fields("f", { 1 }, { "a" }, 2) end,
  integer = function() check.integer("n", 0.5, 1, nil, 2) end,
  number = function() check.number("x", 0 / 0, 2) end,
  boolean = function() check.boolean("b", 1, 2) end,
} do
  local function caller() f() end
  local line = debug.getinfo(caller, "S").linedefined
  t.like(select(2, pcall(caller)), string.format("names.lua:%d: ", line), name .. " blames whom it is told to")
end
t.done()
