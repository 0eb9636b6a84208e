/* Tables that are called like functions: hidden columns are the arguments, and a statement has to give them. */
#include <string.h>

#include "engine/sql/sql.h"

int ll_sql_arguments_index(sqlite3_vtab *table, sqlite3_index_info *info, int first, int count, int needed, const char *usage) {
  int at[8], given = 0, unusable = 0, next = 0;
  for (int i = 0; i < count; i++) at[i] = -1;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *c = &info->aConstraint[i];
    int argument = c->iColumn - first;
    if (argument < 0 || argument >= count || c->op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!c->usable) unusable |= 1 << argument;
    else if (at[argument] < 0) at[argument] = i, given |= 1 << argument;
  }
  if (unusable & ~given) return SQLITE_CONSTRAINT; /* in this order of the tables; SQLite tries others */
  if (~given & ((1 << needed) - 1)) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("arguments are missing: %s", usage);
    return SQLITE_ERROR;
  }
  for (int i = 0; i < count; i++)
    if (at[i] >= 0) info->aConstraintUsage[at[i]].argvIndex = ++next, info->aConstraintUsage[at[i]].omit = 1;
  info->idxNum = given;
  info->estimatedCost = 1000;
  info->estimatedRows = 1000;
  return SQLITE_OK;
}

int ll_sql_connect(ll_sql *sql, const char *declaration, size_t size, sqlite3_vtab **out) {
  int rc = sqlite3_declare_vtab(sql->db, declaration);
  if (rc != SQLITE_OK) return rc;
  if (sql->flags & SQLITE_DIRECTONLY) sqlite3_vtab_config(sql->db, SQLITE_VTAB_DIRECTONLY);
  *out = sqlite3_malloc64(size);
  if (!*out) return SQLITE_NOMEM;
  memset(*out, 0, size);
  return SQLITE_OK;
}

int ll_sql_table_error(sqlite3_vtab *table, const ll_sql *sql) {
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s", ll_message(sql->ctx));
  return SQLITE_ERROR;
}
