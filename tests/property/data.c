/* What holds for every set: splits are partitions, stratified within one row, groups stay whole, the same seed gives the
 * same rows; numbers parse to strtod's bits; mutated files are read or refused, never more; a generator's rows have the
 * AUC it claims. The seed of what is drawn: LOSSLAB_SEED, or 1. */
#include <zlib.h>

#include "engine/data/number.h"
#include "engine/data/source.h"
#include "losslab/data.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static uint64_t seed = 1;

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

static size_t digits(ll_random *r, char *to, size_t most) {
  size_t n = (size_t)ll_random_below(r, most + 1);
  for (size_t i = 0; i < n; i++) to[i] = (char)('0' + ll_random_below(r, ll_random_below(r, 4) ? 10 : 1));
  return n;
}

/* A number as people, programs and adversaries write it. */
static void random_number(ll_random *r, char *text) {
  double value;
  uint64_t bits;
  size_t at = 0;
  switch (ll_random_below(r, 6)) {
  case 0: /* any double, shortest or long */
    do {
      bits = (uint64_t)ll_random_bits(r) << 32 | ll_random_bits(r);
      memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    snprintf(text, 64, "%.*g", (int)ll_random_below(r, 25) + 1, value);
    return;
  case 1:
    snprintf(text, 64, "%.*f", (int)ll_random_below(r, 20), (ll_random_uniform(r) - 0.5) * pow(10, (double)ll_random_below(r, 12)));
    return;
  case 2: /* halfway between two doubles, to the last digit or beyond it */
    bits = (uint64_t)1 << 53 | ll_random_bits(r);
    snprintf(text, 80, "%llu%s", (unsigned long long)(2 * bits + 1),
             (const char *[]){"", ".0", ".00000001", "e0", "e-3"}[ll_random_below(r, 5)]);
    return;
  case 3: /* 19 digits with an exponent around the limits of the exact cases */
    snprintf(text, 64, "%s%llu%u.%ue%d", ll_random_below(r, 2) ? "-" : "", (unsigned long long)ll_random_bits(r),
             ll_random_bits(r) % 1000, ll_random_bits(r) % 100000, (int)ll_random_below(r, 70) - 35);
    return;
  default:
    if (ll_random_below(r, 2)) text[at++] = "+-"[ll_random_below(r, 2)];
    at += digits(r, text + at, 24);
    if (ll_random_below(r, 2)) {
      text[at++] = '.';
      at += digits(r, text + at, 24);
    }
    if (ll_random_below(r, 2))
      at += (size_t)snprintf(text + at, 16, "%s%d", ll_random_below(r, 2) ? "e" : "E", (int)ll_random_below(r, 800) - 400);
    text[at] = 0;
  }
}

static void numbers(void) {
  ll_random r = ll_random_stream(seed, 0, "numbers");
  size_t wrong = 0, tried = 0, none = 0;
  for (int i = 0; i < 1000000; i++) {
    char text[128], *end;
    random_number(&r, text);
    double got = -7, want = strtod(text, &end);
    const unsigned char *stop = ll_decimal((const unsigned char *)text, &got);
    bool is = stop == (const unsigned char *)end && memcmp(&got, &want, sizeof got) == 0;
    double again = -7;
    is = is && ll_decimal_with((const unsigned char *)text, &again, true) == stop && memcmp(&again, &got, sizeof got) == 0;
    if (end == text) is = stop == NULL, none++;
    tried++;
    if (!is && wrong++ < 5) printf("#   \"%s\": got %a, strtod gives %a\n", text, got, want);
  }
  ok(wrong == 0, "%zu numbers parse to strtod's bits (and %zu that are none), seed %llu", tried, none, (unsigned long long)seed);
  static const char *const hard[] = {"9007199254740993",
                                     "9007199254740992.99999999999999",
                                     "1e23",
                                     "8.5e22",
                                     "0.000000000000000000000000001",
                                     "9223372036854775808",
                                     "18446744073709551615",
                                     "18446744073709551616",
                                     "99999999999999999999",
                                     "1e-400",
                                     "-0",
                                     "-0.0e5",
                                     "2.2250738585072011e-308",
                                     "4.9e-324",
                                     "2.4703282292062327e-324",
                                     "1.7976931348623158e308",
                                     "1.7976931348623159e308",
                                     "0.1e99999999999999999999",
                                     "00000000000000000000000000001.5",
                                     "0.00000000000000000000000000000000000000123",
                                     "1000000000000000000000000000",
                                     "7.3177701707893310e+15"};
  for (size_t k = 0; k < sizeof hard / sizeof *hard; k++) {
    double got = -7, want = strtod(hard[k], NULL);
    const unsigned char *stop = ll_decimal((const unsigned char *)hard[k], &got);
    ok(stop && *stop == 0 && memcmp(&got, &want, sizeof got) == 0, "%s is %a", hard[k], want);
  }
}

/* Tokens between commas as a row of a file has them: what the kernels take must be strtof's or strtod's bits, whatever they leave.
 */
static void runs(void) {
  static const ll_number_kernels *const tables[] = {&ll_number_kernels_base, &ll_number_kernels_v3, &ll_number_kernels_v4};
  static const char *const isas[] = {"base", "v3", "v4"};
  enum { TOKENS = 9 };
  for (int isa = 0; isa <= ll_isa(); isa++) {
    ll_random r = ll_random_stream(seed, 0, "runs");
    size_t wrong = 0, taken = 0, all = 0;
    for (int trial = 0; trial < 100000; trial++) {
      char text[TOKENS * 128 + LL_PADDING] = "";
      size_t at = 0;
      for (int k = 0; k < TOKENS; k++) {
        if (ll_random_below(&r, 4)) /* short ones: what the kernels are for */
          snprintf(text + at, 64, "%s%.*f", ll_random_below(&r, 9) ? "" : "+", (int)ll_random_below(&r, 9),
                   (ll_random_uniform(&r) - 0.5) * pow(10, (double)ll_random_below(&r, 8)));
        else random_number(&r, text + at);
        at += strlen(text + at);
        if (ll_random_below(&r, 40) == 0) text[at ? at - 1 : 0] = ".-+e x\n/:"[ll_random_below(&r, 9)];
        text[at++] = k + 1 < TOKENS ? ',' : '\n';
      }
      memset(text + at, 0, LL_PADDING);
      const unsigned char *p = (const unsigned char *)text, *begin = p;
      for (size_t left = TOKENS; left;) {
        ll_real got[TOKENS];
        size_t n = tables[isa]->run(&p, ',', '\n', left, got);
        for (size_t k = 0; k < n; k++) {
          char *end;
          ll_real want =
              sizeof(ll_real) == 4 ? (ll_real)strtof((const char *)begin, &end) : (ll_real)strtod((const char *)begin, &end);
          bool is = memcmp(&want, &got[k], sizeof want) == 0 && *end == (k + 1 < left ? ',' : '\n') && isfinite(want);
          if (!is && wrong++ < 5) printf("#   got %a, expected %a, left %s\n", (double)got[k], (double)want, end);
          begin = (const unsigned char *)end + 1;
        }
        if (p != begin && wrong++ < 5) printf("#   %zu taken, but it stands %td further\n", n, p - begin);
        taken += n, all += TOKENS == left ? TOKENS : 0;
        left -= n;
        if (left == 0) break;
        const unsigned char *comma = memchr(p, ',', at - (size_t)(p - (const unsigned char *)text));
        if (!comma) break;
        begin = p = comma + 1, left--;
      }
    }
    ok(wrong == 0 && taken > all / 2, "%s: %zu of %zu numbers taken in runs, to the bit, seed %llu", isas[isa], taken, all,
       (unsigned long long)seed);
    unsigned char bytes[70000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = i % 7 ? 'x' : '\n';
    bool same = true;
    for (size_t n = 0; n < sizeof bytes; n += 1 + n / 3) same = same && tables[isa]->lines(bytes, n) == (n + 6) / 7;
    ok(same, "%s: lines are counted", isas[isa]);
  }
}

/* A decimal a little off the middle of two ll_real is not rounded to double on the way. */
static void rounded_once(void) {
  ll_random r = ll_random_stream(seed, 0, "middles");
  size_t wrong = 0;
  for (int i = 0; i < 200000; i++) {
    char text[1200];
    uint32_t bits = ll_random_bits(&r) & 0x7fffffff;
    float low, high;
    memcpy(&low, &bits, sizeof low);
    if (i % 4 == 0) low = (float)(ldexp((double)(bits >> 8), -149)); /* denormal */
    high = nextafterf(low, INFINITY);
    if (!isfinite(high)) continue;
    int n = snprintf(text, sizeof text - 8, "%.*f", 170, ((double)low + (double)high) / 2);
    snprintf(text + n, 8, "%s", (const char *[]){"", "0", "1", "e0"}[i % 4]);
    double value = 0;
    const unsigned char *end = ll_decimal((const unsigned char *)text, &value);
    ll_real want = sizeof(ll_real) == 4 ? (ll_real)strtof(text, NULL) : (ll_real)strtod(text, NULL);
    ll_real got = ll_decimal_round((const unsigned char *)text, value);
    bool is = end && *end == 0 && memcmp(&got, &want, sizeof want) == 0;
    if (!is && wrong++ < 5) printf("#   %s: got %a, expected %a\n", text, (double)got, (double)want);
  }
  ok(wrong == 0, "middles of floats and what is just above them are rounded once, seed %llu", (unsigned long long)seed);
}

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
      works(ctx, ll_rows_where(ctx, NULL, part, n, 1, false, &rest, &count));
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
    ll_data_release(ctx, d);
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
  ll_data_release(ctx, d);
  ll_real x[] = {1, 2, 3, 4, 5, 6}, y[] = {0, 1, 0, 1, 0, 1};
  const uint32_t groups[] = {1, 1, 2, 2, 2, 1}, sides[] = {1, 2, 1, 2, 3, 2};
  ll_matrix mx = ll_matrix_wrap(x, 6, 1), my = ll_matrix_wrap(y, 6, 1);
  works(ctx, ll_data_new(ctx, "grouped", &mx, &my, NULL, groups, &d));
  refused(ll_data_folds(ctx, d, NULL, 0, 3, &options, part), "3 folds of grouped: it has only 2 groups");
  works(ctx, ll_data_folds(ctx, d, NULL, 0, 3, &plain, part));
  ll_data_release(ctx, d);
  works(ctx, ll_data_new(ctx, "grouped", &mx, &my, NULL, sides, &d));
  refused(ll_data_folds(ctx, d, NULL, 0, 2, &options, part), "class \"1\" is in only 1 group");
  ll_data_release(ctx, d);
  /* equal groups, far larger than the share: one is held out all the same */
  const uint32_t pairs[] = {1, 1, 2, 2, 3, 3};
  works(ctx, ll_data_new(ctx, "pairs", &mx, &my, NULL, pairs, &d));
  works(ctx, ll_data_holdout(ctx, d, NULL, 0, 0.01, &options, part));
  size_t held = 0;
  for (int i = 0; i < 6; i++) held += part[i];
  ok(held == 2, "a share smaller than a group holds one group out");
  ll_data_release(ctx, d);
}

/* ---- mutated files ---------------------------------------------------------------------------------------------------------- */

/* Whether another reading came to the same. */
static bool same_data(const ll_data *a, const ll_data *b) {
  if (!a || !b) return a == b;
  bool same = a->x.rows == b->x.rows && a->x.cols == b->x.cols && strcmp(a->info->hash, b->info->hash) == 0 &&
              a->missing == b->missing && a->info->n_classes == b->info->n_classes && !a->groups == !b->groups &&
              a->info->n_columns == b->info->n_columns;
  if (same) same = memcmp(a->x.data, b->x.data, ll_matrix_count(&a->x) * sizeof(ll_real)) == 0;
  if (same) same = memcmp(a->y.data, b->y.data, a->y.rows * sizeof(ll_real)) == 0;
  if (same && a->groups) same = memcmp(a->groups, b->groups, a->x.rows * sizeof *a->groups) == 0;
  for (size_t j = 0; same && j < a->info->n_columns; j++) same = strcmp(a->info->columns[j], b->info->columns[j]) == 0;
  return same;
}

/* The file again, read by a few bytes at a time: the same set, or the same words. */
static bool same_in_pieces(const char *path, const ll_read_options *options, size_t chunk, ll_status status, const ll_data *d) {
  size_t usual = ll_source_chunk;
  char message[4096];
  ll_data *again;
  snprintf(message, sizeof message, "%s", ll_message(ctx));
  ll_source_chunk = chunk;
  ll_status got = ll_data_read_with(ctx, path, options, &again);
  ll_source_chunk = usual;
  bool same = got == status && same_data(d, again) && (status == LL_OK || strcmp(message, ll_message(ctx)) == 0);
  if (!same)
    printf("#   by %zu bytes: %s, %s\n#   at once: %s, %s\n", chunk, ll_status_name(got), ll_message(ctx), ll_status_name(status),
           message);
  ll_data_release(ctx, again);
  return same;
}

/* A file of many chunks, rows of very different lengths, quotes that hold line ends, comments; plain, gzip (of two members). */
static void long_files(void) {
  enum { SIZE = 3 << 20 };
  char *text = malloc(SIZE);
  unsigned char *packed = malloc(SIZE);
  if (!text || !packed) exit(1);
  ll_random r = ll_random_stream(seed, 0, "long files");
  ll_read_options options = {.comment = '#'};
  size_t n = 0, rows = 0;
  n += (size_t)sprintf(text, "# head\nclass,a,group,b,c\n");
  while (n < SIZE - 20000) {
    if (ll_random_below(&r, 50) == 0) n += (size_t)sprintf(text + n, "# %0*d\n", (int)ll_random_below(&r, 300), 7);
    n += (size_t)sprintf(text + n, ll_random_below(&r, 30) ? "k%zu," : "\"k%zu\n, \"\"second\"\"\nline\",", rows % 5);
    for (int k = 0; k < 3; k++) {
      n += (size_t)sprintf(text + n, "%.*f", (int)ll_random_below(&r, rows < 20000 ? 3 : 20), ll_random_normal(&r));
      if (k == 0) n += (size_t)sprintf(text + n, ",g%0*zu", ll_random_below(&r, 2000) ? 1 : 5000, rows / 3);
      n += (size_t)sprintf(text + n, k < 2 ? "," : ll_random_below(&r, 2) ? "\n" : "\r\n");
    }
    rows++;
  }
  for (int kind = 0; kind < 3; kind++) {
    const char *path = data_file("long.csv", text, n);
    ll_data *d = NULL;
    if (kind == 1) { /* two members */
      size_t size = 0;
      for (int part = 0; part < 2; part++) {
        z_stream z = {0};
        deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
        z.next_in = (Bytef *)text + (part ? n / 3 : 0), z.avail_in = (uInt)(part ? n - n / 3 : n / 3);
        z.next_out = packed + size, z.avail_out = (uInt)(SIZE - size);
        deflate(&z, Z_FINISH);
        size += z.total_out;
        deflateEnd(&z);
      }
      path = data_file("long.csv.gz", packed, size);
    }
    if (kind == 2) text[n - 10] = 'z'; /* a cell near the end is no number */
    if (kind == 2) path = data_file("long.csv", text, n);
    ll_status status = ll_data_read_with(ctx, path, &options, &d);
    ok(kind == 2 ? status != LL_OK : status == LL_OK && d->x.rows == rows, "a long file, %s",
       (const char *[]){"plain", "gzip of two members", "with a bad cell at its end"}[kind]);
    if (status != LL_OK) printf("#   %s\n", ll_message(ctx));
    bool same = true;
    for (size_t chunk = 1; chunk < 1000000; chunk = 3 * chunk + 14) same = same && same_in_pieces(path, &options, chunk, status, d);
    ok(same, "is the same in pieces of any size");
    ll_data_release(ctx, d);
    unlink(path);
  }
  free(text), free(packed);
}

static void mutations(const char *name, const char *base, size_t size, const ll_read_options *options) {
  static const char *const pieces[] = {",", "\n", "\r\n", "\"", "\"\"", "nan", "-inf",  "1e999", "label", "class", "domain", "\xff",
                                       ";", "#",  "NA",   ":",  "qid:", "2:",  "0x1p3", "--1",   "1.2.3", "e",     "\t",     " "};
  ll_random r = ll_random_stream(seed, 0, "mutations");
  char text[1024];
  size_t read = 0, refused = 0, odd = 0, different = 0;
  ll_matrix_trim(ctx);
  size_t before = ll_memory_used(ctx);
  for (int trial = 0; trial < 10000; trial++) {
    size_t n = size;
    memcpy(text, base, n);
    for (uint64_t changes = 1 + ll_random_below(&r, 4); changes; changes--) {
      size_t at = (size_t)ll_random_below(&r, n + 1), cut = (size_t)ll_random_below(&r, 6);
      const char *piece = pieces[ll_random_below(&r, sizeof pieces / sizeof *pieces)];
      char byte = (char)ll_random_bits(&r);
      size_t add = 1;
      switch (ll_random_below(&r, 5)) {
      case 0: /* a byte changed */
        if (at < n) text[at] = byte;
        break;
      case 1: /* a byte put in */ piece = &byte; goto insert;
      case 2:
        add = strlen(piece);
      insert:
        memmove(text + at + add, text + at, n - at);
        memcpy(text + at, piece, add);
        n += add;
        break;
      case 3: /* some taken out */
        if (cut > n - at) cut = n - at;
        memmove(text + at, text + at + cut, n - at - cut);
        n -= cut;
        break;
      default: /* the rest cut off, sometimes */
        if (byte < 0) n = at;
      }
    }
    ll_data *d;
    const char *path = data_file(name, text, n);
    ll_status status = ll_data_read_with(ctx, path, options, &d);
    different += !same_in_pieces(path, options, 1 + (size_t)trial % 64, status, d);
    if (status == LL_OK) {
      size_t row, col;
      read++;
      odd += d->x.rows < 2 || d->x.cols != d->info->n_columns || (ll_matrix_find_bad(&d->x, &row, &col) && !d->missing);
      ll_data_release(ctx, d);
    } else {
      refused++;
      odd += d != NULL || strncmp(ll_message(ctx), path, strlen(path)) != 0 ||
             (status != LL_ERR_FORMAT && status != LL_ERR_NUMBER && status != LL_ERR_LABEL && status != LL_ERR_RANGE &&
              status != LL_ERR_NAME && status != LL_ERR_ARGUMENT && status != LL_ERR_SHAPE);
      for (const char *c = ll_message(ctx); *c; c++) odd += (unsigned char)*c < 0x20;
    }
  }
  unlink(data_file(name, "", 0));
  ll_matrix_trim(ctx);
  ok(odd == 0 && read > 500 && refused > 500, "10000 mutated %s: %zu read, %zu refused by name, %zu otherwise, seed %llu", name,
     read, refused, odd, (unsigned long long)seed);
  ok(different == 0, "and the same when they are read by 1 to 64 bytes (%zu are not)", different);
  ok(ll_memory_used(ctx) == before, "and nothing is left of them");
}

static void mutated_files(void) {
  static const char table[] =
      "\xef\xbb\xbf"
      "label,group,\"a, \"\"b\"\"\",c\r\n1,7,1.5,-2e3\r\n0,8,\"0.25\",1234567890123456789012\r\n1,7,.5, 3 \r\n\r\n";
  static const char holes[] = "# made\nlabel,colour,b\n1,red,NA\n0,,2\n#\n1,\"a \"\"b\"\"\",3\n0,red,?\n0,green,4\n1,blue,5\n",
                    *const colour[] = {"colour"};
  static const char sparse[] = "+1 qid:1 1:0.5 3:-2e3 # one\r\n\n-1 qid:1 2:1.25\n-1 qid:22 7:1234567890123456789012\n";
  static const char images[] = {0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
  static const char labels[] = {0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 1, 2};
  char beside[512];
  mutations("mutated.csv", table, sizeof table - 1, NULL);
  for (int policy = LL_MISSING_MEAN; policy < LL_MISSING_COUNT; policy++) {
    ll_read_options options = {.comment = '#', .missing = (ll_missing)policy, .categorical = colour, .n_categorical = 1};
    mutations("mutated_holes.csv", holes, sizeof holes - 1, &options);
  }
  mutations("mutated.svm", sparse, sizeof sparse - 1, NULL);
  snprintf(beside, sizeof beside, "%s", data_file("labels-ubyte", labels, sizeof labels));
  ll_read_options with_labels = {.labels = beside};
  mutations("mutated.idx", images, sizeof images, &with_labels);
  unlink(beside);
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
    works(ctx, ll_generate(ctx, g, params, &again));
    ok(memcmp(d->x.data, again->x.data, n * d->x.cols * sizeof(ll_real)) == 0 && strcmp(d->info->hash, again->info->hash) == 0,
       "drawn again, the same");
    ll_data_release(ctx, d), ll_data_release(ctx, again);
  }
}

int main(void) {
  const char *asked = getenv("LOSSLAB_SEED");
  if (asked) seed = strtoull(asked, NULL, 10);
  printf("# seed %llu\n", (unsigned long long)seed);
  works(ctx, ll_ctx_open(&ctx));
  numbers();
  runs();
  rounded_once();
  long_files();
  splits();
  split_errors();
  mutated_files();
  generators();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
