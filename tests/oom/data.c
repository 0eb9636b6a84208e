/* Every function on data sets with each of its allocations failing in turn: the status says so, nothing is left behind. */
#include <zlib.h>
#include <zstd.h>

#include "engine/data/read/csv_table.h"
#include "losslab/data.h"
#include "losslab/interactions.h"

#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static ll_data *grouped; /* a set with groups */
static const char *path;
static ll_read_options options;
static const ll_generator *generator;
static double params[LL_MAX_PARAMS];

typedef ll_status (*attempt)(void);

static ll_status give_back(ll_status status, ll_data *d) {
  if (status != LL_OK && d) ok(false, "a set is given after a failure");
  ll_data_free(ctx, d);
  return status;
}
static ll_status read_file(void) {
  ll_data *d;
  ll_status status = ll_data_read(ctx, path, &options, &d);
  return give_back(status, d);
}
static ll_status read_plain(void) {
  ll_data *d;
  ll_status status = ll_data_read(ctx, path, NULL, &d);
  return give_back(status, d);
}
static ll_status generate(void) {
  ll_data *d;
  ll_status status = ll_generate(ctx, generator, params, &d);
  return give_back(status, d);
}
static ll_status probability(void) {
  static const ll_real zeros[12] = {0};
  const ll_matrix x = ll_matrix_wrap((ll_real *)zeros, 4, 3);
  ll_matrix p;
  ll_status status = ll_generator_probability(ctx, generator, params, &x, &p);
  ll_matrix_release(ctx, &p);
  return status;
}
static ll_status make(void) {
  ll_data *d;
  ll_status status = ll_data_new(ctx, "made", &grouped->x, &grouped->y, NULL, grouped->groups, &d);
  return give_back(status, d);
}
static ll_status make_named(void) {
  static const char *const names[] = {"no", "yes"};
  ll_real labels[256];
  for (size_t i = 0; i < 256; i++) labels[i] = (ll_real)(1 + i % 2);
  const ll_matrix y = ll_matrix_wrap(labels, grouped->x.rows, 1);
  const ll_data_making making = {
      .name = "named", .x = &grouped->x, .y = &y, .classes = names, .n_classes = 2, .positive = "yes", .missing = true};
  ll_data *d;
  ll_status status = ll_data_make(ctx, &making, &d);
  return give_back(status, d);
}
static ll_status pack(void) {
  void *bytes = NULL;
  size_t n;
  ll_status status = ll_data_pack(ctx, grouped, &bytes, &n);
  if (status != LL_OK && bytes) ok(false, "bytes are given after a failure");
  ll_free(ctx, bytes);
  return status;
}
static void *content;
static size_t content_size;
static ll_status unpack(void) {
  ll_data *d;
  ll_status status = ll_data_unpack(ctx, content, content_size, "content", &d);
  return give_back(status, d);
}
static ll_status batches(void), batches_by_share(void);
static ll_status compare(void) {
  ll_data_differences out;
  bool a[2], b[2], differs[2];
  return ll_data_compare(ctx, grouped, grouped, &out, a, b, differs);
}
static ll_status subset(void) {
  ll_data *d;
  ll_scaler scaler;
  LL_TRY(ll_scaler_fit(ctx, &grouped->x, NULL, 0, &scaler));
  const uint32_t rows[] = {3, 1, 4};
  ll_status status = ll_data_subset(ctx, grouped, rows, 3, &scaler, &d);
  ll_scaler_free(ctx, &scaler);
  status = give_back(status, d);
  size_t groups;
  return status == LL_OK ? ll_data_group_count(ctx, grouped, &groups) : status;
}
static ll_status view(void) {
  ll_data *d, *again;
  ll_matrix x;
  ll_scaler scaler;
  LL_TRY(ll_scaler_fit_data(ctx, grouped, NULL, 0, &scaler));
  const uint32_t rows[] = {3, 1, 4};
  ll_status status = ll_data_view(ctx, grouped, rows, 3, &scaler, &d);
  if (status == LL_OK) status = ll_data_features(ctx, d, 0, 3, &x), ll_matrix_release(ctx, &x);
  if (status == LL_OK) { /* a view of a view that is standardised is of a copy */
    status = ll_data_view(ctx, d, rows + 1, 1, &scaler, &again);
    give_back(status, again);
  }
  ll_scaler_free(ctx, &scaler);
  ll_data_free(ctx, d);
  return status;
}
static ll_status pack_view(void) {
  ll_data *d, *whole = grouped;
  LL_TRY(ll_data_view(ctx, grouped, NULL, 0, NULL, &d));
  grouped = d;
  ll_status status = pack();
  if (status == LL_OK) status = compare();
  if (status == LL_OK) status = batches();
  if (status == LL_OK) status = batches_by_share();
  grouped = whole;
  ll_data_free(ctx, d);
  return status;
}
static size_t views;
static ll_status cut_by(size_t folds, bool by_group) {
  ll_cut cut = {.folds = folds,
                .test = 0.3,
                .validation = 0.3,
                .standardise = true,
                .views = views,
                .split = {.stratify = true, .grouped = by_group, .seed = 1}};
  ll_data *parts[3];
  ll_status status = ll_data_cut(ctx, grouped, &cut, &parts[0], &parts[1], &parts[2]);
  for (int k = 0; k < 3; k++) give_back(status, parts[k]);
  return status;
}
static ll_status joined(void) {
  uint32_t part[120];
  size_t count;
  LL_TRY(ll_data_cut_groups(ctx, grouped, NULL, 0, 60, part, &count));
  return ll_data_folds(ctx, grouped, NULL, 0, 3, &(ll_split_options){.grouped = true, .domains = true, .seed = 1}, part);
}
static ll_status holdout(void) { return cut_by(0, false); }
static ll_status holdout_grouped(void) { return cut_by(0, true); }
static ll_status folds(void) { return cut_by(3, false); }
static ll_status folds_grouped(void) { return cut_by(3, true); }
/* The pieces of a cut by themselves, and the rows of a part. */
static ll_status parts(void) {
  uint32_t part[120], *rows;
  size_t count;
  for (int by_group = 0; by_group < 2; by_group++) {
    const ll_split_options split = {.stratify = true, .grouped = by_group, .seed = 1};
    LL_TRY(ll_data_folds(ctx, grouped, NULL, 120, 3, &split, part));
    LL_TRY(ll_data_holdout(ctx, grouped, NULL, 120, 0.3, &split, part));
    ll_status status = ll_data_rows_where(ctx, NULL, part, 120, 1, true, &rows, &count);
    if (status != LL_OK && rows) ok(false, "rows are given after a failure");
    ll_free(ctx, rows);
    LL_TRY(status);
  }
  return LL_OK;
}
static ll_status filled(void) {
  double means[2];
  ll_data *d;
  LL_TRY(ll_data_means(ctx, grouped, NULL, 0, means));
  ll_status status = ll_data_fill(ctx, grouped, means, &d);
  return give_back(status, d);
}
static ll_status batches(void) {
  ll_batches b;
  ll_matrix x, y;
  LL_TRY(ll_batches_open(ctx, grouped, 16, true, 1, 1, &b));
  ll_status status = ll_batches_next(ctx, &b, &x, &y);
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  ll_batches_close(ctx, &b);
  return status;
}

static ll_status batches_by_share(void) {
  ll_batches b;
  LL_TRY(ll_batches_open_shares(ctx, grouped, 16, (double[]){0.5, 0.5}, 1, 1, &b));
  ll_batches_close(ctx, &b);
  return LL_OK;
}

static ll_status pairs(void) {
  ll_interactions all, train, test;
  LL_TRY(ll_interactions_read(ctx, path, &all));
  ll_status status = ll_interactions_split(ctx, &all, 0.5, 1, &train, &test);
  ll_interactions_free(ctx, &train), ll_interactions_free(ctx, &test), ll_interactions_free(ctx, &all);
  return status;
}

static ll_status table(void) {
  ll_csv_table t;
  ll_status status = ll_csv_table_read(ctx, path, &t);
  ll_csv_table_free(ctx, &t);
  return status;
}

static ll_status pairs_of_matrix(void) {
  ll_real numbers[] = {1, 2, 1, 3, 2, 1};
  ll_matrix m = {.data = numbers, .rows = 3, .cols = 2, .stride = 2};
  ll_interactions all;
  ll_status status = ll_interactions_of(ctx, &m, 2, 3, "made", &all);
  ll_interactions_free(ctx, &all);
  return status;
}

static ll_status pairs_of_numbers(void) {
  static const uint32_t users[] = {0, 1, 1}, items[] = {2, 0, 2};
  static const char *const names[] = {"a", "b", "c"};
  ll_interactions all;
  ll_status status = ll_interactions_new(ctx, (ll_interaction_side[]){{users, 2, NULL}, {items, 3, names}}, 3, "numbered", &all);
  ll_interactions_free(ctx, &all);
  return status;
}

static void sweep(const char *name, attempt f) {
  ll_matrix_trim(ctx);
  size_t before = ll_memory_used(ctx), failures = 0;
  for (uint64_t nth = 1;; nth++) {
    ll_memory_fail_at(ctx, nth);
    ll_status status = f();
    ll_memory_fail_at(ctx, 0);
    ll_matrix_trim(ctx);
    if (ll_memory_used(ctx) != before) {
      ok(false, "%s, failure %d: %zu bytes are left", name, (int)nth, ll_memory_used(ctx) - before);
      return;
    }
    if (status == LL_OK) {
      ok(failures == nth - 1 && failures > 1, "%s survives each of its %d allocations failing", name, (int)failures);
      return;
    }
    if (status != LL_ERR_MEMORY) {
      ok(false, "%s, failure %d: %s: %s", name, (int)nth, ll_status_name(status), ll_message(ctx));
      return;
    }
    failures++;
  }
}

/* Read, split into parts as views and copies, drawn in batches, packed and unpacked. */
static ll_status read_values(void) {
  const ll_read_options of_values = {.values = "price", .weight = "w"};
  ll_data *data = NULL, *train = NULL, *test = NULL, *none, *again = NULL;
  ll_matrix x, y;
  ll_batches b = {0};
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_GOTO(end, ll_data_read(ctx, path, &of_values, &data));
  for (size_t large = 0; large < 2; large++) {
    LL_GOTO(end, ll_data_cut(ctx, data, &(ll_cut){.test = 0.3, .standardise = true, .views = large, .split = {.stratify = true}},
                             &train, &test, &none));
    LL_GOTO(end, ll_batches_open(ctx, train, 16, true, 1, 1, &b));
    LL_GOTO(end, ll_batches_next(ctx, &b, &x, &y));
    ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
    ll_batches_close(ctx, &b);
    ll_data_free(ctx, train), ll_data_free(ctx, test), train = test = NULL;
  }
  LL_GOTO(end, ll_data_pack(ctx, data, &bytes, &n));
  LL_GOTO(end, ll_data_unpack(ctx, bytes, n, "again", &again));
end:
  ll_free(ctx, bytes);
  ll_batches_close(ctx, &b);
  ll_data_free(ctx, data), ll_data_free(ctx, train), ll_data_free(ctx, test), ll_data_free(ctx, again);
  return status;
}

static void sweep_file(const char *name, const void *bytes, size_t size) {
  path = data_file(name, bytes, size);
  sweep(name, read_file);
  unlink(path);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  works(ctx, ll_generator_find(ctx, "target_decoy", &generator));
  ll_params_default(&generator->params, params);
  params[0] = 120, params[1] = 3;
  sweep("target_decoy", generate);
  sweep("how probable its labels are", probability);
  for (size_t g = 1; g < ll_generator_count; g++) {
    generator = ll_generators[g];
    ll_params_default(&generator->params, params);
    params[0] = 120;
    sweep(generator->name, generate);
  }

  enum { N = 120 };
  ll_real x[2 * N], y[N];
  uint32_t groups[N];
  ll_random r = ll_random_stream(1, 0, "oom");
  for (size_t i = 0; i < N; i++) {
    x[2 * i] = (ll_real)ll_random_normal(&r), x[2 * i + 1] = (ll_real)i, y[i] = (ll_real)(i % 3 == 0);
    groups[i] = (uint32_t)(1000 + i / 4);
  }
  ll_matrix mx = ll_matrix_wrap(x, N, 2), my = ll_matrix_wrap(y, N, 1);
  uint32_t domains[N];
  for (size_t i = 0; i < N; i++) domains[i] = (uint32_t)(i / 9);
  const ll_data_making of_both = {.name = "grouped", .x = &mx, .y = &my, .groups = groups, .domains = domains};
  works(ctx, ll_data_make(ctx, &of_both, &grouped));
  sweep("making from matrices", make);
  sweep("with names of classes and missing cells", make_named);
  sweep("subset, standardised", subset);
  sweep("view, standardised", view);
  sweep("packing, comparing and batches of a view", pack_view);
  sweep("packing", pack);
  works(ctx, ll_data_pack(ctx, grouped, &content, &content_size));
  sweep("unpacking", unpack);
  ll_free(ctx, content);
  sweep("comparing", compare);
  sweep("holdout", holdout);
  sweep("holdout, grouped", holdout_grouped);
  sweep("folds", folds);
  views = 1;
  sweep("folds as views", folds);
  views = 0;
  sweep("folds, grouped", folds_grouped);
  sweep("groups joined by domains", joined);
  sweep("folds, holdout and the rows of a part", parts);
  sweep("batches", batches);
  sweep("batches by share", batches_by_share);

  char text[16384];
  size_t at = (size_t)snprintf(text, sizeof text, "class,group,domain,\"quoted \"\"name\"\"\",b\n");
  for (int i = 0; i < 200; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "\"c\"\"%d\",%d,d,%d.25,\"%d\"\n", i % 70, i / 2, i, i);
  sweep_file("set.csv", text, at);
  {
    char values[4096];
    size_t end = (size_t)snprintf(values, sizeof values, "a,price,w\n");
    for (int i = 0; i < 200; i++) end += (size_t)snprintf(values + end, sizeof values - end, "%d,%d.5,%d\n", i, i % 7, i % 3);
    path = data_file("values.csv", values, end);
    sweep("values and weights", read_values);
    unlink(path);
  }
  path = data_file("plain.csv", text, at);
  sweep("plain.csv", read_plain);
  sweep("plain.csv as cells", table);
  unlink(path);
  unsigned char packed[16384];
  z_stream z = {0};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (Bytef *)text, z.avail_in = (uInt)at, z.next_out = packed, z.avail_out = sizeof packed;
  deflate(&z, Z_FINISH);
  deflateEnd(&z);
  sweep_file("set.csv.gz", packed, z.total_out);
  sweep_file("set.csv.zst", packed, ZSTD_compress(packed, sizeof packed, text, at, 3));

  at = (size_t)snprintf(text, sizeof text, "# a comment\nlabel,a,colour,b\n");
  for (int i = 0; i < 100; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%d,%s,c%d,%d\n", i % 2, i % 7 ? "1.5" : "", i % 11, i);
  const char *const colour[] = {"colour"};
  options = (ll_read_options){.comment = '#', .missing = LL_MISSING_MEAN, .categorical = colour, .n_categorical = 1};
  sweep_file("options.csv", text, at);
  options = (ll_read_options){0};
  static const char nameless[] = ",label,a,id,,\n0,1,2,1,,\n1,0,3,2,,\n2,1,5,3,,\n";
  sweep_file("nameless.csv", nameless, sizeof nameless - 1);
  static const char ids[] = "label,id,colour\n0,16777217,a\n1,16777216,b\n";
  options = (ll_read_options){.categorical = (const char *const[]){"colour"}, .n_categorical = 1};
  sweep_file("ids.csv", ids, sizeof ids - 1);
  options = (ll_read_options){0};
  static const char pin[] = "id\tLabel\ta\tPeptide\tz\tProteins\ns\t1\t2\tP\tQ\n\t-1\t3\tP\tQ\tR\n";
  sweep_file("notes.pin", pin, sizeof pin - 1);
  options.positive = "3";
  static const char classes[] = "label,x\n3,1\n4,2\n5,2\n3.0,7\n";
  sweep_file("positive.csv", classes, sizeof classes - 1);
  options = (ll_read_options){0};
  path = data_file("pairs.csv", "user,item\n1,2\n1,\"a \"\"b\"\"\"\n2,2\n2,3\n", 34);
  sweep("pairs", pairs);
  sweep("pairs of a matrix", pairs_of_matrix);
  sweep("pairs of numbers", pairs_of_numbers);
  unlink(path);
  static const char tabs[] = "user\titem\n1\t2\n1.0\t02\n2\t2\n2\t3\n",
                    equal[] = "class,group,colour,a\n1,2,1,3\n1.0,2.0,01,4\n2,1,2,3\n";
  path = data_file("pairs.tsv", tabs, strlen(tabs));
  sweep("pairs, equal numbers", pairs);
  unlink(path);
  options = (ll_read_options){.categorical = colour, .n_categorical = 1};
  sweep_file("equal.csv", equal, strlen(equal));
  options = (ll_read_options){0};
  path = data_file("cut.csv", "label,a,b\n1,,2\n0,3,4\n1,5,\n0,7,8\n1,9,1\n0,1,2\n", 44);
  ll_data *whole = grouped;
  options.missing = LL_MISSING_MEAN;
  works(ctx, ll_data_read(ctx, path, &options, &grouped));
  unlink(path);
  sweep("folds of a set with missing cells", folds);
  views = 1;
  sweep("the same as views", folds);
  views = 0;
  sweep("means and filling", filled);
  ll_data_free(ctx, grouped);
  grouped = whole;
  options = (ll_read_options){0};
  at = 0;
  for (int i = 0; i < 100; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%d qid:%d 1:%d.5 %d:2\n", i % 3, i / 5, i, 2 + i % 40);
  sweep_file("sparse.svm", text, at);
  unsigned char images[16 + 12] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2},
                            names[8 + 3] = {0, 0, 8, 1, 0, 0, 0, 3, 4, 0, 2};
  for (int i = 0; i < 12; i++) images[16 + i] = (unsigned char)i;
  char labels[512];
  snprintf(labels, sizeof labels, "%s", data_file("t-labels-idx1-ubyte", names, sizeof names));
  sweep_file("t-images-idx3-ubyte", images, sizeof images);
  options.type = LL_READ_TYPE_FILE;
  sweep_file("t-images-idx3-ubyte", images, sizeof images);
  options = (ll_read_options){0};
  unlink(labels);
  void *bytes;
  size_t size;
  works(ctx, ll_matrix_pack(ctx, &grouped->y, true, &bytes, &size));
  snprintf(labels, sizeof labels, "%s", data_file("m_labels.npy", bytes, size));
  ll_free(ctx, bytes);
  works(ctx, ll_matrix_pack(ctx, &grouped->x, true, &bytes, &size));
  sweep_file("m.npy", bytes, size);
  ll_free(ctx, bytes);
  unlink(labels);

  ll_data_free(ctx, grouped);
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
