/* A block of cosines is turned into their softmax in place: less the share of the positives, that is the gradient. */
#include "engine/loss/embedding/batch_softmax.h"

#include <math.h>
#include <string.h>

#include "engine/loss/embedding/columns.h"

/* Row i holds cosines; v are those divided by the temperature. Its value is ln sum_{j != i} e^v_j - mean over positives p of v_p;
 * the row becomes the derivative by v. A row without a positive has value and gradient 0; usable counts the others. zeros: labels
 * by which all rows are of one class. shares: room for n. */
static double against_all(double *row, size_t n, size_t i, const double *labels, const double *zeros, double temperature,
                          double *shares, size_t *usable) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  const ll_columns_choice all = ll_columns_choose(zeros, 0, true);
  const ll_columns_choice own = ll_columns_choose(labels, labels[i], true);
  row[i] = INFINITY; /* not one of the others */
  double sum;
  size_t positives = k->tally(row, n, &own, &sum);
  if (!positives) {
    memset(row, 0, n * sizeof *row);
    return 0;
  }
  ++*usable;
  double value =
      ll_columns_log_sum(row, n, &all, 1 / temperature, 0, false, false, shares) - sum / (temperature * (double)positives);
  k->shift(row, n, &own, -1 / (double)positives, shares);
  memcpy(row, shares, n * sizeof *row);
  return value;
}

/* The spare memory holds labels, zeros and room for one row. */
ll_status ll_batch_softmax_eval(ll_ctx *ctx, const ll_loss *loss, ll_loss_call *call, ll_pairing *p) {
  size_t n = p->from->n, usable = 0;
  double *labels = p->spare, *zeros = labels + n, *shares = zeros + n, temperature = loss->params[0];
  memset(zeros, 0, n * sizeof *zeros);
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(p) {
    ll_pairing_products(p, at, rows);
    for (size_t r = 0; r < rows; r++)
      ll_sum_add(&total, against_all(ll_pairing_row(p, r), n, at + r, labels, zeros, temperature, shares, &usable));
    ll_pairing_pull_products(p, at, rows);
  }
  if (!usable)
    return ll_fail(ctx, LL_ERR_EMPTY, "%s: none of the %zu rows is an anchor: one needs another row of its class", loss->desc->name,
                   n);
  call->empty = call->empty || n == 2; /* the positive is all that there is */
  call->value = ll_sum_value(&total) / (double)usable;
  ll_pairing_close(p, call, 1 / ((double)usable * temperature));
  return LL_OK;
}
