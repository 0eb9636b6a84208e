/* One row of the matrix of all pairs: v[j] is its product, cosine or distance with row j. A loss looks at the columns of the row's
 * own class, or at the others. lmnn of pairs/ and hardest.c there use these kernels too. */
#ifndef LOSSLAB_ENGINE_COLUMNS_H
#define LOSSLAB_ENGINE_COLUMNS_H

#include <math.h>

#include "engine/base/isa.h"

/* The columns a kernel looks at: those with the label, or those with another one, whose value lies between low and high. Infinity,
 * which a loss puts in the row's own place, is never chosen. */
typedef struct ll_columns_choice {
  const double *labels;
  double label;
  bool same;
  double low, high;
} ll_columns_choice;

/* All columns with that label, or all with another one. */
static inline ll_columns_choice ll_columns_choose(const double *labels, double label, bool same) {
  return (ll_columns_choice){.labels = labels, .label = label, .same = same, .low = -INFINITY, .high = INFINITY};
}

typedef struct ll_columns_kernels {
  void (*roots)(double *v, size_t n); /* v = sqrt(v) */
  /* The largest of sign × v over the choice; -inf if it is empty. */
  double (*most)(const double *v, size_t n, const ll_columns_choice *choice, double sign);
  /* How many are chosen; [out] their sum. */
  size_t (*tally)(const double *v, size_t n, const ll_columns_choice *choice, double *sum);
  /* The first column >= from of the choice with sign × v >= bound; n if there is none. */
  size_t (*next)(const double *v, size_t n, const ll_columns_choice *choice, double sign, double bound, size_t from);
  /* out[j] = e^(a v[j] + b) over the choice, elsewhere `keep` ? out[j] : 0; the sum of those. */
  double (*exponents)(const double *v, size_t n, const ll_columns_choice *choice, double a, double b, bool keep, double *out);
  /* out[j] = a v[j] over the choice; the rest stays. */
  void (*scale)(const double *v, size_t n, const ll_columns_choice *choice, double a, double *out);
  /* out[j] += a where v[j] is chosen. */
  void (*shift)(const double *v, size_t n, const ll_columns_choice *choice, double a, double *out);
  /* w, a derivative by v, becomes the derivative by v^2: w / (2 v), 0 where v is 0. */
  void (*by_squares)(const double *v, size_t n, double *w);
  /* x *= y */
  void (*multiply)(double *x, const double *y, size_t n);
  /* least[k] = the k smallest v over the choice, ascending; how many there are. */
  size_t (*least)(const double *v, size_t n, const ll_columns_choice *choice, double *least, size_t k);
  /* For lmnn: the sum of [limits[t] - v]+ over the choice and all t; counts[t] = how many of them are positive; v[j] becomes
   * -weight × the number of t whose term is positive there, 0 outside the choice. */
  double (*impostors)(double *v, size_t n, const ll_columns_choice *choice, const double *limits, double *counts, size_t k,
                      double weight);
  /* For circle: the logits of one row of cosines and their slopes, with the derivative of alpha where `full`. */
  void (*circle)(const double *v, size_t n, const ll_columns_choice *choice, double margin, double gamma, bool full, double *logits,
                 double *slopes);
} ll_columns_kernels;
const ll_columns_kernels *ll_columns_kernels_get(void);

/* ln of the sum of e^(a v + b) over a choice, and of e^0 where `one`, without overflow; -inf for an empty sum. out[j] = the share
 * of each chosen term in the sum; elsewhere 0, or, with `keep`, what stands there for the columns of the other labels. */
double ll_columns_log_sum(const double *v, size_t n, const ll_columns_choice *choice, double a, double b, bool one, bool keep,
                          double *out);

#endif
