/* Opening and closing a store. Whether a file can be used is asked of stat and access first, so that the message names the
 * cause; only SQLite opens the file itself: closing a descriptor of one's own would drop the POSIX locks that another connection
 * of this process holds on it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ctx.h"
#include "engine/store/schema.h"
#include "engine/store/store.h"

static bool fileless; /* no temporary files: ll_store_without_files */
void ll_store_without_files(void) { fileless = true; }

static bool in_memory(const char *path) { return strcmp(path, ":memory:") == 0; }

/* The length of the folder's name in path, with its last slash: 0 for a bare name. */
static size_t folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

/* SQLite opens the files beside a database without a look, and would wait for the other end of a pipe. */
static ll_status probe_beside(ll_ctx *ctx, const char *path) {
  static const char *const suffixes[] = {"-journal", "-wal", "-shm"};
  struct stat info;
  void *block;
  size_t n = strlen(path);
  ll_status status = LL_OK;
  LL_TRY(ll_alloc(ctx, &block, n + sizeof "-journal"));
  char *beside = memcpy(block, path, n);
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && status == LL_OK; i++) {
    memcpy(beside + n, suffixes[i], strlen(suffixes[i]) + 1);
    if (lstat(beside, &info) != 0) continue;
    if (!S_ISREG(info.st_mode)) status = ll_fail(ctx, LL_ERR_IO, "%s: %s is not a regular file", path, beside);
    else if (info.st_nlink > 1) /* SQLite would write into what may be a file of the user's */
      status = ll_fail(ctx, LL_ERR_IO, "%s: %s is one of several names of a file (hard links)", path, beside);
  }
  ll_free(ctx, block);
  return status;
}

ll_status ll_store_one_name(ll_ctx *ctx, const char *path, const struct stat *info) {
  if (info->st_nlink <= 1) return LL_OK;
  return ll_fail(
      ctx, LL_ERR_IO,
      "%s is one of %ju names of one file (hard links), and is only read: the journal of a database goes by its name, and "
      "writing under two names would destroy it; copy the file, or remove the other names",
      path, (uintmax_t)info->st_nlink);
}

static ll_status probe(ll_ctx *ctx, const char *path, ll_store_mode mode) {
  struct stat info;
  if (!*path) return ll_fail(ctx, LL_ERR_ARGUMENT, "a database needs a path; \"\" was given");
  bool there = stat(path, &info) == 0;
  if (!there && errno != ENOENT) return ll_fail(ctx, LL_ERR_IO, "%s: %s", path, strerror(errno));
  if (there && S_ISDIR(info.st_mode)) return ll_fail(ctx, LL_ERR_IO, "%s is a folder, not a database", path);
  if (there && !S_ISREG(info.st_mode)) return ll_fail(ctx, LL_ERR_IO, "%s is not a regular file", path);
  if (!there && mode != LL_STORE_CREATE) return ll_fail(ctx, LL_ERR_IO, "%s: there is no such database", path);
  if (there && access(path, R_OK) != 0) return ll_fail(ctx, LL_ERR_IO, "%s: may not be read: %s", path, strerror(errno));
  if (there) LL_TRY(probe_beside(ctx, path));
  if (mode == LL_STORE_READ) return LL_OK;
  if (there && access(path, W_OK) != 0) return ll_fail(ctx, LL_ERR_IO, "%s: may not be written: %s", path, strerror(errno));
  if (there) LL_TRY(ll_store_one_name(ctx, path, &info));
  /* The folder too: the journal stands beside the database. */
  size_t n = folder_length(path);
  void *folder;
  LL_TRY(ll_alloc(ctx, &folder, n + 2));
  memcpy(folder, n ? path : ".", n ? n : 1);
  ((char *)folder)[n ? n : 1] = 0;
  ll_status status = LL_OK;
  if (access(folder, W_OK | X_OK) != 0)
    status = ll_fail(ctx, LL_ERR_IO, "%s: cannot write into the folder %s: %s", path, (char *)folder, strerror(errno));
  ll_free(ctx, folder);
  return status;
}

ll_status ll_store_fail(ll_store *store, int rc, const char *what) {
  ll_ctx *ctx = store->ctx;
  if (ll_store_is_temporary(store, rc)) return ll_store_no_temporary(store, what);
  switch (rc & 0xff) {
  case SQLITE_NOMEM:
    return ll_fail(
        ctx, LL_ERR_MEMORY,
        "%s: out of memory in %s: SQLite holds %lld bytes, %lld are the most (--memory SIZE or LOSSLAB_MEMORY raises that)",
        store->path, what, (long long)sqlite3_memory_used(), (long long)sqlite3_hard_heap_limit64(-1));
  case SQLITE_INTERRUPT: return ll_store_unfinished(store, what);
  case SQLITE_NOTADB: return ll_fail(ctx, LL_ERR_FORMAT, "%s is not a database", store->path);
  case SQLITE_CORRUPT: return ll_fail(ctx, LL_ERR_FORMAT, "%s is damaged (%s): %s", store->path, what, sqlite3_errmsg(store->db));
  case SQLITE_READONLY:
    if (rc == SQLITE_READONLY_DBMOVED) return ll_store_moved(store);
    return ll_fail(ctx, LL_ERR_STORE, "%s: %s: %s", store->path, what, sqlite3_errmsg(store->db));
  case SQLITE_BUSY:
    if (sqlite3_txn_state(store->db, "main") == SQLITE_TXN_READ)
      return ll_fail(
          ctx, LL_ERR_STORE,
          "%s: %s: rows are still being read here while another is writing: read to their end or close them before writing",
          store->path, what);
    /* fall through */
  case SQLITE_LOCKED:
    if (ll_store_has_moved(store)) return ll_store_moved(store);
    return ll_fail(ctx, LL_ERR_STORE, "%s is locked: another process held it for more than %g s (%s)", store->path, store->timeout,
                   what);
  case SQLITE_IOERR: {
    int why = sqlite3_system_errno(store->db);
    return ll_fail(ctx, LL_ERR_IO, "%s: %s: %s%s%s", store->path, what, sqlite3_errmsg(store->db), why ? ": " : "",
                   why ? strerror(why) : "");
  }
  default: return ll_fail(ctx, LL_ERR_STORE, "%s: %s: %s", store->path, what, sqlite3_errmsg(store->db));
  }
}

ll_status ll_store_check(ll_store *store) {
  if (store->pid == ll_store_process()) return LL_OK;
  return ll_fail(store->ctx, LL_ERR_STORE, "%s was opened by process %ld and is used in process %ld: open it again after a fork",
                 store->path, (long)store->pid, (long)getpid());
}

ll_status ll_store_exec(ll_store *store, const char *sql, const char *what) {
  store->steps = store->bound = 0; /* the bound is found at the first look */
  int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK ? LL_OK : ll_store_fail(store, rc, what);
}

ll_status ll_store_number(ll_store *store, const char *sql, int64_t *out) {
  sqlite3_stmt *stmt = NULL;
  *out = 0;
  int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
  if (rc == SQLITE_OK) rc = ll_store_step(store, stmt, NULL);
  if (rc == SQLITE_ROW) *out = sqlite3_column_int64(stmt, 0);
  ll_status status = rc == SQLITE_ROW || rc == SQLITE_DONE ? LL_OK : ll_store_fail(store, rc, sql);
  sqlite3_finalize(stmt);
  return status;
}

/* Opens the connection. `immutable` is for an older database, with a write-ahead log, in a folder that may not be written: its
 * reader wants to make an index file there unless it is told that no one writes. */
static int connect(ll_store *store, bool immutable) {
  static const int flags[] = {SQLITE_OPEN_READONLY, SQLITE_OPEN_READWRITE, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  const char *path = store->path;
  char *uri = NULL;
  sqlite3_close(store->db);
  store->db = NULL;
  if (immutable || strncmp(path, "file:", 5) == 0) { /* SQLite may read a name that begins so as a URI: make it one of ours */
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, *path == '/' ? "file:" : "file:./");
    for (const unsigned char *c = (const unsigned char *)path; *c; c++)
      sqlite3_str_appendf(text, strchr("%?#", *c) ? "%%%02x" : "%c", *c);
    if (immutable) sqlite3_str_appendall(text, "?immutable=1");
    uri = sqlite3_str_finish(text);
    if (!uri) return SQLITE_NOMEM;
  }
  /* A reader that may write opens so, though it never does (query_only): only such a connection can roll back what a killed writer
   * left half done, or take the log of an older file away when it is the last to leave. */
  bool may_write = !immutable && store->mode == LL_STORE_READ && access(path, W_OK) == 0;
  int how = flags[may_write ? LL_STORE_WRITE : store->mode] | SQLITE_OPEN_URI * (uri != NULL) | SQLITE_OPEN_NOMUTEX;
  int rc = sqlite3_open_v2(uri ? uri : path, &store->db, how, NULL);
  sqlite3_free(uri);
  if (rc != SQLITE_OK) return rc;
  sqlite3_extended_result_codes(store->db, 1);
  sqlite3_busy_handler(store->db, ll_store_on_busy, store);
  ll_store_bound(store);
  rc = sqlite3_exec(store->db, "PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0", NULL, NULL, NULL);
  if (store->mode != LL_STORE_READ || fileless) sqlite3_exec(store->db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
  return rc == SQLITE_NOMEM ? rc : SQLITE_OK; /* of another file what follows says what is wrong */
}

/* Whether there is a log that a reader who takes the file as immutable would miss. */
static bool has_log(ll_store *store) {
  const char *path = sqlite3_db_filename(store->db, "main");
  struct stat info;
  return (stat(sqlite3_filename_wal(path), &info) == 0 && info.st_size > 0) ||
         (stat(sqlite3_filename_journal(path), &info) == 0 && info.st_size > 0);
}

/* Reads what the file says it is: in one statement, that is at one moment, since another process may be making the tables. */
static ll_status identify(ll_store *store, int64_t *application, int64_t *version, int64_t *tables) {
  static const char sql[] = "SELECT (SELECT count(*) FROM sqlite_schema), (SELECT application_id FROM pragma_application_id), "
                            "(SELECT user_version FROM pragma_user_version)";
  sqlite3_stmt *stmt = NULL;
  *application = *version = *tables = 0;
  int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
  if (rc == SQLITE_OK) rc = ll_store_step(store, stmt, NULL);
  if (rc == SQLITE_ROW) {
    *tables = sqlite3_column_int64(stmt, 0);
    *application = sqlite3_column_int64(stmt, 1);
    *version = sqlite3_column_int64(stmt, 2);
  }
  ll_status status = rc == SQLITE_ROW ? LL_OK : ll_store_fail(store, rc, "reading what it is");
  sqlite3_finalize(stmt);
  return status;
}

/* A rollback journal: what it takes to undo the transaction under way, and nothing at any other time. The file is then whole by
 * itself, also in a folder that several machines share, where the index of a write-ahead log cannot be. An older file gets its log
 * written into it first, for which SQLite wants it alone and does not call its busy handler: others are waited for here. A
 * connection to a file with a log has a hold on it from its first look to its end, so that of two who wait for each other none
 * would ever get it: who waits lets go, and comes again after a while of its own.
 *
 * FULL, since with NORMAL a power cut may come between the journal's pages and their number, and of a journal believed too short
 * the file would be left half rolled back. Pages stay in memory up to 64 MiB: to write them before the end would keep readers out
 * for longer. One page more, since SQLite reads the number's last byte as a truth value, too: a multiple of 256 turns the writing
 * off, and all of a transaction stays in memory. */
static ll_status use_journal(ll_store *store) {
  static const char sql[] = "PRAGMA journal_mode = DELETE";
  int rc, tries = 0;
  while (((rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL)) & 0xff) == SQLITE_BUSY && ll_store_wait(store, tries)) {
    uint32_t own = ((uint32_t)getpid() + (uint32_t)tries++) * 2654435761u >> 22;
    if ((rc = connect(store, false)) != SQLITE_OK) return ll_store_fail(store, rc, "opening");
    sqlite3_sleep((int)(own % 32));
    LL_TRY(ll_store_check_logs(store));
  }
  if (rc != SQLITE_OK) return ll_store_fail(store, rc, "journal_mode = DELETE");
  return ll_store_exec(store, "PRAGMA synchronous = FULL; PRAGMA cache_spill = 16385", "synchronous = FULL");
}

static ll_status create(ll_store *store) {
  int64_t application, version, tables;
  ll_status status;
  LL_TRY(ll_store_begin(store));
  /* Again, now that nobody else can write: another process may have been first. */
  LL_GOTO(failed, identify(store, &application, &version, &tables));
  if (tables == 0) LL_GOTO(failed, ll_store_exec(store, ll_schema_sql, "making the tables"));
  return ll_store_commit(store);
failed:
  ll_store_rollback(store);
  return status;
}

static ll_status judge(ll_store *store, int64_t application, int64_t version) {
  if (application != LL_STORE_APPLICATION)
    return ll_fail(store->ctx, LL_ERR_FORMAT,
                   "%s is a SQLite database, but not one of losslab's (its application id is 0x%08x, not 0x%08x)", store->path,
                   (unsigned)application, LL_STORE_APPLICATION);
  if (version > LL_STORE_VERSION)
    return ll_fail(store->ctx, LL_ERR_FORMAT,
                   "%s was written by a newer losslab: its schema is version %lld, losslab " LL_VERSION " knows up to %d",
                   store->path, (long long)version, LL_STORE_VERSION);
  return LL_OK;
}

static void let_go(ll_store *store) {
  sqlite3_close(store->hold);
  store->hold = NULL;
}

/* A reader of an older schema sees the file through views of that one. So that nobody brings it up to date meanwhile, a second
 * connection stays in a transaction that reads, until the store is closed. *version becomes what is held: it may be newer by now.
 */
static void hold_schema(ll_store *store, int64_t *version) {
  sqlite3 *own = store->db;
  int64_t now = 0;
  store->db = NULL;
  bool held = connect(store, false) == SQLITE_OK && ll_store_exec(store, "BEGIN", "holding the schema") == LL_OK &&
              ll_store_number(store, "PRAGMA user_version", &now) == LL_OK;
  store->hold = store->db, store->db = own;
  if (held) *version = now;
  else let_go(store); /* a file that may not be written, which nobody here can bring up to date */
}

static ll_status set_up(ll_store *store) {
  int64_t application, version, tables;
  int rc = connect(store, false);
  if (rc != SQLITE_OK) {
    int why = store->db ? sqlite3_system_errno(store->db) : 0;
    if ((rc & 0xff) == SQLITE_CANTOPEN && why)
      return ll_fail(store->ctx, LL_ERR_IO, "%s: cannot be opened: %s", store->path, strerror(why));
    if (store->db) return ll_store_fail(store, rc, "opening");
    return ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory in opening", store->path);
  }
  LL_TRY(ll_store_check_logs(store));
  ll_status status = identify(store, &application, &version, &tables);
  int why = sqlite3_errcode(store->db) & 0xff;
  bool cannot = status != LL_OK && store->mode == LL_STORE_READ && (why == SQLITE_CANTOPEN || why == SQLITE_READONLY);
  if (cannot && has_log(store))
    return ll_fail(store->ctx, LL_ERR_IO,
                   "%s was left in mid-transaction; to be read it has to be put in order, and it may not be written", store->path);
  if (cannot) {
    if ((rc = connect(store, true)) != SQLITE_OK)
      return ll_fail(store->ctx, LL_ERR_STORE, "%s: %s", store->path, sqlite3_errstr(rc));
    status = identify(store, &application, &version, &tables);
  }
  LL_TRY(status);
  if (store->mode != LL_STORE_READ && sqlite3_db_readonly(store->db, "main") == 1)
    return ll_fail(store->ctx, LL_ERR_IO, "%s: may not be written", store->path);
  bool empty = application == 0 && version == 0 && tables == 0;
  if (empty && store->mode == LL_STORE_CREATE) {
    LL_TRY(use_journal(store));
    LL_TRY(create(store));
    LL_TRY(identify(store, &application, &version, &tables));
  }
  if (empty && store->mode != LL_STORE_CREATE)
    return ll_fail(store->ctx, LL_ERR_FORMAT, "%s is empty: no losslab database", store->path);
  LL_TRY(judge(store, application, version));
  LL_TRY(ll_store_check_tables(store));
  if (store->mode == LL_STORE_READ) {
    int64_t held = version;
    if (version < LL_STORE_VERSION) hold_schema(store, &held);
    if (held != version) {
      let_go(store);
      return set_up(store);
    }
    LL_TRY(ll_store_show_as(store, ll_store_migrations, LL_STORE_MIGRATIONS, version, LL_STORE_VERSION));
    LL_TRY(ll_store_own_views(store, version));
    return ll_store_exec(store, "PRAGMA query_only = 1", "query_only");
  }
  LL_TRY(use_journal(store));
  if (version < LL_STORE_VERSION)
    LL_TRY(ll_store_migrate(store, ll_store_migrations, LL_STORE_MIGRATIONS, ll_schema_sql, LL_STORE_VERSION));
  LL_TRY(ll_store_renew_views(store, ll_schema_sql));
  LL_TRY(ll_store_own_views(store, LL_STORE_VERSION));
  /* A write lock taken and given back: what would refuse to write says so now. */
  LL_TRY(ll_store_begin(store));
  ll_store_rollback(store);
  return LL_OK;
}

/* SQLite takes its memory elsewhere: as much as is left, or the little that recording a failure takes. It is one bound for all
 * connections of the process. */
static void bound_sqlite(const ll_ctx *ctx) {
  const size_t least = (size_t)16 << 20;
  size_t left = ll_memory_fits(ctx, least) ? ctx->limit - ctx->used : least;
  sqlite3_hard_heap_limit64(left < INT64_MAX ? (sqlite3_int64)left : INT64_MAX);
}

ll_status ll_store_open(ll_ctx *ctx, const char *path, ll_store_mode mode, double timeout, ll_store **out) {
  *out = NULL;
  if (!in_memory(path)) LL_TRY(ll_ctx_memory_for(ctx, probe(ctx, path, mode), path));
  if (!(timeout >= 0 && timeout <= 1e6))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: timeout must be 0 to 1e6 seconds, not %g", path, timeout);
  void *block;
  size_t n = strlen(path) + 1;
  struct stat info;
  bool there = stat(path, &info) == 0;
  LL_TRY(ll_ctx_memory_for(ctx, ll_calloc(ctx, &block, 1, sizeof(ll_store)), path));
  ll_store *store = block;
  *store = (ll_store){.ctx = ctx, .mode = mode, .timeout = timeout, .pid = getpid()};
  ll_store_counted(1);
  ll_status status;
  bound_sqlite(ctx);
  LL_GOTO(failed, ll_alloc(ctx, &block, n));
  store->path = memcpy(block, path, n);
  LL_GOTO(failed, set_up(store));
  *out = store;
  return LL_OK;
failed:
  ll_store_close(store);
  /* SQLite made it, and another's log kept anything from being written. */
  if (status == LL_ERR_FORMAT && !there && stat(path, &info) == 0 && info.st_size == 0) unlink(path);
  return ll_ctx_memory_for(ctx, status, path);
}

void ll_store_close(ll_store *store) {
  if (!store) return;
  while (store->rows) ll_rows_detach(store->rows);
  if (store->pid == getpid()) { /* in a child the connection is the parent's: not even closed */
    for (int i = 0; i < LL_STATEMENT_COUNT; i++) sqlite3_finalize(store->cache[i]);
    sqlite3_close(store->db); /* rolls back */
    let_go(store);
    ll_store_counted(-1);
  }
  ll_free(store->ctx, store->path);
  ll_free(store->ctx, store);
}

const char *ll_store_path(const ll_store *store) { return store->path; }
ll_store_mode ll_store_opened(const ll_store *store) { return store->mode; }
