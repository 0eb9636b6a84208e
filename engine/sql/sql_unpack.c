/* The numbers of a blob: ll_unpack(blob [, type [, index]]), a JSON array or one number, and the table ll_unpack(blob [, type]). */
#include <math.h>
#include <string.h>

#include "engine/data/read/shortest.h"
#include "engine/sql/sql.h"

enum { WIDTH = 4 }; /* bytes a number, of both types */
typedef enum number_type { FLOAT32, UINT32 } number_type;
static const char *const types[] = {"float32", "uint32"};

typedef struct blob {
  const unsigned char *bytes; /* NULL: there is none */
  size_t count;
  number_type type;
} blob;

/* [out] the blob of a value, borrowed; kind may be NULL. */
static ll_status blob_of(ll_sql *sql, sqlite3_value *value, sqlite3_value *kind, blob *out) {
  size_t place = FLOAT32;
  *out = (blob){0};
  if (kind && sqlite3_value_type(kind) != SQLITE_NULL) {
    const char *word = (const char *)sqlite3_value_text(kind);
    LL_TRY(ll_names_choose(sql->ctx, "ll_unpack", "type", word ? word : "", types, LL_ROWS(types), &place));
  }
  out->type = (number_type)place;
  if (sqlite3_value_type(value) == SQLITE_NULL) return LL_OK;
  if (sqlite3_value_type(value) != SQLITE_BLOB) return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "ll_unpack takes a blob of numbers");
  const void *bytes = sqlite3_value_blob(value);
  int size = sqlite3_value_bytes(value);
  if (size % WIDTH != 0)
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "ll_unpack: %d bytes are no whole number of %s, of 4 bytes each", size, types[place]);
  if (size > 0 && !bytes) return ll_fail(sql->ctx, LL_ERR_MEMORY, "out of memory in ll_unpack");
  out->bytes = bytes ? bytes : (const unsigned char *)"";
  out->count = (size_t)size / WIDTH;
  return LL_OK;
}

static float float_at(const unsigned char *bytes, size_t i) {
  float x;
  memcpy(&x, bytes + WIDTH * i, sizeof x);
  return x;
}
static uint32_t whole_at(const unsigned char *bytes, size_t i) {
  uint32_t x;
  memcpy(&x, bytes + WIDTH * i, sizeof x);
  return x;
}

static void give_number(sqlite3_context *context, const unsigned char *bytes, number_type type, size_t i) {
  if (type == UINT32) sqlite3_result_int64(context, whole_at(bytes, i));
  else sqlite3_result_double(context, (double)float_at(bytes, i));
}

/* In JSON, which has no other numbers, what is not finite is null. */
static void give_array(sqlite3_context *context, const blob *b) {
  sqlite3_str *text = sqlite3_str_new(sqlite3_context_db_handle(context)); /* refuses what is longer than a value may be */
  sqlite3_str_appendchar(text, 1, '[');
  for (size_t i = 0; i < b->count; i++) {
    char number[LL_SHORTEST];
    if (i > 0) sqlite3_str_appendchar(text, 1, ',');
    if (b->type == UINT32) sqlite3_str_appendf(text, "%u", whole_at(b->bytes, i));
    else if (!isfinite(float_at(b->bytes, i))) sqlite3_str_appendall(text, "null");
    else sqlite3_str_append(text, number, (int)ll_shortest_float(float_at(b->bytes, i), number));
  }
  sqlite3_str_appendchar(text, 1, ']');
  int rc = sqlite3_str_errcode(text);
  char *all = sqlite3_str_finish(text);
  if (rc == SQLITE_TOOBIG) sqlite3_result_error_toobig(context);
  else if (rc != SQLITE_OK || !all) sqlite3_result_error_nomem(context);
  if (rc != SQLITE_OK || !all) {
    sqlite3_free(all);
    return;
  }
  sqlite3_result_text(context, all, -1, sqlite3_free);
  sqlite3_result_subtype(context, 'J');
}

static void call(sqlite3_context *context, int count, sqlite3_value **values) {
  ll_sql *sql = ((const ll_sql_function *)sqlite3_user_data(context))->sql;
  blob b;
  ll_status status = LL_OK;
  if (count < 1 || count > 3)
    status = ll_fail(sql->ctx, LL_ERR_ARGUMENT, "ll_unpack takes (blob [, type [, index]]), not %d arguments", count);
  if (status == LL_OK) status = blob_of(sql, values[0], count > 1 ? values[1] : NULL, &b);
  if (status == LL_OK && count == 3 && sqlite3_value_type(values[2]) != SQLITE_INTEGER &&
      sqlite3_value_type(values[2]) != SQLITE_NULL)
    status = ll_fail(sql->ctx, LL_ERR_ARGUMENT, "ll_unpack: index must be a whole number, counting from 1");
  if (status != LL_OK) {
    ll_sql_refuse(context, sql);
    return;
  }
  if (!b.bytes) return;
  if (count < 3) {
    give_array(context, &b);
    return;
  }
  sqlite3_int64 index = sqlite3_value_int64(values[2]); /* 0 for NULL */
  if (index >= 1 && (uint64_t)index <= b.count) give_number(context, b.bytes, b.type, (size_t)index - 1);
}

/* ---- the table ------------------------------------------------------------------------------------------------------------------
 */

enum { NUMBER, VALUE, BYTES, TYPE };
static const char declaration[] = "CREATE TABLE x(number INTEGER, value, bytes HIDDEN, type HIDDEN)";
static const char usage[] = "ll_unpack(blob [, type]), as in SELECT value FROM part, ll_unpack(part.rows, 'uint32')";

typedef struct unpack_table {
  sqlite3_vtab base;
  ll_sql *sql;
} unpack_table;

typedef struct unpack_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_value *held; /* a copy of the blob */
  blob blob;
  size_t place;
} unpack_cursor;

static int connect(sqlite3 *db, void *data, int argc, const char *const *argv, sqlite3_vtab **out, char **why) {
  (void)db, (void)argc, (void)argv, (void)why;
  ll_sql *sql = ((const ll_sql_module *)data)->sql;
  int rc = ll_sql_connect(sql, declaration, sizeof(unpack_table), out);
  if (rc == SQLITE_OK) ((unpack_table *)*out)->sql = sql;
  return rc;
}

static int disconnect(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  return ll_sql_arguments_index(table, info, BYTES, 2, 1, usage);
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **out) {
  (void)table;
  unpack_cursor *cursor = sqlite3_malloc(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out = &cursor->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
  unpack_cursor *cursor = (unpack_cursor *)base;
  sqlite3_value_free(cursor->held);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int given, const char *text, int count, sqlite3_value **values) {
  unpack_cursor *cursor = (unpack_cursor *)base;
  unpack_table *table = (unpack_table *)base->pVtab;
  (void)given, (void)text;
  sqlite3_value_free(cursor->held);
  cursor->place = 0, cursor->blob = (blob){0};
  cursor->held = sqlite3_value_dup(values[0]);
  if (!cursor->held) return SQLITE_NOMEM;
  ll_status status = blob_of(table->sql, cursor->held, count > 1 ? values[1] : NULL, &cursor->blob);
  return status == LL_OK ? SQLITE_OK : ll_sql_table_error(&table->base, table->sql);
}

static int next(sqlite3_vtab_cursor *base) {
  ((unpack_cursor *)base)->place++;
  return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) {
  const unpack_cursor *cursor = (unpack_cursor *)base;
  return cursor->place >= cursor->blob.count;
}

static int show(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  const unpack_cursor *cursor = (unpack_cursor *)base;
  switch (column) {
  case NUMBER: sqlite3_result_int64(context, (sqlite3_int64)cursor->place + 1); break;
  case VALUE: give_number(context, cursor->blob.bytes, cursor->blob.type, cursor->place); break;
  case BYTES: sqlite3_result_value(context, cursor->held); break;
  default: sqlite3_result_text(context, types[cursor->blob.type], -1, SQLITE_STATIC);
  }
  return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *out) {
  *out = (sqlite3_int64)((unpack_cursor *)base)->place + 1;
  return SQLITE_OK;
}

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

int ll_sql_add_unpack(ll_sql *sql) {
  int rc = ll_sql_add_function(sql, "ll_unpack", -1, SQLITE_DETERMINISTIC, NULL, call, NULL, NULL);
  return rc == SQLITE_OK ? ll_sql_add_module(sql, "ll_unpack", &module, NULL) : rc;
}
