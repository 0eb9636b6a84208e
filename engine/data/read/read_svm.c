/* LIBSVM's sparse text: "label [qid:n] index:value …". One walk checks every line and finds the shape, a second one fills the
 * dense matrix; the same function does both. Each reads the file chunk by chunk, so that there is never more of it in memory than a
 * chunk and the longest line; a pipe, which cannot be read twice, is kept whole. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/decimal.h"
#include "engine/data/printable.h"
#include "engine/data/read/number.h"
#include "engine/data/read/reader.h"

typedef struct svm {
  ll_ctx *ctx;
  ll_source *source;
  const unsigned char *limit; /* one past the last line that is whole in memory; at the end of the file, its end */
  ll_builder *b;
  size_t rows, features, asked; /* asked: how many features there are to be; 0: as many as there are */
  size_t line, widest;          /* from 1; that of the largest index, 0: so many features were asked for */
  bool groups, plain;           /* qid was seen, in every row; each label is 0 or 1, or each is -1 or 1 */
  unsigned labels_seen;
} svm;

static bool is_blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r'; }
static bool ends_token(unsigned char c) { return is_blank(c) || c == '\n' || c == '#' || c == 0; }

static ll_status bad(const svm *s, ll_status status, const unsigned char *at, const char *what) {
  char shown[LL_PRINTABLE];
  const unsigned char *end = at;
  while (!ends_token(*end)) end++;
  return ll_fail(s->ctx, status, "%s: row %zu (line %zu): \"%s\" %s", s->source->path, s->rows + 1, s->line,
                 ll_printable_bytes(shown, at, (size_t)(end - at)), what);
}

/* A whole number before a colon; one past the colon, or NULL. */
static const unsigned char *whole(const unsigned char *p, uint64_t *out) {
  const unsigned char *start = p;
  *out = 0;
  while (*p >= '0' && *p <= '9' && p - start < 19) *out = 10 * *out + (uint64_t)(*p++ - '0');
  return p > start && *p == ':' ? p + 1 : NULL;
}

/* The second walk found what the first did not. */
static ll_status changed(const svm *s) {
  return ll_fail(s->ctx, LL_ERR_IO, "%s: line %zu: the file changed while it was read", s->source->path, s->line);
}

/* The number of a class by its text. Whole numbers keep all their digits, others with up to 15 are what their double says, as it is
 * written shortest; what is longer stays as it is. Equal ones that are written differently become one class in the end. */
static ll_status take_class(svm *s, const unsigned char *text, size_t size, double value, uint32_t *number) {
  enum { DIGITS = 15, ROOM = 8 }; /* room for a sign, a point and an exponent */
  const char *plain = (const char *)text + (*text == '+');
  size_t length = size - (*text == '+');
  if (!ll_decimal_is_plain(plain, length) && size <= DIGITS + ROOM) {
    ll_decimal decimal;
    if (ll_decimal_parse(plain, length, &decimal) && decimal.end - decimal.first <= DIGITS)
      return ll_builder_class(s->ctx, &s->b->classes, value, number);
  }
  return ll_words_add(s->ctx, &s->b->classes, plain, length, number, NULL);
}

static ll_status take_label(svm *s, const unsigned char **at, bool fill) {
  double value;
  const unsigned char *end = ll_number_decimal(*at, &value);
  if (end && *end == ',') return bad(s, LL_ERR_LABEL, *at, "is several labels; one is needed");
  if (!end || !ends_token(*end) || !isfinite(value)) return bad(s, LL_ERR_LABEL, *at, "is no label; a number is needed");
  const unsigned char *text = *at;
  *at = end;
  ll_real label = 0;
  if (!fill) {
    s->plain = s->plain && ll_builder_label(value, &s->labels_seen, &label);
    return LL_OK;
  }
  if (s->plain) {
    s->b->y.data[s->rows] = value == 1;
    return LL_OK;
  }
  uint32_t number;
  LL_TRY(take_class(s, text, (size_t)(end - text), value, &number));
  s->b->y.data[s->rows] = (ll_real)number;
  return LL_OK;
}

/* The row that begins at *at, which is no blank line. */
static ll_status take_row(svm *s, const unsigned char **at, bool fill) {
  const unsigned char *p = *at;
  uint64_t last = 0;
  bool group = false;
  if (fill && s->rows == s->b->x.rows) return changed(s);
  LL_TRY(take_label(s, &p, fill));
  for (;;) {
    while (is_blank(*p)) p++;
    if (ends_token(*p)) break;
    uint64_t index;
    double value;
    const unsigned char *token = p, *rest;
    if (memcmp(p, "qid:", 4) == 0 && last == 0 && !group) {
      rest = p + 4;
      while (!ends_token(*rest)) rest++;
      if (rest == p + 4) return bad(s, LL_ERR_FORMAT, token, "names no group");
      group = true;
      if (fill && !s->groups) return changed(s);
      if (fill) LL_TRY(ll_words_add(s->ctx, &s->b->group_words, p + 4, (size_t)(rest - p - 4), &s->b->groups[s->rows], NULL));
      p = rest;
      continue;
    }
    rest = whole(p, &index);
    if (!rest) return bad(s, LL_ERR_FORMAT, token, "is not index:value");
    if (index == 0) return bad(s, LL_ERR_FORMAT, token, "has index 0; they count from 1");
    if (index <= last) return bad(s, LL_ERR_FORMAT, token, "has an index that is not above the one before");
    if (s->asked && index > s->asked) return bad(s, LL_ERR_RANGE, token, "has an index above the number of features asked for");
    p = ll_number_decimal(rest, &value);
    if (!p || !ends_token(*p)) return bad(s, LL_ERR_FORMAT, token, "has a value that is not a number");
    if (!isfinite((ll_real)value)) return bad(s, LL_ERR_NUMBER, token, "has a value beyond the range of " LL_PRECISION " numbers");
    last = index;
    if (fill && index > s->features) return changed(s);
    if (!fill) continue;
    ll_matrix_row(&s->b->x, s->rows)[index - 1] = ll_number_round(rest, value);
    LL_TRY(ll_lost_digits_look(s->ctx, &s->b->lost, &s->b->x, s->rows, index - 1, value));
  }
  if (!fill) {
    if (last > s->features) s->features = last, s->widest = s->line;
    if (s->rows == 0) s->groups = group;
    if (group != s->groups)
      return bad(s, LL_ERR_FORMAT, *at, group ? "has a qid, rows before have none" : "has no qid, rows before have one");
  } else if (group != s->groups) {
    return changed(s);
  }
  *at = p;
  return LL_OK;
}

/* Forgets what is before *at, and reads on until another line is whole. */
static ll_status more(svm *s, const unsigned char **at) {
  ll_source *source = s->source;
  const unsigned char *line;
  do {
    size_t searched = (size_t)(source->bytes + source->size - *at);
    LL_TRY(ll_source_more(s->ctx, source, *at));
    *at = source->bytes;
    line = memrchr(source->bytes + searched, '\n', source->size - searched);
    if (!line) LL_TRY(ll_source_is_text(s->ctx, source, searched));
  } while (!line && !source->ended);
  s->limit = source->ended ? source->bytes + source->size : line + 1;
  return LL_OK;
}

static ll_status walk(svm *s, bool fill) {
  const ll_source *source = s->source;
  const unsigned char *p = source->bytes, *line = memrchr(p, '\n', source->size);
  s->rows = 0, s->line = 1;
  s->limit = source->ended ? p + source->size : line ? line + 1 : p;
  if (source->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  for (;; s->line++) {
    if (p >= s->limit) {
      if (source->ended && s->limit == source->bytes + source->size) return LL_OK;
      LL_TRY(more(s, &p));
    }
    while (is_blank(*p)) p++;
    if (*p != '\n' && *p != '#' && p < s->limit) {
      if (*p == 0) return bad(s, LL_ERR_FORMAT, p, "is a zero byte");
      LL_TRY(take_row(s, &p, fill));
      if (*p == 0 && p < s->limit) return bad(s, LL_ERR_FORMAT, p, "is a zero byte");
      s->rows++;
    }
    const unsigned char *end = p < s->limit ? memchr(p, '\n', (size_t)(s->limit - p)) : NULL;
    p = end ? end + 1 : s->limit;
  }
}

/* An index may be any number, so a matrix of more than half of the memory that may be held is refused before it is asked for; half,
 * since the parts of a set are copies. */
static ll_status check_size(const svm *s) {
  enum { NAME = 64 }; /* bytes that a column's name takes while it is made, about */
  char where[64] = "";
  double memory = (double)ll_memory_limit(s->ctx, 0);
  double needed = (double)s->features * ((double)s->rows * sizeof(ll_real) + NAME);
  if (s->features <= LL_MATRIX_SIDE && needed <= memory / 2) return LL_OK;
  if (s->widest) snprintf(where, sizeof where, "line %zu: ", s->widest);
  return ll_fail(s->ctx, LL_ERR_RANGE,
                 "%s: %s%zu rows of %zu features, made dense, need %.3g GB; at most half of the %.3g GB that may be held may be "
                 "taken (--memory SIZE or LOSSLAB_MEMORY sets that), by at most %d features",
                 s->source->path, where, s->rows, s->features, needed / 1e9, memory / 1e9, LL_MATRIX_SIDE);
}

/* All of a pipe. */
static ll_status keep_whole(ll_ctx *ctx, ll_source *source) {
  while (!source->ended) {
    size_t searched = source->size;
    LL_TRY(ll_source_more(ctx, source, source->bytes));
    if (!memchr(source->bytes, '\n', source->size)) LL_TRY(ll_source_is_text(ctx, source, searched));
  }
  return LL_OK;
}

static ll_status read_svm(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  svm s = {.ctx = ctx,
           .source = source,
           .b = builder,
           .plain = !options->positive,
           .features = options->features,
           .asked = options->features};
  if (!ll_source_can_repeat(source)) LL_TRY(keep_whole(ctx, source));
  LL_TRY(walk(&s, false));
  if (s.rows == 0) return ll_fail(ctx, LL_ERR_FORMAT, "%s: no rows", source->path);
  if (s.features == 0) return ll_fail(ctx, LL_ERR_FORMAT, "%s: %zu rows without a feature", source->path, s.rows);
  LL_TRY(ll_matrix_sides(ctx, source->path, s.rows, 1));
  LL_TRY(check_size(&s));
  LL_TRY(ll_matrix_zeros(ctx, s.rows, s.features, &builder->x));
  LL_TRY(ll_matrix_new(ctx, s.rows, 1, &builder->y));
  if (s.groups) {
    void *block;
    LL_TRY(ll_alloc(ctx, &block, s.rows * sizeof *builder->groups));
    builder->groups = block;
  }
  builder->multiclass = !s.plain;
  LL_TRY(ll_builder_columns(ctx, &builder->columns, s.features));
  LL_TRY(ll_source_repeat(ctx, source));
  LL_TRY(walk(&s, true));
  return s.rows == builder->x.rows ? LL_OK : changed(&s);
}

const ll_reader_desc ll_reader_svm = {
    .format.name = "svm",
    .format.summary = "LIBSVM's sparse text: label index:value …",
    .format.suffixes = {".svm", ".libsvm"},
    .format.options = LL_READ_FEATURES | LL_READ_POSITIVE,
    .read = read_svm,
};
