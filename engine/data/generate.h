/* What the generators share: generate.c holds the table and those of one direction, shapes.c those of plane figures. */
#ifndef LOSSLAB_ENGINE_GENERATE_H
#define LOSSLAB_ENGINE_GENERATE_H

#include "engine/data/builder.h"

enum { LL_MOST_SEED = 1 << 30 };

/* The set of what a generator drew (x, y and classes of b): names the columns, hashes generator, parameters and elements.
 * Frees b, unless it fails before the set is made: the caller frees it then too. */
ll_status ll_generated(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_builder *b, ll_data **out);

extern const ll_generator ll_generator_moons, ll_generator_rings, ll_generator_spirals, ll_generator_swiss_roll,
    ll_generator_two_lines, ll_generator_ring_gaussians, ll_generator_grid_gaussians;

#endif
