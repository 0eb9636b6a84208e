/* The scores of a study, a row a score, as text or bytes: db:scores { … }. What is around the numbers is said by Lua once for
 * each value of the table scores; row by row nothing is done in Lua. In memory are one value of the table, one epoch of it unpacked
 * and a piece of what is written. Fields:
 *
 * - trials = { { first, last }, … }, split, dataset, loss: which; those that are nil choose nothing
 * - epoch: "all", "best" (of the trial, by the study's metric), "last" (of the trial), or a number
 * - begin(columns): what stands before all rows, or nil; not asked if there are none
 * - head(trial, dataset, loss, config, fold, seed, split): what stands before and behind the epoch's number
 * - epoch_written, row, label, score = true: which numbers a row has, row being the row's number
 * - apart, to_label, to_score, named, stop: texts between rows, before numbers and after a row; named: behind to_score and, if
 * there are several scores a row, the number of the column
 * - null, infinities = false: what NaN is written as, and what an infinity is unless it is inf
 * - binary = false: int32 epoch, uint32 row, float32 label and scores, little-endian */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "engine/data/read/shortest.h"
#include "lua/bind/store.h"

#define CLASS "losslab.store.scores"

enum { PIECE = 1 << 16, NUMBER = 64 };
enum { DB = 1, SPEC, ROWS, OPEN, PUT, BEFORE, BETWEEN, VALUES }; /* places on the stack */

/* The columns of all_scores. */
enum { TRIAL, DATASET, LOSS, CONFIG, FOLD, SEED, SPLIT, FIRST, LAST, ONLY, COLUMNS, CODING, SCORES, LABELS, NUMBERS };

typedef struct text {
  const char *bytes;
  size_t n;
} text;

typedef struct writer {
  lua_State *L;
  bool binary, infinities, epoch, row, label, score; /* which numbers are written, and how */
  text apart, to_label, to_score, named, stop, null; /* between rows, before numbers (named: behind the name of a score, which has
                                                         the number of its column if there are several), after a row, for NaN */
  const char *path;
  lua_Integer trial; /* under way, for messages */
  lua_Integer count; /* of rows */
  size_t columns;    /* 0: none was met */
  uint32_t sum;      /* CRC-32 of what was written */
  uint64_t bytes;
  size_t size;
  size_t room; /* of the unpacked epoch */
  char piece[PIECE];
} writer;

/* ---- writing ------------------------------------------------------------------------------------------------------------ */

static void hand_on(writer *w, const char *bytes, size_t n) {
  w->bytes += n;
  w->sum = (uint32_t)crc32_z(w->sum, (const unsigned char *)bytes, n);
  if (lua_isnil(w->L, PUT)) return;
  lua_pushvalue(w->L, PUT);
  lua_pushlstring(w->L, bytes, n);
  lua_call(w->L, 1, 0);
}

static void flush(writer *w) {
  size_t n = w->size;
  w->size = 0;
  if (n) hand_on(w, w->piece, n);
}

static inline void add(writer *w, const char *bytes, size_t n) {
  if (n == 0) return;
  if (n > PIECE - w->size) {
    flush(w);
    if (n > PIECE) {
      hand_on(w, bytes, n);
      return;
    }
  }
  memcpy(w->piece + w->size, bytes, n);
  w->size += n;
}

static inline void add_text(writer *w, text t) { add(w, t.bytes, t.n); }

/* Where up to NUMBER bytes may be written. */
static inline char *room(writer *w) {
  if (PIECE - w->size < NUMBER) flush(w);
  return w->piece + w->size;
}

static void add_whole(writer *w, int64_t value, size_t bytes) {
  char *to = room(w);
  if (w->binary) { /* little-endian, as everything here */
    memcpy(to, &value, bytes);
    w->size += bytes;
    return;
  }
  char digits[24], *p = digits + sizeof digits;
  uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
  do *--p = (char)('0' + left % 10);
  while (left /= 10);
  if (value < 0) *--p = '-';
  size_t n = (size_t)(digits + sizeof digits - p);
  memcpy(to, p, n);
  w->size += n;
}

static void add_single(writer *w, const unsigned char *at) {
  float value;
  if (!at) return; /* labels and scores that were not asked for */
  memcpy(&value, at, sizeof value);
  if (w->binary) add(w, (const char *)at, sizeof value);
  else if (isfinite(value)) w->size += ll_shortest_float(value, room(w));
  else if (isnan(value) || !w->infinities) add_text(w, w->null);
  else add(w, "-inf" + (value > 0), value > 0 ? 3 : 4);
}

/* What is not there: in bytes a row number is 0 and a label NaN. */
static void add_nothing(writer *w, bool whole) {
  float nan = NAN;
  if (!w->binary) add_text(w, w->null);
  else if (whole) add_whole(w, 0, 4);
  else add(w, (const char *)&nan, sizeof nan);
}

/* ---- a value of the table scores ---------------------------------------------------------------------------------------- */

typedef struct block {
  const unsigned char *labels, *numbers, *scores; /* labels, numbers: NULL if there are none */
  size_t size, epochs, rows;
  int64_t first, from, to; /* the epochs that are wanted of it */
  int coding;
} block;

static int wrong(writer *w, const char *what) {
  return luaL_error(w->L, "%s: trial %I: its scores are damaged: %s", w->path, (LUAI_UACINT)w->trial, what);
}

static void check(writer *w, ll_status status) {
  if (status != LL_OK) luaL_error(w->L, "%s: trial %I: %s", w->path, (LUAI_UACINT)w->trial, ll_message(bind_ctx(w->L)));
}

static int64_t whole(writer *w, const ll_rows *rows, size_t column, int64_t least, int64_t most) {
  ll_value v = ll_rows_value(rows, column);
  if (v.kind != LL_VALUE_INTEGER || v.integer < least || v.integer > most) wrong(w, ll_rows_name(rows, column));
  return v.integer;
}

static const unsigned char *beside(writer *w, ll_value v, size_t rows, const char *what) {
  if (v.kind == LL_VALUE_NULL) return NULL;
  if (v.kind != LL_VALUE_BLOB || v.size / 4 < rows)
    luaL_error(w->L, "%s: trial %I: %I bytes are no %s of %I rows", w->path, (LUAI_UACINT)w->trial,
               (LUAI_UACINT)(v.kind == LL_VALUE_BLOB ? v.size : 0), what, (LUAI_UACINT)rows);
  return v.bytes;
}

/* What stands above all rows. */
static void begin(writer *w) {
  lua_State *L = w->L;
  size_t n;
  if (lua_getfield(L, SPEC, "begin") != LUA_TNIL) {
    lua_pushinteger(L, (lua_Integer)w->columns);
    lua_call(L, 1, 1);
    const char *heading = lua_tolstring(L, -1, &n);
    if (heading) add(w, heading, n);
  }
  lua_pop(L, 1);
}

/* The current row as a block; sets the writer's columns. */
static block read_block(writer *w, const ll_rows *rows) {
  block b = {0};
  size_t columns = (size_t)whole(w, rows, COLUMNS, 1, LL_MATRIX_SIDE), count;
  ll_value scores = ll_rows_value(rows, SCORES);
  if (scores.kind != LL_VALUE_BLOB) wrong(w, "there are none");
  b.first = b.from = whole(w, rows, FIRST, 0, INT32_MAX), b.to = whole(w, rows, LAST, b.first, INT32_MAX);
  b.epochs = (size_t)(b.to - b.first) + 1;
  if (ll_rows_value(rows, ONLY).kind != LL_VALUE_NULL) b.from = b.to = whole(w, rows, ONLY, b.first, b.to);
  b.coding = (int)whole(w, rows, CODING, 0, INT32_MAX);
  b.scores = scores.bytes, b.size = scores.size;
  check(w, ll_scores_count(bind_ctx(w->L), b.coding, b.scores, b.size, b.epochs, &count));
  if (count % columns != 0) wrong(w, "columns");
  b.rows = count / columns;
  b.labels = beside(w, ll_rows_value(rows, LABELS), b.rows, "labels");
  b.numbers = beside(w, ll_rows_value(rows, NUMBERS), b.rows, "row numbers");
  if (w->columns && w->columns != columns && b.rows) /* a table has one shape */
    luaL_error(w->L, "export: scores of %I columns after some of %I; choose by loss or data set", (LUAI_UACINT)columns,
               (LUAI_UACINT)w->columns);
  if (!w->columns && b.rows) {
    w->columns = columns;
    begin(w);
  }
  return b;
}

/* Asks Lua for what stands before and after the epoch; both stay on the stack. */
static void ask_head(writer *w, const ll_rows *rows, text *before, text *between) {
  lua_State *L = w->L;
  lua_getfield(L, SPEC, "head");
  for (size_t k = TRIAL; k <= SPLIT; k++) bind_store_push(L, ll_rows_value(rows, k));
  lua_call(L, SPLIT - TRIAL + 1, 2);
  lua_replace(L, BETWEEN);
  lua_replace(L, BEFORE);
  before->bytes = luaL_checklstring(L, BEFORE, &before->n);
  between->bytes = luaL_checklstring(L, BETWEEN, &between->n);
}

static void repeat(writer *w, const char *bytes, size_t n, size_t times) {
  char many[4096];
  if (n == 0 || n > sizeof many) return;
  size_t fit = sizeof many / n;
  for (size_t i = 0; i < fit && i < times; i++) memcpy(many + i * n, bytes, n);
  for (; times; times -= fit) {
    if (fit > times) fit = times;
    add(w, many, fit * n);
  }
}

/* The epoch of a table that has one column, as bytes: all rows at once. False if it is not such a one. */
static bool write_column(writer *w, const block *b, int64_t epoch, text before, text between, const float *values) {
  int numbers = w->epoch + w->row + w->label + w->score;
  int32_t number = (int32_t)epoch;
  if (!w->binary || numbers > 1 || between.n || (numbers && before.n)) return false;
  if (!numbers) repeat(w, before.bytes, before.n, b->rows);
  else if (w->epoch) repeat(w, (const char *)&number, sizeof number, b->rows);
  else if (w->score) add(w, (const char *)values, 4 * b->rows * w->columns);
  else if (w->row && b->numbers) add(w, (const char *)b->numbers, 4 * b->rows);
  else if (w->label && b->labels) add(w, (const char *)b->labels, 4 * b->rows);
  else return false;
  w->count += (lua_Integer)b->rows;
  return true;
}

static void write_epoch(writer *w, const block *b, int64_t epoch, text before, text between, const float *values) {
  if (write_column(w, b, epoch, before, between, values)) return;
  for (size_t i = 0; i < b->rows; i++) {
    if (w->count++) add_text(w, w->apart);
    add_text(w, before);
    if (w->epoch) add_whole(w, epoch, 4);
    add_text(w, between);
    uint32_t number = 0;
    if (w->row && b->numbers) memcpy(&number, b->numbers + 4 * i, sizeof number), add_whole(w, number, 4);
    else if (w->row) add_nothing(w, true);
    add_text(w, w->to_label);
    if (w->label && b->labels) add_single(w, b->labels + 4 * i);
    else if (w->label) add_nothing(w, false);
    for (size_t k = 0; w->score && k < w->columns; k++) {
      add_text(w, w->to_score);
      if (w->columns > 1 && w->named.n) add_whole(w, (int64_t)k + 1, 8); /* "score1": */
      add_text(w, w->named);
      add_single(w, (const unsigned char *)&values[i * w->columns + k]);
    }
    add_text(w, w->stop);
  }
}

static void write_block(writer *w, ll_rows *rows) {
  lua_State *L = w->L;
  w->trial = ll_rows_value(rows, TRIAL).integer;
  block b = read_block(w, rows);
  size_t count = b.rows * w->columns;
  text before, between;
  if (b.rows == 0) return;
  ask_head(w, rows, &before, &between);
  if (!w->score) {
    for (int64_t epoch = b.from; epoch <= b.to; epoch++) write_epoch(w, &b, epoch, before, between, NULL);
    return;
  }
  if (count > w->room) {
    lua_newuserdatauv(L, 4 * count, 0);
    lua_replace(L, VALUES);
    w->room = count;
  }
  float *values = lua_touserdata(L, VALUES);
  ll_scores **open = lua_touserdata(L, OPEN);
  check(w, ll_scores_open(bind_ctx(L), b.coding, b.scores, b.size, b.epochs, count, open));
  for (int64_t epoch = b.first; epoch <= b.to; epoch++) {
    check(w, ll_scores_next(*open, epoch < b.from ? NULL : values));
    if (epoch >= b.from) write_epoch(w, &b, epoch, before, between, values);
  }
  ll_scores_close(*open);
  *open = NULL;
}

/* ---- db:scores ---------------------------------------------------------------------------------------------------------- */

static int scores_gc(lua_State *L) {
  ll_scores **slot = luaL_checkudata(L, 1, CLASS), *scores = *slot;
  *slot = NULL;
  ll_scores_close(scores);
  return 0;
}

void bind_store_scores_class(lua_State *L) {
  static const bind_function methods[] = {{NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", scores_gc}, {"__close", scores_gc}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
}

static text field(lua_State *L, const char *name) {
  text t = {bind_opt_string(L, SPEC, "scores", name, ""), 0};
  t.n = strlen(t.bytes);
  return t;
}

static ll_value chosen(lua_State *L, const char *name) {
  const char *word = bind_opt_string(L, SPEC, "scores", name, NULL);
  return word ? ll_value_text(word, strlen(word)) : ll_value_null();
}

static writer *new_writer(lua_State *L, ll_store *store) {
  writer *w = lua_newuserdatauv(L, sizeof *w, 0);
  memset(w, 0, offsetof(writer, piece));
  w->L = L, w->path = ll_store_path(store);
  w->binary = bind_opt_boolean(L, SPEC, "scores", "binary", false);
  w->infinities = bind_opt_boolean(L, SPEC, "scores", "infinities", false);
  w->epoch = bind_opt_boolean(L, SPEC, "scores", "epoch_written", true);
  w->row = bind_opt_boolean(L, SPEC, "scores", "row", true);
  w->label = bind_opt_boolean(L, SPEC, "scores", "label", true);
  w->score = bind_opt_boolean(L, SPEC, "scores", "score", true);
  w->apart = field(L, "apart"), w->to_label = field(L, "to_label"), w->to_score = field(L, "to_score");
  w->named = field(L, "named");
  w->stop = field(L, "stop"), w->null = field(L, "null");
  return w;
}

/* The trials from low to high. */
static void write_range(writer *w, ll_store *store, int64_t low, int64_t high) {
  lua_State *L = w->L;
  ll_value values[] = {chosen(L, "epoch"), ll_value_integer(low), ll_value_integer(high),
                       chosen(L, "split"), chosen(L, "dataset"),  chosen(L, "loss")};
  ll_rows **rows = lua_touserdata(L, ROWS);
  bind_check(L, ll_store_query(store, "all_scores", values, sizeof values / sizeof *values, rows));
  for (bool more;;) {
    bind_check(L, ll_rows_next(*rows, &more));
    if (!more) break;
    write_block(w, *rows);
  }
  ll_rows_close(*rows);
  *rows = NULL;
}

/** store:scores { put = …, trials = …, epoch = …, … } -> rows, columns, crc32, bytes
 * For losslab's own use: hands scores to put(text) in pieces, a row a score. `losslab export` and ll.export are for
 * users.
 * Its fields are at the top of store_scores_write.c.
 * See: ll.export, store:write
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:scores { trials = { { 1, 9 } }, epoch = "last" }   --> 0 …
 */
int bind_store_scores(lua_State *L) {
  static const char *const names[] = {"put",      "begin",    "head",  "trials", "split", "dataset",       "loss",
                                      "epoch",    "binary",   "row",   "label",  "score", "epoch_written", "apart",
                                      "to_label", "to_score", "named", "stop",   "null",  "infinities",    NULL};
  ll_store *store = bind_store(L);
  bind_options(L, SPEC, "scores", names);
  lua_settop(L, SPEC);
  bind_store_new_rows(L);
  lua_toclose(L, ROWS);
  bind_new(L, CLASS);
  lua_toclose(L, OPEN);
  lua_getfield(L, SPEC, "put");
  lua_settop(L, VALUES);
  writer *w = new_writer(L, store);
  lua_getfield(L, SPEC, "trials");
  int ranges = lua_gettop(L);
  bind_table(L, ranges, "scores", "trials");
  for (lua_Integer i = 1, n = (lua_Integer)lua_rawlen(L, ranges); i <= n; i++) {
    lua_rawgeti(L, ranges, i);
    bind_table(L, ranges + 1, "scores", "a range of trials");
    lua_rawgeti(L, ranges + 1, 1);
    lua_rawgeti(L, ranges + 1, 2);
    write_range(w, store, bind_integer(L, ranges + 2, "scores", "the first trial"),
                bind_integer(L, ranges + 3, "scores", "the last trial"));
    lua_settop(L, ranges);
  }
  flush(w);
  lua_pushinteger(L, w->count);
  lua_pushinteger(L, (lua_Integer)w->columns);
  lua_pushinteger(L, (lua_Integer)w->sum);
  lua_pushinteger(L, (lua_Integer)w->bytes);
  return 4;
}
