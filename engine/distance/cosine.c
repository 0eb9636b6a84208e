/* The cosine distance as 1 - cos = |u - v|^2 / 2 of unit rows: nothing cancels where they are nearly parallel. */
#include <math.h>

#include "engine/distance/distance.h"

static ll_status check_directions(ll_ctx *ctx, const char *name, const ll_matrix *m) {
  for (size_t i = 0; i < m->rows; i++) {
    double most = 0;
    for (size_t j = 0; j < m->cols; j++) most = fmax(most, fabs((double)ll_matrix_row(m, i)[j]));
    if (most >= LL_LEAST) continue;
    if (most > 0)
      return ll_fail(ctx, LL_ERR_NUMBER, "cosine: %s, row %zu has no element above %g: too near to zero for a direction", name,
                     i + 1, most);
    return ll_fail(ctx, LL_ERR_NUMBER, "cosine: %s, row %zu is zero: it has no direction", name, i + 1);
  }
  return LL_OK;
}

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  ll_expr e = {.ctx = ctx};
  LL_TRY(check_directions(ctx, "a", &a->value));
  LL_TRY(check_directions(ctx, "b", &b->value));
  ll_node *u = ll_do2(&e, div, a, ll_do1(&e, row_norms, a)), *v = ll_do2(&e, div, b, ll_do1(&e, row_norms, b));
  ll_expr_give(&e, ll_do_args(&e, scale, ll_squared_distances(&e, o->pairwise, u, v), .a = 0.5), out);
  return ll_expr_end(&e);
}

const ll_distance_desc ll_distance_cosine = {
    .name = "cosine",
    .summary = "one minus the cosine of the angle: lengths do not count, no triangle inequality",
    .formula = "1 - a.b / (‖a‖ ‖b‖)",
    .gradient = "a zero row is an error",
    .cost = LL_DISTANCE_BY_PRODUCTS " of unit rows",
    .source = LL_DISTANCE_SOURCE,
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_SYMMETRIC, NULL, "identity: (1), (2); triangle: (1, 0), (1, 1), (0, 1)"},
    .twice = true,
    .apply = apply,
};
