/* One against all the others of a batch, by the softmax of similarities: nt_xent, supervised_contrastive, n_pairs. A block of rows
 * becomes the softmax in place, which is the gradient but for the positives' share. */
#include <math.h>
#include <string.h>

#include "engine/loss/embedding/pairing.h"

static ll_column_choice everything(const double *zeros) {
  return (ll_column_choice){.labels = zeros, .same = true, .low = -INFINITY, .high = INFINITY};
}

/* Row i of cosines, each divided by the temperature: ln sum_{j != i} e^v_j - mean_{p} v_p. It becomes the derivative by v. A row
 * without a positive gives 0 and no gradient; usable counts the others. shares: n. */
static double against_all(double *row, size_t n, size_t i, const double *labels, const double *zeros, double temperature,
                          double *shares, size_t *usable) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  const ll_column_choice all = everything(zeros);
  const ll_column_choice own = {.labels = labels, .label = labels[i], .same = true, .low = -INFINITY, .high = INFINITY};
  row[i] = INFINITY; /* not one of the others */
  double sum;
  size_t positives = k->tally(row, n, &own, &sum);
  if (!positives) {
    memset(row, 0, n * sizeof *row);
    return 0;
  }
  ++*usable;
  double value =
      ll_pairing_log_sum(row, n, &all, 1 / temperature, 0, false, false, shares) - sum / (temperature * (double)positives);
  k->shift(row, n, &own, -1 / (double)positives, shares);
  memcpy(row, shares, n * sizeof *row);
  return value;
}

/* labels and zeros stand in the spare memory, then room for one row. */
static ll_status contrast(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_pairing *p) {
  size_t n = p->from->n, usable = 0;
  double *labels = p->spare, *zeros = labels + n, *shares = zeros + n, temperature = loss->params[0];
  memset(zeros, 0, n * sizeof *zeros);
  ll_sum total = {0};
  LL_EACH_BLOCK(p) {
    ll_pairing_products(p, at, rows);
    for (size_t r = 0; r < rows; r++)
      ll_sum_add(&total, against_all(ll_pairing_row(p, r), n, at + r, labels, zeros, temperature, shares, &usable));
    ll_pairing_pull_products(p, at, rows);
  }
  if (!usable)
    return ll_fail(ctx, LL_ERR_LABEL, "%s: none of the %zu rows is an anchor: one needs another row of its class", loss->desc->name,
                   n);
  call->value = ll_sum_value(&total) / (double)usable;
  ll_pairing_close(p, call, 1 / ((double)usable * temperature));
  return LL_OK;
}

static ll_status supervised_contrastive(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_CLOUD_UNIT, 0, LL_PAIRING_SELF, 3 * call->inputs[0].rows, &p));
  ll_pairing_labels(&call->inputs[1], p.spare);
  return contrast(ctx, loss, call, &p);
}

static ll_status nt_xent(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[0].rows;
  if (n < 2)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: one pair of views has none to differ from: at least 2 rows expected", loss->desc->name);
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_CLOUD_UNIT, 0, LL_PAIRING_STACK, 6 * n, &p));
  for (size_t i = 0; i < n; i++) p.spare[i] = p.spare[n + i] = (double)i; /* two views of one thing are its class */
  return contrast(ctx, loss, call, &p);
}

#define TEMPERATURE(value_)                                                                                                        \
  {                                                                                                                                \
    .name = "temperature", .kind = LL_PARAM_NUMBER, .value = value_, .low = 0, .low_open = true, .high = INFINITY,                 \
    .doc = "divides the cosines: small, and only the nearest count"                                                                \
  }
static const ll_param supcon_params[] = {TEMPERATURE(0.1)};
static const ll_param nt_xent_params[] = {TEMPERATURE(0.5)};
static const ll_loss_input views[] = {{"a", "n,d", LL_INPUT_MATRIX}, {"b", "n,d", LL_INPUT_MATRIX}};
static const ll_loss_input pairs[] = {{"anchor", "n,d", LL_INPUT_MATRIX}, {"positive", "n,d", LL_INPUT_MATRIX}};

const ll_loss_desc ll_loss_nt_xent = {
    .name = "nt_xent",
    .family = "embedding",
    .summary = "two views of each thing find each other among all views of the batch (SimCLR); no labels needed",
    .formula =
        "mean over the 2n rows i of -ln(e^(s_ij/T) / sum_{k != i} e^(s_ik/T)), j = the other view of i, s = cosine, T = temperature",
    .gradient = "through the norms; a zero row is an error",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Chen, Kornblith, Norouzi and Hinton 2020, eq. 1",
    .note = "pytorch-metric-learning's NTXentLoss keeps a row's other positives out of the denominator, which for two views is the "
            "same",
    .output = "identity",
    .params = {"nt_xent", nt_xent_params, LL_ROWS(nt_xent_params)},
    .inputs = views,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = nt_xent,
};

const ll_loss_desc ll_loss_supervised_contrastive = {
    .name = "supervised_contrastive",
    .family = "embedding",
    .summary = "nt_xent with labels (SupCon): every row of the class is a positive",
    .formula = "mean over rows i with positives P(i) of -1/|P(i)| sum_{p in P(i)} ln(e^(s_ip/T) / sum_{k != i} e^(s_ik/T)), s = "
               "cosine, T = temperature",
    .gradient = "through the norms; a zero row is an error",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Khosla et al. 2020, eq. 2 (L_out, its mean over anchors)",
    .note = "the authors' code multiplies by temperature / 0.07 (SupContrast, issue 1) and gives NaN for a row without a positive "
            "(issue 141)",
    .output = "identity",
    .params = {"supervised_contrastive", supcon_params, LL_ROWS(supcon_params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = supervised_contrastive,
};

/* ---- n_pairs: products as they are, not cosines ---------------------------------------------------------------------------- */

static const ll_param n_pairs_params[] = {
    {.name = "l2", .kind = LL_PARAM_NUMBER, .value = 0, .low = 0, .high = INFINITY, .doc = "weight of the mean of ‖a‖^2 + ‖p‖^2"}};

/* Adds l2 × the squared norms of a cloud; the gradient likewise, both before the mean. */
static double add_norms(const ll_pairing *p, ll_cloud *cloud, double l2) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  size_t count = cloud->n * cloud->d;
  if (p->want) k->add_scaled(2 * l2, cloud->rows, cloud->grads, count);
  return l2 * k->dot(cloud->rows, cloud->rows, count);
}

static ll_status n_pairs(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[0].rows;
  if (n < 2) return ll_fail(ctx, LL_ERR_SHAPE, "%s: one pair has none to differ from: at least 2 rows expected", loss->desc->name);
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_CLOUD_PLAIN, 0, 1, 2 * n, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  double *zeros = p.spare, *shares = zeros + n;
  memset(zeros, 0, n * sizeof *zeros);
  const ll_column_choice all = everything(zeros);
  ll_sum total = {0};
  LL_EACH_BLOCK(&p) {
    ll_pairing_products(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r);
      double own = row[at + r];
      ll_sum_add(&total, ll_pairing_log_sum(row, n, &all, 1, 0, false, false, shares) - own);
      memcpy(row, shares, n * sizeof *row);
      row[at + r] -= 1;
    }
    ll_pairing_pull_products(&p, at, rows);
  }
  if (loss->params[0] > 0)
    for (int c = 0; c < 2; c++) ll_sum_add(&total, add_norms(&p, &p.clouds[c], loss->params[0]));
  call->value = ll_sum_value(&total) / (double)n;
  ll_pairing_close(&p, call, 1 / (double)n);
  return LL_OK;
}

const ll_loss_desc ll_loss_n_pairs = {
    .name = "n_pairs",
    .family = "embedding",
    .summary =
        "each anchor nearer to its positive than to the positives of all other pairs, by products; each pair of its own class",
    .formula = "mean_i ln(1 + sum_{j != i} e^(a_i.p_j - a_i.p_i)) + l2 mean_i(‖a_i‖^2 + ‖p_i‖^2)",
    .gradient = "",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Sohn 2016, eq. 7",
    .note = "TensorFlow's npairs_loss has reg_lambda / 4 in l2's place, and shares the softmax among pairs of one class",
    .output = "identity",
    .params = {"n_pairs", n_pairs_params, LL_ROWS(n_pairs_params)},
    .inputs = pairs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = n_pairs,
};
