/* The best row of each group. */
#include "engine/fdr/fdr_parts.h"
#include "engine/fdr/runs.h"

/* The best of a run: the first row of the highest score of each class, SIZE_MAX where the class does not reach it. */
typedef struct best {
  size_t target, decoy;
} best;

static best best_of(const ll_matrix *scores, const ll_matrix *labels, const ll_runs *runs, size_t from, size_t to) {
  best found = {SIZE_MAX, SIZE_MAX};
  ll_real highest = 0;
  for (size_t i = from; i < to; i++) {
    size_t row = runs->order[i];
    ll_real score = ll_matrix_row(scores, row)[0];
    if (i > from && score < highest) continue;
    if (i == from || score > highest) found = (best){SIZE_MAX, SIZE_MAX}, highest = score;
    size_t *place = !labels || ll_fdr_is_target(labels, row) ? &found.target : &found.decoy;
    if (*place == SIZE_MAX) *place = row;
  }
  return found;
}

static bool heads(uint64_t seed, ll_real group) {
  ll_random coin = ll_random_stream(seed, (uint64_t)(int64_t)group, "compete");
  return ll_random_bits(&coin) >> 31;
}

static ll_status best_rows(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *groups, uint64_t seed,
                           ll_matrix *out) {
  ll_runs runs;
  LL_TRY(ll_runs_open(ctx, groups, &runs));
  ll_status status = ll_matrix_zeros(ctx, scores->rows, 1, out);
  for (size_t i = 0, end; status == LL_OK && i < runs.n; i = end) {
    end = ll_runs_end(&runs, i);
    best found = best_of(scores, labels, &runs, i, end);
    bool target = found.decoy == SIZE_MAX || (found.target != SIZE_MAX && heads(seed, runs.group[i]));
    out->data[target ? found.target : found.decoy] = 1;
  }
  ll_runs_close(ctx, &runs);
  return status;
}

ll_status ll_fdr_compete(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *groups, uint64_t seed,
                         ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(ll_fdr_check(ctx, "compete", scores, labels, groups, "groups"));
  return best_rows(ctx, scores, labels, groups, seed, out);
}

ll_status ll_fdr_best(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *of, ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(ll_fdr_check(ctx, "best", scores, NULL, of, "of"));
  return best_rows(ctx, scores, NULL, of, 0, out);
}
