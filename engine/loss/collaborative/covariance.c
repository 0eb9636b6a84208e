/* How much the dimensions of an embedding vary together. One product gives the covariance, one more the gradient. */
#include <math.h>

#include "engine/loss/loss.h"
#include "engine/matrix/kernels.h"

static const char *const forms[] = {"decov", "printed", NULL};
static const ll_param params[] = {
    LL_CHOICE("form", 0, forms, "decov: both norms squared; printed: only the second, as Hsieh et al. print it")};
static const ll_input inputs[] = {{"embeddings", "n,d", LL_INPUT_MATRIX}};

/* Y minus the means of its columns. */
static void centre(const ll_matrix *y, double *means, ll_matrix *out) {
  size_t n = y->rows, d = y->cols;
  for (size_t j = 0; j < d; j++) means[j] = 0;
  ll_kernels_get()->add_rows(y->data, n, d, d, means);
  for (size_t j = 0; j < d; j++) means[j] /= (double)n;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++) ll_matrix_row(out, i)[j] = (ll_real)((double)ll_matrix_row(y, i)[j] - means[j]);
}

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_matrix *y = &call->inputs[0];
  size_t n = y->rows, d = y->cols;
  call->empty = n == 1; /* one row does not vary */
  double rows = (double)n, off = 0, diagonal = 0;
  bool printed = loss->params[0] > 0;
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, d * sizeof(double) + (n + d) * d * sizeof(ll_real), &scratch));
  ll_real *elements = (ll_real *)((double *)scratch + d);
  ll_matrix centred = ll_matrix_wrap(elements, n, d), c = ll_matrix_wrap(elements + n * d, d, d);
  centre(y, scratch, &centred);
  ll_matrix_gemm(true, false, 1 / rows, &centred, &centred, 0, &c);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      *(i == j ? &diagonal : &off) += (double)ll_matrix_row(&c, i)[j] * (double)ll_matrix_row(&c, i)[j];
  double norm = sqrt(off + diagonal);
  call->value = (printed ? norm - diagonal : off) / rows;
  if (!call->grads[0]) return LL_OK;
  /* C becomes the gradient by C: in both forms it is C times one factor on the diagonal and one beside it */
  double beside = printed ? norm > 0 ? 1 / norm : 0 : 2, own = printed ? beside - 2 : 0;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      ll_real *element = &ll_matrix_row(&c, i)[j];
      double factor = i == j ? own : beside; /* 0 gives 0 also where the variance overflows */
      *element = factor < 0 || factor > 0 ? (ll_real)((double)*element * factor / rows) : 0;
    }
  ll_matrix_gemm(false, false, 2 / rows, &centred, &c, 0, call->grads[0]);
  return LL_OK;
}

const ll_loss_desc ll_loss_covariance = {
    .name = "covariance",
    .family = "collaborative",
    .summary = "dimensions of an embedding that do not vary together, so that all of them are used",
    .formula = "(‖C‖_F^2 - ‖diag C‖^2) / N, form = \"printed\": (‖C‖_F - ‖diag C‖^2) / N; C = (Y - mean)' (Y - mean) / N",
    .gradient = "through the mean; ‖C‖_F has derivative 0 at C = 0",
    .cost = "O(n d^2), memory O(d (n + d))",
    .source = "Cogswell et al. 2016 (DeCov); printed: Hsieh et al. 2017",
    .note = "DeCov itself has a factor 1/2 and no 1/N",
    .output = "identity",
    .params = {"covariance", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
