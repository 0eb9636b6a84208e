/* CSV in one pass over chunks of the file that end with a line: the header decides what each column is, the matrix is made from
 * a guess at the rows and grows if that was low, runs of plain numbers are parsed at once where they stand (number.simd.c).
 * Anything else comes to cell_value, which unquotes, trims, accepts or explains. A row whose quotes hold the chunk's last line
 * end is read again with more of the file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/data/csv.h"
#include "engine/data/number.h"
#include "engine/data/show.h"

static ll_status bad_cell(csv *c, ll_status status, const unsigned char *at, size_t row, size_t col, const char *what) {
  char name[LL_SHOWN];
  const char *column = ll_words_at(&c->header, col);
  return ll_fail(c->ctx, status, "%s: row %zu (line %zu), column %zu (\"%s\"): %s", c->source->path, row + 1,
                 ll_source_line(c->source, at), col + 1, ll_show(name, column), what);
}

static bool is_word(const ll_csv_cell *cell, const char *const *words, bool maybe_signed) {
  const unsigned char *text = cell->text;
  size_t n = cell->size;
  if (maybe_signed && n && (*text == '-' || *text == '+')) text++, n--;
  for (; *words; words++) {
    size_t i = 0;
    while (i < n && (*words)[i] && ((text[i] | 0x20) == ((*words)[i] | 0x20))) i++;
    if (i == n && !(*words)[i]) return true;
  }
  return false;
}

static const char *const absent[] = {"", "na", "n/a", "null", "none", "?", NULL}, *const no_number[] = {"nan", NULL},
                         *const none[] = {"none", NULL};

static bool is_missing(const ll_csv_cell *cell) { return is_word(cell, absent, false) || is_word(cell, no_number, true); }

/* Whether a cell is missing and that is no error: then *value is what stands for it. */
static bool take_missing(csv *c, const ll_csv_cell *cell, bool category, double *value) {
  ll_missing policy = c->options->missing;
  if (policy == LL_MISSING_ERROR || cell->torn || !is_missing(cell)) return false;
  *value = policy == LL_MISSING_CONSTANT ? category ? -1 : c->options->constant : NAN;
  if (policy == LL_MISSING_DROP) c->drop = true;
  if (policy == LL_MISSING_MEAN) c->b->missing = true;
  return true;
}

static ll_status not_number(csv *c, const ll_csv_cell *cell, const unsigned char *at, size_t row, size_t col) {
  static const char *const infinite[] = {"inf", "infinity", NULL};
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  ll_show_bytes(shown, cell->text, cell->size);
  ll_status status = LL_ERR_NUMBER;
  if (cell->size == 0) snprintf(what, sizeof what, "the cell is empty: a number is missing");
  else if (is_word(cell, absent, false)) snprintf(what, sizeof what, "\"%s\": a number is missing", shown);
  else if (is_word(cell, no_number, true)) snprintf(what, sizeof what, "\"%s\" is no finite number", shown);
  else if (is_word(cell, infinite, true)) snprintf(what, sizeof what, "\"%s\" is infinite", shown);
  else {
    status = LL_ERR_FORMAT;
    snprintf(what, sizeof what, "\"%s\" is not a number", shown);
  }
  return bad_cell(c, status, at, row, col, what);
}

/* The number of a cell that is not plain: quoted, with blanks around it, or none; and rounded once, if that is wanted. */
static ll_status cell_value(csv *c, const unsigned char **at, size_t row, size_t col, double *value, ll_real *rounded) {
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  ll_real to = 0;
  /* it ends before quotes, a blank, a separator or the end: bytes of no number, so that ll_decimal stops there at the latest */
  const unsigned char *text = cell.text, *stop = text + cell.size;
  while (text < stop && *text == ' ') text++; /* blanks within the quotes */
  while (text < stop && stop[-1] == ' ') stop--;
  if (!cell.torn && text < stop && ll_decimal(text, value) == stop) {
    to = ll_number_round(text, *value);
  } else {
    if (c->roles[col] != FEATURE || !take_missing(c, &cell, false, value)) return not_number(c, &cell, *at, row, col);
    to = (ll_real)*value;
  }
  if (rounded) *rounded = to;
  *at = cell.end;
  return LL_OK;
}

static ll_status label_cell(csv *c, const unsigned char **at, size_t row, size_t col) {
  const unsigned char *start = *at, *end;
  double value = 0;
  bool number = (end = ll_decimal(start, &value)) != NULL && ll_csv_is_end(c, end);
  if (number) *at = end;
  else {
    ll_status status = cell_value(c, at, row, col, &value, NULL);
    if (status == LL_ERR_MEMORY) return status;
    number = status == LL_OK;
  }
  if (number && ll_builder_label(value, &c->labels_seen, &c->b->y.data[row])) return LL_OK;
  ll_csv_cell cell;
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  LL_TRY(ll_csv_cell_at(c, start, &cell));
  ll_show_bytes(shown, cell.text, cell.size);
  if (number && (value == 0 || value == -1))
    snprintf(what, sizeof what, "label %s, but there were labels %d before; they are 0 and 1, or -1 and 1", shown,
             value == 0 ? -1 : 0);
  else if (cell.size == 0) snprintf(what, sizeof what, "the label is missing");
  else
    snprintf(what, sizeof what, "\"%s\" is no label; labels are 0 and 1, or -1 and 1 (classes stand in a column \"class\")", shown);
  return bad_cell(c, LL_ERR_LABEL, start, row, col, what);
}

static ll_status word_cell(csv *c, const unsigned char **at, size_t row, size_t col, ll_words *words, uint32_t *number) {
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  const char *what = cell.torn                         ? "quotes that do not close, or text after them"
                     : cell.size == 0                  ? "the cell is empty"
                     : memchr(cell.text, 0, cell.size) ? "a zero byte"
                                                       : NULL;
  bool is_none = c->roles[col] != CATEGORY && is_word(&cell, none, false); /* a class, group or domain may be called so */
  if (!what && is_missing(&cell) && !is_none) what = "a value is missing";
  if (what) return bad_cell(c, c->roles[col] == CLASS ? LL_ERR_LABEL : LL_ERR_FORMAT, *at, row, col, what);
  *at = cell.end;
  return ll_words_add(c->ctx, words, cell.text, cell.size, number, NULL);
}

static ll_status special_cell(csv *c, const unsigned char **at, size_t row, size_t col) {
  uint32_t number;
  switch (c->roles[col]) {
  case LABEL: return label_cell(c, at, row, col);
  case CLASS:
    LL_TRY(word_cell(c, at, row, col, &c->b->classes, &number));
    c->b->y.data[row] = (ll_real)number;
    return LL_OK;
  case SKIP:
    if (c->dialect->tail && col + 1 == c->cols) {
      while (*at < c->limit && **at != '\n') ++*at;
      return LL_OK;
    }
    ll_csv_cell cell;
    LL_TRY(ll_csv_cell_at(c, *at, &cell));
    *at = cell.end;
    return LL_OK;
  case GROUP: return word_cell(c, at, row, col, &c->b->group_words, &c->b->groups[row]);
  default: return word_cell(c, at, row, col, &c->b->domain_words, &c->b->domains[row]);
  }
}

/* A level's number among those of its column, the category-th of its kind. */
static ll_status category_cell(csv *c, const unsigned char **at, size_t row, size_t col, size_t category, ll_real *to) {
  ll_csv_cell cell;
  double value;
  uint32_t number;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  if (take_missing(c, &cell, true, &value)) {
    *at = cell.end, *to = (ll_real)value;
    return LL_OK;
  }
  LL_TRY(word_cell(c, at, row, col, &c->levels[category], &number));
  *to = (ll_real)number;
  return LL_OK;
}

/* The limit behind the last line end from a place on, or where it was. */
static void set_limit(csv *c, size_t from, size_t was) {
  const ll_source *s = c->source;
  const unsigned char *line = memrchr(s->bytes + from, '\n', s->size - from);
  c->limit = s->bytes + (s->ended ? s->size : line ? (size_t)(line + 1 - s->bytes) : was);
}

ll_status ll_csv_more(csv *c, const unsigned char **at) {
  ll_source *s = c->source;
  size_t was = (size_t)(c->limit - *at);
  do {
    size_t searched = (size_t)(s->bytes + s->size - *at);
    LL_TRY(ll_source_more(c->ctx, s, *at));
    *at = s->bytes;
    set_limit(c, searched, was);
  } while ((size_t)(c->limit - s->bytes) == was && !s->ended);
  c->starved = false;
  return LL_OK;
}

static bool is_last(const csv *c) { return c->source->ended && c->limit == c->source->bytes + c->source->size; }

/* Goes over lines of comments. After it, *at is at the limit at the end of the file only. */
static ll_status skip_comments(csv *c, const unsigned char **at) {
  unsigned char comment = (unsigned char)c->options->comment;
  for (;;) {
    if (*at == c->limit) {
      if (is_last(c)) return LL_OK;
      LL_TRY(ll_csv_more(c, at));
      continue;
    }
    if (!comment || **at != comment) return LL_OK;
    const unsigned char *end = memchr(*at, '\n', (size_t)(c->limit - *at));
    *at = end ? end + 1 : c->limit;
  }
}

/* Whether nothing but ends of lines is left in the file. */
static ll_status only_blank(csv *c, const unsigned char **at, bool *is) {
  for (;;) {
    const unsigned char *p = *at;
    while (p < c->limit && (*p == '\n' || *p == '\r')) p++;
    *is = p == c->limit;
    if (!*is || is_last(c)) return LL_OK;
    LL_TRY(ll_csv_more(c, at));
  }
}

static ll_status ragged(csv *c, const unsigned char *start, size_t row) {
  const unsigned char *p = start;
  size_t got = 1;
  ll_csv_cell cell;
  for (;; p++, got++) {
    LL_TRY(ll_csv_cell_at(c, p, &cell));
    p = cell.end;
    if (*p != c->dialect->separator || c->starved) break;
  }
  if (p == start) got = 0;
  return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu): expected %zu cells, got %zu%s", c->source->path, row + 1,
                 ll_source_line(c->source, start), c->cols, got, got == 0 ? " (a blank line)" : "");
}

/* The line ends where a cell should begin that is not the last. */
static bool ends_here(const csv *c, const unsigned char *p, bool last) {
  return !last && *p != c->dialect->separator && ll_csv_is_end(c, p);
}

static ll_status feature_cell(csv *c, const unsigned char **at, size_t row, size_t col, ll_real *to) {
  const unsigned char *start = *at, *end;
  double value = 0;
  end = ll_decimal_with(start, &value, true);
  if (end && ll_csv_is_end(c, end)) *at = end, *to = ll_number_round(start, value);
  else LL_TRY(cell_value(c, at, row, col, &value, to));
  if (isfinite(*to) || isnan(value)) return LL_OK; /* NaN: a missing cell, accepted */
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, start, &cell));
  snprintf(what, sizeof what, "\"%s\" is beyond the range of %s numbers", ll_show_bytes(shown, cell.text, cell.size), LL_PRECISION);
  return bad_cell(c, LL_ERR_NUMBER, start, row, col, what);
}

static ll_status read_row(csv *c, const unsigned char **at, size_t row) {
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  const unsigned char *p = *at, separator = c->dialect->separator;
  ll_real *to = ll_matrix_row(&c->b->x, row);
  size_t category = 0;
  for (size_t col = 0; col < c->cols;) {
    size_t run = c->runs[col];
    if (run) {
      bool to_end = col + run == c->cols;
      size_t got = k->run(&p, separator, to_end ? '\n' : separator, run, to);
      col += got, to += got;
      if (got == run) {
        p -= to_end;
        continue;
      }
    }
    bool last = col + 1 == c->cols;
    if (ends_here(c, p, last)) return ragged(c, *at, row);
    if (c->roles[col] == FEATURE) LL_TRY(feature_cell(c, &p, row, col, to++));
    else if (c->roles[col] == CATEGORY) LL_TRY(category_cell(c, &p, row, col, category++, to++));
    else LL_TRY(special_cell(c, &p, row, col));
    if ((*p == separator && p < c->limit) == last) return ragged(c, *at, row);
    p += !last, col++;
  }
  p += *p == '\r';
  p += *p == '\n' && p < c->limit;
  *at = p;
  return LL_OK;
}

static ll_status reallocate(csv *c, size_t used, size_t room, uint32_t **numbers) {
  void *block = *numbers;
  LL_TRY(ll_realloc(c->ctx, &block, used * sizeof **numbers, room * sizeof **numbers));
  *numbers = block;
  return LL_OK;
}

static ll_status move(csv *c, size_t used, size_t room, ll_matrix *m, size_t cols) {
  ll_matrix larger;
  LL_TRY(ll_matrix_new(c->ctx, room, cols, &larger));
  if (used) memcpy(larger.data, m->data, used * cols * sizeof *m->data);
  ll_matrix_release(c->ctx, m);
  *m = larger;
  return LL_OK;
}

/* Room for so many rows, of which some are used. */
static ll_status make_room(csv *c, size_t used, size_t room) {
  LL_TRY(move(c, used, room, &c->b->x, c->features));
  LL_TRY(move(c, used, room, &c->b->y, 1));
  if (memchr(c->roles, GROUP, c->cols)) LL_TRY(reallocate(c, used, room, &c->b->groups));
  if (memchr(c->roles, DOMAIN, c->cols)) LL_TRY(reallocate(c, used, room, &c->b->domains));
  return LL_OK;
}

/* How many rows may still come: by the lines in memory, and beyond them by their length. */
static size_t rows_left(const csv *c, const unsigned char *p) {
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  size_t lines = k->lines(p, (size_t)(c->limit - p)) + 1;
  if (is_last(c)) return lines;
  double rows = ll_source_left(c->source, p) / (double)(c->limit - p + 1) * (double)lines * 1.02;
  return (size_t)(rows < UINT32_MAX ? rows : UINT32_MAX) + 64;
}

/* The numbers of words in a column: of a matrix, or whole ones. */
typedef struct numbers {
  ll_real *reals;
  size_t stride;
  uint32_t *whole;
} numbers;

/* Words of rows that were dropped alone are forgotten, the others numbered anew in their order. */
static ll_status forget_dropped(csv *c, ll_words *words, numbers at, size_t rows) {
  ll_words kept = {0};
  void *block;
  ll_status status = LL_OK;
  LL_TRY(ll_calloc(c->ctx, &block, words->count, sizeof(uint32_t)));
  uint32_t *place = block; /* of each word among those kept, from 1 */
  for (size_t i = 0; i < rows; i++) place[at.whole ? at.whole[i] : (uint32_t)at.reals[i * at.stride]] = 1;
  for (size_t k = 0; k < words->count; k++) {
    const char *word = ll_words_at(words, k);
    if (!place[k]) continue;
    LL_GOTO(cleanup, ll_words_add(c->ctx, &kept, word, strlen(word), &place[k], NULL));
    place[k]++;
  }
  for (size_t i = 0; i < rows; i++) {
    if (at.whole) at.whole[i] = place[at.whole[i]] - 1;
    else at.reals[i * at.stride] = (ll_real)(place[(uint32_t)at.reals[i * at.stride]] - 1);
  }
  ll_words_free(c->ctx, words);
  *words = kept, kept = (ll_words){0};
cleanup:
  ll_words_free(c->ctx, &kept);
  ll_free(c->ctx, block);
  return status;
}

static ll_status forget_words(csv *c, size_t rows) {
  size_t feature = 0, category = 0;
  for (size_t col = 0; col < c->cols; col++) {
    switch (c->roles[col]) {
    case CLASS: LL_TRY(forget_dropped(c, &c->b->classes, (numbers){c->b->y.data, 1, NULL}, rows)); break;
    case GROUP: LL_TRY(forget_dropped(c, &c->b->group_words, (numbers){NULL, 0, c->b->groups}, rows)); break;
    case DOMAIN: LL_TRY(forget_dropped(c, &c->b->domain_words, (numbers){NULL, 0, c->b->domains}, rows)); break;
    case CATEGORY:
      LL_TRY(forget_dropped(c, &c->levels[category++], (numbers){c->b->x.data + feature++, c->features, NULL}, rows));
      break;
    default: feature += c->roles[col] == FEATURE;
    }
  }
  return LL_OK;
}

static ll_status read_rows(csv *c, const unsigned char *p, size_t *rows) {
  size_t row = 0, room = rows_left(c, p);
  bool dropped = false;
  LL_TRY(make_room(c, 0, room));
  for (;; row++) {
    bool blank = false;
    LL_TRY(skip_comments(c, &p));
    if (p == c->limit) break;
    if (*p == '\n' || *p == '\r') LL_TRY(only_blank(c, &p, &blank));
    if (blank) break;
    if (row == UINT32_MAX) return ll_fail(c->ctx, LL_ERR_RANGE, "%s: more than %u rows", c->source->path, UINT32_MAX);
    if (row == room) {
      size_t more = rows_left(c, p);
      room += more > room / 2 ? more : room / 2;
      LL_TRY(make_room(c, row, room));
    }
    for (;;) {
      ll_status status = read_row(c, &p, row);
      if (__builtin_expect(!c->starved, 1) || status == LL_ERR_MEMORY) {
        LL_TRY(status);
        break;
      }
      c->drop = false;
      LL_TRY(ll_csv_more(c, &p));
    }
    if (__builtin_expect(c->drop, 0)) c->drop = false, dropped = true, row--;
  }
  if (row == 0 && c->options->missing == LL_MISSING_DROP)
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: every row has a missing cell and was dropped", c->source->path);
  if (dropped) LL_TRY(forget_words(c, row));
  *rows = row;
  return room - row > row / 4 + 1024 ? make_room(c, row, row) : LL_OK; /* the guess was far too high */
}

static ll_status read_all(csv *c) {
  const unsigned char *p = c->source->bytes;
  size_t rows = 0;
  bool blank;
  set_limit(c, 0, 0);
  if (c->limit == p && !c->source->ended) LL_TRY(ll_csv_more(c, &p));
  size_t size = (size_t)(c->limit - p);
  if (size >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: UTF-16 text; UTF-8 is needed", c->source->path);
  if (size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  LL_TRY(only_blank(c, &p, &blank));
  if (blank) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: the file is empty", c->source->path);
  LL_TRY(skip_comments(c, &p));
  LL_TRY(only_blank(c, &p, &blank));
  if (blank) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only comments", c->source->path);
  LL_TRY(ll_csv_header(c, &p));
  const char *skip = c->dialect->skip_line;
  for (;;) {
    LL_TRY(skip_comments(c, &p));
    if (!skip || (size_t)(c->limit - p) < strlen(skip) || strncasecmp((const char *)p, skip, strlen(skip)) != 0) break;
    const unsigned char *end = memchr(p, '\n', (size_t)(c->limit - p));
    p = end ? end + 1 : c->limit;
  }
  LL_TRY(only_blank(c, &p, &blank));
  if (blank) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only a header, no rows", c->source->path);
  LL_TRY(read_rows(c, p, &rows));
  c->b->x.rows = c->b->y.rows = rows;
  return c->categories ? ll_csv_expand(c) : LL_OK;
}

ll_status ll_csv_read(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder,
                      const ll_csv_dialect *dialect) {
  csv c = {.ctx = ctx, .options = options, .dialect = dialect, .source = source, .b = builder};
  ll_status status = read_all(&c);
  ll_words_free(ctx, &c.header);
  for (size_t k = 0; k < c.categories; k++) ll_words_free(ctx, &c.levels[k]);
  ll_free(ctx, c.levels);
  ll_free(ctx, c.roles);
  ll_free(ctx, c.runs);
  ll_free(ctx, c.scratch);
  return status;
}
