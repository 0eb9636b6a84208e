/* The farthest row of one's own class and the nearest of the others: what losses that look for the hardest pairs share.
 *
 * The search is in float in both precisions, over rows that are centred and scaled, and only says which pairs may be the hardest: a
 * squared distance there is known up to so much of both rows' squared lengths, and whatever may be the hardest by that is measured
 * by differences in double (ll_pairing_exact). So the choice is exact, of equals the first is taken, and neither the order in which
 * a product is summed nor the precision of the search is seen in the result. */
#ifndef LOSSLAB_ENGINE_HARDEST_H
#define LOSSLAB_ENGINE_HARDEST_H

#include <math.h>

#include "engine/loss/embedding/pairing.h"

/* What is searched: the rows that a pairing (SHIFTED, with itself) holds. Half a squared distance is half the squared lengths of
 * both rows less their product; with `less` in the place of the half lengths it is certainly no larger than that, with `more` no
 * smaller. */
typedef struct ll_hardest_search {
  const ll_pairing *pairing;
  float *rows;        /* n×d */
  float *less, *more; /* n */
  float doubt;        /* the largest more - less */
  float *block;       /* height × n: products; the pairing's own block, which is not used otherwise */
  ll_real *labels;    /* n */
} ll_hardest_search;

/* How many doubles the pairing needs to spare. */
size_t ll_hardest_spare(size_t n, size_t d);
/* Lays the search out in the pairing's spare memory. */
void ll_hardest_open(const ll_pairing *p, const ll_matrix *labels, ll_hardest_search *out);
/* Fills the block with the products of rows [at, at + rows) with all rows from `from` on (those before are not looked at). */
void ll_hardest_products(ll_hardest_search *s, size_t at, size_t rows, size_t from);

/* A pair and its squared distance; j = the number of rows: none was found yet. bound: what half its squared distance reaches at
 * least (the farthest, from -inf), or stays below (the nearest, from inf), as the search sees it. */
typedef struct ll_hardest {
  size_t i, j;
  double square;
  float bound;
} ll_hardest;
static inline ll_hardest ll_hardest_none(const ll_hardest_search *s, double sign) {
  size_t none = s->pairing->to->n;
  return (ll_hardest){none, none, 0, sign > 0 ? -INFINITY : INFINITY};
}

/* Among the columns from `after` on of row i, whose row of the block is `row`, and but for i itself: the farthest of its own class
 * and the nearest of the others. Both are replaced where that is harder, so of equals the first stays. */
void ll_hardest_find(const ll_hardest_search *s, size_t i, float *row, size_t after, ll_hardest *farthest, ll_hardest *nearest);

/* Of one row of products v, whose own half lengths are less and more. Own columns are those with the label. */
typedef struct ll_hardest_row {
  const float *v, *less, *more; /* n */
  const ll_real *labels;        /* n */
  ll_real label;
  float own_less, own_more;
  float doubt;             /* more - less of any half squared distance of the row is no larger */
  float farthest, nearest; /* what half a squared distance reaches at least among own columns, stays below among others */
} ll_hardest_row;

typedef struct ll_hardest_kernels {
  /* Raises row->farthest to the largest lower bound of the own columns, lowers row->nearest to the least upper bound of the others;
   * gives the columns, in any order, that may then be as far as the one or as near as the other, and returns how many. */
  size_t (*find)(ll_hardest_row *row, size_t n, uint32_t *columns);
} ll_hardest_kernels;
const ll_hardest_kernels *ll_hardest_kernels_get(void);

#endif
