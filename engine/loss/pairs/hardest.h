/* The farthest row of one's own class and the nearest of the others: what losses that look for the hardest pairs share. */
#ifndef LOSSLAB_ENGINE_HARDEST_H
#define LOSSLAB_ENGINE_HARDEST_H

#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

/* A pair and its squared distance; j = the number of rows: none was found yet. */
typedef struct ll_hardest {
  size_t i, j;
  double square;
} ll_hardest;

/* The farthest of row i's own class (sign 1), or the nearest of the others (sign -1), among the columns from `after` on; best is
 * replaced where that is harder, so of equals the first stays. row: i's row of the block, a distance of inf being no candidate. */
void ll_hardest_find(const ll_pairing *p, size_t i, const double *row, const double *labels, double sign, size_t after,
                     ll_hardest *best);

#endif
