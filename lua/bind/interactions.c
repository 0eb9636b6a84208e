/* Pairs of user and item in Lua: ll.data.pairs(path) or of a matrix; lists of items by user, splits, and how well embeddings
 * recommend what is held out. Users and items count from 1. */
#include <string.h>

#include "lua/bind/data.h"

/** pairs
 * Who likes what: pairs of a user and an item, as ll.data.pairs reads or makes them.
 * Users and items are counted from 1. A pair that comes again counts once.
 * See: ll.data.pairs, pairs:split, ll.metric.recommend, ll.cml.negatives
 * Example:
 *   local likes = ll.data.pairs { { "ann", "tea" }, { "ann", "milk" }, { "bob", "tea" } }
 *   likes   --> pairs …: 3 of 2 users and 2 items
 *   likes.user_names[1], likes:list(1)[2]   --> ann 2
 */
#define PAIRS "losslab.pairs"

static ll_interactions *get(lua_State *L, int index) {
  ll_interactions *p = bind_object(L, index, PAIRS);
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

/* One side of the pairs at 1, of which the stack keeps numbers and names. With most > 0 a value is its own number, from 1 to most;
 * else the values are numbered in ascending order and name themselves. */
static ll_interaction_side read_side(lua_State *L, const char *word, size_t column, lua_Integer most, size_t *rows) {
  bind_source source = {.index = 1, .who = "pairs", .name = word, .columns = 2, .column = column};
  ll_interaction_side side = {0};
  uint32_t *numbers = bind_numbered(L, &source, 1, rows, &side.count);
  luaL_checkstack(L, 8, NULL);
  const char **texts = lua_newuserdatauv(L, (side.count + 1) * sizeof *texts, 0);
  lua_createtable(L, most ? 0 : (int)side.count, 0); /* keeps the texts */
  for (size_t i = 0; i < *rows; i++) {
    bind_push_identity(L, &source, i);
    if (most) {
      lua_Integer value = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
      if (value < 1 || value > most || value > UINT32_MAX)
        luaL_error(L, "pairs: row %d: the %s is %s, not a whole number from 1 to %I", (int)i + 1, column ? "item" : "user",
                   bind_shown(L, -1), (LUAI_UACINT)most);
      numbers[i] = (uint32_t)(value - 1);
      lua_pop(L, 1);
    } else {
      texts[numbers[i]] = lua_tostring(L, -1);
      lua_rawseti(L, -2, (lua_Integer)numbers[i] + 1);
    }
  }
  side.numbers = numbers;
  if (most) side.count = (size_t)most;
  else side.names = texts;
  return side;
}

/* pairs(path), or pairs(t [, {users, items, name}]): of a matrix (n,2), as pairs:matrix() gives it, or of a table of rows {user,
 * item}, integers or strings. */
int bind_data_interactions(lua_State *L) {
  static const char *const names[] = {"users", "items", "name", NULL};
  ll_interactions *p;
  if (lua_type(L, 1) == LUA_TSTRING) {
    const char *path = lua_tostring(L, 1);
    p = push(L);
    bind_descriptors(L);
    bind_check(L, ll_interactions_read(bind_ctx(L), path, p));
  } else {
    lua_settop(L, 2);
    bind_options(L, 2, "pairs", names);
    lua_Integer users = bind_opt_integer(L, 2, "pairs", "users", 0), items = bind_opt_integer(L, 2, "pairs", "items", 0);
    const char *name = bind_opt_string(L, 2, "pairs", "name", "matrix");
    bool counted = lua_istable(L, 2) && (lua_getfield(L, 2, "users") != LUA_TNIL || lua_getfield(L, 2, "items") != LUA_TNIL);
    if (counted && (users < 1 || items < 1))
      return luaL_error(L, "pairs: users and items must be at least 1, not %I and %I", (LUAI_UACINT)users, (LUAI_UACINT)items);
    const ll_node *m = bind_as_node(L, 1);
    if (!m) bind_table(L, 1, "pairs", "the pairs");
    if (counted && m) {
      p = push(L);
      bind_check(L, ll_interactions_of(bind_ctx(L), &m->value, (size_t)users, (size_t)items, name, p));
    } else {
      size_t rows = 0;
      ll_interaction_side sides[2] = {read_side(L, "users", 0, users, &rows), read_side(L, "items", 1, items, &rows)};
      p = push(L);
      bind_check(L, ll_interactions_new(bind_ctx(L), sides, rows, name, p));
    }
  }
  bind_account(L, p->lists.starts[p->lists.rows] * sizeof(uint32_t));
  return 1;
}

static size_t check_user(lua_State *L, const ll_interactions *p, int index) {
  lua_Integer user = bind_integer(L, index, "pairs", "the user");
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

/** pairs:list(user) -> { item, … }
 * The items of a user, ascending; {} if there are none in this part.
 *   user   a whole number from 1 to pairs.users
 * Errors: no such user.
 * See: pairs:lists
 * Example:
 *   local likes = ll.data.pairs { { "ann", "tea" }, { "ann", "milk" }, { "bob", "tea" } }
 *   likes:list(1)   --> { 1, 2 }
 */
static int pairs_list(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  push_list(L, p, check_user(L, p, 2));
  return 1;
}

/** pairs:lists() -> { { item, … }, … }
 * The items of every user, ascending: what ll.cml.negatives takes as liked.
 * See: pairs:list, ll.cml.negatives
 * Example:
 *   local likes = ll.data.pairs { { "ann", "tea" }, { "ann", "milk" }, { "bob", "tea" } }
 *   likes:lists()[2]   --> { 2 }
 */
static int pairs_lists(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  lua_createtable(L, (int)p->lists.rows, 0);
  for (size_t u = 0; u < p->lists.rows; u++) {
    push_list(L, p, u);
    lua_rawseti(L, -2, (lua_Integer)u + 1);
  }
  return 1;
}

/** pairs:has(user, item) -> boolean
 * Whether the user likes the item.
 *   user   a whole number from 1 to pairs.users
 *   item   a whole number; of one that there is not, false
 * Errors: no such user.
 * Example:
 *   local likes = ll.data.pairs { { "ann", "tea" }, { "ann", "milk" }, { "bob", "tea" } }
 *   likes:has(2, 1), likes:has(2, 2)   --> false true
 */
static int pairs_has(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  size_t user = check_user(L, p, 2);
  lua_Integer item = bind_integer(L, 3, "has", "the item");
  lua_pushboolean(L, item >= 1 && (size_t)item <= p->lists.cols && ll_lists_has(&p->lists, user, (uint32_t)(item - 1)));
  return 1;
}

/** pairs:matrix() -> matrix
 * User and item of each pair, n x 2, user by user.
 * See: ll.data.pairs
 * Example:
 *   ll.data.pairs({ { "ann", "tea" }, { "bob", "tea" } }):matrix():shape()   --> 2 2
 */
static int pairs_matrix(lua_State *L) {
  const ll_interactions *p = get(L, 1);
  ll_matrix m;
  bind_places(L, "pairs:matrix", p->lists.rows > p->lists.cols ? p->lists.rows : p->lists.cols);
  bind_check(L, ll_matrix_new(bind_ctx(L), p->lists.starts[p->lists.rows], 2, &m));
  for (size_t u = 0; u < p->lists.rows; u++)
    for (size_t i = p->lists.starts[u]; i < p->lists.starts[u + 1]; i++)
      m.data[2 * i] = (ll_real)(u + 1), m.data[2 * i + 1] = (ll_real)(p->lists.items[i] + 1.0);
  bind_push_matrix(L, &m);
  return 1;
}

/** pairs:split { test = 0.2, leave_one_out = false, seed = 1 } -> train, test
 * Each user's items in two parts, at random; users and items keep their numbers.
 *   test   the share of each user's items that is held out, between 0 and 1; at least one stays (0.2)
 *   leave_one_out   true, in place of test: one item of each user who has two (false)
 *   seed   a whole number (1)
 * Errors: both test and leave_one_out; no user with two items; no such option.
 * See: ll.metric.recommend
 * Example:
 *   local likes = ll.data.pairs { { "ann", "tea" }, { "ann", "milk" }, { "bob", "tea" } }
 *   local train, test = likes:split { leave_one_out = true }
 *   train.count, test.count   --> 2 1
 */
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

/** pairs.users -> integer
 * How many users there are.
 * Example:
 *   ll.data.pairs({ { "ann", "tea" }, { "bob", "tea" } }).users   --> 2
 */
/** pairs.items -> integer
 * How many items there are.
 * Example:
 *   ll.data.pairs({ { "ann", "tea" }, { "bob", "tea" } }).items   --> 1
 */
/** pairs.count -> integer
 * How many pairs there are.
 * Example:
 *   ll.data.pairs({ { "ann", "tea" }, { "bob", "tea" } }).count   --> 2
 */
/** pairs.name -> string
 * The name of the pairs: of a file without folder and suffix.
 * Example:
 *   ll.data.pairs({ { 1, 2 } }, { name = "mine" }).name   --> mine
 */
/** pairs.hash -> string
 * The SHA-256 of the content: of a file's uncompressed bytes, else of the items.
 * Example:
 *   #ll.data.pairs({ { 1, 2 } }).hash   --> 64
 */
/** pairs.user_names -> { name, … }
 * The names of the users, in the order of their numbers.
 * Example:
 *   ll.data.pairs({ { "bob", "tea" }, { "ann", "tea" } }).user_names[1]   --> ann
 */
/** pairs.item_names -> { name, … }
 * The names of the items, in the order of their numbers.
 * Example:
 *   ll.data.pairs({ { "bob", "tea" }, { "ann", "milk" } }).item_names[1]   --> milk
 */
static int pairs_index(lua_State *L) { /* upvalue: the methods */
  const ll_interactions *p = get(L, 1);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "users") == 0) lua_pushinteger(L, (lua_Integer)p->lists.rows);
  else if (strcmp(key, "items") == 0) lua_pushinteger(L, (lua_Integer)p->lists.cols);
  else if (strcmp(key, "count") == 0) lua_pushinteger(L, (lua_Integer)p->lists.starts[p->lists.rows]);
  else if (strcmp(key, "name") == 0) lua_pushstring(L, p->names->name);
  else if (strcmp(key, "hash") == 0) lua_pushstring(L, p->names->hash);
  else if (strcmp(key, "user_names") == 0) push_words(L, p->names->users, p->names->n_users);
  else if (strcmp(key, "item_names") == 0) push_words(L, p->names->items, p->names->n_items);
  else { /* a method */ lua_pushstring(L, key);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    if (lua_type(L, 2) != LUA_TSTRING)
      return luaL_error(L, "a set of pairs has no %s; pairs:list(user) gives what a user likes", bind_shown(L, 2));
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1));) lua_pushvalue(L, -2), lua_insert(L, -2), lua_settable(L, -4);
    for (const char *const *each =
             (const char *const[]){"users", "items", "count", "name", "hash", "user_names", "item_names", NULL};
         *each; each++)
      lua_pushboolean(L, true), lua_setfield(L, -2, *each);
    return bind_unknown(L, "a set of pairs", key, -1);
  }
  return 1;
}

/** ll.metric.recommend(users, items, { held_out = pairs, seen = pairs, k = 50, distance = "euclidean" }) -> table
 * How well each user's held-out items are among the k recommended.
 * Recommended are the nearest items that are not among the seen.
 * Fields, means over the users who have held-out items: recall (hits / held out), precision (hits / k), hit_rate (1 if any), ndcg;
 * and users, how many they are.
 *   users      u×d, a point a user
 *   items      i×d, a point an item
 *   held_out   a part of pairs (ll.data.pairs), which is to be found
 *   seen       a part of pairs whose items are not recommended, such as the training part (none)
 *   k          a whole number >= 1 (50)
 *   distance   "euclidean" or "cosine": the least; "dot": the largest product ("euclidean")
 * Errors: held_out missing or empty; pairs of other users or items than the points; a k that is too large; an option that is none.
 * See: ll.data.pairs, ll.cml.negatives, ll.loss.cml_metric
 * Example:
 *   local likes = ll.data.pairs { { 1, 1 }, { 1, 2 }, { 2, 3 } }
 *   local users, items = { { 0, 0 }, { 1, 1 } }, { { 0, 0 }, { 0, 0.1 }, { 1, 1 } }
 *   local found = ll.metric.recommend(users, items, { held_out = likes, k = 1 })
 *   found.recall, found.precision, found.users   --> 0.75 1 2
 */
int bind_metric_recommend(lua_State *L) {
  static const char *const names[] = {"held_out", "seen", "k", "distance", NULL};
  static const char *const measures[] = {"euclidean", "cosine", "dot", NULL};
  lua_settop(L, 3);
  const ll_matrix *users = bind_matrix(L, 1, "recommend", "users"), *items = bind_matrix(L, 2, "recommend", "items");
  bind_table(L, 3, "recommend", "what stands third");
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
  static const bind_function methods[] = {{"list", pairs_list, 2},     {"lists", pairs_lists, 1}, {"has", pairs_has, 3},
                                          {"matrix", pairs_matrix, 1}, {"split", pairs_split, 2}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__gc", pairs_close}, {"__close", pairs_close}, {"__tostring", pairs_tostring}, {NULL, NULL}};
  bind_class(L, PAIRS, methods, metamethods);
  luaL_getmetatable(L, PAIRS);
  lua_getfield(L, -1, "methods");
  lua_pushcclosure(L, pairs_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
