/* Splits of a set in Lua: one cut, the folds one after another, folds within folds. */
#include "lua/bind/data.h"

/* The options that split, fold and folds share. */
static ll_cut cut_options(lua_State *L, int index, const char *what) {
  ll_cut cut = {0};
  cut.validation = bind_opt_number(L, index, what, "validation", 0);
  cut.views = bind_data_large();
  cut.standardise = bind_opt_boolean(L, index, what, "standardise", false);
  cut.split.stratify = bind_opt_boolean(L, index, what, "stratify", true);
  cut.split.grouped = bind_opt_boolean(L, index, what, "groups", true);
  cut.split.domains = bind_opt_boolean(L, index, what, "domains", false);
  cut.split.seed = (uint64_t)bind_opt_integer(L, index, what, "seed", 1);
  cut.split.trial = (uint64_t)bind_opt_integer(L, index, what, "trial", 0);
  return cut;
}

/* Pushes train, test and, if there is one, validation. */
static int push_cut(lua_State *L, const ll_data *data, const ll_cut *cut) {
  ll_data **train = bind_data_new(L), **test = bind_data_new(L), **validation = bind_data_new(L);
  bind_check(L, ll_data_cut(bind_ctx(L), data, cut, train, test, validation));
  bind_data_account(L, *train), bind_data_account(L, *test), bind_data_account(L, *validation);
  if (*validation) return 3;
  lua_pop(L, 1);
  return 2;
}

/** data:split { test = 0.3, validation = 0, stratify = true, … } -> train, test [, validation]
 * Cuts the set at random into a training and a test part.
 * With validation above 0 rows of the training part become a validation part.
 * Missing cells are filled with the training part's means.
 *   test   the share that is held out, between 0 and 1 (0.3)
 *   validation   the share of the training part that is held out of it, on [0, 1) (0: none)
 *   stratify   whether every part has the same share of each class (true)
 *   groups   whether rows of a group stay together, where the set has groups (true)
 *   domains   whether groups with a domain in common do, too, as far as parts allow: data:cut_groups (false)
 *   seed   a whole number: the same seed and trial cut alike (1)
 *   trial   a whole number, beside the seed (0)
 *   standardise   whether all parts are scaled by the training part's means and deviations (false)
 * Errors: a share out of its range; a class with one row; no such option.
 * See: data:folds, data:standardise
 * Example:
 *   local pima = ll.data.load "pima"
 *   local train, test, validation = pima:split { test = 0.25, validation = 0.2, seed = 1 }
 *   train.rows, test.rows, validation.rows   --> 461 192 115
 */
static int data_split(lua_State *L) {
  static const char *const names[] = {"test", "validation", "stratify", "groups", "domains", "seed", "trial", "standardise", NULL};
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
  static const char *const names[] = {"k",    "repeats", "validation",  "stratify", "groups", "domains",
                                      "seed", "trial",   "standardise", "inner",    NULL};
  static const char *const own[] = {"k",       "repeats", "validation", "stratify",    "groups",
                                    "domains", "seed",    "trial",      "standardise", NULL};
  bind_options(L, index, "folds", outer ? names : own);
  ll_cut cut = cut_options(L, index, "folds");
  lua_Integer k = bind_opt_integer(L, index, "folds", "k", 5);
  if (k < 2) luaL_error(L, "folds: k must be at least 2, not %I", (LUAI_UACINT)k);
  cut.folds = (size_t)k;
  lua_Integer repeats = bind_opt_integer(L, index, "folds", "repeats", 1);
  if (repeats < 1 || repeats > 1000000) luaL_error(L, "folds: repeats must be from 1 to 10^6, not %I", (LUAI_UACINT)repeats);
  return (fold_walk){cut, 0, cut.folds * (size_t)repeats};
}

/** data:fold(i [, { k = 5, … }]) -> train, test [, validation]
 * One fold: part i of k is the test part, the others the training part.
 *   i   a whole number from 1 to k times repeats
 *   …   the options of data:folds
 * Errors: no such fold; as of data:folds.
 * See: data:folds
 * Example:
 *   local train, test = ll.data.load("iris"):fold(2, { k = 5 })
 *   train.rows, test.rows   --> 120 30
 */
static int data_fold(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_settop(L, 3);
  lua_Integer i = bind_integer(L, 2, "fold", "the fold");
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
  ll_data **out = bind_data_new(L);
  size_t n;
  bind_check(L, ll_data_folds(ctx, data, NULL, 0, cut->folds, &cut->split, part));
  bind_check(L, ll_data_rows_where(ctx, NULL, part, data->x.rows, (uint32_t)cut->fold, false, &rows, &n));
  ll_status status = bind_data_part(ctx, data, rows, n, NULL, out);
  ll_free(ctx, rows);
  bind_check(L, status);
  bind_data_account(L, *out);
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

/** data:nested { k = 5, …, inner = { k = 5, … } } -> iterator
 * Folds within folds, for choosing without the outer test part.
 * As in: for train, test, inner in data:nested{…} do for fit, check in inner do … end end.
 * inner walks over the folds of the outer training part, for choosing; the outer test part is seen by nothing inside.
 *   inner   the options of data:folds for the folds inside
 *   …   the options of data:folds but for validation, which belongs into inner
 * Errors: as of data:folds.
 * See: data:folds
 * Example:
 *   local n = 0
 *   for train, test, inner in ll.data.load("iris"):nested { k = 3, inner = { k = 2 } } do
 *     for fit, check in inner do n = n + 1 end
 *   end
 *   n   --> 6
 */
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

/** data:folds { k = 5, repeats = 1, validation = 0, stratify = true, … } -> iterator
 * Cross-validation: the folds one after the other, each row once in a test part.
 * As in: for train, test [, validation] in data:folds{…} do … end.
 * Missing cells are filled with each training part's means.
 *   k   how many folds, a whole number >= 2 (5)
 *   repeats   how many times over, from 1 to 10^6, each with another cut (1)
 *   validation   the share of the training part that is held out of it, on [0, 1) (0: none)
 *   stratify   whether every part has the same share of each class (true)
 *   groups   whether rows of a group stay together, where the set has groups (true)
 *   domains   whether groups with a domain in common do, too, as far as parts allow: data:cut_groups (false)
 *   seed   a whole number: the same seed and trial cut alike (1)
 *   trial   a whole number, beside the seed (0)
 *   standardise   whether all parts are scaled by the training part's means and deviations (false)
 * Errors: fewer rows, or groups, than folds; a class with fewer rows than folds; no such option.
 * See: data:fold, data:nested, data:split
 * Example:
 *   local iris, n = ll.data.load "iris", 0
 *   for train, test in iris:folds { k = 5, seed = 1, standardise = true } do
 *     n = n + test.rows
 *   end
 *   n   --> 150
 */
static int data_folds(lua_State *L) {
  bind_data(L, 1);
  lua_settop(L, 2);
  fold_walk walk = fold_options(L, 2, false);
  lua_settop(L, 1);
  push_folds(L, &walk);
  return 1;
}

const bind_function bind_data_splits[] = {
    {"split", data_split, 2}, {"fold", data_fold, 3}, {"folds", data_folds, 2}, {"nested", data_nested, 2}, {NULL, NULL, 0}};
