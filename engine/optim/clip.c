/* Clipping and scaling of gradients. They may be shared (the sum of two leaves hands one gradient to both), so a gradient is copied
 * for its leaf before it is changed. */
#include "engine/matrix/buffer.h"
#include "engine/matrix/kernels.h"
#include "engine/optim/optim.h"

static bool given_before(ll_node *const *nodes, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (nodes[k] == nodes[i]) return true;
  return false;
}

static ll_status make_own(ll_ctx *ctx, ll_node *leaf) {
  const ll_matrix *g = &leaf->grad->value;
  if (leaf->grad->refs == 1 && leaf->grad->n_inputs == 0 && g->buffer && g->buffer->refs == 1 && ll_matrix_contiguous(g))
    return LL_OK;
  ll_matrix copy;
  ll_node *own;
  LL_TRY(ll_matrix_copy(ctx, g, &copy));
  LL_TRY(ll_node_new(ctx, &copy, false, &own));
  ll_node_clear_grad(ctx, leaf);
  leaf->grad = own;
  return LL_OK;
}

static ll_status check_bound(ll_ctx *ctx, const char *what, double bound) {
  return bound >= 0 ? LL_OK : ll_fail(ctx, LL_ERR_RANGE, "%s %g: at least 0", what, bound);
}

/* The leaf's part of the squared norm. */
static double squares(const ll_node *leaf) {
  double sum = 0;
  if (!leaf->grad) return 0;
  const ll_matrix *g = &leaf->grad->value;
  if (ll_matrix_contiguous(g)) return ll_kernels_get()->dot(g->data, g->data, ll_matrix_count(g));
  for (size_t i = 0; i < g->rows; i++) sum += ll_kernels_get()->dot(ll_matrix_row(g, i), ll_matrix_row(g, i), g->cols);
  return sum;
}

static ll_status scale(ll_ctx *ctx, ll_node *leaf, double factor) {
  if (!leaf->grad) return LL_OK;
  LL_TRY(make_own(ctx, leaf));
  ll_matrix *g = &leaf->grad->value;
  ll_kernels_run_scale(g->data, factor, 0, g->data, ll_matrix_count(g));
  return LL_OK;
}

static ll_status limit(ll_ctx *ctx, ll_node *leaf, ll_real high) {
  if (!leaf->grad) return LL_OK;
  LL_TRY(make_own(ctx, leaf));
  ll_matrix *g = &leaf->grad->value;
  const ll_real low = -high;
  ll_kernels_run_vs(LL_BINARY_max, g->data, &low, g->data, ll_matrix_count(g));
  ll_kernels_run_vs(LL_BINARY_min, g->data, &high, g->data, ll_matrix_count(g));
  return LL_OK;
}

ll_status ll_clip_norm(ll_ctx *ctx, ll_node *const *nodes, size_t n, double max, double *norm) {
  LL_TRY(check_bound(ctx, "the largest norm of the gradients is", max));
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    if (!given_before(nodes, i)) sum += squares(nodes[i]);
  sum = sqrt(sum);
  if (norm) *norm = sum;
  for (size_t i = 0; i < n && sum > max && isfinite(sum); i++)
    if (!given_before(nodes, i)) LL_TRY(scale(ctx, nodes[i], max / sum));
  return LL_OK;
}

ll_status ll_clip_value(ll_ctx *ctx, ll_node *const *nodes, size_t n, double bound) {
  LL_TRY(check_bound(ctx, "the largest size of a gradient's element is", bound));
  for (size_t i = 0; i < n; i++) LL_TRY(limit(ctx, nodes[i], (ll_real)bound));
  return LL_OK;
}

ll_status ll_optimizer_clip_norm(ll_ctx *ctx, ll_optimizer *optimizer, double max, double *norm) {
  LL_TRY(check_bound(ctx, "the largest norm of the gradients is", max));
  double sum = 0;
  for (size_t k = 0; k < optimizer->n_groups; k++)
    for (size_t i = 0; i < optimizer->groups[k].count; i++) sum += squares(optimizer->groups[k].parameters[i].node);
  sum = sqrt(sum);
  if (norm) *norm = sum;
  if (!(sum > max && isfinite(sum))) return LL_OK;
  for (size_t k = 0; k < optimizer->n_groups; k++)
    for (size_t i = 0; i < optimizer->groups[k].count; i++) LL_TRY(scale(ctx, optimizer->groups[k].parameters[i].node, max / sum));
  return LL_OK;
}

ll_status ll_optimizer_scale(ll_ctx *ctx, ll_optimizer *optimizer, double factor) {
  if (!isfinite(factor)) return ll_fail(ctx, LL_ERR_RANGE, "the factor of the gradients is %g: a finite number", factor);
  for (size_t k = 0; k < optimizer->n_groups; k++)
    for (size_t i = 0; i < optimizer->groups[k].count; i++) LL_TRY(scale(ctx, optimizer->groups[k].parameters[i].node, factor));
  return LL_OK;
}

ll_status ll_optimizer_clip_value(ll_ctx *ctx, ll_optimizer *optimizer, double bound) {
  LL_TRY(check_bound(ctx, "the largest size of a gradient's element is", bound));
  for (size_t k = 0; k < optimizer->n_groups; k++)
    for (size_t i = 0; i < optimizer->groups[k].count; i++)
      LL_TRY(limit(ctx, optimizer->groups[k].parameters[i].node, (ll_real)bound));
  return LL_OK;
}
