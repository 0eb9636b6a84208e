/* What the files of the SQL functions share. They are compiled twice: into the library, where SQLite is called as it is linked, and
 * into the loadable extension (-DLL_SQLITE_EXTENSION), where every call goes through the table of functions that the program gives
 * which loads it: Python and R bring a SQLite of their own. */
#ifndef LOSSLAB_ENGINE_SQL_H
#define LOSSLAB_ENGINE_SQL_H

#ifdef LL_SQLITE_EXTENSION
#include <sqlite3ext.h>
extern const sqlite3_api_routines *sqlite3_api;
#else
#include <sqlite3.h>
#endif

#include "losslab/metric.h"
#include "losslab/scores.h"
#include "losslab/sql.h"

typedef struct ll_sql_blob ll_sql_blob;

/* What the functions of one connection share; it goes when the last of them is taken down. */
typedef struct ll_sql {
  ll_ctx *ctx;
  bool owns; /* the context is its own */
  sqlite3 *db;
  size_t users;      /* functions and modules that hold it */
  int flags;         /* of every function: 0 or SQLITE_DIRECTONLY */
  ll_sql_blob *blob; /* the packed scores that were read last (sql_epoch.c) */
} ll_sql;

/* Adds all functions and tables to a connection. ctx: NULL, the functions open one of their own; else it has to outlive the
 * connection. flags: SQLITE_DIRECTONLY keeps views and triggers of the file from calling them. A code of SQLite's; on failure *why
 * [out, opt] says more, to be freed by sqlite3_free. */
int ll_sql_register(sqlite3 *db, ll_ctx *ctx, int flags, char **why);

typedef void ll_sql_call(sqlite3_context *context, int count, sqlite3_value **values);

/* For the files below: one more function, or table, that holds sql; data: what the function gets (sqlite3_user_data), which is
 * freed by sqlite3_free when the function is taken down; its first member points to sql. NULL: sql itself. */
typedef struct ll_sql_function {
  ll_sql *sql;
  const ll_metric_desc *metric;
} ll_sql_function;
int ll_sql_add_function(ll_sql *sql, const char *name, int arguments, int flags, const ll_metric_desc *metric, ll_sql_call *call,
                        ll_sql_call *step, void (*last)(sqlite3_context *));
int ll_sql_add_module(ll_sql *sql, const char *name, const sqlite3_module *module, const void *kind);
typedef struct ll_sql_module {
  ll_sql *sql;
  const void *kind;
} ll_sql_module;

int ll_sql_add_metrics(ll_sql *sql);    /* sql_metric.c */
int ll_sql_add_aggregates(ll_sql *sql); /* sql_aggregate.c */
int ll_sql_add_parts(ll_sql *sql);      /* sql_part.c */
int ll_sql_add_unpack(ll_sql *sql);     /* sql_unpack.c */

/* Makes the context's last message the function's error. */
void ll_sql_refuse(sqlite3_context *context, const ll_sql *sql);

/* ---- arguments (sql_argument.c) --------------------------------------------------------------------------------------------- */

typedef struct ll_sql_argument {
  bool none; /* one of them is NULL, and so is the answer */
  int64_t trial, epoch;
  const char *split; /* a constant */
} ll_sql_argument;

/* [out] trial, split and, unless it is NULL, epoch, as they are written in SQL; usage: how, for messages. epoch may be 'best', that
 * of the studies which ask for the trial, or 'last', the last whose scores are kept. LL_ERR_ARGUMENT, LL_ERR_NAME (the nearest). */
ll_status ll_sql_read_arguments(ll_sql *sql, const char *who, sqlite3_value *trial, sqlite3_value *epoch, sqlite3_value *split,
                                ll_sql_argument *out);
/* Sets the parameters of a metric from texts 'name=value'. [out] given: a bit for each that was set. */
ll_status ll_sql_read_options(ll_sql *sql, const ll_metric_desc *metric, int count, sqlite3_value **values, double *params,
                              unsigned *given);
/* The same from the name of a metric as the table metric has it: auc, partial_auc(max_fpr=0.05). */
ll_status ll_sql_read_label(ll_sql *sql, const char *label, const ll_metric_desc **metric, double *params, unsigned *given);
/* One option, the first `size` bytes of text. */
ll_status ll_sql_set_option(ll_sql *sql, const ll_metric_desc *metric, const char *text, size_t size, double *params,
                            unsigned *given);
/* A statement of ours. LL_ERR_STORE: the tables are not there or are of another version. */
ll_status ll_sql_prepare(ll_sql *sql, const char *who, const char *text, sqlite3_stmt **out);
/* A step of it. LL_ERR_STORE: SQLite's words. */
ll_status ll_sql_step(ll_sql *sql, const char *who, sqlite3_stmt *stmt, bool *row);

/* ---- what is kept of a part (sql_read.c) --------------------------------------------------------------------------------------
 */

typedef struct ll_sql_part {
  bool found;               /* there are scores (or, asked for labels alone, labels) */
  size_t count;             /* rows */
  ll_matrix scores, labels; /* (count, columns), (count, 1); 0×0: none */
  uint32_t *rows;           /* [count] numbers of the data set's rows, from 1; NULL: none */
  bool ranks;               /* the scores are ranks: their order alone is known */
  bool sigmoid;             /* the network's output are probabilities */
} ll_sql_part;

/* [out] scores, labels and, with rows, row numbers of a part at an epoch, to be given to ll_sql_part_release. LL_ERR_ARGUMENT:
 * there is no such trial; LL_ERR_FORMAT: sizes that do not fit; LL_ERR_MEMORY. */
ll_status ll_sql_read_scores(ll_sql *sql, const char *who, const ll_sql_argument *at, bool rows, ll_sql_part *out);
/* The same without scores. */
ll_status ll_sql_read_labels(ll_sql *sql, const char *who, const ll_sql_argument *at, ll_sql_part *out);
void ll_sql_part_release(ll_sql *sql, ll_sql_part *part);

/* An epoch of a blob, from 0, into out, which has as many elements as ll_scores_count says (sql_epoch.c). Errors of
 * ll_scores_unpack. */
ll_status ll_sql_unpack_epoch(ll_sql *sql, int coding, const void *bytes, size_t size, size_t epochs, size_t index, ll_matrix *out);
/* Gives back what was kept for the next call. */
void ll_sql_forget(ll_sql *sql);
/* float32 of bytes into the elements of a contiguous matrix. */
void ll_sql_floats(const void *bytes, ll_matrix *to);

/* ---- tables that are called like functions (sql_table.c) ------------------------------------------------------------------------
 */

/* xBestIndex of one whose hidden columns from `first` on are its arguments, the first `needed` of them required: the bits of idxNum
 * say which are given, in their order. usage: what a message says of it. */
int ll_sql_arguments_index(sqlite3_vtab *table, sqlite3_index_info *info, int first, int count, int needed, const char *usage);
/* xConnect: declares the table. */
int ll_sql_connect(ll_sql *sql, const char *declaration, size_t size, sqlite3_vtab **out);
/* Makes the context's last message the table's, and gives the code for it. */
int ll_sql_table_error(sqlite3_vtab *table, const ll_sql *sql);

#endif
