/* Batches of a set with a view: its rows are gathered a batch at a time, since an epoch of them would be the copy that the view
 * avoids. */
#ifndef LOSSLAB_ENGINE_VIEW_BATCH_H
#define LOSSLAB_ENGINE_VIEW_BATCH_H

#include "engine/data/view.h"

/* ll_batches_open for what it has checked. */
ll_status ll_view_batches_shuffled(ll_ctx *ctx, const ll_data *data, bool shuffle, uint64_t seed, uint64_t epoch, ll_batches *out);
/* The n rows of the set in order, one after another, which the batches take over, also on failure; NULL: all as they stand. */
ll_status ll_view_batches_take(ll_ctx *ctx, const ll_data *data, uint32_t *order, size_t n, ll_batches *out);
/* [out] the n rows from place `at` on. */
ll_status ll_view_batches_next(ll_ctx *ctx, const ll_batches *batches, size_t at, size_t n, ll_matrix *x);
void ll_view_batches_close(ll_ctx *ctx, ll_batches *batches);

#endif
