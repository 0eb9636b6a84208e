/* Options: a table with named fields, unknown ones refused with the nearest known name. */
#include <math.h>
#include <string.h>

#include "lua/bind/bind.h"

static size_t count_names(const char *const *names) {
  size_t n = 0;
  while (names[n]) n++;
  return n;
}

static bool among(const char *word, const char *const *names) {
  for (; names && *names; names++)
    if (strcmp(*names, word) == 0) return true;
  return false;
}

static void check_table(lua_State *L, int index, const char *what) {
  if (!lua_isnoneornil(L, index) && !lua_istable(L, index))
    luaL_error(L, "%s: options must be a table such as {%s = …}, not a %s", what, "name", luaL_typename(L, index));
}

/* beside: entries without a name are the caller's. */
static void check_options(lua_State *L, int index, const char *what, const char *const *names, bool beside) {
  check_table(L, index, what);
  if (lua_isnoneornil(L, index)) return;
  index = lua_absindex(L, index);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      if (beside) continue;
      luaL_error(L, "%s: options have names, as {%s = …}; %s stands there without one", what, names[0], bind_shown(L, -1));
    }
    const char *field = lua_tostring(L, -2);
    if (among(field, names)) continue;
    bind_no_name(L, lua_pushfstring(L, "%s has no option", what), field, names, count_names(names));
  }
}

void bind_options(lua_State *L, int index, const char *what, const char *const *names) {
  check_options(L, index, what, names, false);
}
void bind_options_beside(lua_State *L, int index, const char *what, const char *const *names) {
  check_options(L, index, what, names, true);
}

/* Pushes the field and says whether it is there. */
static bool get(lua_State *L, int index, const char *field) {
  if (lua_isnoneornil(L, index)) {
    lua_pushnil(L);
    return false;
  }
  return lua_getfield(L, index, field) != LUA_TNIL;
}

static void wrong(lua_State *L, const char *what, const char *field, const char *expected) {
  luaL_tolstring(L, -1, NULL);
  luaL_error(L, "%s: %s must be %s, not %s", what, field, expected, lua_tostring(L, -1));
}

lua_Number bind_opt_number(lua_State *L, int index, const char *what, const char *field, lua_Number def) {
  check_table(L, index, what);
  if (get(L, index, field)) {
    if (lua_type(L, -1) != LUA_TNUMBER) wrong(L, what, field, "a number");
    def = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  return def;
}

lua_Integer bind_opt_integer(lua_State *L, int index, const char *what, const char *field, lua_Integer def) {
  check_table(L, index, what);
  if (get(L, index, field)) {
    int is = 0;
    if (lua_type(L, -1) == LUA_TNUMBER) def = lua_tointegerx(L, -1, &is);
    if (!is) wrong(L, what, field, "an integer");
  }
  lua_pop(L, 1);
  return def;
}

bool bind_opt_boolean(lua_State *L, int index, const char *what, const char *field, bool def) {
  check_table(L, index, what);
  if (get(L, index, field)) {
    if (!lua_isboolean(L, -1)) wrong(L, what, field, "true or false");
    def = lua_toboolean(L, -1);
  }
  lua_pop(L, 1);
  return def;
}

const char *bind_opt_string(lua_State *L, int index, const char *what, const char *field, const char *def) {
  check_table(L, index, what);
  if (get(L, index, field)) {
    if (lua_type(L, -1) != LUA_TSTRING) wrong(L, what, field, "a string");
    def = lua_tostring(L, -1);
  }
  lua_pop(L, 1);
  return def;
}

size_t bind_opt_word(lua_State *L, int index, const char *what, const char *field, const char *const *words, size_t def) {
  const char *word = bind_opt_string(L, index, what, field, words[def]);
  size_t place;
  bind_check(L, ll_names_choose(bind_ctx(L), what, field, word, words, count_names(words), &place));
  return place;
}

/* Raises unless the field is a parameter; the error names the nearest of the parameters and options, or lists them. */
static void check_known(lua_State *L, const ll_param_table *table, const char *const *skip, const char *field) {
  const char *names[LL_MAX_PARAMS + 16];
  size_t n = 0, options = skip ? count_names(skip) : 0;
  for (; n < table->count; n++)
    if (strcmp(names[n] = table->params[n].name, field) == 0) return;
  if (!options) {
    size_t place;
    bind_check(L, ll_params_find(bind_ctx(L), table, field, &place));
  }
  for (size_t i = 0; i < options && n < sizeof names / sizeof *names; i++) names[n++] = skip[i];
  bind_no_name(L, lua_pushfstring(L, "%s has no %s", table->owner, table->count ? "parameter" : "option"), field, names, n);
}

void bind_params(lua_State *L, int index, const ll_param_table *table, double *to, const char *const *skip) {
  double values[LL_MAX_PARAMS]; /* of its own, so that a refusal changes nothing */
  check_table(L, index, table->owner);
  if (lua_isnoneornil(L, index)) return;
  index = lua_absindex(L, index);
  ll_ctx *ctx = bind_ctx(L);
  memcpy(values, to, table->count * sizeof *values);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "%s: parameters have names: {%s = …}", table->owner, "name");
    const char *field = lua_tostring(L, -2);
    if (among(field, skip)) continue;
    check_known(L, table, skip, field);
    switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
      if (lua_isinteger(L, -1) &&
          (lua_tonumber(L, -1) >= 9223372036854775808.0 || (lua_Integer)lua_tonumber(L, -1) != lua_tointeger(L, -1)))
        luaL_error(L, "%s: %s is %I, which would be rounded: whole numbers are exact up to 2^53", table->owner, field,
                   (LUAI_UACINT)lua_tointeger(L, -1));
      bind_check(L, ll_params_set_number(ctx, table, values, field, lua_tonumber(L, -1)));
      break;
    case LUA_TBOOLEAN: bind_check(L, ll_params_set_boolean(ctx, table, values, field, lua_toboolean(L, -1))); break;
    case LUA_TSTRING: bind_check(L, ll_params_set_choice(ctx, table, values, field, lua_tostring(L, -1))); break;
    default: luaL_error(L, "%s: %s must be a number, a boolean or a word, not a %s", table->owner, field, luaL_typename(L, -1));
    }
  }
  bind_check(L, ll_params_check(ctx, table, values));
  memcpy(to, values, table->count * sizeof *values);
}

void bind_push_param(lua_State *L, const ll_param *param, double value) {
  switch (param->kind) {
  case LL_PARAM_NUMBER: lua_pushnumber(L, value); break;
  case LL_PARAM_INTEGER: lua_pushinteger(L, (lua_Integer)value); break;
  case LL_PARAM_BOOLEAN: lua_pushboolean(L, value != 0); break;
  case LL_PARAM_CHOICE: lua_pushstring(L, param->choices[(size_t)value]); break;
  }
}

void bind_push_params(lua_State *L, const ll_param_table *table) {
  static const char *const kinds[] = {"number", "integer", "boolean", "choice"};
  lua_createtable(L, (int)table->count, 0);
  for (size_t i = 0; i < table->count; i++) {
    const ll_param *p = &table->params[i];
    char range[256];
    lua_createtable(L, 0, 6);
    lua_pushstring(L, p->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, kinds[p->kind]), lua_setfield(L, -2, "kind");
    bind_push_param(L, p, p->value), lua_setfield(L, -2, "default");
    lua_pushstring(L, ll_param_range(p, range, sizeof range)), lua_setfield(L, -2, "range");
    lua_pushstring(L, p->doc), lua_setfield(L, -2, "doc");
    if (p->kind == LL_PARAM_NUMBER || p->kind == LL_PARAM_INTEGER) {
      if (!isinf(p->low)) lua_pushnumber(L, p->low), lua_setfield(L, -2, "low");
      if (!isinf(p->high)) lua_pushnumber(L, p->high), lua_setfield(L, -2, "high");
      if (p->infinite) lua_pushboolean(L, true), lua_setfield(L, -2, "infinite");
    }
    if (p->kind == LL_PARAM_CHOICE) {
      lua_newtable(L);
      for (size_t c = 0; p->choices[c]; c++) lua_pushstring(L, p->choices[c]), lua_rawseti(L, -2, (lua_Integer)c + 1);
      lua_setfield(L, -2, "choices");
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

void bind_push_inputs(lua_State *L, const ll_input *inputs, size_t n, size_t optional, bool named) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    bool last = i >= n - optional;
    lua_createtable(L, 0, 5);
    lua_pushstring(L, inputs[i].name), lua_setfield(L, -2, "name");
    lua_pushstring(L, inputs[i].shape), lua_setfield(L, -2, "shape");
    lua_pushstring(L, ll_input_role_name(inputs[i].role)), lua_setfield(L, -2, "role");
    lua_pushboolean(L, last), lua_setfield(L, -2, "optional");
    lua_pushboolean(L, last && named), lua_setfield(L, -2, "named");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}
