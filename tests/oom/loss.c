/* Making, evaluating and training every loss with each allocation failing in turn: the status says so, nothing is left behind, and
 * a history that could not be replaced is the one before. */
#include "tests/sweep.h"

enum { ROWS = 200, WIDE = 3, HISTORY = 3000 };
static ll_real data[LL_MAX_INPUTS][2 * ROWS * WIDE], labels[HISTORY], scores[HISTORY], sizes[ROWS];

static size_t extent(char letter) {
  if (letter >= '0' && letter <= '9') return (size_t)(letter - '0');
  return letter == 'n' ? ROWS : letter == 'm' ? 2 * ROWS : WIDE;
}

/* What may be left out is. */
static size_t inputs_of(const ll_loss_desc *d) { return d->n_inputs - (d->inputs[d->n_inputs - 1].role == LL_INPUT_NEIGHBOURS); }

static ll_status make_node(ll_ctx *ctx, const ll_input *input, size_t place, ll_node **out) {
  ll_matrix m;
  const char *shape = input->shape;
  *out = NULL;
  size_t rows = shape[0] == '*' ? ROWS : extent(shape[0]), cols = shape[0] == '*' ? WIDE : extent(shape[2]);
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  memcpy(m.data, data[place], rows * cols * sizeof(ll_real));
  return ll_node_new(ctx, &m, input->role == LL_INPUT_MATRIX, out);
}

/* Weights of the rows, and of classes or positives, as far as the loss takes them. */
static ll_status weigh(ll_ctx *ctx, ll_loss *loss) {
  static const double of_classes[WIDE] = {1, 2, 0.5};
  unsigned takes = ll_loss_weighs(loss->desc);
  size_t n;
  if (takes & LL_WEIGHS_CLASSES) LL_TRY(ll_loss_set_class_weights(ctx, loss, of_classes, takes & LL_WEIGHS_POSITIVES ? 2 : WIDE));
  if (takes & LL_WEIGHS_POSITIVES) LL_TRY(ll_loss_set_pos_weight(ctx, loss, 3));
  if (takes & LL_WEIGHS_CLASSES) ok(ll_loss_class_weights(loss, &n) && n > 1, "%s has its weights", loss->desc->name);
  return LL_OK;
}

/* Two steps and an epoch's end, as a trainer would; the first finds a loss that remembers with nothing to compare. by_row: the
 * values of the rows, a gradient of 1 reaching each. weighed: rows have weights; smooths: with label
 * smoothing. */
static ll_status train(ll_ctx *ctx, const ll_loss_desc *d, bool by_row, bool weighed, bool smooths) {
  ll_loss *loss = NULL;
  ll_matrix ones, weights = ll_matrix_wrap(sizes, ROWS, 1);
  ll_node *inputs[LL_MAX_INPUTS] = {NULL}, *value = NULL, *reached = NULL;
  ll_status status;
  LL_GOTO(end, ll_loss_new(ctx, d, &loss));
  if (smooths) LL_GOTO(end, ll_loss_set_smoothing(ctx, loss, 0.1));
  if (by_row) {
    LL_GOTO(end, ll_loss_set_reduction(ctx, loss, "none"));
    LL_GOTO(end, ll_matrix_new(ctx, ROWS, 1, &ones));
    ll_matrix_fill(&ones, 1);
    LL_GOTO(end, ll_node_new(ctx, &ones, false, &reached));
  }
  if (weighed) LL_GOTO(end, weigh(ctx, loss));
  LL_GOTO(end, ll_loss_start(ctx, loss));
  for (size_t i = 0; i < inputs_of(d); i++) LL_GOTO(end, make_node(ctx, &d->inputs[i], i, &inputs[i]));
  if (d->history) LL_GOTO(end, ll_loss_history(ctx, loss, (const ll_matrix[]){inputs[0]->value, inputs[1]->value}));
  for (int turn = 0; turn < 2; turn++) {
    if (weighed && turn) LL_GOTO(end, ll_loss_apply_weighed(ctx, loss, inputs, inputs_of(d), &weights, &value));
    else if (weighed) LL_GOTO(end, ll_loss_batch_weighed(ctx, loss, inputs, inputs_of(d), &weights, &value));
    else if (turn) LL_GOTO(end, ll_loss_apply(ctx, loss, inputs, inputs_of(d), &value));
    else LL_GOTO(end, ll_loss_batch(ctx, loss, inputs, inputs_of(d), &value));
    if (!d->metric_only && value) LL_GOTO(end, ll_backward(ctx, value, reached, false));
    ll_node_release(ctx, value);
    value = NULL;
    LL_GOTO(end, ll_loss_end_epoch(ctx, loss));
  }
end:
  ll_node_release(ctx, value);
  ll_node_release(ctx, reached);
  for (size_t i = 0; i < d->n_inputs; i++) ll_node_release(ctx, inputs[i]);
  ll_loss_release(ctx, loss);
  return status;
}

static const ll_loss_desc *swept;
static ll_status train_whole(ll_ctx *ctx) { return train(ctx, swept, false, false, false); }
static ll_status train_by_row(ll_ctx *ctx) { return train(ctx, swept, true, false, false); }
static ll_status train_smoothed(ll_ctx *ctx) { return train(ctx, swept, true, false, true); }
static ll_status train_weighed(ll_ctx *ctx) { return train(ctx, swept, false, true, false); }
static ll_status train_weighed_by_row(ll_ctx *ctx) { return train(ctx, swept, true, true, false); }
static ll_status save_weighed(ll_ctx *ctx) {
  ll_loss *loss = NULL;
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_GOTO(end, ll_loss_new(ctx, swept, &loss));
  LL_GOTO(end, weigh(ctx, loss));
  LL_GOTO(end, ll_loss_save(ctx, loss, &bytes, &n));
  LL_GOTO(end, ll_loss_restore(ctx, loss, bytes, n));
end:
  ll_free(ctx, bytes);
  ll_loss_release(ctx, loss);
  return status;
}

static double value_of(ll_ctx *ctx, ll_loss *loss) {
  const ll_matrix inputs[2] = {ll_matrix_wrap(scores, ROWS, 1), ll_matrix_wrap(labels, ROWS, 1)};
  ll_loss_call call = {.inputs = inputs};
  works(ctx, ll_loss_eval(ctx, loss, &call));
  return call.value;
}

static void history_stays(void) {
  ll_ctx *ctx;
  const ll_loss_desc *d;
  ll_loss *loss;
  if (ll_ctx_open(&ctx) != LL_OK) return;
  works(ctx, ll_loss_find(ctx, "adaptive_rank", &d));
  size_t before = ll_memory_used(ctx);
  works(ctx, ll_loss_new(ctx, d, &loss));
  ll_matrix s = ll_matrix_wrap(scores, 50, 1), l = ll_matrix_wrap(labels, 50, 1);
  works(ctx, ll_loss_history(ctx, loss, (const ll_matrix[]){s, l}));
  double value = value_of(ctx, loss);
  s = ll_matrix_wrap(scores, HISTORY, 1), l = ll_matrix_wrap(labels, HISTORY, 1);
  int failures = 0;
  for (uint64_t nth = 1;; nth++) {
    ll_memory_fail_at(ctx, nth);
    ll_status status = ll_loss_history(ctx, loss, (const ll_matrix[]){s, l});
    ll_memory_fail_at(ctx, 0);
    if (status == LL_OK) break;
    failures++;
    if (status != LL_ERR_MEMORY || ll_loss_history_rows(loss) != 50 || fabs(value_of(ctx, loss) - value) > 0)
      ok(false, "failure %d: the history changed", (int)nth);
  }
  ok(failures >= 3 && fabs(value_of(ctx, loss) - value) > 0, "the history stays through %d failures and then changes", failures);
  ll_loss_release(ctx, loss);
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == before, "nothing is left behind (%zu bytes)", ll_memory_used(ctx) - before);
  ll_ctx_close(ctx);
}

/* After two epochs alike, a step allocates nothing, with weights neither. */
static void steady(const ll_loss_desc *d, bool weighed) {
  ll_ctx *ctx;
  ll_loss *loss;
  if (ll_ctx_open(&ctx) != LL_OK) return;
  works(ctx, ll_loss_new(ctx, d, &loss));
  if (weighed) works(ctx, weigh(ctx, loss));
  ll_matrix weights = ll_matrix_wrap(sizes, ROWS, 1);
  ll_node *inputs[LL_MAX_INPUTS] = {NULL}, *value;
  for (size_t i = 0; i < inputs_of(d); i++) works(ctx, make_node(ctx, &d->inputs[i], i, &inputs[i]));
  if (d->history) works(ctx, ll_loss_history(ctx, loss, (const ll_matrix[]){inputs[0]->value, inputs[1]->value}));
  uint64_t calls = 0;
  for (int step = 0; step < 8; step++) {
    if (step == 6) calls = ll_memory_calls(ctx);
    works(ctx, ll_loss_batch_weighed(ctx, loss, inputs, inputs_of(d), weighed ? &weights : NULL, &value));
    if (!d->metric_only && value) works(ctx, ll_backward(ctx, value, NULL, false));
    ll_node_release(ctx, value);
    for (size_t i = 0; i < inputs_of(d); i++) ll_node_clear_grad(ctx, inputs[i]);
    if (step % 2 && step < 6) works(ctx, ll_loss_end_epoch(ctx, loss));
  }
  ok(ll_memory_calls(ctx) == calls, "a step of %s%s allocates nothing (%d)", d->name, weighed ? ", weighed," : "",
     (int)(ll_memory_calls(ctx) - calls));
  for (size_t i = 0; i < d->n_inputs; i++) ll_node_release(ctx, inputs[i]);
  ll_loss_release(ctx, loss);
  ll_ctx_close(ctx);
}

int main(void) {
  ll_random r = ll_random_stream(7, 7, "oom");
  for (size_t i = 0; i < HISTORY; i++) scores[i] = (ll_real)ll_random_normal(&r), labels[i] = (ll_real)(i % 2);
  for (size_t i = 0; i < ROWS; i++) sizes[i] = (ll_real)(i % 4) / 2;
  for (size_t k = 0; k < ll_loss_count; k++) {
    for (size_t i = 0; i < ll_losses[k]->n_inputs; i++)
      for (size_t j = 0; j < 2 * ROWS * WIDE; j++)
        data[i][j] = ll_losses[k]->inputs[i].role == LL_INPUT_MATRIX   ? (ll_real)ll_random_normal(&r)
                     : ll_losses[k]->inputs[i].role == LL_INPUT_BINARY ? (ll_real)(j % 2)
                                                                       : (ll_real)(1 + j % WIDE);
    swept = ll_losses[k];
    sweep_all(swept->name, train_whole, 2);
    if (swept->by_row) {
      char name[100];
      snprintf(name, sizeof name, "%s, by row,", swept->name);
      sweep_all(name, train_by_row, 2);
      snprintf(name, sizeof name, "%s, smoothed,", swept->name);
      if (ll_loss_smooths(swept)) sweep_all(name, train_smoothed, 2);
    }
    steady(ll_losses[k], false);
    if (!(ll_loss_weighs(swept) & LL_WEIGHS_ROWS)) continue;
    char name[100];
    snprintf(name, sizeof name, "%s, weighed,", swept->name);
    sweep_all(name, train_weighed, 2);
    if (swept->by_row) sweep_all(name, train_weighed_by_row, 2);
    if (ll_loss_weighs(swept) & LL_WEIGHS_CLASSES) sweep_all(name, save_weighed, 2);
    steady(swept, true);
  }
  history_stays();
  return done();
}
