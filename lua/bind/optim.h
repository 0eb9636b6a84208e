/* What the files of ll.optim share. */
#ifndef LOSSLAB_BIND_OPTIM_H
#define LOSSLAB_BIND_OPTIM_H

#include <lua.h>

/* Adds list, describe and projections to the table on top. */
void bind_optim_rows(lua_State *L);

#endif
