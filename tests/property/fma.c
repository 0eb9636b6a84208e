/* FMAF, where the instruction set that the tests are compiled for lacks it, gives the bits of the C library's fmaf(), which is
 * exact: for random bits, for sums that cancel or come near the middle between two floats, for denormals, overflow, infinities and
 * NaN. */
#include "engine/base/fma.h"

#include "losslab/random.h"

#include "tests/tap.h"

static float of_bits(uint32_t b) {
  float x;
  memcpy(&x, &b, sizeof x);
  return x;
}
static uint32_t bits_of(float x) {
  uint32_t b;
  memcpy(&b, &x, sizeof b);
  return b;
}

static size_t cases, wrong;
static void try(float a, float b, float c) {
  float got = FMAF(a, b, c), want = fmaf(a, b, c);
  cases++;
  if (bits_of(got) == bits_of(want) || (isnan(got) && isnan(want))) return;
  if (wrong++ < 5)
    fprintf(stderr, "#   %a × %a + %a: got %a, expected %a\n", (double)a, (double)b, (double)c, (double)got, (double)want);
}

static ll_random r;
static uint32_t draw(void) { return ll_random_bits(&r); }

static void random_bits(void) {
  for (int i = 0; i < 2000000; i++) try(of_bits(draw()), of_bits(draw()), of_bits(draw()));
}

/* c about as large as the product, or so far from it that the product's last digits decide what is next to the middle */
static void of_near_sizes(void) {
  for (int i = 0; i < 4000000; i++) {
    int e = (int)(draw() % 300) - 170, f = (int)(draw() % 300) - 170, apart = (int)(draw() % 110) - 55;
    float a = ldexpf(of_bits((draw() & 0x807fffff) | 0x3f800000), e), b = ldexpf(of_bits((draw() & 0x807fffff) | 0x3f800000), f);
    float c = ldexpf(of_bits((draw() & 0x807fffff) | 0x3f800000), e + f + apart);
    if (i % 3 == 1) a = of_bits(bits_of(a) & ~(uint32_t)0xfff), b = of_bits(bits_of(b) & ~(uint32_t)0xfff);
    if (i % 3 == 2) a = of_bits(bits_of(a) & ~(uint32_t)0x3fffff), c = of_bits(bits_of(c) & ~(uint32_t)0x3fffff);
    try(a, b, c);
    float p = -(float)((double)a * (double)b);
    try(a, b, p);
    try(a, b, nextafterf(p, c));
  }
}

static void of_specials(void) {
  static const uint32_t specials[] = {0,          1,          2,          3,          0x7fffff,   0x800000,   0x800001,
                                      0x7f7fffff, 0x7f7ffffe, 0x7f800000, 0x7fc00000, 0x3f800000, 0x3f800001, 0x3f7fffff,
                                      0x00400000, 0x00400001, 0x33800000, 0x33800001, 0x34000000, 0x1f800000, 0x1fb504f3,
                                      0x3f000000, 0x40000000, 0x5f7fffff, 0x5f800000, 0x4b800000, 0x4b7fffff};
  const size_t n = sizeof specials / sizeof *specials;
  for (size_t i = 0; i < 2 * n; i++)
    for (size_t j = 0; j < 2 * n; j++)
      for (size_t k = 0; k < 2 * n; k++)
        try(of_bits(specials[i / 2] | (uint32_t)i << 31), of_bits(specials[j / 2] | (uint32_t)j << 31),
            of_bits(specials[k / 2] | (uint32_t)k << 31));
}

int main(void) {
  r = ll_random_stream(7, 0, "fma");
  random_bits();
  ok(wrong == 0, "random bits: %zu of %zu differ", wrong, cases);
  cases = wrong = 0;
  of_near_sizes();
  ok(wrong == 0, "sums that nearly cancel, or end near a middle: %zu of %zu differ", wrong, cases);
  cases = wrong = 0;
  of_specials();
  ok(wrong == 0, "denormals, the largest, infinities, NaN: %zu of %zu differ", wrong, cases);
  ok(FMA((ll_real)3, (ll_real)5, (ll_real)7) == 22, "FMA is the element type's");
  double tiny = ldexp(1, -60);
  ok(FMAD(1 + tiny * 256, 1 - tiny * 256, -1.0) == -ldexp(1, -104), "FMAD rounds once");
  return done();
}
