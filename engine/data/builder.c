/* Makes a set of what a reader or a generator has gathered: puts the classes in order and checks what every set must have. */
#include "engine/data/builder.h"

#include <math.h>
#include <stdarg.h>
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

int ll_builder_number(double value, char text[LL_BUILDER_NUMBER]) {
  double again = 0;
  int size = 0;
  value += 0; /* -0 is 0 */
  if (fabs(value) < 1e15 && value == floor(value)) size = snprintf(text, LL_BUILDER_NUMBER, "%.0f", value), again = value;
  for (int digits = 1; digits <= 17 && (size == 0 || again != value); digits++) {
    size = snprintf(text, LL_BUILDER_NUMBER, "%.*g", digits, value);
    for (char *p = text; *p; p++)
      if (*p == ',') *p = '.'; /* the decimal comma of some locales */
    again = ll_number_slow((const unsigned char *)text);
  }
  return size;
}

ll_status ll_builder_class(ll_ctx *ctx, ll_words *classes, double value, uint32_t *number) {
  char text[LL_BUILDER_NUMBER];
  size_t size = (size_t)ll_builder_number(value, text);
  return ll_words_add(ctx, classes, text, size, number, NULL);
}

ll_status ll_builder_note(ll_ctx *ctx, ll_builder *b, const char *format, ...) {
  char text[700];
  uint32_t number;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return ll_words_add(ctx, &b->notes, text, strlen(text), &number, NULL);
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
  ll_matrix_release(ctx, &b->weights);
  ll_view_release(ctx, b->view);
  b->view = NULL;
  ll_words_free(ctx, &b->columns);
  ll_words_free(ctx, &b->classes);
  ll_words_free(ctx, &b->group_words);
  ll_words_free(ctx, &b->domain_words);
  ll_words_free(ctx, &b->notes);
  ll_lost_digits_free(ctx, &b->lost);
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

/* [out] the words in the order in which they came; their text stays the words'. NULL if there are none. */
static ll_status list_words(ll_ctx *ctx, const ll_words *words, const char ***list, size_t *count) {
  void *block = NULL;
  if (words->count) LL_TRY(ll_alloc(ctx, &block, words->count * sizeof **list));
  *list = block, *count = words->count;
  for (size_t k = 0; k < words->count; k++) (*list)[k] = ll_words_at(words, k);
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
  info->multiclass = b->multiclass, info->values = b->values;
  LL_TRY(copy_text(ctx, name, &shared->text[2]));
  LL_TRY(copy_text(ctx, path, &shared->text[3]));
  info->name = shared->text[2], info->path = shared->text[3];
  LL_TRY(list_words(ctx, &b->columns, &info->columns, &info->n_columns));
  LL_TRY(list_words(ctx, &b->classes, &info->classes, &info->n_classes));
  LL_TRY(list_words(ctx, &b->notes, &info->notes, &info->n_notes));
  if (b->multiclass) LL_TRY(order_classes(ctx, b, info->classes));
  info->n_groups = b->n_groups ? b->n_groups : b->group_words.count;
  info->n_domains = b->domain_words.count;
  shared->text[0] = b->columns.text, b->columns.text = NULL;
  shared->text[1] = b->classes.text, b->classes.text = NULL;
  shared->text[4] = b->notes.text, b->notes.text = NULL;
  return LL_OK;
}

static double feature(const ll_builder *b, size_t row, size_t col) {
  return b->view ? ll_view_element(b->view, row, col) : (double)ll_matrix_row(&b->x, row)[col];
}

/* 0 or 1, which the values of a column begin with where each is one more than the one before, as in an index of the rows that was
 * written among the features; else -1. */
static double numbers_rows(const ll_builder *b, size_t col) {
  enum { LEAST = 3 }; /* fewer may be so by chance */
  double first = feature(b, 0, col);
  if (b->x.rows < LEAST || !(first == 0 || first == 1)) return -1;
  for (size_t i = 1; i < b->x.rows; i++)
    if ((ll_real)feature(b, i, col) != (ll_real)(first + (double)i)) return -1;
  return first;
}

static ll_status note_numbering(ll_ctx *ctx, ll_builder *b) {
  enum { SAID = 8 };
  size_t found = 0;
  for (size_t j = 0; j < b->x.cols; j++) {
    char shown[LL_PRINTABLE];
    double first = numbers_rows(b, j);
    if (first < 0 || ++found > SAID) continue;
    LL_TRY(ll_builder_note(ctx, b,
                           "column \"%s\" numbers the rows, from %g to %g: an index is no feature, since it tells their order",
                           ll_printable(shown, ll_words_at(&b->columns, j)), first, first + (double)b->x.rows - 1));
  }
  return LL_OK;
}

static ll_status note_encoding(ll_ctx *ctx, ll_builder *b) {
  const ll_words *const lists[] = {&b->columns, &b->classes};
  for (size_t l = 0; l < 2; l++)
    for (size_t k = 0; k < lists[l]->count; k++) {
      char shown[LL_PRINTABLE];
      const char *name = ll_words_at(lists[l], k);
      if (ll_printable_utf8(name)) continue;
      return ll_builder_note(ctx, b, "the file is not UTF-8: %s \"%s\" is kept as these bytes", l ? "class" : "column",
                             ll_printable(shown, name));
    }
  return LL_OK;
}

/* What is said of every set that is read. */
static ll_status add_notes(ll_ctx *ctx, ll_builder *b) {
  LL_TRY(note_encoding(ctx, b));
  LL_TRY(ll_lost_digits_note(ctx, b));
  return note_numbering(ctx, b);
}

/* Whether there are weights and all of them are 0. */
static bool weighs_nothing(const ll_builder *b) {
  bool some = b->weights.rows == 0;
  for (size_t i = 0; i < b->weights.rows && !some; i++) some = b->weights.data[i] > 0;
  return !some;
}

ll_status ll_builder_finish(ll_ctx *ctx, ll_builder *b, const char *path, const char *name, ll_data **out) {
  ll_status status = LL_OK;
  const char *where = *path ? path : name;
  bool single = true;
  ll_data *d = NULL;
  void *block;
  *out = NULL;
  if (b->multiclass && b->positive) LL_GOTO(cleanup, ll_builder_positive(ctx, b, where));
  bool named = b->classes.count > 0 || b->values;
  for (int k = 0; k < 2 && !named; k++) {
    uint32_t number;
    LL_GOTO(cleanup, ll_words_add(ctx, &b->classes, k ? "1" : "0", 1, &number, NULL));
  }
  for (size_t i = 1; i < b->y.rows && single; i++) single = b->y.data[i] == b->y.data[0];
  if (single && b->values) {
    status = ll_fail(ctx, LL_ERR_LABEL, "%s: all values are the same, %g (%zu row%s): there is nothing to learn", where,
                     (double)b->y.data[0], b->y.rows, b->y.rows == 1 ? "" : "s");
    goto cleanup;
  }
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
  if (weighs_nothing(b)) {
    status = ll_fail(ctx, LL_ERR_RANGE, "%s: the weights of all %zu rows are 0", where, b->y.rows);
    goto cleanup;
  }
  if (*path) LL_GOTO(cleanup, add_notes(ctx, b));
  LL_GOTO(cleanup, ll_calloc(ctx, &block, 1, sizeof *d));
  d = block;
  LL_GOTO(cleanup, make_info(ctx, b, path, name, d));
  d->missing = b->missing;
  d->x = b->x, b->x = (ll_matrix){0};
  d->view = b->view, b->view = NULL;
  d->y = b->y, b->y = (ll_matrix){0};
  d->weights = b->weights, b->weights = (ll_matrix){0};
  d->groups = b->groups, b->groups = NULL;
  d->domains = b->domains, b->domains = NULL;
  *out = d;
  d = NULL;
cleanup:
  if (d) ll_data_free(ctx, d);
  ll_builder_free(ctx, b);
  return status;
}
