/* Readers beyond plain CSV, each on small files: comments, missing cells, categories; LIBSVM, IDX and NumPy; and each one's
 * messages about bad files. */
#include "losslab/data.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static const ll_read_options none;

static ll_status read_text(const char *name, const char *text, size_t size, const ll_read_options *options, ll_data **out) {
  const char *path = data_file(name, text, size);
  ll_status status = ll_data_read(ctx, path, options, out);
  unlink(path);
  return status;
}

static ll_data *reads(const char *name, const char *text, const ll_read_options *options) {
  ll_data *d = NULL;
  works(ctx, read_text(name, text, strlen(text), options, &d));
  if (!d) exit(done());
  return d;
}

static void refuses(const char *name, const char *text, const ll_read_options *options, ll_status want, const char *says) {
  ll_data *d;
  ll_status got = read_text(name, text, strlen(text), options, &d);
  if (!ok(got == want && !d && strstr(ll_message(ctx), says), "%s is refused: %s", name, says))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
  ll_data_free(ctx, d);
}

static bool holds(const ll_data *d, size_t rows, size_t cols, const double *x, const double *y) {
  bool same = d->x.rows == rows && d->x.cols == cols;
  for (size_t i = 0; same && i < rows * cols; i++) {
    double got = (double)ll_matrix_row(&d->x, i / cols)[i % cols];
    same = got == x[i] || (isnan(got) && isnan(x[i]));
  }
  for (size_t i = 0; same && i < rows; i++) same = (double)d->y.data[i] == y[i];
  return same;
}

static void comments(void) {
  ll_read_options o = {.comment = '#'};
  ll_data *d = reads("c.csv", "# made by hand\n# twice\nlabel,a,b\n#1,9,9\n1,2,3\n# between\n0,4,5\n# end", &o);
  ok(holds(d, 2, 2, (double[]){2, 3, 4, 5}, (double[]){1, 0}), "lines of comments are skipped: before, between, at the end");
  ll_data_free(ctx, d);
  refuses("c.csv", "#label,a\n1,2\n", &none, LL_ERR_FORMAT, "there is no column \"class\" or \"label\"; did you mean \"#label\"?");
  refuses("c.csv", "label,a\n1,2\n# x\n0,z\n", &o, LL_ERR_FORMAT, "row 2 (line 4), column 2 (\"a\"): \"z\" is not a number");
  refuses("c.csv", "# nothing\n", &o, LL_ERR_FORMAT, "only comments");
  o.comment = '"';
  refuses("c.csv", "label,a\n1,2\n", &o, LL_ERR_ARGUMENT, "cannot begin with");
}

static const char holes[] = "label,a,b\n1,2,NA\n0,,4\n1,nan,5\n0,7,?\n1,1,1\n0,3,3\n";

static void missing(void) {
  ll_read_options o = {.missing = LL_MISSING_CONSTANT, .constant = -1};
  ll_data *d = reads("m.csv", holes, &o);
  ok(holds(d, 6, 2, (double[]){2, -1, -1, 4, -1, 5, 7, -1, 1, 1, 3, 3}, (double[]){1, 0, 1, 0, 1, 0}) && !d->missing, "a constant");
  ll_data_free(ctx, d);
  o.missing = LL_MISSING_DROP;
  d = reads("m.csv", holes, &o);
  ok(holds(d, 2, 2, (double[]){1, 1, 3, 3}, (double[]){1, 0}) && !d->missing, "rows are dropped");
  ll_data_free(ctx, d);
  refuses("m.csv", "label,a\n1,\n0,\n", &o, LL_ERR_FORMAT, "every row has a missing cell");
  refuses("m.csv", "label,a\n1,2\n,3\n", &o, LL_ERR_LABEL, "the label is missing");
  refuses("m.csv", holes, &none, LL_ERR_NUMBER, "row 1 (line 2), column 3 (\"b\"): \"NA\": a number is missing");
  refuses("m.csv", holes, &none, LL_ERR_NUMBER, "a number is missing; missing = \"mean\", \"drop\" or a number");
  refuses("m.csv", "label,a\n1,f\n0,m\n", &none, LL_ERR_FORMAT, "\"f\" is not a number; categorical = {");
  refuses("m.csv", "label,a\n1,-\n0,2\n", &o, LL_ERR_FORMAT, "\"-\" is not a number");
  refuses("m.csv", "label,a\n1,+NA\n0,2\n", &o, LL_ERR_FORMAT, "\"+NA\" is not a number");

  o.missing = LL_MISSING_MEAN;
  d = reads("m.csv", holes, &o);
  double x[] = {2, NAN, NAN, 4, NAN, 5, 7, NAN, 1, 1, 3, 3}, means[2];
  ok(holds(d, 6, 2, x, (double[]){1, 0, 1, 0, 1, 0}) && d->missing, "for means: NaN, and the set says so");
  works(ctx, ll_data_means(ctx, d, NULL, 0, means));
  ok(means[0] == 13.0 / 4 && means[1] == 13.0 / 4, "means of the cells that are there");
  const uint32_t some[] = {0, 4}, gap[] = {1, 2};
  works(ctx, ll_data_means(ctx, d, some, 2, means));
  ok(means[0] == 1.5 && means[1] == 1, "over some rows");
  ok(ll_data_means(ctx, d, gap, 2, means) == LL_ERR_NUMBER && strstr(ll_message(ctx), "column 1 (\"a\") is missing in all 2 rows"),
     "no cell, no mean");
  ll_batches b;
  ok(ll_batches_open(ctx, d, 2, true, 1, 1, &b) == LL_ERR_NUMBER && strstr(ll_message(ctx), "row 1, column 2 (\"b\") is missing"),
     "batches refuse missing cells");
  ll_data *train, *test, *validation;
  for (uint64_t seed = 1; seed < 9; seed++) {
    ll_cut cut = {.test = 0.34, .split = {.stratify = true, .seed = seed}};
    if (ll_data_cut(ctx, d, &cut, &train, &test, &validation) != LL_OK) {
      ok(strstr(ll_message(ctx), "is missing in all") != NULL, "a part without a cell: %s", ll_message(ctx));
      continue;
    }
    double sums[2] = {0}, counts[2] = {0};
    for (size_t i = 0; i < train->x.rows; i++)
      for (size_t j = 0; j < 2; j++) {
        double cell = x[2 * train->index[i] + j];
        if (!isnan(cell)) sums[j] += cell, counts[j]++;
      }
    bool filled = !train->missing && !test->missing;
    const ll_data *parts[] = {train, test};
    for (int p = 0; p < 2; p++)
      for (size_t i = 0; i < parts[p]->x.rows; i++)
        for (size_t j = 0; j < 2; j++) {
          double cell = x[2 * parts[p]->index[i] + j], got = (double)ll_matrix_row(&parts[p]->x, i)[j];
          filled = filled && fabs(got - (isnan(cell) ? sums[j] / counts[j] : cell)) <= 4 * LL_EPS * fabs(got);
        }
    ok(filled, "both parts are filled by the training part's means, seed %d", (int)seed);
    ll_data_free(ctx, train), ll_data_free(ctx, test);
  }
  ll_data_free(ctx, d);
  ll_read_options svm = {.missing = LL_MISSING_DROP};
  refuses("m.svm", "1 1:2\n", &svm, LL_ERR_ARGUMENT, "format \"svm\" has no option \"missing\"");
}

static void categories(void) {
  const char *const names[] = {"colour", "size"}, *const wrong[] = {"color"}, *const label[] = {"label"};
  ll_read_options o = {.categorical = names, .n_categorical = 2};
  ll_data *d = reads("k.csv", "label,a,colour,size,b\n1,1,red,\"L, big\",5\n0,2,blue,S,6\n1,3,red,S,7\n", &o);
  double x[] = {1, 0, 1, 1, 0, 5, 2, 1, 0, 0, 1, 6, 3, 0, 1, 0, 1, 7};
  ok(holds(d, 3, 6, x, (double[]){1, 0, 1}), "levels become columns, in the order of their names");
  static const char *const want[] = {"a", "colour=blue", "colour=red", "size=L, big", "size=S", "b"};
  bool same = d->info->n_columns == 6;
  for (size_t j = 0; same && j < 6; j++) same = strcmp(d->info->columns[j], want[j]) == 0;
  ok(same, "and their names record it");
  ll_data_free(ctx, d);
  o.n_categorical = 1, o.missing = LL_MISSING_CONSTANT;
  d = reads("k.csv", "label,colour\n1,red\n0,\n1,blue\n", &o);
  ok(holds(d, 3, 2, (double[]){0, 1, 0, 0, 1, 0}, (double[]){1, 0, 1}), "a missing category is of no level");
  ll_data_free(ctx, d);
  o.missing = LL_MISSING_MEAN;
  d = reads("k.csv", "label,colour\n1,red\n0,\n1,blue\n0,red\n", &o);
  double means[2];
  works(ctx, ll_data_means(ctx, d, NULL, 0, means));
  ok(d->missing && means[0] == 1.0 / 3 && means[1] == 2.0 / 3, "or its levels' shares, where means fill");
  ll_data_free(ctx, d);
  d = reads("k.csv", "label,colour\n1,+\n0,-\n1,NONE\n", &o);
  ok(holds(d, 3, 2, (double[]){1, 0, 0, 1, NAN, NAN}, (double[]){1, 0, 1}), "+ and - are categories, none is missing");
  ll_data_free(ctx, d);
  refuses("k.csv", "label,colour\n1,NA\n0,?\n", &o, LL_ERR_FORMAT, "column 2 (\"colour\"): a category of 0 levels");
  o.missing = LL_MISSING_ERROR;
  refuses("k.csv", "label,colour\n1,red\n0,None\n", &o, LL_ERR_FORMAT, "column 2 (\"colour\"): a value is missing");
  d = reads("k.csv", "class,colour\nnone,red\nsome,blue\n", &o);
  ok(strcmp(d->info->classes[0], "none") == 0, "a class may be called none");
  ll_data_free(ctx, d);
  refuses("k.csv", "label,colour\n1,red\n0,\n", &o, LL_ERR_FORMAT, "row 2 (line 3), column 2 (\"colour\"): the cell is empty");
  refuses("k.csv", "label,colour,colour=red\n1,red,1\n0,blue,2\n", &o, LL_ERR_FORMAT, "makes the name of another column");
  o.categorical = wrong;
  refuses("k.csv", "label,colour\n1,red\n0,blue\n", &o, LL_ERR_NAME, "did you mean \"colour\"?");
  o.categorical = label;
  refuses("k.csv", "label,colour\n1,2\n0,3\n", &o, LL_ERR_ARGUMENT, "\"label\") is no feature");
}

static void svm(void) {
  ll_data *d = reads("s.svm", "# head\n+1 1:0.5 3:-2 # tail\n\n-1 2:1e1\r\n-1\n", &none);
  ok(holds(d, 3, 3, (double[]){0.5, 0, -2, 0, 10, 0, 0, 0, 0}, (double[]){1, 0, 0}) && !d->info->multiclass, "svm: -1 and 1");
  ok(!d->groups && strcmp(d->info->columns[2], "x3") == 0, "columns are numbered, there are no groups");
  ll_data_free(ctx, d);
  d = reads("s.libsvm", "10 qid:7 1:1\n2 qid:7 1:2\n2 qid:9 2:3\n-3.5 qid:9 1:1", &none);
  ok(holds(d, 4, 2, (double[]){1, 0, 2, 0, 0, 3, 1, 0}, (double[]){3, 2, 2, 1}), "svm: other labels are classes in numeric order");
  ok(d->info->multiclass && strcmp(d->info->classes[0], "-3.5") == 0 && strcmp(d->info->classes[2], "10") == 0, "with their names");
  ok(d->info->n_groups == 2 && d->groups[0] == d->groups[1] && d->groups[1] != d->groups[2], "qid is the group");
  ll_data_free(ctx, d);
  d = reads("s.svm", "0 1:1\n1 1:2\n", &(ll_read_options){.features = 4});
  ok(holds(d, 2, 4, (double[]){1, 0, 0, 0, 2, 0, 0, 0}, (double[]){0, 1}), "more features than the file has");
  ll_data_free(ctx, d);
  refuses("s.svm", "1 1:1\n0 0:1\n", &none, LL_ERR_FORMAT, "row 2 (line 2): \"0:1\" has index 0; they count from 1");
  refuses("s.svm", "1 2:1 2:3\n0 1:1\n", &none, LL_ERR_FORMAT, "\"2:3\" has an index that is not above");
  refuses("s.svm", "1 1:x\n0 1:1\n", &none, LL_ERR_FORMAT, "\"1:x\" has a value that is not a number");
  refuses("s.svm", "1 1:1\n0 1 2:1\n", &none, LL_ERR_FORMAT, "row 2 (line 2): \"1\" is not index:value");
  refuses("s.svm", "1,2 1:1\n0 1:1\n", &none, LL_ERR_LABEL, "\"1,2\" is several labels");
  refuses("s.svm", "spam 1:1\n0 1:1\n", &none, LL_ERR_LABEL, "\"spam\" is no label");
  refuses("s.svm", "1 qid:1 1:1\n0 1:1\n", &none, LL_ERR_FORMAT, "has no qid, rows before have one");
  refuses("s.svm", "1 1:1\n0 3000000000000000:1\n", &none, LL_ERR_RANGE, "s.svm: line 2: 2 rows of 3000000000000000 features");
  refuses("s.svm", "1 1:1\n0 2:1\n", &(ll_read_options){.features = (size_t)1 << 50}, LL_ERR_RANGE,
          "s.svm: 2 rows of 1125899906842624 features, made dense, need");
  char *widening = malloc(1 << 20);
  size_t at = 0;
  for (int i = 1; i <= 400; i++) at += (size_t)sprintf(widening + at, "%d 1:1 %d:1\n", i % 2, 2 * i);
  d = reads("s.svm", widening, &none);
  ok(d->x.rows == 400 && d->x.cols == 800, "as many features as the largest index");
  ll_data_free(ctx, d);
  free(widening);
  refuses("s.svm", "1 1:1e999\n0 1:1\n", &none, LL_ERR_NUMBER, "beyond the range");
  refuses("s.svm", "1 1:1\n0 3:1\n", &(ll_read_options){.features = 2}, LL_ERR_RANGE, "above the number of features asked for");
  refuses("s.svm", "1 1:1\n1 2:1\n", &none, LL_ERR_LABEL, "one class only");
  refuses("s.svm", "# only\n\n", &none, LL_ERR_FORMAT, "no rows");
}

static void idx(void) {
  char images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, (char)255, 6};
  char labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 9}, beside[512];
  char shorts[] = {0, 0, 0x0b, 2, 0, 0, 0, 2, 0, 0, 0, 1, (char)0xff, (char)0xfe, 1, 0};
  ll_data *d = NULL;
  snprintf(beside, sizeof beside, "%s", data_file("some-labels-idx1-ubyte", labels, sizeof labels));
  works(ctx, read_text("some-images-idx3-ubyte", images, sizeof images, &none, &d));
  if (!d) return;
  ok(holds(d, 3, 2, (double[]){1, 2, 3, 4, 255, 6}, (double[]){2, 1, 2}), "idx: images and the labels beside");
  ok(strcmp(d->info->name, "some-images-idx3") == 0 && strcmp(d->info->classes[1], "9") == 0, "its name and classes");
  ll_data_free(ctx, d);
  ll_read_options o = {.labels = beside};
  ok(read_text("x.idx", shorts, sizeof shorts, &o, &d) == LL_ERR_SHAPE &&
         strstr(ll_message(ctx), "3 labels of 1 element for the 2 images"),
     "labels of other images");
  labels[7] = 2;
  snprintf(beside, sizeof beside, "%s", data_file("some-labels-idx1-ubyte", labels, sizeof labels - 1));
  works(ctx, read_text("x.idx", shorts, sizeof shorts, &o, &d));
  if (d) ok(holds(d, 2, 1, (double[]){-2, 256}, (double[]){2, 1}), "idx: big-endian shorts, labels given by path");
  ll_data_free(ctx, d);
  unlink(beside);
  char words[] = {0, 0, 0x0c, 1, 0, 0, 0, 2, 1, 0, 0, 1, 1, 0, 0, 0};
  snprintf(beside, sizeof beside, "%s", data_file("some-labels-idx1-ubyte", words, sizeof words));
  works(ctx, read_text("x.idx", shorts, sizeof shorts, &o, &d));
  if (d)
    ok(holds(d, 2, 1, (double[]){-2, 256}, (double[]){2, 1}) && strcmp(d->info->classes[1], "16777217") == 0,
       "idx: labels of 32 bits");
  ll_data_free(ctx, d);
  unlink(beside);
  ok(read_text("some-images-idx3-ubyte", images, sizeof images - 1, &none, &d) == LL_ERR_FORMAT &&
         strstr(ll_message(ctx), "fewer than"),
     "an image is cut");
  ok(read_text("some-images-idx3-ubyte", images, sizeof images, &none, &d) == LL_ERR_IO &&
         strstr(ll_message(ctx), "some-labels-idx1-ubyte"),
     "no labels beside");
  ok(read_text("x.idx", images, sizeof images, &none, &d) == LL_ERR_ARGUMENT && strstr(ll_message(ctx), "labels = path"),
     "labels not known");
  refuses("x.idx", "no such thing", &none, LL_ERR_FORMAT, "not IDX: it begins with 6e 6f");
}

static void npy(void) {
  ll_matrix x = ll_matrix_wrap((ll_real[]){1, 2, 3, 4, 5, 6}, 3, 2), y = ll_matrix_wrap((ll_real[]){5, 0, 5}, 3, 1), s = y;
  void *bytes;
  size_t size;
  ll_data *d = NULL;
  char beside[512];
  works(ctx, ll_matrix_pack(ctx, &y, true, &bytes, &size));
  snprintf(beside, sizeof beside, "%s", data_file("f_labels.npy", bytes, size));
  ll_free(ctx, bytes);
  works(ctx, ll_matrix_pack(ctx, &x, true, &bytes, &size));
  works(ctx, read_text("f.npy", bytes, size, &none, &d));
  if (d) ok(holds(d, 3, 2, (double[]){1, 2, 3, 4, 5, 6}, (double[]){2, 1, 2}), "npy: features, and the labels beside");
  ll_data_free(ctx, d);
  unlink(beside);
  s.rows = 2;
  ll_free(ctx, bytes);
  works(ctx, ll_matrix_pack(ctx, &s, true, &bytes, &size));
  snprintf(beside, sizeof beside, "%s", data_file("f_labels.npy", bytes, size));
  ll_free(ctx, bytes);
  works(ctx, ll_matrix_pack(ctx, &x, true, &bytes, &size));
  ok(read_text("f.npy", bytes, size, &none, &d) == LL_ERR_SHAPE && strstr(ll_message(ctx), "labels 2x1 for the 3 rows"),
     "too few labels");
  ll_free(ctx, bytes);
  unlink(beside);
}

static bool classes_are(const ll_data *d, const char *want) {
  char got[256] = "";
  size_t at = 0;
  for (size_t k = 0; k < d->info->n_classes; k++)
    at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", k ? " " : "", d->info->classes[k]);
  if (strcmp(got, want) != 0) printf("#   classes %s, not %s\n", got, want);
  return strcmp(got, want) == 0;
}

/* Equal numbers are one class, group, domain and level, however they are written; numbers that a double cannot tell apart are two.
 */
static void equal_numbers(void) {
  const char *const levels[] = {"c"};
  const ll_read_options o = {.categorical = levels, .n_categorical = 1};
  ll_data *d = reads("e.csv",
                     "class,group,domain,c,a\n2.0,9007199254740992,1,1.0,1\n1,9007199254740993,\"01\",1,2\n"
                     "2,+9007199254740992,1e0,\" 1\",3\n01,9007199254740993.0,-1,2,4\n",
                     &o);
  ok(classes_are(d, "1 2") && holds(d, 4, 3, (double[]){1, 0, 1, 1, 0, 2, 1, 0, 3, 0, 1, 4}, (double[]){2, 1, 2, 1}),
     "equal numbers are one class and one level");
  ok(d->info->n_groups == 2 && d->groups[0] == d->groups[2] && d->groups[1] == d->groups[3] && d->groups[0] != d->groups[1],
     "and one group, of 64 bits");
  ok(d->info->n_domains == 2 && d->domains[0] == d->domains[1] && d->domains[0] == d->domains[2], "and one domain");
  ok(strcmp(d->info->columns[0], "c=1") == 0 && strcmp(d->info->columns[1], "c=2") == 0, "the shortest is shown");
  ll_data_free(ctx, d);
  d = reads("e.csv", "class,group,a\n01,01,1\n1,1,2\nx,y,3\n", &none);
  ok(classes_are(d, "01 1 x") && d->info->n_groups == 3, "words are not compared as numbers unless all are");
  ll_data_free(ctx, d);
  refuses("e.csv", "class,a\n1,1\n1.0,2\n01,3\n", &none, LL_ERR_LABEL, "one class only: class \"1\" in all rows (3)");
  d = reads("e.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\na\t1\t7\t1\tp\tq\nb\t-1\t7.0\t1\tp\tq\nc\t1\t07\t1\tp\tq\n",
            &none);
  ok(d->info->n_groups == 1, "pin: scans");
  ll_data_free(ctx, d);
  d = reads("e.csv", "class,a\nx,\n1.0,2\n1,3\n2,1\n", &(ll_read_options){.missing = LL_MISSING_DROP});
  ok(classes_are(d, "1 2") && holds(d, 3, 1, (double[]){2, 3, 1}, (double[]){1, 1, 2}), "words of dropped rows do not count");
  ll_data_free(ctx, d);
}

static void labels_of_64_bits(void) {
  ll_data *d = reads("w.svm",
                     "9007199254740993 qid:9007199254740993 1:1\n9007199254740992 qid:9007199254740992 1:2\n"
                     "+9007199254740993.0 qid:09007199254740993 1:3\n16777217 qid:1 1:4\n16777216 qid:1.0 1:5\n1e0 qid:+1 1:6\n",
                     &none);
  ok(classes_are(d, "1 16777216 16777217 9007199254740992 9007199254740993") &&
         holds(d, 6, 1, (double[]){1, 2, 3, 4, 5, 6}, (double[]){5, 4, 5, 3, 2, 1}),
     "svm: labels of 64 bits");
  ok(d->info->n_groups == 3 && d->groups[0] == d->groups[2] && d->groups[3] == d->groups[4] && d->groups[3] == d->groups[5] &&
         d->groups[0] != d->groups[1],
     "svm: and qid");
  ll_data_free(ctx, d);
  d = reads("w.svm", "+1 1:1\n1.0 1:2\n+2 1:3\n0.5 1:3\n", &none);
  ok(classes_are(d, "0.5 1 2") && holds(d, 4, 1, (double[]){1, 2, 3, 3}, (double[]){2, 2, 3, 1}), "svm: +1 and 1.0 are 1");
  ll_data_free(ctx, d);
}

/* [out] a file of NumPy's: n numbers of `size` bytes in a column. */
static size_t npy_column(const char *type, const void *numbers, size_t n, size_t size, unsigned char *to) {
  char head[128];
  int used = snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu,), }", type, n);
  memcpy(to, "\x93NUMPY\1\0\x76\0", 10);
  memset(to + 10, ' ', 117), memcpy(to + 10, head, (size_t)used);
  to[127] = '\n';
  memcpy(to + 128, numbers, n * size);
  return 128 + n * size;
}

/* Labels of a type beside features 1, 2, 3: their classes, or what is said. */
static void npy_labels(const char *type, const void *labels, size_t n, size_t size, const char *classes, const double *y,
                       const char *says) {
  const float features[] = {1, 2, 3};
  unsigned char bytes[256];
  char beside[512];
  ll_data *d = NULL;
  snprintf(beside, sizeof beside, "%s", data_file("g_labels.npy", bytes, npy_column(type, labels, n, size, bytes)));
  ll_status status = read_text("g.npy", (char *)bytes, npy_column("<f4", features, 3, 4, bytes), &none, &d);
  unlink(beside);
  bool fine = status == LL_OK ? y && classes_are(d, classes) && holds(d, 3, 1, (double[]){1, 2, 3}, y)
                              : says && strstr(ll_message(ctx), says);
  if (!ok(fine, "npy: labels %s: %s", type, says ? says : classes)) printf("#   %s\n", status == LL_OK ? "" : ll_message(ctx));
  ll_data_free(ctx, d);
}

static void npy_types(void) {
  npy_labels("<i8", (int64_t[]){16777217, 16777216, 16777217}, 3, 8, "16777216 16777217", (double[]){2, 1, 2}, NULL);
  npy_labels("<i8", (int64_t[]){9007199254740993, 9007199254740992, -9007199254740993}, 3, 8,
             "-9007199254740993 9007199254740992 9007199254740993", (double[]){3, 2, 1}, NULL);
  npy_labels("<u8", (uint64_t[]){UINT64_MAX, UINT64_MAX - 1, 0}, 3, 8, "0 18446744073709551614 18446744073709551615",
             (double[]){3, 2, 1}, NULL);
  npy_labels("<i8", (int64_t[]){INT64_MIN, INT64_MAX, 7}, 3, 8, "-9223372036854775808 7 9223372036854775807", (double[]){1, 3, 2},
             NULL);
  npy_labels(">i4", "\1\0\0\1\1\0\0\0\xff\xff\xff\xff", 3, 4, "-1 16777216 16777217", (double[]){3, 2, 1}, NULL);
  npy_labels("<f8", (double[]){16777217, 16777216, 1e300}, 3, 8, "16777216 16777217 1e+300", (double[]){2, 1, 3}, NULL);
  npy_labels("|i1", (int8_t[]){-1, 1, -1}, 3, 1, "0 1", (double[]){0, 1, 0}, NULL);
  npy_labels("|b1", (int8_t[]){1, 0, 1}, 3, 1, "0 1", (double[]){1, 0, 1}, NULL);
  npy_labels("|i1", (int8_t[]){-1, 1, 0}, 3, 1, "-1 0 1", (double[]){1, 3, 2}, NULL);
  npy_labels("<f8", (double[]){1, 0.5, 2}, 3, 8, "", NULL, "the label of row 2 is 0.5; whole numbers are needed");
  npy_labels("<f8", (double[]){1, 2, NAN}, 3, 8, "", NULL, "the label of row 3 is nan; whole numbers are needed");
  npy_labels("<i8", (int64_t[]){1, 2}, 2, 8, "", NULL, "labels 2x1 for the 3 rows");
  npy_labels("<U1", "a\0\0\0b\0\0\0c\0\0", 3, 4, "", NULL, "a type of real numbers");
#ifndef LL_DOUBLE
  const double features[] = {1, 2, -1e300};
  unsigned char bytes[256];
  ll_data *d;
  ok(read_text("g.npy", (char *)bytes, npy_column("<f8", features, 3, 8, bytes), &none, &d) == LL_ERR_NUMBER &&
         strstr(ll_message(ctx), "row 3, column 1: -1e+300 is beyond the range of float numbers"),
     "npy: a feature beyond float");
#endif
}

/* What only rows that are left out had is forgotten: classes, groups, domains, levels. */
static void dropped(void) {
  const char *const colour[] = {"colour"};
  const ll_read_options o = {.missing = LL_MISSING_DROP, .categorical = colour, .n_categorical = 1};
  static const char *const header[] = {"class,group,domain,colour,a", "class,group,domain,a,colour"};
  for (int way = 0; way < 2; way++) {
    char text[256];
    snprintf(text, sizeof text,
             way ? "%s\ny,g9,d9,,blue\nx,g1,d1,1,red\nz,g3,d3,3,green\nx,g3,d3,4,red\n"
                 : "%s\nx,g1,d1,red,1\ny,g9,d9,blue,\nz,g3,d3,green,3\nx,g3,d3,red,4\n",
             header[way]);
    ll_data *d = reads("m.csv", text, &o);
    const ll_data_info *info = d->info;
    const double first[] = {0, 1, 1, 1, 0, 3, 0, 1, 4}, second[] = {1, 0, 1, 3, 1, 0, 4, 0, 1};
    ok(holds(d, 3, 3, way ? second : first, (double[]){1, 2, 1}), "the rows that are whole");
    ok(info->n_classes == 2 && strcmp(info->classes[0], "x") == 0 && strcmp(info->classes[1], "z") == 0,
       "a class that only a dropped row had is none (%zu classes)", info->n_classes);
    ok(info->n_groups == 2 && d->groups[0] == 0 && d->groups[1] == 1 && d->groups[2] == 1, "nor is its group");
    ok(info->n_domains == 2 && d->domains[2] == 1, "nor its domain");
    ok(info->n_columns == 3 && strcmp(info->columns[way], "colour=green") == 0, "nor its level");
    ll_data_free(ctx, d);
  }
  refuses("m.csv", "class,a\nx,1\ny,\nx,2\n", &o, LL_ERR_NAME, "colour");
  refuses("m.csv", "class,a\nx,1\ny,\nx,2\n", &(ll_read_options){.missing = LL_MISSING_DROP}, LL_ERR_LABEL,
          "one class only: class \"x\" in all rows (2)");
}

/* Of features and labels both: other labels are another set. */
static void hash_of_two(const char *name, const char *label_name, const void *x, size_t x_size, const void *y, size_t y_size) {
  char beside[512], want[65];
  unsigned char both[1024];
  ll_data *d = NULL;
  memcpy(both, x, x_size), memcpy(both + x_size, y, y_size);
  ll_sha256(both, x_size + y_size, want);
  snprintf(beside, sizeof beside, "%s", data_file(label_name, y, y_size));
  works(ctx, read_text(name, x, x_size, &none, &d));
  unlink(beside);
  if (d) is_text(d->info->hash, want, "%s: the hash is of the features' bytes and then the labels'", name);
  ll_data_free(ctx, d);
}

static void hashes(void) {
  const char images[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 8}, labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 9, 3};
  const ll_matrix x = ll_matrix_wrap((ll_real[]){1, 2, 3, 4}, 2, 2), y = ll_matrix_wrap((ll_real[]){1, 0}, 2, 1);
  void *features, *classes;
  size_t n, m;
  hash_of_two("h-images.idx", "h-labels.idx", images, sizeof images, labels, sizeof labels);
  works(ctx, ll_matrix_pack(ctx, &x, true, &features, &n));
  works(ctx, ll_matrix_pack(ctx, &y, true, &classes, &m));
  hash_of_two("h.npy", "h_labels.npy", features, n, classes, m);
  ll_free(ctx, features), ll_free(ctx, classes);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  comments(), missing(), categories(), svm(), idx(), npy(), dropped(), hashes();
  equal_numbers(), labels_of_64_bits(), npy_types();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
