/* Two passes over a row of products: how far and how near its hardest are at least, and which columns may be those. */
#include "engine/loss/pairs/hardest.h"

enum { LANES = 16, PIECE = 64 };

static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float smaller(float a, float b) { return a < b ? a : b; }

static void bounds(ll_hardest_row *row, size_t n) {
  const float *restrict v = row->v, *restrict less = row->less, *restrict more = row->more;
  const ll_real *restrict labels = row->labels, label = row->label;
  const float own_less = row->own_less, own_more = row->own_more;
  float far[LANES], near[LANES];
  for (size_t l = 0; l < LANES; l++) far[l] = row->farthest, near[l] = row->nearest;
  size_t at = 0;
  for (; at + LANES <= n; at += LANES)
    for (size_t l = 0; l < LANES; l++) {
      bool own = labels[at + l] == label;
      float low = own_less + less[at + l] - v[at + l], high = own_more + more[at + l] - v[at + l];
      low = own ? low : -INFINITY, high = own ? INFINITY : high;
      far[l] = larger(low, far[l]), near[l] = smaller(high, near[l]);
    }
  for (; at < n; at++) {
    bool own = labels[at] == label;
    if (own) far[0] = larger(own_less + less[at] - v[at], far[0]);
    else near[0] = smaller(own_more + more[at] - v[at], near[0]);
  }
  for (size_t l = 1; l < LANES; l++) far[0] = larger(far[l], far[0]), near[0] = smaller(near[l], near[0]);
  row->farthest = far[0], row->nearest = near[0];
}

static size_t candidates(const ll_hardest_row *row, size_t n, uint32_t *columns) {
  const float *restrict v = row->v, *restrict less = row->less, *restrict more = row->more;
  const ll_real *restrict labels = row->labels, label = row->label;
  const float own_less = row->own_less, own_more = row->own_more, farthest = row->farthest, nearest = row->nearest;
  size_t found = 0;
  for (size_t at = 0; at < n; at += PIECE) {
    size_t m = n - at < PIECE ? n - at : PIECE;
    int may[PIECE], some = 0;
    for (size_t j = 0; j < m; j++) {
      bool own = labels[at + j] == label;
      float low = own_less + less[at + j] - v[at + j], high = own_more + more[at + j] - v[at + j];
      may[j] = own ? high >= farthest : low <= nearest;
      some |= may[j];
    }
    for (size_t j = 0; some && j < m; j++) {
      columns[found] = (uint32_t)(at + j);
      found += may[j] != 0;
    }
  }
  return found;
}

extern const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels);
const ll_hardest_kernels LL_ISA_NAME(ll_hardest_kernels) = {bounds, candidates};
