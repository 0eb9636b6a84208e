/* Projections onto simple sets, row by row: a table of names and loops. */
#include "engine/matrix/kernels.h"
#include "engine/matrix/rowwise.h"
#include "engine/optim/optim.h"

static void clip(ll_real *row, size_t n, ll_real bound) {
  const ll_real low = -bound;
  ll_kernels_get()->vs[LL_BINARY_max](row, &low, row, n);
  ll_kernels_get()->vs[LL_BINARY_min](row, &bound, row, n);
}

/* A row that is inside stays as it is. */
static void unit_ball(ll_real *row, size_t n, ll_real bound) {
  double norm = ll_rowwise_norm(row, n);
  for (size_t i = 0; norm > (double)bound && i < n; i++) row[i] = (ll_real)((double)row[i] / norm * (double)bound);
}

static void non_negative(ll_real *row, size_t n, ll_real bound) {
  const ll_real zero = 0;
  (void)bound;
  ll_kernels_get()->vs[LL_BINARY_max](row, &zero, row, n);
}

static const ll_param c = {.name = "c", .value = 0.01, .low = 0, .high = INFINITY, .doc = "the largest size of an element"};
static const ll_param radius = {.name = "radius", .value = 1, .low = 0, .high = INFINITY, .doc = "the largest norm of a row"};

const ll_projection ll_projections[] = {
    {"clip", "every element into a box (WGAN, Arjovsky et al. 2017)", "x = min(max(x, -c), c)", &c, clip},
    {"unit_ball", "every row into a ball (CML, Hsieh et al. 2017, eq. 12)", "row = row min(1, radius / |row|)", &radius, unit_ball},
    {"non_negative", "every element to at least 0", "x = max(x, 0)", NULL, non_negative},
};
enum { COUNT = sizeof ll_projections / sizeof *ll_projections };
const size_t ll_projection_count = COUNT;

ll_status ll_projection_find(ll_ctx *ctx, const char *name, const ll_projection **out) {
  const char *names[COUNT];
  size_t place;
  *out = NULL;
  for (size_t i = 0; i < COUNT; i++) names[i] = ll_projections[i].name;
  LL_TRY(ll_names_find(ctx, "projection", name, names, COUNT, &place));
  *out = &ll_projections[place];
  return LL_OK;
}

static ll_status check_bound(ll_ctx *ctx, const ll_projection *projection, double bound) {
  if (!projection->bound || (bound >= projection->bound->low && bound <= projection->bound->high)) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: %s is %g; it must be at least %g", projection->name, projection->bound->name, bound,
                 projection->bound->low);
}

ll_status ll_project(ll_ctx *ctx, const ll_projection *projection, double bound, ll_matrix *m) {
  LL_TRY(check_bound(ctx, projection, bound));
  for (size_t i = 0; i < m->rows; i++) projection->apply(ll_matrix_row(m, i), m->cols, (ll_real)bound);
  return LL_OK;
}

ll_status ll_optimizer_project(ll_ctx *ctx, ll_optimizer *optimizer, const ll_projection *projection, double bound,
                               ll_node *const *nodes, size_t n) {
  LL_TRY(check_bound(ctx, projection, bound));
  void *list, *block = optimizer->projections;
  size_t count = optimizer->n_projections, size = sizeof *optimizer->projections;
  LL_TRY(ll_calloc(ctx, &list, n, sizeof(ll_node *)));
  ll_status status = ll_realloc(ctx, &block, count * size, (count + 1) * size);
  if (status != LL_OK) {
    ll_free(ctx, list);
    return status;
  }
  optimizer->projections = block;
  optimizer->projections[count].projection = projection;
  optimizer->projections[count].bound = bound;
  optimizer->projections[count].count = n;
  optimizer->projections[count].nodes = list;
  for (size_t i = 0; i < n; i++) optimizer->projections[count].nodes[i] = ll_node_retain(nodes[i]);
  optimizer->n_projections++;
  return LL_OK;
}

static void project(const ll_projection *projection, double bound, ll_node *node) {
  for (size_t i = 0; i < node->value.rows && !node->frozen; i++)
    projection->apply(ll_matrix_row(&node->value, i), node->value.cols, (ll_real)bound);
}

void ll_optimizer_project_all(ll_optimizer *optimizer) {
  for (size_t g = 0; g < optimizer->n_groups; g++) /* graphs recorded before this step cannot go backward through them */
    for (size_t i = 0; i < optimizer->groups[g].count; i++) ll_matrix_touch(&optimizer->groups[g].parameters[i].node->value);
  for (size_t k = 0; k < optimizer->n_projections; k++) {
    const ll_projection *projection = optimizer->projections[k].projection;
    double bound = optimizer->projections[k].bound;
    for (size_t i = 0; i < optimizer->projections[k].count; i++) project(projection, bound, optimizer->projections[k].nodes[i]);
    if (optimizer->projections[k].count) continue;
    for (size_t g = 0; g < optimizer->n_groups; g++)
      for (size_t i = 0; i < optimizer->groups[g].count; i++) project(projection, bound, optimizer->groups[g].parameters[i].node);
  }
}
