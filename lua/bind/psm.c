/* Peptide-spectrum matches in Lua: ll.psm.read and what it gives. The set is a userdata of its own, which the matches keep. */
#include <string.h>

#include "lua/bind/data.h"
#include "lua/bind/fdr_parts.h"
#include "lua/bind/psm.h"

enum { DATA = 1 }; /* the user value that is the set */

ll_psms *bind_psms(lua_State *L, int index) { return bind_get(L, index, BIND_PSMS); }

ll_data *bind_psms_data(lua_State *L, int index) {
  lua_getiuservalue(L, index, DATA);
  return bind_data(L, -1);
}

static size_t row_of(lua_State *L, const ll_psms *psms, int index) {
  lua_Integer row = bind_integer(L, index, "psms", "the row");
  if (row < 1 || (size_t)row > psms->rows)
    luaL_error(L, "psms: row %I asked for, but there are %I", (LUAI_UACINT)row, (LUAI_UACINT)psms->rows);
  return (size_t)row - 1;
}

/* A text of the row at index 2, nil where no row has one. */
static int push_text(lua_State *L, bool has, const char *(*text_of)(const ll_psms *psms, size_t row, size_t *size)) {
  const ll_psms *psms = bind_psms(L, 1);
  size_t size, row = row_of(L, psms, 2);
  const char *text = text_of(psms, row, &size);
  if (has) lua_pushlstring(L, text, size);
  else lua_pushnil(L);
  return 1;
}

/** psms:id(row) -> string
 * The SpecId of a row, as it is in the file.
 *   row   a whole number from 1 to psms.rows
 * Errors: no such row.
 * See: ll.psm.read, psms:peptide
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read("a.pin"):id(2)   --> y
 */
static int psms_id(lua_State *L) { return push_text(L, true, ll_psms_id); }

/** psms:peptide(row) -> string
 * The peptide of a row as it is in the file, with its neighbours in the protein and its modifications.
 * nil if there is no such column.
 *   row   a whole number from 1 to psms.rows
 * Errors: no such row.
 * See: psms:peptide_groups
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read("a.pin"):peptide(1)   --> K.AB.R
 */
static int psms_peptide(lua_State *L) { return push_text(L, bind_psms(L, 1)->has_peptides, ll_psms_peptide); }

/** psms:proteins(row) -> string
 * All proteins of a row as they are in the file, separated by tabs; "" for none, nil if there is no such column.
 *   row   a whole number from 1 to psms.rows
 * Errors: no such row.
 * See: psms:protein_lists
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\tQ\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read("a.pin"):proteins(1) == "P\tQ"   --> true
 */
static int psms_proteins(lua_State *L) { return push_text(L, bind_psms(L, 1)->has_proteins, ll_psms_proteins); }

/** psms:file(row) -> integer
 * The number of a row's file, among psms.files.
 *   row   a whole number from 1 to psms.rows
 * Errors: no such row.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read("a.pin"):file(1)   --> 1
 */
static int psms_file(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  lua_pushinteger(L, (lua_Integer)psms->file[row_of(L, psms, 2)] + 1);
  return 1;
}

static void push_plain(lua_State *L, double value) {
  if (isnan(value)) lua_pushnil(L);
  else if (value == floor(value) && fabs(value) <= 9007199254740992.0) lua_pushinteger(L, (lua_Integer)value);
  else lua_pushnumber(L, value);
}

/** psms:scan(row) -> number or string
 * The scan of a row: ScanNr, an integer where it is whole, a string where it is no number; or what the id says; nil for none.
 *   row   a whole number from 1 to psms.rows
 * Errors: no such row.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read("a.pin"):scan(2)   --> 2
 */
static int psms_scan(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  const char *text;
  double scan = ll_psms_scan(psms, row_of(L, psms, 2), &text);
  if (text) lua_pushstring(L, text);
  else push_plain(L, scan);
  return 1;
}

/** psms:mass(row) -> number
 * The measured mass of a row, ExpMass; nil for none.
 *   row   a whole number from 1 to psms.rows
 * Errors: no such row.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\tExpMass\ts\nx\t1\t1\t900.5\t2\ny\t-1\t2\t901.5\t3\n")
 *   ll.psm.read("a.pin"):mass(1)   --> 900.5
 */
static int psms_mass(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  double mass = psms->mass[row_of(L, psms, 2)];
  if (isnan(mass)) lua_pushnil(L);
  else lua_pushnumber(L, mass);
  return 1;
}

/* ---- fields -------------------------------------------------------------------------------------------------------------- */

/** psms.data -> data
 * The features, labels (1: target, 0: decoy) and groups (spectra) as a data set, which is not copied.
 * See: data, ll.psm.read
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read("a.pin").data   --> data a: 2 rows, 1 features, 1 positive, in 2 groups…
 */
/** psms.rows -> integer
 * How many matches there are.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nx\t1\t1\t2\ny\t-1\t2\t3\n")
 *   ll.psm.read("a.pin").rows   --> 2
 */
/** psms.spectra -> integer
 * How many spectra there are: rows of equal file, scan and ExpMass are one.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nx\t1\t1\t2\ny\t-1\t1\t3\n")
 *   ll.psm.read("a.pin").spectra   --> 1
 */
/** psms.files -> { name, … }
 * The files of the spectra: what the column filename says, else the paths that were read.
 * See: psms:file
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nx\t1\t1\t2\ny\t-1\t1\t3\n")
 *   ll.psm.read("a.pin").files[1]   --> a.pin
 */
/** psms.fields -> { name, … }
 * The fields that matches of these files have, by the names that psms:write takes, beside numbers.
 * Always "id" and "file"; "scan" where a column or the ids say it; "peptide", "proteins", "mass" and "calculated" where there are
 * such columns.
 * See: psms:write
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\tExpMass\ts\nx\t1\t1\t900\t2\ny\t-1\t1\t900\t3\n")
 *   table.concat(ll.psm.read("a.pin").fields, " ")   --> id file scan mass
 */
/** psms.notes -> { text, … }
 * What reading had to say of the files, as a list of texts; {} if nothing.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nx\t1\t1\t2\ny\t-1\t1\t3\n")
 *   #ll.psm.read("a.pin").notes   --> 0
 */
/** psms.directions -> { [name] = number, … }
 * The weights of the line DefaultDirection by the features' names; nil if the file has no such line.
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nDefaultDirection\t-\t-\t0.5\nx\t1\t1\t2\ny\t-1\t1\t3\n")
 *   ll.psm.read("a.pin").directions.s   --> 0.5
 */
static void push_fields(lua_State *L, const ll_psms *psms) {
  const bool has[LL_PSMS_FIELDS] = {[LL_PSMS_ID] = true,
                                    [LL_PSMS_PEPTIDE] = psms->has_peptides,
                                    [LL_PSMS_PROTEINS] = psms->has_proteins,
                                    [LL_PSMS_FILE] = true,
                                    [LL_PSMS_SCAN] = psms->scan != NULL,
                                    [LL_PSMS_MASS] = psms->has_mass,
                                    [LL_PSMS_CALCULATED] = psms->has_calculated};
  lua_createtable(L, LL_PSMS_FIELDS, 0);
  for (size_t k = 0; k < LL_PSMS_FIELDS; k++)
    if (has[k]) lua_pushstring(L, ll_psms_field_names[k]), lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static int psms_index(lua_State *L) {
  const ll_psms *psms = bind_psms(L, 1);
  if (bind_method(L)) return 1;
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "rows") == 0) lua_pushinteger(L, (lua_Integer)psms->rows);
  else if (strcmp(key, "spectra") == 0) lua_pushinteger(L, (lua_Integer)psms->spectra);
  else if (strcmp(key, "data") == 0) lua_getiuservalue(L, 1, DATA);
  else if (strcmp(key, "fields") == 0) push_fields(L, psms);
  else if (strcmp(key, "notes") == 0) bind_psms_data(L, 1), lua_getfield(L, -1, "notes");
  else if (strcmp(key, "files") == 0) {
    lua_createtable(L, (int)psms->n_files, 0);
    for (size_t k = 0; k < psms->n_files; k++) lua_pushstring(L, psms->files[k]), lua_rawseti(L, -2, (lua_Integer)k + 1);
  } else if (strcmp(key, "directions") == 0) {
    if (!psms->directions) {
      lua_pushnil(L);
      return 1;
    }
    const ll_data *data = bind_psms_data(L, 1);
    lua_newtable(L);
    for (size_t j = 0; j < data->info->n_columns; j++)
      if (!isnan(psms->directions[j])) lua_pushnumber(L, psms->directions[j]), lua_setfield(L, -2, data->info->columns[j]);
  } else {
    static const char *const names[] = {
        "data", "rows", "files", "fields", "notes",          "spectra",       "directions", "id",    "peptide",    "proteins",
        "file", "scan", "mass",  "write",  "peptide_groups", "protein_lists", "masses",     "scans", "scan_groups"};
    return bind_no_name(L, "psms have no", luaL_tolstring(L, 2, NULL), names, sizeof names / sizeof *names);
  }
  return 1;
}

static int psms_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_PSMS);
  ll_psms *psms = *slot;
  *slot = NULL;
  ll_psms_free(bind_ctx(L), psms);
  return 0;
}

static int psms_tostring(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_PSMS);
  const ll_psms *psms = *slot;
  if (!psms) {
    lua_pushliteral(L, "psms (closed)");
    return 1;
  }
  const ll_data *data = bind_psms_data(L, 1);
  size_t *counts = bind_data_counts(L, data);
  lua_pushfstring(L, "psms %s: %I matches of %I spectra in %I file%s, %I targets, %I decoys, %I features", data->info->name,
                  (LUAI_UACINT)psms->rows, (LUAI_UACINT)psms->spectra, (LUAI_UACINT)psms->n_files, psms->n_files == 1 ? "" : "s",
                  (LUAI_UACINT)counts[1], (LUAI_UACINT)counts[0], (LUAI_UACINT)data->x.cols);
  for (size_t k = 0; k < data->info->n_notes; k++) {
    lua_pushfstring(L, "\n  note: %s", data->info->notes[k]);
    lua_concat(L, 2);
  }
  return 1;
}

static void missing_policy(lua_State *L, ll_psms_options *o) {
  static const char *const policies[] = {"error", "mean", "drop"};
  if (!lua_istable(L, 2)) return;
  int type = lua_getfield(L, 2, "missing"), k = 0;
  if (type == LUA_TNUMBER) o->missing = LL_MISSING_CONSTANT, o->constant = bind_fitting(L, -1, "psm.read", "missing");
  else if (type != LUA_TNIL) {
    const char *word = type == LUA_TSTRING ? lua_tostring(L, -1) : "";
    while (k < 3 && strcmp(word, policies[k]) != 0) k++;
    if (k == 3) luaL_error(L, "psm.read: missing must be \"error\", \"mean\", \"drop\" or a number, not %s", bind_shown(L, -1));
    o->missing = (ll_missing)k;
  }
}

/** ll.psm.read(path [, { exclude = {}, missing = "error", about_spectra = false }]) -> psms
 * Reads peptide-spectrum matches of Percolator's input (.pin, .tab; also .gz and .zst), with their identifiers.
 * Columns are known by their names, in any case: SpecId, Label, ScanNr, ExpMass, CalcMass, filename, Peptide, Proteins; without
 * SpecId the first column is the id, without Label the second the label. The others before the peptide are features.
 * Rows of equal file, scan and ExpMass are of one spectrum. psms.notes say what was left out or guessed.
 *   path   of a file, or an array of paths, whose files have the same columns
 *   about_spectra   true: behind the files' columns stand some about the spectrum alone, which a target and a decoy of it have in
 *                   common: "spectrum: others within 10 ppm" (100, 1000), the logarithm of how many spectra have nearly its mass,
 *                   and "spectrum: scan"; those for which there is what they are made of (false)
 *   exclude   an array of columns that are no features: names, or patterns in which * stands for any text ({})
 *   missing   what a feature that is empty, NA, NaN or infinite becomes: an error, the mean of each training part ("mean"), a row
 *             that is left out ("drop"), or a number ("error")
 * Errors: a file that cannot be read, and where and why; files whose columns differ; one class only.
 * See: psms, ll.data.load
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   ll.psm.read "a.pin"   --> psms a: 2 matches of 2 spectra in 1 file, 1 targets, 1 decoys, 1 features
 */
static int psm_read(lua_State *L) {
  static const char *const names[] = {"about_spectra", "exclude", "missing", NULL};
  ll_psms_options options = {.missing = LL_MISSING_ERROR};
  lua_settop(L, 2);
  bind_options(L, 2, "psm.read", names);
  size_t n = 1;
  const char *one, *const *paths = &one;
  if (lua_istable(L, 1)) {
    n = lua_rawlen(L, 1);
    if (n == 0) return luaL_error(L, "psm.read: no path in the array");
    paths = bind_data_names(L, 1, "psm.read: the paths");
  } else one = bind_string(L, 1, "psm.read", "the path");
  missing_policy(L, &options);
  options.about_spectra = bind_opt_boolean(L, 2, "psm.read", "about_spectra", false);
  if (lua_istable(L, 2) && lua_getfield(L, 2, "exclude") != LUA_TNIL) {
    if (lua_type(L, -1) == LUA_TSTRING) return luaL_error(L, "psm.read: exclude must be { names }, not %s", bind_shown(L, -1));
    bind_table(L, lua_gettop(L), "psm.read", "exclude");
    options.n_exclude = lua_rawlen(L, -1);
    options.exclude = bind_data_names(L, lua_gettop(L), "psm.read: exclude");
  }
  void **slot = lua_newuserdatauv(L, sizeof *slot, 1);
  *slot = NULL;
  luaL_setmetatable(L, BIND_PSMS);
  ll_data **data = bind_data_new(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, DATA);
  lua_insert(L, -2);
  bind_reach(L, "psm.read");
  ll_psms *psms;
  size_t before = ll_memory_used(bind_ctx(L));
  bind_check(L, ll_psms_read(bind_ctx(L), paths, n, &options, &psms));
  *slot = psms;
  *data = ll_psms_take_data(psms);
  bind_account(L, ll_memory_used(bind_ctx(L)) - before);
  return 1;
}

/** ll.psm.columns(path) -> { name, … }
 * The names of a file's columns, in their order, whatever they are: ids, labels, features, proteins. Its rows are not read.
 *   path   of a file, as of ll.psm.read
 * Errors: a file that cannot be read, and where and why.
 * See: ll.psm.read
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts, raw\nx\t1\t1\t2\ny\t-1\t2\t3\n")
 *   ll.psm.columns("a.pin")[4]   --> s, raw
 */
typedef struct column_names {
  char **names;
  size_t count;
} column_names;
static int push_names(lua_State *L) {
  const column_names *c = lua_touserdata(L, 1);
  lua_createtable(L, (int)c->count, 0);
  for (size_t j = 0; j < c->count; j++) lua_pushstring(L, c->names[j]), lua_rawseti(L, -2, (lua_Integer)j + 1);
  return 1;
}
static int psm_columns(lua_State *L) {
  const char *path = bind_string(L, 1, "psm.columns", "the path");
  column_names found;
  lua_settop(L, 1);
  bind_reach(L, "psm.columns");
  bind_check(L, ll_psms_column_names(bind_ctx(L), path, &found.names, &found.count));
  lua_pushcfunction(L, push_names), lua_pushlightuserdata(L, &found);
  int failed = lua_pcall(L, 1, 1, 0);
  ll_free(bind_ctx(L), found.names);
  return failed ? lua_error(L) : 1;
}

/** psms
 * Peptide-spectrum matches, as ll.psm.read gives them: psms.data is a data set, and each row keeps its identifiers.
 * See: ll.psm.read, psms:id, psms:write
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\tPeptide\tProteins\nx\t1\t1\t2\tK.AB.R\tP\ny\t-1\t2\t3\tK.BA.R\tQ\n")
 *   local psms = ll.psm.read "a.pin"
 *   psms.rows, psms:id(1), psms:peptide(2)   --> 2 x K.BA.R
 */
/** ll.psm
 * Peptide-spectrum matches of search engines, in Percolator's form, and features for rescoring them.
 * See: ll.psm.read, psms, ll.psm.normal_scores, ll.psm.lead, ll.psm.leaks, ll.fdr
 * Example:
 *   ll.system.write("a.pin", "SpecId\tLabel\tScanNr\ts\nx\t1\t1\t2\ny\t-1\t2\t3\n")
 *   ll.psm.read("a.pin").data.columns[1]   --> s
 */
int bind_open_psm(lua_State *L) {
  static const bind_function methods[] = {{"id", psms_id, 2},     {"peptide", psms_peptide, 2}, {"proteins", psms_proteins, 2},
                                          {"file", psms_file, 2}, {"scan", psms_scan, 2},       {"mass", psms_mass, 2},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__gc", psms_close}, {"__close", psms_close}, {"__tostring", psms_tostring}, {"__index", psms_index}, {NULL, NULL}};
  static const bind_function functions[] = {{"read", psm_read, 2}, {"columns", psm_columns, 1}, {NULL, NULL, 0}};
  bind_psms_open(L);
  bind_class(L, BIND_PSMS, methods, metamethods);
  luaL_getmetatable(L, BIND_PSMS);
  lua_getfield(L, -1, "methods");
  bind_methods(L, bind_psms_making);
  lua_pop(L, 2);
  bind_module(L, functions);
  bind_functions(L, bind_psm_features);
  bind_functions(L, bind_psm_marks);
  bind_ranker_class(L);
  return 1;
}
