/* Pairs of user and item from a table, read by chunks as csv.c does: words numbered as they come, then in order. Beside the words
 * and the lists that are made there are two numbers a row in memory. */
#include <string.h>
#include <strings.h>

#include "engine/base/ctx.h"
#include "engine/data/interactions.h"
#include "engine/data/read/csv.h"
#include "engine/data/read/encoding.h"

typedef struct reading {
  ll_csv c;
  size_t column[2]; /* of user and item */
  ll_words words[2];
  uint32_t *found[2]; /* of each row */
  size_t rows, room;
} reading;

/* Tabs in files whose names say so, else commas, as the formats of data sets. */
static const ll_csv_dialect *dialect_of(const char *path) {
  static const ll_csv_dialect commas = {.separator = ',', .quotes = true}, tabs = {.separator = '\t', .quotes = true};
  static const char *const packed[] = {".gz", ".zst"};
  size_t size = strlen(path);
  for (int k = 0; k < 2; k++) {
    size_t n = strlen(packed[k]);
    if (size > n && strcasecmp(path + size - n, packed[k]) == 0) {
      size -= n;
      break;
    }
  }
  return size > 4 && strncasecmp(path + size - 4, ".tsv", 4) == 0 ? &tabs : &commas;
}

/* What may be wrong with a line that is one cell. */
static const char *separated(const ll_csv *c, const unsigned char *start, const unsigned char *end) {
  bool tabs = c->dialect->separator == '\t';
  size_t size = (size_t)(end - start);
  if (tabs && memchr(start, ',', size)) return "; in a file named .tsv cells are separated by tabs";
  if (!tabs && memchr(start, '\t', size)) return "; cells are separated by commas; by tabs in a file named .tsv";
  return !tabs && memchr(start, ';', size) ? "; cells are separated by commas" : "";
}

static ll_status read_head(reading *r, const unsigned char **at) {
  static const char *const wanted[] = {"user", "item"};
  const unsigned char *start = *at;
  ll_csv *c = &r->c;
  ll_csv_cell cell;
  r->column[LL_USER] = r->column[LL_ITEM] = SIZE_MAX;
  c->cols = 0;
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
      return ll_fail(c->ctx, LL_ERR_FORMAT,
                     "%s: no column \"%s\" in the header of %zu column%s; pairs need \"user\" and \"item\"%s", c->source->path,
                     wanted[k], c->cols, c->cols == 1 ? "" : "s", c->cols == 1 ? separated(c, start, *at) : "");
  return LL_OK;
}

static ll_status grow(reading *r) {
  if (r->rows < r->room) return LL_OK;
  enum { BOTH = 2 * sizeof(uint32_t), LEAST = 1024 };
  size_t room = ll_alloc_grown(r->c.ctx, (r->rows + LEAST) * BOTH, (2 * r->room + LEAST) * BOTH) / BOTH;
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
                       ll_source_line(c->source, start), cells + 1, k == LL_ITEM ? "item" : "user",
                       cell.size == 0 ? "the cell is empty"
                       : cell.torn    ? "quotes that do not close, or text after them"
                                      : "a zero byte");
      LL_TRY(ll_words_add(c->ctx, &r->words[k], cell.text, cell.size, &r->found[k][r->rows], NULL));
    }
  }
  if (cells != c->cols) return ll_csv_ragged(c, start, r->rows);
  r->rows++;
  return LL_OK;
}

/* The words in order, and the rows' numbers accordingly; the text passes to the names. */
static ll_status order(ll_ctx *ctx, ll_words *words, uint32_t *found, size_t rows, const char **names, void **text) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, words->count * sizeof(uint32_t)));
  uint32_t *place = block;
  ll_status status = ll_words_order(ctx, words, true, names, place);
  for (size_t i = 0; i < rows && status == LL_OK; i++) found[i] = place[found[i]];
  ll_free(ctx, block);
  if (status == LL_OK) *text = words->text, words->text = NULL;
  return status;
}

static ll_status make(ll_ctx *ctx, reading *r, const char *path, ll_interactions *out) {
  ll_interactions_shared *shared;
  for (int k = 0; k < 2; k++) LL_TRY(ll_words_merge(ctx, &r->words[k], (ll_words_rows){.whole = r->found[k], .rows = r->rows}));
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strchr(base, '.');
  size_t size = dot && dot > base ? (size_t)(dot - base) : strlen(base);
  LL_TRY(ll_interactions_open(ctx, base, size, r->words[LL_USER].count, r->words[LL_ITEM].count, out, &shared));
  const char **const names[] = {shared->names.users, shared->names.items};
  for (int k = 0; k < 2; k++) LL_TRY(order(ctx, &r->words[k], r->found[k], r->rows, names[k], &shared->text[k]));
  ll_hasher_wait(&r->c.source->hasher);
  ll_hash_end(&r->c.source->hasher.hash, shared->names.hash);
  return ll_interactions_lists(ctx, r->found, r->rows, out);
}

/* A header, or a row, from *at on; again with more of the file where its quotes are open at the end of what there is. */
static ll_status read_line(reading *r, const unsigned char **at, ll_status (*read)(reading *r, const unsigned char **at)) {
  for (size_t rows = r->rows;; r->rows = rows) {
    const unsigned char *p = *at;
    ll_status status = read(r, &p);
    if (!r->c.starved || status == LL_ERR_MEMORY) {
      *at = p;
      return status;
    }
    LL_TRY(ll_csv_more(&r->c, at));
  }
}

static ll_status read_all(reading *r) {
  ll_csv *c = &r->c;
  const char *path = c->source->path;
  const unsigned char *p = c->source->bytes;
  if (c->source->size == 0) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: the file is empty", path);
  if (c->source->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  c->limit = p;
  LL_TRY(ll_csv_more(c, &p));
  LL_TRY(read_line(r, &p, read_head));
  for (bool blank = false;;) {
    if (p == c->limit || *p == '\n' || *p == '\r') LL_TRY(ll_csv_only_blank(c, &p, &blank));
    if (blank) break;
    if (r->rows == UINT32_MAX) return ll_fail(c->ctx, LL_ERR_RANGE, "%s: more than %u rows", path, UINT32_MAX);
    LL_TRY(read_line(r, &p, read_row));
  }
  return r->rows ? LL_OK : ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only a header, no pairs", path);
}

ll_status ll_interactions_read(ll_ctx *ctx, const char *path, ll_interactions *out) {
  ll_status status = LL_OK;
  ll_source source;
  reading r = {.c = {.ctx = ctx, .dialect = dialect_of(path), .source = &source}};
  *out = (ll_interactions){0};
  LL_TRY(ll_source_open(ctx, path, &source));
  LL_GOTO(cleanup, ll_encoding_check(ctx, &source));
  LL_GOTO(cleanup, read_all(&r));
  status = make(ctx, &r, path, out);
cleanup:
  for (int k = 0; k < 2; k++) ll_words_free(ctx, &r.words[k]), ll_free(ctx, r.found[k]);
  ll_csv_close(&r.c);
  if (status != LL_OK) ll_interactions_free(ctx, out);
  return ll_source_told(ctx, &source, status);
}
