/* What the bindings of metrics share. */
#ifndef LOSSLAB_BIND_METRIC_PARTS_H
#define LOSSLAB_BIND_METRIC_PARTS_H

#include "lua/bind/data.h"

/* Functions of ll.metric that are no rows of the table: metric_curves.c, metric_intervals.c, metric_searches.c, metric_several.c.
 */
extern const bind_function bind_metric_curves[], bind_metric_intervals[], bind_metric_searches[], bind_metric_several[];

/* The weights among the options at index, kept on the stack; NULL: none. */
const ll_matrix *bind_metric_weights(lua_State *L, const char *who, int index);
/* The labels of what a metric needs; an identity or a class is never rounded. */
const ll_matrix *bind_metric_labels(lua_State *L, int index, const char *who, ll_metric_needs needs);
/* A number as a field of the table on the top. */
void bind_metric_number(lua_State *L, const char *field, double value);

#endif
