/* The loops over columns. A choice is a mask, not a branch: labels come in an order that no branch could foresee. */
#include "engine/loss/embedding/columns.h"

#include <math.h>

#include "engine/base/double_lanes.h"
#include "engine/base/exp_double.h"

enum { CHUNK = 256 };

static void roots(double *v, size_t n) { EACH_OF(n) v[j] = __builtin_sqrt(v[j]); }

/* Whether column j, of the value x, is chosen. */
#define CHOSEN(x) (((labels[j] == label) == same) & ((x) > low) & ((x) < high))
#define CHOICE                                                                                                                     \
  const double *restrict labels = choice->labels;                                                                                  \
  const double label = choice->label, low = choice->low, high = choice->high;                                                      \
  const bool same = choice->same

static inline double largest_of(const double *restrict x, size_t n) {
  double part[2 * LANES];
  for (size_t l = 0; l < 2 * LANES; l++) part[l] = -INFINITY;
  size_t at = 0;
  for (; at + 2 * LANES <= n; at += 2 * LANES)
    for (size_t l = 0; l < 2 * LANES; l++) part[l] = x[at + l] > part[l] ? x[at + l] : part[l];
  for (; at < n; at++) part[0] = x[at] > part[0] ? x[at] : part[0];
  for (size_t l = 1; l < 2 * LANES; l++) part[0] = part[l] > part[0] ? part[l] : part[0];
  return part[0];
}

static inline double most_of(const double *restrict v, size_t n, const ll_columns_choice *choice, double sign) {
  CHOICE;
  double values[CHUNK], top = -INFINITY;
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, v += m, labels += m) {
    EACH_OF(m) values[j] = CHOSEN(v[j]) ? sign * v[j] : -INFINITY;
    double largest = largest_of(values, m);
    top = largest > top ? largest : top;
  }
  return top;
}
static double most(const double *v, size_t n, const ll_columns_choice *choice, double sign) { return most_of(v, n, choice, sign); }

static size_t tally(const double *restrict v, size_t n, const ll_columns_choice *choice, double *total) {
  CHOICE;
  double chosen[CHUNK], found = 0;
  *total = 0;
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, v += m, labels += m) {
    EACH_OF(m) chosen[j] = CHOSEN(v[j]) ? v[j] : 0;
    *total += sum(chosen, m);
    EACH_OF(m) chosen[j] = CHOSEN(v[j]) ? 1 : 0;
    found += sum(chosen, m);
  }
  return (size_t)found;
}

/* Chunk by chunk: the vectorised `most` says whether a chunk holds such a column at all. */
static size_t next(const double *v, size_t n, const ll_columns_choice *choice, double sign, double bound, size_t from) {
  while (from < n) {
    size_t end = n - from < CHUNK ? n : from + CHUNK;
    ll_columns_choice part = *choice;
    part.labels += from;
    if (most_of(v + from, end - from, &part, sign) >= bound) {
      CHOICE;
      for (size_t j = from; j < end; j++)
        if (CHOSEN(v[j]) && sign * v[j] >= bound) return j;
    }
    from = end;
  }
  return n;
}

static double exponents(const double *restrict v, size_t n, const ll_columns_choice *choice, double a, double b, bool keep,
                        double *restrict out) {
  CHOICE;
  double total = 0, values[CHUNK];
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, v += m, labels += m, out += m) {
    EACH_OF(m) {
      double e = ll_expd(a * v[j] + b);
      values[j] = CHOSEN(v[j]) ? e : 0;
    }
    total += sum(values, m);
    if (keep) EACH_OF(m) out[j] = CHOSEN(v[j]) ? values[j] : out[j];
    else EACH_OF(m) out[j] = values[j];
  }
  return total;
}

static void scale(const double *v, size_t n, const ll_columns_choice *choice, double a, double *out) {
  CHOICE;
  EACH_OF(n) out[j] = CHOSEN(v[j]) ? a * v[j] : out[j];
}

static void shift(const double *restrict v, size_t n, const ll_columns_choice *choice, double a, double *restrict out) {
  CHOICE;
  EACH_OF(n) out[j] += CHOSEN(v[j]) ? a : 0;
}

static void by_squares(const double *restrict v, size_t n, double *restrict w) {
  EACH_OF(n) w[j] = v[j] > 0 ? w[j] / (2 * v[j]) : 0;
}

static void multiply(double *restrict x, const double *restrict y, size_t n) { EACH_OF(n) x[j] *= y[j]; }

static size_t least(const double *v, size_t n, const ll_columns_choice *choice, double *smallest, size_t k) {
  size_t found = 0;
  for (size_t at = 0; at < n; at += CHUNK) {
    size_t m = n - at < CHUNK ? n - at : CHUNK;
    const double *x = v + at;
    ll_columns_choice part = *choice;
    part.labels += at;
    if (found == k && -most_of(x, m, &part, -1) >= smallest[k - 1]) continue;
    CHOICE;
    labels += at;
    for (size_t j = 0; j < m; j++) {
      if (!CHOSEN(x[j]) || (found == k && x[j] >= smallest[k - 1])) continue;
      size_t place = found < k ? found++ : k - 1;
      for (; place > 0 && smallest[place - 1] > x[j]; place--) smallest[place] = smallest[place - 1];
      smallest[place] = x[j];
    }
  }
  return found;
}

static double impostors(double *restrict v, size_t n, const ll_columns_choice *choice, const double *limits, double *counts,
                        size_t k, double weight) {
  CHOICE;
  double total = 0, value[CHUNK], active[CHUNK], hits[CHUNK], farthest = -INFINITY;
  for (size_t t = 0; t < k; t++) counts[t] = 0, farthest = limits[t] > farthest ? limits[t] : farthest;
  for (size_t at = 0, m; m = n - at < CHUNK ? n - at : CHUNK, at < n; at += m, v += m, labels += m) {
    ll_columns_choice part = *choice;
    part.labels = labels;
    if (-most_of(v, m, &part, -1) >= farthest) {
      EACH_OF(m) v[j] = 0;
      continue;
    }
    EACH_OF(m) active[j] = 0;
    for (size_t t = 0; t < k; t++) {
      const double limit = limits[t];
      EACH_OF(m) {
        bool is = CHOSEN(v[j]) & (v[j] < limit);
        hits[j] = is ? 1 : 0;
        value[j] = is ? limit - v[j] : 0;
        active[j] += hits[j];
      }
      total += sum(value, m);
      counts[t] += sum(hits, m);
    }
    EACH_OF(m) v[j] = -weight * active[j];
  }
  return total;
}

static void circle(const double *restrict v, size_t n, const ll_columns_choice *choice, double margin, double gamma, bool full,
                   double *restrict logits, double *restrict slopes) {
  const double *restrict labels = choice->labels;
  const double label = choice->label, own = full ? gamma : 0;
  EACH_OF(n) {
    bool same = labels[j] == label;
    double s = v[j], optimum = same ? 1 + margin - s : s + margin, alpha = optimum > 0 ? optimum : 0;
    double aim = same ? s - 1 + margin : s - margin, side = same ? -gamma : gamma;
    logits[j] = side * alpha * aim;
    slopes[j] = side * alpha + (alpha > 0 ? own * aim : 0); /* side × d alpha / d s is gamma for both */
  }
}

extern const ll_columns_kernels LL_ISA_NAME(ll_columns_kernels);
const ll_columns_kernels LL_ISA_NAME(ll_columns_kernels) = {
    .roots = roots,
    .most = most,
    .tally = tally,
    .next = next,
    .exponents = exponents,
    .scale = scale,
    .shift = shift,
    .by_squares = by_squares,
    .multiply = multiply,
    .least = least,
    .impostors = impostors,
    .circle = circle,
};
