/* Rows that stand side by side: row i of one input against row i of another, by squared distances. The collaborative losses use the
 * kernel too. */
#ifndef LOSSLAB_ENGINE_COUPLE_H
#define LOSSLAB_ENGINE_COUPLE_H

#include "engine/loss/loss.h"

/* Which inputs a distance is taken between. */
typedef struct ll_couple {
  int x, y;
} ll_couple;

typedef struct ll_couple_kernels {
  double (*square)(const ll_real *x, const ll_real *y, size_t d); /* |x - y|^2, in double */
} ll_couple_kernels;
const ll_couple_kernels *ll_couple_kernels_get(void);

/* |x - y|^2 of row i, in double. */
double ll_couple_square(const ll_loss_call *call, ll_couple couple, size_t i);
/* Row i of every wanted gradient, from the slopes d loss / d |x - y|^2 of the couples among the first n_inputs inputs. */
void ll_couple_gradient(ll_loss_call *call, size_t n_inputs, const ll_couple *couples, const double *slopes, size_t n, size_t i);

/* A distance as a loss sees it, with its derivative by the square: the square itself, or its root (0 at 0). */
typedef struct ll_couple_sloped {
  double distance, slope;
} ll_couple_sloped;
ll_couple_sloped ll_couple_distance(double square, bool squared);
/* [x]+ and 1[x > 0]; or ln(1 + e^x) and sigma(x), if soft. */
ll_couple_sloped ll_couple_hinge(double x, bool soft);

#endif
