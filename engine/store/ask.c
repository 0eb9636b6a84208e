/* Statements of the user's own: read only. SQLite asks the authorizer about each thing a statement would do while it prepares it;
 * what is not on the list of reading is refused there, before anything runs. (A read-only flag alone would let ATTACH make a
 * file, and some pragmas change a setting.) */
#include <string.h>

#include "engine/store/store.h"

/* Pragmas that change nothing when they are given no argument. */
static const char *const harmless[] = {"application_id",    "collation_list",   "compile_options", "database_list", "encoding",
                                       "foreign_key_check", "foreign_key_list", "function_list",   "index_info",    "index_list",
                                       "index_xinfo",       "integrity_check",  "journal_mode",    "page_count",    "page_size",
                                       "quick_check",       "table_info",       "table_list",      "table_xinfo",   "user_version"};
/* Those that change nothing when they are given one. */
static const char *const with_argument[] = {"foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
                                            "integrity_check",   "quick_check",      "table_info", "table_list", "table_xinfo"};

static bool among(const char *word, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (sqlite3_stricmp(word, words[i]) == 0) return true;
  return false;
}

static int authorize(void *data, int action, const char *first, const char *second, const char *database, const char *trigger) {
  (void)data, (void)database, (void)trigger;
  switch (action) {
  case SQLITE_SELECT:
  case SQLITE_READ:
  case SQLITE_RECURSIVE:
  /* Also asked about when json_each and its like declare their columns at first use; a statement that really makes or writes a
   * table is not read-only and is refused for that below. */
  case SQLITE_CREATE_TABLE:
  case SQLITE_INSERT:
  case SQLITE_UPDATE: return SQLITE_OK;
  case SQLITE_FUNCTION: return second && sqlite3_stricmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
  case SQLITE_PRAGMA:
    if (second) return among(first, with_argument, sizeof with_argument / sizeof *with_argument) ? SQLITE_OK : SQLITE_DENY;
    return among(first, harmless, sizeof harmless / sizeof *harmless) ? SQLITE_OK : SQLITE_DENY;
  default: return SQLITE_DENY;
  }
}

/* Whether anything but white space, semicolons and comments is left. */
static bool more_than_blank(const char *c) {
  for (; *c; c++) {
    if (strchr(" \t\r\n\f;", *c)) continue;
    if (c[0] == '-' && c[1] == '-') {
      c = strchr(c, '\n');
      if (!c) return false;
    } else if (c[0] == '/' && c[1] == '*') {
      c = strstr(c + 2, "*/");
      if (!c) return false;
      c++;
    } else return true;
  }
  return false;
}

ll_status ll_store_ask(ll_store *store, const char *sql, const ll_value *values, size_t count, ll_rows **out) {
  sqlite3_stmt *stmt = NULL;
  const char *rest = "";
  *out = NULL;
  LL_TRY(ll_store_ready(store));
  sqlite3_set_authorizer(store->db, authorize, NULL);
  int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, &rest);
  sqlite3_set_authorizer(store->db, NULL, NULL);
  if (rc == SQLITE_AUTH) return ll_fail(store->ctx, LL_ERR_ARGUMENT, "query may only read: \"%.200s\" would do more", sql);
  if (rc == SQLITE_ERROR) return ll_store_wrong_query(store, sql);
  if (rc != SQLITE_OK) return ll_store_fail(store, rc, "query");
  if (!stmt) return ll_fail(store->ctx, LL_ERR_ARGUMENT, "query \"%.200s\" holds no statement", sql);
  if (!sqlite3_stmt_readonly(stmt) || more_than_blank(rest)) {
    bool writes = !sqlite3_stmt_readonly(stmt);
    sqlite3_finalize(stmt);
    return ll_fail(store->ctx, LL_ERR_ARGUMENT,
                   writes ? "query may only read: \"%.200s\" would do more" : "query takes one statement; \"%.200s\" holds more",
                   sql);
  }
  return ll_rows_new(store, stmt, -1, "query", values, count, out);
}
