/* What the files of ll.loss share. */
#ifndef LOSSLAB_BIND_LOSS_H
#define LOSSLAB_BIND_LOSS_H

#include "lua/bind/bind.h"

#define BIND_LOSS "losslab.loss"

/* The loss at argument 1. */
ll_loss *bind_loss(lua_State *L);
/* The weights of a last argument { weights = w }, of which *inputs then counts one less; NULL: there are none. */
const ll_matrix *bind_loss_weights(lua_State *L, const char *who, int *inputs);
/* bind_check of an evaluation of the loss, with what is to be done where it has no history. */
void bind_loss_check(lua_State *L, const ll_loss *loss, ll_status status);

/* The parameters and fields of a loss (loss_fields.c): the method params; __index, __newindex and __tostring. */
int bind_loss_params(lua_State *L);
int bind_loss_index(lua_State *L);
int bind_loss_newindex(lua_State *L);
int bind_loss_tostring(lua_State *L);
/* Pushes what the loss learns as its row says it: { { name, symbol, start, rate, input, element }, … }, input and element from 1.
 */
void bind_loss_push_learnt(lua_State *L, const ll_loss_desc *desc);

/* What the rows of the table say (loss_rows.c): list and describe for the module, and its __index, which suggests the nearest. */
extern const bind_function bind_loss_rows[];
int bind_loss_unknown(lua_State *L);

#endif
