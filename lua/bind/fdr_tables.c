/* The statistics of target-decoy identification in Lua that are more than a number for each row: the share of false ones, classes
 * of rows, entrapment. */
#include "lua/bind/fdr_parts.h"

static void set_number(lua_State *L, const char *field, double value) { lua_pushnumber(L, value), lua_setfield(L, -2, field); }
static void set_count(lua_State *L, const char *field, size_t n) { lua_pushinteger(L, (lua_Integer)n), lua_setfield(L, -2, field); }

static void set_list(lua_State *L, const char *field, const double *values, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) lua_pushnumber(L, values[i]), lua_rawseti(L, -2, (lua_Integer)i + 1);
  lua_setfield(L, -2, field);
}

/** ll.fdr.pi0(scores, labels [, { rows = column }]) -> table
 * The share of false ones among targets, where targets and decoys were searched apart.
 * Fields: pi0; lambda and at, the curve that it is read from, two lists; chosen, the place in them; note, a text where there were
 * too few rows for an estimate, pi0 is 1 then and the lists are empty. From p-values by the decoys: pi0(lambda) = (1 + #{p >=
 * lambda}) / (T (1 - lambda)), at the lambda with the least error (Storey's bootstrap, in closed form, so nothing is drawn).
 *   scores   a column, the higher the more likely a target
 *   labels   a column of 0 and 1, or of -1 and 1
 *   rows     the rows that count: a column of n of 0 and 1, or numbers of rows (all)
 * Errors: labels that are none; NaN; an option that is none.
 * See: ll.fdr.qvalues, ll.fdr.pep
 * Example:
 *   local r = ll.random(1)
 *   local scores = ll.vstack(r:normal(600) + 3, r:normal(1400))
 *   local labels = ll.vstack(ll.ones(1000), ll.zeros(1000))
 *   ll.fdr.pi0(scores, labels).pi0              --> 0.389474
 *   ll.fdr.pi0({ 2, 1 }, { 1, 0 }).pi0          --> 1
 */
static int fdr_pi0(lua_State *L) {
  static const char *const names[] = {"rows", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "pi0", "scores"), *labels = bind_fdr_labels(L, 2, "pi0");
  bind_options(L, 3, "pi0", names);
  const uint8_t *rows = NULL;
  if (!lua_isnil(L, 3)) {
    lua_getfield(L, 3, "rows");
    rows = bind_fdr_rows(L, -1, "pi0", scores->rows);
  }
  ll_fdr_pi0_curve curve;
  bind_check(L, ll_fdr_pi0(bind_ctx(L), scores, labels, rows, &curve));
  lua_createtable(L, 0, 5);
  set_number(L, "pi0", curve.pi0);
  set_list(L, "lambda", curve.lambda, curve.points), set_list(L, "at", curve.at, curve.points);
  if (curve.points) set_count(L, "chosen", curve.chosen + 1);
  if (curve.note[0]) lua_pushstring(L, curve.note), lua_setfield(L, -2, "note");
  return 1;
}

static void push_kind(lua_State *L, const ll_fdr_kind *kind, const bind_source *given) {
  lua_createtable(L, 0, 7);
  bind_push_identity(L, given, kind->row), lua_setfield(L, -2, "kind");
  set_count(L, "targets", kind->targets), set_count(L, "decoys", kind->decoys);
  set_count(L, "accepted", kind->accepted), set_count(L, "accepted_decoys", kind->accepted_decoys);
  if (kind->accepted) set_number(L, "threshold", kind->threshold);
  set_number(L, "wrong", kind->wrong);
}

/* What of the kinds is given to Lua while they are C's. */
typedef struct kinds {
  const ll_fdr_kind *list;
  size_t count;
  bind_source given;
} kinds;
static int push_kinds(lua_State *L) {
  const kinds *k = lua_touserdata(L, 2);
  lua_createtable(L, (int)k->count, 0);
  for (size_t i = 0; i < k->count; i++) push_kind(L, &k->list[i], &k->given), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

/** ll.fdr.group(scores, labels, kinds [, { level = 0.01, method = "tdc", pi0 = 1, rows = column }]) -> table
 * q-values within each class of rows, such as a charge, or modified and not, and what a level accepts.
 * Fields: q, n×1; kinds, a list in ascending order of {kind, targets, decoys, accepted, accepted_decoys, threshold, wrong};
 * accepted, the targets with q <= level; fdr, how many of all accepted are taken to be false, by each class's own count; level.
 * Each class has a threshold of its own at the same level, so that an easy class does not pay for a hard one, and a rare one is
 * not judged by the rest; in all together the share of false ones is at most the level, too. A class with fewer than 1/level
 * targets accepts none.
 *   scores   a column, the higher the more likely a target
 *   labels   a column of 0 and 1, or of -1 and 1
 *   kinds    a column of whole numbers, or a list of whole numbers or words
 *   level    the false discovery rate that is allowed, from 0 to 1 (0.01)
 *   method   as in ll.fdr.qvalues ("tdc")
 *   pi0      the share of false ones among targets, from 0 to 1 (1)
 *   rows     the rows that count, as in ll.fdr.qvalues (all)
 * Errors: labels or kinds that are none; NaN; an option that is none.
 * See: ll.fdr.qvalues
 * Example:
 *   local scores, labels = { 9, 8, 7, 3, 2, 1 }, { 1, 1, 0, 1, 1, 0 }
 *   local g = ll.fdr.group(scores, labels, { "a", "a", "a", "b", "b", "b" }, { level = 0.5 })
 *   g.accepted, g.kinds[2].kind, g.kinds[2].threshold   --> 4 b 2
 */
static int fdr_group(lua_State *L) {
  static const char *const names[] = {"level", "method", "pi0", "rows", NULL};
  lua_settop(L, 4);
  lua_pushvalue(L, 3); /* as it was given, at 5 */
  const ll_matrix *scores = bind_matrix(L, 1, "group", "scores"), *labels = bind_fdr_labels(L, 2, "group"),
                  *of = bind_fdr_groups(L, 3, "group", "kinds");
  if (!bind_as_node(L, 5) && !lua_istable(L, 5)) lua_pushvalue(L, 3), lua_replace(L, 5);
  bind_options(L, 4, "group", names);
  double level = bind_opt_number(L, 4, "group", "level", 0.01);
  ll_fdr_options options = bind_fdr_options(L, 4, "group", scores->rows);
  ll_matrix q;
  ll_fdr_kind *list;
  kinds found = {.given = {.index = 1, .who = "group", .name = "kinds"}};
  bind_check(L, ll_fdr_by_kind(bind_ctx(L), scores, labels, of, &options, level, &q, &list, &found.count));
  double accepted = 0, wrong = 0;
  for (size_t i = 0; i < found.count; i++) accepted += (double)list[i].accepted, wrong += list[i].wrong;
  found.list = list;
  lua_pushcfunction(L, push_kinds), lua_pushvalue(L, 5), lua_pushlightuserdata(L, &found);
  int failed = lua_pcall(L, 2, 1, 0);
  ll_free(bind_ctx(L), list);
  if (failed) {
    ll_matrix_release(bind_ctx(L), &q);
    return lua_error(L);
  }
  bind_push_matrix(L, &q);
  lua_createtable(L, 0, 5);
  lua_insert(L, -3);
  lua_setfield(L, -3, "q"), lua_setfield(L, -2, "kinds");
  set_count(L, "accepted", (size_t)accepted);
  set_number(L, "fdr", accepted > 0 ? wrong / accepted : 0), set_number(L, "level", level);
  return 1;
}

/* The numbers of the list `levels`, as a userdata on the stack; NULL: there is none. */
static const double *levels_of(lua_State *L, int index, size_t *n) {
  *n = 0;
  if (lua_isnil(L, index) || lua_getfield(L, index, "levels") == LUA_TNIL) return NULL;
  int list = lua_gettop(L);
  bind_table(L, list, "entrapment", "levels");
  *n = lua_rawlen(L, list);
  double *levels = lua_newuserdatauv(L, (*n + 1) * sizeof *levels, 0);
  for (size_t i = 0; i < *n; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    levels[i] = bind_number(L, lua_gettop(L), "entrapment", "a level");
    lua_pop(L, 1);
  }
  return levels;
}

typedef struct points {
  const ll_fdr_entrapment_point *list;
  size_t count;
} points;
static int push_points(lua_State *L) {
  const points *p = lua_touserdata(L, 1);
  lua_createtable(L, (int)p->count, 0);
  for (size_t i = 0; i < p->count; i++) {
    const ll_fdr_entrapment_point *one = &p->list[i];
    lua_createtable(L, 0, 9);
    set_number(L, "q", one->q);
    set_count(L, "sample", one->sample), set_count(L, "entrapment", one->entrapment);
    set_number(L, "combined", one->combined), set_number(L, "low", one->low), set_number(L, "high", one->high);
    set_number(L, "lower_bound", one->lower_bound);
    set_number(L, "bound_low", one->bound_low), set_number(L, "bound_high", one->bound_high);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** ll.fdr.entrapment(scores, labels, kind [, { ratio = r, levels = { q, … }, points = 200, confidence = 0.95, … }]) -> table
 * What share of the accepted targets is false, told by targets that are known to be wrong: a test of the q-values themselves.
 * Fields: ratio; estimated, whether it was; points, a list ascending in q of {q, sample, entrapment, combined, low, high,
 * lower_bound, bound_low, bound_high}. With N_S targets of the sample and N_E of entrapment accepted, lower_bound = N_E / (N_S +
 * N_E) counts the false ones that are seen, and combined = N_E (1 + 1/ratio) / (N_S + N_E) adds those among the sample's
 * sequences; low and high are the interval of combined (Clopper and Pearson), bound_low and bound_high that of lower_bound. Where
 * combined's interval is below q, the q-values hold; where that of the lower bound is above it, they do not; in between it is open.
 *   scores       a column, the higher the more likely a target
 *   labels       a column of 0 and 1, or of -1 and 1
 *   kind         a column: 1 for targets of entrapment, 0 for the sample's; of decoys it is not asked
 *   ratio        the size of the entrapment part of the database to that of the sample's (estimated: entrapment to sample among the
 *                targets at or below the median of decoys)
 *   levels       the q-values to look at, a list (those that targets have)
 *   points       without levels: at most so many of them, evenly chosen; 0: all (200)
 *   confidence   of the intervals, between 0 and 1 (0.95)
 *   method       as in ll.fdr.qvalues ("tdc")
 *   pi0          the share of false ones among targets, from 0 to 1 (1)
 *   rows         the rows that count, as in ll.fdr.qvalues (all)
 * Errors: a ratio that cannot be estimated; labels or kinds that are none; NaN; an option that is none.
 * See: ll.fdr.qvalues
 * Example:
 *   local scores, labels, kind = { 9, 8, 7, 6, 5, 4 }, { 1, 1, 1, 1, 1, 0 }, { 0, 0, 0, 1, 0, 0 }
 *   local e = ll.fdr.entrapment(scores, labels, kind, { ratio = 1, levels = { 0.2 } })
 *   e.points[1].sample, e.points[1].entrapment, e.points[1].combined   --> 4 1 0.4
 */
static int fdr_entrapment(lua_State *L) {
  static const char *const names[] = {"ratio", "levels", "points", "confidence", "method", "pi0", "rows", NULL};
  lua_settop(L, 4);
  const ll_matrix *scores = bind_matrix(L, 1, "entrapment", "scores"), *labels = bind_fdr_labels(L, 2, "entrapment"),
                  *kind = &bind_input(L, 3, "entrapment", &(ll_input){"kind", "n,1", LL_INPUT_BINARY})->value;
  bind_options(L, 4, "entrapment", names);
  ll_fdr_options options = bind_fdr_options(L, 4, "entrapment", scores->rows);
  lua_Integer most = bind_opt_integer(L, 4, "entrapment", "points", 200);
  if (most < 0) return luaL_error(L, "entrapment: points must be >= 0, not %I", (LUAI_UACINT)most);
  ll_fdr_entrapment_options asked = {.ratio = bind_opt_number(L, 4, "entrapment", "ratio", 0),
                                     .confidence = bind_opt_number(L, 4, "entrapment", "confidence", 0.95),
                                     .points = (size_t)most};
  bool given = !lua_isnil(L, 4) && lua_getfield(L, 4, "ratio") != LUA_TNIL;
  if (given && !(asked.ratio > 0)) return luaL_error(L, "entrapment: ratio must be > 0, not %f", asked.ratio);
  asked.levels = levels_of(L, 4, &asked.n_levels);
  ll_fdr_entrapment_point *list;
  points found;
  double ratio;
  bind_check(L, ll_fdr_entrapment(bind_ctx(L), scores, labels, kind, &options, &asked, &ratio, &list, &found.count));
  found.list = list;
  lua_pushcfunction(L, push_points), lua_pushlightuserdata(L, &found);
  int failed = lua_pcall(L, 1, 1, 0);
  ll_free(bind_ctx(L), list);
  if (failed) return lua_error(L);
  lua_createtable(L, 0, 3);
  lua_insert(L, -2);
  lua_setfield(L, -2, "points");
  set_number(L, "ratio", ratio);
  lua_pushboolean(L, !given), lua_setfield(L, -2, "estimated");
  return 1;
}

const bind_function bind_fdr_tables[] = {
    {"pi0", fdr_pi0, 3}, {"group", fdr_group, 4}, {"entrapment", fdr_entrapment, 4}, {NULL, NULL, 0}};
