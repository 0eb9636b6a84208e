/* Batches: one gather an epoch, then views. */
#include "engine/data/missing.h"
#include "engine/data/view_batch.h"

ll_status ll_batches_open(ll_ctx *ctx, const ll_data *data, size_t size, bool shuffle, uint64_t seed, uint64_t epoch,
                          ll_batches *out) {
  ll_status status = LL_OK;
  size_t n = data->x.rows;
  *out = (ll_batches){0};
  if (data->missing) LL_TRY(ll_data_no_missing(ctx, data, "batches"));
  if (size == 0) return ll_fail(ctx, LL_ERR_RANGE, "a batch of no rows");
  if (size > n)
    return ll_fail(ctx, LL_ERR_RANGE, "a batch of %zu rows is larger than the data: %s has %zu", size, data->info->name, n);
  out->size = size;
  if (data->view) return ll_view_batches_shuffled(ctx, data, shuffle, seed, epoch, out);
  if (!shuffle) {
    out->x = ll_matrix_share(&data->x);
    out->y = ll_matrix_share(&data->y);
    if (data->weights.rows) out->weights = ll_matrix_share(&data->weights);
    return LL_OK;
  }
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *order = block;
  ll_random stream = ll_random_stream(seed, epoch, "shuffle");
  ll_random_permutation(&stream, order, n);
  LL_GOTO(cleanup, ll_matrix_gather(ctx, &data->x, order, n, &out->x));
  LL_GOTO(cleanup, ll_matrix_gather(ctx, &data->y, order, n, &out->y));
  if (data->weights.rows) LL_GOTO(cleanup, ll_matrix_gather(ctx, &data->weights, order, n, &out->weights));
cleanup:
  ll_free(ctx, order);
  if (status != LL_OK) ll_batches_close(ctx, out);
  return status;
}

ll_status ll_batches_next(ll_ctx *ctx, ll_batches *batches, ll_matrix *x, ll_matrix *y) {
  size_t left = batches->x.rows - batches->at, n = left < batches->size ? left : batches->size, at = batches->at;
  *x = *y = (ll_matrix){0};
  if (n == 0) return LL_OK;
  batches->at += n;
  if (batches->view) LL_TRY(ll_view_batches_next(ctx, batches, at, n, x));
  else LL_TRY(ll_matrix_view(ctx, &batches->x, at, 0, n, batches->x.cols, x));
  return ll_matrix_view(ctx, &batches->y, at, 0, n, 1, y); /* within its rows, so it does not fail */
}

void ll_batches_close(ll_ctx *ctx, ll_batches *batches) {
  ll_matrix_release(ctx, &batches->x);
  ll_matrix_release(ctx, &batches->y);
  ll_matrix_release(ctx, &batches->weights);
  if (batches->view) ll_view_batches_close(ctx, batches);
  *batches = (ll_batches){0};
}
