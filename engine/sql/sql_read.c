/* Scores, labels and row numbers out of the tables of a result database. Nothing in it is believed: what a blob holds has to fit
 * the counts that stand beside it, and both what fits in memory. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/sql/sql.h"

enum { COUNT, LABELS, ROWS, OUTPUT, COLUMNS, CODING, SCORES, FIRST, LAST };

#define OF_PART "SELECT p.count, p.labels, CASE WHEN ?3 THEN p.rows END, json_extract(c.model, '$.output')"
#define TRIAL "FROM trial AS t JOIN config AS c ON c.id = t.config JOIN part AS p ON p.cut = t.cut AND p.split = ?2 "

static const char labels_sql[] = OF_PART " " TRIAL "WHERE t.id = ?1 AND ?4 = ?4";
static const char scores_sql[] =
    OF_PART ", s.columns, s.coding, s.scores, s.first, s.last " TRIAL "JOIN score AS s ON s.trial = t.id AND s.split = ?2 "
            "WHERE t.id = ?1 AND s.first <= ?4 AND s.last >= ?4 ORDER BY s.first LIMIT 1";

typedef struct reading {
  ll_sql *sql;
  const char *who;
  const ll_sql_argument *at;
  sqlite3_stmt *stmt;
} reading;

/* A copy of the last message, to be part of another. */
typedef struct words {
  char text[400];
} words;
static words words_of(const ll_ctx *ctx) {
  words copy;
  snprintf(copy.text, sizeof copy.text, "%s", ll_message(ctx));
  return copy;
}

static ll_status damaged(const reading *r, const char *format, ...) LL_PRINTF(2, 3);
static ll_status damaged(const reading *r, const char *format, ...) {
  char text[500];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return ll_fail(r->sql->ctx, LL_ERR_FORMAT, "%s: the database is damaged: trial %lld, %s, epoch %lld: %s", r->who,
                 (long long)r->at->trial, r->at->split, (long long)r->at->epoch, text);
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
  if (type != SQLITE_BLOB || (uint64_t)held != size)
    return damaged(r, "its %s are %lld bytes, not %llu, 4 a row", what, (long long)held, (unsigned long long)size);
  if (held > 0 && !bytes) return ll_fail(r->sql->ctx, LL_ERR_MEMORY, "%s: out of memory in reading %s", r->who, what);
  *out = bytes ? bytes : "";
  return LL_OK;
}

static ll_status read_part(const reading *r, ll_sql_part *out) {
  const void *labels, *rows;
  int64_t count = sqlite3_column_int64(r->stmt, COUNT);
  if (sqlite3_column_type(r->stmt, COUNT) != SQLITE_INTEGER || count < 0 || count > LL_MATRIX_SIDE)
    return damaged(r, "its part has no count of rows");
  out->count = (size_t)count;
  const char *output = (const char *)sqlite3_column_text(r->stmt, OUTPUT);
  out->sigmoid = output && strcmp(output, "sigmoid") == 0;
  LL_TRY(blob(r, LABELS, "labels", 4 * out->count, &labels));
  if (labels && count > 0) {
    LL_TRY(ll_matrix_new(r->sql->ctx, out->count, 1, &out->labels));
    ll_sql_floats(labels, &out->labels);
  }
  LL_TRY(blob(r, ROWS, "row numbers", 4 * out->count, &rows));
  if (rows && count > 0) {
    void *block;
    LL_TRY(ll_alloc(r->sql->ctx, &block, 4 * out->count));
    out->rows = memcpy(block, rows, 4 * out->count);
  }
  return LL_OK;
}

static ll_status read_scores(const reading *r, ll_sql_part *out) {
  sqlite3_stmt *stmt = r->stmt;
  ll_ctx *ctx = r->sql->ctx;
  for (int column = COLUMNS; column <= LAST; column++)
    if (column != SCORES && sqlite3_column_type(stmt, column) != SQLITE_INTEGER)
      return damaged(r, "%s of its scores is no whole number", sqlite3_column_name(stmt, column));
  int64_t columns = sqlite3_column_int64(stmt, COLUMNS), coding = sqlite3_column_int64(stmt, CODING),
          first = sqlite3_column_int64(stmt, FIRST), last = sqlite3_column_int64(stmt, LAST);
  const void *bytes = sqlite3_column_blob(stmt, SCORES);
  size_t size = (size_t)sqlite3_column_bytes(stmt, SCORES), count;
  if (size > 0 && !bytes) return ll_fail(ctx, LL_ERR_MEMORY, "%s: out of memory in reading scores", r->who);
  if (sqlite3_column_type(stmt, SCORES) != SQLITE_BLOB) return damaged(r, "its scores are no blob");
  if (coding < 0 || coding >= LL_SCORES_CODINGS)
    return damaged(r, "its scores are coded as %lld, which losslab " LL_VERSION " does not know", (long long)coding);
  if (columns < 1 || columns > LL_MATRIX_SIDE || first < 0) return damaged(r, "its scores have %lld columns", (long long)columns);
  out->ranks = coding == LL_SCORES_RANKS;
  if (out->count == 0) return LL_OK;
  size_t epochs = (size_t)(last - first) + 1; /* 0 <= first <= epoch <= last */
  if (ll_scores_count(ctx, (int)coding, bytes, size, epochs, &count) != LL_OK) return damaged(r, "%s", words_of(ctx).text);
  if (count / out->count != (size_t)columns || count % out->count != 0)
    return damaged(r, "%zu scores an epoch are no %lld for each of %zu rows", count, (long long)columns, out->count);
  LL_TRY(ll_matrix_new(ctx, out->count, (size_t)columns, &out->scores));
  ll_status status = ll_sql_unpack_epoch(r->sql, (int)coding, bytes, size, epochs, (size_t)(r->at->epoch - first), &out->scores);
  return status == LL_ERR_FORMAT ? damaged(r, "%s", words_of(ctx).text) : status;
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
