/* The limits of exp.h's arguments. They are constants, but not for the compiler: it would trade a minimum for four instructions. */
#include "engine/base/exp.h"

#ifndef LL_DOUBLE
const ll_exp_limits ll_exp_limit = {-104.0f, 89.0f, 60.0f, 10.0f};
#endif
