/* The all-pairs kernels of this machine, and what a batch without a pair gives. */
#include "engine/loss/ranking/pair_sums.h"

#include <string.h>

LL_ISA_DECLARE(ll_pair_sums_kernels, ll_pair_sums_kernels);
const ll_pair_sums_kernels *ll_pair_sums_kernels_get(void) { return LL_ISA_PICK(ll_pair_sums_kernels); }

enum { DECOYS, TARGETS };

bool ll_pair_sums_exist(ll_loss_call *call, size_t count[2]) {
  size_t n = call->inputs[0].rows, targets = ll_label_kernels_get()->targets(call->inputs[1].data, n);
  count[DECOYS] = n - targets, count[TARGETS] = targets;
  call->value = 0;
  call->empty = !targets || targets == n;
  if (!call->empty) return true;
  if (call->grads[0]) memset(call->grads[0]->data, 0, n * sizeof(ll_real));
  return false;
}
