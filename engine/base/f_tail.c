/* Fisher's F distribution: its tail is an incomplete beta function. */
#include <float.h>
#include <math.h>

#include "losslab/distributions.h"

double ll_f_tail(double f, double df1, double df2) {
  if (isnan(f) || !(df1 > 0 && df2 > 0 && df1 < INFINITY && df2 < INFINITY)) return NAN;
  if (f <= 0) return 1;
  double r = f < INFINITY ? df1 / df2 * f : INFINITY; /* x = 1 / (1 + r) */
  if (r == INFINITY) return 0;
  return ll_beta_inc(1 / (1 + r), r / (1 + r), fmax(df2 / 2, DBL_TRUE_MIN), fmax(df1 / 2, DBL_TRUE_MIN));
}
