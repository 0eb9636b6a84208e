/* What holds for every set: splits are partitions, stratified within one row, groups stay whole, the same seed gives the
 * same rows; a generator's rows have the AUC it claims. The seed of what is drawn: LOSSLAB_SEED, or 1. */
#include "losslab/data.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static uint64_t seed = 1;

/* ---- splits --------------------------------------------------------------------------------------------------------------- */

static ll_data *random_set(ll_random *r, bool with_groups) {
  size_t n = 20 + (size_t)ll_random_below(r, 300), classes = 2 + (size_t)ll_random_below(r, 4);
  ll_matrix x, y;
  ll_data *d = NULL;
  uint32_t *groups = malloc(n * sizeof *groups);
  if (!groups) exit(1);
  works(ctx, ll_matrix_new(ctx, n, 2, &x));
  works(ctx, ll_matrix_new(ctx, n, 1, &y));
  ll_matrix_normal(&x, r, 0, 1);
  for (size_t i = 0; i < n; i++) {
    size_t c = (size_t)ll_random_below(r, classes * classes);
    y.data[i] = (ll_real)(c < classes ? c + 1 : 1 + (c + i) % 2); /* classes 1 and 2 are common */
    groups[i] = (uint32_t)ll_random_below(r, n / 3 + 1);
  }
  for (size_t c = 0; c < classes; c++) y.data[c] = (ll_real)(c + 1);
  works(ctx, ll_data_new(ctx, "random", &x, &y, NULL, with_groups ? groups : NULL, &d));
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  free(groups);
  return d;
}

enum { MOST = 400, PARTS = 8, CLASSES = 8 };

/* Rows of each class by part. */
static void tally(const ll_data *d, const uint32_t *part, size_t counts[PARTS][CLASSES]) {
  memset(counts, 0, PARTS * sizeof *counts);
  for (size_t i = 0; i < d->x.rows; i++) counts[part[i]][ll_data_class(d, i)]++;
}

static bool groups_whole(const ll_data *d, const uint32_t *part) {
  for (size_t i = 0; i < d->x.rows; i++)
    for (size_t j = 0; j < i; j++)
      if (d->groups[i] == d->groups[j] && part[i] != part[j]) return false;
  return true;
}

static void splits(void) {
  ll_random r = ll_random_stream(seed, 0, "splits");
  size_t uneven = 0, totals_uneven = 0, shares_off = 0, torn = 0, differ = 0, alike = 0, out_of_range = 0, empty = 0, refused = 0,
         done_ = 0;
  double worst = 0;
  for (int trial = 0; trial < 300; trial++) {
    bool with_groups = trial % 2;
    ll_data *d = random_set(&r, with_groups);
    size_t n = d->x.rows, k = 2 + (size_t)ll_random_below(&r, PARTS - 2), counts[PARTS][CLASSES], totals[CLASSES];
    uint32_t part[MOST], again[MOST], other[MOST];
    ll_split_options options = {.stratify = true, .grouped = true, .seed = (uint64_t)trial};
    ll_data_class_counts(d, totals);
    ll_status status = ll_data_folds(ctx, d, NULL, 0, k, &options, part);
    bool too_few = false;
    for (size_t c = 0; c < d->info->n_classes; c++) too_few = too_few || (totals[c] && totals[c] < k);
    if (status != LL_OK) {
      refused++;
      if (!(too_few || with_groups) || status != LL_ERR_RANGE) ok(false, "folds refused: %s", ll_message(ctx));
    } else {
      done_++;
      works(ctx, ll_data_folds(ctx, d, NULL, 0, k, &options, again));
      options.seed++;
      works(ctx, ll_data_folds(ctx, d, NULL, 0, k, &options, other));
      differ += memcmp(part, again, n * sizeof *part) != 0;
      alike += !with_groups && memcmp(part, other, n * sizeof *part) == 0; /* few groups may leave no choice */
      for (size_t i = 0; i < n; i++) out_of_range += part[i] >= k;
      tally(d, part, counts);
      for (size_t f = 0; f < k; f++) {
        size_t total = 0;
        for (size_t c = 0; c < d->info->n_classes; c++) {
          total += counts[f][c];
          uneven += !with_groups && counts[f][c] != totals[c] / k && counts[f][c] != totals[c] / k + 1;
          if (with_groups && c < 2) worst = fmax(worst, fabs((double)counts[f][c] - (double)totals[c] / (double)k));
        }
        totals_uneven += !with_groups && total != n / k && total != n / k + 1;
        empty += total == 0;
      }
      if (with_groups) torn += !groups_whole(d, part);
    }
    double share = 0.1 + 0.8 * ll_random_uniform(&r);
    status = ll_data_holdout(ctx, d, NULL, 0, share, &options, part);
    if (status == LL_OK) {
      tally(d, part, counts);
      for (size_t c = 0; c < d->info->n_classes; c++) {
        double off = fabs((double)counts[1][c] - share * (double)totals[c]);
        bool edge = counts[1][c] == 1 || counts[0][c] == 1; /* at least one on each side comes first */
        shares_off += !with_groups && totals[c] && (off > (edge ? 1.5 : 1) || counts[1][c] == 0 || counts[0][c] == 0);
      }
      if (with_groups) torn += !groups_whole(d, part);
      /* rows of a part, split again: only those, in order */
      uint32_t *rest, inner[MOST];
      size_t count;
      works(ctx, ll_data_rows_where(ctx, NULL, part, n, 1, false, &rest, &count));
      for (size_t i = 0; i < count; i++) out_of_range += part[rest[i]] != 0 || (i && rest[i] <= rest[i - 1]);
      options.stratify = false, options.grouped = false;
      if (count >= 2) {
        works(ctx, ll_data_holdout(ctx, d, rest, count, 0.25, &options, inner));
        size_t held = 0;
        for (size_t i = 0; i < count; i++) held += inner[i];
        double wanted = fmax(1, floor(0.25 * (double)count + 0.5));
        shares_off += (double)held != wanted;
      }
      ll_free(ctx, rest);
    } else if (status != LL_ERR_RANGE) {
      ok(false, "holdout: %s", ll_message(ctx));
    }
    ll_data_free(ctx, d);
  }
  ok(done_ > 100 && refused < 150, "%zu random sets were split (%zu had too few rows or groups), seed %llu", done_, refused,
     (unsigned long long)seed);
  ok(out_of_range == 0 && empty == 0, "folds are a partition, none empty");
  ok(uneven == 0, "each class is in each fold within one row of even");
  ok(totals_uneven == 0, "and so are the folds");
  ok(shares_off == 0, "held-out shares are met within a row, each class on both sides");
  ok(torn == 0, "groups stay whole");
  ok(worst <= 8, "with groups the common classes are within %.1f rows of even", worst);
  ok(differ == 0 && alike == 0, "the same seed gives the same rows, another seed others");
}

static void split_errors(void) {
  ll_random r = ll_random_stream(seed, 0, "errors");
  ll_data *d = random_set(&r, false);
  uint32_t part[MOST];
  const uint32_t few[] = {0, 1, 2}, beyond[] = {0, 100000};
  ll_split_options options = {.stratify = true, .grouped = true, .seed = 1}, plain = {.seed = 1};
#define refused(call, words) ok((call) == LL_ERR_RANGE && strstr(ll_message(ctx), words), "%s", ll_message(ctx))
  refused(ll_data_folds(ctx, d, NULL, 0, 1, &options, part), "1 fold of random: at least 2");
  refused(ll_data_folds(ctx, d, few, 3, 4, &plain, part), "4 folds of random: it has only 3 rows");
  refused(ll_data_folds(ctx, d, few, 3, 2, &options, part), "\" has only 1 row");
  refused(ll_data_folds(ctx, d, beyond, 2, 2, &plain, part), "row 100001 asked for");
  refused(ll_data_holdout(ctx, d, NULL, 0, 0, &options, part), "must be between 0 and 1, not 0");
  refused(ll_data_holdout(ctx, d, NULL, 0, 1, &options, part), "must be between 0 and 1, not 1");
  refused(ll_data_holdout(ctx, d, NULL, 0, NAN, &options, part), "must be between 0 and 1, not");
  refused(ll_data_holdout(ctx, d, few, 3, 0.5, &options, part), "\" has only 1 row");
  ll_data_free(ctx, d);
  ll_real x[] = {1, 2, 3, 4, 5, 6}, y[] = {0, 1, 0, 1, 0, 1};
  const uint32_t groups[] = {1, 1, 2, 2, 2, 1}, sides[] = {1, 2, 1, 2, 3, 2};
  ll_matrix mx = ll_matrix_wrap(x, 6, 1), my = ll_matrix_wrap(y, 6, 1);
  works(ctx, ll_data_new(ctx, "grouped", &mx, &my, NULL, groups, &d));
  refused(ll_data_folds(ctx, d, NULL, 0, 3, &options, part), "3 folds of grouped: it has only 2 groups");
  works(ctx, ll_data_folds(ctx, d, NULL, 0, 3, &plain, part));
  ll_data_free(ctx, d);
  works(ctx, ll_data_new(ctx, "grouped", &mx, &my, NULL, sides, &d));
  refused(ll_data_folds(ctx, d, NULL, 0, 2, &options, part), "class \"1\" is in only 1 group");
  ll_data_free(ctx, d);
  /* equal groups, far larger than the share: one is held out all the same */
  const uint32_t pairs[] = {1, 1, 2, 2, 3, 3};
  works(ctx, ll_data_new(ctx, "pairs", &mx, &my, NULL, pairs, &d));
  works(ctx, ll_data_holdout(ctx, d, NULL, 0, 0.01, &options, part));
  size_t held = 0;
  for (int i = 0; i < 6; i++) held += part[i];
  ok(held == 2, "a share smaller than a group holds one group out");
  ll_data_free(ctx, d);
}

/* ---- generators -----------------------------------------------------------------------------------------------------------------
 */

/* The AUC of the score u·x, by sorting: the share of pairs in which the positive is above. */
static double measured_auc(const ll_data *d) {
  size_t n = d->x.rows, positives = 0;
  ll_real *scores = malloc(n * sizeof *scores);
  uint32_t *order = malloc(n * sizeof *order);
  double above = 0;
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t j = 0; j < d->x.cols; j++) sum += (double)ll_matrix_row(&d->x, i)[j];
    scores[i] = (ll_real)sum;
  }
  works(ctx, ll_argsort(ctx, scores, n, order));
  for (size_t i = 0, negatives = 0; i < n; i++) {
    if (d->y.data[order[i]] > 0) above += (double)negatives, positives++;
    else negatives++;
  }
  free(scores), free(order);
  return above / (double)positives / (double)(n - positives);
}

/* Of the rows whose label is said to be 1 with about some probability, that share has it. */
static void probabilities(const ll_generator *g, const double *params, const ll_data *d) {
  enum { BINS = 10 };
  double n[BINS] = {0}, said[BINS] = {0}, found[BINS] = {0}, worst = 0;
  ll_matrix p;
  works(ctx, ll_generator_probability(ctx, g, params, &d->x, &p));
  for (size_t i = 0; i < p.rows; i++) {
    size_t bin = (size_t)fmin(BINS - 1, floor(BINS * (double)p.data[i]));
    n[bin]++, said[bin] += (double)p.data[i], found[bin] += (double)d->y.data[i];
  }
  for (size_t k = 0; k < BINS; k++)
    if (n[k] > 0) worst = fmax(worst, fabs(found[k] - said[k]) / sqrt(n[k] / 4));
  ok(worst < 4.5, "%s: labels are as probable as it says (%.1f deviations)", g->name, worst);
  ll_matrix_release(ctx, &p);
}

static void generators(void) {
  static const struct {
    const char *name;
    double n, features, wrong, shift, share; /* wrong < 0: the generator has none */
    double auc;
  } cases[] = {{"target_decoy", 200000, 7, 0.5, 3, 0.5, 0.5 * 0.5 + 0.5 * 0.98305254},
               {"target_decoy", 200000, 3, 0.8, 2, 0.3, 0.8 * 0.5 + 0.2 * 0.92135040},
               {"target_decoy", 200000, 2, 0, 1, 0.5, 0.76024994},
               {"gaussians", 200000, 5, -1, 1.5, 0.2, 0.85557721}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const ll_generator *g;
    double params[LL_MAX_PARAMS];
    ll_data *d, *again;
    bool decoys = cases[k].wrong >= 0;
    works(ctx, ll_generator_find(ctx, cases[k].name, &g));
    ll_params_default(&g->params, params);
    works(ctx, ll_params_set_number(ctx, &g->params, params, "n", cases[k].n));
    works(ctx, ll_params_set_number(ctx, &g->params, params, "features", cases[k].features));
    works(ctx, ll_params_set_number(ctx, &g->params, params, "shift", cases[k].shift));
    works(ctx, ll_params_set_number(ctx, &g->params, params, decoys ? "decoys" : "positives", cases[k].share));
    if (decoys) works(ctx, ll_params_set_number(ctx, &g->params, params, "wrong", cases[k].wrong));
    works(ctx, ll_params_set_number(ctx, &g->params, params, "seed", (double)(seed + k)));
    works(ctx, ll_generate(ctx, g, params, &d));
    near(d->info->optimal_auc, cases[k].auc, 0, 1e-6, "%s says its optimal AUC, %.6f", cases[k].name, cases[k].auc);
    /* the deviation of an AUC of 2e5 rows is below 0.002 */
    near(measured_auc(d), d->info->optimal_auc, 0, 0.006, "and u·x has it");
    size_t counts[2], right = 0, n = (size_t)cases[k].n;
    ll_data_class_counts(d, counts);
    for (size_t i = 0; i < n; i++) right += d->truth.data[i] == 1 && d->y.data[i] == 1;
    near((double)counts[decoys ? 0 : 1], cases[k].n * cases[k].share, 0, 0.5, "shares are exact");
    if (decoys) near((double)right, (double)counts[1] * (1 - cases[k].wrong), 0, 0.5, "of right targets too");
    double mean[2] = {0, 0}, square = 0;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < d->x.cols; j++) {
        double v = (double)ll_matrix_row(&d->x, i)[j];
        if (d->y.data[i] == 0) square += v * v;
        if (d->truth.data[i] == d->y.data[i]) mean[d->y.data[i] > 0] += v;
      }
    double root = sqrt(cases[k].features);
    double distance = counts[0] ? mean[1] / (double)(decoys ? right : counts[1]) / root - mean[0] / (double)counts[0] / root : 0;
    if (right) near(distance, cases[k].shift, 0, 0.03, "the means are that far apart");
    double offset = decoys ? 0 : cases[k].shift / 2 / root;
    near(square / (double)counts[0] / cases[k].features, 1 + offset * offset, 0, 0.02, "the deviation is 1");
    probabilities(g, params, d);
    works(ctx, ll_generate(ctx, g, params, &again));
    ok(memcmp(d->x.data, again->x.data, n * d->x.cols * sizeof(ll_real)) == 0 && strcmp(d->info->hash, again->info->hash) == 0,
       "drawn again, the same");
    ll_data_free(ctx, d), ll_data_free(ctx, again);
  }
}

int main(void) {
  const char *asked = getenv("LOSSLAB_SEED");
  if (asked) seed = strtoull(asked, NULL, 10);
  printf("# seed %llu\n", (unsigned long long)seed);
  works(ctx, ll_ctx_open(&ctx));
  splits();
  split_errors();
  generators();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
