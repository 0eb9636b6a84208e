/* The share of false targets, classes of rows, entrapment and leaks against plain formulas, and on data whose truth is known. */
#include "tests/fdr_rows.h"

#include "losslab/distributions.h"
#include "losslab/psm_features.h"

enum { CASES = 200 };
static const unsigned seed = 20261203;
static ll_real kinds[MOST];

static void draw(ll_random *r) {
  n = 1 + ll_random_below(r, MOST);
  uint64_t levels = (const uint64_t[]){1, 7, 1000003}[ll_random_below(r, 3)];
  double targets = ll_random_uniform(r);
  for (size_t i = 0; i < n; i++) {
    labels[i] = ll_random_uniform(r) < targets ? 1 : 0;
    scores[i] =
        (ll_real)((double)ll_random_below(r, levels) / (double)levels + (ll_random_below(r, 2) ? 0.4 * (double)labels[i] : 0));
    kinds[i] = (ll_real)((double)ll_random_below(r, 3) - 1);
  }
  draw_options(r, ll_random_uniform(r));
}

/* ---- pi0 ---- */

/* The p-value of row i, which is the place-th of the targets that tie with it. */
static double slow_p(size_t i) {
  double above = 0, with = 0, decoys = 0, place = 1, tied = 0;
  for (size_t j = 0; j < n; j++) {
    if (!counts(j)) continue;
    bool decoy = labels[j] != 1, same = scores[j] == scores[i];
    decoys += decoy, above += decoy && scores[j] > scores[i], with += decoy && same, tied += !decoy && same;
    place += !decoy && same && j < i;
  }
  return (1 + above + with * place / (tied + 1)) / (decoys + 1);
}

static void share_of_false(void) {
  ll_random r = ll_random_stream(seed, 0, "pi0");
  size_t estimates = 0, too_few = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    ll_matrix s = column(scores), y = column(labels);
    ll_fdr_pi0_curve curve;
    double targets = 0, decoys = 0, at[LL_FDR_PI0_POINTS], sorted[LL_FDR_PI0_POINTS], least = HUGE_VAL, want = 1;
    works(ctx, ll_fdr_pi0(ctx, &s, &y, options.rows, &curve));
    for (size_t i = 0; i < n; i++) targets += counts(i) && labels[i] == 1, decoys += counts(i) && labels[i] != 1;
    if (targets < LL_FDR_PI0_LEAST || decoys < LL_FDR_PI0_LEAST) {
      if (curve.pi0 != 1 || curve.points != 0 || !strstr(curve.note, "too few")) ok(false, "case %d: %g of few rows", c, curve.pi0);
      too_few++;
      continue;
    }
    for (size_t k = 0; k < LL_FDR_PI0_POINTS; k++) {
      double lambda = (double)(k + 5) / 100, w = 0;
      for (size_t i = 0; i < n; i++) w += counts(i) && labels[i] == 1 && slow_p(i) >= lambda;
      at[k] = (w + 1) / (targets * (1 - lambda));
      all_near(curve.at[k], at[k], 1e-12, "case %d: pi0(%g)", c, lambda);
      size_t place = k;
      for (; place > 0 && sorted[place - 1] > at[k]; place--) sorted[place] = sorted[place - 1];
      sorted[place] = at[k];
    }
    for (size_t k = 0; k < LL_FDR_PI0_POINTS; k++) {
      double share = targets * (1 - curve.lambda[k]), w = floor(at[k] * share - 0.5),
             error = (at[k] - sorted[9]) * (at[k] - sorted[9]);
      error += w * (1 - w / targets) / (share * share);
      if (error < least - 1e-12) least = error, want = fmin(1, at[k]);
    }
    all_near(curve.pi0, want, 1e-9, "case %d: pi0", c);
    estimates++;
  }
  ok(estimates > tap_cases(40) && too_few > tap_cases(40),
     "pi0 of %zu cases is that of the plain formula, and 1 of %zu with too few rows, seed %u", estimates, too_few, seed);
}

/* Targets and decoys searched apart: what is told of a mixture's share. */
enum { LARGE = 4000 };
static ll_real large_scores[LARGE], large_labels[LARGE], large_kind[LARGE];
static bool right[LARGE];

static void known_share(void) {
  ll_random r = ll_random_stream(seed, 1, "share");
  ll_matrix s = ll_matrix_wrap(large_scores, LARGE, 1), y = ll_matrix_wrap(large_labels, LARGE, 1);
  for (double truth = 0.2; truth < 1.1; truth += 0.4) {
    double mean = 0;
    for (int c = 0; c < 20; c++) {
      ll_fdr_pi0_curve curve;
      for (size_t i = 0; i < LARGE; i++) {
        large_labels[i] = i % 2 == 0;
        large_scores[i] = (ll_real)(ll_random_normal(&r) + (i % 2 == 0 && ll_random_uniform(&r) >= truth ? 3 : 0));
      }
      works(ctx, ll_fdr_pi0(ctx, &s, &y, NULL, &curve));
      mean += curve.pi0 / 20;
    }
    near(mean, truth, 0, 0.04, "of targets of which %.0f %% are false pi0 is %.3f on average", 100 * truth, mean);
  }
}

/* A search apart with right peptides that must outdo a false one: mix-max tells the false ones that a plain count leaves out. */
static void outdone(void) {
  enum { DRAWS = 20 };
  ll_random r = ll_random_stream(seed, 2, "mixmax");
  ll_matrix s = ll_matrix_wrap(large_scores, LARGE, 1), y = ll_matrix_wrap(large_labels, LARGE, 1), q;
  double share[LL_FDR_METHODS] = {0};
  static const double level = 0.1;
  for (int c = 0; c < DRAWS; c++) {
    for (size_t i = 0; i < LARGE; i++) {
      double own = ll_random_normal(&r);
      large_labels[i] = i % 2 == 0, right[i] = false;
      if (i % 2 == 0 && ll_random_uniform(&r) < 0.5) {
        double peptide = ll_random_normal(&r) + 1.5;
        right[i] = peptide > own, own = fmax(own, peptide);
      }
      large_scores[i] = (ll_real)own;
    }
    for (int m = LL_FDR_SEPARATE; m <= LL_FDR_MIXMAX; m++) {
      double accepted = 0, wrong = 0;
      works(ctx, ll_fdr_qvalues(ctx, &s, &y, &(ll_fdr_options){.method = (ll_fdr_method)m, .pi0 = 0.5}, &q));
      for (size_t i = 0; i < LARGE; i += 2)
        if ((double)q.data[i] <= level) accepted++, wrong += !right[i];
      share[m] += wrong / fmax(accepted, 1) / DRAWS;
      ll_matrix_release(ctx, &q);
    }
  }
  ok(share[LL_FDR_SEPARATE] > level * 1.1, "with pi0 alone %.3f are false at q <= %g", share[LL_FDR_SEPARATE], level);
  near(share[LL_FDR_MIXMAX], level, 0.1, 0.005, "by mix-max %.3f", share[LL_FDR_MIXMAX]);
}

/* ---- classes of rows ---- */

static void classes(void) {
  ll_random r = ll_random_stream(seed, 3, "kinds");
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    ll_matrix s = column(scores), y = column(labels), k = column(kinds), q, all[3];
    ll_fdr_kind *list;
    size_t count;
    double level = ll_random_uniform(&r), wrong = 0, accepted = 0;
    works(ctx, ll_fdr_by_kind(ctx, &s, &y, &k, &options, level, &q, &list, &count));
    for (int kind = 0; kind < 3; kind++) { /* each class alone, by a mask */
      uint8_t own[MOST];
      for (size_t i = 0; i < n; i++) own[i] = counts(i) && kinds[i] == kind - 1;
      ll_fdr_options masked = options;
      masked.rows = own;
      works(ctx, ll_fdr_qvalues(ctx, &s, &y, &masked, &all[kind]));
    }
    for (size_t i = 0; i < n; i++)
      if (q.data[i] != all[(int)kinds[i] + 1].data[i]) {
        ok(false, "case %d, row %zu: q is %g, in its class alone %g", c, i + 1, (double)q.data[i],
           (double)all[(int)kinds[i] + 1].data[i]);
        return;
      }
    for (size_t g = 0; g < count; g++) {
      size_t targets = 0, decoys = 0, taken = 0, taken_decoys = 0;
      for (size_t i = 0; i < n; i++) {
        if (!counts(i) || (double)kinds[i] != list[g].number) continue;
        bool target = labels[i] == 1, in = list[g].accepted > 0 && (double)scores[i] >= list[g].threshold;
        targets += target, decoys += !target, taken += target && in, taken_decoys += !target && in;
        if (in != ((double)q.data[i] <= level) && fabs((double)q.data[i] - level) > tolerance)
          ok(false, "case %d: q and threshold", c);
      }
      if (targets != list[g].targets || decoys != list[g].decoys || taken != list[g].accepted ||
          taken_decoys != list[g].accepted_decoys || list[g].number != (double)kinds[list[g].row] ||
          (g && list[g].number <= list[g - 1].number)) {
        ok(false, "case %d: class %g has %zu and %zu rows, %zu and %zu accepted", c, list[g].number, targets, decoys, taken,
           taken_decoys);
        return;
      }
      wrong += list[g].wrong, accepted += (double)list[g].accepted;
    }
    if (wrong > level * accepted * (1 + 1e-12)) ok(false, "case %d: all together keep the level", c);
    for (int kind = 0; kind < 3; kind++) ll_matrix_release(ctx, &all[kind]);
    ll_matrix_release(ctx, &q);
    ll_free(ctx, list);
  }
  ok(true, "classes have the q-values that they have alone, their counts, and together at most the level");
  n = 2;
  ll_real two[] = {2, 1}, ones[] = {1, 1};
  ll_matrix s = ll_matrix_wrap(two, 2, 1), y = ll_matrix_wrap(ones, 2, 1), q;
  ll_fdr_kind *list;
  size_t count;
  works(ctx, ll_fdr_by_kind(ctx, &s, &y, &y, NULL, 0.5, &q, &list, &count));
  ok(count == 1 && list->accepted == 2 && list->wrong == 1 && list->threshold == 1, "q of just the level is accepted");
  ll_matrix_release(ctx, &q);
  ll_free(ctx, list);
  ok(ll_fdr_by_kind(ctx, &s, &s, &s, NULL, 2, &q, &list, &count) != LL_OK && !list, "%s", ll_message(ctx));
}

/* ---- entrapment ---- */

/* P(X >= k) of n trials, as a sum. */
static double tail(double k, double trials, double p) {
  double sum = 0, one = pow(1 - p, trials);
  for (double i = 0; i <= trials; i++) {
    if (i >= k) sum += one;
    one *= (trials - i) / (i + 1) * p / (1 - p);
  }
  return sum;
}

static void entrapment(void) {
  ll_random r = ll_random_stream(seed, 4, "entrapment");
  size_t compared = 0, refused = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    for (size_t i = 0; i < n; i++) kinds[i] = ll_random_below(&r, 3) == 0;
    ll_matrix s = column(scores), y = column(labels), k = column(kinds), q;
    double levels[] = {0.7, 0.05, 1, 0.3}, ratio;
    ll_fdr_entrapment_options asked = {.ratio = c % 2 ? 0.5 : 0, .confidence = 0.9, .levels = levels, .n_levels = 4};
    if (c % 3 == 0) asked.levels = NULL;
    ll_fdr_entrapment_point *points;
    size_t count;
    double decoys = 0, sample_low = 0, entrapment_low = 0;
    for (size_t i = 0; i < n; i++) decoys += counts(i) && labels[i] != 1;
    for (size_t i = 0; i < n; i++) { /* at or below the median: not half of the decoys are below it */
      double below = 0;
      for (size_t j = 0; j < n; j++) below += counts(j) && labels[j] != 1 && scores[j] < scores[i];
      if (!counts(i) || labels[i] != 1 || 2 * below >= decoys) continue;
      sample_low += kinds[i] != 1, entrapment_low += kinds[i] == 1;
    }
    bool none = asked.ratio == 0 && (sample_low == 0 || entrapment_low == 0);
    ll_status status = ll_fdr_entrapment(ctx, &s, &y, &k, &options, &asked, &ratio, &points, &count);
    if (status == LL_OK ? none : !none || status != LL_ERR_LABEL || points) {
      ok(false, "case %d: %s", c, ll_message(ctx));
      return;
    }
    refused += none;
    if (none) continue;
    all_near(ratio, asked.ratio > 0 ? asked.ratio : entrapment_low / sample_low, 1e-12, "case %d: the ratio", c);
    works(ctx, ll_fdr_qvalues(ctx, &s, &y, &options, &q));
    for (size_t p = 0; p < count; p++) {
      double sample = 0, wrong = 0, at = points[p].q, times = 1 + 1 / ratio, share, alpha = 0.05;
      /* Rounded across the level, or one rate that was rounded in two ways. */
      bool near_one = p + 1 < count && points[p + 1].q > at && points[p + 1].q - at <= tolerance;
      for (size_t i = 0; i < n; i++) {
        if (counts(i) && fabs((double)q.data[i] - at) <= tolerance && asked.levels) near_one = true;
        if (counts(i) && labels[i] == 1 && (double)q.data[i] <= at + tolerance) sample += kinds[i] != 1, wrong += kinds[i] == 1;
      }
      if (near_one && at < 1) continue;
      share = wrong / fmax(sample + wrong, 1);
      const ll_fdr_entrapment_point *one = &points[p];
      if ((double)one->sample != sample || (double)one->entrapment != wrong || (p && at < points[p - 1].q)) {
        ok(false, "case %d, q %g: %zu and %zu targets, expected %g and %g", c, at, one->sample, one->entrapment, sample, wrong);
        return;
      }
      all_near(one->lower_bound, share, 1e-12, "case %d: the lower bound", c);
      all_near(one->combined, fmin(1, share * times), 1e-12, "case %d: combined", c);
      if (sample + wrong == 0) continue;
      if (wrong > 0) all_near(tail(wrong, sample + wrong, one->bound_low), alpha, 1e-9, "case %d: the interval's lower end", c);
      else all_near(one->bound_low, 0, 0, "case %d: none is false", c);
      if (sample > 0) all_near(1 - tail(wrong + 1, sample + wrong, one->bound_high), alpha, 1e-9, "case %d: the upper end", c);
      else all_near(one->bound_high, 1, 0, "case %d: all are false", c);
      all_near(one->low, fmin(1, times * one->bound_low), 1e-12, "case %d: the interval of combined", c);
      all_near(one->high, fmin(1, times * one->bound_high), 1e-12, "case %d: the interval of combined", c);
      compared++;
    }
    ll_matrix_release(ctx, &q);
    ll_free(ctx, points);
  }
  ok(compared > tap_cases(400) && refused > tap_cases(8),
     "%zu points are those of the plain formulas; %zu ratios cannot be estimated", compared, refused);
}

/* Entrapment of the sample's size among false targets: the truth is between the two estimates, and q-values hold. */
static void known_entrapment(void) {
  enum { DRAWS = 30 };
  double truth = 0, combined = 0, bound = 0, ratios = 0, inside = 0, all = 0;
  ll_random r = ll_random_stream(seed, 5, "known");
  for (int c = 0; c < DRAWS; c++) {
    for (size_t i = 0; i < LARGE; i++) {
      right[i] = ll_random_uniform(&r) < 0.4;
      large_labels[i] = right[i] || ll_random_below(&r, 2);
      large_kind[i] = !right[i] && ll_random_below(&r, 2);
      large_scores[i] = (ll_real)(ll_random_normal(&r) + 2.5 * right[i]);
    }
    ll_matrix s = ll_matrix_wrap(large_scores, LARGE, 1), y = ll_matrix_wrap(large_labels, LARGE, 1),
              k = ll_matrix_wrap(large_kind, LARGE, 1), q;
    double level = 0.05, ratio, accepted = 0, wrong = 0;
    ll_fdr_entrapment_point *points;
    size_t count;
    works(ctx, ll_fdr_qvalues(ctx, &s, &y, NULL, &q));
    for (size_t i = 0; i < LARGE; i++)
      if (large_labels[i] == 1 && (double)q.data[i] <= level) accepted++, wrong += !right[i];
    works(ctx, ll_fdr_entrapment(ctx, &s, &y, &k, NULL,
                                 &(ll_fdr_entrapment_options){.confidence = 0.95, .levels = &level, .n_levels = 1}, &ratio, &points,
                                 &count));
    truth += wrong / accepted / DRAWS, combined += points->combined / DRAWS, bound += points->lower_bound / DRAWS;
    ratios += ratio / DRAWS, inside += points->low <= 0.05 && 0.05 <= points->high;
    ll_free(ctx, points);
    works(ctx, ll_fdr_entrapment(ctx, &s, &y, &k, NULL, &(ll_fdr_entrapment_options){.ratio = 1, .confidence = 0.95, .points = 50},
                                 &ratio, &points, &count));
    all += count == 50 && points[0].q < points[49].q;
    ll_free(ctx, points);
    ll_matrix_release(ctx, &q);
  }
  near(ratios, 1, 0.1, 0, "the ratio of a database of equal parts is estimated at %.3f", ratios);
  near(combined, truth, 0.15, 0, "of the accepted %.4f are false, %.4f by the combined estimate", truth, combined);
  ok(bound < truth, "%.4f by the lower bound", bound);
  ok(inside >= 0.8 * DRAWS, "the interval holds the level in %g of %d draws", inside, DRAWS);
  ok(all == DRAWS, "points are thinned out to as many as are asked for");
}

/* ---- leaks ---- */

/* Holm's p of one column, by its definition: the largest (columns - how many are smaller) p of those that are at most its own. */
static double slow_holm(const ll_psm_leak *leaks, size_t columns, size_t j) {
  double most = 0;
  for (size_t i = 0; i < columns; i++) {
    double smaller = 0;
    for (size_t k = 0; k < columns; k++) smaller += leaks[k].p < leaks[i].p;
    if (leaks[i].p <= leaks[j].p) most = fmax(most, ((double)columns - smaller) * leaks[i].p);
  }
  return fmin(1, most);
}

/* Groups, of `size` rows each, with a target and a decoy below the median of decoys. */
static size_t slow_groups(const ll_real *s, const ll_real *y, size_t rows, size_t size) {
  size_t used = 0;
  double decoys = 0;
  for (size_t i = 0; i < rows; i++) decoys += y[i] != 1;
  for (size_t g = 0; g < rows; g += size) {
    bool poor[2] = {false, false};
    for (size_t i = g; i < g + size; i++) {
      double up_to = 0; /* below the lower median: with this one and those up to it, fewer than half of the decoys */
      for (size_t j = 0; j < rows; j++) up_to += y[j] != 1 && s[j] <= s[i];
      if (2 * up_to < decoys) poor[y[i] == 1] = true;
    }
    used += poor[0] && poor[1];
  }
  return used;
}

static void leaks(void) {
  enum { GROUPS = 400, SIZE = 5, ROWS = GROUPS * SIZE, COLUMNS = 5 };
  static ll_real x[ROWS * COLUMNS], s_of[ROWS], y_of[ROWS], g_of[ROWS];
  double false_alarms = 0, found = 0;
  enum { DRAWS = 40 };
  ll_random r = ll_random_stream(seed, 6, "leaks");
  for (int c = 0; c < DRAWS; c++) {
    for (size_t i = 0; i < ROWS; i++) {
      g_of[i] = (ll_real)(i / SIZE), y_of[i] = ll_random_below(&r, 4) > 0; /* three targets a decoy, which must not matter */
      bool is_right = i % SIZE == 0 && i / SIZE % 2;
      if (is_right) y_of[i] = 1;
      s_of[i] = (ll_real)(ll_random_normal(&r) + 4 * is_right);
      x[i * COLUMNS] = s_of[i], x[i * COLUMNS + 1] = (ll_real)(exp(ll_random_normal(&r)) + (double)(i % SIZE));
      x[i * COLUMNS + 2] = 1, x[i * COLUMNS + 3] = (ll_real)ll_random_below(&r, 2);
      x[i * COLUMNS + 4] = (ll_real)((double)ll_random_below(&r, 2) + (double)y_of[i] / 4); /* the leak */
    }
    for (size_t k = 1; k < ROWS; k++) /* the best first, as search engines write them */
      for (size_t i = k; i % SIZE && s_of[i] > s_of[i - 1]; i--) {
        ll_real held = s_of[i], label = y_of[i];
        s_of[i] = s_of[i - 1], s_of[i - 1] = held, y_of[i] = y_of[i - 1], y_of[i - 1] = label;
        for (size_t j = 0; j < COLUMNS; j++)
          held = x[i * COLUMNS + j], x[i * COLUMNS + j] = x[(i - 1) * COLUMNS + j], x[(i - 1) * COLUMNS + j] = held;
      }
    ll_matrix xs = ll_matrix_wrap(x, ROWS, COLUMNS), s = ll_matrix_wrap(s_of, ROWS, 1), y = ll_matrix_wrap(y_of, ROWS, 1),
              g = ll_matrix_wrap(g_of, ROWS, 1);
    ll_psm_leak out[COLUMNS];
    size_t used;
    works(ctx, ll_psm_leaks(ctx, &xs, &y, &g, &s, (uint64_t)c, out, &used));
    if (c == 0 && used != slow_groups(s_of, y_of, ROWS, SIZE)) ok(false, "%zu groups are compared", used);
    for (size_t j = 0; j < COLUMNS; j++) {
      if (out[j].higher + out[j].lower + out[j].equal != used) ok(false, "column %zu: counts", j + 1);
      double least = (double)(out[j].higher < out[j].lower ? out[j].higher : out[j].lower),
             trials = (double)(out[j].higher + out[j].lower);
      all_near(out[j].p, fmin(1, 2 * ll_binomial_cdf(least, trials, 0.5)), 1e-12, "draw %d, column %zu: p", c, j + 1);
      all_near(out[j].adjusted, slow_holm(out, COLUMNS, j), 1e-12, "draw %d, column %zu: adjusted p", c, j + 1);
      if (j < 4) false_alarms += out[j].adjusted < 0.05;
    }
    if (out[2].equal != used || out[2].p != 1) ok(false, "a constant column tells nothing");
    found += out[4].adjusted < 0.01 && out[4].higher > out[4].lower && used > 100;
  }
  ok(found == DRAWS, "a column that knows the label is found in each of %d draws", DRAWS);
  ok(false_alarms <= 0.15 * DRAWS, "%g false alarms in %d draws at 5 %%", false_alarms, DRAWS);
  ll_matrix one = ll_matrix_wrap(y_of, 1, 1), x1 = ll_matrix_wrap(x, 1, 2);
  ll_psm_leak out[2];
  size_t used;
  works(ctx, ll_psm_leaks(ctx, &x1, &one, &one, &one, 1, out, &used));
  ok(used == 0 && out[0].p == 1 && out[1].adjusted == 1, "one row: nothing to compare");
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  share_of_false();
  known_share();
  outdone();
  classes();
  entrapment();
  known_entrapment();
  leaks();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
