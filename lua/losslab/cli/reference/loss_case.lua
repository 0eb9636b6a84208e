-- A recorded case of a loss: its value, and its gradient to each input and learnt parameter. A loss of the table needs no code
-- here.
local ll = require "losslab"
local check = require "losslab.check"
local case_of = require "losslab.cli.reference.case"

local losses = {}
for _, name in ipairs(ll.loss.list()) do losses[name] = true end

-- The loss of WGAN-GP's critic by the engine's primitives: its penalty holds a gradient, so its own gradient goes through double
-- backward.
local function wgan_gp_critic_mlp(case)
  local inputs = case.inputs
  local params = case_of.field(case, "params", "table")
  local hidden = case_of.field(params, "hidden", "string", "params")
  local act = ll[check.among("params.hidden: there is no activation", hidden, ll.nn.activations)]
  local W, B, leaves = {}, {}, {}
  for i, w in ipairs(case_of.field(inputs, "W", "table", "inputs")) do
    W[i] = ll.matrix(w):with_grad()
    B[i] = ll.matrix({ case_of.field(inputs, "B", "table", "inputs")[i] }):with_grad()
    leaves[#leaves + 1] = W[i]
  end
  for i in ipairs(B) do leaves[#leaves + 1] = B[i] end
  local function critic(x)
    for i = 1, #W do
      x = ll.linear(x, W[i], B[i])
      if i < #W then x = act(x) end
    end
    return x
  end
  local function rows(name) return ll.matrix(case_of.field(inputs, name, "table", "inputs")) end
  local real, fake, epsilon = rows "real", rows "fake", rows "epsilon"
  local between = (epsilon * real + (1 - epsilon) * fake):detach():with_grad()
  local slope = ll.grad(ll.sum(critic(between)), between, { create_graph = true })
  local penalty = ll.mean(ll.square(ll.row_norms(slope) - 1))
  local loss = ll.mean(critic(fake)) - ll.mean(critic(real)) + case_of.field(params, "lambda", "number", "params") * penalty
  local grads = ll.grad(loss, leaves)
  return loss:item(), { W = { table.unpack(grads, 1, #W) }, B = { table.unpack(grads, #W + 1) } }
end

-- Cases that are computed from several primitives, by name.
local composed = { wgan_gp_critic_mlp = wgan_gp_critic_mlp }

-- A loss of the table: its inputs bear the row's names; everything else that the case gives is a parameter or the history.
local function table_loss(case)
  local row = ll.loss.describe(case.loss)
  local parameters, order, leaves, names = {}, {}, {}, {}
  if case.params ~= nil then
    for name, value in pairs(case_of.field(case, "params", "table")) do parameters[name] = value end
  end
  local others = {}
  for name, value in pairs(case.inputs) do others[name] = value end
  for i, input in ipairs(row.inputs) do
    if input.optional and case.inputs[input.name] == nil then break end
    order[i] = case_of.matrix(case_of.field(case.inputs, input.name, "table number", "inputs"))
    others[input.name] = nil
    if input.role == "matrix" and not row.metric_only then
      leaves[#leaves + 1] = order[i]:with_grad()
      names[#names + 1] = input.name
      case_of.field(case_of.field(case, "grads", "table"), input.name, "table number", "grads")
    end
  end
  local scores, labels = others.prev_scores, others.prev_labels
  others.prev_scores, others.prev_labels = nil, nil
  for name, value in pairs(others) do parameters[name] = value end
  local loss = ll.loss[case.loss](parameters)
  if scores or labels then
    if not scores or not labels then case_of.bad("inputs.prev_scores and inputs.prev_labels go together") end
    loss:history(case_of.matrix(scores), case_of.matrix(labels))
  end
  local value, grads = loss(table.unpack(order)), {}
  if #leaves > 0 then
    local whole = value.rows * value.cols == 1
    for i, gradient in ipairs(ll.grad(value, leaves, not whole and { gradient = ll.ones(value.rows, 1) } or nil)) do
      grads[names[i]] = gradient
    end
  end
  return value.rows * value.cols == 1 and value:item() or value, setmetatable(grads, {
    __index = function(_, name) return loss[name .. "_grad"] end, -- a parameter's: margin_grad
  })
end

return function(case, report)
  local name = case_of.field(case, "loss", "string")
  if not composed[name] and not losses[name] then return report:unknown("there is no loss", name, ll.loss.list()) end
  case_of.only(case, { "loss", "params", "inputs", "value", "grads" })
  case_of.field(case, "inputs", "table")
  local want = case_of.field(case, "value", "number table")
  local entry = report:entry(name)
  report:try(entry, function(where)
    local value, grads = (composed[name] or table_loss)(case)
    local most = 0
    for _, gradient in pairs(case.grads or {}) do most = math.max(most, case_of.largest(case_of.flat(gradient))) end
    case_of.compare(entry, where, "value", value, want, case_of.floor * most)
    for _, of in ipairs(check.keys(case.grads or {})) do
      local got = grads[of] or error("it has no gradient with respect to " .. of, 0)
      case_of.compare(entry, where, "gradient of " .. of, got, composed[name] and case.grads[of] or case_of.stacked(case.grads[of]))
    end
  end)
end
