/* The rows of trials in a merge. To run a statement for each would take most of the time in beginning and ending it, so a table of
 * `out` is filled by one statement from a virtual table, which gives the rows of `from` that are to come, each with its trial's new
 * id. Tables that are clustered by trial are read and appended in the order of trials. */
#include <stddef.h>

#include "engine/store/merge.h"

enum { COLUMNS = 7 }; /* the most, with the trial's id */

typedef struct child {
  const char *table, *columns, *select;
  bool beside; /* also of trials that have rows already */
  int epoch;   /* the column that has to be an epoch of its trial, or 0 */
} child;

#define CHILD(table, columns, order, beside, epoch)                                                                                \
  { table, columns, "SELECT trial, " columns " FROM main." table order, beside, epoch }
static const child children[] = {
    CHILD("epoch", "epoch, train_loss, learning_rate, seconds, passed_over, zero_rows", " ORDER BY trial", true, 0),
    CHILD("learnt", "name, epoch, value, gradient", " ORDER BY trial", true, 2),
    CHILD("metric", "name, split, epoch, value", " ORDER BY trial", true, 3),
    CHILD("network", "epoch, weights", "", true, 1),
    CHILD("kept", "name, columns, numbers", "", true, 0),
    CHILD("score", "split, first, last, columns, coding, scores", "", false, 3),
};

/* ---- the virtual table ---- */

/* What it gives now, set before a statement begins. */
typedef struct source {
  merge *m;
  const child *kind;
  sqlite3_stmt *rows, *epochs, *has_epoch;
  int64_t trial, first, last; /* whose epochs are known: all from first to last, or, where last < first, others */
  ll_status status;           /* of reading `from` */
} source;

typedef struct table {
  sqlite3_vtab base;
  source *source;
} table;

typedef struct cursor {
  sqlite3_vtab_cursor base;
  source *source;
  size_t place; /* in the map, of the trial at hand */
  bool more;
} cursor;

static int connect(sqlite3 *db, void *data, int count, const char *const *words, sqlite3_vtab **out, char **why) {
  (void)count, (void)words, (void)why;
  table *made = sqlite3_malloc(sizeof *made);
  *out = &made->base;
  if (!made) return SQLITE_NOMEM;
  *made = (table){.source = data};
  int rc = sqlite3_declare_vtab(db, "CREATE TABLE x (a, b, c, d, e, f, g)");
  if (rc != SQLITE_OK) sqlite3_free(made);
  return rc;
}

static int disconnect(sqlite3_vtab *base) {
  sqlite3_free(base);
  return SQLITE_OK;
}

static int plan(sqlite3_vtab *base, sqlite3_index_info *info) {
  (void)base;
  info->estimatedCost = 1e6;
  return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
  cursor *made = sqlite3_malloc(sizeof *made);
  *out = &made->base;
  if (!made) return SQLITE_NOMEM;
  *made = (cursor){.source = ((table *)base)->source};
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
  sqlite3_free(base);
  return SQLITE_OK;
}

/* Whether the row at hand is of a trial whose rows are to come. Neighbours are of one trial, mostly. */
static bool is_wanted(cursor *c) {
  const source *s = c->source;
  const merge_map *map = &s->m->maps[MERGE_TRIAL];
  int64_t trial = sqlite3_column_int64(s->rows, 0);
  if (c->place >= map->count || map->ids[c->place].from != trial) {
    size_t low = 0, high = map->count;
    if (c->place + 1 < map->count && map->ids[c->place + 1].from == trial) low = high = c->place + 1;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      if (map->ids[middle].from < trial) low = middle + 1;
      else high = middle;
    }
    if (low >= map->count || map->ids[low].from != trial) return false; /* of no trial */
    c->place = low;
  }
  merge_state state = map->ids[c->place].state;
  return state == MERGE_FRESH || (s->kind->beside && state == MERGE_BESIDE);
}

/* A row names an epoch of its trial. Foreign keys would look that up for every row that is written; of a trial whose epochs are all
 * from the first to the last it is told at once. */
static ll_status check_epoch(source *s) {
  merge *m = s->m;
  int64_t trial = sqlite3_column_int64(s->rows, 0), epoch = sqlite3_column_int64(s->rows, s->kind->epoch);
  bool more;
  if (trial != s->trial) {
    sqlite3_reset(s->epochs);
    sqlite3_bind_int64(s->epochs, 1, trial);
    LL_TRY(ll_store_merge_next(m, s->epochs, &more));
    s->trial = trial, s->first = sqlite3_column_int64(s->epochs, 0), s->last = sqlite3_column_int64(s->epochs, 1);
    if (s->last - s->first + 1 != sqlite3_column_int64(s->epochs, 2)) s->last = s->first - 1;
  }
  if (epoch >= s->first && epoch <= s->last) return LL_OK;
  sqlite3_reset(s->has_epoch);
  sqlite3_bind_int64(s->has_epoch, 1, trial), sqlite3_bind_int64(s->has_epoch, 2, epoch);
  LL_TRY(ll_store_merge_next(m, s->has_epoch, &more));
  if (more) return LL_OK;
  return ll_fail(m->out->ctx, LL_ERR_FORMAT,
                 "%s is damaged: its table %s has a row of epoch %lld of trial %lld, which has no such epoch", m->from->path,
                 s->kind->table, (long long)epoch, (long long)trial);
}

static int next(sqlite3_vtab_cursor *base) {
  cursor *c = (cursor *)base;
  source *s = c->source;
  do {
    s->status = ll_store_merge_next(s->m, s->rows, &c->more);
    if (s->status != LL_OK) return SQLITE_ABORT;
  } while (c->more && !is_wanted(c));
  if (c->more && s->kind->epoch) s->status = check_epoch(s);
  return s->status == LL_OK ? SQLITE_OK : SQLITE_ABORT;
}

static int filter(sqlite3_vtab_cursor *base, int index, const char *name, int count, sqlite3_value **values) {
  (void)index, (void)name, (void)count, (void)values;
  cursor *c = (cursor *)base;
  sqlite3_reset(c->source->rows);
  c->place = 0;
  return next(base);
}

static int at_end(sqlite3_vtab_cursor *base) { return !((cursor *)base)->more; }

/* Texts and blobs are lent: the row is written before the next one is read. */
static int column(sqlite3_vtab_cursor *base, sqlite3_context *to, int i) {
  cursor *c = (cursor *)base;
  sqlite3_stmt *rows = c->source->rows;
  int kind = i ? sqlite3_column_type(rows, i) : SQLITE_INTEGER;
  const void *bytes = kind == SQLITE_TEXT   ? (const void *)sqlite3_column_text(rows, i)
                      : kind == SQLITE_BLOB ? sqlite3_column_blob(rows, i)
                                            : NULL;
  if (i == 0) sqlite3_result_int64(to, c->source->m->maps[MERGE_TRIAL].ids[c->place].to);
  else if (kind == SQLITE_TEXT && bytes) sqlite3_result_text(to, bytes, sqlite3_column_bytes(rows, i), SQLITE_STATIC);
  else if (kind == SQLITE_BLOB && bytes) sqlite3_result_blob(to, bytes, sqlite3_column_bytes(rows, i), SQLITE_STATIC);
  else sqlite3_result_value(to, sqlite3_column_value(rows, i));
  return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *out) {
  *out = (sqlite3_int64)((cursor *)base)->place;
  return SQLITE_OK;
}

static const sqlite3_module module = {.xConnect = connect,
                                      .xBestIndex = plan,
                                      .xDisconnect = disconnect,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = filter,
                                      .xNext = next,
                                      .xEof = at_end,
                                      .xColumn = column,
                                      .xRowid = row_id};

/* ---- the tables ---- */

static ll_status fill(source *s, const child *k) {
  static const char letters[] = "abcdefg";
  merge *m = s->m;
  sqlite3_stmt *stmt = NULL;
  ll_status status;
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendf(sql, "INSERT INTO main.%s (trial, %s) SELECT ", k->table, k->columns);
  s->kind = k, s->trial = -1, s->rows = NULL;
  LL_GOTO(done, ll_store_merge_prepare(m->from, k->select, &s->rows));
  for (int c = 0, n = sqlite3_column_count(s->rows); c < n; c++) sqlite3_str_appendf(sql, "%s%c", c ? ", " : "", letters[c]);
  sqlite3_str_appendall(sql, " FROM merge_source WHERE true ON CONFLICT DO NOTHING");
  LL_GOTO(done, sqlite3_str_errcode(sql) ? ll_store_fail(m->out, SQLITE_NOMEM, "merging") : LL_OK);
  LL_GOTO(done, ll_store_merge_prepare(m->out, sqlite3_str_value(sql), &stmt));
  s->status = LL_OK;
  m->out->steps = m->out->bound = 0;
  int rc = sqlite3_step(stmt);
  status = s->status == LL_OK ? ll_store_merge_ended(m, rc, k->table) : s->status;
done:
  sqlite3_finalize(stmt);
  sqlite3_finalize(s->rows);
  sqlite3_free(sqlite3_str_finish(sql));
  return status;
}

static ll_status fill_all(source *s) {
  merge *m = s->m;
  LL_TRY(ll_store_merge_prepare(m->from, "SELECT min(epoch), max(epoch), count(*) FROM main.epoch WHERE trial = ?1", &s->epochs));
  LL_TRY(ll_store_merge_prepare(m->from, "SELECT 1 FROM main.epoch WHERE trial = ?1 AND epoch = ?2", &s->has_epoch));
  for (size_t i = 0; i < sizeof children / sizeof *children; i++) LL_TRY(fill(s, &children[i]));
  return LL_OK;
}

ll_status ll_store_merge_epochs(merge *m) {
  source s = {.m = m};
  sqlite3 *db = m->out->db;
  if (sqlite3_create_module(db, "merge_source", &module, &s) != SQLITE_OK) return ll_store_fail(m->out, SQLITE_NOMEM, "merging");
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL); /* what they would find is checked here */
  ll_status status = fill_all(&s);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
  sqlite3_create_module(db, "merge_source", NULL, NULL);
  sqlite3_finalize(s.epochs), sqlite3_finalize(s.has_epoch);
  return status;
}
