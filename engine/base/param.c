/* Parameters as tables: defaults, setting with checks, ranges in words. */
#include "losslab/param.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void ll_params_default(const ll_param_table *table, double *values) {
  for (size_t i = 0; i < table->count; i++) values[i] = table->params[i].value;
}

ll_status ll_params_find(ll_ctx *ctx, const ll_param_table *table, const char *name, size_t *out) {
  const char *names[LL_MAX_PARAMS];
  char said[120];
  for (size_t i = 0; i < table->count; i++) names[i] = table->params[i].name;
  *out = ll_names_place(name, names, table->count);
  if (*out < table->count) return LL_OK;
  if (table->count == 0) return ll_fail(ctx, LL_ERR_NAME, "%s has no parameters; \"%s\" was given", table->owner, name);
  snprintf(said, sizeof said, "%s has no parameter", table->owner);
  return ll_names_unknown(ctx, said, name, names, table->count);
}

const char *ll_param_range(const ll_param *p, char *text, size_t size) {
  size_t at = 0;
  if (size) *text = 0; /* for a choice without words */
  switch (p->kind) {
  case LL_PARAM_BOOLEAN: snprintf(text, size, "true or false"); break;
  case LL_PARAM_CHOICE:
    for (size_t i = 0; p->choices[i] && at < size; i++)
      at += (size_t)snprintf(text + at, size - at, "%s\"%s\"", i ? " or " : "", p->choices[i]);
    break;
  case LL_PARAM_INTEGER:
    if (isinf(p->low) && isinf(p->high)) snprintf(text, size, "any integer");
    else if (isinf(p->high)) snprintf(text, size, ">= %.0f", p->low);
    else snprintf(text, size, "%.0f %s %.0f", p->low, p->high - p->low > 1 ? "to" : "or", p->high);
    break;
  case LL_PARAM_NUMBER:
    if (isinf(p->low) && isinf(p->high)) snprintf(text, size, "any number");
    else if (isinf(p->high)) snprintf(text, size, "%s %g%s", p->low_open ? ">" : ">=", p->low, p->infinite ? ", or \"inf\"" : "");
    else snprintf(text, size, "%s%g, %g%s", p->low_open ? "(" : "[", p->low, p->high, p->high_open ? ")" : "]");
    break;
  }
  return text;
}

/* "margin must be >= 0", "beta must be in (0, 1]" */
static const char *in(const char *range) { return *range == '[' || *range == '(' ? "in " : ""; }

/* Says what kind of value is expected, and its range: "a number > 0", "an integer, 1 or 2", "true or false". */
static ll_status wrong_kind(ll_ctx *ctx, const ll_param_table *table, const ll_param *p, const char *given) {
  static const char *const kinds[] = {
      [LL_PARAM_NUMBER] = "a number ", [LL_PARAM_INTEGER] = "an integer, ", [LL_PARAM_BOOLEAN] = "", [LL_PARAM_CHOICE] = ""};
  char range[256];
  ll_param_range(p, range, sizeof range);
  bool any = strncmp(range, "any ", 4) == 0;
  return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: %s must be %s%s%s, not %s", table->owner, p->name, any ? "" : kinds[p->kind], in(range),
                 range, given);
}

ll_status ll_params_set_number(ll_ctx *ctx, const ll_param_table *table, double *values, const char *name, double value) {
  size_t i;
  LL_TRY(ll_params_find(ctx, table, name, &i));
  const ll_param *p = &table->params[i];
  char given[64], range[256];
  snprintf(given, sizeof given, "%.17g", value);
  if (p->kind == LL_PARAM_BOOLEAN || p->kind == LL_PARAM_CHOICE) return wrong_kind(ctx, table, p, given);
  if (p->kind == LL_PARAM_INTEGER && floor(value) != value) return wrong_kind(ctx, table, p, given);
  /* written so that NaN fails; infinity is a range's open end, not a value */
  if (!(p->low_open ? value > p->low : value >= p->low) || !(p->high_open ? value < p->high : value <= p->high) ||
      (isinf(value) && !p->infinite)) {
    ll_param_range(p, range, sizeof range);
    return ll_fail(ctx, LL_ERR_RANGE, "%s: %s must be %s%s, not %g", table->owner, p->name, in(range), range,
                   isnan(value) ? fabs(value) : value); /* a NaN's sign says nothing */
  }
  if (isinf((ll_real)value) && !isinf(value))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: %s is %g, beyond the numbers of " LL_PRECISION " precision (up to %g)", table->owner,
                   p->name, value, LL_LARGEST);
  values[i] = value;
  return LL_OK;
}

ll_status ll_params_check(ll_ctx *ctx, const ll_param_table *table, const double *values) {
  char text[256];
  if (!table->contradiction || !table->contradiction(values, text, sizeof text)) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: %s", table->owner, text);
}

ll_status ll_params_set_boolean(ll_ctx *ctx, const ll_param_table *table, double *values, const char *name, bool value) {
  size_t i;
  LL_TRY(ll_params_find(ctx, table, name, &i));
  if (table->params[i].kind != LL_PARAM_BOOLEAN) return wrong_kind(ctx, table, &table->params[i], value ? "true" : "false");
  values[i] = value;
  return LL_OK;
}

ll_status ll_params_set_choice(ll_ctx *ctx, const ll_param_table *table, double *values, const char *name, const char *value) {
  size_t i, n = 0, place;
  LL_TRY(ll_params_find(ctx, table, name, &i));
  const ll_param *p = &table->params[i];
  char given[80];
  snprintf(given, sizeof given, "\"%.70s\"", value);
  if (p->infinite && strcmp(value, "inf") == 0) return ll_params_set_number(ctx, table, values, name, INFINITY);
  if (p->kind != LL_PARAM_CHOICE) return wrong_kind(ctx, table, p, given);
  while (p->choices[n]) n++;
  LL_TRY(ll_names_choose(ctx, table->owner, p->name, value, p->choices, n, &place));
  values[i] = (double)place;
  return LL_OK;
}
