/* The study's lock: ll.store.lock(path) of a database. */
#include "lua/bind/store.h"

#define LOCK "losslab.lock"

/* lock:close(): gives it back; in a child of the holder it only lets go of the child's copy. */
static int lock_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, LOCK);
  ll_lock *lock = *slot;
  *slot = NULL;
  ll_lock_release(lock);
  return 0;
}

static ll_lock *check_lock(lua_State *L) { return bind_get(L, 1, LOCK); }

/* lock:check(): raises if the file that is locked is no longer the one at the path. */
static int lock_check(lua_State *L) {
  bind_check(L, ll_lock_check(check_lock(L)));
  return 0;
}

/* lock:hold_writers(seconds): whether no transaction is under way now; none begins until lock:let_writers(). */
static int lock_hold_writers(lua_State *L) {
  ll_lock *lock = check_lock(L);
  lua_pushboolean(L, ll_lock_hold_writers(lock, luaL_checknumber(L, 2)));
  return 1;
}

static int lock_let_writers(lua_State *L) {
  ll_lock_let_writers(check_lock(L));
  return 0;
}

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
