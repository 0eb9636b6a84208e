/* Every loop that exists once for each instruction set gives the same bits in all of them that this machine has: elementwise
 * functions and their two derivatives over a sample of all numbers, the loops of rows, losses, distances, optimizers and transport
 * over drawn numbers with ties, zeros and infinities among them, in lengths that leave rests. A NaN is a NaN. LOSSLAB_STRIDE=1
 * looks at all floats. */
#include "engine/base/scalar.h"
#include "engine/distance/lp.h"
#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"
#include "engine/loss/multiclass/classes.h"
#include "engine/loss/pairs/couple.h"
#include "engine/loss/pointwise/pointwise.h"
#include "engine/loss/ranking/history.h"
#include "engine/loss/ranking/listwise.h"
#include "engine/loss/ranking/pair_sums.h"
#include "engine/matrix/rowwise.h"
#include "engine/nn/dropout.h"
#include "engine/optim/optim.h"
#include "engine/transport/transport.h"

#include "losslab/random.h"

#include "tests/ulp.h"

#define TABLES(type, name)                                                                                                         \
  LL_ISA_DECLARE(type, name);                                                                                                      \
  static const type *const name##_of[] = {&name##_base, &name##_v3, &name##_v4}
TABLES(ll_rowwise_kernels, ll_rowwise_kernels);
TABLES(ll_updates, ll_updates);
TABLES(ll_pointwise_kernels, ll_pointwise_kernels);
TABLES(ll_columns_kernels, ll_columns_kernels);
TABLES(ll_pairing_kernels, ll_pairing_kernels);
TABLES(ll_lp_kernels, ll_lp_kernels);
TABLES(ll_classes_kernels, ll_classes_kernels);
TABLES(ll_couple_kernels, ll_couple_kernels);
TABLES(ll_history_kernels, ll_history_kernels);
TABLES(ll_listwise_kernels, ll_listwise_kernels);
TABLES(ll_pair_sums_kernels, ll_pair_sums_kernels);
TABLES(ll_dropout_loops, ll_dropout_loops);
TABLES(ll_transport_kernels, ll_transport_kernels);
TABLES(ll_scalars, ll_scalars);

static int n_tables;

/* What one table gave: everything that a call writes is put here, then compared with what base gave. */
typedef struct record {
  unsigned char bytes[1 << 19];
  size_t n;
} record;
static record records[LL_ISA_COUNT], *at;

#define PUT(type)                                                                                                                  \
  static void put_##type(const type *x, size_t n) {                                                                                \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      type v = x[i] != x[i] ? (type)NAN : x[i];                                                                                    \
      memcpy(at->bytes + at->n, &v, sizeof v), at->n += sizeof v;                                                                  \
    }                                                                                                                              \
  }
PUT(ll_real)
PUT(double)
static void put_one(double x) { put_double(&x, 1); }

/* For every table t, with `at` its record. */
#define EACH_TABLE for (int t = 0; at = &records[t], at->n = t < n_tables ? 0 : at->n, t < n_tables; t++)

static const char *differing(void) {
  for (int t = 1; t < n_tables; t++)
    if (records[t].n != records[0].n || memcmp(records[t].bytes, records[0].bytes, records[0].n) != 0) return isas[t];
  return NULL;
}

typedef struct found {
  size_t cases, wrong;
  const char *isa;
} found;
static void look(found *f) {
  const char *isa = differing();
  f->cases++;
  if (isa && !f->wrong++) f->isa = isa;
}
static void tell(const char *what, found f) {
  ok(f.cases > 0 && f.wrong == 0, "%s: the same bits everywhere (%zu of %zu differ%s%s)", what, f.wrong, f.cases,
     f.wrong ? ", first in " : "", f.wrong ? f.isa : "");
}

static const char *const names[] = {
#define UNARY(name, ...) #name,
#include "engine/matrix/functions.def"
#undef UNARY
};

static void functions(uint64_t stride) {
  static ll_real x[CHUNK], y[CHUNK], out[CHUNK], g[CHUNK];
  for (size_t i = 0; i < CHUNK; i++) g[i] = (ll_real)(1 + 0.37 * (double)(i % 5));
  for (size_t row = 0; row < LL_UNARY_COUNT; row++) {
    found f = {0};
    size_t n;
    for (uint64_t place = 0; (n = next_numbers(&place, stride, x));) {
      EACH_TABLE {
        tables[t]->unary[row](x, y, n), put_ll_real(y, n);
        tables[t]->unary1[row](x, y, g, out, n), put_ll_real(out, n);
        tables[t]->unary2[row](x, y, g, out, n), put_ll_real(out, n);
      }
      look(&f);
    }
    tell(names[row], f);
  }
}

/* ---- drawn numbers ------------------------------------------------------------------------------------------------------------
 */

enum { MOST = 700 };
static ll_random r;
static ll_real a[MOST], b[MOST], c[MOST], d[MOST], labels[MOST];
static double p[MOST], q[MOST], u[MOST], v[MOST];

static double drawn(int round) {
  double x = 3 * ll_random_normal(&r);
  switch (ll_random_below(&r, round % 4 == 0 ? 12 : 40)) {
  case 0: return 0;
  case 1: return -0.0;
  case 2: return round % 4 == 0 ? INFINITY : 1;
  case 3: return round % 4 == 0 ? -INFINITY : -1;
  case 4: return x * 1e-30;
  case 5: return x * 1e20;
  default: return x;
  }
}

static size_t draw(int round) {
  size_t n = 1 + (size_t)ll_random_below(&r, MOST - 1);
  for (size_t i = 0; i < MOST; i++) {
    a[i] = (ll_real)drawn(round), b[i] = (ll_real)drawn(round), c[i] = (ll_real)ll_random_normal(&r),
    d[i] = (ll_real)ll_random_uniform(&r);
    labels[i] = ll_random_below(&r, 3) ? 1 : 0;
    p[i] = (double)c[i], q[i] = ll_random_uniform(&r), u[i] = (double)ll_random_below(&r, 5), v[i] = ll_random_normal(&r);
  }
  return n;
}

enum { ROUNDS = 300 };
/* A loop over rounds whose body is done for every table. */
#define ROUNDS_OF(what, ...)                                                                                                       \
  do {                                                                                                                             \
    found f_ = {0};                                                                                                                \
    for (int round = 0; round < ROUNDS; round++) {                                                                                 \
      size_t n = draw(round);                                                                                                      \
      EACH_TABLE{__VA_ARGS__} look(&f_);                                                                                           \
    }                                                                                                                              \
    tell(what, f_);                                                                                                                \
  } while (0)

static ll_real out[MOST], more[MOST];
static double wide[MOST], wider[MOST];

static void binary(void) {
  ROUNDS_OF(
      "binary ops", for (size_t k = 0; k < LL_BINARY_COUNT; k++) {
        tables[t]->vv[k](a, b, out, n), put_ll_real(out, n);
        tables[t]->vs[k](a, b, out, n), put_ll_real(out, n);
        tables[t]->sv[k](a, b, out, n), put_ll_real(out, n);
        tables[t]->vv[k](d, c, out, n), put_ll_real(out, n);
      });
  ROUNDS_OF("scaled, summed and multiplied rows", {
    tables[t]->scale(a, v[0], v[1], out, n), put_ll_real(out, n);
    put_one(tables[t]->sum(c, n)), put_one(tables[t]->dot(c, d, n));
    size_t cols = 1 + n % 7;
    memset(wide, 0, sizeof wide);
    tables[t]->add_rows(c, n / cols, cols, cols, wide), put_double(wide, cols);
    put_one(tables[t]->all_finite(a, n));
  });
}

static void rows(void) {
  ROUNDS_OF("rows", {
    const ll_rowwise_kernels *k = ll_rowwise_kernels_of[t];
    ll_real most = k->largest(a, n), least = k->smallest(a, n);
    put_ll_real(&most, 1), put_ll_real(&least, 1);
    k->softmax(c, out, n), put_ll_real(out, n);
    k->log_softmax(c, out, n), put_ll_real(out, n);
    put_one(k->logsumexp(c, out, n)), put_one(k->deviations(c, 0.3, n)), put_one(k->distance(c, d, n));
    size_t cols = 1 + n % 7;
    memset(wide, 0, sizeof wide);
    k->col_deviations(c, n / cols, cols, cols, p, wide), put_double(wide, cols);
    memcpy(wide, v, sizeof wide);
    k->add_difference(v[0], c, d, n, wide), put_double(wide, n);
    k->where(labels, a, b, out, n), put_ll_real(out, n);
  });
}

static void optimizers(void) {
  for (size_t row = 0; row < LL_UPDATE_COUNT; row++) {
    static const char *const updates[] = {
#define UPDATE(name, ...) #name,
#include "engine/optim/updates.def"
#undef UPDATE
    };
    char name[64];
    snprintf(name, sizeof name, "an optimizer's loop, %s", updates[row]);
    ROUNDS_OF(name, {
      double constants[7] = {round % 2 ? 0.01 : 0, 0.1, 0.1, 0.001, 1.7, 1e-8, 0.999};
      static ll_real x[MOST], s[MOST], w[MOST];
      memcpy(x, c, sizeof x), memcpy(s, d, sizeof s), memcpy(w, d, sizeof w);
      for (int step = 0; step < 3; step++) ll_updates_of[t]->loop[row](x, step == 1 ? a : b, s, w, n, constants);
      put_ll_real(x, n), put_ll_real(s, n), put_ll_real(w, n);
    });
  }
}

static void losses(void) {
  for (size_t row = 0; row < LL_POINTWISE_COUNT; row++) {
    static const char *const forms[] = {
#define POINTWISE(name, ...) #name,
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE
    };
    char name[64];
    snprintf(name, sizeof name, "a pointwise loss, %s", forms[row]);
    ROUNDS_OF(name, {
      double one = 0.3 + q[0], two = round % 3;
      put_one(ll_pointwise_kernels_of[t]->form[row](round % 2 ? a : d, labels, n, one, two, 0.01, out, more));
      put_ll_real(out, n), put_ll_real(more, n);
    });
  }
  ROUNDS_OF("losses of classes", {
    const ll_classes_kernels *k = ll_classes_kernels_of[t];
    ll_classes_kernel *const forms[] = {k->softmax, k->hinge, k->hinge_squared, k->weston_watkins, k->crammer_singer};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
      put_one(forms[i](c, n, (size_t)u[0] % n, 0.7, 0.1, out));
      put_ll_real(out, n);
    }
  });
  ROUNDS_OF("losses of pairs", {
    put_one(ll_couple_kernels_of[t]->square(c, d, n));
    const ll_pairing_kernels *k = ll_pairing_kernels_of[t];
    put_one(k->square(p, v, n)), put_one(k->dot(p, v, n)), put_one(k->sum(p, n));
    memcpy(wide, q, sizeof wide);
    k->add_scaled(v[0], p, wide, n), put_double(wide, n);
    k->squares(wide, q, v[1] * v[1], n), put_double(wide, n);
    for (int same = 0; same < 2; same++) {
      ll_columns_choice choice = ll_columns_choose(u, u[0], same);
      double total;
      put_one((double)ll_columns_kernels_of[t]->tally(v, n, &choice, &total)), put_one(total);
      memset(wide, 0, sizeof wide);
      put_one(ll_columns_kernels_of[t]->exponents(v, n, &choice, 3.7, -1.1, same, wide)), put_double(wide, n);
    }
  });
}

static void rankings(void) {
  ROUNDS_OF("losses of lists", {
    const ll_listwise_kernels *k = ll_listwise_kernels_of[t];
    k->steps(c, n, d[0], (ll_real)4.2, out, more), put_ll_real(out, n), put_ll_real(more, n);
    put_one(k->tilt(c, n, (ll_real)0.4, (ll_real)3.5, (ll_real)1.3, out, more)), put_ll_real(out, n), put_ll_real(more, n);
    put_one(k->lift(c, n, (ll_real)0.4, (ll_real)1.3, out)), put_ll_real(out, n);
    memcpy(wide, q, sizeof wide);
    k->add(c, n, v[0], wide), put_double(wide, n);
  });
  ROUNDS_OF("losses of all pairs", {
    const ll_pair_sums_kernels *k = ll_pair_sums_kernels_of[t];
    ll_pair_sums s = k->totals(c, labels, n, 0.2);
    double top[2], mean[2] = {0.1, 0.3}, slope[2] = {1.7, -0.3}, offset[2] = {0.2, 0.9};
    put_double(s.sum, 2);
    s = k->centred(c, labels, n, 0.2, mean, slope, offset, out), put_double(s.sum, 2), put_ll_real(out, n);
    k->largest(c, labels, n, top), put_double(top, 2);
    s = k->weigh(c, labels, n, top, out), put_double(s.sum, 2), put_ll_real(out, n);
    k->scale(labels, n, slope, out), put_ll_real(out, n);
    memset(wide, 0, sizeof wide), memset(wider, 0, sizeof wider);
    put_one(k->logistic(c, n / 8, d, n, 0.5, wide, wider)), put_double(wide, n / 8), put_double(wider, n);
  });
}

static int ascending(const void *x, const void *y) {
  ll_real one, two;
  memcpy(&one, x, sizeof one), memcpy(&two, y, sizeof two);
  return (one > two) - (one < two);
}

/* One side of adaptive_rank's history: up to 700 values are 22 blocks, one level. */
static void histories(void) {
  enum { BLOCKS = (MOST + LL_HISTORY_FAN - 1) / LL_HISTORY_FAN };
  static ll_real values[BLOCKS * LL_HISTORY_FAN], first[2 * LL_HISTORY_FAN];
  ROUNDS_OF("adaptive_rank's history", {
    for (size_t i = 0; i < BLOCKS * LL_HISTORY_FAN; i++) values[i] = i < n ? c[i] : (ll_real)-INFINITY;
    qsort(values, n, sizeof *values, ascending);
    size_t blocks = (n + LL_HISTORY_FAN - 1) / LL_HISTORY_FAN;
    for (size_t i = 0; i < 2 * LL_HISTORY_FAN; i++) first[i] = i < blocks ? values[i * LL_HISTORY_FAN] : (ll_real)INFINITY;
    ll_history_moments suffix[BLOCKS + 1] = {{0, 0}}, group[BLOCKS + 1] = {{0, 0}};
    ll_history_side side = {.values = values, .count = n, .levels = 1, .suffix = suffix};
    side.level[0] = first, side.group[0] = group;
    const ll_history_kernels *k = ll_history_kernels_of[t];
    uint32_t places[64], ends[64];
    k->moments(&side);
    for (size_t i = 0; i < blocks; i++) put_one(suffix[i].mean), put_one(suffix[i].second), put_one(group[i].second);
    k->locate(&side, v, 64, 0.3, places), k->locate(&side, v, 64, 0.3 - 0.2, ends);
    k->square(&side, v, 64, 0.3, places, wide, wider), put_double(wide, 64), put_double(wider, 64);
    k->huber(&side, v, 64, 0.3, 0.2, places, ends, wide, wider), put_double(wide, 64), put_double(wider, 64);
  });
}

static void distances(void) {
  ROUNDS_OF("distances of pairs of rows", {
    const ll_lp_kernels *k = ll_lp_kernels_of[t];
    const ll_lp_form forms[] = {k->manhattan, k->chebyshev, k->minkowski};
    for (size_t i = 0; i < 3; i++) {
      put_one(forms[i].value(c, d, n, 2.6));
      memset(wide, 0, sizeof wide), memset(wider, 0, sizeof wider);
      forms[i].slope(c, d, n, 2.6, v[0], wide, wider), put_double(wide, n), put_double(wider, n);
    }
  });
  ROUNDS_OF("transport", {
    const ll_transport_kernels *k = ll_transport_kernels_of[t];
    double top;
    put_one(k->least(d, v, n)), put_one((double)k->first(d, v, n, -0.2));
    memcpy(wide, q, sizeof wide);
    k->lower(d, 0.3, wide, n), put_double(wide, n);
    put_one(k->softmin(d, v, 12, n, wide, &top)), put_one(top), put_double(wide, n);
    put_one(k->dot(wide, d, n));
    memcpy(wider, q, sizeof wider);
    k->add(wide, v[0], wider, n), put_double(wider, n);
  });
  ROUNDS_OF("dropout", { ll_dropout_loops_of[t]->mask(out, 0, n, 7 + (uint64_t)round, 3, 1u << 31, 2), put_ll_real(out, n); });
}

static void scalars(void) {
  ROUNDS_OF("functions of one double", {
    const ll_scalars *k = ll_scalars_of[t];
    double (*const one[])(double) = {k->exp, k->exp2, k->expm1, k->log,  k->log1p, k->log2,
                                     k->erf, k->erfc, k->tanh,  k->sinh, k->cosh,  k->gamma};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
      for (size_t j = 0; j < n; j++) put_one(one[i]((double)a[j])), put_one(one[i](q[j] * 20)), put_one(one[i](v[j]));
    for (size_t j = 0; j < n; j++)
      put_one(k->pow(q[j] * 3, v[j])), put_one(k->pow((double)a[j], (double)b[j])), put_one(k->hypot(p[j], v[j]));
  });
}

int main(void) {
  n_tables = ll_isa() + 1;
  r = ll_random_stream(11, 0, "portable");
  functions(stride_asked());
  binary(), rows(), optimizers(), losses(), rankings(), histories(), distances(), scalars();
  return done();
}
