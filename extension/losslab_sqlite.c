/* The loadable extension of SQLite: `.load losslab_sqlite` in its shell, load_extension in Python and R (docs/database.md). It
 * brings engine/sql, compiled so that it calls the SQLite of the program that loads it, and what that needs of the library. */
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1

#include "engine/sql/sql.h"

enum { OLDEST = 3026000 }; /* where a table may be called without being made, and texts are built */

/* SQLite looks for the function of this name in a file of the name losslab_sqlite. */
__attribute__((visibility("default"))) int sqlite3_losslabsqlite_init(sqlite3 *db, char **why, const sqlite3_api_routines *api);

int sqlite3_losslabsqlite_init(sqlite3 *db, char **why, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  if (sqlite3_libversion_number() < OLDEST) {
    *why = sqlite3_mprintf("losslab_sqlite needs SQLite 3.26 or later; this is %s", sqlite3_libversion());
    return SQLITE_ERROR;
  }
  return ll_sql_register(db, NULL, 0, why);
}
