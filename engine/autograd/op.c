/* The op table, in the order of ops.def. */
#include <string.h>

#include "engine/autograd/node.h"

#define ROW(name, arity, args, formula, low, high, linear)                                                                         \
  const ll_op ll_op_##name = {#name, formula, arity, args, low, high, linear, ll_forward_##name, ll_vjp_##name, NULL, NULL};
#define OP(...) ROW(__VA_ARGS__, false)
#define OP_LINEAR(...) ROW(__VA_ARGS__, true)
#include "engine/autograd/ops.def"
#undef OP

const ll_op *const ll_ops[] = {
#define OP(name, ...) &ll_op_##name,
#include "engine/autograd/ops.def"
#undef OP
};
const size_t ll_op_count = sizeof ll_ops / sizeof *ll_ops;

const ll_op *ll_op_find(const char *name) {
  for (size_t i = 0; i < ll_op_count; i++)
    if (strcmp(ll_ops[i]->name, name) == 0) return ll_ops[i];
  return NULL;
}
