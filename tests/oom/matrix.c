/* Matrices: making, copying, files, linear systems, orders, sorting, with each allocation failing in turn. */
#include "engine/data/matrix_text.h"
#include "tests/data_file.h"
#include "tests/sweep.h"

enum { N = 2500 }; /* more rows than a sort does without memory of its own */
static ll_real numbers[N], square_elements[] = {4, 1, 2, 1, 5, 0, 2, 0, 6}, tall_elements[] = {4, 1, 2, 0, 3, 1, 2, 1, 5, 7, 8, 9};
static const ll_real class_elements[] = {1, 3, 2};
static char path[3][512];
static ll_matrix square, tall, classes;

/* A result is given back, to the system, so that what comes next must allocate; after a failure there is none. */
static ll_status given(ll_ctx *ctx, ll_status status, ll_matrix *out) {
  if (status != LL_OK && (out->data || out->rows || out->cols)) ok(false, "a matrix is given after a failure");
  ll_matrix_release(ctx, out);
  ll_matrix_trim(ctx);
  return status;
}

static ll_status making(ll_ctx *ctx) {
  ll_matrix m;
  LL_TRY(given(ctx, ll_matrix_new(ctx, 3, 4, &m), &m));
  return given(ctx, ll_matrix_zeros(ctx, 30, 4, &m), &m);
}
static ll_status copying(ll_ctx *ctx) {
  ll_matrix m;
  return given(ctx, ll_matrix_copy(ctx, &tall, &m), &m);
}
static ll_status gathering(ll_ctx *ctx) {
  ll_matrix m;
  return given(ctx, ll_matrix_gather(ctx, &tall, (const uint32_t[]){3, 0, 3}, 3, &m), &m);
}
static ll_status blocks(ll_ctx *ctx) {
  void *zeroed = NULL, *grown = NULL;
  ll_status status;
  LL_GOTO(done, ll_calloc(ctx, &zeroed, 3, 8));
  LL_GOTO(done, ll_realloc(ctx, &grown, 0, 16));
  memset(grown, 7, 16);
  status = ll_realloc(ctx, &grown, 16, 5000);
  if (((char *)grown)[15] != 7) ok(false, "a block that could not grow is what it was");
done:
  ll_free(ctx, zeroed);
  ll_free(ctx, grown);
  return status;
}
static ll_status packing(ll_ctx *ctx) {
  for (int npy = 0; npy < 2; npy++) {
    void *bytes;
    size_t n;
    ll_matrix m;
    LL_TRY(ll_matrix_pack(ctx, &tall, npy, &bytes, &n));
    ll_status status = ll_matrix_unpack(ctx, bytes, n, "packed", &m);
    ll_free(ctx, bytes);
    LL_TRY(given(ctx, status, &m));
  }
  return LL_OK;
}
static ll_status files(ll_ctx *ctx) {
  for (int i = 0; i < 2; i++) {
    ll_matrix m;
    LL_TRY(ll_matrix_write(ctx, &tall, path[i]));
    LL_TRY(given(ctx, ll_matrix_read(ctx, path[i], &m), &m));
  }
  return LL_OK;
}
static ll_status text(ll_ctx *ctx) {
  ll_matrix m;
  LL_TRY(ll_data_write_matrix(ctx, &tall, path[2]));
  return given(ctx, ll_data_read_matrix(ctx, path[2], &m), &m);
}
/* A file in pieces, given up or ended, and one in a single call. */
static ll_status writing(ll_ctx *ctx) {
  for (int i = 0; i < 2; i++) {
    ll_file *file;
    LL_TRY(ll_file_begin(ctx, path[i], false, &file));
    ll_status status = ll_file_put(ctx, file, numbers, sizeof numbers);
    if (i == 0 || status != LL_OK) ll_file_drop(ctx, file);
    else status = ll_file_end(ctx, file);
    LL_TRY(status);
  }
  return ll_file_write(ctx, path[0], numbers, sizeof numbers);
}

static ll_status factors(ll_ctx *ctx) {
  ll_matrix m;
  double log_abs;
  int sign;
  LL_TRY(given(ctx, ll_matrix_cholesky(ctx, &square, &m), &m));
  return ll_matrix_log_det(ctx, &square, &log_abs, &sign);
}
static ll_status solutions(ll_ctx *ctx) {
  ll_matrix m;
  size_t rank;
  for (int transposed = 0; transposed < 2; transposed++) {
    LL_TRY(given(ctx, ll_matrix_solve(ctx, &square, transposed, &square, &m), &m));
    LL_TRY(given(ctx, ll_matrix_solve_triangular(ctx, &square, true, transposed, &square, &m), &m));
  }
  return given(ctx, ll_matrix_least_squares(ctx, &tall, &tall, &m, &rank), &m);
}
static ll_status spectra(ll_ctx *ctx) {
  ll_matrix u, s, v;
  ll_status status = ll_matrix_singular(ctx, &tall, &u, &s, &v);
  given(ctx, status, &u), given(ctx, status, &v);
  LL_TRY(given(ctx, status, &s));
  LL_TRY(given(ctx, ll_matrix_singular(ctx, &tall, NULL, &s, NULL), &s));
  status = ll_matrix_eigen(ctx, &square, &s, &u);
  given(ctx, status, &u);
  LL_TRY(given(ctx, status, &s));
  return given(ctx, ll_matrix_eigen(ctx, &square, &s, NULL), &s);
}

static ll_status orders(ll_ctx *ctx) {
  static uint32_t order[N];
  static ll_real sorted[N];
  ll_matrix row = ll_matrix_wrap(numbers, 1, N), m;
  LL_TRY(ll_argsort(ctx, numbers, N, order));
  memcpy(sorted, numbers, sizeof sorted);
  LL_TRY(ll_sort(ctx, sorted, N));
  for (int descending = 0; descending < 2; descending++) LL_TRY(ll_matrix_argsort(ctx, &row, descending, order));
  return given(ctx, ll_matrix_one_hot(ctx, &classes, 3, &m), &m);
}
static ll_status choices(ll_ctx *ctx) {
  ll_random r = ll_random_stream(1, 1, "choice");
  const double weights[] = {1, 2, 3, 4};
  uint32_t chosen[3];
  for (int replace = 0; replace < 2; replace++) {
    LL_TRY(ll_random_choice(ctx, &r, 4, weights, replace, chosen, 3));
    LL_TRY(ll_random_choice(ctx, &r, 4, NULL, replace, chosen, 3));
  }
  return LL_OK;
}

int main(void) {
  ll_random r = ll_random_stream(5, 0, "oom");
  for (size_t i = 0; i < N; i++) numbers[i] = (ll_real)ll_random_normal(&r);
  square = ll_matrix_wrap(square_elements, 3, 3), tall = ll_matrix_wrap(tall_elements, 4, 3);
  classes = ll_matrix_wrap((ll_real *)class_elements, 3, 1);
  snprintf(path[0], sizeof path[0], "%s", data_file("m.llm", "", 0));
  snprintf(path[1], sizeof path[1], "%s", data_file("m.npy", "", 0));
  snprintf(path[2], sizeof path[2], "%s", data_file("m.csv", "", 0));
  SWEEP(making, 2);
  SWEEP(copying, 1);
  SWEEP(gathering, 1);
  SWEEP(blocks, 3);
  SWEEP(packing, 3);
  SWEEP(files, 5);
  SWEEP(text, 3);
  SWEEP(writing, 3);
  SWEEP(factors, 3);
  SWEEP(solutions, 4);
  SWEEP(spectra, 6);
  SWEEP(orders, 5);
  SWEEP(choices, 2);
  unlink(path[0]), unlink(path[1]), unlink(path[2]);
  data_folder_done();
  return done();
}
