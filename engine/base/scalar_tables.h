/* e^x and ln x of one double by tables, for where one value is waited for: half as long a chain as the vectorised forms have, which
 * are faster where there are many. Their bits may differ from those; on all machines they are the same. */
#ifndef LOSSLAB_ENGINE_SCALAR_TABLES_H
#define LOSSLAB_ENGINE_SCALAR_TABLES_H

#include "engine/base/exp_double.h"
#include "engine/base/log.h"

extern const double ll_scalar_tables_powers[64][2];
extern const double ll_scalar_tables_logarithms[128][3];

/* x = (64 k + i) ln 2 / 64 + r; e^r - 1 by a polynomial (0.01 × 2^-53). */
static inline double ll_scalar_tables_exp(double x) {
  if (!(fabs(x) < 708)) return ll_expd(x); /* what may overflow or be denormal, and NaN */
  double sum = FMAD(x, 64 * LL_EXP_PER_LN2, 0x1.8p52), n = sum - 0x1.8p52;
  double r = FMAD(n, -LL_EXP_LN2_LOW / 64, FMAD(n, -LL_EXP_LN2_HIGH / 64, x)), w = r * r;
  uint64_t bits, power;
  memcpy(&bits, &sum, sizeof bits);
  const double *two = ll_scalar_tables_powers[bits % 64];
  double p = FMAD(FMAD(0x1.111108f138c45p-7, r, 0x1.555573c82830fp-5), w, FMAD(0x1.5555555557683p-3, r, 0x1.fffffffffdbcdp-2));
  double rest = FMAD(p, w, two[1] + r), scale;
  memcpy(&power, two, sizeof power);
  power += bits / 64 << 52;
  memcpy(&scale, &power, sizeof scale);
  return FMAD(scale, rest, scale);
}

/* x = 2^k z, z in the i-th of 128 pieces from 11/16 on, r = z invc - 1; ln z = ln c + ln(1 + r). Near 1, where these would cancel,
 * as the vectorised form has it. */
static inline double ll_scalar_tables_log(double x) {
  const uint64_t from = 0x3fe6000000000000u;
  if (!(x >= 0x1p-1022 && x < INFINITY)) return ll_logd(x);
  if (x > 0.9375 && x < 1.0647) return ll_log_cored(0, x - 1);
  uint64_t bits, above;
  memcpy(&bits, &x, sizeof bits);
  above = bits - from;
  const double *t = ll_scalar_tables_logarithms[above >> 45 & 127];
  bits -= above & 0xfff0000000000000u;
  double z, k = (double)((int64_t)above >> 52);
  memcpy(&z, &bits, sizeof z);
  double r = FMAD(z, t[0], -1.0), w = r * r, high = FMAD(k, LL_EXP_LN2_HIGH, t[1]), sum = high + r;
  double rest = ((high - sum) + r) + FMAD(k, LL_EXP_LN2_LOW, t[2]);
  double p = FMAD(FMAD(-0x1.55573f5655791p-3, r, 0x1.999b6da20caa3p-3), w, FMAD(-0x1.ffffffff19164p-3, r, 0x1.55555554fe637p-2));
  return sum + FMAD(w, FMAD(p, r, -0.5), rest);
}

#endif
