/* Asking a module or class for a name that it does not have raises and suggests the nearest; plain Lua would go on with nil and
 * fail later. */
#include <stdlib.h>
#include <string.h>

#include "lua/bind/state.h"

const char *bind_elsewhere(const char *name) {
  static const char *const rows[][2] = {
#define ELSEWHERE(there, here) {#there, here},
#include "lua/bind/elsewhere.def"
#undef ELSEWHERE
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strcmp(rows[i][0], name) == 0) return rows[i][1];
  return NULL;
}

/* What is written without a module is of matrices, and no hint to somebody who asks another class or module. */
static const char *elsewhere_than(const char *what, const char *name) {
  const char *here = bind_elsewhere(name);
  if (!here || strcmp(what, "a matrix") == 0) return here;
  bool is_whole =
      strstr(here, "ll.") || strncmp(here, "data:", 5) == 0 || strncmp(here, "train:", 6) == 0 || strncmp(here, "net", 3) == 0;
  return is_whole ? here : NULL;
}

int bind_no_name(lua_State *L, const char *said, const char *word, const char *const *names, size_t count) {
  bind_check(L, ll_names_unknown(bind_ctx(L), said, word, names, count));
  return 0;
}

static int in_order(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Pushes the names of the table at index, in order, since a table has none, and a message must be the same every time. */
static const char **push_names(lua_State *L, int table, size_t *n) {
  size_t count = 0;
  table = lua_absindex(L, table);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) count++;
  const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
  *n = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING) names[(*n)++] = lua_tostring(L, -2); /* the table keeps it */
  qsort(names, *n, sizeof *names, in_order);
  return names;
}

int bind_unknown(lua_State *L, const char *what, const char *name, int table) {
  const char *here = elsewhere_than(what, name);
  if (here) return luaL_error(L, "%s has no \"%s\"; here that is %s", what, name, here);
  size_t n;
  const char **names = push_names(L, table, &n);
  return bind_no_name(L, lua_pushfstring(L, "%s has no", what), name, names, n);
}

bool bind_is_near(lua_State *L, const char *name, int table) {
  size_t n;
  const char **names = push_names(L, table, &n);
  bool near = ll_names_nearest(name, names, n) != NULL;
  lua_pop(L, 1);
  return near;
}

/* __index of a strict table: upvalues are what it is and the table. A key that is no string gives nil. */
static int unknown(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  return bind_unknown(L, lua_tostring(L, lua_upvalueindex(1)), lua_tostring(L, 2), lua_upvalueindex(2));
}

void bind_strict(lua_State *L, const char *what, int table) {
  table = lua_absindex(L, table);
  if (lua_getmetatable(L, table)) { /* its own metatable decides */
    lua_pushliteral(L, "__tostring");
    if (lua_rawget(L, -2) == LUA_TNIL) lua_pushcfunction(L, bind_shown_by_help), lua_setfield(L, -3, "__tostring");
    lua_pop(L, 2);
    return;
  }
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, bind_shown_by_help);
  lua_setfield(L, -2, "__tostring");
  lua_pushstring(L, what);
  lua_pushvalue(L, table);
  lua_pushcclosure(L, unknown, 2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, table);
}
