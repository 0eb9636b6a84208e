/* The losses of AUC margins, partial AUC, the top of a list and lists against their definitions in plain loops, over random sizes,
 * ties, one class only and scores far apart; the identities between them (a tail of all decoys, a tail of one, the min-max form at
 * its optimum, a step so steep that a rank is a rank); and what must not change them: row order, a shift of all scores, -1 for 0.
 */
#include "losslab/loss.h"
#include "tests/tap.h"

enum { MOST = 400, CASES = 120 };
static const uint64_t seed = 20240616;
static ll_ctx *ctx;

typedef struct batch {
  size_t n;
  ll_real scores[MOST], labels[MOST];
} batch;
typedef struct result {
  double value, grads[MOST];
} result;

static bool is_target(const batch *b, size_t i) { return b->labels[i] > 0; }
static size_t targets_of(const batch *b) {
  size_t count = 0;
  for (size_t i = 0; i < b->n; i++) count += is_target(b, i);
  return count;
}

static void draw(ll_random *r, batch *b, size_t n, unsigned kind, double share) {
  bool signs = ll_random_below(r, 2);
  b->n = n;
  for (size_t i = 0; i < n; i++) {
    double normal = ll_random_normal(r);
    b->scores[i] = (ll_real)(kind == 0 ? normal : kind == 1 ? (double)ll_random_below(r, 9) / 4 : kind == 2 ? 100 * normal : 0.5);
    b->labels[i] = (ll_real)(ll_random_uniform(r) < share ? 1 : signs ? -1 : 0);
  }
}

/* ---- the definitions, value alone: gradients are their differences, or written out where ties matter ------------------------- */

static double relu(double x) { return x > 0 ? x : 0; }
static double sigmoid(double x) { return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

typedef void definition(const batch *b, double a, double c, result *out);

static double moments(const batch *b, bool target, double *mean) {
  double sum = 0, squares = 0, n = 0;
  for (size_t i = 0; i < b->n; i++)
    if (is_target(b, i) == target) sum += (double)b->scores[i], n++;
  *mean = sum / n;
  for (size_t i = 0; i < b->n; i++)
    if (is_target(b, i) == target) squares += pow((double)b->scores[i] - *mean, 2);
  return squares / n;
}

static void aucm(const batch *b, double margin, double unused, result *out) {
  double mean[2], var = moments(b, false, &mean[0]) + moments(b, true, &mean[1]), u = relu(margin - mean[1] + mean[0]);
  double nt = (double)targets_of(b), nd = (double)b->n - nt;
  (void)unused;
  out->value = var + u * u;
  for (size_t i = 0; i < b->n; i++) {
    bool t = is_target(b, i);
    out->grads[i] = (2 * ((double)b->scores[i] - mean[t]) + (t ? -2 * u : 2 * u)) / (t ? nt : nd);
  }
}

/* The tail by its definition: the decoys one by one, the largest left first, of equals the first. */
static void pauc_cvar(const batch *b, double margin, double beta, result *out) {
  bool used[MOST] = {false};
  double nt = (double)targets_of(b), tail = beta * ((double)b->n - nt), left = tail;
  while (left > 0) {
    size_t top = b->n;
    for (size_t j = 0; j < b->n; j++)
      if (!is_target(b, j) && !used[j] && (top == b->n || b->scores[j] > b->scores[top])) top = j;
    if (top == b->n) break;
    used[top] = true;
    double share = fmin(1, left) / tail / nt;
    left -= fmin(1, left);
    for (size_t i = 0; i < b->n; i++) {
      double u = is_target(b, i) ? relu(margin - (double)b->scores[i] + (double)b->scores[top]) : 0;
      out->value += share * u * u;
      out->grads[top] += 2 * share * u;
      if (is_target(b, i)) out->grads[i] -= 2 * share * u;
    }
  }
}

static void pauc_kl(const batch *b, double margin, double lambda, result *out) {
  double nt = (double)targets_of(b), nd = (double)b->n - nt;
  for (size_t i = 0; i < b->n; i++) {
    if (!is_target(b, i)) continue;
    double top = 0, sum = 0;
    for (size_t j = 0; j < b->n; j++)
      if (!is_target(b, j)) top = fmax(top, pow(relu(margin - (double)b->scores[i] + (double)b->scores[j]), 2));
    for (size_t j = 0; j < b->n; j++)
      if (!is_target(b, j)) sum += exp((pow(relu(margin - (double)b->scores[i] + (double)b->scores[j]), 2) - top) / lambda);
    out->value += (top + lambda * log(sum / nd)) / nt;
    for (size_t j = 0; j < b->n; j++) {
      if (is_target(b, j)) continue;
      double u = relu(margin - (double)b->scores[i] + (double)b->scores[j]), g = 2 * u * exp((u * u - top) / lambda) / sum / nt;
      out->grads[j] += g, out->grads[i] -= g;
    }
  }
}

static void smooth_ap(const batch *b, double temperature, double unused, result *out) {
  double nt = (double)targets_of(b);
  (void)unused;
  for (size_t i = 0; i < b->n; i++) {
    if (!is_target(b, i)) continue;
    double above = 1, decoys = 0;
    for (size_t j = 0; j < b->n; j++)
      if (j != i) *(is_target(b, j) ? &above : &decoys) += sigmoid(((double)b->scores[j] - (double)b->scores[i]) / temperature);
    double rank = above + decoys;
    out->value += decoys / rank / nt;
    for (size_t j = 0; j < b->n; j++) {
      if (j == i) continue;
      double x = ((double)b->scores[j] - (double)b->scores[i]) / temperature, slope = sigmoid(x) * sigmoid(-x) / temperature;
      double g = slope * (is_target(b, j) ? -decoys : above) / rank / rank / nt;
      out->grads[j] += g, out->grads[i] -= g;
    }
  }
}

static void top_push(const batch *b, double margin, double unused, result *out) {
  size_t top = b->n;
  double nt = (double)targets_of(b);
  (void)unused;
  for (size_t j = 0; j < b->n; j++)
    if (!is_target(b, j) && (top == b->n || b->scores[j] > b->scores[top])) top = j;
  for (size_t i = 0; i < b->n; i++) {
    double u = is_target(b, i) ? relu(margin - (double)b->scores[i] + (double)b->scores[top]) : 0;
    out->value += u * u / nt;
    if (is_target(b, i)) out->grads[i] -= 2 * u / nt;
    out->grads[top] += 2 * u / nt;
  }
}

static void list_net(const batch *b, double unused, double unused2, result *out) {
  double top = -INFINITY, wanted = 0, sum = 0;
  (void)unused, (void)unused2;
  for (size_t i = 0; i < b->n; i++) top = fmax(top, (double)b->scores[i]), wanted += exp(relu((double)b->labels[i]));
  for (size_t i = 0; i < b->n; i++) sum += exp((double)b->scores[i] - top);
  for (size_t i = 0; i < b->n; i++) {
    double p = exp(relu((double)b->labels[i])) / wanted;
    out->value += p * (log(sum) + top - (double)b->scores[i]);
    out->grads[i] = exp((double)b->scores[i] - top) / sum - p;
  }
}

/* Place by place: of those left the most relevant, the first of equals. */
static void list_mle(const batch *b, double unused, double unused2, result *out) {
  bool placed[MOST] = {false};
  (void)unused, (void)unused2;
  for (size_t place = 0; place < b->n; place++) {
    size_t next = b->n;
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < b->n; i++) {
      if (placed[i]) continue;
      if (next == b->n || relu((double)b->labels[i]) > relu((double)b->labels[next])) next = i;
      top = fmax(top, (double)b->scores[i]);
    }
    for (size_t i = 0; i < b->n; i++) sum += placed[i] ? 0 : exp((double)b->scores[i] - top);
    out->value += log(sum) + top - (double)b->scores[next];
    for (size_t i = 0; i < b->n; i++)
      if (!placed[i]) out->grads[i] += exp((double)b->scores[i] - top) / sum;
    out->grads[next] -= 1;
    placed[next] = true;
  }
}

static void approx_ndcg(const batch *b, double alpha, double unused, result *out) {
  double best = 0;
  bool used[MOST] = {false};
  (void)unused;
  for (size_t place = 0; place < b->n; place++) {
    size_t next = b->n;
    for (size_t i = 0; i < b->n; i++)
      if (!used[i] && (next == b->n || b->labels[i] > b->labels[next])) next = i;
    used[next] = true;
    best += (exp2(relu((double)b->labels[next])) - 1) / log2(2 + (double)place);
  }
  if (!(best > 0)) return;
  out->value = 1;
  for (size_t i = 0; i < b->n; i++) {
    double gain = (exp2(relu((double)b->labels[i])) - 1) / best, rank = 1;
    for (size_t j = 0; j < b->n; j++) rank += j == i ? 0 : sigmoid(alpha * ((double)b->scores[j] - (double)b->scores[i]));
    out->value -= gain / log2(1 + rank);
    double by_rank = gain * log(2) / (1 + rank) / pow(log(1 + rank), 2);
    for (size_t j = 0; j < b->n; j++) {
      if (j == i) continue;
      double x = alpha * ((double)b->scores[j] - (double)b->scores[i]), g = by_rank * alpha * sigmoid(x) * sigmoid(-x);
      out->grads[j] += g, out->grads[i] -= g;
    }
  }
}

static const struct form {
  const char *name, *first, *second;
  double a, c;
  definition *of;
  bool graded, zero_for_one_class;
} forms[] = {
    {"aucm", "margin", NULL, 1, 0, aucm, false, true},
    {"pauc_cvar", "margin", "beta", 1, 0.3, pauc_cvar, false, true},
    {"pauc_cvar", "margin", "beta", 0.25, 0.011, pauc_cvar, false, true},
    {"pauc_cvar", "margin", "beta", 0.5, 1, pauc_cvar, false, true},
    {"pauc_kl", "margin", "lambda", 1, 0.7, pauc_kl, false, true},
    {"smooth_ap", "temperature", NULL, 0.2, 0, smooth_ap, false, true},
    {"top_push", "margin", NULL, 0.75, 0, top_push, false, true},
    {"list_net", NULL, NULL, 0, 0, list_net, true, false},
    {"list_mle", NULL, NULL, 0, 0, list_mle, true, false},
    {"approx_ndcg", "alpha", NULL, 3, 0, approx_ndcg, true, false},
};
enum { FORMS = sizeof forms / sizeof *forms };

static ll_loss *loss_of(const char *name, const char *first, double a, const char *second, double c) {
  const ll_loss_desc *d = NULL;
  ll_loss *loss = NULL;
  works(ctx, ll_loss_find(ctx, name, &d));
  works(ctx, ll_loss_new(ctx, d, &loss));
  if (first) works(ctx, ll_params_set_number(ctx, &d->params, loss->params, first, a));
  if (second) works(ctx, ll_params_set_number(ctx, &d->params, loss->params, second, c));
  return loss;
}

static void evaluate(ll_loss *loss, const batch *b, result *out) {
  ll_real grads[MOST];
  const ll_matrix inputs[2] = {ll_matrix_wrap((ll_real *)b->scores, b->n, 1), ll_matrix_wrap((ll_real *)b->labels, b->n, 1)};
  ll_matrix g = ll_matrix_wrap(grads, b->n, 1);
  ll_loss_call call = {.inputs = inputs, .grads = {&g}};
  *out = (result){0};
  works(ctx, ll_loss_eval(ctx, loss, &call));
  out->value = call.value;
  for (size_t i = 0; i < b->n; i++) out->grads[i] = (double)grads[i];
}

static void evaluate_named(const char *name, const char *first, double a, const char *second, double c, const batch *b,
                           result *out) {
  ll_loss *loss = loss_of(name, first, a, second, c);
  evaluate(loss, b, out);
  ll_loss_release(ctx, loss);
}

/* Beside the tolerance 64 roundings of 1: the definitions take logarithms of sums and differences from 1. */
static bool same(const result *got, const result *want, size_t n, double tolerance) {
  double top = 0, off = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(got->grads[i])) return false;
    top = fmax(top, fabs(want->grads[i])), off = fmax(off, fabs(got->grads[i] - want->grads[i]));
  }
  return off <= tolerance * top + 4 * LL_EPS &&
         fabs(got->value - want->value) <= tolerance * (fabs(want->value) + top) + 64 * LL_EPS;
}

static void cases(void) {
  for (size_t f = 0; f < FORMS; f++) {
    int wrong = 0, busy = 0;
    for (uint64_t trial = 0; trial < CASES; trial++) {
      ll_random r = ll_random_stream(seed, trial, forms[f].name);
      static batch b;
      size_t n = trial % 10 == 0 ? 1 + trial / 10 % 3 : 2 + (size_t)ll_random_below(&r, trial % 7 ? 40 : MOST - 2);
      double share = trial % 9 == 4 ? 0 : trial % 9 == 7 ? 1 : 0.1 + 0.8 * ll_random_uniform(&r);
      draw(&r, &b, n, (unsigned)(trial % 4), share);
      for (size_t i = 0; forms[f].graded && i < n; i++) b.labels[i] = (ll_real)((double)ll_random_below(&r, 5) - 1);
      static result got, want;
      want = (result){0};
      size_t t = targets_of(&b);
      if (!forms[f].zero_for_one_class || (t > 0 && t < n)) forms[f].of(&b, forms[f].a, forms[f].c, &want);
      evaluate_named(forms[f].name, forms[f].first, forms[f].a, forms[f].second, forms[f].c, &b, &got);
      busy += want.value > 0;
      if (!same(&got, &want, n, 1e4 * LL_EPS) && !wrong++)
        printf("# trial %d, seed %d, n %d: %.17g, expected %.17g\n", (int)trial, (int)seed, (int)n, got.value, want.value);
    }
    ok(wrong == 0 && busy > CASES / 3, "%s%s%.2g: random cases agree with the plain loops (%d are not 0)", forms[f].name,
       forms[f].second ? ", " : " ", forms[f].second ? forms[f].c : forms[f].a, busy);
  }
}

/* Row order moves the gradients with their rows (scores without ties); a shift of all scores changes nothing. */
static void invariance(void) {
  for (size_t f = 0; f < FORMS; f++) {
    ll_random r = ll_random_stream(seed, f, "order");
    static batch b, moved;
    static result before, after;
    draw(&r, &b, 150, 0, 0.4);
    for (size_t i = 0; forms[f].of == list_mle && i < b.n; i++) b.labels[i] = (ll_real)i; /* no ties */
    uint32_t order[MOST];
    ll_random_permutation(&r, order, b.n);
    moved = b;
    for (size_t i = 0; i < b.n; i++) moved.scores[i] = b.scores[order[i]], moved.labels[i] = b.labels[order[i]];
    ll_loss *loss = loss_of(forms[f].name, forms[f].first, forms[f].a, forms[f].second, forms[f].c);
    evaluate(loss, &b, &before), evaluate(loss, &moved, &after);
    result back = after;
    for (size_t i = 0; i < b.n; i++) back.grads[order[i]] = after.grads[i];
    ok(same(&back, &before, b.n, 1e3 * LL_EPS) && before.value > 0, "%s ignores the order of the rows", forms[f].name);
    for (size_t i = 0; i < b.n; i++) { /* quarters stay exact */
      b.scores[i] = (ll_real)(round(4 * (double)b.scores[i]) / 4 + (double)i / 1024);
      moved.scores[i] = b.scores[i] + 16, moved.labels[i] = b.labels[i];
    }
    evaluate(loss, &b, &before), evaluate(loss, &moved, &after);
    ok(same(&after, &before, b.n, 1e3 * LL_EPS), "%s ignores a shift of all scores", forms[f].name);
    double sum = 0, size = 0;
    for (size_t i = 0; i < b.n; i++) sum += before.grads[i], size += fabs(before.grads[i]);
    ok(fabs(sum) <= 1e3 * LL_EPS * size, "so the gradients of %s add up to nothing", forms[f].name);
    ll_loss_release(ctx, loss);
  }
}

static void identities(void) {
  static batch b;
  static result one, other;
  ll_random r = ll_random_stream(seed, 0, "identities");
  for (unsigned kind = 0; kind < 3; kind++) {
    draw(&r, &b, 200, kind, 0.3);
    evaluate_named("pauc_cvar", "beta", 1, "margin", 0.5, &b, &one);
    evaluate_named("pair_squared_hinge", "margin", 0.5, NULL, 0, &b, &other);
    ok(same(&one, &other, b.n, 64 * LL_EPS), "pauc_cvar of all decoys is pair_squared_hinge (scores of kind %u)", kind);
    evaluate_named("pauc_cvar", "beta", 1e-5, "margin", 0.5, &b, &one);
    evaluate_named("top_push", "margin", 0.5, NULL, 0, &b, &other);
    ok(same(&one, &other, b.n, 64 * LL_EPS), "pauc_cvar of less than one decoy is top_push (scores of kind %u)", kind);
    evaluate_named("aucm", "margin", 300, NULL, 0, &b, &one);
    evaluate_named("pair_square", "margin", 300, NULL, 0, &b, &other);
    ok(same(&one, &other, b.n, 64 * LL_EPS), "aucm below its margin is pair_square (scores of kind %u)", kind);
  }
  draw(&r, &b, 200, 0, 0.3);
  evaluate_named("pauc_kl", "lambda", 1e5, "margin", 0.5, &b, &one);
  evaluate_named("pair_squared_hinge", "margin", 0.5, NULL, 0, &b, &other);
  ok(fabs(one.value - other.value) < 1e-4 * other.value, "pauc_kl with a large lambda nears pair_squared_hinge");
  other = (result){0};
  pauc_kl(&b, 0.5, 1e5, &other);
  ok(same(&one, &other, b.n, fmax(64 * LL_EPS, 1e-11)), "and keeps its digits"); /* the plain loop's own are fewer */
  evaluate_named("pauc_kl", "lambda", 1e-4, "margin", 0.5, &b, &one);
  evaluate_named("top_push", "margin", 0.5, NULL, 0, &b, &other);
  ok(fabs(one.value - other.value) < 1e-3 * other.value, "pauc_kl with a small lambda nears top_push");

  /* distinct scores: a steep step counts ranks */
  for (size_t i = 0; i < b.n; i++) b.scores[i] = (ll_real)((double)(i * 37 % 200) / 8);
  double precision = 0, gain = 0, best = 0;
  size_t nt = targets_of(&b), place = 0;
  for (size_t i = 0; i < b.n; i++) {
    if (!is_target(&b, i)) continue;
    size_t rank = 1, above = 1;
    for (size_t j = 0; j < b.n; j++) rank += b.scores[j] > b.scores[i], above += is_target(&b, j) && b.scores[j] > b.scores[i];
    precision += (double)above / (double)rank / (double)nt;
    gain += 1 / log2(1 + (double)rank), best += 1 / log2(2 + (double)place++);
  }
  evaluate_named("smooth_ap", "temperature", 1e-3, NULL, 0, &b, &one);
  near(one.value, 1 - precision, 1e-5, 0, "smooth_ap with a steep step is 1 - average precision");
  evaluate_named("approx_ndcg", "alpha", 1e3, NULL, 0, &b, &one);
  near(one.value, 1 - gain / best, 1e-5, 0, "approx_ndcg with a steep step is 1 - NDCG");
}

static void focal_is_entropy(void) {
  static batch b;
  static result one, other;
  ll_random r = ll_random_stream(seed, 0, "focal");
  draw(&r, &b, 100, 0, 0.5);
  evaluate_named("focal", "alpha", 0.5, "gamma", 0, &b, &one);
  evaluate_named("cross_entropy", NULL, 0, NULL, 0, &b, &other);
  one.value *= 2;
  for (size_t i = 0; i < b.n; i++) one.grads[i] *= 2;
  ok(same(&one, &other, b.n, 16 * LL_EPS), "focal without gamma is half the cross entropy");
  const ll_real far[4] = {80, -80, 80, -80}, sides[4] = {1, 0, 0, 1};
  b.n = 4, memcpy(b.scores, far, sizeof far), memcpy(b.labels, sides, sizeof sides);
  evaluate_named("focal", "alpha", 0.25, "gamma", 2, &b, &one);
  near(one.value, (0.75 * 80 + 0.25 * 80) / 4, 1e-6, 0, "far on the wrong side it is linear");
  ok(one.grads[0] <= 0 && one.grads[0] > -1e-30 && one.grads[2] > 0.18 && one.grads[3] < -0.06, "with gradients to match");
}

/* At a = mean_t, b = mean_d, alpha = the shortfall the min-max form is aucm, and flat in the three. */
static void saddle(void) {
  static batch b;
  static result plain;
  ll_random r = ll_random_stream(seed, 0, "saddle");
  for (int led = 0; led < 2; led++) {
    draw(&r, &b, 120, 0, 0.4);
    for (size_t i = 0; led && i < b.n; i++) b.scores[i] += is_target(&b, i) ? 5 : 0;
    double mean[2];
    moments(&b, false, &mean[0]), moments(&b, true, &mean[1]);
    evaluate_named("aucm", "margin", 1, NULL, 0, &b, &plain);
    ll_real auxiliary[3] = {(ll_real)mean[1], (ll_real)mean[0], (ll_real)relu(1 - mean[1] + mean[0])}, scores[MOST], three[3];
    ll_loss *loss = loss_of("aucm_minmax", "margin", 1, NULL, 0);
    const ll_matrix inputs[3] = {ll_matrix_wrap(b.scores, b.n, 1), ll_matrix_wrap(b.labels, b.n, 1),
                                 ll_matrix_wrap(auxiliary, 3, 1)};
    ll_matrix g = ll_matrix_wrap(scores, b.n, 1), h = ll_matrix_wrap(three, 3, 1);
    ll_loss_call call = {.inputs = inputs, .grads = {&g, NULL, &h}};
    works(ctx, ll_loss_eval(ctx, loss, &call));
    result got = {.value = call.value};
    for (size_t i = 0; i < b.n; i++) got.grads[i] = (double)scores[i];
    bool flat = true;
    for (int k = 0; k < 3; k++) flat = flat && fabs((double)three[k]) <= 64 * LL_EPS;
    ok(same(&got, &plain, b.n, 100 * LL_EPS) && flat, "aucm_minmax at its optimum is aucm%s",
       led ? ", alpha 0 where targets lead" : "");
    auxiliary[2] = -1;
    works(ctx, ll_loss_eval(ctx, loss, &call));
    double below = call.value;
    ok(led ? fabs((double)three[2]) <= 0 : (double)three[2] < 0, "alpha below 0 %s",
       led ? "is not pushed further" : "is brought back");
    auxiliary[2] = 0;
    works(ctx, ll_loss_eval(ctx, loss, &call));
    near(below, call.value, 0, 0, "and counts as 0");
    ll_loss_release(ctx, loss);
  }
}

/* Several lists: the mean of each alone; -1 is 0. */
static void several_lists(void) {
  static const char *const names[] = {"list_net", "list_mle", "approx_ndcg"};
  for (size_t f = 0; f < 3; f++) {
    enum { N = 30, LISTS = 4 };
    ll_random r = ll_random_stream(seed, f, "several");
    static batch alone;
    static result one;
    ll_real scores[N * LISTS], grades[N * LISTS], grads[N * LISTS];
    for (size_t i = 0; i < N * LISTS; i++)
      scores[i] = (ll_real)ll_random_normal(&r), grades[i] = (ll_real)(i % LISTS == 3 ? 0 : (double)ll_random_below(&r, 5) - 1);
    ll_loss *loss = loss_of(names[f], NULL, 0, NULL, 0);
    const ll_matrix inputs[2] = {ll_matrix_wrap(scores, N, LISTS), ll_matrix_wrap(grades, N, LISTS)};
    ll_matrix g = ll_matrix_wrap(grads, N, LISTS);
    ll_loss_call call = {.inputs = inputs, .grads = {&g}};
    works(ctx, ll_loss_eval(ctx, loss, &call));
    double value = 0, off = 0;
    for (size_t c = 0; c < LISTS; c++) {
      alone.n = N;
      for (size_t i = 0; i < N; i++) {
        alone.scores[i] = scores[i * LISTS + c];
        alone.labels[i] = grades[i * LISTS + c] < 0 ? 0 : grades[i * LISTS + c];
      }
      evaluate(loss, &alone, &one);
      value += one.value / LISTS;
      for (size_t i = 0; i < N; i++) off = fmax(off, fabs((double)grads[i * LISTS + c] - one.grads[i] / LISTS));
    }
    ok(fabs(call.value - value) <= 64 * LL_EPS * value && off <= 8 * LL_EPS,
       "%s of four lists is the mean of each, -1 counting as 0", names[f]);
    ll_loss_release(ctx, loss);
  }
}

static void fails(ll_loss *loss, const batch *b, ll_status want, const char *words) {
  const ll_matrix inputs[2] = {ll_matrix_wrap((ll_real *)b->scores, b->n, 1), ll_matrix_wrap((ll_real *)b->labels, b->n, 1)};
  ll_loss_call call = {.inputs = inputs};
  ll_status got = ll_loss_eval(ctx, loss, &call);
  if (!ok(got == want && strstr(ll_message(ctx), words), "%s: %s", ll_status_name(want), words))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static void bad_inputs(void) {
  static batch b = {3, {1, 2, 3}, {0, 2, (ll_real)-0.5}};
  ll_loss *net = loss_of("list_net", NULL, 0, NULL, 0), *ndcg = loss_of("approx_ndcg", NULL, 0, NULL, 0);
  fails(net, &b, LL_ERR_LABEL, "list_net: relevance, row 3: -0.5 is no grade");
  b.labels[2] = (ll_real)NAN;
  fails(net, &b, LL_ERR_NUMBER, "list_net: relevance, row 3: NaN");
  b.labels[2] = 5000;
  fails(ndcg, &b, LL_ERR_RANGE, "the gain 2^grade - 1 overflows");
  ll_matrix inputs[2] = {ll_matrix_wrap(b.scores, 3, 1), ll_matrix_wrap(b.labels, 1, 3)};
  ll_loss_call call = {.inputs = inputs};
  ok(ll_loss_eval(ctx, net, &call) == LL_ERR_SHAPE && strstr(ll_message(ctx), "relevance (n,q) is 1x3"),
     "other shapes are refused");
  ll_loss_release(ctx, net), ll_loss_release(ctx, ndcg);
  ll_loss *cvar = loss_of("pauc_cvar", NULL, 0, NULL, 0);
  ok(ll_params_set_number(ctx, &cvar->desc->params, cvar->params, "beta", 0) == LL_ERR_RANGE, "beta 0 is refused");
  ll_loss_release(ctx, cvar);
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  cases();
  invariance();
  identities();
  focal_is_entropy();
  saddle();
  several_lists();
  bad_inputs();
  ll_ctx_close(ctx);
  return done();
}
