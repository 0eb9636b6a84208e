/* What the files of ll.optim share. */
#ifndef LOSSLAB_BIND_OPTIM_H
#define LOSSLAB_BIND_OPTIM_H

#include "lua/bind/bind.h"

#define BIND_OPTIMIZER "losslab.optimizer"

/* Whether a closure of the optimizer at argument 1 runs. */
bool bind_optim_busy(lua_State *L);
/* The leaves at index (an array of matrices, one matrix, or a network, which is replaced by its parameters), in an array that
 * Lua owns and the stack keeps. */
ll_node **bind_optim_leaves(lua_State *L, int index, const char *what, size_t *n);

/* Methods of an optimizer: optim_step.c, optim_bounds.c; the functions of the module that do the same without one. */
extern const bind_function bind_optim_steps[], bind_optim_bounds[], bind_optim_functions[];
/* __index, __newindex and __tostring (optim_fields.c). */
int bind_optim_index(lua_State *L);
int bind_optim_newindex(lua_State *L);
int bind_optim_tostring(lua_State *L);

/* Adds list, describe and projections to the table on top. */
void bind_optim_rows(lua_State *L);

#endif
