/* The chi-square distribution of a whole number of degrees of freedom: its tail is a finite sum of positive terms. */
#include <math.h>

#include "engine/base/scalar.h"
#include "losslab/distributions.h"

#define LARGE 0x1p600
#define CHUNK 300.0 /* exp(-CHUNK) and LARGE / exp(CHUNK) are normal doubles */

/* With y = x/2: even df: e^-y (1 + y + y²/2! + …), df/2 terms; odd df: erfc(√y) + e^-y √y/Γ(3/2) (1 + y/(3/2) + …), (df-1)/2 terms.
 * e^-y is taken in pieces, as the sum grows, so that neither it nor the sum leaves the range of a double. */
double ll_chi_square_tail(double x, double df) {
  if (isnan(x) || !(df >= 1 && df <= 1e7 && df == floor(df))) return NAN;
  if (x <= 0) return 1;
  if (x / 2 > 10 * df + 2000) return 0; /* below e^-1600, by Chernoff's bound */
  bool odd = fmod(df, 2) != 0;
  double y = x / 2, left = y, sum = 0, term = odd ? 2 * sqrt(y) * 0.56418958354775628695 : 1;
  long terms = (long)(df / 2);
  double rest = odd ? ll_erfc(sqrt(y)) : 0;
  for (long i = 0; i < terms; i++) {
    sum += term;
    term *= y / ((double)i + (odd ? 1.5 : 1));
    if (sum > LARGE || term > LARGE) {
      double part = ll_exp(-CHUNK);
      sum *= part, term *= part, left -= CHUNK;
    }
  }
  for (; left > CHUNK && sum > 0; left -= CHUNK) sum *= ll_exp(-CHUNK);
  sum = rest + sum * ll_exp(-left);
  return sum < 1 ? sum : 1;
}
