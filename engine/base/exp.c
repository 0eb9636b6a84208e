/* The limits of exp.h's arguments. They stand in a file of their own so that the compiler does not see their values: where it does,
 * it turns a minimum into four instructions. */
#include "engine/base/exp.h"

#ifndef LL_DOUBLE
const ll_exp_limits ll_exp_limit = {-104.0f, 89.0f, 60.0f, 10.0f};
#endif
