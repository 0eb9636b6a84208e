/* The batches of a set in Lua: an iterator that is closed at the end of its loop, however that ends. */
#include <math.h>
#include <string.h>

#include "lua/bind/data.h"

#define BATCHES "losslab.batches"

static int batches_close(lua_State *L) {
  ll_batches *b = luaL_checkudata(L, 1, BATCHES);
  ll_batches_close(bind_ctx(L), b);
  return 0;
}

/** batches
 * The batches of one epoch, as data:batches gives them to a for loop: features and labels.
 * It is the fourth value of data:batches, which closes it at the end of the loop, however that ends. The matrices of a batch
 * stay valid.
 * See: data:batches
 * Example:
 *   local n = 0
 *   for x, y in ll.data.load("iris"):batches { size = 50 } do n = n + y.rows end
 *   n   --> 150
 */
static int batches_next(lua_State *L) {
  ll_batches *b = luaL_checkudata(L, 1, BATCHES);
  ll_ctx *ctx = bind_ctx(L);
  ll_matrix x, y;
  size_t at = b->at;
  bind_check(L, ll_batches_next(ctx, b, &x, &y));
  size_t n = x.rows;
  if (n == 0) return 0;
  ll_matrix_release(ctx, &y);                       /* taken again below: it would be lost if pushing x raised */
  if (b->view || b->order) bind_push_matrix(L, &x); /* gathered by itself: the collector has to know of it */
  else bind_push_view(L, &x);
  bind_check(L, ll_matrix_view(ctx, &b->y, at, 0, n, 1, &y));
  bind_push_view(L, &y);
  if (!b->weights.rows) return 2;
  ll_matrix weights;
  bind_check(L, ll_matrix_view(ctx, &b->weights, at, 0, n, 1, &weights));
  bind_push_view(L, &weights);
  return 3;
}

/* The classes' shares that the options ask for, as a userdata on the stack; NULL: the rows as they are. */
static double *batch_shares(lua_State *L, const ll_data *data) {
  size_t classes = data->info->n_classes;
  bool balance = bind_opt_boolean(L, 2, "batches", "balance", false);
  double targets = bind_opt_number(L, 2, "batches", "targets", -HUGE_VAL);
  bool given = targets != -HUGE_VAL;
  if (!given && !balance) return NULL;
  if (given && balance) luaL_error(L, "batches: either balance or targets, not both");
  if (data->info->values) luaL_error(L, "batches: %s holds real values, which have no classes to draw by", data->info->name);
  if (given && data->info->multiclass)
    luaL_error(L, "batches: targets is for binary labels; %s has %I classes (positive = … reads one against the rest)",
               data->info->name, (LUAI_UACINT)classes);
  if (given && !(targets >= 0 && targets <= 1)) luaL_error(L, "batches: targets must be a share in [0, 1], not %f", targets);
  double *shares = lua_newuserdatauv(L, classes * sizeof *shares, 0);
  for (size_t c = 0; c < classes; c++) shares[c] = balance ? 1 / (double)classes : c ? targets : 1 - targets;
  return shares;
}

/** data:batches { size = 256, seed = 1, epoch = 0, shuffle = true, balance = false, targets = nil } -> iterator
 * The rows of the set in batches: for x, y in data:batches{…} do … end.
 * x is (size, d), y (size, 1); the last batch may be shorter. The order is a function of seed and epoch. Of a set with weights
 * they come third: for x, y, weights in ….
 *   size   rows of a batch, a whole number from 1 to the rows of the set (256, or all where there are fewer)
 *   seed   a whole number (1)
 *   epoch   a whole number: another order each epoch (0)
 *   shuffle   false: the rows in their order (true)
 *   balance   true: as many rows of each class in a batch, by repeating rows of smaller classes (false)
 *   targets   a share on [0, 1]: so many of a batch's rows are positive, by repeating rows of the smaller class; of binary
 *         labels only, and not with balance
 * Errors: a size below 1 or above the rows; both balance and targets; no such option.
 * See: batches
 * Example:
 *   local iris, pima = ll.data.load "iris", ll.data.load "pima"
 *   for x, y in iris:batches { size = 60, seed = 7, epoch = 1 } do last = y.rows end
 *   last   --> 30
 *   for x, y in pima:batches { size = 100, targets = 0.25 } do n = y:sum():item() end
 *   n   --> 25
 */
static int data_batches(lua_State *L) {
  static const char *const names[] = {"size", "seed", "epoch", "shuffle", "balance", "targets", NULL};
  ll_data *data = bind_data(L, 1);
  lua_settop(L, 2);
  bind_options(L, 2, "batches", names);
  lua_Integer size = bind_opt_integer(L, 2, "batches", "size", data->x.rows < 256 ? (lua_Integer)data->x.rows : 256);
  if (size < 1) return luaL_error(L, "batches: size must be at least 1, not %I", (LUAI_UACINT)size);
  uint64_t seed = (uint64_t)bind_opt_integer(L, 2, "batches", "seed", 1),
           epoch = (uint64_t)bind_opt_integer(L, 2, "batches", "epoch", 0);
  bool shuffle = bind_opt_boolean(L, 2, "batches", "shuffle", true);
  const double *shares = batch_shares(L, data);
  lua_pushcfunction(L, batches_next);
  ll_batches *b = lua_newuserdatauv(L, sizeof *b, 0);
  memset(b, 0, sizeof *b);
  luaL_setmetatable(L, BATCHES);
  bind_check(L, shares ? ll_batches_open_shares(bind_ctx(L), data, (size_t)size, shares, seed, epoch, b)
                       : ll_batches_open(bind_ctx(L), data, (size_t)size, shuffle, seed, epoch, b));
  if (b->order)
    bind_account(L, b->x.rows * (sizeof *b->order + sizeof(ll_real))); /* with the labels, whose views are not counted */
  lua_pushnil(L);
  lua_pushvalue(L, -2); /* closed at the end of the loop, however it ends */
  return 4;
}

const bind_function bind_data_batches[] = {{"batches", data_batches, 2}, {NULL, NULL, 0}};

void bind_data_batches_class(lua_State *L) {
  static const bind_function none[] = {{NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", batches_close}, {"__close", batches_close}, {NULL, NULL}};
  bind_class(L, BATCHES, none, metamethods);
}
