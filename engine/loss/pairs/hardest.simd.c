/* One pass over a row of products for the bound, and a second over the few columns that it leaves. */
#include "engine/loss/pairs/hardest.h"

#include <string.h>

/* Columns are taken in pieces; a lane is all columns at the same place of a piece. Where more than FEW lanes hold what may be the
 * hardest, all columns are looked at. */
enum { LANES = 64, FEW = 8, WORD = sizeof(uint64_t) };

static inline float larger(float a, float b) { return a > b ? a : b; }

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

/* Of halves of the lanes, over and over, each step a loop of known length. */
static inline float largest(const float *lanes) {
  float part[LANES / 2];
#define HALVE(from, half)                                                                                                          \
  for (size_t l = 0; l < (half); l++) part[l] = larger((from)[l], (from)[l + (half)])
  HALVE(lanes, 32);
  HALVE(part, 16);
  HALVE(part, 8);
  HALVE(part, 4);
  HALVE(part, 2);
  return larger(part[0], part[1]);
}

/* The hardest columns are those with the largest `low`, which is certain, and all whose `high` reaches that: expressions in j, to
 * which the row's own half lengths are added. A column of -inf is none. */
#define SEARCH(name, low, high, own_low, own_high)                                                                                 \
  static inline void name##_reach(const ll_hardest_row *row, size_t n, float *restrict reached) {                                  \
    const float *restrict v = row->v, *restrict less = row->less, *restrict more = row->more;                                      \
    size_t at = 0;                                                                                                                 \
    (void)less, (void)more;                                                                                                        \
    for (; at + LANES <= n; at += LANES)                                                                                           \
      for (size_t l = 0, j = at; l < LANES; l++, j++) reached[l] = larger(low, reached[l]);                                        \
    for (size_t l = 0, j = at; j < n; l++, j++) reached[l] = larger(low, reached[l]);                                              \
  }                                                                                                                                \
  static inline void name##_mark(const ll_hardest_row *row, size_t at, size_t n, float bound, uint8_t *restrict may) {             \
    const float *restrict v = row->v, *restrict less = row->less, *restrict more = row->more;                                      \
    (void)less, (void)more;                                                                                                        \
    for (size_t l = 0, j = at; l < n; l++, j++) may[l] = (own_high) + (high) >= bound;                                             \
  }                                                                                                                                \
  static inline size_t name##_lane(const ll_hardest_row *row, size_t n, size_t lane, float bound, uint32_t *columns) {             \
    size_t found = 0;                                                                                                              \
    uint8_t may;                                                                                                                   \
    for (size_t j = lane; j < n; j += LANES) {                                                                                     \
      name##_mark(row, j, 1, bound, &may);                                                                                         \
      if (may) columns[found++] = (uint32_t)j;                                                                                     \
    }                                                                                                                              \
    return found;                                                                                                                  \
  }                                                                                                                                \
  static size_t name##_all(const ll_hardest_row *row, size_t n, float bound, uint32_t *columns) {                                  \
    uint8_t may[LANES];                                                                                                            \
    size_t found = 0, at = 0;                                                                                                      \
    for (; at + LANES <= n; at += LANES) {                                                                                         \
      name##_mark(row, at, LANES, bound, may);                                                                                     \
      found += collect(may, at, columns + found);                                                                                  \
    }                                                                                                                              \
    memset(may, 0, sizeof may);                                                                                                    \
    name##_mark(row, at, n - at, bound, may);                                                                                      \
    return found + collect(may, at, columns + found);                                                                              \
  }                                                                                                                                \
  static size_t name(const ll_hardest_row *row, size_t n, float *bound, uint32_t *columns) {                                       \
    float reached[LANES];                                                                                                          \
    uint8_t may[LANES];                                                                                                            \
    uint32_t lanes[LANES];                                                                                                         \
    for (size_t l = 0; l < LANES; l++) reached[l] = -INFINITY;                                                                     \
    name##_reach(row, n, reached);                                                                                                 \
    *bound = larger(*bound, (own_low) + largest(reached));                                                                         \
    if (!(*bound > -INFINITY)) return 0;                                                                                           \
    const float least = *bound - row->doubt;                                                                                       \
    for (size_t l = 0; l < LANES; l++) may[l] = (own_low) + reached[l] >= least;                                                   \
    size_t few = collect(may, 0, lanes), found = 0;                                                                                \
    if (few > FEW) return name##_all(row, n, *bound, columns);                                                                     \
    for (size_t l = 0; l < few; l++) found += name##_lane(row, n, lanes[l], *bound, columns + found);                              \
    return found;                                                                                                                  \
  }

SEARCH(farthest, less[j] - v[j], more[j] - v[j], row->own_less, row->own_more)
SEARCH(nearest, v[j] - more[j], v[j] - less[j], -row->own_more, -row->own_less)

static void hide(float *v, size_t n) {
  for (size_t j = 0; j < n; j++) v[j] = -INFINITY;
}

extern const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels);
const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels) = {farthest, nearest, hide};
