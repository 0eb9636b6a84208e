/* What the files of the program itself share; not part of the module, which also loads into a plain lua5.4. */
#ifndef LOSSLAB_BIND_PROGRAM_H
#define LOSSLAB_BIND_PROGRAM_H

#include "lua/bind/bind.h"

/* editor(complete): a line editor on the terminal (prompt.c). */
int prompt_editor(lua_State *L);

/* From now on Ctrl-C is noted, and raised in Lua code that runs under guard(); blocked reads come back with EINTR. */
void program_catch_interrupts(void);
/* Whether one has come since the last time this was asked. */
bool program_was_interrupted(void);

#endif
