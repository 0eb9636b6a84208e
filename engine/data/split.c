/* Folds and holdout. Without groups: each class's rows in random order are dealt out, the dealing going on from class to
 * class where it stopped, so that both classes and totals are within one row of even. With groups: whole groups in random
 * order, the largest first, each to the part whose class counts it brings nearest to what they should be. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/show.h"
#include "losslab/data.h"

/* The rows to be split, seen as classes and groups. */
typedef struct rows_view {
  ll_ctx *ctx;
  const ll_data *data;
  const uint32_t *rows; /* NULL: all */
  size_t n;
  size_t n_classes; /* 1 without stratify: all rows are alike */
} rows_view;

static size_t row_at(const rows_view *v, size_t i) { return v->rows ? v->rows[i] : i; }
static size_t class_at(const rows_view *v, size_t i) { return v->n_classes == 1 ? 0 : ll_data_class(v->data, row_at(v, i)); }
static uint32_t group_at(const rows_view *v, size_t i) { return v->data->groups[row_at(v, i)]; }

static ll_status open_view(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, bool stratify, rows_view *v) {
  *v = (rows_view){ctx, data, rows, rows ? n : data->x.rows, stratify ? data->info->n_classes : 1};
  for (size_t i = 0; rows && i < n; i++)
    if (rows[i] >= data->x.rows)
      return ll_fail(ctx, LL_ERR_RANGE, "row %zu asked for (place %zu of %zu), but %s has %zu rows", (size_t)rows[i] + 1, i + 1, n,
                     data->info->name, data->x.rows);
  return LL_OK;
}

/* Random order of the items, stably regrouped by key[item] < n_keys: order[starts[k] .. starts[k+1]) are those of key k. */
static ll_status shuffled_by_key(ll_ctx *ctx, ll_random *stream, const uint32_t *key, size_t n, size_t n_keys, uint32_t *order,
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

/* ---- rows one by one -------------------------------------------------------------------------------------------------- */

static ll_status keys_of_classes(const rows_view *v, uint32_t **key, uint32_t **order, size_t **starts) {
  void *block;
  LL_TRY(ll_alloc(v->ctx, &block, v->n * 2 * sizeof(uint32_t) + (v->n_classes + 1) * sizeof(size_t)));
  *starts = block;
  *key = (uint32_t *)(*starts + v->n_classes + 1);
  *order = *key + v->n;
  for (size_t i = 0; i < v->n; i++) (*key)[i] = (uint32_t)class_at(v, i);
  return LL_OK;
}

static ll_status deal_folds(const rows_view *v, ll_random *stream, size_t k, uint32_t *fold) {
  ll_status status = LL_OK;
  uint32_t *key, *order;
  size_t *starts;
  LL_TRY(keys_of_classes(v, &key, &order, &starts));
  LL_GOTO(cleanup, shuffled_by_key(v->ctx, stream, key, v->n, v->n_classes, order, starts));
  for (size_t c = 0; c < v->n_classes; c++) {
    size_t count = starts[c + 1] - starts[c];
    if (v->n_classes > 1 && count > 0 && count < k) {
      char shown[LL_SHOWN];
      const char *name = v->data->info->classes[c];
      status = ll_fail(v->ctx, LL_ERR_RANGE, "%zu stratified folds of %s: class \"%s\" has only %zu row%s", k, v->data->info->name,
                       ll_show(shown, name), count, count == 1 ? "" : "s");
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
static ll_status held_out_counts(const rows_view *v, const size_t *starts, double share, size_t *counts) {
  size_t total = 0, wanted = (size_t)floor(share * (double)v->n + 0.5);
  for (size_t c = 0; c < v->n_classes; c++) {
    size_t n = starts[c + 1] - starts[c];
    counts[c] = (size_t)floor(share * (double)n);
    if (n == 1) {
      char shown[LL_SHOWN];
      const char *name = v->data->info->classes[c];
      if (v->n_classes == 1) return ll_fail(v->ctx, LL_ERR_RANGE, "%s has one row: it cannot be split", v->data->info->name);
      return ll_fail(v->ctx, LL_ERR_RANGE, "a stratified split of %s: class \"%s\" has only 1 row", v->data->info->name,
                     ll_show(shown, name));
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

static ll_status deal_holdout(const rows_view *v, ll_random *stream, double share, uint32_t *part) {
  ll_status status = LL_OK;
  uint32_t *key, *order;
  size_t *starts;
  void *counts = NULL;
  LL_TRY(keys_of_classes(v, &key, &order, &starts));
  LL_GOTO(cleanup, ll_alloc(v->ctx, &counts, v->n_classes * sizeof(size_t)));
  LL_GOTO(cleanup, shuffled_by_key(v->ctx, stream, key, v->n, v->n_classes, order, starts));
  LL_GOTO(cleanup, held_out_counts(v, starts, share, counts));
  for (size_t c = 0; c < v->n_classes; c++)
    for (size_t i = starts[c]; i < starts[c + 1]; i++) part[order[i]] = i - starts[c] < ((size_t *)counts)[c];
cleanup:
  ll_free(v->ctx, counts);
  ll_free(v->ctx, starts);
  return status;
}

/* ---- groups ------------------------------------------------------------------------------------------------------------ */

/* Groups in the order in which they are dealt: rows of group number g (from 0) are members[starts[g] .. starts[g+1]). */
typedef struct grouping {
  size_t count;
  uint32_t *members, *order, *number;
  size_t *starts;
} grouping;

static void close_groups(ll_ctx *ctx, grouping *g) {
  ll_free(ctx, g->members);
  ll_free(ctx, g->order);
  ll_free(ctx, g->number);
  ll_free(ctx, g->starts);
}

static ll_status open_groups(const rows_view *v, ll_random *stream, grouping *g) {
  ll_status status = LL_OK;
  size_t known = v->data->info->n_groups;
  void *block;
  *g = (grouping){0};
  /* the groups present among these rows, numbered in order of appearance */
  LL_TRY(ll_calloc(v->ctx, &block, known + v->n, sizeof(uint32_t)));
  g->number = block;
  uint32_t *key = g->number + known;
  for (size_t i = 0; i < v->n; i++) {
    uint32_t *number = &g->number[group_at(v, i)];
    if (*number == 0) *number = (uint32_t)++g->count;
    key[i] = *number - 1;
  }
  LL_GOTO(fail, ll_alloc(v->ctx, &block, v->n * sizeof(uint32_t)));
  g->members = block;
  LL_GOTO(fail, ll_alloc(v->ctx, &block, (g->count + v->n + 3) * sizeof(size_t)));
  g->starts = block;
  LL_GOTO(fail, shuffled_by_key(v->ctx, stream, key, v->n, g->count, g->members, g->starts));
  /* order: random, then by size, largest first (sizes as keys of the same counting sort) */
  LL_GOTO(fail, ll_alloc(v->ctx, &block, 2 * g->count * sizeof(uint32_t)));
  g->order = block;
  size_t largest = 0;
  for (size_t k = 0; k < g->count; k++) {
    size_t size = g->starts[k + 1] - g->starts[k];
    if (size > largest) largest = size;
  }
  uint32_t *rank = g->order + g->count;
  for (size_t k = 0; k < g->count; k++) rank[k] = (uint32_t)(largest - (g->starts[k + 1] - g->starts[k]));
  LL_GOTO(fail, shuffled_by_key(v->ctx, stream, rank, g->count, largest + 1, g->order, g->starts + g->count + 1));
  return LL_OK;
fail:
  close_groups(v->ctx, g);
  return status;
}

/* Deals the groups to parts 0..k-1 that should get shares[part] of every class. With counts n_pc and targets
 * t_pc = shares[p] N_c, a group of g_c rows goes where it lowers sum_c (n_pc - t_pc)² / (shares[p] N_c²) most. A part that
 * has no group yet is served first once only as many groups are left as there are such parts. */
static ll_status deal_groups(const rows_view *v, const grouping *g, const double *shares, size_t k, uint32_t *part) {
  size_t classes = v->n_classes, empty = k;
  void *block;
  LL_TRY(ll_calloc(v->ctx, &block, (k + 2) * classes + k, sizeof(double)));
  double *counts = block, *totals = counts + k * classes, *own = totals + classes, *served = own + classes;
  for (size_t i = 0; i < v->n; i++) totals[class_at(v, i)]++;
  for (size_t at = 0; at < g->count; at++) {
    size_t group = g->order[at], best = k;
    double least = HUGE_VAL;
    for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) own[class_at(v, g->members[i])]++;
    for (size_t p = 0; p < k; p++) {
      if (served[p] != 0 && g->count - at <= empty) continue;
      double cost = 0;
      for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) { /* each row gives its class's term its part */
        size_t c = class_at(v, g->members[i]);
        cost += (2 * (counts[p * classes + c] - shares[p] * totals[c]) + own[c]) / (shares[p] * totals[c] * totals[c]);
      }
      if (cost < least) least = cost, best = p;
    }
    if (served[best] == 0) served[best] = 1, empty--;
    for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) {
      size_t c = class_at(v, g->members[i]);
      part[g->members[i]] = (uint32_t)best;
      counts[best * classes + c]++;
      own[c] = 0;
    }
  }
  ll_free(v->ctx, block);
  return LL_OK;
}

/* Each class must be found in at least k groups, or some part cannot have it. */
static ll_status check_groups(const rows_view *v, const grouping *g, size_t k, const char *what) {
  if (g->count < k)
    return ll_fail(v->ctx, LL_ERR_RANGE, "%zu %s of %s: it has only %zu group%s", k, what, v->data->info->name, g->count,
                   g->count == 1 ? "" : "s");
  if (v->n_classes == 1) return LL_OK;
  ll_status status = LL_OK;
  void *block;
  LL_TRY(ll_calloc(v->ctx, &block, 2 * v->n_classes, sizeof(size_t)));
  size_t *found = block, *last = found + v->n_classes;
  for (size_t group = 0; group < g->count; group++)
    for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) {
      size_t c = class_at(v, g->members[i]);
      if (last[c] != group + 1) last[c] = group + 1, found[c]++;
    }
  for (size_t c = 0; c < v->n_classes && status == LL_OK; c++)
    if (found[c] && found[c] < k) {
      char shown[LL_SHOWN];
      const char *name = v->data->info->classes[c];
      status = ll_fail(v->ctx, LL_ERR_RANGE, "%zu stratified %s of %s: class \"%s\" is in only %zu group%s", k, what,
                       v->data->info->name, ll_show(shown, name), found[c], found[c] == 1 ? "" : "s");
    }
  ll_free(v->ctx, block);
  return status;
}

static ll_status split_groups(const rows_view *v, ll_random *stream, const double *shares, size_t k, const char *what,
                              uint32_t *part) {
  ll_status status = LL_OK;
  grouping g;
  LL_TRY(open_groups(v, stream, &g));
  LL_GOTO(cleanup, check_groups(v, &g, k, what));
  LL_GOTO(cleanup, deal_groups(v, &g, shares, k, part));
cleanup:
  close_groups(v->ctx, &g);
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

/* ---- the public functions ------------------------------------------------------------------------------------------------- */

ll_status ll_data_folds(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, size_t k, const ll_split_options *options,
                        uint32_t *fold) {
  rows_view v;
  LL_TRY(open_view(ctx, data, rows, n, options->stratify, &v));
  if (k < 2) return ll_fail(ctx, LL_ERR_RANGE, "%zu fold%s of %s: at least 2 are needed", k, k == 1 ? "" : "s", data->info->name);
  if (v.n < k) return ll_fail(ctx, LL_ERR_RANGE, "%zu folds of %s: it has only %zu rows", k, data->info->name, v.n);
  ll_random stream = stream_of(options, "folds");
  if (!options->grouped || !data->groups) return deal_folds(&v, &stream, k, fold);
  void *shares;
  LL_TRY(ll_alloc(ctx, &shares, k * sizeof(double)));
  for (size_t p = 0; p < k; p++) ((double *)shares)[p] = 1 / (double)k;
  ll_status status = split_groups(&v, &stream, shares, k, "folds", fold);
  ll_free(ctx, shares);
  return status;
}

ll_status ll_data_holdout(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, double share,
                          const ll_split_options *options, uint32_t *part) {
  rows_view v;
  LL_TRY(open_view(ctx, data, rows, n, options->stratify, &v));
  if (!(share > 0 && share < 1)) /* NaN too */
    return ll_fail(ctx, LL_ERR_RANGE, "a split of %s: the held-out share must be between 0 and 1, not %g", data->info->name, share);
  if (v.n < 2)
    return ll_fail(ctx, LL_ERR_RANGE, "a split of %s: %zu row%s cannot be split", data->info->name, v.n, v.n == 1 ? "" : "s");
  ll_random stream = stream_of(options, "holdout");
  if (!options->grouped || !data->groups) return deal_holdout(&v, &stream, share, part);
  double shares[2] = {1 - share, share};
  return split_groups(&v, &stream, shares, 2, "parts", part);
}

ll_status ll_data_rows_where(ll_ctx *ctx, const uint32_t *rows, const uint32_t *part, size_t n, uint32_t value, bool equal,
                             uint32_t **out, size_t *count) {
  void *block;
  size_t found = 0;
  *out = NULL, *count = 0;
  for (size_t i = 0; i < n; i++) found += (part[i] == value) == equal;
  LL_TRY(ll_alloc(ctx, &block, found * sizeof **out));
  *out = block;
  for (size_t i = 0; i < n; i++)
    if ((part[i] == value) == equal) (*out)[(*count)++] = rows ? rows[i] : (uint32_t)i;
  return LL_OK;
}
