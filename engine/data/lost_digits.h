/* Values that differ in the file but are one number in single precision: identifiers, times of the clock. Readers show here each
 * value that they read, and ll_builder_finish notes what was found. In double precision nothing is looked at. */
#ifndef LOSSLAB_ENGINE_LOST_DIGITS_H
#define LOSSLAB_ENGINE_LOST_DIGITS_H

#include <math.h>

#include "losslab/matrix.h"

struct ll_builder;

typedef struct ll_lost_digits {
  struct ll_lost_column *columns; /* made when the first value is looked at */
  size_t cols, slots;
} ll_lost_digits;

/* Whole numbers up to this size are held exactly. Smaller values that are not are looked at in LL_LOST_ROWS of LL_LOST_EVERY rows
 * alone, since they matter only where many meet. */
#define LL_LOST_FAR 16777216
enum { LL_LOST_ROWS = 1024, LL_LOST_EVERY = 32768 };

ll_status ll_lost_digits_take(ll_ctx *ctx, ll_lost_digits *lost, const ll_matrix *x, size_t row, size_t col, double value);
/* Looks at the value that becomes an element of x. Takes at most 64 MB, whatever the file. LL_ERR_MEMORY. */
static inline ll_status ll_lost_digits_look(ll_ctx *ctx, ll_lost_digits *lost, const ll_matrix *x, size_t row, size_t col,
                                            double value) {
  if (sizeof(ll_real) == sizeof(double)) return LL_OK;
  if (fabs(value) < LL_LOST_FAR && (row % LL_LOST_EVERY >= LL_LOST_ROWS || (double)(ll_real)value == value)) return LL_OK;
  return ll_lost_digits_take(ctx, lost, x, row, col, value);
}
/* Notes the columns in which values became one, by the builder's names: whole numbers always, others where more than one in a
 * hundred did, since a few of many measurements meet by chance. Then forgets everything. */
ll_status ll_lost_digits_note(ll_ctx *ctx, struct ll_builder *builder);
/* Whether two values of a column became one. */
bool ll_lost_digits_met(const ll_lost_digits *lost, size_t col);
void ll_lost_digits_free(ll_ctx *ctx, ll_lost_digits *lost);

#endif
