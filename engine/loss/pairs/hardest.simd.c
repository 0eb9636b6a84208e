/* Two passes over a row of products: how far and how near its hardest are at least, and which columns may be those. */
#include "engine/loss/pairs/hardest.h"

#include <string.h>

enum { PIECE = 64, MARKED = 256 };

#define ROW                                                                                                                        \
  const float *restrict v = row->v, *restrict less = row->less, *restrict more = row->more;                                        \
  const ll_real *restrict labels = row->labels, label = row->label;                                                                \
  const float own_less = row->own_less, own_more = row->own_more

static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float smaller(float a, float b) { return a < b ? a : b; }

static inline void reach(const ll_hardest_row *row, size_t at, size_t m, float *restrict far, float *restrict near) {
  ROW;
  for (size_t j = 0; j < m; j++) {
    float least = own_less + less[at + j] - v[at + j], most = own_more + more[at + j] - v[at + j];
    far[j] = larger(labels[at + j] == label ? least : -INFINITY, far[j]);
    near[j] = smaller(labels[at + j] == label ? INFINITY : most, near[j]);
  }
}

/* The extremes of each column of pieces, so that no iteration waits for the one before; then those of halves, over and over. */
static void bounds(ll_hardest_row *row, size_t n) {
  float far[PIECE], near[PIECE];
  for (size_t j = 0; j < PIECE; j++) far[j] = row->farthest, near[j] = row->nearest;
  size_t at = 0;
  for (; at + PIECE <= n; at += PIECE) reach(row, at, PIECE, far, near);
  reach(row, at, n - at, far, near);
  for (size_t half = PIECE / 2; half; half /= 2)
    for (size_t j = 0; j < half; j++) far[j] = larger(far[j], far[j + half]), near[j] = smaller(near[j], near[j + half]);
  row->farthest = far[0], row->nearest = near[0];
}

/* may[j]: whether column j of a piece may be one of the hardest. Says whether any may. */
static inline bool mark(const ll_hardest_row *row, size_t at, size_t m, uint8_t *restrict may) {
  ROW;
  const float farthest = row->farthest, nearest = row->nearest;
  uint8_t some = 0;
  for (size_t j = 0; j < m; j++) {
    float least = own_less + less[at + j] - v[at + j], most = own_more + more[at + j] - v[at + j];
    may[j] = labels[at + j] == label ? most >= farthest : least <= nearest;
    some |= may[j];
  }
  return some;
}

/* Most pieces hold none, and in others most words of eight: neither takes a branch an element. */
static size_t candidates(const ll_hardest_row *row, size_t n, uint32_t *columns) {
  enum { WORD = sizeof(uint64_t) };
  size_t found = 0, at = 0;
  uint8_t may[MARKED] = {0};
  for (; at + MARKED <= n; at += MARKED) {
    if (!mark(row, at, MARKED, may)) continue;
    for (size_t word = 0; word < MARKED; word += WORD) {
      uint64_t some;
      memcpy(&some, may + word, WORD);
      for (size_t j = word; some && j < word + WORD; j++)
        if (may[j]) columns[found++] = (uint32_t)(at + j);
    }
  }
  if (at < n && mark(row, at, n - at, may))
    for (size_t j = 0; at + j < n; j++)
      if (may[j]) columns[found++] = (uint32_t)(at + j);
  return found;
}

extern const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels);
const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels) = {bounds, candidates};
