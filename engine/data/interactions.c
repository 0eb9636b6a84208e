/* Pairs of user and item: words numbered as they come, then in order; counting sort by user, and each user's items sorted. */
#include "losslab/interactions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/data/csv.h"

enum { USER, ITEM };

typedef struct reading {
  ll_csv c;
  size_t column[2]; /* of user and item */
  ll_words words[2];
  uint32_t *found[2]; /* of each row */
  size_t rows, room;
} reading;

static ll_status read_head(reading *r, const unsigned char **at) {
  static const char *const wanted[] = {"user", "item"};
  ll_csv *c = &r->c;
  ll_csv_cell cell;
  r->column[USER] = r->column[ITEM] = SIZE_MAX;
  for (bool last = false; !last; c->cols++) {
    LL_TRY(ll_csv_next(c, at, &cell, &last));
    for (int k = 0; k < 2; k++) {
      if (cell.size != 4 || memcmp(cell.text, wanted[k], 4) != 0) continue;
      if (r->column[k] != SIZE_MAX)
        return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header: columns %zu and %zu have the same name, \"%s\"", c->source->path,
                       r->column[k] + 1, c->cols + 1, wanted[k]);
      r->column[k] = c->cols;
    }
  }
  for (int k = 0; k < 2; k++)
    if (r->column[k] == SIZE_MAX)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: no column \"%s\" in the header of %zu column%s; pairs need \"user\" and \"item\"",
                     c->source->path, wanted[k], c->cols, c->cols == 1 ? "" : "s");
  return LL_OK;
}

static ll_status grow(reading *r) {
  if (r->rows < r->room) return LL_OK;
  size_t room = 2 * r->room + 1024;
  for (int k = 0; k < 2; k++) {
    void *block = r->found[k];
    LL_TRY(ll_realloc(r->c.ctx, &block, r->rows * sizeof(uint32_t), room * sizeof(uint32_t)));
    r->found[k] = block;
  }
  r->room = room;
  return LL_OK;
}

static ll_status read_row(reading *r, const unsigned char **at) {
  ll_csv *c = &r->c;
  const unsigned char *start = *at;
  ll_csv_cell cell;
  size_t cells = 0;
  LL_TRY(grow(r));
  for (bool last = false; !last; cells++) {
    LL_TRY(ll_csv_next(c, at, &cell, &last));
    for (int k = 0; k < 2; k++) {
      if (cells != r->column[k]) continue;
      if (cell.size == 0 || cell.torn || memchr(cell.text, 0, cell.size))
        return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu), column %zu (\"%s\"): %s", c->source->path, r->rows + 1,
                       ll_source_line(c->source, start), cells + 1, k ? "item" : "user",
                       cell.size == 0 ? "the cell is empty"
                       : cell.torn    ? "quotes that do not close, or text after them"
                                      : "a zero byte");
      LL_TRY(ll_words_add(c->ctx, &r->words[k], cell.text, cell.size, &r->found[k][r->rows], NULL));
    }
  }
  if (cells != c->cols)
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu): expected %zu cells, got %zu", c->source->path, r->rows + 1,
                   ll_source_line(c->source, start), c->cols, cells);
  r->rows++;
  return LL_OK;
}

static int by_number(const void *a, const void *b) {
  uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
  return p < q ? -1 : p > q;
}

/* The words in order, and the rows' numbers accordingly; the text passes to the names. */
static ll_status order(ll_ctx *ctx, ll_words *words, uint32_t *found, size_t rows, const char ***names, void **text) {
  void *block, *list;
  LL_TRY(ll_alloc(ctx, &list, words->count * sizeof **names));
  *names = list;
  LL_TRY(ll_alloc(ctx, &block, words->count * sizeof(uint32_t)));
  uint32_t *place = block;
  ll_status status = ll_words_order(ctx, words, true, *names, place);
  for (size_t i = 0; i < rows && status == LL_OK; i++) found[i] = place[found[i]];
  ll_free(ctx, block);
  if (status == LL_OK) *text = words->text, words->text = NULL;
  return status;
}

/* found: the numbers of each row's user and item. */
static ll_status make_lists(ll_ctx *ctx, uint32_t *const found[2], size_t rows, size_t users, size_t items, ll_lists *out) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, users + 2, sizeof *out->starts));
  *out = (ll_lists){users, items, block, NULL};
  LL_TRY(ll_alloc(ctx, &block, rows * sizeof *out->items));
  out->items = block;
  size_t *next = out->starts + 1; /* of user u at next[u + 1], so that the walk leaves the starts */
  for (size_t i = 0; i < rows; i++) next[found[USER][i] + 1]++;
  for (size_t u = 0; u < users; u++) next[u + 1] += next[u];
  for (size_t i = 0; i < rows; i++) out->items[next[found[USER][i]]++] = found[ITEM][i];
  size_t kept = 0, start = 0;
  for (size_t u = 0; u < users; u++) {
    size_t end = out->starts[u + 1], first = kept;
    qsort(out->items + start, end - start, sizeof *out->items, by_number);
    for (size_t i = start; i < end; i++)
      if (kept == first || out->items[kept - 1] != out->items[i]) out->items[kept++] = out->items[i];
    start = end, out->starts[u + 1] = kept;
  }
  return LL_OK;
}

static ll_status make_names(ll_ctx *ctx, reading *r, const char *path, ll_interaction_names **out) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  ll_interaction_names *names = *out = block;
  names->refs = 1, names->n_users = r->words[USER].count, names->n_items = r->words[ITEM].count;
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strchr(base, '.');
  size_t size = dot && dot > base ? (size_t)(dot - base) : strlen(base);
  LL_TRY(ll_calloc(ctx, &block, size + 1, 1));
  names->name = memcpy(block, base, size);
  LL_TRY(order(ctx, &r->words[USER], r->found[USER], r->rows, &names->users, &names->text[USER]));
  LL_TRY(order(ctx, &r->words[ITEM], r->found[ITEM], r->rows, &names->items, &names->text[ITEM]));
  ll_hasher_wait(&r->c.source->hasher);
  ll_hash_end(&r->c.source->hasher.hash, names->hash);
  return LL_OK;
}

static bool only_blank(const unsigned char *p, const unsigned char *limit) {
  while (p < limit && (*p == '\n' || *p == '\r')) p++;
  return p == limit;
}

ll_status ll_interactions_read(ll_ctx *ctx, const char *path, ll_interactions *out) {
  static const ll_csv_dialect dialect = {.separator = ',', .quotes = true};
  ll_status status = LL_OK;
  ll_source source;
  reading r = {.c = {.ctx = ctx, .dialect = &dialect, .source = &source}};
  *out = (ll_interactions){0};
  LL_TRY(ll_source_open(ctx, path, &source));
  LL_GOTO(cleanup, ll_source_whole(ctx, &source));
  if (source.size == 0) {
    status = ll_fail(ctx, LL_ERR_FORMAT, "%s: the file is empty", path);
    goto cleanup;
  }
  const unsigned char *p = source.bytes, *limit = r.c.limit = p + source.size;
  if (source.size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  LL_GOTO(cleanup, read_head(&r, &p));
  while (p < limit && !((*p == '\n' || *p == '\r') && only_blank(p, limit))) {
    if (r.rows == UINT32_MAX) status = ll_fail(ctx, LL_ERR_RANGE, "%s: more than %u rows", path, UINT32_MAX);
    if (status == LL_OK) status = read_row(&r, &p);
    if (status != LL_OK) goto cleanup;
  }
  if (r.rows == 0) {
    status = ll_fail(ctx, LL_ERR_FORMAT, "%s: only a header, no pairs", path);
    goto cleanup;
  }
  LL_GOTO(cleanup, make_names(ctx, &r, path, &out->names));
  LL_GOTO(cleanup, make_lists(ctx, r.found, r.rows, out->names->n_users, out->names->n_items, &out->lists));
cleanup:
  for (int k = 0; k < 2; k++) ll_words_free(ctx, &r.words[k]), ll_free(ctx, r.found[k]);
  ll_free(ctx, r.c.scratch);
  ll_source_close(ctx, &source);
  if (status != LL_OK) ll_interactions_free(ctx, out);
  return status;
}

/* "1" to "count", and the array of them. */
static ll_status number_names(ll_ctx *ctx, size_t count, const char ***names, void **text) {
  void *list;
  enum { ROOM = 11 };
  LL_TRY(ll_alloc(ctx, &list, count * sizeof **names));
  *names = list;
  LL_TRY(ll_alloc(ctx, text, count * ROOM));
  for (size_t k = 0; k < count; k++) {
    char *at = (char *)*text + k * ROOM;
    snprintf(at, ROOM, "%u", (unsigned)(k + 1));
    (*names)[k] = at;
  }
  return LL_OK;
}

ll_status ll_interactions_of(ll_ctx *ctx, const ll_matrix *pairs, size_t users, size_t items, const char *name,
                             ll_interactions *out) {
  const size_t limits[2] = {users, items};
  ll_status status = LL_OK;
  uint32_t *found[2] = {NULL, NULL};
  void *block;
  *out = (ll_interactions){0};
  if (pairs->cols != 2 || pairs->rows == 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "pairs of a matrix (n,2) of users and items are wanted, not of (%zu,%zu)", pairs->rows,
                   pairs->cols);
  if (users > UINT32_MAX || items > UINT32_MAX)
    return ll_fail(ctx, LL_ERR_RANGE, "pairs: %zu users and %zu items; at most %u of each", users, items, UINT32_MAX);
  for (int k = 0; k < 2; k++) {
    LL_GOTO(cleanup, ll_alloc(ctx, &block, pairs->rows * sizeof(uint32_t)));
    found[k] = block;
    for (size_t i = 0; i < pairs->rows; i++) {
      double value = (double)ll_matrix_row(pairs, i)[k];
      if (!(value >= 1 && value <= (double)limits[k]) || floor(value) < value) {
        status = ll_fail(ctx, LL_ERR_RANGE, "pairs: row %zu: the %s is %g, not a whole number from 1 to %zu", i + 1,
                         k == USER ? "user" : "item", value, limits[k]);
        goto cleanup;
      }
      found[k][i] = (uint32_t)value - 1;
    }
  }
  LL_GOTO(cleanup, ll_calloc(ctx, &block, 1, sizeof *out->names));
  ll_interaction_names *names = out->names = block;
  names->refs = 1, names->n_users = users, names->n_items = items;
  LL_GOTO(cleanup, ll_calloc(ctx, &block, strlen(name) + 1, 1));
  names->name = memcpy(block, name, strlen(name));
  LL_GOTO(cleanup, number_names(ctx, users, &names->users, &names->text[USER]));
  LL_GOTO(cleanup, number_names(ctx, items, &names->items, &names->text[ITEM]));
  LL_GOTO(cleanup, make_lists(ctx, found, pairs->rows, users, items, &out->lists));
  ll_sha256(out->lists.items, out->lists.starts[users] * sizeof *out->lists.items, names->hash);
cleanup:
  for (int k = 0; k < 2; k++) ll_free(ctx, found[k]);
  if (status != LL_OK) ll_interactions_free(ctx, out);
  return status;
}

void ll_interactions_free(ll_ctx *ctx, ll_interactions *pairs) {
  ll_interaction_names *names = pairs->names;
  ll_free(ctx, pairs->lists.starts);
  ll_free(ctx, pairs->lists.items);
  *pairs = (ll_interactions){0};
  if (!names || --names->refs) return;
  ll_free(ctx, names->users);
  ll_free(ctx, names->items);
  ll_free(ctx, names->name);
  ll_free(ctx, names->text[0]);
  ll_free(ctx, names->text[1]);
  ll_free(ctx, names);
}

static ll_status open_part(ll_ctx *ctx, const ll_interactions *pairs, ll_interactions *part) {
  void *block;
  size_t users = pairs->lists.rows;
  part->names = pairs->names, part->names->refs++;
  LL_TRY(ll_calloc(ctx, &block, users + 1, sizeof *part->lists.starts));
  part->lists = (ll_lists){users, pairs->lists.cols, block, NULL};
  LL_TRY(ll_alloc(ctx, &block, pairs->lists.starts[users] * sizeof *part->lists.items));
  part->lists.items = block;
  return LL_OK;
}

ll_status ll_interactions_split(ll_ctx *ctx, const ll_interactions *pairs, double share, uint64_t seed, ll_interactions *train,
                                ll_interactions *test) {
  ll_status status = LL_OK;
  const ll_lists *all = &pairs->lists;
  ll_interactions *parts[] = {train, test};
  size_t counts[2] = {0};
  *train = *test = (ll_interactions){0};
  if (!(share >= 0 && share < 1))
    return ll_fail(ctx, LL_ERR_RANGE, "a split of %s: the held-out share must be between 0 and 1, not %g", pairs->names->name,
                   share);
  for (int k = 0; k < 2; k++) LL_GOTO(fail, open_part(ctx, pairs, parts[k]));
  for (size_t u = 0; u < all->rows; u++) {
    size_t n = ll_lists_count(all, u), held = share == 0 ? 1 : (size_t)floor(share * (double)n + 0.5);
    if (n < 2) held = 0;
    else if (held >= n) held = n - 1;
    ll_random stream = ll_random_stream(seed, u, "held out");
    for (size_t i = all->starts[u]; n > 0; i++, n--) { /* Knuth's selection: in order, each as likely */
      bool out = ll_random_below(&stream, n) < held;
      held -= out;
      parts[out]->lists.items[counts[out]++] = all->items[i];
    }
    for (int k = 0; k < 2; k++) parts[k]->lists.starts[u + 1] = counts[k];
  }
  if (counts[1] > 0) return LL_OK;
  status = ll_fail(ctx, LL_ERR_RANGE, "a split of %s: nothing to hold out: no user has items enough", pairs->names->name);
fail:
  ll_interactions_free(ctx, train), ll_interactions_free(ctx, test);
  return status;
}
