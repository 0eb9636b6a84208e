/* The check before an evaluation: shapes against the letters of the row, emptiness, and what each role asks of its elements. */
#ifndef LOSSLAB_ENGINE_INPUTS_H
#define LOSSLAB_ENGINE_INPUTS_H

#include "losslab/inputs.h"
#include "losslab/matrix.h"

/* Checks inputs[n], the last `optional` of which may be left out (0×0 without data), against the rows desc[n]. The messages give
 * owner, the input's name, and both shapes or its first bad row. LL_ERR_SHAPE; LL_ERR_NUMBER (NaN, infinity); LL_ERR_LABEL (no
 * label, class, grade or row); LL_ERR_RANGE (no probability, a size below 0). */
ll_status ll_inputs_check(ll_ctx *ctx, const char *owner, const ll_input *desc, size_t n, size_t optional, const ll_matrix *inputs);

/* One input whose shape is right. */
typedef struct ll_input_given {
  const char *owner;
  const ll_input *desc;
  const ll_matrix *m;
  size_t classes; /* 0: the shapes do not say */
  size_t rows;    /* of the first input */
} ll_input_given;

/* What its role asks of its elements (input_role.c). Errors as above. */
ll_status ll_input_role_check(ll_ctx *ctx, const ll_input_given *in);

#endif
