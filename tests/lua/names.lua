-- A name that a module, an object or the whole does not have is told at once, with the nearest that it has.
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
t.is(ll.ones(2, 2)[3], nil, "and no third row, which ends ipairs")
t.is(ll.loss.hinge({}).margin_grad, nil, "a loss may lack what others have")
local fine, message = pcall(function() return ll.metrc end)
t.ok(not fine and message:find "names.lua:%d+: ", "the place is that of who asked")
t.done()
