/* Which commit this was built from: the Makefile says so for this file alone, and compiles it again when that changes. */
#include "losslab/base.h"

#ifndef LL_REVISION
#define LL_REVISION "unknown"
#endif

const char *ll_revision(void) { return LL_REVISION; }
