/* What the files of the store share. */
#ifndef LOSSLAB_ENGINE_STORE_H
#define LOSSLAB_ENGINE_STORE_H

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "engine/base/ctx.h"
#include "losslab/store.h"

#define STATEMENT(name, doc, sql) LL_STATEMENT_##name,
enum {
#include "engine/store/statements.def"
  LL_STATEMENT_COUNT
};
#undef STATEMENT

struct ll_rows {
  ll_store *store; /* NULL once the store is closed */
  ll_ctx *ctx;
  sqlite3_stmt *stmt;
  int cached;          /* its place in the store's cache, or -1: its own, to be finalised */
  bool at_row, at_end; /* before the first row neither */
  const char *what;    /* for messages: the statement's name, or "query" */
  uint64_t steps;      /* of SQLite's machine, so far */
  ll_rows *next, **link;
};

struct ll_store {
  ll_ctx *ctx;
  sqlite3 *db;
  sqlite3
      *hold; /* of a reader of an older schema: a second connection, which keeps others from changing the tables under its views */
  char *path;
  ll_store_mode mode;
  double timeout;
  pid_t pid; /* of the process that opened it */
  sqlite3_stmt *cache[LL_STATEMENT_COUNT];
  bool in_use[LL_STATEMENT_COUNT];
  ll_rows *rows;         /* open ones */
  uint64_t steps, bound; /* of the statement that runs: those it took, those it may take */
  double waits_since;    /* when the wait for a lock began */
};

/* One step of the schema, from → from + 1: the views and tables through which the file is seen so (migrate.c). */
typedef struct ll_migration {
  int from;
  const char *views;
  const char *gone; /* [opt] SQL that removes what the step leaves behind, once the new tables are in place */
} ll_migration;
enum { LL_STORE_MIGRATIONS = LL_STORE_VERSION - 1 };
extern const ll_migration ll_store_migrations[]; /* of losslab's own schema, from the first on */

/* Makes a connection see a file of that version as one of version `target`; the file stays as it is. LL_ERR_FORMAT for a version
 * that no step leads from. */
ll_status ll_store_show_as(ll_store *store, const ll_migration *steps, size_t count, int64_t version, int64_t target);
/* Brings the file up to version `target`, whose text is schema, in one transaction: wholly or not at all. LL_ERR_FORMAT also if
 * rows would then refer to rows that are not there. */
ll_status ll_store_migrate(ll_store *store, const ll_migration *steps, size_t count, const char *schema, int64_t target);
/* Views hold no rows: those of a file of today's version that an earlier losslab worded otherwise are made anew, without a step. */
ll_status ll_store_renew_views(ll_store *store, const char *schema);

/* Refuses a file in which one of our tables is something else (own_schema.c). LL_ERR_FORMAT. */
ll_status ll_store_check_tables(ll_store *store);
/* Makes our views for this connection, in place of the file's; they show the study that was run last. */
ll_status ll_store_own_views(ll_store *store, int64_t version);
/* The opposite of ll_store_choose: views and statements are about all studies of the file, as in any other program that reads it.
 */
ll_status ll_store_show_all(ll_store *store);
/* The message for a refusal of SQLite's while doing `what`. */
ll_status ll_store_fail(ll_store *store, int rc, const char *what);
/* The message for a statement of the user's own that SQLite does not understand (wrong_query.c): LL_ERR_ARGUMENT. */
ll_status ll_store_wrong_query(ll_store *store, const char *sql);
/* Whether what ll_store_stop_if asks says that all is to end. */
bool ll_store_must_stop(void);
/* Sets up a new connection: what a file may do (bounds.c). */
void ll_store_bound(ll_store *store);
/* sqlite3_step, counted: *steps [in, out; opt] are those of the same run of the statement before, and with this step.
 * SQLITE_INTERRUPT once they are more than the file's size allows. */
int ll_store_step(ll_store *store, sqlite3_stmt *stmt, uint64_t *steps);
/* The same for the next run of a statement, with the bound of the one before. */
int ll_store_step_again(ll_store *store, sqlite3_stmt *stmt);
/* Whether the failure is of a temporary file, not of the database; the message for that. */
bool ll_store_is_temporary(const ll_store *store, int rc);
ll_status ll_store_no_temporary(ll_store *store, const char *what);
/* The message for SQLITE_INTERRUPT. */
ll_status ll_store_unfinished(ll_store *store, const char *what);
/* getpid, remembered. */
pid_t ll_store_process(void);
/* The store is open, and in the process that opened it. */
ll_status ll_store_check(ll_store *store);
/* The same, and, outside of a transaction, the file is still at its path: LL_ERR_IO. */
ll_status ll_store_ready(ll_store *store);
bool ll_store_has_moved(ll_store *store);
/* The message for that. */
ll_status ll_store_moved(ll_store *store);
/* LL_ERR_IO if the file has several names, and so may not be written. */
ll_status ll_store_one_name(ll_ctx *ctx, const char *path, const struct stat *info);
/* LL_ERR_FORMAT if a log beside the file is another database's (foreign.c). Before the first statement. */
ll_status ll_store_check_logs(ll_store *store);
/* Sleeps a little, longer the more tries there were; false once the store's timeout is over. */
bool ll_store_wait(ll_store *store, int tries);
/* SQLite's busy handler that does this. */
int ll_store_on_busy(void *store, int tries);
/* How many stores this process has open: see lock.c. */
void ll_store_counted(int change);
/* Runs SQL of our own that takes no values and gives no rows. */
ll_status ll_store_exec(ll_store *store, const char *sql, const char *what);
/* [out] the number that a one-row statement gives. */
ll_status ll_store_number(ll_store *store, const char *sql, int64_t *out);

/* [out] rows over a prepared statement; takes stmt over, also when it fails (unless it is a cached one). */
ll_status ll_rows_new(ll_store *store, sqlite3_stmt *stmt, int cached, const char *what, const ll_value *values, size_t count,
                      ll_rows **out);
/* Ends the rows because the store is closed; their memory stays until ll_rows_close. */
void ll_rows_detach(ll_rows *rows);

#endif
