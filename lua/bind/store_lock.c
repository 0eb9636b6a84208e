/* The study's lock: ll.store.lock(path) of a database. */
#include "lua/bind/store.h"

/** lock
 * The hold of who runs a study on its file, as ll.store.lock gives it; for losslab's own use.
 * See: ll.store.lock
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local lock = ll.store.lock "a.db"
 *   lock:close()
 */
#define LOCK "losslab.lock"

/** lock:close()
 * Gives the lock back; in a child of its holder only the child's copy.
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   ll.store.lock "a.db":close()
 */
static int lock_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, LOCK);
  ll_lock *lock = *slot;
  *slot = NULL;
  ll_lock_release(lock);
  return 0;
}

static ll_lock *check_lock(lua_State *L) { return bind_get(L, 1, LOCK); }

/** lock:check()
 * Raises if the file that is locked is no longer the one at the path.
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local lock = ll.store.lock "a.db"
 *   lock:check()
 *   lock:close()
 */
static int lock_check(lua_State *L) {
  bind_check(L, ll_lock_check(check_lock(L)));
  return 0;
}

/** lock:hold_writers(seconds) -> boolean
 * Waits until no transaction writes, and lets none begin; false if that takes longer.
 *   seconds   a number
 * See: lock:let_writers
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local lock = ll.store.lock "a.db"
 *   lock:hold_writers(1)   --> true
 *   lock:let_writers()
 *   lock:close()
 */
static int lock_hold_writers(lua_State *L) {
  ll_lock *lock = check_lock(L);
  lua_pushboolean(L, ll_lock_hold_writers(lock, luaL_checknumber(L, 2)));
  return 1;
}

/** lock:let_writers()
 * Lets transactions begin again.
 * See: lock:hold_writers
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local lock = ll.store.lock "a.db"
 *   lock:let_writers()
 *   lock:close()
 */
static int lock_let_writers(lua_State *L) {
  ll_lock_let_writers(check_lock(L));
  return 0;
}

/** ll.store.lock(path) -> lock, or nil and the process that holds it
 * For losslab's own use: the hold of who runs a study on its file.
 * Any number of processes may have one.
 * The system drops it however the process ends. nil only where an older losslab, which runs a study alone, holds it; the process
 * is 0 where it is not known.
 *   path   of a database that is there
 * Errors: a file that is not there, has several names or cannot be locked.
 * See: lock:check, lock:hold_writers
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local lock = ll.store.lock "a.db"
 *   lock:check()
 *   lock:close()
 */
int bind_store_lock(lua_State *L) {
  int64_t owner;
  bind_reach(L, "store.lock");
  const char *path = bind_store_path(L);
  ll_lock **slot = (ll_lock **)bind_new(L, LOCK);
  bind_check(L, ll_lock_take(bind_ctx(L), path, slot, &owner));
  if (*slot) return 1;
  lua_pushnil(L);
  lua_pushinteger(L, owner);
  return 2;
}

void bind_store_lock_class(lua_State *L) {
  static const bind_function methods[] = {{"close", lock_close, BIND_MANY},
                                          {"check", lock_check, BIND_MANY},
                                          {"hold_writers", lock_hold_writers, BIND_MANY},
                                          {"let_writers", lock_let_writers, BIND_MANY},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", lock_close}, {"__close", lock_close}, {NULL, NULL}};
  bind_class(L, LOCK, methods, metamethods);
}
