/* Every label is a class until all have been seen: there are few, and small ones are found without looking at words. */
#include "engine/data/read/whole_labels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void note(ll_whole_labels *l, double value) {
  ll_real label;
  if (!l->not_binary) l->not_binary = !ll_builder_label(value, &l->seen, &label);
}

ll_status ll_whole_labels_add(ll_ctx *ctx, ll_whole_labels *l, size_t row, bool negative, uint64_t size) {
  bool is_small = !negative && size < LL_WHOLE_LABELS_SMALL;
  uint32_t number, known = is_small ? l->small[size] : 0;
  if (known == 0) {
    char text[24];
    int length = snprintf(text, sizeof text, "%s%llu", negative && size ? "-" : "", (unsigned long long)size);
    LL_TRY(ll_words_add(ctx, &l->builder->classes, text, (size_t)length, &number, NULL));
    note(l, size > 1 ? 2 : negative ? -(double)size : (double)size);
    if (is_small) l->small[size] = number + 1;
  } else {
    number = known - 1;
  }
  l->builder->y.data[row] = (ll_real)number;
  return LL_OK;
}

ll_status ll_whole_labels_add_real(ll_ctx *ctx, ll_whole_labels *l, size_t row, double value) {
  if (fabs(value) < 0x1p64) return ll_whole_labels_add(ctx, l, row, value < 0, (uint64_t)fabs(value));
  uint32_t number;
  LL_TRY(ll_builder_class(ctx, &l->builder->classes, value, &number));
  l->builder->y.data[row] = (ll_real)number;
  l->not_binary = true;
  return LL_OK;
}

void ll_whole_labels_finish(ll_ctx *ctx, ll_whole_labels *l, size_t n, bool binary) {
  ll_builder *b = l->builder;
  b->multiclass = !binary || l->not_binary;
  if (b->multiclass) return;
  for (size_t i = 0; i < n; i++) b->y.data[i] = strcmp(ll_words_at(&b->classes, (size_t)b->y.data[i]), "1") == 0;
  ll_words_free(ctx, &b->classes);
}
