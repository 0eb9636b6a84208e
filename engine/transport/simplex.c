/* The network simplex for the transport problem. What makes it end: masses are whole numbers, so a flow of 0 is exactly 0; every
 * tree is strongly feasible (an arc without flow leads up from a source to a sink), kept so by the choice of the leaving arc
 * (Cunningham 1976), so no tree comes twice; and a potential is a function of the tree alone, summed down from the root, so
 * nothing drifts. What makes it fast: a row of the cost is priced by one vectorised sweep, and the rows of a block give a list of
 * candidates that serves several pivots. */
#include <float.h>
#include <math.h>

#include "engine/base/ctx.h"
#include "engine/transport/transport.h"

enum { BLOCK = 48 }; /* rows priced at a time, and the longest list of candidates */

typedef struct candidate {
  uint32_t source, sink; /* sink: a node, n or more */
} candidate;

typedef struct search {
  ll_simplex *tree;
  double tolerance; /* relative to the terms of a reduced cost */
  size_t row;       /* the next to price */
  candidate list[BLOCK];
  size_t listed;
} search;

void ll_simplex_link(ll_simplex *t, uint32_t child, uint32_t parent, int64_t flow, double cost) {
  ll_simplex_node *c = &t->node[child], *p = &t->node[parent];
  c->parent = parent, c->flow = flow, c->cost = cost;
  c->previous = LL_NO_NODE, c->next = p->child;
  if (p->child != LL_NO_NODE) t->node[p->child].previous = child;
  p->child = child;
}

static void unlink_child(ll_simplex *t, uint32_t child) {
  ll_simplex_node *c = &t->node[child];
  if (c->previous == LL_NO_NODE) t->node[c->parent].child = c->next;
  else t->node[c->previous].next = c->next;
  if (c->next != LL_NO_NODE) t->node[c->next].previous = c->previous;
}

void ll_simplex_settle(ll_simplex *t, uint32_t top) {
  uint32_t at = top;
  for (;;) {
    ll_simplex_node *node = &t->node[at];
    if (node->parent != LL_NO_NODE) {
      node->depth = t->node[node->parent].depth + 1;
      t->potential[at] = node->cost - t->potential[node->parent];
    }
    if (node->child != LL_NO_NODE) {
      at = node->child;
      continue;
    }
    while (at != top && t->node[at].next == LL_NO_NODE) at = t->node[at].parent;
    if (at == top) return;
    at = t->node[at].next;
  }
}

static double cost_of(const ll_simplex *t, uint32_t source, uint32_t sink) {
  return (double)ll_matrix_row(t->cost, source)[sink - t->n];
}

/* How far below 0 the reduced cost of an arc is, 0 if rounding may have made it so. */
static double gain(const search *s, uint32_t source, uint32_t sink) {
  double c = cost_of(s->tree, source, sink), u = s->tree->potential[source], v = s->tree->potential[sink];
  double reduced = c - u - v;
  return reduced < -s->tolerance * (fabs(c) + fabs(u) + fabs(v)) ? -reduced : 0;
}

/* [out] the best of the candidates left from the last pricing; false if none of them would still lower the cost. */
static bool best_listed(search *s, candidate *out) {
  double best = 0;
  size_t kept = 0;
  for (size_t k = 0; k < s->listed; k++) {
    candidate c = s->list[k];
    double g = gain(s, c.source, c.sink);
    if (!(g > 0)) continue;
    s->list[kept++] = c;
    if (g > best) best = g, *out = c;
  }
  s->listed = kept;
  return kept > 0;
}

/* Prices rows until a block of them gives candidates; false if no row gives one: the tree is optimal. */
static bool price(search *s) {
  const ll_simplex *t = s->tree;
  const ll_transport_kernels *k = ll_transport_kernels_get();
  const double *v = t->potential + t->n;
  size_t in_block = 0;
  s->listed = 0;
  for (size_t seen = 0; seen < t->n; seen++) {
    uint32_t i = (uint32_t)s->row;
    if (++s->row == t->n) s->row = 0;
    if (t->mass[i] > 0) {
      const ll_real *c = ll_matrix_row(t->cost, i);
      double least = k->least(c, v, t->m);
      if (least < t->potential[i]) {
        uint32_t sink = (uint32_t)(t->n + k->first(c, v, t->m, least));
        if (gain(s, i, sink) > 0) s->list[s->listed++] = (candidate){i, sink};
      }
    }
    if (++in_block == BLOCK) {
      if (s->listed) return true;
      in_block = 0;
    }
  }
  return s->listed > 0;
}

typedef struct leaving {
  uint32_t node; /* whose arc to its parent leaves */
  int64_t flow;
  bool at_sink; /* on the side of the entering arc's sink */
} leaving;

/* The last arc that blocks, going round the cycle along the entering arc from its apex. */
static leaving find_leaving(const ll_simplex *t, uint32_t source, uint32_t sink, uint32_t *apex) {
  leaving out = {LL_NO_NODE, INT64_MAX, false};
  uint32_t a = source, b = sink;
  while (a != b) { /* the deeper end climbs, so both reach the apex */
    const ll_simplex_node *na = &t->node[a], *nb = &t->node[b];
    if (na->depth >= nb->depth) {
      if (a < t->n && na->flow < out.flow) out = (leaving){a, na->flow, false};
      a = na->parent;
    } else {
      if (b >= t->n && nb->flow <= out.flow) out = (leaving){b, nb->flow, true};
      b = nb->parent;
    }
  }
  *apex = a;
  return out;
}

static void push_flow(ll_simplex *t, uint32_t source, uint32_t sink, uint32_t apex, int64_t flow) {
  for (uint32_t x = source; x != apex; x = t->node[x].parent) t->node[x].flow += x < t->n ? -flow : flow;
  for (uint32_t x = sink; x != apex; x = t->node[x].parent) t->node[x].flow += x < t->n ? flow : -flow;
}

/* The arc enters; the path from its end below the leaving arc up to there is turned round. */
static int64_t pivot(ll_simplex *t, candidate in) {
  uint32_t apex;
  leaving out = find_leaving(t, in.source, in.sink, &apex);
  if (out.flow > 0) push_flow(t, in.source, in.sink, apex, out.flow);
  uint32_t at = out.at_sink ? in.sink : in.source, top = at, parent = out.at_sink ? in.source : in.sink;
  int64_t flow = out.flow;
  double cost = cost_of(t, in.source, in.sink);
  for (;;) {
    ll_simplex_node old = t->node[at];
    unlink_child(t, at);
    ll_simplex_link(t, at, parent, flow, cost);
    if (at == out.node) break;
    parent = at, at = old.parent, flow = old.flow, cost = old.cost;
  }
  ll_simplex_settle(t, top);
  t->pivots++;
  return out.flow;
}

ll_status ll_simplex_optimise(ll_ctx *ctx, ll_simplex *t) {
  search s = {.tree = t, .tolerance = 16 * DBL_EPSILON};
  /* Should rounding ever make the pivots go in circles, no flow moves for longer than in any run of degenerate pivots. A wider
   * tolerance then ends it, and the report's error shows what that cost. */
  size_t still = 0, patience = 1000 * (t->n + t->m);
  candidate in = {0, 0};
  for (;;) {
    if (!best_listed(&s, &in)) {
      LL_TRY(ll_ctx_go_on(ctx));
      if (!price(&s)) return LL_OK;
      continue;
    }
    still = pivot(t, in) > 0 ? 0 : still + 1;
    if (still > patience) s.tolerance *= 4, still = 0;
  }
}
