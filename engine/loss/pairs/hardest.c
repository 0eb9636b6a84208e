/* Distances in a block carry the rounding of products. Whatever lies within it of the hardest is measured again by differences, so
 * that the choice is exact and of equals the first is taken. */
#include "engine/loss/pairs/hardest.h"

#include <math.h>

void ll_hardest_find(const ll_pairing *p, size_t i, const double *row, const double *labels, double sign, size_t after,
                     ll_hardest *best) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  const ll_columns_choice choice = ll_columns_choose(labels + after, labels[i], sign > 0);
  size_t n = p->to->n - after;
  const double *v = row + after;
  double most = k->most(v, n, &choice, sign);
  if (isinf(most)) return;
  double bound = most - 2 * ll_pairing_slack(p, i, most);
  if (best->j < p->to->n && sign * best->square > bound) bound = sign * best->square;
  for (size_t j = k->next(v, n, &choice, sign, bound, 0); j < n; j = k->next(v, n, &choice, sign, bound, j + 1)) {
    double square = ll_pairing_exact(p, i, after + j);
    if (best->j >= p->to->n || sign * square > sign * best->square) *best = (ll_hardest){i, after + j, square};
  }
}
