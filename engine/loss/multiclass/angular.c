/* The logits of a block of rows come from one product. The label's angle is computed again in double, one dot product a row, since
 * f may be steep where cos theta is near 1.
 *
 * The gradient of the label's logit has three parts, a and w being the row's unit features and the label's unit weights. f's slope
 * by cos theta stays in the block and reaches the rows through the product that carries the other classes' gradients. What a length
 * contributes where it counts, f - cos theta × that slope, is a multiple of the row itself. f's slope by sin theta is a multiple of
 * w - cos theta a, and is added to the row directly: through the product it would be divided by a small sine and multiplied by it
 * again. */
#include "engine/loss/multiclass/angular.h"

#include <math.h>
#include <string.h>

#include "engine/loss/multiclass/classes.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rowwise.h"

enum { ROWS = 128 };

const ll_input ll_loss_features_weights_labels[3] = {
    {"features", "n,d", LL_INPUT_MATRIX}, {"weights", "k,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_CLASS}};

typedef struct work {
  ll_loss_call *call;
  const ll_angular_form *form;
  const ll_matrix *features, *weights;
  double scale;
  double *feature_norms, *weight_norms; /* n, k; 0 without a direction */
  double *stretch;                      /* k: what multiple of its own weights is added to the gradient of each class */
  double along[ROWS], turn[ROWS];       /* of a block's rows: the same of features; the multiple of w - cos theta a */
  double cosine[ROWS];
  ll_matrix logits, unit_features, unit_weights; /* a block of ROWS × k; ROWS × d; k × d */
} work;

static double square(double x) { return x * x; }

LL_ISA_DECLARE(ll_angular_kernels, ll_angular_kernels);
const ll_angular_kernels *ll_angular_kernels_get(void) { return LL_ISA_PICK(ll_angular_kernels); }

static ll_status norms(ll_ctx *ctx, const ll_loss *loss, ll_loss_call *call, size_t input, double *out) {
  const ll_matrix *m = &call->inputs[input];
  const char *name = loss->desc->inputs[input].name;
  size_t without = 0;
  for (size_t i = 0; i < m->rows; i++) {
    out[i] = ll_rowwise_norm(ll_matrix_row(m, i), m->cols);
    if (call->batch && out[i] < LL_LEAST) {
      out[i] = 0, without++;
      continue;
    }
    if (!(out[i] > 0))
      return ll_fail(ctx, LL_ERR_RANGE, "%s: %s, row %zu is zero: it has no angle to anything", loss->desc->name, name, i + 1);
    if (out[i] < LL_LEAST)
      return ll_fail(ctx, LL_ERR_RANGE, "%s: %s, row %zu has the length %g: too near to zero for an angle", loss->desc->name, name,
                     i + 1, out[i]);
  }
  call->zero_rows += without;
  call->empty = call->empty || without == m->rows;
  return LL_OK;
}

static void unit_row(const ll_real *x, double norm, size_t n, ll_real *out) {
  if (!(norm > 0)) memset(out, 0, n * sizeof *out);
  else if (norm > 1e-30 && norm < 1e30) ll_kernels_get()->scale(x, 1 / norm, 0, out, n);
  else
    for (size_t j = 0; j < n; j++) out[j] = (ll_real)((double)x[j] / norm);
}

/* cos theta of row i and class j; sin theta, where the form looks at it, as |w - cos theta a|: right for the smallest angles. A
 * right angle where one of them has no direction. */
static double angle(const work *w, size_t i, size_t j, double *sine) {
  const ll_real *a = ll_matrix_row(w->features, i), *b = ll_matrix_row(w->weights, j);
  size_t d = w->features->cols;
  const ll_angular_kernels *kernels = ll_angular_kernels_get();
  double an = w->feature_norms[i], bn = w->weight_norms[j], product = an * bn, cosine;
  *sine = 1;
  if (!(an > 0 && bn > 0)) return 0;
  if (product > 1e-280 && product < 1e280) cosine = kernels->dot(a, b, d) / product;
  else {
    cosine = 0;
    for (size_t k = 0; k < d; k++) cosine += (double)a[k] / an * ((double)b[k] / bn);
  }
  cosine = cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
  *sine = 0;
  if (!w->form->sine) return cosine;
  double squares = 0;
  if (isfinite(1 / bn) && isfinite(1 / an)) squares = kernels->apart(b, 1 / bn, a, -cosine / an, d);
  else /* rows so short that 1 / length is infinite */
    for (size_t k = 0; k < d; k++) squares += square((double)b[k] / bn - cosine * ((double)a[k] / an));
  *sine = sqrt(squares);
  return cosine;
}

/* The value of row r of the block, row i of the batch; its logits become the derivatives by them. */
static double row_value(const ll_loss *loss, work *w, size_t r, size_t i, double share, bool wanted) {
  const ll_angular_form *form = w->form;
  size_t label = (size_t)w->call->inputs[2].data[i] - 1;
  double sine, an = w->feature_norms[i], bn = w->weight_norms[label];
  double cosine = angle(w, i, label, &sine);
  ll_angular_bend f = form->bend(loss->params, cosine, sine);
  ll_real *logits = ll_matrix_row(&w->logits, r);
  double length = w->scale * (form->unit_features ? 1 : an) * (form->unit_weights ? 1 : bn);
  logits[label] = (ll_real)(length * f.value);
  bool fits = isfinite(logits[label]);
  double value = ll_classes_kernels_get()->softmax(logits, w->weights->rows, label, 0, share, wanted ? logits : NULL);
  if (!fits || !isfinite(value)) { /* the logits overflow: the value is inf and the gradient 0 */
    if (wanted) memset(logits, 0, w->weights->rows * sizeof *logits);
    w->along[r] = w->turn[r] = w->cosine[r] = 0;
    return INFINITY;
  }
  if (wanted) {
    double g = (double)logits[label], rest = f.value - cosine * f.by_cos;
    logits[label] = (ll_real)(g * f.by_cos);
    w->cosine[r] = cosine;
    w->along[r] = form->unit_features || !(an > 0) ? 0 : g * length * rest / an / an;
    if (!form->unit_weights && bn > 0) w->stretch[label] += g * length * rest / bn / bn;
    w->turn[r] = sine > 0 ? -g * length * f.by_sin * cosine / sine : 0;
  }
  return value;
}

/* to += factor × (toward / |toward| - cosine × from / |from|) */
static void add_turn(double factor, const ll_real *toward, double toward_norm, const ll_real *from, double from_norm, double cosine,
                     size_t d, ll_real *to) {
  double a = factor / toward_norm, b = -factor * cosine / from_norm;
  if (isfinite(a) && isfinite(b)) ll_angular_kernels_get()->add_both(toward, a, from, b, to, d);
  else
    for (size_t k = 0; k < d; k++)
      to[k] += (ll_real)(factor * ((double)toward[k] / toward_norm - cosine * ((double)from[k] / from_norm)));
}

/* From the gradient by a unit row to the gradient by the row itself: the part along the row is dropped, since its length does not
 * count, and the rest divided by its length. */
static void through_norm(ll_real *grad, const ll_real *unit, double norm, size_t d) {
  const ll_angular_kernels *k = ll_angular_kernels_get();
  double along = k->dot(grad, unit, d);
  if (isfinite(1 / norm)) k->across(unit, along, 1 / norm, grad, d);
  else
    for (size_t i = 0; i < d; i++) grad[i] = (ll_real)(((double)grad[i] - along * (double)unit[i]) / norm);
}

static void finish_features(const work *w, size_t first, const ll_matrix *units, ll_matrix *grads) {
  size_t d = grads->cols;
  for (size_t r = 0; r < grads->rows; r++) {
    size_t i = first + r, label = (size_t)w->call->inputs[2].data[i] - 1;
    ll_real *grad = ll_matrix_row(grads, r);
    const ll_real *row = ll_matrix_row(w->features, i);
    if (!(w->feature_norms[i] > 0)) { /* nothing flows to a row without a direction */
      memset(grad, 0, d * sizeof *grad);
      continue;
    }
    if (w->form->unit_features) through_norm(grad, ll_matrix_row(units, r), w->feature_norms[i], d);
    else ll_angular_kernels_get()->add(row, w->along[r], grad, d);
    if (w->form->sine && w->weight_norms[label] > 0)
      add_turn(w->turn[r] / w->feature_norms[i], ll_matrix_row(w->weights, label), w->weight_norms[label], row, w->feature_norms[i],
               w->cosine[r], d, grad);
  }
}

static void turn_weights(const work *w, size_t first, size_t rows, ll_matrix *grads) {
  for (size_t r = 0; r < rows; r++) {
    size_t i = first + r, label = (size_t)w->call->inputs[2].data[i] - 1;
    if (!(w->feature_norms[i] > 0 && w->weight_norms[label] > 0)) continue;
    add_turn(w->turn[r], ll_matrix_row(w->features, i), w->feature_norms[i], ll_matrix_row(w->weights, label),
             w->weight_norms[label], w->cosine[r], grads->cols, ll_matrix_row(grads, label));
  }
}

static void finish_weights(const work *w, ll_matrix *grads) {
  size_t d = grads->cols;
  for (size_t j = 0; j < grads->rows; j++) {
    ll_real *grad = ll_matrix_row(grads, j);
    const ll_real *row = ll_matrix_row(w->weights, j);
    if (!(w->weight_norms[j] > 0)) {
      memset(grad, 0, d * sizeof *grad);
      continue;
    }
    if (w->form->unit_weights) through_norm(grad, ll_matrix_row(&w->unit_weights, j), w->weight_norms[j], d);
    else ll_angular_kernels_get()->add(row, w->stretch[j], grad, d);
  }
}

static ll_status prepare(ll_ctx *ctx, ll_loss *loss, work *w) {
  size_t n = w->features->rows, d = w->features->cols, k = w->weights->rows, rows = n < ROWS ? n : ROWS;
  size_t unit_features = w->form->unit_features ? rows * d : 0, unit_weights = w->form->unit_weights ? k * d : 0;
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, (n + 2 * k) * sizeof(double) + (unit_features + unit_weights + rows * k) * sizeof(ll_real),
                         &scratch));
  w->feature_norms = scratch, w->weight_norms = w->feature_norms + n, w->stretch = w->weight_norms + k;
  ll_real *elements = (ll_real *)(w->stretch + k);
  w->unit_features = ll_matrix_wrap(elements, rows, d);
  w->unit_weights = ll_matrix_wrap(elements + unit_features, k, d);
  w->logits = ll_matrix_wrap(elements + unit_features + unit_weights, rows, k);
  memset(w->stretch, 0, k * sizeof *w->stretch);
  LL_TRY(norms(ctx, loss, w->call, 0, w->feature_norms));
  LL_TRY(norms(ctx, loss, w->call, 1, w->weight_norms));
  for (size_t j = 0; j < k && w->form->unit_weights; j++)
    unit_row(ll_matrix_row(w->weights, j), w->weight_norms[j], d, ll_matrix_row(&w->unit_weights, j));
  return LL_OK;
}

ll_status ll_angular_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, const ll_angular_form *form, double scale) {
  work w = {.call = call, .form = form, .features = &call->inputs[0], .weights = &call->inputs[1], .scale = scale};
  size_t n = w.features->rows, d = w.features->cols;
  bool wanted = call->grads[0] || call->grads[1];
  double share = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  LL_TRY(prepare(ctx, loss, &w));
  const ll_matrix *weights = form->unit_weights ? &w.unit_weights : w.weights;
  double total = 0;
  for (size_t first = 0; first < n; first += ROWS) {
    size_t rows = n - first < ROWS ? n - first : ROWS;
    ll_matrix block = ll_matrix_wrap(ll_matrix_row(w.features, first), rows, d);
    w.logits.rows = rows;
    if (form->unit_features) {
      for (size_t r = 0; r < rows; r++)
        unit_row(ll_matrix_row(w.features, first + r), w.feature_norms[first + r], d, ll_matrix_row(&w.unit_features, r));
      block = ll_matrix_wrap(w.unit_features.data, rows, d);
    }
    ll_matrix_gemm(false, true, scale, &block, weights, 0, &w.logits);
    for (size_t r = 0; r < rows; r++) {
      double weight = call->row_weights ? (double)*ll_matrix_row(call->row_weights, first + r) : share;
      double value = row_value(loss, &w, r, first + r, weight, wanted);
      total += value;
      if (call->rows) call->rows->data[first + r] = (ll_real)value;
    }
    if (call->grads[0]) {
      ll_matrix grads = ll_matrix_wrap(ll_matrix_row(call->grads[0], first), rows, d);
      ll_matrix_gemm(false, false, scale, &w.logits, weights, 0, &grads);
      finish_features(&w, first, &block, &grads);
    }
    if (call->grads[1]) {
      ll_matrix_gemm(true, false, scale, &w.logits, &block, first ? 1 : 0, call->grads[1]);
      if (form->sine) turn_weights(&w, first, rows, call->grads[1]);
    }
  }
  if (call->grads[1]) finish_weights(&w, call->grads[1]);
  call->value = share * total;
  return LL_OK;
}
