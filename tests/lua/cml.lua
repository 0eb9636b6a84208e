-- Collaborative metric learning from Lua: the sampler of negatives, the projection, a few steps of training.
local t = require "tests.lua.tap"
local ll = require "losslab"

local liked = { { 1, 3, 4 }, {}, { 2 }, { 1, 2, 3, 4, 6 } }
local sampler = ll.cml.negatives { items = 6, liked = liked, seed = 3 }
t.is(tostring(sampler), "negatives of 4 users among 6 items", "a sampler prints itself")

-- user 1 may get 2, 5, 6; user 4 only 5
local drawn = sampler:draw({ 1, 4, 1 }, 500)
t.is({ drawn.rows, drawn.cols }, { 1500, 1 }, "a column, user by user")
local seen, wrong = {}, 0
for i, item in ipairs(drawn:table()) do
  local user = (i > 500 and i <= 1000) and 4 or 1
  for _, likes in ipairs(liked[user]) do if item == likes then wrong = wrong + 1 end end
  if item < 1 or item > 6 then wrong = wrong + 1 end
  if user == 1 then seen[item] = (seen[item] or 0) + 1 end
end
t.is(wrong, 0, "no liked item, no item that is none")
t.ok(seen[2] > 250 and seen[5] > 250 and seen[6] > 250, "every other item about as often")

local again = ll.cml.negatives { items = 6, liked = liked, seed = 3 }:draw({ 1, 4, 1 }, 500)
t.is(again:table(), drawn:table(), "the same seed draws the same")
local other = ll.cml.negatives { items = 6, liked = liked, seed = 3, trial = 1 }:draw({ 1, 4, 1 }, 500)
t.ok(ll.sum(ll.abs(other - drawn)):item() > 0, "another trial draws others")

t.throws(function() ll.cml.negatives { items = 6, likes = liked } end, 'did you mean "liked"', "an unknown field")
t.throws(function() ll.cml.negatives { items = 5, liked = liked } end, "user 4 likes item 6, but there are 5 items",
  "an item that is none")
t.throws(function() ll.cml.negatives { items = 6, liked = { { 3, 1 } } } end, "user 1: item 1 after item 3",
  "a list that does not ascend")
t.throws(function() ll.cml.negatives { items = 6, liked = { { 2, 2 } } } end, "each once", "an item twice")
t.throws(function() ll.cml.negatives { items = 6, liked = { 1, 2 } } end, "expected", "lists that are none")
t.throws(function() ll.cml.negatives { items = 0, liked = liked } end, "items must be between 1", "no items")
t.throws(function() ll.cml.negatives { items = 3, liked = {} } end, "0 users", "no users")
t.throws(function() sampler:draw({ 5 }, 2) end, "user 5, but there are 4 users", "a user that is none")
t.throws(function() ll.cml.negatives { items = 2, liked = { { 1, 2 } } }:draw({ 1 }, 1) end, "user 1 likes all 2 items",
  "nothing is left")
t.throws(function() sampler:draw({ 1 }, 0) end, "from 1", "no items asked for")

local m = ll.matrix { { 3, 4 }, { 0.3, 0.4 }, { 0, 0 } }
t.ok(rawequal(ll.cml.project_unit_ball(m), m), "the projection gives the matrix itself")
local rows = m:table()
t.near(rows[1][1], 0.6, 1e-6, "a long row is shortened")
t.near(rows[1][2], 0.8, 1e-6, "along itself")
t.near(rows[2][1], 0.3, 1e-6, "a short one stays")
t.is(rows[3], { 0, 0 }, "a zero row stays")
local far = ll.precision == "double" and 1e300 or 1e30
rows = ll.cml.project_unit_ball(ll.matrix { { 3 * far, -4 * far }, { far, 0 } }):table()
t.near(rows[1], { 0.6, -0.8 }, 1e-6, "a row whose square overflows is shortened, too")
t.near(rows[2], { 1, 0 }, 1e-6, "and one along an axis")

-- Two groups of users and items find each other.
local r = ll.random(1)
local users, items = r:normal(20, 2, 0, 0.1):with_grad(), r:normal(30, 2, 0, 0.1):with_grad()
local likes = {}
for u = 1, 20 do
  likes[u] = {}
  for i = 1, 30 do if (u <= 10) == (i <= 15) and (u + i) % 2 == 0 then likes[u][#likes[u] + 1] = i end end
end
local draw = ll.cml.negatives { items = 30, liked = likes, seed = 1 }
local loss, opt = ll.loss.cml_metric { margin = 0.5, items = 30 }, ll.optim.adam({ users, items }, { lr = 0.05 })
local first, last
for step = 1, 60 do
  local who, what = {}, {}
  for u = 1, 20 do who[u], what[u] = u, likes[u][1 + step % #likes[u]] end
  local L = loss(ll.gather(users, who), ll.gather(items, what), ll.gather(items, draw:draw(who, 5)))
  L:backward()
  opt:step()
  ll.cml.project_unit_ball(users)
  ll.cml.project_unit_ball(items)
  first, last = first or L:item(), L:item()
end
t.ok(last < 0.75 * first, string.format("training lowers the loss (%.3g to %.3g)", first, last))
t.ok(ll.max_all(ll.row_norms(users)):item() <= 1 + 1e-6, "users stay in the ball")
t.done()
