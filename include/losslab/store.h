/* losslab/store.h: the result database: one SQLite file holds studies and everything they did (engine/store/schema.sql).
 *
 * A store is one connection. It belongs to one thread and one process: SQLite's locks do not survive fork, so a child opens its
 * own. A store carried over a fork refuses every call (LL_ERR_STORE) and, closed there, touches nothing of the parent's.
 * Every statement that losslab runs stands in engine/store/statements.def and is run by its name; values are bound, never
 * spliced into SQL. SQLite's refusals come back as LL_ERR_STORE with its words, the file and the statement; memory that
 * ran out as LL_ERR_MEMORY.
 *
 * Durability: a rollback journal with synchronous = FULL. A killed process loses only the transaction it was in; a power cut may
 * take the last one back as well, and never leaves the file inconsistent: that trial is simply run again. The journal,
 * PATH-journal, is there during a transaction alone, and stays only if its process is killed; whoever opens the file next rolls it
 * back. A file with a write-ahead log, as losslab 0.1 made it, is read as it is and loses the log when it is opened for writing. A
 * log of another database, left at PATH where that one was moved or replaced in mid-transaction, is never written into the file: it
 * cannot be opened (LL_ERR_FORMAT) until the log is moved away. A store whose own file is moved, replaced or removed refuses every
 * further statement (LL_ERR_IO) and leaves what is now at the path as it is.
 * Readers and writers wait for each other, up to the timeout: a commit until the last rows that are being read have been read or
 * closed, a reader until a commit is done. */
#ifndef LOSSLAB_STORE_H
#define LOSSLAB_STORE_H

#include "losslab/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LL_STORE_VERSION 8              /* of the schema: PRAGMA user_version */
#define LL_STORE_APPLICATION 0x6c6f7373 /* "loss": PRAGMA application_id */

typedef struct ll_store ll_store;

typedef enum ll_store_mode {
  LL_STORE_READ,   /* must be there; content unchanged (what a killed writer left half done is rolled back) */
  LL_STORE_WRITE,  /* must be there; an older schema is brought up to this version */
  LL_STORE_CREATE, /* as WRITE; made if it is not there or is an empty file */
} ll_store_mode;

/* [out] *out: the store at path (":memory:": one that lasts until it is closed), to be given to ll_store_close. timeout: seconds to
 * wait for a lock that another process holds.
 * LL_ERR_IO: not there, a folder, may not be read, or (to write) a read-only file or folder, or a file of several names (hard
 * links). LL_ERR_FORMAT: not a database, a SQLite database that is not losslab's, of a newer schema (the message gives both
 * versions), or beside a log of another database. LL_ERR_STORE: locked for longer than timeout. LL_ERR_MEMORY. */
ll_status ll_store_open(ll_ctx *ctx, const char *path, ll_store_mode mode, double timeout, ll_store **out);

/* Rolls back what is not committed, ends all rows, closes. NULL is allowed. Rows still have to be closed, before or after. */
void ll_store_close(ll_store *store);

/* A statement that takes more steps of SQLite's virtual machine than one of a study can (3e8, and 50 a byte of the file and its
 * log; LOSSLAB_SQL_STEPS in the environment sets another bound, 0 none) ends with LL_ERR_STORE: a view of a file from elsewhere may
 * recurse for ever. Triggers of a file never run, its views call no function that reaches beyond it, no other file is attached, and
 * in SQL "text" is a name, never a string. asked, a function that a statement under way calls every few thousand steps, in any
 * store of this process: true ends it with LL_ERR_STORE, "interrupted". NULL: none. */
void ll_store_stop_if(bool (*asked)(void));
/* From now on stores that are opened keep in memory what they sort: for a process that can open no further file. */
void ll_store_without_files(void);

const char *ll_store_path(const ll_store *store);
ll_store_mode ll_store_opened(const ll_store *store);

/* ---- values -------------------------------------------------------------------------------------------------------- */

typedef enum ll_value_kind { LL_VALUE_NULL, LL_VALUE_INTEGER, LL_VALUE_REAL, LL_VALUE_TEXT, LL_VALUE_BLOB } ll_value_kind;

typedef struct ll_value {
  ll_value_kind kind;
  size_t size; /* bytes of text or blob */
  union {
    int64_t integer;
    double real;       /* NaN is stored as NULL, as SQLite has none */
    const void *bytes; /* text (UTF-8) or blob, borrowed: given to a call, until it returns; from a row, until the next row */
  };
} ll_value;

static inline ll_value ll_value_null(void) { return (ll_value){.kind = LL_VALUE_NULL}; }
static inline ll_value ll_value_integer(int64_t integer) { return (ll_value){.kind = LL_VALUE_INTEGER, .integer = integer}; }
static inline ll_value ll_value_real(double real) { return (ll_value){.kind = LL_VALUE_REAL, .real = real}; }
static inline ll_value ll_value_text(const char *text, size_t size) {
  return (ll_value){.kind = LL_VALUE_TEXT, .size = size, .bytes = text};
}
static inline ll_value ll_value_blob(const void *bytes, size_t size) {
  return (ll_value){.kind = LL_VALUE_BLOB, .size = size, .bytes = bytes};
}

/* ---- statements ------------------------------------------------------------------------------------------------------ */

typedef struct ll_statement_info {
  const char *name, *doc, *sql;
} ll_statement_info;

/* The statements.def table. */
const ll_statement_info *ll_store_statements(size_t *count);
/* [out] the row of that name; LL_ERR_NAME gives the nearest. */
ll_status ll_store_find(ll_ctx *ctx, const char *name, const ll_statement_info **out);
/* [out] how many values the statement takes, and their names (borrowed from the store; at most limit of them). */
enum { LL_STORE_MAX_VALUES = 32 };
ll_status ll_store_parameters(ll_store *store, const char *name, const char *names[LL_STORE_MAX_VALUES], size_t *count);

typedef struct ll_store_change {
  int64_t rows; /* inserted, updated or deleted */
  int64_t id;   /* the last inserted row's */
} ll_store_change;

/* Runs the named statement to its end; rows that it gives are dropped. change [opt]. LL_ERR_NAME, LL_ERR_ARGUMENT (the number of
 * values), LL_ERR_STORE. */
ll_status ll_store_run(ll_store *store, const char *name, const ll_value *values, size_t count, ll_store_change *change);

/* Fills values, in the order of the statement's names and all NULL before, for the run at place `at`, counting from 0. The bytes of
 * texts and blobs are borrowed until the next call. */
typedef ll_status ll_store_fill(void *data, size_t at, ll_value *values);

/* Runs the named statement, which gives no rows, so many times: by the hundred thousand a second, since it is looked up once. Stops
 * at the first error, also of fill. Errors of ll_store_run. */
ll_status ll_store_run_each(ll_store *store, const char *name, size_t count, ll_store_fill *fill, void *data);

typedef struct ll_rows ll_rows;

/* [out] *out: the rows of the named statement, before the first, to be given to ll_rows_close. The same name may be open several
 * times. */
ll_status ll_store_query(ll_store *store, const char *name, const ll_value *values, size_t count, ll_rows **out);
/* The same for a statement of the user's own, which may only read: one that would write, attach a file or change a setting is
 * LL_ERR_ARGUMENT, and so are more than one statement, and one that SQLite does not understand: the message says where, and which
 * table, column or function may be meant. */
ll_status ll_store_ask(ll_store *store, const char *sql, const ll_value *values, size_t count, ll_rows **out);

/* [out] *more: whether there is another row, now the current one. */
ll_status ll_rows_next(ll_rows *rows, bool *more);
size_t ll_rows_columns(const ll_rows *rows);
const char *ll_rows_name(const ll_rows *rows, size_t column); /* from 0; "" past the end or after the store was closed */
ll_value ll_rows_value(const ll_rows *rows, size_t column);   /* of the current row; NULL past the end */
void ll_rows_close(ll_rows *rows);                            /* NULL is allowed */

/* ---- transactions ------------------------------------------------------------------------------------------------------- */

/* Rows being read hold the state of the file they began with: no other connection commits until they are closed or read to their
 * end, and writing while they are open fails (LL_ERR_STORE) if another connection is about to. begin takes the write lock at once
 * (BEGIN IMMEDIATE), so that a transaction never fails half way for want of it. They do not nest: LL_ERR_ARGUMENT. A store opened
 * to read begins a reading transaction: one state of the file however long it is read. */
ll_status ll_store_begin(ll_store *store);
ll_status ll_store_commit(ll_store *store);
/* Does nothing if there is none, so that it can be called on every failure; keeps the context's message. */
void ll_store_rollback(ll_store *store);
bool ll_store_in_transaction(const ll_store *store);

/* ---- the study ------------------------------------------------------------------------------------------------------------ */

/* A file may hold several studies. A connection is about one of them: its views and the named statements show what that one asks
 * for; at first the one that was run last. LL_ERR_STORE. */
ll_status ll_store_choose(ll_store *store, int64_t study);

typedef struct ll_lock ll_lock;

/* Whoever runs a study holds its file: any number of processes may. [out] *out: this process's hold on the database at path, on the
 * file itself, whatever name it is reached by, which the system drops however the process ends; to be given to ll_lock_release.
 * *out is NULL if an older losslab, which runs a study alone, holds it, and *owner [opt] is then that process's id (0: unknown). No
 * connection is needed. LL_ERR_IO: the file is not there, has several names (hard links), or cannot be locked. LL_ERR_MEMORY. */
ll_status ll_lock_take(ll_ctx *ctx, const char *path, ll_lock **out, int64_t *owner);
/* Gives the hold back; NULL is allowed. A forked child only closes its copy, and has to before it reads or writes in a store. */
void ll_lock_release(ll_lock *lock);
/* LL_ERR_IO if the file that is held is no longer the one at the path; the message says what became of it. */
ll_status ll_lock_check(const ll_lock *lock);
/* Waits until no process is in a transaction that writes, and lets none begin: a worker that is ended now leaves no journal. False
 * if that takes more than so many seconds, and then nothing is held back. */
bool ll_lock_hold_writers(ll_lock *lock, double seconds);
void ll_lock_let_writers(ll_lock *lock);

/* Records this process as a runner. [out] *runner: its id, in whose name trials are taken; to be given to ll_store_release, or the
 * statement `beat` is to be run every few seconds until then. No id is ever given twice. */
ll_status ll_store_join(ll_store *store, int64_t *runner);

/* Takes at most `count` pending trials of the study with the lowest ids for this process, a worker of the runner, in a transaction
 * of its own unless one is under way. [out] trials: their ids, ascending; *taken: how many, 0 if none is pending, or if the runner
 * is not there, as it was given up for dead. */
ll_status ll_store_claim(ll_store *store, int64_t study, int64_t runner, size_t count, int64_t *trials, size_t *taken);

/* Sets trials that run under nobody back to pending: those of runners whose process is gone from this machine, and of the runner
 * `dead` (0: none), which leaves or whose heart stood still. If then no trial of the file is to be done, the table of runners is
 * emptied. [out, opt] *released: how many. */
ll_status ll_store_release(ll_store *store, int64_t dead, int64_t *released);

/* Makes a trial pending again, as it was made: without the rows that it left. Inside a transaction, or in several of its own. */
ll_status ll_store_reset(ll_store *store, int64_t trial);

/* ---- comparing ------------------------------------------------------------------------------------------------------------- */

/* [out] the SHA-256 of a table's rows, ordered by primary key, without the columns in the view may_differ: equal for the same study
 * for any number of workers. LL_ERR_NAME: no such table. */
ll_status ll_store_digest(ll_store *store, const char *table, char out[65]);

/* Where two trials differ first: in the order of the tables trial, epoch, learnt, metric, network, kept, scores, and in each by its
 * primary key. */
typedef struct ll_difference {
  const char *table; /* NULL: they are equal */
  char column[32];   /* "": the row is in one of them alone */
  char place[160];   /* which row, by its key: "auc, test, epoch 3"; "" of table trial */
  int64_t epoch;     /* or -1 */
  int64_t row;       /* of a matrix or of a part's scores, counting from 1; else 0 */
  char a[96], b[96]; /* what stands there in the first and in the second; "" where there is no such row */
} ll_difference;

/* Compares what two trials are and what was recorded of them, bit by bit, without the columns in the view may_differ: data,
 * configuration and rows by their keys, not their ids; scores as they are unpacked, however they are packed (but ranks with ranks);
 * a trial under way counts as one that is still to be done. LL_ERR_ARGUMENT: no such trial. LL_ERR_FORMAT: damaged scores. */
ll_status ll_store_differ(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, ll_difference *out);

/* What a merge adds: all, or trials with what they are of, and nothing that says what a study is. */
typedef enum ll_store_what { LL_STORE_ALL, LL_STORE_TRIALS } ll_store_what;

typedef struct ll_store_merged {
  int64_t trials;       /* of `from` */
  int64_t added;        /* that were not there */
  int64_t filled;       /* that were there and have ended now */
  int64_t there;        /* that were there as they are */
  int64_t studies;      /* added, or now as `from` has them */
  int64_t rows;         /* added to the tables beside */
  int64_t conflicts;    /* trials that ended with other numbers; of the first: */
  int64_t trial, other; /* its ids in `out` and in `from` */
  ll_difference difference;
} ll_store_merged;

/* Adds to `out`, inside a transaction of it, all that `from` holds and it does not, bit for bit: data sets, cuts, configurations,
 * computers and trials by their keys, studies by their names, each under an id of its own in `out`; what `out` holds keeps its ids
 * (but scripts, which stay in the order of their dates). A trial that has ended goes before one that is to be done or failed; one
 * under way in `from` is to be done in `out`; of two that are to be done the one goes before that its search let go further on, or
 * that has come there, with its rows. Of two studies of one name the one whose script was run last says what it is and wants.
 * LL_STORE_TRIALS: the studies of `out`, their scripts, what they want and what their searches proposed stay as they are, and none
 * is added; a trial that was not there is no study's until one wants it, and of no script. merged->conflicts > 0, or an error: the
 * transaction has to be rolled back. Trials of which other things were recorded have the rows of both; their columns records and
 * lacks stay as they were, for the caller to set. LL_ERR_FORMAT: a file of an older schema, or a damaged one. LL_ERR_STORE: one key
 * with two contents. LL_ERR_ARGUMENT: no transaction. */
ll_status ll_store_merge(ll_store *out, ll_store *from, ll_store_what what, ll_store_merged *merged);

#ifdef __cplusplus
}
#endif
#endif
