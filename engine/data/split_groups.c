/* Splits that keep groups together: whole groups in random order, the largest first, each to the part whose class counts it brings
 * nearest to what they should be. */
#include <math.h>

#include "engine/data/printable.h"
#include "engine/data/split.h"

/* Groups in the order in which they are dealt: rows of group number g (from 0) are members[starts[g] .. starts[g+1]). */
typedef struct grouping {
  size_t count;
  uint32_t *members, *order, *key;
  size_t *starts;
} grouping;

static void close_groups(ll_ctx *ctx, grouping *g) {
  ll_free(ctx, g->members);
  ll_free(ctx, g->order);
  ll_free(ctx, g->key);
  ll_free(ctx, g->starts);
}

/* most: rows that domains may join. */
static ll_status open_groups(const ll_split_rows *v, size_t most, ll_random *stream, grouping *g) {
  ll_status status = LL_OK;
  void *block;
  *g = (grouping){0};
  LL_TRY(ll_alloc(v->ctx, &block, v->n * sizeof(uint32_t)));
  g->key = block;
  LL_GOTO(fail, ll_data_cut_groups(v->ctx, v->data, v->rows, v->n, most, g->key, &g->count));
  LL_GOTO(fail, ll_alloc(v->ctx, &block, v->n * sizeof(uint32_t)));
  g->members = block;
  LL_GOTO(fail, ll_alloc(v->ctx, &block, (g->count + v->n + 3) * sizeof(size_t)));
  g->starts = block;
  LL_GOTO(fail, ll_split_shuffle(v->ctx, stream, g->key, v->n, g->count, g->members, g->starts));
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
  LL_GOTO(fail, ll_split_shuffle(v->ctx, stream, rank, g->count, largest + 1, g->order, g->starts + g->count + 1));
  return LL_OK;
fail:
  close_groups(v->ctx, g);
  return status;
}

/* Deals the groups to parts 0..k-1 that should get shares[part] of every class. With counts n_pc and targets
 * t_pc = shares[p] N_c, a group of g_c rows goes where it lowers sum_c (n_pc - t_pc)² / (shares[p] N_c²) most. A part that
 * has no group yet is served first once only as many groups are left as there are such parts. */
static ll_status deal_groups(const ll_split_rows *v, const grouping *g, const double *shares, size_t k, uint32_t *part) {
  size_t classes = v->n_classes, empty = k;
  void *block;
  LL_TRY(ll_calloc(v->ctx, &block, (k + 2) * classes + k, sizeof(double)));
  double *counts = block, *totals = counts + k * classes, *own = totals + classes, *served = own + classes;
  for (size_t i = 0; i < v->n; i++) totals[ll_split_class(v, i)]++;
  for (size_t at = 0; at < g->count; at++) {
    size_t group = g->order[at], best = k;
    double least = HUGE_VAL;
    for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) own[ll_split_class(v, g->members[i])]++;
    for (size_t p = 0; p < k; p++) {
      if (served[p] != 0 && g->count - at <= empty) continue;
      double cost = 0;
      for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) { /* own[c] equal parts make up class c's term */
        size_t c = ll_split_class(v, g->members[i]);
        cost += (2 * (counts[p * classes + c] - shares[p] * totals[c]) + own[c]) / (shares[p] * totals[c] * totals[c]);
      }
      if (cost < least) least = cost, best = p;
    }
    if (served[best] == 0) served[best] = 1, empty--;
    for (size_t i = g->starts[group]; i < g->starts[group + 1]; i++) {
      size_t c = ll_split_class(v, g->members[i]);
      part[g->members[i]] = (uint32_t)best;
      counts[best * classes + c]++;
      own[c] = 0;
    }
  }
  ll_free(v->ctx, block);
  return LL_OK;
}

/* Each class must be found in at least k groups, or some part cannot have it. */
static ll_status check_groups(const ll_split_rows *v, const grouping *g, size_t k, const char *what) {
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
      size_t c = ll_split_class(v, g->members[i]);
      if (last[c] != group + 1) last[c] = group + 1, found[c]++;
    }
  for (size_t c = 0; c < v->n_classes && status == LL_OK; c++)
    if (found[c] && found[c] < k) {
      char shown[LL_PRINTABLE];
      const char *name = v->data->info->classes[c];
      status = ll_fail(v->ctx, LL_ERR_RANGE, "%zu stratified %s of %s: class \"%s\" is in only %zu group%s", k, what,
                       v->data->info->name, ll_printable(shown, name), found[c], found[c] == 1 ? "" : "s");
    }
  ll_free(v->ctx, block);
  return status;
}

/* The rows that domains may join: half of the smallest part, so that parts still get their shares. */
static size_t most_joined(const ll_split_rows *v, bool by_domains, const double *shares, size_t k) {
  double least = 1;
  for (size_t p = 0; p < k; p++) least = fmin(least, shares[p]);
  return by_domains ? (size_t)((double)v->n * least / 2) : 0;
}

ll_status ll_split_groups(const ll_split_rows *v, ll_random *stream, bool by_domains, const double *shares, size_t k,
                          const char *what, uint32_t *part) {
  ll_status status = LL_OK;
  grouping g;
  LL_TRY(open_groups(v, most_joined(v, by_domains, shares, k), stream, &g));
  LL_GOTO(cleanup, check_groups(v, &g, k, what));
  LL_GOTO(cleanup, deal_groups(v, &g, shares, k, part));
cleanup:
  close_groups(v->ctx, &g);
  return status;
}
