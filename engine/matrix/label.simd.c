/* The loops over binary labels and scores. They have no branches, so that the compiler vectorises them and the order of the labels
 * costs nothing. */
#include "engine/matrix/label.h"
#include "engine/base/isa.h"
#include "engine/base/simd_math.h"

static unsigned seen(const ll_real *labels, size_t n) {
  unsigned zero = 0, minus = 0, other = 0;
  for (size_t i = 0; i < n; i++) {
    ll_real y = labels[i];
    unsigned is_zero = y == R(0), is_minus = y == R(-1), is_one = y == R(1);
    zero |= is_zero, minus |= is_minus;
    other |= (is_zero | is_minus | is_one) ^ 1u;
  }
  return zero * LL_LABELS_ZERO | minus * LL_LABELS_MINUS | other * LL_LABELS_OTHER;
}

static size_t targets(const ll_real *labels, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += labels[i] > R(0);
  return count;
}

static bool within(const ll_real *scores, size_t n) {
  unsigned outside = 0;
  for (size_t i = 0; i < n; i++) outside |= (scores[i] < R(0)) | (scores[i] > R(1));
  return !outside;
}

extern const ll_label_kernels LL_ISA_NAME(ll_label_kernels);
const ll_label_kernels LL_ISA_NAME(ll_label_kernels) = {seen, targets, within};
