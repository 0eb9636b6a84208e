/* Who runs what. A runner, a process that runs a study, has a row with a heartbeat; its workers take trials in its name. Trials of
 * a runner that is gone are taken up by the others: at once where its process can be looked up, elsewhere when its heart stands
 * still for so long by the clock of who looks. No two clocks are ever compared, and none that can be set is read. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
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

/* Where process ids mean the same: the machine's start, and the space of process ids, which a container has of its own. */
static void boot_name(char out[128]) {
  char id[64] = "", space[48] = "";
  int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t n = file >= 0 ? read(file, id, sizeof id - 1) : 0, m = readlink("/proc/self/ns/pid", space, sizeof space - 1);
  if (file >= 0) close(file);
  id[n > 0 ? n : 0] = 0, space[m > 0 ? m : 0] = 0;
  id[strcspn(id, "\n")] = 0;
  snprintf(out, 128, "%s %s", id, space);
}

ll_status ll_store_join(ll_store *store, int64_t *runner) {
  unsigned char bytes[16];
  char token[33], host[256], boot[128];
  *runner = 0;
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    return ll_fail(store->ctx, LL_ERR_IO, "%s: the system gives no random bytes: %s", store->path, strerror(errno));
  for (size_t i = 0; i < sizeof bytes; i++) snprintf(token + 2 * i, 3, "%02x", bytes[i]);
  host_name(host), boot_name(boot);
  /* Drawn, and not the next that is free: who was given up and comes back would take the row of a later one for its own. */
  int64_t id;
  memcpy(&id, bytes, sizeof id);
  id = (int64_t)((uint64_t)id >> 11) | 1;
  ll_value values[] = {ll_value_integer(id),
                       ll_value_text(token, 32),
                       ll_value_text(host, strlen(host)),
                       ll_value_text(boot, strlen(boot)),
                       ll_value_integer(getpid()),
                       ll_value_integer(process_start(getpid()))};
  ll_store_change change;
  LL_TRY(ll_store_run(store, "insert_runner", values, 6, &change));
  *runner = change.id;
  return LL_OK;
}

ll_status ll_store_claim(ll_store *store, int64_t study, int64_t runner, size_t count, int64_t *trials, size_t *taken) {
  char host[256];
  host_name(host);
  ll_value values[] = {ll_value_integer(runner),          ll_value_integer(getpid()), ll_value_integer(process_start(getpid())),
                       ll_value_text(host, strlen(host)), ll_value_integer(study),    ll_value_integer((int64_t)count)};
  ll_rows *rows;
  bool more = true;
  *taken = 0;
  LL_TRY(ll_store_ready(store));
  /* One UPDATE is one transaction, if it is in none, and SQLite takes the write lock before it looks for pending ids. */
  LL_TRY(ll_store_query(store, "claim", values, 6, &rows));
  ll_status status;
  while ((status = ll_rows_next(rows, &more)) == LL_OK && more) /* to its end, which commits if it is a transaction of its own */
    if (*taken < count) trials[(*taken)++] = ll_rows_value(rows, 0).integer;
  if (status != LL_OK) *taken = 0;
  ll_rows_close(rows);
  for (size_t i = 1; i < *taken; i++) /* in no order that is promised */
    for (size_t j = i; j > 0 && trials[j] < trials[j - 1]; j--) {
      int64_t other = trials[j];
      trials[j] = trials[j - 1], trials[j - 1] = other;
    }
  return status;
}

/* Whether the process of the runner in the current row of `runners` is known to be gone. */
static bool is_gone(const ll_rows *rows, const char *boot) {
  enum { ID, TOKEN, HOST, BOOT, PROCESS, START };
  ll_value where = ll_rows_value(rows, BOOT), pid = ll_rows_value(rows, PROCESS), start = ll_rows_value(rows, START);
  if (where.kind != LL_VALUE_TEXT || where.size != strlen(boot) || memcmp(where.bytes, boot, where.size) != 0) return false;
  if (pid.kind != LL_VALUE_INTEGER || pid.integer <= 0 || pid.integer != (pid_t)pid.integer) return true;
  if (kill((pid_t)pid.integer, 0) != 0 && errno == ESRCH) return true;
  int64_t now = process_start((pid_t)pid.integer);
  /* A zombie; or there is no /proc, not even for this process, and the process id has to do. */
  if (now == 0) return process_start(getpid()) != 0;
  return start.kind == LL_VALUE_INTEGER && start.integer != 0 && start.integer != now;
}

/* Deletes what a trial left, and then does these further things with it. */
static ll_status bare(ll_store *store, int64_t trial, const char *const *further, size_t count) {
  static const char *const rows[] = {"delete_kept",    "delete_network", "delete_scores",
                                     "delete_metrics", "delete_learnt",  "delete_epochs"};
  ll_value value = ll_value_integer(trial);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) LL_TRY(ll_store_run(store, rows[i], &value, 1, NULL));
  for (size_t i = 0; i < count; i++) LL_TRY(ll_store_run(store, further[i], &value, 1, NULL));
  return LL_OK;
}

ll_status ll_store_reset(ll_store *store, int64_t trial) {
  static const char *const further[] = {"delete_checkpoint", "forget_choice", "reset"};
  return bare(store, trial, further, 3);
}

/* The ids that a query gives, in its first column; only those of runners that are gone if `boot` is given. */
static ll_status collect(ll_store *store, const char *query, const ll_value *values, size_t count, const char *boot, void **ids,
                         size_t *n) {
  ll_rows *rows = NULL;
  size_t room = 0;
  bool more;
  ll_status status;
  *ids = NULL, *n = 0;
  LL_GOTO(done, ll_store_query(store, query, values, count, &rows));
  for (;;) {
    LL_GOTO(done, ll_rows_next(rows, &more));
    if (!more) break;
    if (boot && !is_gone(rows, boot)) continue;
    if (*n == room) {
      size_t grown = room ? 2 * room : 16;
      LL_GOTO(done, ll_realloc(store->ctx, ids, room * sizeof(int64_t), grown * sizeof(int64_t)));
      room = grown;
    }
    ((int64_t *)*ids)[(*n)++] = ll_rows_value(rows, 0).integer;
  }
done:
  ll_rows_close(rows);
  return status;
}

ll_status ll_store_release(ll_store *store, int64_t dead, int64_t *released) {
  char boot[128];
  void *runners = NULL, *trials = NULL;
  size_t gone = 0, count = 0, all = 0;
  ll_status status;
  ll_value value = ll_value_integer(dead);
  boot_name(boot);
  if (released) *released = 0;
  LL_TRY(ll_store_check(store));
  bool own = !ll_store_in_transaction(store);
  if (own) LL_TRY(ll_store_begin(store));
  LL_GOTO(done, collect(store, "runners", NULL, 0, boot, &runners, &gone));
  for (size_t i = 0; i < gone; i++) {
    ll_value runner = ll_value_integer(((int64_t *)runners)[i]);
    LL_GOTO(done, ll_store_run(store, "delete_runner", &runner, 1, NULL));
  }
  if (dead) LL_GOTO(done, ll_store_run(store, "delete_runner", &value, 1, NULL));
  for (int running = 0; running <= 1; running++) {
    static const char *const forsake[] = {"forsake"};
    ll_value whose[] = {value, ll_value_integer(running)};
    ll_free(store->ctx, trials);
    LL_GOTO(done, collect(store, "orphans", whose, 2, NULL, &trials, &count));
    for (size_t i = 0; i < count; i++) {
      int64_t trial = ((int64_t *)trials)[i];
      ll_value id = ll_value_integer(trial);
      /* A running one of ours has left no rows but its checkpoint; one that another program wrote epoch by epoch may have. */
      if (running) LL_GOTO(done, bare(store, trial, forsake, 1));
      else LL_GOTO(done, ll_store_run(store, "forsake", &id, 1, NULL));
    }
    all += count;
  }
  if (dead) LL_GOTO(done, ll_store_run(store, "delete_idle_runners", NULL, 0, NULL));
  if (own) LL_GOTO(done, ll_store_commit(store));
  if (released) *released = (int64_t)all;
done:
  ll_free(store->ctx, runners);
  ll_free(store->ctx, trials);
  if (own) ll_store_rollback(store);
  return ll_ctx_memory_for(store->ctx, status, store->path);
}
