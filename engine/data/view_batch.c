/* A batch is a matrix of its own, from the pool of buffers: after the first one nothing is allocated. */
#include "engine/data/view_batch.h"

ll_status ll_view_batches_take(ll_ctx *ctx, const ll_data *data, uint32_t *order, size_t n, ll_batches *out) {
  ll_status status = LL_OK;
  out->view = ll_view_retain(data->view);
  out->order = order;
  out->x = (ll_matrix){.rows = n, .cols = data->x.cols, .stride = data->x.cols};
  if (order) status = ll_matrix_gather(ctx, &data->y, order, n, &out->y);
  else out->y = ll_matrix_share(&data->y);
  if (status == LL_OK && data->weights.rows) {
    if (order) status = ll_matrix_gather(ctx, &data->weights, order, n, &out->weights);
    else out->weights = ll_matrix_share(&data->weights);
  }
  if (status != LL_OK) ll_batches_close(ctx, out);
  return status;
}

ll_status ll_view_batches_shuffled(ll_ctx *ctx, const ll_data *data, bool shuffle, uint64_t seed, uint64_t epoch, ll_batches *out) {
  void *block = NULL;
  size_t n = data->x.rows;
  if (shuffle) {
    LL_TRY(ll_alloc(ctx, &block, n * sizeof(uint32_t)));
    ll_random stream = ll_random_stream(seed, epoch, "shuffle");
    ll_random_permutation(&stream, block, n);
  }
  return ll_view_batches_take(ctx, data, block, n, out);
}

ll_status ll_view_batches_next(ll_ctx *ctx, const ll_batches *batches, size_t at, size_t n, ll_matrix *x) {
  LL_TRY(ll_matrix_new(ctx, n, batches->x.cols, x));
  ll_view_gather(batches->view, batches->order ? batches->order + at : NULL, at, n, x->data);
  return LL_OK;
}

void ll_view_batches_close(ll_ctx *ctx, ll_batches *batches) {
  ll_view_release(ctx, batches->view);
  ll_free(ctx, batches->order);
}
