/* The rows as the search wants them, and the measuring of what it leaves in doubt. */
#include "engine/loss/pairs/hardest.h"

#include <math.h>
#include <string.h>

#include "engine/matrix/gemm.h"

LL_ISA_DECLARE(ll_hardest_kernels, ll_hardest_kernels);
const ll_hardest_kernels *ll_hardest_kernels_get(void) { return LL_ISA_PICK(ll_hardest_kernels); }

static size_t doubles(size_t floats) { return (floats + 15) / 16 * 8; } /* whole cache lines */

size_t ll_hardest_spare(size_t n, size_t d) { return d + 2 * doubles(n) + doubles(n * d) + n; }

/* Relative to the largest element, so that squares neither overflow nor vanish beside it; a power of 2, so that integers stay
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
  if (exponent < -1000) exponent = -1000; /* 2^-exponent is finite */
  double factor = ldexp(1, -exponent);
  for (size_t i = 0; i < n; i++) k->lower(cloud->rows + i * d, mean, factor, s->rows + i * d, d);
}

/* With u = 2^-24 and L = |x|^2 + |y|^2: a product is off by at most d u L / 2, and each of rounding the rows, rounding half lengths
 * and the two subtractions by less than 2 u L; twice the sum covers what is of second order. What underflows is below 2^-100. */
static void measure(ll_hardest_search *s) {
  size_t n = s->pairing->from->n, d = s->pairing->from->d;
  double off = 0x1p-24 * ((double)d + 16);
  for (size_t i = 0; i < n; i++) {
    double half = 0.5 * ll_pairing_kernels_get()->length(s->rows + i * d, d);
    s->less[i] = (float)(half * (1 - off) - 0x1p-100), s->more[i] = (float)(half * (1 + off) + 0x1p-100);
    s->doubt = fmaxf(s->doubt, s->more[i] - s->less[i]);
  }
}

void ll_hardest_open(const ll_pairing *p, const ll_matrix *labels, ll_hardest_search *out) {
  size_t n = p->from->n, d = p->from->d;
  double *at = p->spare;
  *out = (ll_hardest_search){.pairing = p, .rows = (float *)at, .block = (float *)p->block};
  out->less = (float *)(at += doubles(n * d));
  out->more = (float *)(at += doubles(n));
  out->labels = (ll_real *)(at += doubles(n));
  double *mean = at + n;
  for (size_t i = 0; i < n; i++) out->labels[i] = *ll_matrix_row(labels, i);
  read_rows(out, mean);
  measure(out);
}

void ll_hardest_products(ll_hardest_search *s, size_t at, size_t rows, size_t from) {
  size_t n = s->pairing->from->n, d = s->pairing->from->d;
  const ll_gemm_shape shape = {.tb = true, .m = rows, .n = n - from, .k = d, .lda = d, .ldb = d, .ldc = n, .alpha = 1};
  ll_gemmf(&shape, s->rows + at * d, s->rows + from * d, NULL, s->block + from);
}

/* Candidates come in any order: of equals the first is the one of the least j. */
static void take(const ll_hardest_search *s, size_t i, size_t j, double sign, ll_hardest *best) {
  double square = ll_pairing_exact(s->pairing, i, j);
  bool none = best->j >= s->pairing->to->n, harder = sign * square > sign * best->square,
       easier = sign * square < sign * best->square;
  if (none || harder || (!easier && i == best->i && j < best->j)) best->i = i, best->j = j, best->square = square;
}

void ll_hardest_find(const ll_hardest_search *s, size_t i, float *row, size_t after, ll_hardest *farthest, ll_hardest *nearest) {
  size_t none = s->pairing->to->n, n = none - after;
  ll_hardest_row look = {.v = row + after,
                         .less = s->less + after,
                         .more = s->more + after,
                         .labels = s->labels + after,
                         .label = s->labels[i],
                         .own_less = s->less[i],
                         .own_more = s->more[i],
                         .doubt = 2 * (s->doubt + (s->more[i] - s->less[i])),
                         .farthest = farthest->bound,
                         .nearest = nearest->bound};
  if (i >= after) row[i] = INFINITY; /* a distance of -inf: never the farthest */
  uint32_t *columns = s->pairing->columns;
  size_t found = ll_hardest_kernels_get()->find(&look, n, columns);
  farthest->bound = look.farthest, nearest->bound = look.nearest;
  for (size_t c = 0; c < found; c++) {
    size_t j = after + columns[c];
    if (j == i) continue;
    if (s->labels[j] < s->labels[i] || s->labels[j] > s->labels[i]) take(s, i, j, -1, nearest);
    else take(s, i, j, 1, farthest);
  }
}
