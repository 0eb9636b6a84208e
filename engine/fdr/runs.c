/* One radix sort by the group's number, which is stable: no table of groups is needed, whatever their numbers are. */
#include "engine/fdr/runs.h"

ll_status ll_runs_open(ll_ctx *ctx, const ll_matrix *groups, ll_runs *out) {
  size_t n = groups->rows;
  void *order, *group;
  ll_status status;
  *out = (ll_runs){.n = n};
  LL_GOTO(failed, ll_alloc(ctx, &order, n * sizeof(uint32_t)));
  out->order = order;
  LL_GOTO(failed, ll_alloc(ctx, &group, n * sizeof(ll_real)));
  out->group = group;
  for (size_t i = 0; i < n; i++) out->group[i] = ll_matrix_row(groups, i)[0];
  LL_GOTO(failed, ll_argsort(ctx, out->group, n, out->order));
  for (size_t i = 0; i < n; i++) out->group[i] = ll_matrix_row(groups, out->order[i])[0];
  return LL_OK;
failed:
  ll_runs_close(ctx, out);
  return status;
}

void ll_runs_close(ll_ctx *ctx, ll_runs *runs) {
  ll_free(ctx, runs->order);
  ll_free(ctx, runs->group);
  *runs = (ll_runs){0};
}
