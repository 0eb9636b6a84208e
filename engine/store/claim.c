/* Who runs what: claiming a trial, taking back the trials of workers that are gone. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/store.h"

/* When process pid began, in clock ticks since boot; 0 if there is no such process or it is a zombie. */
static int64_t process_start(pid_t pid) {
  char path[48], text[1024], state;
  long long ticks = 0;
  snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t n = read(file, text, sizeof text - 1);
  close(file);
  if (n <= 0) return 0;
  text[n] = 0;
  /* proc(5): field 2 is the name in parentheses and may hold any character; 3 is the state, 22 the start. */
  const char *after = strrchr(text, ')');
  if (!after ||
      sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld", &state, &ticks) != 2)
    return 0;
  return state == 'Z' || state == 'X' ? 0 : ticks;
}

static void host_name(char name[256]) {
  if (gethostname(name, 255) != 0) memcpy(name, "unknown", sizeof "unknown");
  name[255] = 0;
}

ll_status ll_store_claim(ll_store *store, int64_t *trial) {
  char host[256];
  host_name(host);
  ll_value values[] = {ll_value_integer(getpid()), ll_value_integer(process_start(getpid())), ll_value_text(host, strlen(host))};
  ll_rows *rows;
  bool more;
  *trial = 0;
  LL_TRY(ll_store_ready(store));
  /* One UPDATE is one transaction, if it is in none, and SQLite takes the write lock before it looks for the lowest pending id. */
  LL_TRY(ll_store_query(store, "claim", values, 3, &rows));
  ll_status status = ll_rows_next(rows, &more);
  if (status == LL_OK && more) {
    *trial = ll_rows_value(rows, 0).integer;
    status = ll_rows_next(rows, &more); /* to its end, which commits if it is a transaction of its own */
    if (status != LL_OK) *trial = 0;
  }
  ll_rows_close(rows);
  return status;
}

/* Whether the process that ran the trial in the current row of `running` is gone. One on another host cannot be looked up: it
 * counts as alive. */
static bool abandoned(const ll_rows *rows, const char *host) {
  enum { TRIAL, WORKER, WORKER_START, HOST };
  ll_value pid = ll_rows_value(rows, WORKER), start = ll_rows_value(rows, WORKER_START), where = ll_rows_value(rows, HOST);
  if (where.kind != LL_VALUE_TEXT || where.size != strlen(host) || memcmp(where.bytes, host, where.size) != 0) return false;
  if (pid.kind != LL_VALUE_INTEGER || pid.integer <= 0 || pid.integer != (pid_t)pid.integer) return true;
  if (kill((pid_t)pid.integer, 0) != 0 && errno == ESRCH) return true;
  int64_t now = process_start((pid_t)pid.integer);
  /* A zombie; or there is no /proc, not even for this process, and the process id has to do. */
  if (now == 0) return process_start(getpid()) != 0;
  return start.kind == LL_VALUE_INTEGER && start.integer != 0 && start.integer != now;
}

static ll_status reset_trial(ll_store *store, int64_t trial) {
  static const char *const steps[] = {"delete_kept",   "delete_network", "delete_scores", "delete_metrics",
                                      "delete_learnt", "delete_epochs",  "reset"};
  ll_value value = ll_value_integer(trial);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) LL_TRY(ll_store_run(store, steps[i], &value, 1, NULL));
  return LL_OK;
}

ll_status ll_store_release(ll_store *store, bool all, int64_t *released) {
  char host[256];
  void *ids = NULL;
  size_t count = 0, room = 0;
  ll_rows *rows = NULL;
  ll_status status;
  bool more;
  host_name(host);
  if (released) *released = 0;
  LL_TRY(ll_store_check(store));
  bool own = !ll_store_in_transaction(store);
  if (own) LL_TRY(ll_store_begin(store));
  LL_GOTO(done, ll_store_query(store, "running", NULL, 0, &rows));
  for (;;) {
    LL_GOTO(done, ll_rows_next(rows, &more));
    if (!more) break;
    if (!all && !abandoned(rows, host)) continue;
    if (count == room) {
      size_t grown = room ? 2 * room : 16;
      LL_GOTO(done, ll_realloc(store->ctx, &ids, room * sizeof(int64_t), grown * sizeof(int64_t)));
      room = grown;
    }
    ((int64_t *)ids)[count++] = ll_rows_value(rows, 0).integer;
  }
  for (size_t i = 0; i < count; i++) LL_GOTO(done, reset_trial(store, ((int64_t *)ids)[i]));
  if (own) LL_GOTO(done, ll_store_commit(store));
  if (released) *released = (int64_t)count;
done:
  ll_rows_close(rows);
  ll_free(store->ctx, ids);
  if (own) ll_store_rollback(store);
  return ll_ctx_memory_for(store->ctx, status, store->path);
}
