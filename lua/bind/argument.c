/* Arguments of functions, checked with words: who was called, which argument by its name, what was given, what was expected. */
#include <math.h>
#include <string.h>

#include "lua/bind/bind.h"

const char *bind_shown(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TNONE: return lua_pushliteral(L, "nothing");
  case LUA_TTABLE:
  case LUA_TFUNCTION: return lua_pushfstring(L, "a %s", luaL_typename(L, index));
  case LUA_TSTRING: return lua_pushfstring(L, "\"%s\"", lua_tostring(L, index));
  case LUA_TUSERDATA:
    if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING) return lua_pushliteral(L, "a userdata");
    const char *class = lua_tostring(L, -1);
    return lua_pushfstring(L, "a %s", strncmp(class, "losslab.", 8) == 0 ? class + 8 : class);
  case LUA_TNUMBER:
    if (isnan(lua_tonumber(L, index))) return lua_pushliteral(L, "nan"); /* its sign is the processor's */
    break;
  default: break;
  }
  return luaL_tolstring(L, index, NULL);
}

int bind_wrong(lua_State *L, int index, const char *who, const char *name, const char *expected) {
  return luaL_error(L, "%s: %s must be %s, not %s", who, name, expected, bind_shown(L, index));
}

lua_Integer bind_integer(lua_State *L, int index, const char *who, const char *name) {
  int is = 0;
  lua_Integer value = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is) : 0;
  if (!is) bind_wrong(L, index, who, name, "an integer");
  return value;
}

lua_Integer bind_integer_from(lua_State *L, int index, const char *who, const char *name, lua_Integer least) {
  int is = 0;
  lua_Integer value = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is) : 0;
  if (!is || value < least)
    luaL_error(L, "%s: %s must be an integer >= %I, not %s", who, name, (LUAI_UACINT)least, bind_shown(L, index));
  return value;
}

size_t bind_size(lua_State *L, int index, const char *who, const char *name) {
  return (size_t)bind_integer_from(L, index, who, name, 0);
}

lua_Number bind_number(lua_State *L, int index, const char *who, const char *name) {
  if (lua_type(L, index) != LUA_TNUMBER) bind_wrong(L, index, who, name, "a number");
  return lua_tonumber(L, index);
}

lua_Number bind_number_or(lua_State *L, int index, const char *who, const char *name, lua_Number def) {
  return lua_isnoneornil(L, index) ? def : bind_number(L, index, who, name);
}

lua_Number bind_fitting(lua_State *L, int index, const char *who, const char *name) {
  lua_Number value = bind_number(L, index, who, name);
  if (!bind_fits(value)) luaL_error(L, "%s: %s is %f, " BIND_BEYOND, who, name, value);
  return value;
}

lua_Number bind_limit(lua_State *L, int index, const char *who, const char *name, int side) {
  lua_Number value = bind_number(L, index, who, name);
  return side * value > 0 && !bind_fits(value) ? side * HUGE_VAL : bind_fitting(L, index, who, name);
}

const char *bind_bytes(lua_State *L, int index, const char *who, const char *name, size_t *n) {
  if (lua_type(L, index) != LUA_TSTRING) bind_wrong(L, index, who, name, "a string");
  return lua_tolstring(L, index, n);
}

const char *bind_string(lua_State *L, int index, const char *who, const char *name) {
  return bind_bytes(L, index, who, name, NULL);
}

void bind_table(lua_State *L, int index, const char *who, const char *name) {
  if (!lua_istable(L, index)) bind_wrong(L, index, who, name, "a table {…}");
}

void *bind_object(lua_State *L, int index, const char *class) {
  void *object = luaL_testudata(L, index, class);
  if (object) return object;
  lua_Debug called;
  bool known = lua_getstack(L, 0, &called) && lua_getinfo(L, "n", &called) && called.name;
  const char *who = known ? called.name : "a method", *kind = strncmp(class, "losslab.", 8) == 0 ? class + 8 : class;
  const char *given = bind_shown(L, index);
  if (index != 1) luaL_error(L, "%s: a %s was expected, not %s", who, class, given);
  luaL_error(L, "%s: the %s itself must come first, not %s; methods are called with a colon, %s:%s(…)", who, kind, given, kind,
             who);
  return NULL;
}
