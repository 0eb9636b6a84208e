/* Products with few columns, as C': a few rows of x by y, whose rows are steps and are turned in registers on the way, since all
 * the time goes into reading them. Read as gemm_lanes.h is. */
#include "engine/matrix/gemm_turn.h"

#define FEW_ROWS 3 /* at most */

/* R rows by N vectors of columns. ends: R rows of N * W, where the chains end, and where they begin unless `from` has the beginning
 * of each row. */
#define FEW(R, N)                                                                                                                  \
  static void NAME(few_##R##_##N)(const T *x, size_t xi, size_t xk, const T *y, size_t yj, size_t k, const T *from, T *ends) {     \
    V s[R][N];                                                                                                                     \
    for (size_t r = 0; r < R; r++)                                                                                                 \
      for (size_t v = 0; v < N; v++) s[r][v] = from ? SPLAT(from[r]) : LOAD(ends + (r * N + v) * W);                               \
    for (size_t p = 0, skip; p < k; p += EACH) {                                                                                   \
      skip = p + EACH > k ? p + EACH - k : 0; /* the last steps begin earlier, and those that were made are not made again */      \
      V at[N][16 / sizeof(T)];                                                                                                     \
      for (size_t v = 0; v < N; v++) NAME(load_turned)(y + v * W * yj + p - skip, yj, at[v]);                                      \
      const T *one = x + (p - skip) * xk;                                                                                          \
      UNROLL for (size_t q = 0; q < 16 / sizeof(T); q++) {                                                                         \
        if (q < skip) continue;                                                                                                    \
        for (size_t r = 0; r < R; r++)                                                                                             \
          for (size_t v = 0; v < N; v++) s[r][v] = FUSED(SPLAT(one[r * xi + q * xk]), at[v][q], s[r][v]);                          \
      }                                                                                                                            \
    }                                                                                                                              \
    for (size_t r = 0; r < R; r++)                                                                                                 \
      for (size_t v = 0; v < N; v++) STORE(ends + (r * N + v) * W, s[r][v]);                                                       \
  }
FEW(1, 1)
FEW(1, 2)
FEW(2, 1)
FEW(2, 2) FEW(3, 1) FEW(3, 2) static void (*const NAME(few)[][2])(const T *x, size_t xi, size_t xk, const T *y, size_t yj, size_t k,
                                                                  const T *from, T *ends) = {
    {NAME(few_1_1), NAME(few_1_2)}, {NAME(few_2_1), NAME(few_2_2)}, {NAME(few_3_1), NAME(few_3_2)}};

/* All columns, of which there are W at least; k is EACH at least. bias [opt]: of each row. */
static void NAME(run_few)(const VIEW *v, const T *bias, T scale, T *c, size_t ldc) {
  enum { PIECE = 64 }; /* steps: what is copied of rows that would fall onto one another in the first cache */
  static const T zeros[FEW_ROWS];
  T room[FEW_ROWS * 2 * GEMM_BYTES / sizeof(T)], copy[2 * GEMM_BYTES / sizeof(T)][PIECE + GEMM_BYTES / sizeof(T)];
  bool copied = v->yj * sizeof(T) % 2048 == 0, direct = v->rows == 1 && ldc == 1;
  size_t piece = copied ? PIECE : v->k, n;
  for (size_t j = 0; j < v->cols; j += n) {
    if (j + W > v->cols) j = v->cols - W; /* some once more */
    n = j + 2 * W <= v->cols ? 2 * W : W;
    T *ends = direct ? c + j : room;
    for (size_t p = 0, steps; p < v->k; p += steps) {
      steps = v->k - p < piece + EACH ? v->k - p : piece;
      const T *y = v->y + j * v->yj + p, *from = p ? NULL : bias ? bias : zeros;
      for (size_t l = 0; l < n && copied; l++) memcpy(copy[l], y + l * v->yj, steps * sizeof *y);
      NAME(few)
      [v->rows - 1][n > W](v->x + p * v->xk, v->xi, v->xk, copied ? copy[0] : y, copied ? PIECE + W : v->yj, steps, from, ends);
    }
    for (size_t l = 0; l < n && !(direct && scale == 1); l++)
      for (size_t r = 0; r < v->rows; r++) c[(j + l) * ldc + r] = scale * ends[r * n + l];
  }
}
