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
/* Whether the plan holds of this run's nodes: none was frozen or freed in between. */
bool ll_tape_follows(const ll_tape *tape, const ll_plan *plan);
/* What stands in a place in this run. */
ll_node *ll_tape_at(const ll_tape *tape, uint32_t place);
/* From here on nothing of the run is followed or kept. */
void ll_tape_leave(ll_tape *tape, const char *why);

#endif
