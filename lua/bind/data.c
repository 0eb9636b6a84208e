/* Data sets in Lua: the functions of losslab/data.h as methods. Names and folders are lua/losslab/data/sets.lua's business, fields
 * data_fields.c's. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "lua/bind/data.h"

#define BATCHES "losslab.batches"
#define FOLDER "losslab.folder"

static int data_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_DATA);
  ll_data *data = *slot;
  *slot = NULL;
  ll_data_free(bind_ctx(L), data);
  return 0;
}

/* A slot for a set is made before the set, so that nothing is held when Lua raises. */
static ll_data **new_data(lua_State *L) { return (ll_data **)bind_new(L, BIND_DATA); }

static void account(lua_State *L, const ll_data *data) {
  if (data) bind_account(L, (ll_matrix_count(&data->x) + data->y.rows) * sizeof(ll_real));
}

/* ---- splitting ---------------------------------------------------------------------------------------------------------- */

/* The options that split, fold and folds share. */
static ll_cut cut_options(lua_State *L, int index, const char *what) {
  ll_cut cut = {0};
  cut.validation = bind_opt_number(L, index, what, "validation", 0);
  cut.standardise = bind_opt_boolean(L, index, what, "standardise", false);
  cut.split.stratify = bind_opt_boolean(L, index, what, "stratify", true);
  cut.split.grouped = bind_opt_boolean(L, index, what, "groups", true);
  cut.split.seed = (uint64_t)bind_opt_integer(L, index, what, "seed", 1);
  cut.split.trial = (uint64_t)bind_opt_integer(L, index, what, "trial", 0);
  return cut;
}

/* Pushes train, test and, if there is one, validation. */
static int push_cut(lua_State *L, const ll_data *data, const ll_cut *cut) {
  ll_data **train = new_data(L), **test = new_data(L), **validation = new_data(L);
  bind_check(L, ll_data_cut(bind_ctx(L), data, cut, train, test, validation));
  account(L, *train), account(L, *test), account(L, *validation);
  if (*validation) return 3;
  lua_pop(L, 1);
  return 2;
}

/* data:split{test, validation, stratify, groups, seed, trial, standardise}: train, test [, validation]. */
static int data_split(lua_State *L) {
  static const char *const names[] = {"test", "validation", "stratify", "groups", "seed", "trial", "standardise", NULL};
  ll_data *data = bind_data(L, 1);
  lua_settop(L, 2);
  bind_options(L, 2, "split", names);
  ll_cut cut = cut_options(L, 2, "split");
  cut.test = bind_opt_number(L, 2, "split", "test", 0.3);
  return push_cut(L, data, &cut);
}

/* Folds, perhaps several times over: cut.fold counts through the folds of repetition after repetition. */
typedef struct fold_walk {
  ll_cut cut;
  size_t at, count; /* folds in all */
} fold_walk;

static ll_cut cut_at(const fold_walk *walk) {
  ll_cut cut = walk->cut;
  cut.fold = walk->at % cut.folds, cut.split.repetition = walk->at / cut.folds;
  return cut;
}

static fold_walk fold_options(lua_State *L, int index, bool outer) {
  static const char *const names[] = {"k",    "repeats", "validation",  "stratify", "groups",
                                      "seed", "trial",   "standardise", "inner",    NULL};
  static const char *const own[] = {"k", "repeats", "validation", "stratify", "groups", "seed", "trial", "standardise", NULL};
  bind_options(L, index, "folds", outer ? names : own);
  ll_cut cut = cut_options(L, index, "folds");
  lua_Integer k = bind_opt_integer(L, index, "folds", "k", 5);
  if (k < 2) luaL_error(L, "folds: k must be at least 2, not %I", (LUAI_UACINT)k);
  cut.folds = (size_t)k;
  lua_Integer repeats = bind_opt_integer(L, index, "folds", "repeats", 1);
  if (repeats < 1 || repeats > 1000000) luaL_error(L, "folds: repeats must be from 1 to 10^6, not %I", (LUAI_UACINT)repeats);
  return (fold_walk){cut, 0, cut.folds * (size_t)repeats};
}

/* data:fold(i, {k, …}): train, test [, validation] with fold i as the test part. */
static int data_fold(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_settop(L, 3);
  lua_Integer i = luaL_checkinteger(L, 2);
  fold_walk walk = fold_options(L, 3, false);
  if (i < 1 || (size_t)i > walk.count) return luaL_error(L, "fold %I of %I asked for", (LUAI_UACINT)i, (LUAI_UACINT)walk.count);
  walk.at = (size_t)i - 1;
  ll_cut cut = cut_at(&walk);
  return push_cut(L, data, &cut);
}

/* Upvalues: the set, the fold_walk. */
static int next_fold(lua_State *L) {
  ll_data *data = bind_data(L, lua_upvalueindex(1));
  fold_walk *walk = lua_touserdata(L, lua_upvalueindex(2));
  if (walk->at == walk->count) return 0;
  ll_cut cut = cut_at(walk);
  int pushed = push_cut(L, data, &cut);
  walk->at++;
  return pushed;
}

/* Turns the set on the top of the stack into its folds' iterator. */
static void push_folds(lua_State *L, const fold_walk *walk) {
  fold_walk *kept = lua_newuserdatauv(L, sizeof *kept, 0);
  *kept = *walk;
  lua_pushcclosure(L, next_fold, 2);
}

/* Pushes the training part of a fold as it is: nothing scaled, nothing filled. */
static void push_raw_training(lua_State *L, const ll_data *data, const ll_cut *cut) {
  ll_ctx *ctx = bind_ctx(L);
  uint32_t *part = lua_newuserdatauv(L, data->x.rows * sizeof *part, 0), *rows;
  ll_data **out = new_data(L);
  size_t n;
  bind_check(L, ll_data_folds(ctx, data, NULL, 0, cut->folds, &cut->split, part));
  bind_check(L, ll_data_rows_where(ctx, NULL, part, data->x.rows, (uint32_t)cut->fold, false, &rows, &n));
  ll_status status = ll_data_subset(ctx, data, rows, n, NULL, out);
  ll_free(ctx, rows);
  bind_check(L, status);
  account(L, *out);
  lua_remove(L, -2); /* part */
}

/* Upvalues: the set, the outer fold_walk, the inner one. */
static int next_nested(lua_State *L) {
  ll_data *data = bind_data(L, lua_upvalueindex(1));
  fold_walk *walk = lua_touserdata(L, lua_upvalueindex(2));
  if (walk->at == walk->count) return 0;
  ll_cut cut = cut_at(walk);
  push_cut(L, data, &cut);
  push_raw_training(L, data, &cut);
  push_folds(L, lua_touserdata(L, lua_upvalueindex(3)));
  walk->at++;
  return 3;
}

/* for train, test, inner in data:nested{k, …, inner = {k, …}}: for train, test [, validation] in inner */
static int data_nested(lua_State *L) {
  bind_data(L, 1);
  lua_settop(L, 2);
  fold_walk outer = fold_options(L, 2, true), inner;
  if (outer.cut.validation != 0) return luaL_error(L, "nested: validation belongs into inner");
  if (lua_istable(L, 2)) lua_getfield(L, 2, "inner");
  else lua_pushnil(L);
  inner = fold_options(L, 3, false);
  lua_settop(L, 1);
  *(fold_walk *)lua_newuserdatauv(L, sizeof outer, 0) = outer;
  *(fold_walk *)lua_newuserdatauv(L, sizeof inner, 0) = inner;
  lua_pushcclosure(L, next_nested, 3);
  return 1;
}

/* for train, test [, validation] in data:folds{k, repeats, validation, stratify, groups, seed, trial, standardise} */
static int data_folds(lua_State *L) {
  bind_data(L, 1);
  lua_settop(L, 2);
  fold_walk walk = fold_options(L, 2, false);
  lua_settop(L, 1);
  push_folds(L, &walk);
  return 1;
}

/* The rows of an array of numbers from 1, as a userdata on the stack. */
static uint32_t *push_row_list(lua_State *L, int index, size_t *n) {
  luaL_checktype(L, index, LUA_TTABLE);
  *n = lua_rawlen(L, index);
  uint32_t *rows = lua_newuserdatauv(L, (*n + 1) * sizeof *rows, 0);
  for (size_t i = 0; i < *n; i++) {
    lua_rawgeti(L, index, (lua_Integer)i + 1);
    int is;
    lua_Integer row = lua_tointegerx(L, -1, &is);
    if (!is || row < 1 || row > UINT32_MAX)
      luaL_error(L, "place %d of the rows: a row's number, from 1, expected, not %s", (int)i + 1, luaL_tolstring(L, -1, NULL));
    rows[i] = (uint32_t)(row - 1);
    lua_pop(L, 1);
  }
  return rows;
}

/* data:subset{3, 1, …}: those rows in that order. */
static int data_subset(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  size_t n;
  uint32_t *rows = push_row_list(L, 2, &n);
  ll_data **out = new_data(L);
  bind_check(L, ll_data_subset(bind_ctx(L), data, rows, n, NULL, out));
  account(L, *out);
  return 1;
}

/* data:row_numbers(): which rows of the whole set these are, as an array of numbers from 1. */
static int data_row_numbers(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_createtable(L, (int)data->x.rows, 0);
  for (size_t i = 0; i < data->x.rows; i++) {
    lua_pushinteger(L, (lua_Integer)(data->index ? data->index[i] : i) + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* train:standardise(other, …): train, other, … standardised by train's means and deviations. */
static int data_standardise(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  int n = lua_gettop(L);
  ll_data *train = bind_data(L, 1);
  ll_scaler scaler;
  ll_status status = LL_OK;
  luaL_checkstack(L, n + 4, NULL);
  for (int i = 2; i <= n; i++) bind_data(L, i);
  for (int i = 1; i <= n; i++) new_data(L);
  double *means = lua_newuserdatauv(L, (train->x.cols + 1) * sizeof *means, 0);
  bool fill = false;
  for (int i = 1; i <= n; i++) fill = fill || (*(ll_data **)lua_touserdata(L, i))->missing;
  if (fill) { /* the arguments become filled copies of themselves */
    bind_check(L, ll_data_means(ctx, train, NULL, 0, means));
    for (int i = 1; i <= n; i++) {
      ll_data *from = *(ll_data **)lua_touserdata(L, i), **filled;
      if (from->x.cols != train->x.cols) continue; /* refused below */
      filled = new_data(L);
      bind_check(L, ll_data_fill(ctx, from, means, filled));
      lua_replace(L, i);
    }
    train = *(ll_data **)lua_touserdata(L, 1);
  }
  bind_check(L, ll_scaler_fit(ctx, &train->x, NULL, 0, &scaler));
  for (int i = 1; i <= n && status == LL_OK; i++) {
    ll_data *const *from = lua_touserdata(L, i);
    status = ll_data_subset(ctx, *from, NULL, 0, &scaler, lua_touserdata(L, n + i));
  }
  lua_settop(L, 2 * n);
  ll_scaler_free(ctx, &scaler);
  bind_check(L, status);
  for (int i = 1; i <= n; i++) account(L, *(ll_data **)lua_touserdata(L, n + i));
  return n;
}

/* ---- batches --------------------------------------------------------------------------------------------------------------- */

static int batches_close(lua_State *L) {
  ll_batches *b = luaL_checkudata(L, 1, BATCHES);
  ll_batches_close(bind_ctx(L), b);
  return 0;
}

static int batches_next(lua_State *L) {
  ll_batches *b = luaL_checkudata(L, 1, BATCHES);
  ll_ctx *ctx = bind_ctx(L);
  ll_matrix x, y;
  size_t at = b->at;
  bind_check(L, ll_batches_next(ctx, b, &x, &y));
  size_t n = x.rows;
  if (n == 0) return 0;
  ll_matrix_release(ctx, &y); /* taken again below: it would be lost if pushing x raised */
  bind_push_matrix(L, &x);
  bind_check(L, ll_matrix_view(ctx, &b->y, at, 0, n, 1, &y));
  bind_push_matrix(L, &y);
  return 2;
}

/* The classes' shares that the options ask for, as a userdata on the stack; NULL: none, all rows as they come. */
static double *batch_shares(lua_State *L, const ll_data *data) {
  size_t classes = data->info->n_classes;
  bool balance = bind_opt_boolean(L, 2, "batches", "balance", false);
  double targets = bind_opt_number(L, 2, "batches", "targets", -HUGE_VAL);
  bool given = targets != -HUGE_VAL;
  if (!given && !balance) return NULL;
  if (given && balance) luaL_error(L, "batches: either balance or targets, not both");
  if (given && data->info->multiclass)
    luaL_error(L, "batches: targets is for binary labels; %s has %I classes", data->info->name, (LUAI_UACINT)classes);
  if (given && !(targets >= 0 && targets <= 1)) luaL_error(L, "batches: targets must be a share in [0, 1], not %f", targets);
  double *shares = lua_newuserdatauv(L, classes * sizeof *shares, 0);
  for (size_t c = 0; c < classes; c++) shares[c] = balance ? 1 / (double)classes : c ? targets : 1 - targets;
  return shares;
}

/* for x, y in train:batches{size, seed, epoch, shuffle, balance, targets}: balance = true draws as many rows of each class,
 * targets = 0.25 that share of targets, rows of the smaller class again and again. */
static int data_batches(lua_State *L) {
  static const char *const names[] = {"size", "seed", "epoch", "shuffle", "balance", "targets", NULL};
  ll_data *data = bind_data(L, 1);
  lua_settop(L, 2);
  bind_options(L, 2, "batches", names);
  lua_Integer size = bind_opt_integer(L, 2, "batches", "size", 256);
  if (size < 1) return luaL_error(L, "batches: size must be at least 1, not %I", (LUAI_UACINT)size);
  uint64_t seed = (uint64_t)bind_opt_integer(L, 2, "batches", "seed", 1),
           epoch = (uint64_t)bind_opt_integer(L, 2, "batches", "epoch", 0);
  bool shuffle = bind_opt_boolean(L, 2, "batches", "shuffle", true);
  const double *shares = batch_shares(L, data);
  lua_pushcfunction(L, batches_next);
  ll_batches *b = lua_newuserdatauv(L, sizeof *b, 0);
  memset(b, 0, sizeof *b);
  luaL_setmetatable(L, BATCHES);
  bind_check(L, shares ? ll_batches_open_shares(bind_ctx(L), data, (size_t)size, shares, seed, epoch, b)
                       : ll_batches_open(bind_ctx(L), data, (size_t)size, shuffle, seed, epoch, b));
  lua_pushnil(L);
  lua_pushvalue(L, -2); /* closed at the end of the loop, however it ends */
  return 4;
}

/* ---- making ------------------------------------------------------------------------------------------------------------------ */

/* The names of columns that options list under categorical, kept on the stack. */
static void categorical_names(lua_State *L, int index, ll_read_options *o) {
  if (lua_getfield(L, index, "categorical") == LUA_TNIL) return;
  int table = lua_gettop(L);
  if (!lua_istable(L, table)) luaL_error(L, "data: categorical must be {names of columns}, not %s", luaL_tolstring(L, table, NULL));
  size_t n = lua_rawlen(L, table);
  const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
  for (size_t k = 0; k < n; k++) {
    if (lua_rawgeti(L, table, (lua_Integer)k + 1) != LUA_TSTRING)
      luaL_error(L, "data: categorical: name %d is a %s, not a string", (int)k + 1, luaL_typename(L, -1));
    names[k] = lua_tostring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
  }
  o->categorical = names, o->n_categorical = n;
}

static void missing_policy(lua_State *L, int index, ll_read_options *o) {
  static const char *const policies[] = {"error", "mean", "drop"};
  int type = lua_getfield(L, index, "missing");
  if (type == LUA_TNUMBER) o->missing = LL_MISSING_CONSTANT, o->constant = lua_tonumber(L, -1);
  else if (type != LUA_TNIL) {
    const char *word = lua_tostring(L, -1);
    int k = 0;
    while (word && k < 3 && strcmp(word, policies[k]) != 0) k++;
    if (!word || k == 3)
      luaL_error(L, "data: missing must be \"error\", \"mean\", \"drop\" or a number, not %s", luaL_tolstring(L, -1, NULL));
    o->missing = (ll_missing)k;
  }
}

/* read(path [, format or {format, comment, missing, categorical, labels, features}]) */
static int data_read(lua_State *L) {
  static const char *const names[] = {"format", "comment", "missing", "categorical", "labels", "features", NULL};
  const char *path = luaL_checkstring(L, 1);
  ll_read_options options = {0};
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TTABLE) {
    bind_options(L, 2, "data", names);
    options.format = bind_opt_string(L, 2, "data", "format", NULL);
    const char *comment = bind_opt_string(L, 2, "data", "comment", NULL);
    if (comment && strlen(comment) != 1) return luaL_error(L, "data: comment must be one character, not \"%s\"", comment);
    options.comment = comment ? *comment : 0;
    options.labels = bind_opt_string(L, 2, "data", "labels", NULL);
    lua_Integer features = bind_opt_integer(L, 2, "data", "features", 0);
    if (features < 0) return luaL_error(L, "data: features must be >= 0, not %I", (LUAI_UACINT)features);
    options.features = (size_t)features;
    missing_policy(L, 2, &options);
    categorical_names(L, 2, &options);
  } else {
    options.format = luaL_optstring(L, 2, NULL);
  }
  ll_data **out = new_data(L);
  bind_check(L, ll_data_read_with(bind_ctx(L), path, &options, out));
  account(L, *out);
  return 1;
}

/* generate(name [, {parameters}]) */
static int data_generate(lua_State *L) {
  const ll_generator *generator;
  double params[LL_MAX_PARAMS];
  lua_settop(L, 2);
  bind_check(L, ll_generator_find(bind_ctx(L), luaL_checkstring(L, 1), &generator));
  ll_params_default(&generator->params, params);
  bind_params(L, 2, &generator->params, params, NULL);
  ll_data **out = new_data(L);
  bind_check(L, ll_generate(bind_ctx(L), generator, params, out));
  account(L, *out);
  return 1;
}

/* generators(): {{name, summary, params}, …} */
static int data_generators(lua_State *L) {
  lua_createtable(L, (int)ll_generator_count, 0);
  for (size_t k = 0; k < ll_generator_count; k++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, ll_generators[k]->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, ll_generators[k]->summary), lua_setfield(L, -2, "summary");
    bind_push_params(L, &ll_generators[k]->params), lua_setfield(L, -2, "params");
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  return 1;
}

/* formats(): {{format, suffix, summary}, …}, a row for each suffix */
static int data_formats(lua_State *L) {
  lua_Integer rows = 0;
  lua_newtable(L);
  for (size_t k = 0; k < ll_format_count; k++)
    for (const char *const *suffix = ll_formats[k]->suffixes; *suffix; suffix++) {
      lua_createtable(L, 0, 3);
      lua_pushstring(L, ll_formats[k]->name), lua_setfield(L, -2, "format");
      lua_pushstring(L, *suffix), lua_setfield(L, -2, "suffix");
      lua_pushstring(L, ll_formats[k]->summary), lua_setfield(L, -2, "summary");
      lua_rawseti(L, -2, ++rows);
    }
  return 1;
}

/* matrix(x, y [, {name, names, groups}]): a set over x itself. */
static int data_matrix(lua_State *L) {
  static const char *const names[] = {"name", "names", "groups", NULL};
  lua_settop(L, 3);
  const ll_matrix *x = bind_matrix(L, 1), *y = bind_matrix(L, 2);
  bind_options(L, 3, "data.matrix", names);
  const char *name = bind_opt_string(L, 3, "data.matrix", "name", "matrix"), **columns = NULL;
  uint32_t *groups = NULL;
  if (lua_istable(L, 3) && lua_getfield(L, 3, "names") != LUA_TNIL) {
    int table = lua_gettop(L);
    luaL_checktype(L, table, LUA_TTABLE);
    if (lua_rawlen(L, table) != x->cols)
      return luaL_error(L, "data.matrix: %I names for %I columns", (LUAI_UACINT)lua_rawlen(L, table), (LUAI_UACINT)x->cols);
    columns = lua_newuserdatauv(L, (x->cols + 1) * sizeof *columns, 0);
    for (size_t j = 0; j < x->cols; j++) {
      if (lua_rawgeti(L, table, (lua_Integer)j + 1) != LUA_TSTRING)
        return luaL_error(L, "data.matrix: name %d is a %s, not a string", (int)j + 1, luaL_typename(L, -1));
      columns[j] = lua_tostring(L, -1); /* the table keeps it */
      lua_pop(L, 1);
    }
  }
  if (lua_istable(L, 3) && lua_getfield(L, 3, "groups") != LUA_TNIL) {
    const ll_matrix *m = bind_matrix(L, lua_gettop(L));
    if (m->rows != x->rows || m->cols != 1)
      return luaL_error(L, "data.matrix: groups %dx%d for %d rows", (int)m->rows, (int)m->cols, (int)x->rows);
    groups = lua_newuserdatauv(L, (m->rows + 1) * sizeof *groups, 0);
    for (size_t i = 0; i < m->rows; i++) {
      double group = (double)*ll_matrix_row(m, i);
      if (!(group >= 0 && group <= UINT32_MAX && floor(group) == group))
        return luaL_error(L, "data.matrix: the group of row %d is %f, not a whole number from 0 on", (int)i + 1, group);
      groups[i] = (uint32_t)group;
    }
  }
  ll_data **out = new_data(L);
  bind_check(L, ll_data_new(bind_ctx(L), name, x, y, columns, groups, out));
  return 1;
}

static int folder_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, FOLDER);
  if (*slot) closedir(*slot);
  *slot = NULL;
  return 0;
}

/* folder(path): the names in a folder, or nil and why. */
static int data_folder(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  void **slot = bind_new(L, FOLDER);
  lua_toclose(L, -1);
  *slot = opendir(path);
  if (!*slot) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
  }
  lua_newtable(L);
  lua_Integer count = 0;
  for (struct dirent *entry; (entry = readdir(*slot)) != NULL;) {
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

int bind_open_data(lua_State *L) {
  static const luaL_Reg methods[] = {{"split", data_split},
                                     {"fold", data_fold},
                                     {"folds", data_folds},
                                     {"nested", data_nested},
                                     {"subset", data_subset},
                                     {"row_numbers", data_row_numbers},
                                     {"standardise", data_standardise},
                                     {"batches", data_batches},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", data_close}, {"__close", data_close}, {"__tostring", bind_data_tostring}, {NULL, NULL}};
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg folder_metamethods[] = {{"__gc", folder_close}, {"__close", folder_close}, {NULL, NULL}};
  static const luaL_Reg batch_metamethods[] = {{"__gc", batches_close}, {"__close", batches_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"read", data_read},     {"generate", data_generate},       {"generators", data_generators}, {"formats", data_formats},
      {"matrix", data_matrix}, {"pairs", bind_data_interactions}, {"folder", data_folder},         {NULL, NULL}};
  bind_class(L, BATCHES, none, batch_metamethods);
  bind_class(L, FOLDER, none, folder_metamethods);
  bind_class(L, BIND_DATA, methods, metamethods);
  bind_data_fields(L);
  bind_interactions_class(L);
  luaL_newlib(L, functions);
  return 1;
}
