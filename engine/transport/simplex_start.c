/* The first tree. Each sink's price is the least of its column; then each source in turn sends what it has to the sinks still open
 * where cost less price is least. The arcs used are a forest, each of whose trees holds a source. The trees are joined one by one:
 * the next hangs by a source, on an arc without flow, from a sink of those already joined. So the tree is strongly feasible, and no
 * artificial arc of some large cost is needed. */
#include <math.h>
#include <string.h>

#include "engine/transport/transport.h"

typedef struct arc {
  uint32_t source, sink;
  int64_t flow;
} arc;

typedef struct forest {
  arc *arcs;
  size_t count;
  uint32_t *begin, *adjacent; /* node x's arcs: adjacent[begin[x]..begin[x + 1]) */
  uint32_t *queue;
} forest;

/* price[j]: the least of column j over the sources with mass; -inf for a sink without demand, which then is never the cheapest. */
static void open_columns(const ll_simplex *t, double *price) {
  const ll_transport_kernels *k = ll_transport_kernels_get();
  for (size_t j = 0; j < t->m; j++) price[j] = INFINITY;
  for (size_t i = 0; i < t->n; i++)
    if (t->mass[i] > 0) k->lower(ll_matrix_row(t->cost, i), 0, price, t->m);
  for (size_t j = 0; j < t->m; j++)
    if (t->mass[t->n + j] == 0) price[j] = -INFINITY;
}

static void allocate(const ll_simplex *t, double *price, int64_t *left, forest *f) {
  const ll_transport_kernels *k = ll_transport_kernels_get();
  for (uint32_t i = 0; i < t->n; i++) {
    const ll_real *c = ll_matrix_row(t->cost, i);
    while (left[i] > 0) {
      size_t j = k->first(c, price, t->m, k->least(c, price, t->m));
      int64_t flow = left[i] < left[t->n + j] ? left[i] : left[t->n + j];
      f->arcs[f->count++] = (arc){i, (uint32_t)(t->n + j), flow};
      left[i] -= flow, left[t->n + j] -= flow;
      if (left[t->n + j] == 0) price[j] = -INFINITY;
    }
  }
}

static void index_arcs(const ll_simplex *t, forest *f) {
  size_t nodes = t->n + t->m;
  for (size_t k = 0; k < f->count; k++) f->begin[f->arcs[k].source + 1]++, f->begin[f->arcs[k].sink + 1]++;
  for (size_t x = 0; x < nodes; x++) f->begin[x + 1] += f->begin[x];
  for (size_t k = f->count; k-- > 0;) {
    f->adjacent[--f->begin[f->arcs[k].source + 1]] = (uint32_t)k;
    f->adjacent[--f->begin[f->arcs[k].sink + 1]] = (uint32_t)k;
  }
  memmove(f->begin, f->begin + 1, nodes * sizeof *f->begin); /* each now stands at its own begin */
  f->begin[nodes] = (uint32_t)(2 * f->count);
}

/* Hangs the tree of the forest that holds `top` below it. */
static void grow(ll_simplex *t, forest *f, uint32_t top) {
  size_t head = 0, tail = 0;
  f->queue[tail++] = top;
  while (head < tail) {
    uint32_t x = f->queue[head++];
    for (uint32_t k = f->begin[x]; k < f->begin[x + 1]; k++) {
      const arc *a = &f->arcs[f->adjacent[k]];
      uint32_t other = a->source == x ? a->sink : a->source;
      if (other == t->node[x].parent) continue;
      ll_simplex_link(t, other, x, a->flow, (double)ll_matrix_row(t->cost, a->source)[a->sink - t->n]);
      f->queue[tail++] = other;
    }
  }
}

static void join(ll_simplex *t, forest *f) {
  const ll_transport_kernels *k = ll_transport_kernels_get();
  size_t nodes = t->n + t->m;
  for (size_t x = 0; x < nodes; x++) {
    t->node[x] = (ll_simplex_node){LL_NO_NODE, LL_NO_NODE, LL_NO_NODE, LL_NO_NODE, 0, 0, 0};
    t->potential[x] = -INFINITY;
  }
  t->root = LL_NO_NODE;
  for (uint32_t i = 0; i < t->n; i++) {
    if (t->mass[i] == 0 || t->potential[i] > -INFINITY) continue;
    t->potential[i] = 0;
    if (t->root == LL_NO_NODE) t->root = i;
    else {
      const double *v = t->potential + t->n; /* -inf for sinks not yet joined, so the cheapest is one that is */
      const ll_real *c = ll_matrix_row(t->cost, i);
      size_t j = k->first(c, v, t->m, k->least(c, v, t->m));
      ll_simplex_link(t, i, (uint32_t)(t->n + j), 0, (double)c[j]);
    }
    grow(t, f, i);
    ll_simplex_settle(t, i);
  }
}

ll_status ll_simplex_start(ll_ctx *ctx, ll_simplex *t) {
  size_t nodes = t->n + t->m;
  void *block = NULL;
  forest f = {0};
  /* arcs, what is left of each mass, prices, begins, two ends for each arc, the queue */
  size_t bytes = nodes * (sizeof(arc) + sizeof(int64_t) + sizeof(double)) + (4 * nodes + 1) * sizeof(uint32_t);
  LL_TRY(ll_calloc(ctx, &block, bytes, 1));
  int64_t *left = block;
  double *price = (double *)(left + nodes);
  f.arcs = (arc *)(price + nodes);
  f.begin = (uint32_t *)(f.arcs + nodes);
  f.adjacent = f.begin + nodes + 1;
  f.queue = f.adjacent + 2 * nodes;
  memcpy(left, t->mass, nodes * sizeof *left);
  open_columns(t, price);
  allocate(t, price, left, &f);
  index_arcs(t, &f);
  join(t, &f);
  ll_free(ctx, block);
  return LL_OK;
}
