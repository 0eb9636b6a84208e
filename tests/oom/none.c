/* The public functions that take a context, or what holds one, and allocate nothing: each is called between two looks at the
 * counter of allocations. tests/e2e/swept.t demands that every other one is called by another file of this folder. */
#include <unistd.h>

#include "tests/sweep.h"

static ll_ctx *ctx;
static bool quiet = true;

/* A call that must succeed without an allocation, and one that gives no status. */
#define NONE(call)                                                                                                                 \
  do {                                                                                                                             \
    uint64_t before = ll_memory_calls(ctx);                                                                                        \
    works(ctx, call);                                                                                                              \
    quiet &= ok(ll_memory_calls(ctx) == before, "no allocation in %s", #call);                                                     \
  } while (0)
#define NONE_OF(call) NONE(((void)(call), LL_OK))

static void base(void) {
  static const char *const choices[] = {"one", "two", NULL};
  static const ll_param rows[] = {LL_NUMBER("a", 1, 0, 2, ""), LL_BOOLEAN("b", 0, ""), LL_CHOICE("c", 0, choices, "")};
  const ll_param_table table = {.owner = "test", .params = rows, .count = 3};
  double values[LL_MAX_PARAMS];
  size_t place;
  ll_params_default(&table, values);
  NONE(ll_params_find(ctx, &table, "b", &place));
  NONE(ll_params_set_number(ctx, &table, values, "a", 2));
  NONE(ll_params_set_boolean(ctx, &table, values, "b", true));
  NONE(ll_params_set_choice(ctx, &table, values, "c", "two"));
  NONE(ll_params_check(ctx, &table, values));
  NONE(ll_names_find(ctx, "choice", "two", choices, 2, &place));
  NONE(ll_names_find_row(ctx, "loss", "hinge", ll_losses, ll_loss_count, &place));
  NONE(ll_names_choose(ctx, "test", "c", "two", choices, 2, &place));
  NONE_OF(ll_names_unknown(ctx, "there is no choice", "twoo", choices, 2));
  NONE_OF(ll_fail(ctx, LL_ERR_RANGE, "a message"));
  NONE_OF(ll_message(ctx));
  NONE((ll_stop_if(ctx, NULL), LL_OK));
  NONE_OF(ll_memory_used(ctx));
  NONE_OF(ll_memory_limit(ctx, 0));
  NONE_OF(ll_memory_calls(ctx));
  NONE((ll_memory_fail_at(ctx, 0), LL_OK));
  NONE((ll_free(ctx, NULL), LL_OK));
}

static void tables(void) {
  const ll_distance_desc *distance;
  const ll_divergence_desc *divergence;
  const ll_generator *generator;
  const ll_loss_desc *loss;
  const ll_metric_desc *metric;
  const ll_optimizer_desc *optimizer;
  const ll_projection *projection;
  const ll_statement_info *statement;
  NONE(ll_distance_find(ctx, "cosine", &distance));
  NONE(ll_divergence_find(ctx, "kl", &divergence));
  NONE(ll_generator_find(ctx, "moons", &generator));
  NONE(ll_loss_find(ctx, "hinge", &loss));
  NONE(ll_metric_find(ctx, "auc", &metric));
  NONE(ll_optimizer_find(ctx, "adam", &optimizer));
  NONE(ll_projection_find(ctx, "clip", &projection));
  NONE(ll_store_find(ctx, "trials", &statement));
}

static void matrices(void) {
  ll_real elements[] = {3, 1, 2, 0, 1, 0};
  ll_matrix m = ll_matrix_wrap(elements, 3, 2), scores = ll_matrix_wrap(elements, 3, 1),
            labels = ll_matrix_wrap(elements + 3, 3, 1);
  ll_matrix owned, view;
  size_t row, col;
  uint32_t places[3];
  ll_confusion counts;
  works(ctx, ll_matrix_new(ctx, 3, 2, &owned));
  NONE(ll_matrix_extreme(ctx, &m, true, &row, &col));
  NONE(ll_matrix_row_extremes(ctx, &m, false, places));
  NONE(ll_matrix_sides(ctx, "m", 3, 2));
  NONE(ll_matrix_view(ctx, &owned, 1, 0, 2, 1, &view));
  NONE((ll_matrix_release(ctx, &view), ll_matrix_release(ctx, &owned), LL_OK));
  NONE((ll_matrix_trim(ctx), LL_OK));
  NONE(ll_metric_confusion(ctx, &scores, &labels, NULL, 0.5, LL_FROM_SCORES, &counts));
  for (size_t i = 0; i < ll_projection_count; i++) NONE(ll_project(ctx, &ll_projections[i], 1, &m));
}

static void graph(void) {
  ll_matrix m;
  ll_node *leaf, *number;
  ll_optimizer *sgd;
  ll_mlp *net;
  ll_state *state;
  void *bytes;
  size_t n;
  double value;
  const ll_optimizer_desc *desc;
  ll_random stream = ll_random_stream(1, 1, "init");
  const ll_mlp_options options = {.sizes = (const size_t[]){2, 1}, .n_sizes = 2};
  works(ctx, ll_matrix_zeros(ctx, 2, 2, &m));
  works(ctx, ll_node_new(ctx, &m, true, &leaf));
  works(ctx, ll_node_number(ctx, 1, &number));
  works(ctx, ll_optimizer_find(ctx, "sgd", &desc));
  works(ctx, ll_optimizer_new(ctx, desc, &leaf, 1, &sgd));
  works(ctx, ll_mlp_new(ctx, &options, &stream, &net));
  works(ctx, ll_mlp_save(ctx, net, &bytes, &n));
  works(ctx, ll_state_read(ctx, bytes, n, &state));
  const ll_entry entries[] = {{"1.weights", &ll_mlp_parameter(net, 0)->value}, {"1.bias", &ll_mlp_parameter(net, 1)->value}};
  NONE(ll_state_fill(ctx, state, entries, 2));
  NONE((ll_state_free(ctx, state), LL_OK));
  NONE(ll_node_item(ctx, number, &value));
  NONE(ll_node_freeze(ctx, leaf, true));
  NONE_OF(ll_recording_is_on(ctx));
  NONE_OF(ll_recording(ctx, true));
  NONE((ll_watch(ctx, true, NULL, NULL), LL_OK));
  NONE_OF(ll_watch_is_on(ctx));
  NONE((ll_watch(ctx, false, NULL, NULL), LL_OK));
  NONE((ll_optimizer_clear(ctx, sgd), LL_OK));
  NONE((ll_optimizer_free(ctx, sgd), LL_OK));
  NONE((ll_mlp_free(ctx, net), LL_OK));
  NONE((ll_node_clear_grad(ctx, leaf), LL_OK));
  NONE((ll_node_release(ctx, leaf), ll_node_release(ctx, number), LL_OK));
  ll_free(ctx, bytes);
}

static void losses(void) {
  const ll_loss_desc *desc;
  ll_loss *loss;
  works(ctx, ll_loss_find(ctx, "adaptive_rank", &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  works(ctx, ll_loss_start(ctx, loss));
  NONE(ll_loss_set_learnt(ctx, loss, 0, 0.5));
  NONE((ll_loss_release(ctx, loss), LL_OK));
  works(ctx, ll_loss_find(ctx, "hinge", &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  NONE(ll_loss_set_reduction(ctx, loss, "sum"));
  NONE((ll_loss_release(ctx, loss), LL_OK));
}

static void data(void) {
  ll_real features[] = {1, 2, 3, 4}, classes[] = {0, 1, 0, 1};
  const ll_matrix x = ll_matrix_wrap(features, 4, 1), y = ll_matrix_wrap(classes, 4, 1);
  ll_data *set;
  ll_batches batches;
  ll_scaler scaler;
  ll_matrix bx, by;
  works(ctx, ll_data_new(ctx, "d", &x, &y, NULL, NULL, &set));
  works(ctx, ll_scaler_fit(ctx, &set->x, NULL, 0, &scaler));
  works(ctx, ll_batches_open(ctx, set, 2, true, 1, 1, &batches));
  NONE(ll_batches_next(ctx, &batches, &bx, &by));
  ll_matrix_release(ctx, &bx), ll_matrix_release(ctx, &by);
  NONE((ll_batches_close(ctx, &batches), LL_OK));
  NONE((ll_scaler_free(ctx, &scaler), LL_OK));
  NONE((ll_data_free(ctx, set), LL_OK));
  NONE((ll_negatives_free(ctx, NULL), LL_OK));
  NONE((ll_interactions_free(ctx, &(ll_interactions){0}), LL_OK));
}

static void store(void) {
  ll_store *db;
  ll_rows *rows;
  const char *names[LL_STORE_MAX_VALUES];
  size_t count;
  bool more;
  works(ctx, ll_store_open(ctx, ":memory:", LL_STORE_CREATE, 1, &db));
  NONE_OF(ll_store_path(db));
  NONE_OF(ll_store_opened(db));
  NONE(ll_store_parameters(db, "finish", names, &count));
  NONE(ll_store_begin(db));
  NONE_OF(ll_store_in_transaction(db));
  NONE(ll_store_commit(db));
  NONE((ll_store_rollback(db), LL_OK));
  works(ctx, ll_store_ask(db, "SELECT 1 AS one", NULL, 0, &rows));
  NONE(ll_rows_next(rows, &more));
  NONE_OF(ll_rows_columns(rows));
  NONE_OF(ll_rows_name(rows, 0));
  NONE_OF(ll_rows_value(rows, 0));
  NONE((ll_rows_close(rows), LL_OK));
  NONE((ll_store_close(db), LL_OK));
  NONE((ll_lock_release(NULL), LL_OK));
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  base();
  tables();
  matrices();
  graph();
  losses();
  data();
  store();
  ok(quiet && held(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
