/* The errors of what cannot work with missing cells. */
#ifndef LOSSLAB_ENGINE_MISSING_H
#define LOSSLAB_ENGINE_MISSING_H

#include "losslab/data.h"

/* The error of a missing cell that `who` would have to use. */
ll_status ll_data_no_cell(ll_ctx *ctx, const ll_data *data, const char *who, size_t row, size_t col);
/* LL_OK if none is missing, else that error for the first. */
ll_status ll_data_no_missing(ll_ctx *ctx, const ll_data *data, const char *who);

#endif
