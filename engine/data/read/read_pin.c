/* Percolator's tab-separated input (.pin, "tab") as a set: what pin.c reads, without the texts of the rows. */
#include "engine/data/read/pin.h"
#include "engine/data/read/reader.h"

static ll_status read_pin(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  ll_pin pin;
  ll_pin_begin(&pin, ctx, builder,
               &(ll_pin_options){.missing = options->missing,
                                 .constant = options->constant,
                                 .exclude = options->ignore,
                                 .n_exclude = options->n_ignore,
                                 .exclude_word = "ignore"});
  ll_status status = ll_pin_read(&pin, source);
  if (status == LL_OK) status = ll_pin_finish(&pin);
  ll_pin_free(&pin);
  return status;
}

const ll_reader_desc ll_reader_pin = {
    .format.name = "pin",
    .format.summary = "Percolator's input: Label 1 or -1, groups by file, ScanNr and ExpMass",
    .format.suffixes = {".pin", ".tab"},
    .format.options = LL_READ_MISSING | LL_READ_IGNORE,
    .read = read_pin,
};
