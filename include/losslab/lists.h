/* losslab/lists.h: a list of numbers for each row, such as the items of each user: one array, cut by starts. */
#ifndef LOSSLAB_LISTS_H
#define LOSSLAB_LISTS_H

#include "losslab/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The list of row r is items[starts[r]] .. items[starts[r + 1] - 1], ascending, none twice, each below cols. */
typedef struct ll_lists {
  size_t rows, cols;
  size_t *starts; /* rows + 1 of them */
  uint32_t *items;
} ll_lists;

static inline size_t ll_lists_count(const ll_lists *lists, size_t row) { return lists->starts[row + 1] - lists->starts[row]; }

/* Whether item is in the list of row; by bisection. */
static inline bool ll_lists_has(const ll_lists *lists, size_t row, uint32_t item) {
  size_t low = lists->starts[row], high = lists->starts[row + 1];
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (lists->items[middle] < item) low = middle + 1;
    else high = middle;
  }
  return low < lists->starts[row + 1] && lists->items[low] == item;
}

#ifdef __cplusplus
}
#endif
#endif
