/* The rows of delimited text: the matrix is made from a guess at their number and grows if that was low, runs of plain numbers are
 * parsed at once where they stand (number.simd.c). Anything else comes to csv_value.c. A row whose quotes hold the chunk's last
 * line end is read again with more of the file. */
#include <math.h>
#include <string.h>

#include "engine/data/read/csv.h"
#include "engine/data/read/number.h"

/* Whether the line ends here although another cell should follow. */
static bool ends_here(const ll_csv *c, const unsigned char *p, bool last) {
  return !last && *p != c->dialect->separator && ll_csv_is_end(c, p);
}

static ll_status feature_cell(ll_csv *c, const unsigned char **at, size_t row, size_t col, ll_real *to, double *exact) {
  const unsigned char *start = *at, *end;
  double value = 0;
  end = ll_number_decimal_with(start, &value, true);
  if (end && ll_csv_is_end(c, end)) *at = end, *to = ll_number_round(start, value);
  else LL_TRY(ll_csv_value_number(c, at, row, col, &value, to));
  *exact = value, c->digits = UINT64_MAX;
  if (isfinite(*to) || isnan(value)) return LL_OK; /* NaN: a missing cell, accepted */
  return ll_csv_value_too_large(c, start, row, col);
}

static ll_status read_row(ll_csv *c, const unsigned char **at, size_t row) {
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  const unsigned char *p = *at, separator = c->dialect->separator;
  ll_real *to = ll_matrix_row(&c->b->x, row);
  double *exact = c->exact;
  size_t category = 0;
  c->digits = 0;
  for (size_t col = 0; col < c->cols;) {
    size_t run = c->runs[col];
    if (run) {
      bool to_end = col + run == c->cols;
      size_t got = k->run(&p, separator, to_end ? '\n' : separator, run, to, c->keep ? exact : NULL, &c->digits);
      col += got, to += got, exact += got;
      if (got == run) {
        p -= to_end;
        continue;
      }
    }
    bool last = col + 1 == c->cols;
    if (ends_here(c, p, last)) return ll_csv_ragged(c, *at, row);
    if (c->roles[col] == LL_CSV_FEATURE) LL_TRY(feature_cell(c, &p, row, col, to++, exact++));
    else if (c->roles[col] == LL_CSV_CATEGORY) {
      *exact++ = NAN;
      LL_TRY(ll_csv_value_level(c, &p, row, col, category++, to++));
    } else LL_TRY(ll_csv_value(c, &p, row, col));
    if ((*p == separator && p < c->limit) == last) return ll_csv_ragged(c, *at, row);
    p += !last, col++;
  }
  p += *p == '\r';
  p += *p == '\n' && p < c->limit;
  *at = p;
  return LL_OK;
}

/* Looks for what the rounding of the row that begins at start made equal; its values as they are may have to be read first. */
static ll_status look(ll_csv *c, const unsigned char *start, size_t row) {
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  bool kept = c->keep,
       wanted = row % LL_LOST_EVERY < LL_LOST_ROWS || k->far(ll_matrix_row(&c->b->x, row), c->features, LL_LOST_FAR);
  c->keep = wanted;
  if (wanted && !kept) LL_TRY(read_row(c, &start, row));
  for (size_t j = 0; j < c->features && wanted; j++)
    LL_TRY(ll_lost_digits_look(c->ctx, &c->b->lost, &c->b->x, row, j, c->exact[j]));
  return LL_OK;
}

static ll_status reallocate(ll_csv *c, size_t used, size_t room, uint32_t **numbers) {
  void *block = *numbers;
  LL_TRY(ll_realloc(c->ctx, &block, used * sizeof **numbers, room * sizeof **numbers));
  *numbers = block;
  return LL_OK;
}

static ll_status move(ll_csv *c, size_t used, size_t room, ll_matrix *m, size_t cols) {
  ll_matrix larger;
  LL_TRY(ll_matrix_new(c->ctx, room, cols, &larger));
  if (used) memcpy(larger.data, m->data, used * cols * sizeof *m->data);
  ll_matrix_release(c->ctx, m);
  *m = larger;
  return LL_OK;
}

/* Makes room for that many rows and keeps the used ones. */
static ll_status make_room(ll_csv *c, size_t used, size_t room) {
  LL_TRY(move(c, used, room, &c->b->x, c->features));
  LL_TRY(move(c, used, room, &c->b->y, 1));
  if (memchr(c->roles, LL_CSV_WEIGHT, c->cols)) LL_TRY(move(c, used, room, &c->b->weights, 1));
  if (memchr(c->roles, LL_CSV_GROUP, c->cols)) LL_TRY(reallocate(c, used, room, &c->b->groups));
  if (memchr(c->roles, LL_CSV_DOMAIN, c->cols)) LL_TRY(reallocate(c, used, room, &c->b->domains));
  return LL_OK;
}

/* The same with room for up to `more` rows beside the used ones: fewer where the limit on memory does not leave so many. */
static ll_status make_more(ll_csv *c, size_t used, size_t more, size_t *room) {
  enum { LEAST = 256 };
  ll_status status;
  for (;; more /= 2) {
    *room = used + more < LL_MATRIX_SIDE ? used + more : LL_MATRIX_SIDE;
    status = make_room(c, used, *room);
    if (status != LL_ERR_MEMORY || more <= LEAST) return status;
  }
}

/* How many rows may still come: by the lines in memory, and beyond them by their length. */
static size_t rows_left(const ll_csv *c, const unsigned char *p) {
  const ll_number_kernels *k = LL_ISA_PICK(ll_number_kernels);
  size_t lines = k->lines(p, (size_t)(c->limit - p)) + 1;
  if (ll_csv_is_last(c)) return lines;
  double rows = ll_source_left(c->source, p) / (double)(c->limit - p + 1) * (double)lines * 1.02;
  return (size_t)(rows < UINT32_MAX ? rows : UINT32_MAX) + 64;
}

ll_status ll_csv_rows(ll_csv *c, const unsigned char *p, size_t *rows) {
  size_t row = 0, room;
  bool dropped = false;
  LL_TRY(make_more(c, 0, rows_left(c, p), &room));
  for (;; row++) {
    bool blank = false;
    LL_TRY(ll_csv_skip_comments(c, &p));
    if (p == c->limit) break;
    if (*p == '\n' || *p == '\r') LL_TRY(ll_csv_only_blank(c, &p, &blank));
    if (blank) break;
    if (row == LL_MATRIX_SIDE) return ll_fail(c->ctx, LL_ERR_RANGE, "%s: more than %d rows", c->source->path, LL_MATRIX_SIDE);
    if (row == room) {
      size_t more = rows_left(c, p);
      LL_TRY(make_more(c, row, more > room / 2 ? more : room / 2, &room));
    }
    const unsigned char *start;
    for (;;) {
      start = p;
      ll_status status = read_row(c, &p, row);
      if (__builtin_expect(!c->starved, 1) || status == LL_ERR_MEMORY) {
        LL_TRY(status);
        break;
      }
      c->drop = false;
      LL_TRY(ll_csv_more(c, &p));
    }
    if (__builtin_expect(c->drop, 0)) c->drop = false, dropped = true, row--;
    else if (sizeof(ll_real) < sizeof(double) && c->digits >> 23) LL_TRY(look(c, start, row));
  }
  if (row == 0 && c->options->missing == LL_MISSING_DROP)
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: every row has a missing cell and was dropped", c->source->path);
  if (dropped) LL_TRY(ll_csv_dropped(c, row));
  *rows = row;
  return room - row > row / 4 + 1024 ? make_room(c, row, row) : LL_OK; /* the guess was far too high */
}
