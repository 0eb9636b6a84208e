/* What the neighbours of embeddings say of their classes: the vote of k, and whether one of the class is among them; of rows at
 * equal distances in the mean over their orders. */
#include "engine/metric/neighbours.h"
#include "engine/metric/ranking.h"
#include "engine/metric/vote.h"

static double weight_of(const ll_matrix *weights, size_t i) { return weights ? (double)ll_matrix_row(weights, i)[0] : 1; }

static ll_status share(ll_ctx *ctx, const char *who, const ll_sum *hits, const ll_sum *total, size_t n, double *out) {
  if (!(ll_sum_value(total) > 0))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: the weights of all that count among the %zu rows are 0", who, n);
  *out = ll_sum_value(hits) / ll_sum_value(total);
  return LL_OK;
}

/* A network's row of zeros has no cosine; it is a row to be measured all the same. */
static ll_measure of_all(ll_measure measure) { return measure == LL_BY_COSINE ? LL_BY_DIRECTION : measure; }

/* A vote that cuts through many equal distances takes long, and where those are, many rows are equal: each slot holds the last one.
 */
enum { SLOTS = 1024 };
typedef struct slot {
  size_t asked, class; /* the row, counted from 1 */
  double chance;
} slot;

typedef struct tally {
  const ll_matrix *rows, *labels, *weights; /* of those asked about */
  ll_vote vote;
  ll_sum hits, total;
  slot slots[SLOTS];
} tally;

/* Equal rows of a class have the same neighbours, each itself left out or not. */
static double chance_of(tally *t, const ll_neighbours *near) {
  const ll_real *row = ll_matrix_row(t->rows, near->query);
  size_t class = ll_vote_class(&t->vote, ll_matrix_row(t->labels, near->query)[0]), size = t->rows->cols * sizeof *row;
  if (class == t->vote.classes) return 0;
  if (near->drawn == near->last_count) return ll_vote_for(&t->vote, near, class);
  uint32_t hash = 2166136261u ^ (uint32_t) class; /* FNV-1a */
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const unsigned char *)row)[i]) * 16777619u;
  slot *s = &t->slots[(hash ^ hash >> 16) % SLOTS];
  if (s->asked == 0 || s->class != class || memcmp(ll_matrix_row(t->rows, s->asked - 1), row, size) != 0)
    *s = (slot){near->query + 1, class, ll_vote_for(&t->vote, near, class)};
  return s->chance;
}

static void ask(void *state, const ll_neighbours *near) {
  tally *t = state;
  double weight = weight_of(t->weights, near->query);
  ll_sum_add(&t->total, weight);
  ll_sum_add(&t->hits, weight * chance_of(t, near));
}

static ll_status accuracy(ll_ctx *ctx, const ll_matrix *train, const ll_matrix *train_labels, const ll_matrix *test,
                          const ll_matrix *test_labels, const ll_matrix *weights, size_t k, ll_measure measure, double *out) {
  tally t = {.rows = test, .labels = test_labels, .weights = weights};
  LL_TRY(ll_vote_open(ctx, train_labels, k, &t.vote));
  ll_status status = ll_neighbours_each(ctx, test, train, k, of_all(measure), NULL, ask, &t);
  if (status == LL_OK) status = share(ctx, "knn_accuracy", &t.hits, &t.total, test->rows, out);
  ll_vote_close(ctx, &t.vote);
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

typedef struct found {
  const ll_matrix *labels, *weights;
  bool *mate;
  ll_sum hits, usable;
} found;

static size_t of_class(const found *f, const uint32_t *rows, size_t n, size_t query) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += ll_matrix_row(f->labels, rows[i])[0] == ll_matrix_row(f->labels, query)[0];
  return count;
}

static void look(void *state, const ll_neighbours *near) {
  found *f = state;
  if (!f->mate[near->query]) return;
  double weight = weight_of(f->weights, near->query), hit = 1;
  if (of_class(f, near->rows, near->count - near->drawn, near->query) == 0)
    hit = ll_neighbours_chance(near->last_count, of_class(f, near->last, near->last_count, near->query), near->drawn);
  ll_sum_add(&f->hits, weight * hit);
  ll_sum_add(&f->usable, weight);
}

static ll_status recall_at_k(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                             const double *params, double *out) {
  ll_status status = LL_OK;
  size_t n = scores->rows;
  found f = {.labels = labels, .weights = weights};
  void *flags = NULL;
  LL_TRY(check_k(ctx, "recall_at_k", params[0], n - 1));
  LL_TRY(ll_calloc(ctx, &flags, n, sizeof(bool)));
  f.mate = flags;
  LL_GOTO(cleanup, has_mate(ctx, labels, f.mate));
  LL_GOTO(cleanup, ll_neighbours_each(ctx, scores, NULL, (size_t)params[0], of_all((ll_measure)params[1]), NULL, look, &f));
  if (memchr(flags, true, n)) status = share(ctx, "recall_at_k", &f.hits, &f.usable, n, out);
  else status = ll_fail(ctx, LL_ERR_LABEL, "recall_at_k: no class has two of the %zu rows, so none can be found", n);
cleanup:
  ll_free(ctx, flags);
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
    .formula = "mean P(y_i = majority of y over the k nearest rows but i), rows at equal distances in random order; equal votes by "
               "the nearest; weights are of the rows asked about, the k votes count alike",
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
    .formula = "mean over rows whose class has another row of P(one of the k nearest rows but i has y_i), rows at equal distances "
               "in random order; weights are of the rows asked about",
    .source = "Jegou, Douze and Schmid 2011, IEEE TPAMI 33:117; Oh Song et al. 2016, CVPR",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_EMBEDDINGS,
    .params = {"recall_at_k", recall_params, 2},
    .eval = recall_at_k,
};
