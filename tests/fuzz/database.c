/* A result database that was damaged: opened, asked everything that losslab asks, then written to. An input is a byte of choices,
 * then damage: five bytes each (what, page, offset, value), or SQL that is run on the file, by SQLite itself and past all
 * constraints. */
#define FUZZ_RUNS 150
#include "tests/fuzz/target.h"
#include "tests/store.h"

enum { PAGE = 512 };
static char place[] = "/dev/shm/losslab-fuzz-XXXXXX", path[128]; /* in memory, where there is such a folder */
static uint8_t *whole;
static size_t whole_size;

static int stop(void *nothing) { return (void)nothing, 1; }

static void run_sql(const char *sql) {
  sqlite3 *db = NULL;
  if (sqlite3_open(path, &db) == SQLITE_OK) {
    sqlite3_progress_handler(db, 1000000, stop, NULL);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
  }
  sqlite3_close(db);
}

static void put(const uint8_t *bytes, size_t size) {
  char beside[160];
  static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(beside, sizeof beside, "%s%s", path, suffixes[i]);
    unlink(beside);
  }
  FILE *file = fopen(path, "wb");
  must(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0, "%s cannot be written", path);
}

static void clean_up(void) {
  char command[192];
  *strrchr(path, '/') = 0;
  snprintf(command, sizeof command, "rm -rf '%s'", path);
  if (system(command) != 0) perror(path);
}

/* Made once: pages are small, so that few bytes reach all of it. */
static void make_whole(void) {
  snprintf(path, sizeof path, "%s/f.db", mkdtemp(place) ? place : mkdtemp(folder));
  atexit(clean_up);
  setenv("LOSSLAB_SQL_STEPS", "1000000", 1); /* so that a view without an end is stopped soon */
  ctx = context();
  ll_store *store = NULL;
  must(ll_store_open(ctx, path, LL_STORE_CREATE, 1, &store) == LL_OK, "%s", ll_message(ctx));
  fill(store, 2, 2);
  for (int64_t trial = 1; trial <= 3; trial++) {
    int64_t id = 0;
    must(take_one(store, runner, &id) == LL_OK && id == trial, "%s", ll_message(ctx));
    train(store, trial, 0.75, 0.5);
    int64_t rows;
    must(write_end(store, runner, trial, 1.5, &rows) == LL_OK && rows == 1, "%s", ll_message(ctx));
  }
  ll_store_close(store);
  run_sql("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
  FILE *file = fopen(path, "rb");
  must(file && fseek(file, 0, SEEK_END) == 0, "%s cannot be read", path);
  whole_size = (size_t)ftell(file);
  rewind(file);
  whole = malloc(whole_size);
  must(whole && fread(whole, 1, whole_size, file) == whole_size, "%s cannot be read", path);
  fclose(file);
  ll_ctx_close(ctx);
}

static void damage_bytes(const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(whole_size);
  size_t length = whole_size, pages = whole_size / PAGE;
  must(copy, "no memory");
  memcpy(copy, whole, whole_size);
  for (; size >= 5; bytes += 5, size -= 5) {
    size_t page = bytes[1] % pages, at = page * PAGE + (256u * bytes[2] + bytes[3]) % PAGE;
    switch (bytes[0] % 7) {
    case 0: copy[at] = bytes[4]; break;
    case 1: copy[at] ^= (uint8_t)(1u << bytes[4] % 8); break;
    case 2: copy[at % 100] = bytes[4]; break; /* of the file's header */
    case 3: memset(copy + page * PAGE, 0, PAGE); break;
    case 4: memmove(copy + page * PAGE, copy + bytes[4] % pages * PAGE, PAGE); break;
    case 5: length = at; break;
    default: memset(copy + at, bytes[4], page * PAGE + PAGE - at); break;
    }
  }
  put(copy, length);
  free(copy);
}

/* What a table refuses is written into one that refuses nothing. */
static const char loosened[] =
    "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1; PRAGMA writable_schema = 1;"
    "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ') STRICT', ')'), 'TEXT NOT NULL', 'TEXT'), 'INTEGER NOT NULL', "
    "'INTEGER') WHERE type = 'table'; PRAGMA writable_schema = RESET;";

static void damage_sql(const uint8_t *bytes, size_t size) {
  char *sql = malloc(sizeof loosened + size);
  must(sql, "no memory");
  memcpy(sql, loosened, sizeof loosened - 1);
  memcpy(sql + sizeof loosened - 1, bytes, size);
  sql[sizeof loosened - 1 + size] = 0;
  put(whole, whole_size);
  /* ATTACH and VACUUM INTO would reach other files. */
  if (!sqlite3_strlike("%attach%", sql, 0) || !sqlite3_strlike("%into%file%", sql, 0) || !sqlite3_strlike("%vacuum%", sql, 0))
    sql[0] = 0;
  run_sql(sql);
  free(sql);
}

/* Reads rows to their end, at most a thousand, every byte of them. */
static void read_rows(ll_rows *rows) {
  static volatile unsigned total;
  bool more = true;
  for (int n = 0; n < 1000 && more; n++) {
    ll_status status = ll_rows_next(rows, &more);
    must_be_told(ctx, status, status == LL_OK);
    if (status != LL_OK) break;
    for (size_t j = 0; more && j < ll_rows_columns(rows); j++) {
      must(ll_rows_name(rows, j), "column %zu has no name", j);
      ll_value v = ll_rows_value(rows, j);
      if (v.kind != LL_VALUE_TEXT && v.kind != LL_VALUE_BLOB) continue;
      for (size_t k = 0; k < v.size; k++) total += ((const uint8_t *)v.bytes)[k];
    }
  }
  ll_rows_close(rows);
}

static bool is_word(const char *name) {
  static const char *const names[] = {"metric", "split", "name", "loss", "status", "key", "table"};
  return ll_names_place(name, names, sizeof names / sizeof *names) < sizeof names / sizeof *names;
}

static void ask_everything(ll_store *store) {
  size_t count;
  const ll_statement_info *statements = ll_store_statements(&count);
  for (size_t i = 0; i < count; i++) {
    const char *names[LL_STORE_MAX_VALUES];
    size_t n = 0;
    ll_value values[LL_STORE_MAX_VALUES];
    ll_rows *rows = NULL;
    if (sqlite3_strnicmp(statements[i].sql, "SELECT", 6) != 0) continue;
    ll_status status = ll_store_parameters(store, statements[i].name, names, &n);
    must_be_told(ctx, status, status == LL_OK);
    if (status != LL_OK) continue;
    for (size_t j = 0; j < n; j++) values[j] = is_word(names[j]) ? text("auc") : ll_value_integer(1);
    status = ll_store_query(store, statements[i].name, values, n, &rows);
    must_be_told(ctx, status, rows != NULL);
    if (rows) read_rows(rows);
  }
  static const char *const tables[] = {"study", "trial", "metric", "score", "kept", "wanted", "cut"};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char digest[65] = "";
    ll_status status = ll_store_digest(store, tables[i], digest);
    must_be_told(ctx, status, status == LL_OK);
    must(status != LL_OK || strlen(digest) == 64, "digest \"%s\"", digest);
  }
}

static void write_something(void) {
  ll_store *store = NULL;
  ll_status status = ll_store_open(ctx, path, LL_STORE_WRITE, 0, &store);
  must_be_told(ctx, status, store != NULL);
  if (!store) return;
  int64_t trial = 0, mine = 0;
  status = ll_store_release(store, 1, NULL);
  must_be_told(ctx, status, status == LL_OK);
  status = ll_store_choose(store, 1);
  must_be_told(ctx, status, status == LL_OK);
  status = ll_store_join(store, &mine);
  must_be_told(ctx, status, status == LL_OK);
  status = take_one(store, mine, &trial);
  must_be_told(ctx, status, status == LL_OK);
  if (status == LL_OK && trial && ll_store_begin(store) == LL_OK) {
    ll_value none = ll_value_null(), row[] = {ll_value_integer(trial), ll_value_integer(1), none, none, none, none, none};
    status = ll_store_run(store, "insert_epoch", row, 7, NULL);
    must_be_told(ctx, status, status == LL_OK);
    ll_store_rollback(store);
  }
  ll_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (!whole) make_whole();
  unsigned how = take(&bytes, &size);
  if (how & 1) damage_sql(bytes, size);
  else damage_bytes(bytes, size);
  ctx = context();
  ll_store *store = NULL;
  ll_status status = ll_store_open(ctx, path, LL_STORE_READ, 0, &store);
  must_be_told(ctx, status, store != NULL);
  if (store) ask_everything(store);
  ll_store_close(store);
  if (how & 2) write_something();
  ll_ctx_close(ctx);
  return 0;
}
