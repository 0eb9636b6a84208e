/* Losses over all pairs of a batch against plain loops in double, where the engine has more than one way: batches of which it keeps
 * what it computed and batches of which it does not, temperatures of which all exponents are normal numbers and smaller ones; and
 * the search for the hardest pairs where it leaves few columns in doubt or nearly all: an outlier, clusters, duplicates. */
#include "losslab/loss.h"
#include "tests/tap.h"

enum { MOST = 1600, WIDE = 20 };
static const uint64_t seed = 20261201;
static ll_ctx *ctx;
static size_t n, d;
static ll_real x[MOST * WIDE], labels[MOST], got[MOST * WIDE];
static double unit[MOST * WIDE], want[MOST * WIDE], lengths[MOST], cosines[MOST];

static bool same(size_t i, size_t j) { return fabs((double)labels[i] - (double)labels[j]) <= 0; }

static double cosine(size_t i, size_t j) {
  double sum = 0;
  for (size_t c = 0; c < d; c++) sum += unit[i * d + c] * unit[j * d + c];
  return sum;
}

static double square(size_t i, size_t j) {
  double sum = 0;
  for (size_t c = 0; c < d; c++) sum += pow((double)x[i * d + c] - (double)x[j * d + c], 2);
  return sum;
}

/* Adds weight × what the distance of rows i and j gives both. */
static void pull(size_t i, size_t j, double weight) {
  double distance = sqrt(square(i, j));
  for (size_t c = 0; c < d && distance > 0; c++) {
    double step = weight * ((double)x[i * d + c] - (double)x[j * d + c]) / distance;
    want[i * d + c] += step, want[j * d + c] -= step;
  }
}

static double batch_hard(double margin) {
  double value = 0, usable = 0;
  memset(want, 0, sizeof want);
  for (size_t i = 0; i < n; i++) {
    size_t p = n, q = n;
    double far = 0, near_by = 0;
    for (size_t j = 0; j < n; j++) {
      double s = square(i, j);
      if (j != i && same(i, j) && (p == n || s > far)) p = j, far = s;
      if (!same(i, j) && (q == n || s < near_by)) q = j, near_by = s;
    }
    if (p == n || q == n) continue;
    usable++;
    double u = sqrt(far) - sqrt(near_by) + margin;
    if (!(u > 0)) continue;
    value += u;
    pull(i, p, 1), pull(i, q, -1);
  }
  for (size_t k = 0; k < n * d; k++) want[k] /= usable;
  return value / usable;
}

static double supervised(double T) {
  double value = 0, usable = 0;
  memset(want, 0, sizeof want);
  for (size_t i = 0; i < n; i++) {
    lengths[i] = 0;
    for (size_t c = 0; c < d; c++) lengths[i] += pow((double)x[i * d + c], 2);
    lengths[i] = sqrt(lengths[i]);
    for (size_t c = 0; c < d; c++) unit[i * d + c] = (double)x[i * d + c] / lengths[i];
  }
  for (size_t i = 0; i < n; i++) {
    double top = -2, sum = 0, positives = 0, of_positives = 0;
    for (size_t j = 0; j < n; j++) cosines[j] = cosine(i, j), top = j == i ? top : fmax(top, cosines[j]);
    for (size_t j = 0; j < n; j++) {
      double s = cosines[j];
      if (j == i) continue;
      if (same(i, j)) positives++, of_positives += s / T;
      sum += exp((s - top) / T);
    }
    if (positives < 1) continue;
    usable++;
    value += top / T + log(sum) - of_positives / positives;
    for (size_t j = 0; j < n; j++) {
      if (j == i) continue;
      double s = cosines[j], weight = (exp((s - top) / T) / sum - (same(i, j) ? 1 / positives : 0)) / T;
      for (size_t c = 0; c < d; c++) {
        want[i * d + c] += weight * (unit[j * d + c] - s * unit[i * d + c]) / lengths[i];
        want[j * d + c] += weight * (unit[i * d + c] - s * unit[j * d + c]) / lengths[j];
      }
    }
  }
  for (size_t k = 0; k < n * d; k++) want[k] /= usable;
  return value / usable;
}

static void compare(const char *name, const char *param, double value, double expected, const char *what) {
  const ll_loss_desc *desc = NULL;
  ll_loss *loss = NULL;
  works(ctx, ll_loss_find(ctx, name, &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  works(ctx, ll_params_set_number(ctx, &desc->params, loss->params, param, value));
  ll_matrix inputs[2] = {ll_matrix_wrap(x, n, d), ll_matrix_wrap(labels, n, 1)}, g = ll_matrix_wrap(got, n, d);
  ll_loss_call call = {.inputs = inputs, .grads = {&g}}, alone = {.inputs = inputs};
  works(ctx, ll_loss_eval(ctx, loss, &call));
  works(ctx, ll_loss_eval(ctx, loss, &alone));
  double most = 0, worst = 0;
  for (size_t k = 0; k < n * d; k++) most = fmax(most, fabs(want[k]));
  for (size_t k = 0; k < n * d; k++) worst = fmax(worst, (fabs((double)got[k] - want[k]) - 4 * LL_EPS * fabs(want[k])) / most);
  near(call.value, expected, 1e-9, 1e-12, "%s, %s = %g, n = %d, %s: the value of the plain loop", name, param, value, (int)n, what);
  ok(worst <= 1e-9 && most > 0, "%s, %s = %g, n = %d, %s: its gradient (off by %.2g of the largest; seed %d)", name, param, value,
     (int)n, what, worst, (int)seed);
  ok(fabs(alone.value - call.value) <= 0, "%s, n = %d, %s: the value is the same without a gradient", name, (int)n, what);
  ll_loss_release(ctx, loss);
}

static void draw(size_t rows, size_t cols, size_t classes, double spread) {
  ll_random r = ll_random_stream(seed, rows + cols, "whole batches");
  double centres[64 * WIDE];
  n = rows, d = cols;
  for (size_t i = 0; i < 64 * cols; i++) centres[i] = 3 * ll_random_normal(&r);
  for (size_t i = 0; i < n; i++) {
    size_t c = (size_t)ll_random_below(&r, classes);
    labels[i] = (ll_real)(c + 1);
    for (size_t k = 0; k < d; k++) x[i * d + k] = (ll_real)(centres[c % 64 * d + k] + spread * ll_random_normal(&r));
  }
}

/* Half of the rows repeat others, and every class has its pairs of whole numbers, many of them equally far apart. */
static void draw_ties(size_t rows, size_t cols) {
  ll_random r = ll_random_stream(seed, rows, "ties");
  draw(rows, cols, 5, 1);
  for (size_t i = 0; i < n * d; i++) x[i] = (ll_real)ll_random_below(&r, 3);
}

int main(void) {
  static const double temperatures[] = {2, 0.1, 0x1.01p-8, 0x1.ffp-9, 0.0005};
  if (ll_ctx_open(&ctx)) return 1;
  for (size_t k = 0; k < sizeof temperatures / sizeof *temperatures; k++) {
    draw(130, 7, 9, 1);
    compare("supervised_contrastive", "temperature", temperatures[k], supervised(temperatures[k]), "clusters");
  }
  draw(9, 20, 3, 9); /* no row near another: relative to 1, all exponentials are 0 */
  compare("supervised_contrastive", "temperature", 0.0005, supervised(0.0005), "far apart");
  draw(193, 5, 120, 1); /* many rows without a positive */
  compare("supervised_contrastive", "temperature", 0.2, supervised(0.2), "many classes");
  draw(64, 5, 1, 1);
  compare("supervised_contrastive", "temperature", 0.2, supervised(0.2), "one class");
  draw(1300, 3, 10, 1);
  compare("supervised_contrastive", "temperature", 0.1, supervised(0.1), "kept");
  draw(1600, 3, 10, 1);
  compare("supervised_contrastive", "temperature", 0.1, supervised(0.1), "computed again");

  static const size_t rows[] = {63, 64, 65, 127, 129, 700};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
    draw(rows[k], 20, 6, 1);
    compare("batch_hard_triplet", "margin", 100, batch_hard(100), "clusters");
    draw(rows[k], 20, 6, 1e-4);
    compare("batch_hard_triplet", "margin", 100, batch_hard(100), "tight clusters");
    draw(rows[k], 20, 6, 1);
    for (size_t c = 0; c < d; c++) x[5 * d + c] *= (ll_real)1e5;
    compare("batch_hard_triplet", "margin", 100, batch_hard(100), "an outlier");
  }
  draw_ties(300, 4);
  compare("batch_hard_triplet", "margin", 100, batch_hard(100), "ties");
  ll_ctx_close(ctx);
  return done();
}
