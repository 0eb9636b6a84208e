/* Tiles: a few rows of C by a few vectors, held in registers while k runs. The operand whose elements are spread over a vector is
 * called x, that of which vectors are read y. Read as gemm_lanes.h is. */
#include "engine/matrix/gemm_lanes.h"

/* A product as tiles see it: x is spread, y is read by vectors; turned: what comes out is C'. */
typedef struct VIEW {
  size_t rows, cols, k;
  const T *x, *y;
  size_t xi, xk, yj, yk;
  bool turned;
} VIEW;

/* What the tiles of one block share. */
typedef struct CALL {
  size_t k;
  size_t xi, xk; /* x of row i and step p stands at [i * xi + p * xk] */
  size_t yk;     /* y of step p begins at [p * yk] */
  size_t fi, ci; /* from one row to the next of where the chains begin, and of C */
  T scale;       /* by which the ends are multiplied */
  M last;        /* lanes of the last vector */
  bool whole;    /* that are all */
} CALL;

/* from [opt]: where the chains begin; else at 0. */
typedef void (*TILE_FUNCTION)(const CALL *t, const T *x, const T *y, const T *from, T *c);

#define UNROLL _Pragma("GCC unroll 16")

/* R rows by N vectors. XI is t->xi, or 1 where that is known: then places are constants and no registers. */
#define TILE_OF(name, R, N, XI)                                                                                                    \
  static void NAME(name)(const CALL *t, const T *x, const T *y, const T *from, T *c) {                                             \
    V s[R][N];                                                                                                                     \
    const M last = t->last;                                                                                                        \
    const size_t xi = XI, xk = t->xk, yk = t->yk;                                                                                  \
    if (from) {                                                                                                                    \
      UNROLL for (size_t i = 0; i < R; i++) {                                                                                      \
        UNROLL for (size_t v = 0; v + 1 < N; v++) s[i][v] = LOAD(from + i * t->fi + v * W);                                        \
        s[i][N - 1] = LOAD_FIRST(last, from + i * t->fi + (N - 1) * W);                                                            \
      }                                                                                                                            \
    } else {                                                                                                                       \
      UNROLL for (size_t i = 0; i < R; i++) UNROLL for (size_t v = 0; v < N; v++) s[i][v] = SPLAT(0);                              \
    }                                                                                                                              \
    for (size_t p = t->k; p; p--, x += xk, y += yk) {                                                                              \
      V at[N];                                                                                                                     \
      UNROLL for (size_t v = 0; v + 1 < N; v++) at[v] = LOAD(y + v * W);                                                           \
      at[N - 1] = LOAD_FIRST(last, y + (N - 1) * W);                                                                               \
      UNROLL for (size_t i = 0; i < R; i++) {                                                                                      \
        V one = SPLAT(x[i * xi]);                                                                                                  \
        UNROLL for (size_t v = 0; v < N; v++) s[i][v] = FUSED(one, at[v], s[i][v]);                                                \
      }                                                                                                                            \
    }                                                                                                                              \
    if (t->scale != 1) UNROLL                                                                                                      \
    for (size_t i = 0; i < R; i++) UNROLL for (size_t v = 0; v < N; v++) s[i][v] = TIMES(s[i][v], SPLAT(t->scale));                \
    UNROLL for (size_t i = 0; i < R; i++) {                                                                                        \
      UNROLL for (size_t v = 0; v + 1 < N; v++) STORE(c + i * t->ci + v * W, s[i][v]);                                             \
      if (t->whole) STORE(c + i * t->ci + (N - 1) * W, s[i][N - 1]);                                                               \
      else STORE_FIRST(c + i * t->ci + (N - 1) * W, last, s[i][N - 1]);                                                            \
    }                                                                                                                              \
  }
#define TILE(R, N) TILE_OF(strided_##R##_##N, R, N, t->xi) TILE_OF(adjacent_##R##_##N, R, N, 1)
#define ROWS_4(N) TILE(1, N) TILE(2, N) TILE(3, N) TILE(4, N)
#define ROWS_6(N) ROWS_4(N) TILE(5, N) TILE(6, N)
#define ROWS_8(N) ROWS_6(N) TILE(7, N) TILE(8, N)
#define ROWS_12(N) ROWS_8(N) TILE(9, N) TILE(10, N) TILE(11, N) TILE(12, N)
#define PAIR(R, N)                                                                                                                 \
  { NAME(strided_##R##_##N), NAME(adjacent_##R##_##N) }
#define PAIRS_4(N) PAIR(1, N), PAIR(2, N), PAIR(3, N), PAIR(4, N)
#define PAIRS_6(N) PAIRS_4(N), PAIR(5, N), PAIR(6, N)
#define PAIRS_8(N) PAIRS_6(N), PAIR(7, N), PAIR(8, N)
#define PAIRS_12(N) PAIRS_8(N), PAIR(9, N), PAIR(10, N), PAIR(11, N), PAIR(12, N)

/* Rows are divisors of STRIP, so that a packed strip serves tiles of any width. */
#if defined(__AVX512F__)
enum { VECTORS = 4 };
static const size_t NAME(most_rows)[] = {12, 12, 8, 6};
ROWS_12(1)
ROWS_12(2)
ROWS_8(3) ROWS_6(4) static const TILE_FUNCTION NAME(tiles)[][12][2] = {{PAIRS_12(1)}, {PAIRS_12(2)}, {PAIRS_8(3)}, {PAIRS_6(4)}};
#else
enum { VECTORS = 2 };
static const size_t NAME(most_rows)[] = {8, 6};
ROWS_8(1) ROWS_6(2) static const TILE_FUNCTION NAME(tiles)[][8][2] = {{PAIRS_8(1)}, {PAIRS_6(2)}};
#endif
