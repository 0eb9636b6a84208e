/* The checks before an evaluation: shapes against the letters of the row, labels, finiteness. One sweep decides; what is wrong
 * and where is looked for only then. */
#include <ctype.h>
#include <math.h>

#include "engine/loss/loss.h"

typedef struct binding {
  size_t extent;
  int input; /* which input bound the letter; -1: none yet */
} binding;

static ll_status wrong_shape(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *inputs, int at,
                             int other) {
  const ll_matrix *m = &inputs[at];
  if (other < 0 || other == at)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s must be (%s), not %zux%zu", owner, desc[at].name, desc[at].shape, m->rows, m->cols);
  const ll_matrix *o = &inputs[other];
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s (%s) is %zux%zu, which does not fit %s (%s), %zux%zu", owner, desc[at].name,
                 desc[at].shape, m->rows, m->cols, desc[other].name, desc[other].shape, o->rows, o->cols);
}

static bool left_out(const ll_loss_input *desc, const ll_matrix *m) {
  return desc->role == LL_INPUT_NEIGHBOURS && !m->data && m->rows == 0 && m->cols == 0;
}

/* Binds or compares each letter of "n,d"; a digit stands for itself, "*" for anything. */
static ll_status check_shapes(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, size_t n, const ll_matrix *inputs,
                              binding bound[26]) {
  for (int c = 0; c < 26; c++) bound[c] = (binding){.input = -1};
  for (int i = 0; i < (int)n; i++) {
    const char *shape = desc[i].shape;
    if (shape[0] == '*' || left_out(&desc[i], &inputs[i])) continue;
    const size_t extents[2] = {inputs[i].rows, inputs[i].cols};
    for (int side = 0; side < 2; side++) {
      char letter = shape[2 * side];
      if (isdigit((unsigned char)letter)) {
        if (extents[side] != (size_t)(letter - '0')) return wrong_shape(ctx, owner, desc, inputs, i, -1);
        continue;
      }
      binding *b = &bound[letter - 'a'];
      if (b->input >= 0 && b->extent != extents[side]) return wrong_shape(ctx, owner, desc, inputs, i, b->input);
      if (b->input < 0) *b = (binding){extents[side], i};
    }
  }
  return LL_OK;
}

static ll_status check_empty(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, size_t n, const ll_matrix *inputs) {
  for (size_t i = 0; i < n; i++) {
    if (ll_matrix_count(&inputs[i]) || left_out(&desc[i], &inputs[i])) continue;
    size_t other = i ? 0 : n - 1;
    if (other == i)
      return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s is empty, %zux%zu", owner, desc[i].name, inputs[i].rows, inputs[i].cols);
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s is empty, %zux%zu (%s: %zux%zu)", owner, desc[i].name, inputs[i].rows, inputs[i].cols,
                   desc[other].name, inputs[other].rows, inputs[other].cols);
  }
  return LL_OK;
}

static ll_status check_finite(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *m) {
  size_t row, col;
  if (!ll_matrix_find_bad(m, &row, &col)) return LL_OK;
  const char *what = isnan(ll_matrix_row(m, row)[col]) ? "NaN" : ll_matrix_row(m, row)[col] > 0 ? "inf" : "-inf";
  if (m->cols == 1) return ll_fail(ctx, LL_ERR_NUMBER, "%s: %s, row %zu: %s", owner, desc->name, row + 1, what);
  return ll_fail(ctx, LL_ERR_NUMBER, "%s: %s, row %zu, column %zu: %s", owner, desc->name, row + 1, col + 1, what);
}

/* The first row that is no label, or that disagrees with an earlier one about what the other class is called. */
static ll_status wrong_binary(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *m) {
  size_t zero = 0, minus = 0; /* row numbers from 1 */
  for (size_t i = 0; i < m->rows; i++) {
    double y = (double)*ll_matrix_row(m, i);
    bool is_zero = y >= 0 && y <= 0, is_minus = y >= -1 && y <= -1;
    if (!is_zero && !is_minus && !(y >= 1 && y <= 1))
      return ll_fail(ctx, LL_ERR_LABEL, "%s: %s, row %zu: %g is no label: {0, 1} or {-1, +1} expected", owner, desc->name, i + 1,
                     y);
    if (is_zero && !zero) zero = i + 1;
    if (is_minus && !minus) minus = i + 1;
    if (zero && minus)
      return ll_fail(ctx, LL_ERR_LABEL, "%s: %s mix 0 and -1: row %zu is %g, but row %zu is %g; {0, 1} or {-1, +1} expected", owner,
                     desc->name, i + 1, y, zero < minus ? zero : minus, is_zero ? -1.0 : 0.0);
  }
  return LL_OK;
}

static ll_status check_binary(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *m) {
  if (m->cols != 1) return wrong_shape(ctx, owner, desc, m, 0, -1);
  if (ll_matrix_contiguous(m)) {
    unsigned seen = ll_label_kernels_get()->seen(m->data, m->rows);
    if (!(seen & LL_LABELS_OTHER) && seen != (LL_LABELS_ZERO | LL_LABELS_MINUS)) return LL_OK;
  }
  LL_TRY(check_finite(ctx, owner, desc, m));
  return wrong_binary(ctx, owner, desc, m);
}

/* classes: how many there are, 0 if the shapes do not say. */
static ll_status check_class(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *m, size_t classes) {
  LL_TRY(check_finite(ctx, owner, desc, m));
  for (size_t i = 0; i < m->rows; i++) {
    double y = (double)*ll_matrix_row(m, i);
    if (y >= 1 && (classes == 0 || y <= (double)classes) && floor(y) >= y) continue;
    if (classes == 0)
      return ll_fail(ctx, LL_ERR_LABEL, "%s: %s, row %zu: %g is no class: 1, 2, … expected", owner, desc->name, i + 1, y);
    return ll_fail(ctx, LL_ERR_LABEL, "%s: %s, row %zu: %g is no class: 1..%zu expected", owner, desc->name, i + 1, y, classes);
  }
  return LL_OK;
}

static ll_status check_relevance(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *m) {
  LL_TRY(check_finite(ctx, owner, desc, m));
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      double y = (double)ll_matrix_row(m, i)[j];
      if (y < 0 && !(y <= -1 && y >= -1))
        return ll_fail(ctx, LL_ERR_LABEL, "%s: %s, row %zu, column %zu: %g is no grade: a number >= 0 (or -1 for 0) expected",
                       owner, desc->name, i + 1, j + 1, y);
    }
  return LL_OK;
}

static ll_status check_neighbours(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, const ll_matrix *m, size_t rows) {
  LL_TRY(check_finite(ctx, owner, desc, m));
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      double y = (double)ll_matrix_row(m, i)[j];
      if (!(y >= 1 && y <= (double)rows && floor(y) >= y))
        return ll_fail(ctx, LL_ERR_LABEL, "%s: %s, row %zu, column %zu: %g is no row: 1..%zu expected", owner, desc->name, i + 1,
                       j + 1, y, rows);
    }
  return LL_OK;
}

ll_status ll_loss_check(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, size_t n, const ll_matrix *inputs) {
  binding bound[26];
  LL_TRY(check_shapes(ctx, owner, desc, n, inputs, bound));
  LL_TRY(check_empty(ctx, owner, desc, n, inputs));
  for (size_t i = 0; i < n; i++) {
    switch (desc[i].role) {
    case LL_INPUT_MATRIX: LL_TRY(check_finite(ctx, owner, &desc[i], &inputs[i])); break;
    case LL_INPUT_BINARY: LL_TRY(check_binary(ctx, owner, &desc[i], &inputs[i])); break;
    case LL_INPUT_CLASS: LL_TRY(check_class(ctx, owner, &desc[i], &inputs[i], bound['k' - 'a'].extent)); break;
    case LL_INPUT_RELEVANCE: LL_TRY(check_relevance(ctx, owner, &desc[i], &inputs[i])); break;
    case LL_INPUT_NEIGHBOURS: LL_TRY(check_neighbours(ctx, owner, &desc[i], &inputs[i], inputs[0].rows)); break;
    }
  }
  return LL_OK;
}
