/* Steps with a tape, and steps without a graph, with each allocation failing in turn: a failure is an error of the call that met
 * it, and the tape can be used again. */
#include "engine/loss/loss.h"
#include "engine/nn/mlp_pass.h"
#include "tests/sweep.h"

static ll_status leaf(ll_ctx *ctx, size_t rows, size_t cols, bool grad, ll_node **out) {
  ll_matrix m;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  for (size_t i = 0; i < rows * cols; i++) m.data[i] = (ll_real)(i % 2);
  return ll_node_new(ctx, &m, grad, out);
}

typedef struct setting {
  ll_mlp *net;
  ll_loss *loss;
  ll_optimizer *adam;
  ll_node *x, *y;
} setting;

static ll_status setting_new(ll_ctx *ctx, setting *s) {
  static const size_t sizes[] = {3, 4, 1};
  ll_random stream = ll_random_stream(1, 1, "init");
  const ll_loss_desc *row;
  const ll_optimizer_desc *desc;
  ll_node *parameters[4];
  LL_TRY(ll_mlp_new(ctx, &(ll_mlp_options){.sizes = sizes, .n_sizes = 3, .hidden = "relu"}, &stream, &s->net));
  for (size_t i = 0; i < 4; i++) parameters[i] = ll_mlp_parameter(s->net, i);
  LL_TRY(ll_optimizer_find(ctx, "adam", &desc));
  LL_TRY(ll_optimizer_new(ctx, desc, parameters, 4, &s->adam));
  LL_TRY(ll_loss_find(ctx, "cross_entropy", &row));
  LL_TRY(ll_loss_new(ctx, row, &s->loss));
  LL_TRY(leaf(ctx, 6, 3, true, &s->x));
  return leaf(ctx, 6, 1, false, &s->y);
}

static void setting_free(ll_ctx *ctx, setting *s) {
  ll_node_release(ctx, s->x), ll_node_release(ctx, s->y);
  ll_loss_release(ctx, s->loss);
  ll_optimizer_free(ctx, s->adam);
  ll_mlp_free(ctx, s->net);
}

/* A loss, and the squares of a gradient, which unfolds the network. */
static ll_status taped_step(ll_ctx *ctx, setting *s) {
  ll_node *scores = NULL, *value = NULL, *sum = NULL, *slope = NULL, *square = NULL, *penalty = NULL, *total = NULL;
  ll_status status;
  LL_GOTO(done, ll_mlp_forward(ctx, s->net, s->x, &scores));
  LL_GOTO(done, ll_loss_apply(ctx, s->loss, (ll_node *[]){scores, s->y}, 2, &value));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &scores, NULL, &sum));
  LL_GOTO(done, ll_grad(ctx, sum, NULL, &s->x, 1, true, true, &slope));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("square"), &slope, NULL, &square));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &square, NULL, &penalty));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("add"), (ll_node *[]){value, penalty}, NULL, &total));
  LL_GOTO(done, ll_backward(ctx, total, NULL, false));
  LL_GOTO(done, ll_optimizer_step(ctx, s->adam));
  ll_node_clear_grad(ctx, s->x);
done:
  for (int i = 0; i < 7; i++) ll_node_release(ctx, (ll_node *[]){scores, value, sum, slope, square, penalty, total}[i]);
  return status;
}

static ll_status taped(ll_ctx *ctx) {
  setting s = {0};
  ll_tape *tape = NULL;
  ll_status status;
  LL_GOTO(done, setting_new(ctx, &s));
  LL_GOTO(done, ll_tape_new(ctx, &tape));
  for (int k = 0; k < 3 && status == LL_OK; k++) {
    if (ll_tape_may_begin(ctx)) ll_tape_begin(ctx, tape);
    status = taped_step(ctx, &s);
    ll_tape_end(ctx, tape);
  }
done:
  ll_tape_free(ctx, tape);
  setting_free(ctx, &s);
  return status;
}

/* A run that failed in the midst of it, and one after it with the same tape. */
static ll_status taped_again(ll_ctx *ctx) {
  setting s = {0};
  ll_tape *tape = NULL;
  ll_status status, first;
  LL_GOTO(done, setting_new(ctx, &s));
  LL_GOTO(done, ll_tape_new(ctx, &tape));
  ll_tape_begin(ctx, tape);
  first = taped_step(ctx, &s);
  ll_tape_end(ctx, tape);
  for (int k = 0; k < 2; k++) {
    for (size_t i = 0; i < 4; i++) ll_node_clear_grad(ctx, ll_mlp_parameter(s.net, i));
    ll_node_clear_grad(ctx, s.x);
    ll_tape_begin(ctx, tape);
    status = taped_step(ctx, &s);
    ll_tape_end(ctx, tape);
    if (status != LL_OK) goto done;
  }
  status = first;
done:
  ll_tape_free(ctx, tape);
  setting_free(ctx, &s);
  return status;
}

static ll_status passes(ll_ctx *ctx) {
  setting s = {0};
  ll_mlp_pass *pass = NULL;
  ll_matrix slope = {0}, values[2];
  const ll_matrix *scores;
  ll_status status;
  LL_GOTO(done, setting_new(ctx, &s));
  LL_GOTO(done, ll_mlp_pass_new(ctx, s.net, &pass));
  for (int k = 0; k < 4; k++) { /* the second and the fourth add to the gradients of the one before */
    ll_loss_direct_call made;
    LL_GOTO(done, ll_mlp_pass_forward(ctx, s.net, pass, &s.x->value, &scores));
    values[0] = *scores, values[1] = s.y->value;
    LL_GOTO(done, ll_loss_direct(ctx, s.loss, values, 2, NULL, true, &slope, &made));
    LL_GOTO(done, ll_loss_direct_trained(ctx, s.loss, values, 2, 1, &slope, &made));
    LL_GOTO(done, ll_mlp_pass_backward(ctx, s.net, pass, &s.x->value, &slope));
    if (k % 2 == 0) continue;
    LL_GOTO(done, ll_optimizer_scale(ctx, s.adam, 0.5));
    LL_GOTO(done, ll_optimizer_step(ctx, s.adam));
  }
done:
  ll_matrix_release(ctx, &slope);
  ll_mlp_pass_free(ctx, pass);
  setting_free(ctx, &s);
  return status;
}

int main(void) {
  SWEEP(taped, 20);
  SWEEP(taped_again, 20);
  SWEEP(passes, 12);
  return done();
}
