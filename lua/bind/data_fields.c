/* What is known of a data set, as fields of its userdata. A set keeps its matrices' userdata, so that set.x is the same object each
 * time. */
#include <math.h>

#include "lua/bind/data.h"

static void push_shared(lua_State *L, const ll_matrix *m) {
  ll_matrix share = ll_matrix_share(m);
  bind_push_matrix(L, &share);
}

static void push_numbers(lua_State *L, const uint32_t *numbers, size_t n) {
  ll_matrix m;
  if (!numbers) {
    lua_pushnil(L);
    return;
  }
  size_t most = 0;
  for (size_t i = 0; i < n; i++) most = numbers[i] >= most ? numbers[i] + (size_t)1 : most;
  bind_places(L, "groups and domains", most);
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)(numbers[i] + 1.0);
  bind_push_matrix(L, &m);
}

static void push_names(lua_State *L, const char *const *names, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

size_t *bind_data_counts(lua_State *L, const ll_data *data) {
  size_t *counts = lua_newuserdatauv(L, data->info->n_classes * sizeof *counts, 0);
  ll_data_class_counts(data, counts);
  return counts;
}

static void push_positive(lua_State *L, const ll_data *d) {
  if (d->info->multiclass) {
    lua_pushnil(L);
    return;
  }
  size_t *counts = bind_data_counts(L, d);
  lua_pushinteger(L, (lua_Integer)counts[1]);
}

static void push_class_counts(lua_State *L, const ll_data *d) {
  size_t *counts = bind_data_counts(L, d);
  lua_createtable(L, (int)d->info->n_classes, 0);
  for (size_t k = 0; k < d->info->n_classes; k++) {
    lua_pushinteger(L, (lua_Integer)counts[k]);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
}

static void push_notes(lua_State *L, const ll_data *d) { push_names(L, d->info->notes, d->info->n_notes); }

static void push_truth(lua_State *L, const ll_data *d) {
  if (d->truth.rows) push_shared(L, &d->truth);
  else lua_pushnil(L);
}

static void push_optimal(lua_State *L, const ll_data *d) {
  if (isnan(d->info->optimal_auc)) lua_pushnil(L);
  else lua_pushnumber(L, d->info->optimal_auc);
}

static void push_x(lua_State *L, const ll_data *d) { push_shared(L, &d->x); }
static void push_y(lua_State *L, const ll_data *d) { push_shared(L, &d->y); }
static void push_rows(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)d->x.rows); }
static void push_features(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)d->x.cols); }
static void push_name(lua_State *L, const ll_data *d) { lua_pushstring(L, d->info->name); }
static void push_path(lua_State *L, const ll_data *d) { lua_pushstring(L, *d->info->path ? d->info->path : NULL); }
static void push_hash(lua_State *L, const ll_data *d) { lua_pushstring(L, d->info->hash); }
static void push_columns(lua_State *L, const ll_data *d) { push_names(L, d->info->columns, d->info->n_columns); }
static void push_class_names(lua_State *L, const ll_data *d) { push_names(L, d->info->classes, d->info->n_classes); }
static void push_classes(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)d->info->n_classes); }
static void push_multiclass(lua_State *L, const ll_data *d) { lua_pushboolean(L, d->info->multiclass); }
static void push_missing(lua_State *L, const ll_data *d) { lua_pushboolean(L, d->missing); }
static void push_groups(lua_State *L, const ll_data *d) { push_numbers(L, d->groups, d->x.rows); }
static void push_domains(lua_State *L, const ll_data *d) { push_numbers(L, d->domains, d->x.rows); }

typedef struct field {
  const char *name;
  void (*push)(lua_State *L, const ll_data *data);
  bool keep; /* the same object each time */
} field;

static const field fields[] = {
    {"x", push_x, true},
    {"y", push_y, true},
    {"rows", push_rows, false},
    {"features", push_features, false},
    {"name", push_name, false},
    {"path", push_path, false},
    {"hash", push_hash, false},
    {"columns", push_columns, true},
    {"classes", push_classes, false},
    {"class_names", push_class_names, true},
    {"notes", push_notes, true},
    {"class_counts", push_class_counts, false},
    {"multiclass", push_multiclass, false},
    {"missing", push_missing, false},
    {"positives", push_positive, false},
    {"groups", push_groups, true},
    {"domains", push_domains, true},
    {"truth", push_truth, true},
    {"optimal_auc", push_optimal, false},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* Upvalues: the methods; a table from a field's name to its row. */
static int data_index(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL) {
    if (lua_type(L, 2) != LUA_TSTRING) return 1;
    lua_newtable(L);
    for (int i = 1; i <= 2; i++)
      for (lua_pushnil(L); lua_next(L, lua_upvalueindex(i));) lua_pushvalue(L, -2), lua_insert(L, -2), lua_settable(L, -4);
    return bind_unknown(L, "a data set", lua_tostring(L, 2), -1);
  }
  const field *f = lua_touserdata(L, -1);
  if (!f->keep) {
    f->push(L, data);
    return 1;
  }
  if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
  }
  int kept = lua_gettop(L);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, kept) != LUA_TNIL) return 1;
  f->push(L, data);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, kept);
  return 1;
}

void bind_data_fields(lua_State *L) {
  luaL_getmetatable(L, BIND_DATA);
  lua_getfield(L, -1, "methods");
  lua_createtable(L, 0, FIELDS);
  for (size_t k = 0; k < FIELDS; k++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&fields[k]);
    lua_setfield(L, -2, fields[k].name);
  }
  lua_pushcclosure(L, data_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
