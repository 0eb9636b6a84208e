/* What the rows of the table of losses say, as Lua tables. */
#include "lua/bind/loss.h"

/** ll.loss.list() -> { name, … }
 * The names of all losses, by family.
 * See: ll.loss.describe
 * Example:
 *   ll.loss.list()[3]   --> hinge
 */
static int loss_list(lua_State *L) {
  lua_createtable(L, (int)ll_loss_count, 0);
  for (size_t i = 0; i < ll_loss_count; i++) lua_pushstring(L, ll_losses[i]->name), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

static void push_weighs(lua_State *L, const ll_loss_desc *desc) {
  static const struct {
    unsigned flag;
    const char *name;
  } weights[] = {{LL_WEIGHS_ROWS, "weights"}, {LL_WEIGHS_POSITIVES, "pos_weight"}, {LL_WEIGHS_CLASSES, "class_weights"}};
  lua_newtable(L);
  for (size_t k = 0; k < LL_ROWS(weights); k++)
    if (ll_loss_weighs(desc) & weights[k].flag)
      lua_pushstring(L, weights[k].name), lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/** ll.loss.describe(name) -> table
 * What the table says of a loss: its formula, inputs, parameters, source.
 * Fields: name, family, summary, formula, gradient, cost, source, note (texts); version, of the formula; output, the activation
 * that scores should have passed ("identity", "sigmoid"); inputs, a list of { name, shape = "n,1", role, optional }; params, a
 * list of { name, kind, default, range, doc, low, high, choices }; learnt, a list of { name, symbol, start, rate, input,
 * element }; weighs, a list of what it takes of "weights", "pos_weight" and "class_weights"; by_row, whether rows are independent;
 * smooths, whether it takes label_smoothing; has_history; metric_only, where there is no gradient; of_cosines; rtol and atol, of
 * its gradient in tests.
 *   name   of a loss
 * Errors: no such name, with the nearest.
 * See: ll.loss.list, loss:params
 * Example:
 *   local hinge = ll.loss.describe "hinge"
 *   hinge.family, hinge.params[1].name, hinge.params[1].default   --> pointwise margin 1
 *   hinge.inputs[2].name, hinge.inputs[2].shape   --> labels n,1
 */
static int loss_describe(lua_State *L) {
  const ll_loss_desc *desc;
  bind_check(L, ll_loss_find(bind_ctx(L), bind_string(L, 1, "ll.loss.describe", "the name"), &desc));
  lua_createtable(L, 0, 12);
  const struct {
    const char *field, *text;
  } words[] = {{"name", desc->name},       {"family", desc->family},     {"summary", desc->summary},
               {"formula", desc->formula}, {"gradient", desc->gradient}, {"cost", desc->cost},
               {"source", desc->source},   {"output", desc->output},     {"note", desc->note}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) lua_pushstring(L, words[i].text), lua_setfield(L, -2, words[i].field);
  lua_pushinteger(L, ll_loss_version(desc)), lua_setfield(L, -2, "version");
  lua_pushnumber(L, desc->rtol), lua_setfield(L, -2, "rtol");
  lua_pushnumber(L, desc->atol), lua_setfield(L, -2, "atol");
  lua_pushboolean(L, desc->by_row), lua_setfield(L, -2, "by_row");
  lua_pushboolean(L, ll_loss_smooths(desc)), lua_setfield(L, -2, "smooths");
  push_weighs(L, desc), lua_setfield(L, -2, "weighs");
  if (desc->of_cosines) lua_pushboolean(L, true), lua_setfield(L, -2, "of_cosines");
  lua_pushboolean(L, desc->metric_only), lua_setfield(L, -2, "metric_only");
  lua_pushboolean(L, desc->history != NULL), lua_setfield(L, -2, "has_history");
  bind_loss_push_learnt(L, desc), lua_setfield(L, -2, "learnt");
  bind_push_params(L, &desc->params), lua_setfield(L, -2, "params");
  bind_push_inputs(L, desc->inputs, desc->n_inputs, desc->n_optional, false);
  lua_setfield(L, -2, "inputs");
  return 1;
}

/* An unknown name raises with the nearest: ll.loss.hing{} raises at once. */
int bind_loss_unknown(lua_State *L) {
  const ll_loss_desc *desc;
  const char *name = bind_string(L, 2, "ll.loss", "a name"), *here = bind_elsewhere(name);
  if (here) return luaL_error(L, "ll.loss has no \"%s\"; here that is %s", name, here);
  bind_check(L, ll_loss_find(bind_ctx(L), name, &desc));
  return 0;
}

const bind_function bind_loss_rows[] = {{"list", loss_list, 0}, {"describe", loss_describe, 1}, {NULL, NULL, 0}};
