/* What studies' searches proposed, and who looked at test parts, in a merge. Searches come with the version of their study that
 * stays; where both files hold that one, the search of one is the beginning of the other's. Looks are of the study under any
 * version: of two counts of the same the larger one stays, so that to merge once more changes nothing. */
#include "engine/store/merge.h"

typedef struct work {
  merge *m;
  sqlite3_stmt *searches, *put_search, *proposals, *put_proposal, *looks, *put_look, *forget[2];
} work;

/* Rows of one statement on `from`, bound as they are from column `first` on, but for ids of data sets and configurations. */
static ll_status carry(work *w, sqlite3_stmt *all, sqlite3_stmt *put, const merge_id *study, const char *table, int columns,
                       int config) {
  bool more;
  sqlite3_reset(all);
  sqlite3_bind_int64(all, 1, study->from);
  sqlite3_bind_int64(put, 1, study->to);
  for (;;) {
    LL_TRY(ll_store_merge_next(w->m, all, &more));
    if (!more) return LL_OK;
    for (int c = 0; c < columns; c++) {
      if (c == 0 && config >= 0) LL_TRY(ll_store_merge_bind(w->m, MERGE_DATASET, put, 2, all, 0));
      else if (c > 0 && c == config) LL_TRY(ll_store_merge_bind(w->m, MERGE_CONFIG, put, c + 2, all, c));
      else LL_TRY(ll_store_merge_value(w->m, put, c + 2, all, c));
    }
    LL_TRY(ll_store_merge_put(w->m, put, table));
  }
}

static ll_status of_study(work *w, const merge_id *study) {
  static const char *const tables[] = {"proposal", "search"};
  LL_TRY(carry(w, w->looks, w->put_look, study, "look", 5, -1));
  if (study->state == MERGE_OLDER) return LL_OK;
  for (int i = 0; i < 2 && study->state == MERGE_NEWER; i++) {
    sqlite3_bind_int64(w->forget[i], 1, study->to);
    LL_TRY(ll_store_merge_put(w->m, w->forget[i], tables[i]));
  }
  LL_TRY(carry(w, w->searches, w->put_search, study, "search", 5, 0));
  return carry(w, w->proposals, w->put_proposal, study, "proposal", 9, 5);
}

static ll_status prepare(work *w) {
  ll_store *out = w->m->out, *from = w->m->from;
  LL_TRY(ll_store_merge_prepare(from, "SELECT dataset, loss, fold, space, ended FROM main.search WHERE study = ?1 ORDER BY 1, 2, 3",
                                &w->searches));
  LL_TRY(ll_store_merge_prepare(from,
                                "SELECT dataset, loss, fold, round, place, config, point, made_by, pause FROM main.proposal "
                                "WHERE study = ?1 ORDER BY 1, 2, 3, 4, 5",
                                &w->proposals));
  LL_TRY(ll_store_merge_prepare(from, "SELECT plan_sha256, what, first, last, times FROM main.look WHERE study = ?1", &w->looks));
  LL_TRY(
      ll_store_merge_prepare(out,
                             "INSERT INTO main.search (study, dataset, loss, fold, space, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                             "ON CONFLICT (study, dataset, loss, fold) DO UPDATE SET ended = coalesce(ended, excluded.ended)",
                             &w->put_search));
  LL_TRY(
      ll_store_merge_prepare(out,
                             "INSERT INTO main.proposal (study, dataset, loss, fold, round, place, config, point, made_by, pause) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
                             &w->put_proposal));
  LL_TRY(
      ll_store_merge_prepare(out,
                             "INSERT INTO main.look (study, plan_sha256, what, first, last, times) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                             "ON CONFLICT (study, plan_sha256, what) DO UPDATE SET first = min(first, excluded.first), "
                             "last = max(last, excluded.last), times = max(times, excluded.times)",
                             &w->put_look));
  LL_TRY(ll_store_merge_prepare(out, "DELETE FROM main.proposal WHERE study = ?1", &w->forget[0]));
  return ll_store_merge_prepare(out, "DELETE FROM main.search WHERE study = ?1", &w->forget[1]);
}

ll_status ll_store_merge_searches(merge *m) {
  work w = {.m = m};
  ll_status status;
  LL_GOTO(done, prepare(&w));
  for (size_t i = 0; i < m->maps[MERGE_STUDY].count; i++) LL_GOTO(done, of_study(&w, &m->maps[MERGE_STUDY].ids[i]));
done:
  sqlite3_finalize(w.searches), sqlite3_finalize(w.put_search), sqlite3_finalize(w.proposals), sqlite3_finalize(w.put_proposal);
  sqlite3_finalize(w.looks), sqlite3_finalize(w.put_look), sqlite3_finalize(w.forget[0]), sqlite3_finalize(w.forget[1]);
  return status;
}
