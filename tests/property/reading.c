/* What holds for every file: numbers parse to strtod's bits and are rounded once; mutated files are read or refused,
 * with the same result whether read at once or a few bytes at a time. The seed of what is drawn: LOSSLAB_SEED, or 1. */
#include <zlib.h>

#include "engine/data/read/number.h"
#include "engine/data/read/source.h"
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
  for (int i = 0; i < tap_cases(1000000); i++) {
    char text[128], *end;
    random_number(&r, text);
    double got = -7, want = strtod(text, &end);
    const unsigned char *stop = ll_number_decimal((const unsigned char *)text, &got);
    bool is = stop == (const unsigned char *)end && memcmp(&got, &want, sizeof got) == 0;
    double again = -7;
    is = is && ll_number_decimal_with((const unsigned char *)text, &again, true) == stop && memcmp(&again, &got, sizeof got) == 0;
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
    const unsigned char *stop = ll_number_decimal((const unsigned char *)hard[k], &got);
    ok(stop && *stop == 0 && memcmp(&got, &want, sizeof got) == 0, "%s is %a", hard[k], want);
  }
}

/* Tokens between commas as a row of a file has them: what the kernels take must be strtof's or strtod's bits, whatever they leave.
 */
static void runs(void) {
  static const ll_number_kernels *const tables[] = {LL_ISA_ALL(ll_number_kernels)};
  const char *const *isas = ll_isa_names;
  enum { TOKENS = 9 };
  for (int isa = 0; isa <= ll_isa(); isa++) {
    ll_random r = ll_random_stream(seed, 0, "runs");
    size_t wrong = 0, taken = 0, all = 0;
    for (int trial = 0; trial < tap_cases(100000); trial++) {
      char text[TOKENS * 128 + LL_SOURCE_PADDING] = "";
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
      memset(text + at, 0, LL_SOURCE_PADDING);
      const unsigned char *p = (const unsigned char *)text, *begin = p;
      for (size_t left = TOKENS; left;) {
        ll_real got[TOKENS];
        double exact[TOKENS];
        uint64_t digits = 0;
        size_t n = tables[isa]->run(&p, ',', '\n', left, got, exact, &digits);
        for (size_t k = 0; k < n; k++) {
          char *end;
          ll_real want =
              sizeof(ll_real) == 4 ? (ll_real)strtof((const char *)begin, &end) : (ll_real)strtod((const char *)begin, &end);
          bool is = memcmp(&want, &got[k], sizeof want) == 0 && *end == (k + 1 < left ? ',' : '\n') && isfinite(want);
          double value = strtod((const char *)begin, NULL);
          if (sizeof(ll_real) == 4) is = is && exact[k] == value && (fabs(value) < (double)digits + 1 || digits == UINT64_MAX);
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
  for (int i = 0; i < tap_cases(200000); i++) {
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
    const unsigned char *end = ll_number_decimal((const unsigned char *)text, &value);
    ll_real want = sizeof(ll_real) == 4 ? (ll_real)strtof(text, NULL) : (ll_real)strtod(text, NULL);
    ll_real got = ll_number_round((const unsigned char *)text, value);
    bool is = end && *end == 0 && memcmp(&got, &want, sizeof want) == 0;
    if (!is && wrong++ < 5) printf("#   %s: got %a, expected %a\n", text, (double)got, (double)want);
  }
  ok(wrong == 0, "middles of floats and what is just above them are rounded once, seed %llu", (unsigned long long)seed);
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

/* The file again, read by a few bytes at a time, hashed by a thread where they are odd: the same set, or the same words. */
static bool same_in_pieces(const char *path, const ll_read_options *options, size_t chunk, ll_status status, const ll_data *d) {
  size_t usual = ll_source_chunk;
  char message[4096];
  ll_data *again;
  snprintf(message, sizeof message, "%s", ll_message(ctx));
  uint64_t threaded = ll_source_threaded;
  ll_source_chunk = chunk, ll_source_threaded = chunk % 2 ? 0 : threaded;
  ll_status got = ll_data_read(ctx, path, options, &again);
  ll_source_chunk = usual, ll_source_threaded = threaded;
  bool same = got == status && same_data(d, again) && (status == LL_OK || strcmp(message, ll_message(ctx)) == 0);
  if (!same)
    printf("#   by %zu bytes: %s, %s\n#   at once: %s, %s\n", chunk, ll_status_name(got), ll_message(ctx), ll_status_name(status),
           message);
  ll_data_free(ctx, again);
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
    ll_status status = ll_data_read(ctx, path, &options, &d);
    ok(kind == 2 ? status != LL_OK : status == LL_OK && d->x.rows == rows, "a long file, %s",
       (const char *[]){"plain", "gzip of two members", "with a bad cell at its end"}[kind]);
    if (status != LL_OK) printf("#   %s\n", ll_message(ctx));
    bool same = true;
    for (size_t chunk = 1; chunk < 1000000; chunk = 3 * chunk + 14) same = same && same_in_pieces(path, &options, chunk, status, d);
    ok(same, "is the same in pieces of any size");
    ll_data_free(ctx, d);
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
  for (int trial = 0; trial < tap_cases(10000); trial++) {
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
    ll_status status = ll_data_read(ctx, path, options, &d);
    different += !same_in_pieces(path, options, 1 + (size_t)trial % 64, status, d);
    size_t odd_before = odd;
    if (status == LL_OK) {
      size_t row, col;
      read++;
      odd += d->x.rows < 2 || d->x.cols != d->info->n_columns || (ll_matrix_find_bad(&d->x, &row, &col) && !d->missing);
      ll_data_free(ctx, d);
    } else {
      refused++;
      odd += d != NULL || !strstr(ll_message(ctx), path) ||
             (status != LL_ERR_FORMAT && status != LL_ERR_NUMBER && status != LL_ERR_LABEL && status != LL_ERR_RANGE &&
              status != LL_ERR_NAME && status != LL_ERR_ARGUMENT && status != LL_ERR_SHAPE);
      for (const char *c = ll_message(ctx); *c; c++) odd += (unsigned char)*c < 0x20;
    }
    if (odd > odd_before) printf("#   trial %d: %s, %s\n", trial, ll_status_name(status), status == LL_OK ? "" : ll_message(ctx));
  }
  unlink(data_file(name, "", 0));
  ll_matrix_trim(ctx);
  ok(odd == 0 && read > tap_cases(500) && refused > tap_cases(500),
     "%d mutated %s: %zu read, %zu refused by name, %zu otherwise, seed %llu", tap_cases(10000), name, read, refused, odd,
     (unsigned long long)seed);
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

int main(void) {
  const char *asked = getenv("LOSSLAB_SEED");
  if (asked) seed = strtoull(asked, NULL, 10);
  printf("# seed %llu\n", (unsigned long long)seed);
  works(ctx, ll_ctx_open(&ctx));
  numbers();
  runs();
  rounded_once();
  long_files();
  mutated_files();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
