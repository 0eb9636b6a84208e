/* Comma-separated text as RFC 4180 has it, with a header of names. */
#include "engine/data/read/csv.h"
#include "engine/data/read/reader.h"

static ll_status read_csv(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  static const ll_csv_dialect dialect = {.separator = ',', .quotes = true, .roles = ll_csv_roles};
  return ll_csv_read(ctx, options, source, builder, &dialect);
}

const ll_reader_desc ll_reader_csv = {
    .format.name = "csv",
    .format.summary = "comma-separated, a header; label or class, group, domain, numbers",
    .format.suffixes = {".csv"},
    .format.options = LL_READ_COMMENT | LL_READ_MISSING | LL_READ_CATEGORICAL | LL_READ_POSITIVE | LL_READ_LABEL | LL_READ_IGNORE |
                      LL_READ_VALUES | LL_READ_WEIGHT,
    .read = read_csv,
};
