/* An allocation that fails while a file is read: the message names the file, whichever of them it is, and says what was asked for.
 */
#include <unistd.h>

#include "engine/data/read/csv_table.h"
#include "losslab/interactions.h"
#include "losslab/store.h"
#include "tests/data_file.h"
#include "tests/sweep.h"

static char path[512];

static ll_status data(ll_ctx *ctx) {
  ll_data *d;
  ll_status status = ll_data_read(ctx, path, NULL, &d);
  ll_data_free(ctx, d);
  return status;
}
static ll_status table(ll_ctx *ctx) {
  ll_csv_table t;
  ll_status status = ll_csv_table_read(ctx, path, &t);
  if (status == LL_OK) ll_csv_table_free(ctx, &t);
  return status;
}
static ll_status pairs(ll_ctx *ctx) {
  ll_interactions p;
  ll_status status = ll_interactions_read(ctx, path, &p);
  if (status == LL_OK) ll_interactions_free(ctx, &p);
  return status;
}
static ll_status matrix(ll_ctx *ctx) {
  ll_matrix m;
  ll_status status = ll_matrix_read(ctx, path, &m);
  if (status == LL_OK) ll_matrix_release(ctx, &m);
  return status;
}
static ll_status store(ll_ctx *ctx) {
  ll_store *s;
  ll_rows *rows;
  LL_TRY(ll_store_open(ctx, path, LL_STORE_CREATE, 1, &s));
  ll_status status = ll_store_query(s, "progress", NULL, 0, &rows);
  ll_rows_close(rows);
  ll_store_close(s);
  return status;
}
static ll_status lock(ll_ctx *ctx) {
  ll_lock *l;
  ll_status status = ll_lock_take(ctx, path, &l, NULL);
  ll_lock_release(l);
  return status;
}

static void name(const char *what, attempt *work) {
  ll_ctx *ctx;
  uint64_t nth = 0;
  bool named = true;
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  for (ll_status status = LL_ERR_MEMORY; status == LL_ERR_MEMORY && nth < 10000;) {
    ll_memory_fail_at(ctx, ++nth);
    status = work(ctx);
    ll_memory_fail_at(ctx, 0);
    if (status != LL_OK && (strncmp(ll_message(ctx), path, strlen(path)) != 0 || !strstr(ll_message(ctx), "asked for") ||
                            strstr(ll_message(ctx) + 1, path)))
      named = ok(false, "%s, allocation %d: %s", what, (int)nth, ll_message(ctx));
    ll_node_trim(ctx);
    ll_matrix_trim(ctx);
  }
  ok(named && nth > 1, "%s: the file is named once, %d allocations failing", what, (int)nth - 1);
  ll_ctx_close(ctx);
}

static void at(const char *file, const void *bytes, size_t size) {
  snprintf(path, sizeof path, "%s", data_file(file, bytes, size));
}

int main(void) {
  static const char csv[] = "label,a,b\n1,2,5\n0,4,6\n1,3,7\n", svm[] = "1 1:2 3:4\n-1 2:1\n", list[] = "user,item\na,x\nb,y\n",
                    pin[] = "SpecId\tLabel\tScanNr\ta\tPeptide\tProteins\nx\t1\t1\t2\tP\tQ\ny\t-1\t2\t3\tR\tS\n";
  at("a.csv", csv, sizeof csv - 1), name("csv", data), name("a table", table), unlink(path);
  at("a.svm", svm, sizeof svm - 1), name("svm", data), unlink(path);
  at("a.pin", pin, sizeof pin - 1), name("pin", data), unlink(path);
  at("pairs.csv", list, sizeof list - 1), name("pairs", pairs), unlink(path);
  at("m.bin", "", 0);
  ll_ctx *ctx;
  ll_matrix m;
  if (ll_ctx_open(&ctx) != LL_OK || ll_matrix_new(ctx, 3, 2, &m) != LL_OK || ll_matrix_write(ctx, &m, path) != LL_OK) exit(1);
  ll_matrix_release(ctx, &m);
  name("a matrix", matrix), unlink(path);
  at("s.db", "", 0), name("a store", store), name("a lock", lock), unlink(path);
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
