/* Whole steps of training as objects: ll.compile { net, loss, optimizer }. */
#ifndef LOSSLAB_BIND_STEP_WHOLE_H
#define LOSSLAB_BIND_STEP_WHOLE_H

#include "lua/bind/bind.h"

void bind_step_whole_open(lua_State *L);
/* Of the table at 1; pushes the step. */
int bind_step_whole_new(lua_State *L);

#endif
