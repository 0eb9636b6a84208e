/* Marks of rows against comparing all pairs of rows, over drawn sets of few and of many values: a row that was marked is always
 * told, also in another order and of a view, and of others about as few as is promised. The seed of what is drawn: LOSSLAB_SEED,
 * or 1. */
#include "losslab/psm.h"

#include "tests/tap.h"

static ll_ctx *ctx;
static uint64_t seed = 1;

static ll_data *draw(ll_random *r, size_t n, size_t cols, unsigned levels) {
  ll_matrix x, y;
  ll_data *d = NULL;
  works(ctx, ll_matrix_new(ctx, n, cols, &x));
  works(ctx, ll_matrix_new(ctx, n, 1, &y));
  for (size_t i = 0; i < n * cols; i++) {
    x.data[i] = levels ? (ll_real)ll_random_below(r, levels) : (ll_real)ll_random_normal(r);
    if (x.data[i] == 0 && ll_random_below(r, 2)) x.data[i] = -x.data[i];
  }
  for (size_t i = 0; i < n; i++) y.data[i] = i < 2 ? (ll_real)i : (ll_real)ll_random_below(r, 2);
  const ll_data_making making = {.name = "drawn", .x = &x, .y = &y};
  works(ctx, ll_data_make(ctx, &making, &d));
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &y);
  return d;
}

static bool has(const ll_data *d, const ll_data *of, size_t row, size_t columns) {
  for (size_t i = 0; i < d->x.rows; i++) {
    bool equal = d->y.data[i] == of->y.data[row];
    for (size_t j = 0; equal && j < columns; j++) equal = ll_matrix_row(&d->x, i)[j] == ll_matrix_row(&of->x, row)[j];
    if (equal) return true;
  }
  return false;
}

/* Which rows of a set are marked; to be freed. */
static ll_matrix marked(const ll_data *from, const ll_data *of, size_t columns) {
  unsigned char *marks;
  size_t size;
  ll_matrix out;
  works(ctx, ll_psm_marks(ctx, from, columns, &marks, &size));
  if (size != 2 * from->x.rows) ok(false, "two bytes a row");
  works(ctx, ll_psm_marked(ctx, marks, size, of, columns, &out));
  ll_free(ctx, marks);
  return out;
}

static void drawn_sets(void) {
  ll_random r = ll_random_stream(seed, 0, "marks");
  size_t missed = 0, more = 0, others = 0, views = 0, tries = tap_cases(200);
  for (size_t t = 0; t < tries; t++) {
    size_t cols = 1 + ll_random_below(&r, 5), columns = ll_random_below(&r, 4) ? cols : ll_random_below(&r, cols + 1);
    unsigned levels = (const unsigned[]){2, 4, 30, 0}[t % 4];
    ll_data *a = draw(&r, 2 + ll_random_below(&r, 200), cols, levels), *b = draw(&r, 2 + ll_random_below(&r, 200), cols, levels),
            *v;
    ll_matrix found = marked(a, b, columns), of_view;
    for (size_t i = 0; i < b->x.rows; i++) {
      bool there = has(a, b, i, columns);
      missed += there && found.data[i] != 1, others += !there, more += !there && found.data[i] != 0;
    }
    works(ctx, ll_data_view(ctx, b, NULL, 0, NULL, &v));
    of_view = marked(a, v, columns);
    views += memcmp(found.data, of_view.data, found.rows * sizeof *found.data) != 0;
    ll_matrix_release(ctx, &of_view);
    of_view = marked(v, b, columns);
    for (size_t i = 0; i < b->x.rows; i++) missed += of_view.data[i] != 1;
    ll_matrix_release(ctx, &found), ll_matrix_release(ctx, &of_view);
    ll_data_free(ctx, a), ll_data_free(ctx, b), ll_data_free(ctx, v);
  }
  ok(missed == 0, "every row that was marked is told, of %zu pairs of sets, seed %llu", tries, (unsigned long long)seed);
  ok(views == 0, "also of views");
  ok(more <= 10 + others / 300, "of %zu others %zu are told, about one in 1700 may be", others, more);
}

static void large_sets(void) {
  ll_random r = ll_random_stream(seed, 1, "marks");
  ll_data *a = draw(&r, 50000, 3, 0), *b = draw(&r, 50000, 3, 0);
  ll_matrix found = marked(a, b, 3);
  size_t told = 0;
  for (size_t i = 0; i < found.rows; i++) told += found.data[i] != 0;
  ok(told > 0 && told < 80, "of 50000 others %zu are told, 29 expected", told);
  ll_matrix_release(ctx, &found);
  ll_data_free(ctx, a), ll_data_free(ctx, b);
}

static void refused(void) {
  ll_random r = ll_random_stream(seed, 2, "marks");
  ll_data *d = draw(&r, 5, 2, 3);
  unsigned char *marks, byte = 255;
  size_t size;
  ll_matrix out;
  ok(ll_psm_marks(ctx, d, 3, &marks, &size) == LL_ERR_SHAPE && !marks, "more columns than there are: %s", ll_message(ctx));
  ok(ll_psm_marked(ctx, &byte, 1, d, 3, &out) == LL_ERR_SHAPE && !out.data, "here, too: %s", ll_message(ctx));
  ok(ll_psm_marked(ctx, &byte, 0, d, 2, &out) == LL_ERR_FORMAT && !out.data, "no marks: %s", ll_message(ctx));
  works(ctx, ll_psm_marked(ctx, &byte, 1, d, 2, &out));
  ok(out.data[0] == 1 && out.rows == 5, "marks of anybody's may say anything");
  ll_matrix_release(ctx, &out);
  ll_data_free(ctx, d);
}

int main(void) {
  const char *asked = getenv("LOSSLAB_SEED");
  if (asked) seed = strtoull(asked, NULL, 10);
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  drawn_sets();
  large_sets();
  refused();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left: %zu bytes", ll_memory_used(ctx));
  ll_ctx_close(ctx);
  return done();
}
