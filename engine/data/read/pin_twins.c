/* Columns of features that are equal in all rows. Few are, so that a sample of rows tells nearly all apart; those that it does not
 * are hashed whole, and who then still looks equal is compared. So it is linear, whatever the columns are. */
#include <stdio.h>

#include "engine/data/data.h"
#include "engine/data/printable.h"
#include "engine/data/read/pin.h"

enum { SAMPLE = 1024 };

typedef struct twins {
  ll_pin *pin;
  uint64_t *hashes; /* of each column */
  uint32_t *firsts; /* of each different hash the first column that has it */
  uint32_t *asked;  /* the columns that may have an equal, n_asked of them, ascending */
  unsigned char *marks;
  size_t n_asked;
  char list[500];
  size_t at, n, more;
} twins;

/* Hashes the columns that are asked for, by every step-th row. */
static void hash(const twins *t, size_t step) {
  for (size_t k = 0; k < t->n_asked; k++) t->hashes[t->asked[k]] = 0;
  for (size_t i = 0; i < t->pin->rows && t->n_asked; i += step) {
    const ll_real *row = ll_matrix_row(&t->pin->b->x, i);
    for (size_t k = 0; k < t->n_asked; k++) {
      size_t j = t->asked[k];
      uint64_t h = (t->hashes[j] ^ ll_data_bits(row[j])) * 0x9e3779b97f4a7c15u;
      t->hashes[j] = h ^ h >> 29;
    }
  }
}

static bool are_equal(const ll_pin *pin, size_t a, size_t b) {
  for (size_t i = 0; i < pin->rows; i++) {
    const ll_real *row = ll_matrix_row(&pin->b->x, i);
    if (ll_data_bits(row[a]) != ll_data_bits(row[b])) return false;
  }
  return true;
}

static void list(twins *t, size_t first, size_t col) {
  enum { MORE = 40 }; /* room for how many are not listed */
  const ll_words *columns = &t->pin->b->columns;
  char shown[2][LL_PRINTABLE], pair[2 * LL_PRINTABLE + 16];
  int size = snprintf(pair, sizeof pair, "%s\"%s\" and \"%s\"", t->n++ ? ", " : "",
                      ll_printable(shown[0], ll_words_at(columns, first)), ll_printable(shown[1], ll_words_at(columns, col)));
  if (t->more || t->at + (size_t)size + MORE > sizeof t->list) {
    t->more++;
    return;
  }
  memcpy(t->list + t->at, pair, (size_t)size + 1);
  t->at += (size_t)size;
}

/* Asked for are now the columns whose hash another one has. say: those are listed that are equal to the first of their hash. */
static ll_status group(twins *t, bool say) {
  ll_words words = {0};
  ll_status status = LL_OK;
  memset(t->marks, 0, t->pin->b->columns.count);
  for (size_t k = 0; k < t->n_asked; k++) {
    uint32_t number, col = t->asked[k];
    bool is_new;
    LL_GOTO(cleanup, ll_words_add(t->pin->ctx, &words, &t->hashes[col], sizeof t->hashes[col], &number, &is_new));
    if (is_new) t->firsts[number] = col;
    else t->marks[col] = t->marks[t->firsts[number]] = 1;
    if (!is_new && say && are_equal(t->pin, t->firsts[number], col)) list(t, t->firsts[number], col);
  }
  t->n_asked = 0;
  for (size_t j = 0; j < t->pin->b->columns.count; j++)
    if (t->marks[j]) t->asked[t->n_asked++] = (uint32_t)j;
cleanup:
  ll_words_free(t->pin->ctx, &words);
  return status;
}

ll_status ll_pin_note_twins(ll_pin *pin) {
  twins t = {.pin = pin};
  size_t d = pin->b->columns.count;
  ll_status status = LL_OK;
  void *block = NULL;
  if (pin->rows < 2) return LL_OK;
  LL_TRY(ll_alloc(pin->ctx, &block, d * (sizeof *t.hashes + sizeof *t.firsts + sizeof *t.asked + 1)));
  t.hashes = block, t.firsts = (uint32_t *)(void *)(t.hashes + d), t.asked = t.firsts + d;
  t.marks = (unsigned char *)(t.asked + d);
  for (size_t j = 0; j < d; j++)
    if (pin->varies[j] && !ll_lost_digits_met(&pin->b->lost, j)) t.asked[t.n_asked++] = (uint32_t)j;
  hash(&t, pin->rows / SAMPLE + 1);
  LL_GOTO(cleanup, group(&t, false));
  hash(&t, 1);
  LL_GOTO(cleanup, group(&t, true));
  if (t.more) snprintf(t.list + t.at, sizeof t.list - t.at, " and %zu more", t.more);
  if (t.n) status = ll_builder_note(pin->ctx, pin->b, "columns that are equal in all rows: %s", t.list);
cleanup:
  ll_free(pin->ctx, block);
  return status;
}
