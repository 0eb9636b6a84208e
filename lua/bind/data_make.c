/* Making sets in Lua: from generators and from matrices. */
#include <math.h>

#include "lua/bind/data.h"

/* generate(name [, {parameters}]) */
static int data_generate(lua_State *L) {
  const ll_generator *generator;
  double params[LL_MAX_PARAMS];
  lua_settop(L, 2);
  bind_check(L, ll_generator_find(bind_ctx(L), luaL_checkstring(L, 1), &generator));
  ll_params_default(&generator->params, params);
  bind_params(L, 2, &generator->params, params, NULL);
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_generate(bind_ctx(L), generator, params, out));
  bind_data_account(L, *out);
  return 1;
}

/* generators(): {{name, summary, params}, …} */
static int data_generators(lua_State *L) {
  lua_createtable(L, (int)ll_generator_count, 0);
  for (size_t k = 0; k < ll_generator_count; k++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, ll_generators[k]->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, ll_generators[k]->summary), lua_setfield(L, -2, "summary");
    bind_push_params(L, &ll_generators[k]->params), lua_setfield(L, -2, "params");
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  return 1;
}

/* matrix(x, y [, {name, names, groups}]): a set over x itself. */
static int data_matrix(lua_State *L) {
  static const char *const names[] = {"name", "names", "groups", NULL};
  lua_settop(L, 3);
  const ll_matrix *x = bind_matrix(L, 1), *y = bind_matrix(L, 2);
  bind_options(L, 3, "data.matrix", names);
  const char *name = bind_opt_string(L, 3, "data.matrix", "name", "matrix"), **columns = NULL;
  uint32_t *groups = NULL;
  if (lua_istable(L, 3) && lua_getfield(L, 3, "names") != LUA_TNIL) {
    int table = lua_gettop(L);
    luaL_checktype(L, table, LUA_TTABLE);
    if (lua_rawlen(L, table) != x->cols)
      return luaL_error(L, "data.matrix: %I names for %I columns", (LUAI_UACINT)lua_rawlen(L, table), (LUAI_UACINT)x->cols);
    columns = bind_data_names(L, table, "data.matrix");
  }
  if (lua_istable(L, 3) && lua_getfield(L, 3, "groups") != LUA_TNIL) {
    const ll_matrix *m = bind_matrix(L, lua_gettop(L));
    if (m->rows != x->rows || m->cols != 1)
      return luaL_error(L, "data.matrix: groups %dx%d for %d rows", (int)m->rows, (int)m->cols, (int)x->rows);
    groups = lua_newuserdatauv(L, (m->rows + 1) * sizeof *groups, 0);
    for (size_t i = 0; i < m->rows; i++) {
      double group = (double)*ll_matrix_row(m, i);
      if (!(group >= 0 && group <= UINT32_MAX && floor(group) == group))
        return luaL_error(L, "data.matrix: the group of row %d is %f, not a whole number from 0 on", (int)i + 1, group);
      groups[i] = (uint32_t)group;
    }
  }
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_data_new(bind_ctx(L), name, x, y, columns, groups, out));
  return 1;
}

const luaL_Reg bind_data_making[] = {
    {"generate", data_generate}, {"generators", data_generators}, {"matrix", data_matrix}, {NULL, NULL}};
