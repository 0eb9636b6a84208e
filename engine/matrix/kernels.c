/* The kernels of this machine, and the same loops by the crew: each element is computed alone, so that it does not matter where
 * they are cut. */
#include "engine/matrix/kernels.h"

#include "engine/base/crew.h"

LL_ISA_DECLARE(ll_kernels, ll_kernels);

const ll_kernels *ll_kernels_get(void) { return LL_ISA_PICK(ll_kernels); }

typedef struct loop {
  ll_kernels_unary *unary;
  ll_kernels_unary1 *unary1;
  void (*binary)(const ll_real *a, const ll_real *b, ll_real *out, size_t n);
  const ll_real *x, *y, *g;
  ll_real *out;
  double a, b;
} loop;

static void piece_unary(void *user, size_t from, size_t to) {
  const loop *l = user;
  l->unary(l->x + from, l->out + from, to - from);
}
static void piece_unary1(void *user, size_t from, size_t to) {
  const loop *l = user;
  l->unary1(l->x + from, l->y + from, l->g + from, l->out + from, to - from);
}
static void piece_vv(void *user, size_t from, size_t to) {
  const loop *l = user;
  l->binary(l->x + from, l->y + from, l->out + from, to - from);
}
static void piece_vs(void *user, size_t from, size_t to) {
  const loop *l = user;
  l->binary(l->x + from, l->y, l->out + from, to - from);
}
static void piece_sv(void *user, size_t from, size_t to) {
  const loop *l = user;
  l->binary(l->x, l->y + from, l->out + from, to - from);
}
static void piece_scale(void *user, size_t from, size_t to) {
  const loop *l = user;
  ll_kernels_get()->scale(l->x + from, l->a, l->b, l->out + from, to - from);
}

/* A function costs more than a sum, but is cut as that is: what is there to gain does not differ much. */
void ll_kernels_run_unary(ll_kernels_unary *f, const ll_real *x, ll_real *out, size_t n) {
  ll_crew_pieces(n, 1, piece_unary, &(loop){.unary = f, .x = x, .out = out});
}
void ll_kernels_run_unary1(ll_kernels_unary1 *f, const ll_real *x, const ll_real *y, const ll_real *g, ll_real *out, size_t n) {
  ll_crew_pieces(n, 1, piece_unary1, &(loop){.unary1 = f, .x = x, .y = y, .g = g, .out = out});
}
void ll_kernels_run_vv(ll_binary op, const ll_real *a, const ll_real *b, ll_real *out, size_t n) {
  ll_crew_pieces(n, 1, piece_vv, &(loop){.binary = ll_kernels_get()->vv[op], .x = a, .y = b, .out = out});
}
void ll_kernels_run_vs(ll_binary op, const ll_real *a, const ll_real *b, ll_real *out, size_t n) {
  ll_crew_pieces(n, 1, piece_vs, &(loop){.binary = ll_kernels_get()->vs[op], .x = a, .y = b, .out = out});
}
void ll_kernels_run_sv(ll_binary op, const ll_real *a, const ll_real *b, ll_real *out, size_t n) {
  ll_crew_pieces(n, 1, piece_sv, &(loop){.binary = ll_kernels_get()->sv[op], .x = a, .y = b, .out = out});
}
void ll_kernels_run_scale(const ll_real *x, double a, double b, ll_real *out, size_t n) {
  ll_crew_pieces(n, 1, piece_scale, &(loop){.x = x, .out = out, .a = a, .b = b});
}
