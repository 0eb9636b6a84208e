/* Losses of whole lists with graded relevance. Each column of scores is a list, so a batch's column of scores is one; the value is
 * the mean over lists. A list is brought together once (its elements stand a row apart) and its gradient spread again. */
#include "engine/loss/ranking/listwise.h"

#include <math.h>
#include <string.h>

#include "engine/base/sort.h"
#include "engine/matrix/kernels.h"

LL_ISA_DECLARE(ll_listwise_kernels, ll_listwise_kernels);
const ll_listwise_kernels *ll_listwise_kernels_get(void) { return LL_ISA_PICK(ll_listwise_kernels); }

static const ll_loss_input inputs[] = {{"scores", "n,q", LL_INPUT_MATRIX}, {"relevance", "n,q", LL_INPUT_RELEVANCE}};

/* One list, and room to work in. */
typedef struct list {
  size_t n;
  ll_real *scores, *relevance, *first, *second; /* n each; the last two: anything */
  double *grads, *numbers;                      /* n each; gradients of the list's own value */
  ll_record *order;                             /* by relevance downwards, ties in row order */
} list;

typedef ll_status list_form(ll_ctx *ctx, const ll_loss *loss, list *l, double *value);

static inline ll_status each_list(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, list_form *form, bool ordered) {
  const ll_matrix *scores = &call->inputs[0], *relevance = &call->inputs[1];
  size_t n = scores->rows, lists = scores->cols,
         records = ordered ? 2 * n * sizeof(ll_record) + LL_SORT_COUNTS * sizeof(uint32_t) : 0;
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "%s: lists of %zu rows: at most 2^32 - 1", loss->desc->name, n);
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, n * (2 * sizeof(double) + 4 * sizeof(ll_real)) + records, &scratch));
  list l = {.n = n, .grads = scratch, .numbers = (double *)scratch + n};
  ll_record *room = (ll_record *)(l.numbers + n);
  l.scores = (ll_real *)((char *)room + records), l.relevance = l.scores + n, l.first = l.relevance + n, l.second = l.first + n;
  call->value = 0;
  for (size_t c = 0; c < lists; c++) {
    for (size_t i = 0; i < n; i++) {
      ll_real grade = ll_matrix_row(relevance, i)[c];
      l.scores[i] = ll_matrix_row(scores, i)[c], l.relevance[i] = grade < 0 ? 0 : grade;
    }
    if (ordered) {
      for (size_t i = 0; i < n; i++) room[i] = ll_record_make(-l.relevance[i], i);
      l.order = ll_sort_records(room, room + n, n, (uint32_t *)(room + 2 * n));
    }
    double value;
    LL_TRY(form(ctx, loss, &l, &value));
    call->value += value / (double)lists;
    for (size_t i = 0; call->grads[0] && i < n; i++) ll_matrix_row(call->grads[0], i)[c] = (ll_real)(l.grads[i] / (double)lists);
  }
  return LL_OK;
}

/* out = x less its largest, then e to it; the sum of that. */
static double exponents(const ll_real *x, size_t n, ll_real *less, ll_real *out) {
  const ll_kernels *k = ll_kernels_get();
  ll_real top = x[0];
  for (size_t i = 1; i < n; i++) top = x[i] > top ? x[i] : top;
  for (size_t i = 0; i < n; i++) less[i] = x[i] - top;
  k->unary[LL_UNARY_exp](less, out, n);
  return k->sum(out, n);
}

static ll_status list_net_form(ll_ctx *ctx, const ll_loss *loss, list *l, double *value) {
  (void)ctx, (void)loss;
  double wanted = exponents(l->relevance, l->n, l->first, l->second), expected = 0;
  for (size_t i = 0; i < l->n; i++) l->numbers[i] = (double)l->second[i] / wanted;
  double total = exponents(l->scores, l->n, l->first, l->second);
  for (size_t i = 0; i < l->n; i++) {
    expected += l->numbers[i] * (double)l->first[i];
    l->grads[i] = (double)l->second[i] / total - l->numbers[i];
  }
  *value = log(total) - expected;
  return LL_OK;
}

/* L_i, the log of the sum of e^s from place i on, from the bottom up. A place costs L_i - s_i, and L_i - L_(i+1) is what it adds:
 * both follow from s_i - L_(i+1) without a difference of the L themselves, which would cost small ones their digits. Then, with
 * P_j = sum over i <= j of e^(L_j - L_i), the derivative at place j is e^(s_j - L_j) P_j - 1: no exponent is above 0. */
static ll_status list_mle_form(ll_ctx *ctx, const ll_loss *loss, list *l, double *value) {
  (void)ctx, (void)loss;
  double *rises = l->numbers, log_sum = -INFINITY, reach = 0;
  *value = 0;
  for (size_t i = l->n; i-- > 0;) {
    size_t row = ll_record_row(&l->order[i]);
    double s = (double)l->scores[row], more = s - log_sum, small = log1p(exp(-fabs(more)));
    double cost = more > 0 ? small : small - more;
    log_sum = more > 0 ? s + small : log_sum + small;
    rises[i] = more > 0 ? small + more : small;
    l->grads[row] = cost; /* until the way down */
    *value += cost;
  }
  for (size_t j = 0; j < l->n; j++) {
    double *grad = &l->grads[ll_record_row(&l->order[j])], own = -*grad;
    double before = j ? reach * exp(-rises[j - 1]) : 0;
    reach = before + 1;
    *grad = exp(own) * before + expm1(own);
  }
  return LL_OK;
}

static double gain_of(double grade) { return expm1(grade * 0.69314718055994530942); }

static ll_status approx_ndcg_form(ll_ctx *ctx, const ll_loss *loss, list *l, double *value) {
  const ll_listwise_kernels *k = ll_listwise_kernels_get();
  double best = 0, got = 0;
  for (size_t i = 0; i < l->n; i++) best += gain_of(-(double)ll_record_value(&l->order[i])) / log2((double)i + 2);
  memset(l->grads, 0, l->n * sizeof *l->grads);
  *value = 0;
  if (!(best > 0)) return LL_OK;
  if (isinf(best)) return ll_fail(ctx, LL_ERR_RANGE, "%s: relevance: the gain 2^grade - 1 overflows", loss->desc->name);
  for (size_t i = 0; i < l->n; i++) {
    double gain = gain_of((double)l->relevance[i]) / best;
    if (!(gain > 0)) continue;
    k->steps(l->scores, l->n, l->scores[i], (ll_real)loss->params[0], l->first, l->second);
    l->first[i] = l->second[i] = 0;
    double rank = 1 + ll_kernels_get()->sum(l->first, l->n), log_rank = log1p(rank);
    double slope = gain * 0.69314718055994530942 / ((1 + rank) * log_rank * log_rank);
    got += gain * 0.69314718055994530942 / log_rank;
    k->add(l->second, l->n, slope, l->grads);
    l->grads[i] -= slope * ll_kernels_get()->sum(l->second, l->n);
  }
  *value = 1 - got;
  return LL_OK;
}

static ll_status list_net(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return each_list(ctx, loss, call, list_net_form, false);
}
static ll_status list_mle(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return each_list(ctx, loss, call, list_mle_form, true);
}
static ll_status approx_ndcg(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return each_list(ctx, loss, call, approx_ndcg_form, true);
}

const ll_loss_desc ll_loss_list_net = {
    .name = "list_net",
    .family = "ranking",
    .summary = "ListNet: who is on top, as a distribution: cross entropy of the scores' softmax to the relevance's",
    .formula = "mean over lists (columns) of -sum_i p_i ln softmax(scores)_i, p = softmax(relevance)",
    .gradient = "",
    .cost = "O(n)",
    .source = "Cao et al. 2007, top one",
    .note = "allRank's listNet but for an epsilon in its logarithm. A softmax loss whose weights are the grades themselves, as TF-"
            "Ranking's SoftmaxLoss, is another loss",
    .output = "identity",
    .params = {"list_net", NULL, 0},
    .inputs = inputs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = list_net,
};

const ll_loss_desc ll_loss_list_mle = {
    .name = "list_mle",
    .family = "ranking",
    .summary = "ListMLE: the likelihood of the order by relevance, place by place (Plackett and Luce)",
    .formula =
        "mean over lists (columns) of sum_i ln(sum over j at or below place i of e^s_j) - s_i, places by relevance downwards",
    .gradient = "equal relevance stands in row order",
    .cost = "O(n log n)",
    .source = "Xia et al. 2008",
    .note = "TF-Ranking and allRank draw the order of equal relevance anew at each call, so that their value of ties is random",
    .output = "identity",
    .params = {"list_mle", NULL, 0},
    .inputs = inputs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = list_mle,
};

static const ll_param ndcg_params[] = {LL_NUMBER("alpha", 10, 1e-6, 1e6, "steepness of the step that stands in for a comparison")};

const ll_loss_desc ll_loss_approx_ndcg = {
    .name = "approx_ndcg",
    .family = "ranking",
    .summary = "one less a smooth NDCG: ranks are sums of sigmoids",
    .formula = "mean over lists (columns) of 1 - sum_i (2^relevance_i - 1) / log2(1 + rank_i) / its best, "
               "rank_i = 1 + sum over j != i of sigma(alpha (s_j - s_i))",
    .gradient = "a list without relevance has value and gradient 0",
    .cost = "O(relevant rows x n), O(n) memory",
    .source = "Qin, Liu and Li 2010",
    .note = "TF-Ranking's ApproxNDCGLoss (temperature = 1/alpha) and allRank's, whose alpha is 1 unless set, give the same less 1",
    .output = "identity",
    .params = {"approx_ndcg", ndcg_params, LL_ROWS(ndcg_params)},
    .inputs = inputs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = approx_ndcg,
};
