/* What help says of an op beside its row: the names of its operands and the arguments behind them. */
#include <string.h>

#include "lua/bind/bind.h"

/* The arguments of each kind: the call's tail, and "name  text" a line. */
static const struct {
  const char *tail, *arguments;
} words[] = {
    [LL_ARGS_NONE] = {"", ""},
    [LL_ARGS_SCALE] = {" [, factor [, added]]", "factor  a number (1)\nadded  a number (0)"},
    [LL_ARGS_POWER] = {", exponent", "exponent  a number"},
    [LL_ARGS_CLAMP] = {", low, high",
                       "low  nothing becomes less; -math.huge: no limit\nhigh  nothing becomes more; math.huge: no limit"},
    [LL_ARGS_FLAGS] = {" [, transpose_x [, transpose_y]]",
                       "transpose_x  whether the first is transposed before (false)\ntranspose_y  the same of the second (false)"},
    [LL_ARGS_SHAPE] = {", rows, cols", "rows  a whole number >= 0\ncols  a whole number >= 0"},
    [LL_ARGS_RANGE] = {", first, last", "first  the first place, from 1\nlast  the last one, included"},
    [LL_ARGS_PAD] = {", first, size",
                     "first  the place of the first one in the result, from 1\nsize  how many there are in the result"},
    [LL_ARGS_CORRECTION] = {" [, correction]", "correction  what is taken from the number of elements before dividing (1)"},
    [LL_ARGS_REVERSE] = {" [, reverse]", "reverse  whether the sums begin at the end (false)"},
    [LL_ARGS_LIST] = {", list", "list  places from 1: an array, or a column or row of a matrix"},
    [LL_ARGS_PLACES] = {", list, size",
                        "list  places from 1: an array, or a column or row of a matrix\nsize  how many there are in the result"},
    [LL_ARGS_TRANSPOSED] = {" [, transposed]", "transposed  whether A' is meant (false)"},
    [LL_ARGS_TRIANGLE] = {" [, upper [, transposed]]",
                          "upper  whether the upper triangle is read (false)\ntransposed  whether A' is meant (false)"},
};
_Static_assert(sizeof words / sizeof *words == LL_ARGS_KIND_COUNT, "words for each kind of arguments");

/* Operands that are not x and y. */
static const struct {
  const char *op, *operands;
} named[] = {{"where", "mask, x, y"}, {"linear", "x, weights, bias"}, {"weighed_differences", "weights, x, y"},
             {"solve", "A, B"},       {"solve_triangular", "A, B"},   {"lstsq", "A, B"}};

/* Groups by the kind of what is done, for the lists of help: ops before the first of the next group are in the one above. */
static const struct {
  const char *first, *group;
} groups[] = {{"exp", "elementwise"},
              {"add", "of two matrices"},
              {"matmul", "products and shapes"},
              {"sum", "sums and means"},
              {"row_range", "parts"},
              {"vstack", "products and shapes"},
              {"norm", "sums and means"},
              {"max_all", "sums and means"},
              {"softmax", "by row"},
              {"gather", "parts"},
              {"squared_distances", "distances"},
              {"solve", "linear algebra"}};

/* Sets call, operands, arguments and group of the table on the top. */
void bind_op_words(lua_State *L, const ll_op *op) {
  const char *operands = op->arity == 1 ? "x" : op->arity == 2 ? "x, y" : "x, y, z", *group = groups[0].group;
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    if (strcmp(named[i].op, op->name) == 0) operands = named[i].operands;
  for (size_t i = 0; i < ll_op_count; i++) {
    for (size_t k = 0; k < sizeof groups / sizeof *groups; k++)
      if (strcmp(groups[k].first, ll_ops[i]->name) == 0) group = groups[k].group;
    if (ll_ops[i] == op) break;
  }
  bool all = strcmp(op->name, "max") == 0 || strcmp(op->name, "min") == 0;
  lua_pushstring(L, operands), lua_setfield(L, -2, "operands");
  lua_pushfstring(L, "ll.%s(%s%s)", op->name, all ? "x [, y]" : operands, words[op->args].tail), lua_setfield(L, -2, "call");
  lua_pushstring(L, words[op->args].arguments), lua_setfield(L, -2, "arguments");
  lua_pushstring(L, group), lua_setfield(L, -2, "group");
}
