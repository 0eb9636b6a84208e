/* The loops over the features of a pair of rows, and over one row of all pairs, that every loss of pairs stands on. */
#include "engine/loss/embedding/pairing.h"

#include "engine/base/double_lanes.h"

enum { CHUNK = 256 };

REDUCE(square, double, (a - b) * (a - b))
REDUCE(dot, double, a *b)

static double length(const float *x, size_t d) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= d; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += (double)x[i + l] * (double)x[i + l];
  for (; i < d; i++) part[i % LANES] += (double)x[i] * (double)x[i];
  return fold(part);
}

static double largest(const double *x, size_t d) {
  enum { PIECE = 4 * LANES };
  double part[PIECE] = {0};
  size_t i = 0;
  for (; i + PIECE <= d; i += PIECE)
    for (size_t j = 0; j < PIECE; j++) part[j] = __builtin_fabs(x[i + j]) > part[j] ? __builtin_fabs(x[i + j]) : part[j];
  for (size_t j = 0; i + j < d; j++) part[j] = __builtin_fabs(x[i + j]) > part[j] ? __builtin_fabs(x[i + j]) : part[j];
  for (size_t half = PIECE / 2; half; half /= 2)
    for (size_t j = 0; j < half; j++) part[j] = part[j + half] > part[j] ? part[j + half] : part[j];
  return part[0];
}

static void raise(const ll_real *restrict x, const ll_real *restrict origin, double *restrict out, size_t d) {
  if (origin) EACH_OF(d) out[j] = (double)x[j] - (double)origin[j];
  else EACH_OF(d) out[j] = (double)x[j];
}

/* By the largest element first, so that no square overflows or becomes 0. */
static double unit(double *x, size_t d) {
  double most = largest(x, d);
  if (!(most > 0)) return 0;
  EACH_OF(d) x[j] /= most;
  double norm = __builtin_sqrt(dot(x, x, d));
  EACH_OF(d) x[j] /= norm;
  return most * norm;
}

static void across(const double *restrict g, const double *restrict x, double along, double factor, ll_real *restrict out,
                   size_t d) {
  EACH_OF(d) out[j] = (ll_real)(factor * (g[j] - along * x[j]));
}

static void lower(const double *restrict x, const double *restrict y, double factor, float *restrict out, size_t d) {
  EACH_OF(d) out[j] = (float)(factor * (x[j] - y[j]));
}

static void pull(double weight, const double *restrict x, const double *restrict y, double *restrict gx, double *restrict gy,
                 size_t d) {
  double twice = 2 * weight;
  EACH_OF(d) {
    double step = twice * (x[j] - y[j]);
    gx[j] += step, gy[j] -= step;
  }
}

static void add_scaled(double a, const double *restrict x, double *restrict y, size_t n) { EACH_OF(n) y[j] += a * x[j]; }

/* The rounding of a product is about 2^-53 of the lengths: a square below 2^-13 of them keeps 12 of its 16 digits or fewer. NaN,
 * from infinite lengths, counts as too small. */
static const double too_small = 0x1p-13;

static size_t squares(double *restrict v, const double *restrict lengths, double length, size_t n) {
  double few = 0;
  EACH_OF(n) {
    double all = length + lengths[j], x = all - 2 * v[j];
    few += x >= too_small * all ? 0.0 : 1.0;
    v[j] = x > 0 ? x : 0;
  }
  return (size_t)few;
}

static double sum_of(const double *v, size_t n) { return sum(v, n); }

static size_t count_nonzero(const double *restrict v, size_t n) {
  double found = 0, hits[CHUNK];
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, v += m) {
    EACH_OF(m) hits[j] = v[j] < 0 || v[j] > 0 ? 1 : 0;
    found += sum(hits, m);
  }
  return (size_t)found;
}

/* In a row that is pulled pair by pair most pieces are empty: they are passed over whole. */
static size_t nonzero(const double *v, size_t n, uint32_t *columns) {
  enum { PIECE = 64 };
  size_t found = 0;
  for (size_t at = 0; at < n; at += PIECE) {
    size_t end = n - at < PIECE ? n : at + PIECE;
    if (!count_nonzero(v + at, end - at)) continue;
    for (size_t j = at; j < end; j++) {
      columns[found] = (uint32_t)j;
      found += v[j] < 0 || v[j] > 0;
    }
  }
  return found;
}

extern const ll_pairing_kernels LL_ISA_NAME(ll_pairing_kernels);
const ll_pairing_kernels LL_ISA_NAME(ll_pairing_kernels) = {
    .square = square,
    .dot = dot,
    .add_scaled = add_scaled,
    .squares = squares,
    .sum = sum_of,
    .raise = raise,
    .unit = unit,
    .largest = largest,
    .across = across,
    .lower = lower,
    .length = length,
    .pull = pull,
    .nonzero = nonzero,
    .count_nonzero = count_nonzero,
};
