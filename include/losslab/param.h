/* losslab/param.h: parameters as tables: name, kind, default, range, one line. Losses, optimizers and generators
 * describe theirs with it, so that setting, checking, listing, sweeping and documenting them is written once. */
#ifndef LOSSLAB_PARAM_H
#define LOSSLAB_PARAM_H

#include <math.h>

#include "losslab/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LL_MAX_PARAMS = 12 };

/* The rows of a table that is an array. */
#define LL_ROWS(table) (sizeof(table) / sizeof *(table))

typedef enum ll_param_kind { LL_PARAM_NUMBER, LL_PARAM_INTEGER, LL_PARAM_BOOLEAN, LL_PARAM_CHOICE } ll_param_kind;

typedef struct ll_param {
  const char *name;
  ll_param_kind kind;
  double value;               /* the default: a number, 0 or 1, or the index of a choice */
  double low, high;           /* the range, both ends included unless they are open */
  bool low_open, high_open;   /* the low, the high end itself is not allowed */
  const char *const *choices; /* LL_PARAM_CHOICE: NULL-terminated */
  const char *doc;
  bool infinite; /* infinity is a value, too, which may be given as the word "inf" (JSON has no number for it) */
} ll_param;

/* Rows in one line each: LL_NUMBER("margin", 0.1, 0, INFINITY, "what it does"). */
#define LL_NUMBER(word, def, least, most, text)                                                                                    \
  { .name = word, .kind = LL_PARAM_NUMBER, .value = def, .low = least, .high = most, .doc = text }
#define LL_POSITIVE(word, def, text) /* > 0 */                                                                                     \
  { .name = word, .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .low_open = true, .high = INFINITY, .doc = text }
#define LL_FRACTION(word, def, text) /* in (0, 1) */                                                                               \
  { .name = word, .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .low_open = true, .high = 1, .high_open = true, .doc = text }
#define LL_INTEGER(word, def, least, most, text)                                                                                   \
  { .name = word, .kind = LL_PARAM_INTEGER, .value = def, .low = least, .high = most, .doc = text }
#define LL_BOOLEAN(word, def, text)                                                                                                \
  { .name = word, .kind = LL_PARAM_BOOLEAN, .value = def, .doc = text }
#define LL_CHOICE(word, def, list, text) /* def: the index of a word of the list */                                                \
  { .name = word, .kind = LL_PARAM_CHOICE, .value = def, .choices = list, .doc = text }

typedef struct ll_param_table {
  const char *owner; /* for messages: "hinge", "adam" */
  const ll_param *params;
  size_t count; /* at most LL_MAX_PARAMS */
  /* [opt] Whether values, each of them in its range, contradict one another; if so, says how with both of them in text[size]:
   * "step_min 2 is above step_max 1". */
  bool (*contradiction)(const double *values, char *text, size_t size);
} ll_param_table;

/* values[0..count) = the defaults. */
void ll_params_default(const ll_param_table *table, double *values);
/* The place of a name in the table. LL_ERR_NAME with the nearest. */
ll_status ll_params_find(ll_ctx *ctx, const ll_param_table *table, const char *name, size_t *out);
/* Sets one by name. LL_ERR_NAME; LL_ERR_RANGE with the range, or for a number that a matrix could not hold; LL_ERR_ARGUMENT if the
 * kind does not fit. */
ll_status ll_params_set_number(ll_ctx *ctx, const ll_param_table *table, double *values, const char *name, double value);
ll_status ll_params_set_boolean(ll_ctx *ctx, const ll_param_table *table, double *values, const char *name, bool value);
ll_status ll_params_set_choice(ll_ctx *ctx, const ll_param_table *table, double *values, const char *name, const char *value);
/* Whether the values agree with one another; what takes a table's values asks it before it works. LL_ERR_RANGE with both. */
ll_status ll_params_check(ll_ctx *ctx, const ll_param_table *table, const double *values);
/* "[0, 1]", "> 0", of integers "1 or 2", "1 to 4", of words "a" or "b": the range into text[size]; returns text. */
const char *ll_param_range(const ll_param *param, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
