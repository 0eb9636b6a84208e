/* What is made of matches in Lua: groups of peptides, lists of proteins, tables as text. */
#include <math.h>
#include <string.h>

#include "lua/bind/psm.h"

static void push_numbers(lua_State *L, const char *who, const uint32_t *numbers, size_t n, size_t most) {
  ll_matrix m;
  bind_places(L, who, most);
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)(numbers[i] + 1.0);
  bind_push_matrix(L, &m);
}

/** psms:peptide_groups([rows]) -> matrix, count
 * Numbers of the peptides of all rows, n x 1: 1, 2, … in the order in which they come, equal for equal ones; and how many.
 * Neighbours in the protein are stripped as Percolator does (K.AB[16]C.R is AB[16]C), modifications count. nil where the file
 * has no peptides.
 *   rows   an array or column of row numbers: of these, in this order (all)
 * Errors: no such row; more peptides than a matrix in single precision counts (2^24).
 * See: psms:peptide, psms:protein_lists
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tR.AB.-\tQ\n")
 *   local groups, count = ll.psm.read("a.pin"):peptide_groups()
 *   groups:get(2), count   --> 1 1
 */
static int peptide_groups(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  size_t n = psms->rows, count;
  const uint32_t *rows = NULL;
  lua_settop(L, 2);
  if (!psms->has_peptides) {
    lua_pushnil(L);
    return 1;
  }
  if (!lua_isnil(L, 2)) rows = bind_list(L, 2, "peptide_groups", &n);
  uint32_t *groups = lua_newuserdatauv(L, (n + 1) * sizeof *groups, 0);
  bind_check(L, ll_psms_peptide_groups(bind_ctx(L), psms, rows, n, groups, &count));
  push_numbers(L, "peptide_groups", groups, n, count);
  lua_pushinteger(L, (lua_Integer)count);
  return 2;
}

/** psms:scan_groups() -> matrix, count
 * Numbers of the scans of all rows, n x 1: 1, 2, … in the order in which they come, equal for equal file and scan whatever the
 * mass; and how many there are. Rows of one scan are of the same peaks: a cut keeps them together.
 * Errors: more scans than a matrix in single precision counts (2^24).
 * See: psms.spectra, psms:scan, psms:scans
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\tExpMass\ts\nx\t1\t7\t900\t2\ny\t-1\t7\t1350\t3\n")
 *   local psms = ll.psm.read "a.pin"
 *   psms.spectra, select(2, psms:scan_groups())   --> 2 1
 */
static int scan_groups(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  size_t count;
  uint32_t *groups = lua_newuserdatauv(L, (psms->rows + 1) * sizeof *groups, 0);
  bind_check(L, ll_psms_scan_groups(bind_ctx(L), psms, groups, &count));
  push_numbers(L, "scan_groups", groups, psms->rows, count);
  lua_pushinteger(L, (lua_Integer)count);
  return 2;
}

/* A column of doubles as a matrix; nil where one of them is no number. */
static int push_column(lua_State *L, const double *values, size_t n) {
  ll_matrix m;
  bool all = values != NULL;
  for (size_t i = 0; all && i < n; i++) all = !isnan(values[i]);
  if (!all) {
    lua_pushnil(L);
    return 1;
  }
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)values[i];
  bind_push_matrix(L, &m);
  return 1;
}

/** psms:masses() -> matrix
 * The measured masses of all rows, ExpMass, n x 1; nil where a row has none.
 * See: psms:mass, ll.psm.crowd
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\tExpMass\ts\nx\t1\t7\t900.5\t2\ny\t-1\t7\t1350\t3\n")
 *   ll.psm.read("a.pin"):masses():table()   --> { 900.5, 1350 }
 */
static int psms_masses(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  return push_column(L, psms->mass, psms->rows);
}

/** psms:scans() -> matrix
 * The scans of all rows as numbers, n x 1; nil where a row has none, or one that is no number.
 * Errors: a scan that a matrix in single precision does not hold, as 2^24 + 1: scan_groups tells all apart.
 * See: psms:scan, psms:scan_groups
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nx\t1\t7\t2\ny\t-1\t9\t3\n")
 *   ll.psm.read("a.pin"):scans():table()   --> { 7, 9 }
 */
static int psms_scans(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  const char *text;
  for (size_t i = 0; psms->scan && i < psms->rows; i++) {
    double scan = ll_psms_scan(psms, i, &text);
    if (isnan(scan)) break;
    if (floor(scan) >= scan && fabs((double)(ll_real)scan - scan) > 0)
      return luaL_error(L,
                        "psms:scans: row %I: scan %I is no number of " LL_PRECISION
                        " precision; psms:scan and psms:scan_groups tell "
                        "all scans apart",
                        (LUAI_UACINT)i + 1, (LUAI_UACINT)scan);
  }
  return push_column(L, psms->scan, psms->rows);
}

#define LISTS "losslab.psms.lists"
static int lists_close(lua_State *L) {
  ll_psms_protein_lists_free(bind_ctx(L), luaL_checkudata(L, 1, LISTS));
  return 0;
}

/** psms:protein_lists() -> items, starts, { name, … }
 * The proteins of all rows by their numbers: those of row i are items starts[i] to starts[i + 1] - 1, ascending, each once.
 * items is a column of all of them, row after row, starts one of n + 1 numbers; name number k is protein k, in the order in which
 * they come first. nil where the file has no column of proteins.
 * Errors: more entries than a matrix in single precision counts (2^24).
 * See: psms:proteins, psms:peptide_groups
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\tQ\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   local items, starts, names = ll.psm.read("a.pin"):protein_lists()
 *   starts:get(2), items:get(3), names[2]   --> 3 2 Q
 */
static int protein_lists(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  ll_matrix m;
  if (!psms->has_proteins) {
    lua_pushnil(L);
    return 1;
  }
  ll_psms_protein_lists *p = lua_newuserdatauv(L, sizeof *p, 0);
  *p = (ll_psms_protein_lists){.lists.rows = 0};
  luaL_setmetatable(L, LISTS);
  bind_check(L, ll_psms_proteins_of(bind_ctx(L), psms, p));
  size_t n = p->lists.starts[p->lists.rows];
  push_numbers(L, "protein_lists", p->lists.items, n, p->lists.cols);
  bind_places(L, "protein_lists", n + 1);
  bind_check(L, ll_matrix_new(bind_ctx(L), p->lists.rows + 1, 1, &m));
  for (size_t i = 0; i <= p->lists.rows; i++) m.data[i] = (ll_real)((double)p->lists.starts[i] + 1);
  bind_push_matrix(L, &m);
  lua_createtable(L, (int)p->lists.cols, 0);
  for (size_t k = 0; k < p->lists.cols; k++) {
    lua_pushlstring(L, p->names[k], p->sizes[k]);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  ll_psms_protein_lists_free(bind_ctx(L), p);
  return 3;
}

/* A list or column of numbers as the values of a column, kept on the stack. */
static void read_values(lua_State *L, int index, const char *name, size_t rows, size_t written, ll_psms_column *c) {
  const ll_node *node = bind_as_node(L, index);
  size_t n = 0;
  if (node) {
    const ll_matrix *m = &node->value;
    if (m->cols != 1 && m->rows != 1)
      luaL_error(L, "write: column \"%s\": a column of numbers was expected, not %I x %I", name, (LUAI_UACINT)m->rows,
                 (LUAI_UACINT)m->cols);
    c->values = m->data, c->stride = m->cols == 1 ? m->stride : 1, n = ll_matrix_count(m);
  } else {
    n = lua_rawlen(L, index);
    double *values = lua_newuserdatauv(L, (n + 1) * sizeof *values, 0);
    for (size_t i = 0; i < n; i++) {
      if (lua_rawgeti(L, index, (lua_Integer)i + 1) != LUA_TNUMBER)
        luaL_error(L, "write: column \"%s\": number %I is %s", name, (LUAI_UACINT)i + 1, bind_shown(L, -1));
      values[i] = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
    c->doubles = values, c->stride = 1;
  }
  if (n != rows && n != written)
    luaL_error(L, "write: column \"%s\" has %I numbers; there are %I matches, of which %I are written", name, (LUAI_UACINT)n,
               (LUAI_UACINT)rows, (LUAI_UACINT)written);
  c->by_place = n != rows;
}

static void read_column(lua_State *L, int list, size_t j, size_t rows, size_t written, ll_psms_column *c) {
  luaL_checkstack(L, 8, "too many columns");
  if (lua_rawgeti(L, list, (lua_Integer)j + 1) != LUA_TTABLE)
    luaL_error(L, "write: column %I must be {name, what [, format]}, not %s", (LUAI_UACINT)j + 1, bind_shown(L, -1));
  int entry = lua_gettop(L);
  if (lua_rawgeti(L, entry, 1) != LUA_TSTRING)
    luaL_error(L, "write: the name of column %I is %s, not a string", (LUAI_UACINT)j + 1, bind_shown(L, -1));
  c->name = lua_tostring(L, -1);
  int what = lua_rawgeti(L, entry, 2);
  int format = lua_rawgeti(L, entry, 3);
  if (format != LUA_TNIL && format != LUA_TSTRING)
    luaL_error(L, "write: the format of column \"%s\" is %s, not a string", c->name, bind_shown(L, -1));
  c->format = lua_tostring(L, -1);
  if (what == LUA_TSTRING) {
    const char *word = lua_tostring(L, -2);
    size_t field = ll_names_place(word, ll_psms_field_names + 1, LL_PSMS_FIELDS - 1) + 1;
    if (field == LL_PSMS_FIELDS) {
      lua_pushfstring(L, "write: column \"%s\": there is no field", c->name);
      bind_no_name(L, lua_tostring(L, -1), word, ll_psms_field_names + 1, LL_PSMS_FIELDS - 1);
    }
    c->field = (ll_psms_field)field;
    return;
  }
  if (what != LUA_TTABLE && !bind_as_node(L, entry + 2))
    luaL_error(L, "write: column \"%s\" is %s, not the name of a field or numbers", c->name, bind_shown(L, entry + 2));
  read_values(L, entry + 2, c->name, rows, written, c);
}

/** psms:write(path, { columns = { { name, what [, format] }, … }, rows = nil })
 * Writes a table as text, separated by tabs, with a line of names: the whole file or none of it.
 * What a column holds: "id", "peptide", "proteins" (separated by tabs, so that rows may have more cells than names), "file",
 * "scan", "mass" or "calculated" of each match; or numbers, an array or column: one for each match, or, where there are as many as
 * rows are written and not as many as matches, one for each written row. Percolator's own
 * table has the columns PSMId, score, q-value, posterior_error_prob, peptide, proteinIds.
 *   path      of the file; a device or pipe is written into
 *   columns   the columns, in their order; format is printf's for a number ("%.4g"), else the fewest digits that read back
 *   rows      an array or column of row numbers, in the order in which they are written (all)
 * Errors: a file that cannot be written; no such row; a format that is none; another number of numbers.
 * See: ll.psm.read
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\tQ\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   local psms = ll.psm.read "a.pin"
 *   psms:write("out.tsv", { rows = { 1 }, columns = { { "PSMId", "id" }, { "q", { 0.01, 1 }, "%.3f" } } })
 *   io.open("out.tsv"):read "a":gsub("\t", " ")   --> …
 */
static int psms_write(lua_State *L) {
  static const char *const names[] = {"rows", "columns", NULL};
  const ll_psms *psms = bind_psms(L, 1);
  const char *path = bind_string(L, 2, "write", "the path");
  const uint32_t *rows = NULL;
  size_t n = psms->rows;
  lua_settop(L, 3);
  bind_table(L, 3, "write", "the options");
  bind_options(L, 3, "write", names);
  bind_reach(L, "psms:write");
  if (lua_getfield(L, 3, "rows") != LUA_TNIL) rows = bind_list(L, lua_gettop(L), "write: rows", &n);
  lua_getfield(L, 3, "columns");
  int list = lua_gettop(L);
  bind_table(L, list, "write", "columns");
  size_t count = lua_rawlen(L, list);
  ll_psms_column *columns = lua_newuserdatauv(L, (count + 1) * sizeof *columns, 0);
  memset(columns, 0, (count + 1) * sizeof *columns);
  for (size_t j = 0; j < count; j++) read_column(L, list, j, psms->rows, n, &columns[j]);
  bind_check(L, ll_psms_write(bind_ctx(L), psms, path, rows, n, columns, count));
  return 0;
}

void bind_psms_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", lists_close}, {NULL, NULL}};
  static const bind_function none[] = {{NULL, NULL, 0}};
  bind_class(L, LISTS, none, metamethods);
}

const bind_function bind_psms_making[] = {{"masses", psms_masses, 1},
                                          {"scans", psms_scans, 1},
                                          {"scan_groups", scan_groups, 1},
                                          {"peptide_groups", peptide_groups, 2},
                                          {"protein_lists", protein_lists, 1},
                                          {"write", psms_write, 3},
                                          {NULL, NULL, 0}};
