/* The loops over one row of a block of cosines. */
#include "engine/loss/embedding/batch_softmax.h"

#include <math.h>

#include "engine/base/double_lanes.h"
#include "engine/base/exp_double.h"

enum { CHUNK = 256 };

static double exponents(double *restrict s, size_t n, double factor, const double *restrict labels, double label,
                        double *restrict sums, double *positives) {
  double same[CHUNK], total = 0;
  *positives = 0;
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, s += m, labels += m, sums += m) {
    EACH_OF(m) {
      double cosine = s[j];
      same[j] = labels[j] == label ? cosine : 0;
      s[j] = ll_expd(factor * cosine - factor);
      sums[j] += s[j];
    }
    total += sum(s, m), *positives += sum(same, m);
  }
  return total;
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

static void put(const double *restrict labels, size_t n, double label, double value, double *restrict out) {
  EACH_OF(n) out[j] = labels[j] == label ? value : out[j];
}

extern const ll_batch_softmax_kernels LL_ISA_NAME(ll_batch_softmax_kernels);
const ll_batch_softmax_kernels LL_ISA_NAME(ll_batch_softmax_kernels) = {exponents, weights, count, put};
