/* The tables scores(trial, epoch, split) and labels(trial, split): a row for each number that is kept of a part, in the order
 * of the part. */
#include <string.h>

#include "engine/sql/sql.h"

/* A column shows one of these. */
typedef enum shown { ROW, COLUMN, SCORE, LABEL, TRIAL, EPOCH, SPLIT } shown;

typedef struct kind {
  const char *name, *usage, *declaration;
  const shown *columns;
  int plain, arguments; /* columns that are seen, and hidden ones behind them */
  bool scores;
} kind;

static const kind kinds[] = {
    {.name = "scores",
     .usage = "scores(trial, epoch, split), as in SELECT * FROM scores(1, 'best', 'test')",
     .declaration = "CREATE TABLE x(\"row\" INTEGER, \"column\" INTEGER, score REAL, label REAL, trial HIDDEN, epoch HIDDEN, "
                    "split HIDDEN)",
     .columns = (const shown[]){ROW, COLUMN, SCORE, LABEL, TRIAL, EPOCH, SPLIT},
     .plain = 4,
     .arguments = 3,
     .scores = true},
    {.name = "labels",
     .usage = "labels(trial, split), as in SELECT * FROM labels(1, 'test')",
     .declaration = "CREATE TABLE x(\"row\" INTEGER, label REAL, trial HIDDEN, split HIDDEN)",
     .columns = (const shown[]){ROW, LABEL, TRIAL, SPLIT},
     .plain = 2,
     .arguments = 2},
};

typedef struct part_table {
  sqlite3_vtab base;
  ll_sql *sql;
  const kind *kind;
} part_table;

typedef struct part_cursor {
  sqlite3_vtab_cursor base;
  ll_sql_argument at;
  ll_sql_part part;
  size_t place, columns; /* of the number, counting from 0; numbers a row */
} part_cursor;

static int connect(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out, char **why) {
  const ll_sql_module *module = data;
  const kind *k = module->kind;
  (void)db, (void)argc, (void)argv, (void)why;
  int rc = ll_sql_connect(module->sql, k->declaration, sizeof(part_table), out);
  if (rc != SQLITE_OK) return rc;
  ((part_table *)*out)->sql = module->sql;
  ((part_table *)*out)->kind = k;
  return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  const kind *k = ((part_table *)table)->kind;
  return ll_sql_arguments_index(table, info, k->plain, k->arguments, k->arguments, k->usage);
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  part_cursor *cursor = sqlite3_malloc(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
  part_cursor *cursor = (part_cursor *)base;
  ll_sql_part_release(((part_table *)base->pVtab)->sql, &cursor->part);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int given, const char *text, int count, sqlite3_value **values) {
  part_cursor *cursor = (part_cursor *)base;
  part_table *table = (part_table *)base->pVtab;
  ll_sql *sql = table->sql;
  const char *who = table->kind->name;
  bool scores = table->kind->scores;
  ll_status status;
  (void)given, (void)text;
  ll_sql_part_release(sql, &cursor->part);
  cursor->place = 0, cursor->columns = 1;
  LL_GOTO(done, ll_sql_read_arguments(sql, who, values[0], scores ? values[1] : NULL, values[count - 1], &cursor->at));
  if (cursor->at.none) return SQLITE_OK;
  if (scores) status = ll_sql_read_scores(sql, who, &cursor->at, true, &cursor->part);
  else status = ll_sql_read_labels(sql, who, &cursor->at, &cursor->part);
  if (scores && cursor->part.count) cursor->columns = cursor->part.scores.cols;
done:
  return status == LL_OK ? SQLITE_OK : ll_sql_table_error(&table->base, sql);
}

static int next(sqlite3_vtab_cursor *base) {
  ((part_cursor *)base)->place++;
  return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) {
  const part_cursor *cursor = (part_cursor *)base;
  return cursor->place >= cursor->part.count * cursor->columns;
}

static int show(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  const part_cursor *cursor = (part_cursor *)base;
  const ll_sql_part *part = &cursor->part;
  size_t i = cursor->place / cursor->columns;
  switch (((part_table *)base->pVtab)->kind->columns[column]) {
  case ROW:
    if (part->rows) sqlite3_result_int64(context, part->rows[i]);
    break;
  case COLUMN: sqlite3_result_int64(context, (sqlite3_int64)(cursor->place % cursor->columns) + 1); break;
  case SCORE: sqlite3_result_double(context, (double)part->scores.data[cursor->place]); break;
  case LABEL:
    if (part->labels.data) sqlite3_result_double(context, (double)part->labels.data[i]);
    break;
  case TRIAL: sqlite3_result_int64(context, cursor->at.trial); break;
  case EPOCH: sqlite3_result_int64(context, cursor->at.epoch); break;
  case SPLIT: sqlite3_result_text(context, cursor->at.split, -1, SQLITE_STATIC); break;
  }
  return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *out) {
  *out = (sqlite3_int64)((part_cursor *)base)->place + 1;
  return SQLITE_OK;
}

/* Without xCreate: there without being made, and nothing of it stands in the file. */
static const sqlite3_module module = {.xConnect = connect,
                                      .xBestIndex = best_index,
                                      .xDisconnect = disconnect,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = filter,
                                      .xNext = next,
                                      .xEof = at_end,
                                      .xColumn = show,
                                      .xRowid = row_id};

int ll_sql_add_parts(ll_sql *sql) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < LL_ROWS(kinds) && rc == SQLITE_OK; i++) {
    rc = ll_sql_add_module(sql, kinds[i].name, &module, &kinds[i]);
  }
  return rc;
}
