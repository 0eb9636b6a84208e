/* The study's lock: a flock, which the system drops however the process ends, on a file beside the database whose text is the
 * holder's process id. It needs no connection to the database, since a process that forks workers must have none open. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ctx.h"
#include "losslab/store.h"

struct ll_lock {
  ll_ctx *ctx;
  int file;
  pid_t pid;   /* of the process that took it */
  char path[]; /* of the file that is locked */
};

/* Opens and locks the file. If another process holds the lock, the file is closed again, *held is false and *owner [opt] is that
 * process. */
static ll_status try_once(ll_ctx *ctx, ll_lock *lock, bool *held, int64_t *owner) {
  *held = false;
  lock->file = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock->file < 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be made: %s", lock->path, strerror(errno));
  if (flock(lock->file, LOCK_EX | LOCK_NB) == 0) {
    *held = true;
    return LL_OK;
  }
  int why = errno;
  char text[32] = "";
  if (owner && pread(lock->file, text, sizeof text - 1, 0) > 0) *owner = strtoll(text, NULL, 10);
  close(lock->file);
  return why == EWOULDBLOCK ? LL_OK : ll_fail(ctx, LL_ERR_IO, "%s: cannot be locked: %s", lock->path, strerror(why));
}

/* A holder removes the file when it is done, so the file that was opened and locked may no longer be the one at the path: then the
 * lock is worth nothing. */
static bool is_there(const ll_lock *lock) {
  struct stat mine, there;
  return fstat(lock->file, &mine) == 0 && stat(lock->path, &there) == 0 && mine.st_ino == there.st_ino &&
         mine.st_dev == there.st_dev;
}

static ll_status write_owner(ll_ctx *ctx, const ll_lock *lock) {
  char text[32];
  int length = snprintf(text, sizeof text, "%ld\n", (long)lock->pid);
  if (ftruncate(lock->file, 0) == 0 && pwrite(lock->file, text, (size_t)length, 0) == length) return LL_OK;
  return ll_fail(ctx, LL_ERR_IO, "%s: cannot be written: %s", lock->path, strerror(errno));
}

ll_status ll_lock_take(ll_ctx *ctx, const char *path, ll_lock **out, int64_t *owner) {
  void *block;
  size_t n = strlen(path);
  bool held;
  *out = NULL;
  if (owner) *owner = 0;
  LL_TRY(ll_ctx_memory_for(ctx, ll_alloc(ctx, &block, sizeof(ll_lock) + n + sizeof "-lock"), path));
  ll_lock *lock = block;
  lock->ctx = ctx, lock->pid = getpid();
  memcpy(lock->path, path, n), memcpy(lock->path + n, "-lock", sizeof "-lock");
  ll_status status;
  for (;;) {
    status = try_once(ctx, lock, &held, owner);
    if (!held || is_there(lock)) break;
    close(lock->file);
  }
  if (held) status = write_owner(ctx, lock);
  if (held && status == LL_OK) {
    *out = lock;
    return LL_OK;
  }
  if (held) close(lock->file);
  ll_free(ctx, lock);
  return status;
}

void ll_lock_release(ll_lock *lock) {
  if (!lock) return;
  if (lock->pid == getpid()) unlink(lock->path); /* while it is still held */
  close(lock->file);                             /* not LOCK_UN: in a child that would unlock the parent's */
  ll_free(lock->ctx, lock);
}
