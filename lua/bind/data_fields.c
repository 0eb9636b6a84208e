/* What is known of a data set, as fields of its userdata. A set keeps its matrices' userdata, so that set.x is the same object each
 * time. */
#include <math.h>

#include "lua/bind/data.h"

static void push_shared(lua_State *L, const ll_matrix *m) {
  ll_matrix share = ll_matrix_share(m);
  bind_push_matrix(L, &share);
}

static void push_numbers(lua_State *L, const uint32_t *numbers, size_t n) {
  ll_matrix m;
  if (!numbers) {
    lua_pushnil(L);
    return;
  }
  size_t most = 0;
  for (size_t i = 0; i < n; i++) most = numbers[i] >= most ? numbers[i] + (size_t)1 : most;
  bind_places(L, "groups and domains", most);
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)(numbers[i] + 1.0);
  bind_push_matrix(L, &m);
}

static void push_names(lua_State *L, const char *const *names, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

size_t *bind_data_counts(lua_State *L, const ll_data *data) {
  size_t *counts = lua_newuserdatauv(L, data->info->n_classes * sizeof *counts, 0);
  ll_data_class_counts(data, counts);
  return counts;
}

/** data.positives -> integer
 * How many rows are positive; nil where there are more than two classes, or none.
 * Example:
 *   ll.data.load("pima").positives   --> 268
 */
static void push_positive(lua_State *L, const ll_data *d) {
  if (d->info->multiclass || d->info->values) {
    lua_pushnil(L);
    return;
  }
  size_t *counts = bind_data_counts(L, d);
  lua_pushinteger(L, (lua_Integer)counts[1]);
}

/** data.class_counts -> { n, … }
 * How many rows each class has, in the order of data.class_names.
 * Example:
 *   ll.data.load("iris").class_counts[1]   --> 50
 */
static void push_class_counts(lua_State *L, const ll_data *d) {
  size_t *counts = bind_data_counts(L, d);
  lua_createtable(L, (int)d->info->n_classes, 0);
  for (size_t k = 0; k < d->info->n_classes; k++) {
    lua_pushinteger(L, (lua_Integer)counts[k]);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
}

/** data.notes -> { text, … }
 * What reading had to say of the file, as a list of texts; {} if nothing.
 * Such as a column that was left out, or values that became one.
 * Example:
 *   #ll.data.load("iris").notes   --> 0
 */
static void push_notes(lua_State *L, const ll_data *d) { push_names(L, d->info->notes, d->info->n_notes); }

/** data.truth -> matrix
 * 1 where a generator drew a right target, else 0, n x 1; nil where that is not known.
 * Example:
 *   ll.data.target_decoy({ n = 100 }).truth:shape()   --> 100 1
 */
static void push_truth(lua_State *L, const ll_data *d) {
  if (d->truth.rows) push_shared(L, &d->truth);
  else lua_pushnil(L);
}

/** data.optimal_auc -> number
 * The AUC of the best score there can be, where a generator knows it; else nil.
 * Example:
 *   ll.data.target_decoy({ n = 100 }).optimal_auc   --> 0.7415…
 */
static void push_optimal(lua_State *L, const ll_data *d) {
  if (isnan(d->info->optimal_auc)) lua_pushnil(L);
  else lua_pushnumber(L, d->info->optimal_auc);
}

/** data.x -> matrix
 * The features, n x d, a column each.
 * Of a set that holds them in another form, as large parts and data.type do, they are gathered when they are first asked for, and
 * take their memory from then on; data:batches and data:apply give them piece by piece.
 * Example:
 *   ll.data.load("iris").x:shape()   --> 150 4
 */
static void push_x(lua_State *L, const ll_data *d) {
  ll_matrix x;
  bind_check(L, ll_data_features(bind_ctx(L), d, 0, d->x.rows, &x));
  bind_push_matrix(L, &x);
}
/** data.type -> string
 * In what the features are held: "float" or "double", as losslab computes, or what the file has: "float16", "uint8", "int8",
 * "uint16", "int16". They are the same numbers wherever they are used.
 * See: ll.data.load
 * Example:
 *   ll.data.load("iris").type == ll.precision   --> true
 */
static void push_type(lua_State *L, const ll_data *d) { lua_pushstring(L, ll_data_type(d)); }
/** data.y -> matrix
 * The labels, n x 1: 0 and 1 (positive), classes from 1, or real values (data.values).
 * Example:
 *   ll.data.load("iris").y:shape()   --> 150 1
 */
static void push_y(lua_State *L, const ll_data *d) { push_shared(L, &d->y); }
/** data.rows -> integer
 * How many rows there are.
 * Example:
 *   ll.data.load("iris").rows   --> 150
 */
static void push_rows(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)d->x.rows); }
/** data.features -> integer
 * How many columns of features there are.
 * Example:
 *   ll.data.load("iris").features   --> 4
 */
static void push_features(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)d->x.cols); }
/** data.bytes -> integer
 * How many bytes the set's features and labels take in memory.
 * Of a large part, which is a view of the rows of its set, those of the numbers of its rows and of the labels.
 * See: data.type, data.x
 * Example:
 *   ll.data.load("iris").bytes == (ll.precision == "double" and 8 or 4) * 150 * 5   --> true
 */
static void push_bytes(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)ll_data_bytes(d)); }
/** data.name -> string
 * The name of the set: of a file without folder and suffix.
 * Example:
 *   ll.data.load("iris").name   --> iris
 */
static void push_name(lua_State *L, const ll_data *d) { lua_pushstring(L, d->info->name); }
/** data.path -> string
 * The file that was read; nil for a set that was made.
 * Example:
 *   ll.data.load("iris").path:match "[^/]*$"   --> iris.csv
 */
static void push_path(lua_State *L, const ll_data *d) { lua_pushstring(L, *d->info->path ? d->info->path : NULL); }
/** data.hash -> string
 * The SHA-256 of the content, as 64 hexadecimal digits.
 * Of a file's uncompressed bytes; else of the elements, and of a generator's parameters.
 * Example:
 *   #ll.data.load("iris").hash   --> 64
 */
static void push_hash(lua_State *L, const ll_data *d) { lua_pushstring(L, d->info->hash); }
/** data.columns -> { name, … }
 * The names of the features, in order.
 * Example:
 *   ll.data.load("iris").columns[1]   --> sepal_length
 */
static void push_columns(lua_State *L, const ll_data *d) { push_names(L, d->info->columns, d->info->n_columns); }
/** data.class_names -> { name, … }
 * The names of the classes as in the file; "0" and "1" for binary labels.
 * Of what `positive` made, the class itself comes second.
 * Example:
 *   ll.data.load("iris").class_names[1]   --> setosa
 */
static void push_class_names(lua_State *L, const ll_data *d) { push_names(L, d->info->classes, d->info->n_classes); }
/** data.classes -> integer
 * How many classes there are.
 * Example:
 *   ll.data.load("iris").classes   --> 3
 */
static void push_classes(lua_State *L, const ll_data *d) { lua_pushinteger(L, (lua_Integer)d->info->n_classes); }
/** data.multiclass -> boolean
 * Whether labels are classes 1 to K, not 0 and 1.
 * Example:
 *   ll.data.load("iris").multiclass   --> true
 */
static void push_multiclass(lua_State *L, const ll_data *d) { lua_pushboolean(L, d->info->multiclass); }
/** data.values -> boolean
 * Whether labels are real values, for losses of regression; there are no classes then.
 * See: ll.data.load
 * Example:
 *   ll.data.friedman({ n = 50 }).values   --> true
 */
static void push_values(lua_State *L, const ll_data *d) { lua_pushboolean(L, d->info->values); }
/** data.weights -> matrix
 * How much each row counts in losses that take weights, n x 1; nil where all count alike.
 * See: loss
 * Example:
 *   ll.data.matrix({ { 1 }, { 2 } }, { 0, 1 }, { weights = { 1, 0.5 } }).weights:get(2, 1)   --> 0.5
 */
static void push_weights(lua_State *L, const ll_data *d) {
  if (d->weights.rows) push_shared(L, &d->weights);
  else lua_pushnil(L);
}
/** data.missing -> boolean
 * Whether cells are still missing, which a split fills from its training part.
 * True of a set that was read with missing = "mean".
 * See: data:fill
 * Example:
 *   ll.data.load("iris").missing   --> false
 */
static void push_missing(lua_State *L, const ll_data *d) { lua_pushboolean(L, d->missing); }
/** data.groups -> matrix
 * The group of each row, n x 1, from 1; nil without groups. Rows of a group stay together in splits.
 * Example:
 *   local x, y = ll.zeros(2, 1), ll.matrix { { 0 }, { 1 } }
 *   local set = ll.data.matrix(x, y, { groups = { "a", "b" } })
 *   set.groups:get(2, 1)   --> 2
 */
static void push_groups(lua_State *L, const ll_data *d) { push_numbers(L, d->groups, d->x.rows); }
/** data.domains -> matrix
 * The domain of each row, n x 1, from 1; nil without domains. Splits use it where their option domains says so.
 * Example:
 *   ll.data.load("digit_domains").domains:max_all():item()   --> 2
 */
static void push_domains(lua_State *L, const ll_data *d) { push_numbers(L, d->domains, d->x.rows); }

typedef struct field {
  const char *name;
  void (*push)(lua_State *L, const ll_data *data);
  bool keep; /* the same object each time */
} field;

static const field fields[] = {
    {"x", push_x, true},
    {"y", push_y, true},
    {"type", push_type, false},
    {"rows", push_rows, false},
    {"features", push_features, false},
    {"bytes", push_bytes, false},
    {"name", push_name, false},
    {"path", push_path, false},
    {"hash", push_hash, false},
    {"columns", push_columns, true},
    {"classes", push_classes, false},
    {"class_names", push_class_names, true},
    {"notes", push_notes, true},
    {"class_counts", push_class_counts, false},
    {"multiclass", push_multiclass, false},
    {"values", push_values, false},
    {"weights", push_weights, true},
    {"missing", push_missing, false},
    {"positives", push_positive, false},
    {"groups", push_groups, true},
    {"domains", push_domains, true},
    {"truth", push_truth, true},
    {"optimal_auc", push_optimal, false},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* Upvalues: the methods; a table from a field's name to its row. */
static int data_index(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL) {
    if (lua_type(L, 2) != LUA_TSTRING)
      return luaL_error(L, "a data set has no %s; rows are data.x[i], with their labels data.y[i], or data:subset { 1, 2 }",
                        bind_shown(L, 2));
    lua_newtable(L);
    for (int i = 1; i <= 2; i++)
      for (lua_pushnil(L); lua_next(L, lua_upvalueindex(i));) lua_pushvalue(L, -2), lua_insert(L, -2), lua_settable(L, -4);
    return bind_unknown(L, "a data set", lua_tostring(L, 2), -1);
  }
  const field *f = lua_touserdata(L, -1);
  if (!f->keep) {
    f->push(L, data);
    return 1;
  }
  if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
  }
  int kept = lua_gettop(L);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, kept) != LUA_TNIL) return 1;
  f->push(L, data);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, kept);
  return 1;
}

void bind_data_fields(lua_State *L) {
  luaL_getmetatable(L, BIND_DATA);
  lua_getfield(L, -1, "methods");
  lua_createtable(L, 0, FIELDS);
  for (size_t k = 0; k < FIELDS; k++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&fields[k]);
    lua_setfield(L, -2, fields[k].name);
  }
  lua_pushcclosure(L, data_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
