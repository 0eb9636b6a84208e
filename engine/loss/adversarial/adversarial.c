/* Means from logits. With softplus(x) = ln(1 + e^x): -ln sigma(r) = softplus(-r) and -ln(1 - sigma(f)) = softplus(f), so each of
 * these losses is a mean of softplus(±x), whose slope is ±sigma(±x): nothing overflows. */
#include "engine/loss/adversarial/adversarial.h"

#include "engine/matrix/kernels.h"

const ll_input ll_adversarial_inputs[2] = {{"real", "n,1", LL_INPUT_MATRIX}, {"fake", "m,1", LL_INPUT_MATRIX}};

ll_status ll_adversarial_add_softplus(ll_ctx *ctx, ll_loss *loss, const ll_matrix *x, double sign, double factor, double *value,
                                      ll_matrix *grad) {
  const ll_kernels *k = ll_kernels_get();
  size_t n = x->rows;
  void *block;
  LL_TRY(ll_loss_scratch(ctx, loss, n * sizeof(ll_real), &block));
  ll_real *terms = block;
  k->scale(x->data, sign, 0, terms, n);
  if (grad) {
    k->unary[LL_UNARY_sigmoid](terms, grad->data, n);
    k->scale(grad->data, factor * sign / (double)n, 0, grad->data, n);
  }
  k->unary[LL_UNARY_softplus](terms, terms, n);
  *value += factor * k->sum(terms, n) / (double)n;
  return LL_OK;
}

void ll_adversarial_add_mean(const ll_matrix *x, double factor, double *value, ll_matrix *grad) {
  *value += factor * ll_matrix_sum(x) / (double)x->rows;
  if (grad) ll_matrix_fill(grad, factor / (double)x->rows);
}
