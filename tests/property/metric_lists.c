/* ndcg of lists against its plain formula over random depths, ties, gains and weights. */
#include "tests/metric_cases.h"

static void lists(void) {
  ll_random r = ll_random_stream(seed, 1, "metric_lists");
  enum { LISTS = 6, LONG = 12 };
  for (int k = 0; k < CASES; k++) {
    size_t depth = ll_random_below(&r, LONG + 3), places = depth == 0 || depth > LONG ? LONG : depth;
    bool linear = ll_random_below(&r, 2);
    double sum = 0, used = 0, weighted = 0, total = 0;
    for (size_t q = 0; q < LISTS; q++) weights[q] = (ll_real)((double)q + 0.5);
    for (size_t i = 0; i < LISTS * LONG; i++) {
      scores[i] = (ll_real)((double)ll_random_below(&r, 9) - 4);
      labels[i] = (ll_real)(i / LONG == 2 ? 0 : i == 0 ? 1 : (double)ll_random_below(&r, 4)); /* list 2: nothing relevant */
    }
    for (size_t q = 0; q < LISTS; q++) {
      double got = 0, most = 0;
      for (size_t i = 0; i < LONG; i++) {
        const ll_real *s = scores + q * LONG, *y = labels + q * LONG;
        size_t above = 0, equal = 0, ideal = 1;
        for (size_t j = 0; j < LONG; j++) {
          above += s[j] > s[i], equal += s[j] == s[i];
          ideal += y[j] > y[i] || (y[j] == y[i] && j < i);
        }
        double gain = linear ? (double)y[i] : pow(2, (double)y[i]) - 1;
        for (size_t place = above + 1; place <= above + equal && place <= places; place++)
          got += gain / (double)equal / log2(1 + (double)place);
        if (ideal <= places) most += gain / log2(1 + (double)ideal);
      }
      if (most > 0) sum += got / most, used++, weighted += (double)weights[q] * (got / most), total += (double)weights[q];
    }
    ll_matrix s = ll_matrix_wrap(scores, LISTS, LONG), y = ll_matrix_wrap(labels, LISTS, LONG);
    double p[] = {(double)depth, linear}, of_rows = eval("ndcg", s, y, NULL, p), first = 0;
    all_near(of_rows, sum / used, 1e-13, "ndcg, case %d, k %zu", k, depth);
    ll_matrix of_lists = ll_matrix_wrap(weights, LISTS, 1);
    all_near(eval("ndcg", s, y, &of_lists, p), weighted / total, 1e-13, "ndcg of weighted lists, case %d", k);
    for (size_t q = 0; q < LISTS; q++)
      if (q != 2) {
        bool relevant = false;
        for (size_t i = 0; i < LONG; i++) relevant = relevant || labels[q * LONG + i] > 0;
        if (relevant)
          first += eval("ndcg", ll_matrix_wrap(scores + q * LONG, LONG, 1), ll_matrix_wrap(labels + q * LONG, LONG, 1), NULL, p);
      }
    all_near(first / used, of_rows, 1e-13, "columns one by one are the lists, case %d", k);
  }
  ok(true, "ndcg: %d cases", CASES);
}

static void bad_input(void) {
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), y = ll_matrix_wrap((ll_real[]){0, 0, 0, 0}, 4, 1);
  ll_matrix two = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 2, 2);
  refuse("ndcg", &p, &y, NULL, LL_ERR_LABEL, "nothing is relevant in any of the 1 list");
  refuse("ndcg", &two, &y, NULL, LL_ERR_SHAPE, "relevances (n,q) is 4x1, which does not fit scores (n,q), 2x2");
}

int main(void) { return run((void (*const[])(void)){lists, bad_input}, 2); }
