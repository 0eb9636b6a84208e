/* The table of generators, and how a set is made of what one has drawn. Each draws its rows in order from one stream; which rows
 * are of which kind is a permutation from another, so that the shares are exact. */
#include "engine/data/generate/generate.h"

#include <stdio.h>

#include "engine/data/data.h"

const ll_generator *const ll_generators[] = {
#define GENERATOR(name) &ll_generator_##name,
#include "engine/data/generate/generators.def"
#undef GENERATOR
};
const size_t ll_generator_count = sizeof ll_generators / sizeof *ll_generators;

ll_status ll_generate_finish(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_builder *b, ll_data **out) {
  *out = NULL;
  LL_TRY(ll_builder_columns(ctx, &b->columns, b->x.cols));
  /* The hash is of the generator, its parameters, then the elements. */
  char text[512], hashes[3][65];
  size_t at = (size_t)snprintf(text, sizeof text, "%s", generator->name);
  for (size_t k = 0; k < generator->params.count && at < sizeof text; k++)
    at += (size_t)snprintf(text + at, sizeof text - at, " %s=%.17g", generator->params.params[k].name, params[k]);
  ll_sha256(text, at < sizeof text ? at : sizeof text - 1, hashes[0]);
  ll_sha256(b->x.data, ll_matrix_count(&b->x) * sizeof(ll_real), hashes[1]);
  ll_sha256(b->y.data, b->y.rows * sizeof(ll_real), hashes[2]);
  LL_TRY(ll_builder_finish(ctx, b, "", generator->name, out));
  ll_sha256(hashes, sizeof hashes, ll_data_shared_of(*out)->info.hash);
  return LL_OK;
}

ll_status ll_generator_find(ll_ctx *ctx, const char *name, const ll_generator **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "generator", name, ll_generators, ll_generator_count, &place));
  *out = ll_generators[place];
  return LL_OK;
}

static ll_status not_known(ll_ctx *ctx, const ll_generator *generator) {
  char known[200] = "";
  size_t at = 0;
  for (size_t k = 0; k < ll_generator_count; k++)
    if (ll_generators[k]->probability && at < sizeof known)
      at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "", ll_generators[k]->name);
  return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s does not say how probable a label is; these do: %s", generator->name, known);
}

ll_status ll_generator_probability(ll_ctx *ctx, const ll_generator *generator, const double *params, const ll_matrix *x,
                                   ll_matrix *out) {
  void *block = NULL;
  size_t row, col;
  *out = (ll_matrix){0};
  LL_TRY(ll_params_check(ctx, &generator->params, params));
  if (!generator->probability) return not_known(ctx, generator);
  if (ll_matrix_find_bad(x, &row, &col))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: x, row %zu, column %zu: %g", generator->name, row + 1, col + 1,
                   (double)ll_matrix_row(x, row)[col]);
  LL_TRY(ll_alloc(ctx, &block, (x->rows + 1) * sizeof(double)));
  double *p = block;
  ll_status status = generator->probability(ctx, params, x, p);
  if (status == LL_OK) status = ll_matrix_new(ctx, x->rows, 1, out);
  for (size_t i = 0; status == LL_OK && i < x->rows; i++) out->data[i] = (ll_real)p[i];
  ll_free(ctx, block);
  return status;
}

ll_status ll_generate(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_data **out) {
  *out = NULL;
  LL_TRY(ll_params_check(ctx, &generator->params, params));
  return generator->make(ctx, params, out);
}
