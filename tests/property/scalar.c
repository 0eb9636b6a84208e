/* The functions of one double (engine/base/scalar.h) against those of long double, which have eleven digits more: over all
 * magnitudes and over where each lives, at what is special, and C's special cases of pow. The bounds are those that the header
 * states. */
#include "engine/base/scalar.h"

#include "losslab/random.h"

#include "tests/tap.h"

static ll_random r;

static const double special[] = {
    0,         -0.0,        1,           -1,           2,           -2,         3,           -3,        0.5,     -0.5, INFINITY,
    -INFINITY, NAN,         1e300,       -1e300,       0x1p52,      0x1p52 + 1, 0x1p53,      -0x1p53,   1.5,     -1.5, 2.5,
    1e-300,    0x1p53 - 1,  0x1p63,      1023,         1024,        -1074,      0x1p51 + .5, 4.94e-324, -1e-310, 7,    -1075.5,
    0.25,      1 + 0x1p-52, 1 - 0x1p-53, -1 - 0x1p-52, -0x1p53 + 1, 355,        1e22,        0x1p1000,  -0x1p-60};
enum { SPECIAL = sizeof special / sizeof *special };

/* Units of the last place that got is off; infinite where one is a number and the other not, or a sign of 0 is wrong. */
static double off(double got, long double exact) {
  double near = (double)exact;
  if (isnan(got) || isnan(near)) return isnan(got) && isnan(near) ? 0 : (double)INFINITY;
  if (isinf(got) || isinf(near)) return (got > 0) == (near > 0) && isinf(got) && isinf(near) ? 0 : (double)INFINITY;
  if (fpclassify(exact) == FP_ZERO) return got <= 0 && got >= 0 && !signbit(got) == !signbit(near) ? 0 : (double)INFINITY;
  int e;
  frexpl(exact, &e);
  return (double)(fabsl((long double)got - exact) / ldexpl(1, e - 53 < -1074 ? -1074 : e - 53));
}

typedef struct function {
  const char *name;
  double (*own)(double x);
  long double (*exact)(long double x);
  double bound;
} function;

static const function functions[] = {
    {"exp", ll_exp, expl, 1},         {"exp2", ll_exp2, exp2l, 1}, {"expm1", ll_expm1, expm1l, 2.5}, {"log", ll_log, logl, 1},
    {"log1p", ll_log1p, log1pl, 1.5}, {"log2", ll_log2, log2l, 2}, {"erf", ll_erf, erfl, 1.5},       {"erfc", ll_erfc, erfcl, 4},
    {"tanh", ll_tanh, tanhl, 3},      {"sinh", ll_sinh, sinhl, 3}, {"cosh", ll_cosh, coshl, 3},      {"sin", ll_sin, sinl, 1},
    {"cos", ll_cos, cosl, 1},         {"atan", ll_atan, atanl, 2}};

static double any(int i) {
  static const double reach[] = {1.5, 8, 40, 800};
  if (i < SPECIAL) return special[i];
  if (i % 5) return reach[i % 5 - 1] * (2 * ll_random_uniform(&r) - 1);
  uint64_t bits = (uint64_t)ll_random_bits(&r) << 32 | ll_random_bits(&r);
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static void one(const function *f) {
  double worst = 0, at = 0;
  for (int i = 0; i < 400000; i++) {
    double x = any(i), d = off(f->own(x), f->exact((long double)x));
    if (d > worst) worst = d, at = x;
  }
  ok(worst <= f->bound, "%s: within %g ulp (%.2f, at %a)", f->name, f->bound, worst, at);
}

static void powers(void) {
  double worst = 0, x = 0, y = 0;
  for (int i = 0; i < SPECIAL * SPECIAL + 400000; i++) {
    double a = i < SPECIAL * SPECIAL ? special[i / SPECIAL] : any(i), b = i < SPECIAL * SPECIAL ? special[i % SPECIAL] : any(i + 1);
    if (i >= SPECIAL * SPECIAL && i % 3) a = ldexp(fabs(a), (int)(i % 1000) - 500), b = b / (fabs(ll_log(a)) + 0.01);
    double d = off(ll_pow(a, b), powl((long double)a, (long double)b));
    if (d > worst) worst = d, x = a, y = b;
  }
  ok(worst <= 1, "pow: within 1 ulp (%.2f, at %a, %a), with C's special cases", worst, x, y);
}

static void lengths(void) {
  double worst = 0;
  for (int i = 0; i < 400000; i++) {
    double a = ldexp(ll_random_uniform(&r), (int)ll_random_below(&r, 1900) - 950),
           b = a * ldexp(ll_random_uniform(&r), (int)ll_random_below(&r, 60) - 30);
    double d = off(ll_hypot(a, -b), hypotl((long double)a, (long double)b));
    worst = d > worst ? d : worst;
  }
  ok(worst <= 1 && isinf(ll_hypot(NAN, -INFINITY)) && isnan(ll_hypot(NAN, 1)) && fabs(ll_hypot(0, -3) - 3) <= 0,
     "hypot: within 1 ulp (%.2f), infinite beside NaN", worst);
}

static void gammas(void) {
  double worst = 0, factorial = 1;
  for (double x = 1; x < 170; x += 0.00731) {
    double d = off(ll_gamma(x), tgammal((long double)x));
    worst = d > worst ? d : worst;
  }
  ok(worst <= 4 && isnan(ll_gamma(0.5)) && isnan(ll_gamma(172)), "gamma: within 4 ulp (%.2f)", worst);
  bool exact = true;
  for (int n = 1; n < 23; factorial *= n++) exact = exact && fabs(ll_gamma(n) - factorial) <= 0;
  ok(exact, "gamma of whole numbers up to 22 is exact");
}

static void whole(void) {
  bool exact = true;
  for (int n = -1074; n < 1024; n++) exact = exact && fabs(ll_exp2(n) - ldexp(1, n)) <= 0 && fabs(ll_log2(ldexp(1, n)) - n) <= 0;
  ok(exact, "exp2 and log2 of powers of 2 are exact");
}

int main(void) {
  r = ll_random_stream(5, 0, "scalar");
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) one(&functions[i]);
  powers(), lengths(), gammas(), whole();
  return done();
}
