/* One pass over a row of products, and a second over the few columns that it leaves. */
#include "engine/loss/pairs/hardest.h"

#include <string.h>

/* Columns are taken in pieces; a lane is all columns at the same place of a piece. */
enum { LANES = 64, WORD = sizeof(uint64_t) };

static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float smaller(float a, float b) { return a < b ? a : b; }

#define ROW                                                                                                                        \
  const float *restrict v = row->v, *restrict less = row->less, *restrict more = row->more;                                        \
  const ll_real *restrict labels = row->labels, label = row->label;                                                                \
  const float own_less = row->own_less, own_more = row->own_more
/* Half the squared distance to column j at least, and at most. */
#define LEAST(j) (own_less + less[j] - v[j])
#define MOST(j) (own_more + more[j] - v[j])
#define OWN(j) (labels[j] == label)

/* The extremes of each lane, so that no iteration waits for the one before. Both bounds are computed of each column: a choice of
 * two numbers is no branch. */
static inline void reach(const ll_hardest_row *row, size_t n, float *restrict far, float *restrict near) {
  ROW;
  size_t at = 0;
  for (; at + 2 * LANES <= n; at += 2 * LANES)
    for (size_t l = 0; l < LANES; l++) {
      size_t j = at + l, k = j + LANES;
      float least = LEAST(j), most = MOST(j), second_least = LEAST(k), second_most = MOST(k);
      least = OWN(j) ? least : -INFINITY, most = OWN(j) ? INFINITY : most;
      second_least = OWN(k) ? second_least : -INFINITY, second_most = OWN(k) ? INFINITY : second_most;
      far[l] = larger(larger(least, second_least), far[l]), near[l] = smaller(smaller(most, second_most), near[l]);
    }
  for (; at < n; at += LANES)
    for (size_t l = 0; l < LANES && at + l < n; l++) {
      float least = LEAST(at + l), most = MOST(at + l);
      far[l] = larger(OWN(at + l) ? least : -INFINITY, far[l]), near[l] = smaller(OWN(at + l) ? INFINITY : most, near[l]);
    }
}

/* may[l]: whether column at + l may be one of the hardest. */
static inline void mark(const ll_hardest_row *row, size_t at, size_t m, uint8_t *restrict may) {
  ROW;
  const float farthest = row->farthest, nearest = row->nearest;
  for (size_t l = 0; l < m; l++) {
    float least = LEAST(at + l), most = MOST(at + l);
    may[l] = OWN(at + l) ? most >= farthest : least <= nearest;
  }
}

/* The marked of LANES, eight at a time: most words are 0. */
static inline size_t collect(const uint8_t *may, size_t first, uint32_t *columns) {
  size_t found = 0;
  for (size_t word = 0; word < LANES; word += WORD) {
    uint64_t some;
    memcpy(&some, may + word, WORD);
    for (size_t l = word; some && l < word + WORD; l++)
      if (may[l]) columns[found++] = (uint32_t)(first + l);
  }
  return found;
}

static size_t all_columns(const ll_hardest_row *row, size_t n, uint32_t *columns) {
  uint8_t may[LANES];
  size_t found = 0, at = 0;
  for (; at + LANES <= n; at += LANES) {
    mark(row, at, LANES, may);
    found += collect(may, at, columns + found);
  }
  memset(may, 0, sizeof may);
  mark(row, at, n - at, may);
  return found + collect(may, at, columns + found);
}

static size_t columns_of(const ll_hardest_row *row, size_t n, size_t lane, uint32_t *columns) {
  size_t found = 0;
  for (size_t j = lane; j < n; j += LANES) {
    uint8_t may;
    mark(row, j, 1, &may);
    if (may) columns[found++] = (uint32_t)j;
  }
  return found;
}

static size_t find(ll_hardest_row *row, size_t n, uint32_t *columns) {
  enum { FEW = 8 };
  float far[LANES], near[LANES], farthest[LANES], nearest[LANES];
  uint8_t may[LANES];
  uint32_t lanes[LANES];
  for (size_t l = 0; l < LANES; l++) far[l] = -INFINITY, near[l] = INFINITY;
  reach(row, n, far, near);
  memcpy(farthest, far, sizeof far), memcpy(nearest, near, sizeof near);
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++)
      farthest[l] = larger(farthest[l], farthest[l + half]), nearest[l] = smaller(nearest[l], nearest[l + half]);
  row->farthest = larger(row->farthest, farthest[0]), row->nearest = smaller(row->nearest, nearest[0]);
  const float low = row->farthest - row->doubt, high = row->nearest + row->doubt;
  for (size_t l = 0; l < LANES; l++) may[l] = (far[l] >= low) | (near[l] <= high);
  size_t few = collect(may, 0, lanes), found = 0;
  if (few > FEW) return all_columns(row, n, columns);
  for (size_t l = 0; l < few; l++) found += columns_of(row, n, lanes[l], columns + found);
  return found;
}

extern const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels);
const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels) = {find};
