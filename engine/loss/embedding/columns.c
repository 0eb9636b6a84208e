/* The column kernels of this machine, and the logarithm of a sum of exponentials that cannot overflow. */
#include "engine/loss/embedding/columns.h"
#include "engine/base/scalar.h"

LL_ISA_DECLARE(ll_columns_kernels, ll_columns_kernels);
const ll_columns_kernels *ll_columns_kernels_get(void) { return LL_ISA_PICK(ll_columns_kernels); }

double ll_columns_log_sum(const double *v, size_t n, const ll_columns_choice *choice, double a, double b, bool one, bool keep,
                          double *out) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  double top = k->most(v, n, choice, a < 0 ? -1 : 1);
  top = isinf(top) ? -INFINITY : fabs(a) * top + b; /* of a v + b */
  if (one && top < 0) top = 0;
  double total = k->exponents(v, n, choice, a, b - (isinf(top) ? 0 : top), keep, out);
  if (one) total += ll_exp(-top);
  if (!(total > 0)) return -INFINITY;
  const ll_columns_choice all = ll_columns_choose(choice->labels, choice->label, choice->same);
  k->scale(out, n, &all, 1 / total, out);
  return top + ll_log(total);
}
