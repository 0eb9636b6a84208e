/* What the bindings of peptide-spectrum matches share. */
#ifndef LOSSLAB_BIND_PSM_H
#define LOSSLAB_BIND_PSM_H

#include "lua/bind/bind.h"

#define BIND_PSMS "losslab.psms"

/* The matches at index; raises if it is another value or closed. */
ll_psms *bind_psms(lua_State *L, int index);
/* What is made of them (psm_write.c): methods, and a class that nobody holds. */
extern const bind_function bind_psms_making[];
void bind_psms_open(lua_State *L);
/* Functions of ll.psm (psm_marks.c). */
extern const bind_function bind_psm_marks[];
/* Their set, which is pushed. */
ll_data *bind_psms_data(lua_State *L, int index);

#endif
