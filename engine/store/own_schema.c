/* What a file says its tables and views are is not taken on trust: a database may come from a stranger. A view in a table's place
 * may give one script to be looked at and another to be run; one of our views, rewritten, may work for ever in a single step. So
 * our names must stand for plain tables, and our views are made anew for each connection, from our own schema: as temporary ones,
 * which SQLite finds before the file's. A user's own tables and views beside them stay as they are. */
#include <string.h>

#include "engine/store/schema.h"
#include "engine/store/store.h"

static const char table_begins[] = "\nCREATE TABLE ", view_begins[] = "\nCREATE VIEW ";

static ll_status no_memory(ll_store *store) {
  return ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory in opening", store->path);
}

/* The first entry of the file that has the name of one of our tables and is none, or computes its columns; NULL if there is none,
 * or if memory ran out (*rc). To be freed by sqlite3_free. */
static char *find_odd(ll_store *store, int *rc) {
  sqlite3_str *sql = sqlite3_str_new(store->db);
  sqlite3_str_appendall(sql, "SELECT name FROM main.sqlite_schema AS s WHERE (type <> 'table' OR coalesce(rootpage, 0) = 0 OR "
                             "EXISTS (SELECT 1 FROM pragma_table_xinfo(s.name, 'main') WHERE hidden <> 0)) "
                             "AND type <> 'index' AND lower(name) IN (''");
  for (const char *at = ll_schema_sql; (at = strstr(at, table_begins));) {
    at += sizeof table_begins - 1;
    sqlite3_str_appendf(sql, ", '%.*s'", (int)strcspn(at, " "), at);
  }
  sqlite3_str_appendall(sql, ") LIMIT 1");
  char *text = sqlite3_str_finish(sql), *odd = NULL;
  sqlite3_stmt *stmt = NULL;
  *rc = text ? sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL) : SQLITE_NOMEM;
  sqlite3_free(text);
  if (*rc == SQLITE_OK) *rc = sqlite3_step(stmt);
  if (*rc == SQLITE_ROW) odd = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
  if (*rc == SQLITE_ROW) *rc = odd ? SQLITE_OK : SQLITE_NOMEM;
  sqlite3_finalize(stmt);
  return odd;
}

ll_status ll_store_check_tables(ll_store *store) {
  int rc;
  char *odd = find_odd(store, &rc);
  if (rc == SQLITE_NOMEM) return no_memory(store);
  if (rc != SQLITE_OK && rc != SQLITE_DONE) return ll_store_fail(store, rc, "looking at the tables");
  if (!odd) return LL_OK;
  ll_status status =
      ll_fail(store->ctx, LL_ERR_FORMAT, "%s: \"%s\" is no plain table, as losslab makes it: this file was made by other means",
              store->path, odd);
  sqlite3_free(odd);
  return status;
}

/* One study of a file of several: the tables study and wanted are seen as if they held that one alone, so that every view and
 * statement is about it; what is about all says main.study. A file of an older schema holds one. */
static const char choice[] = "DROP VIEW IF EXISTS temp.study; DROP VIEW IF EXISTS temp.wanted; "
                             "CREATE TEMP VIEW study AS SELECT * FROM main.study WHERE id = %lld; "
                             "CREATE TEMP VIEW wanted AS SELECT * FROM main.wanted WHERE study = %lld";
static const char all_studies[] =
    "CREATE TEMP VIEW all_studies AS SELECT s.id, s.name, s.question, s.created, s.precision, s.version, "
    "(SELECT count(*) FROM %s AS w WHERE w.study = s.id) AS trials, s.ran AS last FROM %s AS s";

static ll_status make(ll_store *store, char *text, const char *what) {
  if (!text) return no_memory(store);
  ll_status status = ll_store_exec(store, text, what);
  sqlite3_free(text);
  return status;
}

ll_status ll_store_choose(ll_store *store, int64_t study) {
  int64_t version;
  LL_TRY(ll_store_check(store));
  LL_TRY(ll_store_number(store, "PRAGMA user_version", &version));
  if (version < LL_STORE_VERSION) return LL_OK; /* shown as it is; it holds that one alone */
  LL_TRY(ll_store_exec(store, "PRAGMA query_only = 0", "query_only"));
  LL_TRY(make(store, sqlite3_mprintf(choice, (long long)study, (long long)study), "choosing a study"));
  if (store->mode == LL_STORE_READ) return ll_store_exec(store, "PRAGMA query_only = 1", "query_only");
  return LL_OK;
}

ll_status ll_store_show_all(ll_store *store) {
  int64_t version;
  LL_TRY(ll_store_number(store, "PRAGMA user_version", &version));
  if (version < LL_STORE_VERSION) return LL_OK;
  LL_TRY(ll_store_exec(store, "PRAGMA query_only = 0", "query_only"));
  LL_TRY(ll_store_exec(store, "DROP VIEW IF EXISTS temp.study; DROP VIEW IF EXISTS temp.wanted", "showing all studies"));
  return store->mode == LL_STORE_READ ? ll_store_exec(store, "PRAGMA query_only = 1", "query_only") : LL_OK;
}

ll_status ll_store_own_views(ll_store *store, int64_t version) {
  bool older = version < LL_STORE_VERSION;
  int64_t last = 0;
  sqlite3_str *sql = sqlite3_str_new(store->db);
  const char *at = strstr(ll_schema_sql, view_begins); /* behind the tables stand views alone */
  for (const char *next; at; at = next) {
    at += sizeof view_begins - 1;
    next = strstr(at, view_begins);
    sqlite3_str_appendf(sql, "CREATE TEMP VIEW IF NOT EXISTS %.*s\n", next ? (int)(next - at) : (int)strlen(at), at);
  }
  LL_TRY(make(store, sqlite3_str_finish(sql), "making views"));
  LL_TRY(
      make(store, sqlite3_mprintf(all_studies, older ? "wanted" : "main.wanted", older ? "study" : "main.study"), "making views"));
  if (older) return LL_OK;
  LL_TRY(ll_store_number(store, "SELECT id FROM main.study ORDER BY ran DESC, id DESC LIMIT 1", &last));
  return ll_store_choose(store, last);
}
