/* The lists of a batch, one after the other. A list's elements stand a row apart: they are copied together, and so is the gradient
 * back. */
#include "engine/loss/ranking/listwise.h"

LL_ISA_DECLARE(ll_listwise_kernels, ll_listwise_kernels);
const ll_listwise_kernels *ll_listwise_kernels_get(void) { return LL_ISA_PICK(ll_listwise_kernels); }

const ll_input ll_loss_scores_relevance[2] = {{"scores", "n,q", LL_INPUT_MATRIX}, {"relevance", "n,q", LL_INPUT_RELEVANCE}};

ll_status ll_listwise_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_listwise_form *form, bool ordered) {
  const ll_matrix *scores = &call->inputs[0], *relevance = &call->inputs[1];
  size_t n = scores->rows, lists = scores->cols,
         records = ordered ? 2 * n * sizeof(ll_record) + LL_SORT_COUNTS * sizeof(uint32_t) : 0;
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "%s: lists of %zu rows: at most 2^32 - 1", loss->desc->name, n);
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, n * (2 * sizeof(double) + 4 * sizeof(ll_real)) + records, &scratch));
  ll_listwise_list l = {.n = n, .grads = scratch, .numbers = (double *)scratch + n};
  ll_record *room = (ll_record *)(l.numbers + n);
  l.scores = (ll_real *)((char *)room + records), l.relevance = l.scores + n, l.first = l.relevance + n, l.second = l.first + n;
  call->value = 0, call->empty = true;
  for (size_t c = 0; c < lists; c++) {
    for (size_t i = 0; i < n; i++) {
      ll_real grade = ll_matrix_row(relevance, i)[c];
      l.scores[i] = ll_matrix_row(scores, i)[c], l.relevance[i] = grade < 0 ? 0 : grade;
    }
    if (ordered) {
      for (size_t i = 0; i < n; i++) room[i] = ll_record_make(-l.relevance[i], i);
      l.order = ll_sort_records(room, room + n, n, (uint32_t *)(room + 2 * n));
    }
    double value;
    l.empty = n == 1; /* which has but one order */
    LL_TRY(form(ctx, loss, &l, &value));
    call->empty = call->empty && l.empty;
    call->value += value / (double)lists;
    for (size_t i = 0; call->grads[0] && i < n; i++) ll_matrix_row(call->grads[0], i)[c] = (ll_real)(l.grads[i] / (double)lists);
  }
  return LL_OK;
}
