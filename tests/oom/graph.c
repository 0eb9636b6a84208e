/* Nodes, gradients, clipping, states, distances, and what is drawn for a batch, with each allocation failing in turn. */
#include "tests/sweep.h"

static ll_status leaf(ll_ctx *ctx, size_t rows, size_t cols, bool grad, ll_node **out) {
  ll_matrix m;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  for (size_t i = 0; i < rows * cols; i++) m.data[i] = (ll_real)(1 + i * i % 7);
  return ll_node_new(ctx, &m, grad, out);
}

static ll_status nodes(ll_ctx *ctx) {
  ll_node *number = NULL, *x = NULL, *same = NULL, *y = NULL;
  ll_matrix view = {0};
  double value;
  ll_status status;
  LL_GOTO(done, ll_node_number(ctx, 3, &number));
  LL_GOTO(done, leaf(ctx, 2, 2, true, &x));
  LL_GOTO(done, ll_node_detach(ctx, x, &same));
  LL_GOTO(done, ll_matrix_view(ctx, &x->value, 0, 0, 1, 1, &view));
  LL_GOTO(done, ll_node_of_op(ctx, ll_op_find("sum"), &x, 1, &view, NULL, NULL, &y));
  LL_GOTO(done, ll_backward(ctx, y, number, false));
  LL_GOTO(done, ll_node_item(ctx, number, &value));
done:
  ll_matrix_release(ctx, &view);
  ll_node_release(ctx, number);
  ll_node_release(ctx, x);
  ll_node_release(ctx, same);
  ll_node_release(ctx, y);
  return status;
}

/* A result with a payload: whether it is kept or not, it is freed once. */
static void free_payload(ll_ctx *ctx, void *payload) { ll_free(ctx, payload); }
static ll_status payloads(ll_ctx *ctx) {
  ll_node *x = NULL, *y = NULL;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 2, 2, true, &x));
  for (int recording = 0; recording < 2; recording++) {
    void *payload;
    ll_matrix value;
    LL_GOTO(done, ll_alloc(ctx, &payload, 100));
    if ((status = ll_matrix_new(ctx, 1, 1, &value)) != LL_OK) {
      ll_free(ctx, payload);
      goto done;
    }
    bool was = ll_recording(ctx, recording);
    status = ll_node_of_op(ctx, ll_op_find("sum"), &x, 1, &value, payload, free_payload, &y);
    ll_recording(ctx, was);
    if (status != LL_OK) goto done;
    ll_node_release(ctx, y);
    y = NULL;
  }
done:
  ll_node_release(ctx, x);
  return status;
}

/* One gradient that two leaves share, so that clipping copies it; by nodes and by an optimizer. */
static ll_status clipping(ll_ctx *ctx) {
  ll_node *leaves[2] = {NULL}, *sum = NULL, *total = NULL;
  ll_optimizer *sgd = NULL;
  const ll_optimizer_desc *desc;
  ll_status status;
  for (int i = 0; i < 2; i++) LL_GOTO(done, leaf(ctx, 3, 2, true, &leaves[i]));
  LL_GOTO(done, ll_optimizer_find(ctx, "sgd", &desc));
  LL_GOTO(done, ll_optimizer_new(ctx, desc, leaves, 2, &sgd));
  for (int way = 0; way < 4; way++) {
    LL_GOTO(done, ll_apply(ctx, ll_op_find("add"), leaves, NULL, &sum));
    LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &sum, NULL, &total));
    LL_GOTO(done, ll_backward(ctx, total, NULL, false));
    if (way == 0) LL_GOTO(done, ll_clip_norm(ctx, leaves, 2, 0.1, NULL));
    if (way == 1) LL_GOTO(done, ll_clip_value(ctx, leaves, 2, 0.5));
    if (way == 2) LL_GOTO(done, ll_optimizer_clip_norm(ctx, sgd, 0.1, NULL));
    if (way == 3) LL_GOTO(done, ll_optimizer_clip_value(ctx, sgd, 0.5));
    ll_optimizer_clear(ctx, sgd);
    ll_node_release(ctx, sum), ll_node_release(ctx, total);
    sum = total = NULL;
    held(ctx); /* what comes next must allocate */
  }
done:
  ll_optimizer_free(ctx, sgd);
  for (int i = 0; i < 2; i++) ll_node_release(ctx, leaves[i]);
  ll_node_release(ctx, sum);
  ll_node_release(ctx, total);
  return status;
}

static ll_status states(ll_ctx *ctx) {
  ll_matrix m = {0};
  ll_state *state = NULL;
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_GOTO(done, ll_matrix_zeros(ctx, 3, 2, &m));
  const ll_entry entries[] = {{"weights", &m}, {"bias", &m}};
  LL_GOTO(done, ll_state_save(ctx, "sequential", entries, 2, &bytes, &n));
  LL_GOTO(done, ll_state_read(ctx, bytes, n, &state));
  LL_GOTO(done, ll_state_fill(ctx, state, entries, 2));
done:
  ll_state_free(ctx, state);
  ll_free(ctx, bytes);
  ll_matrix_release(ctx, &m);
  return status;
}

/* Every distance, of rows and of all pairs, and back. */
static const ll_distance_desc *distance;
static ll_status one_distance(ll_ctx *ctx) {
  static const ll_real identity[] = {2, 0, 0, 1};
  const ll_matrix precision = ll_matrix_wrap((ll_real *)identity, 2, 2);
  ll_node *a = NULL, *b = NULL, *d = NULL, *sum = NULL;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 6, 2, true, &a));
  LL_GOTO(done, leaf(ctx, 6, 2, true, &b));
  if (distance->distributions) ll_matrix_fill(&a->value, 0.5), ll_matrix_fill(&b->value, 0.5);
  for (int pairwise = 0; pairwise < 2; pairwise++) {
    ll_distance_options options = {.pairwise = pairwise, .precision = distance->precision ? &precision : NULL};
    ll_params_default(&distance->params, options.params);
    LL_GOTO(done, ll_distance_apply(ctx, distance, &options, a, b, &d));
    LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &d, NULL, &sum));
    LL_GOTO(done, ll_backward(ctx, sum, NULL, false));
    ll_node_release(ctx, d), ll_node_release(ctx, sum);
    d = sum = NULL;
  }
done:
  ll_node_release(ctx, a);
  ll_node_release(ctx, b);
  ll_node_release(ctx, d);
  ll_node_release(ctx, sum);
  return status;
}
static ll_status mahalanobis_fit(ll_ctx *ctx) {
  static const ll_real points[] = {0, 1, 2, 0, 3, 5, 1, 1};
  const ll_matrix x = ll_matrix_wrap((ll_real *)points, 4, 2);
  ll_matrix out;
  ll_status status = ll_mahalanobis_fit(ctx, &x, 0.1, &out);
  if (status != LL_OK && out.data) ok(false, "a matrix is given after a failure");
  ll_matrix_release(ctx, &out);
  return status;
}

static ll_status tuples(ll_ctx *ctx) {
  static const ll_real classes[] = {1, 2, 1, 3, 2, 3, 1, 1};
  const ll_matrix labels = ll_matrix_wrap((ll_real *)classes, 8, 1);
  for (int kind = 0; kind < LL_TUPLE_KINDS; kind++) {
    ll_random r = ll_random_stream(1, 1, "tuples");
    uint32_t *drawn;
    size_t count;
    ll_status status = ll_tuples(ctx, (ll_tuple_kind)kind, &labels, &r, &drawn, &count);
    if (status != LL_OK && drawn) ok(false, "tuples are given after a failure");
    ll_free(ctx, drawn);
    LL_TRY(status);
  }
  return LL_OK;
}
static ll_status negatives(ll_ctx *ctx) {
  static const size_t offsets[] = {0, 2, 2, 3};
  static const uint32_t liked[] = {1, 4, 0}, users[] = {0, 2};
  uint32_t drawn[6];
  ll_random r = ll_random_stream(1, 1, "negatives");
  ll_negatives *sampler;
  ll_status status = ll_negatives_new(ctx, 6, 3, offsets, liked, &sampler);
  if (status == LL_OK) status = ll_negatives_draw(ctx, sampler, &r, users, 2, 3, drawn);
  else if (sampler) ok(false, "a sampler is given after a failure");
  ll_negatives_free(ctx, sampler);
  return status;
}

static ll_status rank_history(ll_ctx *ctx) {
  static ll_real scores[1200], labels[1200];
  const ll_matrix inputs[2] = {ll_matrix_wrap(scores, 1200, 1), ll_matrix_wrap(labels, 1200, 1)};
  ll_random r = ll_random_stream(1, 1, "history");
  const ll_loss_desc *desc;
  ll_loss *loss;
  for (size_t i = 0; i < 500; i++) labels[i] = 1;
  LL_TRY(ll_loss_find(ctx, "adaptive_rank", &desc));
  for (int margin_first = 0; margin_first < 2; margin_first++) { /* either starts a loss that was not started */
    LL_TRY(ll_loss_new(ctx, desc, &loss));
    ll_status status = ll_params_set_choice(ctx, &desc->params, loss->params, "history_init", margin_first ? "uniform" : "forward");
    if (status == LL_OK && margin_first) status = ll_loss_set_learnt(ctx, loss, 0, 0.25);
    if (status == LL_OK) status = ll_loss_first_history(ctx, loss, inputs, &r);
    ll_loss_release(ctx, loss);
    LL_TRY(status);
  }
  return LL_OK;
}

static ll_status divergence(ll_ctx *ctx) {
  static const ll_real half[] = {0.5, 0.5}, places[] = {1, 2};
  const ll_matrix x = ll_matrix_wrap((ll_real *)places, 2, 1), weights = ll_matrix_wrap((ll_real *)half, 2, 1);
  const ll_matrix inputs[] = {x, x, weights, weights};
  const ll_divergence_desc *desc;
  LL_TRY(ll_divergence_find(ctx, "wasserstein_1d", &desc));
  ll_divergence_call call = {.inputs = inputs};
  return ll_divergence_eval(ctx, desc, NULL, &call);
}

int main(void) {
  SWEEP(nodes, 6);
  SWEEP(payloads, 6);
  SWEEP(clipping, 20);
  SWEEP(states, 5);
  for (size_t i = 0; i < ll_distance_count; i++) {
    distance = ll_distances[i];
    sweep_all(distance->name, one_distance, 8);
  }
  SWEEP(mahalanobis_fit, 2);
  SWEEP(tuples, 8);
  SWEEP(negatives, 3);
  SWEEP(rank_history, 8);
  SWEEP(divergence, 1);
  return done();
}
