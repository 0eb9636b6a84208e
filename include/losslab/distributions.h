/* losslab/distributions.h: the normal, Student's t, the binomial and the beta distribution, in double in both builds.
 *
 * A tail is computed as a tail, never as 1 minus something near 1, so that a p of 1e-300 is right to its digits; a quantile inverts
 * the tail it lies in, and near the median the mass between the median and itself. Nothing is allocated and nothing can fail: what
 * is outside a domain, or NaN, gives NaN. The errors below are relative, of results that are normal doubles (>= 2.3e-308), and of
 * the arguments as given. */
#ifndef LOSSLAB_DISTRIBUTIONS_H
#define LOSSLAB_DISTRIBUTIONS_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the beta distribution (engine/base/beta.c) ----------------------------------------------------------------------------- */

/* I_x(a, b) = integral of t^(a-1) (1-t)^(b-1) dt from 0 to x / B(a, b), the regularised incomplete beta function; a, b > 0 and
 * finite. y is 1 - x: the smaller of the two is taken for exact, so that an x near 1 is given by its y. 0 for x <= 0, 1 for
 * y <= 0. Error below 1e-12 for any a and b, in some microseconds. */
double ll_beta_inc(double x, double y, double a, double b);

/* ---- the normal distribution (engine/base/normal.c) ------------------------------------------------------------------------- */

/* P(Z <= z) of a standard normal Z: erfc(-z / √2) / 2; z may be infinite. Error below 3e-13, for |z| <= 1 below 1e-15. */
double ll_normal_cdf(double z);
/* z with P(Z <= z) = p, 0 <= p <= 1; -inf at 0, 0 at 1/2, inf at 1. Error below 1e-15. */
double ll_normal_quantile(double p);

/* ---- Student's t distribution (engine/base/student.c) ------------------------------------------------------------------------ */

/* Of df > 0 degrees of freedom, which need not be whole; from 1e20 to infinity the normal distribution. t may be infinite.
 * P(T > t) = I_x(df/2, 1/2) / 2 at x = df / (df + t²), t >= 0 (Abramowitz and Stegun 26.7.1). Error below 1e-12. */

/* P(T <= t). */
double ll_student_cdf(double t, double df);
/* P(|T| >= |t|). */
double ll_student_two_sided(double t, double df);
/* t with P(T <= t) = p, 0 <= p <= 1; -inf at 0, 0 at 1/2, inf at 1, and where t is beyond the largest double. */
double ll_student_quantile(double p, double df);

/* ---- the binomial distribution (engine/base/binomial.c) ---------------------------------------------------------------------- */

/* P(X <= k) of n trials of probability p: I_(1-p)(n - k, k + 1), k rounded down; 0 for k < 0, 1 for k >= n. 0 <= p <= 1; n is a
 * whole number from 0 to 2^53. Error below 1e-12. */
double ll_binomial_cdf(double k, double n, double p);

#ifdef __cplusplus
}
#endif
#endif
