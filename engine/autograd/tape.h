/* What the files of autograd tell a tape, and what it gives them: see tape.c. */
#ifndef LOSSLAB_ENGINE_TAPE_H
#define LOSSLAB_ENGINE_TAPE_H

#include "engine/autograd/autograd.h"

typedef struct ll_event ll_event;

/* A node of a backward's order, with what was known of its inputs when it was planned. */
typedef struct ll_planned {
  uint32_t place;
  uint64_t wanting; /* bit i: input i required a gradient */
  ll_walked walked; /* its node is of the run that made the plan */
} ll_planned;

typedef struct ll_plan {
  size_t n, n_unfolded;
  uint32_t *unfolded; /* places of nodes to unfold first */
  ll_planned steps[]; /* inputs before results */
} ll_plan;

/* What is asked of a backward, or of a gradient for xs. */
typedef struct ll_asked {
  ll_node *y;
  bool leaves, keep_graph, create_graph;
  ll_node *const *xs;
  size_t n;
} ll_asked;

/* A result was recorded. LL_ERR_MEMORY: the run has then left the tree. */
ll_status ll_tape_result(ll_ctx *ctx, ll_tape *tape, ll_node *node);
/* A backward or a gradient begins. [out] its plan, or NULL. LL_ERR_MEMORY. */
ll_status ll_tape_asked(ll_ctx *ctx, ll_tape *tape, const ll_asked *asked, const ll_plan **plan);
/* The walk that began unfolds a node: to be called before it does. LL_ERR_MEMORY. */
ll_status ll_tape_unfolded(ll_ctx *ctx, ll_tape *tape, const ll_node *node);
/* Keeps the order that was found as the plan of what began. LL_ERR_MEMORY. */
ll_status ll_tape_keep(ll_ctx *ctx, ll_tape *tape, const ll_walked *order, size_t count);
/* What stands in each place in this run, as long as it is in the tree; else NULL. */
ll_node *const *ll_tape_nodes(const ll_tape *tape);
/* Bit i: input i requires a gradient. */
static inline uint64_t ll_tape_wanting(const ll_node *node) {
  uint64_t mask = 0;
  for (uint32_t i = 0; i < node->n_inputs; i++) mask |= (uint64_t)node->inputs[i]->requires_grad << i;
  return mask;
}
/* From here on nothing of the run is followed or kept. */
void ll_tape_leave(ll_tape *tape, const char *why);

#endif
