/* Where rows with missing cells are dropped, words that only they had are forgotten: no class, group, domain or level is left
 * without a row. */
#include <assert.h>
#include <string.h>

#include "engine/data/read/csv.h"

/* Where the numbers of a column's words stand: in a matrix, or else in an array of their own. */
typedef struct numbers {
  ll_real *reals;
  size_t stride;
  uint32_t *whole;
} numbers;

static ll_status forget_dropped(ll_csv *c, ll_words *words, numbers at, size_t rows) {
  assert(at.whole || at.reals);
  ll_words kept = {0};
  void *block;
  ll_status status = LL_OK;
  LL_TRY(ll_calloc(c->ctx, &block, words->count, sizeof(uint32_t)));
  uint32_t *place = block; /* of each word among those kept, from 1 */
  for (size_t i = 0; i < rows; i++) place[at.whole ? at.whole[i] : (uint32_t)at.reals[i * at.stride]] = 1;
  for (size_t k = 0; k < words->count; k++) {
    const char *word = ll_words_at(words, k);
    if (!place[k]) continue;
    LL_GOTO(cleanup, ll_words_add(c->ctx, &kept, word, strlen(word), &place[k], NULL));
    place[k]++;
  }
  for (size_t i = 0; i < rows; i++) {
    if (at.whole) at.whole[i] = place[at.whole[i]] - 1;
    else at.reals[i * at.stride] = (ll_real)(place[(uint32_t)at.reals[i * at.stride]] - 1);
  }
  ll_words_free(c->ctx, words);
  *words = kept, kept = (ll_words){0};
cleanup:
  ll_words_free(c->ctx, &kept);
  ll_free(c->ctx, block);
  return status;
}

ll_status ll_csv_dropped(ll_csv *c, size_t rows) {
  size_t feature = 0, category = 0;
  for (size_t col = 0; col < c->cols; col++) {
    switch (c->roles[col]) {
    case LL_CSV_CLASS: LL_TRY(forget_dropped(c, &c->b->classes, (numbers){c->b->y.data, 1, NULL}, rows)); break;
    case LL_CSV_GROUP: LL_TRY(forget_dropped(c, &c->b->group_words, (numbers){NULL, 0, c->b->groups}, rows)); break;
    case LL_CSV_DOMAIN: LL_TRY(forget_dropped(c, &c->b->domain_words, (numbers){NULL, 0, c->b->domains}, rows)); break;
    case LL_CSV_CATEGORY:
      LL_TRY(forget_dropped(c, &c->levels[category++], (numbers){c->b->x.data + feature++, c->features, NULL}, rows));
      break;
    default: feature += c->roles[col] == LL_CSV_FEATURE;
    }
  }
  return LL_OK;
}
