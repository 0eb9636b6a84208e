/* Splitting by class, and the way back: one pass each. */
#include "engine/loss/ranking/pair_split.h"

#include <string.h>

ll_status ll_pair_split_make(ll_ctx *ctx, ll_loss *loss, const ll_loss_call *call, const size_t count[2], int first,
                             ll_pair_split *out) {
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, at[2] = {0, 0};
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, n * (sizeof(double) + 3 * sizeof(ll_real) + sizeof(uint32_t)), &scratch));
  out->sums = scratch;
  out->scores = (ll_real *)(out->sums + n);
  out->spare[0] = out->scores + n, out->spare[1] = out->spare[0] + n;
  out->rows = (uint32_t *)(out->spare[1] + n);
  memset(out->sums, 0, n * sizeof *out->sums);
  at[!first] = count[first];
  for (size_t i = 0; i < n; i++) {
    size_t to = at[ll_is_target(labels[i])]++;
    out->scores[to] = scores[i], out->rows[to] = (uint32_t)i;
  }
  return LL_OK;
}

void ll_pair_split_give(const ll_pair_split *split, ll_loss_call *call) {
  if (!call->grads[0]) return;
  for (size_t j = 0; j < call->inputs[0].rows; j++) call->grads[0]->data[split->rows[j]] = (ll_real)split->sums[j];
}
