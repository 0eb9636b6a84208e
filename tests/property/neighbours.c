/* Losses over pairs of a batch against their definitions as plain loops over the whole matrix of distances or cosines, in double by
 * differences: random sizes (several blocks), ties, kinks, duplicates, points far from the origin and close to each other. And what
 * must not change them: the order of the rows, a shift, a scale. The file is long because the eleven definitions share how batches
 * are drawn and compared. */
#include "losslab/loss.h"
#include "tests/tap.h"

enum { MOST = 700, WIDE = 12, CASES = 40, TARGETS = 4 };
static const uint64_t seed = 20240720;
static ll_ctx *ctx;

typedef enum measure { SQUARES, COSINES, PRODUCTS } measure;

/* One case: rows x (n×d) against rows y (m×d), or against themselves; what the loss is given, and what the twin makes of it. */
typedef struct trial {
  size_t n, m, d, k;
  bool self;
  ll_real x[MOST * WIDE], y[MOST * WIDE], labels[MOST], targets[MOST * TARGETS];
  double params[LL_MAX_PARAMS];
  double *s, *g;                                  /* n×m: the measure, and the loss's derivative by it */
  double gx[MOST * WIDE], gy[MOST * WIDE];        /* the twin's gradients */
  ll_real got_x[MOST * WIDE], got_y[MOST * WIDE]; /* the loss's */
} trial;
static trial t;
static double storage[2][MOST * MOST];

static double *at(double *matrix, size_t i, size_t j) { return matrix + i * t.m + j; }
static double S(size_t i, size_t j) { return *at(t.s, i, j); }
static void add(size_t i, size_t j, double by) { *at(t.g, i, j) += by; }
static bool same(size_t i, size_t j) { return fabs((double)t.labels[i] - (double)t.labels[j]) <= 0; }
static double root(size_t i, size_t j) { return sqrt(S(i, j)); }
static double by_root(size_t i, size_t j, double by) { return S(i, j) > 0 ? by / (2 * root(i, j)) : 0; }
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double sigma(double x) { return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

/* ---- the definitions ------------------------------------------------------------------------------------------------------- */

static double batch_hard(void) {
  double value = 0, usable = 0;
  bool soft = t.params[1] > 0;
  for (int counting = 1; counting >= 0; counting--)
    for (size_t i = 0; i < t.n; i++) {
      size_t p = t.n, q = t.n;
      for (size_t j = 0; j < t.n; j++) {
        if (j != i && same(i, j) && (p == t.n || S(i, j) > S(i, p))) p = j;
        if (!same(i, j) && (q == t.n || S(i, j) < S(i, q))) q = j;
      }
      if (p == t.n || q == t.n) continue;
      if (counting) {
        usable++;
        continue;
      }
      double u = root(i, p) - root(i, q) + (soft ? 0 : t.params[0]), slope = soft ? sigma(u) : u > 0;
      value += (soft ? softplus(u) : fmax(0, u)) / usable;
      add(i, p, by_root(i, p, slope / usable)), add(i, q, by_root(i, q, -slope / usable));
    }
  return value;
}

static double mining(void) {
  size_t p[2] = {t.n, 0}, q[2] = {t.n, 0};
  for (size_t i = 0; i < t.n; i++)
    for (size_t j = i + 1; j < t.n; j++) {
      if (same(i, j) && (p[0] == t.n || S(i, j) > S(p[0], p[1]))) p[0] = i, p[1] = j;
      if (!same(i, j) && (q[0] == t.n || S(i, j) < S(q[0], q[1]))) q[0] = i, q[1] = j;
    }
  double u = root(p[0], p[1]) - root(q[0], q[1]) + t.params[0];
  if (!(u > 0)) return 0;
  add(p[0], p[1], by_root(p[0], p[1], 1)), add(q[0], q[1], by_root(q[0], q[1], -1));
  return u;
}

static double lmnn(void) {
  double value = 0, mu = t.params[1];
  for (size_t i = 0; i < t.n; i++) {
    bool taken[MOST] = {false};
    for (size_t c = 0; c < (size_t)t.params[0]; c++) {
      size_t j = t.n;
      for (size_t l = 0; l < t.n; l++)
        if (l != i && same(i, l) && !taken[l] && (j == t.n || S(i, l) < S(i, j))) j = l;
      if (j == t.n) break;
      taken[j] = true;
      if (c < TARGETS) t.targets[i * TARGETS + c] = (ll_real)(j + 1);
      value += (1 - mu) * S(i, j);
      add(i, j, 1 - mu);
      for (size_t l = 0; l < t.n; l++) {
        double h = t.params[2] + S(i, j) - S(i, l);
        if (same(i, l) || !(h > 0)) continue;
        value += mu * h;
        add(i, j, mu), add(i, l, -mu);
      }
    }
  }
  return value;
}

static double supervised(void) {
  double value = 0, usable = 0, T = t.params[0];
  for (size_t i = 0; i < t.n; i++)
    for (size_t j = 0; j < t.n; j++)
      if (j != i && same(i, j)) {
        usable++;
        break;
      }
  for (size_t i = 0; i < t.n; i++) {
    double positives = 0, sum = 0;
    for (size_t j = 0; j < t.n; j++)
      if (j != i) positives += same(i, j), sum += exp((S(i, j) - 1) / T);
    if (positives < 1) continue;
    for (size_t j = 0; j < t.n; j++) {
      if (j == i) continue;
      add(i, j, exp((S(i, j) - 1) / T) / sum / T / usable);
      if (!same(i, j)) continue;
      value -= ((S(i, j) - 1) / T - log(sum)) / positives / usable;
      add(i, j, -1 / (T * positives * usable));
    }
  }
  return value;
}

static double n_pairs(void) {
  double value = 0, n = (double)t.n;
  for (size_t i = 0; i < t.n; i++) {
    double sum = 1;
    for (size_t j = 0; j < t.m; j++)
      if (j != i) sum += exp(S(i, j) - S(i, i));
    value += log(sum) / n;
    for (size_t j = 0; j < t.m; j++) {
      if (j == i) continue;
      double share = exp(S(i, j) - S(i, i)) / sum / n;
      add(i, j, share), add(i, i, -share);
    }
  }
  return value;
}

static double multi_similarity(void) {
  double value = 0, n = (double)t.n, a = t.params[0], b = t.params[1], base = t.params[2];
  bool mined = t.params[3] > 0;
  for (size_t i = 0; i < t.n; i++) {
    double low = INFINITY, high = -INFINITY, sums[2] = {1, 1};
    for (size_t j = 0; j < t.n; j++) {
      if (j != i && same(i, j)) low = fmin(low, S(i, j));
      if (!same(i, j)) high = fmax(high, S(i, j));
    }
    for (int turn = 0; turn < 2; turn++)
      for (size_t j = 0; j < t.n; j++) {
        if (j == i) continue;
        bool own = same(i, j);
        if (mined && (own ? !(S(i, j) < high + t.params[4]) : !(S(i, j) > low - t.params[4]))) continue;
        double e = own ? exp(-a * (S(i, j) - base)) : exp(b * (S(i, j) - base));
        if (!turn) sums[own] += e;
        else add(i, j, (own ? -e : e) / sums[own] / n);
      }
    value += (log(sums[1]) / a + log(sums[0]) / b) / n;
  }
  return value;
}

static double circle(void) {
  double value = 0, usable = 0, m = t.params[0], gamma = t.params[1];
  for (int counting = 1; counting >= 0; counting--)
    for (size_t i = 0; i < t.n; i++) {
      double top[2] = {-INFINITY, -INFINITY}, sums[2] = {0, 0};
      for (int turn = 0; turn < 3; turn++)
        for (size_t j = 0; j < t.n; j++) {
          if (j == i) continue;
          bool own = same(i, j);
          double alpha = fmax(0, own ? 1 + m - S(i, j) : S(i, j) + m), aim = own ? S(i, j) - 1 + m : S(i, j) - m;
          double logit = (own ? -gamma : gamma) * alpha * aim;
          if (turn == 0) top[own] = fmax(top[own], logit);
          if (turn == 1) sums[own] += exp(logit - top[own]);
          if (turn != 2 || counting || !(sums[0] > 0) || !(sums[1] > 0)) continue;
          double all = top[0] + top[1] + log(sums[0]) + log(sums[1]);
          double slope = alpha + (t.params[2] > 0 && alpha > 0 ? own ? -aim : aim : 0);
          add(i, j, sigma(all) * exp(logit - top[own]) / sums[own] * (own ? -gamma : gamma) * slope / usable);
        }
      if (!(sums[0] > 0) || !(sums[1] > 0)) continue;
      if (counting) usable++;
      else value += softplus(top[0] + top[1] + log(sums[0]) + log(sums[1])) / usable;
    }
  return value;
}

static double lifted(void) {
  double value = 0, pairs = 0, alpha = t.params[0];
  for (int counting = 1; counting >= 0; counting--)
    for (size_t i = 0; i < t.n; i++)
      for (size_t j = i + 1; j < t.n; j++) {
        if (!same(i, j)) continue;
        if (counting) {
          pairs++;
          continue;
        }
        double sum = 0;
        for (size_t l = 0; l < t.n; l++)
          if (!same(i, l)) sum += exp(alpha - root(i, l)) + exp(alpha - root(j, l));
        double J = log(sum) + root(i, j);
        if (!(J > 0)) continue;
        value += J * J / (2 * pairs);
        add(i, j, by_root(i, j, J / pairs));
        for (size_t l = 0; l < t.n; l++) {
          if (same(i, l)) continue;
          add(i, l, by_root(i, l, -J / pairs * exp(alpha - root(i, l)) / sum));
          add(j, l, by_root(j, l, -J / pairs * exp(alpha - root(j, l)) / sum));
        }
      }
  return value;
}

static double proxy_nca(void) {
  double value = 0, n = (double)t.n, scale = t.params[0];
  for (size_t i = 0; i < t.n; i++) {
    size_t y = (size_t)t.labels[i] - 1;
    double sum = 0;
    for (size_t z = 0; z < t.m; z++)
      if (z != y || t.params[1] > 0) sum += exp(-scale * (2 - 2 * S(i, z)));
    value += (scale * (2 - 2 * S(i, y)) + log(sum)) / n;
    add(i, y, -2 * scale / n);
    for (size_t z = 0; z < t.m; z++)
      if (z != y || t.params[1] > 0) add(i, z, 2 * scale * exp(-scale * (2 - 2 * S(i, z))) / sum / n);
  }
  return value;
}

/* Rows are the proxies here. */
static double proxy_anchor(void) {
  double value = 0, present = 0, a = t.params[0], delta = t.params[1];
  for (size_t p = 0; p < t.n; p++)
    for (size_t i = 0; i < t.m; i++)
      if ((size_t)t.labels[i] == p + 1) {
        present++;
        break;
      }
  for (size_t p = 0; p < t.n; p++) {
    double sums[2] = {1, 1}, share[2] = {1 / (double)t.n, 1 / present};
    for (int turn = 0; turn < 2; turn++)
      for (size_t i = 0; i < t.m; i++) {
        bool own = (size_t)t.labels[i] == p + 1;
        double e = own ? exp(-a * (S(p, i) - delta)) : exp(a * (S(p, i) + delta));
        if (!turn) sums[own] += e;
        else add(p, i, (own ? -a : a) * e / sums[own] * share[own]);
      }
    value += share[0] * log(sums[0]) + share[1] * log(sums[1]);
  }
  return value;
}

/* ---- measures, and gradients from them ----------------------------------------------------------------------------------------
 */

static double length(const ll_real *x) {
  double sum = 0;
  for (size_t c = 0; c < t.d; c++) sum += (double)x[c] * (double)x[c];
  return sqrt(sum);
}

static void fill(measure how) {
  const ll_real *y = t.self ? t.x : t.y;
  for (size_t i = 0; i < t.n; i++)
    for (size_t j = 0; j < t.m; j++) {
      double sum = 0;
      for (size_t c = 0; c < t.d; c++) {
        double a = (double)t.x[i * t.d + c], b = (double)y[j * t.d + c];
        sum += how == SQUARES ? (a - b) * (a - b) : a * b;
      }
      *at(t.s, i, j) = how == COSINES ? sum / (length(t.x + i * t.d) * length(y + j * t.d)) : sum;
      *at(t.g, i, j) = 0;
    }
}

static void pull(measure how) {
  const ll_real *y = t.self ? t.x : t.y;
  double *gy = t.self ? t.gx : t.gy;
  memset(t.gx, 0, sizeof t.gx), memset(t.gy, 0, sizeof t.gy);
  for (size_t i = 0; i < t.n; i++)
    for (size_t j = 0; j < t.m; j++) {
      double g = *at(t.g, i, j), lx = length(t.x + i * t.d), ly = length(y + j * t.d);
      if (!(fabs(g) > 0)) continue;
      for (size_t c = 0; c < t.d; c++) {
        double a = (double)t.x[i * t.d + c], b = (double)y[j * t.d + c], *x_to = &t.gx[i * t.d + c], *y_to = &gy[j * t.d + c];
        if (how == SQUARES) *x_to += 2 * g * (a - b), *y_to -= 2 * g * (a - b);
        else if (how == PRODUCTS) *x_to += g * b, *y_to += g * a;
        else *x_to += g * (b / ly - S(i, j) * a / lx) / lx, *y_to += g * (a / lx - S(i, j) * b / ly) / ly;
      }
    }
}

/* ---- the losses
 * ------------------------------------------------------------------------------------------------------------------ */

typedef struct twin {
  const char *name;
  double (*value)(void);
  measure how;
  enum { SELF, VIEWS, PAIRS, ROWS_PROXIES, PROXIES_ROWS } shape;
  const char *param; /* set to `other` in half the cases */
  double other;
  size_t most; /* rows */
} twin;

static const twin twins[] = {
    {"batch_hard_triplet", batch_hard, SQUARES, SELF, "soft", 1, MOST},
    {"margin_sample_mining", mining, SQUARES, SELF, "margin", 4, MOST},
    {"lmnn", lmnn, SQUARES, SELF, "mu", 0.25, MOST / 2},
    {"supervised_contrastive", supervised, COSINES, SELF, "temperature", 0.7, MOST},
    {"nt_xent", supervised, COSINES, VIEWS, "temperature", 0.05, MOST / 2},
    {"n_pairs", n_pairs, PRODUCTS, PAIRS, "l2", 0, MOST},
    {"multi_similarity", multi_similarity, COSINES, SELF, "mining", 0, MOST},
    {"circle", circle, COSINES, SELF, "alpha_gradient", 1, MOST},
    {"lifted_structure", lifted, SQUARES, SELF, "margin", 3, 150},
    {"proxy_nca", proxy_nca, COSINES, ROWS_PROXIES, "denominator", 1, MOST},
    {"proxy_anchor", proxy_anchor, COSINES, PROXIES_ROWS, "alpha", 5, MOST},
};
enum { TWINS = sizeof twins / sizeof *twins };

/* Points of one of several kinds: integers make ties and, with whole margins, kinks. */
static void draw(ll_random *r, ll_real *x, size_t n, size_t d, unsigned kind, bool duplicates) {
  for (size_t i = 0; i < n * d; i++) {
    double u = ll_random_normal(r);
    switch (kind) {
    case 0: break;
    case 1: u = 1 + (double)ll_random_below(r, 4); break;
    case 2: u = 1000 + 0.01 * u; break;                                             /* far from 0, close to each other */
    case 3: u = (double)(1 + i / d % 3) * (i % d % 2 ? 30 : -20) + 1e-3 * u; break; /* tight clusters far apart */
    default: u *= pow(10, 4 * ll_random_uniform(r) - 2); break;
    }
    x[i] = (ll_real)u;
  }
  for (size_t i = 1; duplicates && i < n; i++)
    if (ll_random_below(r, 8) == 0) memcpy(x + i * d, x + ll_random_below(r, i) * d, d * sizeof *x);
}

static void draw_trial(ll_random *r, const twin *w) {
  size_t n = 5 + (size_t)ll_random_below(r, ll_random_below(r, 4) ? 60 : w->most - 5);
  unsigned kind = (unsigned)ll_random_below(r, w->how == PRODUCTS ? 2 : 5);
  t.d = 1 + (size_t)ll_random_below(r, WIDE);
  t.k = 2 + (size_t)ll_random_below(r, 6);
  t.self = w->shape == SELF || w->shape == VIEWS;
  t.n = w->shape == PROXIES_ROWS ? t.k : w->shape == VIEWS ? 2 * n : n;
  t.m = t.self ? t.n : w->shape == ROWS_PROXIES ? t.k : n;
  t.s = storage[0], t.g = storage[1];
  draw(r, t.x, t.n, t.d, kind, true), draw(r, t.y, t.m, t.d, kind, true);
  for (size_t i = 0; i < MOST; i++)
    t.labels[i] = (ll_real)(w->shape == VIEWS ? i % n : i < 2 ? 1 : i == 2 ? 2 : 1 + ll_random_below(r, t.k));
}

static ll_status evaluate(const twin *w, ll_loss *loss, bool given, double *value) {
  size_t half = t.n / 2, views = w->shape == VIEWS;
  ll_matrix inputs[3] = {{0}}, gx = ll_matrix_wrap(t.got_x, views ? half : t.n, t.d), gy = ll_matrix_wrap(t.got_y, t.m, t.d);
  ll_matrix x = ll_matrix_wrap(t.x, t.n, t.d), y = ll_matrix_wrap(t.y, t.m, t.d);
  ll_loss_call call = {.inputs = inputs};
  switch (w->shape) {
  case SELF:
    inputs[0] = x, inputs[1] = ll_matrix_wrap(t.labels, t.n, 1), call.grads[0] = &gx;
    if (given) inputs[2] = (ll_matrix){t.targets, t.n, (size_t)t.params[0], TARGETS, NULL};
    break;
  case VIEWS:
    inputs[0] = ll_matrix_wrap(t.x, half, t.d), inputs[1] = ll_matrix_wrap(t.x + half * t.d, half, t.d);
    gy = ll_matrix_wrap(t.got_x + half * t.d, half, t.d);
    call.grads[0] = &gx, call.grads[1] = &gy;
    break;
  case PAIRS: inputs[0] = x, inputs[1] = y, call.grads[0] = &gx, call.grads[1] = &gy; break;
  case ROWS_PROXIES:
    inputs[0] = x, inputs[1] = ll_matrix_wrap(t.labels, t.n, 1), inputs[2] = y, call.grads[0] = &gx, call.grads[2] = &gy;
    break;
  case PROXIES_ROWS:
    inputs[0] = y, inputs[1] = ll_matrix_wrap(t.labels, t.m, 1), inputs[2] = x, call.grads[0] = &gy, call.grads[2] = &gx;
    break;
  }
  ll_status status = ll_loss_eval(ctx, loss, &call);
  *value = call.value;
  return status;
}

/* rows with gradients that are rounding only: measured by the largest element and by the largest weight beside it */
static bool alike(const char *what, uint64_t number, const ll_real *got, const double *want, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, fabs(want[i]));
  for (size_t i = 0; i < n; i++) {
    double error = fabs((double)got[i] - want[i]);
    if (error <= 4 * LL_EPS * fabs(want[i]) + 1e-9 * most + 1e-300) continue;
    printf("#   %s, case %d, seed %d: gradient [%zu, %zu] of %zux%zu is %.17g, expected %.17g (largest %.3g)\n", what, (int)number,
           (int)seed, i / t.d + 1, i % t.d + 1, n / t.d, t.d, (double)got[i], want[i], most);
    return false;
  }
  return true;
}

static void compare(const twin *w) {
  const ll_loss_desc *desc = NULL;
  int wrong = 0, busy = 0;
  works(ctx, ll_loss_find(ctx, w->name, &desc));
  for (uint64_t number = 0; number < CASES; number++) {
    ll_random r = ll_random_stream(seed, number, w->name);
    ll_loss *loss;
    size_t place;
    works(ctx, ll_loss_new(ctx, desc, &loss));
    works(ctx, ll_params_find(ctx, &desc->params, w->param, &place));
    if (number % 2) loss->params[place] = w->other;
    memcpy(t.params, loss->params, sizeof t.params);
    draw_trial(&r, w);
    fill(w->how);
    double want = w->value(), got;
    pull(w->how);
    for (int given = 0; given <= (strcmp(w->name, "lmnn") == 0); given++) {
      bool all_there = true; /* a class of few rows has fewer targets than columns */
      for (size_t i = 0; given && i < t.n; i++) {
        size_t own = 0;
        for (size_t j = 0; j < t.n; j++) own += same(i, j);
        all_there = all_there && own > (size_t)t.params[0];
      }
      if (!all_there) continue;
      ll_status status = evaluate(w, loss, given, &got);
      bool right = status == LL_OK && fabs(got - want) <= 1e-9 * fabs(want) + 1e-12;
      if (!right)
        printf("#   %s, case %d, seed %d: value %.17g, expected %.17g (%s)\n", w->name, (int)number, (int)seed, got, want,
               status ? ll_message(ctx) : "");
      right = right && alike(w->name, number, t.got_x, t.gx, t.n * t.d);
      if (!t.self) right = right && alike(w->name, number, t.got_y, t.gy, t.m * t.d);
      wrong += !right;
    }
    busy += want > 0;
    ll_loss_release(ctx, loss);
  }
  ok(wrong == 0, "%s: the %d random cases agree with the plain loops", w->name, CASES);
  ok(busy > CASES / 2, "and %d of them are not 0", busy);
}

/* ---- what changes nothing
 * ---------------------------------------------------------------------------------------------------------- */

static void invariance(const twin *w) {
  const ll_loss_desc *desc = NULL;
  ll_loss *loss;
  if (w->shape != SELF) return;
  works(ctx, ll_loss_find(ctx, w->name, &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  ll_random r = ll_random_stream(seed, 1000, w->name);
  draw_trial(&r, w);
  t.d = WIDE; /* no ties, which would go to another row after a permutation */
  draw(&r, t.x, t.n, t.d, 0, false);
  for (size_t i = 0; i < t.n * t.d; i++) t.x[i] = (ll_real)(floor((double)t.x[i] * 1024) / 1024); /* so that sums below are exact */
  static ll_real x[MOST * WIDE], y[MOST], first[MOST * WIDE];
  double value, moved;
  works(ctx, evaluate(w, loss, false, &value));
  memcpy(first, t.got_x, sizeof first), memcpy(x, t.x, sizeof x), memcpy(y, t.labels, sizeof y);
  uint32_t order[MOST];
  ll_random_permutation(&r, order, (uint32_t)t.n);
  for (size_t i = 0; i < t.n; i++) memcpy(t.x + i * t.d, x + order[i] * t.d, t.d * sizeof *x), t.labels[i] = y[order[i]];
  works(ctx, evaluate(w, loss, false, &moved));
  double worst = 0, most = 0;
  for (size_t i = 0; i < t.n; i++)
    for (size_t c = 0; c < t.d; c++) {
      most = fmax(most, fabs((double)first[order[i] * t.d + c]));
      worst = fmax(worst, fabs((double)t.got_x[i * t.d + c] - (double)first[order[i] * t.d + c]));
    }
  ok(fabs(moved - value) <= 1e-11 * value && worst <= 1e-6 * most, "%s ignores the order of the rows", w->name);
  for (size_t i = 0; i < t.n * t.d; i++)
    t.x[i] = w->how == SQUARES ? x[i] + (ll_real)(i % t.d % 2 ? 64 : -16) : x[i] * (ll_real)(1 + i / t.d % 4);
  memcpy(t.labels, y, sizeof y);
  works(ctx, evaluate(w, loss, false, &moved));
  ok(fabs(moved - value) <= 1e-10 * value, "%s ignores %s", w->name,
     w->how == SQUARES ? "a shift of all rows" : "the rows' lengths");
  double along = 0;
  for (size_t c = 0; c < t.d; c++) {
    double sum = 0;
    for (size_t i = 0; i < t.n; i++) sum += (double)first[i * t.d + c];
    if (w->how == SQUARES) along = fmax(along, fabs(sum));
  }
  for (size_t i = 0; w->how == COSINES && i < t.n; i++) {
    double sum = 0;
    for (size_t c = 0; c < t.d; c++) sum += (double)first[i * t.d + c] * (double)x[i * t.d + c];
    along = fmax(along, fabs(sum));
  }
  ok(along <= 1e3 * LL_EPS * most * (double)t.n + 1e-12, "%s: so its gradient %s", w->name,
     w->how == SQUARES ? "adds up to 0" : "stands at right angles to each row");
  ll_loss_release(ctx, loss);
}

/* Overflow gives inf, or a number: never NaN. */
static void extremes(void) {
  static const double sizes[] = {1e-30, 1e-18, 1e15, 1e19, 1e37};
  int bad = 0;
  for (size_t k = 0; k < TWINS; k++)
    for (size_t z = 0; z < sizeof sizes / sizeof *sizes; z++) {
      const ll_loss_desc *desc = NULL;
      ll_loss *loss;
      ll_random r = ll_random_stream(seed, 2000 + z, twins[k].name);
      works(ctx, ll_loss_find(ctx, twins[k].name, &desc));
      works(ctx, ll_loss_new(ctx, desc, &loss));
      draw_trial(&r, &twins[k]);
      draw(&r, t.x, t.n, t.d, 0, true), draw(&r, t.y, t.m, t.d, 0, true);
      double size = sizes[z];
#ifdef LL_DOUBLE
      size = pow(size, 8);
#endif
      for (size_t i = 0; i < t.n * t.d; i++) t.x[i] = (ll_real)((double)t.x[i] * size);
      for (size_t i = 0; i < t.m * t.d; i++) t.y[i] = (ll_real)((double)t.y[i] * size);
      double value;
      memset(t.got_x, 0, sizeof t.got_x);
      works(ctx, evaluate(&twins[k], loss, false, &value));
      bool nan = isnan(value);
      for (size_t i = 0; i < t.n * t.d && isfinite(value); i++) nan = nan || isnan(t.got_x[i]);
      if (nan) printf("#   %s, rows of size %g: value %g\n", twins[k].name, size, value);
      bad += nan;
      ll_loss_release(ctx, loss);
    }
  ok(bad == 0, "no NaN from rows of any size");
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  for (size_t k = 0; k < TWINS; k++) compare(&twins[k]), invariance(&twins[k]);
  extremes();
  ll_ctx_close(ctx);
  return done();
}
