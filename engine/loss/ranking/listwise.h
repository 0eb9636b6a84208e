/* Losses of ranked lists with graded relevance: each column of scores is a list, so a batch's one column is one list. */
#ifndef LOSSLAB_ENGINE_LISTWISE_H
#define LOSSLAB_ENGINE_LISTWISE_H

#include "engine/base/sort.h"
#include "engine/loss/loss.h"

/* scores and relevance, both n×q */
extern const ll_input ll_loss_scores_relevance[2];

/* One list, and room to work in. */
typedef struct ll_listwise_list {
  size_t n;
  ll_real *scores, *relevance, *first, *second; /* n each; the last two are for the form to use */
  double *grads, *numbers;                      /* n each; grads is what the form gives: of the list's own value */
  bool empty;                                   /* nothing in it is compared; a form may find that, too */
  ll_record *order;                             /* by relevance downwards, ties in row order; NULL where it was not asked for */
} ll_listwise_list;

/* The value of one list, and its gradient. */
typedef ll_status ll_listwise_form(ll_ctx *ctx, const ll_loss *loss, ll_listwise_list *l, double *value);
/* The eval of a loss that is the mean of a form over the lists. ordered: the form wants the order. LL_ERR_RANGE for 2^32 rows,
 * LL_ERR_MEMORY, and what the form gives. */
ll_status ll_listwise_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_listwise_form *form, bool ordered);

/* The loops over one score against all others; pauc_kl and smooth_ap, whose batch is one list, use them too. */
typedef struct ll_listwise_kernels {
  /* values[j] = sigma(k (scores[j] - score)), slopes[j] = its derivative by scores[j] */
  void (*steps)(const ll_real *scores, size_t n, ll_real score, ll_real k, ll_real *values, ll_real *slopes);
  /* With u_j = [shift + scores[j]]+ and top = [shift + largest]+: weights[j] = e^((u_j^2 - top^2) / lambda), slopes[j] = 2 u_j
   * weights[j]; the sum of weights. */
  double (*tilt)(const ll_real *scores, size_t n, ll_real shift, ll_real largest, ll_real lambda, ll_real *weights,
                 ll_real *slopes);
  /* The sum of e^(u_j^2 / lambda) - 1, u_j as in tilt: it keeps its digits where all u_j are near 0. */
  double (*lift)(const ll_real *scores, size_t n, ll_real shift, ll_real lambda, ll_real *scratch);
  void (*add)(const ll_real *x, size_t n, double factor, double *sums); /* sums[j] += factor x[j] */
} ll_listwise_kernels;
const ll_listwise_kernels *ll_listwise_kernels_get(void);

#endif
