/* Rows of a statement, one at a time. They end early if the store is closed under them. */
#include <unistd.h>

#include "engine/store/store.h"

/* Gives the statement back to the cache, or finalises it if it is not of the cache, and takes the rows off the store's list. */
static void let_go(ll_rows *rows) {
  if (!rows->store) return;
  if (rows->store->pid == getpid()) {
    if (rows->cached < 0) sqlite3_finalize(rows->stmt);
    else sqlite3_reset(rows->stmt), sqlite3_clear_bindings(rows->stmt);
  }
  if (rows->cached >= 0) rows->store->in_use[rows->cached] = false;
  *rows->link = rows->next;
  if (rows->next) rows->next->link = rows->link;
  rows->store = NULL, rows->stmt = NULL, rows->at_row = false;
}

void ll_rows_detach(ll_rows *rows) { let_go(rows); }

ll_status ll_rows_next(ll_rows *rows, bool *more) {
  *more = false;
  if (rows->at_end) return LL_OK;
  if (!rows->store) return ll_fail(rows->ctx, LL_ERR_STORE, "%s: the database was closed before its rows were read", rows->what);
  LL_TRY(ll_store_check(rows->store));
  int rc = ll_store_step(rows->store, rows->stmt, &rows->steps);
  rows->at_row = *more = rc == SQLITE_ROW;
  if (rc == SQLITE_ROW) return LL_OK;
  rows->at_end = true;
  ll_status status = rc == SQLITE_DONE ? LL_OK : ll_store_fail(rows->store, rc, rows->what);
  sqlite3_reset(rows->stmt); /* the lock goes back now, not when the rows are closed */
  return status;
}

size_t ll_rows_columns(const ll_rows *rows) { return rows->stmt ? (size_t)sqlite3_column_count(rows->stmt) : 0; }

const char *ll_rows_name(const ll_rows *rows, size_t column) {
  const char *name = column < ll_rows_columns(rows) ? sqlite3_column_name(rows->stmt, (int)column) : NULL;
  return name ? name : "";
}

ll_value ll_rows_value(const ll_rows *rows, size_t column) {
  if (!rows->at_row || column >= ll_rows_columns(rows)) return ll_value_null();
  sqlite3_stmt *stmt = rows->stmt;
  int at = (int)column;
  switch (sqlite3_column_type(stmt, at)) {
  case SQLITE_INTEGER: return ll_value_integer(sqlite3_column_int64(stmt, at));
  case SQLITE_FLOAT: return ll_value_real(sqlite3_column_double(stmt, at));
  case SQLITE_TEXT: {
    const char *text = (const char *)sqlite3_column_text(stmt, at);
    return ll_value_text(text ? text : "", text ? (size_t)sqlite3_column_bytes(stmt, at) : 0);
  }
  case SQLITE_BLOB: {
    const void *bytes = sqlite3_column_blob(stmt, at); /* NULL if it is empty */
    return ll_value_blob(bytes ? bytes : "", bytes ? (size_t)sqlite3_column_bytes(stmt, at) : 0);
  }
  default: return ll_value_null();
  }
}

void ll_rows_close(ll_rows *rows) {
  if (!rows) return;
  let_go(rows);
  ll_free(rows->ctx, rows);
}
