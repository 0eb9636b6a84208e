/* LAPACK by its Fortran names, which OpenBLAS exports. LAPACK reads columns; a row-major matrix read so is its transpose. For
 * symmetric matrices and singular values that makes no difference; elsewhere the "transposed" flags make up for it. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/blas.h"
#include "engine/base/ctx.h"
#include "engine/base/scalar.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/lapack.h"
#include "losslab/linalg.h"

#ifdef LL_DOUBLE
#define NAME(name) "d" #name "_"
#define TRSM_NAME "cblas_dtrsm"
#else
#define NAME(name) "s" #name "_"
#define TRSM_NAME "cblas_strsm"
#endif
typedef int integer;
enum { CblasRowMajor = 101, CblasLeft = 141, CblasUpper = 121, CblasLower, CblasNoTrans = 111, CblasTrans, CblasNonUnit = 131 };

/* The last arguments are the lengths of the character arguments, as gfortran passes them. */
static struct {
  void (*potrf)(const char *, const integer *, ll_real *, const integer *, integer *, size_t);
  void (*getrf)(const integer *, const integer *, ll_real *, const integer *, integer *, integer *);
  void (*getrs)(const char *, const integer *, const integer *, const ll_real *, const integer *, const integer *, ll_real *,
                const integer *, integer *, size_t);
  void (*syevd)(const char *, const char *, const integer *, ll_real *, const integer *, ll_real *, ll_real *, const integer *,
                integer *, const integer *, integer *, size_t, size_t);
  void (*gesdd)(const char *, const integer *, const integer *, ll_real *, const integer *, ll_real *, ll_real *, const integer *,
                ll_real *, const integer *, ll_real *, const integer *, integer *, integer *, size_t);
  void (*gelsd)(const integer *, const integer *, const integer *, ll_real *, const integer *, ll_real *, const integer *,
                ll_real *, const ll_real *, integer *, ll_real *, const integer *, integer *, integer *);
  void (*dpotrf)(const char *, const integer *, double *, const integer *, integer *, size_t);
  void (*dpotri)(const char *, const integer *, double *, const integer *, integer *, size_t);
  void (*trsm)(int, int, int, int, int, integer, integer, ll_real, const ll_real *, integer, ll_real *, integer);
} lapack;
#define F(name) lapack.name
#define TRSM lapack.trsm
#define dpotrf_ lapack.dpotrf
#define dpotri_ lapack.dpotri

ll_status ll_lapack_open(ll_ctx *ctx) {
  static const struct {
    const char *name;
    void *place;
  } functions[] = {{NAME(potrf), &lapack.potrf}, {NAME(getrf), &lapack.getrf}, {NAME(getrs), &lapack.getrs},
                   {NAME(syevd), &lapack.syevd}, {NAME(gesdd), &lapack.gesdd}, {NAME(gelsd), &lapack.gelsd},
                   {"dpotrf_", &lapack.dpotrf},  {"dpotri_", &lapack.dpotri},  {TRSM_NAME, &lapack.trsm}};
  static atomic_bool found;
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
                   a->cols, (double)ll_matrix_row(a, row)[col]);
  return ll_lapack_open(ctx);
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

/* n whole numbers from the pool. */
static ll_status integers(ll_ctx *ctx, size_t n, ll_buffer **out) {
  return ll_buffer_get(ctx, (n * sizeof(integer) + sizeof(ll_real) - 1) / sizeof(ll_real), out);
}
static integer *whole(ll_buffer *buffer) { return (integer *)(void *)buffer->data; }

/* A workspace size that LAPACK gives as a float may have been rounded down. */
static integer work_size(ll_real asked) { return (integer)((double)asked * (1 + 2 * LL_EPS)) + 1; }

static integer at_least_1(size_t n) { return (integer)(n ? n : 1); }

/* ---- linear systems ------------------------------------------------------------------------------------------------- */

ll_status ll_matrix_cholesky(ll_ctx *ctx, const ll_matrix *a, ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(check(ctx, "cholesky", a, true));
  LL_TRY(symmetric_part(ctx, a, out));
  integer n = (integer)a->rows, ld = at_least_1(a->rows), info = 0;
  ctx->tied |= LL_TIED_LAPACK;
  if (n) F(potrf)("U", &n, out->data, &ld, &info, 1); /* the upper triangle by columns is the lower by rows */
  if (info) {
    ll_matrix_release(ctx, out);
    return ll_fail(
        ctx, LL_ERR_SINGULAR,
        "cholesky: a matrix %zux%zu is not positive definite: the minor of its first %d rows and columns is not positive", a->rows,
        a->cols, (int)info);
  }
  for (size_t i = 0; i < a->rows; i++) memset(ll_matrix_row(out, i) + i + 1, 0, (a->rows - i - 1) * sizeof(ll_real));
  return LL_OK;
}

size_t ll_lapack_factor(ll_ctx *ctx, double *s, size_t n) {
  integer order = (integer)n, info = 0;
  ctx->tied |= LL_TIED_LAPACK;
  dpotrf_("U", &order, s, &order, &info, 1);
  return info > 0 ? (size_t)info - 1 : n;
}

void ll_lapack_inverse(ll_ctx *ctx, double *s, size_t n) {
  integer order = (integer)n, info = 0;
  ctx->tied |= LL_TIED_LAPACK;
  dpotri_("U", &order, s, &order, &info, 1);
}

ll_status ll_matrix_solve_triangular(ll_ctx *ctx, const ll_matrix *a, bool upper, bool transposed, const ll_matrix *b,
                                     ll_matrix *out) {
  *out = (ll_matrix){0};
  if (a->rows != a->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "solve_triangular: a square matrix expected, not %zux%zu", a->rows, a->cols);
  LL_TRY(check_rows(ctx, "solve_triangular", a, b));
  LL_TRY(ll_lapack_open(ctx));
  for (size_t i = 0; i < a->rows; i++)
    if (ll_matrix_row(a, i)[i] == 0)
      return ll_fail(ctx, LL_ERR_SINGULAR, "solve_triangular: element (%zu, %zu) of the diagonal is 0", i + 1, i + 1);
  LL_TRY(ll_matrix_copy(ctx, b, out));
  ctx->tied |= LL_TIED_LAPACK;
  if (ll_matrix_count(b))
    TRSM(CblasRowMajor, CblasLeft, upper ? CblasUpper : CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit,
         (integer)b->rows, (integer)b->cols, 1, a->data, (integer)(a->stride > a->cols ? a->stride : a->cols), out->data,
         (integer)b->cols);
  return LL_OK;
}

/* lu: the factors of A', since a's rows are read as columns. *info: 0, or the first zero on the diagonal of U, from 1. */
static ll_status factor(ll_ctx *ctx, const char *what, const ll_matrix *a, ll_matrix *lu, ll_buffer **pivots, integer *info) {
  *lu = (ll_matrix){0}, *pivots = NULL;
  LL_TRY(check(ctx, what, a, true));
  LL_TRY(ll_matrix_copy(ctx, a, lu));
  ll_status status = integers(ctx, a->rows, pivots);
  if (status != LL_OK) {
    ll_matrix_release(ctx, lu);
    return status;
  }
  integer n = (integer)a->rows, ld = at_least_1(a->rows);
  *info = 0;
  ctx->tied |= LL_TIED_LAPACK;
  if (n) F(getrf)(&n, &n, lu->data, &ld, whole(*pivots), info);
  return LL_OK;
}

ll_status ll_matrix_solve(ll_ctx *ctx, const ll_matrix *a, bool transposed, const ll_matrix *b, ll_matrix *out) {
  ll_matrix lu = {0}, columns = {0};
  ll_buffer *pivots = NULL;
  integer info = 0, n = (integer)a->rows, m = (integer)b->cols, ld = at_least_1(a->rows);
  ll_status status;
  *out = (ll_matrix){0};
  LL_TRY(check_rows(ctx, "solve", a, b));
  LL_GOTO(done, factor(ctx, "solve", a, &lu, &pivots, &info));
  if (info)
    LL_GOTO(done,
            ll_fail(ctx, LL_ERR_SINGULAR, "solve: a matrix %zux%zu is singular: its rank is below %d", a->rows, a->cols, (int)n));
  LL_GOTO(done, transposed_copy(ctx, b, &columns));
  if (ll_matrix_count(b)) F(getrs)(transposed ? "N" : "T", &n, &m, lu.data, &ld, whole(pivots), columns.data, &ld, &info, 1);
  LL_GOTO(done, transposed_copy(ctx, &columns, out));
done:
  if (pivots) ll_buffer_put(ctx, pivots);
  ll_matrix_release(ctx, &lu);
  ll_matrix_release(ctx, &columns);
  return status;
}

ll_status ll_matrix_log_det(ll_ctx *ctx, const ll_matrix *a, double *log_abs, int *sign) {
  ll_matrix lu;
  ll_buffer *pivots;
  integer info;
  LL_TRY(factor(ctx, "log_det", a, &lu, &pivots, &info));
  ll_sum sum = {0};
  *sign = 1;
  for (size_t i = 0; i < a->rows && !info; i++) {
    double pivot = (double)ll_matrix_row(&lu, i)[i];
    ll_sum_add(&sum, ll_log(fabs(pivot)));
    if ((pivot < 0) != (whole(pivots)[i] != (integer)i + 1)) *sign = -*sign;
  }
  *log_abs = info ? -(double)INFINITY : ll_sum_value(&sum);
  if (info) *sign = 0;
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
  ctx->tied |= LL_TIED_LAPACK;
  F(gelsd)(&m, &n, &k, columns.data, &m, right.data, &ld, values.data, &cut, &found, &size, &ask, &least, &info);
  integer room = work_size(size);
  LL_GOTO(done, ll_matrix_new(ctx, (size_t)room, 1, &work));
  LL_GOTO(done, integers(ctx, (size_t)at_least_1((size_t)least), &numbers));
  F(gelsd)
  (&m, &n, &k, columns.data, &m, right.data, &ld, values.data, &cut, &found, work.data, &room, whole(numbers), &info);
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
  ctx->tied |= LL_TIED_LAPACK;
  F(syevd)(job, "U", &n, &none, &ld, &none, &size, &ask, &least, &ask, &info, 1, 1);
  integer room = work_size(size);
  LL_GOTO(done, ll_matrix_new(ctx, (size_t)room, 1, &work));
  LL_GOTO(done, integers(ctx, (size_t)at_least_1((size_t)least), &numbers));
  least = at_least_1((size_t)least);
  if (n) F(syevd)(job, "U", &n, rows.data, &ld, values->data, work.data, &room, whole(numbers), &least, &info, 1, 1);
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
  ctx->tied |= LL_TIED_LAPACK;
  F(gesdd)(job, &rows, &cols, copy.data, &ld, s->data, left, &ld, right, &least, &size, &ask, whole(numbers), &info, 1);
  integer room = work_size(size);
  LL_GOTO(done, ll_matrix_new(ctx, (size_t)room, 1, &work));
  if (k) F(gesdd)(job, &rows, &cols, copy.data, &ld, s->data, left, &ld, right, &least, work.data, &room, whole(numbers), &info, 1);
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
