/* Columns about the spectrum, behind those of the files: in how large a crowd its mass is, and its scan. */
#include "engine/psm/spectrum_columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "losslab/psm_features.h"

enum { CROWDS = 3, NAME = 64 };
/* Within how many ppm spectra are counted: an accurate instrument's, a poor one's, and where masses have few digits. */
static const int ppm[CROWDS] = {10, 100, 1000};

static bool is_whole_column(const double *values, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (isnan(values[i])) return false;
  return true;
}

/* The files' features in a matrix with room for `more` columns; those are zero. */
static ll_status widen(ll_ctx *ctx, ll_matrix *x, size_t more) {
  ll_matrix wide;
  LL_TRY(ll_matrix_zeros(ctx, x->rows, x->cols + more, &wide));
  for (size_t i = 0; i < x->rows; i++) memcpy(ll_matrix_row(&wide, i), ll_matrix_row(x, i), x->cols * sizeof(ll_real));
  ll_matrix_release(ctx, x);
  *x = wide;
  return LL_OK;
}

static ll_status name_column(ll_ctx *ctx, ll_builder *b, const char *path, const char *format, int number) {
  char name[NAME];
  uint32_t place;
  bool is_new;
  int size = snprintf(name, sizeof name, format, number);
  LL_TRY(ll_words_add(ctx, &b->columns, name, (size_t)size, &place, &is_new));
  if (is_new) return LL_OK;
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: a column is called \"%s\", as losslab calls one of its own", path, name);
}

/* Masses and spectra as matrices, to be released. */
static ll_status as_matrices(ll_ctx *ctx, const ll_psms *psms, const uint32_t *groups, ll_matrix *masses, ll_matrix *spectra) {
  ll_status status = LL_OK;
  *masses = *spectra = (ll_matrix){0};
  LL_GOTO(failed, ll_matrix_new(ctx, psms->rows, 1, masses));
  LL_GOTO(failed, ll_matrix_new(ctx, psms->rows, 1, spectra));
  for (size_t i = 0; i < psms->rows; i++) {
    masses->data[i] = (ll_real)psms->mass[i];
    spectra->data[i] = groups ? (ll_real)groups[i] : (ll_real)i;
  }
  return LL_OK;
failed:
  ll_matrix_release(ctx, masses);
  ll_matrix_release(ctx, spectra);
  return status;
}

static ll_status add_crowds(ll_ctx *ctx, ll_builder *b, const ll_psms *psms, size_t first) {
  ll_matrix masses, spectra, crowd;
  ll_status status = LL_OK;
  LL_TRY(as_matrices(ctx, psms, b->groups, &masses, &spectra));
  for (size_t k = 0; k < CROWDS; k++) {
    LL_GOTO(cleanup, ll_psm_crowd(ctx, &masses, &spectra, ppm[k], &crowd));
    for (size_t i = 0; i < psms->rows; i++) ll_matrix_row(&b->x, i)[first + k] = (ll_real)ll_log((double)crowd.data[i]);
    ll_matrix_release(ctx, &crowd);
  }
cleanup:
  ll_matrix_release(ctx, &masses);
  ll_matrix_release(ctx, &spectra);
  return status;
}

/* The weights of the line DefaultDirection: none of the new columns. */
static ll_status widen_directions(ll_ctx *ctx, ll_psms *psms, size_t cols, size_t more) {
  void *block;
  if (!psms->directions) return LL_OK;
  LL_TRY(ll_alloc(ctx, &block, (cols + more) * sizeof(double)));
  double *wide = block;
  memcpy(wide, psms->directions, cols * sizeof(double));
  for (size_t j = cols; j < cols + more; j++) wide[j] = NAN;
  ll_free(ctx, psms->directions);
  psms->directions = wide;
  return LL_OK;
}

ll_status ll_psms_add_spectrum_columns(ll_ctx *ctx, ll_psms *psms, ll_builder *b, const char *path) {
  size_t cols = b->x.cols, spectra = b->groups ? b->n_groups : psms->rows;
  size_t crowds = psms->has_mass && is_whole_column(psms->mass, psms->rows) && (double)spectra < LL_WHOLE ? CROWDS : 0;
  size_t scan = psms->scan && is_whole_column(psms->scan, psms->rows);
  if (crowds + scan == 0) return LL_OK;
  LL_TRY(widen(ctx, &b->x, crowds + scan));
  LL_TRY(widen_directions(ctx, psms, cols, crowds + scan));
  for (size_t k = 0; k < crowds; k++) LL_TRY(name_column(ctx, b, path, LL_PSMS_ABOUT_SPECTRUM "others within %d ppm", ppm[k]));
  if (crowds) LL_TRY(add_crowds(ctx, b, psms, cols));
  if (!scan) return LL_OK;
  for (size_t i = 0; i < psms->rows; i++) ll_matrix_row(&b->x, i)[cols + crowds] = (ll_real)psms->scan[i];
  return name_column(ctx, b, path, LL_PSMS_ABOUT_SPECTRUM "scan", 0);
}
