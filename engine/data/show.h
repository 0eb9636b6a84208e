/* Texts out of files as messages may show them. */
#ifndef LOSSLAB_ENGINE_SHOW_H
#define LOSSLAB_ENGINE_SHOW_H

#include <stddef.h>

enum { LL_SHOWN = 200 };
/* A text of size bytes as it may be shown: cut at 40 bytes, control characters and broken UTF-8 as \xNN. Returns out. */
const char *ll_show_bytes(char out[LL_SHOWN], const void *text, size_t size);
/* The same of a text that ends in 0. */
const char *ll_show(char out[LL_SHOWN], const char *text);

#endif
