/* Named statements: prepared once a connection and kept, their values bound. A statement whose rows are being read is not disturbed
 * by running it again: the second run prepares one of its own. */
#include <math.h>
#include <stdio.h>

#include "engine/store/store.h"

#define STATEMENT(name, doc, sql) {#name, doc, sql},
static const ll_statement_info statements[] = {
#include "engine/store/statements.def"
};
#undef STATEMENT
#define STATEMENT(name, doc, sql) #name,
static const char *const statement_names[] = {
#include "engine/store/statements.def"
};
#undef STATEMENT
_Static_assert(sizeof statements / sizeof *statements == LL_STATEMENT_COUNT, "a row for each statement");

const ll_statement_info *ll_store_statements(size_t *count) {
  *count = LL_STATEMENT_COUNT;
  return statements;
}

ll_status ll_store_find(ll_ctx *ctx, const char *name, const ll_statement_info **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find(ctx, "statement", name, statement_names, LL_STATEMENT_COUNT, &place));
  *out = &statements[place];
  return LL_OK;
}

/* [out] the prepared statement of that name: the cached one, or, while that is in use, another (*cached = -1) which the caller
 * finalises. */
static ll_status prepare(ll_store *store, const char *name, sqlite3_stmt **stmt, int *cached) {
  const ll_statement_info *info;
  LL_TRY(ll_store_ready(store));
  LL_TRY(ll_store_find(store->ctx, name, &info));
  int at = (int)(info - statements);
  bool spare = store->in_use[at];
  *cached = spare ? -1 : at;
  *stmt = spare ? NULL : store->cache[at];
  if (*stmt) return LL_OK;
  int rc = sqlite3_prepare_v3(store->db, info->sql, -1, spare ? 0 : SQLITE_PREPARE_PERSISTENT, stmt, NULL);
  if (rc != SQLITE_OK) return ll_store_fail(store, rc, name);
  if (!spare) store->cache[at] = *stmt;
  return LL_OK;
}

ll_status ll_store_parameters(ll_store *store, const char *name, const char *names[LL_STORE_MAX_VALUES], size_t *count) {
  sqlite3_stmt *stmt;
  int cached;
  LL_TRY(prepare(store, name, &stmt, &cached));
  *count = (size_t)sqlite3_bind_parameter_count(stmt);
  if (cached < 0) { /* the names have to outlast this call: take them from the one in the cache */
    sqlite3_finalize(stmt);
    const ll_statement_info *info;
    LL_TRY(ll_store_find(store->ctx, name, &info));
    stmt = store->cache[info - statements];
  }
  for (size_t i = 0; i < *count && i < LL_STORE_MAX_VALUES; i++) names[i] = sqlite3_bind_parameter_name(stmt, (int)i + 1) + 1;
  return LL_OK;
}

/* how: SQLITE_TRANSIENT (copied), or SQLITE_STATIC where the bytes outlive the statement's run. */
static int bind_value(sqlite3_stmt *stmt, int at, const ll_value *v, sqlite3_destructor_type how) {
  switch (v->kind) {
  case LL_VALUE_NULL: break;
  case LL_VALUE_INTEGER: return sqlite3_bind_int64(stmt, at, v->integer);
  case LL_VALUE_REAL: return sqlite3_bind_double(stmt, at, v->real);
  case LL_VALUE_TEXT: return sqlite3_bind_text64(stmt, at, v->size ? v->bytes : "", v->size, how, SQLITE_UTF8);
  case LL_VALUE_BLOB: return v->size ? sqlite3_bind_blob64(stmt, at, v->bytes, v->size, how) : sqlite3_bind_zeroblob(stmt, at, 0);
  }
  return sqlite3_bind_null(stmt, at);
}

static ll_status bind_values(ll_store *store, sqlite3_stmt *stmt, const char *what, const ll_value *values, size_t count) {
  int wanted = sqlite3_bind_parameter_count(stmt);
  if ((size_t)wanted != count) {
    char list[512] = "";
    size_t at = 0;
    for (int i = 1; i <= wanted && at < sizeof list - 1; i++) {
      const char *name = sqlite3_bind_parameter_name(stmt, i);
      at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i > 1 ? ", " : "", name ? name + 1 : "?");
    }
    return ll_fail(store->ctx, LL_ERR_ARGUMENT, "%s takes %d value%s%s%s%s, not %zu", what, wanted, wanted == 1 ? "" : "s",
                   wanted ? " (" : "", list, wanted ? ")" : "", count);
  }
  for (size_t i = 0; i < count; i++) {
    int rc = bind_value(stmt, (int)i + 1, &values[i], SQLITE_TRANSIENT);
    if (rc != SQLITE_OK) return ll_store_fail(store, rc, what);
  }
  return LL_OK;
}

ll_status ll_rows_new(ll_store *store, sqlite3_stmt *stmt, int cached, const char *what, const ll_value *values, size_t count,
                      ll_rows **out) {
  void *block = NULL;
  *out = NULL;
  ll_status status;
  LL_GOTO(failed, bind_values(store, stmt, what, values, count));
  LL_GOTO(failed, ll_calloc(store->ctx, &block, 1, sizeof(ll_rows)));
  ll_rows *rows = block;
  *rows = (ll_rows){
      .store = store, .ctx = store->ctx, .stmt = stmt, .cached = cached, .what = what, .next = store->rows, .link = &store->rows};
  if (rows->next) rows->next->link = &rows->next;
  store->rows = rows;
  if (cached >= 0) store->in_use[cached] = true;
  *out = rows;
  return LL_OK;
failed:
  if (cached < 0) sqlite3_finalize(stmt);
  else sqlite3_clear_bindings(stmt);
  return ll_ctx_memory_for(store->ctx, status, store->path);
}

ll_status ll_store_query(ll_store *store, const char *name, const ll_value *values, size_t count, ll_rows **out) {
  sqlite3_stmt *stmt;
  int cached;
  *out = NULL;
  LL_TRY(prepare(store, name, &stmt, &cached));
  const ll_statement_info *info;
  LL_TRY(ll_store_find(store->ctx, name, &info));
  return ll_rows_new(store, stmt, cached, info->name, values, count, out);
}

ll_status ll_store_run(ll_store *store, const char *name, const ll_value *values, size_t count, ll_store_change *change) {
  sqlite3_stmt *stmt;
  int cached, rc;
  uint64_t steps = 0;
  LL_TRY(prepare(store, name, &stmt, &cached));
  /* Without a rows object, since a trial writes its epochs and metrics here by the thousand. The bytes are borrowed until the end
   * of this call, but SQLITE_TRANSIENT copies them all the same: SQLite itself may run a statement again after a change of schema.
   */
  ll_status status = bind_values(store, stmt, name, values, count);
  if (status == LL_OK) {
    while ((rc = ll_store_step(store, stmt, &steps)) == SQLITE_ROW) continue;
    if (rc != SQLITE_DONE) status = ll_store_fail(store, rc, name);
    else if (change) *change = (ll_store_change){sqlite3_changes64(store->db), sqlite3_last_insert_rowid(store->db)};
  }
  if (cached < 0) sqlite3_finalize(stmt);
  else sqlite3_reset(stmt), sqlite3_clear_bindings(stmt);
  return status;
}

ll_status ll_store_run_each(ll_store *store, const char *name, size_t count, ll_store_fill *fill, void *data) {
  sqlite3_stmt *stmt;
  int cached, rc = SQLITE_OK;
  uint64_t steps = 0;
  ll_value values[LL_STORE_MAX_VALUES];
  ll_status status = LL_OK;
  LL_TRY(prepare(store, name, &stmt, &cached));
  int wanted = sqlite3_bind_parameter_count(stmt);
  for (size_t i = 0; i < count && status == LL_OK; i++) {
    for (int k = 0; k < wanted; k++) values[k] = ll_value_null();
    status = fill(data, i, values);
    for (int k = 0; k < wanted && status == LL_OK && rc == SQLITE_OK; k++) rc = bind_value(stmt, k + 1, &values[k], SQLITE_STATIC);
    if (status == LL_OK && rc == SQLITE_OK) rc = i ? ll_store_step_again(store, stmt) : ll_store_step(store, stmt, &steps);
    sqlite3_reset(stmt);
    if (status == LL_OK && rc != SQLITE_DONE) status = ll_store_fail(store, rc, name);
    rc = SQLITE_OK;
  }
  sqlite3_clear_bindings(stmt);
  if (cached < 0) sqlite3_finalize(stmt);
  return status;
}
