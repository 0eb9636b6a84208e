/* Making sets in Lua: from generators and from matrices. */
#include "lua/bind/data.h"

/* generate(name [, {parameters}]) */
static int data_generate(lua_State *L) {
  const ll_generator *generator;
  double params[LL_MAX_PARAMS];
  lua_settop(L, 2);
  bind_check(L, ll_generator_find(bind_ctx(L), bind_string(L, 1, "data.generate", "the generator's name"), &generator));
  ll_params_default(&generator->params, params);
  bind_params(L, 2, &generator->params, params, NULL);
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_generate(bind_ctx(L), generator, params, out));
  bind_data_account(L, *out);
  return 1;
}

/* probability(name, x [, {parameters}]): how probable it is that a row that this generator draws is positive, n×1. */
static int data_probability(lua_State *L) {
  const ll_generator *generator;
  double params[LL_MAX_PARAMS];
  ll_matrix out;
  lua_settop(L, 3);
  bind_check(L, ll_generator_find(bind_ctx(L), bind_string(L, 1, "data.probability", "the generator's name"), &generator));
  const ll_matrix *x = bind_matrix(L, 2, generator->name, "x");
  ll_params_default(&generator->params, params);
  bind_params(L, 3, &generator->params, params, NULL);
  bind_check(L, ll_generator_probability(bind_ctx(L), generator, params, x, &out));
  bind_push_matrix(L, &out);
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
  const ll_matrix *x = bind_matrix(L, 1, "data.matrix", "x"),
                  *y = &bind_input(L, 2, "data.matrix", &(ll_input){"labels", "n,1", LL_INPUT_CLASS})->value;
  bind_options(L, 3, "data.matrix", names);
  const char *name = bind_opt_string(L, 3, "data.matrix", "name", "matrix"), **columns = NULL;
  uint32_t *groups = NULL;
  if (lua_istable(L, 3) && lua_getfield(L, 3, "names") != LUA_TNIL) {
    int table = lua_gettop(L);
    bind_table(L, table, "data.matrix", "names");
    if (lua_rawlen(L, table) != x->cols)
      return luaL_error(L, "data.matrix: %I names for %I columns", (LUAI_UACINT)lua_rawlen(L, table), (LUAI_UACINT)x->cols);
    columns = bind_data_names(L, table, "data.matrix");
  }
  if (lua_istable(L, 3) && lua_getfield(L, 3, "groups") != LUA_TNIL) {
    bind_source source = {.index = lua_gettop(L), .who = "data.matrix", .name = "groups"};
    size_t rows, distinct;
    if (!bind_as_node(L, source.index)) bind_table(L, source.index, "data.matrix", "groups");
    groups = bind_numbered(L, &source, 1, &rows, &distinct);
    if (rows != x->rows) return luaL_error(L, "data.matrix: %I groups for %I rows", (LUAI_UACINT)rows, (LUAI_UACINT)x->rows);
  }
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_data_new(bind_ctx(L), name, x, y, columns, groups, out));
  return 1;
}

/* numbered(list): a column of the numbers 1..k of a list's integers or strings, k of them different, in ascending order; and those
 * k as an array. */
static int data_numbered(lua_State *L) {
  size_t n, distinct;
  lua_settop(L, 1);
  bind_source source = {.index = 1, .who = "numbered", .name = "the list"};
  if (!bind_as_node(L, 1)) bind_table(L, 1, "numbered", "the list");
  const uint32_t *numbers = bind_numbered(L, &source, 1, &n, &distinct);
  bind_places(L, "numbered", distinct);
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)(numbers[i] + 1.0);
  bind_push_matrix(L, &m);
  lua_createtable(L, (int)distinct, 0);
  for (size_t i = 0; i < n; i++) {
    bind_push_identity(L, &source, i);
    lua_rawseti(L, -2, (lua_Integer)numbers[i] + 1);
  }
  return 2;
}

const bind_function bind_data_making[] = {{"generate", data_generate, 2},       {"generators", data_generators, 0},
                                          {"probability", data_probability, 3}, {"matrix", data_matrix, 3},
                                          {"numbered", data_numbered, 1},       {NULL, NULL, 0}};
