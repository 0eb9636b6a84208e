/* The roles of inputs, a row each: what an element may be. A sweep over all elements decides; what is wrong and where is looked for
 * only where it refuses. */
#include <math.h>
#include <stdio.h>

#include "engine/matrix/inputs.h"
#include "engine/matrix/label.h"

/* Whether a finite element fits. */
static bool is_class(const ll_input_given *in, double y) {
  return y >= 1 && (in->classes == 0 || y <= (double)in->classes) && floor(y) >= y;
}
static bool is_identity(const ll_input_given *in, double y) { return (void)in, fabs(y) < LL_WHOLE && floor(y) >= y; }
static bool is_row(const ll_input_given *in, double y) { return y >= 1 && y <= (double)in->rows && floor(y) >= y; }
static bool is_binary(const ll_input_given *in, double y) { return (void)in, y == 0 || y == 1 || y == -1; }
static bool is_grade(const ll_input_given *in, double y) { return (void)in, y >= 0 || y == -1; }
static bool is_size(const ll_input_given *in, double y) { return (void)in, y >= 0; }

static bool all_finite(const ll_input_given *in) {
  size_t row, col;
  return !ll_matrix_find_bad(in->m, &row, &col);
}

/* Whether all elements are finite and fit; made for each test, so that it is a loop without calls. */
#define ALL(fits)                                                                                                                  \
  static bool all_##fits(const ll_input_given *in) {                                                                               \
    if (!all_finite(in)) return false;                                                                                             \
    for (size_t i = 0; i < in->m->rows; i++) {                                                                                     \
      const ll_real *row = ll_matrix_row(in->m, i);                                                                                \
      for (size_t j = 0; j < in->m->cols; j++)                                                                                     \
        if (!fits(in, (double)row[j])) return false;                                                                               \
    }                                                                                                                              \
    return true;                                                                                                                   \
  }
ALL(is_class)
ALL(is_identity)
ALL(is_row)
ALL(is_grade)
ALL(is_size)

/* Only 1 and one of the two labels of the second class, 0 or -1. */
static bool all_binary(const ll_input_given *in) {
  unsigned seen = 0;
  if (ll_matrix_contiguous(in->m)) {
    seen = ll_label_kernels_get()->seen(in->m->data, ll_matrix_count(in->m));
  } else {
    for (size_t i = 0; i < in->m->rows; i++) seen |= ll_label_kernels_get()->seen(ll_matrix_row(in->m, i), in->m->cols);
  }
  return !(seen & LL_LABELS_OTHER) && seen != (LL_LABELS_ZERO | LL_LABELS_MINUS);
}

static bool all_grades(const ll_input_given *in) {
  bool signs = true;
  for (size_t i = 0; i < in->m->rows && signs; i++)
    for (size_t j = 0; j < in->m->cols; j++) signs = signs && fabs((double)ll_matrix_row(in->m, i)[j]) == 1;
  return signs || all_is_size(in);
}

static double sum_of(const ll_input_given *in) {
  ll_sum sum = {0};
  for (size_t i = 0; i < in->m->rows; i++)
    for (size_t j = 0; j < in->m->cols; j++) ll_sum_add(&sum, (double)ll_matrix_row(in->m, i)[j]);
  return ll_sum_value(&sum);
}
static bool all_probabilities(const ll_input_given *in) {
  return all_is_size(in) && fabs(sum_of(in) - 1) <= LL_PROBABILITY_TOLERANCE;
}

static double sum_of_row(const ll_input_given *in, size_t i) {
  double sum = 0;
  for (size_t j = 0; j < in->m->cols; j++) sum += (double)ll_matrix_row(in->m, i)[j];
  return sum;
}
static bool is_distribution(const ll_input_given *in, size_t i) { return fabs(sum_of_row(in, i) - 1) <= LL_PROBABILITY_TOLERANCE; }
static bool all_distributions(const ll_input_given *in) {
  bool fits = all_is_size(in);
  for (size_t i = 0; fits && i < in->m->rows; i++) fits = is_distribution(in, i);
  return fits;
}

/* ---- where each element fits, but not all of them together ------------------------------------------------------------------- */

/* Some labels call the second class 0, others -1. */
static ll_status mixed(ll_ctx *ctx, const ll_input_given *in) {
  size_t zero = 0, minus = 0; /* row numbers from 1 */
  for (size_t i = in->m->rows; i-- > 0;) {
    double y = (double)*ll_matrix_row(in->m, i);
    if (y == 0) zero = i + 1;
    if (y == -1) minus = i + 1;
  }
  bool zero_first = zero < minus;
  return ll_fail(ctx, LL_ERR_LABEL, "%s: %s mix 0 and -1: row %zu is %d, but row %zu is %d; {0, 1} or {-1, +1} expected", in->owner,
                 in->desc->name, zero_first ? minus : zero, -zero_first, zero_first ? zero : minus, zero_first - 1);
}

static ll_status no_distribution(ll_ctx *ctx, const ll_input_given *in) {
  return ll_fail(ctx, LL_ERR_RANGE, "%s: %s sums to %.12g, not to 1 within %g", in->owner, in->desc->name, sum_of(in),
                 LL_PROBABILITY_TOLERANCE);
}

static ll_status no_distributions(ll_ctx *ctx, const ll_input_given *in) {
  size_t i = 0;
  while (is_distribution(in, i)) i++;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: %s, row %zu sums to %.12g, not to 1 within %g", in->owner, in->desc->name, i + 1,
                 sum_of_row(in, i), LL_PROBABILITY_TOLERANCE);
}

/* ---- the table ------------------------------------------------------------------------------------------------------------ */

static size_t classes_of(const ll_input_given *in) { return in->classes; }
static size_t rows_of(const ll_input_given *in) { return in->rows; }

typedef struct role_row {
  const char *word;
  bool (*all)(const ll_input_given *in);            /* every element is finite and fits, alone and with the others */
  bool (*fits)(const ll_input_given *in, double y); /* one finite element does; NULL: any */
  ll_status status;                                 /* of one that does not */
  const char *wrong, *expected;                     /* what that one is, and what was expected, if not 1..most */
  size_t (*most)(const ll_input_given *in);
  ll_status (*together)(ll_ctx *ctx, const ll_input_given *in); /* refuses where each fits, but not with the others */
} role_row;

static const role_row roles[] = {
    [LL_INPUT_MATRIX] = {"matrix", all_finite},
    [LL_INPUT_NUMBERS] = {"numbers", all_finite},
    [LL_INPUT_BINARY] = {"binary", all_binary, is_binary, LL_ERR_LABEL, "no label", "{0, 1} or {-1, +1}", NULL, mixed},
    [LL_INPUT_CLASS] = {"class", all_is_class, is_class, LL_ERR_LABEL, "no class", "1, 2, …", classes_of},
    [LL_INPUT_IDENTITY] = {"identity", all_is_identity, is_identity, LL_ERR_LABEL, "no label", "a whole number"},
    [LL_INPUT_RELEVANCE] = {"relevance", all_is_grade, is_grade, LL_ERR_LABEL, "no grade", "a number >= 0 (or -1 for 0)"},
    [LL_INPUT_GRADES] = {"grades", all_grades, is_size, LL_ERR_LABEL, "no grade", "a number >= 0 (or all -1 and 1)"},
    [LL_INPUT_NEIGHBOURS] = {"neighbours", all_is_row, is_row, LL_ERR_LABEL, "no row", NULL, rows_of},
    [LL_INPUT_PROBABILITIES] = {"probabilities", all_probabilities, is_size, LL_ERR_RANGE, "negative, no probability",
                                "a number >= 0", NULL, no_distribution},
    [LL_INPUT_DISTRIBUTIONS] = {"distributions", all_distributions, is_size, LL_ERR_RANGE, "negative, no probability",
                                "a number >= 0", NULL, no_distributions},
    [LL_INPUT_SIZES] = {"sizes", all_is_size, is_size, LL_ERR_RANGE, "negative", "a number >= 0"},
};
_Static_assert(sizeof roles / sizeof *roles == LL_INPUT_ROLE_COUNT, "a row for each role");

const char *ll_input_role_name(ll_input_role role) { return roles[role].word; }

/* "scores, row 2, column 3"; a column has rows alone. */
static const char *place(const ll_input_given *in, size_t row, size_t col, char text[160]) {
  int at = snprintf(text, 160, "%.80s: %.40s, row %zu", in->owner, in->desc->name, row + 1);
  if (in->m->cols > 1) snprintf(text + at, 160 - (size_t)at, ", column %zu", col + 1);
  return text;
}

static ll_status refuse(ll_ctx *ctx, const ll_input_given *in, const role_row *r, size_t row, size_t col) {
  char text[160];
  double y = (double)ll_matrix_row(in->m, row)[col];
  size_t most = r->most ? r->most(in) : 0;
  bool whole = r->fits == is_identity && floor(y) >= y;
  char shown[32];
  place(in, row, col, text);
  snprintf(shown, sizeof shown, fabs(y) < 1e19 && floor(y) >= y ? "%.0f" : "%g", y);
  if (whole)
    return ll_fail(ctx, r->status,
                   "%s: %s may have been another number before it was rounded to " LL_PRECISION
                   ": whole numbers below %.0f in size are told apart; give the %s as a table, or number them first",
                   text, shown, LL_WHOLE, in->desc->name);
  if (most) return ll_fail(ctx, r->status, "%s: %s is %s: 1..%zu expected", text, shown, r->wrong, most);
  return ll_fail(ctx, r->status, "%s: %s is %s: %s expected", text, shown, r->wrong, r->expected);
}

ll_status ll_input_role_check(ll_ctx *ctx, const ll_input_given *in) {
  const role_row *r = &roles[in->desc->role];
  char text[160];
  size_t row, col;
  if (r->all(in)) return LL_OK;
  if (ll_matrix_find_bad(in->m, &row, &col)) {
    double y = (double)ll_matrix_row(in->m, row)[col];
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: %s", place(in, row, col, text), isnan(y) ? "NaN" : y > 0 ? "inf" : "-inf");
  }
  for (row = 0; row < in->m->rows; row++)
    for (col = 0; col < in->m->cols; col++)
      if (!r->fits(in, (double)ll_matrix_row(in->m, row)[col])) return refuse(ctx, in, r, row, col);
  return r->together(ctx, in);
}
