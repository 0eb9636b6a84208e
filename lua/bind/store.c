/* Result databases: ll.store.open(path, {mode = "read" | "write" | "create", timeout = 30, functions = false}) -> db; functions:
 * those of losslab/sql.h, in queries of one's own. Statements are run by their name (ll.store.statements()) with values by
 * position, or as one table of named values. */
#include <string.h>

#include "losslab/sql.h"
#include "lua/bind/store.h"

#define CLASS BIND_STORE

/** store
 * A result database that is open, as ll.store.open gives it. What a study did is read with store:query.
 * It is about one study of the file, at first the one that was run last; store:choose takes another. Statements of losslab's
 * own are run by name, with values by position or one table of named values: ll.store.statements() lists them. nil and NaN
 * become NULL, booleans 0 and 1; a matrix becomes a blob of float32. It is closed by store:close, or when it is collected.
 * See: ll.store, store:query
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db   --> result database a.db (create)
 *   for row in db:query "SELECT count(*) AS trials FROM trial" do n = row.trials end
 *   n   --> 0
 */
ll_store *bind_store(lua_State *L) { return bind_get(L, 1, CLASS); }

/** store:run(name, …) -> rows, id
 * Runs a statement of losslab by its name.
 * Gives how many rows it changed, and the id of the last one inserted.
 * For losslab's own use: a file that is written by hand can no longer be replayed or compared.
 *   name   of a statement; see ll.store.statements
 *   …   its values in order, or one table of them by name; a table is no value, ll.json makes a text of it
 * Errors: no such statement or value; a database opened to read; what SQLite says.
 * See: ll.store.statements, store:rows
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:run("delete_scores", 7)   --> 0 0
 */
static int db_run(lua_State *L) {
  ll_store *store = bind_store(L);
  const char *name = bind_string(L, 2, "store", "the name of a statement");
  ll_value values[LL_STORE_MAX_VALUES];
  ll_store_change change;
  size_t count = bind_store_values(L, store, name, values);
  bind_check(L, ll_store_run(store, name, values, count, &change));
  lua_pushinteger(L, change.rows);
  lua_pushinteger(L, change.id);
  return 2;
}

typedef struct many {
  lua_State *L;
  const char **names;
  size_t count;
} many;

enum { ROWS_AT = 3, COMMON_AT = 4, ROW_AT = 5 };

/* The values of one row, which stays on the stack as long as they are borrowed. Raises nothing: statements are under way. */
static ll_status fill_row(void *data, size_t at, ll_value *values) {
  many *m = data;
  lua_State *L = m->L;
  lua_settop(L, COMMON_AT);
  if (lua_rawgeti(L, ROWS_AT, (lua_Integer)at + 1) != LUA_TTABLE)
    return ll_fail(bind_ctx(L), LL_ERR_ARGUMENT, "row %zu is no table", at + 1);
  for (size_t i = 0; i < m->count; i++) {
    lua_pushstring(L, m->names[i]);
    if (lua_rawget(L, ROW_AT) == LUA_TNIL) {
      lua_pushstring(L, m->names[i]);
      lua_rawget(L, COMMON_AT);
      lua_remove(L, -2);
    }
    size_t size;
    const char *text;
    switch (lua_type(L, -1)) {
    case LUA_TNIL: break;
    case LUA_TNUMBER:
      values[i] = lua_isinteger(L, -1) ? ll_value_integer(lua_tointeger(L, -1)) : ll_value_real(lua_tonumber(L, -1));
      break;
    case LUA_TSTRING:
      text = lua_tolstring(L, -1, &size);
      values[i] = ll_value_text(text, size);
      break;
    default:
      return ll_fail(bind_ctx(L), LL_ERR_ARGUMENT, "row %zu: %s is a %s; a number or a text was expected", at + 1, m->names[i],
                     luaL_typename(L, -1));
    }
  }
  return LL_OK;
}

/** store:run_each(name, rows [, common]) -> integer
 * Runs a statement once for each row; gives how many rows there were. For losslab's own use: by the hundred thousand a second.
 *   name   of a statement that gives no rows
 *   rows   an array of tables of numbers and texts by name
 *   common   a table of what the rows lack; else it is NULL
 * Errors: a row that is no table; any other value; as of store:run.
 * See: store:run
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:run_each("delete_scores", { { trial = 1 }, { trial = 2 } })   --> 2
 */
static int db_run_each(lua_State *L) {
  ll_store *store = bind_store(L);
  const char *name = bind_string(L, 2, "store", "the name of a statement"), *names[LL_STORE_MAX_VALUES];
  size_t known;
  bind_table(L, ROWS_AT, "store", "the rows");
  lua_settop(L, COMMON_AT);
  if (lua_isnil(L, COMMON_AT)) lua_newtable(L), lua_replace(L, COMMON_AT);
  bind_table(L, COMMON_AT, "store", "what is common to the rows");
  luaL_checkstack(L, LL_STORE_MAX_VALUES + 8, "too many values");
  bind_check(L, ll_store_parameters(store, name, names, &known));
  many m = {L, names, known};
  size_t count = lua_rawlen(L, ROWS_AT);
  bind_check(L, ll_store_run_each(store, name, count, fill_row, &m));
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

/** store:transaction(f) -> …
 * Calls f(store): its changes are written together, or not at all if it raises. Gives what f gives.
 * Of a database opened to read it is one state of the file, however long f reads.
 *   f   a function; its error is raised again
 * Errors: inside another transaction; a store that f closed.
 * See: store:query
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:transaction(function(store)
 *     for row in store:query "SELECT count(*) AS n FROM trial" do return row.n end
 *   end)   --> 0
 */
static int db_transaction(lua_State *L) {
  if (!lua_isfunction(L, 2)) return bind_wrong(L, 2, "store", "what is called", "a function");
  lua_settop(L, 2);
  bind_check(L, ll_store_begin(bind_store(L)));
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  int rc = lua_pcall(L, 1, LUA_MULTRET, 0);
  ll_store *store = *(void **)lua_touserdata(L, 1); /* f may have closed it */
  if (rc != LUA_OK) {
    if (store) ll_store_rollback(store);
    return lua_error(L);
  }
  if (!store) return luaL_error(L, "the database was closed inside its transaction, which is lost");
  ll_status status = ll_store_commit(store);
  if (status != LL_OK) ll_store_rollback(store);
  bind_check(L, status);
  return lua_gettop(L) - 2;
}

enum { CLAIM_MAX = 1024 };

/** store:claim(study, runner [, count]) -> { trial, … }
 * For losslab's own use: takes pending trials of a study for this process, the lowest ids first.
 *   study   its id
 *   runner   an id that store:join gave
 *   count   at most so many, from 1 to 1024 (1)
 * See: store:join
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   #db:claim(1, db:join(), 10)   --> 0
 */
static int db_claim(lua_State *L) {
  int64_t trials[CLAIM_MAX];
  size_t taken;
  lua_Integer study = luaL_checkinteger(L, 2), runner = luaL_checkinteger(L, 3), count = luaL_optinteger(L, 4, 1);
  luaL_argcheck(L, count >= 1 && count <= CLAIM_MAX, 4, "1 to 1024 trials");
  bind_check(L, ll_store_claim(bind_store(L), study, runner, (size_t)count, trials, &taken));
  lua_createtable(L, (int)taken, 0);
  for (size_t i = 0; i < taken; i++) lua_pushinteger(L, trials[i]), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

/** store:join() -> integer
 * For losslab's own use: records this process as a runner; gives its id.
 * No id is given twice.
 * See: store:release
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   math.type(db:join())   --> integer
 */
static int db_join(lua_State *L) {
  int64_t runner;
  bind_check(L, ll_store_join(bind_store(L), &runner));
  lua_pushinteger(L, runner);
  return 1;
}

/** store:release([dead]) -> integer
 * For losslab's own use: sets running trials that nobody runs back to pending; gives how many.
 *   dead   the id of a runner who leaves or is given up (none)
 * See: store:join
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:release()   --> 0
 */
static int db_release(lua_State *L) {
  int64_t released;
  bind_check(L, ll_store_release(bind_store(L), luaL_optinteger(L, 2, 0), &released));
  lua_pushinteger(L, released);
  return 1;
}

/** store:reset(trial)
 * For losslab's own use: makes a trial pending again, without the rows that it left.
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:reset(1)
 */
static int db_reset(lua_State *L) {
  bind_check(L, ll_store_reset(bind_store(L), luaL_checkinteger(L, 2)));
  return 0;
}

/** store:choose(study)
 * Views and statements are about this study from now on, where the file holds several.
 *   study   its id, as the table study has it
 * See: store:query
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:choose(1)
 */
static int db_choose(lua_State *L) {
  bind_check(L, ll_store_choose(bind_store(L), luaL_checkinteger(L, 2)));
  return 0;
}

/** store:digest(table) -> string
 * The SHA-256 of the rows of a table, without columns that may differ from run to run.
 * Equal for the same study, however many workers ran it.
 *   table   the name of a table, as "trial" or "metric"
 * Errors: no such table.
 * See: store:differ
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   #db:digest "trial"   --> 64
 */
static int db_digest(lua_State *L) {
  char text[65];
  bind_check(L, ll_store_digest(bind_store(L), bind_string(L, 2, "store", "what is digested"), text));
  lua_pushstring(L, text);
  return 1;
}

static const char *const modes[] = {[LL_STORE_READ] = "read", [LL_STORE_WRITE] = "write", [LL_STORE_CREATE] = "create", NULL};

const char *bind_store_path(lua_State *L) {
  size_t length;
  const char *path = bind_bytes(L, 1, "store", "the path", &length);
  if (strlen(path) != length) luaL_error(L, "store: the path holds a zero byte");
  return path;
}

/** ll.store.open(path [, { mode = "read", timeout = 30, functions = false }]) -> store
 * Opens a result database, one SQLite file.
 * A study's results are more easily read with `losslab show`, `ls`, `query`; this is for scripts.
 *   path   of the file; ":memory:" with mode = "create" lasts until it is closed
 *   mode   "read"; "write", where an older file is brought up to date; "create", where it is made if it is not there ("read")
 *   timeout   seconds to wait for another process (30)
 *   functions   true: SQL has losslab's metrics as functions, such as auc(…); see docs/database.md (false)
 * Errors: no such file; one that is no result database, or of a newer losslab; locked for longer than timeout.
 * See: store, store:query
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:path()   --> a.db
 *   ll.store.open "none.db"   --> error: none.db: there is no such database
 */
static int store_open(lua_State *L) {
  static const char *const names[] = {"mode", "timeout", "functions", NULL};
  bind_reach(L, "store.open");
  const char *path = bind_store_path(L);
  bind_options(L, 2, "store.open", names);
  ll_store_mode mode = (ll_store_mode)bind_opt_word(L, 2, "store.open", "mode", modes, LL_STORE_READ);
  double timeout = bind_opt_number(L, 2, "store.open", "timeout", 30);
  bool functions = bind_opt_boolean(L, 2, "store.open", "functions", false);
  ll_store **slot = (ll_store **)bind_new(L, CLASS);
  bind_check(L, ll_store_open(bind_ctx(L), path, mode, timeout, slot));
  if (functions) bind_check(L, ll_sql_add(*slot));
  bind_account(L, (size_t)128 * 1024); /* SQLite's buffers */
  return 1;
}

/** store:close()
 * Closes the database; what was not committed is rolled back. Closing twice is no error.
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:close()
 *   db   --> result database (closed)
 */
static int db_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_store *store = *slot;
  *slot = NULL;
  ll_store_close(store);
  return 0;
}

/** store:path() -> string
 * The path that was opened.
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:path()   --> a.db
 */
static int db_path(lua_State *L) {
  lua_pushstring(L, ll_store_path(bind_store(L)));
  return 1;
}

static int db_tostring(lua_State *L) {
  ll_store *store = *(void **)luaL_checkudata(L, 1, CLASS);
  if (store) lua_pushfstring(L, "result database %s (%s)", ll_store_path(store), modes[ll_store_opened(store)]);
  else lua_pushstring(L, "result database (closed)");
  return 1;
}

/** ll.store.statements() -> { { name, doc, sql }, … }
 * The statements that losslab runs by name.
 * store:rows and store:one are for those that read, store:run for those that write.
 * See: store:rows
 * Example:
 *   local first = ll.store.statements()[1]
 *   first.name, first.doc   --> study the study's row
 */
static int store_statements(lua_State *L) {
  size_t count;
  const ll_statement_info *all = ll_store_statements(&count);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, all[i].name), lua_setfield(L, -2, "name");
    lua_pushstring(L, all[i].doc), lua_setfield(L, -2, "doc");
    lua_pushstring(L, all[i].sql), lua_setfield(L, -2, "sql");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** ll.store
 * Result databases: what a study did, one SQLite file.
 * ll.store.open(path) gives a store, whose query, rows and one read; floats and unpack_scores read its blobs. The tables and
 * views are in docs/database.md.
 * See: store, ll.store.open
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   for row in db:query "SELECT name FROM study" do print(row.name) end
 */
int bind_open_store(lua_State *L) {
  static const bind_function functions[] = {{"open", store_open, BIND_MANY},
                                            {"lock", bind_store_lock, BIND_MANY},
                                            {"statements", store_statements, BIND_MANY},
                                            {"floats", bind_store_floats, BIND_MANY},
                                            {"pack_scores", bind_store_pack_scores, BIND_MANY},
                                            {"unpack_scores", bind_store_unpack_scores, BIND_MANY},
                                            {NULL, NULL, 0}};
  static const bind_function methods[] = {{"run", db_run, BIND_MANY},
                                          {"run_each", db_run_each, BIND_MANY},
                                          {"rows", bind_store_rows, BIND_MANY},
                                          {"one", bind_store_one, BIND_MANY},
                                          {"query", bind_store_query, BIND_MANY},
                                          {"cells", bind_store_cells, BIND_MANY},
                                          {"write", bind_store_write, BIND_MANY},
                                          {"scores", bind_store_scores, BIND_MANY},
                                          {"claim", db_claim, BIND_MANY},
                                          {"join", db_join, BIND_MANY},
                                          {"release", db_release, BIND_MANY},
                                          {"reset", db_reset, BIND_MANY},
                                          {"choose", db_choose, BIND_MANY},
                                          {"digest", db_digest, BIND_MANY},
                                          {"differ", bind_store_differ, BIND_MANY},
                                          {"merge", bind_store_merge, BIND_MANY},
                                          {"path", db_path, BIND_MANY},
                                          {"transaction", db_transaction, BIND_MANY},
                                          {"close", db_close, BIND_MANY},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", db_close}, {"__close", db_close}, {"__tostring", db_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  bind_store_rows_class(L);
  bind_store_scores_class(L);
  bind_store_lock_class(L);
  bind_module(L, functions);
  return 1;
}
