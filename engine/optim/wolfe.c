/* Line search for the strong Wolfe conditions (Nocedal and Wright 2006, Algorithms 3.5 and 3.6): lengths grow until they
 * bracket an acceptable one, then the bracket is cut by cubic interpolation, kept away from its ends. A loss that is not
 * finite counts as too high. */
#include <string.h>

#include "engine/optim/lbfgs.h"

typedef struct place {
  double a, loss, slope;
} place;

/* The minimum of the cubic through both places with their slopes; NaN if it has none. (Nocedal and Wright, eq. 3.59.) */
static double cubic(place p, place q) {
  double d1 = p.slope + q.slope - 3 * (p.loss - q.loss) / (p.a - q.a), square = d1 * d1 - p.slope * q.slope;
  double d2 = (q.a > p.a ? 1 : -1) * sqrt(square); /* NaN below 0 */
  return q.a - (q.a - p.a) * (q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2);
}

static double within(double a, double low, double high, double otherwise) {
  if (!isfinite(a)) return otherwise;
  return a < low ? low : a > high ? high : a;
}

ll_status ll_wolfe_search(ll_lbfgs_search *s, double slope, double c1, double c2, double smallest, double *a, double *loss) {
  const place start = {0, s->loss, slope};
  place before = start, low = start, high = start, now = {.a = *a};
  double size = 0;
  bool bracketed = false;
  for (size_t i = 0; i < s->n; i++) size = fmax(size, fabs(s->d[i]));
  memcpy(s->low_g, s->g, s->n * sizeof *s->g);
  while (s->evaluations < s->most_evaluations) {
    LL_TRY(ll_lbfgs_evaluate(s, now.a, &now.loss, &now.slope));
    bool finite = isfinite(now.loss) && isfinite(now.slope);
    bool too_high = !finite || now.loss > start.loss + c1 * now.a * slope || now.loss >= low.loss;
    if (!too_high && fabs(now.slope) <= -c2 * slope) {
      *a = now.a, *loss = now.loss;
      return LL_OK;
    }
    if (too_high) {
      high = now, bracketed = true;
    } else {
      if (bracketed ? now.slope * (high.a - low.a) >= 0 : now.slope >= 0) high = low, bracketed = true;
      before = low;
      low = now;
      memcpy(s->low_g, s->trial_g, s->n * sizeof *s->g);
    }
    if (!bracketed) { /* farther out: where the cubic says, at most ten times as far */
      now.a = within(cubic(before, low), 1.1 * low.a, 10 * low.a, 2 * low.a);
      continue;
    }
    double left = fmin(low.a, high.a), width = fabs(high.a - low.a);
    if (width * size <= smallest) break;
    bool known = isfinite(high.loss) && isfinite(high.slope);
    now.a = within(known ? cubic(low, high) : NAN, left + 0.1 * width, left + 0.9 * width, left + 0.5 * width);
  }
  *a = low.a, *loss = low.loss; /* the best there is */
  memcpy(s->trial_g, s->low_g, s->n * sizeof *s->g);
  return LL_OK;
}
