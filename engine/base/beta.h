/* The incomplete beta function for callers that know x and y = 1 - x each to full precision, with their logarithms, which are right
 * even where x itself is too small for a double. */
#ifndef LOSSLAB_ENGINE_BETA_H
#define LOSSLAB_ENGINE_BETA_H

#include <stdbool.h>

typedef struct ll_beta {
  double x, y, log_x, log_y;
  double a, b;
  double lead; /* a y - b x: above 0 where x is below the mean a / (a + b) */
} ll_beta;

/* The smaller of x and y is taken to be exact. */
ll_beta ll_beta_at(double x, double y, double log_x, double log_y, double a, double b);
/* x and a exchanged with y and b: the integral becomes I_y(b, a) = 1 - I_x(a, b). */
ll_beta ll_beta_mirrored(const ll_beta *q);
/* Whether I_x(a, b) is the side to compute, the other being 1 minus it. */
bool ll_beta_is_tail(const ll_beta *q);
/* x^a y^b / B(a, b). */
double ll_beta_front(const ll_beta *q);
/* I_x(a, b) where that is the tail; front: ll_beta_front. */
double ll_beta_tail(const ll_beta *q, double front);

#endif
