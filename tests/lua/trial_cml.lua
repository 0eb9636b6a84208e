-- A study whose trial is a recommender: collaborative metric learning (Hsieh et al. 2017) on pairs of users and items with planted
-- tastes, against what everybody likes. A fifth of each user's items is held out; a worker that is killed on the way
-- changes nothing. And distances rank nothing that products with a bias cannot.
local ll = require "losslab"
local t = require "tests.lua.tap"
local runner = require "losslab.run.runner"
local study = require "losslab.study.study"

-- 150 users of 6 tastes, 20 items a taste, some of them liked more than others; and of all items the few that everybody likes.
local USERS, TASTES, EACH = 150, 6, 20
local stream, lines = ll.random(7), { "user,item" }
for user = 1, USERS do
  local taste = user % TASTES
  for item = 0, TASTES * EACH - 1 do
    local appeal = item % EACH < 4 and 0.8 or 0.35
    local likes = item // EACH == taste and appeal or item % EACH == 0 and 0.25 or 0.01
    if stream:uniform() < likes then lines[#lines + 1] = user .. "," .. item end
  end
end
local csv, marker = os.tmpname(), os.tmpname()
local file = assert(io.open(csv, "w"))
file:write(table.concat(lines, "\n"), "\n")
file:close()
os.remove(marker)

local text = ([[
local ll = require "losslab"

-- Users and items in the unit ball, after `epochs` of pairs in an order of this trial's own.
local function learn(t, train, report)
  local p, users = t.parameters, t:random "users":normal(train.users, t.model.dimensions, 0, 0.3):with_grad()
  local items = t:random "items":normal(train.items, t.model.dimensions, 0, 0.3):with_grad()
  local loss = ll.loss.cml_metric { margin = p.margin, items = train.items, negatives = p.negatives }
  local spread = ll.loss.covariance()
  local sampler = ll.cml.negatives { items = train.items, liked = train:lists(), seed = t.seed, trial = t.number }
  local optimizer = ll.optim.adam({ users, items }, { lr = t.train.lr })
  optimizer:project("unit_ball", 1)
  local pairs, order = train:matrix(), t:random "order"
  for epoch = 1, t.train.epochs do
    local shuffled, sum = pairs:gather(order:permutation(pairs.rows)), 0
    for first = 1, pairs.rows, t.train.batch do
      local batch = shuffled:row_range(first, math.min(first + t.train.batch - 1, pairs.rows))
      local who, what = batch:col_range(1, 1):copy(), batch:col_range(2, 2):copy()
      local others = sampler:draw(who, t.train.sampled)
      local value = loss(users:gather(who), items:gather(what), items:gather(others)) / batch.rows
        + t.train.spread * spread(ll.vstack(users, items))
      value:backward()
      optimizer:step()
      sum = sum + value:item() * batch.rows
    end
    local marker = epoch == 3 and io.open(%q)
    if marker then
      marker:close()
      os.remove(%q)
      os.execute "kill -9 $PPID"
    end
    if epoch %% 5 == 0 then report(users, items, sum / pairs.rows) end
  end
end

return ll.study {
  name = "recommenders", data = { { generator = "gaussians", n = 20 } }, seeds = { 1, 2 }, split = { folds = 2 },
  compare = { popularity = {}, warp = { margin = { 0.5 }, negatives = { "sum" } }, hardest = { margin = { 0.5 },
    negatives = { "hardest" } } },
  model = { dimensions = 8 }, train = { epochs = 20, batch = 128, sampled = 10, lr = 0.02, spread = 1 },
  metric = "recall", goal = "max",
  trial = function(t)
    local all = ll.data.pairs %q
    local train, test = all:split { test = 0.2, seed = t.number }
    local function report(users, items, loss, distance)
      local found = ll.metric.recommend(users, items, { held_out = test, seen = train, k = 10, distance = distance })
      t:record { loss = loss, valid = { recall = found.recall }, test = { recall = found.recall, ndcg = found.ndcg } }
    end
    if t.method ~= "popularity" then return learn(t, train, function(u, v, loss) report(u:detach(), v:detach(), loss) end) end
    local liked = ll.zeros(train.items, 1)
    for _, items in ipairs(train:lists()) do
      for _, item in ipairs(items) do liked:set(item, 1, liked:get(item, 1) + 1) end
    end
    report(ll.ones(train.users, 1), liked, nil, "dot")
  end,
}
]]):format(marker, marker, csv)

local function run(jobs)
  local path = os.tmpname()
  os.remove(path)
  local code = runner.run(study.of_script(text, "=recommenders"), { db = path, jobs = jobs })
  return ll.store.open(path), code, path
end

local db, code, path = run(2)
t.is(code, 0, "recommenders as a study's own trial")
local recall = {}
for row in db:query "SELECT loss, test_mean FROM leaderboard" do recall[row.loss] = row.test_mean end
for _, method in ipairs { "warp", "hardest" } do
  t.ok(recall[method] > 1.5 * recall.popularity, string.format("%s: recall at 10 of %.3f, popularity's being %.3f", method,
    recall[method], recall.popularity))
end

assert(io.open(marker, "w")):close()
local again, second, other = run(1)
t.is(second, 0, "a worker that was killed is replaced")
t.is(io.open(marker), nil, "it was killed")
for _, name in ipairs { "trial", "epoch", "metric" } do
  t.is(again:digest(name), db:digest(name), name .. ": the same bits as without a kill")
end

-- -|u - v|^2 = 2 (u.v - |v|^2 / 2) - |u|^2: distances rank a user's items as a product with that bias of each item does, and not as
-- one without.
local users, items = stream:normal(USERS, 4), stream:normal(TASTES * EACH, 4)
local held_out = ll.data.pairs(csv)
local function recommended(u, v, distance)
  return ll.metric.recommend(u, v, { held_out = held_out, k = 10, distance = distance })
end
local near, product = recommended(users, items), recommended(users, items, "dot")
local biased = recommended(ll.hstack(users, ll.ones(USERS, 1)), ll.hstack(items, (items * items):row_sums() * -0.5), "dot")
for _, name in ipairs { "recall", "ndcg" } do
  t.near(biased[name], near[name], 1e-9, name .. ": distances as a product with a bias")
  t.ok(math.abs(product[name] - near[name]) > 1e-3, name .. ": not as one without")
end

db:close()
again:close()
for _, each in ipairs { path, other, csv, marker } do os.remove(each) end
t.done()
