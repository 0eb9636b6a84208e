/* Reading a data set out of an input, as the readers' targets do it. */
#ifndef LOSSLAB_TESTS_FUZZ_READ_H
#define LOSSLAB_TESTS_FUZZ_READ_H

#include <math.h>

#include "engine/data/read/source.h"
#include "tests/fuzz/target.h"

/* A set that was read is whole: its parts agree, and no element is what a reader promises to refuse. */
static inline void must_be_whole(const ll_data *d) {
  const ll_data_info *info = d->info;
  must(d->x.rows > 0 && d->x.rows == d->y.rows && d->x.cols == info->n_columns && d->y.cols == 1, "%zux%zu with %zu labels",
       d->x.rows, d->x.cols, d->y.rows);
  must(strlen(info->hash) == 64 && (info->values ? info->n_classes == 0 : info->n_classes >= 2), "hash \"%s\", %zu classes",
       info->hash, info->n_classes);
  for (size_t j = 0; j < info->n_columns; j++) must(info->columns[j], "column %zu has no name", j);
  for (size_t k = 0; k < info->n_classes; k++) must(info->classes[k], "class %zu has no name", k);
  for (size_t i = 0; i < info->n_notes; i++) must(info->notes[i] && *info->notes[i], "note %zu is empty", i);
  for (size_t i = 0; i < d->x.rows; i++) {
    if (info->values) must(isfinite(d->y.data[i]), "the value of row %zu", i);
    else must(ll_data_class(d, i) < info->n_classes, "the class of row %zu", i);
    if (d->weights.rows) must(d->weights.data[i] >= 0 && isfinite(d->weights.data[i]), "the weight of row %zu", i);
    if (d->groups) must(d->groups[i] < info->n_groups, "the group of row %zu", i);
    if (d->domains) must(d->domains[i] < info->n_domains, "the domain of row %zu", i);
    for (size_t j = 0; j < d->x.cols; j++) {
      double x = (double)d->x.data[i * d->x.stride + j];
      must(isfinite(x) || (isnan(x) && d->missing), "element %zu,%zu is %g", i, j, x);
    }
  }
}

static inline void must_be_equal(const ll_data *a, const ll_data *b) {
  must(a->x.rows == b->x.rows && a->x.cols == b->x.cols && strcmp(a->info->hash, b->info->hash) == 0, "%zux%zu %s, %zux%zu %s",
       a->x.rows, a->x.cols, a->info->hash, b->x.rows, b->x.cols, b->info->hash);
  for (size_t i = 0; i < a->x.rows; i++) {
    must(a->y.data[i] == b->y.data[i], "label %zu", i);
    must(a->weights.rows == b->weights.rows && (!a->weights.rows || a->weights.data[i] == b->weights.data[i]), "weight %zu", i);
    must(memcmp(a->x.data + i * a->x.stride, b->x.data + i * b->x.stride, a->x.cols * sizeof(ll_real)) == 0, "row %zu", i);
  }
}

/* Reads a file in chunks of a few bytes and whole: the same set, or the same message, unless an archive is damaged, when it is
 * noticed first what stands before the damage. */
static inline void reads_alike(const char *path, const ll_read_options *options, size_t chunk) {
  ll_ctx *ctx = context(), *other = context();
  ll_data *whole = NULL, *pieces = NULL;
  ll_status one = ll_data_read(ctx, path, options, &whole);
  must_be_told(ctx, one, whole != NULL);
  if (whole) must_be_whole(whole);
  size_t usual = ll_source_chunk;
  ll_source_chunk = chunk;
  ll_status two = ll_data_read(other, path, options, &pieces);
  ll_source_chunk = usual;
  bool broken = one != LL_OK && two != LL_OK && (strstr(ll_message(ctx), "damaged ") || strstr(ll_message(other), "damaged "));
  must(broken || (one == two && (one == LL_OK || strcmp(ll_message(ctx), ll_message(other)) == 0)),
       "whole: %s %s\nin pieces: %s %s", ll_status_name(one), one ? ll_message(ctx) : "", ll_status_name(two),
       two ? ll_message(other) : "");
  if (whole && pieces) must_be_equal(whole, pieces);
  ll_data_free(ctx, whole);
  ll_data_free(other, pieces);
  ll_ctx_close(ctx);
  ll_ctx_close(other);
}

#endif
