/* Euclidean distances between all pairs of rows after a linear map, by products of the mapped rows. Mapping rounds each row in
 * proportion to its length, which can be more than two near rows differ by: such pairs are computed again, by mapping their
 * differences. */
#include <math.h>
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/distance/distance.h"
#include "engine/matrix/kernels.h"

/* A pair is near if its distance is below this share of the length of the mapped x (and so of y): it has lost two of its digits. */
static const double near_share = 0x1p-7;

/* The mean of a's rows (1,d). Rows are mapped relative to it, which makes them short. */
static ll_node *origin_of(ll_expr *e, const ll_matrix *a) {
  ll_matrix mean = {0};
  void *sums = NULL;
  if (e->status == LL_OK) e->status = ll_calloc(e->ctx, &sums, a->cols, sizeof(double));
  if (e->status == LL_OK) e->status = ll_matrix_new(e->ctx, 1, a->cols, &mean);
  if (e->status == LL_OK) {
    ll_kernels_get()->add_rows(a->data, a->rows, a->cols, a->stride, sums);
    for (size_t j = 0; j < a->cols; j++) mean.data[j] = (ll_real)(((double *)sums)[j] / (double)a->rows);
  }
  ll_free(e->ctx, sums);
  return ll_expr_constant(e, e->status, &mean);
}

/* How many pairs are near but not equal; lists[0..2], if not NULL, get their rows of a, of b, and places in the matrix of
 * distances. x: the mapped rows of a. */
static size_t find_near(const ll_matrix *a, const ll_matrix *b, const ll_matrix *x, const ll_matrix *distances,
                        uint32_t *const *lists) {
  size_t count = 0, m = distances->cols;
  for (size_t i = 0; i < a->rows; i++) {
    const ll_real *row = ll_matrix_row(x, i), *distance = ll_matrix_row(distances, i);
    double nearest = near_share * sqrt(ll_kernels_get()->dot(row, row, x->cols));
    for (size_t k = 0; k < m; k++) {
      if (!((double)distance[k] <= nearest)) continue;
      if (memcmp(ll_matrix_row(a, i), ll_matrix_row(b, k), a->cols * sizeof *row) == 0) continue;
      if (lists) lists[0][count] = (uint32_t)i, lists[1][count] = (uint32_t)k, lists[2][count] = (uint32_t)(i * m + k);
      count++;
    }
  }
  return count;
}

static ll_node *of_list(ll_expr *e, const ll_op *op, ll_node *x, const uint32_t *list, size_t n, size_t total) {
  return ll_expr_apply(e, op, &x, &(ll_op_args){.list = list, .listed = n, .i = total});
}

/* The distances `all`, where the pairs of the lists are computed again by mapping the differences between rows of a and of b. */
static ll_node *mend_near(ll_expr *e, ll_node *a, ll_node *b, ll_node *map, ll_node *all, uint32_t *const *lists, size_t count) {
  size_t n = all->value.rows, m = all->value.cols;
  ll_matrix mask = {0};
  ll_node *differences =
      ll_do2(e, sub, of_list(e, &ll_op_gather, a, lists[0], count, 0), of_list(e, &ll_op_gather, b, lists[1], count, 0));
  ll_node *distances = ll_do1(e, row_norms, ll_do_matmul(e, differences, false, map, false));
  ll_node *placed = of_list(e, &ll_op_scatter_add, distances, lists[2], count, n * m);
  ll_status status = ll_matrix_zeros(e->ctx, n, m, &mask);
  for (size_t k = 0; status == LL_OK && k < count; k++) mask.data[lists[2][k]] = 1;
  ll_node *near = ll_expr_constant(e, status, &mask);
  return ll_expr_apply(e, &ll_op_where, (ll_node *[]){near, ll_do_args(e, reshape, placed, .i = n, .j = m), all}, NULL);
}

ll_node *ll_mapped_distances(ll_expr *e, ll_node *a, ll_node *b, ll_node *map) {
  ll_node *origin = origin_of(e, &a->value);
  ll_node *x = ll_do_matmul(e, ll_do2(e, sub, a, origin), false, map, false);
  ll_node *y = ll_do_matmul(e, ll_do2(e, sub, b, origin), false, map, false);
  ll_node *all = ll_do2(e, distances, x, y);
  if (e->status != LL_OK || ll_matrix_count(&all->value) > UINT32_MAX) return all;
  size_t count = find_near(&a->value, &b->value, &x->value, &all->value, NULL);
  if (count == 0) return all;
  void *block = NULL;
  e->status = ll_alloc(e->ctx, &block, 3 * count * sizeof(uint32_t));
  if (e->status != LL_OK) return NULL;
  uint32_t *const lists[3] = {block, (uint32_t *)block + count, (uint32_t *)block + 2 * count};
  (void)find_near(&a->value, &b->value, &x->value, &all->value, lists);
  all = mend_near(e, a, b, map, all, lists, count);
  ll_free(e->ctx, block);
  return all;
}
