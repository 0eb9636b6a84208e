/* Readers: a format and the function that reads it. A reader is a file of its own that ends with its row, and a line of
 * readers.def. */
#ifndef LOSSLAB_ENGINE_READER_H
#define LOSSLAB_ENGINE_READER_H

#include "engine/data/builder.h"
#include "engine/data/read/source.h"

typedef struct ll_reader_desc {
  ll_format format;
  /* Fills x, y, columns and, of a set that is multiclass, classes of the builder, which the caller frees. The source is not empty,
   * its first chunk is read; only options that the format takes are set. */
  ll_status (*read)(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder);
} ll_reader_desc;

#define READER(name) extern const ll_reader_desc ll_reader_##name;
#include "engine/data/read/readers.def"
#undef READER

#endif
