/* Losses in Lua: ll.loss.hinge{margin = 0.5} gives an object that is called with the row's inputs. Everything comes from
 * the rows of the table. */
#include <string.h>

#include "lua/bind/loss.h"
#include "lua/bind/state.h"

static int loss_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_LOSS);
  ll_loss *loss = *slot;
  *slot = NULL;
  ll_loss_release(bind_ctx(L), loss);
  return 0;
}

/** loss(scores, labels [, { weights = w }]) -> matrix
 * A loss with its parameters: called with its inputs it gives a value, 1x1, that backward goes through.
 * ll.loss.NAME{…} makes one. What it is called with is the inputs of its row, most often scores (n,1) and labels (n,1), 0 and 1
 * or -1 and 1; ll.loss.describe names them and their shapes. The value is the mean over rows or pairs; a loss whose rows are
 * independent takes reduction = "sum" or "none" beside its parameters, and one of a row and its class label_smoothing. Value and
 * gradient are computed in one pass.
 * weights, a column (n,1) of numbers >= 0, say how much each row counts: the mean is then sum w v / sum w. A loss over pairs of
 * rows takes them, too: a pair counts as much as their product. A loss of rows with a class takes class_weights = { … } beside
 * its parameters, one a class (of binary labels: of negatives, of positives), by whose sum it is divided as well; and one of
 * binary labels pos_weight = p, by which the values of positive rows are multiplied, which the divisor does not know.
 * ll.loss.describe(name).weighs says which.
 * Errors: an input too few or too many, of another shape, with NaN or infinity; a label that is none. The message names the
 * input and the row. Weights where the loss takes none.
 * See: ll.loss, loss:batch, ll.risk
 * Example:
 *   local loss = ll.loss.hinge { margin = 1 }
 *   local scores = ll.matrix { { 2 }, { 0.5 } }:with_grad()
 *   local value = loss(scores, ll.matrix { { 1 }, { 0 } })
 *   value:item()   --> 0.75
 *   value:backward()
 *   scores.grad:get(2, 1)   --> 0.5
 *   loss(scores, { 1, 0 }, { weights = { 2, 1 } }):item()   --> 0.5
 *   ll.loss.hinge { pos_weight = 3 }({ 0, 0 }, { 1, 0 }):item()   --> 2
 */
ll_loss *bind_loss(lua_State *L) { return bind_get(L, 1, BIND_LOSS); }

/* pos_weight and class_weights of the table at 1, which the loss refuses if it has no use for them. */
static void set_weights(lua_State *L, ll_loss *loss) {
  ll_ctx *ctx = bind_ctx(L);
  const char *name = loss->desc->name;
  if (!lua_istable(L, 1)) return;
  if (lua_getfield(L, 1, "pos_weight") != LUA_TNIL)
    bind_check(L, ll_loss_set_pos_weight(ctx, loss, bind_number(L, lua_gettop(L), name, "pos_weight")));
  lua_pop(L, 1);
  if (lua_getfield(L, 1, "class_weights") != LUA_TNIL) {
    int list = lua_gettop(L);
    bind_table(L, list, name, "class_weights");
    size_t n = lua_rawlen(L, list);
    double *weights = lua_newuserdatauv(L, (n + 1) * sizeof *weights, 0);
    for (size_t k = 0; k < n; k++) {
      lua_rawgeti(L, list, (lua_Integer)k + 1);
      weights[k] = bind_number(L, lua_gettop(L), name, "a number of class_weights");
      lua_pop(L, 1);
    }
    bind_check(L, ll_loss_set_class_weights(ctx, loss, weights, n));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* NAME{parameters, reduction}: the row is the upvalue. */
static int loss_make(lua_State *L) {
  static const char *const apart[] = {"pos_weight", "class_weights", "reduction", "label_smoothing", NULL};
  const ll_loss_desc *desc = lua_touserdata(L, lua_upvalueindex(1));
  ll_ctx *ctx = bind_ctx(L);
  if (lua_isuserdata(L, 1) || lua_gettop(L) > 1) {
    lua_pushfstring(L, "%s(%s", desc->name, desc->inputs[0].name);
    for (size_t i = 1; i < desc->n_inputs - desc->n_optional; i++)
      lua_pushfstring(L, ", %s", desc->inputs[i].name), lua_concat(L, 2);
    const char *call = lua_tostring(L, -1); /* before bind_shown, which pushes a text, too */
    return luaL_error(L, "%s was called with %s: make the loss first, with its parameters or none, then call it: ll.loss.%s{}%s)",
                      desc->name, bind_shown(L, 1), desc->name, call + strlen(desc->name));
  }
  lua_settop(L, 1);
  void **slot = bind_new(L, BIND_LOSS);
  ll_loss *loss;
  bind_check(L, ll_loss_new(ctx, desc, &loss));
  *slot = loss;
  const char *reduction = bind_opt_string(L, 1, desc->name, "reduction", NULL);
  if (reduction) bind_check(L, ll_loss_set_reduction(ctx, loss, reduction));
  set_weights(L, loss);
  bind_params(L, 1, &desc->params, loss->params, desc->by_row ? apart : NULL);
  if (lua_istable(L, 1) && lua_getfield(L, 1, "label_smoothing") != LUA_TNIL)
    bind_check(L, ll_loss_set_smoothing(ctx, loss, bind_number(L, -1, desc->name, "label_smoothing")));
  lua_settop(L, 2);
  bind_check(L, ll_loss_start(ctx, loss));
  return 1;
}

/* Input i of the row: argument i + 2. An argument too many is refused by the call. */
static ll_node *input_at(lua_State *L, const ll_loss_desc *desc, size_t i) {
  return bind_input(L, (int)i + 2, desc->name,
                    i < desc->n_inputs ? &desc->inputs[i] : &(ll_input){"an argument too many", "*", LL_INPUT_MATRIX});
}

/* What a loss without a history is to be given, when. */
static int no_history(lua_State *L, const ll_loss *loss) {
  bool fresh = ll_loss_wants_history(loss);
  return luaL_error(L, "%s: call loss:first_history(ll.no_grad(net, train.x), train.y) before the first epoch, and %s",
                    ll_message(bind_ctx(L)),
                    fresh ? "loss:history(ll.no_grad(net, train.x), train.y) at the end of each, in place of loss:end_epoch()"
                          : "loss:end_epoch() at the end of each");
}

void bind_loss_check(lua_State *L, const ll_loss *loss, ll_status status) {
  if (status == LL_ERR_HISTORY) no_history(L, loss);
  bind_check(L, status);
}

const ll_matrix *bind_loss_weights(lua_State *L, const char *who, int *inputs) {
  static const char *const names[] = {"weights", NULL};
  int last = lua_gettop(L);
  if (last < 3 || !lua_istable(L, last) || lua_rawlen(L, last) > 0) return NULL; /* an input may be an array */
  lua_pushnil(L);
  if (!lua_next(L, last)) return NULL;
  lua_pop(L, 2);
  bind_options(L, last, who, names);
  lua_getfield(L, last, "weights");
  --*inputs;
  return bind_matrix(L, lua_gettop(L), who, "weights");
}

/* The inputs from argument 2 on through ll_loss_apply_weighed or ll_loss_batch_weighed. */
static int evaluate(lua_State *L, ll_status (*how)(ll_ctx *, ll_loss *, ll_node *const *, size_t, const ll_matrix *, ll_node **)) {
  ll_loss *loss = bind_loss(L);
  int n = lua_gettop(L) - 1;
  const ll_matrix *weights = bind_loss_weights(L, loss->desc->name, &n);
  ll_node *inputs[LL_MAX_INPUTS], *out;
  if (n > LL_MAX_INPUTS) n = LL_MAX_INPUTS + 1;
  for (int i = 0; i < n && i < LL_MAX_INPUTS; i++) inputs[i] = input_at(L, loss->desc, (size_t)i);
  ll_status status = how(bind_ctx(L), loss, inputs, (size_t)n, weights, &out);
  if (status == LL_ERR_EMPTY)
    return luaL_error(L, "%s; loss:batch(…), for batches of training, gives false here", ll_message(bind_ctx(L)));
  bind_loss_check(L, loss, status);
  bind_state *state = bind_state_get(L);
  bind_remark(state, loss);
  if (!out || ll_loss_is_empty(out)) state->empty++;
  else state->compared++;
  if (out) bind_push_node(L, out);
  else lua_pushboolean(L, false); /* which a loss in Lua may hand on */
  return 1;
}

/* loss(scores, labels), or whatever the row's inputs are. */
static int loss_call(lua_State *L) { return evaluate(L, ll_loss_apply_weighed); }

/** loss:batch(scores, labels [, { weights = w }]) -> matrix, or false
 * The value for a batch of training, or false if the batch holds nothing that the loss compares.
 * Inputs as of a call of the loss. A batch of one class alone has no pairs for a ranking loss: take no step then. A loss that
 * remembers takes note of such a batch all the same. Of a loss of cosines a row of zeros, an error in a call, has cosine 0 with
 * all others here, and is counted in loss.zero_rows.
 * Errors: as of a call of the loss, but for a batch in which nothing is compared.
 * See: loss, ll.loss.is_empty, ll.loss.counts
 * Example:
 *   local loss = ll.loss.pair_hinge()
 *   local scores = ll.matrix { { 1 }, { 0.5 } }
 *   loss:batch(scores, ll.matrix { { 1 }, { 1 } })   --> false
 *   loss:batch(scores, ll.matrix { { 1 }, { 0 } }):item()   --> 0.5
 */
static int loss_batch(lua_State *L) { return evaluate(L, ll_loss_batch_weighed); }

/** ll.loss.is_empty(value) -> boolean
 * Whether this is the value of a loss that met nothing to compare.
 * False once backward went through it, and for any other matrix.
 *   value   a matrix, as a loss gives it
 * See: loss:batch
 * Example:
 *   local scores = ll.matrix { { 1 } }:with_grad()
 *   ll.loss.is_empty(ll.loss.pair_hinge()(scores, ll.matrix { { 1 } }))   --> true
 *   ll.loss.is_empty(ll.loss.hinge()(scores, ll.matrix { { 1 } }))   --> false
 */
static int loss_is_empty(lua_State *L) {
  lua_pushboolean(L, ll_loss_is_empty(bind_node(L, 1, "is_empty", "the value")));
  return 1;
}

/** ll.loss.counts() -> compared, empty
 * How many evaluations of losses compared something, and how many met nothing to compare.
 * Of all losses, since the program began.
 * See: ll.loss.is_empty
 * Example:
 *   local compared, empty = ll.loss.counts()
 *   ll.loss.hinge()(ll.zeros(1, 1), ll.ones(1, 1)):item()   --> 1
 *   (ll.loss.counts()) - compared   --> 1
 */
static int loss_counts(lua_State *L) {
  const bind_state *state = bind_state_get(L);
  lua_pushinteger(L, (lua_Integer)state->compared);
  lua_pushinteger(L, (lua_Integer)state->empty);
  return 2;
}

/** loss:end_epoch()
 * Ends an epoch of training: what a loss with a history met in it becomes its history.
 * To be called after the last batch of each epoch; no effect on a loss that remembers nothing. Where loss:wants_history() is
 * true, loss:history takes its place.
 * See: loss:history, loss:first_history, loss.remembers
 * Example:
 *   local loss = ll.loss.adaptive_rank { margin = 0.2 }
 *   local labels = ll.matrix { { 1 }, { 0 } }
 *   local scores = ll.matrix { { 0.9 }, { 0.2 } }:with_grad()
 *   loss:first_history(scores, labels)
 *   loss(scores, labels):backward()
 *   loss:end_epoch()
 *   loss.history_rows   --> 2
 */
static int loss_end_epoch(lua_State *L) {
  bind_check(L, ll_loss_end_epoch(bind_ctx(L), bind_loss(L)));
  return 0;
}

/* The row's inputs from argument 2 on, as a history takes them. */
static void check_inputs(lua_State *L, const ll_loss *loss, ll_matrix *inputs) {
  for (size_t i = 0; i < loss->desc->n_inputs; i++) inputs[i] = input_at(L, loss->desc, i)->value;
}

/* Raises where there are more arguments than the loss, its inputs and so many after them. */
static void check_count(lua_State *L, const ll_loss *loss, const char *who, int after) {
  int most = (int)loss->desc->n_inputs + 1 + after;
  if (lua_gettop(L) > most)
    luaL_error(L, "%s: %s takes at most %d arguments, not %d", loss->desc->name, who, most - 1, lua_gettop(L) - 1);
}

/** loss:history(scores, labels) -> loss
 * Replaces the history by these inputs, as those of the previous epoch.
 * Inputs are those of a call of the loss; they are copied. Inputs without rows empty the history. To be called at the end of
 * each epoch, with the outputs for all training rows, where loss:wants_history() is true.
 * Errors: a loss without a history; inputs as of a call of the loss.
 * See: loss:first_history, loss:end_epoch
 * Example:
 *   local loss = ll.loss.adaptive_rank { history = "fresh" }
 *   local scores, labels = ll.matrix { { 0.9 }, { 0.2 } }, ll.matrix { { 1 }, { 0 } }
 *   loss:history(scores, labels).history_rows   --> 2
 */
static int loss_history(lua_State *L) {
  ll_loss *loss = bind_loss(L);
  ll_matrix inputs[LL_MAX_INPUTS];
  check_count(L, loss, "history", 0);
  check_inputs(L, loss, inputs);
  bind_check(L, ll_loss_history(bind_ctx(L), loss, inputs));
  lua_settop(L, 1);
  return 1;
}

/** loss:first_history(scores, labels [, seed [, trial]]) -> loss
 * Makes the history before the first epoch: of these inputs, or at random.
 * The loss's parameters say which.
 * Inputs are what the untrained network gives for all training rows, and their labels. A loss with a history refuses to be
 * trained before it has one.
 *   seed   a whole number, of what is drawn (1)
 *   trial   a whole number, beside the seed (0)
 * Errors: a loss without a history; inputs as of a call of the loss.
 * See: loss:history, loss:end_epoch
 * Example:
 *   local loss = ll.loss.adaptive_rank { history_init = "uniform" }
 *   loss:first_history(ll.zeros(4, 1), ll.matrix { { 1 }, { 0 }, { 1 }, { 0 } }, 7)
 *   loss.history_rows   --> 4
 */
static int loss_first_history(lua_State *L) {
  ll_loss *loss = bind_loss(L);
  ll_matrix inputs[LL_MAX_INPUTS];
  check_count(L, loss, "first_history", 2);
  check_inputs(L, loss, inputs);
  int at = (int)loss->desc->n_inputs + 2;
  ll_random stream =
      ll_random_stream(lua_isnoneornil(L, at) ? 1 : (uint64_t)bind_integer(L, at, "first_history", "the seed"),
                       lua_isnoneornil(L, at + 1) ? 0 : (uint64_t)bind_integer(L, at + 1, "first_history", "the trial"), "history");
  bind_check(L, ll_loss_first_history(bind_ctx(L), loss, inputs, &stream));
  lua_settop(L, 1);
  return 1;
}

/** loss:wants_history() -> boolean
 * Whether to call loss:history with fresh outputs at the end of an epoch, in place of loss:end_epoch.
 * See: loss:history
 * Example:
 *   ll.loss.adaptive_rank { history = "fresh" }:wants_history()   --> true
 *   ll.loss.hinge():wants_history()   --> false
 */
static int loss_wants_history(lua_State *L) {
  lua_pushboolean(L, ll_loss_wants_history(bind_loss(L)));
  return 1;
}

/** loss:state() -> string
 * What the loss has learnt and remembers, as a string of bytes.
 * A loss of the same parameters that gets it by loss:load_state goes on to the same bits.
 * See: loss:load_state
 * Example:
 *   local loss = ll.loss.adaptive_rank { margin = 0.2 }
 *   loss.margin = 0.1
 *   ll.loss.adaptive_rank { margin = 0.2 }:load_state(loss:state()).margin   --> 0.1
 */
static int loss_state(lua_State *L) {
  void *bytes;
  size_t n;
  bind_check(L, ll_loss_save(bind_ctx(L), bind_loss(L), &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}
/** loss:load_state(state) -> loss
 * Puts the state of another loss of the same name, parameters and reduction into this one.
 *   state   a string that loss:state gave
 * Errors: a string that is no such state, or of another loss; this one is then as it was.
 * See: loss:state
 * Example:
 *   local before = ll.loss.adaptive_rank { margin = 0.2 }
 *   ll.loss.adaptive_rank { margin = 0.2 }:load_state(before:state()).margin   --> 0.2
 *   ll.loss.hinge():load_state "abc"   --> error: not the state of a losslab loss…
 */
static int loss_load_state(lua_State *L) {
  size_t n;
  ll_loss *loss = bind_loss(L);
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_loss_restore(bind_ctx(L), loss, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/** ll.loss
 * The losses: ll.loss.NAME{parameters} makes one, which is then called with its inputs.
 * ll.loss.list() gives the names, ll.loss.describe(name) what one is; `losslab losses` prints the same. A name that there is
 * not raises, with the nearest.
 * See: loss, ll.loss.list, ll.loss.describe
 * Example:
 *   local loss = ll.loss.pair_squared_hinge { margin = 0.5 }
 *   loss(ll.matrix { { 0.9 }, { 0.6 } }, ll.matrix { { 1 }, { 0 } }):item()   --> 0.04
 *   ll.loss.hing   --> error: …did you mean "hinge"?
 */
int bind_open_loss(lua_State *L) {
  static const bind_function functions[] = {
      {"is_empty", loss_is_empty, 1}, {"counts", loss_counts, 0}, {"remarks", bind_remarks, 1}, {NULL, NULL, 0}};
  static const bind_function methods[] = {{"batch", loss_batch, BIND_MANY},
                                          {"end_epoch", loss_end_epoch, 1},
                                          {"history", loss_history, BIND_MANY},
                                          {"first_history", loss_first_history, BIND_MANY},
                                          {"wants_history", loss_wants_history, 1},
                                          {"params", bind_loss_params, 1},
                                          {"state", loss_state, 1},
                                          {"load_state", loss_load_state, 2},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", loss_gc},
                                         {"__close", loss_gc},
                                         {"__call", loss_call},
                                         {"__index", bind_loss_index},
                                         {"__newindex", bind_loss_newindex},
                                         {"__tostring", bind_loss_tostring},
                                         {NULL, NULL}};
  bind_class(L, BIND_LOSS, methods, metamethods);
  bind_module(L, functions);
  bind_functions(L, bind_loss_rows);
  for (size_t i = 0; i < ll_loss_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_losses[i]);
    lua_pushcclosure(L, loss_make, 1);
    lua_setfield(L, -2, ll_losses[i]->name);
  }
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, bind_loss_unknown);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}
