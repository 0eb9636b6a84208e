/* Products: the kernels of this machine, room for them, matrices. */
#include "engine/matrix/gemm.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "engine/base/crew.h"
#include "engine/base/ctx.h"
#include "engine/base/isa.h"
#include "engine/matrix/gemm_kernels.h"

LL_ISA_DECLARE(ll_gemm_kernels, ll_gemm_kernels);

/* Room for packed operands, for so many threads at once: the process's, and kept. Where the system gives none, the product goes
 * without: none can fail for want of memory. */
enum { ROOMS = 64 };
static _Atomic(void *) rooms[ROOMS];
static atomic_bool taken[ROOMS];

static void give_room(size_t i) {
  if (i < ROOMS) atomic_store_explicit(&taken[i], false, memory_order_release);
}

/* A number of a room, or ROOMS: there is none, or none is needed, as the operand is in the first cache anyway. */
static size_t take_room(const ll_gemm_shape *s, size_t size) {
  size_t least = s->m < s->n ? s->m : s->n;
  bool scaled = !(s->alpha == 1) && !(s->beta == 0);
  size_t i = s->k * least * size > 16 << 10 || scaled ? 0 : ROOMS;
  while (i < ROOMS && atomic_exchange_explicit(&taken[i], true, memory_order_acquire)) i++;
  if (i == ROOMS || atomic_load_explicit(&rooms[i], memory_order_relaxed)) return i;
  void *room = mmap(NULL, GEMM_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) {
    give_room(i);
    return ROOMS;
  }
  atomic_store_explicit(&rooms[i], room, memory_order_relaxed);
  return i;
}

/* ---- one product, and one that is shared out ---- */

static void alone(const ll_gemm_shape *s, size_t size, const void *a, const void *b, const void *bias, void *c) {
  const ll_gemm_kernels *k = LL_ISA_PICK(ll_gemm_kernels);
  size_t i = take_room(s, size);
  void *room = i < ROOMS ? atomic_load_explicit(&rooms[i], memory_order_relaxed) : NULL;
  if (size == sizeof(float)) k->float_(s, a, b, bias, c, room);
  else k->double_(s, a, b, bias, c, room);
  give_room(i);
}

/* A product in blocks of rows or of columns of C, which are products, too. */
typedef struct sharing {
  const ll_gemm_shape *s;
  size_t size, block;
  bool by_rows;
  const char *a, *b, *bias;
  char *c;
} sharing;

static void do_share(void *user, size_t task) {
  const sharing *w = user;
  ll_gemm_shape s = *w->s;
  size_t at = task * w->block, left = (w->by_rows ? s.m : s.n) - at, some = left < w->block ? left : w->block, size = w->size;
  if (w->by_rows) {
    s.m = some;
    alone(&s, size, w->a + at * (s.ta ? 1 : s.lda) * size, w->b, w->bias, w->c + at * s.ldc * size);
  } else {
    s.n = some;
    alone(&s, size, w->a, w->b + at * (s.tb ? s.ldb : 1) * size, w->bias ? w->bias + at * size : NULL, w->c + at * size);
  }
}

static void together(const ll_gemm_shape *s, size_t size, const void *a, const void *b, const void *bias, void *c) {
  enum { LARGE = 1 << 22, UNIT = 64, EACH = 2 }; /* fused operations for which threads pay; rows or columns; blocks a thread */
  size_t crew = s->m * s->n >= LARGE / (s->k ? s->k : 1) ? ll_crew_size() : 1;
  sharing w = {.s = s, .size = size, .by_rows = s->m > s->n, .a = a, .b = b, .bias = bias, .c = c};
  size_t n = w.by_rows ? s->m : s->n, units = (n + UNIT - 1) / UNIT;
  if (crew < 2 || units < 2) {
    alone(s, size, a, b, bias, c);
    return;
  }
  w.block = (units + EACH * crew - 1) / (EACH * crew) * UNIT;
  ll_crew_run(NULL, (n + w.block - 1) / w.block, do_share, &w);
}

void ll_gemmf(const ll_gemm_shape *s, const float *a, const float *b, const float *bias, float *c) {
  together(s, sizeof *a, a, b, bias, c);
}

void ll_gemmd(const ll_gemm_shape *s, const double *a, const double *b, const double *bias, double *c) {
  together(s, sizeof *a, a, b, bias, c);
}

/* ---- matrices ---- */

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
  enum { STEP = 192 }; /* rows: so many that packing costs little beside them */
  /* Multiplications and additions of some tenths of a second; base may have to do each of them by a dozen instructions. */
  const double most = ll_isa() == LL_ISA_base ? 2e8 : 2e10;
  ll_gemm_shape s = shape_of(ta, tb, 1, a, b, beta, c);
  const ll_real *start = bias ? bias->data : NULL;
  size_t n = s.m;
  double a_step = 2.0 * STEP * (double)s.n * (double)s.k;
  size_t block = a_step < most ? STEP * (size_t)(most / fmax(a_step, 1)) : STEP;
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
