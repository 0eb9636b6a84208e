/* Older schemas brought up to date: a table of steps, run in one transaction. Foreign keys rest meanwhile, since a step may have
 * to make a table anew (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes"), and are checked before the
 * end. */
#include <stdio.h>

#include "engine/store/store.h"

static ll_status step(ll_store *store, const ll_migration *steps, size_t count, int version) {
  char what[48], stamp[48];
  for (size_t i = 0; i < count; i++)
    if (steps[i].from == version) {
      snprintf(what, sizeof what, "from schema %d to %d", version, version + 1);
      snprintf(stamp, sizeof stamp, "PRAGMA user_version = %d", version + 1);
      LL_TRY(ll_store_exec(store, steps[i].sql, what));
      return ll_store_exec(store, stamp, what);
    }
  return ll_fail(store->ctx, LL_ERR_FORMAT, "%s has schema version %d, which losslab " LL_VERSION " cannot bring up to date",
                 store->path, version);
}

ll_status ll_store_migrate(ll_store *store, const ll_migration *steps, size_t count, int target) {
  ll_status status;
  int64_t version, broken;
  LL_TRY(ll_store_exec(store, "PRAGMA foreign_keys = 0", "foreign_keys"));
  LL_GOTO(done, ll_store_begin(store));
  LL_GOTO(failed, ll_store_number(store, "PRAGMA user_version", &version)); /* now that nobody else can change it */
  for (; version < target; version++) LL_GOTO(failed, step(store, steps, count, (int)version));
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
