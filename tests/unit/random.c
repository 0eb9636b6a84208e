/* Streams: the published Philox figures, the same numbers for the same key, and distributions within their bounds. */
#include "losslab/losslab.h"
#include "tests/tap.h"

int main(void) {
  /* Random123's own known answer: philox4x32-10, counter 0, key 0. */
  ll_random zero = {0};
  static const uint32_t known[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  bool same = true;
  for (int i = 0; i < 4; i++) same = ll_random_bits(&zero) == known[i] && same;
  ok(same, "the known answer of philox4x32-10");

  ll_random a = ll_random_stream(1, 2, "init"), b = ll_random_stream(1, 2, "init"), c = ll_random_stream(1, 2, "shuffle"),
            d = ll_random_stream(1, 3, "init"), e = ll_random_stream(2, 2, "init");
  ok(a.key == b.key && a.key != c.key && a.key != d.key && a.key != e.key, "a stream is its three words");
  bool equal = true;
  for (int i = 0; i < 1000; i++) equal = ll_random_uniform(&a) == ll_random_uniform(&b) && equal;
  ok(equal, "and gives the same numbers again");

  enum { N = 200000 };
  double sum = 0, square = 0, low = 1, high = 0;
  for (int i = 0; i < N; i++) {
    double u = ll_random_uniform(&a);
    low = fmin(low, u), high = fmax(high, u), sum += u;
  }
  ok(low >= 0 && high < 1 && high > 0.999 && low < 0.001, "uniform on [0, 1)");
  near(sum / N, 0.5, 0, 5 * sqrt(1.0 / 12 / N), "its mean, within five deviations");
  sum = 0;
  for (int i = 0; i < N; i++) {
    double z = ll_random_normal(&a);
    sum += z, square += z * z;
  }
  near(sum / N, 0, 0, 5 / sqrt(N), "the mean of normals");
  near(square / N, 1, 0, 5 * sqrt(2.0 / N), "and their variance");

  size_t counts[7] = {0};
  for (int i = 0; i < 7 * N; i++) counts[ll_random_below(&c, 7)]++;
  double chi = 0;
  for (int i = 0; i < 7; i++) chi += ((double)counts[i] - N) * ((double)counts[i] - N) / N;
  ok(chi < 30, "below(7) is uniform: chi square %.1f on 6 degrees", chi);
  ok(ll_random_below(&c, 1) == 0, "below(1) is 0");

  uint32_t order[100], seen[100] = {0};
  ll_random_permutation(&c, order, 100);
  for (int i = 0; i < 100; i++) seen[order[i] % 100]++;
  bool once = true, moved = false;
  for (uint32_t i = 0; i < 100; i++) once = once && seen[i] == 1, moved = moved || order[i] != i;
  ok(once && moved, "a permutation holds each row once");
  return done();
}
