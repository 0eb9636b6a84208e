-- What the Wasserstein distance is and how it is computed, after Arjovsky, Chintala and Bottou 2017: the cheapest plan that carries
-- one distribution onto another; a linear program; by its dual the largest E_P f - E_Q f over f of slope at most K, which is what a
-- critic, a network f, can be trained for.
-- The example of the WGAN paper: P uniform on {0} x [0, 1], Q on {s} x [0, 1]. W is s and says how far away Q is; JS is ln 2 and KL
-- infinite however far, unless s is 0. Does the program give that, does its dual, does the form with g = -f, does sorting on a
-- line, and do a clipped and a penalised critic? And what a plan looks like: of points in the plane, and of two heaps of earth.
-- QUICK=1 in the environment: a small version in seconds.
local quick = (os.getenv "QUICK" or "") ~= ""

local sets = {}
for i, shift in ipairs(quick and { 0, 1, 4 } or { 0, 0.25, 0.5, 1, 2, 4 }) do
  sets[i] = { generator = "two_lines", n = 2000, shift = shift, name = string.format("shift %g", shift) }
end

-- The rows of a part on either line, and where the second stands.
local function lines(part)
  local y = ll.gather(part.x, ll.find(part.y))
  return ll.gather(part.x, ll.find(1 - part.y)), y, y:get(1, 1)
end

-- ---- the linear program, and what holds of its solution --------------------------------------------------------------------

-- The share of rows in each of 20 cells of a line; two lines that are apart share none.
local function histogram(rows, shift, second)
  local counts, cells = {}, shift == 0 and 20 or 40
  for k = 1, cells do counts[k] = 0 end
  for i = 1, rows.rows do
    local k = math.min(20, 1 + math.floor(rows:get(i, 2) * 20)) + (second and cells - 20 or 0)
    counts[k] = counts[k] + 1 / rows.rows
  end
  return counts
end

-- Plans to look at: from 40 points to 25, both from the lowest up, and between two heaps of earth on a line.
local function keep_plans(t)
  local stream, cells = t:random "points", ll.ones(12, 1):col_cumsums()
  local function upwards(x) return x:gather(x:col_range(2, 2):argsort()) end
  local from = upwards(stream:normal(40, 2) * 0.7)
  local to = upwards(ll.hstack(0.4 * stream:normal(25, 1) + 4, 1.5 * stream:normal(25, 1)))
  local heaps = ll.matrix { { 1, 0 }, { 2, 0 }, { 4, 0 }, { 6, 1 }, { 4, 3 }, { 2, 2 }, { 1, 0 }, { 0, 1 }, { 0, 4 }, { 0, 5 },
    { 0, 3 }, { 0, 1 } } / 20
  local _, plan = ll.divergence.wasserstein(ll.ones(40, 1) / 40, ll.ones(25, 1) / 25, ll.distances(from, to))
  local _, moved = ll.divergence.wasserstein(heaps:col_range(1, 1), heaps:col_range(2, 2), ll.distances(cells, cells))
  for name, matrix in pairs { from = from, to = to, plan = plan, heaps = heaps, moved = moved } do t:keep(name, matrix) end
end

local function largest(m) return m:abs():max_all():item() end

local function exact(part)
  local x, y, shift = lines(part)
  local p, q = ll.ones(x.rows, 1) / x.rows, ll.ones(y.rows, 1) / y.rows
  local cost = ll.distances(x, y)
  local w, plan, u, v, report = ll.divergence.wasserstein(p, q, cost)
  local down = v:transpose()
  -- One function for both: f(z) = min_j d(z, y_j) - v_j has slopes of at most 1, and with g = -f nothing is lost.
  local f_x, f_y = (cost - down):row_min(), (ll.distances(y, y) - down):row_min()
  -- On a line: sorting against the program.
  local a, b = x:col_range(2, 2), y:col_range(2, 2) + shift
  local on_line = ll.divergence.wasserstein(p, q, ll.distances(a, b))
  local first, second = histogram(x, shift), histogram(y, shift, true)
  local kl = ll.divergence.kl(first, second)
  return { error = math.abs(w - shift), w = w,
    js = ll.divergence.js(first, second), kl = kl < math.huge and kl or nil, kl_infinite = kl < math.huge and 0 or 1,
    marginals = math.max(largest(plan:row_sums() - p), largest(plan:col_sums():transpose() - q)),
    gap = math.abs(report.gap), infeasible = math.max(0, (u + down - cost):max_all():item()),
    one_function = math.abs(f_x:mean():item() - f_y:mean():item() - w),
    too_steep = math.max(0, ((f_x - f_y:transpose()):abs() - cost):max_all():item()),
    sorting = math.abs(ll.divergence.wasserstein_1d(a, b) - on_line) }
end

-- ---- the same by a critic --------------------------------------------------------------------------------------------------

local critic_loss, penalty = ll.loss.wasserstein_critic(), ll.loss.gradient_penalty()

local function trained(t)
  local x, y = lines(t.parts.train)
  local lambda, clip = t.parameters.lambda, t.parameters.clip
  local f = ll.nn.mlp { 2, 64, 64, 1, hidden = t.model.hidden, seed = 1, trial = t.number }
  local opt = (clip and ll.optim.rmsprop or ll.optim.adam)(f:parameters(), { lr = t.train.lr })
  if clip then opt:project("clip", clip) end
  local rows, between, size = t:random "rows", t:random "between", t.train.batch
  local schedule = ll.schedule.cosine { steps = t.train.iterations }
  for i = 1, t.train.iterations do
    local a, b = ll.gather(x, rows:integers(size, 1, 1, x.rows)), ll.gather(y, rows:integers(size, 1, 1, y.rows))
    local value = critic_loss(f(a), f(b))
    if lambda then
      local z = ll.nn.interpolate(a, b, between)
      value = value + lambda * penalty(ll.grad(f(z):sum(), z, { create_graph = true }))
    end
    opt.rate = schedule(i)
    value:backward()
    opt:step()
  end
  return f
end

-- What a critic says of rows it has not seen, and how steep it is on the way between them.
local function measure(f, part, stream)
  local x, y, shift = lines(part)
  local n = math.min(x.rows, y.rows)
  local z = ll.nn.interpolate(x:row_range(1, n), y:row_range(1, n), stream)
  local w = -critic_loss(ll.no_grad(f, x), ll.no_grad(f, y)):item()
  return { error = math.abs(w - shift), w = w, slope = ll.grad(f(z):sum(), z):row_norms():mean():item() }
end

local function trial(t)
  if t.method == "exact" then
    keep_plans(t)
    return t:record { valid = exact(t.parts.valid), test = exact(t.parts.test) }
  end
  local f, stream = trained(t), t:random "measured"
  t:record { valid = measure(f, t.parts.valid, stream), test = measure(f, t.parts.test, stream) }
end

-- ---- the results ----

-- {{shift, {values on test, by seed}}, …} of a configuration.
local function over_shifts(results, config, metric)
  local out = {}
  for _, dataset in ipairs(results.datasets) do
    local values = results:values(dataset, config.id, metric)
    if #values > 0 then out[#out + 1] = { tonumber(dataset.name:match "[%d.]+"), values } end
  end
  return out
end

-- How far at most the program's metric is from what it ought to be, over shifts, seeds and test rows; or where the shift is 0.
local function worst(results, metric, ought, at_0)
  local most = 0
  for _, row in ipairs(over_shifts(results, results.losses.exact.configs[1], metric)) do
    for _, value in ipairs(row[2]) do
      if (row[1] == 0) == (at_0 or false) then most = math.max(most, math.abs(value - (ought or 0))) end
    end
  end
  return most
end

-- By seed: how many times ought(shift) the critic gives, the mean over shifts; and that of the largest shift over the smallest's.
local function ratios(results, config, ought)
  local of_seed, change, rows = {}, {}, over_shifts(results, config, "w")
  for i = 1, #rows > 0 and #rows[#rows][2] or 0 do
    local list = {}
    for _, row in ipairs(rows) do
      if row[1] > 0 and row[2][i] then list[#list + 1] = row[2][i] / ought(row[1]) end
    end
    of_seed[i], change[i] = ll.stats.mean(list), list[#list] / list[1]
  end
  return of_seed, change
end

local function in_words(results, values)
  local estimate = results:estimate(results.datasets[1], values)
  return estimate and results:say(estimate, { plain = true, digits = 3 }) or "unknown"
end

-- The claim that values, one a run, are 1 on average, to so much.
local function near_1(results, within, values, words, ...)
  local off = {}
  for i, value in ipairs(values) do off[i] = value - 1 end
  return { words:format(...), of = results:estimate(results.datasets[1], off), within = within, told = in_words(results, values) }
end

return ll.study {
  name = "wasserstein",
  question = "How far apart are two lines: by the exact Wasserstein distance, its dual, JS, KL, and by two kinds of critics?",
  claim = "W is the value of a linear program, of its dual, and of one function f of bounded slope, which a critic can learn; "
    .. "it says how far apart two lines are, where JS and KL do not. Arjovsky, Chintala and Bottou 2017.",
  data = sets,
  split = { test = 0.3, valid = 0.1, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
  compare = { exact = {}, penalised = { lambda = { 10, 100 } }, clipped = { clip = { 0.01, 0.1 } } },
  model = { hidden = "leaky_relu" },
  train = { batch = 64, iterations = 2000, lr = 2e-3 },
  metric = "error", goal = "min", scores = "none",
  trial = trial,
  quick = quick,

  finding = function(results)
    local off, js = worst(results, "error"), worst(results, "js", ll.math.log(2))
    local dual = math.max(1e-16, worst(results, "gap"), worst(results, "infeasible"))
    local one = math.max(worst(results, "one_function"), worst(results, "too_steep"))
    local claims, clipped = {
      { "W is the value of a linear program and says how far apart the lines are", fact = off < 0.02,
        told = string.format("to %.4f on samples", off) },
      { "so is its dual, and one f of slope at most 1 for both sides", fact = math.max(dual, one) < 1e-5,
        told = string.format("to %.0e and %.0e", dual, one) },
      { "JS is ln 2 and KL infinite however far that is", fact = js < 1e-5 and worst(results, "kl_infinite", 1) == 0,
        told = string.format("to %.0e", js) },
    }, {}
    for _, config in ipairs(results.losses.penalised.configs) do
      local lambda = config.parameters.lambda
      claims[#claims + 1] = near_1(results, 0.05,
        ratios(results, config, function(shift) return shift * (1 + shift / (2 * lambda)) end),
        "a critic with penalty lambda = %g learns W (1 + W / 2 lambda), to 5 %%", lambda)
    end
    for i, config in ipairs(results.losses.clipped.configs) do
      local times, change = ratios(results, config, function(shift) return shift end)
      claims[#claims + 1] = near_1(results, 0.1, change,
        "a critic clipped at %g learns K W, with one K for the largest W and the smallest, to 10 %%", config.parameters.clip)
      clipped[i] = string.format("%s at %g", in_words(results, times), config.parameters.clip)
    end
    return results:finding(claims),
      string.format("Where the lines are one, W of the sample is %.4f. On a line sorting gives W to %.0e. W (1 + W / 2 lambda) is "
        .. "the penalty's maximum where lines face each other: its bias. The clipped critics give W times %s, the mean over "
        .. "distances. Critics are judged on rows that they were not trained on.",
        worst(results, "w", 0, true), math.max(1e-16, worst(results, "sorting")), table.concat(clipped, " and "))
  end,

  figures = {
    distances = function(fig, results, plot)
      local words = { exact = "exact", penalised = "critic, penalty lambda = %g", clipped = "critic, clipped at %g" }
      local w, scaled, slope = {}, {}, {}
      local function points(config, metric, log) -- means over seeds, with the range where an axis is not logarithmic
        local out = {}
        for _, row in ipairs(over_shifts(results, config, metric)) do
          local mean = plot.stats.mean(row[2])
          if not log then out[#out + 1] = { row[1], mean, math.min(table.unpack(row[2])), math.max(table.unpack(row[2])) }
          elseif row[1] > 0 then out[#out + 1] = { row[1], math.max(mean, 1e-6) } end
        end
        return out
      end
      for _, method in ipairs { "exact", "penalised", "clipped" } do
        for _, config in ipairs(results.losses[method].configs) do
          local text, style = words[method]:format(config.parameters.lambda or config.parameters.clip), #scaled + 1
          if method ~= "clipped" then w[#w + 1] = { text = text, points = points(config, "w"), style = style } end
          scaled[style] = { text = text, points = points(config, "w", true), style = style }
          if style > 1 then slope[#slope + 1] = { text = text, points = points(config, "slope", true), style = style } end
        end
      end
      local program, kl = results.losses.exact.configs[1], {}
      for i, row in ipairs(over_shifts(results, program, "kl_infinite")) do
        local finite = over_shifts(results, program, "kl")[i]
        kl[i] = { row[1], row[2][1] == 1 and 1 or finite and plot.stats.mean(finite[2]) }
      end
      return plot.panels(fig, { title = "wasserstein: two lines, the second moved away",
        note = "On rows not trained on; points: mean over seeds, bands: all of them. KL stands at the top where it is infinite.",
        panels = {
          { title = "Wasserstein distance", x = "shift", y = "distance", low = 0, series = w },
          { title = "divergences", x = "shift", y = "nats", low = 0, high = 1, series = {
            { text = "JS", points = points(program, "js"), style = 6 }, { text = "KL", points = kl, style = 7 } } },
          { title = "with clipped critics", x = "shift", y = "distance", logx = true, logy = true, series = scaled },
          { title = "slope of the critic between the lines", x = "shift", y = "norm of its gradient", logx = true, logy = true,
            series = slope } } })
    end,
    plan = function(fig, results, plot)
      local config, of = results.losses.exact.configs[1].id, {}
      for _, name in ipairs { "from", "to", "plan", "heaps", "moved" } do
        local matrix = results:kept(results.datasets[1], config, name)()
        if not matrix then return nil, "no run of the exact method has finished" end
        of[name] = matrix:table()
      end
      local ways, points, cells, p, q, w = {}, {}, {}, {}, {}, 0
      local function each(plan, f)
        for i, row in ipairs(plan) do
          for j, mass in ipairs(row) do
            if mass > 1e-6 then f(i, j, mass) end
          end
        end
      end
      each(of.plan, function(i, j, mass)
        points[#points + 1] = { j, i, 40 * mass }
        ways[#ways + 1] = { of.from[i][1], of.from[i][2], of.to[j][1], of.to[j][2], mass }
      end)
      each(of.moved, function(i, j, mass) cells[#cells + 1], w = { j, i, mass }, w + mass * math.abs(i - j) end)
      for k, row in ipairs(of.heaps) do p[k], q[k] = { k, row[1] }, { k, row[2] } end
      return plot.panels(fig, { title = "wasserstein: the cheapest plan, by the linear program",
        note = "Above from 40 points of P to 25 of Q, numbered from the lowest up; below between two heaps of earth on a line.",
        panels = {
          { title = "which point goes where", x = "", y = "", series = {
            { text = "a way, the fainter the less mass", points = ways, arrows = true, style = 20 },
            { text = "P", points = of.from, line = false, style = 13 },
            { text = "Q", points = of.to, line = false, style = 12 } } },
          { title = "that plan", under = string.format("%d of 1000 cells", #points), x = "point of Q", y = "point of P", series = {
            { text = "share of the point's mass", heat = true, points = points } } },
          { title = "two heaps", under = string.format("W = %.2f cells", w), x = "cell", y = "share of the heap", low = 0,
            series = { { text = "P", points = p, style = 13 }, { text = "Q", points = q, style = 12 } } },
          { title = "their plan", x = "cell of Q", y = "cell of P", series = {
            { text = "share of the heap", heat = true, points = cells } } } } })
    end,
  },
}
