/* Folds and holdout. Each class's rows in random order are dealt out, the dealing going on from class to class where it stopped, so
 * that both classes and totals are within one row of even. Whole groups are dealt in split_groups.c. */
#include "engine/data/split.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/data.h"
#include "engine/data/printable.h"

static ll_status open_view(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, bool stratify, ll_split_rows *v) {
  *v = (ll_split_rows){ctx, data, rows, rows ? n : data->x.rows, stratify && !data->info->values ? data->info->n_classes : 1};
  return ll_data_check_rows(ctx, data, rows, n);
}

ll_status ll_split_shuffle(ll_ctx *ctx, ll_random *stream, const uint32_t *key, size_t n, size_t n_keys, uint32_t *order,
                           size_t *starts) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *mixed = block;
  ll_random_permutation(stream, mixed, n);
  memset(starts, 0, (n_keys + 1) * sizeof *starts);
  for (size_t i = 0; i < n; i++) starts[key[i] + 1]++;
  for (size_t k = 0; k < n_keys; k++) starts[k + 1] += starts[k];
  for (size_t i = 0; i < n; i++) order[starts[key[mixed[i]]]++] = mixed[i];
  for (size_t k = n_keys; k > 0; k--) starts[k] = starts[k - 1];
  starts[0] = 0;
  ll_free(ctx, mixed);
  return LL_OK;
}

static ll_status keys_of_classes(const ll_split_rows *v, uint32_t **key, uint32_t **order, size_t **starts) {
  void *block;
  LL_TRY(ll_alloc(v->ctx, &block, v->n * 2 * sizeof(uint32_t) + (v->n_classes + 1) * sizeof(size_t)));
  *starts = block;
  *key = (uint32_t *)(*starts + v->n_classes + 1);
  *order = *key + v->n;
  for (size_t i = 0; i < v->n; i++) (*key)[i] = (uint32_t)ll_split_class(v, i);
  return LL_OK;
}

static ll_status deal_folds(const ll_split_rows *v, ll_random *stream, size_t k, uint32_t *fold) {
  ll_status status = LL_OK;
  uint32_t *key, *order;
  size_t *starts;
  LL_TRY(keys_of_classes(v, &key, &order, &starts));
  LL_GOTO(cleanup, ll_split_shuffle(v->ctx, stream, key, v->n, v->n_classes, order, starts));
  for (size_t c = 0; c < v->n_classes; c++) {
    size_t count = starts[c + 1] - starts[c];
    if (v->n_classes > 1 && count > 0 && count < k) {
      char shown[LL_PRINTABLE];
      const char *name = v->data->info->classes[c];
      status = ll_fail(v->ctx, LL_ERR_RANGE, "%zu stratified folds of %s: class \"%s\" has only %zu row%s", k, v->data->info->name,
                       ll_printable(shown, name), count, count == 1 ? "" : "s");
      goto cleanup;
    }
  }
  for (size_t i = 0; i < v->n; i++) fold[order[i]] = (uint32_t)(i % k);
cleanup:
  ll_free(v->ctx, starts);
  return status;
}

/* How many of each class are held out: the whole number nearest to share × n in all, each class's the whole number below
 * or above its own share (largest remainders first), but at least one and not all of it. */
static ll_status held_out_counts(const ll_split_rows *v, const size_t *starts, double share, size_t *counts) {
  size_t total = 0, wanted = (size_t)floor(share * (double)v->n + 0.5);
  for (size_t c = 0; c < v->n_classes; c++) {
    size_t n = starts[c + 1] - starts[c];
    counts[c] = (size_t)floor(share * (double)n);
    if (n == 1) {
      char shown[LL_PRINTABLE];
      const char *name = v->data->info->classes[c];
      if (v->n_classes == 1) return ll_fail(v->ctx, LL_ERR_RANGE, "%s has one row: it cannot be split", v->data->info->name);
      return ll_fail(v->ctx, LL_ERR_RANGE, "a stratified split of %s: class \"%s\" has only 1 row", v->data->info->name,
                     ll_printable(shown, name));
    }
    if (n && counts[c] == 0) counts[c] = 1;
    total += counts[c];
  }
  while (total < wanted) {
    size_t best = v->n_classes;
    double most = 0;
    for (size_t c = 0; c < v->n_classes; c++) {
      size_t n = starts[c + 1] - starts[c];
      double rest = share * (double)n - (double)counts[c];
      if (counts[c] + 1 < n && rest > most) most = rest, best = c;
    }
    if (best == v->n_classes) break;
    counts[best]++, total++;
  }
  return LL_OK;
}

static ll_status deal_holdout(const ll_split_rows *v, ll_random *stream, double share, uint32_t *part) {
  ll_status status = LL_OK;
  uint32_t *key, *order;
  size_t *starts;
  void *counts = NULL;
  LL_TRY(keys_of_classes(v, &key, &order, &starts));
  LL_GOTO(cleanup, ll_alloc(v->ctx, &counts, v->n_classes * sizeof(size_t)));
  LL_GOTO(cleanup, ll_split_shuffle(v->ctx, stream, key, v->n, v->n_classes, order, starts));
  LL_GOTO(cleanup, held_out_counts(v, starts, share, counts));
  for (size_t c = 0; c < v->n_classes; c++)
    for (size_t i = starts[c]; i < starts[c + 1]; i++) part[order[i]] = i - starts[c] < ((size_t *)counts)[c];
cleanup:
  ll_free(v->ctx, counts);
  ll_free(v->ctx, starts);
  return status;
}

/* The stream of a split; each repetition has its own. */
static ll_random stream_of(const ll_split_options *options, const char *purpose) {
  char text[64];
  if (options->purpose) purpose = options->purpose;
  if (options->repetition == 0) return ll_random_stream(options->seed, options->trial, purpose);
  snprintf(text, sizeof text, "%.40s %zu", purpose, options->repetition);
  return ll_random_stream(options->seed, options->trial, text);
}

static bool by_groups(const ll_split_options *options, const ll_data *data) {
  return (options->grouped && data->groups) || (options->domains && data->domains);
}

/* The set without groups, where these are not to count. */
static ll_data what_counts(const ll_split_options *options, const ll_data *data) {
  ll_data out = *data;
  if (!options->grouped) out.groups = NULL;
  return out;
}

ll_status ll_data_folds(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, size_t k, const ll_split_options *options,
                        uint32_t *fold) {
  ll_split_rows v;
  LL_TRY(open_view(ctx, data, rows, n, options->stratify, &v));
  if (k < 2) return ll_fail(ctx, LL_ERR_RANGE, "%zu fold%s of %s: at least 2 are needed", k, k == 1 ? "" : "s", data->info->name);
  if (v.n < k) return ll_fail(ctx, LL_ERR_RANGE, "%zu folds of %s: it has only %zu rows", k, data->info->name, v.n);
  ll_random stream = stream_of(options, "folds");
  if (!by_groups(options, data)) return deal_folds(&v, &stream, k, fold);
  const ll_data counted = what_counts(options, data);
  void *shares;
  v.data = &counted;
  LL_TRY(ll_alloc(ctx, &shares, k * sizeof(double)));
  for (size_t p = 0; p < k; p++) ((double *)shares)[p] = 1 / (double)k;
  ll_status status = ll_split_groups(&v, &stream, options->domains, shares, k, "folds", fold);
  ll_free(ctx, shares);
  return status;
}

ll_status ll_data_holdout(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, double share,
                          const ll_split_options *options, uint32_t *part) {
  ll_split_rows v;
  LL_TRY(open_view(ctx, data, rows, n, options->stratify, &v));
  if (!(share > 0 && share < 1)) /* NaN too */
    return ll_fail(ctx, LL_ERR_RANGE, "a split of %s: the held-out share must be between 0 and 1, not %g", data->info->name, share);
  if (v.n < 2)
    return ll_fail(ctx, LL_ERR_RANGE, "a split of %s: %zu row%s cannot be split", data->info->name, v.n, v.n == 1 ? "" : "s");
  ll_random stream = stream_of(options, "holdout");
  if (!by_groups(options, data)) return deal_holdout(&v, &stream, share, part);
  const ll_data counted = what_counts(options, data);
  v.data = &counted;
  double shares[2] = {1 - share, share};
  return ll_split_groups(&v, &stream, options->domains, shares, 2, "parts", part);
}

ll_status ll_data_rows_where(ll_ctx *ctx, const uint32_t *rows, const uint32_t *part, size_t n, uint32_t value, bool equal,
                             uint32_t **out, size_t *count) {
  void *block;
  size_t found = 0;
  *out = NULL, *count = 0;
  for (size_t i = 0; i < n; i++) found += (part[i] == value) == equal;
  LL_TRY(ll_alloc(ctx, &block, (found + 1) * sizeof **out)); /* room for one that is written and not kept: no branch to guess */
  *out = block;
  for (size_t i = 0, at = 0; i < n; i++) {
    (*out)[at] = rows ? rows[i] : (uint32_t)i;
    at += (part[i] == value) == equal;
  }
  *count = found;
  return LL_OK;
}
