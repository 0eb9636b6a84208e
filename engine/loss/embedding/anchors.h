/* Losses of cosines that are a mean over anchors, each row of a batch in turn. */
#ifndef LOSSLAB_ENGINE_ANCHORS_H
#define LOSSLAB_ENGINE_ANCHORS_H

#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

/* Adds the value of row i to total; row: its cosines to all n rows, inf in its own place, which become the derivative by them.
 * spare: 3 n doubles. False if the row is not an anchor: it has no value and no gradient. */
typedef bool ll_anchors_add(const ll_loss *loss, double *row, size_t n, size_t i, const double *labels, double *spare,
                            ll_sum *total);

/* The mean over anchors, or, where over_all, over all rows. LL_ERR_EMPTY if no row is an anchor, LL_ERR_NUMBER for a zero row,
 * LL_ERR_MEMORY. */
ll_status ll_anchors_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_anchors_add *add, bool over_all);

#endif
