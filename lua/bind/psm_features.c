/* Features of rescoring in Lua: normal scores, leads. */
#include "lua/bind/fdr_parts.h"

#define CLASS "losslab.ranker"

static ll_ranker *get(lua_State *L, int index) { return bind_get(L, index, CLASS); }

/** ranker
 * The normal scores of a matrix's columns, as ll.psm.normal_scores has fitted them.
 * See: ll.psm.normal_scores
 * Example:
 *   local ranker = ll.psm.normal_scores { { 1, 0 }, { 10, 0 }, { 1000, 0 } }
 *   ranker.columns, ranker.constant   --> { 1 } { 2 }
 */

/** ll.psm.normal_scores(x [, rows]) -> ranker
 * Fits the normal scores of columns: by its rank a value becomes a number that is normally distributed over the rows.
 * So outliers lose their pull, and units do not count. Ties share their mean rank; P(Z <= z) = (rank - 1/2) / n. Kept are the
 * columns with more than two values; constant, binary and repeated columns have no normal scores.
 *   x      n×d, a feature a column
 *   rows   the rows to fit to: a column of n of 0 and 1, or numbers of rows (all)
 * Errors: NaN or infinity; no row.
 * See: ranker:apply, ranker.columns, ranker:save, data:split
 * Example:
 *   local x = ll.matrix { { 1, 0 }, { 10, 1 }, { 1000, 1 } }
 *   ll.psm.normal_scores(x):apply(x):table()   --> { -0.967422, 0, 0.967422 }
 */
static int psm_normal_scores(lua_State *L) {
  lua_settop(L, 2);
  const ll_matrix *x = bind_matrix(L, 1, "normal_scores", "x");
  const uint8_t *rows = bind_fdr_rows(L, 2, "normal_scores", x->rows);
  void **slot = bind_new(L, CLASS);
  ll_ranker *ranker;
  bind_check(L, ll_ranker_fit(bind_ctx(L), x, rows, &ranker));
  *slot = ranker;
  return 1;
}

/** ll.psm.load_ranker(bytes) -> ranker
 * The ranker that ranker:save wrote as bytes.
 *   bytes   a string
 * Errors: other or damaged bytes; those of the other precision.
 * See: ranker:save
 * Example:
 *   local ranker = ll.psm.normal_scores { { 1 }, { 2 }, { 4 } }
 *   ll.psm.load_ranker(ranker:save()):apply({ { 2 } }):item()   --> 0
 */
static int psm_load_ranker(lua_State *L) {
  size_t n;
  const char *bytes = bind_bytes(L, 1, "load_ranker", "the state", &n);
  void **slot = bind_new(L, CLASS);
  ll_ranker *ranker;
  bind_check(L, ll_ranker_load(bind_ctx(L), bytes, n, &ranker));
  *slot = ranker;
  return 1;
}

/** ranker:apply(x) -> matrix
 * The normal scores of x, n×k, a column for each of ranker.columns.
 * Between the values that it keeps it goes in straight lines, and beyond the first and the last it is constant.
 *   x   as many columns as the ranker was fitted to
 * Errors: another number of columns; NaN or infinity.
 * See: ll.psm.normal_scores, ranker.columns
 * Example:
 *   local ranker = ll.psm.normal_scores { { 1 }, { 2 }, { 4 } }
 *   ranker:apply({ { 3 }, { 100 } }):table()   --> { 0.483711, 0.967422 }
 */
static int ranker_apply(lua_State *L) {
  const ll_ranker *ranker = get(L, 1);
  const ll_matrix *x = bind_matrix(L, 2, "apply", "x");
  ll_matrix out;
  bind_check(L, ll_ranker_apply(bind_ctx(L), ranker, x, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ranker:save() -> string
 * The ranker as bytes, which ll.psm.load_ranker reads.
 * See: ll.psm.load_ranker
 * Example:
 *   ll.psm.normal_scores({ { 1 }, { 2 }, { 4 } }):save():match "^losslab (%a+)"   --> ranker
 */
static int ranker_save(lua_State *L) {
  void *bytes;
  size_t n;
  bind_check(L, ll_ranker_save(bind_ctx(L), get(L, 1), &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}

static int ranker_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_ranker_free(bind_ctx(L), *slot);
  *slot = NULL;
  return 0;
}

static int ranker_tostring(lua_State *L) {
  ll_ranker_info info = ll_ranker_about(get(L, 1));
  lua_pushfstring(L, "normal scores of %d of %d columns", (int)info.n_columns, (int)info.columns_of_x);
  return 1;
}

static void push_columns(lua_State *L, const uint32_t *columns, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushinteger(L, (lua_Integer)columns[i] + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/** ranker.columns -> { integer, … }
 * The numbers of the columns that it has normal scores of: more than two values, and no column before that is equal.
 * Example:
 *   ll.psm.normal_scores({ { 1, 0, 1 }, { 2, 1, 2 }, { 4, 1, 4 } }).columns   --> { 1 }
 */
static void push_kept(lua_State *L, const ll_ranker_info *info) { push_columns(L, info->columns, info->n_columns); }
/** ranker.constant -> { integer, … }
 * The numbers of the columns with one value.
 * Example:
 *   ll.psm.normal_scores({ { 1, 0 }, { 2, 0 } }).constant   --> { 2 }
 */
static void push_constant(lua_State *L, const ll_ranker_info *info) { push_columns(L, info->constant, info->n_constant); }
/** ranker.duplicates -> { integer, … }
 * The numbers of the columns that equal an earlier one in every row, constant ones aside; ranker.originals says which.
 * Example:
 *   ll.psm.normal_scores({ { 1, 0, 1 }, { 2, 1, 2 }, { 4, 1, 4 } }).duplicates   --> { 3 }
 */
static void push_duplicates(lua_State *L, const ll_ranker_info *info) { push_columns(L, info->duplicates, info->n_duplicates); }
/** ranker.originals -> { integer, … }
 * For each of ranker.duplicates the number of the first column that it equals.
 * Example:
 *   ll.psm.normal_scores({ { 1, 0, 1 }, { 2, 1, 2 }, { 4, 1, 4 } }).originals   --> { 1 }
 */
static void push_originals(lua_State *L, const ll_ranker_info *info) { push_columns(L, info->originals, info->n_duplicates); }

typedef struct field {
  const char *name;
  void (*push)(lua_State *L, const ll_ranker_info *info);
} field;
static const field fields[] = {
    {"columns", push_kept},
    {"constant", push_constant},
    {"duplicates", push_duplicates},
    {"originals", push_originals},
};

/* Upvalue: the methods. */
static int ranker_index(lua_State *L) {
  ll_ranker_info info = ll_ranker_about(get(L, 1));
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  lua_pushstring(L, key);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1));) lua_pushvalue(L, -2), lua_insert(L, -2), lua_settable(L, -4);
  for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
    if (lua_pushstring(L, fields[k].name), lua_rawequal(L, 2, -1)) {
      fields[k].push(L, &info);
      return 1;
    }
    lua_pushboolean(L, true), lua_settable(L, -3);
  }
  return bind_unknown(L, "a ranker", lua_type(L, 2) == LUA_TSTRING ? key : bind_shown(L, 2), -1);
}

void bind_ranker_class(lua_State *L) {
  static const bind_function methods[] = {{"apply", ranker_apply, 2}, {"save", ranker_save, 1}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__gc", ranker_close}, {"__close", ranker_close}, {"__tostring", ranker_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  luaL_getmetatable(L, CLASS);
  lua_getfield(L, -1, "methods");
  lua_pushcclosure(L, ranker_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

/** ll.psm.lead(scores, groups [, { all = false, kinds = column }]) -> matrix
 * How far the best row of each group lies above the second best, n×1; all other rows have 0.
 * As a search engine's delta score, of any score. The one row of a group has 0, and so have rows that tie for the best.
 *   scores   a column, the higher the better
 *   groups   a column of whole numbers, a list of whole numbers or words, or a data set that has groups
 *   all      true: of every row the distance to the best other row of its group, below 0 for those that lose (false)
 *   kinds    a column of whole numbers: rows of one kind, as of one peptide that a scan was matched to twice, are no rivals, and
 *            all of the best kind lead by what they are above the best of another (each row is of a kind of its own)
 * Errors: shapes that differ; NaN; groups or kinds that are none.
 * See: ll.fdr.compete, ll.psm.normal_scores
 * Example:
 *   ll.psm.lead({ 5, 3, 1, 4 }, { 1, 1, 1, 2 }):table()                   --> { 2, 0, 0, 0 }
 *   ll.psm.lead({ 5, 3, 1, 4 }, { 1, 1, 1, 2 }, { all = true }):table()   --> { 2, -2, -4, 0 }
 *   ll.psm.lead({ 5, 3, 1, 4 }, { 1, 1, 1, 2 }, { kinds = { 7, 7, 8, 8 } }):table()   --> { 4, 2, 0, 0 }
 */
static int psm_lead(lua_State *L) {
  static const char *const names[] = {"all", "kinds", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "lead", "scores"), *groups = bind_fdr_groups(L, 2, "lead", "groups");
  bind_options(L, 3, "lead", names);
  bool all = bind_opt_boolean(L, 3, "lead", "all", false);
  const ll_matrix *kinds = NULL;
  ll_matrix out;
  if (!lua_isnil(L, 3) && lua_getfield(L, 3, "kinds") != LUA_TNIL) kinds = bind_fdr_groups(L, lua_gettop(L), "lead", "kinds");
  bind_check(L, ll_psm_lead(bind_ctx(L), scores, groups, kinds, all, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ll.psm.leaks(x, labels, groups, scores [, { seed = 1 }]) -> { table, … }, integer
 * Whether columns give the label away: a sign test for each column, over groups where nobody believes in target or decoy.
 * Gives a list, one for each column, of {column, higher, lower, equal, p, adjusted}, and how many groups were compared: those that
 * have a target and a decoy with a score below the median of all decoys. There the label is a coin, so that the target's value is
 * as often the higher as the lower one. A column made of what targets alone have, such as the number of candidates in the target
 * database, is not: it makes a model that knows the label, and q-values that are too small. p is the two-sided binomial test's,
 * adjusted the same among all columns (Holm). Of more such targets or decoys in a group one is drawn.
 *   x        n×d, a feature a column
 *   labels   a column of 0 and 1, or of -1 and 1
 *   groups   a column of whole numbers, a list of whole numbers or words, or a data set that has groups
 *   scores   a column, the higher the better: which rows are poor
 *   seed     a whole number (1)
 * Errors: shapes that differ; NaN; labels or groups that are none; an option that is none.
 * See: ll.psm.lead, ll.fdr.compete
 * Example:
 *   local groups, labels, column, score = {}, {}, {}, {}
 *   for i = 1, 40 do groups[i], labels[i], column[i], score[i] = i // 2 * 2, i % 2, { i % 2 }, i // 2 end
 *   local leaks, n = ll.psm.leaks(column, labels, groups, score)
 *   n, leaks[1].higher, leaks[1].lower, leaks[1].adjusted < 0.01   --> 9 9 0 true
 */
static int psm_leaks(lua_State *L) {
  static const char *const names[] = {"seed", NULL};
  lua_settop(L, 5);
  const ll_matrix *x = bind_matrix(L, 1, "leaks", "x"), *labels = bind_fdr_labels(L, 2, "leaks"),
                  *groups = bind_fdr_groups(L, 3, "leaks", "groups"), *scores = bind_matrix(L, 4, "leaks", "scores");
  bind_options(L, 5, "leaks", names);
  lua_Integer seed = bind_opt_integer(L, 5, "leaks", "seed", 1);
  ll_psm_leak *leaks = lua_newuserdatauv(L, (x->cols + 1) * sizeof *leaks, 0);
  size_t used;
  bind_check(L, ll_psm_leaks(bind_ctx(L), x, labels, groups, scores, (uint64_t)seed, leaks, &used));
  lua_createtable(L, (int)x->cols, 0);
  for (size_t j = 0; j < x->cols; j++) {
    lua_createtable(L, 0, 6);
    lua_pushinteger(L, (lua_Integer)j + 1), lua_setfield(L, -2, "column");
    lua_pushinteger(L, (lua_Integer)leaks[j].higher), lua_setfield(L, -2, "higher");
    lua_pushinteger(L, (lua_Integer)leaks[j].lower), lua_setfield(L, -2, "lower");
    lua_pushinteger(L, (lua_Integer)leaks[j].equal), lua_setfield(L, -2, "equal");
    lua_pushnumber(L, leaks[j].p), lua_setfield(L, -2, "p");
    lua_pushnumber(L, leaks[j].adjusted), lua_setfield(L, -2, "adjusted");
    lua_rawseti(L, -2, (lua_Integer)j + 1);
  }
  lua_pushinteger(L, (lua_Integer)used);
  return 2;
}

/** ll.psm.crowd(masses, groups, ppm) -> matrix
 * How many spectra have nearly the mass of each row, n×1: groups whose mass is within so many millionths of it, itself among them.
 * A peptide that is there in quantity is sampled again and again, so a spectrum in a crowd is more often right. Neither labels nor
 * sequences take part: a false target and a decoy of one spectrum have the same number.
 *   masses   a column: the measured mass of each row's precursor
 *   groups   a column of whole numbers, a list of whole numbers or words, or a data set that has groups: spectra
 *   ppm      from 0 to 10^6
 * Errors: shapes that differ; NaN; groups that are none; ppm out of range.
 * See: psms:masses, ll.psm.lead
 * Example:
 *   ll.psm.crowd({ 900, 900.001, 1200, 900.001 }, { 1, 2, 3, 2 }, 10):table()   --> { 2, 2, 1, 2 }
 */
static int psm_crowd(lua_State *L) {
  lua_settop(L, 3);
  const ll_matrix *masses = bind_matrix(L, 1, "crowd", "masses"), *groups = bind_fdr_groups(L, 2, "crowd", "groups");
  ll_matrix out;
  bind_check(L, ll_psm_crowd(bind_ctx(L), masses, groups, bind_number(L, 3, "crowd", "ppm"), &out));
  bind_push_matrix(L, &out);
  return 1;
}

const bind_function bind_psm_features[] = {{"crowd", psm_crowd, 3},
                                           {"normal_scores", psm_normal_scores, 2},
                                           {"load_ranker", psm_load_ranker, 1},
                                           {"lead", psm_lead, 3},
                                           {"leaks", psm_leaks, 5},
                                           {NULL, NULL, 0}};
