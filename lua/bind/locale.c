/* os.setlocale of a script. Lua's own numbers, comparisons and patterns follow the locale: under one with a decimal comma a metric
 * would be written as 0,5, keys sorted in another order would be another study, and messages of the system would change. So a
 * script may choose how dates and sums of money are written, and nothing else. */
#include <locale.h>
#include <string.h>

#include "lua/bind/bind.h"

static const int kept[] = {LC_NUMERIC, LC_COLLATE, LC_CTYPE, LC_MESSAGES};
enum { KEPT = sizeof kept / sizeof *kept };

/* setlocale([locale [, category]]) as Lua's: the locale's name, or nil where it cannot be set, as one of a kept category cannot. */
static int set_locale(lua_State *L) {
  static const int categories[] = {LC_ALL, LC_COLLATE, LC_CTYPE, LC_MONETARY, LC_NUMERIC, LC_TIME};
  static const char *const names[] = {"all", "collate", "ctype", "monetary", "numeric", "time", NULL};
  const char *asked = luaL_optstring(L, 1, NULL);
  int category = categories[luaL_checkoption(L, 2, "all", names)];
  lua_settop(L, 2);
  if (!asked) {
    lua_pushstring(L, setlocale(category, NULL));
    return 1;
  }
  luaL_checkstack(L, KEPT + 2, NULL);
  for (size_t i = 0; i < KEPT; i++) lua_pushstring(L, setlocale(kept[i], NULL));
  const char *now = setlocale(category, asked);
  bool done = now != NULL;
  for (size_t i = 0; i < KEPT; i++)
    if (done && kept[i] == category) done = strcmp(now, lua_tostring(L, 3 + (int)i)) == 0;
  for (size_t i = 0; i < KEPT; i++) setlocale(kept[i], lua_tostring(L, 3 + (int)i));
  if (done) lua_pushstring(L, setlocale(category, NULL));
  else lua_pushnil(L);
  return 1;
}

void bind_locale(lua_State *L) {
  if (lua_getglobal(L, "os") == LUA_TTABLE) {
    lua_pushcfunction(L, set_locale);
    lua_setfield(L, -2, "setlocale");
  }
  lua_pop(L, 1);
}
