/* What is computed with matrices: every row of the op table as a function and a method, and the operators. Gradients stand in
 * gradients.c. */
#include "lua/bind/matrix.h"

/* ---- ops: one C function for all rows; the row is its upvalue ------------------------------------------------------------ */

static size_t check_place(lua_State *L, int index, const char *who, const char *name) {
  return (size_t)bind_integer_from(L, index, who, name, 1);
}

/* A flag must be a boolean: by Lua's own rule any number would be true, also one that is meant as an axis. */
static bool opt_flag(lua_State *L, int at, const char *who, const char *name) {
  if (lua_isnoneornil(L, at)) return false;
  if (!lua_isboolean(L, at)) bind_wrong(L, at, who, name, "true or false");
  return lua_toboolean(L, at);
}

/* Each reads the arguments from `at` on; who is the op, for messages. */
static void args_none(lua_State *L, const char *who, int at, ll_op_args *args) { (void)L, (void)who, (void)at, (void)args; }
static void args_scale(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->a = lua_isnoneornil(L, at) ? 1 : bind_fitting(L, at, who, "the factor");
  args->b = lua_isnoneornil(L, at + 1) ? 0 : bind_fitting(L, at + 1, who, "what is added");
}
static void args_power(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->a = bind_fitting(L, at, who, "the exponent");
}
static void args_clamp(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->a = bind_limit(L, at, who, "low", -1);
  args->b = bind_limit(L, at + 1, who, "high", 1);
}
static void args_flags(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->transpose_a = opt_flag(L, at, who, "transpose_x");
  args->transpose_b = opt_flag(L, at + 1, who, "transpose_y");
}
static void args_shape(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->i = bind_size(L, at, who, "rows");
  args->j = bind_size(L, at + 1, who, "cols");
}
static void args_range(lua_State *L, const char *who, int at, ll_op_args *args) {
  size_t first = check_place(L, at, who, "first"), last = bind_size(L, at + 1, who, "last");
  if (last + 1 < first) luaL_error(L, "%s: last, %d, is before first, %d", who, (int)last, (int)first);
  args->i = first - 1;
  args->j = last + 1 - first;
}
static void args_pad(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->i = check_place(L, at, who, "first") - 1;
  args->j = bind_size(L, at + 1, who, "the size");
}
static void args_correction(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->a = bind_number_or(L, at, who, "the correction", 1);
}
static void args_reverse(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->reverse = opt_flag(L, at, who, "reverse");
}
static void args_list(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->list = bind_list(L, at, who, &args->listed);
}
static void args_places(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->i = bind_size(L, at + 1, who, "the size");
  args_list(L, who, at, args);
}
static void args_transposed(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->transpose_a = opt_flag(L, at, who, "transposed");
}
static void args_triangle(lua_State *L, const char *who, int at, ll_op_args *args) {
  args->upper = opt_flag(L, at, who, "upper");
  args_transposed(L, who, at + 1, args);
}

static void (*const read_args[])(lua_State *, const char *, int, ll_op_args *) = {[LL_ARGS_NONE] = args_none,
                                                                                  [LL_ARGS_SCALE] = args_scale,
                                                                                  [LL_ARGS_POWER] = args_power,
                                                                                  [LL_ARGS_CLAMP] = args_clamp,
                                                                                  [LL_ARGS_FLAGS] = args_flags,
                                                                                  [LL_ARGS_SHAPE] = args_shape,
                                                                                  [LL_ARGS_RANGE] = args_range,
                                                                                  [LL_ARGS_PAD] = args_pad,
                                                                                  [LL_ARGS_CORRECTION] = args_correction,
                                                                                  [LL_ARGS_REVERSE] = args_reverse,
                                                                                  [LL_ARGS_LIST] = args_list,
                                                                                  [LL_ARGS_PLACES] = args_places,
                                                                                  [LL_ARGS_TRANSPOSED] = args_transposed,
                                                                                  [LL_ARGS_TRIANGLE] = args_triangle};
_Static_assert(sizeof read_args / sizeof *read_args == LL_ARGS_KIND_COUNT, "a reader for each kind of arguments");

/* How many arguments each reads behind the operands. */
static const int taken[] = {
    [LL_ARGS_NONE] = 0,  [LL_ARGS_SCALE] = 2,  [LL_ARGS_POWER] = 1,      [LL_ARGS_CLAMP] = 2,      [LL_ARGS_FLAGS] = 2,
    [LL_ARGS_SHAPE] = 2, [LL_ARGS_RANGE] = 2,  [LL_ARGS_PAD] = 2,        [LL_ARGS_CORRECTION] = 1, [LL_ARGS_REVERSE] = 1,
    [LL_ARGS_LIST] = 1,  [LL_ARGS_PLACES] = 2, [LL_ARGS_TRANSPOSED] = 1, [LL_ARGS_TRIANGLE] = 2};
_Static_assert(sizeof taken / sizeof *taken == LL_ARGS_KIND_COUNT, "a number for each kind of arguments");

static const char *const operands[][3] = {
    {"the matrix"}, {"the first operand", "the second operand"}, {"the first operand", "the second operand", "the third operand"}};

static int apply(lua_State *L, const ll_op *op) {
  ll_node *inputs[LL_MAX_INPUTS], *out;
  ll_op_args args = {0};
  if (lua_gettop(L) < op->arity)
    return luaL_error(L, "%s takes %d %s, not %d; methods are called with a colon, matrix:%s(…)", op->name, op->arity,
                      op->arity == 1 ? "matrix" : "matrices", lua_gettop(L), op->name);
  for (int i = 0; i < op->arity; i++) inputs[i] = bind_node(L, i + 1, op->name, operands[op->arity - 1][i]);
  read_args[op->args](L, op->name, op->arity + 1, &args);
  bind_check(L, ll_apply(bind_ctx(L), op, inputs, &args, &out));
  bind_push_node(L, out);
  return 1;
}

/* max(x) and min(x) of one matrix are those of all its elements. */
static int op_call(lua_State *L) {
  const ll_op *op = lua_touserdata(L, lua_upvalueindex(1));
  if (lua_gettop(L) == 1 && op == ll_op_find("max")) op = ll_op_find("max_all");
  if (lua_gettop(L) == 1 && op == ll_op_find("min")) op = ll_op_find("min_all");
  /* What is too many would be ignored silently: a third matrix of vstack. */
  if (op->arity > 1 && op->args == LL_ARGS_NONE && luaL_testudata(L, op->arity + 1, BIND_MATRIX))
    return luaL_error(L, "%s takes %d matrices, not %d", op->name, op->arity, lua_gettop(L));
  /* So would an axis: m:sum(1) is not the sums along axis 1. */
  if (op->arity == 1 && op->args == LL_ARGS_NONE && lua_type(L, 2) == LUA_TNUMBER)
    return luaL_error(L, "%s takes a matrix and no number; ops such as row_sums and col_sums work by rows and by columns",
                      op->name);
  while (lua_gettop(L) > op->arity && lua_isnil(L, -1)) lua_pop(L, 1);
  if (lua_gettop(L) > op->arity + taken[op->args])
    return luaL_error(L, "%s takes at most %d argument%s, the matri%s counted, not %d", op->name, op->arity + taken[op->args],
                      op->arity + taken[op->args] == 1 ? "" : "s", op->arity == 1 ? "x" : "ces", lua_gettop(L));
  return apply(L, op);
}

/* Sets each op as a field of the table on the top. */
static void set_ops(lua_State *L) {
  for (size_t i = 0; i < ll_op_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_ops[i]);
    lua_pushcclosure(L, op_call, 1);
    lua_setfield(L, -2, ll_ops[i]->name);
  }
}

/** ll.ops() -> table
 * The table of what is computed with matrices, a row for each function.
 * Fields: name, arity (the number of matrices it takes), formula, low and high (between which its tests sample them), call,
 * operands, arguments, group (as help says them).
 * See: matrix, ll.gradcheck
 * Example:
 *   ll.ops()[1].name      --> exp
 *   ll.ops()[1].formula   --> e^x, elementwise
 */
static int graph_ops(lua_State *L) {
  lua_createtable(L, (int)ll_op_count, 0);
  for (size_t i = 0; i < ll_op_count; i++) {
    lua_createtable(L, 0, 9);
    lua_pushstring(L, ll_ops[i]->name), lua_setfield(L, -2, "name");
    lua_pushinteger(L, ll_ops[i]->arity), lua_setfield(L, -2, "arity");
    lua_pushstring(L, ll_ops[i]->formula), lua_setfield(L, -2, "formula");
    lua_pushnumber(L, ll_ops[i]->low), lua_setfield(L, -2, "low");
    lua_pushnumber(L, ll_ops[i]->high), lua_setfield(L, -2, "high");
    bind_op_words(L, ll_ops[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ---- operators -------------------------------------------------------------------------------------------------------------- */

static int scaled(lua_State *L, int matrix, double a, double b) {
  ll_node *x = bind_node(L, matrix, "arithmetic", "the matrix"), *out;
  bind_check(L, ll_apply(bind_ctx(L), ll_op_find("scale"), &x, &(ll_op_args){.a = a, .b = b}, &out));
  bind_push_node(L, out);
  return 1;
}

static lua_Number operand(lua_State *L, int index, const char *who) { return bind_fitting(L, index, who, operands[1][index - 1]); }

/* A number as the other operand is not made a matrix. */
static int operator_add(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) return scaled(L, 1, 1, operand(L, 2, "add"));
  if (lua_type(L, 1) == LUA_TNUMBER) return scaled(L, 2, 1, operand(L, 1, "add"));
  return apply(L, ll_op_find("add"));
}
static int operator_sub(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) return scaled(L, 1, 1, -operand(L, 2, "sub"));
  if (lua_type(L, 1) == LUA_TNUMBER) return scaled(L, 2, -1, operand(L, 1, "sub"));
  return apply(L, ll_op_find("sub"));
}
static int operator_mul(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) return scaled(L, 1, operand(L, 2, "mul"), 0);
  if (lua_type(L, 1) == LUA_TNUMBER) return scaled(L, 2, operand(L, 1, "mul"), 0);
  return apply(L, ll_op_find("mul"));
}
static int operator_div(lua_State *L) { return apply(L, ll_op_find("div")); }
static int operator_matmul(lua_State *L) { return apply(L, ll_op_find("matmul")); } /* % : as * binds, so x % w + b */
static int operator_unm(lua_State *L) { return scaled(L, 1, -1, 0); }
static int operator_pow(lua_State *L) { return apply(L, ll_op_find(lua_type(L, 2) == LUA_TNUMBER ? "pow" : "power")); }

/** matrix:t() -> matrix
 * The transpose, a short name of matrix:transpose: rows become columns.
 * See: ll.transpose
 * Example:
 *   ll.matrix({ 1, 2, 3 }):t():shape()   --> 1 3
 */
static int graph_transpose(lua_State *L) { return apply(L, ll_op_find("transpose")); }

static const bind_function functions[] = {{"ops", graph_ops, 0}, {NULL, NULL, 0}};
static const bind_function methods[] = {{"t", graph_transpose, 1}, {NULL, NULL, 0}};
static const luaL_Reg operators[] = {
    {"__add", operator_add},    {"__sub", operator_sub}, {"__mul", operator_mul}, {"__div", operator_div},
    {"__mod", operator_matmul}, {"__unm", operator_unm}, {"__pow", operator_pow}, {NULL, NULL}};

/* Adds to the class that matrix.c has made. */
int bind_open_graph(lua_State *L) {
  luaL_getmetatable(L, BIND_MATRIX);
  luaL_setfuncs(L, operators, 0);
  lua_getfield(L, -1, "methods");
  bind_methods(L, methods);
  bind_methods(L, bind_gradient_methods);
  set_ops(L);
  lua_pop(L, 2);
  bind_module(L, functions);
  bind_functions(L, bind_gradient_functions);
  set_ops(L);
  return 1;
}
