/* losslab/graph.h: matrices that remember how they were made, and gradients that are themselves such matrices.
 *
 * A node holds a matrix and, where a gradient is wanted, the op and inputs it came from. Ops are rows of one table
 * (engine/autograd/ops.def): name, arity, formula, forward, and a vector-Jacobian product written with ops, which is
 * why a gradient can be differentiated again.
 *
 * Nodes are reference-counted: every function that gives a node in *out gives one reference, to be given back with
 * ll_node_release. Inputs are borrowed. *out is NULL after a failure. */
#ifndef LOSSLAB_GRAPH_H
#define LOSSLAB_GRAPH_H

#include "losslab/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LL_MAX_INPUTS = 4 };

typedef struct ll_node ll_node;
typedef struct ll_op ll_op;

/* What an op takes besides its input matrices. */
typedef enum ll_op_args_kind {
  LL_ARGS_NONE,
  LL_ARGS_SCALE,      /* number a (default 1), number b (default 0) */
  LL_ARGS_POWER,      /* number a */
  LL_ARGS_CLAMP,      /* numbers a <= b */
  LL_ARGS_FLAGS,      /* two booleans: transpose the first, the second input */
  LL_ARGS_SHAPE,      /* rows i, columns j */
  LL_ARGS_RANGE,      /* first i, from 0, and count j (from Lua: first and last, from 1) */
  LL_ARGS_PAD,        /* first i, from 0, and total j (from Lua: from 1) */
  LL_ARGS_CORRECTION, /* number a (default 1) */
  LL_ARGS_REVERSE,    /* a boolean: from the end */
  LL_ARGS_LIST,       /* list[0..listed) of indices from 0 (from Lua: an array or a column, from 1) */
  LL_ARGS_PLACES,     /* a list, and the total i of rows or columns */
  LL_ARGS_TRANSPOSED, /* a boolean: the first input is transposed */
  LL_ARGS_TRIANGLE,   /* two booleans: upper, and the first input transposed */
  LL_ARGS_KIND_COUNT
} ll_op_args_kind;

typedef struct ll_op_args {
  double a, b;
  size_t i, j;
  bool transpose_a, transpose_b, reverse, upper;
  const uint32_t *list; /* borrowed by ll_apply: the op keeps a copy */
  size_t listed;
} ll_op_args;

struct ll_op {
  const char *name, *formula;
  int arity;
  ll_op_args_kind args;
  double low, high; /* where the tests sample its inputs */
  bool linear;      /* its derivative reads none of the elements of its inputs and result */
  /* Fills out->value from out->inputs and args; allocates it. Errors: LL_ERR_SHAPE, LL_ERR_MEMORY. */
  ll_status (*forward)(ll_ctx *ctx, ll_node *out);
  /* For each input i with need[i]: grads[i] = (d out / d input_i)^T g, of input_i's shape, one reference each; NULL where
   * it is zero. grads[] comes as NULLs; what is filled when it fails is released by the caller. */
  ll_status (*vjp)(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads);
  /* [opt] the name for messages, where one op stands for several functions: the name of a loss */
  const char *(*title)(const ll_node *out);
  /* [opt] of an op that stands for several others: makes the node the last of them, with the others below it. Done where the
   * derivative is to be differentiated in its turn. */
  ll_status (*unfold)(ll_ctx *ctx, ll_node *out);
};

struct ll_node {
  ll_matrix value;
  const ll_op *op;  /* NULL: a leaf, or a result whose graph was given back */
  ll_node **inputs; /* its own `few`, or, of an op with more than LL_MAX_INPUTS, room in its payload */
  uint32_t n_inputs;
  ll_op_args args;
  ll_node *grad; /* what backward has accumulated in a leaf; NULL: nothing yet */
  ll_node *past; /* an op's forward result, kept by the ops of its derivatives */
  void *payload; /* an op's own data, freed by free_payload */
  void (*free_payload)(ll_ctx *ctx, void *payload);
  uint64_t *versions; /* of the inputs' buffers and its own, when it was recorded: its own few, or beside the inputs */
  uint32_t refs;
  bool requires_grad; /* of a result: its past is kept */
  bool freed;         /* its past was given back by a backward */
  bool cleared;       /* a leaf whose gradient was forgotten after it had one */
  bool frozen;        /* a leaf that requires a gradient while it is not frozen */
  ll_node *few[LL_MAX_INPUTS];
  uint64_t few_versions[LL_MAX_INPUTS + 1];
};

/* ---- the op table ------------------------------------------------------------------------------------------------ */

extern const ll_op *const ll_ops[]; /* ll_op_count rows, in the order of ops.def */
extern const size_t ll_op_count;
const ll_op *ll_op_find(const char *name); /* NULL if there is none */

/* out = op(inputs[0..arity), args): args may be NULL where the op takes none. Recorded if recording is on and an input
 * requires a gradient. LL_ERR_SHAPE, LL_ERR_RANGE, LL_ERR_MEMORY. */
ll_status ll_apply(ll_ctx *ctx, const ll_op *op, ll_node *const *inputs, const ll_op_args *args, ll_node **out);

/* ---- nodes --------------------------------------------------------------------------------------------------------- */

/* A leaf over m: takes m's reference over (also on failure). LL_ERR_MEMORY. */
ll_status ll_node_new(ll_ctx *ctx, ll_matrix *m, bool requires_grad, ll_node **out);
/* A 1×1 constant. */
ll_status ll_node_number(ll_ctx *ctx, double value, ll_node **out);
ll_node *ll_node_retain(ll_node *node);
void ll_node_release(ll_ctx *ctx, ll_node *node); /* NULL is allowed */
/* The same elements, without a past. */
ll_status ll_node_detach(ll_ctx *ctx, ll_node *node, ll_node **out);
/* The value of a 1×1 node. LL_ERR_SHAPE. */
ll_status ll_node_item(ll_ctx *ctx, const ll_node *node, double *out);
/* Forgets the accumulated gradient. */
void ll_node_clear_grad(ll_ctx *ctx, ll_node *node);
/* Freezes a leaf that requires a gradient, or lets it change again. No gradient reaches a frozen leaf; optimizers and projections
 * leave it alone. Either way its gradient is forgotten. LL_ERR_ARGUMENT for any other node. */
ll_status ll_node_freeze(ll_ctx *ctx, ll_node *node, bool frozen);

/* Whether results remember how they were made; ll_recording turns it on or off and returns what it was. */
bool ll_recording_is_on(const ll_ctx *ctx);
bool ll_recording(ll_ctx *ctx, bool on);

/* A result computed by the caller: for ops outside the table (losses). Takes value and payload over, also on failure;
 * both are kept, and the node recorded, only if recording is on and an input requires a gradient (else the payload is
 * freed at once). */
ll_status ll_node_of_op(ll_ctx *ctx, const ll_op *op, ll_node *const *inputs, size_t n, ll_matrix *value, void *payload,
                        void (*free_payload)(ll_ctx *ctx, void *payload), ll_node **out);

/* ---- watching --------------------------------------------------------------------------------------------------------- */

/* on: every result of an op, and every gradient an op hands on, is looked at. The first that holds a NaN or an infinity makes a
 * report: the op, the place, the shapes of its inputs and which of them held one already. With hook NULL the op, or the
 * backward, then fails with it (LL_ERR_NUMBER); else hook(data, report) is called, once, and watching ends. Watching reads every
 * result once more, so it is meant for finding an error, not for training. */
typedef void ll_watch_hook(void *data, const char *report);
void ll_watch(ll_ctx *ctx, bool on, ll_watch_hook *hook, void *data);
bool ll_watch_is_on(const ll_ctx *ctx);

/* ---- gradients ------------------------------------------------------------------------------------------------------ */

/* Adds d y / d leaf to the grad of every leaf below y that requires one. seed: the gradient of y, NULL if y is 1×1.
 * The graph is freed on the way unless retain. LL_ERR_SHAPE (y is not 1×1 and no seed), LL_ERR_ARGUMENT (nothing
 * below y requires a gradient; the graph was freed already; or what it needs was changed in place), LL_ERR_UNSUPPORTED
 * (an op has no derivative). */
ll_status ll_backward(ll_ctx *ctx, ll_node *y, ll_node *seed, bool retain);

/* out[i] = d y / d xs[i], zeros where y does not depend on xs[i]. create_graph: the results can be differentiated
 * again. retain: keep y's graph (create_graph implies it). Leaves' grads are left alone. Errors as ll_backward. */
ll_status ll_grad(ll_ctx *ctx, ll_node *y, ll_node *seed, ll_node *const *xs, size_t n, bool create_graph, bool retain,
                  ll_node **out);

/* ---- tapes ---------------------------------------------------------------------------------------------------------------
 * A tape follows a piece of work that is done again and again, a step of training: where a run computes what a run before it had
 * computed, op by op and from the same places, gradients go the way that was found then. Where it does not, all is as without a
 * tape, and the tape remembers that run, too, up to so many. Results are the same to the bit, errors the same. */
typedef struct ll_tape ll_tape;
typedef struct ll_tape_counts {
  uint64_t calls, followed; /* runs; those of which everything had been computed before */
  size_t traces;            /* different runs that are remembered */
} ll_tape_counts;
ll_status ll_tape_new(ll_ctx *ctx, ll_tape **out); /* LL_ERR_MEMORY */
void ll_tape_free(ll_ctx *ctx, ll_tape *tape);
/* From now on, until ll_tape_end, the tape follows what the context computes. false, and nothing is done, where one does already.
 */
bool ll_tape_begin(ll_ctx *ctx, ll_tape *tape);
void ll_tape_end(ll_ctx *ctx, ll_tape *tape); /* no effect where the tape does not follow */
/* Whether ll_tape_begin would begin, and no hook of a watch is being called. */
bool ll_tape_may_begin(ll_ctx *ctx);
/* Says why a run is not begun; NULL: since all of it was known beforehand, which counts as followed. */
void ll_tape_pass(ll_tape *tape, const char *why);
/* Why the last run was not followed to its end, or NULL if it was. Stays until the next run. */
const char *ll_tape_why(const ll_tape *tape);
ll_tape_counts ll_tape_counted(const ll_tape *tape);
/* where is asked to write at which place of a program the work is, "file:12: ", for ll_tape_why. */
typedef void ll_tape_where(void *user, char *text, size_t size);
void ll_tape_locate(ll_tape *tape, ll_tape_where *where, void *user);

#ifdef __cplusplus
}
#endif
#endif
