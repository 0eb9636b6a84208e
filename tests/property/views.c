/* A part that is a view gives the bits of a part that is a copy: features, labels, batches, packed content, parts of parts, with
 * groups and missing cells, over drawn sets; and elements of a file that stay as they are give those of the same file made numbers
 * of losslab's, whatever their type and order. The seed of what is drawn: LOSSLAB_SEED, or 1. */
#include <unistd.h>

#include "engine/base/isa.h"
#include "engine/data/data.h"
#include "engine/data/view_kernels.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static uint64_t seed = 1;

static bool same_bits(const ll_matrix *a, const ll_matrix *b) {
  if (a->rows != b->rows || a->cols != b->cols) return false;
  for (size_t i = 0; i < a->rows; i++)
    if (a->cols && memcmp(ll_matrix_row(a, i), ll_matrix_row(b, i), a->cols * sizeof(ll_real)) != 0) return false;
  return true;
}

static bool same_numbers(const uint32_t *a, const uint32_t *b, size_t n) {
  return !a == !b && (!a || memcmp(a, b, n * sizeof *a) == 0);
}

static bool same_features(const ll_data *a, const ll_data *b) {
  ll_matrix x, y;
  works(ctx, ll_data_features(ctx, a, 0, a->x.rows, &x));
  works(ctx, ll_data_features(ctx, b, 0, b->x.rows, &y));
  bool same = same_bits(&x, &y);
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  return same;
}

static bool same_sets(const ll_data *a, const ll_data *b) {
  size_t n = a->x.rows;
  return same_features(a, b) && same_bits(&a->y, &b->y) && a->missing == b->missing && same_numbers(a->groups, b->groups, n) &&
         same_numbers(a->index, b->index, n) && strcmp(a->info->hash, b->info->hash) == 0;
}

static bool same_batches(const ll_data *a, const ll_data *b, size_t size, bool shuffle, bool by_share, uint64_t epoch) {
  ll_batches one, other;
  const double shares[] = {0.25, 0.75};
  bool same = true;
  if (by_share) {
    works(ctx, ll_batches_open_shares(ctx, a, size, shares, seed, epoch, &one));
    works(ctx, ll_batches_open_shares(ctx, b, size, shares, seed, epoch, &other));
  } else {
    works(ctx, ll_batches_open(ctx, a, size, shuffle, seed, epoch, &one));
    works(ctx, ll_batches_open(ctx, b, size, shuffle, seed, epoch, &other));
  }
  for (size_t rows = 1; rows && same;) {
    ll_matrix x[2], y[2];
    works(ctx, ll_batches_next(ctx, &one, &x[0], &y[0]));
    works(ctx, ll_batches_next(ctx, &other, &x[1], &y[1]));
    rows = x[0].rows;
    same = same_bits(&x[0], &x[1]) && same_bits(&y[0], &y[1]);
    for (int k = 0; k < 2; k++) ll_matrix_release(ctx, &x[k]), ll_matrix_release(ctx, &y[k]);
  }
  ll_batches_close(ctx, &one), ll_batches_close(ctx, &other);
  return same;
}

static bool same_content(const ll_data *a, const ll_data *b) {
  void *bytes[2] = {0};
  size_t n[2] = {0};
  works(ctx, ll_data_pack(ctx, a, &bytes[0], &n[0]));
  works(ctx, ll_data_pack(ctx, b, &bytes[1], &n[1]));
  bool same = n[0] == n[1] && memcmp(bytes[0], bytes[1], n[0]) == 0;
  ll_free(ctx, bytes[0]), ll_free(ctx, bytes[1]);
  return same;
}

static ll_data *random_set(ll_random *r, bool with_groups, bool missing) {
  size_t n = 100 + (size_t)ll_random_below(r, 1500), cols = 1 + (size_t)ll_random_below(r, 40);
  ll_matrix x, y;
  ll_data *d = NULL;
  uint32_t *groups = malloc(n * sizeof *groups);
  if (!groups) exit(1);
  works(ctx, ll_matrix_new(ctx, n, cols, &x));
  works(ctx, ll_matrix_new(ctx, n, 1, &y));
  ll_matrix_normal(&x, r, 3, 100);
  for (size_t i = 0; i < n; i++) {
    y.data[i] = (ll_real)(i % 3 == 0), groups[i] = (uint32_t)(i / 3);
    x.data[i * cols] = 7; /* a constant column */
    if (missing && cols > 1 && ll_random_below(r, 4) == 0) x.data[i * cols + 1 + ll_random_below(r, cols - 1)] = (ll_real)NAN;
  }
  const ll_data_making making = {.name = "random", .x = &x, .y = &y, .groups = with_groups ? groups : NULL, .missing = missing};
  works(ctx, ll_data_make(ctx, &making, &d));
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  free(groups);
  return d;
}

/* ---- parts ---------------------------------------------------------------------------------------------------------------- */

static void parts(void) {
  ll_random r = ll_random_stream(seed, 0, "views");
  size_t differ = 0, no_view = 0, compared = 0, copied = 0;
  for (int k = 0; k < 60; k++) {
    ll_data *d = random_set(&r, k % 2, k % 3 == 0), *copies[3], *views[3];
    ll_cut cut = {.folds = k % 4 ? 3 : 0, .fold = 1, .test = 0.3, .validation = k % 5 ? 0.25 : 0, .standardise = k % 7 != 0};
    cut.split = (ll_split_options){.stratify = true, .grouped = true, .seed = (uint64_t)k};
    works(ctx, ll_data_cut(ctx, d, &cut, &copies[0], &copies[1], &copies[2]));
    cut.views = 1;
    works(ctx, ll_data_cut(ctx, d, &cut, &views[0], &views[1], &views[2]));
    if (k % 6 == 5) ll_data_free(ctx, d), d = NULL; /* views keep what they need */
    for (int p = 0; p < 3 && copies[p]; p++) {
      no_view += !views[p] || !views[p]->view || views[p]->x.data;
      differ += !same_sets(copies[p], views[p]) || !same_content(copies[p], views[p]);
      for (uint64_t epoch = 0; epoch < 2; epoch++) {
        differ += !same_batches(copies[p], views[p], 1 + (size_t)k % 7, true, false, epoch);
        differ += !same_batches(copies[p], views[p], 10, false, false, epoch);
        differ += !same_batches(copies[p], views[p], 10, true, true, epoch);
      }
      /* A part of a part, once more standardised. */
      const uint32_t rows[] = {5, 2, 9, 2};
      ll_scaler one, other;
      ll_data *a, *b;
      works(ctx, ll_scaler_fit_data(ctx, copies[p], rows, 4, &one));
      works(ctx, ll_scaler_fit_data(ctx, views[p], rows, 4, &other));
      differ += memcmp(one.mean, other.mean, 2 * one.cols * sizeof *one.mean) != 0;
      works(ctx, ll_data_subset(ctx, copies[p], rows, 4, &one, &a));
      works(ctx, ll_data_view(ctx, views[p], rows, 4, &other, &b));
      differ += !same_sets(a, b);
      ll_data_free(ctx, a);
      works(ctx, ll_data_subset(ctx, views[p], rows, 4, &other, &a));
      copied += a->view == NULL;
      differ += !same_sets(a, b);
      compared++;
      ll_data_free(ctx, a), ll_data_free(ctx, b);
      ll_scaler_free(ctx, &one), ll_scaler_free(ctx, &other);
    }
    for (int p = 0; p < 3; p++) ll_data_free(ctx, copies[p]), ll_data_free(ctx, views[p]);
    ll_data_free(ctx, d);
  }
  ok(differ == 0, "%zu parts as views and as copies: %zu differ", compared, differ);
  ok(no_view == 0 && copied == compared, "views hold no features, copies of them do");
}

static void errors(void) {
  ll_real x[] = {1, 1, 1, 1}, y[] = {0, 1, 0, 1};
  x[3] = (ll_real)(sizeof(ll_real) == sizeof(float) ? 3e38 : 1e308);
  ll_matrix mx = ll_matrix_wrap(x, 4, 1), my = ll_matrix_wrap(y, 4, 1), m;
  ll_data *d = NULL, *out;
  ll_scaler tiny = {1, (double[]){0}, (double[]){1e5}};
  works(ctx, ll_data_new(ctx, "far", &mx, &my, NULL, NULL, &d));
  ll_status status = ll_data_subset(ctx, d, NULL, 0, &tiny, &out);
  char copy[256];
  snprintf(copy, sizeof copy, "%s", ll_message(ctx));
  ok(status == LL_ERR_NUMBER && strstr(copy, "row 4, column 1"), "scaling out of the range: %s", copy);
  status = ll_data_view(ctx, d, NULL, 0, &tiny, &out);
  ok(status == LL_ERR_NUMBER && !out, "of a view, too");
  is_text(ll_message(ctx), copy, "in the same words");
  status = ll_data_view(ctx, d, (uint32_t[]){0, 4}, 2, NULL, &out);
  ok(status == LL_ERR_RANGE && strstr(ll_message(ctx), "row 5 asked for"), "no such row: %s", ll_message(ctx));
  status = ll_data_view(ctx, d, (uint32_t[]){0}, 0, NULL, &out);
  ok(status == LL_ERR_SHAPE, "no rows: %s", ll_message(ctx));
  works(ctx, ll_data_view(ctx, d, (uint32_t[]){1, 2}, 2, NULL, &out));
  status = ll_data_features(ctx, out, 1, 2, &m);
  ok(status == LL_ERR_SHAPE && strstr(ll_message(ctx), "rows 2..3"), "rows beyond the end: %s", ll_message(ctx));
  ok(ll_data_bytes(out) == 2 * sizeof(uint32_t) + 2 * sizeof(ll_real), "it takes four bytes a row, and the labels");
  ll_data_free(ctx, out), ll_data_free(ctx, d);
}

/* ---- types of elements ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *descr, *held; /* held: in float; in double, NULL: as there */
  size_t size;
  bool whole;
} types[] = {{"<f2", "float16", 2, false}, {">f2", "float16", 2, false}, {"|u1", "uint8", 1, true},     {"|i1", "int8", 1, true},
             {"|b1", "uint8", 1, true},    {"<u2", "uint16", 2, true},   {">i2", "int16", 2, true},     {"<i2", "int16", 2, true},
             {"<f4", "float", 4, false},   {"<f8", "double", 8, false},  {"<i4", LL_PRECISION, 4, true}};

static size_t npy(const char *descr, bool by_columns, size_t rows, size_t cols, size_t size, const void *elements, char *to) {
  char head[160];
  int n = snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': %s, 'shape': (%zu, %zu), }", descr,
                   by_columns ? "True" : "False", rows, cols);
  memcpy(to, "\x93NUMPY\1\0\x76\0", 10);
  memset(to + 10, ' ', 118);
  memcpy(to + 10, head, (size_t)n);
  to[127] = '\n';
  memcpy(to + 128, elements, rows * cols * size);
  return 128 + rows * cols * size;
}

static void element_types(void) {
  enum { ROWS = 500, COLS = 19 };
  static char bytes[128 + ROWS * COLS * 8], elements[ROWS * COLS * 8];
  char labels[512];
  int8_t y[ROWS];
  ll_random r = ll_random_stream(seed, 0, "types");
  for (size_t i = 0; i < ROWS; i++) y[i] = (int8_t)(i % 2);
  snprintf(labels, sizeof labels, "%s", data_file("v_labels.npy", bytes, npy("|i1", false, ROWS, 1, 1, y, bytes)));
  for (size_t t = 0; t < 2 * sizeof types / sizeof *types; t++) {
    size_t k = t / 2, size = types[k].size;
    bool by_columns = t % 2;
    for (size_t i = 0; i < ROWS * COLS; i++) {
      float f = (float)ll_random_normal(&r);
      double d = ll_random_normal(&r);
      uint32_t drawn = (uint32_t)ll_random_below(&r, 1u << 24);
      if (types[k].size == 2 && !types[k].whole) { /* any but infinite and NaN, subnormal ones among them */
        drawn &= i % 5 ? 0xffffu : 0x83ffu;
        if ((drawn & 0x7c00) == 0x7c00) drawn &= 0xbfff;
        if (types[k].descr[0] == '>') drawn = (drawn & 0xff) << 8 | drawn >> 8;
      }
      if (types[k].descr[1] == 'b') drawn &= 1;
      memcpy(elements + i * size, size == 8 ? (void *)&d : size == 4 && !types[k].whole ? (void *)&f : (void *)&drawn, size);
    }
    const char *path = data_file("v.npy", bytes, npy(types[k].descr, by_columns, ROWS, COLS, size, elements, bytes));
    ll_read_options kept = {.type = LL_READ_TYPE_FILE}, made = {.type = LL_PRECISION},
                    by_size = {.keep = ROWS * COLS * sizeof(ll_real)};
    ll_data *a = NULL, *b = NULL, *c = NULL, *parts_a[3], *parts_b[3];
    works(ctx, ll_data_read(ctx, path, &kept, &a));
    works(ctx, ll_data_read(ctx, path, &made, &b));
    works(ctx, ll_data_read(ctx, path, &by_size, &c));
    if (!a || !b || !c) return;
    const char *held = size < sizeof(ll_real) ? types[k].held : LL_PRECISION;
    ok(strcmp(ll_data_type(a), held) == 0 && strcmp(ll_data_type(b), LL_PRECISION) == 0 && strcmp(ll_data_type(c), held) == 0,
       "%s%s is held as %s", types[k].descr, by_columns ? ", by columns," : "", ll_data_type(a));
    ok(same_sets(a, b) && same_sets(a, c) && same_content(a, b), "to the same bits, content and hash");
    if (size < sizeof(ll_real) && a->view)
      ok(ll_data_bytes(a) == ROWS * (COLS * size + sizeof(ll_real)), "in %zu bytes", ll_data_bytes(a));
    ll_data_differences differences;
    bool only_a[COLS], only_b[COLS], differs[COLS];
    works(ctx, ll_data_compare(ctx, a, b, &differences, only_a, only_b, differs));
    ok(differences.changed + differences.added + differences.removed == 0 && differences.first == ROWS, "no row differs");
    ll_cut cut = {.folds = 3, .fold = 2, .validation = 0.2, .standardise = true, .split = {.stratify = true, .seed = 5}};
    works(ctx, ll_data_cut(ctx, b, &cut, &parts_b[0], &parts_b[1], &parts_b[2]));
    for (size_t views = 0; views < 2; views++) {
      cut.views = views;
      works(ctx, ll_data_cut(ctx, a, &cut, &parts_a[0], &parts_a[1], &parts_a[2]));
      bool same = true;
      for (int p = 0; p < 3; p++) {
        same = same && same_sets(parts_a[p], parts_b[p]) && same_batches(parts_a[p], parts_b[p], 32, true, false, 1);
        ll_data_free(ctx, parts_a[p]);
      }
      ok(same, "%s: standardised parts that are %s have the same bits", types[k].descr, views ? "views" : "copies");
    }
    for (int p = 0; p < 3; p++) ll_data_free(ctx, parts_b[p]);
    ll_data_free(ctx, a), ll_data_free(ctx, b), ll_data_free(ctx, c);
    unlink(path);
  }
  unlink(labels);
}

/* Every number of 16 bits by every set of kernels, beside the plain definition. */
static void halves(void) {
  static ll_real out[65536];
  static uint16_t all[65536];
  const ll_view_kernels *kernels[] = {&ll_view_kernels_base, &ll_view_kernels_v3, &ll_view_kernels_v4};
  for (size_t i = 0; i < 65536; i++) all[i] = (uint16_t)i;
  for (int k = 0; k <= ll_isa(); k++) {
    size_t wrong = 0;
    kernels[k]->gather[LL_VIEW_HALF]((const unsigned char *)all, 2 * 16, NULL, 4096, 16, out);
    for (size_t i = 0; i < 65536; i++) {
      int exponent = (int)(i >> 10 & 31), fraction = (int)(i & 1023);
      double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                    : exponent     ? ldexp(fraction + 1024, exponent - 25)
                                   : ldexp(fraction, -24);
      ll_real want = (ll_real)(i >> 15 ? -size : size);
      wrong += isnan(want) ? (size_t)!isnan(out[i]) : (size_t)(memcmp(&want, &out[i], sizeof want) != 0);
    }
    ok(wrong == 0, "kernels %d: all numbers of 16 bits but %zu are exact", k, wrong);
  }
}

static void refused(void) {
  static const uint16_t bad[] = {0x3c00, 0x7c00, 0x4000, 0xbc00};
  char bytes[160], labels[512];
  ll_data *d;
  snprintf(labels, sizeof labels, "%s",
           data_file("w_labels.npy", bytes, npy("|i1", false, 2, 1, 1, (const int8_t[]){0, 1}, bytes)));
  const char *path = data_file("w.npy", bytes, npy("<f2", false, 2, 2, 2, bad, bytes));
  ll_read_options kept = {.type = LL_READ_TYPE_FILE}, other = {.type = "half"};
  ll_status status = ll_data_read(ctx, path, &kept, &d);
  ok(status == LL_ERR_NUMBER && strstr(ll_message(ctx), "row 1, column 2 is no finite"), "infinite: %s", ll_message(ctx));
  status = ll_data_read(ctx, path, &other, &d);
  ok(status == LL_ERR_ARGUMENT && strstr(ll_message(ctx), "type must be \"file\" or"), "no such type: %s", ll_message(ctx));
  unlink(path), unlink(labels);
  path = data_file("w.csv", "label,x\n1,2\n0,3\n", 16);
  status = ll_data_read(ctx, path, &kept, &d);
  ok(status == LL_ERR_ARGUMENT && strstr(ll_message(ctx), "\"csv\" has no option \"type\""), "text has none: %s", ll_message(ctx));
  unlink(path);
}

int main(void) {
  const char *asked = getenv("LOSSLAB_SEED");
  if (asked) seed = strtoull(asked, NULL, 10);
  printf("# seed %llu\n", (unsigned long long)seed);
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  parts();
  errors();
  element_types();
  halves();
  refused();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left: %zu bytes", ll_memory_used(ctx));
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
