/* Which feature of the set a column of this file is: the first file's order is the set's, later files are matched by name. And the
 * line DefaultDirection. */
#include <math.h>
#include <stdio.h>

#include "engine/data/printable.h"
#include "engine/data/read/pin.h"

/* Names that a message lists. */
typedef struct listed {
  char text[400];
  size_t at, n, more;
} listed;

static void list(listed *l, const char *name) {
  char shown[LL_PRINTABLE];
  if (l->at + LL_PRINTABLE + 8 > sizeof l->text) {
    l->more++;
    return;
  }
  l->at += (size_t)snprintf(l->text + l->at, sizeof l->text - l->at, "%s\"%s\"", l->n ? ", " : "", ll_printable(shown, name));
  l->n++;
}

static const struct {
  ll_pin_role role;
  const char *name;
} shared[] = {{LL_PIN_SCAN, "ScanNr"},
              {LL_PIN_MASS, "ExpMass"},
              {LL_PIN_CALCULATED, "CalcMass"},
              {LL_PIN_FILE, "filename"},
              {LL_PIN_PEPTIDE, "Peptide"}};

static ll_status differs(ll_pin_file *f, listed *lacks, const listed *extra) {
  char more[2][40] = {"", ""};
  const listed *lists[] = {lacks, extra};
  for (int k = 0; k < 2; k++)
    if (lists[k]->more) snprintf(more[k], sizeof more[k], " and %zu more", lists[k]->more);
  return ll_fail(f->pin->ctx, LL_ERR_FORMAT, "%s: its columns are not those of %s: %s%s%s%s%s%s%s", f->source->path,
                 f->pin->first_path, lacks->n ? "it lacks " : "", lacks->text, more[0], lacks->n && extra->n ? ", and " : "",
                 extra->n ? "the other lacks " : "", extra->text, more[1]);
}

/* [out] of each column of features its number in the set. */
static ll_status number_features(ll_pin_file *f, uint32_t *numbers) {
  ll_pin *pin = f->pin;
  ll_words *columns = &pin->b->columns;
  listed lacks = {.n = 0}, extra = {.n = 0};
  size_t d = columns->count, met = 0;
  void *block;
  LL_TRY(ll_calloc(pin->ctx, &block, d + 1, 1));
  unsigned char *seen = block;
  ll_status status = LL_OK;
  for (size_t j = 0; j < f->cols && status == LL_OK; j++) {
    if (f->roles[j] != LL_PIN_FEATURE) continue;
    const char *name = ll_words_at(&f->names, j);
    status = ll_words_add(pin->ctx, columns, name, strlen(name), &numbers[j], NULL);
    if (status != LL_OK) continue;
    if (numbers[j] >= d) list(&extra, name);
    else seen[numbers[j]] = 1, met++;
  }
  for (size_t k = 0; k < d && pin->files_read && status == LL_OK; k++)
    if (!seen[k]) list(&lacks, ll_words_at(columns, k));
  ll_free(pin->ctx, block);
  LL_TRY(status);
  if (!pin->files_read) return LL_OK;
  for (size_t k = 0; k < sizeof shared / sizeof *shared; k++) {
    bool here = f->has[shared[k].role], there = pin->has[shared[k].role];
    if (here != there) list(here ? &extra : &lacks, shared[k].name);
  }
  return lacks.n + extra.n ? differs(f, &lacks, &extra) : LL_OK;
}

static void make_steps(ll_pin_file *f, const uint32_t *numbers) {
  size_t n = 0;
  for (size_t j = 0; j < f->cols; j++) {
    ll_pin_step *last = n ? &f->steps[n - 1] : NULL;
    bool feature = f->roles[j] == LL_PIN_FEATURE;
    bool goes_on = last && feature && last->role == LL_PIN_FEATURE && last->feature + last->count == numbers[j];
    if (goes_on) last->count++;
    else f->steps[n++] = (ll_pin_step){.role = (ll_pin_role)f->roles[j], .col = j, .count = 1, .feature = feature ? numbers[j] : 0};
    if (f->roles[j] == LL_PIN_PROTEINS) f->n_steps = n;
  }
  if (!f->tail) f->n_steps = n;
  f->after_steps = n - f->n_steps;
}

ll_status ll_pin_order(ll_pin_file *f) {
  ll_pin *pin = f->pin;
  void *block = NULL, *steps = NULL;
  ll_status status = LL_OK;
  LL_TRY(ll_alloc(pin->ctx, &block, f->cols * sizeof(uint32_t)));
  LL_GOTO(cleanup, number_features(f, block));
  LL_GOTO(cleanup, ll_alloc(pin->ctx, &steps, f->cols * sizeof(ll_pin_step)));
  f->steps = steps;
  make_steps(f, block);
  for (size_t k = 0; k < LL_PIN_ROLES; k++) pin->has[k] = pin->has[k] || f->has[k];
cleanup:
  ll_free(pin->ctx, block);
  return status;
}

ll_status ll_pin_directions(ll_pin_file *f, const unsigned char *from, const unsigned char *to) {
  ll_pin *pin = f->pin;
  size_t d = pin->b->columns.count;
  void *block;
  const unsigned char *p = from;
  if (pin->directions) return LL_OK; /* those of the first file that has some */
  LL_TRY(ll_alloc(pin->ctx, &block, d * sizeof *pin->directions));
  pin->directions = block;
  for (size_t j = 0; j < d; j++) pin->directions[j] = NAN;
  for (size_t k = 0; k < f->n_steps; k++)
    for (size_t i = 0; i < f->steps[k].count && p <= to; i++) {
      const unsigned char *stop = memchr(p, '\t', (size_t)(to - p));
      double value;
      ll_real rounded;
      if (!stop) stop = to;
      if (f->steps[k].role == LL_PIN_FEATURE && ll_pin_number(p, stop, &value, &rounded) == LL_PIN_NUMBER)
        pin->directions[f->steps[k].feature + i] = value;
      p = stop + 1;
    }
  return LL_OK;
}
