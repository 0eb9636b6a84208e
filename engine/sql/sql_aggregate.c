/* The metrics as aggregates, METRIC_of(score, label [, 'name=value' …]): over the rows of any query, as avg is. Rows with a NULL
 * are left out. Those of several columns of scores (classes, embeddings) have none. */
#include <stdio.h>

#include "engine/sql/sql.h"

typedef struct gathered {
  ll_real *scores, *labels;
  size_t count, room;
  double params[LL_MAX_PARAMS];
  bool begun;
  ll_status status;
} gathered;

static ll_status grow(ll_ctx *ctx, gathered *g) {
  size_t room = g->room ? 2 * g->room : 256;
  void *scores = g->scores, *labels = g->labels;
  ll_status status = ll_realloc(ctx, &scores, g->room * sizeof(ll_real), room * sizeof(ll_real));
  g->scores = scores;
  if (status == LL_OK) status = ll_realloc(ctx, &labels, g->room * sizeof(ll_real), room * sizeof(ll_real));
  g->labels = labels;
  if (status == LL_OK) g->room = room;
  return status;
}

static ll_status number(ll_ctx *ctx, const char *who, const char *what, sqlite3_value *value, ll_real *out) {
  int type = sqlite3_value_type(value);
  *out = (ll_real)sqlite3_value_double(value);
  if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) return LL_OK;
  if (type == SQLITE_BLOB) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s_of: a %s is a blob, no number", who, what);
  return ll_fail(ctx, LL_ERR_ARGUMENT, "%s_of: a %s is '%.60s', no number", who, what, (const char *)sqlite3_value_text(value));
}

static ll_status add(const ll_sql_function *function, gathered *g, int count, sqlite3_value **values) {
  ll_sql *sql = function->sql;
  const char *who = function->metric->name;
  unsigned given;
  if (count < 2)
    return ll_fail(sql->ctx, LL_ERR_ARGUMENT, "%s_of takes (score, label [, 'name=value' …]); there %s %d argument%s", who,
                   count == 1 ? "is" : "are", count, count == 1 ? "" : "s");
  if (!g->begun) LL_TRY(ll_sql_read_options(sql, function->metric, count - 2, values + 2, g->params, &given));
  g->begun = true;
  if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL) return LL_OK;
  if (g->count == g->room) LL_TRY(grow(sql->ctx, g));
  LL_TRY(number(sql->ctx, who, "score", values[0], &g->scores[g->count]));
  LL_TRY(number(sql->ctx, who, "label", values[1], &g->labels[g->count]));
  g->count++;
  return LL_OK;
}

static void step(sqlite3_context *context, int count, sqlite3_value **values) {
  const ll_sql_function *function = sqlite3_user_data(context);
  gathered *g = sqlite3_aggregate_context(context, sizeof *g);
  if (!g) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (g->status == LL_OK) g->status = add(function, g, count, values);
  if (g->status != LL_OK) ll_sql_refuse(context, function->sql);
}

static void last(sqlite3_context *context) {
  const ll_sql_function *function = sqlite3_user_data(context);
  ll_ctx *ctx = function->sql->ctx;
  gathered *g = sqlite3_aggregate_context(context, 0);
  if (!g) return; /* no row: NULL */
  if (g->status == LL_OK && g->count > 0) {
    double value;
    ll_matrix scores = ll_matrix_wrap(g->scores, g->count, 1), labels = ll_matrix_wrap(g->labels, g->count, 1);
    if (ll_metric_eval(ctx, function->metric, &scores, &labels, NULL, g->params, &value) != LL_OK)
      ll_sql_refuse(context, function->sql);
    else sqlite3_result_double(context, value);
  }
  ll_free(ctx, g->scores);
  ll_free(ctx, g->labels);
}

int ll_sql_add_aggregates(ll_sql *sql) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < ll_metric_count && rc == SQLITE_OK; i++) {
    const ll_metric_desc *metric = ll_metrics[i];
    char name[64];
    if (metric->needs == LL_NEEDS_CLASSES || metric->needs == LL_NEEDS_EMBEDDINGS) continue;
    snprintf(name, sizeof name, "%s_of", metric->name);
    rc = ll_sql_add_function(sql, name, -1, SQLITE_DETERMINISTIC, metric, NULL, step, last);
  }
  return rc;
}
