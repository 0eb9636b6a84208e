/* The small tables of a merge: each row is looked up by what tells it from others, and added where it is not there. What has the
 * same key and says something else is refused: one of the two files was made by other means. */
#include <string.h>

#include "engine/store/merge.h"

enum { COLUMNS = 16 };

typedef struct kind {
  int map;
  const char *table, *what;
  int keys, agree; /* so many columns, from the first, tell a row from others; so many have to agree */
  int refers, to;  /* the column that refers to another table, or -1, and the map of that one */
  const char *columns[COLUMNS];
} kind;

/* In the order in which they refer to each other. A row keeps what it says beside that as it is where it was first. */
static const kind kinds[] = {
    {MERGE_DATASET,
     "dataset",
     "data set",
     1,
     5,
     -1,
     0,
     {"key", "name", "sha256", "rows", "features", "classes", "positives", "negatives", "origin", "notes"}},
    {MERGE_CONFIG, "config", "configuration", 1, 6, -1, 0, {"key", "loss", "formula", "parameters", "model", "train"}},
    {MERGE_CUT, "cut", "cut", 1, 4, 1, MERGE_DATASET, {"key", "dataset", "fold", "seed", "split"}},
    {MERGE_COMPUTER,
     "computer",
     "computer",
     14,
     14,
     -1,
     0,
     {"version", "revision", "precision", "isa", "blas", "core", "cpu", "libc", "machine", "flags", "features", "lua", "sqlite",
      "arithmetic"}},
    {MERGE_SCRIPT,
     "script",
     "script",
     7,
     7,
     0,
     MERGE_STUDY,
     {"study", "sha256", "made", "version", "trials", "plan", "text", "added"}},
};

static int count_of(const kind *k) {
  int n = 0;
  while (n < COLUMNS && k->columns[n]) n++;
  return n;
}

/* [out] the statements: all rows of `from`, the row of `out` that has the keys, a new row. */
static ll_status prepare(merge *m, const kind *k, sqlite3_stmt *stmts[3]) {
  sqlite3_str *sql[3];
  int n = count_of(k);
  ll_status status = LL_OK;
  for (int i = 0; i < 3; i++) sql[i] = sqlite3_str_new(NULL);
  sqlite3_str_appendall(sql[0], "SELECT id");
  sqlite3_str_appendall(sql[1], "SELECT id");
  sqlite3_str_appendf(sql[2], "INSERT INTO main.%s (", k->table);
  for (int c = 0; c < n; c++) {
    sqlite3_str_appendf(sql[0], ", %s", k->columns[c]);
    sqlite3_str_appendf(sql[1], ", %s", k->columns[c]);
    sqlite3_str_appendf(sql[2], "%s%s", c ? ", " : "", k->columns[c]);
  }
  sqlite3_str_appendf(sql[0], " FROM main.%s ORDER BY id", k->table);
  sqlite3_str_appendf(sql[1], " FROM main.%s WHERE ", k->table);
  for (int c = 0; c < k->keys; c++) sqlite3_str_appendf(sql[1], "%s%s = ?%d", c ? " AND " : "", k->columns[c], c + 1);
  for (int c = 0; c < n; c++) sqlite3_str_appendf(sql[2], "%s?%d", c ? ", " : ") VALUES (", c + 1);
  sqlite3_str_appendall(sql[2], ")");
  for (int i = 0; i < 3; i++) {
    char *text = sqlite3_str_finish(sql[i]);
    if (!text) status = ll_fail(m->out->ctx, LL_ERR_MEMORY, "%s: out of memory in merging", m->out->path);
    if (status == LL_OK) status = ll_store_merge_prepare(i ? m->out : m->from, text, &stmts[i]);
    sqlite3_free(text);
  }
  return status;
}

static ll_status refuse(merge *m, const kind *k, sqlite3_stmt *row, int column) {
  return ll_fail(m->out->ctx, LL_ERR_STORE,
                 "%s and %s hold two %ss of one key (%.16s…), which differ in %s: one of them was changed by hand", m->out->path,
                 m->from->path, k->what, (const char *)sqlite3_column_text(row, 1), k->columns[column]);
}

/* Binds the first n columns of the current row of `from`. */
static ll_status bind(merge *m, const kind *k, sqlite3_stmt *to, sqlite3_stmt *row, int n) {
  for (int c = 0; c < n; c++)
    if (c == k->refers) LL_TRY(ll_store_merge_bind(m, k->to, to, c + 1, row, c + 1));
    else LL_TRY(ll_store_merge_value(m, to, c + 1, row, c + 1));
  return LL_OK;
}

/* Whether the row of `from` and the one of `out` that has its key say the same. */
static ll_status agree(merge *m, const kind *k, sqlite3_stmt *row, sqlite3_stmt *found) {
  for (int c = k->keys; c < k->agree; c++) {
    if (c == k->refers) {
      const merge_id *id;
      LL_TRY(ll_store_merge_find(m, k->to, sqlite3_column_int64(row, c + 1), &id));
      if (id->to != sqlite3_column_int64(found, c + 1)) return refuse(m, k, row, c);
    } else if (!ll_store_merge_same(row, c + 1, found, c + 1)) return refuse(m, k, row, c);
  }
  return LL_OK;
}

/* Where the study that is there has the same script and plan, the last version of the script is the one that is there, whenever
 * each was made: files whose parts of one study were run apart, as shards are, have one version of its script and not one each.
 * [out] *there: its id, or 0. */
static ll_status shared_script(merge *m, sqlite3_stmt *row, int64_t *there) {
  enum { ID, STUDY, SHA256 };
  sqlite3_stmt *last = NULL, *same = NULL;
  const merge_id *study;
  bool more;
  ll_status status;
  *there = 0;
  LL_TRY(ll_store_merge_find(m, MERGE_STUDY, sqlite3_column_int64(row, STUDY), &study));
  if (study->state != MERGE_THERE) return LL_OK;
  LL_GOTO(done, ll_store_merge_prepare(
                    m->from,
                    "SELECT 1 FROM main.script AS x WHERE id = ?1 AND id = (SELECT max(id) FROM main.script WHERE study = x.study)",
                    &last));
  sqlite3_bind_int64(last, 1, sqlite3_column_int64(row, ID));
  LL_GOTO(done, ll_store_merge_next(m, last, &more));
  if (!more) goto done;
  LL_GOTO(done,
          ll_store_merge_prepare(
              m->out, "SELECT id FROM main.script WHERE study = ?1 AND sha256 = ?2 ORDER BY made DESC, id DESC LIMIT 1", &same));
  sqlite3_bind_int64(same, 1, study->to);
  LL_GOTO(done, ll_store_merge_value(m, same, 2, row, SHA256));
  int rc = ll_store_step(m->out, same, NULL);
  if (rc == SQLITE_ROW) *there = sqlite3_column_int64(same, 0);
  else if (rc != SQLITE_DONE) status = ll_store_fail(m->out, rc, "merging");
done:
  sqlite3_finalize(last), sqlite3_finalize(same);
  return status;
}

static ll_status carry(merge *m, const kind *k) {
  enum { ALL, FIND, INSERT };
  sqlite3_stmt *stmts[3] = {NULL};
  bool more;
  ll_status status;
  LL_GOTO(done, prepare(m, k, stmts));
  for (;;) {
    LL_GOTO(done, ll_store_merge_next(m, stmts[ALL], &more));
    if (!more) break;
    int64_t id = sqlite3_column_int64(stmts[ALL], 0), there = 0;
    LL_GOTO(done, bind(m, k, stmts[FIND], stmts[ALL], k->keys));
    int rc = ll_store_step(m->out, stmts[FIND], NULL);
    if (rc == SQLITE_ROW) {
      there = sqlite3_column_int64(stmts[FIND], 0);
      LL_GOTO(done, agree(m, k, stmts[ALL], stmts[FIND]));
    } else if (rc != SQLITE_DONE) LL_GOTO(done, ll_store_fail(m->out, rc, "merging"));
    sqlite3_reset(stmts[FIND]);
    if (rc == SQLITE_DONE && k->map == MERGE_SCRIPT) LL_GOTO(done, shared_script(m, stmts[ALL], &there));
    bool fresh = rc == SQLITE_DONE && there == 0;
    if (fresh) {
      LL_GOTO(done, bind(m, k, stmts[INSERT], stmts[ALL], count_of(k)));
      LL_GOTO(done, ll_store_merge_put(m, stmts[INSERT], k->table));
      there = sqlite3_last_insert_rowid(m->out->db);
      m->merged->rows++;
    }
    LL_GOTO(done, ll_store_merge_know(m, k->map, id, there, fresh ? MERGE_FRESH : MERGE_THERE));
  }
done:
  for (int i = 0; i < 3; i++) sqlite3_finalize(stmts[i]);
  return status;
}

/* ---- what hangs on them ---- */

/* Rows of a table whose first column refers to a row of a map, copied where there is none of their first `keys` columns; what is
 * there has to be the same where `agree` says so. */
typedef struct hanging {
  int map;
  const char *table, *all, *find, *insert;
  int keys;
  bool agree;
} hanging;

static const hanging hangings[] = {
    {MERGE_CUT, "part", "SELECT cut, split, count, rows, labels FROM main.part ORDER BY cut, split",
     "SELECT cut, split, count, rows, labels FROM main.part WHERE cut = ?1 AND split = ?2",
     "INSERT INTO main.part (cut, split, count, rows, labels) VALUES (?1, ?2, ?3, ?4, ?5)", 2, true},
    {MERGE_DATASET, "content", "SELECT dataset, packed FROM main.content ORDER BY dataset",
     "SELECT dataset FROM main.content WHERE dataset = ?1", "INSERT INTO main.content (dataset, packed) VALUES (?1, ?2)", 1, false},
    {-1, "learnable", "SELECT loss, name, symbol, start, rate FROM main.learnable",
     "SELECT loss, name FROM main.learnable WHERE loss = ?1 AND name = ?2",
     "INSERT INTO main.learnable (loss, name, symbol, start, rate) VALUES (?1, ?2, ?3, ?4, ?5)", 2, false},
};

static ll_status bind_hanging(merge *m, const hanging *h, sqlite3_stmt *to, sqlite3_stmt *row, int n) {
  for (int c = 0; c < n; c++)
    if (c == 0 && h->map >= 0) LL_TRY(ll_store_merge_bind(m, h->map, to, 1, row, 0));
    else LL_TRY(ll_store_merge_value(m, to, c + 1, row, c));
  return LL_OK;
}

static ll_status hang(merge *m, const hanging *h) {
  sqlite3_stmt *all = NULL, *find = NULL, *insert = NULL;
  bool more;
  ll_status status;
  LL_GOTO(done, ll_store_merge_prepare(m->from, h->all, &all));
  LL_GOTO(done, ll_store_merge_prepare(m->out, h->find, &find));
  LL_GOTO(done, ll_store_merge_prepare(m->out, h->insert, &insert));
  for (;;) {
    LL_GOTO(done, ll_store_merge_next(m, all, &more));
    if (!more) break;
    LL_GOTO(done, bind_hanging(m, h, find, all, h->keys));
    int rc = ll_store_step(m->out, find, NULL);
    bool same = true;
    for (int c = h->keys; rc == SQLITE_ROW && h->agree && c < sqlite3_column_count(all); c++)
      same &= ll_store_merge_same(all, c, find, c);
    sqlite3_reset(find);
    if (rc == SQLITE_DONE) {
      LL_GOTO(done, bind_hanging(m, h, insert, all, sqlite3_column_count(all)));
      LL_GOTO(done, ll_store_merge_put(m, insert, h->table));
      m->merged->rows++;
    } else if (rc != SQLITE_ROW) LL_GOTO(done, ll_store_fail(m->out, rc, "merging"));
    else if (!same)
      LL_GOTO(done, ll_fail(m->out->ctx, LL_ERR_STORE,
                            "%s and %s hold two %ss of one key, whose rows or labels differ: one of them was changed by hand",
                            m->out->path, m->from->path, h->table));
  }
done:
  sqlite3_finalize(all), sqlite3_finalize(find), sqlite3_finalize(insert);
  return status;
}

ll_status ll_store_merge_rows(merge *m) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (kinds[i].map == MERGE_SCRIPT && m->what == LL_STORE_TRIALS) continue;
    if (kinds[i].map == MERGE_SCRIPT) LL_TRY(ll_store_merge_studies(m));
    LL_TRY(carry(m, &kinds[i]));
  }
  for (size_t i = 0; i < sizeof hangings / sizeof *hangings; i++) LL_TRY(hang(m, &hangings[i]));
  return LL_OK;
}
