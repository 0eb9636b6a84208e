/* Sine, cosine and arc tangent, without fused operations where they do not matter, since they stand in no loop that is vectorised.
 * An angle is reduced to r in [-π/4, π/4] and a quadrant: by π/2 in three parts as long as the quotient is below 2^20, else by
 * the digits of 2/π that count (Payne and Hanek 1983). r stands in two parts, as it may be a small rest of large numbers. */
#include <math.h>

#include "engine/base/scalar.h"

typedef struct angle {
  double r, rest;
  unsigned quadrant;
} angle;

/* π/2: the first two parts are doubles of all digits */
#define QUARTER 0x1.921fb54442d18p0
#define QUARTER_2 0x1.1a62633145c07p-54
#define QUARTER_3 -0x1.f1976b7ed8fbcp-110

/* n π/2 is put together from exact products, so that what is left of x has its digits however much cancels. */
static angle near_angle(double x) {
  double n = rint(x * 0x1.45f306dc9c883p-1), p = n * QUARTER, p_rest = fma(n, QUARTER, -p), t = x - p;
  double q = n * QUARTER_2, q_rest = fma(n, QUARTER_2, -q) + n * QUARTER_3;
  double w = p_rest + q, back = w - p_rest, w_rest = (p_rest - (w - back)) + (q - back) + q_rest;
  double r = t - w, r_back = r - t, rest = (t - (r - r_back)) + (-w - r_back) - w_rest;
  return (angle){r, rest, (unsigned)(int)n & 3u};
}

/* The binary digits of 2/π, behind 64 zeros. */
static const uint64_t two_per_pi[] = {0,
                                      0xa2f9836e4e441529u,
                                      0xfc2757d1f534ddc0u,
                                      0xdb6295993c439041u,
                                      0xfe5163abdebbc561u,
                                      0xb7246e3a424dd2e0u,
                                      0x06492eea09d1921cu,
                                      0xfe1deb1cb129a73eu,
                                      0xe88235f52ebb4484u,
                                      0xe99c7026b45f7e41u,
                                      0x3991d639835339f4u,
                                      0x9c845f8bbdf9283bu,
                                      0x1ff897ffde05980fu,
                                      0xef2f118b5a0a6d1fu,
                                      0x6d367ecf27cb09b7u,
                                      0x4f463f669e5fea2du,
                                      0x7527bac7ebe5f17bu,
                                      0x3d0739f78a5292eau,
                                      0x6bfb5fb11f8d5d08u,
                                      0x56033046fc7b6babu,
                                      0xf0cfbc209af4361du};

static uint64_t digits_at(int place) {
  int word = place / 64, bit = place % 64;
  return bit ? two_per_pi[word] << bit | two_per_pi[word + 1] >> (64 - bit) : two_per_pi[word];
}

/* x = m 2^e with a whole m. Of 2/π the digits count from the weight 2^(1 - e) on, since m times more is a multiple of 4: 192 of
 * them times m, of which the lowest 192 are kept, are the quotient modulo 4 with 190 digits behind the point. */
static angle far_angle(double x) {
  int e;
  uint64_t m = (uint64_t)ldexp(frexp(fabs(x), &e), 53);
  e -= 53;
  int place = 64 + e - 2;
  unsigned __int128 low = (unsigned __int128)m * digits_at(place + 128), middle = (unsigned __int128)m * digits_at(place + 64);
  middle += low >> 64;
  uint64_t high = m * digits_at(place) + (uint64_t)(middle >> 64), next = (uint64_t)middle;
  unsigned quadrant = (unsigned)(high >> 62);
  uint64_t first = high << 2 | next >> 62, second = next << 2 | (uint64_t)low >> 62;
  int negative = (int)(first >> 63); /* past the middle of a quadrant: from the next one back */
  if (negative) {
    quadrant++;
    second = ~second + 1;
    first = ~first + (second == 0);
  }
  double f = (double)(first >> 11) * 0x1p-53, h = (double)(second & 0x3fffff) * 0x1p-128;
  double g = (double)((first & 0x7ff) << 42 | second >> 22) * 0x1p-106 + h;
  double r = f * QUARTER, rest = fma(f, QUARTER, -r) + (f * QUARTER_2 + g * QUARTER), sum = r + rest;
  rest = (r - sum) + rest;
  if (negative) sum = -sum, rest = -rest;
  if (x < 0) return (angle){-sum, -rest, (0u - quadrant) & 3u};
  return (angle){sum, rest, quadrant & 3u};
}

static angle reduced(double x) {
  double a = fabs(x);
  if (a < 0.78539816339744828) return (angle){x, 0, 0};
  return a < 0x1p20 ? near_angle(x) : far_angle(x);
}

/* sin(r + rest) and cos(r + rest): the rest counts to first order. */
static double sine(angle a) {
  double z = a.r * a.r;
  double p = 0x1.1111111110c79p-7 +
             z * (-0x1.a01a019e9ec33p-13 + z * (0x1.71de37aed723fp-19 + z * (-0x1.ae601e2d09ccep-26 + z * 0x1.5e109e07e6559p-33)));
  double cube = a.r * z;
  return a.r + (cube * (-0x1.5555555555555p-3 + z * p) + a.rest * (1 - 0.5 * z));
}
static double cosine(angle a) {
  double z = a.r * a.r, half = 0.5 * z, most = 1 - half;
  double p =
      0x1.5555555555555p-5 +
      z * (-0x1.6c16c16c168c9p-10 +
           z * (0x1.a01a019f37f9bp-16 + z * (-0x1.27e4fa02931fcp-22 + z * (0x1.1eeb5780e016bp-29 + z * -0x1.90734b3d658cep-37))));
  return most + (((1 - most) - half) + (z * z * p - a.r * a.rest));
}

double ll_sin(double x) {
  if (!(fabs(x) < INFINITY)) return NAN;
  angle a = reduced(x);
  if (a.quadrant == 0 && fabs(x) < 0x1p-27) return x; /* also -0 */
  double value = a.quadrant & 1 ? cosine(a) : sine(a);
  return a.quadrant & 2 ? -value : value;
}

double ll_cos(double x) {
  if (!(fabs(x) < INFINITY)) return NAN;
  angle a = reduced(x);
  double value = a.quadrant & 1 ? sine(a) : cosine(a);
  return (a.quadrant + 1) & 2 ? -value : value;
}

/* arctan a = π/2 - arctan 1/a, and π/4 + arctan((a - 1) / (a + 1)): what is left is at most tan(π/8). */
double ll_atan(double x) {
  double a = fabs(x), high = 0, low = 0;
  if (isnan(x)) return x;
  if (a > 2.414213562373095) a = -1 / a, high = QUARTER, low = QUARTER_2;
  else if (a > 0.41421356237309503) a = (a - 1) / (a + 1), high = 0.5 * QUARTER, low = 0.5 * QUARTER_2;
  double z = a * a;
  static const double c[] = {0x1.fbe1703f739ecp-7, -0x1.14d44da9e6c95p-5, 0x1.722005dd39a73p-5, -0x1.abce6f15010f8p-5,
                             0x1.e17f8e09dde81p-5, -0x1.110d32e04c80ep-4, 0x1.3b137c5db46e3p-4, -0x1.745d156a2afbdp-4,
                             0x1.c71c71bcb4aecp-4, -0x1.2492492481dc2p-3, 0x1.9999999999816p-3, -0x1.5555555555555p-2};
  double p = 0;
  for (size_t i = 0; i < sizeof c / sizeof *c; i++) p = p * z + c[i];
  return copysign(high + (a + (a * z * p + low)), x);
}
