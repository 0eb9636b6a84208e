/* The loops over one row of a block of cosines. */
#include "engine/loss/embedding/batch_softmax.h"

#include <math.h>

#include "engine/base/double_lanes.h"

enum { CHUNK = 256 };

static void exponents(double *restrict s, size_t n, double factor, const double *restrict labels, double label,
                      double *restrict sums, double *restrict positives, double own[2]) {
  double same[CHUNK];
  own[0] = own[1] = 0;
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, s += m, labels += m, sums += m, positives += m) {
    EACH_OF(m) {
      same[j] = labels[j] == label ? s[j] : 0;
      positives[j] += same[j];
      s[j] = exp(factor * s[j] - factor);
      sums[j] += s[j];
    }
    own[0] += sum(s, m), own[1] += sum(same, m);
  }
}

static void weights(double *restrict e, size_t n, double inverse, const double *restrict inverses, const double *restrict labels,
                    double label, double positive) {
  EACH_OF(n) e[j] = e[j] * (inverse + inverses[j]) - (labels[j] == label ? positive : 0);
}

static size_t count(const double *restrict labels, size_t n, double label) {
  uint64_t found = 0;
  for (size_t j = 0; j < n; j++) found += labels[j] == label;
  return (size_t)found;
}

extern const ll_batch_softmax_kernels LL_ISA_NAME(ll_batch_softmax_kernels);
const ll_batch_softmax_kernels LL_ISA_NAME(ll_batch_softmax_kernels) = {exponents, weights, count};
