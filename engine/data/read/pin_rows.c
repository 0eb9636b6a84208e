/* A piece of the rows of Percolator's input, parsed by one task: it writes to the places of its rows alone, allocates nothing, and
 * keeps the first thing that is wrong for whoever gathers the pieces. Runs of plain numbers are read at once (number.simd.c). */
#include <math.h>

#include "engine/data/lost_digits.h"
#include "engine/data/read/pin.h"

const unsigned char *ll_pin_line_end(const unsigned char *p, const unsigned char *to, const unsigned char **next) {
  const unsigned char *end = memchr(p, '\n', (size_t)(to - p));
  *next = end ? end + 1 : to;
  if (!end) end = to;
  return end > p && end[-1] == '\r' ? end - 1 : end;
}

void ll_pin_blanks(unsigned char *from, const unsigned char *to) {
  while (from < to) {
    unsigned char *end = memchr(from, '\n', (size_t)(to - from)), *put = from;
    const unsigned char *stop = end ? end : to;
    bool between = false;
    for (const unsigned char *p = from; p < stop; p++) {
      if (*p == ' ' || *p == '\t' || (*p == '\r' && p + 1 == stop)) {
        between = put > from;
        continue;
      }
      if (between) *put++ = '\t';
      between = false;
      *put++ = *p;
    }
    while (put < stop) *put++ = ' ';
    from = end ? end + 1 : put;
  }
}

/* One row being parsed: at is at the next cell, or at end + 1 after the last one of the line. */
typedef struct reading {
  const ll_pin_file *f;
  const ll_number_kernels *kernels;
  const unsigned char *line, *at, *end;
  uint64_t digits;
  ll_pin_row *row;
  ll_pin_bad *bad;
} reading;

static bool wrong(reading *r, ll_pin_wrong what, size_t col, const unsigned char *cell, const unsigned char *cell_end) {
  r->bad->wrong = what, r->bad->col = col, r->bad->cell = cell, r->bad->size = (size_t)(cell_end - cell);
  r->bad->line = r->line, r->bad->end = r->end;
  return false;
}

static const unsigned char *cell_end(const reading *r) {
  const unsigned char *end = memchr(r->at, '\t', (size_t)(r->end - r->at));
  return end ? end : r->end;
}

/* A number that is not plain, or none. */
static bool odd_feature(reading *r, size_t col, ll_real *to, double *exact) {
  const ll_pin_options *o = &r->f->pin->options;
  const unsigned char *end = cell_end(r);
  double value;
  ll_pin_value kind = ll_pin_number(r->at, end, &value, to);
  bool absent = kind == LL_PIN_MISSING || kind == LL_PIN_INFINITE;
  if (!(kind == LL_PIN_NUMBER || (absent && o->missing != LL_MISSING_ERROR))) return wrong(r, LL_PIN_NOT_NUMBER, col, r->at, end);
  if (absent) {
    *to = o->missing == LL_MISSING_CONSTANT ? (ll_real)o->constant : (ll_real)NAN, value = NAN;
    r->row->hole = true, r->row->drop = o->missing == LL_MISSING_DROP;
  } else if (!isfinite(*to)) return wrong(r, LL_PIN_TOO_LARGE, col, r->at, end);
  if (exact) *exact = value;
  r->digits = UINT64_MAX;
  r->at = end + 1;
  return true;
}

static bool features(reading *r, const ll_pin_step *s, bool last, ll_real *to, double *exact) {
  for (size_t i = 0; i < s->count; i++) {
    if (r->at > r->end) return wrong(r, LL_PIN_RAGGED, s->col + i, r->end, r->end);
    i += r->kernels->run(&r->at, '\t', last ? '\n' : '\t', s->count - i, to + i, exact ? exact + i : NULL, &r->digits);
    if (i == s->count) return true;
    if (r->at > r->end) return wrong(r, LL_PIN_RAGGED, s->col + i, r->end, r->end);
    if (!odd_feature(r, s->col + i, to + i, exact ? exact + i : NULL)) return false;
  }
  return true;
}

static bool label(reading *r, size_t col, const unsigned char *end, size_t at, size_t row, ll_pin_ways *ways) {
  int way = ll_pin_label(r->at, end, &r->f->pin->b->y.data[at]);
  if (way == LL_PIN_WAYS) return wrong(r, LL_PIN_NO_LABEL, col, r->at, end);
  if (ways->row[way] == SIZE_MAX) ways->row[way] = row, ways->line[way] = r->line;
  return true;
}

static bool scan(reading *r, size_t col, const unsigned char *end, double *to) {
  ll_real rounded;
  const unsigned char *p = r->at;
  ll_pin_value kind = ll_pin_number(p, end, to, &rounded);
  if (kind == LL_PIN_MISSING) return wrong(r, LL_PIN_EMPTY, col, p, end);
  if (kind == LL_PIN_NUMBER && fabs(*to) <= 9007199254740992.0) *to += 0; /* -0 is 0 */
  else {
    while (p < end && *p == ' ') p++;
    while (p < end && end[-1] == ' ') end--;
    r->row->scan_is_word = true;
    r->row->cells[LL_PIN_CELL_SCAN] = (ll_pin_cell){(uint32_t)(p - r->line), (uint32_t)(end - p)};
  }
  return true;
}

static bool mass(reading *r, size_t col, const unsigned char *end, double *to) {
  ll_real rounded;
  ll_pin_value kind = ll_pin_number(r->at, end, to, &rounded);
  if (kind == LL_PIN_WORD || kind == LL_PIN_INFINITE) return wrong(r, LL_PIN_NOT_NUMBER, col, r->at, end);
  if (kind == LL_PIN_NUMBER && !isfinite(*to)) return wrong(r, LL_PIN_TOO_LARGE, col, r->at, end);
  *to += 0;
  return true;
}

static void text(reading *r, size_t which, const unsigned char *end) {
  r->row->cells[which] = (ll_pin_cell){(uint32_t)(r->at - r->line), (uint32_t)(end - r->at)};
}

/* In a file of blanks a blank within the brackets of a modification would cut the peptide in two. */
static bool is_torn(const unsigned char *p, const unsigned char *end) {
  int round = 0, square = 0;
  for (; p < end; p++) round += (*p == '(') - (*p == ')'), square += (*p == '[') - (*p == ']');
  return round > 0 || square > 0;
}

static bool one_cell(reading *r, const ll_pin_step *s, const unsigned char *end, size_t at, size_t row, ll_pin_ways *ways) {
  ll_pin *pin = r->f->pin;
  if (r->f->quoted && end - r->at >= 2 && *r->at == '"' && end[-1] == '"') r->at++, end--;
  switch (s->role) {
  case LL_PIN_ID: text(r, LL_PIN_TEXT_ID, end); return true;
  case LL_PIN_PEPTIDE:
    text(r, LL_PIN_TEXT_PEPTIDE, end);
    return !r->f->spaces || !is_torn(r->at, end) || wrong(r, LL_PIN_TORN_PEPTIDE, s->col, r->at, end);
  case LL_PIN_PROTEINS: text(r, LL_PIN_TEXT_PROTEINS, end); return true;
  case LL_PIN_FILE: text(r, LL_PIN_CELL_FILE, end); return end > r->at || wrong(r, LL_PIN_EMPTY, s->col, r->at, end);
  case LL_PIN_LABEL: return label(r, s->col, end, at, row, ways);
  case LL_PIN_SCAN: return scan(r, s->col, end, &pin->scans[at]);
  case LL_PIN_MASS: return mass(r, s->col, end, &pin->masses[at]);
  case LL_PIN_CALCULATED: return mass(r, s->col, end, &pin->calculated[at]);
  default: return true;
  }
}

/* The proteins: all that is left of the line but the cells of the columns behind them. */
static bool proteins(reading *r, size_t col) {
  const unsigned char *end = r->end;
  if (r->at > end) { /* none, which only the last column can be */
    if (r->f->after) return wrong(r, LL_PIN_RAGGED, col, r->end, r->end);
    r->row->cells[LL_PIN_TEXT_PROTEINS] = (ll_pin_cell){(uint32_t)(r->end - r->line), 0};
    return true;
  }
  for (size_t k = 0; k < r->f->after; k++) {
    while (end > r->at && end[-1] != '\t') end--;
    if (end == r->at) return wrong(r, LL_PIN_RAGGED, col, r->end, r->end);
    end--;
  }
  const unsigned char *stop = end;
  while (!r->f->after && stop > r->at && (stop[-1] == '\t' || stop[-1] == ' ')) stop--;
  if (r->f->quoted && stop - r->at >= 2 && *r->at == '"' && stop[-1] == '"') r->at++, stop--;
  text(r, LL_PIN_TEXT_PROTEINS, stop);
  r->at = end + 1;
  return true;
}

static bool parse(reading *r, size_t at, size_t row, ll_pin_ways *ways, ll_real *to, double *exact) {
  const ll_pin_file *f = r->f;
  size_t n = f->n_steps + f->after_steps;
  for (size_t k = 0; k < n; k++) {
    const ll_pin_step *s = &f->steps[k];
    if (k + 1 == f->n_steps && f->tail) {
      if (!proteins(r, s->col)) return false;
      continue;
    }
    if (r->at > r->end) return wrong(r, LL_PIN_RAGGED, s->col, r->end, r->end);
    if (s->role == LL_PIN_FEATURE) {
      if (!features(r, s, k + 1 == n, to + s->feature, exact ? exact + s->feature : NULL)) return false;
      continue;
    }
    const unsigned char *end = cell_end(r);
    if (!exact && !one_cell(r, s, end, at, row, ways)) return false;
    r->at = end + 1;
  }
  for (; r->at <= r->end; r->at++)
    if (!(f->tail && !f->after) && r->at < r->end && *r->at != '\t' && *r->at != ' ')
      return wrong(r, LL_PIN_RAGGED, f->cols, r->at, r->end);
  return true;
}

static void compare(ll_pin_piece *piece, const ll_real *first, const ll_real *to, size_t d) {
  for (size_t j = 0; j < d; j++) piece->varies[j] |= (unsigned char)((to[j] != first[j]) & (to[j] == to[j]));
}

void ll_pin_rows(const ll_pin_file *f, ll_pin_piece *piece, ll_pin_row *rows, size_t base) {
  ll_pin *pin = f->pin;
  size_t d = pin->b->columns.count, file_row = f->rows + piece->first, at = base + piece->first;
  const ll_real *first = ll_matrix_row(&pin->b->x, at);
  const unsigned char *p = piece->from, *next;
  reading r = {.f = f, .kernels = LL_ISA_PICK(ll_number_kernels), .bad = &piece->bad};
  memset(piece->varies, 0, d);
  for (size_t i = 0; p < piece->to; p = next, i++) {
    const unsigned char *end = ll_pin_line_end(p, piece->to, &next);
    if (ll_pin_is_blank(p, end)) {
      piece->blank = true;
      continue;
    }
    if (f->spaces)
      while (end > p && end[-1] == ' ') end--;
    ll_pin_row *row = &rows[piece->first + i];
    *row = (ll_pin_row){.line = p};
    piece->bad.row = file_row + i;
    r.row = row, r.line = r.at = p, r.end = end, r.digits = 0;
    if (piece->blank) {
      wrong(&r, LL_PIN_BLANK_LINE, 0, p, end);
      return;
    }
    const unsigned char *zero = memchr(p, 0, (size_t)(end - p));
    if (zero) {
      wrong(&r, LL_PIN_ZERO_BYTE, 0, p, end);
      return;
    }
    pin->scans[at + i] = pin->masses[at + i] = pin->calculated[at + i] = NAN;
    ll_real *to = ll_matrix_row(&pin->b->x, at + i);
    if (!parse(&r, at + i, file_row + i, &piece->ways, to, NULL)) return;
    piece->rows++;
    piece->dropped += row->drop, piece->holes += row->hole;
    piece->no_mass += isnan(pin->masses[at + i]) != 0;
    compare(piece, first, to, d);
    if (sizeof(ll_real) < sizeof(double) && r.digits >> 23)
      row->look = (at + i) % LL_LOST_EVERY < LL_LOST_ROWS || r.kernels->far(to, d, LL_LOST_FAR);
  }
  piece->bad.wrong = LL_PIN_FINE;
}

void ll_pin_exact(const ll_pin_file *f, const ll_pin_row *row, double *exact) {
  ll_pin_bad bad;
  ll_pin_row again = *row;
  const unsigned char *next, *limit = f->source->bytes + f->source->size;
  reading r = {.f = f, .kernels = LL_ISA_PICK(ll_number_kernels), .bad = &bad, .row = &again, .line = row->line, .at = row->line};
  r.end = ll_pin_line_end(row->line, limit, &next);
  if (f->spaces)
    while (r.end > r.line && r.end[-1] == ' ') r.end--;
  ll_pin_ways ways;
  parse(&r, 0, 0, &ways, f->pin->again, exact);
}
