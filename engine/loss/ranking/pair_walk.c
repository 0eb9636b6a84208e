/* Hinges over all pairs in O(n log n). Targets and decoys are sorted separately. From each decoy to the next higher one more
 * targets may come to lie within the margin; their number n, the sum of their u = margin - (s_t - s_d) and the sum of u^2 are kept.
 * Where a decoy is higher by d than the last one, every u is larger by d: sum (u + d)^2 = sum u^2 + d (2 sum u + n d). All terms
 * are positive, so nothing cancels, however far scores lie apart.
 *
 * Whether a pair counts is always decided by margin - (s_t - s_d) >= 0, the expression that a plain double loop uses. A pair
 * exactly at the margin counts in the gradient, unlike the kink of the pointwise hinge: with margin 0 a tie is not yet an order,
 * and without a gradient equal scores would stay equal. The reference figures say the same. */
#include "engine/loss/ranking/pair_walk.h"

#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

ll_status ll_pair_walk_sort(ll_ctx *ctx, ll_loss *loss, const ll_loss_call *call, ll_pair_walk *sides) {
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows;
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "%s: %zu rows: at most 2^32 - 1", loss->desc->name, n);
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, 2 * n * sizeof(ll_record) + LL_SORT_COUNTS * sizeof(uint32_t), &scratch));
  ll_record *records = scratch, *spare = records + n;
  ll_record *first[2] = {records, records + sides->count[DECOYS]};
  size_t at[2] = {0, sides->count[DECOYS]};
  for (size_t i = 0; i < n; i++) records[at[ll_is_target(labels[i])]++] = ll_record_make(scores[i], i);
  for (int side = 0; side < 2; side++)
    sides->records[side] =
        ll_sort_records(first[side], spare + (first[side] - records), sides->count[side], (uint32_t *)(spare + n));
  return LL_OK;
}

/* Number, weight, sum of u and sum of u^2 of the other side's rows that lie within the margin of the current row. */
typedef struct within {
  size_t n;
  double weight, sum, squares;
} within;

/* A row's weight; `weighed` is a constant where this is used, so that without weights nothing is looked up. */
static inline double weight_of(const ll_pair_walk *sides, const ll_record *record, bool weighed) {
  return weighed ? (double)sides->weights[ll_record_row(record)] : 1;
}
static inline double number(const within *w, bool weighed) { return weighed ? w->weight : (double)w->n; }

/* Every u grows by step >= 0. With no row, or no step, there is nothing to add, and 0 × inf would be NaN. */
static inline void grow(within *w, double step, bool squares, bool weighed) {
  if (w->n == 0 || !(step > 0)) return;
  double n_step = number(w, weighed) * step;
  if (squares) w->squares += step * (2 * w->sum + n_step);
  w->sum += n_step;
}

static inline void enter(within *w, double u, double weight, bool squares, bool weighed) {
  w->n++;
  if (weighed) w->weight += weight;
  w->sum += weighed ? weight * u : u;
  if (squares) w->squares += weighed ? weight * u * u : u * u;
}

/* Decoys from the lowest up: the value, and the gradients of decoys. */
static inline double walk_decoys(const ll_pair_walk *sides, double margin, double share, bool squared, bool weighed,
                                 ll_real *grads) {
  const ll_record *decoys = sides->records[DECOYS], *targets = sides->records[TARGETS];
  size_t n = sides->count[DECOYS], m = sides->count[TARGETS];
  within w = {0, 0, 0, 0};
  double total = 0, last = 0;
  double next = (double)ll_record_value(&targets[0]);
  for (size_t i = 0; i < n; i++) {
    double score = (double)ll_record_value(&decoys[i]), own = weight_of(sides, &decoys[i], weighed), u;
    grow(&w, score - last, squared, weighed);
    while (w.n < m && (u = margin - (next - score)) >= 0) {
      enter(&w, u, weight_of(sides, &targets[w.n], weighed), squared, weighed);
      if (w.n < m) next = (double)ll_record_value(&targets[w.n]);
    }
    double cost = squared ? w.squares : w.sum, slope = squared ? 2 * w.sum : number(&w, weighed);
    total += weighed ? own * cost : cost;
    if (grads) grads[ll_record_row(&decoys[i])] = (ll_real)(share * (weighed ? own * slope : slope));
    last = score;
  }
  return total;
}

/* Targets from the highest down: their gradients. */
static inline void walk_targets(const ll_pair_walk *sides, double margin, double share, bool squared, bool weighed,
                                ll_real *grads) {
  const ll_record *decoys = sides->records[DECOYS], *targets = sides->records[TARGETS];
  size_t n = sides->count[TARGETS], m = sides->count[DECOYS];
  within w = {0, 0, 0, 0};
  double last = 0;
  double next = (double)ll_record_value(&decoys[m - 1]);
  for (size_t i = n; i-- > 0;) {
    double score = (double)ll_record_value(&targets[i]), own = weight_of(sides, &targets[i], weighed), u;
    grow(&w, last - score, false, weighed);
    while (w.n < m && (u = margin - (score - next)) >= 0) {
      enter(&w, u, weight_of(sides, &decoys[m - 1 - w.n], weighed), false, weighed);
      if (w.n < m) next = (double)ll_record_value(&decoys[m - 1 - w.n]);
    }
    double slope = squared ? 2 * w.sum : number(&w, weighed);
    grads[ll_record_row(&targets[i])] = (ll_real)(-share * (weighed ? own * slope : slope));
    last = score;
  }
}

static inline double walk(const ll_pair_walk *sides, double margin, double share, bool squared, bool weighed, ll_real *grads) {
  if (grads) walk_targets(sides, margin, share, squared, weighed, grads);
  return walk_decoys(sides, margin, share, squared, weighed, grads);
}

double ll_pair_walk_hinge(const ll_pair_walk *sides, double margin, double share, ll_real *grads) {
  return sides->weights ? walk(sides, margin, share, false, true, grads) : walk(sides, margin, share, false, false, grads);
}

double ll_pair_walk_squared(const ll_pair_walk *sides, double margin, double share, ll_real *grads) {
  return sides->weights ? walk(sides, margin, share, true, true, grads) : walk(sides, margin, share, true, false, grads);
}

ll_status ll_pair_walk_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_pair_walk_form *form) {
  ll_pair_walk sides = {.weights = NULL};
  double weight[2];
  if (!ll_pair_sums_exist(call, sides.count) || !ll_pair_weights(call, sides.count, weight)) return LL_OK;
  if (call->weights) sides.weights = call->weights->data;
  LL_TRY(ll_pair_walk_sort(ctx, loss, call, &sides));
  double share = 1 / (weight[DECOYS] * weight[TARGETS]);
  call->value = share * form(&sides, loss->params[0], share, ll_pair_sums_grads(call));
  return LL_OK;
}
