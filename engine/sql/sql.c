/* The SQL functions of a connection, taken up and taken down together. */
#include "engine/sql/sql.h"

static void leave(ll_sql *sql) {
  if (--sql->users > 0) return;
  ll_sql_forget(sql);
  if (sql->owns) ll_ctx_close(sql->ctx);
  sqlite3_free(sql);
}

static void free_function(void *data) {
  ll_sql_function *function = data;
  leave(function->sql);
  sqlite3_free(function);
}

static void free_module(void *data) {
  ll_sql_module *module = data;
  leave(module->sql);
  sqlite3_free(module);
}

int ll_sql_add_function(ll_sql *sql, const char *name, int arguments, int flags, const ll_metric_desc *metric, ll_sql_call *call,
                        ll_sql_call *step, void (*last)(sqlite3_context *)) {
  ll_sql_function *function = sqlite3_malloc(sizeof *function);
  if (!function) return SQLITE_NOMEM;
  *function = (ll_sql_function){sql, metric};
  sql->users++;
  /* SQLite calls free_function also when it fails. */
  return sqlite3_create_function_v2(sql->db, name, arguments, SQLITE_UTF8 | sql->flags | flags, function, call, step, last,
                                    free_function);
}

int ll_sql_add_module(ll_sql *sql, const char *name, const sqlite3_module *module, const void *kind) {
  ll_sql_module *data = sqlite3_malloc(sizeof *data);
  if (!data) return SQLITE_NOMEM;
  *data = (ll_sql_module){sql, kind};
  sql->users++;
  return sqlite3_create_module_v2(sql->db, name, module, data, free_module);
}

int ll_sql_register(sqlite3 *db, ll_ctx *ctx, int flags, char **why) {
  int (*const add[])(ll_sql *) = {ll_sql_add_metrics, ll_sql_add_aggregates, ll_sql_add_parts, ll_sql_add_unpack};
  ll_sql *sql = sqlite3_malloc(sizeof *sql);
  int rc = SQLITE_OK;
  if (!sql) return SQLITE_NOMEM;
  *sql = (ll_sql){.ctx = ctx, .owns = !ctx, .db = db, .users = 1, .flags = flags};
  if (!ctx && ll_ctx_open(&sql->ctx) != LL_OK) {
    if (why) *why = sqlite3_mprintf("losslab: %s", ll_message(NULL));
    rc = SQLITE_ERROR;
  }
  for (size_t i = 0; i < LL_ROWS(add) && rc == SQLITE_OK; i++) rc = add[i](sql);
  leave(sql);
  return rc;
}

void ll_sql_refuse(sqlite3_context *context, const ll_sql *sql) { sqlite3_result_error(context, ll_message(sql->ctx), -1); }
