/* What the binding keeps for each Lua state. */
#ifndef LOSSLAB_BIND_STATE_H
#define LOSSLAB_BIND_STATE_H

#include <stdatomic.h>

#include "losslab/loss.h"
#include "lua/bind/bind.h"

typedef struct bind_state {
  ll_ctx *ctx;
  const void *matrix_class;  /* the metatable of matrices, to know one without a look-up by name */
  lua_CFunction ipairs_next; /* the iterator of ipairs, which must meet nil at the end of a matrix */
  const char *no_grad;       /* why the last m.grad that was read is nil; NULL: it is not, or that was told */
  bool sealed;               /* files and processes are out of reach: core.seal */
  size_t unseen;             /* bytes of matrices that the collector has not been told of */
  size_t kept;               /* bytes beyond half of the limit from which all garbage is collected at once */
  uint64_t compared, empty;  /* evaluations of losses: in which something was compared, in which nothing was */
  int remarks;               /* which remarks of losses are told (remark.c) */
  atomic_uint *told;         /* a bit for each kind of them that was told; NULL until it is asked for */
} bind_state;

void bind_state_open(lua_State *L);
bind_state *bind_state_get(lua_State *L);

/* Tells what the loss has to remark (remark.c). */
void bind_remark(bind_state *state, ll_loss *loss);
/* Makes what was told be shared with the processes that are forked from here on. */
void bind_remark_share(bind_state *state);
void bind_remark_close(bind_state *state);
int bind_remarks(lua_State *L);

#endif
