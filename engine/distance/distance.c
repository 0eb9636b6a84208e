/* The table of distances, and what is checked before any of them is applied. */
#include "engine/distance/distance.h"

#include "engine/matrix/inputs.h"

#define DISTANCE(name) extern const ll_distance_desc ll_distance_##name;
#include "engine/distance/distances.def"
#undef DISTANCE
const ll_distance_desc *const ll_distances[] = {
#define DISTANCE(name) &ll_distance_##name,
#include "engine/distance/distances.def"
#undef DISTANCE
};
const size_t ll_distance_count = LL_ROWS(ll_distances);

ll_status ll_distance_find(ll_ctx *ctx, const char *name, const ll_distance_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "distance", name, ll_distances, ll_distance_count, &place));
  *out = ll_distances[place];
  return LL_OK;
}

static ll_status check(ll_ctx *ctx, const ll_distance_desc *desc, const ll_distance_options *o, const ll_matrix *a,
                       const ll_matrix *b) {
  const ll_input_role role = desc->distributions ? LL_INPUT_DISTRIBUTIONS : LL_INPUT_MATRIX;
  const ll_input inputs[] = {{"a", "n,d", role}, {"b", o->pairwise ? "m,d" : "n,d", role}, {"precision", "d,d", LL_INPUT_MATRIX}};
  if (desc->precision && !o->precision)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s needs precision, a matrix %zux%zu: mahalanobis_fit makes it from data", desc->name,
                   a->cols, a->cols);
  if (!desc->precision && o->precision) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes no precision matrix", desc->name);
  const ll_matrix given[] = {*a, *b, o->precision ? *o->precision : (ll_matrix){0}};
  return ll_inputs_check(ctx, desc->name, inputs, desc->precision ? 3 : 2, 0, given);
}

ll_status ll_distance_apply(ll_ctx *ctx, const ll_distance_desc *desc, const ll_distance_options *o, ll_node *a, ll_node *b,
                            ll_node **out) {
  *out = NULL;
  LL_TRY(check(ctx, desc, o, &a->value, &b->value));
  LL_TRY(ll_params_check(ctx, &desc->params, o->params));
  return desc->apply(ctx, o, a, b, out);
}
