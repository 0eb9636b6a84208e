/* Products: the kernels of this machine, room for them, matrices. */
#include "engine/matrix/gemm.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>

#include "engine/base/ctx.h"
#include "engine/base/isa.h"
#include "engine/matrix/gemm_kernels.h"

LL_ISA_DECLARE(ll_gemm_kernels, ll_gemm_kernels);

/* Room for packed operands, for so many threads at once. It is the process's, so that no product can fail for want of memory; pages
 * that are not used are never there in fact. */
enum { ROOMS = 4 };
static _Alignas(64) unsigned char rooms[ROOMS][GEMM_ROOM];
static atomic_flag taken[ROOMS] = {ATOMIC_FLAG_INIT, ATOMIC_FLAG_INIT, ATOMIC_FLAG_INIT, ATOMIC_FLAG_INIT};

/* A number of a room, or ROOMS: none is left, or none is needed, as the operand is in the first cache anyway. */
static size_t take_room(const ll_gemm_shape *s, size_t size) {
  size_t least = s->m < s->n ? s->m : s->n;
  bool scaled = !(s->alpha == 1) && !(s->beta == 0);
  size_t i = s->k * least * size > 16 << 10 || scaled ? 0 : ROOMS;
  while (i < ROOMS && atomic_flag_test_and_set_explicit(&taken[i], memory_order_acquire)) i++;
  return i;
}

static void give_room(size_t i) {
  if (i < ROOMS) atomic_flag_clear_explicit(&taken[i], memory_order_release);
}

static const ll_gemm_kernels *kernels(void) { return LL_ISA_PICK(ll_gemm_kernels); }

void ll_gemmf(const ll_gemm_shape *s, const float *a, const float *b, const float *bias, float *c) {
  size_t room = take_room(s, sizeof *a);
  kernels()->f(s, a, b, bias, c, room < ROOMS ? rooms[room] : NULL);
  give_room(room);
}

void ll_gemmd(const ll_gemm_shape *s, const double *a, const double *b, const double *bias, double *c) {
  size_t room = take_room(s, sizeof *a);
  kernels()->d(s, a, b, bias, c, room < ROOMS ? rooms[room] : NULL);
  give_room(room);
}

static ll_gemm_shape shape_of(bool ta, bool tb, double alpha, const ll_matrix *a, const ll_matrix *b, double beta,
                              const ll_matrix *c) {
  ll_gemm_shape s = {
      ta, tb, ta ? a->cols : a->rows, tb ? b->rows : b->cols, ta ? a->rows : a->cols, a->stride, b->stride, c->stride, alpha, beta};
  assert((tb ? b->cols : b->rows) == s.k && c->rows == s.m && c->cols == s.n);
  return s;
}

void ll_matrix_gemm(bool transpose_a, bool transpose_b, double alpha, const ll_matrix *a, const ll_matrix *b, double beta,
                    ll_matrix *c) {
  ll_gemm_shape s = shape_of(transpose_a, transpose_b, alpha, a, b, beta, c);
  ll_gemm_real(&s, a->data, b->data, NULL, c->data);
}

ll_status ll_gemm_product(ll_ctx *ctx, bool ta, bool tb, const ll_matrix *a, const ll_matrix *b, double beta, const ll_matrix *bias,
                          ll_matrix *c) {
  enum { STEP = 192 };             /* rows: so many that packing costs little beside them */
  static const double LONG = 2e10; /* multiplications and additions: some tenths of a second */
  ll_gemm_shape s = shape_of(ta, tb, 1, a, b, beta, c);
  const ll_real *start = bias ? bias->data : NULL;
  size_t n = s.m;
  double a_step = 2.0 * STEP * (double)s.n * (double)s.k;
  size_t block = a_step < LONG ? STEP * (size_t)(LONG / fmax(a_step, 1)) : STEP;
  if (n < 2 * block) {
    ll_gemm_real(&s, a->data, b->data, start, c->data);
    return LL_OK;
  }
  for (size_t at = 0; at < n; at += s.m) {
    s.m = n - at < 2 * block ? n - at : block; /* so that the last is no short one */
    LL_TRY(ll_ctx_go_on(ctx));
    ll_gemm_real(&s, ta ? a->data + at : ll_matrix_row(a, at), b->data, start, ll_matrix_row(c, at));
  }
  return LL_OK;
}
