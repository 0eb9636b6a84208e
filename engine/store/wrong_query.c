/* What is wrong with a statement of the user's own: SQLite's words, where it stands, and the nearest name that there is. */
#include <stdio.h>
#include <string.h>

#include "engine/store/store.h"

/* What SQLite does not know, and where such names are. Columns are first looked for in the tables that the statement names (?1). */
static const char tables[] = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') UNION ALL "
                             "SELECT name FROM sqlite_temp_schema WHERE type IN ('table', 'view')";
static const char near_columns[] = "SELECT c.name FROM (SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') UNION "
                                   "SELECT name FROM sqlite_temp_schema WHERE type IN ('table', 'view')) AS t, "
                                   "pragma_table_xinfo(t.name) AS c WHERE instr(lower(?1), lower(t.name))";
static const char all_columns[] = "SELECT c.name FROM (SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') UNION "
                                  "SELECT name FROM sqlite_temp_schema WHERE type IN ('table', 'view')) AS t, "
                                  "pragma_table_xinfo(t.name) AS c";
static const char functions[] = "SELECT name FROM pragma_function_list";
static const struct {
  const char *words, *places[2];
} unknown[] = {
    {"no such table: ", {tables}}, {"no such column: ", {near_columns, all_columns}}, {"no such function: ", {functions}}};

enum { NAME = 64 };

/* [out] the nearest of the names that a query of ours gives; "" if none is near or they cannot be read. */
static void nearest(ll_store *store, const char *places, const char *sql, const char *word, char best[NAME]) {
  sqlite3_stmt *stmt = NULL;
  uint64_t steps = 0;
  *best = 0;
  if (sqlite3_prepare_v2(store->db, places, -1, &stmt, NULL) != SQLITE_OK) return;
  if (sqlite3_bind_parameter_count(stmt)) sqlite3_bind_text(stmt, 1, sql, -1, SQLITE_STATIC);
  while (ll_store_step(store, stmt, &steps) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(stmt, 0);
    if (!name || strlen(name) >= NAME) continue;
    const char *both[] = {best, name};
    const char *near = ll_names_nearest(word, both + !*best, *best ? 2 : 1);
    if (near == name) snprintf(best, NAME, "%s", name);
  }
  sqlite3_finalize(stmt);
}

/* [out] the nearest known name; *offset [inout] where SQLite has not said it: that of the unknown word. */
static void suggest(ll_store *store, const char *sql, const char *words, char best[NAME], int *offset) {
  *best = 0;
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    size_t n = strlen(unknown[i].words);
    if (strncmp(words, unknown[i].words, n) != 0) continue;
    const char *point = strrchr(words + n, '.'), *word = point ? point + 1 : words + n; /* of table.column the column */
    const char *at = *offset < 0 ? strstr(sql, words + n) : NULL;
    if (at) *offset = (int)(at - sql);
    for (size_t k = 0; k < 2 && unknown[i].places[k] && !*best; k++) nearest(store, unknown[i].places[k], sql, word, best);
  }
}

/* Where the byte at `offset` stands: the line and the character in it, counting from 1. */
static void locate(const char *sql, int offset, int *line, int *column) {
  *line = *column = 1;
  for (const char *c = sql; c < sql + offset; c++) {
    if (*c == '\n') ++*line, *column = 1;
    else if (((unsigned char)*c & 0xc0) != 0x80) ++*column;
  }
}

/* At most n bytes of a line, not cut within a character. */
static int excerpt(const char *text, int n) {
  int size = (int)strcspn(text, "\n");
  if (size <= n) return size;
  while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80) n--;
  return n;
}

ll_status ll_store_wrong_query(ll_store *store, const char *sql) {
  int offset = sqlite3_error_offset(store->db), line, column;
  char words[300], near[NAME];
  snprintf(words, sizeof words, "%s", sqlite3_errmsg(store->db)); /* looking for names replaces it */
  suggest(store, sql, words, near, &offset);
  const char *also = *near ? "; did you mean \"" : "", *end = *near ? "\"?" : "";
  if (offset < 0 || (size_t)offset > strlen(sql))
    return ll_fail(store->ctx, LL_ERR_ARGUMENT, "query \"%.*s\": %s%s%s%s", excerpt(sql, 200), sql, words, also, near, end);
  locate(sql, offset, &line, &column);
  const char *at = sql + offset;
  return ll_fail(store->ctx, LL_ERR_ARGUMENT, "query: %s%s%s%s (line %d, column %d: \"%.*s\")", words, also, near, end, line,
                 column, excerpt(at, 60), at);
}
