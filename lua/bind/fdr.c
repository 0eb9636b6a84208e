/* The statistics of target-decoy identification in Lua: a number for each row. */
#include <string.h>

#include "lua/bind/data.h"
#include "lua/bind/fdr_parts.h"

const ll_matrix *bind_fdr_labels(lua_State *L, int index, const char *who) {
  return &bind_input(L, index, who, &(ll_input){"labels", "n,1", LL_INPUT_BINARY})->value;
}

const ll_matrix *bind_fdr_groups(lua_State *L, int index, const char *who, const char *name) {
  if (luaL_testudata(L, index, BIND_DATA)) {
    if (lua_getfield(L, index, "groups") == LUA_TNIL) luaL_error(L, "%s: %s: the data set has no groups", who, name);
    lua_replace(L, index);
  }
  return &bind_input(L, index, who, &(ll_input){name, "n,1", LL_INPUT_IDENTITY})->value;
}

/* Whether m is a mask of n rows. */
static bool is_mask(const ll_matrix *m, size_t n) {
  if ((m->rows > 1 && m->cols > 1) || ll_matrix_count(m) != n) return false;
  for (size_t i = 0; i < n; i++) {
    ll_real one = m->cols == 1 ? ll_matrix_row(m, i)[0] : m->data[i];
    if (one != 0 && one != 1) return false;
  }
  return true;
}

const uint8_t *bind_fdr_rows(lua_State *L, int index, const char *who, size_t n) {
  if (lua_isnoneornil(L, index)) return NULL;
  index = lua_absindex(L, index);
  const ll_matrix *m = bind_matrix(L, index, who, "rows");
  uint8_t *counted = lua_newuserdatauv(L, n + 1, 0);
  memset(counted, 0, n);
  if (is_mask(m, n)) {
    for (size_t i = 0; i < n; i++) counted[i] = (m->cols == 1 ? ll_matrix_row(m, i)[0] : m->data[i]) == 1;
  } else {
    size_t count;
    const uint32_t *rows = bind_list(L, index, lua_pushfstring(L, "%s: rows", who), &count);
    lua_pop(L, 1);
    for (size_t i = 0; i < count; i++) {
      if (rows[i] >= n)
        luaL_error(L, "%s: rows: row %d of %d; a column of %d of 0 and 1, or numbers of rows, were expected", who, (int)rows[i] + 1,
                   (int)n, (int)n);
      counted[rows[i]] = 1;
    }
  }
  lua_replace(L, index);
  return counted;
}

ll_fdr_options bind_fdr_options(lua_State *L, int index, const char *who, size_t n) {
  ll_fdr_options options = {.method = (ll_fdr_method)bind_opt_word(L, index, who, "method", ll_fdr_method_names, LL_FDR_TDC),
                            .pi0 = bind_opt_number(L, index, who, "pi0", 1)};
  if (lua_isnoneornil(L, index)) return options;
  lua_getfield(L, index, "rows");
  options.rows = bind_fdr_rows(L, -1, who, n);
  return options;
}

/** ll.fdr.compete(scores, labels, groups [, seed]) -> matrix
 * The best row of each group, such as the best match of a spectrum: n×1 of 1 for it and 0 for the others.
 * Where a target and a decoy tie for the best, a fair coin decides between the classes, however many rows of either tie. Seed and
 * group's number alone throw it (of words: their place in order), so that rows in another order have the same coins. Of tied rows
 * of one class it is the first.
 *   scores   a column, the higher the better
 *   labels   a column of 0 (decoy) and 1 (target), or of -1 and 1
 *   groups   a column of whole numbers, a list of whole numbers or words, or a data set that has groups
 *   seed     a whole number: other coins (1)
 * Errors: shapes that differ; NaN; labels or groups that are none; a data set without groups.
 * See: ll.fdr.best, ll.fdr.qvalues, ll.psm.lead
 * Example:
 *   ll.fdr.compete({ 3, 5, 2, 1 }, { 1, 0, 1, 1 }, { 7, 7, 8, 8 }):table()   --> { 0, 1, 1, 0 }
 *   ll.fdr.compete({ 3, 3, 3, 3 }, { 1, 1, 0, 1 }, { 7, 7, 7, 8 }):table()   --> { 1, 0, 0, 1 }
 *   ll.fdr.compete({ 3, 3, 3, 3 }, { 1, 1, 0, 1 }, { 7, 7, 7, 8 }, 2):table()   --> { 0, 0, 1, 1 }
 */
static int fdr_compete(lua_State *L) {
  lua_settop(L, 4);
  const ll_matrix *scores = bind_matrix(L, 1, "compete", "scores"), *labels = bind_fdr_labels(L, 2, "compete"),
                  *groups = bind_fdr_groups(L, 3, "compete", "groups");
  lua_Integer seed = lua_isnil(L, 4) ? 1 : bind_integer(L, 4, "compete", "the seed");
  ll_matrix out;
  bind_check(L, ll_fdr_compete(bind_ctx(L), scores, labels, groups, (uint64_t)seed, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ll.fdr.best(scores, of) -> matrix
 * The best row of each number in `of`, such as the best match of each peptide: n×1 of 1 for it and 0 for the others.
 * Of tied rows it is the first. With peptides as `of`, what is left when all other rows are dropped is the list of peptides.
 *   scores   a column, the higher the better
 *   of       a column of whole numbers, or a list of whole numbers or words
 * Errors: shapes that differ; NaN; numbers that are no whole ones.
 * See: ll.fdr.compete, ll.fdr.picked
 * Example:
 *   ll.fdr.best({ 3, 5, 2, 1 }, { "PEK", "PEK", "LAR", "LAR" }):table()   --> { 0, 1, 1, 0 }
 */
static int fdr_best(lua_State *L) {
  lua_settop(L, 2);
  const ll_matrix *scores = bind_matrix(L, 1, "best", "scores"), *of = bind_fdr_groups(L, 2, "best", "of");
  ll_matrix out;
  bind_check(L, ll_fdr_best(bind_ctx(L), scores, of, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ll.fdr.qvalues(scores, labels [, { method = "tdc", pi0 = 1, rows = column }]) -> matrix
 * The q-value of each row: the least false discovery rate at which it is still accepted, n×1; of decoys, too.
 * At a threshold with t targets and d decoys at or above, of T and D, the rate is (d + 1) / t by "tdc", for targets and decoys that
 * competed for each spectrum; pi0 T/D (d + 1) / t by "separate", where they were searched apart; "mixmax" adds to that the false
 * ones that outdo the right peptide of their spectrum. q is the least rate of this and every lower threshold, at most 1. Equal
 * scores pass a threshold together. A class that is absent is no error: without decoys d is 0, without targets q is 1.
 *   scores   a column, the higher the more likely a target
 *   labels   a column of 0 and 1, or of -1 and 1
 *   method   "tdc", "separate" or "mixmax" ("tdc")
 *   pi0      the share of false ones among targets, from 0 to 1, by ll.fdr.pi0; "tdc" does not ask for it (1)
 *   rows     the rows that count: a column of n of 0 and 1, or numbers of rows; q of all others is 1 (all)
 * Errors: labels that are none; NaN; shapes that differ; an option that is none.
 * See: ll.fdr.pep, ll.fdr.pi0, ll.fdr.group, ll.fdr.compete, ll.metric.qvalues
 * Example:
 *   local scores, labels = { 9, 8, 7, 6, 5, 4 }, { 1, 1, 1, 1, 0, 1 }
 *   ll.fdr.qvalues(scores, labels):get(1)                             --> 0.25
 *   ll.fdr.qvalues(scores, labels, { rows = { 1, 2, 3 } }):get(6)     --> 1
 */
static int fdr_qvalues(lua_State *L) {
  static const char *const names[] = {"method", "pi0", "rows", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "qvalues", "scores"), *labels = bind_fdr_labels(L, 2, "qvalues");
  bind_options(L, 3, "qvalues", names);
  ll_fdr_options options = bind_fdr_options(L, 3, "qvalues", scores->rows);
  ll_matrix out;
  bind_check(L, ll_fdr_qvalues(bind_ctx(L), scores, labels, &options, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ll.fdr.pep(scores, labels [, { method = "tdc", pi0 = 1, rows = column, smooth = true }]) -> matrix
 * The posterior error probability of each row: how likely a target with its score is false, n×1, from 0 to 1.
 * It never rises with the score, and the mean over the accepted targets is their false discovery rate, down to where it is cut to
 * 1, from which on it is less. By isotonic regression of the decoys' share, without a bandwidth or a shape; the +1 of the q-value
 * keeps the best rows from 0. Within each block of the regression it is smoothed, which leaves the block's mean. Below the last
 * target, and without targets, it is 1.
 *   scores   a column, the higher the more likely a target
 *   labels   a column of 0 and 1, or of -1 and 1
 *   method   how decoys stand for false targets, as in ll.fdr.qvalues ("tdc")
 *   pi0      the share of false ones among targets, from 0 to 1 (1)
 *   rows     the rows that count, as in ll.fdr.qvalues; of all others it is 1 (all)
 *   smooth   false: the steps of the regression as they are (true)
 * Errors: labels that are none; NaN; shapes that differ; an option that is none.
 * See: ll.fdr.qvalues, ll.fdr.pi0
 * Example:
 *   local scores, labels = { 9, 8, 7, 6, 5, 4, 3, 2 }, { 1, 1, 1, 1, 0, 1, 0, 0 }
 *   ll.fdr.pep(scores, labels, { smooth = false }):get(1)   --> 0.25
 *   ll.fdr.pep(scores, labels):get(8)                       --> 1
 */
static int fdr_pep(lua_State *L) {
  static const char *const names[] = {"method", "pi0", "rows", "smooth", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "pep", "scores"), *labels = bind_fdr_labels(L, 2, "pep");
  bind_options(L, 3, "pep", names);
  ll_fdr_options options = bind_fdr_options(L, 3, "pep", scores->rows);
  options.stepped = !bind_opt_boolean(L, 3, "pep", "smooth", true);
  ll_matrix out;
  bind_check(L, ll_fdr_pep(bind_ctx(L), scores, labels, &options, &out));
  bind_push_matrix(L, &out);
  return 1;
}

int bind_open_fdr(lua_State *L) {
  static const bind_function functions[] = {
      {"compete", fdr_compete, 4}, {"best", fdr_best, 2}, {"qvalues", fdr_qvalues, 3}, {"pep", fdr_pep, 3}, {NULL, NULL, 0}};
  bind_module(L, functions);
  bind_functions(L, bind_fdr_tables);
  return 1;
}
