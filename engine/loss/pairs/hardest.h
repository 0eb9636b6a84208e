/* The farthest row of one's own class and the nearest of the others: what losses that look for the hardest pairs share.
 *
 * The search is in float in both precisions, over rows that are centred, scaled and put in the order of their classes, and only
 * says which pairs may be the hardest: a squared distance there is known up to so much of both rows' squared lengths, and whatever
 * may be the hardest by that is measured by differences in double (ll_pairing_exact). So the choice is exact, of equals the first
 * is taken, and neither the order in which a product is summed nor the precision of the search is seen in the result. */
#ifndef LOSSLAB_ENGINE_HARDEST_H
#define LOSSLAB_ENGINE_HARDEST_H

#include <math.h>

#include "engine/loss/embedding/pairing.h"

/* What is searched: the rows that a pairing (SHIFTED, with itself) holds, as positions 0..n-1 in the order of their classes. Half a
 * squared distance is half the squared lengths of both rows less their product; with `less` in the place of the half lengths it is
 * certainly no larger than that, with `more` no smaller. */
typedef struct ll_hardest_search {
  const ll_pairing *pairing;
  float *rows;              /* n×d */
  float *less, *more;       /* n */
  float doubt;              /* the largest more - less */
  float *block;             /* height × n: products; the pairing's own block, which is not used otherwise */
  uint32_t *place;          /* n: the row at a position */
  uint32_t *first, *behind; /* n: where the class of a position begins and ends */
} ll_hardest_search;

/* A pair of rows and its squared distance; j = the number of rows: none was found yet. bound: what half its squared distance
 * reaches at least (the farthest), or minus what it stays below (the nearest), as the search sees it; -inf at first. */
typedef struct ll_hardest {
  size_t i, j;
  double square;
  float bound;
} ll_hardest;
typedef struct ll_hardest_pairs {
  ll_hardest farthest, nearest;
} ll_hardest_pairs;

/* How many doubles the pairing needs to spare. */
size_t ll_hardest_spare(size_t n, size_t d);
/* Lays the search out in the first of the pairing's spare memory. */
void ll_hardest_open(const ll_pairing *p, const ll_matrix *labels, ll_hardest_search *out);
/* Fills the block with the products of positions [at, at + rows) with all from `from` on (those before are not looked at). */
void ll_hardest_products(ll_hardest_search *s, size_t at, size_t rows, size_t from);

static inline ll_hardest_pairs ll_hardest_none(const ll_hardest_search *s) {
  size_t none = s->pairing->to->n;
  return (ll_hardest_pairs){{none, none, 0, -INFINITY}, {none, none, 0, -INFINITY}};
}
/* Among the positions from `from` on, and but for `position` itself, whose row of the block is `row`: the farthest of its class and
 * the nearest of the others. Both are replaced where that is harder. The row is overwritten. */
void ll_hardest_find(const ll_hardest_search *s, size_t position, float *row, size_t from, ll_hardest_pairs *best);

/* Of one row of products v, whose own half lengths are less and more. */
typedef struct ll_hardest_row {
  const float *v, *less, *more; /* n */
  float own_less, own_more;
  float doubt; /* more - less of any half squared distance of the row is no larger */
} ll_hardest_row;

/* Raises the bound by the n columns and gives those that may then be the hardest, in any order; returns how many. */
typedef size_t ll_hardest_kernel(const ll_hardest_row *row, size_t n, float *bound, uint32_t *columns);
typedef struct ll_hardest_kernels {
  ll_hardest_kernel *farthest, *nearest;
  void (*hide)(float *v, size_t n); /* n columns that are to be the nearest in no case */
} ll_hardest_kernels;
const ll_hardest_kernels *ll_hardest_kernels_get(void);

#endif
