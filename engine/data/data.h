/* How sets are held: the block that one shares with its subsets. */
#ifndef LOSSLAB_ENGINE_DATA_H
#define LOSSLAB_ENGINE_DATA_H

#include <math.h>
#include <string.h>

#include "engine/data/view.h"

typedef struct ll_data_shared {
  ll_data_info info; /* first, so that a set's info is this block */
  uint32_t refs;     /* of a set and its subsets, one each */
  void *text[5];     /* storage of the names: of the columns, of the classes, the set's own, its path; of the notes */
} ll_data_shared;

/* The block of a set, to be written to only while the set is made. */
static inline ll_data_shared *ll_data_shared_of(const ll_data *data) { return (ll_data_shared *)(uintptr_t)data->info; }

/* The bits of a value, by which values are hashed and compared: one for both zeros, and one for all that are no number. */
static inline uint64_t ll_data_bits(ll_real value) {
  uint64_t bits = 0;
  value = value == value ? value + 0 : (ll_real)NAN;
  memcpy(&bits, &value, sizeof value);
  return bits;
}

/* LL_ERR_RANGE if one of the n rows is not in the set. rows NULL stands for all rows and is always right. */
ll_status ll_data_check_rows(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n);

/* What is done to the features of a part: missing cells become fill[j] [opt], then (x - mean) scale [opt]. */
typedef struct ll_data_changes {
  const double *fill; /* of views alone */
  const ll_scaler *scaler;
} ll_data_changes;
/* ll_data_subset, or with view ll_data_view. */
ll_status ll_data_part(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_data_changes *changes, bool view,
                       ll_data **out);
/* The n rows from `first` on, or those numbered rows[0..n) [opt], which are in the set, into out, n × cols. */
void ll_data_gather(const ll_data *data, const uint32_t *rows, size_t first, size_t n, ll_real *out);
/* [out] batches of the set, which are checked and have their size: the n rows in order, which the batches take over, also on
 * failure; NULL: all as they stand. LL_ERR_MEMORY. */
ll_status ll_batches_take(ll_ctx *ctx, const ll_data *data, uint32_t *order, size_t n, ll_batches *out);
/* [out] the first feature that is NaN or infinite, or *found is false. */
ll_status ll_data_find_bad(ll_ctx *ctx, const ll_data *data, bool *found, size_t *row, size_t *col);

#endif
