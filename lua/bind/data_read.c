/* Reading sets in Lua: the options of a file, and the formats that there are. */
#include <string.h>

#include "lua/bind/data.h"

/* The names of columns that options list under a name, and how many; kept on the stack. */
static const char *const *column_names(lua_State *L, int index, const char *option, size_t *count) {
  if (lua_getfield(L, index, option) == LUA_TNIL) return NULL;
  int table = lua_gettop(L);
  if (!lua_istable(L, table)) luaL_error(L, "data: %s must be {names of columns}, not %s", option, luaL_tolstring(L, table, NULL));
  *count = lua_rawlen(L, table);
  return bind_data_names(L, table, lua_pushfstring(L, "data: %s", option));
}

static void missing_policy(lua_State *L, int index, ll_read_options *o) {
  static const char *const policies[] = {"error", "mean", "drop"};
  int type = lua_getfield(L, index, "missing");
  if (type == LUA_TNUMBER) o->missing = LL_MISSING_CONSTANT, o->constant = lua_tonumber(L, -1);
  else if (type != LUA_TNIL) {
    const char *word = lua_tostring(L, -1);
    int k = 0;
    while (word && k < 3 && strcmp(word, policies[k]) != 0) k++;
    if (!word || k == 3)
      luaL_error(L, "data: missing must be \"error\", \"mean\", \"drop\" or a number, not %s", luaL_tolstring(L, -1, NULL));
    o->missing = (ll_missing)k;
  }
}

/* The name of a class, which may be a number, kept on the stack. */
static void positive_class(lua_State *L, int index, ll_read_options *o) {
  int type = lua_getfield(L, index, "positive");
  if (type == LUA_TNUMBER || type == LUA_TSTRING) o->positive = lua_tostring(L, -1);
  else if (type != LUA_TNIL) luaL_error(L, "data: positive must be the name of a class, not %s", bind_shown(L, -1));
}

/* The column of labels, by its name or its place, kept on the stack. */
static void label_column(lua_State *L, int index, ll_read_options *o) {
  int type = lua_getfield(L, index, "label"), whole = 0;
  if (type == LUA_TSTRING) o->label = lua_tostring(L, -1);
  else if (type != LUA_TNIL) {
    lua_Integer place = type == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
    if (!whole || place < 1)
      luaL_error(L, "data: label must be the name of a column or its number, from 1, not %s", bind_shown(L, -1));
    o->label_column = (size_t)place;
  }
}

/* read(path [, format or {format, comment, missing, categorical, ignore, labels, features, positive, label, values, weight,
 * type}]): what lua/losslab/data/sets.lua calls for ll.data.load and ll.data.csv. */
static int data_read(lua_State *L) {
  static const char *const names[] = {"format",   "comment", "missing", "categorical", "ignore", "labels", "features",
                                      "positive", "label",   "type",    "values",      "weight", NULL};
  const char *path = luaL_checkstring(L, 1);
  ll_read_options options = {.keep = bind_data_large()};
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TTABLE) {
    bind_options(L, 2, "data", names);
    options.format = bind_opt_string(L, 2, "data", "format", NULL);
    const char *comment = bind_opt_string(L, 2, "data", "comment", NULL);
    if (comment && strlen(comment) != 1) return luaL_error(L, "data: comment must be one character, not \"%s\"", comment);
    options.comment = comment ? *comment : 0;
    options.labels = bind_opt_string(L, 2, "data", "labels", NULL);
    lua_Integer features = bind_opt_integer(L, 2, "data", "features", 0);
    if (features < 0) return luaL_error(L, "data: features must be >= 0, not %I", (LUAI_UACINT)features);
    options.features = (size_t)features;
    missing_policy(L, 2, &options);
    options.categorical = column_names(L, 2, "categorical", &options.n_categorical);
    options.ignore = column_names(L, 2, "ignore", &options.n_ignore);
    positive_class(L, 2, &options);
    label_column(L, 2, &options);
    options.values = bind_opt_string(L, 2, "data", "values", NULL);
    options.weight = bind_opt_string(L, 2, "data", "weight", NULL);
    options.type = bind_opt_string(L, 2, "data", "type", NULL);
  } else {
    options.format = luaL_optstring(L, 2, NULL);
  }
  ll_data **out = bind_data_new(L);
  bind_descriptors(L);
  bind_check(L, ll_data_read(bind_ctx(L), path, &options, out));
  bind_data_account(L, *out);
  return 1;
}

/** ll.data.formats() -> { { format, suffix, summary }, … }
 * The formats of files, a row for each suffix of a name; .gz and .zst may stand behind it.
 * See: ll.data.load
 * Example:
 *   local first = ll.data.formats()[1]
 *   first.format, first.suffix   --> csv .csv
 */
static int data_formats(lua_State *L) {
  lua_Integer rows = 0;
  lua_newtable(L);
  for (size_t k = 0; k < ll_format_count; k++)
    for (const char *const *suffix = ll_formats[k]->suffixes; *suffix; suffix++) {
      lua_createtable(L, 0, 3);
      lua_pushstring(L, ll_formats[k]->name), lua_setfield(L, -2, "format");
      lua_pushstring(L, *suffix), lua_setfield(L, -2, "suffix");
      lua_pushstring(L, ll_formats[k]->summary), lua_setfield(L, -2, "summary");
      lua_rawseti(L, -2, ++rows);
    }
  return 1;
}

const bind_function bind_data_reading[] = {{"read", data_read, 2}, {"formats", data_formats, 0}, {NULL, NULL, 0}};
