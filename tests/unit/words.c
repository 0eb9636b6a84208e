/* Words that are numbers: equal ones are one word, however they are written, and none is rounded; and numbers as text. */
#include "engine/data/words.h"
#include "engine/data/decimal.h"
#include "engine/data/read/shortest.h"
#include "losslab/random.h"

#include "tests/tap.h"

static ll_ctx *ctx;

/* The words of a list, merged: as "a|b|c" in the order of their numbers, and the rows' numbers as "0 1 0". */
static void merges(const char *const *list, const char *words, const char *rows) {
  ll_words w = {0};
  uint32_t found[16];
  ll_real reals[32];
  char text[400] = "", numbers[100] = "", floats[100] = "";
  size_t n = 0, at = 0;
  for (; list[n]; n++) {
    works(ctx, ll_words_add(ctx, &w, list[n], strlen(list[n]), &found[n], NULL));
    reals[2 * n] = (ll_real)found[n], reals[2 * n + 1] = 77;
  }
  reals[2 * n] = -1, reals[2 * n + 1] = 77;
  ll_words copy = {0};
  for (size_t k = 0; k < w.count; k++) {
    uint32_t same;
    works(ctx, ll_words_add(ctx, &copy, ll_words_at(&w, k), strlen(ll_words_at(&w, k)), &same, NULL));
  }
  works(ctx, ll_words_merge(ctx, &w, (ll_words_rows){.whole = found, .rows = n}));
  works(ctx, ll_words_merge(ctx, &copy, (ll_words_rows){.reals = reals, .stride = 2, .rows = n + 1}));
  for (size_t k = 0; k < w.count; k++) at += (size_t)sprintf(text + at, "%s%s", k ? "|" : "", ll_words_at(&w, k));
  for (size_t i = at = 0; i < n; i++) at += (size_t)sprintf(numbers + at, "%s%u", i ? " " : "", found[i]);
  for (size_t i = at = 0; i < n; i++) at += (size_t)sprintf(floats + at, "%s%g", i ? " " : "", (double)reals[2 * i]);
  is_text(text, words, "the words");
  is_text(numbers, rows, "the rows' numbers");
  ok(strcmp(floats, rows) == 0 && reals[2 * n] == -1 && reals[1] == 77, "the same in a column of a matrix; what is no word stays");
  ll_words_free(ctx, &w), ll_words_free(ctx, &copy);
}

static void merging(void) {
  merges((const char *const[]){"1", "1.0", "01", "+1", "1e0", "10e-1", "0.1E+1", "2", NULL}, "1|2", "0 0 0 0 0 0 0 1");
  merges((const char *const[]){"2.50", "-0", "0.0", "2.5", "+0", "-2.5", "25e-1", NULL}, "2.5|+0|-2.5", "0 1 1 0 1 2 0");
  merges((const char *const[]){"1.0", "+1", NULL}, "+1", "0 0");
  merges((const char *const[]){"+1", "1.0", NULL}, "+1", "0 0"); /* whatever came first */
  merges((const char *const[]){"9007199254740992", "9007199254740993", "9007199254740993.0", NULL},
         "9007199254740992|9007199254740993", "0 1 1");
  merges((const char *const[]){"16777216", "16777217", "016777217", NULL}, "16777216|16777217", "0 1 1");
  merges((const char *const[]){"18446744073709551616", "18446744073709551617", "1.8446744073709551617e19", NULL},
         "18446744073709551616|18446744073709551617", "0 1 1");
  merges((const char *const[]){"0.1", "0.10000000000000000555", "1e-1", NULL}, "0.1|0.10000000000000000555", "0 1 0");
  merges((const char *const[]){"1e400", "10e399", "1e401", "-1e400", NULL}, "1e400|1e401|-1e400", "0 0 1 2");
  merges((const char *const[]){"01", "1", "x", NULL}, "01|1|x", "0 1 2"); /* not all are numbers */
  merges((const char *const[]){"0x1", "1", "1.0", NULL}, "0x1|1|1.0", "0 1 2");
  merges((const char *const[]){"1", "1.0", "inf", NULL}, "1|1.0|inf", "0 1 2");
  merges((const char *const[]){"1", "1.0", "1e", NULL}, "1|1.0|1e", "0 1 2");
  merges((const char *const[]){"1", "1.0", ".", NULL}, "1|1.0|.", "0 1 2");
  merges((const char *const[]){"1", "1.0", "1e99999999999999999999", NULL}, "1|1.0|1e99999999999999999999", "0 1 2");
  merges((const char *const[]){" 1", "1", NULL}, "1", "0 0");
  merges((const char *const[]){".5", "0.5", "5.", "5", NULL}, ".5|5", "0 0 1 1");
}

static void order(void) {
  static const char *const list[] = {
      "10", "-9007199254740992", "9007199254740993", "1e400", "9007199254740992", "-9007199254740993", "9", "-1e400", "0", "0.5"};
  static const char want[] = "-1e400 -9007199254740993 -9007199254740992 0 0.5 9 10 9007199254740992 9007199254740993 1e400";
  enum { N = sizeof list / sizeof *list };
  ll_words w = {0};
  const char *names[N];
  uint32_t number, place[N];
  char text[400];
  size_t at = 0;
  bool placed = true;
  for (size_t k = 0; k < N; k++) works(ctx, ll_words_add(ctx, &w, list[k], strlen(list[k]), &number, NULL));
  works(ctx, ll_words_order(ctx, &w, true, names, place));
  for (size_t k = 0; k < N; k++) at += (size_t)sprintf(text + at, "%s%s", k ? " " : "", names[k]);
  for (size_t k = 0; k < N; k++) placed = placed && strcmp(names[place[k]], list[k]) == 0;
  is_text(text, want, "numbers in order of their exact values");
  ok(placed, "and the place of each");
  ll_words_free(ctx, &w);
}

/* What printf and strtod, in the C locale, make of a number by trying. */
static void by_trying(double x, char *text) {
  if (x == floor(x) && fabs(x) <= 0x1p53 && (x != 0 || !signbit(x))) {
    sprintf(text, "%lld", (long long)x);
    return;
  }
  for (int digits = 15; digits <= 17; digits++) {
    sprintf(text, "%.*g", digits, x);
    if (strtod(text, NULL) == x) break;
  }
  if (x == 0) strcpy(text, "-0.0");
}
static void single_by_trying(float f, char *text) {
  double value = (double)f;
  for (int digits = 6; digits <= 9; digits++) {
    sprintf(text, "%.*g", digits, (double)f);
    value = strtod(text, NULL);
    if ((float)value == f) break;
  }
  by_trying(value == 0 ? 0.0 : value, text);
}

static void shortest(void) {
  static const double edges[] = {0,
                                 -0.0,
                                 1e15,
                                 1e16,
                                 -1e17,
                                 1e22,
                                 9007199254740993.0,
                                 0.5,
                                 1e-5,
                                 1e-4,
                                 123456789012345678.0,
                                 9.999999999999999e22,
                                 0.1,
                                 5e-324,
                                 1.7976931348623157e308,
                                 2.2250738585072014e-308,
                                 0.3,
                                 0.1 + 0.2,
                                 999999.9999999999,
                                 99999999999999.95,
                                 1e23,
                                 16777216,
                                 3.4028234663852886e38};
  enum { EDGES = sizeof edges / sizeof *edges, DRAWN = 200000 };
  char want[64], got[LL_SHORTEST + 1], bad[160] = "";
  ll_random r = ll_random_stream(1, 0, "shortest");
  for (size_t i = 0; i < EDGES + DRAWN && !*bad; i++) {
    uint64_t bits = (uint64_t)ll_random_bits(&r) << 32 | ll_random_bits(&r);
    double x;
    memcpy(&x, &bits, sizeof x);
    if (i < EDGES) x = edges[i];
    else if (i % 4 == 0) x = ll_random_uniform(&r);
    else if (i % 4 == 1) x = (double)(int64_t)ll_random_below(&r, 2000001) / 1000 - 1000;
    else if (i % 4 == 2) x = (double)(float)ll_random_uniform(&r);
    if (!isfinite(x)) continue;
    by_trying(x, want);
    got[ll_shortest_double(x, got)] = 0;
    if (strcmp(want, got) != 0) snprintf(bad, sizeof bad, "%s, not %s", got, want);
    float f = (float)x;
    if (!isfinite(f)) continue;
    single_by_trying(f, want);
    got[ll_shortest_float(f, got)] = 0;
    if (strcmp(want, got) != 0) snprintf(bad, sizeof bad, "float: %s, not %s", got, want);
  }
  ok(!*bad, "numbers are written as by trying 15, 16, 17 digits, floats 6 to 9 %s", bad);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  merging();
  order();
  shortest();
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
