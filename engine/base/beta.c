/* The regularised incomplete beta function. A tail I_x(a, b) is computed as a front, x^a y^b / B(a, b), written so that its large
 * terms cancel on paper, times a width: one over a continued fraction, or, where a and b are so large that the fraction would be
 * slow, an integral whose integrand is smooth and has the same shape for any a and b. */
#include "engine/base/beta.h"
#include "engine/base/scalar.h"

#include <math.h>

#include "losslab/base.h"
#include "losslab/distributions.h"

#define PI 3.14159265358979323846
enum { LARGE = 3000 }; /* the integral is used where both a and b are above it */
#define SMALL 0.6      /* with an a below it, I_x(a, b) can come near 1 on the side of x that is computed */

/* What is added to Stirling's formula to give ln Gamma(x), x >= 10. (Abramowitz and Stegun 6.1.41.) */
static double stirling_rest(double x) {
  double y = 1 / (x * x);
  return (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * (691.0 / 360360)))))) / x;
}

/* e - ln(1 + e) >= 0, without the cancellation of its terms near 0; whole = 1 + e, which near e = -1 has more digits than e. */
static double excess(double e, double whole) {
  if (e < -0.7) return e - ll_log(whole);
  if (fabs(e) > 0.4) return e - ll_log1p(e);
  double r = e / (2 + e), square = r * r, power = r * square, sum = 0; /* ln(1 + e) = 2 artanh(r) */
  for (int k = 3; k < 40; k += 2, power *= square) {
    double before = sum;
    sum += power / k;
    if (sum == before) break;
  }
  return r * e - 2 * sum;
}

/* a y - b x, from the smaller of x and y alone, which is exact; fma recovers what rounding takes from the products. */
static double lead(double x, double y, double a, double b) {
  double exact = x <= y ? x : y, sign = x <= y ? -1 : 1, ax = a * exact, bx = b * exact;
  ll_sum sum = {x <= y ? a : -b, 0};
  ll_sum_add(&sum, sign * ax), ll_sum_add(&sum, sign * bx);
  ll_sum_add(&sum, sign * fma(a, exact, -ax)), ll_sum_add(&sum, sign * fma(b, exact, -bx));
  return ll_sum_value(&sum);
}

ll_beta ll_beta_at(double x, double y, double log_x, double log_y, double a, double b) {
  return (ll_beta){x, y, log_x, log_y, a, b, lead(x, y, a, b)};
}

/* x and a exchanged with y and b: the integral becomes I_y(b, a) = 1 - I_x(a, b). */
static ll_beta mirrored(const ll_beta *q) { return (ll_beta){q->y, q->x, q->log_y, q->log_x, q->b, q->a, -q->lead}; }

/* Whether I_x(a, b) is the side to compute: where x <= (a + 1) / (a + b + 2) the fraction converges fast and no term of it
 * cancels. */
static bool is_tail(const ll_beta *q) { return q->a > LARGE && q->b > LARGE ? q->lead >= 0 : q->lead + 1 >= 2 * q->x; }

/* For a and b of at least 10: the density at the mean by Stirling's formula, times its fall from there to x. */
static double front_of_large(const ll_beta *q) {
  double a = q->a, b = q->b, n = a + b;
  double fall = a * excess(-q->lead / a, q->x * (n / a)) + b * excess(q->lead / b, q->y * (n / b));
  return sqrt(a * (b / n) / (2 * PI)) * ll_exp(stirling_rest(n) - stirling_rest(a) - stirling_rest(b) - fall);
}

/* For one of a and b at least 10 (large, with the logarithm of its x or y) and the other below (small, with its own y or x): by
 * Stirling's formula for the ratio of Gamma(large + small) to Gamma(large). */
static double front_of_one(double large, double log_of_large, double small, double at_small) {
  double n = large + small;
  double power = large * log_of_large + small * ll_log(at_small * n) - large * excess(small / large, n / large);
  return ll_exp(power - 0.5 * ll_log1p(small / large) + stirling_rest(n) - stirling_rest(large)) * small / ll_gamma(1 + small);
}

double ll_beta_front(const ll_beta *q) {
  double a = q->a, b = q->b, n = a + b;
  if (a >= 10 && b >= 10) return front_of_large(q);
  if (a >= 10) return front_of_one(a, q->log_x, b, q->y);
  if (b >= 10) return front_of_one(b, q->log_y, a, q->x);
  return ll_exp(a * q->log_x + b * q->log_y) * (a * (b / n)) * (ll_gamma(1 + n) / (ll_gamma(1 + a) * ll_gamma(1 + b)));
}

static double away_from_0(double v) { return fabs(v) < 1e-300 ? 1e-300 : v; }

/* The even part of the continued fraction (Didonato and Morris 1992, ACM TOMS 18:360, eq. 9) times (a + 1) / a, by Lentz's method.
 * It depends on x and y through their lead, which keeps the digits that an x near 1 would lose. It needs about √min(a, b) terms,
 * and up to a thousand near the mean where b < 1. */
static double fraction(const ll_beta *q) {
  double a = q->a, b = q->b, x = q->x;
  double value = away_from_0(q->lead + 1), above = value, below = 0;
  for (int k = 1; k < 10000; k++) {
    double m = k, s = a + 2 * m - 1, left = (b - m) * x;
    double top = (k == 1 ? 1 : (a + m - 1) / s) * ((a + b + m - 1) / s * x) * m * left;
    double bottom = m + m * left / s + (a + m) / (s + 2) * (q->lead + 1 + m * (1 + q->y));
    below = 1 / away_from_0(bottom + top * below), above = away_from_0(bottom + top / above);
    double factor = above * below;
    value *= factor;
    if (fabs(factor - 1) < 1e-16) break;
  }
  return value;
}

/* The integral of t^(a-1) (1-t)^(b-1) over t < x, divided by x^a y^b. With t = x (1 - s) the integrand falls smoothly in s, as e to
 * the minus a sum of terms >= 0. By the tanh-sinh rule (Takahasi and Mori 1974), with the same 105 points for any a and b. */
static double width(const ll_beta *q) {
  double a = q->a, b = q->b, ratio = q->x / q->y, slope = q->lead / q->y;
  double end = 90 / (slope + ll_hypot(slope, sqrt(90) * ll_hypot(sqrt(a), sqrt(b) * ratio))); /* there the exponent is about 45 */
  double sum = 0, step = 1.0 / 16;
  for (int k = -52; k <= 52; k++) {
    double u = k * step, e = ll_exp(-PI * ll_sinh(u)), s = end / (1 + e);
    double fall = slope * s + a * excess(-s, 1 - s) + b * excess(ratio * s, 1 + ratio * s);
    sum += s * (e / (1 + e)) * ll_cosh(u) * ll_exp(-fall) / ((1 - s) * (1 + ratio * s));
  }
  return PI * step * sum / q->y;
}

static double tail(const ll_beta *q, double front) {
  if (q->a > LARGE && q->b > LARGE) return front > 0 ? front * width(q) : 0; /* so far out, a width may be 0 times infinity */
  double value = front / q->a * (q->a + 1) / fraction(q);
  return value > 1 ? 1 : value; /* by rounding alone, where a is tiny */
}

static ll_beta_sides split_tail(const ll_beta *q, double front) {
  double rest = q->a < SMALL ? ll_beta_rest(q) : 1;
  if (rest < 0.1) return (ll_beta_sides){1 - rest, rest};
  double below = tail(q, front);
  return (ll_beta_sides){below, 1 - below};
}

ll_beta_sides ll_beta_split(const ll_beta *q, double front) {
  if (is_tail(q)) return split_tail(q, front);
  ll_beta other = mirrored(q);
  ll_beta_sides sides = split_tail(&other, front);
  return (ll_beta_sides){sides.above, sides.below};
}

double ll_beta_inc(double x, double y, double a, double b) {
  if (isnan(x) || isnan(y) || !(a > 0 && b > 0 && isfinite(a) && isfinite(b))) return NAN;
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  if (a < 1e-200 && b < 1e-200) a *= 0x1p300, b *= 0x1p300; /* only their ratio counts, and denormal ones would lose digits */
  if (isinf(a + b)) a /= 4, b /= 4;                         /* x is the mean to all its digits, or far from it by any measure */
  ll_beta q = ll_beta_at(x, y, x < 0.5 ? ll_log(x) : ll_log1p(-y), y < 0.5 ? ll_log(y) : ll_log1p(-x), a, b);
  return ll_beta_split(&q, ll_beta_front(&q)).below;
}
