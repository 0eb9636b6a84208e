/* A direct-mapped table for each column, from a number in single precision to the first value that was read as it. A slot that
 * another number needs is taken over: what is found is true, and of what is far apart in a large file some is missed. Tables begin
 * small, since memory must be cleared, and grow for large values, which are looked at in every row. */
#include "engine/data/lost_digits.h"

#include <stdio.h>
#include <string.h>

#include "engine/data/builder.h"
#include "engine/data/printable.h"

typedef struct slot {
  double value;
  uint32_t row; /* from 1; 0: empty */
} slot;

typedef struct ll_lost_column {
  slot *slots;
  size_t size, used; /* slots, and how many are not empty */
  slot first[2];     /* that met */
  size_t looked, met;
  bool whole; /* two whole numbers met */
} column;

enum { MOST = 60 << 20, LARGEST = 1 << 16, SMALL = 512, LEAST = 16 }; /* bytes of all columns; slots of one */

/* As many slots as twice the rows, or as there is room for; none in a table of too many columns. */
static ll_status begin(ll_ctx *ctx, ll_lost_digits *lost, const ll_matrix *x) {
  size_t room = MOST / x->cols, slots = LEAST;
  void *block;
  if (room < sizeof(column) + LEAST * sizeof(slot)) return LL_OK;
  LL_TRY(ll_calloc(ctx, &block, x->cols, sizeof(column)));
  while (slots < LARGEST && slots < 2 * x->rows && sizeof(column) + 2 * slots * sizeof(slot) <= room) slots *= 2;
  *lost = (ll_lost_digits){block, x->cols, slots};
  return LL_OK;
}

static slot *slot_of(const column *c, float rounded) {
  uint32_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  bits *= 0x9e3779b1u;
  return &c->slots[(bits >> 16 ^ bits) & (c->size - 1)];
}

static ll_status resize(ll_ctx *ctx, column *c, size_t size) {
  column larger = *c;
  void *block;
  LL_TRY(ll_calloc(ctx, &block, size, sizeof(slot)));
  larger.slots = block, larger.size = size, larger.used = 0;
  for (size_t k = 0; c->slots && k < c->size; k++) {
    if (c->slots[k].row == 0) continue;
    slot *s = slot_of(&larger, (float)c->slots[k].value);
    larger.used += s->row == 0;
    *s = c->slots[k];
  }
  ll_free(ctx, c->slots);
  *c = larger;
  return LL_OK;
}

ll_status ll_lost_digits_take(ll_ctx *ctx, ll_lost_digits *lost, const ll_matrix *x, size_t row, size_t col, double value) {
  float rounded = (float)value;
  if (!isfinite(rounded)) return LL_OK; /* a missing cell, or an error of the reader's own */
  if (!lost->columns) LL_TRY(begin(ctx, lost, x));
  if (!lost->columns) return LL_OK;
  column *c = &lost->columns[col];
  if (!c->slots) LL_TRY(resize(ctx, c, lost->slots < SMALL ? lost->slots : SMALL));
  if (2 * c->used > c->size && c->size < lost->slots && fabs(value) >= LL_LOST_FAR) LL_TRY(resize(ctx, c, 2 * c->size));
  slot *s = slot_of(c, rounded);
  c->looked++;
  c->used += s->row == 0;
  if (s->row == 0 || (float)s->value != rounded) *s = (slot){value, (uint32_t)row + 1};
  if (s->value == value) return LL_OK;
  if (c->met++ == 0) c->first[0] = *s, c->first[1] = (slot){value, (uint32_t)row + 1};
  c->whole = c->whole || (value == floor(value) && s->value == floor(s->value));
  return LL_OK;
}

static ll_status note(ll_ctx *ctx, ll_builder *b, const column *c, const char *name) {
  char shown[LL_PRINTABLE], values[2][LL_BUILDER_NUMBER], more[60] = "";
  for (int k = 0; k < 2; k++) ll_builder_number(c->first[k].value, values[k]);
  size_t others = c->met - 1;
  if (others) snprintf(more, sizeof more, ", and at least %zu more row%s so", others, others == 1 ? " is" : "s are");
  return ll_builder_note(ctx, b,
                         "column \"%s\": %s (row %u) and %s (row %u) are one number in single precision%s; "
                         "losslab-double keeps them apart",
                         ll_printable(shown, name), values[0], c->first[0].row, values[1], c->first[1].row, more);
}

ll_status ll_lost_digits_note(ll_ctx *ctx, ll_builder *b) {
  enum { SAID = 8, SHARE = 100 };
  ll_lost_digits *lost = &b->lost;
  ll_status status = LL_OK;
  size_t found = 0;
  for (size_t j = 0; j < lost->cols && status == LL_OK; j++) {
    const column *c = &lost->columns[j];
    if (!c->whole && c->met * SHARE <= c->looked) continue;
    if (++found <= SAID) status = note(ctx, b, c, ll_words_at(&b->columns, j));
  }
  if (found > SAID && status == LL_OK)
    status = ll_builder_note(ctx, b, "%zu more columns hold values that are one number in single precision", found - SAID);
  ll_lost_digits_free(ctx, lost);
  return status;
}

bool ll_lost_digits_met(const ll_lost_digits *lost, size_t col) { return lost->columns && lost->columns[col].met > 0; }

void ll_lost_digits_free(ll_ctx *ctx, ll_lost_digits *lost) {
  for (size_t j = 0; j < lost->cols; j++) ll_free(ctx, lost->columns[j].slots);
  ll_free(ctx, lost->columns);
  *lost = (ll_lost_digits){0};
}
