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

/** ll.data.probability(name, x [, { parameter = … }]) -> matrix
 * How probable it is that rows x of a generator are positive, n x 1: for the expected risk.
 * With these parameters, and the shares of classes that the generator gives. Rows are as it draws them, not standardised.
 *   name   of a generator that knows: "target_decoy", "gaussians"
 *   x   a matrix of n rows and the generator's columns
 *   parameter   of the generator, as for ll.data.load; each has its default
 * Errors: a generator that does not know; the message says which do.
 * See: ll.risk, ll.data.generators
 * Example:
 *   ll.data.probability("gaussians", ll.zeros(1, 2)):item()   --> 0.5
 */
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

/** ll.data.generators() -> { { name, summary, params }, … }
 * The generators of data sets; each is a function, as ll.data.moons{n = 200}.
 * params is a list of { name, kind, default, range, doc, low, high, choices }.
 * See: ll.data.load, ll.data.list
 * Example:
 *   local first = ll.data.generators()[1]
 *   first.name, first.params[1].name   --> target_decoy n
 */
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

/* The groups or domains in the options at index 3; NULL: none. What they are stays on the stack. */
static const uint32_t *numbers_of_rows(lua_State *L, const char *field, size_t n) {
  if (!lua_istable(L, 3) || lua_getfield(L, 3, field) == LUA_TNIL) return NULL;
  bind_source source = {.index = lua_gettop(L), .who = "data.matrix", .name = field};
  size_t rows, distinct;
  if (!bind_as_node(L, source.index)) bind_table(L, source.index, "data.matrix", field);
  const uint32_t *numbers = bind_numbered(L, &source, 1, &rows, &distinct);
  if (rows != n) luaL_error(L, "data.matrix: %I %s for %I rows", (LUAI_UACINT)rows, field, (LUAI_UACINT)n);
  return numbers;
}

/** ll.data.matrix(x, y [, { name = "matrix", names = nil, groups = nil, classes = nil, … }]) -> data
 * A data set of matrices: features x and labels y.
 * x is not copied; y is.
 *   x   a matrix (n, d) of finite numbers
 *   y   a matrix (n, 1) or an array of n: 0 and 1, -1 and 1, or classes from 1
 *   name   what the set is called ("matrix")
 *   names   an array of d names of columns ("x1", "x2", …)
 *   groups   an array or column of n integers or strings: rows with the same one stay together in splits (none)
 *   domains   an array or column of n integers or strings: where a row comes from, or what it is of (none)
 *   classes   an array of the names of the classes 1, 2, … that y holds
 *   positive   the name of the class that is positive, against all others (none)
 *   values   whether y holds real values, any finite numbers, in the place of labels (false)
 *   weights   a column or array of n numbers >= 0: how much each row counts in a loss (all alike)
 *   missing   whether NaN in x is a missing cell, which each split fills with the means of its training part (false)
 * Errors: another number of labels, names or groups than rows or columns; a label that is none; NaN without missing.
 * See: data, ll.data.table, ll.data.load
 * Example:
 *   local x, y = ll.matrix { { 1, 2 }, { 3, 4 }, { 5, 6 } }, ll.matrix { { 1 }, { 0 }, { 1 } }
 *   local set = ll.data.matrix(x, y, { name = "mine", names = { "a", "b" } })
 *   set   --> data mine: 3 rows, 2 features, 2 positive …
 *   ll.data.matrix(x, { 1, 2, 2 }, { classes = { "no", "yes" }, positive = "yes" }).positives   --> 2
 */
static int data_matrix(lua_State *L) {
  static const char *const names[] = {"name",     "names",   "groups", "domains", "classes",
                                      "positive", "missing", "values", "weights", NULL};
  lua_settop(L, 3);
  bind_options(L, 3, "data.matrix", names);
  bool values = bind_opt_boolean(L, 3, "data.matrix", "values", false);
  const ll_input role = {values ? "values" : "labels", "n,1", values ? LL_INPUT_NUMBERS : LL_INPUT_CLASS};
  const ll_matrix *x = bind_matrix(L, 1, "data.matrix", "x"), *y = &bind_input(L, 2, "data.matrix", &role)->value;
  const char *name = bind_opt_string(L, 3, "data.matrix", "name", "matrix"), **columns = NULL;
  if (lua_istable(L, 3) && lua_getfield(L, 3, "names") != LUA_TNIL) {
    int table = lua_gettop(L);
    bind_table(L, table, "data.matrix", "names");
    if (lua_rawlen(L, table) != x->cols)
      return luaL_error(L, "data.matrix: %I names for %I columns", (LUAI_UACINT)lua_rawlen(L, table), (LUAI_UACINT)x->cols);
    columns = bind_data_names(L, table, "data.matrix");
  }
  ll_data_making making = {.name = name, .x = x, .y = y, .columns = columns, .values = values};
  making.groups = numbers_of_rows(L, "groups", x->rows), making.domains = numbers_of_rows(L, "domains", x->rows);
  if (lua_istable(L, 3) && lua_getfield(L, 3, "weights") != LUA_TNIL)
    making.weights = bind_matrix(L, lua_gettop(L), "data.matrix", "weights");
  making.positive = bind_opt_string(L, 3, "data.matrix", "positive", NULL);
  making.missing = bind_opt_boolean(L, 3, "data.matrix", "missing", false);
  if (lua_istable(L, 3) && lua_getfield(L, 3, "classes") != LUA_TNIL) {
    bind_table(L, lua_gettop(L), "data.matrix", "classes");
    making.n_classes = lua_rawlen(L, -1);
    making.classes = bind_data_names(L, lua_gettop(L), "data.matrix: classes");
  }
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_data_make(bind_ctx(L), &making, out));
  return 1;
}

/** ll.data.numbered(list) -> matrix, { value, … }
 * A list's integers or strings as numbers 1 to k; and the k different ones, ascending.
 * For labels, ids of users or groups that are words. The numbers are a column n x 1.
 *   list   an array of integers or of strings, or a column
 * Errors: a list that holds anything else.
 * See: ll.gather, ll.data.matrix
 * Example:
 *   local numbers, words = ll.data.numbered { "cat", "ant", "cat" }
 *   numbers:get(1, 1), numbers:get(2, 1), words[2]   --> 2 1 cat
 */
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
