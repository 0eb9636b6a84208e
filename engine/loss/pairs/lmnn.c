/* Large margin nearest neighbours. The distances of all rows to all others are computed once, in blocks. A row's distances give its
 * k nearest of the same class (unless targets are given), then the limits margin + D_ij within which a row of another class is an
 * impostor, then the weights of the gradient, which two products carry to the rows. No matrix n × n is kept. */
#include <math.h>

#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

enum { K, MU, MARGIN };
static const ll_param params[] = {
    [K] = LL_INTEGER("k", 3, 1, 1000, "target neighbours a row, where they are not given; fewer in a class of k rows or less"),
    [MU] = LL_NUMBER("mu", 0.5, 0, 1, "weight of pushing impostors away; 1 - mu: of pulling target neighbours near"),
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "how much farther a row of another class must be, squared distances"),
};
static const ll_input inputs[] = {
    {"embeddings", "n,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_IDENTITY}, {"targets", "n,t", LL_INPUT_NEIGHBOURS}};

/* The spare memory. */
typedef struct work {
  size_t k, found;    /* how many targets there is room for; how many the current row has */
  double *labels;     /* n */
  double *limits;     /* k: D_ij, then margin + D_ij */
  double *counts;     /* k: impostors by target */
  double *neighbours; /* k: the current row's targets */
} work;

/* The k nearest of the row's own class, by exact distance, then by place: those that the rounding of a block leaves in doubt are
 * measured again. */
static void find_targets(const ll_pairing *p, size_t i, const double *row, work *w) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  const ll_columns_choice own = ll_columns_choose(w->labels, w->labels[i], true);
  size_t n = p->to->n;
  w->found = k->least(row, n, &own, w->limits, w->k);
  if (!w->found) return;
  double far = w->limits[w->found - 1];
  double bound = far + 2 * ll_pairing_slack(p, i, far);
  w->found = 0;
  for (size_t j = k->next(row, n, &own, -1, -bound, 0); j < n; j = k->next(row, n, &own, -1, -bound, j + 1)) {
    double square = ll_pairing_exact(p, i, j);
    if (w->found == w->k && square >= w->limits[w->k - 1]) continue;
    size_t place = w->found < w->k ? w->found++ : w->k - 1;
    for (; place > 0 && w->limits[place - 1] > square; place--)
      w->limits[place] = w->limits[place - 1], w->neighbours[place] = w->neighbours[place - 1];
    w->limits[place] = square, w->neighbours[place] = (double)j;
  }
}

static void take_targets(const ll_pairing *p, size_t i, const ll_matrix *targets, work *w) {
  w->found = targets->cols;
  for (size_t t = 0; t < w->found; t++) {
    w->neighbours[t] = (double)ll_matrix_row(targets, i)[t] - 1;
    w->limits[t] = ll_pairing_exact(p, i, (size_t)w->neighbours[t]);
  }
}

static ll_status check_targets(ll_ctx *ctx, const ll_loss *loss, const ll_matrix *targets, const double *labels) {
  for (size_t i = 0; i < targets->rows; i++)
    for (size_t t = 0; t < targets->cols; t++) {
      size_t j = (size_t)ll_matrix_row(targets, i)[t] - 1;
      if (j == i)
        return ll_fail(ctx, LL_ERR_LABEL, "%s: targets, row %zu, column %zu: the row itself", loss->desc->name, i + 1, t + 1);
      if (labels[j] < labels[i] || labels[j] > labels[i])
        return ll_fail(ctx, LL_ERR_LABEL, "%s: targets, row %zu, column %zu: row %zu is of class %g, row %zu of class %g",
                       loss->desc->name, i + 1, t + 1, j + 1, labels[j], i + 1, labels[i]);
    }
  return LL_OK;
}

static bool is_one_class(const double *labels, size_t n) {
  for (size_t i = 1; i < n; i++)
    if (labels[i] < labels[0] || labels[i] > labels[0]) return false;
  return true;
}

/* The value of one row; its distances become the weights of the gradient. */
static double pass(const ll_loss *loss, size_t i, double *row, size_t n, work *w) {
  double mu = loss->params[MU], pull = 0;
  const ll_columns_choice other = ll_columns_choose(w->labels, w->labels[i], false);
  for (size_t t = 0; t < w->found; t++) pull += w->limits[t], w->limits[t] += loss->params[MARGIN];
  double push = ll_columns_kernels_get()->impostors(row, n, &other, w->limits, w->counts, w->found, mu);
  for (size_t t = 0; t < w->found; t++) row[(size_t)w->neighbours[t]] += 1 - mu + mu * w->counts[t];
  return (1 - mu) * pull + mu * push;
}

static ll_status lmnn(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  const ll_matrix *targets = &call->inputs[2];
  bool given = targets->rows > 0;
  size_t n = call->inputs[0].rows, k = given ? targets->cols : (size_t)loss->params[K], usable = 0;
  if (k > n && !given) k = n;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_SHIFTED, 0, LL_PAIRING_SELF, n + 3 * k, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  work w = {.k = k, .labels = p.spare, .limits = p.spare + n, .counts = p.spare + n + k, .neighbours = p.spare + n + 2 * k};
  ll_pairing_labels(&call->inputs[1], w.labels);
  if (given) LL_TRY(check_targets(ctx, loss, targets, w.labels));
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(&p) {
    ll_pairing_squares(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r);
      row[at + r] = INFINITY; /* not its own neighbour */
      if (given) take_targets(&p, at + r, targets, &w);
      else find_targets(&p, at + r, row, &w);
      usable += w.found > 0;
      ll_sum_add(&total, pass(loss, at + r, row, n, &w));
    }
    ll_pairing_pull_squares(&p, at, rows);
  }
  if (!usable)
    return ll_fail(ctx, LL_ERR_EMPTY, "%s: none of the %zu rows has another of its class to be its target neighbour",
                   loss->desc->name, n);
  call->empty = loss->params[MU] >= 1 && is_one_class(w.labels, n); /* impostors alone count, and there can be none */
  call->value = ll_sum_value(&total);
  ll_pairing_close(&p, call, 1);
  return LL_OK;
}

const ll_loss_desc ll_loss_lmnn = {
    .name = "lmnn",
    .family = "pairs",
    .summary = "the k nearest of one's class near, rows of other classes beyond them by a margin: a metric for nearest neighbours",
    .formula = "(1 - mu) sum_i sum_{j in targets(i)} D_ij + mu sum_i sum_j sum_{l: y_l != y_i} [margin + D_ij - D_il]+, D = d^2; "
               "targets: row numbers (from 1) of each row's target neighbours, or else the k nearest of its class in this batch",
    .gradient = "the choice of target neighbours is held constant; 0 at the margin",
    .cost = "O(n^2 (d + k)) mostly as products, O(n (d + k)) memory",
    .source = "Weinberger and Saul 2009, eq. 13",
    .output = "identity",
    .params = {"lmnn", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .n_optional = 1,
    .rtol = 1e-6,
    .atol = 1e-7,
    .eval = lmnn,
};
