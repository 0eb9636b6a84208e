/* One row of all pairs: v[j] is what stands between a row and row j (a product, a distance), and a loss looks at the columns of the
 * row's own class, or of the others. */
#ifndef LOSSLAB_ENGINE_COLUMNS_H
#define LOSSLAB_ENGINE_COLUMNS_H

#include <math.h>

#include "engine/base/isa.h"

/* Columns of a row that a kernel looks at: those of the row's own class, or of the others, with low < value < high: infinity, put
 * in the row's own place, is never chosen. */
typedef struct ll_columns_choice {
  const double *labels;
  double label;
  bool same;
  double low, high;
} ll_columns_choice;

/* All columns of that label, or all with another. */
static inline ll_columns_choice ll_columns_choose(const double *labels, double label, bool same) {
  return (ll_columns_choice){.labels = labels, .label = label, .same = same, .low = -INFINITY, .high = INFINITY};
}

typedef struct ll_columns_kernels {
  void (*roots)(double *v, size_t n);
  /* The largest of sign × v over the choice; -inf if it is empty. */
  double (*most)(const double *v, size_t n, const ll_columns_choice *choice, double sign);
  /* How many there are; their sum. */
  size_t (*tally)(const double *v, size_t n, const ll_columns_choice *choice, double *sum);
  /* The first column >= from of the choice with sign × v >= bound; n if there is none. */
  size_t (*next)(const double *v, size_t n, const ll_columns_choice *choice, double sign, double bound, size_t from);
  /* out[j] = e^(a v[j] + b) over the choice, elsewhere `keep` ? out[j] : 0; the sum of those. */
  double (*exponents)(const double *v, size_t n, const ll_columns_choice *choice, double a, double b, bool keep, double *out);
  /* out[j] = a v[j] over the choice, the rest stays */
  void (*scale)(const double *v, size_t n, const ll_columns_choice *choice, double a, double *out);
  /* out[j] += a where v[j] is chosen */
  void (*shift)(const double *v, size_t n, const ll_columns_choice *choice, double a, double *out);
  /* A derivative by v, v a root, becomes one by the square: w / (2 v), 0 where v is 0 */
  void (*by_squares)(const double *v, size_t n, double *w);
  /* x *= y */
  void (*multiply)(double *x, const double *y, size_t n);
  /* The k smallest v over the choice, ascending, into least[k]; how many there are. */
  size_t (*least)(const double *v, size_t n, const ll_columns_choice *choice, double *least, size_t k);
  /* lmnn's impostors of one row: over the choice, the sum of [limits[t] - v]+ over all t; counts[t] = how many are positive;
   * v becomes -weight × how many t are positive there, 0 outside the choice. */
  double (*impostors)(double *v, size_t n, const ll_columns_choice *choice, const double *limits, double *counts, size_t k,
                      double weight);
  /* circle loss: logits and their slopes of one row of cosines; alpha's own derivative where `full` */
  void (*circle)(const double *v, size_t n, const ll_columns_choice *choice, double margin, double gamma, bool full, double *logits,
                 double *slopes);
} ll_columns_kernels;
const ll_columns_kernels *ll_columns_kernels_get(void);

/* ln sum e^(a v) over a choice, without overflow; out holds e^(a v - that): their shares. -inf and zeros for an empty choice. one:
 * a further term e^0. */
double ll_columns_log_sum(const double *v, size_t n, const ll_columns_choice *choice, double a, double b, bool one, bool keep,
                          double *out);

#endif
