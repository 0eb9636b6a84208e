-- Proposition 1 of Gulrajani et al. 2017, for which WGAN-GP penalises a critic whose gradient has another norm than 1: let f be the
-- best critic of slope at most 1, and let the cheapest plan that carries P onto Q couple x with y. Then at every point between them
-- f has the gradient (x - y) / |x - y|: norm 1, along the way. Does the f of the linear program's dual, and does a trained critic?
--
-- Data in the plane, where ways lead in many directions: two rings, and a cloud amid four others. The plan is the exact one between
-- rows; the f of the dual is exact for the rows that it was computed from; critics are trained on the same rows, with the penalty
-- between any two, as in WGAN-GP. All are judged on test rows, by the plan between those; beside points between coupled rows stand
-- points between rows that are not. QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local n = 2000 -- rows, half of them of Q, whose label is 1

local function rings()
  local stream, y = ll.random(1), ll.vstack(ll.zeros(n / 2, 1), ll.ones(n / 2, 1))
  local radius = 1 + 2 * y + 0.1 * stream:normal(n, 1)
  return ll.data.matrix(stream:sphere(n, 2) * ll.expand(radius, n, 2), y)
end

local function clouds()
  local centres, labels, stream = {}, {}, ll.random(2)
  for i = 1, n do
    labels[i] = { i % 2 }
    centres[i] = i % 2 == 0 and { 0, 0 } or { i % 4 == 1 and 2 or -2, i % 8 < 4 and 2 or -2 }
  end
  return ll.data.matrix(ll.matrix(centres) + 0.3 * stream:normal(n, 2), ll.matrix(labels))
end

-- As many rows of P as of Q.
local function sides(part)
  local x, y = ll.gather(part.x, ll.find(1 - part.y)), ll.gather(part.x, ll.find(part.y))
  local least = math.min(x.rows, y.rows)
  return x:row_range(1, least), y:row_range(1, least)
end

-- The cheapest plan between rows that all weigh the same: the row of y that is coupled with each of x; and the f of the dual,
-- min_j |z - y_j| - v_j.
local function transport(x, y)
  local weights = ll.ones(x.rows, 1) / x.rows
  local _, plan, _, v = ll.divergence.wasserstein(weights, weights, ll.distances(x, y))
  return ll.matmul(plan, y) * x.rows, function(z)
    return (ll.distances(z, y) - ll.expand(v:transpose(), z.rows, y.rows)):row_min()
  end
end

local function trained(t, x, y)
  local critic_loss, penalty = ll.loss.wasserstein_critic(), ll.loss.gradient_penalty()
  local f = ll.nn.mlp { 2, 64, 64, 1, hidden = t.model.hidden, seed = 1, trial = t.number }
  local opt, schedule = ll.optim.adam(f:parameters(), { lr = t.train.lr }), ll.schedule.cosine { steps = t.train.iterations }
  local rows, between, size = t:random "rows", t:random "between", t.train.batch
  for i = 1, t.train.iterations do
    local a, b = ll.gather(x, rows:integers(size, 1, 1, x.rows)), ll.gather(y, rows:integers(size, 1, 1, y.rows))
    local z = ll.nn.interpolate(a, b, between)
    local value = critic_loss(f(a), f(b)) + t.parameters.lambda * penalty(ll.grad(f(z):sum(), z, { create_graph = true }))
    opt.rate = schedule(i)
    value:backward()
    opt:step()
  end
  return f
end

-- At a random point between each x and its y: mean norm of f's gradient, how far it is from 1, and cosine with the way to x.
local function gradient(f, x, y, stream)
  local z, way = ll.nn.interpolate(x, y, stream), x - y
  local g = ll.grad(f(z):sum(), z)
  local norms = g:row_norms()
  return norms:mean():item(), (norms - 1):abs():mean():item(), ((g * way):row_sums() / (norms * way:row_norms())):mean():item()
end

local function measure(f, part, stream)
  local x, y = sides(part)
  local to, out = transport(x, y), {}
  out.norm, out.miss, out.cosine = gradient(f, x, to, stream)
  out.other_norm, out.other_miss, out.other_cosine = gradient(f, x, y, stream) -- rows in the order of the data are not coupled
  out.w = (x - to):row_norms():mean():item()
  return out, x, to
end

local function trial(t)
  local x, y = sides(t.parts.train)
  local to, program = transport(x, y)
  local f, stream = t.method == "program" and program or trained(t, x, y), t:random "measured"
  local on_train, way, off = measure(f, t.parts.train, stream), (x - to):row_norms(), 0
  -- without a derivative: by how much f misses to rise from y as fast as the way to x is long
  for k = 1, 4 do off = math.max(off, (f(to + (x - to) * (k / 4)) - f(to) - way * (k / 4)):abs():max_all():item()) end
  on_train.off = off
  local on_test, seen, coupled = measure(f, t.parts.test, stream)
  local grid = {}
  for k = 0, 41 ^ 2 - 1 do grid[k + 1] = { k % 41 * 0.175 - 3.5, k // 41 * 0.175 - 3.5 } end
  t:keep("surface", ll.hstack(ll.matrix(grid), ll.no_grad(f, ll.matrix(grid))))
  t:keep("pairs", ll.hstack(seen, coupled):row_range(1, 40))
  t:record { train = on_train, valid = measure(f, t.parts.valid, stream), test = on_test }
end

-- ---- the results ----

-- What is compared: { config, text, long } of the program and the critics.
local function compared(results)
  local out = { { config = results.losses.program.configs[1].id, text = "the dual's f" } }
  for i, config in ipairs(results.losses.critic.configs) do
    local lambda = config.parameters.lambda
    out[i + 1] = { config = config.id, text = string.format("penalty %g", lambda),
      long = string.format("a critic with lambda = %g", lambda) }
  end
  return out
end

-- { name, estimate } by data set, of a metric on test rows, or of its difference to another.
local function estimates(results, config, metric, less)
  local out = {}
  for _, dataset in ipairs(results.datasets) do
    local values, others = results:values(dataset, config, metric), less and results:values(dataset, config, less)
    for i, value in ipairs(values) do values[i] = value - (others and others[i] or 0) end
    local d = results:estimate(dataset, values)
    if d then out[#out + 1] = { dataset.name, d } end
  end
  return out
end

-- The same in words.
local function told(results, config, metric)
  local out = {}
  for i, each in ipairs(estimates(results, config, metric)) do
    out[i] = results:say(each[2], { plain = true, digits = 3 }) .. " on " .. each[1]
  end
  return table.concat(out, ", ")
end

return ll.study {
  name = "coupling",
  question = "Has the best critic a gradient of norm 1 on the way between the points that the cheapest plan couples?",
  claim = "The gradient of the best critic of slope at most 1 is a unit vector along the way from y to x, at all points between x "
    .. "and y that the optimal plan couples. Gulrajani et al. 2017, Proposition 1.",
  data = { { name = "rings", make = rings }, { name = "clouds", make = clouds } },
  split = { test = 0.3, valid = 0.1, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3, 4, 5 },
  compare = { program = {}, critic = { lambda = { 10, 100 } } },
  model = { hidden = "leaky_relu" },
  train = { batch = 64, iterations = quick and 2000 or 3000, lr = 2e-3 },
  metric = "miss", goal = "min", scores = "none",
  trial = trial,
  quick = quick,

  finding = function(results)
    local list, off, others = compared(results), 0, {}
    for _, dataset in ipairs(results.datasets) do
      off = math.max(off, table.unpack(results:values(dataset, list[1].config, "off", "train")))
    end
    local claims = { { "the f of the dual rises with slope 1 between coupled rows", fact = off < 1e-4,
      told = string.format("those that it is of, to %.0e", off) } }
    for i, of in ipairs(list) do
      if of.long then
        local the = "the gradient of " .. of.long
        table.move({
          { the .. " misses norm 1 between coupled rows by less than 0.05", side = "below", least = 0.05, digits = 3,
            of = estimates(results, of.config, "miss") },
          { the .. " points along the way between them, cosine above 0.95", least = 0.95, digits = 3,
            of = estimates(results, of.config, "cosine") },
          { the .. " points along the way more between coupled rows than between others", digits = 3,
            of = estimates(results, of.config, "cosine", "other_cosine") },
        }, 1, 3, #claims + 1, claims)
        others[i - 1] = string.format("%s has norm %s and cosine %s", of.long, told(results, of.config, "other_norm"),
          told(results, of.config, "other_cosine"))
      end
    end
    return results:finding(claims),
      string.format("On unseen rows the f of the dual, too, knows the way only as far as samples are alike: cosine %s. The penalty "
        .. "is least at a norm of about 1 + W / 2 lambda; W is %s.", told(results, list[1].config, "cosine"),
        told(results, list[1].config, "w")),
      "Between rows that are not coupled, where the penalty is taken in training, " .. table.concat(others, "; ")
        .. ": the norm is held there, too, but the direction is not that of the way."
  end,

  figures = {
    critics = function(fig, results, plot)
      local panels = {}
      for _, dataset in ipairs(results.datasets) do
        for _, of in ipairs(compared(results)) do
          local surface, pairs_of = results:kept(dataset, of.config, "surface")(), results:kept(dataset, of.config, "pairs")()
          if surface then
            local levels, ways = {}, {}
            for i = 1, surface.rows do
              levels[#levels + 1] = { surface:get(i, 1), surface:get(i, 2), surface:get(i, 3) }
              if i % 41 == 0 then levels[#levels + 1] = false end
            end
            for i = 1, pairs_of.rows do
              ways[i] = { pairs_of:get(i, 3), pairs_of:get(i, 4), pairs_of:get(i, 1), pairs_of:get(i, 2) }
            end
            local function value(metric) return results:values(dataset, of.config, metric)[1] end
            panels[#panels + 1] = { title = dataset.name .. ", " .. of.text, from = -3.5, to = 3.5, low = -3.5, high = 3.5,
              under = string.format("norm %.2f, cosine %.2f", value "norm", value "cosine"), x = "", y = "",
              series = { { text = "lines of equal f", points = levels, contours = 14, mark = false, style = 1 },
                { text = "from y to the x that is coupled with it", points = ways, arrows = true, style = 3 } } }
          end
        end
      end
      return plot.panels(fig, { title = "coupling: the gradient of the best critic points along the cheapest ways", square = true,
        note = "40 test rows, by the exact plan between all; of one seed. f is greatest where lines are orange.", panels = panels })
    end,
    gradient = function(fig, results, plot)
      local panels, list = {}, compared(results)
      for _, metric in ipairs { "norm", "cosine" } do
        for d, dataset in ipairs(results.datasets) do
          local panel = { title = dataset.name, x = "", names = {}, from = 0.5, to = #list + 0.5, series = {},
            y = metric == "norm" and "norm of the gradient" or "cosine with the way" }
          for k, kind in ipairs { { metric, "between coupled rows" }, { "other_" .. metric, "between rows that are not" } } do
            local points = {}
            for i, of in ipairs(list) do
              local each = estimates(results, of.config, kind[1])[d]
              panel.names[i] = of.text
              if each then points[#points + 1] = { i + 0.2 * k - 0.3, each[2].difference, each[2].low, each[2].high } end
            end
            panel.series[k] = { text = kind[2], points = points, line = false, bars = true, style = k + 3 }
          end
          panels[#panels + 1] = panel
        end
      end
      return plot.panels(fig, { title = "coupling: norm and direction of the gradient at points between rows of P and Q",
        note = "Test rows; mean and 95 % interval over seeds.", panels = panels })
    end,
  },
}
