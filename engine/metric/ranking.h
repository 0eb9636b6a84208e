/* What every ranking metric walks: targets and decoys, each sorted, so that a label needs no room in the sort. */
#ifndef LOSSLAB_ENGINE_RANKING_H
#define LOSSLAB_ENGINE_RANKING_H

#include <math.h>

#include "engine/base/sort.h"
#include "engine/matrix/buffer.h"
#include "losslab/metric.h"

/* Checks shapes, numbers, labels and weights (NULL: none) against what is needed; who: the metric, for messages. */
ll_status ll_metric_check(ll_ctx *ctx, const char *who, ll_metric_needs needs, const ll_matrix *scores, const ll_matrix *labels,
                          const ll_matrix *weights);

/* [out] the rows of each class. LL_ERR_LABEL if one has none. */
ll_status ll_metric_classes(ll_ctx *ctx, const char *who, const ll_matrix *labels, size_t *targets, size_t *decoys);

typedef struct ll_ranking {
  const ll_key *targets, *decoys; /* scores as sort keys, ascending; behind each a key above all */
  size_t target_count, decoy_count;
  const double *target_weights, *decoy_weights; /* beside them; NULL: each is 1 */
  double target_total, decoy_total;             /* sums of the weights, or the counts */
  ll_buffer *block;                             /* what all of them stand in */
} ll_ranking;

/* [out] the ranking of inputs that were checked, to be given to ll_ranking_close. LL_ERR_LABEL: a class is absent (or its weights
 * are all 0); LL_ERR_MEMORY. */
ll_status ll_ranking_open(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          ll_ranking *out);
void ll_ranking_close(ll_ctx *ctx, ll_ranking *ranking);

/* [out] the metric of inputs and parameters that were checked. ranking [opt]: kept between calls for the same inputs, begins as
 * zeros and is to be given to ll_ranking_close; the first metric that walks it makes it. */
ll_status ll_metric_run(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                        const ll_matrix *weights, const double *params, ll_ranking *ranking, double *out);

/* A walk from the highest score down, one step for each distinct score: what there is at that score. */
typedef struct ll_ranking_step {
  size_t targets_left, decoys_left; /* rows below */
  ll_key score;
  double targets, decoys; /* at this score: weights, or counts (exact: below 2^53) */
} ll_ranking_step;

static inline ll_ranking_step ll_ranking_top(const ll_ranking *r) {
  return (ll_ranking_step){.targets_left = r->target_count, .decoys_left = r->decoy_count};
}

/* The weights of a score come in the order of the rows, which is not to show in their sum. */
static inline double ll_ranking_take(const ll_key *scores, const double *weights, size_t *left, ll_key score) {
  size_t start = *left, i = start;
  ll_sum taken = {0};
  while (i > 0 && scores[i - 1] == score) {
    i--;
    if (weights) ll_sum_add(&taken, weights[i]);
  }
  *left = i;
  return weights ? ll_sum_value(&taken) : (double)(start - i);
}

static inline bool ll_ranking_next(const ll_ranking *r, ll_ranking_step *at) {
  size_t i = at->targets_left, j = at->decoys_left;
  if (i == 0 && j == 0) return false;
  at->score = j == 0 || (i > 0 && r->targets[i - 1] > r->decoys[j - 1]) ? r->targets[i - 1] : r->decoys[j - 1];
  at->targets = ll_ranking_take(r->targets, r->target_weights, &at->targets_left, at->score);
  at->decoys = ll_ranking_take(r->decoys, r->decoy_weights, &at->decoys_left, at->score);
  return true;
}

#endif
