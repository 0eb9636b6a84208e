/* Tapes: what a piece of work computed, so that a later run of it which computes the same need not search its graphs again.
 *
 * Results that keep a past get places, in the order in which they are made, and so do the leaves that they are made from, when they
 * are first met. An event is a result (its op and the places of its inputs), a backward, or a gradient. What runs have done is kept
 * as a tree of events: two runs share it up to where they differ. A run whose events are all in the tree has made graphs of the
 * same form as a run before it, whatever the numbers and shapes, so the order of a backward, and what it hands to whom, is that of
 * before (the plan). Nothing else is taken from a run before: each op is computed by the same functions as without a tape. */
#include "engine/autograd/tape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TRACES = 32, MOST_EVENTS = 20000 };
enum { RESULT, BACKWARD, GRADIENT };

struct ll_event {
  ll_event *then;  /* what came after it, the last that was added first */
  ll_event *other; /* what came in its place */
  const ll_op *op; /* of a result */
  ll_plan *plan;   /* of a backward or a gradient */
  uint32_t kind, n;
  uint32_t places[]; /* of a result's inputs; of a gradient y, whether the graph is kept and made, then what it is for */
};

struct ll_tape {
  ll_event root, *at; /* at: the last event of the run; NULL: the run has left the tree */
  ll_event *last;     /* a backward or gradient that the run has come to */
  uint64_t run;
  ll_node **nodes; /* borrowed: what stands in each place in this run */
  size_t count, capacity;
  uint32_t *unfolded; /* places of nodes that the walk under way has unfolded */
  size_t n_unfolded, unfolded_capacity;
  size_t events, traces, number; /* number: of the event in this run */
  uint64_t calls, followed;
  ll_tape_where *where;
  void *user;
  bool fresh; /* this run has added to the tree */
  char why[400];
};

ll_status ll_tape_new(ll_ctx *ctx, ll_tape **out) {
  void *block;
  *out = NULL;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  *out = block;
  snprintf((*out)->why, sizeof(*out)->why, "it was not called yet");
  return LL_OK;
}

void ll_tape_free(ll_ctx *ctx, ll_tape *tape) {
  if (!tape) return;
  ll_tape_end(ctx, tape);
  ll_event *list = tape->root.then; /* a tree without recursion: the children of what is freed are put in front */
  while (list) {
    ll_event *event = list, *end = event->then;
    list = event->other;
    if (end) {
      while (end->other) end = end->other;
      end->other = list;
      list = event->then;
    }
    ll_free(ctx, event->plan);
    ll_free(ctx, event);
  }
  ll_free(ctx, tape->nodes);
  ll_free(ctx, tape->unfolded);
  ll_free(ctx, tape);
}

void ll_tape_locate(ll_tape *tape, ll_tape_where *where, void *user) { tape->where = where, tape->user = user; }

bool ll_tape_may_begin(ll_ctx *ctx) {
  const ll_autograd *own = ll_autograd_of(ctx);
  return !own->tape && !own->reporting;
}

bool ll_tape_begin(ll_ctx *ctx, ll_tape *tape) {
  ll_autograd *own = ll_autograd_of(ctx);
  if (own->tape) return false;
  own->tape = tape;
  tape->run = ++own->runs;
  tape->at = &tape->root, tape->last = NULL;
  tape->count = tape->number = tape->n_unfolded = 0;
  tape->fresh = false;
  *tape->why = '\0';
  tape->calls++;
  return true;
}

void ll_tape_end(ll_ctx *ctx, ll_tape *tape) {
  ll_autograd *own = ll_autograd_of(ctx);
  if (own->tape != tape) return;
  if (tape->at && !tape->fresh) tape->followed++;
  own->tape = NULL;
}

void ll_tape_pass(ll_tape *tape, const char *why) {
  tape->calls++;
  if (why) snprintf(tape->why, sizeof tape->why, "%s", why);
  else *tape->why = '\0', tape->followed++;
}

const char *ll_tape_why(const ll_tape *tape) { return *tape->why ? tape->why : NULL; }

ll_tape_counts ll_tape_counted(const ll_tape *tape) { return (ll_tape_counts){tape->calls, tape->followed, tape->traces}; }

/* The first reason of a run stands. */
static void explain(ll_tape *tape, const char *format, ...) {
  char where[120] = "";
  va_list args;
  if (*tape->why) return;
  if (tape->where) tape->where(tape->user, where, sizeof where);
  size_t at = (size_t)snprintf(tape->why, sizeof tape->why, "%s", where);
  va_start(args, format);
  vsnprintf(tape->why + at, sizeof tape->why - at, format, args);
  va_end(args);
}

void ll_tape_leave(ll_tape *tape, const char *why) {
  explain(tape, "%s", why);
  tape->at = NULL;
}

static ll_status grow(ll_ctx *ctx, void **array, size_t size, size_t count, size_t *capacity) {
  if (count < *capacity) return LL_OK;
  size_t wider = *capacity ? 2 * *capacity : 64;
  LL_TRY(ll_realloc(ctx, array, *capacity * size, wider * size));
  *capacity = wider;
  return LL_OK;
}

static ll_status give_place(ll_ctx *ctx, ll_tape *tape, ll_node *node) {
  void *nodes = tape->nodes;
  LL_TRY(grow(ctx, &nodes, sizeof *tape->nodes, tape->count, &tape->capacity));
  tape->nodes = nodes;
  ll_mark(node)->run = tape->run;
  ll_mark(node)->place = (uint32_t)tape->count;
  tape->nodes[tape->count++] = node;
  return LL_OK;
}

/* [out] 0 for what wants no gradient, else 1 + the place. A leaf gets one; any other that has none was made outside of the run,
 * which then leaves the tree. */
static ll_status place_of(ll_ctx *ctx, ll_tape *tape, ll_node *node, uint32_t *out) {
  *out = 0;
  if (!node->requires_grad) return LL_OK;
  if (ll_mark(node)->run != tape->run) {
    if (node->n_inputs || node->freed) {
      explain(tape, "a result %zux%zu%s%s that was there before the call is used with its past", node->value.rows, node->value.cols,
              node->op ? " of " : "", node->op ? ll_node_title(node) : "");
      tape->at = NULL;
      return LL_OK;
    }
    LL_TRY(give_place(ctx, tape, node));
  }
  *out = 1 + ll_mark(node)->place;
  return LL_OK;
}

static const char *named(const ll_event *event) {
  return event->kind == BACKWARD ? "backward" : event->kind == GRADIENT ? "a gradient" : event->op->name;
}

static bool same(const ll_event *a, const ll_event *b) {
  return a->op == b->op && a->kind == b->kind && a->n == b->n && memcmp(a->places, b->places, a->n * sizeof *a->places) == 0;
}

/* Goes on to the event: one that is there, or a new one. */
static ll_status go_to(ll_ctx *ctx, ll_tape *tape, const ll_event *event) {
  ll_event *from = tape->at;
  tape->number++;
  tape->at = NULL; /* until it is done */
  for (ll_event *e = from->then; e; e = e->other)
    if (same(e, event)) {
      tape->at = e;
      return LL_OK;
    }
  bool branches = from->then || from == &tape->root;
  if (from->then)
    explain(tape, "%s came as number %zu, where %s%s had been traced", named(event), tape->number, named(from->then),
            from->then->op == event->op ? " of other matrices" : "");
  else explain(tape, "it is traced: no call before it had computed so far");
  if ((branches && tape->traces >= MOST_TRACES) || tape->events >= MOST_EVENTS) {
    size_t at = strlen(tape->why);
    snprintf(tape->why + at, sizeof tape->why - at, "; after %zu traces of %zu operations no more are kept", tape->traces,
             tape->events);
    return LL_OK;
  }
  void *block;
  LL_TRY(ll_alloc(ctx, &block, sizeof *event + event->n * sizeof *event->places));
  memcpy(block, event, sizeof *event + event->n * sizeof *event->places);
  ll_event *made = block;
  made->then = NULL, made->plan = NULL, made->other = from->then;
  from->then = made;
  tape->events++;
  tape->traces += branches;
  tape->fresh = true;
  tape->at = made;
  return LL_OK;
}

/* Room for an event of the most places. */
typedef union any {
  ll_event event;
  unsigned char room[sizeof(ll_event) + (LL_MOST_INPUTS + 4) * sizeof(uint32_t)];
} any;

/* Whether the node is what came here the last time: then the run is there. Leaves that are met are given their places. */
static bool as_before(ll_tape *tape, ll_node *node) {
  ll_event *e = tape->at->then;
  if (!e || e->op != node->op || e->n != node->n_inputs || tape->count + e->n >= tape->capacity) return false;
  for (uint32_t i = 0; i < e->n; i++) {
    ll_node *input = node->inputs[i];
    ll_marked *mark = ll_mark(input);
    uint32_t place = e->places[i];
    if (!input->requires_grad) {
      if (place) return false;
    } else if (mark->run != tape->run) {
      if (input->n_inputs || input->freed || place != tape->count + 1) return false;
      mark->run = tape->run, mark->place = (uint32_t)tape->count;
      tape->nodes[tape->count++] = input;
    } else if (mark->place + 1 != place) {
      return false;
    }
  }
  ll_mark(node)->run = tape->run, ll_mark(node)->place = (uint32_t)tape->count;
  tape->nodes[tape->count++] = node;
  tape->number++;
  tape->at = e;
  return true;
}

ll_status ll_tape_result(ll_ctx *ctx, ll_tape *tape, ll_node *node) {
  any a;
  ll_event *e = &a.event;
  if (!tape->at || as_before(tape, node)) return LL_OK;
  e->op = node->op, e->kind = RESULT, e->n = node->n_inputs;
  for (uint32_t i = 0; i < node->n_inputs; i++) {
    LL_TRY(place_of(ctx, tape, node->inputs[i], &e->places[i]));
    if (!tape->at) return LL_OK;
  }
  LL_TRY(give_place(ctx, tape, node));
  return go_to(ctx, tape, e);
}

/* ---- plans ------------------------------------------------------------------------------------------------------------------ */

ll_status ll_tape_asked(ll_ctx *ctx, ll_tape *tape, const ll_asked *asked, const ll_plan **plan) {
  any a;
  ll_event *e = &a.event;
  *plan = NULL;
  tape->last = NULL;
  tape->n_unfolded = 0;
  if (!tape->at) return LL_OK;
  if (asked->n > LL_MOST_INPUTS) {
    ll_tape_leave(tape, "a gradient for more matrices than are followed");
    return LL_OK;
  }
  e->op = NULL, e->kind = asked->leaves ? BACKWARD : GRADIENT, e->n = 2 + (uint32_t)asked->n;
  LL_TRY(place_of(ctx, tape, asked->y, &e->places[0]));
  if (!tape->at) return LL_OK;
  e->places[1] = asked->keep_graph | (uint32_t)asked->create_graph << 1;
  for (size_t i = 0; i < asked->n; i++) {
    const ll_marked *mark = ll_mark(asked->xs[i]);
    e->places[2 + i] = mark->run == tape->run ? 1 + mark->place : 0; /* 0: y does not depend on it */
  }
  LL_TRY(go_to(ctx, tape, e));
  tape->last = tape->at;
  if (tape->at) *plan = tape->at->plan;
  return LL_OK;
}

ll_status ll_tape_unfolded(ll_ctx *ctx, ll_tape *tape, const ll_node *node) {
  void *list = tape->unfolded;
  if (!tape->last || ll_mark((ll_node *)(uintptr_t)node)->run != tape->run) return LL_OK;
  LL_TRY(grow(ctx, &list, sizeof *tape->unfolded, tape->n_unfolded, &tape->unfolded_capacity));
  tape->unfolded = list;
  tape->unfolded[tape->n_unfolded++] = ll_mark((ll_node *)(uintptr_t)node)->place;
  return LL_OK;
}

ll_status ll_tape_keep(ll_ctx *ctx, ll_tape *tape, const ll_walked *order, size_t count) {
  void *block;
  if (!tape->at || !tape->last || tape->last->plan) return LL_OK;
  for (size_t i = 0; i < count; i++)
    if (ll_mark(order[i].node)->run != tape->run) {
      ll_tape_leave(tape, "a gradient goes to results that were there before the call");
      return LL_OK;
    }
  LL_TRY(ll_alloc(ctx, &block, sizeof(ll_plan) + count * sizeof(ll_planned) + tape->n_unfolded * sizeof *tape->unfolded));
  ll_plan *plan = block;
  plan->n = count, plan->n_unfolded = tape->n_unfolded;
  plan->unfolded = (void *)(plan->steps + count);
  for (size_t i = 0; i < count; i++)
    plan->steps[i] =
        (ll_planned){.place = ll_mark(order[i].node)->place, .wanting = ll_tape_wanting(order[i].node), .walked = order[i]};
  if (plan->n_unfolded) memcpy(plan->unfolded, tape->unfolded, plan->n_unfolded * sizeof *plan->unfolded);
  tape->last->plan = plan;
  return LL_OK;
}

ll_node *const *ll_tape_nodes(const ll_tape *tape) { return tape->at ? tape->nodes : NULL; }
