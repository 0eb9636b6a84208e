/* Delimited text, read in one pass over chunks of the file that end where a line ends. Here: how the chunks move on, lines of
 * comments, and what may stand before the header and between it and the rows. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include <string.h>
#include <strings.h>

#include "engine/data/read/csv.h"
#include "engine/data/read/encoding.h"

/* Puts the limit behind the last line end at or after `from`; without one it stays at `was`. */
static void set_limit(ll_csv *c, size_t from, size_t was) {
  const ll_source *s = c->source;
  const unsigned char *line = memrchr(s->bytes + from, '\n', s->size - from);
  c->limit = s->bytes + (s->ended ? s->size : line ? (size_t)(line + 1 - s->bytes) : was);
}

ll_status ll_csv_more(ll_csv *c, const unsigned char **at) {
  ll_source *s = c->source;
  size_t was = (size_t)(c->limit - *at);
  do {
    size_t searched = (size_t)(s->bytes + s->size - *at);
    LL_TRY(ll_source_more(c->ctx, s, *at));
    *at = s->bytes;
    set_limit(c, searched, was);
    if ((size_t)(c->limit - s->bytes) == was) LL_TRY(ll_source_is_text(c->ctx, s, searched));
  } while ((size_t)(c->limit - s->bytes) == was && !s->ended);
  c->starved = false;
  return LL_OK;
}

bool ll_csv_is_last(const ll_csv *c) { return c->source->ended && c->limit == c->source->bytes + c->source->size; }

ll_status ll_csv_skip_comments(ll_csv *c, const unsigned char **at) {
  unsigned char comment = (unsigned char)c->options->comment;
  for (;;) {
    if (*at == c->limit) {
      if (ll_csv_is_last(c)) return LL_OK;
      LL_TRY(ll_csv_more(c, at));
      continue;
    }
    if (!comment || **at != comment) return LL_OK;
    const unsigned char *end = memchr(*at, '\n', (size_t)(c->limit - *at));
    *at = end ? end + 1 : c->limit;
  }
}

ll_status ll_csv_only_blank(ll_csv *c, const unsigned char **at, bool *is) {
  for (;;) {
    const unsigned char *p = *at;
    while (p < c->limit && (*p == '\n' || *p == '\r')) p++;
    *is = p == c->limit;
    if (!*is || ll_csv_is_last(c)) return LL_OK;
    LL_TRY(ll_csv_more(c, at));
  }
}

ll_status ll_csv_open(ll_ctx *ctx, const char *path, ll_source *source, ll_csv *c, const unsigned char **at) {
  static const ll_csv_dialect dialect = {.separator = ',', .quotes = true};
  ll_status status = LL_OK;
  *c = (ll_csv){.ctx = ctx, .dialect = &dialect, .source = source};
  LL_TRY(ll_source_open(ctx, path, source));
  LL_GOTO(fail, ll_source_whole(ctx, source));
  if (source->size == 0) LL_GOTO(fail, ll_fail(ctx, LL_ERR_FORMAT, "%s: the file is empty", path));
  LL_GOTO(fail, ll_encoding_check(ctx, source));
  *at = source->bytes;
  c->limit = source->bytes + source->size;
  if (source->size >= 3 && memcmp(*at, "\xef\xbb\xbf", 3) == 0) *at += 3;
  return LL_OK;
fail:
  ll_csv_close(c);
  return ll_source_told(ctx, source, status);
}

void ll_csv_close(ll_csv *c) {
  ll_source_close(c->ctx, c->source);
  ll_free(c->ctx, c->scratch);
  c->scratch = NULL;
}

static ll_status read_all(ll_csv *c) {
  const unsigned char *p = c->source->bytes;
  size_t rows = 0;
  bool blank;
  set_limit(c, 0, 0);
  if (c->limit == p && !c->source->ended) LL_TRY(ll_csv_more(c, &p));
  size_t size = (size_t)(c->limit - p);
  if (size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  LL_TRY(ll_csv_only_blank(c, &p, &blank));
  if (blank) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: the file is empty", c->source->path);
  LL_TRY(ll_csv_skip_comments(c, &p));
  LL_TRY(ll_csv_only_blank(c, &p, &blank));
  if (blank) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only comments", c->source->path);
  LL_TRY(ll_csv_header(c, &p));
  LL_TRY(ll_csv_skip_comments(c, &p));
  const char *skip = c->dialect->skip_line;
  size_t length = skip ? strlen(skip) : 0;
  if (length && (size_t)(c->limit - p) >= length && strncasecmp((const char *)p, skip, length) == 0 &&
      ll_csv_is_end(c, p + length)) {
    const unsigned char *end = memchr(p, '\n', (size_t)(c->limit - p));
    p = end ? end + 1 : c->limit;
  }
  LL_TRY(ll_csv_only_blank(c, &p, &blank));
  if (blank) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only a header, no rows", c->source->path);
  LL_TRY(ll_csv_rows(c, p, &rows));
  c->b->x.rows = c->b->y.rows = rows;
  if (c->b->weights.data) c->b->weights.rows = rows;
  if (c->categories == 0) return LL_OK;
  LL_TRY(ll_lost_digits_note(c->ctx, c->b)); /* by the names of the columns in the file */
  return ll_csv_expand(c);
}

ll_status ll_csv_read(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder,
                      const ll_csv_dialect *dialect) {
  ll_csv c = {.ctx = ctx, .options = options, .dialect = dialect, .source = source, .b = builder};
  ll_status status = read_all(&c);
  ll_words_free(ctx, &c.header);
  for (size_t k = 0; k < c.categories; k++) ll_words_free(ctx, &c.levels[k]);
  ll_free(ctx, c.levels);
  ll_free(ctx, c.roles);
  ll_free(ctx, c.runs);
  ll_free(ctx, c.exact);
  ll_free(ctx, c.scratch);
  return status;
}
