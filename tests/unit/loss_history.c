/* Losses that remember: training makes their history and needs one; what they learn on the way; and what losses remark. */
#include "losslab/loss.h"
#include "tests/tap.h"

static ll_ctx *ctx;

static ll_loss *loss_named(const char *name) {
  const ll_loss_desc *desc = NULL;
  ll_loss *loss = NULL;
  works(ctx, ll_loss_find(ctx, name, &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  return loss;
}

static ll_status eval(ll_loss *loss, ll_matrix scores, ll_matrix labels, double *value, ll_real *grads) {
  const ll_matrix inputs[2] = {scores, labels};
  ll_matrix g = ll_matrix_wrap(grads, scores.rows, scores.cols);
  ll_loss_call call = {.inputs = inputs, .grads = {grads ? &g : NULL}};
  ll_status status = ll_loss_eval(ctx, loss, &call);
  if (value) *value = call.value;
  return status;
}

static void fails(ll_status got, ll_status want, const char *words) {
  bool pass = got == want && strstr(ll_message(ctx), words);
  if (!ok(pass, "%s: %s", ll_status_name(want), words)) printf("#   got %s: %s\n", ll_status_name(got), got ? ll_message(ctx) : "");
}

static ll_node *leaf(const ll_real *x, size_t n, bool requires_grad) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, n, 1, &m));
  memcpy(m.data, x, n * sizeof *x);
  works(ctx, ll_node_new(ctx, &m, requires_grad, &node));
  return node;
}

/* A remark is given once a kind; a fresh history ends with its epoch. */
static void remarks(void) {
  ll_real s[4] = {(ll_real)0.25, (ll_real)1.5, (ll_real)-0.75, 1}, y[4] = {1, 0, 1, 0}, inside[4] = {0, 1, (ll_real)0.5, 1};
  ll_node *scores = leaf(s, 4, true), *labels = leaf(y, 4, false), *out;
  ll_node *const inputs[2] = {scores, labels};
  ll_remark which = LL_REMARK_COUNT;
  double value;
  ll_real g[4];
  ll_loss *hinge = loss_named("pair_hinge"), *rank = loss_named("adaptive_rank");
  works(ctx, ll_loss_eval(ctx, hinge, &(ll_loss_call){.inputs = (const ll_matrix[]){scores->value, labels->value}}));
  ok(!ll_loss_remark(hinge, &which), "a loss of any scores has no remark on them");
  works(ctx, ll_params_set_choice(ctx, &rank->desc->params, rank->params, "history", "fresh"));
  works(ctx, eval(rank, ll_matrix_wrap(inside, 4, 1), ll_matrix_wrap(y, 4, 1), &value, g));
  ok(!ll_loss_remark(rank, &which), "nor has adaptive_rank on scores from 0 to 1, both among them");
  works(ctx, eval(rank, ll_matrix_wrap(s, 4, 1), ll_matrix_wrap(y, 4, 1), &value, g));
  const char *said = ll_loss_remark(rank, &which);
  ok(said && which == LL_REMARK_RANGE && strstr(said, "scores, row 2 is 1.5"), "the first score outside: %s", said ? said : "");
  const ll_matrix earlier[2] = {ll_matrix_wrap(inside, 2, 1), ll_matrix_wrap(y, 2, 1)};
  works(ctx, ll_loss_history(ctx, rank, earlier));
  for (int step = 1; step <= 6; step++) {
    works(ctx, ll_loss_apply(ctx, rank, inputs, 2, &out));
    works(ctx, ll_backward(ctx, out, NULL, false));
    ll_node_release(ctx, out);
    said = ll_loss_remark(rank, &which);
    if (step != 5) ok(!said, "step %d: no remark", step);
    else
      ok(said && which == LL_REMARK_OVERDUE && strstr(said, "20 rows were trained since its history of 2"), "%s", said ? said : "");
  }
  works(ctx, ll_loss_end_epoch(ctx, rank));
  ok(ll_loss_history_rows(rank) == 0, "a fresh history ends with its epoch");
  fails(ll_loss_apply(ctx, rank, inputs, 2, &out), LL_ERR_HISTORY, "has no history");
  works(ctx, ll_loss_history(ctx, rank, earlier));
  works(ctx, ll_loss_apply(ctx, rank, inputs, 2, &out));
  ll_node_release(ctx, out);
  ll_loss_release(ctx, hinge), ll_loss_release(ctx, rank);
  ll_node_release(ctx, scores), ll_node_release(ctx, labels);
}

/* What was trained becomes the history; the margin takes its step from the evaluation that was trained. */
static void training(void) {
  ll_real s[4] = {(ll_real)0.25, (ll_real)0.5, (ll_real)0.75, (ll_real)0.5}, y[4] = {1, -1, 1, -1};
  ll_node *scores = leaf(s, 4, true), *labels = leaf(y, 4, false), *first, *second;
  ll_node *const inputs[2] = {scores, labels};
  ll_loss *rank = loss_named("adaptive_rank");
  works(ctx, ll_params_set_number(ctx, &rank->desc->params, rank->params, "margin_lr", 0.01));
  works(ctx, ll_loss_start(ctx, rank));
  fails(ll_loss_apply(ctx, rank, inputs, 2, &first), LL_ERR_HISTORY, "adaptive_rank has no history to be trained against");
  fails(ll_loss_batch(ctx, rank, inputs, 2, &first), LL_ERR_HISTORY, "adaptive_rank has no history");
  ok(strcmp(ll_status_name(LL_ERR_HISTORY), "history") == 0, "its status has a name");
  double before;
  ll_real slopes[4];
  works(ctx, eval(rank, ll_matrix_wrap(s, 4, 1), ll_matrix_wrap(y, 4, 1), &before, slopes));
  near(before, 0, 0, 0, "without a history the loss is 0");
  works(ctx, ll_loss_history(ctx, rank, (const ll_matrix[]){ll_matrix_wrap(s, 2, 1), ll_matrix_wrap(y, 2, 1)}));
  works(ctx, ll_loss_apply(ctx, rank, inputs, 2, &first));
  ok(ll_loss_history_rows(rank) == 2, "an evaluation is not yet training");
  works(ctx, ll_backward(ctx, first, NULL, false));
  ok(ll_loss_history_rows(rank) == 2, "what was trained waits for the end of the epoch");
  ll_node_release(ctx, first);
  works(ctx, ll_loss_end_epoch(ctx, rank));
  ok(ll_loss_history_rows(rank) == 4, "a batch that was trained is in the next history (%zu rows)", ll_loss_history_rows(rank));
  works(ctx, ll_loss_end_epoch(ctx, rank));
  ok(ll_loss_history_rows(rank) == 4, "an epoch without training leaves the history");
  works(ctx, ll_loss_set_learnt(ctx, rank, 0, 0.1)); /* where it was before that step */

  works(ctx, ll_loss_apply(ctx, rank, inputs, 2, &first));
  /* targets .25 and .75 against two decoys at .5: only .25, by .35; decoys .5 against targets .25 and .75: .35 */
  near((double)*first->value.data, 0.35 * 0.35, 4 * LL_EPS, 0, "value over that history");
  near(rank->learnt_grads[0], 0.7, 4 * LL_EPS, 0, "gradient of the margin");
  works(ctx, ll_loss_set_learnt(ctx, rank, 0, 0.4));
  works(ctx, ll_loss_apply(ctx, rank, inputs, 2, &second)); /* a look in between must not disturb the first */
  ll_node_release(ctx, second);
  works(ctx, ll_backward(ctx, first, NULL, false));
  near(rank->learnt[0], 0.4 - 0.01 * 0.7, 4 * LL_EPS, 0, "the margin steps by the gradient of what was trained");
  ll_node_release(ctx, first);

  ll_random stream = ll_random_stream(1, 2, "history");
  static ll_real many[4000], classes[4000];
  for (size_t i = 0; i < 4000; i++) classes[i] = i < 1000;
  works(ctx, ll_params_set_choice(ctx, &rank->desc->params, rank->params, "history_init", "uniform"));
  works(ctx, ll_loss_first_history(ctx, rank, (const ll_matrix[]){ll_matrix_wrap(many, 4000, 1), ll_matrix_wrap(classes, 4000, 1)},
                                   &stream));
  ok(ll_loss_history_rows(rank) == 4000 && !ll_loss_wants_history(rank), "a uniform history has a row for each given");
  works(ctx, ll_loss_set_learnt(ctx, rank, 0, 0));
  double value;
  ll_real g[4];
  works(ctx, eval(rank, ll_matrix_wrap(s, 4, 1), ll_matrix_wrap(y, 4, 1), &value, g));
  ok(fabs((double)g[2]) <= 0 && g[0] < 0 && g[1] > 0, "a uniform history lies below 1/2");
  near((double)g[0], -2 * 0.5 * (0.25 * 0.25 / 2 / 0.5), 0.1, 0, "and is uniform");
  ll_loss_release(ctx, rank);
  ll_node_release(ctx, scores), ll_node_release(ctx, labels);
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  remarks();
  training();
  ll_matrix_trim(ctx);
  ll_ctx_close(ctx);
  return done();
}
