/* What draws of a Dirichlet process make of the signed ranks of differences: which of below, within and above has most weight. */
#ifndef LOSSLAB_ENGINE_SIGNED_RANKS_H
#define LOSSLAB_ENGINE_SIGNED_RANKS_H

#include "losslab/random.h"

/* n sorted differences z with their strengths, > 0, by which weights are drawn; and of each z[i] how many z[j] have a sum z[i] +
 * z[j] beyond an edge: edges[0] of them below the lower edge and edges[1] at most at it, edges[2] below the upper one and edges[3]
 * at most at it. */
typedef struct ll_signed_ranks {
  size_t n;
  const double *strengths;
  const uint32_t *edges[4];
} ll_signed_ranks;

/* Adds to won which of the three most weight of pairs lies in, in so many draws of weights: sums below the lower edge, between,
 * above the upper one; a sum at an edge counts half on each side. What lies between wins a tie. room: 2n + 1 numbers to work in. */
void ll_signed_ranks_draw(const ll_signed_ranks *ranks, ll_random *r, size_t draws, double *room, uint64_t won[3]);

#endif
