/* What is computed with matrices: every row of the op table as a function and a method, operators, gradients. */
#include <string.h>

#include "lua/bind/state.h"

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
  args->transpose_a = opt_flag(L, at, who, "transpose_a");
  args->transpose_b = opt_flag(L, at + 1, who, "transpose_b");
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
  /* A third matrix of vstack would be ignored silently. Ops of one matrix may get more, from functions that pass on several. */
  if (op->arity > 1 && op->args == LL_ARGS_NONE && luaL_testudata(L, op->arity + 1, BIND_MATRIX))
    return luaL_error(L, "%s takes %d matrices, not %d", op->name, op->arity, lua_gettop(L));
  /* So would an axis: m:sum(1) is not the sums along axis 1. */
  if (op->arity == 1 && op->args == LL_ARGS_NONE && lua_type(L, 2) == LUA_TNUMBER)
    return luaL_error(L, "%s takes a matrix and no number; ops such as row_sums and col_sums work by rows and by columns",
                      op->name);
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

/* ops(): the table, described: {name, arity, formula, low, high, call, operands, arguments, group} a row. */
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

/* ---- gradients ----------------------------------------------------------------------------------------------------------------
 */

/* with_grad(m [, wanted = true]): marks a leaf; returns it. */
static int graph_with_grad(lua_State *L) {
  ll_node *node = bind_node(L, 1, "with_grad", "the matrix");
  bool wanted = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  if (node->n_inputs || node->freed)
    return luaL_error(L, "with_grad: this matrix %dx%d is a result; detach it first", (int)node->value.rows, (int)node->value.cols);
  node->requires_grad = wanted;
  node->frozen = false;
  lua_settop(L, 1);
  return 1;
}

/* freeze(m), unfreeze(m): a parameter held still, and let go again. */
static int graph_freeze(lua_State *L) {
  bind_check(L, ll_node_freeze(bind_ctx(L), bind_node(L, 1, "freeze", "the matrix"), true));
  lua_settop(L, 1);
  return 1;
}
static int graph_unfreeze(lua_State *L) {
  bind_check(L, ll_node_freeze(bind_ctx(L), bind_node(L, 1, "unfreeze", "the matrix"), false));
  lua_settop(L, 1);
  return 1;
}

static int graph_detach(lua_State *L) {
  ll_node *out;
  bind_check(L, ll_node_detach(bind_ctx(L), bind_node(L, 1, "detach", "the matrix"), &out));
  bind_push_node(L, out);
  return 1;
}

static int graph_clear_grad(lua_State *L) {
  ll_node_clear_grad(bind_ctx(L), bind_node(L, 1, "clear_grad", "the matrix"));
  lua_settop(L, 1);
  return 1;
}

/* backward(y [, {gradient = m, retain_graph = false}]) */
static int graph_backward(lua_State *L) {
  static const char *const options[] = {"gradient", "retain_graph", NULL};
  ll_node *y = bind_node(L, 1, "backward", "the matrix"), *seed = NULL;
  lua_settop(L, 2);
  bind_options(L, 2, "backward", options);
  bool retain = bind_opt_boolean(L, 2, "backward", "retain_graph", false);
  if (!lua_isnil(L, 2) && lua_getfield(L, 2, "gradient") != LUA_TNIL) seed = bind_node(L, -1, "backward", "gradient");
  bind_check(L, ll_backward(bind_ctx(L), y, seed, retain));
  return 0;
}

/* grad(y, xs [, {gradient, create_graph, retain_graph}]): d y / d x for a matrix x, or an array of them for an array. */
static int graph_grad(lua_State *L) {
  static const char *const options[] = {"gradient", "create_graph", "retain_graph", NULL};
  lua_settop(L, 3);
  ll_node *y = bind_node(L, 1, "grad", "y, the value,"), *seed = NULL;
  bind_options(L, 3, "grad", options);
  bool create = bind_opt_boolean(L, 3, "grad", "create_graph", false);
  bool retain = bind_opt_boolean(L, 3, "grad", "retain_graph", create);
  if (!lua_isnil(L, 3) && lua_getfield(L, 3, "gradient") != LUA_TNIL) seed = bind_node(L, -1, "grad", "gradient");
  bool many = lua_istable(L, 2);
  size_t n = many ? lua_rawlen(L, 2) : 1;
  /* Lua owns the arrays and, from the start, the results: nothing leaks if something raises. */
  ll_node **xs = lua_newuserdatauv(L, (n + 1) * sizeof *xs, 0), **out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
  for (size_t i = 0; i < n; i++) {
    if (many) lua_rawgeti(L, 2, (lua_Integer)i + 1);
    else lua_pushvalue(L, 2);
    xs[i] = bind_as_node(L, -1); /* a number or a table is no part of y */
    if (!xs[i])
      return luaL_error(L,
                        many ? "grad: x is an array whose place %d is %s; matrices that y was computed from were expected"
                             : "grad: x, input %d, is %s; a matrix that y was computed from was expected",
                        many ? (int)i + 1 : 2, bind_shown(L, -1));
    lua_pop(L, 1); /* the table, or the argument, keeps it */
  }
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) bind_new(L, BIND_MATRIX), lua_rawseti(L, -2, (lua_Integer)i + 1);
  bind_check(L, ll_grad(bind_ctx(L), y, seed, xs, n, create, retain, out));
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    *(void **)lua_touserdata(L, -1) = out[i];
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < n; i++) bind_account(L, ll_matrix_count(&out[i]->value) * sizeof(ll_real));
  if (!many) lua_rawgeti(L, -1, 1);
  return 1;
}

/* no_grad(f, …): f(…) with nothing recorded; its results. */
static int no_grad_done(lua_State *L, int status, lua_KContext was) {
  ll_recording(bind_ctx(L), was != 0);
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  return lua_gettop(L);
}

static int graph_no_grad(lua_State *L) {
  if (lua_isnoneornil(L, 1)) return bind_wrong(L, 1, "no_grad", "what is called", "a function, called as no_grad(f, …)");
  bool was = ll_recording(bind_ctx(L), false);
  return no_grad_done(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, was, no_grad_done), was);
}

static const char watch_key = 0;

static int call_hook_protected(lua_State *L) {
  lua_pushstring(L, lua_touserdata(L, 2));
  lua_replace(L, 2);
  lua_call(L, 1, 0);
  return 0;
}

/* Calls the function that watch was given. An error of it is dropped, since the C code that reports to it holds memory that a jump
 * would leak. */
static void call_hook(void *data, const char *report) {
  lua_State *L = data;
  if (!lua_checkstack(L, 4)) return;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &watch_key);
  lua_pushcfunction(L, call_hook_protected);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, (void *)(uintptr_t)report);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

/* watch(true): from now on the op, or the backward, that makes the first NaN or infinity raises an error that says which and
 * from what; watch(f): f(report) is called instead, once; watch(false): no more. Returns whether it was on. */
static int graph_watch(lua_State *L) {
  bool was = ll_watch_is_on(bind_ctx(L)), hooked = lua_isfunction(L, 1);
  if (lua_isnone(L, 1)) return bind_wrong(L, 1, "watch", "the switch", "true, false or a function");
  lua_settop(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &watch_key);
  ll_watch(bind_ctx(L), lua_toboolean(L, 1), hooked ? call_hook : NULL, main);
  lua_pushboolean(L, was);
  return 1;
}

static const luaL_Reg functions[] = {
    {"grad", graph_grad}, {"no_grad", graph_no_grad}, {"watch", graph_watch}, {"ops", graph_ops}, {NULL, NULL}};
static int graph_transpose(lua_State *L) { return apply(L, ll_op_find("transpose")); }

static const luaL_Reg methods[] = {
    {"with_grad", graph_with_grad}, {"t", graph_transpose},       {"detach", graph_detach},     {"clear_grad", graph_clear_grad},
    {"freeze", graph_freeze},       {"unfreeze", graph_unfreeze}, {"backward", graph_backward}, {NULL, NULL}};
static const luaL_Reg operators[] = {
    {"__add", operator_add},    {"__sub", operator_sub}, {"__mul", operator_mul}, {"__div", operator_div},
    {"__mod", operator_matmul}, {"__unm", operator_unm}, {"__pow", operator_pow}, {NULL, NULL}};

/* Adds to the class that matrix.c has made. */
int bind_open_graph(lua_State *L) {
  luaL_getmetatable(L, BIND_MATRIX);
  luaL_setfuncs(L, operators, 0);
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, methods, 0);
  set_ops(L);
  lua_pop(L, 2);
  luaL_newlib(L, functions);
  set_ops(L);
  return 1;
}
