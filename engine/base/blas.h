/* What BLAS itself needs of memory. */
#ifndef LOSSLAB_ENGINE_BLAS_H
#define LOSSLAB_ENGINE_BLAS_H

#include "losslab/base.h"

/* Makes OpenBLAS take the buffer that it works in, once in a process: to be asked before each call of it. False if there is no room
 * for it. */
bool ll_blas_ready(void);
/* What to say where there is none. */
#define LL_BLAS_REFUSED                                                                                                            \
  "out of memory: OpenBLAS needs a buffer of 128 MB, for which the limit on this process's memory leaves no room (ulimit -v)"

#endif
