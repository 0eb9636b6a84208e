/* losslab/random.h: counter-based random numbers (Philox 4×32-10, Salmon et al. 2011, by way of Random123).
 *
 * A stream is a key and a counter: the same key gives the same numbers at any time, on any machine.
 * Keys come from (study seed, trial, purpose), so no two purposes share a stream and no order of work changes one. */
#ifndef LOSSLAB_RANDOM_H
#define LOSSLAB_RANDOM_H

#include "losslab/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ll_random {
  uint64_t key;     /* which stream */
  uint64_t counter; /* how many blocks of it are used */
  uint32_t block[4];
  uint32_t left; /* unused words of block, taken from its end */
} ll_random;

/* The stream of (seed, trial, purpose): purpose is a short word such as "init", "shuffle", "folds". */
ll_random ll_random_stream(uint64_t seed, uint64_t trial, const char *purpose);

uint32_t ll_random_bits(ll_random *r);
/* Uniform on [0, 1), 53 bits. */
double ll_random_uniform(ll_random *r);
/* Standard normal (Box and Muller; no rejection: always two uniforms). */
double ll_random_normal(ll_random *r);
/* Uniform on {0, …, n-1}, unbiased (Lemire); n >= 1. */
uint64_t ll_random_below(ll_random *r, uint64_t n);
/* A uniform permutation of 0..n-1 into order (Fisher and Yates). */
void ll_random_permutation(ll_random *r, uint32_t *order, size_t n);

/* chosen[0..k): indices below n. With replacement each is drawn independently; without, they are distinct, in random order.
 * weights[n] [opt]: the probabilities are in proportion to them (without replacement: to those of what is left, one draw after the
 * other). LL_ERR_RANGE: without replacement, fewer than k indices (of positive weight) to choose from; n is 0 and k is not; n is
 * above 2^32 - 1. LL_ERR_NUMBER: a weight is negative, NaN or infinite, or all are 0. LL_ERR_MEMORY. */
ll_status ll_random_choice(ll_ctx *ctx, ll_random *r, size_t n, const double *weights, bool replace, uint32_t *chosen, size_t k);

/* [out] the stream's place as bytes (losslab/base.h, states), to be freed by ll_free. LL_ERR_MEMORY. */
ll_status ll_random_save(ll_ctx *ctx, const ll_random *r, void **bytes, size_t *n);
/* Makes r that stream, at that place. LL_ERR_FORMAT. */
ll_status ll_random_restore(ll_ctx *ctx, ll_random *r, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
