/* What splits by rows and splits by groups share: the rows to be split, seen as classes and groups. */
#ifndef LOSSLAB_ENGINE_SPLIT_H
#define LOSSLAB_ENGINE_SPLIT_H

#include "losslab/data.h"

typedef struct ll_split_rows {
  ll_ctx *ctx;
  const ll_data *data;
  const uint32_t *rows; /* NULL: all */
  size_t n;
  size_t n_classes; /* 1 without stratify: all rows are alike */
} ll_split_rows;

static inline size_t ll_split_row(const ll_split_rows *v, size_t i) { return v->rows ? v->rows[i] : i; }
static inline size_t ll_split_class(const ll_split_rows *v, size_t i) {
  return v->n_classes == 1 ? 0 : ll_data_class(v->data, ll_split_row(v, i));
}

/* Random order of the items, stably regrouped by key[item] < n_keys: order[starts[k] .. starts[k+1]) are those of key k. */
ll_status ll_split_shuffle(ll_ctx *ctx, ll_random *stream, const uint32_t *key, size_t n, size_t n_keys, uint32_t *order,
                           size_t *starts);
/* part[i] in 0..k-1 of each row, rows of a group together, by_domains: and groups with a domain in common. Part p gets about
 * shares[p] of every class. what: the parts' name in messages. LL_ERR_RANGE: fewer groups than parts, a class in fewer groups. */
ll_status ll_split_groups(const ll_split_rows *v, ll_random *stream, bool by_domains, const double *shares, size_t k,
                          const char *what, uint32_t *part);

#endif
