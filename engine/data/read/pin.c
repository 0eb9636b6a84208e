/* Percolator's input, file by file and window by window: what is sequential about it. Tasks (pin_rows.c) parse the pieces of a
 * window; here room is made for them before, and afterwards what is wrong is said, rows are left out, texts are put into their
 * arena and rows of one spectrum get its number. So the result does not depend on how many threads there are. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include "engine/data/read/pin.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "engine/base/crew.h"
#include "engine/data/printable.h"

enum { PIECES = 64, LOOKED_AT = 34 }; /* of a window; lines that must be in memory when the header is read */

/* What a file is read with. */
typedef struct work {
  ll_pin_file *f;
  const unsigned char *at, *limit; /* the next line; one past the last whole one */
  ll_pin_piece pieces[PIECES];
  size_t n_pieces, lines;
  ll_pin_row *rows;
  size_t rows_room;
  unsigned char *varies;
  double *exact;
  size_t base; /* the set's row that the window's first one becomes */
  ll_texts_block *texts;
  size_t kept;
} work;

static ll_hasher *hasher_of(ll_source *s) { return s->after ? s->after : &s->hasher; }

static void set_limit(work *w, size_t searched) {
  const ll_source *s = w->f->source;
  const unsigned char *line = memrchr(s->bytes + searched, '\n', s->size - searched);
  w->limit = s->ended ? s->bytes + s->size : line ? line + 1 : w->limit;
}

/* Reads on, with w->at as the first byte kept, until there is a whole line more. */
static ll_status more(work *w) {
  ll_source *s = w->f->source;
  size_t was = (size_t)(w->limit - w->at), searched;
  do {
    searched = (size_t)(s->bytes + s->size - w->at);
    LL_TRY(ll_source_more(w->f->pin->ctx, s, w->at));
    w->at = s->bytes, w->limit = s->bytes + was;
    set_limit(w, searched);
    if ((size_t)(w->limit - s->bytes) == was) LL_TRY(ll_source_is_text(w->f->pin->ctx, s, searched));
    if (s->size > UINT32_MAX)
      return ll_fail(w->f->pin->ctx, LL_ERR_FORMAT, "%s: line %zu is longer than 4 GB", s->path, ll_source_line(s, w->at));
  } while ((size_t)(w->limit - s->bytes) == was && !s->ended);
  return LL_OK;
}

/* Moves on to a line that is not blank; false: there is none. */
static ll_status skip_blank(work *w, bool *found) {
  const ll_source *s = w->f->source;
  for (;;) {
    const unsigned char *next = w->at;
    for (; w->at < w->limit; w->at = next)
      if (!ll_pin_is_blank(w->at, ll_pin_line_end(w->at, w->limit, &next))) break;
    *found = w->at < w->limit;
    if (*found || (s->ended && w->limit == s->bytes + s->size)) return LL_OK;
    LL_TRY(more(w));
  }
}

/* Makes room for all arrays, x and y by copying what they hold. */
static ll_status move(ll_pin *pin, size_t room, size_t cols, ll_matrix *m) {
  ll_matrix larger;
  LL_TRY(ll_matrix_new(pin->ctx, room, cols, &larger));
  if (pin->rows) memcpy(larger.data, m->data, pin->rows * cols * sizeof *m->data);
  ll_matrix_release(pin->ctx, m);
  *m = larger;
  return LL_OK;
}

static ll_status resize(ll_pin *pin, size_t room) {
  ll_builder *b = pin->b;
  const struct {
    void *array;
    size_t size;
    bool wanted;
  } arrays[] = {{&pin->scans, sizeof *pin->scans, true},
                {&pin->masses, sizeof *pin->masses, true},
                {&pin->calculated, sizeof *pin->calculated, true},
                {&pin->files, sizeof *pin->files, true},
                {&b->groups, sizeof *b->groups, true},
                {&pin->prefixes, sizeof *pin->prefixes, pin->prefixes != NULL}};
  LL_TRY(move(pin, room, b->columns.count, &b->x));
  LL_TRY(move(pin, room, 1, &b->y));
  for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
    void *block;
    if (!arrays[k].wanted) continue;
    memcpy(&block, arrays[k].array, sizeof block);
    LL_TRY(ll_realloc(pin->ctx, &block, pin->rows * arrays[k].size, room * arrays[k].size));
    memcpy(arrays[k].array, &block, sizeof block);
  }
  pin->room = room;
  return LL_OK;
}

static ll_status make_room(work *w) {
  ll_pin *pin = w->f->pin;
  size_t needed = pin->rows + w->lines;
  if (needed > LL_MATRIX_SIDE) return ll_fail(pin->ctx, LL_ERR_RANGE, "%s: more than %d rows", w->f->source->path, LL_MATRIX_SIDE);
  if (needed <= pin->room) return LL_OK;
  double left = ll_source_left(w->f->source, w->at), here = (double)w->lines / (double)(w->limit - w->at);
  double density = ll_source_density(w->f->source);
  size_t guess = (size_t)(left * (density > here ? density : here) * 1.02) + 64;
  if (w->f->source->ended && w->limit == w->f->source->bytes + w->f->source->size) guess = w->lines;
  for (;; guess = w->lines + (guess - w->lines) / 2) {
    size_t room = pin->rows + (guess > w->lines ? guess : w->lines);
    ll_status status = resize(pin, room < LL_MATRIX_SIDE ? room : LL_MATRIX_SIDE);
    if (status != LL_ERR_MEMORY || guess <= w->lines + 256) return status;
  }
}

/* ---- a window --------------------------------------------------------------------------------------------------------- */

static ll_status cut(work *w) {
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  size_t d = w->f->pin->b->columns.count, least = ll_source_chunk / 4 + 1, bytes = (size_t)(w->limit - w->at);
  size_t step = bytes / PIECES + 1 > least ? bytes / PIECES + 1 : least;
  const unsigned char *p = w->at;
  w->n_pieces = w->lines = 0;
  while (p < w->limit) {
    ll_pin_piece *piece = &w->pieces[w->n_pieces];
    *piece = (ll_pin_piece){.from = p, .to = w->limit, .first = w->lines, .varies = w->varies + w->n_pieces * d};
    for (size_t i = 0; i < LL_PIN_WAYS; i++) piece->ways.row[i] = SIZE_MAX;
    if ((size_t)(w->limit - p) > step && w->n_pieces + 1 < PIECES) {
      const unsigned char *end = memchr(p + step, '\n', (size_t)(w->limit - p) - step);
      if (end) piece->to = end + 1;
    }
    piece->lines = k->lines(p, (size_t)(piece->to - p)) + (piece->to[-1] != '\n');
    w->lines += piece->lines, w->n_pieces++;
    p = piece->to;
  }
  if (w->lines > w->rows_room) {
    ll_free(w->f->pin->ctx, w->rows);
    w->rows = NULL, w->rows_room = 0;
    void *block;
    LL_TRY(ll_alloc(w->f->pin->ctx, &block, w->lines * sizeof *w->rows));
    w->rows = block, w->rows_room = w->lines;
  }
  return LL_OK;
}

static void parse(void *user, size_t task) {
  work *w = user;
  ll_pin_rows(w->f, &w->pieces[task], w->rows, w->base);
}

/* For all pieces before the first is parsed, since numbers are looked for beyond the end of a piece. */
static void make_tabs(void *user, size_t task) {
  work *w = user;
  ll_pin_piece *piece = &w->pieces[task];
  ll_pin_blanks(w->f->source->bytes + (piece->from - w->f->source->bytes), piece->to);
}

/* The first thing that is wrong in the window, and what is known of its labels. */
static ll_status gather(work *w) {
  ll_pin_file *f = w->f;
  ll_pin_bad bad = {.wrong = LL_PIN_FINE}, mixed;
  w->kept = 0;
  for (size_t k = 0; k < w->n_pieces && !bad.wrong; k++) {
    ll_pin_piece *piece = &w->pieces[k];
    for (size_t i = 0; i < LL_PIN_WAYS; i++)
      if (f->ways.row[i] == SIZE_MAX) f->ways.row[i] = piece->ways.row[i], f->ways.line[i] = piece->ways.line[i];
    bad = piece->bad;
    if (f->blank && (piece->rows || bad.wrong)) bad = (ll_pin_bad){.wrong = LL_PIN_BLANK_LINE, .row = f->rows + piece->first};
    if (!f->blank && piece->blank) f->blank = true, f->blank_line = f->line + f->rows + piece->first + piece->rows;
    w->kept += piece->rows;
  }
  if (ll_pin_mixed(&f->ways, &mixed) && (!bad.wrong || mixed.row < bad.row)) bad = mixed;
  return bad.wrong ? ll_pin_wrong_row(f, &bad) : LL_OK;
}

static void compare(work *w) {
  ll_pin *pin = w->f->pin;
  size_t d = pin->b->columns.count;
  const ll_real *first = ll_matrix_row(&pin->b->x, 0);
  for (size_t k = 0; k < w->n_pieces; k++) {
    const ll_pin_piece *piece = &w->pieces[k];
    const ll_real *row = ll_matrix_row(&pin->b->x, w->base + piece->first);
    if (!piece->rows) continue;
    for (size_t j = 0; j < d; j++) pin->varies[j] |= (unsigned char)(piece->varies[j] | (row[j] != first[j] && row[j] == row[j]));
    pin->dropped += piece->dropped, pin->holes += piece->holes;
    if (w->f->has[LL_PIN_MASS]) pin->no_mass += piece->no_mass;
  }
}

static ll_status look(work *w) {
  ll_pin *pin = w->f->pin;
  for (size_t i = 0; i < w->kept; i++) {
    if (!w->rows[i].look) continue;
    ll_pin_exact(w->f, &w->rows[i], w->exact);
    for (size_t j = 0; j < pin->b->columns.count; j++)
      LL_TRY(ll_lost_digits_look(pin->ctx, &pin->b->lost, &pin->b->x, w->base + i, j, w->exact[j]));
  }
  return LL_OK;
}

/* Leaves out the rows that are to be dropped; the others move together. */
static void drop(work *w) {
  ll_pin *pin = w->f->pin;
  size_t to = 0, d = pin->b->columns.count;
  for (size_t i = 0; i < w->kept; i++) {
    size_t a = w->base + to, b = w->base + i;
    if (w->rows[i].drop) continue;
    if (to != i) {
      memcpy(ll_matrix_row(&pin->b->x, a), ll_matrix_row(&pin->b->x, b), d * sizeof(ll_real));
      pin->b->y.data[a] = pin->b->y.data[b];
      pin->scans[a] = pin->scans[b], pin->masses[a] = pin->masses[b], pin->calculated[a] = pin->calculated[b];
      w->rows[to] = w->rows[i];
    }
    to++;
  }
  w->kept = to;
}

/* The numbers of names of files, and of scans that are none. */
static ll_status number_words(work *w) {
  ll_pin *pin = w->f->pin;
  const ll_pin_row *before = NULL;
  uint32_t number = w->f->number;
  for (size_t i = 0; i < w->kept; i++) {
    const ll_pin_row *row = &w->rows[i];
    const ll_pin_cell *name = &row->cells[LL_PIN_CELL_FILE], *scan = &row->cells[LL_PIN_CELL_SCAN], *last;
    if (w->f->has[LL_PIN_FILE]) {
      last = before ? &before->cells[LL_PIN_CELL_FILE] : NULL;
      if (!last || last->size != name->size || memcmp(before->line + last->at, row->line + name->at, name->size) != 0)
        LL_TRY(ll_words_add(pin->ctx, &pin->file_names, row->line + name->at, name->size, &number, NULL));
      before = row;
    }
    pin->files[w->base + i] = number;
    if (!row->scan_is_word) continue;
    uint32_t word;
    LL_TRY(ll_words_add(pin->ctx, &pin->scan_words, row->line + scan->at, scan->size, &word, NULL));
    pin->scans[w->base + i] = ll_pin_scan_word(word);
  }
  return LL_OK;
}

enum { COPIED = 512 }; /* rows whose texts a task copies */
static void copy_texts(void *user, size_t task) {
  const work *w = user;
  size_t fields = w->f->pin->texts.fields, end = (task + 1) * COPIED < w->kept ? (task + 1) * COPIED : w->kept;
  for (size_t i = task * COPIED; i < end; i++)
    for (size_t k = 0; k < fields; k++) {
      const ll_pin_cell *cell = &w->rows[i].cells[k];
      char *to = w->texts->text + w->texts->starts[i * fields + k];
      memcpy(to, w->rows[i].line + cell->at, cell->size);
      to[cell->size] = 0;
    }
}

static ll_status keep_texts(work *w) {
  ll_pin *pin = w->f->pin;
  size_t fields = pin->texts.fields, bytes = 0;
  for (size_t i = 0; i < w->kept; i++)
    for (size_t k = 0; k < fields; k++) bytes += w->rows[i].cells[k].size + (size_t)1;
  if (bytes > UINT32_MAX) return ll_fail(pin->ctx, LL_ERR_FORMAT, "%s: texts of more than 4 GB at once", w->f->source->path);
  LL_TRY(ll_texts_add(pin->ctx, &pin->texts, w->kept, bytes, &w->texts));
  uint32_t *start = w->texts->starts, at = 0;
  for (size_t i = 0; i < w->kept; i++)
    for (size_t k = 0; k < fields; k++) *start++ = at, at += w->rows[i].cells[k].size + 1;
  *start = at;
  return ll_crew_run(pin->ctx, (w->kept + COPIED - 1) / COPIED, copy_texts, w);
}

static ll_status take_window(work *w) {
  ll_pin_file *f = w->f;
  ll_pin *pin = f->pin;
  LL_TRY(cut(w));
  LL_TRY(make_room(w));
  w->base = pin->rows;
  if (f->spaces) {
    ll_hasher_wait(hasher_of(f->source)); /* the hash is that of the bytes as they were */
    LL_TRY(ll_crew_run(pin->ctx, w->n_pieces, make_tabs, w));
  }
  LL_TRY(ll_crew_run(pin->ctx, w->n_pieces, parse, w));
  LL_TRY(gather(w));
  compare(w);
  LL_TRY(look(w));
  f->rows += w->kept;
  if (pin->options.missing == LL_MISSING_DROP) drop(w);
  if (w->kept == 0) return LL_OK;
  LL_TRY(number_words(w));
  if (pin->texts.fields) LL_TRY(keep_texts(w));
  pin->rows += w->kept;
  return f->has[LL_PIN_SCAN] ? ll_pin_group(pin, w->base, pin->rows) : LL_OK;
}

/* ---- a file ------------------------------------------------------------------------------------------------------------ */

/* Whether the header's cells are separated by blanks. */
static bool by_blanks(const unsigned char *p, const unsigned char *end) {
  while (p < end && *p == ' ') p++;
  while (p < end && end[-1] == ' ') end--;
  return !memchr(p, '\t', (size_t)(end - p)) && memchr(p, ' ', (size_t)(end - p));
}

static bool is_directions(const unsigned char *p, const unsigned char *end) {
  static const char word[] = "DefaultDirection";
  size_t n = sizeof word - 1;
  return (size_t)(end - p) >= n && strncasecmp((const char *)p, word, n) == 0 && (p + n == end || p[n] == '\t' || p[n] == ' ');
}

static ll_status begin_file(work *w) {
  ll_pin_file *f = w->f;
  ll_pin *pin = f->pin;
  ll_source *s = f->source;
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  bool found;
  LL_TRY(ll_source_widen(pin->ctx, s, 8 * ll_source_chunk));
  w->at = w->limit = s->bytes;
  set_limit(w, 0);
  if (w->limit == w->at && !s->ended) LL_TRY(more(w));
  if ((size_t)(w->limit - w->at) >= 3 && memcmp(w->at, "\xef\xbb\xbf", 3) == 0) w->at += 3;
  LL_TRY(skip_blank(w, &found));
  if (!found) return ll_fail(pin->ctx, LL_ERR_FORMAT, "%s: the file is empty", s->path);
  while (k->lines(w->at, (size_t)(w->limit - w->at)) < LOOKED_AT && !s->ended) LL_TRY(more(w));
  const unsigned char *header = w->at, *rows, *next, *end = ll_pin_line_end(header, w->limit, &next);
  f->spaces = by_blanks(header, end);
  if (f->spaces) {
    ll_hasher_wait(hasher_of(s));
    ll_pin_blanks(s->bytes + (header - s->bytes), w->limit);
    while (end > header && end[-1] == ' ') end--;
  }
  const unsigned char *directions = NULL, *directions_end = NULL;
  for (rows = next; rows < w->limit; rows = next) {
    const unsigned char *line_end = ll_pin_line_end(rows, w->limit, &next);
    if (ll_pin_is_blank(rows, line_end)) continue;
    if (directions || !is_directions(rows, line_end)) break;
    directions = rows, directions_end = line_end;
  }
  LL_TRY(ll_pin_header(f, header, end, rows, w->limit));
  LL_TRY(ll_pin_order(f));
  if (directions) LL_TRY(ll_pin_directions(f, directions, directions_end));
  w->at = rows;
  LL_TRY(skip_blank(w, &found));
  if (!found) return ll_fail(pin->ctx, LL_ERR_FORMAT, "%s: only a header, no rows", s->path);
  f->line = ll_source_line(s, w->at);
  return LL_OK;
}

static ll_status make_scratch(work *w) {
  ll_pin *pin = w->f->pin;
  size_t d = pin->b->columns.count;
  void *block;
  LL_TRY(ll_alloc(pin->ctx, &block, PIECES * d));
  w->varies = block;
  LL_TRY(ll_alloc(pin->ctx, &block, d * sizeof *w->exact));
  w->exact = block;
  if (pin->files_read) return LL_OK;
  LL_TRY(ll_alloc(pin->ctx, &block, d * sizeof *pin->again));
  pin->again = block;
  LL_TRY(ll_calloc(pin->ctx, &block, d, 1));
  pin->varies = block;
  pin->texts.fields = pin->options.texts ? LL_PIN_TEXTS : !w->f->has[LL_PIN_SCAN];
  return LL_OK;
}

static ll_status read_file(work *w) {
  ll_pin_file *f = w->f;
  ll_pin *pin = f->pin;
  ll_source *s = f->source;
  LL_TRY(begin_file(w));
  LL_TRY(make_scratch(w));
  if (!f->has[LL_PIN_FILE]) LL_TRY(ll_words_add(pin->ctx, &pin->file_names, s->path, strlen(s->path), &f->number, NULL));
  for (;;) {
    if (w->limit > w->at) LL_TRY(take_window(w));
    if (s->ended && w->limit == s->bytes + s->size) break;
    w->at = w->limit;
    LL_TRY(more(w));
  }
  return f->has[LL_PIN_SCAN] ? LL_OK : ll_pin_ids(f);
}

ll_status ll_pin_read(ll_pin *pin, ll_source *source) {
  ll_pin_file f = {.pin = pin, .source = source, .first = pin->rows};
  work w = {.f = &f};
  for (size_t i = 0; i < LL_PIN_WAYS; i++) f.ways.row[i] = SIZE_MAX;
  if (!pin->files_read) pin->first_path = source->path;
  ll_status status = pin->header ? begin_file(&w) : read_file(&w);
  if (pin->header) *pin->header = f.names, f.names = (ll_words){0};
  ll_words_free(pin->ctx, &f.names);
  ll_free(pin->ctx, f.roles);
  ll_free(pin->ctx, f.steps);
  ll_free(pin->ctx, w.rows);
  ll_free(pin->ctx, w.varies);
  ll_free(pin->ctx, w.exact);
  pin->files_read++;
  return status;
}
