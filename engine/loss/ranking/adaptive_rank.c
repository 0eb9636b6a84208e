/* The adaptive rank loss: the batch's targets against the history's decoys, its decoys against the history's targets. The sums
 * over the history come from engine/loss/ranking/history.h: a search and constant work a row, whatever the history's length. */
#include <math.h>

#include "engine/loss/loss.h"
#include "engine/loss/ranking/history.h"

enum { MARGIN, MARGIN_LR, SENSITIVITY, REFERENCE, QUANTILE, PENALTY, DELTA, ALPHA_GRADIENT, HISTORY, HISTORY_INIT, PARAMS };
enum { DECOYS, TARGETS, SIDES }; /* the sides of the history; targets are kept negated */

typedef struct adaptive_rank {
  double margin, margin_grad;
  double reference;            /* r, from the history's decoys */
  ll_history_side now[SIDES];  /* the history */
  ll_history_side next[SIDES]; /* collected since the last end of an epoch, in the order of training */
} adaptive_rank;

static const char *const references[] = {"max", "quantile", NULL};
static const char *const penalties[] = {"square", "huber", NULL};
static const char *const alpha_gradients[] = {"stop", "full", NULL};
static const char *const histories[] = {"training", "fresh", NULL};
static const char *const inits[] = {"forward", "uniform", NULL};
static const ll_param params[PARAMS] = {
    [MARGIN] = LL_NUMBER("margin", 0.1, 0, INFINITY, "xi at the start: by how much a target should exceed a decoy"),
    [MARGIN_LR] = LL_NUMBER("margin_lr", 0, 0, INFINITY, "step of xi along its own gradient after each batch; 0 keeps it"),
    [SENSITIVITY] = LL_NUMBER("sensitivity", 1, 0, INFINITY, "kappa: how fast a target above the reference loses weight"),
    [REFERENCE] =
        LL_CHOICE("reference", 0, references, "where that begins: the highest decoy of the history, or a quantile of them"),
    [QUANTILE] = LL_NUMBER("quantile", 0.95, 0, 1, "of reference = \"quantile\""),
    [PENALTY] = LL_CHOICE("penalty", 0, penalties, "h: square, or linear beyond delta"),
    [DELTA] = LL_POSITIVE("delta", 0.1, "of penalty = \"huber\": where the parabola becomes a line"),
    [ALPHA_GRADIENT] = LL_CHOICE("alpha_gradient", 0, alpha_gradients,
                                 "stop: alpha is a constant to the gradient; full: it is differentiated too"),
    [HISTORY] = LL_CHOICE("history", 0, histories,
                          "training: scores as they were trained; fresh: recomputed by the trainer at the end of the epoch"),
    [HISTORY_INIT] =
        LL_CHOICE("history_init", 0, inits, "before the first epoch: the untrained network's scores, or uniform on [0, 0.5)"),
};

/* ---- evaluation -------------------------------------------------------------------------------------------------------- */

enum { CHUNK = 256 };

/* Rows that ask one side of the history, and its answers. */
typedef struct queries {
  size_t n;
  uint32_t row[CHUNK], places[CHUNK];
  double q[CHUNK], values[CHUNK], slopes[CHUNK]; /* the sums of h and h' */
} queries;

static void answer(const ll_history_side *side, queries *a, double margin, double huber_delta) {
  const ll_history_kernels *kernels = ll_history_kernels_get();
  kernels->locate(side, a->q, a->n, margin, a->places);
  if (huber_delta <= 0) {
    kernels->square(side, a->q, a->n, margin, a->places, a->values, a->slopes);
    return;
  }
  uint32_t ends[CHUNK];
  kernels->locate(side, a->q, a->n, margin - huber_delta, ends);
  kernels->huber(side, a->q, a->n, margin, huber_delta, a->places, ends, a->values, a->slopes);
}

/* What the rows of one side add to value and gradients; share = 1 / pairs. */
typedef struct totals {
  double value, margin_grad;
} totals;

static totals add_targets(const ll_loss *loss, const queries *a, double reference, double share, ll_real *grads) {
  double kappa = loss->params[SENSITIVITY];
  bool full = loss->params[ALPHA_GRADIENT] > 0;
  totals t = {0, 0};
  for (size_t i = 0; i < a->n; i++) {
    double over = a->q[i] - reference, alpha = over > 0 ? exp(-kappa * over) : 1;
    double slope = alpha * a->slopes[i];
    t.value += alpha * a->values[i];
    t.margin_grad += slope;
    if (full && over > 0) slope += kappa * alpha * a->values[i];
    if (grads) grads[a->row[i]] = (ll_real)(-slope * share);
  }
  return t;
}

static totals add_decoys(const queries *a, double share, ll_real *grads) {
  totals t = {0, 0};
  for (size_t i = 0; i < a->n; i++) {
    t.value += a->values[i];
    t.margin_grad += a->slopes[i];
    if (grads) grads[a->row[i]] = (ll_real)(a->slopes[i] * share);
  }
  return t;
}

static double one_over_pairs(size_t rows, size_t history) { return rows && history ? 1 / ((double)rows * (double)history) : 0; }

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  adaptive_rank *state = loss->state;
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  ll_real *grads = call->grads[0] ? call->grads[0]->data : NULL;
  size_t n = call->inputs[0].rows, targets = ll_label_kernels_get()->targets(labels, n);
  double target_share = one_over_pairs(targets, state->now[DECOYS].count);
  double decoy_share = one_over_pairs(n - targets, state->now[TARGETS].count);
  double delta = loss->params[PENALTY] > 0 ? loss->params[DELTA] : 0;
  totals sum_targets = {0, 0}, sum_decoys = {0, 0};
  for (size_t at = 0; at < n; at += CHUNK) {
    size_t end = n - at < CHUNK ? n : at + CHUNK;
    queries ask[SIDES]; /* by the side that is asked: targets ask the decoys */
    ask[DECOYS].n = ask[TARGETS].n = 0;
    for (size_t i = at; i < end; i++) {
      bool target = ll_is_target(labels[i]);
      queries *a = &ask[target ? DECOYS : TARGETS];
      a->q[a->n] = target ? (double)scores[i] : -(double)scores[i];
      a->row[a->n++] = (uint32_t)i;
      if (grads) grads[i] = 0;
    }
    totals t;
    if (target_share > 0) {
      answer(&state->now[DECOYS], &ask[DECOYS], state->margin, delta);
      t = add_targets(loss, &ask[DECOYS], state->reference, target_share, grads);
      sum_targets.value += t.value, sum_targets.margin_grad += t.margin_grad;
    }
    if (decoy_share > 0) {
      answer(&state->now[TARGETS], &ask[TARGETS], state->margin, delta);
      t = add_decoys(&ask[TARGETS], decoy_share, grads);
      sum_decoys.value += t.value, sum_decoys.margin_grad += t.margin_grad;
    }
  }
  call->value = sum_targets.value * target_share + sum_decoys.value * decoy_share;
  call->own_grad = state->margin_grad = sum_targets.margin_grad * target_share + sum_decoys.margin_grad * decoy_share;
  return LL_OK;
}

/* ---- history and margin ---------------------------------------------------------------------------------------------------- */

static double reference_of(const ll_loss *loss, const ll_history_side *decoys) {
  if (decoys->count == 0) return INFINITY; /* alpha = 1 */
  size_t last = decoys->count - 1;
  if (loss->params[REFERENCE] < 1) return (double)decoys->values[last];
  double place = loss->params[QUANTILE] * (double)last, below = floor(place);
  size_t i = (size_t)below;
  double low = (double)decoys->values[i], high = (double)decoys->values[i < last ? i + 1 : last];
  return low + (place - below) * (high - low);
}

/* The collected rows become the history, whose buffers collect the next. */
static ll_status turn_over(ll_ctx *ctx, ll_loss *loss) {
  adaptive_rank *state = loss->state;
  for (int side = 0; side < SIDES; side++) LL_TRY(ll_history_side_build(ctx, &state->next[side]));
  for (int side = 0; side < SIDES; side++) {
    ll_history_side swap = state->now[side];
    state->now[side] = state->next[side];
    state->next[side] = swap;
    state->next[side].count = 0;
  }
  state->reference = reference_of(loss, &state->now[DECOYS]);
  return LL_OK;
}

static ll_status collect(ll_ctx *ctx, adaptive_rank *state, const ll_matrix *scores, const ll_matrix *labels) {
  ll_history_side *next = state->next;
  for (int side = 0; side < SIDES; side++) LL_TRY(ll_history_side_reserve(ctx, &next[side], next[side].count + scores->rows));
  /* Written to both sides and counted on one: labels come in no order that a branch could foresee. */
  ll_real *decoys = next[DECOYS].values, *targets = next[TARGETS].values;
  size_t n_decoys = next[DECOYS].count, n_targets = next[TARGETS].count;
  for (size_t i = 0; i < scores->rows; i++) {
    ll_real s = *ll_matrix_row(scores, i);
    bool target = ll_is_target(*ll_matrix_row(labels, i));
    decoys[n_decoys] = s, targets[n_targets] = -s;
    n_decoys += !target, n_targets += target;
  }
  next[DECOYS].count = n_decoys, next[TARGETS].count = n_targets;
  return LL_OK;
}

static ll_status trained(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, double scale, double own_grad) {
  adaptive_rank *state = loss->state;
  if (loss->params[HISTORY] < 1) LL_TRY(collect(ctx, state, &inputs[0], &inputs[1]));
  if (loss->params[MARGIN_LR] > 0) state->margin = fmax(0, state->margin - loss->params[MARGIN_LR] * scale * own_grad);
  return LL_OK;
}

/* An epoch in which nothing was collected leaves the history as it is. */
static ll_status end_epoch(ll_ctx *ctx, ll_loss *loss) {
  const adaptive_rank *state = loss->state;
  return state->next[DECOYS].count + state->next[TARGETS].count ? turn_over(ctx, loss) : LL_OK;
}

static ll_status open(ll_ctx *ctx, ll_loss *loss) {
  LL_TRY(ll_calloc(ctx, &loss->state, 1, sizeof(adaptive_rank)));
  adaptive_rank *state = loss->state;
  state->margin = loss->params[MARGIN];
  state->reference = INFINITY;
  return LL_OK;
}

static void close(ll_ctx *ctx, ll_loss *loss) {
  adaptive_rank *state = loss->state;
  for (int side = 0; side < SIDES; side++) {
    ll_history_side_free(ctx, &state->now[side]);
    ll_history_side_free(ctx, &state->next[side]);
  }
  ll_free(ctx, state);
}

/* ---- the row, and what only this loss can be asked ------------------------------------------------------------------------- */

const ll_loss_desc ll_loss_adaptive_rank = {
    .name = "adaptive_rank",
    .family = "ranking",
    .summary = "targets against all decoys of the previous epoch and the reverse, with a margin that may be learnt",
    .formula =
        "1/(|T||D'|) sum_{i in T, j in D'} alpha_i h(s'_j - s_i + xi) + 1/(|D||T'|) sum_{i in D, j in T'} h(s_i - s'_j + xi), "
        "alpha_i = exp(-sensitivity [s_i - r]+), h(x) = [x]+^2 or huber; ' = the previous epoch; an empty side makes its term 0",
    .gradient = "alpha is held constant (alpha_gradient = \"full\": differentiated); 0 at the margin and at s_i = r",
    .cost = "O(n log m), m rows of history; O(m) an epoch",
    .source = "this project's own: 000 sections 2-5",
    .output = "sigmoid",
    .params = {"adaptive_rank", params, PARAMS},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .check = "alpha_gradient=full",
    .eval = eval,
    .open = open,
    .close = close,
    .trained = trained,
    .end_epoch = end_epoch,
};

static ll_status is_adaptive_rank(ll_ctx *ctx, const ll_loss *loss) {
  if (loss->desc == &ll_loss_adaptive_rank) return LL_OK;
  return ll_fail(ctx, LL_ERR_ARGUMENT, "%s has no history and no margin to learn: only adaptive_rank has", loss->desc->name);
}

/* The state, with nothing collected. */
static ll_status start_over(ll_ctx *ctx, ll_loss *loss, adaptive_rank **out) {
  LL_TRY(is_adaptive_rank(ctx, loss));
  if (!loss->state) LL_TRY(ll_loss_start(ctx, loss));
  *out = loss->state;
  for (int side = 0; side < SIDES; side++) (*out)->next[side].count = 0;
  return LL_OK;
}

ll_status ll_adaptive_rank_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *scores, const ll_matrix *labels) {
  static const ll_loss_input rows[] = {{"prev_scores", "n,1", LL_INPUT_MATRIX}, {"prev_labels", "n,1", LL_INPUT_BINARY}};
  adaptive_rank *state;
  LL_TRY(start_over(ctx, loss, &state));
  if (scores->rows || labels->rows) LL_TRY(ll_loss_check(ctx, "adaptive_rank", rows, 2, (const ll_matrix[]){*scores, *labels}));
  LL_TRY(collect(ctx, state, scores, labels));
  return turn_over(ctx, loss);
}

ll_status ll_adaptive_rank_history_uniform(ll_ctx *ctx, ll_loss *loss, size_t targets, size_t decoys, ll_random *stream) {
  adaptive_rank *state;
  LL_TRY(start_over(ctx, loss, &state));
  const size_t counts[SIDES] = {[DECOYS] = decoys, [TARGETS] = targets};
  for (int side = 0; side < SIDES; side++) LL_TRY(ll_history_side_reserve(ctx, &state->next[side], counts[side]));
  for (int side = 0; side < SIDES; side++) {
    double sign = side == TARGETS ? -0.5 : 0.5;
    for (size_t i = 0; i < counts[side]; i++) state->next[side].values[i] = (ll_real)(sign * ll_random_uniform(stream));
    state->next[side].count = counts[side];
  }
  return turn_over(ctx, loss);
}

ll_status ll_adaptive_rank_state(ll_ctx *ctx, const ll_loss *loss, double *margin, double *margin_grad, size_t *history) {
  LL_TRY(is_adaptive_rank(ctx, loss));
  const adaptive_rank *state = loss->state;
  if (margin) *margin = state ? state->margin : loss->params[MARGIN];
  if (margin_grad) *margin_grad = state ? state->margin_grad : 0;
  if (history) *history = state ? state->now[DECOYS].count + state->now[TARGETS].count : 0;
  return LL_OK;
}

ll_status ll_adaptive_rank_set_margin(ll_ctx *ctx, ll_loss *loss, double margin) {
  LL_TRY(is_adaptive_rank(ctx, loss));
  if (!(margin >= 0 && isfinite(margin))) return ll_fail(ctx, LL_ERR_RANGE, "adaptive_rank: margin must be >= 0, not %g", margin);
  if (!loss->state) LL_TRY(ll_loss_start(ctx, loss));
  ((adaptive_rank *)loss->state)->margin = margin;
  return LL_OK;
}
