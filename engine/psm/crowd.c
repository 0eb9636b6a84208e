/* How many spectra have a precursor of nearly the same mass: masses sorted, and two bounds that only move up. */
#include <math.h>

#include "engine/base/sort.h"
#include "engine/fdr/fdr_parts.h"
#include "engine/fdr/runs.h"
#include "losslab/psm_features.h"

/* The places of the least mass and of the one behind the largest that are near to m, from where they were for a mass below m. */
static void move(const double *masses, size_t n, double m, double share, size_t *low, size_t *high) {
  double below = m - fabs(m) * share, above = m + fabs(m) * share;
  while (*low < n && masses[*low] < below) ++*low;
  while (*high < n && masses[*high] <= above) ++*high;
}

/* One mass of each group: that of its first row. [out] how many. */
static size_t one_each(const double *masses, const ll_runs *runs, ll_real *out) {
  size_t n = 0;
  for (size_t i = 0; i < runs->n; i = ll_runs_end(runs, i)) out[n++] = (ll_real)masses[runs->order[i]];
  return n;
}

ll_status ll_psm_crowd(ll_ctx *ctx, const ll_matrix *masses, const ll_matrix *groups, double ppm, ll_matrix *out) {
  ll_status status = LL_OK;
  ll_runs runs;
  void *block = NULL, *exact = NULL;
  *out = (ll_matrix){0};
  if (!(ppm >= 0 && ppm <= 1e6)) return ll_fail(ctx, LL_ERR_RANGE, "crowd: ppm is %g, not from 0 to 1e6", ppm);
  LL_TRY(ll_fdr_check(ctx, "crowd", masses, NULL, groups, "groups"));
  LL_TRY(ll_runs_open(ctx, groups, &runs));
  size_t n = masses->rows;
  LL_GOTO(cleanup, ll_alloc(ctx, &exact, 2 * n * sizeof(double)));
  LL_GOTO(cleanup, ll_alloc(ctx, &block, n * (sizeof(ll_real) + sizeof(uint32_t))));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, out));
  double *mass = exact, *sorted = mass + n;
  ll_real *firsts = block;
  uint32_t *order = (uint32_t *)(void *)(firsts + n);
  for (size_t i = 0; i < n; i++) mass[i] = (double)ll_matrix_row(masses, i)[0];
  size_t spectra = one_each(mass, &runs, firsts);
  LL_GOTO(cleanup, ll_argsort(ctx, firsts, spectra, order));
  for (size_t i = 0; i < spectra; i++) sorted[i] = (double)firsts[order[i]];
  for (size_t i = 0; i < n; i++) firsts[i] = (ll_real)mass[i];
  LL_GOTO(cleanup, ll_argsort(ctx, firsts, n, order));
  for (size_t i = 0, low = 0, high = 0; i < n; i++) {
    move(sorted, spectra, mass[order[i]], ppm * 1e-6, &low, &high);
    out->data[order[i]] = (ll_real)(high > low ? high - low : 1); /* a row whose mass is not its spectrum's: itself */
  }
cleanup:
  ll_free(ctx, exact);
  ll_free(ctx, block);
  ll_runs_close(ctx, &runs);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  return status;
}
