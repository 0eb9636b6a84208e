/* The states of optimizers, losses, rankers and streams. An input's first line says of which: the name of a row, normal_scores of a
 * ranker, anything else of a stream.
 * The byte behind it, if odd, says that the rest stands there as it is, and else that it is the fields, to which the first line and
 * the hash of a state are added, so that changes of fields are not refused for their hash alone. */
#include "tests/fuzz/target.h"

typedef struct object {
  ll_optimizer *optimizer;
  ll_loss *loss;
  ll_random *stream;
} object;

static ll_status save(ll_ctx *ctx, object o, void **bytes, size_t *n) {
  if (o.optimizer) return ll_optimizer_save(ctx, o.optimizer, bytes, n);
  return o.loss ? ll_loss_save(ctx, o.loss, bytes, n) : ll_random_save(ctx, o.stream, bytes, n);
}

static ll_status restore(ll_ctx *ctx, object o, const void *bytes, size_t n) {
  if (o.optimizer) return ll_optimizer_restore(ctx, o.optimizer, bytes, n);
  return o.loss ? ll_loss_restore(ctx, o.loss, bytes, n) : ll_random_restore(ctx, o.stream, bytes, n);
}

/* The fields behind the first line of like, with a hash that fits. */
static void seal(ll_ctx *ctx, const void *like, size_t like_n, const uint8_t *fields, size_t size, void **bytes, size_t *n) {
  const uint8_t *newline = memchr(like, '\n', like_n);
  size_t line = (size_t)(newline - (const uint8_t *)like) + 1;
  char digest[65];
  must(ll_alloc(ctx, bytes, line + size + 64) == LL_OK, "%s", ll_message(ctx));
  uint8_t *to = *bytes;
  memcpy(to, like, line);
  if (size) memcpy(to + line, fields, size);
  ll_sha256(to, line + size, digest);
  memcpy(to + line + size, digest, 64);
  *n = line + size + 64;
}

static void try(ll_ctx *ctx, object o, bool raw, const uint8_t *given, size_t size) {
  void *before = NULL, *after = NULL, *again = NULL, *sealed = NULL;
  size_t n = 0, m = 0, k = 0, sealed_n = 0;
  must(save(ctx, o, &before, &n) == LL_OK, "%s", ll_message(ctx));
  must(restore(ctx, o, before, n) == LL_OK, "what was saved is not read: %s", ll_message(ctx));
  if (!raw) seal(ctx, before, n, given, size, &sealed, &sealed_n);
  ll_status status = raw ? restore(ctx, o, given, size) : restore(ctx, o, sealed, sealed_n);
  must_be_told(ctx, status, status == LL_OK);
  must(status == LL_OK || status == LL_ERR_FORMAT || status == LL_ERR_MEMORY, "%s", ll_status_name(status));
  must(save(ctx, o, &after, &m) == LL_OK, "%s", ll_message(ctx));
  if (status != LL_OK) must(n == m && memcmp(before, after, n) == 0, "what was refused left a trace");
  must(restore(ctx, o, after, m) == LL_OK, "what was read and saved is not read: %s", ll_message(ctx));
  must(save(ctx, o, &again, &k) == LL_OK, "%s", ll_message(ctx));
  must(k == m && memcmp(again, after, m) == 0, "what was saved is read as something else");
  ll_free(ctx, before), ll_free(ctx, after), ll_free(ctx, again), ll_free(ctx, sealed);
}

static void of_optimizer(ll_ctx *ctx, const ll_optimizer_desc *desc, bool raw, const uint8_t *bytes, size_t size) {
  ll_matrix m;
  ll_node *leaf;
  ll_optimizer *optimizer;
  must(ll_matrix_zeros(ctx, 2, 2, &m) == LL_OK && ll_node_new(ctx, &m, true, &leaf) == LL_OK, "%s", ll_message(ctx));
  must(ll_optimizer_new(ctx, desc, &leaf, 1, &optimizer) == LL_OK, "%s", ll_message(ctx));
  try(ctx, (object){.optimizer = optimizer}, raw, bytes, size);
  ll_optimizer_free(ctx, optimizer);
  ll_node_release(ctx, leaf);
}

/* What is read gives the same bytes, and numbers for any values. */
static void of_ranker(ll_ctx *ctx, bool raw, const uint8_t *given, size_t size) {
  static ll_real values[] = {0, 1, 5, 2, 2, 5, 3, 4, 5}, others[3 * 64];
  ll_matrix x = ll_matrix_wrap(values, 3, 3), out;
  ll_ranker *fitted, *loaded;
  void *saved = NULL, *sealed = NULL, *again = NULL;
  size_t n = 0, sealed_n = 0, m = 0;
  must(ll_ranker_fit(ctx, &x, NULL, &fitted) == LL_OK, "%s", ll_message(ctx));
  must(ll_ranker_save(ctx, fitted, &saved, &n) == LL_OK, "%s", ll_message(ctx));
  if (!raw) seal(ctx, saved, n, given, size, &sealed, &sealed_n);
  ll_status status = ll_ranker_load(ctx, raw ? given : sealed, raw ? size : sealed_n, &loaded);
  must_be_told(ctx, status, loaded != NULL);
  must(status == LL_OK || status == LL_ERR_FORMAT || status == LL_ERR_MEMORY, "%s", ll_status_name(status));
  if (loaded) {
    must(ll_ranker_save(ctx, loaded, &again, &m) == LL_OK, "%s", ll_message(ctx));
    must(m == (raw ? size : sealed_n) && memcmp(again, raw ? given : sealed, m) == 0, "what was read is saved as something else");
    size_t columns = ll_ranker_about(loaded).columns_of_x, row, column;
    for (size_t i = 0; i < 3 * 64; i++) others[i] = (ll_real)(((double)i - 96) * (i % 7 ? 1 : (double)LL_LARGEST / 100));
    x = ll_matrix_wrap(others, 3, columns);
    if (columns <= 64) {
      must(ll_ranker_apply(ctx, loaded, &x, &out) == LL_OK, "%s", ll_message(ctx));
      must(!ll_matrix_find_bad(&out, &row, &column), "a normal score is no number");
      ll_matrix_release(ctx, &out);
    }
  }
  ll_ranker_free(ctx, fitted), ll_ranker_free(ctx, loaded);
  ll_free(ctx, saved), ll_free(ctx, sealed), ll_free(ctx, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  ll_ctx *ctx = context();
  const ll_optimizer_desc *optimizer;
  const ll_loss_desc *row;
  char name[40];
  size_t length = 0;
  for (unsigned c; size && (c = take(&bytes, &size)) != '\n';)
    if (length + 1 < sizeof name) name[length++] = (char)c;
  name[length] = '\0';
  bool raw = take(&bytes, &size) % 2;
  if (ll_optimizer_find(ctx, name, &optimizer) == LL_OK) {
    of_optimizer(ctx, optimizer, raw, bytes, size);
  } else if (ll_loss_find(ctx, name, &row) == LL_OK) {
    ll_loss *loss;
    must(ll_loss_new(ctx, row, &loss) == LL_OK, "%s", ll_message(ctx));
    try(ctx, (object){.loss = loss}, raw, bytes, size);
    ll_loss_release(ctx, loss);
  } else if (strcmp(name, "normal_scores") == 0) {
    of_ranker(ctx, raw, bytes, size);
  } else {
    ll_random stream = ll_random_stream(1, 2, "states");
    try(ctx, (object){.stream = &stream}, raw, bytes, size);
  }
  ll_ctx_close(ctx);
  return 0;
}
