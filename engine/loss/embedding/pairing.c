/* Clouds of rows and blocks of their pairs: the memory, the products, the way of the gradient back to the inputs. */
#include "engine/loss/embedding/pairing.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/matrix/gemm.h"

LL_ISA_DECLARE(ll_pairing_kernels, ll_pairing_kernels);
const ll_pairing_kernels *ll_pairing_kernels_get(void) { return LL_ISA_PICK(ll_pairing_kernels); }

const ll_input ll_loss_embeddings_labels[2] = {{"embeddings", "n,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_IDENTITY}};

/* A block fits into the second-level cache, but has at least so many rows that a product of them is fast. */
enum { BLOCK_BYTES = 1 << 20, LEAST_HEIGHT = 24, MOST_HEIGHT = 256 };

static size_t height_of(size_t n, size_t m) {
  size_t height = BLOCK_BYTES / sizeof(double) / m / 8 * 8;
  if (height < LEAST_HEIGHT) height = LEAST_HEIGHT;
  if (height > MOST_HEIGHT) height = MOST_HEIGHT;
  return height < n ? height : n;
}

static size_t room(size_t n) { return (n + 7) / 8 * 8; } /* whole cache lines */

static double *take(double **at, size_t n) {
  double *taken = *at;
  *at += room(n);
  return taken;
}

static void lay_out(ll_pairing_cloud *cloud, size_t n, size_t d, bool want, double **at) {
  cloud->n = n, cloud->d = d;
  cloud->rows = take(at, n * d);
  cloud->lengths = take(at, n);
  cloud->grads = want ? take(at, n * d) : NULL;
  if (want) memset(cloud->grads, 0, n * d * sizeof(double));
}

/* Copies m to the cloud's rows from `first` on, as the form wants them. The first row of m without a direction, or m's rows; with
 * `zero_rows` it counts them, and they become 0. */
static size_t read_rows(ll_pairing_cloud *cloud, size_t first, const ll_matrix *m, ll_pairing_form form, const ll_real *origin,
                        size_t *zero_rows) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  size_t d = cloud->d;
  for (size_t i = 0; i < m->rows; i++) {
    double *to = cloud->rows + (first + i) * d;
    k->raise(ll_matrix_row(m, i), form == LL_PAIRING_SHIFTED ? origin : NULL, to, d);
    if (form != LL_PAIRING_UNIT) cloud->lengths[first + i] = k->dot(to, to, d);
    if (form != LL_PAIRING_UNIT) continue;
    if (zero_rows && k->largest(to, d) < LL_LEAST) {
      memset(to, 0, d * sizeof *to);
      cloud->lengths[first + i] = 0;
      ++*zero_rows;
      continue;
    }
    double length = k->unit(to, d);
    if (!(length > 0)) return i;
    cloud->lengths[first + i] = length;
  }
  return m->rows;
}

ll_status ll_pairing_open(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_pairing_form form, int from_input, int to_input,
                          size_t spare, ll_pairing *out) {
  bool stack = to_input == LL_PAIRING_STACK;
  *out = (ll_pairing){.ctx = ctx, .form = form, .inputs = {from_input, stack ? from_input + 1 : to_input}};
  out->n_inputs = to_input == LL_PAIRING_SELF ? 1 : 2;
  const ll_matrix *first = &call->inputs[from_input], *last = &call->inputs[out->inputs[out->n_inputs - 1]];
  size_t clouds = out->n_inputs - stack, d = first->cols, n[2] = {first->rows + (stack ? last->rows : 0), last->rows};
  for (size_t c = 0; c < out->n_inputs; c++) out->want |= call->grads[out->inputs[c]] != NULL;
  size_t m = n[clouds - 1];
  out->height = height_of(n[0], m);
  size_t size = room(spare) + room(out->height * m) + 2 * room(m); /* pulls and columns, which need half of theirs */
  for (size_t c = 0; c < clouds; c++) size += (out->want ? 2 : 1) * room(n[c] * d) + room(n[c]);
  void *block;
  LL_TRY(ll_loss_scratch(ctx, loss, size * sizeof(double), &block));
  double *at = block;
  for (size_t c = 0; c < clouds; c++) lay_out(&out->clouds[c], n[c], d, out->want, &at);
  out->from = &out->clouds[0], out->to = &out->clouds[clouds - 1];
  out->spare = take(&at, spare);
  out->block = take(&at, out->height * m);
  out->pulls = take(&at, m);
  out->columns = (uint32_t *)at;
  memset(out->pulls, 0, m * sizeof(double));
  size_t without[2] = {0, 0};
  for (size_t c = 0; c < out->n_inputs; c++) {
    const ll_matrix *input = &call->inputs[out->inputs[c]];
    size_t before = call->zero_rows, cloud = stack ? 0 : c;
    assert(cloud < 2);
    size_t bad = read_rows(&out->clouds[cloud], stack && c ? first->rows : 0, input, form, first->data,
                           call->batch ? &call->zero_rows : NULL);
    without[cloud] += call->zero_rows - before;
    if (bad < input->rows)
      return ll_fail(ctx, LL_ERR_NUMBER, "%s: %s, row %zu is zero: it has no direction", loss->desc->name,
                     loss->desc->inputs[out->inputs[c]].name, bad + 1);
  }
  for (size_t c = 0; c < clouds; c++) /* a cosine takes two rows with a direction */
    if (call->batch && out->clouds[c].n - without[c] < 3 - clouds) call->empty = true;
  return LL_OK;
}

bool ll_pairing_overflows(const ll_pairing *p, ll_loss_call *call) {
  bool fits = true;
  if (p->form == LL_PAIRING_UNIT) return false;
  for (int c = 0; c < 2; c++) /* so that a sum of four of them is finite */
    for (size_t i = 0; i < p->clouds[c].n; i++) fits &= p->clouds[c].lengths[i] < DBL_MAX / 8;
  if (fits) return false;
  call->value = INFINITY;
  for (size_t c = 0; c < p->n_inputs; c++)
    if (call->grads[p->inputs[c]]) ll_matrix_fill(call->grads[p->inputs[c]], 0);
  return true;
}

void ll_pairing_products(ll_pairing *p, size_t at, size_t rows) {
  size_t d = p->from->d, m = p->to->n;
  ll_gemm_shape s = {.tb = true, .m = rows, .n = m, .k = d, .lda = d, .ldb = d, .ldc = m, .alpha = 1};
  ll_gemmd(&s, p->from->rows + at * d, p->to->rows, NULL, p->block);
}

double ll_pairing_exact(const ll_pairing *p, size_t i, size_t j) {
  size_t d = p->from->d;
  return ll_pairing_kernels_get()->square(p->from->rows + i * d, p->to->rows + j * d, d);
}

/* Measures by differences what kernels->squares calls too small: below 2^-13 of the lengths. */
static void recompute_near(ll_pairing *p, size_t i, double *row) {
  for (size_t j = 0; j < p->to->n; j++)
    if (!(row[j] >= 0x1p-13 * (p->from->lengths[i] + p->to->lengths[j]))) row[j] = ll_pairing_exact(p, i, j);
}

void ll_pairing_squares(ll_pairing *p, size_t at, size_t rows) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  ll_pairing_products(p, at, rows);
  for (size_t r = 0; r < rows; r++) {
    double *row = ll_pairing_row(p, r);
    size_t near_by = k->squares(row, p->to->lengths, p->from->lengths[at + r], p->to->n);
    bool itself = p->from == p->to && p->from->lengths[at + r] > 0; /* 0, and counted as too small */
    if (itself) row[at + r] = 0;
    if (near_by > itself) recompute_near(p, at + r, row);
  }
}

/* The rounding of a product is at most d 2^-53 |x| |y|, and that of the sum the same again. */
double ll_pairing_slack(const ll_pairing *p, size_t i, double square) {
  double rounding = 0x1p-50 * (double)(p->from->d + 4);
  return rounding * p->from->lengths[i] + rounding * fabs(square);
}

/* Where fewer than one entry in so many is not 0, pulling pair by pair is faster than two products. */
static const size_t sparse = 24;

static size_t entries(const ll_pairing *p, size_t rows) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  size_t found = 0;
  for (size_t r = 0; r < rows; r++) found += k->count_nonzero(ll_pairing_row(p, r), p->to->n);
  return found;
}

/* With the block W: gradients of `from` += factor × W to, gradients of `to` += factor × W' from. */
static void pull_block(ll_pairing *p, size_t at, size_t rows, double factor) {
  size_t d = p->from->d, m = p->to->n;
  ll_gemm_shape s = {.m = rows, .n = d, .k = m, .lda = m, .ldb = d, .ldc = d, .alpha = factor, .beta = 1};
  ll_gemmd(&s, p->block, p->to->rows, NULL, p->from->grads + at * d);
  s.ta = true, s.m = m, s.k = rows;
  ll_gemmd(&s, p->block, p->from->rows + at * d, NULL, p->to->grads);
}

void ll_pairing_pull_products(ll_pairing *p, size_t at, size_t rows) {
  if (p->want) pull_block(p, at, rows, 1);
}

void ll_pairing_pull_square(ll_pairing *p, size_t i, size_t j, double weight) {
  size_t d = p->from->d;
  if (!p->want) return;
  double *gx = p->from->grads + i * d, *gy = p->to->grads + j * d;
  if (gx != gy) ll_pairing_kernels_get()->pull(weight, p->from->rows + i * d, p->to->rows + j * d, gx, gy, d);
}

/* The gradient by x_i is sum_j 2 w_ij (x_i - y_j): twice the row's sum of weights times x_i, minus a product. By y_j it is the same
 * with the sums of columns, which are complete only after the last block. */
void ll_pairing_pull_squares(ll_pairing *p, size_t at, size_t rows) {
  if (!p->want) return;
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  size_t d = p->from->d, m = p->to->n;
  if (entries(p, rows) * sparse < rows * m) {
    for (size_t r = 0; r < rows; r++) {
      size_t found = k->nonzero(ll_pairing_row(p, r), m, p->columns);
      for (size_t e = 0; e < found; e++) ll_pairing_pull_square(p, at + r, p->columns[e], ll_pairing_row(p, r)[p->columns[e]]);
    }
    return;
  }
  pull_block(p, at, rows, -2);
  for (size_t r = 0; r < rows; r++) {
    const double *row = ll_pairing_row(p, r);
    k->add_scaled(2 * k->sum(row, m), p->from->rows + (at + r) * d, p->from->grads + (at + r) * d, d);
    k->add_scaled(1, row, p->pulls, m);
  }
}

static void give(const ll_pairing *p, const ll_pairing_cloud *cloud, size_t first, ll_matrix *to, double scale) {
  size_t d = cloud->d;
  for (size_t i = 0; i < to->rows; i++) {
    const double *g = cloud->grads + (first + i) * d, *x = cloud->rows + (first + i) * d;
    ll_real *out = ll_matrix_row(to, i);
    if (p->form != LL_PAIRING_UNIT) {
      for (size_t j = 0; j < d; j++) out[j] = (ll_real)(scale * g[j]);
      continue;
    }
    if (!(cloud->lengths[first + i] > 0)) { /* it has no direction to turn */
      memset(out, 0, d * sizeof *out);
      continue;
    }
    /* x / |x| does not change along x */
    double along = ll_pairing_kernels_get()->dot(g, x, d);
    double factor = fmin(scale / cloud->lengths[first + i], DBL_MAX); /* finite, so that 0 times it is 0 */
    ll_pairing_kernels_get()->across(g, x, along, factor, out, d);
  }
}

void ll_pairing_close(const ll_pairing *p, ll_loss_call *call, double scale) {
  size_t d = p->to->d;
  for (size_t j = 0; p->want && j < p->to->n; j++)
    if (p->pulls[j] < 0 || p->pulls[j] > 0)
      ll_pairing_kernels_get()->add_scaled(2 * p->pulls[j], p->to->rows + j * d, p->to->grads + j * d, d);
  bool stack = p->n_inputs == 2 && p->from == p->to;
  for (size_t c = 0; c < p->n_inputs; c++)
    if (call->grads[p->inputs[c]])
      give(p, &p->clouds[stack ? 0 : c], stack && c ? call->inputs[p->inputs[0]].rows : 0, call->grads[p->inputs[c]], scale);
}

void ll_pairing_labels(const ll_matrix *labels, double *out) {
  for (size_t i = 0; i < labels->rows; i++) out[i] = (double)*ll_matrix_row(labels, i);
}
