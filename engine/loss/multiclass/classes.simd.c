/* One row of logits, in blocks: a block's terms in one vectorised loop, then their sum in double. The label's own term is set to 0
 * before its block is summed: to subtract it from the sum afterwards would cost digits. */
#include "engine/loss/multiclass/classes.h"
#include "engine/base/lanes.h"
#include "engine/base/scalar_tables.h"
#include "engine/base/simd_math.h"

enum { BLOCK = 256 };

/* The largest of each column of pieces first, so that no element waits for the one before. */
static inline ll_real largest(const ll_real *restrict x, size_t n) {
  enum { PIECE = 64 };
  ll_real part[PIECE], top = x[0];
  size_t i = 0;
  for (size_t j = 1; n < PIECE && j < n; j++) top = x[j] > top ? x[j] : top;
  if (n < PIECE) return top;
  for (size_t j = 0; j < PIECE; j++) part[j] = top;
  for (; i + PIECE <= n; i += PIECE)
    for (size_t j = 0; j < PIECE; j++) part[j] = x[i + j] > part[j] ? x[i + j] : part[j];
  for (size_t j = 0; i + j < n; j++) part[j] = x[i + j] > part[j] ? x[i + j] : part[j];
  for (size_t half = PIECE / 2; half; half /= 2)
    for (size_t j = 0; j < half; j++) part[j] = part[j + half] > part[j] ? part[j + half] : part[j];
  return part[0];
}

static inline void exponents(const ll_real *x, size_t n, ll_real top, ll_real *out) { EACH out[i] = EXP(x[i] - top); }
static inline void scaled(ll_real *x, size_t n, ll_real factor) { EACH x[i] *= factor; }

/* Runs over the blocks [at, at + m) of k logits. */
#define BLOCKS for (size_t at = 0, m; m = k - at < BLOCK ? k - at : BLOCK, at < k; at += m)

/* rest is the sum of e^(z_j - top) over the other classes. Where the label has the largest logit the value is ln(1 + rest), which
 * keeps its digits however small rest is; so does the label's derivative, -rest / total. */
static double softmax(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads) {
  (void)a;
  ll_real buffer[BLOCK], top = largest(logits, k);
  double over = (double)top - (double)logits[label], own = ll_scalar_tables_exp(-over), rest = 0;
  BLOCKS {
    ll_real *e = grads ? grads + at : buffer;
    exponents(logits + at, m, top, e);
    if (label - at < m) e[label - at] = 0;
    rest += sum(e, m);
  }
  double total = rest + own;
  if (grads) {
    scaled(grads, k, R(scale / total));
    grads[label] = R(-scale * rest / total);
  }
  return over > 0 ? over + ll_scalar_tables_log(total) : ll_log1pd(rest);
}

#define HINGE_BLOCK(name, value_of, slope_of)                                                                                      \
  static inline void name(const ll_real *z, size_t n, ll_real shift, ll_real *values, ll_real *slopes) {                           \
    EACH {                                                                                                                         \
      ll_real u = shift + z[i];                                                                                                    \
      u = RELU(u);                                                                                                                 \
      values[i] = (value_of);                                                                                                      \
      slopes[i] = (slope_of);                                                                                                      \
    }                                                                                                                              \
  }
HINGE_BLOCK(plain_block, u, (u > R(0) ? R(1) : R(0)))
HINGE_BLOCK(squared_block, u *u, R(2) * u)

typedef void hinge_block(const ll_real *z, size_t n, ll_real shift, ll_real *values, ll_real *slopes);

/* The sum over the other classes of [shift + z_j]+^p; [out] the sum of the slopes. */
static inline double others(hinge_block *block, const ll_real *logits, size_t k, size_t label, ll_real shift, double scale,
                            ll_real *grads, double *slope) {
  ll_real values[BLOCK], unwanted[BLOCK];
  double total = 0;
  *slope = 0;
  BLOCKS {
    ll_real *slopes = grads ? grads + at : unwanted;
    block(logits + at, m, shift, values, slopes);
    if (label - at < m) values[label - at] = slopes[label - at] = 0;
    total += sum(values, m), *slope += sum(slopes, m);
    if (grads) scaled(slopes, m, R(scale));
  }
  return total;
}

static inline double one_against_rest(hinge_block *block, const ll_real *logits, size_t k, size_t label, double scale,
                                      ll_real *grads) {
  ll_real turned = -logits[label], value, own;
  double slope;
  block(&turned, 1, R(1), &value, &own);
  double total = others(block, logits, k, label, R(1), scale, grads, &slope);
  if (grads) grads[label] = -R(scale) * own;
  return total + (double)value;
}

static double hinge(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads) {
  (void)a;
  return one_against_rest(plain_block, logits, k, label, scale, grads);
}

static double hinge_squared(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads) {
  (void)a;
  return one_against_rest(squared_block, logits, k, label, scale, grads);
}

static double weston_watkins(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads) {
  double slope, total = others(plain_block, logits, k, label, R(a - (double)logits[label]), scale, grads, &slope);
  if (grads) grads[label] = R(-scale * slope);
  return total;
}

static double crammer_singer(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads) {
  size_t rival = label == 0;
  for (size_t j = rival + 1; j < k; j++)
    if (j != label && logits[j] > logits[rival]) rival = j;
  double u = rival < k ? a + ((double)logits[rival] - (double)logits[label]) : 0;
  if (!(u > 0)) u = 0;
  if (grads) {
    for (size_t j = 0; j < k; j++) grads[j] = 0;
    if (u > 0) grads[rival] = R(scale), grads[label] = R(-scale);
  }
  return u;
}

extern const ll_classes_kernels LL_ISA_NAME(ll_classes_kernels);
const ll_classes_kernels LL_ISA_NAME(ll_classes_kernels) = {softmax, hinge, hinge_squared, weston_watkins, crammer_singer};
