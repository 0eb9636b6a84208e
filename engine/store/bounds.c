/* What a file may ask of its reader. A database from elsewhere is SQL that is run: its views stand where ours stand, and one may
 * recurse for ever, call what loads code, or build a text larger than memory. So a connection allows what a study needs, and
 * counts the steps of SQLite's machine that a statement takes. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/store/store.h"

enum { STEPS = 1 << 12 }; /* between two looks: microseconds */

/* Steps that a statement may take, whatever the file's size, and so many more a byte. Of a study's own statements the most costly
 * are the curves of millions of metrics, a step a byte, and the leaderboard of ten thousand trials without any, 3e6. */
static const uint64_t LEAST = 300000000, A_BYTE = 50;

static bool (*asked_to_stop)(void); /* NULL: nobody asks */
void ll_store_stop_if(bool (*asked)(void)) { asked_to_stop = asked; }
bool ll_store_must_stop(void) { return asked_to_stop && asked_to_stop(); }

static uint64_t size_of_file(const char *path) {
  struct stat info;
  return path && stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

/* Bytes of the file and its log; of a database in memory those that it holds. */
static uint64_t size_of(ll_store *store) {
  int held = 0, most;
  const char *path = sqlite3_db_filename(store->db, "main");
  sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_USED, &held, &most, 0);
  uint64_t size = path && *path ? size_of_file(path) + size_of_file(sqlite3_filename_wal(path)) : 0;
  return size > (uint64_t)held ? size : (uint64_t)held;
}

/* LOSSLAB_SQL_STEPS, where it is a number; 0 there is no bound. */
static uint64_t bound_of(ll_store *store) {
  const char *text = getenv("LOSSLAB_SQL_STEPS");
  char *end = NULL;
  uint64_t asked = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
  if (end && !*end) return asked ? asked : UINT64_MAX;
  return LEAST + A_BYTE * size_of(store);
}

/* SQLite's progress handler. The bound is asked for when the least is used up, since the file may grow while it is read. */
static int look(void *data) {
  ll_store *store = data;
  if (ll_store_must_stop()) {
    store->bound = UINT64_MAX; /* it was not this that ended it */
    return 1;
  }
  store->steps += STEPS;
  if (store->steps < store->bound) return 0;
  store->bound = bound_of(store);
  return store->steps >= store->bound;
}

/* The folder that SQLite takes for temporary files: the first of its list that is one and may be written. */
static const char *temporary_folder(void) {
  const char *folders[] = {getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp"};
  struct stat info;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (folders[i] && stat(folders[i], &info) == 0 && S_ISDIR(info.st_mode) && access(folders[i], W_OK | X_OK) == 0)
      return folders[i];
  return ".";
}

/* A reader's statement writes nothing but what it sorts; what one who writes sorts stays in memory. */
bool ll_store_is_temporary(const ll_store *store, int rc) {
  bool writes = (rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_TRUNCATE || rc == SQLITE_IOERR_SEEK;
  return rc == SQLITE_IOERR_GETTEMPPATH || (store->mode == LL_STORE_READ && writes);
}

ll_status ll_store_no_temporary(ll_store *store, const char *what) {
  int why = sqlite3_system_errno(store->db);
  return ll_fail(store->ctx, LL_ERR_IO,
                 "%s: %s: cannot write a temporary file in %s%s%s; the environment's TMPDIR names another folder for such files",
                 store->path, what, temporary_folder(), why ? ": " : "", why ? strerror(why) : "");
}

ll_status ll_store_unfinished(ll_store *store, const char *what) {
  if (store->steps < store->bound) return ll_fail(store->ctx, LL_ERR_STORE, "%s: %s: interrupted", store->path, what);
  return ll_fail(
      store->ctx, LL_ERR_STORE,
      "%s: %s was ended after %.3g steps, more than a study's database of this size (%.3g bytes) needs: a view of the file "
      "may never end; the environment's LOSSLAB_SQL_STEPS allows another number (0: any)",
      store->path, what, (double)store->steps, (double)size_of(store));
}

int ll_store_step(ll_store *store, sqlite3_stmt *stmt, uint64_t *steps) {
  store->steps = steps ? *steps : 0;
  store->bound = getenv("LOSSLAB_SQL_STEPS") ? bound_of(store) : LEAST;
  int rc = sqlite3_step(stmt);
  if (steps) *steps = store->steps;
  return rc;
}

int ll_store_step_again(ll_store *store, sqlite3_stmt *stmt) {
  store->steps = 0;
  return sqlite3_step(stmt);
}

void ll_store_bound(ll_store *store) {
  /* TRUSTED_SCHEMA stays on: SQLite 3.40 counts json_valid, which our tables check their texts by, among what a schema may not
   * call. Nothing is lost: of its own functions only load_extension reaches beyond the file, and we add none. */
  static const struct {
    int what, value;
  } settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
                  {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                  {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0}},
    limits[] = {{SQLITE_LIMIT_SQL_LENGTH, 1000000},       {SQLITE_LIMIT_COMPOUND_SELECT, 100}, {SQLITE_LIMIT_VDBE_OP, 1000000},
                {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000}, {SQLITE_LIMIT_ATTACHED, 0},          {SQLITE_LIMIT_TRIGGER_DEPTH, 10}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    sqlite3_db_config(store->db, settings[i].what, settings[i].value, NULL);
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) sqlite3_limit(store->db, limits[i].what, limits[i].value);
  /* A value of a file is no longer than the file; what a view makes may be. One who writes brings values of any length. */
  uint64_t length = ((uint64_t)256 << 20) + 2 * size_of(store);
  int most = sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, -1);
  if (store->mode == LL_STORE_READ && length < (uint64_t)most) sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, (int)length);
  sqlite3_progress_handler(store->db, STEPS, look, store);
}
