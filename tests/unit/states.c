/* States as bytes: every optimizer, every loss and streams go on from theirs to the same bits; what is cut, changed or of another
 * object is refused and changes nothing; a row with a state of its own can write and read it. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;

static bool same_bytes(const void *a, size_t n, const void *b, size_t m) { return n == m && memcmp(a, b, n) == 0; }

/* ---- what all kinds share: something that can be saved and restored -------------------------------------------------------------
 */

typedef struct object {
  ll_optimizer *optimizer;
  ll_loss *loss;
  ll_random *stream;
} object;

static ll_status save(object o, void **bytes, size_t *n) {
  if (o.optimizer) return ll_optimizer_save(ctx, o.optimizer, bytes, n);
  return o.loss ? ll_loss_save(ctx, o.loss, bytes, n) : ll_random_save(ctx, o.stream, bytes, n);
}

static ll_status restore(object o, const void *bytes, size_t n) {
  if (o.optimizer) return ll_optimizer_restore(ctx, o.optimizer, bytes, n);
  return o.loss ? ll_loss_restore(ctx, o.loss, bytes, n) : ll_random_restore(ctx, o.stream, bytes, n);
}

/* The bytes are those of other's state: cut anywhere, with any bit of a byte turned, or lengthened, they are refused, and the
 * object is as before. */
static void refuses(object o, const char *name, const unsigned char *bytes, size_t n) {
  void *before, *after, *block;
  size_t n_before, n_after, wrong = 0;
  works(ctx, save(o, &before, &n_before));
  works(ctx, ll_alloc(ctx, &block, n + 1));
  unsigned char *changed = block;
  memcpy(changed, bytes, n);
  for (size_t length = 0; length < n; length++) wrong += restore(o, bytes, length) != LL_ERR_FORMAT || strlen(ll_message(ctx)) < 10;
  for (size_t i = 0; i < n; i++) {
    changed[i] = (unsigned char)(bytes[i] ^ 1u << i % 8);
    wrong += restore(o, changed, n) != LL_ERR_FORMAT || strlen(ll_message(ctx)) < 10;
    changed[i] = bytes[i];
  }
  changed[n] = 'a';
  wrong += restore(o, changed, n + 1) != LL_ERR_FORMAT;
  ok(wrong == 0, "%s: each cut and each change of a state of %d bytes is refused (%d are not)", name, (int)n, (int)wrong);
  works(ctx, save(o, &after, &n_after));
  ok(same_bytes(before, n_before, after, n_after), "%s: it is then as it was", name);
  ll_free(ctx, before), ll_free(ctx, after), ll_free(ctx, block);
}

/* Both have the same state; and the one that is restored from bytes gives these bytes again. */
static void equal(object a, object b, const char *name, const char *what) {
  void *of_a, *of_b;
  size_t n, m;
  works(ctx, save(a, &of_a, &n));
  works(ctx, save(b, &of_b, &m));
  ok(same_bytes(of_a, n, of_b, m), "%s: %s", name, what);
  ll_free(ctx, of_a), ll_free(ctx, of_b);
}

static ll_node *leaf(size_t rows, size_t cols, double from) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, rows, cols, &m));
  for (size_t i = 0; i < rows * cols; i++) m.data[i] = (ll_real)(from + 0.3 * sin(1.0 + (double)i));
  works(ctx, ll_node_new(ctx, &m, true, &node));
  return node;
}

/* ---- optimizers
 * --------------------------------------------------------------------------------------------------------------------- */

enum { LEAVES = 2 };
typedef struct problem {
  ll_node *x[LEAVES];
  ll_optimizer *optimizer;
} problem;

/* The sum of (x^2 - 1)^2 over all elements. */
static ll_status closure(ll_ctx *c, void *user, double *loss) {
  problem *p = user;
  *loss = 0;
  for (int i = 0; i < LEAVES; i++) {
    ll_node *square = NULL, *off = NULL, *again = NULL, *sum = NULL, *one = leaf(1, 1, 1);
    double part = 0;
    ll_status status = ll_apply(c, ll_op_find("square"), &p->x[i], NULL, &square);
    if (status == LL_OK) status = ll_apply(c, ll_op_find("sub"), (ll_node *[]){square, one}, NULL, &off);
    if (status == LL_OK) status = ll_apply(c, ll_op_find("square"), &off, NULL, &again);
    if (status == LL_OK) status = ll_apply(c, ll_op_find("sum"), &again, NULL, &sum);
    if (status == LL_OK) status = ll_backward(c, sum, NULL, false);
    if (status == LL_OK) status = ll_node_item(c, sum, &part);
    *loss += part;
    ll_node_release(c, square), ll_node_release(c, off), ll_node_release(c, again), ll_node_release(c, sum),
        ll_node_release(c, one);
    if (status != LL_OK) return status;
  }
  return LL_OK;
}

/* Two leaves, in a group each where the optimizer takes two; choice: the place of a boolean or choice to set to `value`. */
static problem make_problem(const ll_optimizer_desc *desc, size_t choice, double value) {
  problem p = {.x = {leaf(3, 2, 0.4), leaf(1, 4, -0.7)}};
  bool one = desc->minimize != NULL;
  works(ctx, ll_optimizer_new(ctx, desc, p.x, one ? LEAVES : 1, &p.optimizer));
  if (choice < desc->params.count) p.optimizer->groups[0].params[choice] = value;
  for (size_t i = 0; i < desc->params.count; i++) {
    if (strcmp(desc->params.params[i].name, "momentum") == 0) p.optimizer->groups[0].params[i] = 0.9;
    if (strcmp(desc->params.params[i].name, "max_iterations") == 0) p.optimizer->groups[0].params[i] = 2;
    if (strcmp(desc->params.params[i].name, "history") == 0) p.optimizer->groups[0].params[i] = 4;
  }
  if (one) return p;
  works(ctx, ll_optimizer_add(ctx, p.optimizer, &p.x[1], 1));
  works(ctx, ll_params_set_number(ctx, &desc->params, p.optimizer->groups[1].params, "lr", 0.003));
  return p;
}

static void free_problem(problem *p) {
  ll_optimizer_free(ctx, p->optimizer);
  for (int i = 0; i < LEAVES; i++) ll_node_release(ctx, p->x[i]);
}

static void steps(problem *p, int n) {
  for (int i = 0; i < n; i++) works(ctx, ll_optimizer_minimize(ctx, p->optimizer, closure, p, NULL, NULL));
}

static void goes_on(const ll_optimizer_desc *desc, size_t choice, double value, const char *name) {
  problem first = make_problem(desc, choice, value), second = make_problem(desc, choice, value);
  void *bytes;
  size_t n;
  first.optimizer->rate = 0.5; /* of a schedule */
  steps(&first, 3);
  works(ctx, ll_params_set_number(ctx, &desc->params, first.optimizer->groups[0].params, "lr", 0.02));
  works(ctx, ll_optimizer_save(ctx, first.optimizer, &bytes, &n));
  works(ctx, ll_optimizer_restore(ctx, second.optimizer, bytes, n));
  for (int i = 0; i < LEAVES; i++) ll_matrix_assign(&second.x[i]->value, &first.x[i]->value);
  equal((object){.optimizer = first.optimizer}, (object){.optimizer = second.optimizer}, name, "restored is what was saved");
  steps(&first, 3), steps(&second, 3);
  bool same = true;
  for (int i = 0; i < LEAVES; i++) {
    size_t size = ll_matrix_count(&first.x[i]->value) * sizeof(ll_real);
    same = same && same_bytes(first.x[i]->value.data, size, second.x[i]->value.data, size);
  }
  ok(same, "%s: three steps more lead to the same bits", name);
  equal((object){.optimizer = first.optimizer}, (object){.optimizer = second.optimizer}, name, "and to the same state");
  refuses((object){.optimizer = second.optimizer}, name, bytes, n);
  ll_free(ctx, bytes);
  free_problem(&first), free_problem(&second);
}

static void optimizers(void) {
  for (size_t k = 0; k < ll_optimizer_count; k++) {
    const ll_optimizer_desc *desc = ll_optimizers[k];
    ok(!desc->close || (desc->save && desc->restore), "%s can write and read its state", desc->name);
    goes_on(desc, LL_MAX_PARAMS, 0, desc->name);
    for (size_t i = 0; i < desc->params.count; i++) {
      const ll_param *p = &desc->params.params[i];
      char name[100];
      snprintf(name, sizeof name, "%s, its other %s", desc->name, p->name);
      if (p->kind == LL_PARAM_BOOLEAN || p->kind == LL_PARAM_CHOICE) goes_on(desc, i, p->value > 0 ? 0 : 1, name);
    }
  }
}

static void fails(ll_status got, const char *words) {
  ok(got == LL_ERR_FORMAT && strstr(ll_message(ctx), words), "refused: %s", words);
  if (got == LL_OK || !strstr(ll_message(ctx), words)) fprintf(stderr, "#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static void other_optimizers(void) {
  const ll_optimizer_desc *adam, *sgd;
  works(ctx, ll_optimizer_find(ctx, "adam", &adam));
  works(ctx, ll_optimizer_find(ctx, "sgd", &sgd));
  problem a = make_problem(adam, LL_MAX_PARAMS, 0), s = make_problem(sgd, LL_MAX_PARAMS, 0);
  ll_node *node = leaf(2, 2, 0), *both[] = {node, a.x[0]};
  ll_optimizer *one, *two;
  ll_random stream = ll_random_stream(1, 1, "states");
  void *bytes;
  size_t n;
  works(ctx, ll_optimizer_save(ctx, a.optimizer, &bytes, &n));
  fails(ll_optimizer_restore(ctx, s.optimizer, bytes, n), "\"adam\", not of sgd");
  works(ctx, ll_optimizer_new(ctx, adam, &node, 1, &one));
  fails(ll_optimizer_restore(ctx, one, bytes, n), "2 groups of parameters, this one 1");
  works(ctx, ll_optimizer_add(ctx, one, &a.x[1], 1));
  fails(ll_optimizer_restore(ctx, one, bytes, n), "parameter 1 of the saved adam is 3x2, of this one 2x2");
  works(ctx, ll_optimizer_new(ctx, adam, both, 2, &two));
  works(ctx, ll_optimizer_add(ctx, two, &a.x[1], 1));
  fails(ll_optimizer_restore(ctx, two, bytes, n), "has 1 parameters, of this one 2");
  fails(ll_random_restore(ctx, &stream, bytes, n), "not the state of a losslab stream");
  ll_free(ctx, bytes);
  ll_optimizer_free(ctx, one), ll_optimizer_free(ctx, two);
  ll_node_release(ctx, node);
  free_problem(&a), free_problem(&s);
}

/* ---- losses
 * -------------------------------------------------------------------------------------------------------------------------- */

enum { N = 20 };

/* Three batches, so that what is collected for the next history is part of the state. */
static void train(ll_loss *loss, uint64_t seed, int batches) {
  ll_random r = ll_random_stream(seed, 0, "states");
  for (int k = 0; k < batches; k++) {
    ll_node *scores = leaf(N, 1, 0), *labels = NULL, *value;
    ll_matrix m;
    works(ctx, ll_matrix_new(ctx, N, 1, &m));
    for (size_t i = 0; i < N; i++) scores->value.data[i] = (ll_real)ll_random_normal(&r), m.data[i] = (ll_real)(i % 3 == 0);
    works(ctx, ll_node_new(ctx, &m, false, &labels));
    works(ctx, ll_loss_batch(ctx, loss, (ll_node *[]){scores, labels}, 2, &value));
    if (value) works(ctx, ll_backward(ctx, value, NULL, false));
    ll_node_release(ctx, value), ll_node_release(ctx, scores), ll_node_release(ctx, labels);
  }
}

static ll_loss *adaptive_rank(double margin) {
  const ll_loss_desc *desc;
  ll_loss *loss;
  works(ctx, ll_loss_find(ctx, "adaptive_rank", &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  works(ctx, ll_params_set_number(ctx, &desc->params, loss->params, "margin", margin));
  works(ctx, ll_params_set_number(ctx, &desc->params, loss->params, "margin_lr", 0.1));
  works(ctx, ll_params_set_choice(ctx, &desc->params, loss->params, "reference", "quantile"));
  return loss;
}

static void histories(void) {
  ll_loss *first = adaptive_rank(0.1), *second = adaptive_rank(0.1), *other = adaptive_rank(0.2);
  void *bytes;
  size_t n;
  ll_real untrained[2] = {0, 1}, classes[2] = {1, 0};
  works(ctx, ll_loss_history(ctx, first, (const ll_matrix[]){ll_matrix_wrap(untrained, 2, 1), ll_matrix_wrap(classes, 2, 1)}));
  for (int epoch = 0; epoch < 2; epoch++) {
    train(first, 5, 4);
    works(ctx, ll_loss_end_epoch(ctx, first));
  }
  train(first, 6, 2);
  works(ctx, ll_loss_save(ctx, first, &bytes, &n));
  works(ctx, ll_loss_restore(ctx, second, bytes, n));
  object a = {.loss = first}, b = {.loss = second};
  equal(a, b, "adaptive_rank", "restored is what was saved");
  ok(second->learnt[0] < 0.1 || second->learnt[0] > 0.1, "adaptive_rank: its margin was learnt (%g)", second->learnt[0]);
  for (int epoch = 0; epoch < 2; epoch++)
    for (int which = 0; which < 2; which++) {
      ll_loss *each = which ? second : first;
      train(each, 7, 3);
      works(ctx, ll_loss_end_epoch(ctx, each));
    }
  equal(a, b, "adaptive_rank", "trained on to the same bits");
  refuses(b, "adaptive_rank", bytes, n);
  fails(ll_loss_restore(ctx, other, bytes, n), "with another margin");
  ll_free(ctx, bytes);
  ll_loss_release(ctx, first), ll_loss_release(ctx, second), ll_loss_release(ctx, other);
}

static void losses(void) {
  for (size_t k = 0; k < ll_loss_count; k++) {
    const ll_loss_desc *d = ll_losses[k];
    ll_loss *first, *second;
    void *bytes;
    size_t n;
    ok(!d->open || (d->save && d->restore), "%s can write and read its state", d->name);
    works(ctx, ll_loss_new(ctx, d, &first));
    works(ctx, ll_loss_new(ctx, d, &second));
    works(ctx, ll_loss_start(ctx, first));
    for (size_t i = 0; i < d->n_learnt; i++) first->learnt[i] = 0.5 + (double)i, first->learnt_grads[i] = -1.0 - (double)i;
    first->zero_rows = 12;
    works(ctx, ll_loss_save(ctx, first, &bytes, &n));
    works(ctx, ll_loss_restore(ctx, second, bytes, n));
    equal((object){.loss = first}, (object){.loss = second}, d->name, "restored is what was saved");
    ok(second->zero_rows == 12, "%s: zero_rows", d->name);
    refuses((object){.loss = second}, d->name, bytes, n);
    if (d->by_row) {
      works(ctx, ll_loss_set_reduction(ctx, second, "sum"));
      fails(ll_loss_restore(ctx, second, bytes, n), "another reduction");
    }
    ll_free(ctx, bytes);
    ll_loss_release(ctx, first), ll_loss_release(ctx, second);
  }
}

/* ---- streams
 * --------------------------------------------------------------------------------------------------------------------------- */

static void streams(void) {
  for (int used = 0; used < 11; used++) {
    ll_random first = ll_random_stream(1, 2, "states"), second = ll_random_stream(3, 4, "other");
    void *bytes;
    size_t n;
    for (int i = 0; i < used; i++) ll_random_bits(&first);
    works(ctx, ll_random_save(ctx, &first, &bytes, &n));
    works(ctx, ll_random_restore(ctx, &second, bytes, n));
    bool same = true;
    for (int i = 0; i < 9; i++) same = same && ll_random_bits(&first) == ll_random_bits(&second);
    ok(same, "a stream goes on after %d words", used);
    if (used == 5) refuses((object){.stream = &second}, "a stream", bytes, n);
    ll_free(ctx, bytes);
  }
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  optimizers();
  other_optimizers();
  losses();
  histories();
  streams();
  ll_ctx_close(ctx);
  return done();
}
