/* Reading CSV: what is accepted and what it means, and each kind of bad file with its message. Standardising, subsets,
 * batches and generators, on small examples. */
#include <fcntl.h>
#include <locale.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "losslab/data.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
#define TEXT(t) t, sizeof t - 1

static ll_data *read_text(const char *name, const char *text, size_t size) {
  ll_data *d;
  const char *path = data_file(name, text, size);
  ll_status status = ll_data_read(ctx, path, NULL, &d);
  unlink(path);
  if (status != LL_OK) ok(false, "%s is read", name), printf("#   %s\n", ll_message(ctx));
  return d;
}
#define read_csv(text) read_text("set.csv", text, sizeof text - 1)

static bool is_matrix(const ll_matrix *m, size_t rows, size_t cols, const double *want) {
  if (m->rows != rows || m->cols != cols) return false;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++)
      if (ll_matrix_row(m, i)[j] != (ll_real)want[i * cols + j]) return false;
  return true;
}

static void check_same(const char *what, ll_data *d) {
  static const double x[] = {1.5, -2, 0.25, 1e3}, y[] = {1, 0};
  if (!ok(d != NULL, "%s: read", what)) return;
  ok(is_matrix(&d->x, 2, 2, x) && is_matrix(&d->y, 2, 1, y), "%s: the same numbers", what);
  ok(d->info->n_columns == 2 && strcmp(d->info->columns[0], "a") == 0 && strcmp(d->info->columns[1], "b") == 0,
     "%s: the same columns", what);
  ll_data_free(ctx, d);
}

static void forms(void) {
  const char plain[] = "label,a,b\n1,1.5,-2\n0,0.25,1e3\n";
  check_same("plain", read_csv("label,a,b\n1,1.5,-2\n0,0.25,1e3\n"));
  check_same("no newline at the end", read_csv("label,a,b\n1,1.5,-2\n0,0.25,1e3"));
  check_same("CRLF", read_csv("label,a,b\r\n1,1.5,-2\r\n0,0.25,1e3\r\n"));
  check_same("CRLF, a lone CR at the end", read_csv("label,a,b\r\n1,1.5,-2\r\n0,0.25,1e3\r"));
  check_same("blank last lines", read_csv("label,a,b\n1,1.5,-2\n0,0.25,1e3\n\n\r\n\n"));
  check_same("BOM", read_csv("\xef\xbb\xbf"
                             "label,a,b\n1,1.5,-2\n0,0.25,1e3\n"));
  check_same("labels -1 and 1", read_csv("label,a,b\n+1,1.5,-2\n-1,0.25,1e3\n"));
  check_same("quotes and blanks", read_csv("\"label\", \"a\" ,b\n \"1\",  1.5 ,\"-2\"\n0,\t.25,1e+3\n"));
  check_same("label elsewhere", read_csv("a,label,b\n1.5,1,-2\n0.25,0,1e3\n"));
  check_same("group and domain are no features", read_csv("label,group,a,domain,b\n1,7,1.5,s,-2\n0,8,0.25,t,1e3\n"));

  check_same("tabs", read_text("set.tsv", TEXT("label\ta\tb\n1\t1.5\t -2\r\n0\t\"0.25\"\t1e3\n")));
  check_same("pin", read_text("set.pin", TEXT("SpecId\tLabel\tScanNr\tExpMass\ta\tb\tPeptide\tProteins\n"
                                              "DefaultDirection\t-\t-\t-\t1\t0\n"
                                              "s\"1\t1\t7\t500.1\t1.5\t-2\tK.A,B.C\tp1\tp2\tp3\ns2\t-1\t9\t\t0.25\t1e3\t\tp1\n")));

  char padded[400];
  snprintf(padded, sizeof padded, "label,a,b\n1,\" 1.5 \",\"-2\"\n0,\"0.25%0150d\", 1000.%0150d \n", 0, 0);
  check_same("blanks within quotes, long numbers", read_text("set.csv", padded, strlen(padded)));

  unsigned char packed[512];
  uLongf n = sizeof packed;
  z_stream z = {0};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (Bytef *)(uintptr_t)plain, z.avail_in = sizeof plain - 1, z.next_out = packed, z.avail_out = (uInt)n;
  deflate(&z, Z_FINISH);
  n = z.total_out;
  deflateEnd(&z);
  check_same("gzip", read_text("set.csv.gz", (char *)packed, n));
  ll_data *d;
  const char *path = data_file("set.csv.gz", (char *)packed, n - 12);
  ok(ll_data_read(ctx, path, NULL, &d) == LL_ERR_FORMAT && strstr(ll_message(ctx), "it ends too early"), "gzip, cut: %s",
     ll_message(ctx));
  unlink(path);
  packed[14] ^= 0x55;
  path = data_file("set.csv.gz", (char *)packed, n);
  ok(ll_data_read(ctx, path, NULL, &d) == LL_ERR_FORMAT && strstr(ll_message(ctx), "damaged gzip"), "gzip, damaged: %s",
     ll_message(ctx));
  unlink(path);
  n = ZSTD_compress(packed, sizeof packed, plain, sizeof plain - 1, 3);
  check_same("zstd", read_text("set.csv.zst", (char *)packed, n));
  char framed[512 + 12] = "\x5e\x2a\x4d\x18\x04\0\0\0skip";
  memcpy(framed + 12, packed, n);
  check_same("zstd after a frame to be skipped", read_text("set.csv.zst", framed, n + 12));
  path = data_file("set.csv.zst", (char *)packed, n - 5);
  ok(ll_data_read(ctx, path, NULL, &d) == LL_ERR_FORMAT && strstr(ll_message(ctx), "damaged zstd"), "zstd, cut: %s",
     ll_message(ctx));
  unlink(path);

  if (setlocale(LC_ALL, "de_DE.UTF-8")) check_same("a locale with a decimal comma", read_csv("label,a,b\n1,1.5,-2\n0,0.25,1e3\n"));
  setlocale(LC_ALL, "C");
}

static void meaning(void) {
  ll_data *d = read_csv("label,\"a, \"\"quoted\"\"\nname\",b\n0,1,2\n1,3,4\n0,5,6\n");
  is_text(d->info->columns[0], "a, \"quoted\"\nname", "a quoted name with comma, quotes and newline");
  is_text(d->info->name, "set", "the name is the file's");
  is_text(d->info->hash, "d71b12f20260076ca2cedd9942ff6829777b11270997579bee27aa3d58679f21", "the hash is the file's");
  size_t counts[4];
  ll_data_class_counts(d, counts);
  ok(counts[0] == 2 && counts[1] == 1 && d->info->n_classes == 2 && !d->info->multiclass, "class counts");
  ll_data_free(ctx, d);

  static const double numbered[] = {3, 1, 2, 1}, named[] = {2, 3, 1, 2};
  d = read_csv("class,a\n10,0\n-1,0\n9,0\n-1,1\n");
  ok(d->info->multiclass && is_matrix(&d->y, 4, 1, numbered), "numeric classes are numbered in numeric order");
  ok(d->info->n_classes == 3 && !strcmp(d->info->classes[0], "-1") && !strcmp(d->info->classes[2], "10"), "their names are kept");
  ll_data_free(ctx, d);
  d = read_csv("class,a\nred,0\n\"yellow\",0\nblue,0\nred,1\n");
  ok(is_matrix(&d->y, 4, 1, named) && !strcmp(d->info->classes[2], "yellow"),
     "classes that are words are numbered in alphabetic order");
  ll_data_free(ctx, d);
  d = read_csv("label,group,a\n1,scan 7,0\n0,scan 9,0\n0,scan 7,0\n");
  ok(d->groups[0] == 0 && d->groups[1] == 1 && d->groups[2] == 0 && d->info->n_groups == 2 && !d->domains, "groups");
  ll_data_free(ctx, d);
}

/* ---- bad files ------------------------------------------------------------------------------------------------------------ */

static const struct bad {
  const char *what, *text;
  size_t size;
  ll_status status;
  const char *message; /* what follows the path */
} bad[] = {
    {"empty", TEXT(""), LL_ERR_FORMAT, "the file is empty"},
    {"blank", TEXT("\n\n\r\n"), LL_ERR_FORMAT, "the file is empty"},
    {"header only", TEXT("label,a,b\n"), LL_ERR_FORMAT, "only a header, no rows"},
    {"header only, blank lines", TEXT("label,a,b\n\n\n"), LL_ERR_FORMAT, "only a header, no rows"},
    {"a blank line before the header", TEXT("\nlabel,a,b\n1,2,3\n"), LL_ERR_FORMAT, "; the line of the names is blank"},
    {"CR alone", TEXT("label,a\r1,2\r0,3\r"), LL_ERR_FORMAT, "lines end in LF or CRLF, not in CR alone"},
    {"short row", TEXT("label,a,b\n1,2,3\n0,5\n1,2,3\n"), LL_ERR_FORMAT, "row 2 (line 3): expected 3 cells, got 2"},
    {"long row", TEXT("label,a,b\n1,2,3\n0,5,6,7,8\n"), LL_ERR_FORMAT, "row 2 (line 3): expected 3 cells, got 5"},
    {"comma at the end", TEXT("label,a,b\n1,2,3,\n"), LL_ERR_FORMAT, "row 1 (line 2): expected 3 cells, got 4"},
    {"short last row", TEXT("label,a,b\n1,2,3\n0,"), LL_ERR_FORMAT, "row 2 (line 3): expected 3 cells, got 2"},
    {"label only", TEXT("label,a,b\n1\n"), LL_ERR_FORMAT, "row 1 (line 2): expected 3 cells, got 1"},
    {"blank line inside", TEXT("label,a,b\n1,2,3\n\n0,5,6\n"), LL_ERR_FORMAT,
     "row 2 (line 3): expected 3 cells, got 0 (a blank line)"},
    {"a word", TEXT("label,a,b\n1,2,3\n0,5,abc\n"), LL_ERR_FORMAT, "row 2 (line 3), column 3 (\"b\"): \"abc\" is not a number"},
    {"a number and more", TEXT("label,a,b\n1,2x,3\n"), LL_ERR_FORMAT, "row 1 (line 2), column 2 (\"a\"): \"2x\" is not a number"},
    {"two numbers", TEXT("label,a,b\n1,2 3,3\n"), LL_ERR_FORMAT, "column 2 (\"a\"): \"2 3\" is not a number"},
    {"hexadecimal", TEXT("label,a,b\n1,0x10,3\n"), LL_ERR_FORMAT, "column 2 (\"a\"): \"0x10\" is not a number"},
    {"no exponent", TEXT("label,a,b\n1,1e,3\n"), LL_ERR_FORMAT, "column 2 (\"a\"): \"1e\" is not a number"},
    {"a point", TEXT("label,a,b\n1,.,3\n"), LL_ERR_FORMAT, "column 2 (\"a\"): \".\" is not a number"},
    {"control characters", TEXT("label,\"a\tb\",c\n1,\x1b[31m\x07\xff,3\n"), LL_ERR_FORMAT,
     "column 2 (\"a\\x09b\"): \"\\x1b[31m\\x07\\xff\" is not a number"},
    {"a zero byte", TEXT("label,a\n1,2\0003\n"), LL_ERR_FORMAT, "column 2 (\"a\"): \"2\\x003\" is not a number"},
    {"a long cell", TEXT("label,a\n1,abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\n"), LL_ERR_FORMAT,
     "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmn…\" is not a number"},
    {"open quotes", TEXT("label,a\n1,\"2\n0,3\n"), LL_ERR_FORMAT,
     "row 1 (line 2), column 2 (\"a\"): \"\"2\\x0a0,3\\x0a\" is not a number"},
    {"open quotes in the header", TEXT("label,\"a\n1,2\n"), LL_ERR_FORMAT,
     "header, column 2: quotes that do not close, or text after them: "},
    {"NaN", TEXT("label,a,b\n1,nan,3\n"), LL_ERR_NUMBER, "row 1 (line 2), column 2 (\"a\"): \"nan\" is no finite number"},
    {"infinity", TEXT("label,a,b\n1,2,-Inf\n"), LL_ERR_NUMBER, "row 1 (line 2), column 3 (\"b\"): \"-Inf\" is infinite"},
    {"missing", TEXT("label,a,b\n1,,3\n"), LL_ERR_NUMBER,
     "row 1 (line 2), column 2 (\"a\"): the cell is empty: a number is missing"},
    {"missing at the end", TEXT("label,a,b\n1,2,\n"), LL_ERR_NUMBER, "column 3 (\"b\"): the cell is empty: a number is missing"},
    {"NA", TEXT("label,a,b\n1,NA,3\n"), LL_ERR_NUMBER, "column 2 (\"a\"): \"NA\": a number is missing"},
    {"question mark", TEXT("label,a,b\n1,?,3\n"), LL_ERR_NUMBER, "column 2 (\"a\"): \"?\": a number is missing"},
    {"overflow", TEXT("label,a,b\n1,2,1e999\n"), LL_ERR_NUMBER,
     "column 3 (\"b\"): \"1e999\" is beyond the range of " LL_PRECISION " numbers"},
#ifndef LL_DOUBLE
    {"overflow of float", TEXT("label,a,b\n1,-1e39,2\n"), LL_ERR_NUMBER,
     "column 2 (\"a\"): \"-1e39\" is beyond the range of float numbers"},
#endif
    {"bad label", TEXT("label,a\n1,2\n2,3\n"), LL_ERR_LABEL,
     "row 2 (line 3), column 1 (\"label\"): \"2\" is no label; labels are 0 and 1"},
    {"label a word", TEXT("label,a\nyes,2\n"), LL_ERR_LABEL, "row 1 (line 2), column 1 (\"label\"): \"yes\" is no label"},
    {"no label in a row", TEXT("label,a\n,2\n"), LL_ERR_LABEL, "row 1 (line 2), column 1 (\"label\"): the label is missing"},
    {"mixed labels", TEXT("label,a\n1,2\n0,3\n-1,3\n"), LL_ERR_LABEL,
     "row 3 (line 4), column 1 (\"label\"): label -1, but there were labels 0"},
    {"missing class", TEXT("class,a\nNA,2\n"), LL_ERR_LABEL, "row 1 (line 2), column 1 (\"class\"): a value is missing"},
    {"empty group", TEXT("label,group,a\n1,,2\n"), LL_ERR_FORMAT, "row 1 (line 2), column 2 (\"group\"): the cell is empty"},
    {"one label", TEXT("label,a\n1,2\n1,3\n"), LL_ERR_LABEL, "one class only: label \"1\" in all rows (2); two are needed"},
    {"one label, -1", TEXT("label,a\n-1,2\n-1,3\n"), LL_ERR_LABEL, "one class only: label \"0\""},
    {"one class", TEXT("class,a\nred,2\nred,3\nred,3\n"), LL_ERR_LABEL, "one class only: class \"red\" in all rows (3)"},
    {"one row", TEXT("label,a\n1,2\n"), LL_ERR_LABEL, "one class only"},
    {"no label column", TEXT("lable,a,b\n1,2,3\n"), LL_ERR_FORMAT,
     "there is no column \"class\" or \"label\"; did you mean \"lable\"?"},
    {"no header", TEXT("1,2,3\n0,5,6\n"), LL_ERR_FORMAT,
     "no column \"label\" or \"class\" among the 3 columns: \"1\", \"2\", \"3\"; the first line is taken for the names, but holds numbers"},
    {"semicolons", TEXT("label;a;b\n1;2;3\n"), LL_ERR_FORMAT, "\"label;a;b\"; cells are separated by commas"},
    {"no features", TEXT("label,group\n1,2\n"), LL_ERR_FORMAT, "no columns of features"},
    {"a name twice", TEXT("label,a,b,a\n1,2,3,4\n"), LL_ERR_FORMAT, "columns 2 and 4 have the same name, \"a\""},
    {"UTF-16", TEXT("\xff\xfel\0a\0"), LL_ERR_FORMAT, "UTF-16 text; UTF-8 is needed"},
};

static void bad_files(void) {
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    ll_data *d = (ll_data *)&ctx;
    const char *path = data_file("bad.csv", bad[k].text, bad[k].size);
    ll_status status = ll_data_read(ctx, path, NULL, &d);
    const char *message = status == LL_OK ? "(read)" : ll_message(ctx);
    bool named = strncmp(message, path, strlen(path)) == 0 && strstr(message, bad[k].message);
    if (!ok(status == bad[k].status && named && !d, "%s", bad[k].what))
      printf("#   got %s: %s\n#   expected %s: …%s…\n", ll_status_name(status), message, ll_status_name(bad[k].status),
             bad[k].message);
    if (status == LL_OK) ll_data_free(ctx, d);
    unlink(path);
  }
  static const char pin[] = "Specid\tLabel\tScanNr\ta\tPeptide\tProteins\nx\t1\t1\t2\tP\tQ\nx\t1\t1\t2\n";
  ll_data *d;
  const char *path = data_file("bad.pin", pin, sizeof pin - 1);
  ok(ll_data_read(ctx, path, NULL, &d) == LL_ERR_FORMAT &&
         strstr(ll_message(ctx), "row 2 (line 3): expected 5 cells or more, got 4"),
     "pin: %s", ll_message(ctx));
  unlink(path);
  path = data_file("bad.pin", "SpecId,Label,a\n", 15);
  ok(ll_data_read(ctx, path, NULL, &d) == LL_ERR_FORMAT && strstr(ll_message(ctx), "cells are separated by tabs"), "pin: %s",
     ll_message(ctx));
  unlink(path);
  ok(ll_data_read(ctx, "/nonexistent/set.csv", NULL, &d) == LL_ERR_IO &&
         strstr(ll_message(ctx), "/nonexistent/set.csv: cannot be opened: No such"),
     "a file that is not there: %s", ll_message(ctx));
  ok(ll_data_read(ctx, "engine", &(ll_read_options){.format = "csv"}, &d) == LL_ERR_IO &&
         strstr(ll_message(ctx), "engine: cannot be read: Is a directory"),
     "a folder: %s", ll_message(ctx));
  ok(ll_data_read(ctx, "set.xls", NULL, &d) == LL_ERR_NAME && strstr(ll_message(ctx), ".csv"), "an unknown suffix: %s",
     ll_message(ctx));
  ok(ll_data_read(ctx, "set.csv", &(ll_read_options){.format = "cvs"}, &d) == LL_ERR_NAME &&
         strstr(ll_message(ctx), "did you mean \"csv\"?"),
     "an unknown format: %s", ll_message(ctx));
}

/* ---- what is done with sets ----------------------------------------------------------------------------------------------------
 */

static ll_data *small_set(void) {
  static ll_real x[] = {1, 5, 7, 2, 5, 7, 3, 5, 8, 4, 5, 9}, y[] = {1, -1, 1, -1};
  static const uint32_t groups[] = {40, 40, 9, 9};
  static const char *const names[] = {"u", "v", "w"};
  ll_matrix mx = ll_matrix_wrap(x, 4, 3), my = ll_matrix_wrap(y, 4, 1);
  ll_data *d;
  works(ctx, ll_data_new(ctx, "small", &mx, &my, names, groups, &d));
  return d;
}

static void making(void) {
  static const double labels[] = {1, 0, 1, 0};
  ll_data *d = small_set(), *e;
  ok(is_matrix(&d->y, 4, 1, labels), "labels -1 and 1 become 0 and 1");
  ok(d->groups[1] == 0 && d->groups[2] == 1 && d->info->n_groups == 2, "groups are numbered");
  ok(strlen(d->info->hash) == 64, "a hash");
  static ll_real four[] = {1, 2, 3, 1}, wrong[] = {0, 1, 2, 1}, single[] = {1, 1, 1, 1}, broken[] = {1, 2, NAN, 4};
  ll_matrix m = ll_matrix_wrap(four, 4, 1);
  works(ctx, ll_data_new(ctx, "classes", &d->x, &m, NULL, NULL, &e));
  ok(e->info->multiclass && e->info->n_classes == 3 && e->y.data[2] == 3 && strcmp(e->info->columns[2], "x3") == 0,
     "classes 1 to 3");
  ll_data_free(ctx, e);
  m = ll_matrix_wrap(wrong, 4, 1);
  ok(ll_data_new(ctx, "m", &d->x, &m, NULL, NULL, &e) == LL_ERR_LABEL && strstr(ll_message(ctx), "row 1 is 0"), "%s",
     ll_message(ctx));
  m = ll_matrix_wrap(single, 4, 1);
  ok(ll_data_new(ctx, "m", &d->x, &m, NULL, NULL, &e) == LL_ERR_LABEL && strstr(ll_message(ctx), "one class only"), "%s",
     ll_message(ctx));
  m = ll_matrix_wrap(four, 3, 1);
  ok(ll_data_new(ctx, "m", &d->x, &m, NULL, NULL, &e) == LL_ERR_SHAPE && strstr(ll_message(ctx), "4x1, not 3x1"), "%s",
     ll_message(ctx));
  ll_matrix b = ll_matrix_wrap(broken, 4, 1);
  m = ll_matrix_wrap(four, 4, 1);
  ok(ll_data_new(ctx, "m", &b, &m, NULL, NULL, &e) == LL_ERR_NUMBER && strstr(ll_message(ctx), "row 3, column 1"), "%s",
     ll_message(ctx));

  const uint32_t rows[] = {3, 0}, again[] = {1}, none[] = {4};
  ll_data *part, *part2;
  works(ctx, ll_data_subset(ctx, d, rows, 2, NULL, &part));
  ok(part->x.data[0] == 4 && part->x.data[3] == 1 && part->y.data[1] == 1 && part->groups[0] == 1 && part->index[0] == 3,
     "a subset");
  size_t of_whole, of_part, of_one;
  works(ctx, ll_data_subset(ctx, part, again, 1, NULL, &part2));
  works(ctx, ll_data_group_count(ctx, d, &of_whole));
  works(ctx, ll_data_group_count(ctx, part, &of_part));
  works(ctx, ll_data_group_count(ctx, part2, &of_one));
  ok(of_whole == 2 && of_part == 2 && of_one == 1, "groups are counted in a part's own rows: %zu, %zu, %zu", of_whole, of_part,
     of_one);
  ok(part2->index[0] == 0 && part2->x.data[0] == 1, "a subset of a subset knows its rows of the whole");
  ok(ll_data_subset(ctx, d, none, 1, NULL, &e) == LL_ERR_RANGE && strstr(ll_message(ctx), "row 5 asked for"), "%s",
     ll_message(ctx));
  ok(ll_data_subset(ctx, d, none, 0, NULL, &e) == LL_ERR_SHAPE, "%s", ll_message(ctx));
  ll_data_free(ctx, d); /* the parts live on */
  is_text(part2->info->name, "small", "a part outlives the whole");
  ll_data_free(ctx, part2);
  ll_data_free(ctx, part);
}

static void standardising(void) {
  ll_data *d = small_set(), *e;
  const uint32_t rows[] = {0, 2}; /* of columns 1,3: mean 2, deviation 1; 5,5: constant; 7,8: mean 7.5, deviation 0.5 */
  ll_scaler s;
  works(ctx, ll_scaler_fit(ctx, &d->x, rows, 2, &s));
  ok(s.mean[0] == 2 && s.scale[0] == 1 && s.mean[1] == 5 && s.scale[1] == 0 && s.mean[2] == 7.5 && s.scale[2] == 2,
     "mean and deviation of the rows listed");
  works(ctx, ll_data_subset(ctx, d, NULL, 0, &s, &e));
  static const double want[] = {-1, 0, -1, 0, 0, -1, 1, 0, 1, 2, 0, 3};
  ok(is_matrix(&e->x, 4, 3, want), "applied to all rows; a constant column is 0");
  ll_data_free(ctx, e);
  ll_scaler_free(ctx, &s);
  static ll_real hard[] = {(ll_real)0.1, (ll_real)16777216, (ll_real)0.1, (ll_real)16777217.5, (ll_real)0.1, (ll_real)16777218};
  ll_matrix m = ll_matrix_wrap(hard, 3, 2);
  works(ctx, ll_scaler_fit(ctx, &m, NULL, 0, &s));
  ok(s.scale[0] == 0, "a column constant at 0.1 is constant");
  near(1 / s.scale[1], sqrt(((double)hard[3] == 16777218 ? 8.0 / 9 : 13.0 / 18)), 1e-12, 0,
       "a small deviation beside a large mean");
  ll_scaler_free(ctx, &s);
  double range = sizeof(ll_real) == 4 ? 1e38 : 1e300;
  ll_real wide[] = {(ll_real)-range, (ll_real)range, (ll_real)-range, (ll_real)range};
  m = ll_matrix_wrap(wide, 4, 1);
  works(ctx, ll_scaler_fit(ctx, &m, NULL, 0, &s));
  near(s.scale[0] * (double)wide[1], 1, 1e-12, 0, "a deviation whose square no number holds");
  ll_scaler_free(ctx, &s);
  s = (ll_scaler){3, (double[]){0, 0, 0}, (double[]){1, 1e308, 1}};
  d->x.data[4] = (ll_real)3e38;
  ok(ll_data_subset(ctx, d, NULL, 0, &s, &e) == LL_ERR_NUMBER && strstr(ll_message(ctx), "column 2 (\"v\")"), "%s",
     ll_message(ctx));
  d->x.data[4] = 5;
  ll_data_free(ctx, d);
}

static void batching(void) {
  ll_data *d;
  const ll_generator *g;
  double params[LL_MAX_PARAMS];
  works(ctx, ll_generator_find(ctx, "gaussians", &g));
  ll_params_default(&g->params, params);
  params[0] = 103, params[1] = 3;
  works(ctx, ll_generate(ctx, g, params, &d));
  ll_batches b, b2;
  works(ctx, ll_batches_open(ctx, d, 25, true, 7, 1, &b));
  works(ctx, ll_batches_open(ctx, d, 103, true, 7, 2, &b2));
  size_t rows = 0, count = 0;
  bool sides = true, found[103] = {false};
  ll_matrix x, y;
  for (;;) {
    works(ctx, ll_batches_next(ctx, &b, &x, &y));
    if (x.rows == 0) break;
    sides = sides && x.rows == y.rows && x.cols == 3 && y.cols == 1;
    for (size_t i = 0; i < x.rows; i++)
      for (size_t k = 0; k < 103; k++)
        if (memcmp(ll_matrix_row(&x, i), ll_matrix_row(&d->x, k), 3 * sizeof(ll_real)) == 0 &&
            *ll_matrix_row(&y, i) == d->y.data[k])
          found[k] = true;
    rows += x.rows, count++;
    ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  }
  size_t all = 0;
  for (size_t k = 0; k < 103; k++) all += found[k];
  ok(rows == 103 && count == 5 && all == 103, "each row once, with its label, the last batch shorter");
  ok(sides, "features and labels of the same rows");
  ok(memcmp(b.order, b2.order, 103 * sizeof *b.order) != 0, "another epoch, another order");
  ll_batches_close(ctx, &b), ll_batches_close(ctx, &b2);
  ll_matrix_trim(ctx);
  size_t used = ll_memory_used(ctx);
  works(ctx, ll_batches_open(ctx, d, 10, true, 7, 1, &b));
  works(ctx, ll_batches_next(ctx, &b, &x, &y));
  ll_matrix_release(ctx, &y);
  ll_batches_close(ctx, &b);
  ll_matrix_trim(ctx);
  used = ll_memory_used(ctx) - used;
  ok(used < 512, "who keeps a batch of 10 rows keeps those alone: %zu bytes, where all rows are %zu", used,
     103 * 3 * sizeof(ll_real));
  ll_matrix_release(ctx, &x);
  ok(ll_batches_open(ctx, d, 104, true, 1, 0, &b) == LL_ERR_RANGE &&
         strstr(ll_message(ctx), "104 rows is larger than the data: gaussians has 103"),
     "%s", ll_message(ctx));
  ok(ll_batches_open(ctx, d, 0, true, 1, 0, &b) == LL_ERR_RANGE, "%s", ll_message(ctx));
  works(ctx, ll_batches_open(ctx, d, 103, false, 1, 0, &b));
  works(ctx, ll_batches_next(ctx, &b, &x, &y));
  ok(x.data == d->x.data && y.data == d->y.data, "in order: nothing is copied");
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  ll_batches_close(ctx, &b);
  ll_data_free(ctx, d);
  ok(ll_generator_find(ctx, "gausians", &g) == LL_ERR_NAME && strstr(ll_message(ctx), "did you mean \"gaussians\"?"), "%s",
     ll_message(ctx));
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  forms();
  meaning();
  bad_files();
  making();
  standardising();
  batching();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
