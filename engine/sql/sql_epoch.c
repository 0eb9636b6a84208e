/* One epoch out of a blob that holds many. Each stands in the blob as what differs from those before it, so epochs asked for one
 * after another, as a curve asks, go on from the last one; the blob's bytes are compared with those of the last, so that what is
 * read never depends on what was read before. */
#include <string.h>

#include "engine/sql/sql.h"

enum { MOST = 1 << 26 }; /* bytes of a blob that is kept */

struct ll_sql_blob {
  ll_scores *scores;
  int coding;
  void *bytes;
  size_t size, epochs, next; /* of the epoch that is read next */
  float *values;             /* of the one before it */
};

void ll_sql_floats(const void *bytes, ll_matrix *to) {
  size_t n = ll_matrix_count(to);
  for (size_t i = 0; i < n; i++) {
    float x;
    memcpy(&x, (const unsigned char *)bytes + 4 * i, sizeof x);
    to->data[i] = (ll_real)x;
  }
}

void ll_sql_forget(ll_sql *sql) {
  ll_sql_blob *blob = sql->blob;
  sql->blob = NULL;
  if (!blob) return;
  ll_scores_close(blob->scores);
  ll_free(sql->ctx, blob->bytes);
  ll_free(sql->ctx, blob->values);
  ll_free(sql->ctx, blob);
}

static bool is_last(const ll_sql_blob *blob, int coding, const void *bytes, size_t size, size_t epochs, size_t index) {
  return blob && blob->coding == coding && blob->size == size && blob->epochs == epochs && blob->next <= index + 1 &&
         memcmp(blob->bytes, bytes, size) == 0;
}

static ll_status begin(ll_sql *sql, int coding, const void *bytes, size_t size, size_t epochs, size_t count) {
  void *block;
  ll_sql_forget(sql);
  LL_TRY(ll_calloc(sql->ctx, &block, 1, sizeof(ll_sql_blob)));
  ll_sql_blob *blob = sql->blob = block;
  *blob = (ll_sql_blob){.coding = coding, .size = size, .epochs = epochs};
  LL_TRY(ll_alloc(sql->ctx, &blob->bytes, size));
  memcpy(blob->bytes, bytes, size);
  LL_TRY(ll_alloc(sql->ctx, &block, 4 * count));
  blob->values = block;
  return ll_scores_open(sql->ctx, coding, blob->bytes, size, epochs, count, &blob->scores);
}

static ll_status go_on(ll_sql_blob *blob, size_t index) {
  if (blob->next == index + 1) return LL_OK; /* the same epoch again */
  for (; blob->next < index; blob->next++) LL_TRY(ll_scores_next(blob->scores, NULL));
  blob->next++;
  return ll_scores_next(blob->scores, blob->values);
}

static ll_status unpack_alone(ll_sql *sql, int coding, const void *bytes, size_t size, size_t epochs, size_t index,
                              ll_matrix *out) {
  void *block;
  LL_TRY(ll_alloc(sql->ctx, &block, 4 * ll_matrix_count(out)));
  ll_status status = ll_scores_unpack(sql->ctx, coding, bytes, size, epochs, ll_matrix_count(out), index, 1, block);
  if (status == LL_OK) ll_sql_floats(block, out);
  ll_free(sql->ctx, block);
  return status;
}

ll_status ll_sql_unpack_epoch(ll_sql *sql, int coding, const void *bytes, size_t size, size_t epochs, size_t index,
                              ll_matrix *out) {
  if (coding == LL_SCORES_RAW || size > MOST) return unpack_alone(sql, coding, bytes, size, epochs, index, out);
  ll_status status = LL_OK;
  if (!is_last(sql->blob, coding, bytes, size, epochs, index))
    status = begin(sql, coding, bytes, size, epochs, ll_matrix_count(out));
  if (status == LL_OK) status = go_on(sql->blob, index);
  if (status == LL_OK) ll_sql_floats(sql->blob->values, out);
  else ll_sql_forget(sql);
  return status;
}
