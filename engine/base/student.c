/* Student's t distribution: tails are incomplete beta functions. A quantile is found by Newton's method on ln mass as a function
 * of ln t, which is nearly straight for thin and thick tails alike; the mass is that beyond t or, near the median, that between the
 * median and t. */
#include <float.h>
#include <math.h>

#include "engine/base/beta.h"
#include "engine/base/scalar.h"
#include "losslab/distributions.h"

/* From this many degrees of freedom on, its tail and the normal one agree to 1e-14 of themselves, as far as a double holds them. */
#define NORMAL_FROM 1e20

/* For t >= 0: P(T > t), P(0 < T <= t) and t times the density, which is the front of the beta function. */
typedef struct masses {
  double tail, middle, moment;
} masses;

static masses masses_at(double t, double df) {
  double r = t * t / df, log_r = r > 1e-290 && r < INFINITY ? ll_log(r) : 2 * ll_log(t) - ll_log(df);
  ll_beta q = ll_beta_at(1 / (1 + r), r < 1 ? r / (1 + r) : 1 / (1 + 1 / r), r < 1 ? -ll_log1p(r) : -log_r - ll_log1p(1 / r),
                         r < 1 ? log_r - ll_log1p(r) : -ll_log1p(1 / r), 0.5 * df, 0.5);
  double front = ll_beta_front(&q);
  ll_beta_sides both = ll_beta_split(&q, front);
  return (masses){0.5 * both.below, 0.5 * both.above, front};
}

/* P(T > t), t >= 0. */
static double tail(double t, double df) {
  if (df >= NORMAL_FROM) return ll_normal_cdf(-t);
  if (t == 0) return 0.5;
  return t == INFINITY ? 0 : masses_at(t, df).tail;
}

double ll_student_cdf(double t, double df) {
  if (isnan(t) || !(df > 0)) return NAN;
  return t <= 0 ? tail(-t, df) : 1 - tail(t, df);
}

double ll_student_two_sided(double t, double df) {
  if (isnan(t) || !(df > 0)) return NAN;
  return 2 * tail(fabs(t), df);
}

/* t > 0 with P(T > t) = mass < 1/4 (outside) or P(0 < T <= t) = mass <= 1/4. A step that leaves the bracket becomes a halving of
 * its logarithm. */
static double solve(bool outside, double mass, double df) {
  double low = outside ? 0.5 : 2 * mass, high = 2; /* no t distribution is narrower than the normal one */
  for (;;) {
    masses here = masses_at(high, df);
    if (outside ? here.tail <= mass : here.middle >= mass) break;
    if (high == DBL_MAX) return INFINITY;
    low = high, high = high < 1e150 ? high * high : DBL_MAX;
  }
  double t = sqrt(low) * sqrt(high);
  for (int i = 0; i < 200; i++) {
    masses here = masses_at(t, df);
    double reached = outside ? here.tail : here.middle;
    double step = (outside ? ll_log(reached / mass) : ll_log(mass / reached)) * reached / here.moment, next = t * ll_exp(step);
    if (fabs(step) < 1e-9) return next;
    if (step > 0) low = t;
    else high = t;
    t = next > low && next < high ? next : sqrt(low) * sqrt(high);
  }
  return t;
}

double ll_student_quantile(double p, double df) {
  if (!(p >= 0 && p <= 1 && df > 0)) return NAN;
  if (df >= NORMAL_FROM || p == 0 || p == 0.5 || p == 1) return ll_normal_quantile(p);
  double away = fabs(p - 0.5), t = away <= 0.25 ? solve(false, away, df) : solve(true, p < 0.5 ? p : 1 - p, df);
  return p < 0.5 ? -t : t;
}
