/* Makes a set of what a reader or a generator has gathered: puts the classes in order and checks what every set must have. */
#include "engine/data/builder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/data.h"
#include "engine/data/printable.h"
#include "engine/data/read/number.h"

bool ll_builder_label(double value, unsigned *seen, ll_real *out) {
  enum { ZERO = 1, MINUS = 2 };
  if (value == 0) *seen |= ZERO;
  else if (value == -1) *seen |= MINUS;
  else if (value != 1) return false;
  *out = value == 1;
  return *seen != (ZERO | MINUS);
}

ll_status ll_builder_class(ll_ctx *ctx, ll_words *classes, double value, uint32_t *number) {
  char text[40];
  double again = 0;
  int size = 0;
  value += 0; /* -0 is 0 */
  if (fabs(value) < 1e15 && value == floor(value)) size = snprintf(text, sizeof text, "%.0f", value), again = value;
  for (int digits = 1; digits <= 17 && (size == 0 || again != value); digits++) {
    size = snprintf(text, sizeof text, "%.*g", digits, value);
    for (char *p = text; *p; p++)
      if (*p == ',') *p = '.'; /* the decimal comma of some locales */
    again = ll_number_slow((const unsigned char *)text);
  }
  return ll_words_add(ctx, classes, text, (size_t)size, number, NULL);
}

ll_status ll_builder_columns(ll_ctx *ctx, ll_words *columns, size_t d) {
  for (size_t j = 0; j < d; j++) {
    char name[24];
    uint32_t number;
    int size = snprintf(name, sizeof name, "x%zu", j + 1);
    LL_TRY(ll_words_add(ctx, columns, name, (size_t)size, &number, NULL));
  }
  return LL_OK;
}

void ll_builder_free(ll_ctx *ctx, ll_builder *b) {
  ll_matrix_release(ctx, &b->x);
  ll_matrix_release(ctx, &b->y);
  ll_words_free(ctx, &b->columns);
  ll_words_free(ctx, &b->classes);
  ll_words_free(ctx, &b->group_words);
  ll_words_free(ctx, &b->domain_words);
  ll_free(ctx, b->groups);
  ll_free(ctx, b->domains);
  b->groups = b->domains = NULL;
}

/* Orders the names of the classes and numbers the labels accordingly, from 1. */
static ll_status order_classes(ll_ctx *ctx, ll_builder *b, const char **classes) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, b->classes.count * sizeof(uint32_t)));
  uint32_t *place = block;
  ll_status status = ll_words_order(ctx, &b->classes, true, classes, place);
  for (size_t i = 0; i < b->y.rows && status == LL_OK; i++) b->y.data[i] = (ll_real)(place[(size_t)b->y.data[i]] + 1);
  ll_free(ctx, block);
  return status;
}

static ll_status copy_text(ll_ctx *ctx, const char *text, void **out) {
  size_t size = strlen(text) + 1;
  LL_TRY(ll_alloc(ctx, out, size));
  memcpy(*out, text, size);
  return LL_OK;
}

static ll_status make_info(ll_ctx *ctx, ll_builder *b, const char *path, const char *name, ll_data *d) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_data_shared)));
  ll_data_shared *shared = block;
  ll_data_info *info = &shared->info;
  d->info = info;
  shared->refs = 1;
  info->optimal_auc = NAN;
  info->multiclass = b->multiclass;
  LL_TRY(copy_text(ctx, name, &shared->text[2]));
  LL_TRY(copy_text(ctx, path, &shared->text[3]));
  info->name = shared->text[2], info->path = shared->text[3];
  info->n_columns = b->columns.count;
  LL_TRY(ll_alloc(ctx, &block, info->n_columns * sizeof *info->columns));
  info->columns = block;
  for (size_t j = 0; j < info->n_columns; j++) info->columns[j] = ll_words_at(&b->columns, j);
  info->n_classes = b->classes.count;
  LL_TRY(ll_alloc(ctx, &block, info->n_classes * sizeof *info->classes));
  info->classes = block;
  for (size_t k = 0; k < info->n_classes; k++) info->classes[k] = ll_words_at(&b->classes, k);
  if (b->multiclass) LL_TRY(order_classes(ctx, b, info->classes));
  info->n_groups = b->group_words.count;
  info->n_domains = b->domain_words.count;
  shared->text[0] = b->columns.text, b->columns.text = NULL;
  shared->text[1] = b->classes.text, b->classes.text = NULL;
  return LL_OK;
}

ll_status ll_builder_finish(ll_ctx *ctx, ll_builder *b, const char *path, const char *name, ll_data **out) {
  ll_status status = LL_OK;
  const char *where = *path ? path : name;
  bool single = true;
  ll_data *d = NULL;
  void *block;
  *out = NULL;
  for (int k = 0; k < 2 && !b->multiclass; k++) {
    uint32_t number;
    LL_GOTO(cleanup, ll_words_add(ctx, &b->classes, k ? "1" : "0", 1, &number, NULL));
  }
  for (size_t i = 1; i < b->y.rows && single; i++) single = b->y.data[i] == b->y.data[0];
  if (single) {
    size_t k = (size_t)b->y.data[0];
    char shown[LL_PRINTABLE];
    status = ll_fail(ctx, LL_ERR_LABEL, "%s: one class only: %s \"%s\" in all rows (%zu); two are needed", where,
                     b->multiclass ? "class" : "label", ll_printable(shown, ll_words_at(&b->classes, k)), b->y.rows);
    goto cleanup;
  }
  if (b->classes.count > 1 << 24) {
    status = ll_fail(ctx, LL_ERR_LABEL, "%s: %zu classes; at most %d", where, b->classes.count, 1 << 24);
    goto cleanup;
  }
  LL_GOTO(cleanup, ll_calloc(ctx, &block, 1, sizeof *d));
  d = block;
  LL_GOTO(cleanup, make_info(ctx, b, path, name, d));
  d->missing = b->missing;
  d->x = b->x, b->x = (ll_matrix){0};
  d->y = b->y, b->y = (ll_matrix){0};
  d->groups = b->groups, b->groups = NULL;
  d->domains = b->domains, b->domains = NULL;
  *out = d;
  d = NULL;
cleanup:
  if (d) ll_data_free(ctx, d);
  ll_builder_free(ctx, b);
  return status;
}
