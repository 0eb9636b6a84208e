/* The nearest rows together with all that are as near as the k-th: what a metric needs that takes the mean over the orders of rows
 * at equal distances, so that the order of the rows in memory does not count. */
#ifndef LOSSLAB_ENGINE_NEIGHBOURS_H
#define LOSSLAB_ENGINE_NEIGHBOURS_H

#include "losslab/metric.h"

/* The neighbours of one query. Of the last_count rows at the greatest distance, any `drawn` are the last of the k nearest, each
 * choice as good as another; drawn == last_count unless the k-th place cuts through equal distances. */
typedef struct ll_neighbours {
  size_t query, count, drawn, last_count;
  const uint32_t *rows; /* the nearest, count of them: k, or all that are left */
  const double *distances;
  const uint32_t *last;
} ll_neighbours;

/* Calls visit for each query in turn; otherwise as ll_metric_neighbours. Memory beside its own: 12 bytes a row of base. */
typedef void (*ll_neighbours_visit)(void *state, const ll_neighbours *near);
ll_status ll_neighbours_each(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, ll_measure measure,
                             const ll_lists *exclude, ll_neighbours_visit visit, void *state);

/* The rows from place `first` (from 0) on that have one distance: where they end. */
static inline size_t ll_neighbours_tie(const ll_neighbours *near, size_t first) {
  size_t end = first + 1;
  while (end < near->count && near->distances[end] == near->distances[first]) end++;
  return end;
}

/* The chance that one of `wanted` rows is among the `drawn` of `all`: 1 - C(all - wanted, drawn) / C(all, drawn), a factor at a
 * time, so that nothing overflows. */
static inline double ll_neighbours_chance(size_t all, size_t wanted, size_t drawn) {
  size_t factors = wanted < drawn ? wanted : drawn, taken = wanted < drawn ? drawn : wanted;
  double miss = 1;
  for (size_t i = 0; i < factors && miss > 0; i++) miss *= taken + i < all ? (double)(all - taken - i) / (double)(all - i) : 0;
  return 1 - miss;
}

#endif
