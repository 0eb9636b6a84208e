/* Generators: each is a file of its own that ends with its row, and a line of generators.def. Here is what they share: those of
 * shifted.c draw normal rows, those of shapes.c figures of the plane. */
#ifndef LOSSLAB_ENGINE_GENERATE_H
#define LOSSLAB_ENGINE_GENERATE_H

#include <math.h>

#include "engine/data/builder.h"

#define GENERATOR(name) extern const ll_generator ll_generator_##name;
#include "engine/data/generate/generators.def"
#undef GENERATOR

#define LL_GENERATE_SEED LL_INTEGER("seed", 1, 0, 1 << 30, "of the random streams")
/* The table of a generator's parameters. */
#define LL_GENERATE_TABLE(name, list)                                                                                              \
  { name, list, sizeof list / sizeof *list }

/* The set of what a generator drew (x, y and, of a set that is multiclass, classes of b): names the columns, hashes generator,
 * parameters and elements. Frees b, unless it fails before the set is made: the caller frees it then too. */
ll_status ll_generate_finish(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_builder *b, ll_data **out);

/* Of shifted.c: rows drawn from N(shift u, I), u = (1, …, 1)/sqrt(d): how many, their label, and whether they are right targets. */
typedef struct ll_shifted_kind {
  size_t rows;
  double shift;
  bool positive, right;
} ll_shifted_kind;

/* [out] a set of the rows of all kinds, mixed, each of `features` numbers; auc: that of the best score, for the set's info. */
ll_status ll_shifted_draw(ll_ctx *ctx, const ll_generator *generator, const double *params, size_t features,
                          const ll_shifted_kind *kinds, size_t n_kinds, uint64_t seed, double auc, ll_data **out);
/* Phi(shift / sqrt 2): how often N(shift, 1) is above N(0, 1). */
double ll_shifted_auc(double shift);
/* [out] share × n to the nearest row; LL_ERR_RANGE where that is none or all of them. */
ll_status ll_shifted_share(ll_ctx *ctx, const char *owner, const char *what, double n, double share, size_t *out);

/* u·x of a row, u = (1, …, 1)/sqrt(d): all that the class of a row depends on. */
double ll_shifted_score(const ll_real *row, size_t features);
/* LL_ERR_SHAPE unless x, given to owner, has these features. */
ll_status ll_shifted_check(ll_ctx *ctx, const char *owner, const ll_matrix *x, size_t features);

/* Of shapes.c: parameters that figures share, and their rows. */
#define LL_SHAPES_ROWS(def) LL_INTEGER("n", def, 2, 1e8, "rows, as many of each class within one")
#define LL_SHAPES_NOISE(def) LL_NUMBER("noise", def, 0, 100, "deviation of the normal noise in each coordinate")
#define LL_SHAPES_CLASSES(def, most, text) LL_INTEGER("classes", def, 2, most, text)
#define LL_SHAPES_PI 3.14159265358979323846

/* Draws the row of class k of classes into at[0..2]; params: the generator's. */
typedef void ll_shapes_point(ll_random *stream, const double *params, size_t k, size_t classes, double *at);
/* [out] a set of params[0] rows of `features` numbers (at most 3), each a point of its class plus normal noise. LL_ERR_RANGE: fewer
 * rows than classes. */
ll_status ll_shapes_draw(ll_ctx *ctx, const ll_generator *generator, const double *params, size_t features, size_t classes,
                         double noise, uint64_t seed, ll_shapes_point *point, ll_data **out);

#endif
