/* Batches: an order of the rows, of which each batch is gathered when it is its turn, so that an epoch makes no copy of the set and
 * who keeps a batch keeps that alone. A batch is a matrix of its own, from the pool of buffers: where batches are given back,
 * nothing is allocated after the first. */
#include "engine/data/data.h"
#include "engine/data/missing.h"

ll_status ll_batches_take(ll_ctx *ctx, const ll_data *data, uint32_t *order, size_t n, ll_batches *out) {
  ll_status status = LL_OK;
  if (data->view) out->view = ll_view_retain(data->view);
  else out->features = ll_matrix_share(&data->x);
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

ll_status ll_batches_open(ll_ctx *ctx, const ll_data *data, size_t size, bool shuffle, uint64_t seed, uint64_t epoch,
                          ll_batches *out) {
  size_t n = data->x.rows;
  void *block = NULL;
  *out = (ll_batches){0};
  if (data->missing) LL_TRY(ll_data_no_missing(ctx, data, "batches"));
  if (size == 0) return ll_fail(ctx, LL_ERR_RANGE, "a batch of no rows");
  if (size > n)
    return ll_fail(ctx, LL_ERR_RANGE, "a batch of %zu rows is larger than the data: %s has %zu", size, data->info->name, n);
  if (shuffle) {
    LL_TRY(ll_alloc(ctx, &block, n * sizeof(uint32_t)));
    ll_random stream = ll_random_stream(seed, epoch, "shuffle");
    ll_random_permutation(&stream, block, n);
  }
  out->size = size;
  return ll_batches_take(ctx, data, block, n, out);
}

static ll_status gather(ll_ctx *ctx, const ll_batches *b, size_t at, size_t n, ll_matrix *x) {
  const uint32_t *order = b->order ? b->order + at : NULL;
  if (!b->view)
    return order ? ll_matrix_gather(ctx, &b->features, order, n, x) : ll_matrix_view(ctx, &b->features, at, 0, n, b->x.cols, x);
  LL_TRY(ll_matrix_new(ctx, n, b->x.cols, x));
  ll_view_gather(b->view, order, at, n, x->data);
  return LL_OK;
}

ll_status ll_batches_next(ll_ctx *ctx, ll_batches *batches, ll_matrix *x, ll_matrix *y) {
  size_t left = batches->x.rows - batches->at, n = left < batches->size ? left : batches->size, at = batches->at;
  *x = *y = (ll_matrix){0};
  if (n == 0) return LL_OK;
  batches->at += n;
  LL_TRY(gather(ctx, batches, at, n, x));
  return ll_matrix_view(ctx, &batches->y, at, 0, n, 1, y); /* within its rows, so it does not fail */
}

void ll_batches_close(ll_ctx *ctx, ll_batches *batches) {
  ll_matrix_release(ctx, &batches->features);
  ll_matrix_release(ctx, &batches->y);
  ll_matrix_release(ctx, &batches->weights);
  ll_view_release(ctx, batches->view);
  ll_free(ctx, batches->order);
  *batches = (ll_batches){0};
}
