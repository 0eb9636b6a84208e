/* Pairs of user and item in Lua: ll.data.pairs(path) or of a matrix; lists of items by user, splits, and how well embeddings
 * recommend what is held out. Users and items count from 1. */
#include <string.h>

#include "lua/bind/data.h"

#define PAIRS "losslab.pairs"

static ll_interactions *get(lua_State *L, int index) {
  ll_interactions *p = luaL_checkudata(L, index, PAIRS);
  if (!p->names) luaL_error(L, "%s is closed", PAIRS);
  return p;
}

static ll_interactions *push(lua_State *L) {
  ll_interactions *p = lua_newuserdatauv(L, sizeof *p, 0);
  memset(p, 0, sizeof *p);
  luaL_setmetatable(L, PAIRS);
  return p;
}

static int pairs_close(lua_State *L) {
  ll_interactions_free(bind_ctx(L), luaL_checkudata(L, 1, PAIRS));
  return 0;
}

/* pairs(path), or pairs(m {users, items [, name]}): of a matrix (n,2), as pairs:matrix() gives it. */
int bind_data_interactions(lua_State *L) {
  static const char *const names[] = {"users", "items", "name", NULL};
  ll_interactions *p;
  if (lua_type(L, 1) == LUA_TSTRING) {
    const char *path = lua_tostring(L, 1);
    p = push(L);
    bind_check(L, ll_interactions_read(bind_ctx(L), path, p));
  } else {
    lua_settop(L, 2);
    const ll_matrix *m = bind_matrix(L, 1);
    bind_options(L, 2, "pairs", names);
    lua_Integer users = bind_opt_integer(L, 2, "pairs", "users", 0), items = bind_opt_integer(L, 2, "pairs", "items", 0);
    const char *name = bind_opt_string(L, 2, "pairs", "name", "matrix");
    if (users < 1 || items < 1)
      return luaL_error(L, "pairs: users and items must be at least 1, not %I and %I", (LUAI_UACINT)users, (LUAI_UACINT)items);
    p = push(L);
    bind_check(L, ll_interactions_of(bind_ctx(L), m, (size_t)users, (size_t)items, name, p));
  }
  bind_account(L, p->lists.starts[p->lists.rows] * sizeof(uint32_t));
  return 1;
}

static size_t check_user(lua_State *L, const ll_interactions *p, int index) {
  lua_Integer user = luaL_checkinteger(L, index);
  if (user < 1 || (size_t)user > p->lists.rows)
    luaL_error(L, "user %I asked for, but %s has %I", (LUAI_UACINT)user, p->names->name, (LUAI_UACINT)p->lists.rows);
  return (size_t)user - 1;
}

static void push_list(lua_State *L, const ll_interactions *p, size_t user) {
  size_t n = ll_lists_count(&p->lists, user);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushinteger(L, (lua_Integer)p->lists.items[p->lists.starts[user] + i] + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* pairs:list(user): the user's items, ascending. */
static int pairs_list(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  push_list(L, p, check_user(L, p, 2));
  return 1;
}

/* pairs:lists(): every user's. */
static int pairs_lists(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  lua_createtable(L, (int)p->lists.rows, 0);
  for (size_t u = 0; u < p->lists.rows; u++) {
    push_list(L, p, u);
    lua_rawseti(L, -2, (lua_Integer)u + 1);
  }
  return 1;
}

/* pairs:has(user, item) */
static int pairs_has(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  size_t user = check_user(L, p, 2);
  lua_Integer item = luaL_checkinteger(L, 3);
  lua_pushboolean(L, item >= 1 && (size_t)item <= p->lists.cols && ll_lists_has(&p->lists, user, (uint32_t)(item - 1)));
  return 1;
}

/* pairs:matrix(): n×2, user and item of each pair. */
static int pairs_matrix(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), p->lists.starts[p->lists.rows], 2, &m));
  for (size_t u = 0; u < p->lists.rows; u++)
    for (size_t i = p->lists.starts[u]; i < p->lists.starts[u + 1]; i++)
      m.data[2 * i] = (ll_real)(u + 1), m.data[2 * i + 1] = (ll_real)(p->lists.items[i] + 1.0);
  bind_push_matrix(L, &m);
  return 1;
}

/* pairs:split{test = share, or leave_one_out = true, seed}: train, test. */
static int pairs_split(lua_State *L) {
  static const char *const names[] = {"test", "leave_one_out", "seed", NULL};
  const ll_interactions *p = get(L, 1);
  lua_settop(L, 2);
  bind_options(L, 2, "split", names);
  bool one = bind_opt_boolean(L, 2, "split", "leave_one_out", false);
  double share = bind_opt_number(L, 2, "split", "test", one ? 0 : 0.2);
  if (one ? share != 0 : !(share > 0 && share < 1))
    return one ? luaL_error(L, "split: either test or leave_one_out, not both")
               : luaL_error(L, "split: test must be between 0 and 1, not %f", share);
  uint64_t seed = (uint64_t)bind_opt_integer(L, 2, "split", "seed", 1);
  ll_interactions *train = push(L), *test = push(L);
  bind_check(L, ll_interactions_split(bind_ctx(L), p, share, seed, train, test));
  return 2;
}

static int pairs_tostring(lua_State *L) {
  const ll_interactions *p = luaL_checkudata(L, 1, PAIRS);
  if (!p->names) lua_pushliteral(L, "pairs (closed)");
  else
    lua_pushfstring(L, "pairs %s: %I of %I users and %I items", p->names->name, (LUAI_UACINT)p->lists.starts[p->lists.rows],
                    (LUAI_UACINT)p->lists.rows, (LUAI_UACINT)p->lists.cols);
  return 1;
}

static void push_words(lua_State *L, const char *const *words, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, words[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* Upvalue: the methods. */
static int pairs_index(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "users") == 0) lua_pushinteger(L, (lua_Integer)p->lists.rows);
  else if (strcmp(key, "items") == 0) lua_pushinteger(L, (lua_Integer)p->lists.cols);
  else if (strcmp(key, "count") == 0) lua_pushinteger(L, (lua_Integer)p->lists.starts[p->lists.rows]);
  else if (strcmp(key, "name") == 0) lua_pushstring(L, p->names->name);
  else if (strcmp(key, "hash") == 0) lua_pushstring(L, p->names->hash);
  else if (strcmp(key, "user_names") == 0) push_words(L, p->names->users, p->names->n_users);
  else if (strcmp(key, "item_names") == 0) push_words(L, p->names->items, p->names->n_items);
  else { /* a method, or nil, as with a data set's fields */ lua_pushstring(L, key);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

/* metric.recommend(users, items, {held_out, seen, k, distance}): {recall, precision, hit_rate, ndcg, users}. */
int bind_metric_recommend(lua_State *L) {
  static const char *const names[] = {"held_out", "seen", "k", "distance", NULL};
  static const char *const measures[] = {"euclidean", "cosine", "dot", NULL};
  lua_settop(L, 3);
  const ll_matrix *users = bind_matrix(L, 1), *items = bind_matrix(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  bind_options(L, 3, "recommend", names);
  lua_Integer k = bind_opt_integer(L, 3, "recommend", "k", 50);
  if (k < 1) return luaL_error(L, "recommend: k must be at least 1, not %I", (LUAI_UACINT)k);
  size_t measure = bind_opt_word(L, 3, "recommend", "distance", measures, 0);
  if (lua_getfield(L, 3, "held_out") == LUA_TNIL) return luaL_error(L, "recommend: held_out is needed: a part of pairs");
  const ll_interactions *held_out = get(L, lua_gettop(L));
  const ll_interactions *seen = lua_getfield(L, 3, "seen") == LUA_TNIL ? NULL : get(L, lua_gettop(L));
  ll_recommended r;
  bind_check(L, ll_metric_recommend(bind_ctx(L), users, items, (ll_measure)measure, &held_out->lists, seen ? &seen->lists : NULL,
                                    (size_t)k, &r));
  lua_createtable(L, 0, 5);
  lua_pushnumber(L, r.recall), lua_setfield(L, -2, "recall");
  lua_pushnumber(L, r.precision), lua_setfield(L, -2, "precision");
  lua_pushnumber(L, r.hit_rate), lua_setfield(L, -2, "hit_rate");
  lua_pushnumber(L, r.ndcg), lua_setfield(L, -2, "ndcg");
  lua_pushinteger(L, (lua_Integer)r.users), lua_setfield(L, -2, "users");
  return 1;
}

void bind_interactions_class(lua_State *L) {
  static const luaL_Reg methods[] = {{"list", pairs_list},     {"lists", pairs_lists}, {"has", pairs_has},
                                     {"matrix", pairs_matrix}, {"split", pairs_split}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", pairs_close}, {"__close", pairs_close}, {"__tostring", pairs_tostring}, {NULL, NULL}};
  bind_class(L, PAIRS, methods, metamethods);
  luaL_getmetatable(L, PAIRS);
  lua_getfield(L, -1, "methods");
  lua_pushcclosure(L, pairs_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
