/* Scores, labels and row numbers out of the tables of a result database. Nothing in it is believed: what a blob holds has to fit
 * the counts that stand beside it, and both what fits in memory. */
#include <string.h>

#include "engine/sql/sql.h"

enum { COUNT, LABELS, ROWS, OUTPUT, COLUMNS, CODING, SCORES, FIRST, LAST };

#define OF_PART "SELECT p.count, p.labels, CASE WHEN ?3 THEN p.rows END, json_extract(c.model, '$.output')"
#define TRIAL "FROM trial AS t JOIN config AS c ON c.id = t.config JOIN part AS p ON p.cut = t.cut AND p.split = ?2 "

static const char labels_sql[] = OF_PART " " TRIAL "WHERE t.id = ?1 AND ?4 = ?4";
static const char scores_sql[] =
    OF_PART ", s.columns, s.coding, s.scores, s.first, s.last " TRIAL "JOIN scores AS s ON s.trial = t.id AND s.split = ?2 "
            "WHERE t.id = ?1 AND s.first <= ?4 AND s.last >= ?4 ORDER BY s.first LIMIT 1";

typedef struct reading {
  ll_sql *sql;
  const char *who;
  const ll_sql_argument *at;
  sqlite3_stmt *stmt;
} reading;

static ll_status damaged(const reading *r, const char *what, int64_t size, const char *expected) {
  return ll_fail(r->sql->ctx, LL_ERR_FORMAT, "%s: the database is damaged: of trial %lld, %s, the %s take %lld bytes, not %s",
                 r->who, (long long)r->at->trial, r->at->split, what, (long long)size, expected);
}

static ll_status no_trial(const reading *r) {
  sqlite3_stmt *stmt = NULL;
  bool row;
  ll_status status;
  LL_GOTO(done, ll_sql_prepare(r->sql, r->who, "SELECT 1 FROM trial WHERE id = ?1", &stmt));
  sqlite3_bind_int64(stmt, 1, r->at->trial);
  LL_GOTO(done, ll_sql_step(r->sql, r->who, stmt, &row));
  if (!row) status = ll_fail(r->sql->ctx, LL_ERR_ARGUMENT, "%s: there is no trial %lld", r->who, (long long)r->at->trial);
done:
  sqlite3_finalize(stmt);
  return status;
}

/* The bytes of a blob at a column, which is NULL where there is none; borrowed until the next step. */
static ll_status blob(const reading *r, int column, const char *what, uint64_t size, const void **out) {
  *out = NULL;
  int type = sqlite3_column_type(r->stmt, column);
  if (type == SQLITE_NULL) return LL_OK;
  const void *bytes = sqlite3_column_blob(r->stmt, column);
  int64_t held = sqlite3_column_bytes(r->stmt, column);
  if (type != SQLITE_BLOB || (uint64_t)held != size) return damaged(r, what, held, "4 a row");
  if (held > 0 && !bytes) return ll_fail(r->sql->ctx, LL_ERR_MEMORY, "%s: out of memory in reading %s", r->who, what);
  *out = bytes ? bytes : "";
  return LL_OK;
}

static void floats(const unsigned char *bytes, ll_matrix *to) {
  size_t n = ll_matrix_count(to);
  for (size_t i = 0; i < n; i++) {
    float x;
    memcpy(&x, bytes + 4 * i, sizeof x);
    to->data[i] = (ll_real)x;
  }
}

static ll_status read_part(const reading *r, ll_sql_part *out) {
  const void *labels, *rows;
  int64_t count = sqlite3_column_int64(r->stmt, COUNT);
  if (sqlite3_column_type(r->stmt, COUNT) != SQLITE_INTEGER || count < 0 || count > LL_MATRIX_SIDE)
    return ll_fail(r->sql->ctx, LL_ERR_FORMAT, "%s: the database is damaged: a part of trial %lld has no count of rows", r->who,
                   (long long)r->at->trial);
  out->count = (size_t)count;
  const char *output = (const char *)sqlite3_column_text(r->stmt, OUTPUT);
  out->sigmoid = output && strcmp(output, "sigmoid") == 0;
  LL_TRY(blob(r, LABELS, "labels", 4 * out->count, &labels));
  if (labels && count > 0) {
    LL_TRY(ll_matrix_new(r->sql->ctx, out->count, 1, &out->labels));
    floats(labels, &out->labels);
  }
  LL_TRY(blob(r, ROWS, "row numbers", 4 * out->count, &rows));
  if (rows && count > 0) {
    void *block;
    LL_TRY(ll_alloc(r->sql->ctx, &block, 4 * out->count));
    out->rows = memcpy(block, rows, 4 * out->count);
  }
  return LL_OK;
}

/* The numbers of one epoch out of the blob that holds `epochs` of them, each of `count` numbers. */
static ll_status unpack_epoch(const reading *r, int64_t coding, const unsigned char *bytes, size_t size, uint64_t epochs,
                              uint64_t index, ll_matrix *out) {
  uint64_t each = 4 * (uint64_t)ll_matrix_count(out);
  if (coding != 0)
    return ll_fail(r->sql->ctx, LL_ERR_UNSUPPORTED,
                   "%s: scores of trial %lld are packed in a way (coding %lld) that losslab " LL_VERSION " does not know", r->who,
                   (long long)r->at->trial, (long long)coding);
  if (each == 0 || size / each != epochs || size % each != 0)
    return damaged(r, "scores", (int64_t)size, "4 a number of each epoch");
  floats(bytes + each * index, out);
  return LL_OK;
}

static ll_status read_scores(const reading *r, ll_sql_part *out) {
  sqlite3_stmt *stmt = r->stmt;
  for (int column = COLUMNS; column <= LAST; column++)
    if (column != SCORES && sqlite3_column_type(stmt, column) != SQLITE_INTEGER)
      return ll_fail(r->sql->ctx, LL_ERR_FORMAT, "%s: the database is damaged: %s of trial %lld's scores is no whole number",
                     r->who, sqlite3_column_name(stmt, column), (long long)r->at->trial);
  int64_t columns = sqlite3_column_int64(stmt, COLUMNS), first = sqlite3_column_int64(stmt, FIRST),
          last = sqlite3_column_int64(stmt, LAST);
  const unsigned char *bytes = sqlite3_column_blob(stmt, SCORES);
  size_t size = (size_t)sqlite3_column_bytes(stmt, SCORES);
  if (sqlite3_column_type(stmt, SCORES) != SQLITE_BLOB || first < 0)
    return damaged(r, "scores", (int64_t)size, "a blob of numbers");
  if (size > 0 && !bytes) return ll_fail(r->sql->ctx, LL_ERR_MEMORY, "%s: out of memory in reading scores", r->who);
  if (columns < 1 || columns > LL_MATRIX_SIDE)
    return ll_fail(r->sql->ctx, LL_ERR_FORMAT, "%s: the database is damaged: scores of trial %lld have %lld columns", r->who,
                   (long long)r->at->trial, (long long)columns);
  if (out->count == 0) return LL_OK;
  LL_TRY(ll_matrix_new(r->sql->ctx, out->count, (size_t)columns, &out->scores));
  return unpack_epoch(r, sqlite3_column_int64(stmt, CODING), bytes, size, (uint64_t)(last - first) + 1,
                      (uint64_t)(r->at->epoch - first), &out->scores);
}

static ll_status read_part_of(ll_sql *sql, const char *who, const ll_sql_argument *at, const char *text, bool rows, bool scores,
                              ll_sql_part *out) {
  reading r = {sql, who, at, NULL};
  bool row;
  ll_status status;
  *out = (ll_sql_part){0};
  LL_GOTO(done, ll_sql_prepare(sql, who, text, &r.stmt));
  sqlite3_bind_int64(r.stmt, 1, at->trial);
  sqlite3_bind_text(r.stmt, 2, at->split, -1, SQLITE_STATIC);
  sqlite3_bind_int(r.stmt, 3, rows);
  sqlite3_bind_int64(r.stmt, 4, at->epoch);
  LL_GOTO(done, ll_sql_step(sql, who, r.stmt, &row));
  if (!row) {
    status = no_trial(&r);
    goto done;
  }
  LL_GOTO(done, read_part(&r, out));
  if (scores) LL_GOTO(done, read_scores(&r, out));
  out->found = true;
done:
  sqlite3_finalize(r.stmt);
  if (status != LL_OK) ll_sql_part_release(sql, out);
  return status;
}

ll_status ll_sql_read_scores(ll_sql *sql, const char *who, const ll_sql_argument *at, bool rows, ll_sql_part *out) {
  return read_part_of(sql, who, at, scores_sql, rows, true, out);
}

ll_status ll_sql_read_labels(ll_sql *sql, const char *who, const ll_sql_argument *at, ll_sql_part *out) {
  return read_part_of(sql, who, at, labels_sql, true, false, out);
}

void ll_sql_part_release(ll_sql *sql, ll_sql_part *part) {
  ll_matrix_release(sql->ctx, &part->scores);
  ll_matrix_release(sql->ctx, &part->labels);
  ll_free(sql->ctx, part->rows);
  *part = (ll_sql_part){0};
}
