/* What the bindings of result databases share. */
#ifndef LOSSLAB_BIND_STORE_H
#define LOSSLAB_BIND_STORE_H

#include "lua/bind/bind.h"

/* The path at argument 1, which holds no zero byte. */
const char *bind_store_path(lua_State *L);

/* lock(path), and the class of what it gives (lua/bind/store_lock.c). */
int bind_store_lock(lua_State *L);
void bind_store_lock_class(lua_State *L);

#endif
