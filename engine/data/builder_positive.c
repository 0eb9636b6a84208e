/* One class against the rest: its rows become targets, all others not; and the classes that are binary labels. */
#include <stdio.h>
#include <string.h>

#include "engine/data/builder.h"
#include "engine/data/decimal.h"
#include "engine/data/printable.h"

/* Numbers are the same class however they are written: 4, 4.0. */
static bool same(const char *a, const char *b) {
  ll_decimal x, y;
  return strcmp(a, b) == 0 ||
         (ll_decimal_parse(a, strlen(a), &x) && ll_decimal_parse(b, strlen(b), &y) && ll_decimal_compare(&x, &y) == 0);
}

static ll_status no_class(ll_ctx *ctx, const ll_words *classes, const char *where, const char *word) {
  enum { LISTED = 24 };
  char list[1000] = "", shown[LISTED][LL_PRINTABLE], meant[LL_PRINTABLE], hint[LL_PRINTABLE + 20] = "";
  const char *names[LISTED], *near;
  size_t n = classes->count < LISTED ? classes->count : LISTED, at = 0;
  for (size_t k = 0; k < n; k++) {
    names[k] = ll_printable(shown[k], ll_words_at(classes, k));
    if (at < sizeof list) at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"", k ? ", " : "", names[k]);
  }
  if ((near = ll_names_nearest(word, names, n)) != NULL) snprintf(hint, sizeof hint, "; did you mean \"%s\"?", near);
  return ll_fail(ctx, LL_ERR_NAME, "%s: positive: there is no class \"%s\"%s (the classes are %s%s)", where,
                 ll_printable(meant, word), hint, list, n < classes->count || at >= sizeof list ? ", …" : "");
}

ll_status ll_builder_positive(ll_ctx *ctx, ll_builder *b, const char *where) {
  ll_status status = LL_OK;
  ll_words two = {0};
  void *block;
  size_t others = 0, other = 0, chosen = b->classes.count;
  uint32_t number;
  LL_TRY(ll_calloc(ctx, &block, b->classes.count + 1, sizeof(bool)));
  bool *is = block;
  for (size_t k = b->classes.count; k-- > 0;) {
    is[k] = same(ll_words_at(&b->classes, k), b->positive);
    if (is[k]) chosen = k;
    else others++, other = k;
  }
  if (chosen == b->classes.count) LL_GOTO(cleanup, no_class(ctx, &b->classes, where, b->positive));
  char rest[LL_PRINTABLE + 8], shown[LL_PRINTABLE];
  const char *name = ll_words_at(&b->classes, chosen);
  snprintf(rest, sizeof rest, "not %s", ll_printable(shown, name));
  const char *against = others == 1 ? ll_words_at(&b->classes, other) : rest;
  LL_GOTO(cleanup, ll_words_add(ctx, &two, against, strlen(against), &number, NULL));
  LL_GOTO(cleanup, ll_words_add(ctx, &two, name, strlen(name), &number, NULL));
  for (size_t i = 0; i < b->y.rows; i++) b->y.data[i] = is[(size_t)b->y.data[i]];
  ll_words_free(ctx, &b->classes);
  b->classes = two, two = (ll_words){0};
  b->multiclass = false;
cleanup:
  ll_words_free(ctx, &two);
  ll_free(ctx, block);
  return status;
}

void ll_builder_positive_plain(ll_ctx *ctx, ll_builder *b) {
  if (!b->multiclass || b->classes.count != 2) return;
  bool first = same(ll_words_at(&b->classes, 0), "1"), second = same(ll_words_at(&b->classes, 1), "1");
  const char *other = ll_words_at(&b->classes, first);
  if (first == second || !(same(other, "0") || same(other, "-1"))) return;
  for (size_t i = 0; i < b->y.rows; i++) b->y.data[i] = (b->y.data[i] == 0) == first;
  ll_words_free(ctx, &b->classes);
  b->multiclass = false;
}
