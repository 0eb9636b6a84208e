/* Files from Lua (writer.c), for the module that shows them (system.c). */
#ifndef LOSSLAB_BIND_WRITER_H
#define LOSSLAB_BIND_WRITER_H

#include "lua/bind/bind.h"

int writer_write(lua_State *L);
int writer_new(lua_State *L);
/* Registers the class of what writer_new gives. */
void writer_open(lua_State *L);

#endif
