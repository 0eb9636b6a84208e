/* Identification statistics and features of rescoring, each of their allocations failing in turn. */
#include "losslab/fdr.h"
#include "losslab/psm_features.h"

#include "tests/sweep.h"

enum { N = 300, D = 5 };
static ll_real scores[N], labels[N], groups[N], features[N * D];
static ll_matrix s, y, g, x;

/* Releases what was made, which after a failure is nothing. */
static ll_status made(ll_ctx *ctx, ll_status status, ll_matrix *out) {
  if (status != LL_OK && out->data) ok(false, "nothing is given after a failure");
  ll_matrix_release(ctx, out);
  return status;
}

static ll_status compete(ll_ctx *ctx) {
  ll_matrix out;
  return made(ctx, ll_fdr_compete(ctx, &s, &y, &g, 1, &out), &out);
}
static ll_status best(ll_ctx *ctx) {
  ll_matrix out;
  return made(ctx, ll_fdr_best(ctx, &s, &g, &out), &out);
}
static ll_status qvalues(ll_ctx *ctx) {
  ll_matrix out;
  return made(ctx, ll_fdr_qvalues(ctx, &s, &y, &(ll_fdr_options){.method = LL_FDR_MIXMAX, .pi0 = 0.5}, &out), &out);
}
static ll_status pep(ll_ctx *ctx) {
  ll_matrix out;
  return made(ctx, ll_fdr_pep(ctx, &s, &y, NULL, &out), &out);
}
static ll_status lead(ll_ctx *ctx) {
  ll_matrix out;
  return made(ctx, ll_psm_lead(ctx, &s, &g, &g, false, &out), &out);
}

static ll_status crowd(ll_ctx *ctx) {
  ll_matrix out;
  return made(ctx, ll_psm_crowd(ctx, &s, &g, 10, &out), &out);
}

static ll_status pi0(ll_ctx *ctx) {
  ll_fdr_pi0_curve curve;
  return ll_fdr_pi0(ctx, &s, &y, NULL, &curve);
}
static ll_status by_kind(ll_ctx *ctx) {
  ll_matrix out;
  ll_fdr_kind *list;
  size_t count;
  ll_status status = ll_fdr_by_kind(ctx, &s, &y, &y, NULL, 0.1, &out, &list, &count);
  if (status != LL_OK && list) ok(false, "no list is given after a failure");
  ll_free(ctx, list);
  return made(ctx, status, &out);
}
static ll_status entrapment(ll_ctx *ctx) {
  ll_fdr_entrapment_point *points;
  size_t count;
  double ratio;
  ll_fdr_entrapment_options asked = {.ratio = 1, .confidence = 0.9};
  ll_status status = ll_fdr_entrapment(ctx, &s, &y, &y, NULL, &asked, &ratio, &points, &count);
  if (status != LL_OK && points) ok(false, "no points are given after a failure");
  ll_free(ctx, points);
  return status;
}
static ll_status leaks(ll_ctx *ctx) {
  ll_psm_leak out[D];
  size_t used;
  return ll_psm_leaks(ctx, &x, &y, &g, &s, 1, out, &used);
}

static ll_status ranker(ll_ctx *ctx) {
  ll_ranker *fitted = NULL, *loaded = NULL;
  ll_matrix out = {0};
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_GOTO(done, ll_ranker_fit(ctx, &x, NULL, &fitted));
  LL_GOTO(done, ll_ranker_save(ctx, fitted, &bytes, &n));
  LL_GOTO(done, ll_ranker_load(ctx, bytes, n, &loaded));
  LL_GOTO(done, ll_ranker_apply(ctx, loaded, &x, &out));
done:
  ll_free(ctx, bytes);
  ll_ranker_free(ctx, fitted);
  ll_ranker_free(ctx, loaded);
  ll_matrix_release(ctx, &out);
  return status;
}

int main(void) {
  ll_random r = ll_random_stream(1, 0, "oom");
  for (size_t i = 0; i < N; i++) scores[i] = (ll_real)ll_random_uniform(&r), labels[i] = i % 3 > 0, groups[i] = (ll_real)(i / 4);
  for (size_t i = 0; i < N * D; i++) features[i] = (ll_real)(i % D == 0 ? 1 : i % D == 4 ? features[i - 1] : ll_random_normal(&r));
  s = ll_matrix_wrap(scores, N, 1), y = ll_matrix_wrap(labels, N, 1), g = ll_matrix_wrap(groups, N, 1);
  x = ll_matrix_wrap(features, N, D);
  SWEEP(compete, 3);
  SWEEP(best, 3);
  SWEEP(qvalues, 4);
  SWEEP(pep, 5);
  SWEEP(pi0, 3);
  SWEEP(by_kind, 8);
  SWEEP(entrapment, 5);
  SWEEP(lead, 3);
  SWEEP(crowd, 3);
  SWEEP(leaks, 5);
  SWEEP(ranker, 10);
  return done();
}
