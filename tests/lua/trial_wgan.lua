-- A study whose trial is a game: a Wasserstein GAN on a line. A generator that starts at N(0, 1) must move to the real rows, N(4,
-- 1), with a critic held by clipping (Arjovsky, Chintala and Bottou 2017) or by a gradient penalty (Gulrajani et al. 2017). The
-- distance at the end is computed by sorting, on held-out rows; two samples of them are about 0.1 apart, the start 4, and of 36
-- runs of each the worst came to 0.19.
local ll = require "losslab"
local t = require "tests.lua.tap"
local runner = require "losslab.run.runner"
local study = require "losslab.study.study"

local text = [[
local ll = require "losslab"
local critic_loss, generator_loss = ll.loss.wasserstein_critic(), ll.loss.wasserstein_generator()
-- One-sided: on a line a two-sided penalty keeps a critic whose slope has the wrong sign from turning round, since 0 costs lambda.
local penalty = ll.loss.gradient_penalty { sides = "one" }

local function real(part) return part.x:gather(ll.find(part.y)) end

-- How far what the generator makes of new noise is from a part's rows.
local function distance(G, part, stream)
  local rows = real(part)
  return ll.divergence.wasserstein_1d(ll.no_grad(G, stream:normal(rows.rows, 1)), rows)
end

return ll.study {
  name = "wgan", data = { { generator = "gaussians", n = 1600, features = 1, shift = 8, positives = 0.75 } },
  seeds = { 1, 2, 3 }, split = { folds = 2, standardise = false },
  compare = { clipping = { clip = 0.1 }, penalty = { lambda = 10 } },
  train = { rounds = 300, critic_steps = 5, batch = 64, critic_lr = 5e-3, generator_lr = 0.05 },
  metric = "w1", goal = "min",
  trial = function(t)
    local p, train, rows, noise, between = t.parameters, t.train, real(t.parts.train), t:random "noise", t:random "between"
    local drawn = t:random "rows"
    local f = ll.nn.mlp { 1, 32, 32, 1, hidden = "tanh", seed = t.seed, trial = t.number }
    local G, mean = ll.nn.mlp { 1, 1, seed = t.seed, trial = t.number }, ll.nn.mlp { 1, 1 }
    for i, weight in ipairs(G:parameters()) do weight:fill_(2 - i) end -- z
    local critic = p.clip and ll.optim.rmsprop(f:parameters(), { lr = train.critic_lr })
      or ll.optim.adam(f:parameters(), { lr = train.critic_lr, beta1 = 0, beta2 = 0.9 })
    if p.clip then critic:project("clip", p.clip) end
    local generator = ll.optim.rmsprop(G:parameters(), { lr = train.generator_lr })
    local schedule = ll.schedule.cosine { steps = train.rounds, final = 0.02 }
    local function batch() return rows:gather(drawn:integers(train.batch, 1, 1, rows.rows)) end
    t:record { valid = { w1 = distance(G, t.parts.valid, noise) }, test = { w1 = distance(G, t.parts.test, noise) } }
    for round = 1, train.rounds do
      for _ = 1, train.critic_steps do
        local x, fake = batch(), ll.no_grad(G, noise:normal(train.batch, 1))
        local loss = critic_loss(f(x), f(fake))
        if p.lambda then
          local z = ll.nn.interpolate(x, fake, between)
          loss = loss + p.lambda * penalty(ll.grad(f(z):sum(), z, { create_graph = true }))
        end
        loss:backward()
        critic:step()
      end
      generator.rate = schedule(round)
      f:freeze()
      generator_loss(f(G(noise:normal(train.batch, 1)))):backward()
      f:unfreeze()
      generator:step()
      -- the game circles its end: of the last half the running mean is taken
      local age = math.max(0, round - train.rounds // 2)
      for i, weight in ipairs(mean:parameters()) do
        weight:scale_(age > 0 and 1 - 1 / age or 0)
        weight:add_(G:parameters()[i], age > 0 and 1 / age or 1)
      end
    end
    t:record { valid = { w1 = distance(mean, t.parts.valid, noise) }, test = { w1 = distance(mean, t.parts.test, noise) } }
  end,
}
]]

local path = os.tmpname()
os.remove(path)
t.is(runner.run(study.of_script(text, "=wgan"), { db = path, jobs = 2 }), 0, "a WGAN as a study's own trial")
local db = ll.store.open(path)
local last = [[
  SELECT c.loss AS loss, m.epoch AS epoch, max(m.value) AS most, min(m.value) AS least, count(*) AS n FROM metric AS m
  JOIN trial AS t ON t.id = m.trial JOIN config AS c ON c.id = t.config WHERE m.split = 'test' GROUP BY c.loss, m.epoch]]
local seen = 0
for row in db:query(last) do
  seen = seen + row.n
  if row.epoch == 1 then
    t.ok(row.least > 3.5, string.format("%s: the generator starts far away, at %.3f at least", row.loss, row.least))
  else
    t.ok(row.most < 0.5, string.format("%s: W1 to held-out rows from %.3f to %.3f", row.loss, row.least, row.most))
  end
end
t.is(seen, 2 * 2 * 3 * 2, "by both ways of holding the critic, from every seed and fold")
db:close()
os.remove(path)
t.done()
