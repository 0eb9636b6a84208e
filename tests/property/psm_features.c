/* Normal scores, leads and leaks against plain formulas, over drawn sizes, ties and extremes. */
#include "losslab/psm_features.h"

#include "losslab/distributions.h"
#include "tests/tap.h"

enum { MOST = 80, CASES = 150 };
static ll_ctx *ctx;
static const unsigned seed = 20261202;
static ll_real x[MOST * 6], scores[MOST], groups[MOST];
static uint8_t counted[MOST];

#ifdef LL_DOUBLE
static const double tolerance = 1e-12;
#else
static const double tolerance = 1e-6;
#endif

/* n×d: columns on few or many levels, of a scale that a difference does not hold, constant ones, and copies. */
static ll_matrix draw(ll_random *r) {
  size_t n = 1 + ll_random_below(r, MOST), d = 1 + ll_random_below(r, 6);
  for (size_t j = 0; j < d; j++) {
    uint64_t levels = (const uint64_t[]){1, 2, 3, 8, 1000003}[ll_random_below(r, 5)];
    double scale = ll_random_below(r, 4) ? 1 : (double)LL_LARGEST;
    bool copy = j > 0 && ll_random_below(r, 4) == 0;
    for (size_t i = 0; i < n; i++)
      x[i * d + j] = copy
                         ? x[i * d + j - 1]
                         : (ll_real)(scale * (1.9 * (double)ll_random_below(r, levels) / (double)levels - (levels > 1 ? 0.95 : 0)));
  }
  for (size_t i = 0; i < n; i++) counted[i] = i == 0 || ll_random_below(r, 4) > 0;
  return ll_matrix_wrap(x, n, d);
}

static double slow_z(const ll_matrix *m, const uint8_t *rows, size_t row, size_t col) {
  double below = 0, with = 0, n = 0;
  for (size_t i = 0; i < m->rows; i++) {
    if (rows && !rows[i]) continue;
    n++, below += ll_matrix_row(m, i)[col] < ll_matrix_row(m, row)[col],
        with += ll_matrix_row(m, i)[col] == ll_matrix_row(m, row)[col];
  }
  return ll_normal_quantile((below + with / 2) / n);
}

static size_t values_of(const ll_matrix *m, const uint8_t *rows, size_t col) {
  size_t found = 0;
  for (size_t i = 0; i < m->rows; i++) {
    bool new = !rows || rows[i];
    for (size_t k = 0; k < i && new; k++) new = (rows && !rows[k]) || ll_matrix_row(m, k)[col] != ll_matrix_row(m, i)[col];
    found += new;
  }
  return found;
}
static size_t copy_of(const ll_matrix *m, const uint8_t *rows, size_t col) {
  for (size_t c = 0; c < col; c++) {
    bool same = true;
    for (size_t i = 0; i < m->rows; i++) same = same && ((rows && !rows[i]) || ll_matrix_row(m, i)[c] == ll_matrix_row(m, i)[col]);
    if (same) return c;
  }
  return col;
}

static bool has(const uint32_t *list, size_t n, size_t column, size_t *at) {
  for (*at = 0; *at < n; ++*at)
    if (list[*at] == column) return true;
  return false;
}

/* Few rows: the map is exact at all values, the lists are those that the definitions give. */
static void ranks(void) {
  ll_random r = ll_random_stream(seed, 0, "ranks");
  size_t kept = 0, copies = 0, constants = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    ll_matrix m = draw(&r), z;
    const uint8_t *rows = c % 2 ? counted : NULL;
    ll_ranker *ranker;
    works(ctx, ll_ranker_fit(ctx, &m, rows, &ranker));
    works(ctx, ll_ranker_apply(ctx, ranker, &m, &z));
    ll_ranker_info info = ll_ranker_about(ranker);
    for (size_t j = 0; j < m.cols; j++) {
      size_t at, values = values_of(&m, rows, j), original = copy_of(&m, rows, j);
      bool is_constant = has(info.constant, info.n_constant, j, &at);
      bool is_copy = has(info.duplicates, info.n_duplicates, j, &at);
      if (is_copy && info.originals[at] != original) ok(false, "case %d: column %zu repeats %zu", c, j + 1, original + 1);
      bool is_kept = has(info.columns, info.n_columns, j, &at);
      if (is_constant != (values == 1) || is_copy != (values > 1 && original < j) || is_kept != (values > 2 && original == j)) {
        ok(false, "case %d, column %zu: constant %d, copy %d, kept %d of %zu values", c, j + 1, is_constant, is_copy, is_kept,
           values);
        return;
      }
      constants += is_constant, copies += is_copy, kept += is_kept;
      for (size_t i = 0; i < m.rows && is_kept; i++)
        if (!rows || rows[i])
          all_near((double)ll_matrix_row(&z, i)[at], slow_z(&m, rows, i, j), tolerance, "case %d, row %zu, column %zu", c, i + 1,
                   j + 1);
        else if (!isfinite((double)ll_matrix_row(&z, i)[at])) ok(false, "case %d, row %zu: no number", c, i + 1);
    }
    ll_ranker_free(ctx, ranker);
    ll_matrix_release(ctx, &z);
  }
  ok(kept > 30 && copies > 10 && constants > 10, "normal scores of %zu columns, %zu copies, %zu constant, seed %u", kept, copies,
     constants, seed);
}

/* Many values: normal ones, with a lump that the values below and above it must not be drawn to, and a heavy tail. */
enum { ROWS = 20000, COLUMNS = 3 };
static ll_real large[ROWS * COLUMNS];
static void many_values(void) {
  ll_random r = ll_random_stream(seed, 1, "many");
  for (size_t i = 0; i < ROWS; i++) {
    double tail = ll_random_normal(&r);
    large[i * COLUMNS] = (ll_real)ll_random_normal(&r);
    large[i * COLUMNS + 1] = (ll_real)(ll_random_below(&r, 3) ? 0 : ll_random_normal(&r));
    large[i * COLUMNS + 2] = (ll_real)(tail / (fabs(ll_random_normal(&r)) + 1e-3));
  }
  ll_matrix m = ll_matrix_wrap(large, ROWS, COLUMNS), z, again;
  ll_ranker *ranker, *alone;
  void *bytes[2];
  size_t n[2];
  ll_threads(3);
  works(ctx, ll_ranker_fit(ctx, &m, NULL, &ranker));
  works(ctx, ll_ranker_apply(ctx, ranker, &m, &z));
  ll_threads(1);
  works(ctx, ll_ranker_fit(ctx, &m, NULL, &alone));
  works(ctx, ll_ranker_apply(ctx, alone, &m, &again));
  works(ctx, ll_ranker_save(ctx, ranker, &bytes[0], &n[0]));
  works(ctx, ll_ranker_save(ctx, alone, &bytes[1], &n[1]));
  ok(n[0] == n[1] && memcmp(bytes[0], bytes[1], n[0]) == 0, "the same ranker with any number of threads");
  ok(memcmp(z.data, again.data, ll_matrix_count(&z) * sizeof *z.data) == 0, "and the same normal scores");
  double width = 2 * ll_normal_quantile(1 - 0.5 / ROWS) / (LL_RANKER_KNOTS / 2), off = 0;
  bool ordered = true;
  for (size_t j = 0; j < COLUMNS; j++)
    for (size_t i = 0; i < ROWS; i += 97) {
      off = fmax(off, fabs((double)ll_matrix_row(&z, i)[j] - slow_z(&m, NULL, i, j)));
      for (size_t k = 0; k < ROWS; k += 101)
        if (ll_matrix_row(&m, i)[j] < ll_matrix_row(&m, k)[j] && ll_matrix_row(&z, i)[j] > ll_matrix_row(&z, k)[j]) ordered = false;
    }
  size_t below = 0, above = 0; /* the values beside the lump */
  for (size_t i = 0; i < ROWS; i++) {
    double value = (double)large[i * COLUMNS + 1];
    if (value < 0 && (!below || value > (double)large[below * COLUMNS + 1])) below = i;
    if (value > 0 && (!above || value < (double)large[above * COLUMNS + 1])) above = i;
  }
  near((double)ll_matrix_row(&z, below)[1], slow_z(&m, NULL, below, 1), tolerance, 0, "exact just below a lump of equal values");
  near((double)ll_matrix_row(&z, above)[1], slow_z(&m, NULL, above, 1), tolerance, 0, "and just above it");
  ok(off <= width, "off by %.4f at most; a cell is %.4f wide", off, width);
  ok(ordered, "and never falling");
  for (int k = 0; k < 2; k++) ll_free(ctx, bytes[k]);
  ll_ranker_free(ctx, ranker);
  ll_ranker_free(ctx, alone);
  ll_matrix_release(ctx, &z);
  ll_matrix_release(ctx, &again);
}

/* Every byte of a saved ranker changed, and every length cut. */
static void damaged(void) {
  ll_real values[] = {1, 5, 0, 2, 5, 0, 4, 6, 0, 8, 6, 0};
  ll_matrix m = ll_matrix_wrap(values, 4, 3), z, want;
  ll_ranker *ranker, *loaded;
  void *saved;
  size_t n, refused = 0, cut = 0;
  works(ctx, ll_ranker_fit(ctx, &m, NULL, &ranker));
  works(ctx, ll_ranker_apply(ctx, ranker, &m, &want));
  works(ctx, ll_ranker_save(ctx, ranker, &saved, &n));
  unsigned char *bytes = saved;
  works(ctx, ll_ranker_load(ctx, bytes, n, &loaded));
  works(ctx, ll_ranker_apply(ctx, loaded, &m, &z));
  ok(memcmp(z.data, want.data, 4 * sizeof *z.data) == 0, "a ranker that is loaded gives the same");
  ok(ll_ranker_about(loaded).n_constant == 1 && ll_ranker_about(loaded).constant[0] == 2, "and knows the same");
  ll_ranker_free(ctx, loaded);
  for (size_t i = 0; i < n; i++) {
    bytes[i] ^= 4;
    refused += ll_ranker_load(ctx, bytes, n, &loaded) == LL_ERR_FORMAT && !loaded;
    bytes[i] ^= 4;
    cut += ll_ranker_load(ctx, bytes, i, &loaded) == LL_ERR_FORMAT && !loaded;
  }
  ok(refused == n && cut == n, "each of %zu changed bytes is refused, and each cut", n);
  ll_free(ctx, saved);
  ll_ranker_free(ctx, ranker);
  ll_matrix_release(ctx, &z);
  ll_matrix_release(ctx, &want);
}

static void refusals(void) {
  ll_real values[] = {1, 2, 3, 4, 5, (ll_real)INFINITY};
  ll_matrix m = ll_matrix_wrap(values, 3, 2), fine = ll_matrix_wrap(values, 2, 2), narrow = ll_matrix_wrap(values, 2, 1), out;
  ll_ranker *ranker;
  ok(ll_ranker_fit(ctx, &m, NULL, &ranker) == LL_ERR_NUMBER && strstr(ll_message(ctx), "row 3, column 2: inf"), "%s",
     ll_message(ctx));
  ok(ll_ranker_fit(ctx, &fine, (uint8_t[]){0, 0}, &ranker) == LL_ERR_SHAPE && !ranker, "%s", ll_message(ctx));
  works(ctx, ll_ranker_fit(ctx, &fine, NULL, &ranker));
  ok(ll_ranker_apply(ctx, ranker, &narrow, &out) == LL_ERR_SHAPE && strstr(ll_message(ctx), "2x1"), "%s", ll_message(ctx));
  ll_ranker_free(ctx, ranker);
}

/* Against the quadratic formula; of_kinds: rows of one kind are no rivals, else each is of its own. */
static bool leads_hold(ll_random *r, bool of_kinds) {
  ll_real kinds[MOST];
  for (int c = 0; c < 2 * tap_cases(CASES); c++) {
    size_t n = 1 + ll_random_below(r, MOST);
    uint64_t levels = c % 2 ? 4 : 1000003, most = of_kinds ? n / 3 + 1 : n;
    for (size_t i = 0; i < n; i++) {
      scores[i] = (ll_real)((double)ll_random_below(r, levels) / 4), groups[i] = (ll_real)((double)ll_random_below(r, most) - 2);
      kinds[i] = of_kinds ? (ll_real)ll_random_below(r, 3) : (ll_real)i;
    }
    ll_matrix s = ll_matrix_wrap(scores, n, 1), g = ll_matrix_wrap(groups, n, 1), k = ll_matrix_wrap(kinds, n, 1), some, all;
    works(ctx, ll_psm_lead(ctx, &s, &g, of_kinds ? &k : NULL, false, &some));
    works(ctx, ll_psm_lead(ctx, &s, &g, of_kinds ? &k : NULL, true, &all));
    for (size_t i = 0; i < n; i++) {
      double other = -HUGE_VAL;
      for (size_t j = 0; j < n; j++)
        if (kinds[j] != kinds[i] && groups[j] == groups[i]) other = fmax(other, (double)scores[j]);
      double want = isinf(other) ? 0 : (double)(ll_real)((double)scores[i] - other);
      if ((double)all.data[i] != want || (double)some.data[i] != fmax(0, want)) {
        printf("# case %d, row %zu: leads by %g and %g, not %g\n", c, i + 1, (double)some.data[i], (double)all.data[i], want);
        return false;
      }
    }
    ll_matrix_release(ctx, &some);
    ll_matrix_release(ctx, &all);
  }
  return true;
}

static void leads(void) {
  ll_random r = ll_random_stream(seed, 2, "leads");
  ok(leads_hold(&r, false), "leads are those of the quadratic formula");
  ok(leads_hold(&r, true), "and of kinds");
  ll_real far[] = {(ll_real)-LL_LARGEST, (ll_real)LL_LARGEST}, one[] = {1, 1};
  ll_matrix s = ll_matrix_wrap(far, 2, 1), g = ll_matrix_wrap(one, 2, 1), out;
  ok(ll_psm_lead(ctx, &s, &g, NULL, false, &out) == LL_ERR_NUMBER && !out.data, "%s", ll_message(ctx));
}

/* Groups whose first row's mass is near, counted one by one. Masses stand on a grid that no bound touches. */
static void crowds(void) {
  ll_random r = ll_random_stream(seed, 3, "crowds");
  for (int c = 0; c < tap_cases(CASES); c++) {
    size_t n = 1 + ll_random_below(&r, MOST), spectra = 1 + ll_random_below(&r, n);
    double ppm = c % 3 == 0 ? 0 : c % 3 == 1 ? 2500 : 1e6;
    for (size_t i = 0; i < n; i++) {
      groups[i] = (ll_real)ll_random_below(&r, spectra);
      scores[i] = (ll_real)(1000 + (double)ll_random_below(&r, 40)); /* 1 apart: 2500 ppm reach two or three of them */
    }
    ll_matrix m = ll_matrix_wrap(scores, n, 1), g = ll_matrix_wrap(groups, n, 1), out;
    works(ctx, ll_psm_crowd(ctx, &m, &g, ppm, &out));
    for (size_t i = 0; i < n; i++) {
      size_t want = 0;
      for (size_t j = 0; j < n; j++) {
        bool first = true;
        for (size_t k = 0; k < j; k++) first = first && groups[k] != groups[j];
        want += first && fabs((double)scores[j] - (double)scores[i]) <= (double)scores[i] * ppm * 1e-6;
      }
      if ((double)out.data[i] != fmax(1, (double)want)) {
        ok(false, "case %d, row %zu: a crowd of %g, not %zu", c, i + 1, (double)out.data[i], want);
        return;
      }
    }
    ll_matrix_release(ctx, &out);
  }
  ok(true, "crowds are those of the quadratic formula");
  ll_real one[] = {900, (ll_real)NAN}, same[] = {1, 1};
  ll_matrix m = ll_matrix_wrap(one, 2, 1), g = ll_matrix_wrap(same, 2, 1), out;
  ok(ll_psm_crowd(ctx, &m, &g, 10, &out) == LL_ERR_NUMBER && !out.data, "%s", ll_message(ctx));
  m.rows = g.rows = 1;
  ok(ll_psm_crowd(ctx, &m, &g, -1, &out) == LL_ERR_RANGE && ll_psm_crowd(ctx, &m, &g, 2e6, &out) == LL_ERR_RANGE, "%s",
     ll_message(ctx));
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ranks();
  many_values();
  damaged();
  refusals();
  leads();
  crowds();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
