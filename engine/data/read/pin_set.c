/* The set that files of Percolator's input make: its beginning and end. */
#include <stdio.h>

#include "engine/data/printable.h"
#include "engine/data/read/pin.h"

void ll_pin_begin(ll_pin *pin, ll_ctx *ctx, ll_builder *builder, const ll_pin_options *options) {
  *pin = (ll_pin){.ctx = ctx, .b = builder, .options = *options};
}

static ll_status note_constants(ll_pin *pin) {
  char list[500] = "", shown[LL_PRINTABLE];
  size_t n = 0, at = 0, more = 0;
  for (size_t j = 0; j < pin->b->columns.count; j++) {
    if (pin->varies[j] || ll_lost_digits_met(&pin->b->lost, j)) continue;
    n++;
    if (at + LL_PRINTABLE + 8 > sizeof list) more++;
    else
      at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"", n > 1 ? ", " : "",
                             ll_printable(shown, ll_words_at(&pin->b->columns, j)));
  }
  if (n == 0 || pin->rows < 2) return LL_OK;
  if (more) snprintf(list + at, sizeof list - at, " and %zu more", more);
  return ll_builder_note(pin->ctx, pin->b, "column%s %s hold%s one value in all rows", n > 1 ? "s" : "", list, n > 1 ? "" : "s");
}

ll_status ll_pin_finish(ll_pin *pin) {
  ll_builder *b = pin->b;
  if (pin->rows == 0) return ll_fail(pin->ctx, LL_ERR_FORMAT, "%s: every row has a missing cell and was dropped", pin->first_path);
  b->x.rows = b->y.rows = pin->rows;
  b->missing = pin->options.missing == LL_MISSING_MEAN && pin->holes > 0;
  if (pin->dropped)
    LL_TRY(ll_builder_note(pin->ctx, b, "%zu row%s with a missing number %s left out", pin->dropped, pin->dropped > 1 ? "s" : "",
                           pin->dropped > 1 ? "are" : "is"));
  if (pin->no_mass)
    LL_TRY(ll_builder_note(pin->ctx, b, "ExpMass is missing in %zu row%s: they are told apart by their scans alone", pin->no_mass,
                           pin->no_mass > 1 ? "s" : ""));
  LL_TRY(note_constants(pin));
  LL_TRY(ll_pin_note_twins(pin));
  b->n_groups = pin->n_spectra;
  if (pin->grouped) return LL_OK;
  ll_free(pin->ctx, b->groups); /* no two rows are of one spectrum */
  b->groups = NULL, b->n_groups = 0;
  return LL_OK;
}

void ll_pin_free(ll_pin *pin) {
  ll_ctx *ctx = pin->ctx;
  ll_free(ctx, pin->scans);
  ll_free(ctx, pin->masses);
  ll_free(ctx, pin->calculated);
  ll_free(ctx, pin->files);
  ll_free(ctx, pin->prefixes);
  ll_free(ctx, pin->directions);
  ll_free(ctx, pin->varies);
  ll_free(ctx, pin->again);
  ll_words_free(ctx, &pin->file_names);
  ll_words_free(ctx, &pin->scan_words);
  ll_words_free(ctx, &pin->prefix_words);
  ll_texts_free(ctx, &pin->texts);
  ll_pin_spectra_free(ctx, &pin->spectra);
  *pin = (ll_pin){0};
}
