/* What the bindings of data sets share. */
#ifndef LOSSLAB_BIND_DATA_H
#define LOSSLAB_BIND_DATA_H

#include "lua/bind/bind.h"

#define BIND_DATA "losslab.data"

/* The set at index; raises if it is another value or closed. */
ll_data *bind_data(lua_State *L, int index);
/* Pushes a slot for a set, made before the set so that nothing is held when Lua raises. */
ll_data **bind_data_new(lua_State *L);
/* Tells the collector of the memory of a set, unless it is NULL. */
void bind_data_account(lua_State *L, const ll_data *data);

/* Bytes of features from which on parts of a set are views and a file's small elements stay as they are, as they cost more than
 * they save where all is in the processor's cache: LOSSLAB_COPY in the environment, else 64 MB; at least 1. */
size_t bind_data_large(void);
/* ll_data_subset, or ll_data_view of so much. */
ll_status bind_data_part(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler, ll_data **out);
/* The same with means in the missing cells of all rows: ll_data_fill. */
ll_status bind_data_filled(ll_ctx *ctx, const ll_data *data, const double *means, ll_data **out);

/* Methods of a set: data_split.c, data_rows.c, data_batches.c, data_content.c, data_apply.c. */
extern const bind_function bind_data_splits[], bind_data_rows[], bind_data_batches[], bind_data_packing[], bind_data_applying[];
/* Functions of the module: data_read.c, data_make.c, data_folder.c, data_content.c. */
extern const bind_function bind_data_reading[], bind_data_making[], bind_data_folders[], bind_data_contents[];
/* The rows of each class, as a userdata on the stack. */
size_t *bind_data_counts(lua_State *L, const ll_data *data);
/* The strings of the array at index, as a userdata on the stack; they are valid while the array holds them. Raises "what: name 2 is
 * a table, not a string". */
const char **bind_data_names(lua_State *L, int index, const char *what);
/* Gives the class, once it has its methods, an __index that knows them and the fields. */
void bind_data_fields(lua_State *L);
void bind_data_batches_class(lua_State *L);
void bind_data_folder_classes(lua_State *L);

/* Pairs of user and item (interactions.c): the class, data.pairs and metric.recommend. */
void bind_interactions_class(lua_State *L);
int bind_data_interactions(lua_State *L);
int bind_metric_recommend(lua_State *L);

#endif
