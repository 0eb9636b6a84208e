/* Products with few columns, as C': a few rows of x by y, whose rows are steps and are turned in registers on the way, since all
 * the time goes into reading them. Read as gemm_lanes.h is. */
#include "engine/matrix/gemm_turn.h"

#define FEW_ROWS 3 /* at most */
#if defined(__AVX512F__)
#define FEW_VECTORS 2 /* at once, so that no chain is waited for */
#else
#define FEW_VECTORS 4
#endif

/* R rows by N vectors of columns. ends: R rows of N * W, where the chains end, and where they begin unless `from` has the beginning
 * of each row. */
#define FEW(R, N)                                                                                                                  \
  static void NAME(few_##R##_##N)(const T *x, size_t xi, size_t xk, const T *y, size_t yj, size_t k, const T *from, T *ends) {     \
    V s[R][N];                                                                                                                     \
    for (size_t r = 0; r < R; r++)                                                                                                 \
      for (size_t v = 0; v < N; v++) s[r][v] = from ? SPLAT(from[r]) : LOAD(ends + (r * N + v) * W);                               \
    for (size_t p = 0, skip; p < k; p += AHEAD) {                                                                                  \
      skip = p + AHEAD > k ? p + AHEAD - k : 0; /* the last steps begin earlier, and those that were made are not made again */    \
      V at[N][AHEAD];                                                                                                              \
      for (size_t v = 0; v < N; v++) NAME(load_ahead)(y + v * W * yj + p - skip, yj, at[v]);                                       \
      const T *one = x + (p - skip) * xk;                                                                                          \
      UNROLL for (size_t q = 0; q < AHEAD; q++) {                                                                                  \
        if (q < skip) continue;                                                                                                    \
        for (size_t r = 0; r < R; r++)                                                                                             \
          for (size_t v = 0; v < N; v++) s[r][v] = FUSED(SPLAT(one[r * xi + q * xk]), at[v][q], s[r][v]);                          \
      }                                                                                                                            \
    }                                                                                                                              \
    for (size_t r = 0; r < R; r++)                                                                                                 \
      for (size_t v = 0; v < N; v++) STORE(ends + (r * N + v) * W, s[r][v]);                                                       \
  }
#define FEW_OF(R, N) FEW(R, N) /* N is a macro, too */
FEW_OF(1, 1)
FEW_OF(2, 1)
FEW_OF(3, 1)
FEW_OF(1, FEW_VECTORS)
FEW_OF(2, FEW_VECTORS)
FEW_OF(3, FEW_VECTORS)
#define FEW_BOTH(R, N)                                                                                                             \
  { NAME(few_##R##_1), NAME(few_##R##_##N) }
#define FEW_TABLE(N)                                                                                                               \
  { FEW_BOTH(1, N), FEW_BOTH(2, N), FEW_BOTH(3, N) }
#define FEW_TABLE_OF(N) FEW_TABLE(N)
static void (*const NAME(few)[][2])(const T *x, size_t xi, size_t xk, const T *y, size_t yj, size_t k, const T *from,
                                    T *ends) = FEW_TABLE_OF(FEW_VECTORS);

/* All columns, of which there are W at least; k is AHEAD at least. bias [opt]: of each row. */
static void NAME(run_few)(const VIEW *v, const T *bias, T scale, T *c, size_t ldc) {
  enum { PIECE = 256 }; /* steps: what is copied of rows that would fall onto one another in the first cache */
  static const T zeros[FEW_ROWS];
  T room[FEW_ROWS * FEW_VECTORS * GEMM_BYTES / sizeof(T)],
      copy[FEW_VECTORS * GEMM_BYTES / sizeof(T)][PIECE + GEMM_BYTES / sizeof(T)];
  bool copied = v->yj * sizeof(T) % 2048 == 0, direct = v->rows == 1 && ldc == 1;
  size_t piece = copied ? PIECE : v->k, n;
  for (size_t j = 0; j < v->cols; j += n) {
    if (j + W > v->cols) j = v->cols - W; /* some once more */
    n = j + FEW_VECTORS * W <= v->cols ? FEW_VECTORS * W : W;
    T *ends = direct ? c + j : room;
    for (size_t p = 0, steps; p < v->k; p += steps) {
      steps = v->k - p < piece + AHEAD ? v->k - p : piece;
      const T *y = v->y + j * v->yj + p, *from = p ? NULL : bias ? bias : zeros;
      for (size_t l = 0; l < n && copied; l++) memcpy(copy[l], y + l * v->yj, steps * sizeof *y);
      NAME(few)
      [v->rows - 1][n > W](v->x + p * v->xk, v->xi, v->xk, copied ? copy[0] : y, copied ? PIECE + W : v->yj, steps, from, ends);
    }
    for (size_t l = 0; l < n && !(direct && scale == 1); l++)
      for (size_t r = 0; r < v->rows; r++) c[(j + l) * ldc + r] = scale * ends[r * n + l];
  }
}
