/* Functions as rows with the most arguments that they take: what is too many is refused in one place, before the function sees it,
 * since plain C functions of Lua ignore it without a word. */
#include <string.h>

#include "lua/bind/bind.h"

static int too_many(lua_State *L, const bind_function *row, bool is_method) {
  int most = row->most - is_method, given = lua_gettop(L) - is_method;
  const char *who = row->name;
  if (is_method) {
    const char *kind = luaL_getmetafield(L, 1, "__name") == LUA_TSTRING ? lua_tostring(L, -1) : "";
    const char *point = strrchr(kind, '.');
    if (point) who = lua_pushfstring(L, "%s:%s", point + 1, who);
  }
  if (most == 0) return luaL_error(L, "%s takes no arguments, not %d", who, given);
  return luaL_error(L, "%s takes at most %d argument%s, not %d", who, most, most == 1 ? "" : "s", given);
}

/* Upvalues: the row, and whether it is a method. Nils behind the last argument are none. */
static int counted(lua_State *L) {
  const bind_function *row = lua_touserdata(L, lua_upvalueindex(1));
  if (row->most != BIND_MANY) {
    int n = lua_gettop(L), all = n;
    while (n > row->most && lua_isnil(L, n)) n--;
    if (n > row->most) return too_many(L, row, lua_toboolean(L, lua_upvalueindex(2)) && lua_isuserdata(L, 1));
    if (n < all) lua_settop(L, n);
  }
  return row->function(L);
}

static void set(lua_State *L, const bind_function *rows, bool are_methods) {
  for (; rows->name; rows++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)rows);
    lua_pushboolean(L, are_methods);
    lua_pushcclosure(L, counted, 2);
    lua_setfield(L, -2, rows->name);
  }
}

void bind_functions(lua_State *L, const bind_function *rows) { set(L, rows, false); }
void bind_methods(lua_State *L, const bind_function *rows) { set(L, rows, true); }

void bind_module(lua_State *L, const bind_function *rows) {
  lua_newtable(L);
  bind_functions(L, rows);
}
