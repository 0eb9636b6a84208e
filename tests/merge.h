/* Databases for the tests of comparing and merging, made by SQL: `made` gives one with a study of four trials, of which those in a
 * list are done. */
#ifndef LOSSLAB_TESTS_MERGE_H
#define LOSSLAB_TESTS_MERGE_H

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "losslab/losslab.h"
#include "tests/tap.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DONE(id) /* of a trial: two epochs, metrics, what it learnt and kept, scores of the second epoch */                        \
  "UPDATE trial SET status = 'done', seconds = 1, computer = 1, host = 'h', worker = 7 WHERE id = " #id ";"                        \
  "INSERT INTO epoch VALUES (" #id ", 1, 0.5, 0.1, 0.25, 0, 0), (" #id ", 2, 0.25, 0.1, 0.5, 0, 0);"                               \
  "INSERT INTO metric VALUES (" #id ", 'auc', 'valid', 1, 0.5), (" #id ", 'auc', 'valid', 2, 0.75),"                               \
  "(" #id ", 'auc', 'test', 1, 0.5), (" #id ", 'auc', 'test', 2, 0.7);"                                                            \
  "INSERT INTO learnt VALUES (" #id ", 'margin', 1, 0.125, NULL), (" #id ", 'margin', 2, 0.25, 1.5);"                              \
  "INSERT INTO score VALUES (" #id ", 'test', 2, 2, 1, 0, x'0000803f000000400000404000008040');"                                   \
  "INSERT INTO network VALUES (" #id ", 2, x'0102');"                                                                              \
  "INSERT INTO kept VALUES (" #id ", 'map', 2, x'0000803f000000400000404000008040');"                                              \
  "UPDATE wanted SET best_epoch = 2, valid = 0.75, test = 0.7 WHERE trial = " #id ";"

static const char study_sql[] =
    "INSERT INTO study VALUES (1, 's', 'q', 's.lua', 'return {}', '" SHA "', '{}', '" SHA
    "', 'auc', 'max', 'v', 'float', 'm', 'c', 'base', "
    "'b', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z');"
    "INSERT INTO script VALUES (1, 1, '" SHA "', 'return {}', '{}', 4, 4, 'v', '2026-01-01T00:00:00Z');"
    "INSERT INTO dataset VALUES (1, 'd', 'data', '" SHA "', 4, 2, 2, 2, 2, 'data.csv', '');"
    "INSERT INTO content VALUES (1, x'00');"
    "INSERT INTO config VALUES (1, 'c', 'hinge', 1, '{}', '{}', '{}');"
    "INSERT INTO computer VALUES (1, 'v', 'r', 'float', 'base', 'b', 'k', 'c', 'l', 'm', '', '', '', '', 1);"
    "INSERT INTO cut VALUES (1, 'x', 1, 1, 1, '{}');"
    "INSERT INTO part VALUES (1, 'train', 1, x'01000000', x'0000803f'), (1, 'test', 1, x'02000000', x'0000803f');"
    "INSERT INTO learnable VALUES ('hinge', 'margin', 'ξ', NULL, NULL);"
    "WITH n (i) AS (VALUES (1), (2), (3), (4)) INSERT INTO trial (id, key, dataset, config, cut, fold, seed, number, study_seed, precision, "
    "script) SELECT i, 'trial ' || i, 1, 1, 1, 1, i, i, 1, 'float', 1 FROM n;"
    "INSERT INTO wanted SELECT 1, 1, 1, id, id, NULL, NULL, NULL FROM trial;";

static ll_ctx *ctx;
static char folder[] = "/tmp/losslab-merge-XXXXXX";

static inline const char *at(const char *name) {
  static char paths[64][128];
  static int turn;
  char *path = paths[turn++ % 64];
  snprintf(path, sizeof *paths, "%s/%s", folder, name);
  return path;
}

/* Runs sql on a file by SQLite itself. */
static inline void plain(const char *path, const char *sql) {
  sqlite3 *db;
  char *why = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
    ok(false, "%s: %.60s: %s", path, sql, why ? why : sqlite3_errmsg(db));
  sqlite3_free(why);
  sqlite3_close(db);
}

static inline ll_store *opened(const char *path, ll_store_mode mode) {
  ll_store *store = NULL;
  works(ctx, ll_store_open(ctx, path, mode, 1, &store));
  if (!store) exit(done() || 1);
  return store;
}

/* A database of that name, made anew; more: SQL. Gives its path. */
static inline const char *made(const char *name, const char *more) {
  const char *path = at(name);
  unlink(path);
  ll_store_close(opened(path, LL_STORE_CREATE));
  plain(path, study_sql);
  plain(path, more);
  return path;
}

#endif
