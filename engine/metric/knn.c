/* What the neighbours of embeddings say of their classes: the vote of k, and whether one of the class is among them. */
#include "engine/metric/ranking.h"

/* The class most of the k have; of several, that of the nearest row among them. */
static ll_real vote(const uint32_t *nearest, size_t k, const ll_matrix *labels) {
  size_t most = 0;
  ll_real winner = 0;
  for (size_t i = 0; i < k; i++) {
    ll_real label = ll_matrix_row(labels, nearest[i])[0];
    size_t votes = 0;
    for (size_t j = 0; j < k; j++) votes += ll_matrix_row(labels, nearest[j])[0] == label;
    if (votes > most) most = votes, winner = label;
  }
  return winner;
}

static double weight_of(const ll_matrix *weights, size_t i) { return weights ? (double)ll_matrix_row(weights, i)[0] : 1; }

static ll_status share(ll_ctx *ctx, const char *who, const ll_sum *hits, const ll_sum *total, size_t n, double *out) {
  if (!(ll_sum_value(total) > 0))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: the weights of all that count among the %zu rows are 0", who, n);
  *out = ll_sum_value(hits) / ll_sum_value(total);
  return LL_OK;
}

/* A network's row of zeros has no cosine; it is a row to be measured all the same. */
static ll_measure of_all(ll_measure measure) { return measure == LL_BY_COSINE ? LL_BY_DIRECTION : measure; }

static ll_status accuracy(ll_ctx *ctx, const ll_matrix *train, const ll_matrix *train_labels, const ll_matrix *test,
                          const ll_matrix *test_labels, const ll_matrix *weights, size_t k, ll_measure measure, double *out) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, test->rows, k * sizeof(uint32_t)));
  uint32_t *nearest = block;
  ll_sum hits = {0}, total = {0};
  ll_status status = ll_metric_neighbours(ctx, test, train, k, of_all(measure), NULL, nearest);
  for (size_t i = 0; status == LL_OK && i < test->rows; i++) {
    ll_sum_add(&total, weight_of(weights, i));
    if (vote(nearest + i * k, k, train_labels) == ll_matrix_row(test_labels, i)[0]) ll_sum_add(&hits, weight_of(weights, i));
  }
  if (status == LL_OK) status = share(ctx, "knn_accuracy", &hits, &total, test->rows, out);
  ll_free(ctx, block);
  return status;
}

/* Checked before memory for n × k neighbours is asked for. */
static ll_status check_k(ll_ctx *ctx, const char *who, double k, size_t most) {
  if (k >= 1 && k <= (double)most) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: k = %g, but a row has %zu other%s to be compared with", who, k, most,
                 most == 1 ? "" : "s");
}

ll_status ll_metric_knn_of(ll_ctx *ctx, const ll_matrix *train, const ll_matrix *train_labels, const ll_matrix *test,
                           const ll_matrix *test_labels, size_t k, ll_measure measure, double *out) {
  LL_TRY(ll_metric_check(ctx, "knn_accuracy, training rows", LL_NEEDS_EMBEDDINGS, train, train_labels, NULL));
  LL_TRY(ll_metric_check(ctx, "knn_accuracy, test rows", LL_NEEDS_EMBEDDINGS, test, test_labels, NULL));
  LL_TRY(check_k(ctx, "knn_accuracy", (double)k, train->rows));
  return accuracy(ctx, train, train_labels, test, test_labels, NULL, k, measure, out);
}

static ll_status knn_accuracy(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                              const double *params, double *out) {
  LL_TRY(check_k(ctx, "knn_accuracy", params[0], scores->rows - 1));
  return accuracy(ctx, NULL, labels, scores, labels, weights, (size_t)params[0], (ll_measure)params[1], out);
}

/* mate[i]: whether another row has row i's class. */
static ll_status has_mate(ll_ctx *ctx, const ll_matrix *labels, bool *mate) {
  size_t n = labels->rows;
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * (sizeof(ll_real) + sizeof(uint32_t))));
  ll_real *values = block;
  uint32_t *order = (uint32_t *)(values + n);
  for (size_t i = 0; i < n; i++) values[i] = ll_matrix_row(labels, i)[0];
  ll_status status = ll_argsort(ctx, values, n, order);
  for (size_t i = 0; status == LL_OK && i < n; i++) {
    ll_real own = values[order[i]];
    mate[order[i]] = (i > 0 && values[order[i - 1]] == own) || (i + 1 < n && values[order[i + 1]] == own);
  }
  ll_free(ctx, block);
  return status;
}

static ll_status recall_at_k(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                             const double *params, double *out) {
  ll_status status = LL_OK;
  size_t n = scores->rows, k = (size_t)params[0];
  ll_sum hits = {0}, usable = {0};
  bool any = false;
  void *block = NULL, *flags = NULL;
  LL_TRY(check_k(ctx, "recall_at_k", params[0], n - 1));
  LL_GOTO(cleanup, ll_calloc(ctx, &flags, n, sizeof(bool)));
  LL_GOTO(cleanup, ll_calloc(ctx, &block, n, k * sizeof(uint32_t)));
  const bool *mate = flags;
  const uint32_t *nearest = block;
  LL_GOTO(cleanup, has_mate(ctx, labels, flags));
  LL_GOTO(cleanup, ll_metric_neighbours(ctx, scores, NULL, k, of_all((ll_measure)params[1]), NULL, block));
  for (size_t i = 0; i < n; i++) {
    bool hit = false;
    for (size_t j = 0; j < k && mate[i] && !hit; j++)
      hit = ll_matrix_row(labels, nearest[i * k + j])[0] == ll_matrix_row(labels, i)[0];
    if (hit) ll_sum_add(&hits, weight_of(weights, i));
    if (mate[i]) any = true, ll_sum_add(&usable, weight_of(weights, i));
  }
  if (any) status = share(ctx, "recall_at_k", &hits, &usable, n, out);
  else status = ll_fail(ctx, LL_ERR_LABEL, "recall_at_k: no class has two of the %zu rows, so none can be found", n);
cleanup:
  ll_free(ctx, flags);
  ll_free(ctx, block);
  return status;
}

static const char *const measures[] = {"euclidean", "cosine", NULL};
static const ll_param knn_params[] = {
    LL_INTEGER("k", 5, 1, 1e6, "neighbours that vote"),
    LL_CHOICE("distance", LL_BY_EUCLIDEAN, measures, "by which rows are near; a zero row has cosine 0 with all others"),
};
static const ll_param recall_params[] = {
    LL_INTEGER("k", 1, 1, 1e6, "neighbours that are looked at"),
    LL_CHOICE("distance", LL_BY_EUCLIDEAN, measures, "by which rows are near; a zero row has cosine 0 with all others"),
};

extern const ll_metric_desc ll_metric_knn_accuracy, ll_metric_recall_at_k;
const ll_metric_desc ll_metric_knn_accuracy = {
    .name = "knn_accuracy",
    .summary = "the share of embeddings whose class most of their k nearest others have",
    .formula = "mean 1[y_i = majority of y over the k nearest rows but i]; equal distances by lower row, equal votes by the "
               "nearest; weights are of the rows asked about, the k votes count alike",
    .source = "Cover and Hart 1967, IEEE Trans. Inf. Theory 13:21",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_EMBEDDINGS,
    .params = {"knn_accuracy", knn_params, 2},
    .eval = knn_accuracy,
};
const ll_metric_desc ll_metric_recall_at_k = {
    .name = "recall_at_k",
    .summary = "the share of embeddings with one of their class among the k nearest others",
    .formula = "mean over rows whose class has another row of 1[one of the k nearest rows but i has y_i]; weights are of the rows "
               "asked about",
    .source = "Jegou, Douze and Schmid 2011, IEEE TPAMI 33:117; Oh Song et al. 2016, CVPR",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_EMBEDDINGS,
    .params = {"recall_at_k", recall_params, 2},
    .eval = recall_at_k,
};
