/* Losses of rows that stand side by side: row i of each input against row i of others, by squared distances. */
#ifndef LOSSLAB_ENGINE_APART_H
#define LOSSLAB_ENGINE_APART_H

#include "engine/loss/loss.h"

/* Which inputs a distance is taken between. */
typedef struct ll_couple {
  int x, y;
} ll_couple;

/* |x - y|^2 of row i, in double. */
double ll_apart_square(const ll_loss_call *call, ll_couple couple, size_t i);
/* Row i of every wanted gradient, from the slopes d loss / d |x - y|^2 of the couples among the first n_inputs inputs. */
void ll_apart_gradient(ll_loss_call *call, size_t n_inputs, const ll_couple *couples, const double *slopes, size_t n, size_t i);

/* A distance as a loss sees it, with its derivative by the square: the square itself, or its root (0 at 0). */
typedef struct ll_apart {
  double distance, slope;
} ll_apart;
ll_apart ll_apart_of(double square, bool squared);
/* [x]+ and 1[x > 0]; or ln(1 + e^x) and sigma(x), if soft. */
ll_apart ll_apart_hinge(double x, bool soft);

#endif
