/* Older schemas. A table of steps from one version to the next, each as temporary views and tables through which a file is seen as
 * the step makes it: their names hide the file's own. A reader uses them as they are, and the file stays as it was. To bring a file
 * up to date each table whose text differs from today's is made anew from what the views show, in one transaction: so every step is
 * written once, and a file that was brought up to date has the same schema, comments and all, as a new one. Foreign keys are off
 * meanwhile and are checked before the end.
 *
 * What a later step changes once more is named by the version it is of (trial_5), and that step takes it from there. */
#include <stdio.h>
#include <string.h>

#include "engine/store/schema.h"
#include "engine/store/store.h"

#define LEARNT                                                                                                                     \
  "SELECT trial, 'margin' AS name, epoch, margin AS value, margin_gradient AS gradient FROM main.epoch WHERE margin IS NOT NULL"
/* Up to version 2 a margin was a column of epoch. The losses that recorded one are adaptive_rank and those of scripts around it. */
#define LEARNABLE                                                                                                                  \
  "SELECT DISTINCT c.loss, 'margin' AS name, 'ξ' AS symbol, "                                                                     \
  "CASE WHEN json_type(c.parameters, '$.margin') IS NULL THEN NULL ELSE 'margin' END AS start, "                                   \
  "CASE WHEN json_type(c.parameters, '$.margin_lr') IS NULL THEN NULL ELSE 'margin_lr' END AS rate "                               \
  "FROM main.config AS c WHERE EXISTS (SELECT 1 FROM main.trial AS t JOIN main.epoch AS e ON e.trial = t.id "                      \
  "WHERE t.config = c.id AND e.margin IS NOT NULL)"
/* Up to version 4 the study's row alone said what computed: where it was begun. BLAS named its kernels in parentheses. */
#define COMPUTER                                                                                                                   \
  "version, '' AS revision, precision, coalesce(isa, '') AS isa, "                                                                 \
  "CASE WHEN blas LIKE '% (%)' THEN substr(blas, 1, instr(blas, ' (') - 1) ELSE coalesce(blas, '') END AS blas, "                  \
  "CASE WHEN blas LIKE '% (%)' THEN rtrim(substr(blas, instr(blas, ' (') + 2), ')') ELSE '' END AS core, "                         \
  "coalesce(cpu, '') AS cpu, '' AS libc, coalesce(machine, '') AS machine FROM main.study"

/* Up to version 5 a file held one study, whose trials were known by their places in it. The keys of trials, which only the study
 * can tell, are given by the next run of it (lua/losslab/study/adopt.lua); until then they say where they come from. */
#define STEP_5                                                                                                                           \
  "CREATE TEMP VIEW IF NOT EXISTS dataset_5 AS SELECT * FROM main.dataset;"                                                              \
  "CREATE TEMP VIEW IF NOT EXISTS computer_5 AS SELECT * FROM main.computer;"                                                            \
  "CREATE TEMP VIEW IF NOT EXISTS trial_5 AS SELECT * FROM main.trial;"                                                                  \
  "CREATE TEMP VIEW study AS SELECT id, name, question, '' AS file, script, script_sha256, plan, plan_sha256, metric, goal, "            \
  "version, precision, machine, cpu, isa, blas, created, created AS ran FROM main.study;"                                                \
  "CREATE TEMP VIEW script AS SELECT 1 AS id, 1 AS study, script_sha256 AS sha256, script AS text, plan, "                               \
  "(SELECT count(*) FROM main.trial) AS trials, (SELECT count(*) FROM main.trial) AS added, version, created AS made "                   \
  "FROM main.study;"                                                                                                                     \
  "CREATE TEMP VIEW dataset AS SELECT id, 'schema 5, ' || id AS key, name, sha256, rows, features, classes, positives, "                 \
  "negatives, origin, notes FROM dataset_5;"                                                                                             \
  "CREATE TEMP TABLE content (dataset INTEGER, packed BLOB);"                                                                            \
  "CREATE TEMP VIEW config AS SELECT id, key, loss, 1 AS formula, parameters, model, train FROM main.config;"                            \
  "CREATE TEMP VIEW computer_6 AS SELECT *, '' AS flags, '' AS features, '' AS lua, '' AS sqlite FROM computer_5;"                       \
  "CREATE TEMP TABLE cut (id INTEGER PRIMARY KEY, key TEXT, dataset INTEGER, fold INTEGER, seed INTEGER, split TEXT);"                   \
  "INSERT INTO temp.cut (key, dataset, fold, seed, split) SELECT DISTINCT 'schema 5, ' || dataset || ' ' || seed || ' ' || fold, "       \
  "dataset, fold, seed, '{}' FROM main.part ORDER BY dataset, seed, fold;"                                                               \
  "CREATE UNIQUE INDEX temp.cut_of ON cut (dataset, fold, seed);"                                                                        \
  "CREATE TEMP VIEW part AS SELECT c.id AS cut, p.split, p.count, p.rows, p.labels FROM temp.cut AS c CROSS JOIN main.part AS p "        \
  "ON p.dataset = c.dataset AND p.fold = c.fold AND p.seed = c.seed;"                                                                    \
  "CREATE TEMP VIEW trial_6 AS SELECT t.id, 'schema 5, ' || t.id AS key, t.dataset, t.config, coalesce(c.id, 0) AS cut, t.fold, "        \
  "t.seed, t.number, CASE WHEN json_type(iif(json_valid(s.plan), s.plan, '{}'), '$.seed') = 'integer' "                                  \
  "THEN json_extract(s.plan, '$.seed') ELSE 1 END AS study_seed, "                                                                       \
  "s.precision, coalesce(CAST(json_extract(iif(json_valid(s.plan), s.plan, '{}'), '$.code') AS TEXT), '') AS code, "                     \
  "1 AS script, '{}' AS records, NULL AS lacks, t.status, t.error, t.diverged_epoch, NULL AS runner, t.worker, t.worker_start, t.host, " \
  "t.started, t.finished, t.seconds, (SELECT avg(passed_over) FROM epoch AS e WHERE e.trial = t.id) AS passed_over, "                    \
  "(SELECT sum(zero_rows) FROM epoch AS e WHERE e.trial = t.id) AS zero_rows, t.computer "                                               \
  "FROM main.study AS s CROSS JOIN trial_5 AS t "                                                                                        \
  "LEFT JOIN temp.cut AS c ON c.dataset = t.dataset AND c.fold = t.fold AND c.seed = t.seed;"                                            \
  "CREATE TEMP TABLE wanted (study INTEGER, dataset INTEGER, config INTEGER, trial INTEGER, place INTEGER, best_epoch INTEGER, "         \
  "valid REAL, test REAL, PRIMARY KEY (study, dataset, config, trial)) WITHOUT ROWID;"                                                   \
  "INSERT OR IGNORE INTO temp.wanted SELECT 1, t.dataset, t.config, t.id, t.id, t.best_epoch, v.value, x.value "                         \
  "FROM main.study AS s CROSS JOIN main.trial AS t "                                                                                     \
  "LEFT JOIN main.metric AS v ON v.trial = t.id AND v.name = s.metric AND v.split = 'valid' AND v.epoch = t.best_epoch "                 \
  "AND t.status = 'done' LEFT JOIN main.metric AS x ON x.trial = t.id AND x.name = s.metric AND x.split = 'test' "                       \
  "AND x.epoch = t.best_epoch AND t.status = 'done';"                                                                                    \
  "CREATE INDEX temp.wanted_of ON wanted (trial);"                                                                                       \
  "CREATE TEMP TABLE runner (id INTEGER, token TEXT, host TEXT, boot TEXT, process INTEGER, start INTEGER, beat INTEGER, "               \
  "begun TEXT);"                                                                                                                         \
  "CREATE TEMP TABLE checkpoint_6 (trial INTEGER, epoch INTEGER, computer INTEGER, state BLOB);"                                         \
  "CREATE TEMP VIEW score AS SELECT trial, split, epoch AS first, epoch AS last, columns, 0 AS coding, scores FROM main.scores"

/* Up to version 6 every trial was of its computer, whose BLAS and C library had a part in its numbers. */
#define STEP_6                                                                                                                     \
  "CREATE TEMP VIEW IF NOT EXISTS computer_6 AS SELECT * FROM main.computer;"                                                      \
  "CREATE TEMP VIEW IF NOT EXISTS trial_6 AS SELECT * FROM main.trial;"                                                            \
  "CREATE TEMP VIEW IF NOT EXISTS checkpoint_6 AS SELECT * FROM main.checkpoint;"                                                  \
  "CREATE TEMP VIEW computer AS SELECT *, 0 AS arithmetic FROM computer_6;"                                                        \
  "CREATE TEMP VIEW trial_7 AS SELECT *, NULL AS bits FROM trial_6;"                                                               \
  "CREATE TEMP VIEW checkpoint AS SELECT *, '' AS bits FROM checkpoint_6"

/* Up to version 7 no study searched, no trial ended early, and nobody counted looks at test parts. */
#define STEP_7                                                                                                                     \
  "CREATE TEMP VIEW IF NOT EXISTS trial_7 AS SELECT * FROM main.trial;"                                                            \
  "CREATE TEMP VIEW trial AS SELECT *, '' AS search, NULL AS stopped_epoch, NULL AS pruned_epoch, NULL AS pause, NULL AS paused "  \
  "FROM trial_7;"                                                                                                                  \
  "CREATE TEMP TABLE search (study INTEGER, dataset INTEGER, loss TEXT, fold INTEGER, space TEXT, ended TEXT);"                    \
  "CREATE TEMP TABLE proposal (study INTEGER, dataset INTEGER, loss TEXT, fold INTEGER, round INTEGER, place INTEGER, "            \
  "config INTEGER, point TEXT, made_by TEXT, pause INTEGER);"                                                                      \
  "CREATE TEMP TABLE look (study INTEGER, plan_sha256 TEXT, what TEXT, first TEXT, last TEXT, times INTEGER)"

const ll_migration ll_store_migrations[] = {
    {1, "CREATE TEMP TABLE kept (trial INTEGER, name TEXT, columns INTEGER, numbers BLOB)", NULL},
    {2, "CREATE TEMP VIEW learnable AS " LEARNABLE "; CREATE TEMP VIEW learnt AS " LEARNT, NULL}, /* step 3 makes a view of epoch */
    {3,
     "CREATE TEMP VIEW dataset_5 AS SELECT *, '' AS notes FROM main.dataset;"
     "CREATE TEMP VIEW epoch AS SELECT trial, epoch, train_loss, learning_rate, seconds, NULL AS passed_over, NULL AS zero_rows "
     "FROM main.epoch",
     NULL},
    {4,
     "CREATE TEMP VIEW computer_5 AS SELECT 1 AS id, " COMPUTER ";"
     "CREATE TEMP VIEW trial_5 AS SELECT *, iif(status IN ('done', 'diverged', 'failed'), 1, NULL) AS computer FROM main.trial",
     NULL},
    {5, STEP_5, "DROP TABLE main.scores"},
    {6, STEP_6, NULL},
    {7, STEP_7, NULL},
};
_Static_assert(sizeof ll_store_migrations / sizeof *ll_store_migrations == LL_STORE_MIGRATIONS,
               "a step from every version to the next");

static ll_status find(ll_store *store, const ll_migration *steps, size_t count, int64_t version, const ll_migration **out) {
  for (size_t i = 0; i < count; i++)
    if (steps[i].from == version) {
      *out = &steps[i];
      return LL_OK;
    }
  return ll_fail(store->ctx, LL_ERR_FORMAT, "%s has schema version %lld, which losslab " LL_VERSION " cannot bring up to date",
                 store->path, (long long)version);
}

ll_status ll_store_show_as(ll_store *store, const ll_migration *steps, size_t count, int64_t version, int64_t target) {
  const ll_migration *found = NULL;
  char what[64];
  for (; version < target; version++) {
    snprintf(what, sizeof what, "reading schema %d as %d", (int)version, (int)version + 1);
    LL_TRY(find(store, steps, count, version, &found));
    LL_TRY(ll_store_exec(store, found->views, what));
  }
  return LL_OK;
}

/* ---- making tables anew ---- */

/* Runs the rows of a query, one text each, as statements. */
static ll_status run_each(ll_store *store, const char *query, const char *what) {
  sqlite3_str *all = sqlite3_str_new(store->db);
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(store->db, query, -1, &stmt, NULL);
  while (rc == SQLITE_OK || rc == SQLITE_ROW) {
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) sqlite3_str_appendf(all, "%s;\n", sqlite3_column_text(stmt, 0));
  }
  sqlite3_finalize(stmt);
  char *text = sqlite3_str_finish(all);
  ll_status status = rc == SQLITE_DONE ? LL_OK : ll_store_fail(store, rc, what);
  if (status == LL_OK && text) status = ll_store_exec(store, text, what);
  sqlite3_free(text);
  return status;
}

/* The schema's next entry of a kind, from *at on: its name, and the whole of its text without the semicolon. */
static bool next_entry(const char **at, const char *begins, char name[64], const char **text, size_t *size) {
  const char *found = strstr(*at, begins);
  if (!found) return false;
  *text = found + 1; /* behind the line's end */
  const char *word = found + strlen(begins), *end = strstr(word, ";\n");
  snprintf(name, 64, "%.*s", (int)strcspn(word, " "), word);
  *size = end ? (size_t)(end - *text) : strlen(*text);
  *at = *text + *size;
  return true;
}

static const char views_of[] = "\nCREATE VIEW ";

/* Makes the table as the schema has it, under another name, and fills it with what is seen under its own. */
static ll_status rebuild(ll_store *store, const char *name, const char *text, size_t size) {
  static const char columns[] = "SELECT group_concat('\"' || name || '\"', ', ') FROM pragma_table_info('new %w', 'main')";
  sqlite3_stmt *stmt = NULL;
  ll_status status;
  const char *body = memchr(text, '(', size);
  char *sql = sqlite3_mprintf("CREATE TABLE main.\"new %w\" %.*s", name, (int)(size - (size_t)(body - text)), body);
  status = sql ? ll_store_exec(store, sql, name) : ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory", store->path);
  sqlite3_free(sql);
  LL_TRY(status);
  sql = sqlite3_mprintf(columns, name);
  int rc = sql ? sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;
  sqlite3_free(sql);
  if (rc == SQLITE_OK) rc = sqlite3_step(stmt);
  const char *list = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
  sql = list ? sqlite3_mprintf("INSERT INTO main.\"new %w\" (%s) SELECT %s FROM \"%w\"", name, list, list, name) : NULL;
  sqlite3_finalize(stmt);
  status = sql ? ll_store_exec(store, sql, name) : ll_store_fail(store, rc == SQLITE_ROW ? SQLITE_NOMEM : rc, name);
  sqlite3_free(sql);
  return status;
}

/* Whether the file's table has the text that the schema gives it. */
static ll_status is_current(ll_store *store, const char *name, const char *text, size_t size, bool *out) {
  int64_t same;
  char *sql =
      sqlite3_mprintf("SELECT count(*) FROM main.sqlite_schema WHERE name = %Q AND sql = substr(%.*Q, 1)", name, (int)size, text);
  ll_status status =
      sql ? ll_store_number(store, sql, &same) : ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory", store->path);
  sqlite3_free(sql);
  *out = status == LL_OK && same;
  return status;
}

/* Runs SQL that was made by sqlite3_mprintf, and frees it. */
static ll_status run_made(ll_store *store, char *sql, const char *what) {
  if (!sql) return ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory", store->path);
  ll_status status = ll_store_exec(store, sql, what);
  sqlite3_free(sql);
  return status;
}

/* The old table goes once all are filled, since what is seen of one may be made of another. */
static ll_status put_in_place(ll_store *store, const char *name) {
  int64_t made;
  char *sql = sqlite3_mprintf("SELECT count(*) FROM main.sqlite_schema WHERE name = 'new %q'", name);
  if (!sql) return ll_fail(store->ctx, LL_ERR_MEMORY, "%s: out of memory", store->path);
  ll_status status = ll_store_number(store, sql, &made);
  sqlite3_free(sql);
  if (status != LL_OK || !made) return status;
  return run_made(
      store, sqlite3_mprintf("DROP TABLE IF EXISTS main.\"%w\"; ALTER TABLE main.\"new %w\" RENAME TO \"%w\"", name, name, name),
      name);
}

/* Views go first, since they would be looked at when a table gets another name. */
static ll_status rebuild_all(ll_store *store, const char *schema) {
  static const char temporary[] =
      "SELECT 'DROP ' || type || ' temp.\"' || name || '\"' FROM sqlite_temp_schema WHERE type IN ('view', 'table')";
  static const char tables[] = "\nCREATE TABLE ", indices[] = "\nCREATE INDEX ";
  const char *at, *text;
  char name[64];
  size_t size;
  for (at = schema; next_entry(&at, views_of, name, &text, &size);)
    LL_TRY(run_made(store, sqlite3_mprintf("DROP VIEW IF EXISTS main.\"%w\"", name), name));
  for (at = schema; next_entry(&at, tables, name, &text, &size);) {
    bool current;
    LL_TRY(is_current(store, name, text, size, &current));
    if (!current) LL_TRY(rebuild(store, name, text, size));
  }
  LL_TRY(run_each(store, temporary, "dropping views"));
  for (at = schema; next_entry(&at, tables, name, &text, &size);) LL_TRY(put_in_place(store, name));
  for (at = schema; next_entry(&at, indices, name, &text, &size);)
    LL_TRY(run_made(store, sqlite3_mprintf("DROP INDEX IF EXISTS main.\"%w\"; %.*s", name, (int)size, text), name));
  for (at = schema; next_entry(&at, views_of, name, &text, &size);)
    LL_TRY(run_made(store, sqlite3_mprintf("%.*s", (int)size, text), name));
  return LL_OK;
}

/* Makes the views that differ from the schema's as it has them. */
static ll_status renew_views(ll_store *store, const char *schema, bool change, bool *differs) {
  char name[64];
  const char *text;
  size_t size;
  *differs = false;
  for (const char *at = schema; next_entry(&at, views_of, name, &text, &size);) {
    bool current;
    LL_TRY(is_current(store, name, text, size, &current));
    *differs = *differs || !current;
    if (!current && change)
      LL_TRY(run_made(store, sqlite3_mprintf("DROP VIEW IF EXISTS main.\"%w\"; %.*s", name, (int)size, text), name));
  }
  return LL_OK;
}

ll_status ll_store_renew_views(ll_store *store, const char *schema) {
  bool differs;
  LL_TRY(renew_views(store, schema, false, &differs));
  if (!differs) return LL_OK;
  LL_TRY(ll_store_begin(store));
  ll_status status = renew_views(store, schema, true, &differs);
  if (status == LL_OK) return ll_store_commit(store);
  ll_store_rollback(store);
  return status;
}

ll_status ll_store_migrate(ll_store *store, const ll_migration *steps, size_t count, const char *schema, int64_t target) {
  ll_status status;
  int64_t version = 0, broken;
  char stamp[48];
  LL_TRY(ll_store_exec(store, "PRAGMA foreign_keys = 0; PRAGMA legacy_alter_table = 1", "foreign_keys"));
  LL_GOTO(done, ll_store_begin(store));
  LL_GOTO(failed, ll_store_number(store, "PRAGMA user_version", &version)); /* now that nobody else can change it */
  if (version < target) {
    LL_GOTO(failed, ll_store_show_as(store, steps, count, version, target));
    LL_GOTO(failed, rebuild_all(store, schema));
    for (size_t i = 0; i < count; i++)
      if (steps[i].gone && steps[i].from >= version && steps[i].from < target)
        LL_GOTO(failed, ll_store_exec(store, steps[i].gone, "removing tables"));
  }
  snprintf(stamp, sizeof stamp, "PRAGMA user_version = %d", (int)target);
  LL_GOTO(failed, ll_store_exec(store, stamp, stamp));
  LL_GOTO(failed, ll_store_number(store, "SELECT count(*) FROM pragma_foreign_key_check", &broken));
  if (broken) {
    status = ll_fail(store->ctx, LL_ERR_FORMAT, "%s: %lld rows refer to rows that are not there; the schema is left as it was",
                     store->path, (long long)broken);
    goto failed;
  }
  LL_GOTO(failed, ll_store_commit(store));
  goto done;
failed:
  ll_store_rollback(store);
done:
  sqlite3_exec(store->db, "PRAGMA foreign_keys = 1; PRAGMA legacy_alter_table = 0", NULL, NULL, NULL);
  return status;
}
