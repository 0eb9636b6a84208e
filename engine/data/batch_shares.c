/* Batches with given shares of the classes: each class is a deck of its rows that is dealt out and shuffled again when it is
 * empty; what a batch owes a class beyond whole rows is carried to the next. */
#include <math.h>
#include <string.h>

#include "engine/data/data.h"
#include "engine/data/missing.h"
#include "engine/data/printable.h"

typedef struct deck {
  uint32_t *rows;
  size_t count, dealt;
  double owed;
} deck;

static void shuffle(ll_random *r, uint32_t *rows, size_t n) {
  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)ll_random_below(r, i);
    uint32_t row = rows[i - 1];
    rows[i - 1] = rows[j], rows[j] = row;
  }
}

static uint32_t deal(ll_random *r, deck *d) {
  if (d->dealt == d->count) shuffle(r, d->rows, d->count), d->dealt = 0;
  return d->rows[d->dealt++];
}

/* One batch: each class gets the whole rows that it is owed, and the places left go to the classes owed most. */
static void draw_batch(ll_random *r, deck *decks, size_t classes, const double *shares, size_t size, uint32_t *rows) {
  size_t taken = 0;
  for (size_t c = 0; c < classes; c++) {
    decks[c].owed += (double)size * shares[c];
    for (; decks[c].owed >= 1 && taken < size; decks[c].owed--) rows[taken++] = deal(r, &decks[c]);
  }
  while (taken < size) {
    size_t most = classes;
    for (size_t c = 0; c < classes; c++)
      if (shares[c] > 0 && (most == classes || decks[c].owed > decks[most].owed)) most = c;
    decks[most].owed--;
    rows[taken++] = deal(r, &decks[most]);
  }
  shuffle(r, rows, size);
}

static ll_status check(ll_ctx *ctx, const ll_data *data, size_t size, const double *shares) {
  double sum = 0;
  if (data->info->values)
    return ll_fail(ctx, LL_ERR_LABEL, "batches by class: %s holds real values, which have no classes", data->info->name);
  LL_TRY(ll_data_no_missing(ctx, data, "batches"));
  if (size == 0) return ll_fail(ctx, LL_ERR_RANGE, "a batch of no rows");
  if (size > data->x.rows)
    return ll_fail(ctx, LL_ERR_RANGE, "a batch of %zu rows is larger than the data: %s has %zu", size, data->info->name,
                   data->x.rows);
  for (size_t c = 0; c < data->info->n_classes; c++) {
    if (!(shares[c] >= 0 && shares[c] <= 1))
      return ll_fail(ctx, LL_ERR_RANGE, "batches: the share of class %zu is %g, not in [0, 1]", c + 1, shares[c]);
    sum += shares[c];
  }
  if (fabs(sum - 1) > 1e-9) return ll_fail(ctx, LL_ERR_RANGE, "batches: the shares of the classes add up to %g, not 1", sum);
  return LL_OK;
}

ll_status ll_batches_open_shares(ll_ctx *ctx, const ll_data *data, size_t size, const double *shares, uint64_t seed, uint64_t epoch,
                                 ll_batches *out) {
  ll_status status = LL_OK;
  size_t n = data->x.rows, classes = data->info->n_classes;
  void *block = NULL, *drawn = NULL;
  *out = (ll_batches){0};
  LL_TRY(check(ctx, data, size, shares));
  size_t batches = n / size, total = batches * size, start = 0;
  LL_GOTO(cleanup, ll_calloc(ctx, &block, 1, classes * sizeof(deck) + n * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_alloc(ctx, &drawn, total * sizeof(uint32_t)));
  deck *decks = block;
  uint32_t *rows = (uint32_t *)(decks + classes), *order = drawn;
  for (size_t i = 0; i < n; i++) decks[ll_data_class(data, i)].count++;
  for (size_t c = 0; c < classes; c++) {
    if (shares[c] > 0 && decks[c].count == 0) {
      char shown[LL_PRINTABLE];
      const char *name = data->info->classes[c];
      status =
          ll_fail(ctx, LL_ERR_RANGE, "batches of %s: class \"%s\" has no row to draw", data->info->name, ll_printable(shown, name));
      goto cleanup;
    }
    decks[c].rows = rows + start, start += decks[c].count, decks[c].count = 0;
  }
  for (size_t i = 0; i < n; i++) {
    deck *d = &decks[ll_data_class(data, i)];
    d->rows[d->count++] = (uint32_t)i;
  }
  ll_random stream = ll_random_stream(seed, epoch, "sample");
  for (size_t c = 0; c < classes; c++) decks[c].dealt = decks[c].count; /* as if dealt out: the first draw shuffles */
  for (size_t b = 0; b < batches; b++) draw_batch(&stream, decks, classes, shares, size, order + b * size);
  out->size = size;
  drawn = NULL; /* the batches' now */
  LL_GOTO(cleanup, ll_batches_take(ctx, data, order, total, out));
cleanup:
  ll_free(ctx, block);
  ll_free(ctx, drawn);
  return status;
}
