/* The adaptive rank loss: the batch's targets against the history's decoys, its decoys against the history's targets. The sums
 * over the history come from engine/loss/ranking/history.h: a search and constant work a row, whatever the history's length. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/base/snapshot.h"
#include "engine/loss/loss.h"
#include "engine/loss/ranking/history.h"

enum { MARGIN, MARGIN_LR, SENSITIVITY, REFERENCE, QUANTILE, PENALTY, DELTA, ALPHA_GRADIENT, HISTORY, HISTORY_INIT, PARAMS };
enum { XI };                     /* what is learnt */
enum { DECOYS, TARGETS, SIDES }; /* the sides of the history; targets are kept negated */
enum { OVERDUE = 10 };           /* an epoch with so many times the rows of the history has no end, it seems */

typedef struct adaptive_rank {
  double reference;            /* r, from the history's decoys */
  ll_history_side now[SIDES];  /* the history */
  ll_history_side next[SIDES]; /* collected since the last end of an epoch, in the order of training */
  size_t trained;              /* rows since the history was made */
} adaptive_rank;

static const char *const references[] = {"max", "quantile", NULL};
static const char *const penalties[] = {"square", "huber", NULL};
static const char *const alpha_gradients[] = {"stop", "full", NULL};
static const char *const histories[] = {"training", "fresh", NULL};
static const char *const inits[] = {"forward", "uniform", NULL};
static const ll_param params[PARAMS] = {
    [MARGIN] = LL_NUMBER("margin", 0.1, 0, INFINITY, "xi at the start: by how much a target should exceed a decoy"),
    [MARGIN_LR] = LL_NUMBER("margin_lr", 0, 0, INFINITY,
                            "learning rate of xi: it moves against its own gradient after each batch; 0 keeps it"),
    [SENSITIVITY] = LL_NUMBER("sensitivity", 1, 0, INFINITY, "kappa: how fast a target above the reference loses weight"),
    [REFERENCE] =
        LL_CHOICE("reference", 0, references, "the reference r: the highest score of the history's decoys, or a quantile of them"),
    [QUANTILE] = LL_NUMBER("quantile", 0.95, 0, 1, "for reference = \"quantile\": which one"),
    [PENALTY] = LL_CHOICE("penalty", 0, penalties, "h: square, or linear beyond delta"),
    [DELTA] = LL_POSITIVE("delta", 0.1, "for penalty = \"huber\": where the parabola becomes a line"),
    [ALPHA_GRADIENT] = LL_CHOICE("alpha_gradient", 0, alpha_gradients,
                                 "stop: the gradient takes alpha as a constant; full: alpha is differentiated too"),
    [HISTORY] = LL_CHOICE("history", 0, histories,
                          "training: the scores that training saw; fresh: recomputed by the trainer at the end of the epoch"),
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
    double over = a->q[i] - reference, alpha = over > 0 ? ll_exp(-kappa * over) : 1;
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
  adaptive_rank *state = ll_loss_state(loss);
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  ll_real *grads = call->grads[0] ? call->grads[0]->data : NULL;
  size_t n = call->inputs[0].rows, targets = ll_label_kernels_get()->targets(labels, n);
  double target_share = one_over_pairs(targets, state->now[DECOYS].count);
  double decoy_share = one_over_pairs(n - targets, state->now[TARGETS].count);
  call->empty = !(target_share > 0 || decoy_share > 0);
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
      answer(&state->now[DECOYS], &ask[DECOYS], loss->learnt[XI], delta);
      t = add_targets(loss, &ask[DECOYS], state->reference, target_share, grads);
      sum_targets.value += t.value, sum_targets.margin_grad += t.margin_grad;
    }
    if (decoy_share > 0) {
      answer(&state->now[TARGETS], &ask[TARGETS], loss->learnt[XI], delta);
      t = add_decoys(&ask[TARGETS], decoy_share, grads);
      sum_decoys.value += t.value, sum_decoys.margin_grad += t.margin_grad;
    }
  }
  call->value = sum_targets.value * target_share + sum_decoys.value * decoy_share;
  call->learnt_grads[XI] = sum_targets.margin_grad * target_share + sum_decoys.margin_grad * decoy_share;
  return LL_OK;
}

/* ---- history ---------------------------------------------------------------------------------------------------- */

static double reference_of(const ll_loss *loss, const ll_history_side *decoys) {
  if (decoys->count == 0) return INFINITY; /* alpha = 1 */
  size_t last = decoys->count - 1;
  if (loss->params[REFERENCE] < 1) return (double)decoys->values[last];
  double place = loss->params[QUANTILE] * (double)last, below = floor(place);
  size_t i = (size_t)below;
  double low = (double)decoys->values[i], high = (double)decoys->values[i < last ? i + 1 : last];
  return low + (place - below) * (high - low);
}

/* The collected rows become the history; the buffers of the old one collect the next rows. */
static ll_status turn_over(ll_ctx *ctx, ll_loss *loss) {
  adaptive_rank *state = ll_loss_state(loss);
  for (int side = 0; side < SIDES; side++) LL_TRY(ll_history_side_build(ctx, &state->next[side]));
  for (int side = 0; side < SIDES; side++) {
    ll_history_side swap = state->now[side];
    state->now[side] = state->next[side];
    state->next[side] = swap;
    state->next[side].count = 0;
  }
  state->reference = reference_of(loss, &state->now[DECOYS]);
  state->trained = 0;
  return LL_OK;
}

static ll_status collect(ll_ctx *ctx, adaptive_rank *state, const ll_matrix *scores, const ll_matrix *labels) {
  ll_history_side *next = state->next;
  for (int side = 0; side < SIDES; side++) LL_TRY(ll_history_side_reserve(ctx, &next[side], next[side].count + scores->rows));
  /* Each score is written to both sides and counted on one: a branch on labels in random order would often be mispredicted. */
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

static size_t history_rows(const ll_loss *loss) {
  const adaptive_rank *state = ll_loss_state(loss);
  return state->now[DECOYS].count + state->now[TARGETS].count;
}

static bool wants_history(const ll_loss *loss) { return loss->params[HISTORY] > 0; }

static ll_status trained(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs) {
  adaptive_rank *state = ll_loss_state(loss);
  size_t rows = history_rows(loss);
  state->trained += inputs[0].rows;
  if (rows && state->trained / OVERDUE >= rows)
    ll_loss_note(loss, LL_REMARK_OVERDUE, "adaptive_rank: %zu rows were trained since its history of %zu was made", state->trained,
                 rows);
  return wants_history(loss) ? LL_OK : collect(ctx, state, &inputs[0], &inputs[1]);
}

/* An epoch in which nothing was collected leaves the history as it is; a fresh one is given, and until then there is none. */
static ll_status end_epoch(ll_ctx *ctx, ll_loss *loss) {
  const adaptive_rank *state = ll_loss_state(loss);
  bool collected = state->next[DECOYS].count + state->next[TARGETS].count > 0;
  return collected || wants_history(loss) ? turn_over(ctx, loss) : LL_OK;
}

static ll_status open(ll_ctx *ctx, ll_loss *loss) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(adaptive_rank)));
  ((adaptive_rank *)block)->reference = INFINITY;
  ll_loss_set_state(loss, block);
  return LL_OK;
}

static void free_state(ll_ctx *ctx, adaptive_rank *state) {
  for (int side = 0; side < SIDES; side++) {
    ll_history_side_free(ctx, &state->now[side]);
    ll_history_side_free(ctx, &state->next[side]);
  }
  ll_free(ctx, state);
}

static void close(ll_ctx *ctx, ll_loss *loss) { free_state(ctx, ll_loss_state(loss)); }

/* What training collected is dropped: another history takes its place. */
static void drop_collected(adaptive_rank *state) {
  for (int side = 0; side < SIDES; side++) state->next[side].count = 0;
}

static ll_status history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs) {
  static const ll_input rows[] = {{"prev_scores", "n,1", LL_INPUT_MATRIX}, {"prev_labels", "n,1", LL_INPUT_BINARY}};
  drop_collected(ll_loss_state(loss));
  if (inputs[0].rows || inputs[1].rows) LL_TRY(ll_inputs_check(ctx, "adaptive_rank", rows, 2, 0, inputs));
  LL_TRY(collect(ctx, ll_loss_state(loss), &inputs[0], &inputs[1]));
  return turn_over(ctx, loss);
}

/* history_init = "uniform": as many scores of each class as there are, drawn from [0, 0.5). */
static ll_status first_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, ll_random *stream) {
  if (loss->params[HISTORY_INIT] < 1) return history(ctx, loss, inputs);
  adaptive_rank *state = ll_loss_state(loss);
  LL_TRY(ll_inputs_check(ctx, "adaptive_rank", &ll_loss_scores_labels[1], 1, 0, &inputs[1]));
  size_t counts[SIDES] = {0};
  for (size_t i = 0; i < inputs[1].rows; i++) counts[ll_is_target(*ll_matrix_row(&inputs[1], i)) ? TARGETS : DECOYS]++;
  drop_collected(state);
  for (int side = 0; side < SIDES; side++) LL_TRY(ll_history_side_reserve(ctx, &state->next[side], counts[side]));
  for (int side = 0; side < SIDES; side++) {
    double sign = side == TARGETS ? -0.5 : 0.5;
    for (size_t i = 0; i < counts[side]; i++) state->next[side].values[i] = (ll_real)(sign * ll_random_uniform(stream));
    state->next[side].count = counts[side];
  }
  return turn_over(ctx, loss);
}

/* ---- its state as bytes: the values of both sides of both histories; index and reference follow from them ------------------- */

static ll_status save(ll_ctx *ctx, const ll_loss *loss, ll_snapshot *to) {
  const adaptive_rank *state = ll_loss_state(loss);
  for (int side = 0; side < 2 * SIDES; side++) {
    const ll_history_side *values = side < SIDES ? &state->now[side] : &state->next[side - SIDES];
    LL_TRY(ll_snapshot_put_count(ctx, to, values->count));
    LL_TRY(ll_snapshot_put(ctx, to, values->values, values->count * sizeof(ll_real)));
  }
  return LL_OK;
}

static ll_status take_side(ll_ctx *ctx, ll_snapshot_reader *from, ll_history_side *side, bool sorted) {
  size_t count, bytes;
  LL_TRY(ll_snapshot_take_count(ctx, from, &count));
  if (__builtin_mul_overflow(count, sizeof(ll_real), &bytes)) bytes = SIZE_MAX;
  ll_snapshot_reader ahead = *from; /* that they are there is seen before memory is asked for */
  LL_TRY(ll_snapshot_take(ctx, &ahead, NULL, bytes));
  LL_TRY(ll_history_side_reserve(ctx, side, count));
  LL_TRY(ll_snapshot_take(ctx, from, side->values, bytes));
  side->count = count;
  for (size_t i = 0; i < count; i++)
    if (!isfinite(side->values[i]) || (sorted && i && side->values[i] < side->values[i - 1]))
      return ll_fail(ctx, LL_ERR_FORMAT, "the state of the loss (adaptive_rank): score %zu of its history is %g", i + 1,
                     (double)side->values[i]);
  return sorted ? ll_history_side_build(ctx, side) : LL_OK;
}

static ll_status restore(ll_ctx *ctx, ll_loss *loss, ll_snapshot_reader *from) {
  void *block;
  ll_status status;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(adaptive_rank)));
  adaptive_rank *read = block;
  for (int side = 0; side < SIDES; side++) LL_GOTO(fail, take_side(ctx, from, &read->now[side], true));
  for (int side = 0; side < SIDES; side++) LL_GOTO(fail, take_side(ctx, from, &read->next[side], false));
  LL_GOTO(fail, ll_snapshot_close(ctx, from));
  read->reference = reference_of(loss, &read->now[DECOYS]);
  read->trained = read->next[DECOYS].count + read->next[TARGETS].count;
  close(ctx, loss);
  ll_loss_set_state(loss, read);
  return LL_OK;
fail:
  free_state(ctx, read);
  return status;
}

static const ll_learnt learnt[] = {[XI] = {.name = "margin", .symbol = "ξ", .start = "margin", .rate = "margin_lr", .low = 0}};

const ll_loss_desc ll_loss_adaptive_rank = {
    .name = "adaptive_rank",
    .family = "ranking",
    .summary = "targets against all decoys of the previous epoch and the reverse, with a margin that may be learnt",
    .formula =
        "1/(|T||D'|) sum_{i in T, j in D'} alpha_i h(s'_j - s_i + xi) + 1/(|D||T'|) sum_{i in D, j in T'} h(s_i - s'_j + xi), "
        "alpha_i = exp(-sensitivity [s_i - r]+), h(x) = [x]+^2 or huber; ' = the previous epoch; an empty side makes its term 0",
    .gradient = "alpha is held constant (alpha_gradient = \"full\": differentiated); 0 at the margin and at s_i = r",
    .cost = "O(n log m), m rows of history; O(m) an epoch",
    .source = "this project's own: docs/losses/ranking.md",
    .output = "sigmoid",
    .params = {"adaptive_rank", params, PARAMS},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .check = "alpha_gradient=full",
    .eval = eval,
    .learnt = learnt,
    .n_learnt = LL_ROWS(learnt),
    .open = open,
    .close = close,
    .trained = trained,
    .end_epoch = end_epoch,
    .history = history,
    .first_history = first_history,
    .history_rows = history_rows,
    .wants_history = wants_history,
    .save = save,
    .restore = restore,
};
