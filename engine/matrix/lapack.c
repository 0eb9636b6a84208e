/* Linear systems, by losslab's own factors, and eigenvalues, singular values and least squares, by LAPACK, whose last digits are
 * its machine's (ll_ctx.tied). It is called by its Fortran names, which OpenBLAS exports, and reads columns; a row-major matrix
 * read so is its transpose. For symmetric matrices and singular values that makes no difference. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/blas.h"
#include "engine/base/ctx.h"
#include "engine/base/scalar.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/factor.h"
#include "engine/matrix/gemm.h"
#include "engine/matrix/lapack.h"
#include "losslab/linalg.h"

#ifdef LL_DOUBLE
#define NAME(name) "d" #name "_"
#else
#define NAME(name) "s" #name "_"
#endif
typedef int integer;

/* The last arguments are the lengths of the character arguments, as gfortran passes them. */
static struct {
  void (*syevd)(const char *, const char *, const integer *, ll_real *, const integer *, ll_real *, ll_real *, const integer *,
                integer *, const integer *, integer *, size_t, size_t);
  void (*gesdd)(const char *, const integer *, const integer *, ll_real *, const integer *, ll_real *, ll_real *, const integer *,
                ll_real *, const integer *, ll_real *, const integer *, integer *, integer *, size_t);
  void (*gelsd)(const integer *, const integer *, const integer *, ll_real *, const integer *, ll_real *, const integer *,
                ll_real *, const ll_real *, integer *, ll_real *, const integer *, integer *, integer *);
} lapack;
#define F(name) lapack.name

/* Loads LAPACK where nothing has yet (engine/base/blas.h, with its errors); what comes of it has the bits of this machine. */
static ll_status lapack_open(ll_ctx *ctx) {
  static const struct {
    const char *name;
    void *place;
  } functions[] = {{NAME(syevd), &lapack.syevd}, {NAME(gesdd), &lapack.gesdd}, {NAME(gelsd), &lapack.gelsd}};
  static atomic_bool found;
  ctx->tied |= LL_TIED_LAPACK;
  if (found) return LL_OK;
  LL_TRY(ll_blas_open(ctx));
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *function = ll_blas_function(functions[i].name);
    if (!function) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "this OpenBLAS has no %s of LAPACK", functions[i].name);
    memcpy(functions[i].place, &function, sizeof function);
  }
  found = true;
  return LL_OK;
}

static ll_status check(ll_ctx *ctx, const char *what, const ll_matrix *a, bool square) {
  size_t row, col;
  if (square && a->rows != a->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: a square matrix expected, not %zux%zu", what, a->rows, a->cols);
  if (a->rows > INT_MAX / 8 || a->cols > INT_MAX / 8)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: a matrix %zux%zu is too large", what, a->rows, a->cols);
  if (ll_matrix_find_bad(a, &row, &col))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: element (%zu, %zu) of the matrix %zux%zu is %g", what, row + 1, col + 1, a->rows,
                   a->cols, ll_shown(ll_matrix_row(a, row)[col]));
  return LL_OK;
}

static ll_status check_rows(ll_ctx *ctx, const char *what, const ll_matrix *a, const ll_matrix *b) {
  if (a->rows == b->rows) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: the matrix is %zux%zu, the right side %zux%zu: as many rows expected", what, a->rows,
                 a->cols, b->rows, b->cols);
}

static ll_status transposed_copy(ll_ctx *ctx, const ll_matrix *m, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, m->cols, m->rows, out));
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) ll_matrix_row(out, j)[i] = ll_matrix_row(m, i)[j];
  return LL_OK;
}

static ll_status symmetric_part(ll_ctx *ctx, const ll_matrix *a, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, a->rows, a->rows, out));
  for (size_t i = 0; i < a->rows; i++)
    for (size_t j = 0; j <= i; j++)
      ll_matrix_row(out, i)[j] = ll_matrix_row(out, j)[i] =
          (ll_real)(0.5 * ((double)ll_matrix_row(a, i)[j] + (double)ll_matrix_row(a, j)[i]));
  return LL_OK;
}

/* n whole numbers of 32 bits from the pool, as LAPACK's are. */
static ll_status integers(ll_ctx *ctx, size_t n, ll_buffer **out) {
  return ll_buffer_get(ctx, (n * sizeof(uint32_t) + sizeof(ll_real) - 1) / sizeof(ll_real), out);
}
static uint32_t *whole(ll_buffer *buffer) { return (uint32_t *)(void *)buffer->data; }
static integer *work_integers(ll_buffer *buffer) { return (integer *)(void *)buffer->data; }
_Static_assert(sizeof(integer) == sizeof(uint32_t), "OpenBLAS has integers of 32 bits");

/* A workspace size that LAPACK gives as a float may have been rounded down. */
static integer work_size(ll_real asked) { return (integer)((double)asked * (1 + 2 * LL_EPS)) + 1; }

static integer at_least_1(size_t n) { return (integer)(n ? n : 1); }

/* ---- linear systems ------------------------------------------------------------------------------------------------- */

ll_status ll_matrix_cholesky(ll_ctx *ctx, const ll_matrix *a, ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(check(ctx, "cholesky", a, true));
  LL_TRY(symmetric_part(ctx, a, out));
  size_t columns = ll_factor_cholesky(out->data, a->rows);
  if (columns < a->rows) {
    ll_matrix_release(ctx, out);
    return ll_fail(
        ctx, LL_ERR_SINGULAR,
        "cholesky: a matrix %zux%zu is not positive definite: the minor of its first %zu rows and columns is not positive", a->rows,
        a->cols, columns + 1);
  }
  for (size_t i = 0; i < a->rows; i++) memset(ll_matrix_row(out, i) + i + 1, 0, (a->rows - i - 1) * sizeof(ll_real));
  return LL_OK;
}

/* X' X of the X whose product with L is 1. */
ll_status ll_lapack_inverse(ll_ctx *ctx, double *s, size_t n) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * n * sizeof(double)));
  double *x = block;
  for (size_t i = 0; i < n * n; i++) x[i] = i % (n + 1) == 0;
  ll_factor_solved(&(ll_factor_triangle){.n = n, .from = n}, s, x, n);
  ll_gemmd(&(ll_gemm_shape){true, false, n, n, n, n, n, n, 1, 0}, x, x, NULL, s);
  ll_free(ctx, block);
  return LL_OK;
}

ll_status ll_matrix_solve_triangular(ll_ctx *ctx, const ll_matrix *a, bool upper, bool transposed, const ll_matrix *b,
                                     ll_matrix *out) {
  *out = (ll_matrix){0};
  if (a->rows != a->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "solve_triangular: a square matrix expected, not %zux%zu", a->rows, a->cols);
  LL_TRY(check_rows(ctx, "solve_triangular", a, b));
  for (size_t i = 0; i < a->rows; i++)
    if (ll_matrix_row(a, i)[i] == 0)
      return ll_fail(ctx, LL_ERR_SINGULAR, "solve_triangular: element (%zu, %zu) of the diagonal is 0", i + 1, i + 1);
  LL_TRY(ll_matrix_copy(ctx, b, out));
  ll_factor_solve(
      &(ll_factor_triangle){
          .upper = upper, .transposed = transposed, .n = a->rows, .from = a->stride > a->cols ? a->stride : a->cols},
      a->data, out->data, b->cols);
  return LL_OK;
}

/* lu: the factors of A. *zero: 0, or the first zero on the diagonal of U, from 1. */
static ll_status factor(ll_ctx *ctx, const char *what, const ll_matrix *a, ll_matrix *lu, ll_buffer **pivots, size_t *zero) {
  *lu = (ll_matrix){0}, *pivots = NULL;
  LL_TRY(check(ctx, what, a, true));
  LL_TRY(ll_matrix_copy(ctx, a, lu));
  ll_status status = integers(ctx, a->rows, pivots);
  if (status != LL_OK) {
    ll_matrix_release(ctx, lu);
    return status;
  }
  *zero = ll_factor_lu(lu->data, a->rows, whole(*pivots));
  return LL_OK;
}

static void exchange(ll_matrix *m, const uint32_t *pivots, bool back) {
  for (size_t step = 0; step < m->rows; step++) {
    size_t i = back ? m->rows - 1 - step : step;
    ll_real *a = ll_matrix_row(m, i), *b = ll_matrix_row(m, pivots[i]);
    for (size_t j = 0; j < m->cols && a != b; j++) {
      ll_real kept = a[j];
      a[j] = b[j], b[j] = kept;
    }
  }
}

/* P A = L U, so A X = B is U X = L⁻¹ P B, and A' X = B is P X = L'⁻¹ U'⁻¹ B. */
ll_status ll_matrix_solve(ll_ctx *ctx, const ll_matrix *a, bool transposed, const ll_matrix *b, ll_matrix *out) {
  ll_matrix lu = {0};
  ll_buffer *pivots = NULL;
  size_t zero = 0;
  ll_status status;
  *out = (ll_matrix){0};
  LL_TRY(check_rows(ctx, "solve", a, b));
  LL_GOTO(done, factor(ctx, "solve", a, &lu, &pivots, &zero));
  if (zero)
    LL_GOTO(done,
            ll_fail(ctx, LL_ERR_SINGULAR, "solve: a matrix %zux%zu is singular: its rank is below %zu", a->rows, a->cols, a->rows));
  LL_GOTO(done, ll_matrix_copy(ctx, b, out));
  ll_factor_triangle lower = {.transposed = transposed, .unit = true, .n = a->rows, .from = a->rows};
  ll_factor_triangle upper = {.upper = true, .transposed = transposed, .n = a->rows, .from = a->rows};
  if (!transposed) exchange(out, whole(pivots), false);
  ll_factor_solve(transposed ? &upper : &lower, lu.data, out->data, b->cols);
  ll_factor_solve(transposed ? &lower : &upper, lu.data, out->data, b->cols);
  if (transposed) exchange(out, whole(pivots), true);
done:
  if (pivots) ll_buffer_put(ctx, pivots);
  ll_matrix_release(ctx, &lu);
  return status;
}

ll_status ll_matrix_log_det(ll_ctx *ctx, const ll_matrix *a, double *log_abs, int *sign) {
  ll_matrix lu;
  ll_buffer *pivots;
  size_t zero;
  LL_TRY(factor(ctx, "log_det", a, &lu, &pivots, &zero));
  ll_sum sum = {0};
  *sign = 1;
  for (size_t i = 0; i < a->rows && !zero; i++) {
    double pivot = (double)ll_matrix_row(&lu, i)[i];
    ll_sum_add(&sum, ll_log(fabs(pivot)));
    if ((pivot < 0) != (whole(pivots)[i] != i)) *sign = -*sign;
  }
  *log_abs = zero ? -(double)INFINITY : ll_sum_value(&sum);
  if (zero) *sign = 0;
  ll_buffer_put(ctx, pivots);
  ll_matrix_release(ctx, &lu);
  return LL_OK;
}

ll_status ll_matrix_least_squares(ll_ctx *ctx, const ll_matrix *a, const ll_matrix *b, ll_matrix *out, size_t *rank) {
  size_t large = a->rows > a->cols ? a->rows : a->cols, small = a->rows < a->cols ? a->rows : a->cols;
  ll_matrix columns = {0}, right = {0}, values = {0}, work = {0};
  ll_buffer *numbers = NULL;
  ll_status status;
  *out = (ll_matrix){0};
  LL_TRY(check(ctx, "lstsq", a, false));
  LL_TRY(check(ctx, "lstsq", b, false));
  LL_TRY(check_rows(ctx, "lstsq", a, b));
  if (rank) *rank = 0;
  if (small == 0 || b->cols == 0) return ll_matrix_zeros(ctx, a->cols, b->cols, out);
  LL_GOTO(done, transposed_copy(ctx, a, &columns));
  LL_GOTO(done, ll_matrix_zeros(ctx, b->cols, large, &right)); /* row j is column j of the right side, then of the solution */
  for (size_t i = 0; i < b->rows; i++)
    for (size_t j = 0; j < b->cols; j++) ll_matrix_row(&right, j)[i] = ll_matrix_row(b, i)[j];
  LL_GOTO(done, ll_matrix_new(ctx, small, 1, &values));
  integer m = (integer)a->rows, n = (integer)a->cols, k = (integer)b->cols, ld = at_least_1(large), found = 0, ask = -1, least = 0,
          info = 0;
  ll_real cut = (ll_real)((double)large * LL_EPS), size = 0;
  LL_GOTO(done, lapack_open(ctx));
  F(gelsd)(&m, &n, &k, columns.data, &m, right.data, &ld, values.data, &cut, &found, &size, &ask, &least, &info);
  integer room = work_size(size);
  LL_GOTO(done, ll_matrix_new(ctx, (size_t)room, 1, &work));
  LL_GOTO(done, integers(ctx, (size_t)at_least_1((size_t)least), &numbers));
  F(gelsd)
  (&m, &n, &k, columns.data, &m, right.data, &ld, values.data, &cut, &found, work.data, &room, work_integers(numbers), &info);
  if (info)
    LL_GOTO(done,
            ll_fail(ctx, LL_ERR_SINGULAR, "lstsq: the singular values of a matrix %zux%zu do not converge", a->rows, a->cols));
  if (rank) *rank = (size_t)found;
  LL_GOTO(done, ll_matrix_new(ctx, a->cols, b->cols, out));
  for (size_t i = 0; i < a->cols; i++)
    for (size_t j = 0; j < b->cols; j++) ll_matrix_row(out, i)[j] = ll_matrix_row(&right, j)[i];
done:
  if (numbers) ll_buffer_put(ctx, numbers);
  ll_matrix_release(ctx, &columns);
  ll_matrix_release(ctx, &right);
  ll_matrix_release(ctx, &values);
  ll_matrix_release(ctx, &work);
  return status;
}

/* ---- values and vectors ------------------------------------------------------------------------------------------------ */

/* A vector and its negative are both solutions: the first of the largest elements of each column is made positive, so that the
 * result does not depend on the machine's LAPACK. A column whose sign changes in m changes it in beside too, if there is one. */
static void settle_signs(ll_matrix *m, ll_matrix *beside) {
  for (size_t j = 0; j < m->cols; j++) {
    ll_real largest = 0;
    for (size_t i = 0; i < m->rows; i++)
      if (fabs((double)ll_matrix_row(m, i)[j]) > fabs((double)largest)) largest = ll_matrix_row(m, i)[j];
    if (largest >= 0) continue;
    for (size_t i = 0; i < m->rows; i++) ll_matrix_row(m, i)[j] = -ll_matrix_row(m, i)[j];
    for (size_t i = 0; beside && i < beside->rows; i++) ll_matrix_row(beside, i)[j] = -ll_matrix_row(beside, i)[j];
  }
}

ll_status ll_matrix_eigen(ll_ctx *ctx, const ll_matrix *a, ll_matrix *values, ll_matrix *vectors) {
  ll_matrix rows = {0}, work = {0};
  ll_buffer *numbers = NULL;
  ll_status status;
  *values = (ll_matrix){0};
  if (vectors) *vectors = (ll_matrix){0};
  LL_TRY(check(ctx, "eigen", a, true));
  integer n = (integer)a->rows, ld = at_least_1(a->rows), ask = -1, least = 0, info = 0;
  ll_real size = 0, none;
  const char *job = vectors ? "V" : "N";
  LL_GOTO(done, symmetric_part(ctx, a, &rows));
  LL_GOTO(done, ll_matrix_new(ctx, a->rows, 1, values));
  LL_GOTO(done, lapack_open(ctx));
  F(syevd)(job, "U", &n, &none, &ld, &none, &size, &ask, &least, &ask, &info, 1, 1);
  integer room = work_size(size);
  LL_GOTO(done, ll_matrix_new(ctx, (size_t)room, 1, &work));
  LL_GOTO(done, integers(ctx, (size_t)at_least_1((size_t)least), &numbers));
  least = at_least_1((size_t)least);
  if (n) F(syevd)(job, "U", &n, rows.data, &ld, values->data, work.data, &room, work_integers(numbers), &least, &info, 1, 1);
  if (info)
    LL_GOTO(done, ll_fail(ctx, LL_ERR_SINGULAR, "eigen: the eigenvalues of a matrix %zux%zu do not converge", a->rows, a->cols));
  if (vectors) LL_GOTO(done, transposed_copy(ctx, &rows, vectors));
  if (vectors) settle_signs(vectors, NULL);
done:
  if (status != LL_OK) ll_matrix_release(ctx, values);
  if (numbers) ll_buffer_put(ctx, numbers);
  ll_matrix_release(ctx, &rows);
  ll_matrix_release(ctx, &work);
  return status;
}

/* Read by columns, the matrix is A' = V S U': what LAPACK calls V' is U by rows, and what it calls U is V' by rows. */
ll_status ll_matrix_singular(ll_ctx *ctx, const ll_matrix *a, ll_matrix *u, ll_matrix *s, ll_matrix *v) {
  size_t k = a->rows < a->cols ? a->rows : a->cols;
  ll_matrix copy = {0}, v_rows = {0}, work = {0};
  ll_buffer *numbers = NULL;
  ll_status status;
  *s = (ll_matrix){0};
  if (u) *u = *v = (ll_matrix){0};
  LL_TRY(check(ctx, "svd", a, false));
  LL_GOTO(done, ll_matrix_copy(ctx, a, &copy));
  LL_GOTO(done, ll_matrix_new(ctx, k, 1, s));
  if (u) LL_GOTO(done, ll_matrix_new(ctx, a->rows, k, u));
  if (u) LL_GOTO(done, ll_matrix_new(ctx, k, a->cols, &v_rows));
  LL_GOTO(done, integers(ctx, 8 * k + 1, &numbers));
  integer rows = (integer)a->cols, cols = (integer)a->rows, ld = at_least_1(a->cols), least = at_least_1(k), ask = -1, info = 0;
  ll_real size = 0, none[1];
  ll_real *left = u ? v_rows.data : none, *right = u ? u->data : none;
  const char *job = u ? "S" : "N";
  LL_GOTO(done, lapack_open(ctx));
  F(gesdd)(job, &rows, &cols, copy.data, &ld, s->data, left, &ld, right, &least, &size, &ask, work_integers(numbers), &info, 1);
  integer room = work_size(size);
  LL_GOTO(done, ll_matrix_new(ctx, (size_t)room, 1, &work));
  if (k) F(gesdd)
  (job, &rows, &cols, copy.data, &ld, s->data, left, &ld, right, &least, work.data, &room, work_integers(numbers), &info, 1);
  if (info)
    LL_GOTO(done, ll_fail(ctx, LL_ERR_SINGULAR, "svd: the singular values of a matrix %zux%zu do not converge", a->rows, a->cols));
  if (u) LL_GOTO(done, transposed_copy(ctx, &v_rows, v));
  if (u) settle_signs(u, v);
done:
  if (status != LL_OK) {
    ll_matrix_release(ctx, s);
    if (u) ll_matrix_release(ctx, u);
  }
  if (numbers) ll_buffer_put(ctx, numbers);
  ll_matrix_release(ctx, &copy);
  ll_matrix_release(ctx, &v_rows);
  ll_matrix_release(ctx, &work);
  return status;
}
