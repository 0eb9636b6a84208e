/* The loop over anchors. */
#include "engine/loss/embedding/anchors.h"

#include <math.h>
#include <string.h>

ll_status ll_anchors_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_anchors_add *add, bool over_all) {
  ll_pairing p;
  size_t n = call->inputs[0].rows, usable = 0;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_UNIT, 0, LL_PAIRING_SELF, 4 * n, &p));
  ll_pairing_labels(&call->inputs[1], p.spare);
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(&p) {
    ll_pairing_products(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r);
      row[at + r] = INFINITY; /* not its own positive */
      bool is = add(loss, row, n, at + r, p.spare, p.spare + n, &total);
      if (!is) memset(row, 0, n * sizeof *row);
      usable += is;
    }
    ll_pairing_pull_products(&p, at, rows);
  }
  if (!usable)
    return ll_fail(ctx, LL_ERR_EMPTY,
                   "%s: none of the %zu rows is an anchor: one needs another row of its class and one of another class",
                   loss->desc->name, n);
  double count = (double)(over_all ? n : usable);
  call->value = ll_sum_value(&total) / count;
  ll_pairing_close(&p, call, 1 / count);
  return LL_OK;
}
