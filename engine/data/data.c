/* Sets: making them from matrices, freeing. What subsets share is one block that counts its references. */
#include "engine/data/data.h"

#include <string.h>

#include "engine/base/scalar.h"
#include "engine/data/builder.h"
#include "engine/data/view.h"

static void release(ll_ctx *ctx, ll_data_shared *shared) {
  if (!shared || --shared->refs) return;
  ll_free(ctx, shared->info.columns);
  ll_free(ctx, shared->info.classes);
  ll_free(ctx, shared->info.notes);
  for (size_t k = 0; k < sizeof shared->text / sizeof *shared->text; k++) ll_free(ctx, shared->text[k]);
  ll_free(ctx, shared);
}

void ll_data_free(ll_ctx *ctx, ll_data *data) {
  if (!data) return;
  ll_matrix_release(ctx, &data->x);
  ll_matrix_release(ctx, &data->y);
  ll_matrix_release(ctx, &data->weights);
  ll_matrix_release(ctx, &data->truth);
  ll_free(ctx, data->groups);
  ll_free(ctx, data->domains);
  if (!data->view || data->index != data->view->rows) ll_free(ctx, data->index);
  ll_view_release(ctx, data->view);
  release(ctx, ll_data_shared_of(data));
  ll_free(ctx, data);
}

void ll_data_class_counts(const ll_data *data, size_t *counts) {
  if (data->info->values) return;
  memset(counts, 0, data->info->n_classes * sizeof *counts);
  for (size_t i = 0; i < data->y.rows; i++) counts[ll_data_class(data, i)]++;
}

ll_status ll_data_group_count(ll_ctx *ctx, const ll_data *data, size_t *count) {
  void *block;
  *count = 0;
  if (!data->groups) return LL_OK;
  LL_TRY(ll_calloc(ctx, &block, data->info->n_groups, sizeof(bool)));
  bool *met = block;
  for (size_t i = 0; i < data->y.rows; i++) {
    *count += !met[data->groups[i]];
    met[data->groups[i]] = true;
  }
  ll_free(ctx, met);
  return LL_OK;
}

/* The labels of y as 0 and 1, or, where they are neither that nor -1 and 1, or are named, as classes from 1 on. */
static ll_status take_labels(ll_ctx *ctx, const char *name, const ll_matrix *y, bool named, ll_builder *b) {
  unsigned seen = 0;
  bool binary = !named;
  double most = 0;
  LL_TRY(ll_matrix_new(ctx, y->rows, 1, &b->y));
  for (size_t i = 0; i < y->rows && binary; i++) binary = ll_builder_label((double)*ll_matrix_row(y, i), &seen, &b->y.data[i]);
  for (size_t i = 0; i < y->rows && !binary; i++) {
    double label = (double)*ll_matrix_row(y, i);
    if (!(label >= 1 && label < 1 << 24 && label == (double)(int64_t)label))
      return ll_fail(ctx, LL_ERR_LABEL, "%s: the label of row %zu is %.10g; labels are all %sclasses 1, 2, …", name, i + 1, label,
                     named ? "" : "0 or 1, all -1 or 1, or all ");
    b->y.data[i] = (ll_real)(label - 1);
    if (label > most) most = label;
  }
  b->multiclass = !binary;
  for (size_t k = 1; k <= (size_t)most; k++) {
    uint32_t number;
    LL_TRY(ll_builder_class(ctx, &b->classes, (double)k, &number));
  }
  return LL_OK;
}

static ll_status take_columns(ll_ctx *ctx, const char *set, const char *const *columns, size_t d, ll_builder *b) {
  if (!columns) return ll_builder_columns(ctx, &b->columns, d);
  for (size_t j = 0; j < d; j++) {
    uint32_t number;
    bool is_new;
    LL_TRY(ll_words_add(ctx, &b->columns, columns[j], strlen(columns[j]), &number, &is_new));
    if (!is_new)
      return ll_fail(ctx, LL_ERR_NAME, "%s: columns %zu and %zu have the same name, \"%s\"", set, (size_t)number + 1, j + 1,
                     columns[j]);
  }
  return LL_OK;
}

/* Of features and labels; the weights are in it where there are any. */
static void hash_elements(ll_data *d) {
  char chain[3][65];
  size_t n = d->weights.rows ? 3 : 2;
  ll_sha256(d->x.data, ll_matrix_count(&d->x) * sizeof(ll_real), chain[0]);
  ll_sha256(d->y.data, d->y.rows * sizeof(ll_real), chain[1]);
  if (n > 2) ll_sha256(d->weights.data, d->y.rows * sizeof(ll_real), chain[2]);
  ll_sha256(chain, n * sizeof *chain, ll_data_shared_of(d)->info.hash);
}

/* A column of finite numbers, copied. */
static ll_status take_column(ll_ctx *ctx, const char *name, const char *what, const ll_matrix *from, size_t rows, bool sizes,
                             ll_matrix *out) {
  if (from->rows != rows || from->cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s %zux%zu; %zux1 expected", name, what, from->rows, from->cols, rows);
  for (size_t i = 0; i < rows; i++) {
    double value = (double)*ll_matrix_row(from, i);
    if (!isfinite(value))
      return ll_fail(ctx, LL_ERR_NUMBER, "%s: %s, row %zu: %g is no finite number", name, what, i + 1, ll_shown((ll_real)value));
    if (sizes && value < 0) return ll_fail(ctx, LL_ERR_RANGE, "%s: %s, row %zu: %g is negative", name, what, i + 1, value);
  }
  return ll_matrix_copy(ctx, from, out);
}

/* What cannot be together. */
static ll_status check_making(ll_ctx *ctx, const ll_data_making *m) {
  if (m->values && (m->classes || m->positive))
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: real values have no %s", m->name, m->classes ? "classes" : "positive class");
  return LL_OK;
}

/* Classes by their names, in the place of the names that numbers have. */
static ll_status name_classes(ll_ctx *ctx, const ll_data_making *m, ll_builder *b) {
  if (b->classes.count > m->n_classes)
    return ll_fail(ctx, LL_ERR_LABEL, "%s: %zu names of classes for %zu classes", m->name, m->n_classes, b->classes.count);
  ll_words_free(ctx, &b->classes);
  for (size_t k = 0; k < m->n_classes; k++) {
    uint32_t number;
    bool is_new;
    LL_TRY(ll_words_add(ctx, &b->classes, m->classes[k], strlen(m->classes[k]), &number, &is_new));
    if (!is_new) return ll_fail(ctx, LL_ERR_NAME, "%s: two classes have the same name, \"%s\"", m->name, m->classes[k]);
  }
  return LL_OK;
}

/* Missing cells as one NaN of many, so that the hash is of what is there; a copy, since x is the caller's. */
static ll_status take_missing(ll_ctx *ctx, const char *name, const ll_matrix *x, ll_builder *b) {
  LL_TRY(ll_matrix_copy(ctx, x, &b->x));
  for (size_t i = 0; i < ll_matrix_count(&b->x); i++) {
    ll_real *cell = &b->x.data[i];
    if (isinf(*cell))
      return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu, column %zu is %g", name, i / x->cols + 1, i % x->cols + 1, (double)*cell);
    if (isnan(*cell)) *cell = (ll_real)NAN, b->missing = true;
  }
  return LL_OK;
}

/* Numbers of groups or domains; NULL: none. */
static ll_status take_numbers(ll_ctx *ctx, const uint32_t *from, size_t n, ll_words *words, uint32_t **out) {
  void *block;
  if (!from) return LL_OK;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof *from));
  *out = block;
  for (size_t i = 0; i < n; i++) LL_TRY(ll_words_add(ctx, words, &from[i], sizeof *from, &(*out)[i], NULL));
  return LL_OK;
}

ll_status ll_data_make(ll_ctx *ctx, const ll_data_making *m, ll_data **out) {
  ll_status status = LL_OK;
  const ll_matrix *x = m->x, *y = m->y;
  const char *name = m->name;
  size_t row, col;
  *out = NULL;
  if (y->rows != x->rows || y->cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: features %zux%zu need labels %zux1, not %zux%zu", name, x->rows, x->cols, x->rows,
                   y->rows, y->cols);
  if (x->rows == 0 || x->cols == 0) return ll_fail(ctx, LL_ERR_SHAPE, "%s: features %zux%zu are empty", name, x->rows, x->cols);
  if (x->rows > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "%s: %zu rows; at most %u", name, x->rows, UINT32_MAX);
  if (!m->missing && ll_matrix_find_bad(x, &row, &col))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu, column %zu is %g", name, row + 1, col + 1,
                   ll_shown(ll_matrix_row(x, row)[col]));
  LL_TRY(check_making(ctx, m));
  ll_builder b = {.positive = m->positive, .values = m->values};
  if (m->missing) LL_GOTO(fail, take_missing(ctx, name, x, &b));
  else if (ll_matrix_contiguous(x)) b.x = ll_matrix_share(x);
  else LL_TRY(ll_matrix_copy(ctx, x, &b.x));
  if (m->values) LL_GOTO(fail, take_column(ctx, name, "values", y, x->rows, false, &b.y));
  else LL_GOTO(fail, take_labels(ctx, name, y, m->classes != NULL, &b));
  if (m->weights) LL_GOTO(fail, take_column(ctx, name, "weights", m->weights, x->rows, true, &b.weights));
  if (m->classes) LL_GOTO(fail, name_classes(ctx, m, &b));
  LL_GOTO(fail, take_columns(ctx, name, m->columns, x->cols, &b));
  LL_GOTO(fail, take_numbers(ctx, m->groups, x->rows, &b.group_words, &b.groups));
  LL_GOTO(fail, take_numbers(ctx, m->domains, x->rows, &b.domain_words, &b.domains));
  LL_GOTO(fail, ll_builder_finish(ctx, &b, "", name, out));
  hash_elements(*out);
  return LL_OK;
fail:
  ll_builder_free(ctx, &b);
  return status;
}

ll_status ll_data_new(ll_ctx *ctx, const char *name, const ll_matrix *x, const ll_matrix *y, const char *const *columns,
                      const uint32_t *groups, ll_data **out) {
  const ll_data_making making = {.name = name, .x = x, .y = y, .columns = columns, .groups = groups};
  return ll_data_make(ctx, &making, out);
}
