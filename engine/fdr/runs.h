/* Rows by what groups they are in: their order by the group's number, rows of one group as they stand. */
#ifndef LOSSLAB_ENGINE_RUNS_H
#define LOSSLAB_ENGINE_RUNS_H

#include "losslab/matrix.h"

typedef struct ll_runs {
  uint32_t *order; /* n rows */
  ll_real *group;  /* the number of each of them, in that order */
  size_t n;
} ll_runs;

/* [out] to be given to ll_runs_close. groups (n,1) has been checked. LL_ERR_MEMORY. */
ll_status ll_runs_open(ll_ctx *ctx, const ll_matrix *groups, ll_runs *out);
void ll_runs_close(ll_ctx *ctx, ll_runs *runs);

/* Behind the last of the group that begins at place i. */
static inline size_t ll_runs_end(const ll_runs *r, size_t i) {
  size_t end = i + 1;
  while (end < r->n && r->group[end] == r->group[i]) end++;
  return end;
}

#endif
