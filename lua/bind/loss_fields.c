/* The parameters and fields of a loss in Lua: loss.margin, loss.learnt, loss:params(), and how it prints. */
#include <string.h>

#include "lua/bind/loss.h"

/** loss:params() -> { name = value, … }
 * Every parameter of the loss with its value, as it was made.
 * What is learnt on the way stands in the fields of the loss, as loss.margin.
 * See: ll.loss.describe, loss.margin
 * Example:
 *   ll.loss.hinge { margin = 0.5 }:params().margin   --> 0.5
 */
int bind_loss_params(lua_State *L) {
  ll_loss *loss = bind_loss(L);
  const ll_param_table *table = &loss->desc->params;
  lua_createtable(L, 0, (int)table->count);
  for (size_t i = 0; i < table->count; i++) {
    bind_push_param(L, &table->params[i], loss->params[i]);
    lua_setfield(L, -2, table->params[i].name);
  }
  return 1;
}

static const char *const reductions[] = {"mean", "sum", "none"};

void bind_loss_push_learnt(lua_State *L, const ll_loss_desc *desc) {
  lua_createtable(L, (int)desc->n_learnt, 0);
  for (size_t i = 0; i < desc->n_learnt; i++) {
    const ll_learnt *l = &desc->learnt[i];
    lua_createtable(L, 0, 6);
    lua_pushstring(L, l->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, l->symbol), lua_setfield(L, -2, "symbol");
    lua_pushstring(L, l->start), lua_setfield(L, -2, "start");
    lua_pushstring(L, l->rate), lua_setfield(L, -2, "rate");
    if (l->input) {
      lua_pushinteger(L, (lua_Integer)l->input), lua_setfield(L, -2, "input");
      lua_pushinteger(L, (lua_Integer)l->element + 1), lua_setfield(L, -2, "element");
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* The place of the learnt number that field names (its own, or name_grad), of those that the loss holds; n_learnt if there is none.
 */
static size_t learnt_place(const ll_loss_desc *desc, const char *field, bool *gradient) {
  size_t i = 0;
  for (; i < desc->n_learnt; i++) {
    size_t n = strlen(desc->learnt[i].name);
    *gradient = strncmp(field, desc->learnt[i].name, n) == 0 && strcmp(field + n, "_grad") == 0;
    if (!desc->learnt[i].input && (*gradient || strcmp(field, desc->learnt[i].name) == 0)) break;
  }
  return i;
}

/** loss.margin -> number
 * A parameter by its name, here margin; of what the loss learns the value that it has now.
 * Only what is learnt can be set (adaptive_rank's margin), to a number from the range of its row, as when a run is taken up
 * again; other parameters need a new loss.
 * Errors: setting anything else.
 * See: loss:params, loss.learnt
 * Example:
 *   local loss = ll.loss.adaptive_rank { margin = 0.2, margin_lr = 0.1 }
 *   loss.margin = 0.3
 *   loss.margin   --> 0.3
 *   ll.loss.hinge { margin = 0.5 }.margin   --> 0.5
 */
/** loss.margin_grad -> number
 * The gradient that the last batch gave a number that the loss learns, here margin.
 * See: loss.margin
 */
/** loss.learnt -> table
 * What the loss learns, as its row says it.
 * A list of { name, symbol, start, rate, input, element }.
 * start and rate name the parameters that hold its first value and its learning rate. input and element, from 1, are there
 * where the number is an element of an input, which an optimizer moves, and not of the loss.
 * Example:
 *   ll.loss.adaptive_rank().learnt[1].name   --> margin
 */
/** loss.remembers -> boolean
 * Whether the loss has a history, and so wants loss:first_history and loss:end_epoch.
 * Example:
 *   ll.loss.adaptive_rank().remembers, ll.loss.hinge().remembers   --> true false
 */
/** loss.history_rows -> integer
 * How many rows the history has; nil for a loss without one.
 * See: loss:first_history
 */
/** loss.zero_rows -> integer
 * How many rows without a direction loss:batch has met; of a loss of cosines only, else nil.
 * See: loss:batch
 */
/** loss.name -> string
 * The name of the loss, as in ll.loss.NAME.
 * Example:
 *   ll.loss.hinge().name   --> hinge
 */
/** loss.output -> string
 * The activation that the scores should have passed: "identity" or "sigmoid".
 * Example:
 *   ll.loss.adaptive_rank().output   --> sigmoid
 */
/** loss.reduction -> string
 * What becomes of the values of the rows: "mean", "sum" or "none".
 * Set when the loss is made, as ll.loss.hinge { reduction = "none" }, for losses whose rows are independent.
 * Example:
 *   ll.loss.hinge { reduction = "sum" }.reduction   --> sum
 */
/** loss.label_smoothing -> number
 * With what probability a row's label counts as replaced by a class drawn uniformly (0).
 * Set when the loss is made, as ll.loss.softmax { label_smoothing = 0.1 }, for losses over scores and binary labels, or over logits
 * and classes. A row costs (1 - epsilon) loss(f, y) + epsilon / k × the sum of loss(f, c) over the k classes c.
 * See: study.train.label_smoothing
 * Example:
 *   local loss = ll.loss.hinge { label_smoothing = 0.1 }
 *   loss.label_smoothing   --> 0.1
 *   loss(ll.matrix { { 2 } }, ll.matrix { { 1 } }):item()   --> 0.15
 */
/** loss.pos_weight -> number
 * By what the values of positive rows are multiplied (1). Set when the loss is made, as ll.loss.hinge { pos_weight = 3 }.
 * See: study.compare.pos_weight, loss
 * Example:
 *   ll.loss.hinge { pos_weight = 3 }.pos_weight   --> 3.0
 */
/** loss.class_weights -> array or nil
 * How much a row of each class counts; nil where all count alike. Set when the loss is made.
 * See: study.compare.class_weights, loss
 * Example:
 *   ll.loss.hinge { class_weights = { 1, 3 } }.class_weights[2]   --> 3.0
 */
/* The weights of classes as an array, or nil. */
static void push_class_weights(lua_State *L, const ll_loss *loss) {
  size_t n;
  const double *weights = ll_loss_class_weights(loss, &n);
  lua_pushnil(L);
  if (!weights) return;
  lua_pop(L, 1);
  lua_createtable(L, (int)n, 0);
  for (size_t k = 0; k < n; k++) lua_pushnumber(L, weights[k]), lua_rawseti(L, -2, (lua_Integer)k + 1);
}

/* Whether another loss has the field, so that what is written for several may ask for it. */
static bool of_another(const char *field) {
  bool gradient = false;
  if (strcmp(field, "zero_rows") == 0 || strcmp(field, "history_rows") == 0) return true;
  for (size_t i = 0; i < ll_loss_count; i++) {
    const ll_loss_desc *desc = ll_losses[i];
    if (learnt_place(desc, field, &gradient) < desc->n_learnt) return true;
    for (size_t k = 0; k < desc->params.count; k++)
      if (strcmp(desc->params.params[k].name, field) == 0) return true;
  }
  return false;
}

/* A misspelt field is an error. One that is far from all is nil: a script's own loss, which hands on to this one what it lacks
 * (__index), asks for fields of its own. */
static int unknown_field(lua_State *L, const ll_loss_desc *desc, const char *field) {
  if (of_another(field)) return 0;
  if (strcmp(field, "backward") == 0)
    return luaL_error(L, "%s has no \"backward\"; its value has: loss(net(x), y):backward()", desc->name);
  lua_newtable(L);
  for (const char *const *name = (const char *const[]){"learnt", "remembers", "name", "output", "reduction", "label_smoothing",
                                                       "pos_weight", "class_weights", NULL};
       *name; name++)
    lua_pushboolean(L, true), lua_setfield(L, -2, *name);
  for (size_t i = 0; i < desc->params.count; i++) lua_pushboolean(L, true), lua_setfield(L, -2, desc->params.params[i].name);
  for (size_t i = 0; i < desc->n_learnt; i++) lua_pushboolean(L, true), lua_setfield(L, -2, desc->learnt[i].name);
  luaL_getmetafield(L, 1, "methods");
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_settable(L, -5);
  }
  lua_pop(L, 1);
  return bind_is_near(L, field, -1) ? bind_unknown(L, desc->name, field, -1) : 0;
}

int bind_loss_index(lua_State *L) {
  if (bind_method(L)) return 1;
  ll_loss *loss = bind_loss(L);
  const ll_loss_desc *desc = loss->desc;
  const char *field = bind_string(L, 2, "a loss", "the field");
  bool gradient = false;
  size_t place = learnt_place(desc, field, &gradient);
  if (place < desc->n_learnt) return lua_pushnumber(L, gradient ? loss->learnt_grads[place] : loss->learnt[place]), 1;
  if (strcmp(field, "learnt") == 0) return bind_loss_push_learnt(L, desc), 1;
  if (desc->of_cosines && strcmp(field, "zero_rows") == 0) return lua_pushinteger(L, (lua_Integer)loss->zero_rows), 1;
  if (strcmp(field, "remembers") == 0) return lua_pushboolean(L, desc->history != NULL), 1;
  if (desc->history && strcmp(field, "history_rows") == 0) return lua_pushinteger(L, (lua_Integer)ll_loss_history_rows(loss)), 1;
  const ll_param_table *table = &loss->desc->params;
  for (size_t i = 0; i < table->count; i++)
    if (strcmp(table->params[i].name, field) == 0) {
      bind_push_param(L, &table->params[i], loss->params[i]);
      return 1;
    }
  if (strcmp(field, "name") == 0) lua_pushstring(L, loss->desc->name);
  else if (strcmp(field, "output") == 0) lua_pushstring(L, loss->desc->output);
  else if (strcmp(field, "reduction") == 0) lua_pushstring(L, reductions[loss->reduction]);
  else if (strcmp(field, "label_smoothing") == 0) lua_pushnumber(L, loss->smoothing);
  else if (strcmp(field, "pos_weight") == 0) lua_pushnumber(L, ll_loss_pos_weight(loss));
  else if (strcmp(field, "class_weights") == 0) push_class_weights(L, loss);
  else return unknown_field(L, desc, field);
  return 1;
}

int bind_loss_newindex(lua_State *L) {
  ll_loss *loss = bind_loss(L);
  const char *field = bind_string(L, 2, "a loss", "the field");
  bool gradient = false;
  size_t place = learnt_place(loss->desc, field, &gradient);
  if (place == loss->desc->n_learnt || gradient)
    return luaL_error(L, "%s: \"%s\" cannot be set; make a new loss with other parameters", loss->desc->name, field);
  bind_check(L, ll_loss_set_learnt(bind_ctx(L), loss, place, bind_number(L, 3, loss->desc->name, field)));
  return 0;
}

int bind_loss_tostring(lua_State *L) {
  ll_loss *loss = bind_loss(L);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, loss->desc->name);
  for (size_t i = 0; i < loss->desc->params.count; i++) {
    const ll_param *p = &loss->desc->params.params[i];
    luaL_addstring(&text, i ? ", " : " {");
    luaL_addstring(&text, p->name);
    luaL_addstring(&text, " = ");
    bind_push_param(L, p, loss->params[i]);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&text);
  }
  if (loss->desc->params.count) luaL_addstring(&text, "}");
  if (loss->smoothing > 0) {
    lua_pushfstring(L, ", label_smoothing %f", loss->smoothing);
    luaL_addvalue(&text);
  }
  if (ll_loss_pos_weight(loss) < 1 || ll_loss_pos_weight(loss) > 1) {
    lua_pushfstring(L, ", pos_weight %f", ll_loss_pos_weight(loss));
    luaL_addvalue(&text);
  }
  size_t classes;
  const double *weights = ll_loss_class_weights(loss, &classes);
  for (size_t k = 0; k < classes; k++) {
    lua_pushfstring(L, "%s%f", k ? " " : ", class_weights ", weights[k]);
    luaL_addvalue(&text);
  }
  for (size_t i = 0; i < loss->desc->n_learnt; i++) {
    if (loss->desc->learnt[i].input) continue;
    lua_pushfstring(L, ", %s now %f", loss->desc->learnt[i].name, loss->learnt[i]);
    luaL_addvalue(&text);
  }
  if (loss->desc->history) {
    lua_pushfstring(L, ", history of %I rows", (LUAI_UACINT)ll_loss_history_rows(loss));
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
  return 1;
}
