/* Matrices and views: making, sharing, copying, filling. */
#include "losslab/matrix.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/base/crew.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/kernels.h"

ll_status ll_matrix_sides(ll_ctx *ctx, const char *who, size_t rows, size_t cols) {
  if (rows <= LL_MATRIX_SIDE && cols <= LL_MATRIX_SIDE) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: %zux%zu is too large: at most %d rows and %d columns", who, rows, cols, LL_MATRIX_SIDE,
                 LL_MATRIX_SIDE);
}

/* An empty matrix is given the room of one whose empty side is 1: a walk over its rows then costs no more than its memory does, and
 * the limit on memory bounds both. */
ll_status ll_matrix_new(ll_ctx *ctx, size_t rows, size_t cols, ll_matrix *out) {
  size_t count;
  *out = (ll_matrix){0};
  if (__builtin_mul_overflow(rows ? rows : 1, cols ? cols : 1, &count) || count > SIZE_MAX / 4 / sizeof(ll_real))
    return ll_fail(ctx, LL_ERR_MEMORY, "out of memory: a matrix %zux%zu asked for", rows, cols);
  LL_TRY(ll_matrix_sides(ctx, "a matrix", rows, cols));
  ll_buffer *buffer;
  LL_TRY(ll_buffer_get(ctx, count, &buffer));
  *out = (ll_matrix){buffer->data, rows, cols, cols, buffer};
  return LL_OK;
}

ll_status ll_matrix_zeros(ll_ctx *ctx, size_t rows, size_t cols, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, rows, cols, out));
  memset(out->data, 0, rows * cols * sizeof(ll_real));
  return LL_OK;
}

ll_status ll_matrix_copy(ll_ctx *ctx, const ll_matrix *m, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, m->rows, m->cols, out));
  ll_matrix_assign(out, m);
  return LL_OK;
}

ll_matrix ll_matrix_wrap(ll_real *data, size_t rows, size_t cols) { return (ll_matrix){data, rows, cols, cols, NULL}; }

ll_status ll_matrix_view(ll_ctx *ctx, const ll_matrix *m, size_t row, size_t col, size_t rows, size_t cols, ll_matrix *out) {
  *out = (ll_matrix){0};
  if (rows > m->rows || row > m->rows - rows || cols > m->cols || col > m->cols - cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "a view of rows %zu..%zu, columns %zu..%zu of a matrix %zux%zu", row + 1, row + rows, col + 1,
                   col + cols, m->rows, m->cols);
  *out = ll_matrix_share(m);
  out->data += row * m->stride + col;
  out->rows = rows, out->cols = cols;
  return LL_OK;
}

ll_matrix ll_matrix_share(const ll_matrix *m) {
  if (m->buffer) m->buffer->refs++;
  return *m;
}

void ll_matrix_release(ll_ctx *ctx, ll_matrix *m) {
  if (m->buffer) ll_buffer_put(ctx, m->buffer);
  *m = (ll_matrix){0};
}

void ll_matrix_touch(const ll_matrix *m) {
  if (m->buffer) m->buffer->version++;
}

void ll_matrix_fill(ll_matrix *m, double value) {
  for (size_t i = 0; i < m->rows; i++) {
    ll_real *row = ll_matrix_row(m, i);
    for (size_t j = 0; j < m->cols; j++) row[j] = (ll_real)value;
  }
}

void ll_matrix_assign(ll_matrix *to, const ll_matrix *from) {
  assert(to->rows == from->rows && to->cols == from->cols);
  if (ll_matrix_count(to) == 0) return;
  if (ll_matrix_contiguous(to) && ll_matrix_contiguous(from)) {
    memmove(to->data, from->data, ll_matrix_count(to) * sizeof(ll_real));
    return;
  }
  for (size_t i = 0; i < to->rows; i++) memmove(ll_matrix_row(to, i), ll_matrix_row(from, i), to->cols * sizeof(ll_real));
}

typedef struct gathered {
  const ll_matrix *from;
  const uint32_t *rows;
  const ll_matrix *to;
} gathered;

static void gather_some(void *user, size_t from, size_t to) {
  const gathered *g = user;
  size_t n = g->from->cols * sizeof(ll_real);
  for (size_t i = from; i < to; i++) memcpy(ll_matrix_row(g->to, i), ll_matrix_row(g->from, g->rows[i]), n);
}

ll_status ll_matrix_gather(ll_ctx *ctx, const ll_matrix *m, const uint32_t *rows, size_t n, ll_matrix *out) {
  *out = (ll_matrix){0};
  for (size_t i = 0; i < n; i++)
    if (rows[i] >= m->rows)
      return ll_fail(ctx, LL_ERR_RANGE, "row %zu asked for (place %zu of %zu), but the matrix is %zux%zu", (size_t)rows[i] + 1,
                     i + 1, n, m->rows, m->cols);
  LL_TRY(ll_matrix_new(ctx, n, m->cols, out));
  ll_crew_pieces(n, m->cols, gather_some, &(gathered){m, rows, out});
  return LL_OK;
}

bool ll_matrix_find_bad(const ll_matrix *m, size_t *row, size_t *col) {
  const ll_kernels *k = ll_kernels_get();
  /* one sweep decides; the search is only for the message */
  if (ll_matrix_contiguous(m) && k->all_finite(m->data, m->rows * m->cols)) return false;
  for (size_t i = 0; i < m->rows; i++) {
    const ll_real *x = ll_matrix_row(m, i);
    for (size_t j = 0; j < m->cols; j++)
      if (!isfinite(x[j])) {
        *row = i, *col = j;
        return true;
      }
  }
  return false;
}

double ll_matrix_sum(const ll_matrix *m) {
  const ll_kernels *k = ll_kernels_get();
  if (ll_matrix_contiguous(m)) return k->sum(m->data, m->rows * m->cols);
  ll_sum sum = {0};
  for (size_t i = 0; i < m->rows; i++) ll_sum_add(&sum, k->sum(ll_matrix_row(m, i), m->cols));
  return ll_sum_value(&sum);
}

void ll_matrix_uniform(ll_matrix *m, ll_random *r, double low, double high) {
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      ll_real x = (ll_real)(low + (high - low) * ll_random_uniform(r));
      ll_matrix_row(m, i)[j] = x < (ll_real)high ? x : (ll_real)low; /* rounding may reach high, which is not in the range */
    }
}

void ll_matrix_integers(ll_matrix *m, ll_random *r, int64_t low, int64_t high) {
  uint64_t n = (uint64_t)high - (uint64_t)low + 1; /* 0: 2^64 */
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      uint64_t step = n ? ll_random_below(r, n) : (uint64_t)ll_random_bits(r) << 32 | ll_random_bits(r);
      ll_matrix_row(m, i)[j] = (ll_real)(int64_t)((uint64_t)low + step);
    }
}

void ll_matrix_bernoulli(ll_matrix *m, ll_random *r, double p) {
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) ll_matrix_row(m, i)[j] = ll_random_uniform(r) < p;
}

void ll_matrix_sphere(ll_matrix *m, ll_random *r, double radius) {
  for (size_t i = 0; i < m->rows; i++) {
    ll_real *x = ll_matrix_row(m, i);
    double squares = 0;
    while (m->cols && squares == 0) { /* the direction of a normal point is uniform; 0 has none */
      for (size_t j = 0; j < m->cols; j++) {
        double v = ll_random_normal(r);
        x[j] = (ll_real)v;
        squares += v * v;
      }
    }
    for (size_t j = 0; j < m->cols; j++) x[j] = (ll_real)((double)x[j] * (radius / sqrt(squares)));
  }
}

void ll_matrix_normal(ll_matrix *m, ll_random *r, double mean, double deviation) {
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) ll_matrix_row(m, i)[j] = (ll_real)(mean + deviation * ll_random_normal(r));
}
