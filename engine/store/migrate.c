/* Older schemas: a table of steps from one version to the next, each twice: as the SQL that changes a file, and as temporary views
 * and tables through which a reader sees an unchanged file as the step would make it. Foreign keys are off while a file is changed,
 * since a step may have to make a table anew (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes"), and
 * are checked before the end. */
#include <stdio.h>

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

const ll_migration ll_store_migrations[] = {
    {1,
     "CREATE TABLE kept (trial INTEGER NOT NULL REFERENCES trial (id), name TEXT NOT NULL, columns INTEGER NOT NULL "
     "CHECK (columns >= 1), numbers BLOB NOT NULL, PRIMARY KEY (trial, name), CHECK (length(numbers) % (4 * columns) = 0)) STRICT",
     "CREATE TEMP TABLE kept (trial INTEGER, name TEXT, columns INTEGER, numbers BLOB)"},
    {2,
     "CREATE TABLE learnable ( -- what a loss learns beside the network, as its row or its script declares it\n"
     "  loss   TEXT NOT NULL,\n"
     "  name   TEXT NOT NULL,             -- margin\n"
     "  symbol TEXT NOT NULL,             -- ξ\n"
     "  start  TEXT,                      -- the parameter that it begins as, if one says so\n"
     "  rate   TEXT,                      -- the parameter that is its learning rate, if there is one\n"
     "  PRIMARY KEY (loss, name)\n"
     ") STRICT, WITHOUT ROWID;\n"
     "CREATE TABLE learnt ( -- the values of it, epoch by epoch\n"
     "  trial    INTEGER NOT NULL,\n"
     "  name     TEXT NOT NULL,\n"
     "  epoch    INTEGER NOT NULL,\n"
     "  value    REAL NOT NULL,           -- after the epoch\n"
     "  gradient REAL,                    -- mean over the epoch's batches of the loss's derivative by it\n"
     "  PRIMARY KEY (trial, name, epoch),\n"
     "  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED\n"
     ") STRICT, WITHOUT ROWID;\n"
     "INSERT OR IGNORE INTO learnable " LEARNABLE "; INSERT INTO learnt (trial, name, epoch, value, gradient) " LEARNT ";"
     "ALTER TABLE epoch DROP COLUMN margin; ALTER TABLE epoch DROP COLUMN margin_gradient",
     "CREATE TEMP VIEW learnable AS " LEARNABLE "; CREATE TEMP VIEW learnt AS " LEARNT}, /* step 3 makes a view of epoch */
    {3,
     "ALTER TABLE dataset ADD COLUMN notes TEXT NOT NULL DEFAULT '' /* what reading it had to say, a line each */;"
     "ALTER TABLE epoch ADD COLUMN passed_over REAL "
     "/* share of the epoch's batches in which the loss met nothing to compare; NULL: not counted */;"
     "ALTER TABLE epoch ADD COLUMN zero_rows INTEGER "
     "/* rows without a direction that a loss of cosines met in the epoch; NULL: not counted */",
     "CREATE TEMP VIEW dataset AS SELECT *, '' AS notes FROM main.dataset;"
     "CREATE TEMP VIEW epoch AS SELECT trial, epoch, train_loss, learning_rate, seconds, NULL AS passed_over, NULL AS zero_rows "
     "FROM main.epoch"},
    {4,
     "CREATE TABLE computer ( -- what computed trials: a row for each build and machine. '' is unknown.\n"
     "  id        INTEGER PRIMARY KEY,\n"
     "  version   TEXT NOT NULL,          -- of losslab\n"
     "  revision  TEXT NOT NULL,          -- the commit it was built from\n"
     "  precision TEXT NOT NULL,\n"
     "  isa       TEXT NOT NULL,          -- instruction set of the kernels\n"
     "  blas      TEXT NOT NULL,          -- which BLAS, as it names itself\n"
     "  core      TEXT NOT NULL,          -- the kernels that it chose\n"
     "  cpu       TEXT NOT NULL,\n"
     "  libc      TEXT NOT NULL,          -- which C library, and which variant of its functions\n"
     "  machine   TEXT NOT NULL,          -- system and architecture\n"
     "  UNIQUE (version, revision, precision, isa, blas, core, cpu, libc, machine)\n"
     ") STRICT;\n"
     "INSERT INTO computer (version, revision, precision, isa, blas, core, cpu, libc, machine) SELECT " COMPUTER ";"
     "ALTER TABLE trial ADD COLUMN computer INTEGER REFERENCES computer (id) /* NULL until it ends */;"
     "UPDATE trial SET computer = (SELECT id FROM computer) WHERE status IN ('done', 'diverged', 'failed');"
     "DROP VIEW may_differ;"
     "CREATE VIEW may_differ (table_name, column_name) AS\n"
     "-- The columns that two runs of the same study may differ in. Whatever compares databases leaves these out, and nothing else.\n"
     "  VALUES\n"
     "  ('study', 'created'), ('study', 'machine'), ('study', 'cpu'), ('study', 'isa'), ('study', 'blas'),\n"
     "  ('trial', 'worker'), ('trial', 'worker_start'), ('trial', 'host'), ('trial', 'started'), ('trial', 'finished'), ('trial', 'seconds'),\n"
     "  ('trial', 'computer'), ('computer', 'id'), ('computer', 'version'), ('computer', 'revision'), ('computer', 'precision'),\n"
     "  ('computer', 'isa'), ('computer', 'blas'), ('computer', 'core'), ('computer', 'cpu'), ('computer', 'libc'), ('computer', 'machine'),\n"
     "  ('epoch', 'seconds');\n",
     "CREATE TEMP VIEW computer AS SELECT 1 AS id, " COMPUTER ";"
     "CREATE TEMP VIEW trial AS SELECT *, iif(status IN ('done', 'diverged', 'failed'), 1, NULL) AS computer FROM main.trial"},
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

static ll_status step(ll_store *store, const ll_migration *steps, size_t count, int64_t version) {
  char what[48], stamp[48];
  const ll_migration *found = NULL;
  LL_TRY(find(store, steps, count, version, &found));
  snprintf(what, sizeof what, "from schema %d to %d", (int)version, (int)version + 1);
  snprintf(stamp, sizeof stamp, "PRAGMA user_version = %d", (int)version + 1);
  LL_TRY(ll_store_exec(store, found->change, what));
  return ll_store_exec(store, stamp, what);
}

ll_status ll_store_migrate(ll_store *store, const ll_migration *steps, size_t count, int64_t target) {
  ll_status status;
  int64_t version, broken;
  LL_TRY(ll_store_exec(store, "PRAGMA foreign_keys = 0", "foreign_keys"));
  LL_GOTO(done, ll_store_begin(store));
  LL_GOTO(failed, ll_store_number(store, "PRAGMA user_version", &version)); /* now that nobody else can change it */
  for (; version < target; version++) LL_GOTO(failed, step(store, steps, count, version));
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
  sqlite3_exec(store->db, "PRAGMA foreign_keys = 1", NULL, NULL, NULL);
  return status;
}

ll_status ll_store_migrate_views(ll_store *store, int64_t version) {
  const ll_migration *found = NULL;
  for (; version < LL_STORE_VERSION; version++) {
    LL_TRY(find(store, ll_store_migrations, LL_STORE_MIGRATIONS, version, &found));
    LL_TRY(ll_store_exec(store, found->views, "reading an older schema"));
  }
  return LL_OK;
}
