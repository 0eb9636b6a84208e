/* Writing and reading the states of optimizers, losses and streams: every allocation fails in turn, and what could not be read
 * leaves the object as it was. */
#include "tests/sweep.h"

static ll_status leaf(ll_ctx *ctx, size_t rows, size_t cols, bool grad, ll_node **out) {
  ll_matrix m;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  for (size_t i = 0; i < rows * cols; i++) m.data[i] = (ll_real)(i % 2);
  return ll_node_new(ctx, &m, grad, out);
}

static ll_status stream(ll_ctx *ctx) {
  ll_random r = ll_random_stream(1, 1, "states");
  void *bytes;
  size_t n;
  LL_TRY(ll_random_save(ctx, &r, &bytes, &n));
  ll_status status = ll_random_restore(ctx, &r, bytes, n);
  ll_free(ctx, bytes);
  return status;
}

/* The sum of (x - 2)^4, at x. */
static ll_status closure(ll_ctx *ctx, void *user, double *loss) {
  ll_node *x = user, *two = NULL, *off = NULL, *square = NULL, *fourth = NULL, *sum = NULL;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 1, 1, false, &two));
  two->value.data[0] = 2;
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sub"), (ll_node *[]){x, two}, NULL, &off));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("square"), &off, NULL, &square));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("square"), &square, NULL, &fourth));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &fourth, NULL, &sum));
  LL_GOTO(done, ll_backward(ctx, sum, NULL, false));
  LL_GOTO(done, ll_node_item(ctx, sum, loss));
done:
  ll_node_release(ctx, two);
  ll_node_release(ctx, off);
  ll_node_release(ctx, square);
  ll_node_release(ctx, fourth);
  ll_node_release(ctx, sum);
  return status;
}

static const ll_optimizer_desc *swept;
static ll_status optimizer(ll_ctx *ctx) {
  ll_node *x = NULL;
  ll_optimizer *first = NULL, *second = NULL;
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 9, 9, true, &x));
  LL_GOTO(done, ll_optimizer_new(ctx, swept, &x, 1, &first));
  LL_GOTO(done, ll_optimizer_new(ctx, swept, &x, 1, &second));
  LL_GOTO(done, ll_optimizer_minimize(ctx, first, closure, x, NULL, NULL));
  LL_GOTO(done, ll_optimizer_save(ctx, first, &bytes, &n));
  LL_GOTO(done, ll_optimizer_restore(ctx, second, bytes, n));
done:
  ll_free(ctx, bytes);
  ll_optimizer_free(ctx, first);
  ll_optimizer_free(ctx, second);
  ll_node_release(ctx, x);
  return status;
}

/* A loss that remembers; the one that takes the state has a history already, which stays where reading fails. */
static ll_status loss(ll_ctx *ctx) {
  enum { ROWS = 300 };
  const ll_loss_desc *desc;
  ll_loss *first = NULL, *second = NULL;
  ll_matrix inputs[2] = {{0}};
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_TRY(ll_loss_find(ctx, "adaptive_rank", &desc));
  for (int i = 0; i < 2; i++) LL_GOTO(done, ll_matrix_new(ctx, ROWS, 1, &inputs[i]));
  for (size_t i = 0; i < ROWS; i++) inputs[0].data[i] = (ll_real)i, inputs[1].data[i] = (ll_real)(i % 2);
  LL_GOTO(done, ll_loss_new(ctx, desc, &first));
  LL_GOTO(done, ll_loss_new(ctx, desc, &second));
  LL_GOTO(done, ll_loss_history(ctx, first, inputs));
  ll_matrix half[2];
  for (int i = 0; i < 2; i++) half[i] = ll_matrix_share(&inputs[i]), half[i].rows = ROWS / 2;
  status = ll_loss_history(ctx, second, half);
  for (int i = 0; i < 2; i++) ll_matrix_release(ctx, &half[i]);
  if (status != LL_OK) goto done;
  LL_GOTO(done, ll_loss_save(ctx, first, &bytes, &n));
  status = ll_loss_restore(ctx, second, bytes, n);
  if (ll_loss_history_rows(second) != (status == LL_OK ? ROWS : ROWS / 2)) ok(false, "a history is whole or as it was");
done:
  ll_free(ctx, bytes);
  ll_loss_release(ctx, first);
  ll_loss_release(ctx, second);
  for (int i = 0; i < 2; i++) ll_matrix_release(ctx, &inputs[i]);
  return status;
}

int main(void) {
  SWEEP(stream, 1);
  for (size_t k = 0; k < ll_optimizer_count; k++) {
    swept = ll_optimizers[k];
    sweep_all(swept->name, optimizer, 8);
  }
  SWEEP(loss, 8);
  return done();
}
