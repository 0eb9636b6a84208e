/* The limits of the arguments of exp.h, exp_double.h and what is made of them. They stand in a file of their own so that the
 * compiler does not see their values. */
#include "engine/base/exp.h"

#include "engine/base/exp_double.h"

const ll_exp_limits ll_exp_limit = {-104.0f, 89.0f,    60.0f,   10.0f, -18.0f,  4.0f, 10.2f,
                                    14.4f,   0x1p120f, -106.0f, 91.0f, 0x1p24f, 1.0f, 0};
const ll_exp_double_limits ll_exp_double_limit = {-746, 710, 22, -40, 6, 27.4, 38.7, 0x1p1000, -748, 712, 0x1p53, 1, 0};
