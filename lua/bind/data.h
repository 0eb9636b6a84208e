/* What the binding's two files on data sets share. */
#ifndef LOSSLAB_BIND_DATA_H
#define LOSSLAB_BIND_DATA_H

#include "lua/bind/bind.h"

#define BIND_DATA "losslab.data"

/* The set at index; raises if it is another value or closed. */
ll_data *bind_data(lua_State *L, int index);
int bind_data_tostring(lua_State *L);
/* Gives the class, once it is there, an __index that knows methods and fields. */
void bind_data_fields(lua_State *L);

/* Pairs of user and item (interactions.c): the class, data.pairs and metric.recommend. */
void bind_interactions_class(lua_State *L);
int bind_data_interactions(lua_State *L);
int bind_metric_recommend(lua_State *L);

#endif
