/* Words as numbers: each different text gets the next number. */
#ifndef LOSSLAB_ENGINE_WORDS_H
#define LOSSLAB_ENGINE_WORDS_H

#include "losslab/base.h"

typedef struct ll_words {
  char *text; /* the words, each ending in 0 */
  size_t used, capacity;
  size_t *starts; /* of each word in text */
  size_t count, starts_capacity;
  uint32_t *table; /* open addressing: number + 1, or 0 */
  size_t table_size;
} ll_words;

/* The number of a word, a new one if it was not there (then *is_new, if given, is true). */
ll_status ll_words_add(ll_ctx *ctx, ll_words *words, const void *text, size_t size, uint32_t *number, bool *is_new);
static inline const char *ll_words_at(const ll_words *words, size_t number) { return words->text + words->starts[number]; }
/* names[0..count) = the words in order: of their values if by_value and each is a finite number, else of their bytes; place[k] =
 * where word k came to stand. LL_ERR_MEMORY. */
ll_status ll_words_order(ll_ctx *ctx, const ll_words *words, bool by_value, const char **names, uint32_t *place);
void ll_words_free(ll_ctx *ctx, ll_words *words);

#endif
