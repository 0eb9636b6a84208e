/* Cosines, their exponentials and the weights of the gradient are the same for (i,j) as for (j,i), so each pair is computed once: a
 * block holds rows [at, at + rows) and the columns from `at` on. The sums of a row are complete only after the last block. What the
 * blocks hold is kept until then where it is little, and computed again where it is not.
 *
 * All exponents are taken relative to 1, the largest cosine. For small temperatures most would underflow: there each row is taken
 * relative to its own largest, alone. */
#include "engine/loss/embedding/batch_softmax.h"

#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/loss/embedding/columns.h"
#include "engine/matrix/gemm.h"

LL_ISA_DECLARE(ll_batch_softmax_kernels, ll_batch_softmax_kernels);
const ll_batch_softmax_kernels *ll_batch_softmax_kernels_get(void) { return LL_ISA_PICK(ll_batch_softmax_kernels); }

enum { HEIGHT = 64, KEPT = 1 << 20 };           /* rows of a block; how many doubles may be kept of all */
static const double least_temperature = 0x1p-8; /* e^(-2/T) is a normal number */

static size_t triangle(size_t n) { return n * (n + HEIGHT) / 2; }
static size_t kept(size_t n) { return triangle(n) <= KEPT ? triangle(n) : 0; }

/* ---- rows relative to their own largest -----------------------------------------------------------------------------------------
 */

/* Row i holds cosines; v are those divided by the temperature. Its value is ln sum_{j != i} e^v_j - mean over positives p of v_p;
 * the row becomes the derivative by v. A row without a positive has value and gradient 0; usable counts the others. zeros: labels
 * by which all rows are of one class. shares: room for n. */
static double against_all(double *row, size_t n, size_t i, const double *labels, const double *zeros, double temperature,
                          double *shares, size_t *usable) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  const ll_columns_choice all = ll_columns_choose(zeros, 0, true);
  const ll_columns_choice own = ll_columns_choose(labels, labels[i], true);
  row[i] = INFINITY; /* not one of the others */
  double sum;
  size_t positives = k->tally(row, n, &own, &sum);
  if (!positives) {
    memset(row, 0, n * sizeof *row);
    return 0;
  }
  ++*usable;
  double value =
      ll_columns_log_sum(row, n, &all, 1 / temperature, 0, false, false, shares) - sum / (temperature * (double)positives);
  k->shift(row, n, &own, -1 / (double)positives, shares);
  memcpy(row, shares, n * sizeof *row);
  return value;
}

static void row_by_row(ll_pairing *p, double temperature, ll_sum *total, size_t *usable) {
  size_t n = p->from->n;
  double *labels = p->spare, *zeros = labels + n, *shares = zeros + n;
  memset(zeros, 0, n * sizeof *zeros);
  LL_PAIRING_BLOCKS(p) {
    ll_pairing_products(p, at, rows);
    for (size_t r = 0; r < rows; r++)
      ll_sum_add(total, against_all(ll_pairing_row(p, r), n, at + r, labels, zeros, temperature, shares, usable));
    ll_pairing_pull_products(p, at, rows);
  }
}

/* ---- each pair once -------------------------------------------------------------------------------------------------------------
 */

typedef struct work {
  ll_pairing *p;
  double factor;     /* 1 / T */
  double *labels;    /* n */
  double *sums;      /* n: of the exponentials; then their inverses, 0 for a row without a positive */
  double *positives; /* n: of the cosines with positives behind the row; each pair counts for both */
  double *others;    /* n: how many positives a row has; then the share of each in their mean */
  double *ignored;   /* n: sums that are known */
  double *kept;      /* [opt] all blocks, one behind the other */
} work;

/* Where the block from row `at` on stands; its rows have n - at elements. The blocks before it are of full height. */
static double *block_of(const work *w, size_t at) {
  size_t height = w->p->height, before = at / height;
  return w->kept ? w->kept + at * w->p->from->n - height * height * before * (before - (before > 0)) / 2 : w->p->block;
}

/* The block's exponentials, their sums and those of positives; 0 for a row with itself and with those before it. */
static void fill(const work *w, size_t at, size_t rows, double *sums) {
  const ll_batch_softmax_kernels *k = ll_batch_softmax_kernels_get();
  size_t n = w->p->from->n, d = w->p->from->d, wide = n - at;
  const double *x = w->p->from->rows + at * d;
  double *block = block_of(w, at);
  const ll_gemm_shape shape = {.tb = true, .m = rows, .n = wide, .k = d, .lda = d, .ldb = d, .ldc = wide, .alpha = 1};
  ll_gemmd(&shape, x, x, NULL, block);
  for (size_t r = 0; r < rows; r++) {
    size_t i = at + r, next = i + 1;
    double *row = block + r * wide;
    memset(row, 0, (r + 1) * sizeof *row);
    sums[i] += k->exponents(row + r + 1, n - next, w->factor, w->labels + next, w->labels[i], sums + next, &w->positives[i]);
  }
}

/* Class by class. */
static void count(const work *w) {
  const ll_batch_softmax_kernels *k = ll_batch_softmax_kernels_get();
  size_t n = w->p->from->n;
  for (size_t i = 0; i < n; i++) w->others[i] = -1;
  for (size_t i = 0; i < n; i++) {
    if (w->others[i] >= 0) continue;
    double others = (double)k->count(w->labels + i, n - i, w->labels[i]) - 1;
    k->put(w->labels + i, n - i, w->labels[i], others, w->others + i);
  }
}

/* All values, once the sums are there. */
static void values(const work *w, ll_sum *total, size_t *usable) {
  for (size_t i = 0; i < w->p->from->n; i++) {
    bool is = w->others[i] > 0;
    *usable += is;
    if (is) ll_sum_add(total, ll_log(w->sums[i]) + w->factor - 2 * w->factor * w->positives[i] / w->others[i]);
    w->sums[i] = is ? 1 / w->sums[i] : 0, w->others[i] = is ? 1 / w->others[i] : 0;
  }
}

/* The gradient of row i is the sum over all j of weight_ij x_j, in the order of j: what blocks before gave, then this one. */
static void pull(const work *w, size_t at, size_t rows) {
  const ll_batch_softmax_kernels *k = ll_batch_softmax_kernels_get();
  const ll_pairing_cloud *cloud = w->p->from;
  size_t n = cloud->n, d = cloud->d, wide = n - at;
  double *block = block_of(w, at);
  for (size_t r = 0; r < rows; r++) {
    size_t i = at + r, next = i + 1;
    double *row = block + r * wide;
    k->weights(row + r + 1, n - next, w->sums[i], w->sums + next, w->labels + next, w->labels[i], 2 * w->others[i]);
    for (size_t c = r + 1; c < rows; c++) block[c * wide + r] = row[c];
  }
  const ll_gemm_shape own = {.m = rows, .n = d, .k = wide, .lda = wide, .ldb = d, .ldc = d, .alpha = 1, .beta = 1};
  ll_gemmd(&own, block, cloud->rows + at * d, NULL, cloud->grads + at * d);
  if (wide == rows) return;
  const ll_gemm_shape others = {
      .ta = true, .m = wide - rows, .n = d, .k = rows, .lda = wide, .ldb = d, .ldc = d, .alpha = 1, .beta = 1};
  ll_gemmd(&others, block + rows, cloud->rows + at * d, NULL, cloud->grads + (at + rows) * d);
}

static void each_pair_once(ll_pairing *p, double temperature, ll_sum *total, size_t *usable) {
  size_t n = p->from->n;
  work w = {.p = p, .factor = 1 / temperature, .labels = p->spare};
  w.sums = w.labels + n, w.positives = w.sums + n, w.others = w.positives + n, w.ignored = w.others + n;
  if (kept(n)) w.kept = w.ignored + n;
  if (p->height > HEIGHT) p->height = HEIGHT;
  memset(w.sums, 0, n * sizeof *w.sums);
  memset(w.ignored, 0, n * sizeof *w.ignored);
  count(&w);
  LL_PAIRING_BLOCKS(p) fill(&w, at, rows, w.sums);
  values(&w, total, usable);
  if (!p->want || !*usable) return;
  LL_PAIRING_BLOCKS(p) {
    if (!w.kept) fill(&w, at, rows, w.ignored);
    pull(&w, at, rows);
  }
}

size_t ll_batch_softmax_spare(size_t n) { return 5 * n + kept(n); }

ll_status ll_batch_softmax_eval(ll_ctx *ctx, const ll_loss *loss, ll_loss_call *call, ll_pairing *p) {
  size_t n = p->from->n, usable = 0;
  double temperature = loss->params[0];
  ll_sum total = {0};
  (temperature < least_temperature ? row_by_row : each_pair_once)(p, temperature, &total, &usable);
  if (!usable)
    return ll_fail(ctx, LL_ERR_EMPTY, "%s: none of the %zu rows is an anchor: one needs another row of its class", loss->desc->name,
                   n);
  call->empty = call->empty || n == 2; /* the positive is all that there is */
  call->value = ll_sum_value(&total) / (double)usable;
  ll_pairing_close(p, call, 1 / ((double)usable * temperature));
  return LL_OK;
}
