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
/* names[0..count) = the words in order: of their values if by_value and each is a decimal number, else of their bytes; place[k] =
 * where word k came to stand. LL_ERR_MEMORY. */
ll_status ll_words_order(ll_ctx *ctx, const ll_words *words, bool by_value, const char **names, uint32_t *place);
/* Where each of `rows` rows keeps the number of its word: in an array, or else in a matrix, where NaN and what is negative are
 * none. */
typedef struct ll_words_rows {
  uint32_t *whole;
  ll_real *reals;
  size_t stride, rows;
} ll_words_rows;
/* Where all words are decimal numbers, makes equal ones ("1", "1.0", "+01", "1e0") one word, numbers the words anew in the order in
 * which they came, and the rows accordingly. Its text is the shortest that was there, of equally long ones the first by bytes
 * (0 before -0), whatever the order of the rows. Nothing is rounded: 9007199254740992 and 9007199254740993 stay two. LL_ERR_MEMORY.
 */
ll_status ll_words_merge(ll_ctx *ctx, ll_words *words, ll_words_rows at);
void ll_words_free(ll_ctx *ctx, ll_words *words);

#endif
