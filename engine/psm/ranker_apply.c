/* Normal scores of rows: the two knots around a value by halving, then a line between them. */
#include "engine/base/crew.h"
#include "engine/matrix/inputs.h"
#include "engine/psm/ranker.h"

/* By halves, since the distance of two numbers may be beyond the largest one. */
static double interpolate(const ll_ranker_map *map, ll_real value) {
  if (!(value > map->value[0])) return map->z[0];
  if (!(value < map->value[map->n - 1])) return map->z[map->n - 1];
  size_t low = 0;
  for (size_t left = map->n - 1; left > 1;) { /* value[low] <= value < value[low + left] */
    size_t half = left / 2;
    bool above = !(value < map->value[low + half]);
    low = above ? low + half : low, left = above ? left - half : half;
  }
  double from = (double)map->value[low] / 2, to = (double)map->value[low + 1] / 2;
  double share = ((double)value / 2 - from) / (to - from);
  return map->z[low] + share * (map->z[low + 1] - map->z[low]);
}

typedef struct work {
  const ll_ranker *ranker;
  const ll_matrix *x;
  ll_matrix *out;
} work;

/* Column by column in blocks of rows, so that a map stays near while it is asked. */
static void apply_rows(void *user, size_t from, size_t to) {
  enum { BLOCK = 512 };
  const work *w = user;
  for (size_t start = from; start < to; start += BLOCK) {
    size_t end = to - start < BLOCK ? to : start + BLOCK;
    for (size_t k = 0; k < w->ranker->info.n_columns; k++) {
      size_t column = w->ranker->info.columns[k];
      const ll_ranker_map *map = &w->ranker->maps[k];
      for (size_t i = start; i < end; i++) ll_matrix_row(w->out, i)[k] = (ll_real)interpolate(map, ll_matrix_row(w->x, i)[column]);
    }
  }
}

ll_status ll_ranker_apply(ll_ctx *ctx, const ll_ranker *ranker, const ll_matrix *x, ll_matrix *out) {
  static const ll_input desc = {"x", "n,d", LL_INPUT_MATRIX};
  size_t kept = ranker->info.n_columns;
  *out = (ll_matrix){0};
  if (x->cols != ranker->info.columns_of_x)
    return ll_fail(ctx, LL_ERR_SHAPE, "apply: x is %zux%zu, but the normal scores are of %zu columns", x->rows, x->cols,
                   ranker->info.columns_of_x);
  LL_TRY(ll_inputs_check(ctx, "apply", &desc, 1, 0, x));
  LL_TRY(ll_matrix_new(ctx, x->rows, kept, out));
  work w = {ranker, x, out};
  enum { COST = 32 }; /* of one element */
  if (kept) ll_crew_pieces(x->rows, COST * kept, apply_rows, &w);
  return LL_OK;
}
