/* How two sets differ, for whoever has to say that a file has changed. Rows are counted by a hash of their content in a table, so
 * that one row more at the beginning does not make all others different. */
#include <string.h>

#include "engine/data/data.h"
#include "engine/data/words.h"

typedef struct counted {
  uint64_t hash;
  size_t count; /* 0: free, or all found again */
  bool used;
} counted;

/* The content of rows: of n columns the places, and a hash for each class. */
typedef struct side {
  const ll_data *data;
  uint32_t *places;
  uint64_t *classes;
  ll_real *row; /* [opt] of a set with a view: the row that is looked at */
} side;

static uint64_t mixed(uint64_t x) { /* the end of MurmurHash3 */
  x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
  return x ^ x >> 33;
}

static uint64_t bits(ll_real value) {
  double x = value == value ? (double)value + 0 : 0; /* -0 is 0 */
  uint64_t out;
  memcpy(&out, &x, sizeof out);
  return value == value ? out : ~(uint64_t)0; /* a missing cell */
}

/* Of the label, or the real value, and of the weight where there is one. */
static uint64_t label_of(const side *s, size_t row) {
  const ll_data *d = s->data;
  uint64_t label = d->info->values ? bits(*ll_matrix_row(&d->y, row)) : s->classes[ll_data_class(d, row)];
  return d->weights.rows ? mixed(label) ^ bits(*ll_matrix_row(&d->weights, row)) : label;
}

static const ll_real *row_of(const side *s, size_t row) {
  if (!s->row) return ll_matrix_row(&s->data->x, row);
  ll_data_gather(s->data, NULL, row, 1, s->row);
  return s->row;
}

static uint64_t hash_row(const side *s, size_t row, size_t n) {
  const ll_real *x = row_of(s, row);
  uint64_t hash = label_of(s, row);
  for (size_t j = 0; j < n; j++) hash = mixed(hash + 0x9e3779b97f4a7c15u * (j + 1)) ^ mixed(bits(x[s->places[j]]));
  return hash;
}

static counted *find(counted *table, size_t size, uint64_t hash) {
  size_t at = mixed(hash) & (size - 1);
  while (table[at].used && table[at].hash != hash) at = (at + 1) & (size - 1);
  return &table[at];
}

static ll_status count_rows(ll_ctx *ctx, const side sides[2], size_t n, ll_data_differences *out) {
  size_t rows = sides[0].data->x.rows, size = 16, found = 0;
  void *block;
  while (size < 2 * rows) size *= 2;
  LL_TRY(ll_calloc(ctx, &block, size, sizeof(counted)));
  counted *table = block;
  for (size_t i = 0; i < rows; i++) {
    uint64_t hash = hash_row(&sides[0], i, n);
    counted *c = find(table, size, hash);
    c->hash = hash, c->used = true, c->count++;
  }
  for (size_t i = 0; i < sides[1].data->x.rows; i++) {
    counted *c = find(table, size, hash_row(&sides[1], i, n));
    if (c->count) c->count--, found++;
  }
  ll_free(ctx, table);
  size_t gone = rows - found, come = sides[1].data->x.rows - found;
  out->changed = gone < come ? gone : come;
  out->added = come - out->changed, out->removed = gone - out->changed;
  return LL_OK;
}

static void by_place(const side sides[2], size_t n, ll_data_differences *out, bool *differs) {
  const ll_data *a = sides[0].data, *b = sides[1].data;
  size_t rows = a->x.rows < b->x.rows ? a->x.rows : b->x.rows;
  out->first = rows;
  for (size_t i = 0; i < rows; i++) {
    bool same = label_of(&sides[0], i) == label_of(&sides[1], i);
    const ll_real *one = row_of(&sides[0], i), *other = row_of(&sides[1], i);
    for (size_t j = 0; j < n; j++) {
      if (bits(one[sides[0].places[j]]) == bits(other[sides[1].places[j]])) continue;
      same = false;
      if (differs) differs[sides[0].places[j]] = true;
    }
    if (!same && out->first == rows) out->first = i;
  }
}

/* The columns that both have, and which only one has. */
static ll_status pair_columns(ll_ctx *ctx, side sides[2], size_t *n, bool *only_a, bool *only_b) {
  const ll_data_info *a = sides[0].data->info, *b = sides[1].data->info;
  ll_words names = {0};
  ll_status status = LL_OK;
  uint32_t number;
  bool is_new;
  *n = 0;
  memset(only_a, true, a->n_columns * sizeof *only_a);
  memset(only_b, true, b->n_columns * sizeof *only_b);
  for (size_t j = 0; j < a->n_columns; j++)
    LL_GOTO(done, ll_words_add(ctx, &names, a->columns[j], strlen(a->columns[j]), &number, NULL));
  for (size_t j = 0; j < b->n_columns; j++) {
    LL_GOTO(done, ll_words_add(ctx, &names, b->columns[j], strlen(b->columns[j]), &number, &is_new));
    if (is_new || number >= a->n_columns || !only_a[number]) continue;
    only_a[number] = only_b[j] = false;
    sides[0].places[*n] = number, sides[1].places[*n] = (uint32_t)j;
    ++*n;
  }
done:
  ll_words_free(ctx, &names);
  return status;
}

static ll_status open_side(ll_ctx *ctx, const ll_data *data, side *s) {
  void *block;
  s->data = data;
  LL_TRY(ll_alloc(ctx, &block, data->info->n_columns * sizeof *s->places));
  s->places = block;
  if (data->view) {
    LL_TRY(ll_alloc(ctx, &block, data->x.cols * sizeof *s->row));
    s->row = block;
  }
  LL_TRY(ll_alloc(ctx, &block, data->info->n_classes * sizeof *s->classes));
  s->classes = block;
  for (size_t k = 0; k < data->info->n_classes; k++) {
    s->classes[k] = 1;
    for (const char *c = data->info->classes[k]; *c; c++) s->classes[k] = mixed(s->classes[k] + (unsigned char)*c);
  }
  return LL_OK;
}

ll_status ll_data_compare(ll_ctx *ctx, const ll_data *a, const ll_data *b, ll_data_differences *out, bool *only_a, bool *only_b,
                          bool *differs) {
  side sides[2] = {0};
  ll_status status;
  size_t n;
  *out = (ll_data_differences){0};
  if (differs) memset(differs, false, a->info->n_columns * sizeof *differs);
  LL_GOTO(done, open_side(ctx, a, &sides[0]));
  LL_GOTO(done, open_side(ctx, b, &sides[1]));
  LL_GOTO(done, pair_columns(ctx, sides, &n, only_a, only_b));
  LL_GOTO(done, count_rows(ctx, sides, n, out));
  by_place(sides, n, out, differs);
done:
  for (int k = 0; k < 2; k++) ll_free(ctx, sides[k].places), ll_free(ctx, sides[k].classes), ll_free(ctx, sides[k].row);
  return status;
}
