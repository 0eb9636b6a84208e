/* What stands between the brackets of an SQL function: trial, epoch and split, and a metric's options as 'name=value'. */
#include <stdio.h>
#include <string.h>

#include "engine/data/read/number.h"
#include "engine/sql/sql.h"

enum { LONGEST = 255 }; /* bytes of an option */

ll_status ll_sql_prepare(ll_sql *sql, const char *who, const char *text, sqlite3_stmt **out) {
  int rc = sqlite3_prepare_v2(sql->db, text, -1, out, NULL);
  if (rc == SQLITE_OK) return LL_OK;
  return ll_fail(
      sql->ctx, LL_ERR_STORE,
      "%s: %s: this is no result database of losslab, or one of another version of its schema (PRAGMA user_version) than %d", who,
      sqlite3_errmsg(sql->db), LL_STORE_VERSION);
}

ll_status ll_sql_step(ll_sql *sql, const char *who, sqlite3_stmt *stmt, bool *row) {
  int rc = sqlite3_step(stmt);
  *row = rc == SQLITE_ROW;
  if (rc == SQLITE_ROW || rc == SQLITE_DONE) return LL_OK;
  return ll_fail(sql->ctx, LL_ERR_STORE, "%s: %s", who, sqlite3_errmsg(sql->db));
}

/* A whole number; R has numbers that are doubles. */
static ll_status whole(ll_sql *sql, const char *who, const char *what, const char *expected, sqlite3_value *value, int64_t *out) {
  *out = sqlite3_value_int64(value);
  switch (sqlite3_value_type(value)) {
  case SQLITE_INTEGER: return LL_OK;
  case SQLITE_FLOAT:
    if ((double)*out == sqlite3_value_double(value)) return LL_OK;
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: %s must be %s, not %g", who, what, expected, sqlite3_value_double(value));
  case SQLITE_BLOB: return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: %s must be %s, not a blob", who, what, expected);
  default:
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: %s must be %s, not '%.60s'", who, what, expected,
                   (const char *)sqlite3_value_text(value));
  }
}

/* An epoch by its name: one row, how many different ones there are, and it. */
static const struct {
  const char *name, *sql;
} named[] = {
    {"best", "SELECT count(DISTINCT best_epoch), min(best_epoch) FROM wanted WHERE trial = ?1 AND ?2 = ?2"},
    {"last", "SELECT 1, max(last) FROM score WHERE trial = ?1 AND split = ?2"},
};

static ll_status named_epoch(ll_sql *sql, const char *who, sqlite3_value *epoch, ll_sql_argument *out) {
  const char *names[LL_ROWS(named)], *word = (const char *)sqlite3_value_text(epoch);
  sqlite3_stmt *stmt = NULL;
  size_t place;
  bool row;
  ll_status status;
  for (size_t i = 0; i < LL_ROWS(named); i++) names[i] = named[i].name;
  LL_TRY(ll_names_choose(sql->ctx, who, "epoch, where it is no number,", word ? word : "", names, LL_ROWS(named), &place));
  LL_GOTO(done, ll_sql_prepare(sql, who, named[place].sql, &stmt));
  sqlite3_bind_int64(stmt, 1, out->trial);
  sqlite3_bind_text(stmt, 2, out->split, -1, SQLITE_STATIC);
  LL_GOTO(done, ll_sql_step(sql, who, stmt, &row));
  if (sqlite3_column_int64(stmt, 0) > 1) {
    status = ll_fail(sql->ctx, LL_ERR_ARGUMENT,
                     "%s: the studies that ask for trial %lld chose different epochs, each by its own metric: give the number "
                     "(SELECT study, best_epoch FROM wanted WHERE trial = %lld)",
                     who, (long long)out->trial, (long long)out->trial);
    goto done;
  }
  out->epoch = sqlite3_column_int64(stmt, 1);
  out->none = sqlite3_column_type(stmt, 1) == SQLITE_NULL;
done:
  sqlite3_finalize(stmt);
  return status;
}

ll_status ll_sql_read_arguments(ll_sql *sql, const char *who, sqlite3_value *trial, sqlite3_value *epoch, sqlite3_value *split,
                                ll_sql_argument *out) {
  static const char *const splits[] = {"train", "valid", "test"};
  size_t place;
  *out = (ll_sql_argument){0};
  out->none = sqlite3_value_type(trial) == SQLITE_NULL || sqlite3_value_type(split) == SQLITE_NULL ||
              (epoch && sqlite3_value_type(epoch) == SQLITE_NULL);
  if (out->none) return LL_OK;
  LL_TRY(whole(sql, who, "trial", "a trial's id, a whole number", trial, &out->trial));
  if (sqlite3_value_type(split) != SQLITE_TEXT)
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: split must be 'train', 'valid' or 'test'", who);
  const char *word = (const char *)sqlite3_value_text(split);
  LL_TRY(ll_names_choose(sql->ctx, who, "split", word ? word : "", splits, LL_ROWS(splits), &place));
  out->split = splits[place];
  if (!epoch) return LL_OK;
  if (sqlite3_value_type(epoch) == SQLITE_TEXT) return named_epoch(sql, who, epoch, out);
  return whole(sql, who, "epoch", "a whole number, 'best' or 'last'", epoch, &out->epoch);
}

/* ---- options ------------------------------------------------------------------------------------------------------------------
 */

static ll_status set(ll_sql *sql, const ll_param_table *table, const ll_param *param, const char *word, double *params) {
  static const char *const no[] = {"false", "0", "no"}, *const yes[] = {"true", "1", "yes"};
  double number;
  const unsigned char *end = ll_number_decimal((const unsigned char *)word, &number);
  bool is_number = end && !*end;
  switch (param->kind) {
  case LL_PARAM_CHOICE: return ll_params_set_choice(sql->ctx, table, params, param->name, word);
  case LL_PARAM_BOOLEAN: {
    bool is_no = ll_names_place(word, no, LL_ROWS(no)) < LL_ROWS(no),
         is_yes = ll_names_place(word, yes, LL_ROWS(yes)) < LL_ROWS(yes);
    if (is_no || is_yes) return ll_params_set_boolean(sql->ctx, table, params, param->name, is_yes);
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: %s must be true or false, not '%.60s'", table->owner, param->name, word);
  }
  default:
    if (is_number) return ll_params_set_number(sql->ctx, table, params, param->name, number);
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: %s must be a number, not '%.60s'", table->owner, param->name, word);
  }
}

ll_status ll_sql_set_option(ll_sql *sql, const ll_metric_desc *metric, const char *text, size_t size, double *params,
                            unsigned *given) {
  const ll_param_table *table = &metric->params;
  const char *sign = memchr(text, '=', size);
  char name[LONGEST + 1], word[LONGEST + 1];
  size_t place;
  if (!sign || size > LONGEST)
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: an option is a text 'name=value'%s%s%s, not '%.*s'", metric->name,
                   table->count ? ", as '" : "", table->count ? table->params[0].name : "", table->count ? "=…'" : "",
                   (int)(size < 60 ? size : 60), text);
  snprintf(name, sizeof name, "%.*s", (int)(sign - text), text);
  snprintf(word, sizeof word, "%.*s", (int)(text + size - sign - 1), sign + 1);
  LL_TRY(ll_params_find(sql->ctx, table, name, &place));
  *given |= 1U << place;
  return set(sql, table, &table->params[place], word, params);
}

ll_status ll_sql_read_options(ll_sql *sql, const ll_metric_desc *metric, int count, sqlite3_value **values, double *params,
                              unsigned *given) {
  ll_params_default(&metric->params, params);
  *given = 0;
  for (int i = 0; i < count; i++) {
    if (sqlite3_value_type(values[i]) != SQLITE_TEXT)
      return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s: an option is a text 'name=value'", metric->name);
    const char *text = (const char *)sqlite3_value_text(values[i]);
    if (!text) return ll_fail(sql->ctx, LL_ERR_MEMORY, "out of memory in %s", metric->name);
    LL_TRY(ll_sql_set_option(sql, metric, text, strlen(text), params, given));
  }
  return ll_params_check(sql->ctx, &metric->params, params);
}

ll_status ll_sql_read_label(ll_sql *sql, const char *label, const ll_metric_desc **metric, double *params, unsigned *given) {
  size_t size = strlen(label), head = strcspn(label, "(");
  char name[LONGEST + 1];
  snprintf(name, sizeof name, "%.*s", (int)(head < LONGEST ? head : LONGEST), label);
  LL_TRY(ll_metric_find(sql->ctx, name, metric));
  ll_params_default(&(*metric)->params, params);
  *given = 0;
  if (head == size) return LL_OK;
  if (label[size - 1] != ')') return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "ll_metric: '%.60s' does not end in ')'", label);
  for (const char *at = label + head + 1, *end = label + size - 1; at < end;) {
    size_t n = strcspn(at, ",)");
    LL_TRY(ll_sql_set_option(sql, *metric, at, n, params, given));
    at += n + 1;
  }
  return ll_params_check(sql->ctx, &(*metric)->params, params);
}
