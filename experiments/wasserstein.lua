-- What the Wasserstein distance is and how it is computed, after Arjovsky, Chintala and Bottou 2017: the cheapest plan that carries
-- one distribution onto another; a linear program; by its dual the largest E_P f - E_Q f over f of slope at most K, which is what a
-- critic, a network f, can be trained for.
-- The example of the WGAN paper: P uniform on {0} × [0, 1], Q on {s} × [0, 1]. W is s and says how far away Q is; JS is ln 2 and KL
-- infinite however far, unless s is 0. Does the program give that, does its dual, does the form with g = -f, does sorting on a
-- line, and do a clipped and a penalised critic?
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
  if t.method == "exact" then return t:record { valid = exact(t.parts.valid), test = exact(t.parts.test) } end
  local f, stream = trained(t), t:random "measured"
  t:record { valid = measure(f, t.parts.valid, stream), test = measure(f, t.parts.test, stream) }
end

-- ---- the results ----

-- {{shift, {values on test, by seed}}, …} of the method's configuration that has this clip and lambda.
local function over_shifts(results, method, metric, with)
  local out = {}
  for _, dataset in ipairs(results.datasets) do
    for _, config in ipairs(results.losses[method].configs) do
      local values = results:values(dataset, config.id, metric)
      if config.parameters.clip == with.clip and config.parameters.lambda == with.lambda and #values > 0 then
        out[#out + 1] = { tonumber(dataset.name:match "[%d.]+"), values }
      end
    end
  end
  return out
end

local function worst(results, metric)
  local most = 0
  for _, row in ipairs(over_shifts(results, "exact", metric, {})) do most = math.max(most, table.unpack(row[2])) end
  return most
end

-- Mean of values of seeds, and its 95 % interval.
local function interval(results, values, format)
  local mean, low, high = results:interval(results.datasets[1], values)
  if not low then return string.format(format, mean) end
  return string.format(format .. " [" .. format .. ", " .. format .. "]", mean, low, high)
end

-- Values over what they ought to be at each shift but 0: the mean over shifts for each seed, and the least and greatest mean of a
-- shift.
local function ratios(rows, ought)
  local of_seed, low, high = {}, math.huge, -math.huge
  for i = 1, #rows[1][2] do
    local sum, n = 0, 0
    for _, row in ipairs(rows) do
      if row[1] > 0 then sum, n = sum + row[2][i] / ought(row[1]), n + 1 end
    end
    of_seed[i] = sum / n
  end
  for _, row in ipairs(rows) do
    if row[1] > 0 then
      local ratio = ll.stats.mean(row[2]) / ought(row[1])
      low, high = math.min(low, ratio), math.max(high, ratio)
    end
  end
  return of_seed, low, high
end

return ll.study {
  name = "wasserstein",
  question = "How far apart are two lines: by the exact Wasserstein distance, its dual, JS, KL, and by two kinds of critics?",
  claim = "W is the value of a linear program, of its dual, and of one function f of bounded slope, which a critic can learn; "
    .. "it says how far apart two lines are, where JS and KL do not. Arjovsky, Chintala and Bottou 2017.",
  data = sets,
  split = { test = 0.3, valid = 0.1, standardise = false },
  seeds = quick and { 1 } or { 1, 2, 3, 4, 5 },
  compare = { exact = {}, penalised = { lambda = { 10, 100 } }, clipped = { clip = { 0.01, 0.1 } } },
  model = { hidden = "leaky_relu" },
  train = { batch = 64, iterations = 2000, lr = 2e-3 },
  metric = "error", goal = "min", scores = "none",
  trial = trial,

  finding = function(results)
    local w, js, infinite, apart, at_0 = 0, 0, 0, 0, {}
    for _, row in ipairs(over_shifts(results, "exact", "error", {})) do
      if row[1] == 0 then at_0 = row[2] else w = math.max(w, table.unpack(row[2])) end
    end
    for _, row in ipairs(over_shifts(results, "exact", "js", {})) do
      for _, value in ipairs(row[2]) do
        if row[1] > 0 then js = math.max(js, math.abs(value - math.log(2))) end
      end
    end
    for _, row in ipairs(over_shifts(results, "exact", "kl_infinite", {})) do
      if row[1] > 0 then apart, infinite = apart + 1, infinite + (ll.stats.mean(row[2]) == 1 and 1 or 0) end
    end
    local penalised, clipped, learnt, constant = {}, {}, true, true
    for i, lambda in ipairs(results.losses.penalised.values.lambda) do
      local of_seed = ratios(over_shifts(results, "penalised", "w", { lambda = lambda }),
        function(s) return s * (1 + s / (2 * lambda)) end)
      learnt = learnt and math.abs(ll.stats.mean(of_seed) - 1) < 0.05
      penalised[i] = string.format("%s at lambda = %g", interval(results, of_seed, "%.3f"), lambda)
    end
    for i, clip in ipairs(results.losses.clipped.values.clip) do
      local of_seed, low, high = ratios(over_shifts(results, "clipped", "w", { clip = clip }), function(s) return s end)
      constant = constant and high / low < 1.1
      clipped[i] = string.format("%s at c = %g, %.3g to %.3g by distance", interval(results, of_seed, "%.3g"), clip, low, high)
    end
    local fine = w < 0.02 and js < 1e-3 and infinite == apart
    return string.format("%s%s: the exact W is the lines' distance to %.4f while JS is ln 2 and KL infinite at %d of %d "
      .. "distances; the penalised critic gives W (1 + W / 2 lambda) times %s, the clipped one W times %s, which %s (95 %% "
      .. "intervals).",
      fine and learnt and "Holds" or "Holds in part", constant and "" or ", but not for clipping", w, infinite, apart,
      table.concat(penalised, " and "), table.concat(clipped, " and "),
      constant and "is W but for a constant" or "is not K W for a K that stays the same"),
      string.format("Where the lines are one, W of the sample is %.4f. JS is ln 2 to %.0e. The values of program and dual "
        .. "agree to %.0e, one f for both sides to %.0e, and sorting on a line to %.0e. W (1 + W / 2 lambda) is "
        .. "what the penalty's maximum is where lines face each other: its bias. The critics are judged on rows that they were "
        .. "not trained on.",
        ll.stats.mean(at_0), math.max(js, 1e-16), math.max(1e-16, worst(results, "gap")),
        math.max(worst(results, "one_function"), worst(results, "too_steep")), worst(results, "sorting"))
  end,

  figures = {
    distances = function(fig, results, plot)
      local function points(rows)
        local out = {}
        for i, row in ipairs(rows) do
          out[i] = { row[1], plot.stats.mean(row[2]), math.min(table.unpack(row[2])), math.max(table.unpack(row[2])) }
        end
        return out
      end
      local function seen(rows) -- on logarithmic axes
        local out = {}
        for _, point in ipairs(points(rows)) do
          if point[1] > 0 then out[#out + 1] = { point[1], math.max(point[2], 1e-6) } end
        end
        return out
      end
      local w, scaled, slope = {}, {}, {}
      local function add(name, style, method, with)
        local rows = over_shifts(results, method, "w", with)
        if method ~= "clipped" then w[#w + 1] = { text = name, points = points(rows), style = style } end
        scaled[#scaled + 1] = { text = name, points = seen(rows), style = style }
        if method ~= "exact" then
          slope[#slope + 1] = { text = name, points = seen(over_shifts(results, method, "slope", with)), style = style }
        end
      end
      add("exact", 1, "exact", {})
      for i, lambda in ipairs(results.losses.penalised.values.lambda) do
        add(string.format("critic, penalty lambda = %g", lambda), 1 + i, "penalised", { lambda = lambda })
      end
      for i, clip in ipairs(results.losses.clipped.values.clip) do
        add(string.format("critic, clipped at %g", clip), 3 + i, "clipped", { clip = clip })
      end
      local top, kl = 1, {}
      for i, row in ipairs(over_shifts(results, "exact", "kl_infinite", {})) do
        local finite = over_shifts(results, "exact", "kl", {})[i]
        kl[i] = { row[1], row[2][1] == 1 and top or finite and plot.stats.mean(finite[2]) }
      end
      return plot.panels(fig, { title = "wasserstein: two lines, the second moved away",
        note = "On rows not trained on; points: mean over seeds, bands: all of them. KL stands at the top where it is infinite.",
        panels = {
          { title = "Wasserstein distance", x = "shift", y = "distance", low = 0, series = w },
          { title = "divergences", x = "shift", y = "nats", low = 0, high = top, series = {
            { text = "JS", points = points(over_shifts(results, "exact", "js", {})), style = 6 },
            { text = "KL", points = kl, style = 7 } } },
          { title = "with clipped critics", x = "shift", y = "distance", logx = true, logy = true, series = scaled },
          { title = "slope of the critic between the lines", x = "shift", y = "norm of its gradient", logx = true, logy = true,
            series = slope } } })
    end,
  },
}
