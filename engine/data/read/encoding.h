/* Texts that are not UTF-8, told by their first bytes. */
#ifndef LOSSLAB_ENGINE_ENCODING_H
#define LOSSLAB_ENGINE_ENCODING_H

#include "engine/data/read/source.h"

/* UTF-16, with its byte order mark or by a letter's zero half; no format begins with such bytes. LL_ERR_FORMAT. */
static inline ll_status ll_encoding_check(ll_ctx *ctx, const ll_source *source) {
  const unsigned char *p = source->bytes;
  if (source->size < 2) return LL_OK;
  bool marked = (p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff), half = (p[0] == 0) != (p[1] == 0);
  return marked || half ? ll_fail(ctx, LL_ERR_FORMAT, "%s: UTF-16 text; UTF-8 is needed", source->path) : LL_OK;
}

#endif
