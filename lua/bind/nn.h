/* What the files of ll.nn share. */
#ifndef LOSSLAB_BIND_NN_H
#define LOSSLAB_BIND_NN_H

#include "lua/bind/bind.h"

#define BIND_MLP "losslab.mlp"

/* The network at argument 1. */
ll_mlp *bind_mlp(lua_State *L);

/* Methods of an mlp: nn_state.c. Functions of the module: nn_state.c, nn_parts.c. */
extern const bind_function bind_nn_saving[], bind_nn_states[], bind_nn_parts[];

#endif
