/* Merging databases: all that one holds is added to another, by keys. What is small is looked up row by row (merge_rows.c), and so
 * is each trial (merge_trials.c); the rows of trials, which are most of a file, then come in one statement a table
 * (merge_epochs.c). No file is attached to another: each stays behind the bounds of its own connection (bounds.c). */
#include <stdlib.h>
#include <string.h>

#include "engine/store/merge.h"

ll_status ll_store_merge_know(merge *m, int map, int64_t from, int64_t to, merge_state state) {
  merge_map *at = &m->maps[map];
  if (at->count == at->room) {
    size_t grown = at->room ? 2 * at->room : 64;
    void *block = at->ids;
    LL_TRY(ll_realloc(m->out->ctx, &block, at->room * sizeof *at->ids, grown * sizeof *at->ids));
    at->ids = block, at->room = grown;
  }
  at->ids[at->count++] = (merge_id){from, to, state};
  return LL_OK;
}

static int by_from(const void *key, const void *row) {
  int64_t a = *(const int64_t *)key, b = ((const merge_id *)row)->from;
  return (a > b) - (a < b);
}

ll_status ll_store_merge_find(merge *m, int map, int64_t from, const merge_id **out) {
  const merge_map *at = &m->maps[map];
  *out = at->count ? bsearch(&from, at->ids, at->count, sizeof *at->ids, by_from) : NULL;
  if (*out) return LL_OK;
  return ll_fail(m->out->ctx, LL_ERR_FORMAT, "%s is damaged: a row refers to row %lld of its table %s, which is not there",
                 m->from->path, (long long)from, at->table);
}

ll_status ll_store_merge_bind(merge *m, int map, sqlite3_stmt *to, int place, sqlite3_stmt *row, int column) {
  const merge_id *id;
  if (sqlite3_column_type(row, column) == SQLITE_NULL) {
    sqlite3_bind_null(to, place);
    return LL_OK;
  }
  LL_TRY(ll_store_merge_find(m, map, sqlite3_column_int64(row, column), &id));
  sqlite3_bind_int64(to, place, id->to);
  return LL_OK;
}

ll_status ll_store_merge_value(merge *m, sqlite3_stmt *to, int place, sqlite3_stmt *row, int column) {
  int rc = sqlite3_bind_value(to, place, sqlite3_column_value(row, column));
  return rc == SQLITE_OK ? LL_OK : ll_store_fail(m->out, rc, "merging");
}

ll_status ll_store_merge_prepare(ll_store *store, const char *sql, sqlite3_stmt **out) {
  int rc = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
  return rc == SQLITE_OK ? LL_OK : ll_store_fail(store, rc, "merging");
}

ll_status ll_store_merge_next(merge *m, sqlite3_stmt *stmt, bool *more) {
  m->from->steps = m->from->bound = 0; /* the bound is found at the first look */
  int rc = sqlite3_step(stmt);
  *more = rc == SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? LL_OK : ll_store_fail(m->from, rc, "merging");
}

ll_status ll_store_merge_ended(merge *m, int rc, const char *table) {
  if (rc == SQLITE_DONE) return LL_OK;
  if ((rc & 0xff) != SQLITE_CONSTRAINT && (rc & 0xff) != SQLITE_MISMATCH) return ll_store_fail(m->out, rc, "merging");
  return ll_fail(m->out->ctx, LL_ERR_FORMAT, "%s is damaged: its table %s holds what none may: %s", m->from->path, table,
                 sqlite3_errmsg(m->out->db));
}

ll_status ll_store_merge_put(merge *m, sqlite3_stmt *stmt, const char *table) {
  m->out->steps = m->out->bound = 0;
  ll_status status = ll_store_merge_ended(m, sqlite3_step(stmt), table);
  sqlite3_reset(stmt);
  return status;
}

bool ll_store_merge_same(sqlite3_stmt *a, int i, sqlite3_stmt *b, int j) {
  int kind = sqlite3_column_type(a, i);
  if (kind != sqlite3_column_type(b, j)) return false;
  if (kind == SQLITE_NULL) return true;
  if (kind == SQLITE_INTEGER) return sqlite3_column_int64(a, i) == sqlite3_column_int64(b, j);
  if (kind == SQLITE_FLOAT) {
    double x = sqlite3_column_double(a, i), y = sqlite3_column_double(b, j);
    uint64_t of_x, of_y; /* their bits */
    memcpy(&of_x, &x, sizeof x), memcpy(&of_y, &y, sizeof y);
    return of_x == of_y;
  }
  const void *x = sqlite3_column_blob(a, i), *y = sqlite3_column_blob(b, j);
  int n = sqlite3_column_bytes(a, i);
  return n == sqlite3_column_bytes(b, j) && (n == 0 || (x && y && memcmp(x, y, (size_t)n) == 0));
}

/* Trials of an older schema are known by their places in their own file alone. */
static ll_status check_keys(ll_store *store) {
  int64_t version, unkeyed;
  LL_TRY(ll_store_number(store, "PRAGMA user_version", &version));
  LL_TRY(ll_store_number(store, "SELECT EXISTS (SELECT 1 FROM trial WHERE key LIKE 'schema 5,%')", &unkeyed));
  if (version == LL_STORE_VERSION && !unkeyed) return LL_OK;
  return ll_fail(store->ctx, LL_ERR_FORMAT,
                 "%s was begun by an older losslab: its trials are not yet known by what they compute; run its study once more, or "
                 "losslab resume %s, which computes nothing again and gives them their keys",
                 store->path, store->path);
}

ll_status ll_store_merge(ll_store *out, ll_store *from, ll_store_what what, ll_store_merged *merged) {
  static const char *const tables[MERGE_MAPS] = {"dataset", "config", "cut", "computer", "study", "script", "trial"};
  merge m = {.out = out, .from = from, .what = what, .merged = merged};
  ll_status status;
  *merged = (ll_store_merged){0};
  LL_TRY(ll_store_ready(out));
  LL_TRY(ll_store_ready(from));
  if (!ll_store_in_transaction(out))
    return ll_fail(out->ctx, LL_ERR_ARGUMENT, "%s: merging is done inside a transaction", out->path);
  for (int i = 0; i < MERGE_MAPS; i++) m.maps[i].table = tables[i];
  bool own = !ll_store_in_transaction(from); /* one state of it */
  if (own) LL_TRY(ll_store_begin(from));
  LL_GOTO(done, check_keys(out));
  LL_GOTO(done, check_keys(from));
  LL_GOTO(done, ll_store_merge_rows(&m));
  LL_GOTO(done, ll_store_merge_trials(&m));
  if (merged->conflicts) goto done;
  LL_GOTO(done, ll_store_merge_epochs(&m));
  LL_GOTO(done, ll_store_merge_scores(&m));
  if (what == LL_STORE_ALL) LL_GOTO(done, ll_store_merge_wanted(&m));
  LL_GOTO(done, ll_store_merge_choose(&m));
  if (what == LL_STORE_ALL) LL_GOTO(done, ll_store_merge_searches(&m));
done:
  if (own) ll_store_rollback(from);
  for (int i = 0; i < MERGE_MAPS; i++) ll_free(out->ctx, m.maps[i].ids);
  return ll_ctx_memory_for(out->ctx, status, from->path);
}
