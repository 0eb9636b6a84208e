/* Statistics of target-decoy identification against plain quadratic formulas, over drawn sizes, ties, single classes and masks;
 * what the order of rows may not change; and on mixtures whose truth is known. */
#include "tests/fdr_rows.h"

#include "losslab/metric.h"

enum { FEW = 60, CASES = 400 };
static const unsigned seed = 20261201;
static ll_real groups[MOST];

static void draw(ll_random *r) {
  static const double shares[] = {0, 0.3, 0.5, 0.8, 1};
  n = 1 + ll_random_below(r, FEW);
  uint64_t levels = (const uint64_t[]){1, 4, 30, 1000003}[ll_random_below(r, 4)];
  double targets = shares[ll_random_below(r, 5)], scale = ll_random_below(r, 4) ? 1 : (double)LL_LARGEST / 2;
  bool signs = ll_random_below(r, 2);
  for (size_t i = 0; i < n; i++) {
    scores[i] = (ll_real)(scale * ((double)ll_random_below(r, levels) / (double)levels - 0.5));
    labels[i] = ll_random_uniform(r) < targets ? 1 : signs ? -1 : 0;
    groups[i] = (ll_real)((double)ll_random_below(r, n / 2 + 1) - 3);
  }
  draw_options(r, ll_random_below(r, 4) ? ll_random_uniform(r) : (double)ll_random_below(r, 2));
}

/* How many rows of a class have a score at or above one, or at or below it. */
static double many(bool target, double score, int side) {
  double found = 0;
  for (size_t i = 0; i < n; i++) found += counts(i) && (labels[i] == 1) == target && side * (double)scores[i] >= side * score;
  return found;
}

static double slow_wrong(double score) {
  double all_t = many(true, -HUGE_VAL, 1), all_d = many(false, -HUGE_VAL, 1), d = many(false, score, 1), pi0 = options.pi0,
         hidden = 0;
  if (options.method == LL_FDR_TDC) return d + 1;
  for (size_t j = 0; j < n && options.method == LL_FDR_MIXMAX && pi0 < 1 && all_t > 0; j++) {
    if (!counts(j) || labels[j] == 1 || (double)scores[j] < score) continue;
    double w = many(true, (double)scores[j], -1) / all_t, z = many(false, (double)scores[j], -1) / all_d;
    hidden += (1 - pi0) * fmax(0, fmin(1, (w - pi0 * z) / ((1 - pi0) * z)));
  }
  return all_t / fmax(all_d, 1) * (pi0 * (d + 1) + hidden);
}

static double slow_q(size_t i) {
  double q = 1;
  for (size_t j = 0; j < n && counts(i); j++)
    if (counts(j) && scores[j] <= scores[i] && many(true, (double)scores[j], 1) > 0)
      q = fmin(q, slow_wrong((double)scores[j]) / many(true, (double)scores[j], 1));
  return q;
}

/* The isotonic regression as the largest of the least means, over thresholds that end at or below a score and begin above it. */
static double slow_pep(size_t i) {
  double score = -HUGE_VAL, most = 0;
  bool any = false;
  for (size_t j = 0; j < n; j++) /* where the score has no target, the next one below that has */
    if (counts(i) && counts(j) && labels[j] == 1 && scores[j] <= scores[i]) score = fmax(score, (double)scores[j]), any = true;
  if (!any) return 1;
  for (size_t a = 0; a <= n; a++) { /* n: above all */
    double from_t = 0, from_f = 0, least = HUGE_VAL;
    if (a < n) {
      if (!counts(a) || labels[a] != 1 || !((double)scores[a] > score)) continue;
      from_t = many(true, (double)scores[a], 1), from_f = slow_wrong((double)scores[a]);
    }
    for (size_t b = 0; b < n; b++)
      if (counts(b) && labels[b] == 1 && (double)scores[b] <= score)
        least = fmin(least, (slow_wrong((double)scores[b]) - from_f) / (many(true, (double)scores[b], 1) - from_t));
    most = fmax(most, least);
  }
  return fmin(1, most);
}

static void against_formulas(void) {
  ll_random r = ll_random_stream(seed, 0, "formulas");
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    ll_matrix s = column(scores), y = column(labels), q, pep;
    works(ctx, ll_fdr_qvalues(ctx, &s, &y, &options, &q));
    options.stepped = true;
    works(ctx, ll_fdr_pep(ctx, &s, &y, &options, &pep));
    for (size_t i = 0; i < n; i++) {
      all_near((double)q.data[i], slow_q(i), tolerance, "case %d, %s, row %zu: q", c, ll_fdr_method_names[options.method], i + 1);
      all_near((double)pep.data[i], slow_pep(i), tolerance, "case %d, %s, row %zu: PEP", c, ll_fdr_method_names[options.method],
               i + 1);
    }
    ll_matrix_release(ctx, &q);
    ll_matrix_release(ctx, &pep);
  }
  ok(true, "q-values and PEPs are those of the quadratic formulas, seed %u", seed);
}

/* What the smoothing keeps: the order, the range, and the sum of each block, which begins where the steps change; of a block that
 * is cut to 1 the sum is at most the number of false ones. */
static void smoothing(void) {
  ll_random r = ll_random_stream(seed, 1, "smoothing");
  size_t blocks = 0, between = 0, fewer = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    ll_matrix s = column(scores), y = column(labels), steps, pep;
    works(ctx, ll_fdr_pep(ctx, &s, &y, &options, &pep));
    options.stepped = true;
    works(ctx, ll_fdr_pep(ctx, &s, &y, &options, &steps));
    for (size_t i = 0; i < n; i++) {
      double p = (double)pep.data[i], top = 0, smooth = 0, stepped = 0;
      bool ends = counts(i) && labels[i] == 1;
      if (!(p >= 0 && p <= 1) || (!counts(i) && p != 1)) {
        ok(false, "case %d, row %zu: a PEP of %g", c, i + 1, p);
        return;
      }
      between += p != (double)steps.data[i];
      for (size_t j = 0; j < n; j++) {
        if (!counts(i) || !counts(j)) continue;
        if (scores[j] < scores[i] && pep.data[j] < pep.data[i]) {
          ok(false, "case %d: the PEP of row %zu rises with the score", c, i + 1);
          return;
        }
        ends = ends && (scores[j] >= scores[i] || steps.data[j] > steps.data[i]);
        if (scores[j] < scores[i] || labels[j] != 1) continue;
        top = fmax(top, (double)steps.data[j]), smooth += (double)pep.data[j], stepped += (double)steps.data[j];
      }
      if (!ends) continue;
      if (!(top < 1)) { /* cut to 1 */
        double wrong = slow_wrong((double)scores[i]);
        if (smooth > wrong * (1 + 10 * tolerance)) ok(false, "case %d, row %zu: PEPs of %g, %g are false", c, i + 1, smooth, wrong);
        fewer += smooth < wrong * (1 - 10 * tolerance);
        continue;
      }
      blocks++;
      all_near(smooth, stepped, 10 * tolerance, "case %d: the sum of the PEPs down to row %zu", c, i + 1);
      all_near(smooth, top > 0 ? slow_wrong((double)scores[i]) : 0, 10 * tolerance, "case %d, row %zu: false ones", c, i + 1);
    }
    ll_matrix_release(ctx, &pep);
    ll_matrix_release(ctx, &steps);
  }
  ok(blocks > 300, "PEPs never rise with the score, and sum up to the false ones at the end of each of %zu blocks", blocks);
  ok(between > 300, "%zu of them are no steps", between);
  ok(fewer > 50, "where they are cut to 1 they sum up to no more, and %zu times to fewer", fewer);
}

static void permute(const uint32_t *order, const ll_real *from, ll_real *to) {
  for (size_t i = 0; i < n; i++) to[i] = from[order[i]];
}

/* Results of rows in another order, row by row the same bits; and for compete the same class wins, the same row where it is alone.
 */
static void order_of_rows(void) {
  ll_random r = ll_random_stream(seed, 2, "order");
  uint32_t order[MOST];
  ll_real s2[MOST], y2[MOST], g2[MOST];
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    options.rows = NULL;
    ll_random_permutation(&r, order, n);
    permute(order, scores, s2), permute(order, labels, y2), permute(order, groups, g2);
    ll_matrix s = column(scores), y = column(labels), g = column(groups), sp = column(s2), yp = column(y2), gp = column(g2);
    ll_matrix out[6];
    works(ctx, ll_fdr_qvalues(ctx, &s, &y, &options, &out[0]));
    works(ctx, ll_fdr_qvalues(ctx, &sp, &yp, &options, &out[1]));
    works(ctx, ll_fdr_pep(ctx, &s, &y, &options, &out[2]));
    works(ctx, ll_fdr_pep(ctx, &sp, &yp, &options, &out[3]));
    works(ctx, ll_fdr_compete(ctx, &s, &y, &g, 5, &out[4]));
    works(ctx, ll_fdr_compete(ctx, &sp, &yp, &gp, 5, &out[5]));
    for (size_t i = 0; i < n; i++) {
      size_t from = order[i];
      if (out[1].data[i] != out[0].data[from] || out[3].data[i] != out[2].data[from]) {
        ok(false, "case %d, row %zu: another order of the rows changes q or PEP", c, from + 1);
        return;
      }
      for (size_t j = 0; j < n; j++) /* the two winners of one group */
        if (out[5].data[i] == 1 && out[4].data[j] == 1 && g2[i] == groups[j] && (y2[i] != labels[j] || s2[i] != scores[j])) {
          ok(false, "case %d: another class wins group %g", c, (double)g2[i]);
          return;
        }
    }
    for (int k = 0; k < 6; k++) ll_matrix_release(ctx, &out[k]);
  }
  ok(true, "rows in another order have the same q-values and PEPs to the bit, and the same classes win");
}

static void competition(void) {
  ll_random r = ll_random_stream(seed, 3, "competition");
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    ll_matrix s = column(scores), y = column(labels), g = column(groups), winners, best;
    works(ctx, ll_fdr_compete(ctx, &s, &y, &g, (uint64_t)c, &winners));
    works(ctx, ll_fdr_best(ctx, &s, &g, &best));
    for (size_t i = 0; i < n; i++) {
      double won = 0, first = 1, tied = 0, highest = 1;
      for (size_t j = 0; j < n; j++) {
        if (groups[j] != groups[i]) continue;
        won += (double)winners.data[j];
        if (scores[j] > scores[i]) highest = 0;
        if (scores[j] == scores[i] && j < i) first = 0;
        if (scores[j] == scores[i] && j < i && labels[j] == labels[i]) tied = 1;
      }
      if (won != 1 || (winners.data[i] == 1 && (!highest || tied)) || (double)best.data[i] != highest * first) {
        ok(false, "case %d, row %zu: %g winners, highest %g, best %g", c, i + 1, won, highest, (double)best.data[i]);
        return;
      }
    }
    ll_matrix_release(ctx, &winners);
    ll_matrix_release(ctx, &best);
  }
  ok(true, "each group has one winner, with its highest score, the first of its class");
}

/* Groups of three tied targets and a decoy: a fair coin gives half of them to the decoy. */
static void coin(void) {
  enum { GROUPS = 4000 };
  static ll_real s[4 * GROUPS], y[4 * GROUPS], g[4 * GROUPS];
  for (size_t i = 0; i < 4 * GROUPS; i++) y[i] = i % 4 > 0, g[i] = (ll_real)(i / 4);
  ll_matrix a = ll_matrix_wrap(s, 4 * GROUPS, 1), b = ll_matrix_wrap(y, 4 * GROUPS, 1), c = ll_matrix_wrap(g, 4 * GROUPS, 1),
            out[2];
  double decoys = 0, both = 0;
  for (int k = 0; k < 2; k++) works(ctx, ll_fdr_compete(ctx, &a, &b, &c, (uint64_t)k, &out[k]));
  for (size_t i = 0; i < 4 * GROUPS; i += 4) decoys += (double)out[0].data[i], both += out[0].data[i] == out[1].data[i];
  near(decoys, GROUPS / 2, 0, 4 * sqrt(GROUPS) / 2, "the coin is fair");
  near(both, GROUPS / 2, 0, 4 * sqrt(GROUPS) / 2, "and another one with another seed");
  for (int k = 0; k < 2; k++) ll_matrix_release(ctx, &out[k]);
}

static void as_the_metric(void) {
  ll_random r = ll_random_stream(seed, 4, "metric");
  size_t compared = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    draw(&r);
    ll_matrix s = column(scores), y = column(labels), q, want;
    if (ll_metric_qvalues(ctx, &s, &y, &want) != LL_OK) continue;
    works(ctx, ll_fdr_qvalues(ctx, &s, &y, NULL, &q));
    for (size_t i = 0; i < n; i++)
      if (q.data[i] != want.data[i]) {
        ok(false, "case %d, row %zu: q is %g, by the metric %g", c, i + 1, (double)q.data[i], (double)want.data[i]);
        return;
      }
    compared++;
    ll_matrix_release(ctx, &q);
    ll_matrix_release(ctx, &want);
  }
  ok(compared > 30, "q-values of %zu cases are those of ll_metric_qvalues", compared);
}

/* ---- mixtures: 40 % right targets at mean 2.5, false ones and decoys at 0, each row of a false match a decoy with probability 1/2
 * --- */

enum { ROWS = 4000, DRAWS = 60 };
static ll_real s_of[ROWS], y_of[ROWS];
static bool right[ROWS];

static void draw_mixture(ll_random *r) {
  for (size_t i = 0; i < ROWS; i++) {
    right[i] = ll_random_uniform(r) < 0.4;
    s_of[i] = (ll_real)(ll_random_normal(r) + 2.5 * right[i]);
    y_of[i] = right[i] || ll_random_below(r, 2) ? 1 : 0;
  }
}

static void mixtures(void) {
  static const double levels[] = {0.01, 0.05, 0.2};
  enum { LEVELS = 3, BINS = 5 };
  double share[LEVELS] = {0}, said[LEVELS] = {0}, said_in[BINS] = {0}, false_in[BINS] = {0}, in[BINS] = {0};
  ll_random r = ll_random_stream(seed, 5, "mixtures");
  for (int c = 0; c < DRAWS; c++) {
    draw_mixture(&r);
    ll_matrix s = ll_matrix_wrap(s_of, ROWS, 1), y = ll_matrix_wrap(y_of, ROWS, 1), q, pep;
    works(ctx, ll_fdr_qvalues(ctx, &s, &y, NULL, &q));
    works(ctx, ll_fdr_pep(ctx, &s, &y, NULL, &pep));
    for (int k = 0; k < LEVELS; k++) {
      double accepted = 0, wrong = 0, sum = 0;
      for (size_t i = 0; i < ROWS; i++)
        if (y_of[i] == 1 && (double)q.data[i] <= levels[k]) accepted++, wrong += !right[i], sum += (double)pep.data[i];
      share[k] += wrong / fmax(accepted, 1) / DRAWS, said[k] += sum / fmax(accepted, 1) / DRAWS;
    }
    for (size_t i = 0; i < ROWS; i++) {
      int bin = (int)fmin(BINS - 1, (double)pep.data[i] * BINS);
      if (y_of[i] == 1) in[bin]++, said_in[bin] += (double)pep.data[i], false_in[bin] += !right[i];
    }
    ll_matrix_release(ctx, &q);
    ll_matrix_release(ctx, &pep);
  }
  for (int k = 0; k < LEVELS; k++) {
    ok(share[k] <= levels[k] * 1.05, "of targets with q <= %g, %.4f are false on average", levels[k], share[k]);
    ok(share[k] >= levels[k] * 0.7, "and not far fewer");
    near(said[k], share[k], 0.1, 0.0015, "their PEPs have that mean (a convex curve below lies 1 of 1000 targets lower)");
  }
  for (int b = 0; b < BINS; b++)
    near(said_in[b] / in[b], false_in[b] / in[b], 0.1, 0.02, "PEPs from %.1f on: %.0f targets, as many false as they say", b / 5.0,
         in[b]);
}

/* Four targets, a decoy, a target, two decoys: corners (0, 0), (4, 1), (5, 2), slopes 1/4 and 1, 0.85 between them and 1/8 at the
 * top, k = 4.8; of each target the mean over its quarter. */
static void by_hand(void) {
  ll_real up[] = {9, 8, 7, 6, 5, 4, 3, 2}, hits[] = {1, 1, 1, 1, 0, 1, 0, 0};
  ll_matrix s = ll_matrix_wrap(up, 8, 1), y = ll_matrix_wrap(hits, 8, 1), pep;
  works(ctx, ll_fdr_pep(ctx, &s, &y, NULL, &pep));
  double before = 0;
  for (int i = 0; i < 4; i++) {
    double u = (i + 1) / 4.0, sum = 0.125 * u + 0.725 * pow(u, 5.8) / 5.8;
    near((double)pep.data[i], 4 * (sum - before), 1e-6, 0, "the PEP of target %d", i + 1);
    before = sum;
  }
  for (int i = 4; i < 8; i++) near((double)pep.data[i], 1, 0, 0, "row %d: PEP 1", i + 1);
  ll_matrix_release(ctx, &pep);
}

/* Few rows, one class, all scores equal: no crash, and worst where nothing is known. */
static void corners(void) {
  ll_real one[] = {1}, zero[] = {0}, many_ones[] = {1, 1, 1, 1}, equal[] = {2, 2, 2, 2}, half[] = {1, 1, 1, 0}, up[] = {1, 2, 3, 4};
  ll_matrix q, pep, s = ll_matrix_wrap(up, 4, 1), y = ll_matrix_wrap(many_ones, 4, 1);
  works(ctx, ll_fdr_pep(ctx, &s, &y, NULL, &pep));
  for (int i = 0; i < 4; i++) near((double)pep.data[i], 0.25, 1e-6, 0, "four targets and no decoy: one false one is not excluded");
  ll_matrix_release(ctx, &pep);
  n = 1;
  s = ll_matrix_wrap(up, 1, 1), y = ll_matrix_wrap(zero, 1, 1);
  works(ctx, ll_fdr_qvalues(ctx, &s, &y, NULL, &q));
  near((double)q.data[0], 1, 0, 0, "a decoy alone: q 1");
  ll_matrix_release(ctx, &q);
  y = ll_matrix_wrap(one, 1, 1);
  works(ctx, ll_fdr_pep(ctx, &s, &y, NULL, &pep));
  near((double)pep.data[0], 1, 0, 0, "a target alone: PEP 1");
  ll_matrix_release(ctx, &pep);
  s = ll_matrix_wrap(equal, 4, 1), y = ll_matrix_wrap(half, 4, 1);
  works(ctx, ll_fdr_pep(ctx, &s, &y, NULL, &pep));
  near((double)pep.data[0], 2.0 / 3, 1e-6, 0, "three targets and a decoy at one score: (1 + 1) / 3");
  ll_matrix_release(ctx, &pep);
  uint8_t none[4] = {0};
  works(ctx, ll_fdr_qvalues(ctx, &s, &y, &(ll_fdr_options){.pi0 = 1, .rows = none}, &q));
  near((double)q.data[0], 1, 0, 0, "no row counts: q 1");
  ll_matrix_release(ctx, &q);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  against_formulas();
  smoothing();
  order_of_rows();
  competition();
  coin();
  as_the_metric();
  mixtures();
  by_hand();
  corners();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
