/* Names of tables: finding one, and the nearest known where there is none, by optimal string alignment distance, in which a swap
 * of two letters counts one and capitals count as small. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "losslab/base.h"

enum { LONGEST = 48, LISTED = 32 }; /* characters of a name that is compared; names that a message lists */

static size_t least(size_t a, size_t b, size_t c) {
  size_t m = a < b ? a : b;
  return m < c ? m : c;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static size_t distance(const char *a, size_t n, const char *b, size_t m) {
  size_t rows[3][LONGEST + 1];
  size_t *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= m; j++) last[j] = j;
  for (size_t i = 1; i <= n; i++) {
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t change = lower(a[i - 1]) != lower(b[j - 1]);
      now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + change);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j]) now[j] = before[j - 2] + 1;
    }
    size_t *spare = before;
    before = last, last = now, now = spare;
  }
  return last[m];
}

const char *ll_names_nearest(const char *word, const char *const *names, size_t count) {
  size_t n = strlen(word);
  if (n > LONGEST) return NULL;
  const char *best = NULL;
  size_t best_distance = 0;
  for (size_t k = 0; k < count; k++) {
    size_t m = strlen(names[k]);
    if (m > LONGEST) continue;
    size_t d = distance(word, n, names[k], m);
    /* A name that the word begins, or that begins the word, is meant even if much is missing. */
    size_t shorter = n < m ? n : m;
    if (shorter >= 3 && strncmp(word, names[k], shorter) == 0) d = d < 2 ? d : 2;
    if (!best || d < best_distance) best = names[k], best_distance = d;
  }
  size_t limit = n < 4 ? 1 : n < 8 ? 2 : n / 3;
  return best && best_distance <= limit ? best : NULL;
}

size_t ll_names_place(const char *word, const char *const *names, size_t count) {
  size_t place = 0;
  while (place < count && strcmp(names[place], word) != 0) place++;
  return place;
}

ll_status ll_names_unknown(ll_ctx *ctx, const char *said, const char *word, const char *const *names, size_t count) {
  const char *near = ll_names_nearest(word, names, count);
  if (near) return ll_fail(ctx, LL_ERR_NAME, "%s \"%.60s\"; did you mean \"%s\"?", said, word, near);
  char known[800] = "";
  size_t at = 0;
  for (size_t i = 0; i < count && count <= LISTED && at < sizeof known; i++)
    at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "; there are ", names[i]);
  return ll_fail(ctx, LL_ERR_NAME, "%s \"%.60s\"%s%s", said, word, known, at < sizeof known ? "" : "…");
}

ll_status ll_names_find(ll_ctx *ctx, const char *what, const char *word, const char *const *names, size_t count, size_t *place) {
  char said[80];
  *place = ll_names_place(word, names, count);
  if (*place < count) return LL_OK;
  snprintf(said, sizeof said, "there is no %s", what);
  return ll_names_unknown(ctx, said, word, names, count);
}

ll_status ll_names_choose(ll_ctx *ctx, const char *owner, const char *field, const char *word, const char *const *names,
                          size_t count, size_t *place) {
  char said[160];
  *place = ll_names_place(word, names, count);
  if (*place < count) return LL_OK;
  snprintf(said, sizeof said, "%s: %s cannot be", owner, field);
  return ll_names_unknown(ctx, said, word, names, count);
}

ll_status ll_names_find_row(ll_ctx *ctx, const char *what, const char *word, const void *rows, size_t count, size_t *place) {
  enum { MOST = 256 };
  const char *names[MOST];
  assert(count <= MOST);
  for (size_t i = 0; i < count; i++) {
    const void *row;
    memcpy(&row, (const char *)rows + i * sizeof row, sizeof row);
    names[i] = *(const char *const *)row;
  }
  return ll_names_find(ctx, what, word, names, count, place);
}
