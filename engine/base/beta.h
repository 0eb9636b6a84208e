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

/* I_x(a, b) and I_y(b, a), which is 1 minus it; each to full relative precision. */
typedef struct ll_beta_sides {
  double below, above;
} ll_beta_sides;

/* The smaller of x and y is taken to be exact. */
ll_beta ll_beta_at(double x, double y, double log_x, double log_y, double a, double b);
/* x^a y^b / B(a, b). */
double ll_beta_front(const ll_beta *q);
/* front: ll_beta_front. */
ll_beta_sides ll_beta_split(const ll_beta *q, double front);

/* 1 - I_x(a, b) for a < 1 and (a + b + 2) x <= a + 1; of full relative precision while it is small. (beta_rest.c) */
double ll_beta_rest(const ll_beta *q);

#endif
