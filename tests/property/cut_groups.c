/* Groups joined by domains against the plain rule: as long as nothing is too large, two rows hang together exactly where a chain of
 * groups and domains leads from one to the other. And splits that keep both together. */
#include "losslab/data.h"

#include "tests/tap.h"

enum { MOST = 200, CASES = 300 };
static ll_ctx *ctx;
static const uint64_t seed = 7;
static uint32_t groups[MOST], domains[MOST], joined[MOST], part[MOST];

static ll_data *made(ll_random *r, size_t n, bool with_groups) {
  static ll_real x[MOST], y[MOST];
  size_t n_groups = 1 + ll_random_below(r, n), n_domains = 1 + ll_random_below(r, n);
  for (size_t i = 0; i < n; i++) {
    x[i] = (ll_real)i, y[i] = (ll_real)(i % 2);
    groups[i] = with_groups ? (uint32_t)ll_random_below(r, n_groups) : (uint32_t)i;
    domains[i] = (uint32_t)ll_random_below(r, n_domains);
  }
  ll_matrix mx = ll_matrix_wrap(x, n, 1), my = ll_matrix_wrap(y, n, 1);
  ll_data *d;
  works(ctx,
        ll_data_make(
            ctx, &(ll_data_making){.name = "random", .x = &mx, .y = &my, .groups = with_groups ? groups : NULL, .domains = domains},
            &d));
  return d;
}

/* Spreads the least number among rows of a group or domain until nothing changes. */
static void plain(size_t n, bool by_domains, uint32_t *out) {
  for (size_t i = 0; i < n; i++) out[i] = (uint32_t)i;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < i; j++)
        if (out[i] != out[j] && (groups[i] == groups[j] || (by_domains && domains[i] == domains[j]))) {
          out[i] = out[j] = out[i] < out[j] ? out[i] : out[j];
          changed = true;
        }
  }
}

static bool same_parts(const uint32_t *a, const uint32_t *b, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++)
      if ((a[i] == a[j]) != (b[i] == b[j])) return false;
  return true;
}

static void chains(void) {
  ll_random r = ll_random_stream(seed, 0, "chains");
  uint32_t want[MOST];
  size_t wrong = 0, unordered = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    size_t n = 2 + ll_random_below(&r, MOST - 2), count, before = 0;
    ll_data *d = made(&r, n, c % 3 != 0);
    bool all = c % 4 != 0;
    works(ctx, ll_data_cut_groups(ctx, d, NULL, 0, all ? n : 0, joined, &count));
    plain(n, all, want);
    wrong += !same_parts(joined, want, n);
    for (size_t i = 0; i < n; i++) {
      unordered += joined[i] > before;
      before += joined[i] == before;
    }
    unordered += before != count;
    ll_data_free(ctx, d);
  }
  ok(wrong == 0, "without a bound rows hang together by chains of groups and domains; by groups alone with none");
  ok(unordered == 0, "numbers come in order, and so many as it says");
}

static size_t largest(const uint32_t *of, size_t n) {
  static size_t sizes[MOST];
  size_t most = 0;
  memset(sizes, 0, sizeof sizes);
  for (size_t i = 0; i < n; i++)
    if (++sizes[of[i]] > most) most = sizes[of[i]];
  return most;
}

static void bounded(void) {
  ll_random r = ll_random_stream(seed, 1, "bounds");
  size_t large = 0, torn = 0, joins = 0, idle = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    size_t n = 2 + ll_random_below(&r, MOST - 2), most = 1 + ll_random_below(&r, n), count, own;
    ll_data *d = made(&r, n, c % 3 != 0);
    works(ctx, ll_data_cut_groups(ctx, d, NULL, 0, 0, part, &own));
    size_t alone = largest(part, n);
    works(ctx, ll_data_cut_groups(ctx, d, NULL, 0, most, joined, &count));
    large += largest(joined, n) > (alone > most ? alone : most);
    joins += count < own;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < i; j++) {
        torn += groups[i] == groups[j] && joined[i] != joined[j];
        /* a domain of two rows is in two groups only where these do not fit into one */
        if (domains[i] == domains[j] && joined[i] != joined[j]) {
          size_t rows = 0, with = 0;
          for (size_t k = 0; k < n; k++) rows += domains[k] == domains[i], with += joined[k] == joined[i] || joined[k] == joined[j];
          idle += rows == 2 && most >= 2 && with <= most;
        }
      }
    ll_data_free(ctx, d);
  }
  ok(large == 0 && torn == 0, "what hangs together has at most so many rows, and groups are whole");
  ok(joins > (size_t)tap_cases(CASES) / 6 && idle == 0, "and domains join what fits");
}

/* Splits: groups stay whole, and so do domains where all of it fits. */
static void splits(void) {
  ll_random r = ll_random_stream(seed, 2, "splits");
  size_t torn = 0, parted = 0, done_ = 0, changed = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    size_t n = 60 + ll_random_below(&r, MOST - 60), k = 2 + ll_random_below(&r, 3), count;
    for (size_t i = 0; i < n; i++) groups[i] = (uint32_t)(i / 2), domains[i] = (uint32_t)ll_random_below(&r, n);
    static ll_real x[MOST], y[MOST];
    for (size_t i = 0; i < n; i++) x[i] = (ll_real)i, y[i] = (ll_real)(i % 2);
    ll_matrix mx = ll_matrix_wrap(x, n, 1), my = ll_matrix_wrap(y, n, 1);
    ll_data *d;
    works(ctx, ll_data_make(ctx, &(ll_data_making){.name = "pairs", .x = &mx, .y = &my, .groups = groups, .domains = domains}, &d));
    ll_split_options options = {.stratify = true, .grouped = true, .domains = true, .seed = (uint64_t)c}, by_groups = options;
    by_groups.domains = false;
    uint32_t other[MOST];
    if (ll_data_folds(ctx, d, NULL, 0, k, &options, part) == LL_OK) {
      done_++;
      works(ctx, ll_data_folds(ctx, d, NULL, 0, k, &by_groups, other));
      changed += memcmp(part, other, n * sizeof *part) != 0;
      works(ctx, ll_data_cut_groups(ctx, d, NULL, 0, n / (2 * k), joined, &count));
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
          torn += groups[i] == groups[j] && part[i] != part[j];
          parted += joined[i] == joined[j] && part[i] != part[j];
        }
    }
    ll_data_free(ctx, d);
  }
  ok(done_ > (size_t)tap_cases(CASES) / 3 && changed > (size_t)tap_cases(CASES) / 3, "%zu sets are cut, not as by groups alone",
     done_);
  ok(torn == 0 && parted == 0, "neither groups nor what hangs together are in two parts");
}

/* Where groups do not count, domains still do. */
static void by_domains_alone(void) {
  ll_random r = ll_random_stream(seed, 3, "domains alone");
  size_t torn = 0, parted = 0;
  for (int c = 0; c < tap_cases(CASES); c++) {
    static ll_real x[MOST], y[MOST];
    for (size_t i = 0; i < MOST; i++) x[i] = (ll_real)i, y[i] = (ll_real)(i % 2);
    for (size_t i = 0; i < MOST; i++) groups[i] = (uint32_t)(i / 2), domains[i] = (uint32_t)ll_random_below(&r, 40);
    ll_matrix mx = ll_matrix_wrap(x, MOST, 1), my = ll_matrix_wrap(y, MOST, 1);
    ll_data *d;
    works(ctx,
          ll_data_make(ctx, &(ll_data_making){.name = "people", .x = &mx, .y = &my, .groups = groups, .domains = domains}, &d));
    ll_split_options options = {.domains = true, .seed = (uint64_t)c};
    if (c % 2) works(ctx, ll_data_folds(ctx, d, NULL, 0, 3, &options, part));
    else works(ctx, ll_data_holdout(ctx, d, NULL, 0, 0.3, &options, part));
    for (size_t i = 0; i < MOST; i++)
      for (size_t j = 0; j < i; j++) torn += domains[i] == domains[j] && part[i] != part[j];
    for (size_t i = 0; i + 1 < MOST; i += 2) parted += part[i] != part[i + 1];
    ll_data_free(ctx, d);
  }
  ok(torn == 0 && parted > 0, "domains stay whole where groups do not count, and groups need not");
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  chains();
  bounded();
  splits();
  by_domains_alone();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
