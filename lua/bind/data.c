/* Data sets in Lua: the class, whose methods stand in data_*.c by subject. Names and folders are looked up by
 * lua/losslab/data/sets.lua. */
#include <stdlib.h>

#include "lua/bind/data.h"

ll_data *bind_data(lua_State *L, int index) { return bind_get(L, index, BIND_DATA); }

ll_data **bind_data_new(lua_State *L) { return (ll_data **)bind_new(L, BIND_DATA); }

void bind_data_account(lua_State *L, const ll_data *data) {
  if (data) bind_account(L, ll_data_bytes(data));
}

size_t bind_data_large(void) {
  const char *given = getenv("LOSSLAB_COPY");
  char *end;
  unsigned long long bytes = given ? strtoull(given, &end, 10) : 0;
  if (!given || end == given || *end) return (size_t)64 << 20;
  return bytes ? (size_t)bytes : 1;
}

static bool is_large(const ll_data *data, size_t rows) { return rows * data->x.cols * sizeof(ll_real) >= bind_data_large(); }

ll_status bind_data_part(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler, ll_data **out) {
  bool view = is_large(data, rows ? n : data->x.rows);
  return view ? ll_data_view(ctx, data, rows, n, scaler, out) : ll_data_subset(ctx, data, rows, n, scaler, out);
}

ll_status bind_data_filled(ll_ctx *ctx, const ll_data *data, const double *means, ll_data **out) {
  ll_data *view;
  if (data->view || !is_large(data, data->x.rows)) return ll_data_fill(ctx, data, means, out);
  *out = NULL;
  LL_TRY(ll_data_view(ctx, data, NULL, 0, NULL, &view));
  ll_status status = ll_data_fill(ctx, view, means, out);
  ll_data_free(ctx, view);
  return status;
}

const char **bind_data_names(lua_State *L, int index, const char *what) {
  size_t n = lua_rawlen(L, index);
  index = lua_absindex(L, index);
  const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
  for (size_t k = 0; k < n; k++) {
    if (lua_rawgeti(L, index, (lua_Integer)k + 1) != LUA_TSTRING)
      luaL_error(L, "%s: name %d is a %s, not a string", what, (int)k + 1, luaL_typename(L, -1));
    names[k] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  return names;
}

static int data_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_DATA);
  ll_data *data = *slot;
  *slot = NULL;
  ll_data_free(bind_ctx(L), data);
  return 0;
}

static int data_tostring(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_DATA);
  const ll_data *d = *slot;
  if (!d) {
    lua_pushliteral(L, "data (closed)");
    return 1;
  }
  luaL_Buffer b;
  size_t *counts = bind_data_counts(L, d), groups; /* stays below the buffer */
  bind_check(L, ll_data_group_count(bind_ctx(L), d, &groups));
  luaL_buffinit(L, &b);
  lua_pushfstring(L, "data %s%s: %I rows, %I features, ", d->info->name, d->index ? " (a part)" : "", (LUAI_UACINT)d->x.rows,
                  (LUAI_UACINT)d->x.cols);
  luaL_addvalue(&b);
  if (d->info->multiclass) lua_pushfstring(L, "%I classes", (LUAI_UACINT)d->info->n_classes);
  else if (d->info->values) lua_pushliteral(L, "real values");
  else lua_pushfstring(L, "%I positive", (LUAI_UACINT)counts[1]);
  luaL_addvalue(&b);
  if (d->weights.rows) luaL_addstring(&b, ", weights");
  if (d->groups) {
    lua_pushfstring(L, ", in %I group%s", (LUAI_UACINT)groups, groups == 1 ? "" : "s");
    luaL_addvalue(&b);
  }
  for (size_t k = 0; k < d->info->n_notes; k++) {
    lua_pushfstring(L, "\n  note: %s", d->info->notes[k]);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  return 1;
}

/** data
 * A data set: features data.x (n, d), labels data.y (n, 1), and what is known of them.
 * Binary labels are 0 and 1 (1: positive, target), classes 1 to K, real values any numbers. Parts of it, as data:split gives them,
 * are sets, too; nothing changes a set. A field that it does not have is an error.
 * See: ll.data.load, data.x, data:split, data:batches
 * Example:
 *   local set = ll.data.load "breast_cancer"
 *   set   --> data breast_cancer: 569 rows, 30 features, 212 positive …
 *   set.x:shape()   --> 569 30
 */
int bind_open_data(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__gc", data_close}, {"__close", data_close}, {"__tostring", data_tostring}, {NULL, NULL}};
  bind_data_batches_class(L);
  bind_data_folder_classes(L);
  bind_interactions_class(L);
  bind_class(L, BIND_DATA, bind_data_splits, metamethods);
  luaL_getmetatable(L, BIND_DATA);
  lua_getfield(L, -1, "methods");
  bind_methods(L, bind_data_rows);
  bind_methods(L, bind_data_batches);
  bind_methods(L, bind_data_packing);
  bind_methods(L, bind_data_applying);
  lua_pop(L, 2);
  bind_data_fields(L);
  lua_newtable(L);
  bind_functions(L, bind_data_reading);
  bind_functions(L, bind_data_making);
  bind_functions(L, bind_data_folders);
  bind_functions(L, bind_data_contents);
  lua_pushcfunction(L, bind_data_interactions), lua_setfield(L, -2, "pairs");
  return 1;
}
