/* The rows as the search wants them, and the measuring of what it leaves in doubt. */
#include "engine/loss/pairs/hardest.h"

#include <math.h>
#include <string.h>

#include "engine/base/sort.h"
#include "engine/matrix/gemm.h"

LL_ISA_DECLARE(ll_hardest_kernels, ll_hardest_kernels);
const ll_hardest_kernels *ll_hardest_kernels_get(void) { return LL_ISA_PICK(ll_hardest_kernels); }

static size_t doubles(size_t bytes) { return (bytes + 63) / 64 * 8; } /* whole cache lines */

size_t ll_hardest_spare(size_t n, size_t d) {
  return doubles(n * d * sizeof(float)) + 5 * doubles(n * sizeof(float)) + 2 * doubles(n * sizeof(ll_record)) +
         doubles(LL_SORT_COUNTS * sizeof(uint32_t)) + d;
}

/* The order of classes; in a class rows stay in theirs. */
static void order(ll_hardest_search *s, const ll_matrix *labels, ll_record *records, ll_record *spare, uint32_t *counts) {
  size_t n = labels->rows;
  for (size_t i = 0; i < n; i++) records[i] = ll_record_make(*ll_matrix_row(labels, i), i);
  const ll_record *sorted = ll_sort_records(records, spare, n, counts);
  for (size_t begin = 0, end; begin < n; begin = end) {
    for (end = begin; end < n && ll_record_key(&sorted[end]) == ll_record_key(&sorted[begin]); end++)
      s->place[end] = ll_record_row(&sorted[end]), s->first[end] = (uint32_t)begin;
    for (size_t r = begin; r < end; r++) s->behind[r] = (uint32_t)end;
  }
}

/* Relative to the largest length, so that squares neither overflow nor vanish beside it; by a power of 2, so that integers stay
 * integers. The mean is taken off: rows are then short, and so is what rounding makes of them. */
static void read_rows(ll_hardest_search *s, double *mean) {
  const ll_pairing_cloud *cloud = s->pairing->from;
  size_t n = cloud->n, d = cloud->d;
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  memset(mean, 0, d * sizeof *mean);
  for (size_t i = 0; i < n; i++) k->add_scaled(1, cloud->rows + i * d, mean, d);
  for (size_t j = 0; j < d; j++) mean[j] /= (double)n;
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, k->square(cloud->rows + i * d, mean, d));
  int exponent = 0;
  if (most > 0 && isfinite(most)) frexp(sqrt(most), &exponent);
  double factor = ldexp(1, -exponent);
  for (size_t r = 0; r < n; r++) k->lower(cloud->rows + s->place[r] * d, mean, factor, s->rows + r * d, d);
}

/* With u = 2^-24 and L = |x|^2 + |y|^2: half a squared distance is off by at most d u L / 2 from the product, 2 u L from rounding
 * the rows, u L / 2 from rounding half lengths, and 2 u L from the two subtractions. What underflows is below 2^-100. */
static void measure(ll_hardest_search *s) {
  size_t n = s->pairing->from->n, d = s->pairing->from->d;
  double off = 0x1p-24 * ((double)d + 16);
  for (size_t r = 0; r < n; r++) {
    double half = 0.5 * ll_pairing_kernels_get()->length(s->rows + r * d, d);
    s->less[r] = (float)(half * (1 - off) - 0x1p-100), s->more[r] = (float)(half * (1 + off) + 0x1p-100);
    s->doubt = fmaxf(s->doubt, s->more[r] - s->less[r]);
  }
}

void ll_hardest_open(const ll_pairing *p, const ll_matrix *labels, ll_hardest_search *out) {
  size_t n = p->from->n, d = p->from->d, each = doubles(n * sizeof(float)), records = doubles(n * sizeof(ll_record));
  double *at = p->spare;
  *out = (ll_hardest_search){.pairing = p, .rows = (float *)at, .block = (float *)p->block};
  out->less = (float *)(at += doubles(n * d * sizeof(float)));
  out->more = (float *)(at += each);
  out->place = (uint32_t *)(at += each);
  out->first = (uint32_t *)(at += each);
  out->behind = (uint32_t *)(at += each);
  double *unordered = at + each, *spare = unordered + records, *counts = spare + records;
  order(out, labels, (ll_record *)unordered, (ll_record *)spare, (uint32_t *)counts);
  read_rows(out, counts + doubles(LL_SORT_COUNTS * sizeof(uint32_t)));
  measure(out);
}

void ll_hardest_products(ll_hardest_search *s, size_t at, size_t rows, size_t from) {
  size_t n = s->pairing->from->n, d = s->pairing->from->d;
  const ll_gemm_shape shape = {.tb = true, .m = rows, .n = n - from, .k = d, .lda = d, .ldb = d, .ldc = n, .alpha = 1};
  ll_gemmf(&shape, s->rows + at * d, s->rows + from * d, NULL, s->block + from);
}

/* Of equals the first pair is the one with the least row, and of those the one with the least other row. */
static bool is_before(size_t i, size_t j, const ll_hardest *other) {
  size_t least = i < j ? i : j, of_other = other->i < other->j ? other->i : other->j;
  return least < of_other || (least == of_other && i + j < other->i + other->j);
}

static void take(const ll_hardest_search *s, size_t position, const uint32_t *columns, size_t found, size_t from, double sign,
                 ll_hardest *best) {
  size_t i = s->place[position];
  for (size_t c = 0; c < found; c++) {
    if (from + columns[c] == position) continue;
    size_t j = s->place[from + columns[c]];
    double square = ll_pairing_exact(s->pairing, i, j), by = sign * (square - best->square);
    bool none = best->j >= s->pairing->to->n;
    if (none || by > 0 || (!(by < 0) && is_before(i, j, best))) best->i = i, best->j = j, best->square = square;
  }
}

static ll_hardest_row from_on(const ll_hardest_search *s, size_t position, const float *row, size_t from) {
  float less = s->less[position], more = s->more[position];
  return (ll_hardest_row){row + from, s->less + from, s->more + from, less, more, 2 * (s->doubt + (more - less))};
}

void ll_hardest_find(const ll_hardest_search *s, size_t position, float *row, size_t from, ll_hardest_pairs *best) {
  const ll_hardest_kernels *k = ll_hardest_kernels_get();
  size_t n = s->pairing->to->n, behind = s->behind[position], first = s->first[position] > from ? s->first[position] : from;
  uint32_t *columns = s->pairing->columns;
  if (position >= from) row[position] = INFINITY; /* a distance of -inf: never the farthest */
  ll_hardest_row look = from_on(s, position, row, first);
  size_t found = first < behind ? k->farthest(&look, behind - first, &best->farthest.bound, columns) : 0;
  take(s, position, columns, found, first, 1, &best->farthest);
  if (first < behind) k->hide(row + first, behind - first);
  look = from_on(s, position, row, from);
  found = k->nearest(&look, n - from, &best->nearest.bound, columns);
  take(s, position, columns, found, from, -1, &best->nearest);
}
