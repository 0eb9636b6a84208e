/* Choosing indices at random. */
#include <float.h>
#include <math.h>

#include "engine/base/scalar.h"
#include "losslab/random.h"

static ll_status check_weights(ll_ctx *ctx, const double *weights, size_t n, size_t *positive) {
  *positive = 0;
  for (size_t i = 0; i < n; i++) {
    if (!(weights[i] >= 0) || isinf(weights[i]))
      return ll_fail(ctx, LL_ERR_NUMBER, "choice: weight %zu is %g; a number of at least 0 expected", i + 1, ll_shown(weights[i]));
    *positive += weights[i] > 0;
  }
  if (*positive == 0) return ll_fail(ctx, LL_ERR_NUMBER, "choice: all %zu weights are 0", n);
  return LL_OK;
}

/* The power of two that the weights are multiplied by, so that neither their sum nor a quotient of them leaves what a number
 * holds; exact, so that it changes no choice. */
static int scale_of(const double *weights, size_t n) {
  double most = 0;
  int exponent;
  for (size_t i = 0; i < n; i++) most = fmax(most, weights[i]);
  frexp(most, &exponent);
  return -exponent;
}

/* The first i with sums[i] > share, or n - 1; sums[i] = weights[0] + … + weights[i]. */
static size_t place_of(const double *sums, size_t n, double share) {
  size_t low = 0, high = n - 1;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (sums[middle] > share) high = middle;
    else low = middle + 1;
  }
  return low;
}

static ll_status weighted_with(ll_ctx *ctx, ll_random *r, size_t n, const double *weights, uint32_t *chosen, size_t k) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof(double)));
  double *sums = block, total = 0;
  size_t last = 0;
  int scale = scale_of(weights, n);
  for (size_t i = 0; i < n; i++) {
    sums[i] = total += ldexp(weights[i], scale);
    if (weights[i] > 0) last = i;
  }
  for (size_t i = 0; i < k; i++) {
    size_t at = place_of(sums, n, ll_random_uniform(r) * total);
    chosen[i] = (uint32_t)(at < last ? at : last); /* a share may be rounded up to the total, past the last weight above 0 */
  }
  ll_free(ctx, block);
  return LL_OK;
}

/* Efraimidis and Spirakis 2006: the k largest of u^(1/w) are what drawing one after the other gives, in that order. */
static ll_status weighted_without(ll_ctx *ctx, ll_random *r, size_t n, const double *weights, uint32_t *chosen, size_t k) {
  void *keys_block, *order_block = NULL;
  LL_TRY(ll_alloc(ctx, &keys_block, n * sizeof(ll_real)));
  ll_real *keys = keys_block;
  ll_status status = ll_alloc(ctx, &order_block, n * sizeof(uint32_t));
  if (status == LL_OK) {
    /* -ln of the key, ascending: an exponential waiting time of rate w; never, for a weight of 0, which comes after all others */
    double longest = sizeof(ll_real) == sizeof(float) ? (double)FLT_MAX : DBL_MAX;
    int scale = scale_of(weights, n);
    for (size_t i = 0; i < n; i++) {
      double wait = -ll_log(1 - ll_random_uniform(r));
      keys[i] = weights[i] > 0 ? (ll_real)fmin(wait / ldexp(weights[i], scale), longest) : (ll_real)INFINITY;
    }
    status = ll_argsort(ctx, keys, n, order_block);
  }
  const uint32_t *order = order_block;
  for (size_t i = 0; i < k && status == LL_OK; i++) chosen[i] = order[i];
  ll_free(ctx, order_block);
  ll_free(ctx, keys_block);
  return status;
}

/* The first k steps of Fisher and Yates. */
static ll_status plain_without(ll_ctx *ctx, ll_random *r, size_t n, uint32_t *chosen, size_t k) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *all = block;
  for (size_t i = 0; i < n; i++) all[i] = (uint32_t)i;
  for (size_t i = 0; i < k; i++) {
    size_t j = i + (size_t)ll_random_below(r, n - i);
    chosen[i] = all[j];
    all[j] = all[i];
  }
  ll_free(ctx, block);
  return LL_OK;
}

ll_status ll_random_choice(ll_ctx *ctx, ll_random *r, size_t n, const double *weights, bool replace, uint32_t *chosen, size_t k) {
  size_t among = n;
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "choice: %zu to choose from; at most 2^32 - 1", n);
  if (k == 0) return LL_OK;
  if (n == 0) return ll_fail(ctx, LL_ERR_RANGE, "choice: %zu asked for, with nothing to choose from", k);
  if (weights) LL_TRY(check_weights(ctx, weights, n, &among));
  if (!replace && k > among)
    return ll_fail(ctx, LL_ERR_RANGE, "choice: %zu different ones asked for, of %zu%s", k, among,
                   weights ? " with a weight above 0" : "");
  if (weights) return replace ? weighted_with(ctx, r, n, weights, chosen, k) : weighted_without(ctx, r, n, weights, chosen, k);
  if (!replace) return plain_without(ctx, r, n, chosen, k);
  for (size_t i = 0; i < k; i++) chosen[i] = (uint32_t)ll_random_below(r, n);
  return LL_OK;
}
