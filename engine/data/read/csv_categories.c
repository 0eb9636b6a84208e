/* Columns of words in delimited text: read as numbers of levels into one column each, since the levels are known only at the end,
 * then spread over one column a level, in the order of the levels' names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/printable.h"
#include "engine/data/read/csv.h"

ll_status ll_csv_categories(ll_csv *c) {
  const ll_read_options *o = c->options;
  void *block;
  if (o->n_categorical == 0) return LL_OK;
  for (size_t k = 0; k < o->n_categorical; k++) {
    size_t col = 0;
    while (col < c->cols && strcmp(ll_words_at(&c->header, col), o->categorical[k]) != 0) col++;
    if (col < c->cols && (c->roles[col] == LL_CSV_FEATURE || c->roles[col] == LL_CSV_CATEGORY)) {
      c->roles[col] = LL_CSV_CATEGORY;
      continue;
    }
    if (col == c->cols) return ll_csv_no_column(c, " of categories", o->categorical[k], &c->b->columns);
    char shown[LL_PRINTABLE];
    return ll_fail(c->ctx, LL_ERR_ARGUMENT, "%s: column %zu (\"%s\") is no feature and cannot be categorical", c->source->path,
                   col + 1, ll_printable(shown, o->categorical[k]));
  }
  for (size_t col = 0; col < c->cols; col++) c->categories += c->roles[col] == LL_CSV_CATEGORY;
  size_t count = c->categories;
  c->categories = 0; /* until there is something to free */
  LL_TRY(ll_calloc(c->ctx, &block, count, sizeof *c->levels));
  c->levels = block, c->categories = count;
  return LL_OK;
}

static ll_status add_column(ll_csv *c, ll_words *columns, const char *name, const char *of_level) {
  size_t size = strlen(name), more = of_level ? strlen(of_level) + 1 : 0;
  uint32_t number;
  bool is_new;
  void *block;
  LL_TRY(ll_alloc(c->ctx, &block, size + more + 1));
  char *text = block;
  snprintf(text, size + more + 1, "%s%s%s", name, of_level ? "=" : "", of_level ? of_level : "");
  ll_status status = ll_words_add(c->ctx, columns, text, size + more, &number, &is_new);
  ll_free(c->ctx, block);
  if (status == LL_OK && !is_new) {
    char shown[LL_PRINTABLE], column[LL_PRINTABLE];
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: category \"%s\" of column \"%s\" makes the name of another column", c->source->path,
                   of_level ? ll_printable(shown, of_level) : "", ll_printable(column, name));
  }
  return status;
}

/* Where a feature goes: its first column in the new matrix and, of a category, the place of each level among its columns. */
typedef struct plan {
  size_t first, levels; /* levels: 0 of a plain feature */
  const uint32_t *place;
} plan;

static void spread(const ll_matrix *from, const plan *plans, ll_matrix *to) {
  for (size_t i = 0; i < from->rows; i++) {
    const ll_real *row = ll_matrix_row(from, i);
    ll_real *out = ll_matrix_row(to, i);
    for (size_t j = 0; j < from->cols; j++) {
      const plan *p = &plans[j];
      if (p->levels == 0) {
        out[p->first] = row[j];
        continue;
      }
      /* A missing category is NaN in all its columns, so that their means become the shares of the levels; or, with a constant,
       * it is of no level: 0 in all. */
      for (size_t k = 0; k < p->levels; k++) out[p->first + k] = isnan(row[j]) ? row[j] : 0;
      if (row[j] >= 0) out[p->first + p->place[(size_t)row[j]]] = 1;
    }
  }
}

ll_status ll_csv_expand(ll_csv *c) {
  ll_status status = LL_OK;
  size_t total = 0, at = 0, feature = 0, category = 0, width = 0;
  void *block = NULL, *sorted = NULL;
  ll_words columns = {0};
  ll_matrix x = {0};
  for (size_t col = 0, k = 0, j = 0; col < c->cols; col++) {
    j += c->roles[col] == LL_CSV_FEATURE;
    if (c->roles[col] != LL_CSV_CATEGORY) continue;
    ll_words_rows cells = {.reals = c->b->x.data + j++, .stride = c->b->x.stride, .rows = c->b->x.rows};
    if (c->levels[k].count < 1 << 24) LL_TRY(ll_words_merge(c->ctx, &c->levels[k], cells));
    size_t count = c->levels[k++].count;
    char shown[LL_PRINTABLE];
    const char *name = ll_words_at(&c->header, col);
    if (count == 0 || count >= 1 << 24)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: column %zu (\"%s\"): a category of %zu levels; from 1 to 2^24 are possible",
                     c->source->path, col + 1, ll_printable(shown, name), count);
    total += count;
  }
  LL_GOTO(cleanup, ll_calloc(c->ctx, &block, 1, c->features * sizeof(plan) + total * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_alloc(c->ctx, &sorted, total * sizeof(char *)));
  plan *plans = block;
  uint32_t *places = (uint32_t *)(plans + c->features);
  const char **levels = sorted;
  for (size_t col = 0; col < c->cols; col++) {
    const char *name = ll_words_at(&c->header, col);
    if (c->roles[col] == LL_CSV_FEATURE) {
      plans[feature++] = (plan){width++, 0, NULL};
      LL_GOTO(cleanup, add_column(c, &columns, name, NULL));
    } else if (c->roles[col] == LL_CSV_CATEGORY) {
      const ll_words *words = &c->levels[category++];
      LL_GOTO(cleanup, ll_words_order(c->ctx, words, false, levels, places + at));
      plans[feature++] = (plan){width, words->count, places + at};
      for (size_t k = 0; k < words->count; k++) LL_GOTO(cleanup, add_column(c, &columns, name, levels[k]));
      width += words->count, at += words->count;
    }
  }
  LL_GOTO(cleanup, ll_matrix_new(c->ctx, c->b->x.rows, width, &x));
  spread(&c->b->x, plans, &x);
  ll_matrix_release(c->ctx, &c->b->x);
  c->b->x = x, x = (ll_matrix){0};
  ll_words_free(c->ctx, &c->b->columns);
  c->b->columns = columns, columns = (ll_words){0};
cleanup:
  ll_words_free(c->ctx, &columns);
  ll_free(c->ctx, block);
  ll_free(c->ctx, sorted);
  return status;
}
