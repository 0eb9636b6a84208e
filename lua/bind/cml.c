/* Collaborative metric learning: ll.cml.negatives{items = …, liked = {{…}, …}} draws items that users do not like;
 * ll.cml.project_unit_ball(m). Its losses are in ll.loss. */
#include "lua/bind/bind.h"

#define CLASS "losslab.negatives"

typedef struct sampler {
  ll_negatives *negatives;
  ll_random stream;
} sampler;

static int sampler_gc(lua_State *L) {
  sampler *s = luaL_checkudata(L, 1, CLASS);
  ll_negatives *negatives = s->negatives;
  s->negatives = NULL;
  ll_negatives_free(bind_ctx(L), negatives);
  return 0;
}

static sampler *check_sampler(lua_State *L) {
  sampler *s = bind_object(L, 1, CLASS);
  if (!s->negatives) luaL_error(L, CLASS " is closed");
  return s;
}

/* The lists at index `liked`, end to end, in a userdata on the top; offsets[i] is where list i starts. */
static uint32_t *join_lists(lua_State *L, int liked, size_t users, size_t *offsets) {
  size_t n, total = 0;
  offsets[0] = 0;
  for (size_t i = 0; i < users; i++) {
    lua_rawgeti(L, liked, (lua_Integer)i + 1);
    bind_list(L, -1, "negatives.liked", &n);
    lua_pop(L, 1);
    total += n;
    offsets[i + 1] = total;
  }
  uint32_t *all = lua_newuserdatauv(L, (total + 1) * sizeof *all, 0);
  for (size_t i = 0; i < users; i++) {
    lua_rawgeti(L, liked, (lua_Integer)i + 1);
    const uint32_t *list = bind_list(L, -1, "negatives.liked", &n);
    for (size_t k = 0; k < n; k++) all[offsets[i] + k] = list[k];
    lua_pop(L, 1);
  }
  return all;
}

/** ll.cml.negatives({ items = n, liked = lists, seed = 0, trial = 0 }) -> negatives
 * A sampler of items that users do not like, for collaborative metric learning.
 *   items   how many items there are, a whole number >= 1
 *   liked   for each user an ascending array (or column) of item numbers, from 1, each once
 *   seed    a whole number (0)
 *   trial   a whole number (0)
 * Errors: an item outside 1..items; a list that does not ascend; an option that is none.
 * See: negatives:draw, ll.data.pairs, ll.loss.cml_metric
 * Example:
 *   local sampler = ll.cml.negatives { items = 5, liked = { { 1, 2 }, { 3, 4, 5 } } }
 *   sampler:draw({ 1 }, 4):min():item() > 2   --> true
 */
static int cml_negatives(lua_State *L) {
  static const char *const fields[] = {"items", "liked", "seed", "trial", NULL};
  bind_table(L, 1, "negatives", "options");
  lua_settop(L, 1);
  bind_options(L, 1, "negatives", fields);
  lua_Integer items = bind_opt_integer(L, 1, "negatives", "items", 0);
  if (items < 1 || (lua_Number)items >= LL_WHOLE || items > UINT32_MAX)
    return luaL_error(L, "negatives.items must be between 1 and %I in this precision, not %I",
                      (LUAI_UACINT)(LL_WHOLE < UINT32_MAX ? LL_WHOLE - 1 : UINT32_MAX), (LUAI_UACINT)items);
  if (lua_getfield(L, 1, "liked") != LUA_TTABLE)
    return luaL_error(L, "negatives.liked must be an array of arrays of items, not %s", luaL_typename(L, 2));
  size_t users = lua_rawlen(L, 2);
  uint64_t seed = (uint64_t)bind_opt_integer(L, 1, "negatives", "seed", 0),
           trial = (uint64_t)bind_opt_integer(L, 1, "negatives", "trial", 0);
  size_t *offsets = lua_newuserdatauv(L, (users + 1) * sizeof *offsets, 0);
  const uint32_t *liked = join_lists(L, 2, users, offsets);
  sampler *s = lua_newuserdatauv(L, sizeof *s, 0);
  s->negatives = NULL;
  s->stream = ll_random_stream(seed, trial, "negatives");
  luaL_setmetatable(L, CLASS);
  bind_check(L, ll_negatives_new(bind_ctx(L), (size_t)items, users, offsets, liked, &s->negatives));
  return 1;
}

/** negatives:draw(users, count) -> matrix
 * For each user of the list count items that the user does not like, as a column, user by user.
 * Uniform, with replacement.
 *   users   an array or a column of user numbers, from 1
 *   count   a whole number from 1 to 2^24
 * Errors: a user who likes every item, or is none; no users.
 * See: ll.cml.negatives
 * Example:
 *   local sampler = ll.cml.negatives { items = 5, liked = { { 1, 2 }, { 3, 4, 5 } } }
 *   sampler:draw({ 1, 2 }, 3):shape()   --> 6 1
 */
static int sampler_draw(lua_State *L) {
  sampler *s = check_sampler(L);
  size_t n;
  const uint32_t *users = bind_list(L, 2, "draw", &n);
  lua_Integer count = bind_integer(L, 3, "draw", "count");
  if (count < 1 || count > 1 << 24) return luaL_error(L, "draw: count must be from 1 to 2^24, not %I", (LUAI_UACINT)count);
  if (n < 1) return luaL_error(L, "draw: no users were given");
  size_t total = n * (size_t)count;
  uint32_t *items = lua_newuserdatauv(L, total * sizeof *items, 0);
  bind_check(L, ll_negatives_draw(bind_ctx(L), s->negatives, &s->stream, users, n, (size_t)count, items));
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), total, 1, &m));
  for (size_t i = 0; i < total; i++) m.data[i] = (ll_real)(items[i] + 1);
  bind_push_matrix(L, &m);
  return 1;
}

static int sampler_tostring(lua_State *L) {
  sampler *s = luaL_checkudata(L, 1, CLASS);
  if (!s->negatives) return lua_pushstring(L, "negatives (closed)"), 1;
  lua_pushfstring(L, "negatives of %I users among %I items", (LUAI_UACINT)ll_negatives_users(s->negatives),
                  (LUAI_UACINT)ll_negatives_items(s->negatives));
  return 1;
}

/** ll.cml.project_unit_ball(m [, radius]) -> matrix
 * Shortens every row that is longer than the radius to it, in place. Gives the matrix itself; not recorded.
 *   m        a matrix, such as embeddings
 *   radius   a number >= 0 (1)
 * Errors: a radius below 0; no matrix.
 * See: ll.optim.project, ll.row_norms
 * Example:
 *   ll.cml.project_unit_ball(ll.matrix { { 3, 4 }, { 0.3, 0.4 } }):table()   --> { { 0.6, 0.8 }, { 0.3, 0.4 } }
 */
static int cml_project(lua_State *L) {
  const ll_projection *ball;
  double radius = bind_number_or(L, 2, "project_unit_ball", "radius", 1);
  bind_object(L, 1, BIND_MATRIX);
  bind_check(L, ll_projection_find(bind_ctx(L), "unit_ball", &ball));
  bind_check(L, ll_project(bind_ctx(L), ball, radius, &bind_node(L, 1, "project_unit_ball", "the matrix")->value));
  lua_settop(L, 1);
  return 1;
}

/** negatives
 * A sampler of items that users do not like; ll.cml.negatives makes one, draw draws.
 * See: ll.cml.negatives, negatives:draw
 * Example:
 *   local sampler = ll.cml.negatives { items = 3, liked = { { 1, 2 } } }
 *   sampler:draw({ 1 }, 2):table()   --> { 3, 3 }
 */

/** ll.cml
 * What collaborative metric learning needs besides its losses: negatives, and the unit ball.
 * The losses are ll.loss.cml_metric, ll.loss.cml_feature and ll.loss.covariance.
 * Users and items are points of one space, each user near what the user likes (Hsieh et al. 2017).
 * See: ll.cml.negatives, ll.cml.project_unit_ball, ll.data.pairs, ll.metric.recommend
 * Example:
 *   local likes = ll.data.pairs { { 1, 1 }, { 1, 2 }, { 2, 3 } }
 *   local sampler = ll.cml.negatives { items = likes.items, liked = likes:lists(), seed = 1 }
 *   sampler:draw({ 1 }, 2):table()   --> { 3, 3 }
 */
int bind_open_cml(lua_State *L) {
  static const bind_function functions[] = {
      {"negatives", cml_negatives, 1}, {"project_unit_ball", cml_project, 2}, {NULL, NULL, 0}};
  static const bind_function methods[] = {{"draw", sampler_draw, 3}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__gc", sampler_gc}, {"__close", sampler_gc}, {"__tostring", sampler_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  bind_module(L, functions);
  return 1;
}
