/* Texts out of files as messages may show them. */
#ifndef LOSSLAB_ENGINE_PRINTABLE_H
#define LOSSLAB_ENGINE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { LL_PRINTABLE = 200 };
/* A text of size bytes as it may be shown: cut at 40 bytes, control characters and broken UTF-8 as \xNN. Returns out. */
const char *ll_printable_bytes(char out[LL_PRINTABLE], const void *text, size_t size);
/* The same of a text that ends in 0. */
const char *ll_printable(char out[LL_PRINTABLE], const char *text);
/* The bytes of the character at p, of which left are there, if it may be shown as it is: well-formed, no control character, no line
 * end of Unicode's, nothing that turns the direction of all that follows. Else 0. */
size_t ll_printable_character(const unsigned char *p, size_t left);
/* Whether a text is UTF-8. */
bool ll_printable_utf8(const char *text);

#endif
