/* Hinges over all pairs of targets and decoys in one walk over both, each sorted; see pair_walk.c. */
#ifndef LOSSLAB_ENGINE_PAIR_WALK_H
#define LOSSLAB_ENGINE_PAIR_WALK_H

#include "engine/base/sort.h"
#include "engine/loss/loss.h"

/* Decoys [0] and targets [1], each ascending, ties in row order. */
typedef struct ll_pair_walk {
  ll_record *records[2];
  size_t count[2];
  const ll_real *weights; /* [opt] of the rows of the batch: a pair counts as much as the product of two */
} ll_pair_walk;
/* Sorts both sides, whose counts are given, in the loss's scratch. LL_ERR_MEMORY, LL_ERR_RANGE for 2^32 rows. */
ll_status ll_pair_walk_sort(ll_ctx *ctx, ll_loss *loss, const ll_loss_call *call, ll_pair_walk *sides);

/* The sum, weighed, over all pairs of [margin - (s_t - s_d)]+, or of its square, no side being empty; the gradients of share × it
 * for the rows of both sides, if grads is not NULL. */
typedef double ll_pair_walk_form(const ll_pair_walk *sides, double margin, double share, ll_real *grads);
double ll_pair_walk_hinge(const ll_pair_walk *sides, double margin, double share, ll_real *grads);
double ll_pair_walk_squared(const ll_pair_walk *sides, double margin, double share, ll_real *grads);

/* The eval of a loss that is the mean of a form over all pairs; its first parameter is the margin. */
ll_status ll_pair_walk_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_pair_walk_form *form);

#endif
