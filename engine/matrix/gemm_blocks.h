/* The blocks of a product: which operand is spread, which is read by vectors, what is packed. Read as gemm_lanes.h is. */
#include "engine/matrix/gemm_turn.h"

enum {
  PANEL = VECTORS * (GEMM_BYTES / sizeof(T)),           /* columns of a panel of y */
  DEPTH = 128 * 4 / sizeof(T),                          /* steps of a block, so that a panel stays in the first cache */
  STRIP = 24,                                           /* rows of a strip of packed x */
  TALL = GEMM_ROOM / sizeof(T) / DEPTH / STRIP * STRIP, /* rows of a block of packed x */
};

/* A product as tiles see it: x is spread, y is read by vectors; turned: what comes out is C'. */
typedef struct VIEW {
  size_t rows, cols, k;
  const T *x, *y;
  size_t xi, xk, yj, yk;
  bool turned;
} VIEW;

/* Rows of the next tile: the most, or two halves so that none is so short that an addition waits for the one before. */
static inline size_t NAME(tile_rows)(size_t left, size_t most) {
  return left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
}

/* Rows [0, rows) by one panel of `cols` columns and t->k steps. */
static inline void NAME(run_tiles)(const CALL *t, size_t rows, size_t vectors, const T *x, const T *y, const T *from, T *c) {
  size_t most = NAME(most_rows)[vectors - 1];
  for (size_t i = 0, some; i < rows; i += some) {
    some = NAME(tile_rows)(rows - i, most);
    NAME(tiles)[vectors - 1][some - 1][t->xi == 1](t, x + i * t->xi, y, from ? from + i * t->fi : NULL, c + i * t->ci);
  }
}
/* The same with x in strips. */
static inline void NAME(run_strips)(const CALL *t, size_t rows, size_t vectors, const T *x, const T *y, const T *from, T *c) {
  for (size_t i = 0; i < rows; i += STRIP, x += STRIP * t->k) NAME(run_tiles)
  (t, rows - i < STRIP ? rows - i : STRIP, vectors, x, y, from ? from + i * t->fi : NULL, c + i * t->ci);
}

/* The panel's tiles turned: into a room of their own, and from there into the columns of C. */
static void NAME(run_turned)(const CALL *t, size_t rows, size_t cols, size_t vectors, const T *x, const T *y, const T *from,
                             size_t fi, size_t fj, T *c, size_t ldc) {
  T room[12 * PANEL];
  CALL own = *t;
  own.fi = own.ci = PANEL;
  size_t most = NAME(most_rows)[vectors - 1];
  for (size_t i = 0, some; i < rows; i += some) {
    some = NAME(tile_rows)(rows - i, most);
    for (size_t r = 0; from && r < some; r++)
      for (size_t j = 0; j < cols; j++) room[r * PANEL + j] = from[(i + r) * fi + j * fj];
    NAME(tiles)[vectors - 1][some - 1][own.xi == 1](&own, x + i * own.xi, y, from ? room : NULL, room);
    for (size_t j = 0; j < cols; j++)
      for (size_t r = 0; r < some; r++) c[j * ldc + i + r] = room[r * PANEL + j];
  }
}

/* What a view costs, in halves of a fused vector: the chains, of which at least eight are needed to fill the time of one; turning.
 */
static double NAME(cost)(const VIEW *v) {
  size_t vectors = (v->cols + W - 1) / W, whole = vectors / VECTORS, rest = vectors % VECTORS;
  double chains = (double)v->rows * (double)vectors, least = 8.0 * (double)(whole + (rest > 0));
  return (double)v->k * (chains > least ? chains : least) + (v->yj == 1 ? 0 : 0.5 * (double)v->cols * (double)v->k) +
         (v->turned ? 3.0 * (double)v->rows * (double)v->cols : 0);
}

static void NAME(run)(const ll_gemm_shape *s, const T *a, const T *b, const T *bias, T *c, void *room) {
  T alpha = (T)s->alpha, beta = (T)s->beta;
  if (s->m == 0 || s->n == 0) return;
  bool with = beta < 0 || beta > 0; /* the chains begin at C */
  if (with && !(beta == 1))
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++) c[i * s->ldc + j] *= beta;
  VIEW v = {s->m, s->n, s->k, a, b, s->ta ? 1 : s->lda, s->ta ? s->lda : 1, s->tb ? s->ldb : 1, s->tb ? 1 : s->ldb, false};
  VIEW turned = {s->n, s->m, s->k, b, a, s->tb ? s->ldb : 1, s->tb ? 1 : s->ldb, s->ta ? 1 : s->lda, s->ta ? s->lda : 1, true};
  bool once = with && !(alpha == 1); /* alpha op(A), rounded, takes part: it has to be packed */
  if ((once && !room) || NAME(cost)(&turned) < NAME(cost)(&v)) v = turned;
  T x_scale = once && !v.turned ? alpha : 1, y_scale = once && v.turned ? alpha : 1;
  bool pack_x = room && !v.turned && (once || (v.cols > 2 * PANEL && v.xk != 1 && v.rows * v.k * sizeof(T) > 32 << 10));
  bool pack_y = v.yj != 1 || (once && v.turned) || (v.rows > 32 && v.cols * v.k * sizeof(T) > 24 << 10);
  T panel[PANEL * DEPTH];
  for (size_t p = 0; p == 0 || p < v.k; p += DEPTH) {
    size_t steps = v.k - p < DEPTH ? v.k - p : DEPTH;
    size_t tall = pack_x ? TALL : v.rows;
    for (size_t i = 0; i < v.rows; i += tall) {
      size_t rows = v.rows - i < tall ? v.rows - i : tall;
      const T *x = v.x + i * v.xi + p * v.xk;
      if (pack_x) {
        for (size_t r = 0; r < rows; r += STRIP) {
          size_t some = rows - r < STRIP ? rows - r : STRIP;
          T *to = (T *)room + r * steps;
          if (v.xk == 1) NAME(pack_turned)(x + r * v.xi, v.xi, some, steps, x_scale, to, STRIP);
          else NAME(pack_straight)(x + r, v.xk, some, steps, x_scale, to, STRIP);
        }
        x = room;
      }
      for (size_t j = 0; j < v.cols; j += PANEL) {
        size_t cols = v.cols - j < PANEL ? v.cols - j : PANEL, vectors = (cols + W - 1) / W;
        const T *y = v.y + j * v.yj + p * v.yk;
        CALL t = {.k = steps, .xi = pack_x ? 1 : v.xi, .xk = pack_x ? STRIP : v.xk, .yk = v.yk, .scale = 1};
        if (pack_y) {
          if (v.yk == 1) NAME(pack_turned)(y, v.yj, cols, steps, y_scale, panel, vectors * W);
          else NAME(pack_straight)(y, v.yk, cols, steps, y_scale, panel, vectors * W);
          y = panel, t.yk = vectors * W;
        }
        if (!with && p + steps == v.k) t.scale = alpha;
        t.last = FIRST(cols - (vectors - 1) * W), t.whole = cols == vectors * W;
        bool again = with || p > 0;
        if (v.turned) {
          NAME(run_turned)
          (&t, rows, cols, vectors, x, y,
           again  ? c + j * s->ldc + i
           : bias ? bias + i
                  : NULL,
           1, again ? s->ldc : 0, c + j * s->ldc + i, s->ldc);
          continue;
        }
        const T *from = again ? c + i * s->ldc + j : bias ? bias + j : NULL;
        t.ci = s->ldc, t.fi = again ? s->ldc : 0;
        if (pack_x) NAME(run_strips)(&t, rows, vectors, x, y, from, c + i * s->ldc + j);
        else NAME(run_tiles)(&t, rows, vectors, x, y, from, c + i * s->ldc + j);
      }
    }
  }
}
