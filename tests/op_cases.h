/* Every row of the op table as it can be called: shapes and arguments, inputs in its range, and a number of its result whose
 * derivatives of first and second order reach every element. */
#ifndef LOSSLAB_TESTS_OP_CASES_H
#define LOSSLAB_TESTS_OP_CASES_H

#include "losslab/losslab.h"
#include "tests/tap.h"

enum { MOST = 64 };

static ll_ctx *ctx;

/* How a row is called: shapes of its inputs and its arguments. Rows with the same kind of arguments share one. */
typedef struct plan {
  size_t shapes[LL_MAX_INPUTS][2];
  ll_op_args args;
} plan;

static size_t plans_of(const ll_op *op, plan plans[6]) {
  static const plan one[] = {{{{3, 4}}, {.a = 1.7, .b = 0.3}}};
  static const plan elementwise[] = {{{{3, 4}, {3, 4}}, {.a = 0}}, {{{3, 4}, {1, 4}}, {.a = 0}}, {{{3, 4}, {3, 1}}, {.a = 0}},
                                     {{{1, 1}, {3, 4}}, {.a = 0}}, {{{3, 1}, {1, 4}}, {.a = 0}}, {{{1, 4}, {3, 4}}, {.a = 0}}};
  static const plan products[] = {{{{3, 4}, {4, 2}}, {.a = 0}},
                                  {{{4, 3}, {4, 2}}, {.transpose_a = true}},
                                  {{{3, 4}, {2, 4}}, {.transpose_b = true}},
                                  {{{4, 3}, {2, 4}}, {.transpose_a = true, .transpose_b = true}},
                                  {{{1, 4}, {4, 3}}, {.a = 0}},
                                  {{{3, 4}, {4, 1}}, {.a = 0}}};
  static const plan linear[] = {{{{3, 4}, {2, 4}, {1, 2}}, {.a = 0}}, {{{5, 3}, {1, 3}, {1, 1}}, {.a = 0}}};
  static const plan clamp[] = {{{{3, 4}}, {.a = -1, .b = 1.5}}};
  static const plan reshape[] = {{{{3, 4}}, {.i = 2, .j = 6}}};
  static const plan expand[] = {{{{1, 4}}, {.i = 3, .j = 4}}, {{{3, 1}}, {.i = 3, .j = 2}}, {{{1, 1}}, {.i = 2, .j = 3}}};
  static const plan range[] = {{{{4, 5}}, {.i = 1, .j = 3}}};
  static const plan pad[] = {{{{3, 3}}, {.i = 1, .j = 5}}};
  static const plan below[] = {{{{2, 3}, {4, 3}}, {.a = 0}}}, beside[] = {{{{3, 2}, {3, 4}}, {.a = 0}}};
  static const uint32_t rows[] = {2, 0, 2, 1, 2}, cols[] = {3, 0, 1}, elements[] = {3, 0, 1, 1, 2, 3};
  static const plan gather[] = {{{{3, 4}}, {.list = rows, .listed = 5}}};
  static const plan scatter[] = {{{{5, 4}}, {.list = rows, .listed = 5, .i = 4}}};
  static const plan pick[] = {{{{3, 4}}, {.list = cols, .listed = 3}}, {{{3, 4}}, {.list = elements, .listed = 6}}};
  static const plan place[] = {{{{3, 1}}, {.list = cols, .listed = 3, .i = 4}},
                               {{{3, 2}}, {.list = elements, .listed = 6, .i = 4}}};
  static const plan correction[] = {{{{3, 4}}, {.a = 1}}, {{{3, 4}}, {.a = 0}}};
  static const plan reverse[] = {{{{3, 4}}, {.a = 0}}, {{{4, 3}}, {.reverse = true}}};
  static const plan where[] = {
      {{{3, 4}, {3, 4}, {3, 4}}, {.a = 0}}, {{{3, 1}, {1, 4}, {1, 1}}, {.a = 0}}, {{{1, 4}, {3, 1}, {3, 4}}, {.a = 0}}};
  static const plan outer[] = {{{{3, 1}, {4, 1}}, {.a = 0}}}, dot[] = {{{{3, 4}, {3, 4}}, {.a = 0}}};
  static const plan column[] = {{{{4, 1}}, {.a = 0}}};
  static const plan any[] = {{{{3, 4}}, {.a = 0}}, {{{4, 3}}, {.a = 0}}, {{{3, 3}}, {.a = 0}}};
  static const plan distances[] = {{{{3, 4}, {2, 4}}, {.a = 0}}, {{{3, 10}, {2, 10}}, {.a = 0}}};
  static const plan differences[] = {{{{3, 2}, {3, 4}, {2, 4}}, {.a = 0}}};
  static const plan solve[] = {{{{3, 3}, {3, 2}}, {.a = 0}}, {{{3, 3}, {3, 2}}, {.transpose_a = true}}};
  static const plan triangle[] = {{{{3, 3}, {3, 2}}, {.a = 0}},
                                  {{{3, 3}, {3, 2}}, {.upper = true}},
                                  {{{3, 3}, {3, 2}}, {.transpose_a = true}},
                                  {{{3, 3}, {3, 2}}, {.upper = true, .transpose_a = true}}};
  static const plan least[] = {{{{4, 3}, {4, 2}}, {.a = 0}}, {{{3, 4}, {3, 2}}, {.a = 0}}, {{{3, 3}, {3, 1}}, {.a = 0}}};
  static const plan square[] = {{{{3, 3}}, {.a = 0}}};
#define IS(word) (strcmp(op->name, word) == 0)
#define USE(list) return memcpy(plans, list, sizeof list), sizeof list / sizeof *list
  if (strcmp(op->name, "linear") == 0) USE(linear);
  if (strcmp(op->name, "expand") == 0) USE(expand);
  if (strcmp(op->name, "vstack") == 0) USE(below);
  if (strcmp(op->name, "hstack") == 0) USE(beside);
  if (IS("scatter_add")) USE(scatter);
  if (IS("pick")) USE(pick);
  if (IS("place")) USE(place);
  if (IS("where")) USE(where);
  if (IS("outer")) USE(outer);
  if (IS("dot")) USE(dot);
  if (IS("diag")) USE(column);
  if (IS("lstsq")) USE(least);
  if (IS("diagonal") || strstr(op->name, "singular")) USE(any);
  if (IS("distances") || IS("squared_distances")) USE(distances);
  if (IS("weighed_differences")) USE(differences);
  if (IS("cholesky") || IS("inverse") || IS("log_det") || IS("eigenvalues") || IS("eigenvectors")) USE(square);
  if (op->args == LL_ARGS_TRANSPOSED) USE(solve);
  if (op->args == LL_ARGS_TRIANGLE) USE(triangle);
  if (op->args == LL_ARGS_LIST) USE(gather);
  if (op->args == LL_ARGS_CORRECTION) USE(correction);
  if (op->args == LL_ARGS_REVERSE) USE(reverse);
  if (op->args == LL_ARGS_FLAGS) USE(products);
  if (op->args == LL_ARGS_CLAMP) USE(clamp);
  if (op->args == LL_ARGS_SHAPE) USE(reshape);
  if (op->args == LL_ARGS_RANGE) USE(range);
  if (op->args == LL_ARGS_PAD) USE(pad);
  if (op->arity == 2) USE(elementwise);
  USE(one);
}

/* Its first input is a matrix with an inverse, or a positive definite one. */
static bool factored(const ll_op *op) {
  return op->args == LL_ARGS_TRANSPOSED || op->args == LL_ARGS_TRIANGLE || strcmp(op->name, "cholesky") == 0 ||
         strcmp(op->name, "inverse") == 0 || strcmp(op->name, "log_det") == 0;
}

static ll_node *sampled(size_t rows, size_t cols, ll_random *r, double low, double high, bool grad) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, rows, cols, &m));
  ll_matrix_uniform(&m, r, low, high);
  works(ctx, ll_node_new(ctx, &m, grad, &node));
  return node;
}

/* sum(weights * y): a number of any matrix, every element with a weight of its own. */
static ll_node *weighed(ll_node *y, ll_node *weights) {
  ll_node *product, *sum;
  works(ctx, ll_apply(ctx, ll_op_find("mul"), (ll_node *[]){y, weights}, NULL, &product));
  works(ctx, ll_apply(ctx, ll_op_find("sum"), &product, NULL, &sum));
  ll_node_release(ctx, product);
  return sum;
}

static ll_node *called(const ll_op *op, const plan *p, ll_node **inputs) {
  ll_node *y = NULL;
  works(ctx, ll_apply(ctx, op, inputs, &p->args, &y));
  return y;
}

/* f = sum(w * op(x)). g(x) = sum over inputs of sum(v_i * df/dx_i): its gradient is a product with second derivatives. */
typedef struct setting {
  const ll_op *op;
  const plan *p;
  ll_node *inputs[LL_MAX_INPUTS], *directions[LL_MAX_INPUTS], *weights;
} setting;

static ll_node *first_order(setting *s) {
  ll_node *y = called(s->op, s->p, s->inputs), *f = weighed(y, s->weights);
  ll_node_release(ctx, y);
  return f;
}

static ll_node *second_order(setting *s) {
  ll_node *f = first_order(s), *grads[LL_MAX_INPUTS], *total = NULL;
  works(ctx, ll_grad(ctx, f, NULL, s->inputs, (size_t)s->op->arity, true, true, grads));
  for (int i = 0; i < s->op->arity; i++) {
    ll_node *part = weighed(grads[i], s->directions[i]), *sum = NULL;
    if (total) {
      works(ctx, ll_apply(ctx, ll_op_find("add"), (ll_node *[]){total, part}, NULL, &sum));
      ll_node_release(ctx, part);
      ll_node_release(ctx, total);
      total = sum;
    } else {
      total = part;
    }
    ll_node_release(ctx, grads[i]);
  }
  ll_node_release(ctx, f);
  return total;
}

#endif
