/* Draws of the Bayesian signed-rank test (Benavoli et al. 2014, ICML). Weights are gamma variables, which divided by their sum are
 * of a Dirichlet distribution; as the differences are sorted, the pairs beyond an edge are sums of first weights, so that a draw
 * takes n steps, not n². */
#include "engine/base/signed_ranks.h"

#include "engine/base/scalar.h"

/* Shape s and scale 1: Marsaglia and Tsang 2000, ACM TOMS 26:363. */
static double gamma_from_one(ll_random *r, double s) {
  double d = s - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double z = ll_random_normal(r), v = 1 + c * z;
    v = v * v * v;
    if (v > 0 && ll_log(1 - ll_random_uniform(r)) < z * z / 2 + d - d * v + d * ll_log(v)) return d * v;
  }
}

/* Below 1 by one of shape s + 1. */
static double gamma_of(ll_random *r, double s) {
  if (s == 1) return -ll_log(1 - ll_random_uniform(r));
  if (s > 1) return gamma_from_one(r, s);
  double above = gamma_from_one(r, s + 1);
  return above * ll_pow(1 - ll_random_uniform(r), 1 / s);
}

void ll_signed_ranks_draw(const ll_signed_ranks *ranks, ll_random *r, size_t draws, double *room, uint64_t won[3]) {
  size_t n = ranks->n;
  double *w = room, *before = room + n;
  while (draws--) {
    before[0] = 0;
    for (size_t i = 0; i < n; i++) before[i + 1] = before[i] + (w[i] = gamma_of(r, ranks->strengths[i]));
    double below = 0, up_to = 0;
    for (size_t i = 0; i < n; i++) {
      below += w[i] * (before[ranks->edges[0][i]] + before[ranks->edges[1][i]]);
      up_to += w[i] * (before[ranks->edges[2][i]] + before[ranks->edges[3][i]]);
    }
    double all = before[n] * before[n], above = 1 - up_to / (2 * all);
    below /= 2 * all;
    double within = 1 - below - above;
    won[within >= below && within >= above ? 1 : below > above ? 0 : 2]++;
  }
}
