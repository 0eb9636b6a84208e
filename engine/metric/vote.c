/* How likely a class wins a vote in which the last rows are drawn from those at one distance. Rows drawn each by itself, with the
 * chance p = drawn / all, make the numbers of the classes binomial and independent; given that they add up to `drawn`, they are
 * those of a draw without replacement. So for each number of votes that the class may have, the numbers of the others are summed, a
 * class at a time, over all that leave it the winner. */
#include "engine/metric/vote.h"
#include "engine/base/scalar.h"

#include <math.h>
#include <string.h>

#include "losslab/base.h"

static const double TINY = 1e-25; /* beside the most likely number; far below what rounding leaves of a sum of such */

/* chance[0..most]: how likely x of n rows are drawn, each with p in (0, 1); relative to the likeliest x first (or to most, if that
 * is less), so that nothing underflows, then divided by the sum over all x. [out] the range of x that matters. */
static void binomial(size_t n, double p, size_t most, double *chance, size_t *low, size_t *high) {
  size_t top = (size_t)((double)(n + 1) * p), x;
  double sum = 1, term = 1, odds = p / (1 - p);
  if (top > most) top = most;
  memset(chance, 0, (most + 1) * sizeof *chance);
  chance[top] = 1;
  for (x = top; x > 0 && term > TINY; x--) {
    term *= (double)x / ((double)(n - x + 1) * odds);
    chance[x - 1] = term, sum += term;
  }
  *low = x, term = 1;
  for (x = top; x < n && term > TINY; x++) {
    term *= (double)(n - x) * odds / (double)(x + 1);
    if (x < most) chance[x + 1] = term;
    sum += term;
  }
  *high = x < most ? x : most;
  for (x = *low; x <= *high; x++) chance[x] /= sum;
}

/* Node i and weight of the Gauss-Legendre rule with n nodes on (0, 1), exact for polynomials below degree 2n. */
static double node(size_t i, size_t n, double *weight) {
  double z = ll_cos(3.14159265358979323846 * ((double)i + 0.75) / ((double)n + 0.5)), slope = 1;
  for (int turn = 0; turn < 8; turn++) {
    double value = 1, before = 0;
    for (size_t j = 0; j < n; j++) {
      double next = ((2 * (double)j + 1) * z * value - (double)j * before) / ((double)j + 1);
      before = value, value = next;
    }
    slope = (double)n * (z * value - before) / (z * z - 1);
    z -= value / slope;
  }
  *weight = 1 / ((1 - z * z) * slope * slope);
  return 0.5 * (1 + z);
}

/* What the other classes may draw if `own` is to win with its votes. Returns false if one wins whatever is drawn. */
static bool set_limits(ll_vote *v, const ll_vote_party *own, size_t votes, size_t left) {
  for (size_t i = 0; i < v->count; i++) {
    ll_vote_party *c = &v->parties[i];
    size_t before = c->first < own->first; /* with equal votes it wins */
    if (c == own) continue;
    if (c->sure + before > votes) return false;
    size_t room = votes - c->sure - before, can = c->open < left ? c->open : left;
    c->tie = c->first == own->first && room <= can;
    c->idle = !c->tie && room >= can;
    c->limit = room < can ? room : can;
  }
  return true;
}

/* sums[low..high], of how likely so many rows are drawn, with one more class that draws up to its limit, the limit itself counted
 * `edge`. Downwards, so that what is read is not yet written. Returns false if nothing is left. */
static bool add_class(double *sums, size_t *low, size_t *high, const ll_vote_party *c, double edge, size_t left) {
  size_t most = c->limit < c->high ? c->limit : c->high;
  if (most < c->low || *low + c->low > left) return false;
  size_t from = *low + c->low, to = *high + most < left ? *high + most : left;
  for (size_t s = to + 1; s-- > from;) {
    double sum = 0;
    for (size_t x = s > *high + c->low ? s - *high : c->low; x <= most && x + *low <= s; x++)
      sum += c->chance[x] * sums[s - x] * (x == c->limit ? edge : 1);
    sums[s] = sum;
  }
  *low = from, *high = to;
  return true;
}

/* The chance that the others draw `left` rows and the class wins if its nearest row comes at the time 1 - u; see win. */
static double win_at(ll_vote *v, const ll_vote_party *own, double u, size_t left, size_t rest_low, size_t rest_high) {
  size_t low = 0, high = 0;
  double sum = 0;
  v->sums[0] = 1;
  for (size_t i = 0; i < v->count; i++) {
    const ll_vote_party *c = &v->parties[i];
    if (c == own || c->idle) continue;
    if (!add_class(v->sums, &low, &high, c, c->tie ? ll_pow(u, (double)c->peers) : 1, left)) return 0;
  }
  for (size_t s = low; s <= high; s++)
    if (left - s >= rest_low && left - s <= rest_high) sum += v->sums[s] * v->rest[left - s];
  return sum;
}

/* The same in the mean over u: between equal votes the first row decides. If rows at one distance come at random times of a unit,
 * the first of `peers` has for 1 - u the density peers u^(peers - 1), and all of another class come later with u^(its peers); a
 * rule of enough nodes is exact. Classes that cannot win are drawn as one. */
static double win(ll_vote *v, const ll_vote_party *own, size_t votes, size_t left, double p) {
  size_t idle = 0, ties = 0, rest_low = 0, rest_high = 0;
  if (!set_limits(v, own, votes, left)) return 0;
  for (size_t i = 0; i < v->count; i++) {
    const ll_vote_party *c = &v->parties[i];
    if (c == own) continue;
    if (c->idle) idle += c->open;
    if (c->tie) ties += c->peers;
  }
  v->rest[0] = 1;
  if (idle > 0) binomial(idle, p, idle < left ? idle : left, v->rest, &rest_low, &rest_high);
  if (ties == 0) return win_at(v, own, 1, left, rest_low, rest_high);
  if (own->sure == 0 && ties > left / votes) ties = left / votes; /* each of them draws as many as own */
  size_t nodes = (own->peers - 1 + ties) / 2 + 1;
  double chance = 0, weight;
  for (size_t i = 0; i < nodes; i++) {
    double u = node(i, nodes, &weight);
    weight *= (double)own->peers * ll_pow(u, (double)(own->peers - 1));
    chance += weight * win_at(v, own, u, left, rest_low, rest_high);
  }
  return chance;
}

/* Nothing is drawn: the votes are what they are. */
static double certain(const ll_vote *v, const ll_vote_party *own) {
  size_t peers = own->peers;
  for (size_t i = 0; i < v->count; i++) {
    const ll_vote_party *c = &v->parties[i];
    if (c->sure > own->sure || (c->sure == own->sure && c->first < own->first)) return 0;
    if (c != own && c->sure == own->sure && c->first == own->first) peers += c->peers;
  }
  return (double)own->peers / (double)peers;
}

static ll_vote_party *party(ll_vote *v, uint32_t row, size_t first) {
  uint32_t class = v->class_of[row];
  if (v->place[class] == UINT32_MAX) {
    v->place[class] = (uint32_t)v->count;
    v->parties[v->count++] = (ll_vote_party){.class = class, .first = first};
  }
  return &v->parties[v->place[class]];
}

static void fill_parties(ll_vote *v, const ll_neighbours *near, bool drawn) {
  size_t sure = drawn ? near->count - near->drawn : near->count;
  for (size_t i = 0, end; i < sure; i = end) {
    end = ll_neighbours_tie(near, i);
    for (size_t j = i; j < end; j++) {
      ll_vote_party *c = party(v, near->rows[j], i);
      c->sure++;
      if (c->first == i) c->peers++;
    }
  }
  for (size_t i = 0; drawn && i < near->last_count; i++) {
    ll_vote_party *c = party(v, near->last[i], sure);
    c->open++;
    if (c->first == sure) c->peers = 1; /* with equal votes such classes have drawn equally many: each is as likely the first */
  }
}

static double of_drawn(ll_vote *v, const ll_neighbours *near, const ll_vote_party *own) {
  double p = (double)near->drawn / (double)near->last_count, *room = v->chances, chance = 0;
  for (size_t i = 0; i < v->count; i++) {
    ll_vote_party *c = &v->parties[i];
    size_t most = c->open < near->drawn ? c->open : near->drawn;
    binomial(c->open, p, most, room, &c->low, &c->high);
    c->chance = room, room += most + 1;
  }
  size_t low, high;
  binomial(near->last_count, p, near->drawn, v->rest, &low, &high);
  double all = v->rest[near->drawn];
  for (size_t x = own->low; x <= own->high; x++)
    if (own->sure + x > 0) chance += own->chance[x] * win(v, own, own->sure + x, near->drawn - x, p);
  return fmin(1, chance / all);
}

size_t ll_vote_class(const ll_vote *v, ll_real label) {
  size_t low = 0, high = v->classes;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (v->labels[middle] < label) low = middle + 1;
    else high = middle;
  }
  return low < v->classes && v->labels[low] == label ? low : v->classes;
}

double ll_vote_for(ll_vote *v, const ll_neighbours *near, size_t class) {
  bool drawn = near->drawn < near->last_count;
  double chance = 0;
  v->count = 0;
  fill_parties(v, near, drawn);
  if (v->place[class] != UINT32_MAX) {
    const ll_vote_party *own = &v->parties[v->place[class]];
    chance = drawn ? of_drawn(v, near, own) : certain(v, own);
  }
  for (size_t i = 0; i < v->count; i++) v->place[v->parties[i].class] = UINT32_MAX;
  return chance;
}

ll_status ll_vote_open(ll_ctx *ctx, const ll_matrix *labels, size_t k, ll_vote *out) {
  size_t n = labels->rows;
  void *room = NULL;
  *out = (ll_vote){0};
  LL_TRY(ll_calloc(ctx, &room, n, sizeof(uint32_t) + sizeof(ll_real)));
  ll_real *values = room;
  uint32_t *order = (uint32_t *)(values + n);
  for (size_t i = 0; i < n; i++) values[i] = ll_matrix_row(labels, i)[0];
  ll_status status;
  LL_GOTO(cleanup, ll_argsort(ctx, values, n, order));
  for (size_t i = 0; i < n; i++) out->classes += i == 0 || values[order[i]] != values[order[i - 1]];
  size_t c = out->classes;
  LL_GOTO(cleanup, ll_alloc(ctx, &out->block,
                            c * sizeof *out->parties + (n + c + 2 * (k + 1)) * sizeof(double) + c * sizeof *out->labels +
                                (n + c) * sizeof(uint32_t)));
  out->parties = out->block;
  out->chances = (double *)(out->parties + c), out->sums = out->chances + n + c, out->rest = out->sums + k + 1;
  out->labels = (ll_real *)(out->rest + k + 1);
  out->class_of = (uint32_t *)(out->labels + c), out->place = out->class_of + n;
  memset(out->place, 0xff, c * sizeof *out->place);
  for (size_t i = 0, at = 0; i < n; i++) {
    if (i > 0 && values[order[i]] != values[order[i - 1]]) at++;
    out->class_of[order[i]] = (uint32_t)at, out->labels[at] = values[order[i]];
  }
cleanup:
  ll_free(ctx, room);
  return status;
}

void ll_vote_close(ll_ctx *ctx, ll_vote *vote) {
  ll_free(ctx, vote->block);
  *vote = (ll_vote){0};
}
