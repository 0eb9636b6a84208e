/* What a context keeps for graphs, and what a walk over a graph keeps in its nodes; for the files of autograd. */
#ifndef LOSSLAB_ENGINE_AUTOGRAD_H
#define LOSSLAB_ENGINE_AUTOGRAD_H

#include "engine/autograd/node.h"
#include "engine/base/ctx.h"

enum { LL_AUTOGRAD_ROOM = 1 };

/* A node in the order of a walk. */
typedef struct ll_walked {
  ll_node *node;
  uint64_t need; /* bit i: input i gets a gradient */
  bool wanted;   /* a gradient is asked for here or below */
  bool leaf;
  bool kept; /* asked for here: its gradient stays until the end */
} ll_walked;

typedef struct ll_autograd {
  ll_node *spare;      /* free nodes, chained through their first inputs */
  bool forgetful;      /* recording is off */
  bool watching;       /* results and gradients are looked at */
  bool reporting;      /* the hook is being called */
  ll_watch_hook *hook; /* of the watch, and its data */
  void *data;
  uint64_t walks;   /* the number of the last walk */
  ll_walked *order; /* scratch of a walk, kept from step to step */
  size_t order_capacity;
  ll_tape *tape; /* [opt] what is computed is told to it */
  uint64_t runs; /* the number of the last run with a tape */
} ll_autograd;
_Static_assert(sizeof(ll_autograd) <= LL_CTX_ROOM, "it has room");

static inline ll_autograd *ll_autograd_of(ll_ctx *ctx) { return (ll_autograd *)(void *)ctx->rooms[LL_AUTOGRAD_ROOM].bytes; }

/* Every node is the first member of one of these. */
typedef struct ll_marked {
  ll_node node;
  uint64_t walk;            /* the walk that what follows belongs to */
  ll_node *gradient;        /* what has reached the node so far */
  struct ll_marked *parent; /* from which the walk came */
  uint64_t run;             /* the run of a tape in which it has a place, and that */
  uint32_t place;
  uint32_t next; /* the input to look at next */
  bool wanted;   /* a gradient is asked for here or below */
  bool kept;     /* asked for here */
} ll_marked;

static inline ll_marked *ll_mark(ll_node *node) { return (ll_marked *)(void *)node; }

#endif
