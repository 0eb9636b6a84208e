/* A table's content as one hash: its rows by primary key, without the columns of the view may_differ, each value with its type
 * and length before it, so that no two contents run together. */
#include <sha2.h>
#include <string.h>

#include "engine/store/store.h"

static void digest_value(SHA2_CTX *hash, ll_value v) {
  uint64_t head[2] = {v.kind, v.kind == LL_VALUE_TEXT || v.kind == LL_VALUE_BLOB ? v.size : 8};
  SHA256Update(hash, (const uint8_t *)head, sizeof head);
  if (v.kind == LL_VALUE_INTEGER) SHA256Update(hash, (const uint8_t *)&v.integer, 8);
  if (v.kind == LL_VALUE_REAL) SHA256Update(hash, (const uint8_t *)&v.real, 8);
  if (v.kind == LL_VALUE_TEXT || v.kind == LL_VALUE_BLOB) SHA256Update(hash, v.bytes, v.size);
}

/* "SELECT … FROM table ORDER BY its key", names quoted. A table of which all may differ has no rows here. */
static ll_status select_text(ll_store *store, const char *table, char **out) {
  static const char *const lists[] = {"columns", "key_columns"};
  ll_value name = ll_value_text(table, strlen(table));
  sqlite3_str *text = sqlite3_str_new(store->db);
  ll_status status = LL_OK;
  size_t found = 0;
  sqlite3_str_appendall(text, "SELECT ");
  for (size_t list = 0; list < 2 && status == LL_OK; list++) {
    ll_rows *rows = NULL;
    bool more;
    size_t at = 0;
    if (list) sqlite3_str_appendf(text, "%s FROM main.\"%w\"%s ORDER BY ", found ? "" : "NULL", table, found ? "" : " WHERE 0");
    status = ll_store_query(store, lists[list], &name, 1, &rows);
    while (status == LL_OK && (status = ll_rows_next(rows, &more)) == LL_OK && more)
      sqlite3_str_appendf(text, "%s\"%w\"", at++ ? ", " : "", (const char *)ll_rows_value(rows, 0).bytes);
    ll_rows_close(rows);
    found += at;
  }
  *out = sqlite3_str_finish(text);
  if (status == LL_OK && !found) status = ll_fail(store->ctx, LL_ERR_NAME, "%s has no table \"%s\"", store->path, table);
  if (status == LL_OK && !*out) status = ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory", store->path);
  if (status != LL_OK) sqlite3_free(*out);
  return status;
}

ll_status ll_store_digest(ll_store *store, const char *table, char out[65]) {
  char *sql;
  ll_rows *rows = NULL;
  bool more;
  SHA2_CTX hash;
  LL_TRY(ll_store_check(store));
  LL_TRY(select_text(store, table, &sql));
  ll_status status = ll_store_ask(store, sql, NULL, 0, &rows);
  SHA256Init(&hash);
  while (status == LL_OK && (status = ll_rows_next(rows, &more)) == LL_OK && more)
    for (size_t i = 0, n = ll_rows_columns(rows); i < n; i++) digest_value(&hash, ll_rows_value(rows, i));
  SHA256End(&hash, out);
  ll_rows_close(rows);
  sqlite3_free(sql);
  return status;
}
