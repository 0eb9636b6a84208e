/* Comparing and merging result databases: db:differ(trial, other, trial of other), db:merge(other). */
#include "lua/bind/store.h"

static void set_text(lua_State *L, const char *name, const char *text) {
  if (text && *text) lua_pushstring(L, text), lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

/* { table, column, place, epoch, row, a, b }, as far as they are; see ll_difference. */
static void push_difference(lua_State *L, const ll_difference *difference) {
  lua_createtable(L, 0, 7);
  set_text(L, "table", difference->table);
  set_text(L, "column", difference->column);
  set_text(L, "place", difference->place);
  if (difference->epoch >= 0) set_integer(L, "epoch", difference->epoch);
  if (difference->row > 0) set_integer(L, "row", difference->row);
  set_text(L, "a", difference->a);
  set_text(L, "b", difference->b);
}

static ll_store *other_store(lua_State *L, int index) { return bind_get(L, index, BIND_STORE); }

/** store:differ(trial, other, its_trial) -> nil, or table
 * Where two trials, of two databases or one, differ first, bit by bit: nil if nowhere.
 * Fields: table, column, place, epoch, row, a, b, as far as they are: a and b are what stands there in the first and the
 * second. Columns that may differ, such as seconds, are left out. `losslab diff` does it for whole files.
 *   trial   an id in this store
 *   other   a store
 *   its_trial   an id in the other
 * Errors: no such trial; damaged scores.
 * See: store:digest
 * Example:
 *   local s = ll.study { name = "s", data = "moons", compare = { "hinge" }, train = { epochs = 1 } }
 *   s:run { db = "a.db" }
 *   local db = ll.store.open "a.db"
 *   db:differ(1, db, 1)          --> nil
 *   db:differ(1, db, 2).column   --> …
 *   db:differ(99, db, 99)        --> error: a.db has no trial 99
 */
int bind_store_differ(lua_State *L) {
  ll_difference difference;
  ll_store *store = bind_store(L);
  int64_t trial = luaL_checkinteger(L, 2);
  bind_check(L, ll_store_differ(store, trial, other_store(L, 3), luaL_checkinteger(L, 4), &difference));
  if (!difference.table) lua_pushnil(L);
  else push_difference(L, &difference);
  return 1;
}

/** store:merge(other, what?) -> table
 * For losslab's own use: adds what another database holds, in a transaction of this one. `losslab merge` is for files.
 * Fields: trials, added, filled, there, studies, rows, conflicts; of the first conflict trial, other (its id there) and
 * difference.
 *   other   a store
 *   what   "all" (default), or "trials": the studies of this one stay as they are, and none is added
 * Errors: no transaction; a file of an older schema, or a damaged one.
 * See: store:transaction, store:differ
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local other = ll.store.open("b.db", { mode = "create" })
 *   db:transaction(function() return db:merge(other).added end)   --> 0
 */
int bind_store_merge(lua_State *L) {
  static const char *const words[] = {[LL_STORE_ALL] = "all", [LL_STORE_TRIALS] = "trials", NULL};
  ll_store_merged merged;
  ll_store *store = bind_store(L), *other = other_store(L, 2);
  ll_store_what what = (ll_store_what)luaL_checkoption(L, 3, "all", words);
  bind_check(L, ll_store_merge(store, other, what, &merged));
  lua_createtable(L, 0, 10);
  set_integer(L, "trials", merged.trials);
  set_integer(L, "added", merged.added);
  set_integer(L, "filled", merged.filled);
  set_integer(L, "there", merged.there);
  set_integer(L, "studies", merged.studies);
  set_integer(L, "rows", merged.rows);
  set_integer(L, "conflicts", merged.conflicts);
  if (merged.conflicts > 0) {
    set_integer(L, "trial", merged.trial);
    set_integer(L, "other", merged.other);
    push_difference(L, &merged.difference);
    lua_setfield(L, -2, "difference");
  }
  return 1;
}
