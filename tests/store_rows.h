/* A small study's rows, as the tests of the store write them: made by the named statements, with the ids 1, 2, 3, … */
#ifndef LOSSLAB_TESTS_STORE_ROWS_H
#define LOSSLAB_TESTS_STORE_ROWS_H

#include <stdio.h>
#include <string.h>

#include "losslab/losslab.h"

static inline ll_value text(const char *s) { return ll_value_text(s, strlen(s)); }

static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* ll_store_run with the values of an array. */
#define ROW(store, name, ...)                                                                                                      \
  ll_store_run(store, name, (ll_value[]){__VA_ARGS__}, sizeof((ll_value[]){__VA_ARGS__}) / sizeof(ll_value), NULL)

/* A study, its script, one data set and a configuration with an odd and an even loss. */
static inline ll_status write_study(ll_store *store, const char *name) {
  ll_value none = ll_value_null();
  LL_TRY(ROW(store, "insert_study", text(name), text("does it\nwork?"), text("s.lua"), text("return {}"), text(hash), text("{}"),
             text(hash), text("auc"), text("max"), text(LL_VERSION), text("float"), none, none, none, none));
  LL_TRY(ROW(store, "insert_script", ll_value_integer(1), text(hash), text("return {}"), text("{}"), ll_value_integer(1),
             ll_value_integer(1), text(LL_VERSION)));
  return ROW(store, "insert_dataset", text("data"), text("a'b"), text(hash), ll_value_integer(4), ll_value_integer(2),
             ll_value_integer(2), ll_value_integer(2), ll_value_integer(2), none, text("one\ntwo"));
}

static inline ll_status write_config(ll_store *store, int config) {
  char key[32];
  snprintf(key, sizeof key, "config %d", config);
  return ROW(store, "insert_config", text(key), text(config % 2 ? "hinge" : "adaptive_rank"), ll_value_integer(1), text("{}"),
             text("{}"), text("{}"));
}

static inline ll_status write_cut(ll_store *store, int fold) {
  char key[32];
  snprintf(key, sizeof key, "cut %d", fold);
  return ROW(store, "insert_cut", text(key), ll_value_integer(1), ll_value_integer(fold), ll_value_integer(7), text("{}"));
}

/* A trial of the study; its number is its id. */
static inline ll_status write_trial(ll_store *store, int64_t id, int config, int cut) {
  char key[32];
  snprintf(key, sizeof key, "trial %d", (int)id);
  LL_TRY(ROW(store, "insert_trial", text(key), ll_value_integer(1), ll_value_integer(config), ll_value_integer(cut),
             ll_value_integer(cut), ll_value_integer(7), ll_value_integer(id), ll_value_integer(1), text("float"), text(""),
             ll_value_integer(1), text("{}"), ll_value_null(), ll_value_null()));
  return ROW(store, "insert_wanted", ll_value_integer(1), ll_value_integer(1), ll_value_integer(config), ll_value_integer(id),
             ll_value_integer(id));
}

/* All of it, inside a transaction: a trial for each configuration and fold. The store is then about this study once it is chosen.
 */
static inline ll_status write_rows(ll_store *store, const char *name, int configs, int folds) {
  LL_TRY(write_study(store, name));
  for (int fold = 1; fold <= folds; fold++) LL_TRY(write_cut(store, fold));
  for (int config = 1; config <= configs; config++) {
    LL_TRY(write_config(store, config));
    for (int fold = 1; fold <= folds; fold++) LL_TRY(write_trial(store, (config - 1) * folds + fold, config, fold));
  }
  return LL_OK;
}

/* Scores of one epoch, as they are. */
static inline ll_status write_scores(ll_store *store, int64_t trial, int64_t epoch, const float *scores, size_t size) {
  return ROW(store, "insert_scores", ll_value_integer(trial), text("test"), ll_value_integer(epoch), ll_value_integer(epoch),
             ll_value_null(), ll_value_integer(0), ll_value_blob(scores, size));
}

/* Ends a running trial, and chooses its epoch for every study that wants it. *rows: how many trials this ended, 0 or 1. */
static inline ll_status write_end(ll_store *store, int64_t runner, int64_t trial, double seconds, int64_t *rows) {
  ll_value id = ll_value_integer(trial),
           end[] = {ll_value_real(seconds),  ll_value_real(0.25), ll_value_integer(3), ll_value_null(), id,
                    ll_value_integer(runner)};
  ll_store_change change;
  *rows = 0;
  LL_TRY(ll_store_run(store, "finish", end, 6, &change));
  *rows = change.rows;
  LL_TRY(ll_store_run(store, "choose_epoch", &id, 1, NULL));
  return ll_store_run(store, "choose_values", &id, 1, NULL);
}

/* Takes the pending trial of the lowest id for this process; *trial: 0 if there is none. */
static inline ll_status take_one(ll_store *store, int64_t runner, int64_t *trial) {
  size_t taken;
  ll_status status = ll_store_claim(store, 1, runner, 1, trial, &taken);
  if (taken == 0) *trial = 0;
  return status;
}

#endif
