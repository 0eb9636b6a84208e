/* Divergences in Lua: a function for each row of the table, ll.divergence.kl(p, q), with the row's parameters and optional inputs
 * as named fields of a last table; a bare number there is the first parameter. The value is a number, or, where an input asks for
 * a gradient, a matrix 1×1. Rows that transport by a cost also give the plan, the potentials u and v, and a report. */
#include <string.h>

#include "lua/bind/bind.h"

static const char *const incomplete_word = "incomplete";

typedef struct arguments {
  const ll_divergence_desc *desc;
  ll_node *inputs[LL_MAX_INPUTS];
  size_t required;
  double params[LL_MAX_PARAMS];
  bool incomplete; /* a result that did not converge is taken as it is */
  bool iterates;
} arguments;

static void read_options(lua_State *L, int index, arguments *a) {
  const ll_divergence_desc *d = a->desc;
  const char *skip[LL_MAX_INPUTS + 2], *names[LL_MAX_INPUTS + LL_MAX_PARAMS + 2];
  size_t skipped = 0;
  if (lua_type(L, index) == LUA_TNUMBER && d->params.count > 0) {
    bind_check(L, ll_params_set_number(bind_ctx(L), &d->params, a->params, d->params.params[0].name, lua_tonumber(L, index)));
    return;
  }
  for (size_t i = a->required; i < d->n_inputs; i++) skip[skipped++] = d->inputs[i].name;
  if (a->iterates) skip[skipped++] = incomplete_word;
  skip[skipped] = NULL;
  for (size_t i = 0; i < d->params.count; i++) names[i] = d->params.params[i].name;
  memcpy(names + d->params.count, skip, (skipped + 1) * sizeof *skip);
  if (names[0]) bind_options(L, index, d->name, names); /* the nearest of all names, parameter or not */
  bind_params(L, index, &d->params, a->params, skip);
  if (a->iterates) a->incomplete = bind_opt_boolean(L, index, d->name, incomplete_word, false);
  for (size_t i = a->required; i < d->n_inputs && lua_istable(L, index); i++)
    if (lua_getfield(L, index, d->inputs[i].name) != LUA_TNIL)
      a->inputs[i] = bind_node(L, lua_gettop(L), d->name, d->inputs[i].name); /* the stack keeps it */
}

static void read_arguments(lua_State *L, arguments *a) {
  const ll_divergence_desc *d = a->desc;
  a->required = d->n_inputs - d->n_optional;
  for (size_t i = 0; i < d->params.count; i++) a->iterates = a->iterates || strcmp(d->params.params[i].name, "iterations") == 0;
  int most = (int)a->required + 1, given = lua_gettop(L);
  if (given > most) luaL_error(L, "%s takes %d inputs and a table of options; %d arguments were given", d->name, most - 1, given);
  lua_settop(L, most);
  ll_params_default(&d->params, a->params);
  for (int i = 0; i + 1 < most; i++) {
    if (lua_isnoneornil(L, i + 1))
      luaL_error(L, "%s: input %d, %s (%s), is missing", d->name, i + 1, d->inputs[i].name, d->inputs[i].shape);
    a->inputs[i] = bind_node(L, i + 1, d->name, d->inputs[i].name);
  }
  read_options(L, most, a);
}

static void push_report(lua_State *L, const arguments *a, const ll_transport_report *report) {
  lua_createtable(L, 0, 5);
  if (a->desc->has_plan) lua_pushnumber(L, report->dual), lua_setfield(L, -2, "dual");
  lua_pushnumber(L, report->transport), lua_setfield(L, -2, "transport");
  lua_pushnumber(L, report->error), lua_setfield(L, -2, a->iterates ? "error" : "gap");
  lua_pushinteger(L, (lua_Integer)report->iterations), lua_setfield(L, -2, "iterations");
  lua_pushboolean(L, report->converged), lua_setfield(L, -2, "converged");
}

static bool wants_gradient(lua_State *L, const arguments *a) {
  for (size_t i = 0; i < a->desc->n_inputs; i++)
    if (a->inputs[i] && a->inputs[i]->requires_grad) return ll_recording_is_on(bind_ctx(L));
  return false;
}

static int divergence_call(lua_State *L) {
  arguments a = {.desc = lua_touserdata(L, lua_upvalueindex(1))};
  ll_ctx *ctx = bind_ctx(L);
  ll_matrix parts[3] = {{0}}; /* plan, u, v */
  ll_divergence_call call = {0};
  ll_node *value = NULL, *nodes[3] = {NULL};
  ll_status status;
  read_arguments(L, &a);
  if (a.desc->has_plan) {
    size_t n = a.inputs[2]->value.rows, m = a.inputs[2]->value.cols;
    LL_GOTO(fail, ll_matrix_new(ctx, n, m, &parts[0]));
    LL_GOTO(fail, ll_matrix_new(ctx, n, 1, &parts[1]));
    LL_GOTO(fail, ll_matrix_new(ctx, m, 1, &parts[2]));
    call.plan = &parts[0], call.u = &parts[1], call.v = &parts[2];
  }
  LL_GOTO(fail, ll_divergence_apply(ctx, a.desc, a.params, a.inputs, a.desc->n_inputs, &call, &value));
  if (!call.report.converged && !a.incomplete) {
    (void)ll_fail(
        ctx, LL_ERR_NUMBER,
        "%s did not converge: its marginals are off by %.3g after %zu passes; allow more iterations or a larger epsilon or "
        "tolerance, or take it so with incomplete = true",
        a.desc->name, call.report.error, call.report.iterations);
    goto fail;
  }
  for (int i = 0; i < 3 && a.desc->has_plan; i++) LL_GOTO(fail, ll_node_new(ctx, &parts[i], false, &nodes[i]));
  int before = lua_gettop(L);
  luaL_checkstack(L, 16, NULL);
  if (wants_gradient(L, &a)) bind_push_node(L, value);
  else ll_node_release(ctx, value), lua_pushnumber(L, call.value);
  if (!a.desc->has_plan && !a.iterates) return 1;
  for (int i = 0; i < 3 && a.desc->has_plan; i++) bind_push_node(L, nodes[i]);
  push_report(L, &a, &call.report);
  return lua_gettop(L) - before;
fail:
  ll_node_release(ctx, value);
  for (int i = 0; i < 3; i++) ll_node_release(ctx, nodes[i]), ll_matrix_release(ctx, &parts[i]);
  return bind_raise(L);
}

/** ll.divergence.list() -> table
 * The names of the divergences.
 * See: ll.divergence.describe, ll.divergence
 * Example:
 *   ll.divergence.list()[1]   --> kl
 */
static int divergence_list(lua_State *L) {
  lua_createtable(L, (int)ll_divergence_count, 0);
  for (size_t i = 0; i < ll_divergence_count; i++)
    lua_pushstring(L, ll_divergences[i]->name), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

/** ll.divergence.describe(name) -> table
 * What is known of a divergence: its formula, parameters, inputs, and which axioms of a metric hold.
 * The fields are those of ll.loss.describe, with metric and axioms as in ll.distance.describe; an input that is given among the
 * options is called named.
 *   name   one of ll.divergence.list()
 * Errors: a name that is none, with the nearest.
 * See: ll.divergence.list, ll.loss.describe, ll.distance.describe
 * Example:
 *   local d = ll.divergence.describe "kl"
 *   d.name, #d.inputs, d.axioms.symmetric   --> kl 2 false
 */
static int divergence_describe(lua_State *L) {
  const ll_divergence_desc *d;
  bind_check(L, ll_divergence_find(bind_ctx(L), bind_string(L, 1, "ll.divergence.describe", "the name"), &d));
  lua_createtable(L, 0, 16);
  lua_pushinteger(L, d->version ? d->version : 1), lua_setfield(L, -2, "version");
  const struct {
    const char *field, *text;
  } words[] = {{"name", d->name},         {"family", d->family}, {"summary", d->summary}, {"formula", d->formula},
               {"gradient", d->gradient}, {"cost", d->cost},     {"source", d->source},   {"output", ""}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) lua_pushstring(L, words[i].text), lua_setfield(L, -2, words[i].field);
  lua_pushnumber(L, d->rtol), lua_setfield(L, -2, "rtol");
  lua_pushnumber(L, d->atol), lua_setfield(L, -2, "atol");
  lua_pushboolean(L, false), lua_setfield(L, -2, "by_row");
  lua_pushboolean(L, false), lua_setfield(L, -2, "smooths");
  lua_pushboolean(L, false), lua_setfield(L, -2, "metric_only");
  lua_pushboolean(L, false), lua_setfield(L, -2, "has_history");
  lua_newtable(L), lua_setfield(L, -2, "learnt");
  lua_newtable(L), lua_setfield(L, -2, "weighs");
  bind_push_axioms(L, &d->axioms);
  bind_push_params(L, &d->params), lua_setfield(L, -2, "params");
  bind_push_inputs(L, d->inputs, d->n_inputs, d->n_optional, true);
  lua_setfield(L, -2, "inputs");
  return 1;
}

/** ll.divergence.optimal_discriminator(p, q) -> matrix
 * The best discriminator where real rows have density p and generated ones q.
 * It is p / (p + q), elementwise, and 1/2 where both are 0. Goodfellow et al. 2014, proposition 1. No gradient passes.
 *   p   a matrix of numbers >= 0
 *   q   one of the same shape
 * Errors: shapes that differ; a number below 0.
 * See: ll.divergence.js, ll.loss.gan_discriminator
 * Example:
 *   ll.divergence.optimal_discriminator({ 0.5, 0.5 }, { 0.5, 0 }):table()   --> { 0.5, 1 }
 */
static int optimal_discriminator(lua_State *L) {
  lua_settop(L, 2);
  const ll_matrix *p = bind_matrix(L, 1, "optimal_discriminator", "p"), *q = bind_matrix(L, 2, "optimal_discriminator", "q");
  ll_matrix out;
  bind_check(L, ll_optimal_discriminator(bind_ctx(L), p, q, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/* ll.divergence.NAME for a name that is none: an error that says so, rather than a call of nil. */
static int module_index(lua_State *L) {
  const ll_divergence_desc *ignored;
  bind_check(L, ll_divergence_find(bind_ctx(L), bind_string(L, 2, "ll.divergence", "a name"), &ignored));
  lua_pushnil(L);
  return 1;
}

/** ll.divergence
 * Divergences and transport distances between two distributions.
 * Called as ll.divergence.kl(p, q [, options]); p and q are columns (or rows) of probabilities, n places each. The value is a
 * number, or, where an input wants a gradient, a matrix 1×1 to call backward of. Those that transport by a cost take it third,
 * n×m, and also give the plan n×m, the dual potentials and a report.
 *   ...          the divergence's own parameters, by name; a bare number is the first of them
 *   incomplete   of those that iterate: true: take a result that did not converge as it is (false)
 * Errors: what is no distribution, with its sum or first bad place; an iteration that did not converge; an option that is none.
 * See: ll.divergence.list, ll.divergence.describe, ll.transport.cost, ll.distance
 * Example:
 *   ll.divergence.kl({ 0.5, 0.5 }, { 0.9, 0.1 })   --> 0.510826
 *   local cost = ll.transport.cost({ { 0 }, { 1 } }, { { 1 }, { 2 } })
 *   local value, plan = ll.divergence.wasserstein({ 0.5, 0.5 }, { 0.5, 0.5 }, cost)
 *   value, plan:get(1, 1)                          --> 1 0.5
 */
int bind_open_divergence(lua_State *L) {
  static const bind_function functions[] = {{"list", divergence_list, 0},
                                            {"describe", divergence_describe, 1},
                                            {"optimal_discriminator", optimal_discriminator, 2},
                                            {NULL, NULL, 0}};
  bind_module(L, functions);
  for (size_t i = 0; i < ll_divergence_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_divergences[i]);
    lua_pushcclosure(L, divergence_call, 1);
    lua_setfield(L, -2, ll_divergences[i]->name);
  }
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, module_index);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}

/** ll.transport.cost(x, y [, { p = 2 }]) -> matrix
 * What it costs to move each point of x to each of y, n×m: their Euclidean distance to the power p. Gradients pass to both.
 *   x   n×d, a point a row
 *   y   m×d
 *   p   a number >= 1; may also be given bare, as cost(x, y, 1) (2)
 * Errors: a p below 1; points of different dimensions; an option that is none.
 * See: ll.divergence.wasserstein, ll.divergence.sinkhorn, ll.squared_distances
 * Example:
 *   ll.transport.cost({ { 0 }, { 1 } }, { { 0 }, { 3 } }):table()             --> { { 0, 9 }, { 1, 4 } }
 *   ll.transport.cost({ { 0 }, { 1 } }, { { 0 }, { 3 } }, { p = 1 }):table()   --> { { 0, 3 }, { 1, 2 } }
 */
static int transport_cost(lua_State *L) {
  static const char *const names[] = {"p", NULL};
  lua_settop(L, 3);
  ll_node *x = bind_node(L, 1, "cost", "x"), *y = bind_node(L, 2, "cost", "y"), *out;
  double power = 2;
  if (lua_type(L, 3) == LUA_TNUMBER) power = lua_tonumber(L, 3);
  else bind_options(L, 3, "cost", names), power = bind_opt_number(L, 3, "cost", "p", 2);
  bind_check(L, ll_transport_cost(bind_ctx(L), x, y, power, &out));
  bind_push_node(L, out);
  return 1;
}

/** ll.transport
 * Costs between points, for the transport distances of ll.divergence.
 * See: ll.transport.cost, ll.divergence
 * Example:
 *   ll.transport.cost({ { 0 }, { 1 } }, { { 2 } }):table()   --> { 4, 1 }
 */
int bind_open_transport(lua_State *L) {
  static const bind_function functions[] = {{"cost", transport_cost, 3}, {NULL, NULL, 0}};
  bind_module(L, functions);
  return 1;
}
