/* Which commit this was built from, by which compiler and with which flags: the Makefile says so for this file alone, and compiles
 * it again when that changes. */
#include "losslab/base.h"

#ifndef LL_REVISION
#define LL_REVISION "unknown"
#endif

#ifndef LL_FLAGS
#define LL_FLAGS "unknown flags"
#endif

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *ll_revision(void) { return LL_REVISION; }
const char *ll_flags(void) { return COMPILER " " LL_FLAGS; }
