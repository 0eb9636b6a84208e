/* Which process this is, without asking the system for every row that is read: a child forgets what its parent knew. */
#include <pthread.h>
#include <unistd.h>

#include "engine/store/store.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Atomic pid_t known; /* 0: not known */
static bool told;           /* forget is called in every child */

static void forget(void) { known = 0; }
static void register_forget(void) { told = pthread_atfork(NULL, NULL, forget) == 0; }

pid_t ll_store_process(void) {
  pid_t now = known;
  if (now) return now;
  pthread_once(&once, register_forget);
  now = getpid();
  if (told) known = now;
  return now;
}
