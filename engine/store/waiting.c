/* Waiting for a lock. A writer waits until the last reader has left the file, and no new one is let in meanwhile; a reader waits
 * for a commit. So both only take turns, and how long one waits is how long another stays: a minute, if it reads all scores.
 * SQLite's own handler soon looks every tenth of a second, which is far longer than a small trial: this one looks more often. */
#include <time.h>

#include "engine/store/store.h"

static double clock_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool ll_store_wait(ll_store *store, int tries) {
  double now = clock_now();
  if (tries == 0) store->waits_since = now;
  double left = store->timeout - (now - store->waits_since);
  if (left <= 0 || ll_store_must_stop()) return false;
  if (ll_store_has_moved(store)) return false;                          /* nobody gives back the lock of a file that is gone */
  double pause = 2e-4 * (double)(1 << (tries / 8 < 7 ? tries / 8 : 7)); /* 0.2 to 25 ms */
  if (pause > left) pause = left;
  nanosleep(&(struct timespec){.tv_nsec = (long)(pause * 1e9)}, NULL);
  return true;
}

int ll_store_on_busy(void *store, int tries) { return ll_store_wait(store, tries); }
