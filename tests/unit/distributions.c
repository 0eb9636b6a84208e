/* The distributions against figures of 50-digit arithmetic, against closed forms and sums in long double and __float128, and
 * against themselves: mirrored, halved, inverted. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static const double inf = INFINITY;

/* x, y, a, b, I_x(a, b) */
static const double betas[][5] = {
    {0.25, 0.75, 2.5, 4, 0.253265380859375},
    {9.313225746154785e-10, 0.9999999990686774, 0.25, 3.5, 0.00811135747503246625},
    {0.875, 0.125, 0.001, 0.002, 0.667960603470189309},
    {0.5, 0.5, 0.0625, 0.001, 0.0157020445247908979},
    {0.125, 0.875, 20, 0.5, 1.15858192529890215e-19},
    {0.9999990463256836, 9.5367431640625e-07, 100000, 0.5, 0.662306020182402079},
    {0.25, 0.75, 400.5, 800.25, 5.01468656418342831e-11},
    {0.5, 0.5, 3100, 3000, 0.100187317465127391},
    {0.5, 0.5, 2000, 1000, 3.36004270412452463e-76},
    {0.5, 0.5, 1001000, 1000000, 0.239804917533608298},
    {0.25, 0.75, 103000, 300100, 3.42872442751753806e-16},
    {0.5, 0.5, 10003000000, 10000000000, 3.73055013984265093e-100},
    {0.5, 0.5, 1000001000000000, 1000000000000000, 4.75329419103892554e-111},
    {9.313225746154785e-10, 0.9999999990686774, 1020000, 1073741824000000, 1.04123855493119381e-88},
    {0.999999999996362, 3.637978807091713e-12, 1000000000000000, 3100, 2.59740862107522974e-20},
    {0.25, 0.75, 250000000000000, 749999900000000, 0.033944572998087264},
    {0.5, 0.5, 9000, 6000, 1.0742496081653741e-133},
    {0.0009765625, 0.9990234375, 3600, 3600000, 0.08802922081206323},
    {0.1, 0.9, 1e12, 9e12, 0.500000112162566866},
    {0.1, 0.9, 1.0001e10, 9e10, 1.19281998271367875e-21},
    {0.9999990463256836, 9.5367431640625e-07, 10000000, 0.5, 1.25779656589791391e-5},
    {0.9999999999990905, 9.094947017729282e-13, 1000000000000000, 300, 7.19136705962630656e-123},
};
/* t, df, P(T <= t) */
static const double students[][3] = {
    {-2, 0.1, 0.389177113901638048},
    {-100000, 0.5, 0.00101414553013899965},
    {-3, 2.5, 0.0362880477745159219},
    {-12, 15.25, 1.7904601524907487e-9},
    {-5, 100.5, 1.21745465996126011e-6},
    {-37, 10000, 2.81131561763975828e-281},
    {-1.5, 1000000, 0.0668073591183963846},
    {-6, 1000000, 9.86924906177217335e-10},
    {-30, 100000000, 4.91668214294163249e-198},
    {-0.125, 1000000000000, 0.45026177516989967},
    {-8, 1000000000000000, 6.22096057427835208e-16},
    {-25, 1e+18, 3.05669670638286038e-138},
    {-1e-09, 7, 0.499999999615008549},
};
/* z, P(Z <= z) */
static const double normals[][2] = {
    {-38, 2.88542836006878431e-316}, {-37.5, 4.60535300958195484e-308},
    {-20, 2.7536241186062337e-89},   {-6.5, 4.01600058385911781e-11},
    {-5, 2.86651571879193912e-7},    {-1, 0.158655253931457051},
    {-0.25, 0.401293674317076276},   {-1e-20, 0.50},
    {0.5, 0.691462461274013104},     {2, 0.977249868051820793},
    {8, 0.999999999999999378},
};
/* p, z */
static const double normal_quantiles[][2] = {
    {5e-324, -38.4674056171443463},
    {1e-300, -37.0470962993611992},
    {1e-100, -21.2734535609653243},
    {1e-16, -8.22208221613043562},
    {1e-05, -4.26489079392282461},
    {0.125, -1.15034938037600818},
    {0.25, -0.674489750196081743},
    {0.375, -0.318639363964375163},
    {0.49999999999999994, -1.39145821233588346e-16},
    {0.75, 0.674489750196081743},
    {0.9999999999999999, 8.20953615160138686},
};
/* p, df, t */
static const double student_quantiles[][3] = {
    {1e-300, 5, -1.5683925590993378e60},
    {1e-10, 3, -2.22576928468309319e3},
    {1e-05, 0.5, -1.02849115631633984e9},
    {0.125, 0.25, -69.8232442695229998},
    {0.375, 0.1, -2.90849553870162283},
    {0.4375, 40, -0.158321594382060846},
    {0.4999999999990905, 7, -2.36237635876536889e-12},
    {1e-06, 1000000, -4.75345234827968081},
    {1e-200, 1000000000, -30.2056010768616513},
    {0.25, 1000000000000000, -0.674489750196081989},
    {0.001, 2.5, -13.8221931108659645},
};

/* x, df, P(X > x) */
static const double chi_squares[][3] = {
    {9.28, 3, 2.57907241987568e-02},
    {500, 501, 5.04207135268802e-01},
    {3000, 2000, 2.20469861138900e-43},
    {0.3, 1, 5.83882420770365e-01},
};
/* f, df1, df2, P(F > f) */
static const double fs[][4] = {{3.69, 3, 39, 1.97440996894889e-02}, {100, 2.5, 7, 5.21834935263865e-06}};

#define EACH(table) for (size_t i = 0; i < sizeof(table) / sizeof *(table); i++)

static void known(void) {
  EACH(betas) {
    const double *r = betas[i];
    double rtol = 1e-14 - 1e-15 * log(r[4]); /* what the exponent of a small one costs */
    near(ll_beta_inc(r[0], r[1], r[2], r[3]), r[4], rtol, 0, "beta_inc(%g, %g, %g)", r[0], r[2], r[3]);
    near(ll_beta_inc(r[1], r[0], r[3], r[2]), 1 - r[4], 1e-15, 0, "and mirrored");
  }
  EACH(students) {
    const double *r = students[i];
    near(ll_student_cdf(r[0], r[1]), r[2], 1e-12, 0, "student_cdf(%g, %g)", r[0], r[1]);
    near(ll_student_cdf(-r[0], r[1]), 1 - r[2], 1e-15, 0, "and above");
    near(ll_student_two_sided(-r[0], r[1]), 2 * r[2], 1e-12, 0, "and on both sides");
  }
  EACH(normals) {
    const double *r = normals[i], rtol = fabs(r[0]) <= 1 ? 1e-15 : 3e-13;
    near(ll_normal_cdf(r[0]), r[1], rtol, 5e-324, "normal_cdf(%g)", r[0]);
    near(ll_student_cdf(r[0], inf), r[1], rtol, 5e-324, "student_cdf(%g, inf)", r[0]);
    near(ll_student_cdf(r[0], 1e19), r[1], 3e-13, 1e-307, "student_cdf(%g, 1e19)", r[0]);
  }
  EACH(normal_quantiles) {
    const double *r = normal_quantiles[i];
    near(ll_normal_quantile(r[0]), r[1], 1e-15, 0, "normal_quantile(%g)", r[0]);
    near(ll_student_quantile(r[0], inf), r[1], 1e-15, 0, "student_quantile(%g, inf)", r[0]);
  }
  EACH(student_quantiles) {
    const double *r = student_quantiles[i];
    near(ll_student_quantile(r[0], r[1]), r[2], 1e-13, 0, "student_quantile(%g, %g)", r[0], r[1]);
    if (r[0] > 0.1) near(ll_student_quantile(1 - r[0], r[1]), -r[2], 1e-13, 0, "and above");
  }
}

/* Chi-square, F and the noncentral t against R 4.2, the range against what is known of two and three normals. */
static void of_ranks(void) {
  EACH(chi_squares) {
    const double *r = chi_squares[i];
    near(ll_chi_square_tail(r[0], r[1]), r[2], 1e-13, 0, "chi_square_tail(%g, %g)", r[0], r[1]);
  }
  for (double x = 0.25; x < 1400; x *= 3) {
    near(ll_chi_square_tail(x, 2), exp(-x / 2), 1e-13, 0, "chi_square_tail(%g, 2) is exponential", x);
    near(ll_chi_square_tail(x, 1), 2 * ll_normal_cdf(-sqrt(x)), 1e-12, 0, "chi_square_tail(%g, 1) is normal", x);
  }
  near(ll_chi_square_tail(1e6, 1e6), 0.499811937, 1e-8, 0, "of a million degrees of freedom");
  EACH(fs) near(ll_f_tail(fs[i][0], fs[i][1], fs[i][2]), fs[i][3], 1e-13, 0, "f_tail(%g)", fs[i][0]);
  near(ll_f_tail(4, 1, 9), ll_student_two_sided(2, 9), 1e-13, 0, "F of one degree of freedom is t squared");
  for (double q = 1e-3; q < 50; q *= 2)
    near(ll_range_tail(q, 2), 2 * ll_normal_cdf(-q / sqrt(2)), 1e-12, 0, "the range of two normals, %g", q);
  near(ll_range_tail(ll_range_quantile(0.95, 10), 10), 0.05, 1e-12, 0, "range_tail undoes range_quantile");
  near(ll_range_quantile(0.95, 3), 3.314493, 1e-6, 0, "the range of three");
  near(ll_noncentral_t_cdf(2.262157, 9, 3), 0.238844692503793, 1e-11, 0, "noncentral_t_cdf");
  near(ll_noncentral_t_cdf(-0.7, 2.5, 0), ll_student_cdf(-0.7, 2.5), 1e-12, 0, "and without a difference");
  ok(ll_chi_square_tail(0, 3) == 1 && ll_chi_square_tail(inf, 3) == 0 && ll_chi_square_tail(1e300, 1e7) == 0 &&
         ll_f_tail(0, 1, 1) == 1 && ll_f_tail(inf, 1, 1) == 0 && ll_range_tail(0, 2) == 1 && ll_range_tail(inf, 2) == 0 &&
         ll_range_quantile(0, 2) == 0 && ll_range_quantile(1, 2) == inf && ll_noncentral_t_cdf(inf, 2, 1) == 1,
     "their ends");
  double bad[] = {ll_chi_square_tail(NAN, 1),    ll_chi_square_tail(1, 0.5),
                  ll_f_tail(NAN, 1, 1),          ll_f_tail(1, 0, 1),
                  ll_range_tail(NAN, 2),         ll_range_tail(1, 1),
                  ll_range_quantile(1.5, 2),     ll_range_quantile(0.5, 2.5),
                  ll_noncentral_t_cdf(1, 0, 1),  ll_noncentral_t_cdf(NAN, 2, 1),
                  ll_noncentral_t_cdf(1, 2, inf)};
  EACH(bad) ok(isnan(bad[i]), "outside their domains, case %zu", i);
}

/* The ends, and what is outside. */
static void edges(void) {
  ok(ll_normal_cdf(0) == 0.5 && ll_normal_cdf(1e-310) == 0.5 && ll_normal_cdf(-inf) == 0 && ll_normal_cdf(inf) == 1, "normal_cdf");
  ok(ll_normal_quantile(0) == -inf && ll_normal_quantile(0.5) == 0 && ll_normal_quantile(1) == inf, "normal_quantile");
  static const double dfs[] = {1e-290, 0.3, 1, 7, 1e6, 1e15, 1e19, 1e20, 1e300, INFINITY};
  EACH(dfs) {
    double df = dfs[i];
    ok(ll_student_cdf(0, df) == 0.5 && ll_student_cdf(-0.0, df) == 0.5 && ll_student_cdf(1e-310, df) == 0.5, "student_cdf at 0, %g",
       df);
    ok(ll_student_cdf(-inf, df) == 0 && ll_student_cdf(inf, df) == 1 && ll_student_two_sided(0, df) == 1, "far out, %g", df);
    ok(ll_student_quantile(0, df) == -inf && ll_student_quantile(0.5, df) == 0 && ll_student_quantile(1, df) == inf,
       "student_quantile at 0, 1/2, 1, %g", df);
  }
  double most = 0;
  for (double a = 1e-305; a < 1e300; a *= 3)
    for (double x = 1e-300; x < 1; x *= 1e20) most = fmax(most, fmax(ll_beta_inc(x, 1 - x, a, 0.5), ll_student_two_sided(x, a)));
  ok(most == 1, "no probability is above 1 (the largest is 1 + %g)", most - 1);
  near(ll_student_cdf(-1e200, 1), 1e-200 / M_PI, 1e-12, 0, "where t * t overflows");
  near(ll_student_cdf(-1e307, 0.01), 4.1302604104989038e-4, 1e-12, 0, "and with heavy tails");
  near(ll_student_cdf(-1e-160, 3), 0.5, 1e-15, 0, "where t * t vanishes");
  ok(ll_student_quantile(1e-9, 1e-3) == -inf, "a quantile beyond the largest double");
  for (double a = 5e-324; a > 0 && a < 1e-290; a *= 7)
    near(ll_beta_inc(0.25, 0.75, a, 4 * a), 0.8, 1e-14, 0, "I_x(a, 4 a) for a of %g: their ratio alone counts", a);
  near(ll_beta_inc(0.5, 0.5, 1.7e308, 1.7e308), 0.5, 1e-14, 0, "where a + b overflows");
  near(ll_beta_inc(1, 4e-305, 1.5e305, 1), exp(-6), 1e-14, 0, "where 1 / a is next to nothing");
  near(ll_beta_inc(6.4045e-162, 1, 1.71e12, 2.67e173), ll_beta_inc(6.4045e-129, 1, 1.71e12, 2.67e140), 1e-9, 0,
       "where the square of b overflows");
  ok(ll_beta_inc(0, 1, 2, 3) == 0 && ll_beta_inc(-1, 2, 2, 3) == 0 && ll_beta_inc(1, 0, 2, 3) == 1 && ll_beta_inc(2, -1, 2, 3) == 1,
     "beta_inc at 0 and 1 and beyond");
  ok(ll_binomial_cdf(-0.5, 5, 0.5) == 0 && ll_binomial_cdf(5, 5, 0.5) == 1 && ll_binomial_cdf(inf, 5, 0.5) == 1 &&
         ll_binomial_cdf(2, 5, 0) == 1 && ll_binomial_cdf(2, 5, 1) == 0 &&
         ll_binomial_cdf(2.9, 5, 0.25) == ll_binomial_cdf(2, 5, 0.25),
     "binomial_cdf");
  double bad[] = {ll_normal_cdf(NAN),
                  ll_normal_quantile(-0.1),
                  ll_normal_quantile(1.1),
                  ll_normal_quantile(NAN),
                  ll_student_cdf(NAN, 3),
                  ll_student_cdf(1, 0),
                  ll_student_cdf(1, NAN),
                  ll_student_two_sided(1, -1),
                  ll_student_two_sided(NAN, 1),
                  ll_student_quantile(2, 3),
                  ll_student_quantile(0.3, 0),
                  ll_student_quantile(NAN, 3),
                  ll_student_quantile(0.3, NAN),
                  ll_beta_inc(NAN, 1, 1, 1),
                  ll_beta_inc(0.5, NAN, 1, 1),
                  ll_beta_inc(0.5, 0.5, 0, 1),
                  ll_beta_inc(0.5, 0.5, 1, inf),
                  ll_beta_inc(0.5, 0.5, NAN, 1),
                  ll_binomial_cdf(NAN, 3, 0.5),
                  ll_binomial_cdf(1, NAN, 0.5),
                  ll_binomial_cdf(1, 3, -1),
                  ll_binomial_cdf(1, 3, NAN),
                  ll_binomial_cdf(1, -3, 0.5),
                  ll_binomial_cdf(1, 3.5, 0.5),
                  ll_binomial_cdf(1, 0x1p54, 0.5)};
  EACH(bad) ok(isnan(bad[i]), "outside the domain, case %zu", i);
}

static double worst;
static void compare(double got, double want) {
  if (want >= 2.3e-308) worst = fmax(worst, isfinite(got) ? fabs(got / want - 1) : inf);
}
static void report(double tolerance, const char *what) {
  ok(worst < tolerance, "%s, worst %.2g", what, worst);
  worst = 0;
}

/* Every sum of probabilities of n trials at chances that, and whose complements, are exact: in __float128, largest n first. */
static void sums(void) {
  static const double chances[] = {0.5, 0.25, 1.0 / 16, 1.0 / 1024, 1 - 1.0 / 1024, 0.625};
  for (int n = 1; n <= 4096; n *= 4) EACH(chances) {
      __float128 p = chances[i], q = 1 - p, term = 1, sum = 0;
      for (int k = 0; k < n; k++) term *= q;
      for (int k = 0; k < n; k++) {
        sum += term, term = term * (n - k) / (k + 1) * p / q;
        if (sum < 0.9Q) compare(ll_binomial_cdf(k, n, chances[i]), (double)sum);
      }
    }
  report(1e-12, "binomial sums to n = 4096");
  /* of 2m trials the share up to the middle: 1/2 and half of the middle one, which Stirling gives */
  for (double m = 1e4; m < 2e15; m *= 10) compare(ll_binomial_cdf(m, 2 * m, 0.5), 0.5 + 0.5 * exp(-1 / (8 * m)) / sqrt(M_PI * m));
  report(1e-14, "the middle of a binomial to n = 2e15");
}

/* I_x(a, b) by the hypergeometric series, all of whose terms are positive, in long double. */
static double series(double x, double a, double b) {
  long double term = 1, sum = 1, z = x, least = 1e-20L, log_beta = lgammal(a) + lgammal(b) - lgammal((long double)a + b);
  for (int n = 0; n < 100000 && term > least * sum; n++) sum += term *= z * (a + b + n) / (a + 1 + n);
  return (double)(expl(a * logl(z) + b * log1pl(-z) - log_beta) / a * sum);
}

static void forms(void) {
  ll_random r = ll_random_stream(1, 1, "distributions");
  for (int i = 0; i < 20000; i++) {
    double a = pow(10, 5.5 * ll_random_uniform(&r) - 3), b = pow(10, 5.5 * ll_random_uniform(&r) - 3), mean = a / (a + b);
    double x = i % 2 ? mean * ll_random_uniform(&r) : mean - 8 * ll_random_uniform(&r) * sqrt(mean * (1 - mean) / (a + b + 1));
    if (x > 0 && x < 0.9) compare(ll_beta_inc(x, 1 - x, a, b), series(x, a, b));
  }
  report(1e-12, "the series of the incomplete beta function");
  for (double a = 1e-3; a < 1e17; a *= 1.7)
    for (double c = 1e-3; c < 600; c *= 1.3) { /* x = 1 - y near 1, y as given */
      double y = c / (a + c);
      long double log_x = log1pl(-(long double)y);
      compare(ll_beta_inc(1 - y, y, a, 1), (double)expl(a * log_x));
      compare(ll_beta_inc(1 - y, y, a, 2), (double)(expl(a * log_x) * (1 + (long double)a * y)));
      if (a > 0.01) compare(ll_beta_inc(y, 1 - y, 1, a), (double)-expm1l(a * log_x));
    }
  report(1e-12, "I_x(a, 1) = x^a and its kin");
  for (double a = 1e-305; a < 1; a *= 3.7) /* what is left of 1: of x^a, and of P(|T| > t) = (2 / pi) atan(1 / t) and its kin */
    for (double x = 1e-300; x < 1; x = x < 1e-3 ? x * 1e9 : x * 1.3) {
      long double log_x = logl((long double)x);
      compare(ll_beta_inc(1 - x, x, 1, a), (double)-expm1l(a * log_x));
      compare(ll_beta_inc(1 - x, x, 2, a), (double)(-expm1l(a * log_x) - a * expl(a * log_x) * (1 - (long double)x)));
    }
  report(1e-12, "1 - I_x(a, 1) and 1 - I_x(a, 2) of small a");
  for (double a = 1e-3; a < 1e300; a *= 1.9) compare(ll_beta_inc(0.5, 0.5, a, a), 0.5);
  report(1e-14, "I_1/2(a, a) = 1/2");
  for (double t = 1e-9; t < 1e100; t *= 1.1) {
    long double x = t, root = sqrtl(2 + x * x);
    compare(ll_student_cdf(-t, 1), (double)(atanl(1 / x) / acosl(-1)));
    compare(ll_student_cdf(-t, 2), (double)(1 / (root * (root + x))));
  }
  report(1e-12, "one and two degrees of freedom");
  for (double z = -37.5; z < 9; z += 0.013) compare(ll_normal_cdf(z), (double)(erfcl(-z / sqrtl(2)) / 2));
  report(3e-13, "the normal distribution");
  /* the first term of Student's t for many degrees of freedom (Fisher 1925) */
  for (double df = 1e9; df < 1e20; df *= 3)
    for (double t = 0.1; t < 5; t += 0.1) {
      double density = exp(-t * t / 2) / sqrt(2 * M_PI), more = density * (t * t * t + t) / (4 * df);
      compare(ll_student_cdf(-t, df), ll_normal_cdf(-t) + more);
    }
  report(1e-12, "many degrees of freedom");
}

static void inverses(void) {
  static const double dfs[] = {0.3, 1, 2, 3.7, 10, 59, 1000, 1e6, 1e12, INFINITY};
  EACH(dfs)
  for (double p = 1e-290; p < 0.5; p *= p < 0.01 ? 7 : 1.07) {
    double t = ll_student_quantile(p, dfs[i]);
    if (isfinite(t)) compare(ll_student_cdf(t, dfs[i]), p);
  }
  report(1e-12, "a quantile's distribution function");
  for (double away = 0x1p-53; away < 0.25; away *= 2)
    compare(ll_student_quantile(0.5 + away, 5), -ll_student_quantile(0.5 - away, 5));
  report(1e-15, "quantiles on both sides of the median");
}

int main(void) {
  known();
  of_ranks();
  edges();
  sums();
  forms();
  inverses();
  return done();
}
