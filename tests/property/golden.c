/* The bits of losslab's own arithmetic over fixed inputs: functions and their derivatives in every instruction set that the machine
 * has, sums, products, sorts, random numbers, generators, optimizers. A hash each, compared with what is recorded in
 * tests/golden/raw.txt, which holds for every machine; nothing here needs more of losslab than the engine. --print prints them:
 * `make golden` records them anew where numbers changed on purpose (LL_ARITHMETIC). */
#define LL_ISA base /* so that isa.h declares the tables of all sets */
#include "engine/matrix/kernels.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

LL_ISA_DECLARE(ll_kernels, ll_kernels);
static const ll_kernels *const tables[] = {LL_ISA_ALL(ll_kernels)};

enum { N = 20011 }; /* odd, so that every set has a rest */
static ll_ctx *ctx;
static bool prints;
static char *recorded;
static ll_real x[N], y[N], g[N], out[N];

/* The sign and payload of a NaN are the machine's. */
static void settle(ll_real *values, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (isnan(values[i])) values[i] = (ll_real)NAN;
}

static void hold(const char *name, const char *set, const void *bytes, size_t size) {
  char hash[65], line[160];
  ll_sha256(bytes, size, hash);
  snprintf(line, sizeof line, "%s %s: %s\n", LL_PRECISION, name, hash);
  if (prints) {
    if (!*set || strcmp(set, "base") == 0) fputs(line, stdout);
  } else {
    ok(recorded && strstr(recorded, line), "%s%s%s: the bits that are recorded", name, *set ? ", " : "", set);
  }
}
static void numbers(const char *name, const char *set, ll_real *values, size_t n) {
  settle(values, n);
  hold(name, set, values, n * sizeof *values);
}

/* Inputs are made of uniform numbers alone, so that what changes is told by its own name. */
static void fill(void) {
  ll_random r = ll_random_stream(1, 0, "golden");
  for (size_t i = 0; i < N; i++) {
    double z = ll_random_uniform(&r) + ll_random_uniform(&r) + ll_random_uniform(&r) + ll_random_uniform(&r) - 2,
           u = ll_random_uniform(&r);
    int wide = (int)(u * 80) - 40; /* a third of all are spread over the exponents */
    x[i] = (ll_real)(i % 3 ? 3 * z : ldexp(z, wide)), y[i] = (ll_real)(i % 5 ? z * u : 0), g[i] = (ll_real)(u - 0.5);
  }
  static const double edges[] = {0, -0.0, 1, -1, 0.5, 1e-30, -1e-30, 88.7, -87.4, 104, -104, 709.8, -745.2, 1e30, -1e30};
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) x[i] = (ll_real)edges[i];
  x[15] = (ll_real)INFINITY, x[16] = (ll_real)-INFINITY, x[17] = (ll_real)NAN;
}

static const char *joined(const char *a, const char *b) {
  static char name[96];
  snprintf(name, sizeof name, "%s%s", a, b);
  return name;
}

static void functions(void) {
  static const char *const unary[] = {
#define UNARY(name, ...) #name,
#include "engine/matrix/functions.def"
#undef UNARY
  };
  static const char *const binary[] = {"add", "sub",  "mul",   "div",       "max",           "min",       "greater",
                                       "pow", "less", "equal", "not_equal", "greater_equal", "less_equal"};
  for (int isa = 0; isa <= ll_isa(); isa++) {
    const ll_kernels *k = tables[isa];
    const char *set = ll_isa_names[isa];
    for (int f = 0; f < LL_UNARY_COUNT; f++) {
      ll_real values[N / 4];
      k->unary[f](x, out, N);
      memcpy(values, out, sizeof values);
      numbers(unary[f], set, out, N);
      k->unary1[f](x, values, g, out, N / 4);
      numbers(joined(unary[f], "'"), set, out, N / 4);
      k->unary2[f](x, values, g, out, N / 4);
      numbers(joined(unary[f], "''"), set, out, N / 4);
    }
    for (int f = 0; f < LL_BINARY_COUNT; f++) {
      k->vv[f](x, y, out, N);
      k->vs[f](x, &y[1], out, N / 2);
      k->sv[f](&g[1], x, out, N / 3);
      numbers(binary[f], set, out, N);
    }
    double sums[4] = {k->sum(y, N), k->dot(y, g, N), k->sum(y, 7), k->dot(y, g, 63)}, cols[37] = {0};
    k->add_rows(y, N / 40, 37, 40, cols);
    hold("sums", set, sums, sizeof sums);
    hold("sums of columns", set, cols, sizeof cols);
  }
}

static void products(void) {
  static const size_t sizes[][3] = {{1, 1, 1},   {3, 5, 7},       {64, 18, 64},   {65, 33, 130}, {7, 300, 1},
                                    {1, 300, 7}, {200, 150, 170}, {33, 1000, 17}, {96, 64, 48},  {130, 257, 70}};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    size_t n = sizes[s][0], k = sizes[s][1], m = sizes[s][2];
    ll_random r = ll_random_stream(2, s, "products");
    for (int t = 0; t < 4; t++) {
      bool ta = t & 1, tb = t & 2;
      ll_matrix a, b, c;
      char name[64];
      if (ll_matrix_new(ctx, ta ? k : n, ta ? n : k, &a) != LL_OK || ll_matrix_new(ctx, tb ? m : k, tb ? k : m, &b) != LL_OK ||
          ll_matrix_new(ctx, n, m, &c) != LL_OK)
        exit(2);
      ll_matrix_uniform(&a, &r, -1, 1), ll_matrix_uniform(&b, &r, -1, 1), ll_matrix_uniform(&c, &r, -1, 1);
      ll_matrix_gemm(ta, tb, t == 3 ? 0.5 : 1, &a, &b, t == 0 ? 0 : 1, &c);
      snprintf(name, sizeof name, "product %zux%zux%zu%s%s", n, k, m, ta ? ", first transposed" : "",
               tb ? ", second transposed" : "");
      numbers(name, "", c.data, n * m);
      ll_matrix_release(ctx, &a), ll_matrix_release(ctx, &b), ll_matrix_release(ctx, &c);
    }
  }
}

static void sorts(void) {
  static uint32_t order[N];
  if (ll_argsort(ctx, y, N, order) != LL_OK) exit(2);
  hold("argsort", "", order, sizeof order);
  memcpy(out, g, sizeof out);
  if (ll_sort(ctx, out, N) != LL_OK) exit(2);
  numbers("sort", "", out, N);
}

static void random_numbers(void) {
  ll_random r = ll_random_stream(5, 7, "golden");
  static double drawn[2 * N];
  static uint32_t order[N];
  for (size_t i = 0; i < N; i++) {
    drawn[2 * i] = ll_random_uniform(&r);
    drawn[2 * i + 1] = (double)ll_random_below(&r, 1000);
  }
  hold("uniform numbers", "", drawn, sizeof drawn);
  for (size_t i = 0; i < 2 * N; i++) drawn[i] = ll_random_normal(&r);
  hold("normal numbers", "", drawn, sizeof drawn);
  ll_random_permutation(&r, order, N);
  hold("permutation", "", order, sizeof order);
  for (size_t i = 0; i < ll_generator_count; i++) {
    ll_data *data;
    double params[LL_MAX_PARAMS];
    ll_params_default(&ll_generators[i]->params, params);
    if (ll_generate(ctx, ll_generators[i], params, &data) != LL_OK) exit(2);
    ll_matrix rows = data->x;
    numbers(joined("generator ", ll_generators[i]->name), "", rows.data, rows.rows * rows.cols);
    ll_data_free(ctx, data);
  }
}

static void optimizers(void) {
  enum { ROWS = 37, STEPS = 12 };
  for (size_t o = 0; o < ll_optimizer_count; o++) {
    const ll_optimizer_desc *desc = ll_optimizers[o];
    if (desc->minimize) continue;
    ll_matrix start;
    ll_node *node;
    ll_optimizer *opt;
    if (ll_matrix_new(ctx, ROWS, 1, &start) != LL_OK) exit(2);
    memcpy(start.data, y + 1, ROWS * sizeof *y);
    if (ll_node_new(ctx, &start, true, &node) != LL_OK || ll_optimizer_new(ctx, desc, &node, 1, &opt) != LL_OK) exit(2);
    for (size_t step = 0; step < STEPS; step++) {
      ll_matrix gradient;
      ll_node *its;
      if (ll_matrix_new(ctx, ROWS, 1, &gradient) != LL_OK) exit(2);
      memcpy(gradient.data, g + step * ROWS, ROWS * sizeof *g);
      if (ll_node_new(ctx, &gradient, false, &its) != LL_OK) exit(2);
      ll_node_clear_grad(ctx, node);
      node->grad = its;
      if (ll_optimizer_step(ctx, opt) != LL_OK) exit(2);
    }
    numbers(joined("optimizer ", desc->name), "", node->value.data, ROWS);
    ll_optimizer_free(ctx, opt);
    ll_node_release(ctx, node);
  }
}

int main(int argc, char **argv) {
  prints = argc > 1 && strcmp(argv[1], "--print") == 0;
  FILE *file = fopen("tests/golden/raw.txt", "rb");
  if (file) {
    recorded = calloc(1, 1 << 20);
    if (recorded) recorded[fread(recorded, 1, (1 << 20) - 1, file)] = 0;
    fclose(file);
  }
  if (ll_ctx_open(&ctx) != LL_OK) return 2;
  fill();
  functions();
  products();
  sorts();
  random_numbers();
  optimizers();
  free(recorded);
  ll_ctx_close(ctx);
  return prints ? 0 : done();
}
