/* What the bindings of peptide-spectrum matches share. */
#ifndef LOSSLAB_BIND_PSM_H
#define LOSSLAB_BIND_PSM_H

#include "lua/bind/bind.h"

#define BIND_PSMS "losslab.psms"

/* The matches at index; raises if it is another value or closed. */
ll_psms *bind_psms(lua_State *L, int index);
/* Their set, which is pushed. */
ll_data *bind_psms_data(lua_State *L, int index);

#endif
