/* Which rows were there before: a Bloom filter of them (Bloom 1970, Commun. ACM 13:422). A row says MARKS of its bits by its hash:
 * the first, and a step from each to the next (Kirsch and Mitzenmacher 2006, ESA, LNCS 4168:456). */
#include "engine/data/data.h"
#include "engine/data/view.h"
#include "losslab/psm.h"

enum { MARKS = 8, BYTES_PER_ROW = 2 };

static uint64_t mix(uint64_t h) {
  h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
  h = (h ^ h >> 27) * 0x94d049bb133111ebu;
  return h ^ h >> 31;
}

static uint64_t hash_of(const ll_real *row, size_t columns, ll_real label) {
  uint64_t h = ll_data_bits(label) + 0x9e3779b97f4a7c15u;
  for (size_t j = 0; j < columns; j++) {
    h = (h ^ ll_data_bits(row[j])) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
  }
  return mix(h);
}

/* The k-th bit of n that a hash says. */
static uint64_t place(uint64_t hash, size_t k, uint64_t n) {
  uint64_t step = mix(hash + 1) | 1;
  return (hash + k * step) % n;
}

static bool is_marked(const unsigned char *marks, uint64_t n, uint64_t hash) {
  for (size_t k = 0; k < MARKS; k++) {
    uint64_t bit = place(hash, k, n);
    if (!(marks[bit / 8] >> bit % 8 & 1)) return false;
  }
  return true;
}

static ll_status check(ll_ctx *ctx, const ll_data *data, size_t columns) {
  if (columns <= data->x.cols) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "marks: the first %zu columns of %s asked for, which has %zu", columns, data->info->name,
                 data->x.cols);
}

ll_status ll_psm_marks(ll_ctx *ctx, const ll_data *data, size_t columns, unsigned char **marks, size_t *size) {
  ll_view_walk walk = {.data = data};
  void *block;
  *marks = NULL, *size = 0;
  LL_TRY(check(ctx, data, columns));
  LL_TRY(ll_calloc(ctx, &block, data->x.rows, BYTES_PER_ROW));
  unsigned char *out = block;
  uint64_t n = 8 * BYTES_PER_ROW * (uint64_t)data->x.rows;
  ll_status status = ll_view_walk_open(ctx, &walk);
  while (status == LL_OK && ll_view_walk_next(&walk))
    for (size_t i = 0; i < walk.count; i++) {
      uint64_t hash = hash_of(ll_view_walk_row(&walk, i), columns, ll_matrix_row(&data->y, walk.at + i)[0]);
      for (size_t k = 0; k < MARKS; k++) {
        uint64_t bit = place(hash, k, n);
        out[bit / 8] = (unsigned char)(out[bit / 8] | 1u << bit % 8);
      }
    }
  ll_view_walk_close(ctx, &walk);
  if (status != LL_OK) {
    ll_free(ctx, out);
    return status;
  }
  *marks = out, *size = data->x.rows * BYTES_PER_ROW;
  return LL_OK;
}

ll_status ll_psm_marked(ll_ctx *ctx, const unsigned char *marks, size_t size, const ll_data *data, size_t columns, ll_matrix *out) {
  ll_view_walk walk = {.data = data};
  *out = (ll_matrix){0};
  LL_TRY(check(ctx, data, columns));
  if (size == 0) return ll_fail(ctx, LL_ERR_FORMAT, "marked: no marks");
  LL_TRY(ll_matrix_zeros(ctx, data->x.rows, 1, out));
  ll_status status = ll_view_walk_open(ctx, &walk);
  while (status == LL_OK && ll_view_walk_next(&walk))
    for (size_t i = 0; i < walk.count; i++) {
      size_t row = walk.at + i;
      out->data[row] =
          is_marked(marks, 8 * (uint64_t)size, hash_of(ll_view_walk_row(&walk, i), columns, ll_matrix_row(&data->y, row)[0]));
    }
  ll_view_walk_close(ctx, &walk);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  return status;
}
