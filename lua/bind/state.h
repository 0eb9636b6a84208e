/* What the binding keeps for each Lua state. */
#ifndef LOSSLAB_BIND_STATE_H
#define LOSSLAB_BIND_STATE_H

#include "lua/bind/bind.h"

typedef struct bind_state {
  ll_ctx *ctx;
  const void *matrix_class; /* the metatable of matrices, to know one without a look-up by name */
  bool sealed;              /* files and processes are out of reach: core.seal */
  size_t unseen;            /* bytes of matrices that the collector has not been told of */
  size_t kept;              /* bytes beyond half of the limit from which all garbage is collected at once */
  uint64_t compared, empty; /* evaluations of losses: in which something was compared, in which nothing was */
} bind_state;

void bind_state_open(lua_State *L);
bind_state *bind_state_get(lua_State *L);

#endif
