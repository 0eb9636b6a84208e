/* The blocks of a product: which operand is spread, which is read by vectors, what is packed. Read as gemm_lanes.h is. */
#include "engine/matrix/gemm_few.h"

enum {
  PANEL = VECTORS * (GEMM_BYTES / sizeof(T)),           /* columns of a panel of y */
  DEPTH = 128 * 4 / sizeof(T),                          /* steps of a block, so that a panel stays in the first cache */
  STRIP = 24,                                           /* rows of a strip of packed x */
  TALL = GEMM_ROOM / sizeof(T) / DEPTH / STRIP * STRIP, /* rows of a block of packed x */
};

/* What the blocks of one product share. */
typedef struct NAME(plan) {
  VIEW v;
  T alpha, x_scale, y_scale, scale; /* the last three: of the operands as they are packed, of the ends */
  bool pack_x, pack_y, with;        /* with: the chains begin at C */
  const T *bias;
  T *c, *room;
  size_t ldc;
} NAME(plan);
#define PLAN NAME(plan)

/* Rows of the next tile: the most, or two halves so that none is so short that an addition waits for the one before. */
static inline size_t NAME(tile_rows)(size_t left, size_t most) {
  return left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
}

/* Rows of one panel. */
static inline void NAME(run_tiles)(const CALL *t, size_t rows, size_t vectors, const T *x, const T *y, const T *from, T *c) {
  size_t most = NAME(most_rows)[vectors - 1];
  for (size_t i = 0, some; i < rows; i += some) {
    some = NAME(tile_rows)(rows - i, most);
    NAME(tiles)[vectors - 1][some - 1][t->xi == 1](t, x + i * t->xi, y, from ? from + i * t->fi : NULL, c + i * t->ci);
  }
}

/* The same with x in strips. */
static void NAME(run_strips)(const CALL *t, size_t rows, size_t vectors, const T *x, const T *y, const T *from, T *c) {
  for (size_t i = 0, some; i < rows; i += some, x += STRIP * t->k) {
    some = rows - i < STRIP ? rows - i : STRIP;
    NAME(run_tiles)(t, some, vectors, x, y, from ? from + i * t->fi : NULL, c + i * t->ci);
  }
}

/* The same of C': into a room of their own, and from there into the columns of C. bias [opt]: an element for each row. */
static void NAME(run_turned)(CALL *t, size_t rows, size_t cols, size_t vectors, const T *x, const T *y, bool again, const T *bias,
                             T *c, size_t ldc) {
  T room[12 * PANEL];
  size_t most = NAME(most_rows)[vectors - 1];
  t->fi = t->ci = PANEL;
  for (size_t i = 0, some; i < rows; i += some) {
    some = NAME(tile_rows)(rows - i, most);
    for (size_t r = 0; r < some && (again || bias); r++)
      for (size_t j = 0; j < cols; j++) room[r * PANEL + j] = again ? c[j * ldc + i + r] : bias[i + r];
    NAME(tiles)[vectors - 1][some - 1][t->xi == 1](t, x + i * t->xi, y, again || bias ? room : NULL, room);
    NAME(turn_some)(room, PANEL, some, cols, 1, c + i, ldc);
  }
}

/* Rows [i, i + rows) of x, steps [p, p + steps), into strips. */
static void NAME(pack_strips)(const PLAN *g, size_t i, size_t rows, size_t p, size_t steps) {
  const VIEW *v = &g->v;
  const T *x = v->x + i * v->xi + p * v->xk;
  for (size_t r = 0; r < rows; r += STRIP) {
    size_t some = rows - r < STRIP ? rows - r : STRIP;
    if (v->xk == 1) NAME(pack_turned)(x + r * v->xi, v->xi, some, steps, g->x_scale, g->room + r * steps, STRIP);
    else NAME(pack_straight)(x + r * v->xi, v->xk, some, steps, g->x_scale, g->room + r * steps, STRIP);
  }
}

/* Rows [i, i + rows) and steps [p, p + steps) of all panels. */
static void NAME(run_block)(const PLAN *g, size_t i, size_t rows, size_t p, size_t steps) {
  const VIEW *v = &g->v;
  const T *x = g->pack_x ? g->room : v->x + i * v->xi + p * v->xk, *bias = g->bias;
  T panel[PANEL * DEPTH];
  CALL t = {.k = steps, .xi = v->xi, .xk = v->xk, .yk = v->yk, .ci = g->ldc, .scale = p + steps == v->k ? g->scale : 1};
  bool again = g->with || p > 0;
  if (g->pack_x) t.xi = 1, t.xk = STRIP;
  for (size_t j = 0; j < v->cols; j += PANEL) {
    size_t cols = v->cols - j < PANEL ? v->cols - j : PANEL, vectors = (cols + W - 1) / W;
    const T *y = v->y + j * v->yj + p * v->yk;
    if (g->pack_y) {
      t.yk = vectors * W;
      if (v->yk == 1) NAME(pack_turned)(y, v->yj, cols, steps, g->y_scale, panel, t.yk);
      else NAME(pack_straight)(y, v->yk, cols, steps, g->y_scale, panel, t.yk);
      y = panel;
    }
    t.last = FIRST(cols - (vectors - 1) * W), t.whole = cols == vectors * W;
    if (v->turned) {
      NAME(run_turned)(&t, rows, cols, vectors, x, y, again, bias ? bias + i : NULL, g->c + j * g->ldc + i, g->ldc);
      continue;
    }
    T *c = g->c + i * g->ldc + j;
    const T *from = again ? c : bias ? bias + j : NULL;
    t.fi = again ? g->ldc : 0;
    if (g->pack_x) NAME(run_strips)(&t, rows, vectors, x, y, from, c);
    else NAME(run_tiles)(&t, rows, vectors, x, y, from, c);
  }
}

/* What a view costs, in halves of a fused vector: the chains, of which at least eight are needed to fill the time of one; turning.
 */
static inline size_t NAME(cost)(size_t rows, size_t cols, size_t k, bool turn_y, bool turn_c) {
  if (GEMM_BYTES > 16 && turn_y && turn_c && rows <= FEW_ROWS) return k * cols / 4;
  size_t vectors = (cols + W - 1) / W, least = 8 * ((vectors + VECTORS - 1) / VECTORS), chains = rows * vectors;
  return k * (chains > least ? chains : least) + (turn_y ? k * cols / 2 : 0) + (turn_c ? 2 * rows * cols : 0);
}

/* Makes it the other view of the same product. */
static void NAME(turn_over)(VIEW *v) { *v = (VIEW){v->cols, v->rows, v->k, v->y, v->x, v->yj, v->yk, v->xi, v->xk, !v->turned}; }

static void NAME(run_plan)(PLAN *g) {
  enum { FIRST_CACHE = 24 << 10, SECOND_CACHE = 512 << 10 };
  bool once = g->with && !(g->alpha == 1); /* alpha op(A), rounded, takes part: A is packed */
  if (once && !g->room && !g->v.turned) NAME(turn_over)(&g->v);
  const VIEW *const v = &g->v;
  if (GEMM_BYTES > 16 && v->turned && v->rows <= FEW_ROWS && v->yk == 1 && v->yj != 1 && v->cols >= W && v->k >= AHEAD &&
      !g->with) {
    NAME(run_few)(v, g->bias, g->alpha, g->c, g->ldc);
    return;
  }
  size_t y_bytes = v->cols * v->k * sizeof(T), depth = DEPTH, tall = v->rows;
  g->x_scale = once && !v->turned ? g->alpha : 1, g->y_scale = once && v->turned ? g->alpha : 1, g->scale = g->with ? 1 : g->alpha;
  g->pack_x = g->room && !v->turned && (once || (v->cols > 2 * PANEL && v->xk != 1 && v->rows * v->k * sizeof(T) > FIRST_CACHE));
  g->pack_y = v->yj != 1 || (once && v->turned) || (v->rows > 32 && y_bytes > FIRST_CACHE);
  if (g->pack_x) tall = TALL;
  else if (!g->pack_y && v->cols > PANEL)
    tall = v->k < 16 ? NAME(most_rows)[VECTORS - 1] : 2 * STRIP;       /* C is gone through by rows */
  if (v->rows <= 4 && v->yj == 1 && y_bytes > SECOND_CACHE) depth = 8; /* y, which is read once, by rows */
  for (size_t p = 0, steps; p == 0 || p < v->k; p += depth) {
    steps = v->k - p < depth ? v->k - p : depth;
    for (size_t i = 0, rows; i < v->rows; i += rows) {
      rows = v->rows - i < tall ? v->rows - i : tall;
      if (g->pack_x) NAME(pack_strips)(g, i, rows, p, steps);
      NAME(run_block)(g, i, rows, p, steps);
    }
  }
}

static void NAME(run)(const ll_gemm_shape *s, const T *a, const T *b, const T *bias, T *c, void *room) {
  T beta = (T)s->beta;
  if (s->m == 0 || s->n == 0) return;
  PLAN g = {.alpha = (T)s->alpha, .with = beta < 0 || beta > 0, .bias = bias, .c = c, .room = room, .ldc = s->ldc};
  if (g.with && !(beta == 1))
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++) c[i * s->ldc + j] *= beta;
  size_t m = s->m, n = s->n, k = s->k, rest = n % W;
  size_t as_it_is = NAME(cost)(m, n, k, s->tb, false), over = NAME(cost)(n, m, k, !s->ta, true);
  g.v = (VIEW){m, n, k, a, b, s->ta ? 1 : s->lda, s->ta ? s->lda : 1, s->tb ? s->ldb : 1, s->tb ? 1 : s->ldb, false};
  if (n > W && rest && 4 * rest <= W) { /* a few columns beside whole vectors may be cheaper by themselves */
    enum { CALL_COST = 300 };
    size_t apart = NAME(cost)(m, n - rest, k, s->tb, false) + NAME(cost)(rest, m, k, !s->ta, true) + CALL_COST;
    if (apart < as_it_is && apart < over) {
      PLAN other = g;
      other.v.cols = rest, other.v.y += (n - rest) * g.v.yj, other.c += n - rest;
      if (bias) other.bias += n - rest;
      NAME(turn_over)(&other.v);
      NAME(run_plan)(&other);
      g.v.cols = n - rest, over = SIZE_MAX;
    }
  }
  if (over < as_it_is) NAME(turn_over)(&g.v);
  NAME(run_plan)(&g);
}
