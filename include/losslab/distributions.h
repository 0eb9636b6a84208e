/* losslab/distributions.h: the normal, Student's t, the binomial, the beta, the chi-square, the F and the noncentral t
 * distribution, and that of the range of normals, in double in both builds.
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

/* ---- the chi-square and the F distribution (engine/base/chi_square.c) */

/* P(X > x) of df degrees of freedom, a whole number from 1 to 10^7: a finite sum (Abramowitz and Stegun 26.4.4, 26.4.5); 1 for
 * x <= 0. Error below 1e-12, in df/2 steps. */
double ll_chi_square_tail(double x, double df);
/* P(F > f) of df1 and df2 degrees of freedom, > 0 and finite: I_x(df2/2, df1/2) at x = df2 / (df2 + df1 f) (26.6.2); 1 for f <= 0.
 * Error below 1e-12. */
double ll_f_tail(double f, double df1, double df2);

/* ---- the range of normals, and the noncentral t distribution (engine/base/range.c, noncentral_t.c) */

/* P(largest - smallest > q) of k independent standard normals, a whole number from 2 to 10^6: the studentized range of infinite
 * degrees of freedom (Tukey 1953), k ∫ φ(z) (1 - (Φ(z) - Φ(z - q))^(k-1)) dz; 1 for q <= 0. Error below 1e-11 of a tail >= 1e-290,
 * in some tens of microseconds. */
double ll_range_tail(double q, double k);
/* q with P(range <= q) = p, 0 <= p <= 1; 0 at 0, inf at 1. Error below 1e-10, of p as the double that it is. */
double ll_range_quantile(double p, double k);
/* P(T <= t) of T = (Z + delta) / √(χ²/df), df >= 1 and finite, which need not be whole; t may be infinite. Absolute error below
 * 1e-12 for |t| <= 100. */
double ll_noncentral_t_cdf(double t, double df, double delta);

#ifdef __cplusplus
}
#endif
#endif
