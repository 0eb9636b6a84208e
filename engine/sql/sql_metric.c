/* A function for each row of the table of metrics, METRIC(trial, epoch, split [, 'name=value' …]), of the scores that are kept;
 * ll_metric, which takes its name as an argument, and ll_scores, those scores as bytes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/sql/sql.h"

/* What scores are where the metric asks and no option says: as a study takes them (lua/losslab/run/network.lua), those of classes
 * as logits, others by the network's output. */
static ll_status set_from(ll_ctx *ctx, const ll_metric_desc *metric, unsigned given, const ll_sql_part *part, double *params) {
  for (size_t i = 0; i < metric->params.count; i++)
    if (strcmp(metric->params.params[i].name, "from") == 0 && !(given & 1U << i)) {
      bool probabilities = metric->needs != LL_NEEDS_CLASSES && part->sigmoid;
      return ll_params_set_choice(ctx, &metric->params, params, "from", probabilities ? "probabilities" : "logits");
    }
  return LL_OK;
}

static ll_status evaluate(ll_sql *sql, const ll_metric_desc *metric, const ll_sql_argument *at, unsigned given, double *params,
                          double *out) {
  ll_sql_part part = {0};
  ll_status status = LL_OK;
  *out = NAN;
  if (at->none) return LL_OK;
  LL_TRY(ll_sql_read_scores(sql, metric->name, at, false, &part));
  bool lost =
      part.ranks && metric->needs != LL_NEEDS_ANY && metric->needs != LL_NEEDS_LISTS; /* of ranks only their order is left */
  if (!part.found || part.count == 0 || !part.labels.data || lost) goto done;
  LL_GOTO(done, set_from(sql->ctx, metric, given, &part, params));
  status = ll_metric_eval(sql->ctx, metric, &part.scores, &part.labels, NULL, params, out);
  if (status == LL_ERR_NUMBER) status = LL_OK, *out = NAN; /* of scores that are not finite there is none */
  if (status != LL_OK && status != LL_ERR_MEMORY) {
    char words[600];
    snprintf(words, sizeof words, "%s", ll_message(sql->ctx));
    status =
        ll_fail(sql->ctx, status, "%s (trial %lld, epoch %lld, %s)", words, (long long)at->trial, (long long)at->epoch, at->split);
  }
done:
  ll_sql_part_release(sql, &part);
  return status;
}

static void give(sqlite3_context *context, const ll_sql *sql, ll_status status, double value) {
  if (status != LL_OK) ll_sql_refuse(context, sql);
  else sqlite3_result_double(context, value); /* NULL for NaN */
}

static void call_metric(sqlite3_context *context, int count, sqlite3_value **values) {
  const ll_sql_function *function = sqlite3_user_data(context);
  const ll_metric_desc *metric = function->metric;
  ll_sql *sql = function->sql;
  ll_sql_argument at;
  double params[LL_MAX_PARAMS], value = NAN;
  unsigned given;
  ll_status status;
  if (count < 3) {
    status = ll_fail(sql->ctx, LL_ERR_ARGUMENT,
                     "%s takes (trial, epoch, split [, 'name=value' …]), as in %s(1, 'best', 'test'); there %s %d argument%s",
                     metric->name, metric->name, count == 1 ? "is" : "are", count, count == 1 ? "" : "s");
    goto done;
  }
  LL_GOTO(done, ll_sql_read_options(sql, metric, count - 3, values + 3, params, &given));
  LL_GOTO(done, ll_sql_read_arguments(sql, metric->name, values[0], values[1], values[2], &at));
  status = evaluate(sql, metric, &at, given, params, &value);
done:
  give(context, sql, status, value);
}

/* ll_metric(name, trial, epoch, split), for a name that stands in a column: that of the table metric. */
static void call_by_name(sqlite3_context *context, int count, sqlite3_value **values) {
  ll_sql *sql = ((const ll_sql_function *)sqlite3_user_data(context))->sql;
  const ll_metric_desc *metric;
  const char *label = (const char *)sqlite3_value_text(values[0]);
  ll_sql_argument at;
  double params[LL_MAX_PARAMS], value = NAN;
  unsigned given;
  ll_status status;
  (void)count;
  if (!label) return;
  LL_GOTO(done, ll_sql_read_label(sql, label, &metric, params, &given));
  LL_GOTO(done, ll_sql_read_arguments(sql, metric->name, values[1], values[2], values[3], &at));
  status = evaluate(sql, metric, &at, given, params, &value);
done:
  give(context, sql, status, value);
}

static void call_scores(sqlite3_context *context, int count, sqlite3_value **values) {
  ll_sql *sql = ((const ll_sql_function *)sqlite3_user_data(context))->sql;
  ll_sql_argument at;
  ll_sql_part part = {0};
  ll_status status;
  (void)count;
  LL_GOTO(done, ll_sql_read_arguments(sql, "ll_scores", values[0], values[1], values[2], &at));
  if (at.none) return;
  LL_GOTO(done, ll_sql_read_scores(sql, "ll_scores", &at, false, &part));
  if (!part.found) goto done;
  size_t n = ll_matrix_count(&part.scores);
  float *bytes = sqlite3_malloc64(4 * n + 1);
  if (!bytes) {
    ll_sql_part_release(sql, &part);
    sqlite3_result_error_nomem(context);
    return;
  }
  for (size_t i = 0; i < n; i++) bytes[i] = (float)part.scores.data[i];
  sqlite3_result_blob64(context, bytes, 4 * n, sqlite3_free);
done:
  ll_sql_part_release(sql, &part);
  if (status != LL_OK) ll_sql_refuse(context, sql);
}

int ll_sql_add_metrics(ll_sql *sql) {
  int rc = ll_sql_add_function(sql, "ll_scores", 3, 0, NULL, call_scores, NULL, NULL);
  if (rc == SQLITE_OK) rc = ll_sql_add_function(sql, "ll_metric", 4, 0, NULL, call_by_name, NULL, NULL);
  for (size_t i = 0; i < ll_metric_count && rc == SQLITE_OK; i++)
    rc = ll_sql_add_function(sql, ll_metrics[i]->name, -1, 0, ll_metrics[i], call_metric, NULL, NULL);
  return rc;
}
