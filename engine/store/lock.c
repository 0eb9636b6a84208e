/* The hold of those who run a study on its file: a shared lock on the database file itself, so that every name of it, a link or a
 * path of another kind, meets the same one. Up to schema 5 it was exclusive: such a holder, and we, keep each other out. It is an
 * open file description's (F_OFD_SETLK): the system drops it however the process ends, a fork leaves it as it is, and SQLite's own
 * locks, which belong to the process, do not know of it. It begins far behind the bytes that SQLite locks (PENDING_BYTE, 1 GiB, and
 * 511 more) and any that a file has; its length says whose it was, when it was exclusive: the process id and one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/ctx.h"
#include "engine/store/store.h"

enum { RESERVED_BYTE = 0x40000001 }; /* of SQLite's: locked as long as a transaction that writes is under way */
static const off_t START = (off_t)1 << 62;

struct ll_lock {
  ll_ctx *ctx;
  int file;
  pid_t pid; /* of the process that took it */
  char path[];
};

/* ---- descriptors ----
 * To close any descriptor of a file drops the locks that SQLite holds on it for this process. While a store is open here, one that
 * is done with is kept until none is. */

enum { KEPT_MAX = 64 };
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int stores, kept[KEPT_MAX], kept_count;

static void close_file(int file) {
  pthread_mutex_lock(&guard);
  if (stores == 0) close(file);
  else if (kept_count < KEPT_MAX) kept[kept_count++] = file;
  pthread_mutex_unlock(&guard); /* past the last place it stays open: what was locked is not locked any more all the same */
}

void ll_store_counted(int change) {
  pthread_mutex_lock(&guard);
  stores += change;
  while (stores == 0 && kept_count) close(kept[--kept_count]);
  pthread_mutex_unlock(&guard);
}

/* ---- taking it ---- */

static bool set_lock(int file, short kind, off_t start, off_t length) {
  struct flock range = {.l_type = kind, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(file, F_OFD_SETLK, &range) == 0;
}

static int64_t owner_of(int file) {
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = START, .l_len = 1};
  if (fcntl(file, F_OFD_GETLK, &range) != 0 || range.l_type == F_UNLCK || range.l_start != START) return 0;
  return range.l_len - 1;
}

/* The file may have been moved between its opening and its locking; then the lock is of another file than the path's. */
static bool is_there(const ll_lock *lock) {
  struct stat mine, there;
  return fstat(lock->file, &mine) == 0 && stat(lock->path, &there) == 0 && mine.st_ino == there.st_ino &&
         mine.st_dev == there.st_dev;
}

static ll_status check_file(ll_ctx *ctx, const ll_lock *lock) {
  struct stat info;
  if (fstat(lock->file, &info) != 0) return ll_fail(ctx, LL_ERR_IO, "%s: %s", lock->path, strerror(errno));
  if (!S_ISREG(info.st_mode)) return ll_fail(ctx, LL_ERR_IO, "%s is not a regular file", lock->path);
  return ll_store_one_name(ctx, lock->path, &info);
}

/* Opens and locks the file. If another process holds the lock, *held is false and *owner [opt] is that process. The descriptor
 * stays open, but for an error. */
static ll_status try_once(ll_ctx *ctx, ll_lock *lock, bool *held, int64_t *owner) {
  *held = false;
  lock->file = open(lock->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (lock->file < 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be opened to be locked: %s", lock->path, strerror(errno));
  ll_status status = check_file(ctx, lock);
  if (status == LL_OK) {
    *held = set_lock(lock->file, F_RDLCK, START, (off_t)lock->pid + 1);
    if (!*held && errno != EAGAIN && errno != EACCES)
      status = ll_fail(ctx, LL_ERR_IO, "%s: cannot be locked: %s", lock->path, strerror(errno));
    else if (!*held && owner) *owner = owner_of(lock->file);
  }
  if (status != LL_OK) close_file(lock->file);
  return status;
}

ll_status ll_lock_take(ll_ctx *ctx, const char *path, ll_lock **out, int64_t *owner) {
  void *block;
  size_t n = strlen(path) + 1;
  bool held;
  *out = NULL;
  if (owner) *owner = 0;
  LL_TRY(ll_ctx_memory_for(ctx, ll_alloc(ctx, &block, sizeof(ll_lock) + n), path));
  ll_lock *lock = block;
  lock->ctx = ctx, lock->pid = getpid();
  memcpy(lock->path, path, n);
  ll_status status;
  for (;;) {
    LL_GOTO(done, try_once(ctx, lock, &held, owner));
    if (is_there(lock)) break;
    if (held) set_lock(lock->file, F_UNLCK, START, (off_t)lock->pid + 1);
    close_file(lock->file);
  }
  if (held) *out = lock;
  else close_file(lock->file);
done:
  if (!*out) ll_free(ctx, lock);
  return status;
}

void ll_lock_release(ll_lock *lock) {
  if (!lock) return;
  if (lock->pid == getpid()) {
    set_lock(lock->file, F_UNLCK, 0, 0); /* all of it; in a child that would unlock the parent's */
    close_file(lock->file);
  } else close(lock->file);
  ll_free(lock->ctx, lock);
}

/* ---- while it is held ---- */

ll_status ll_lock_check(const ll_lock *lock) {
  struct stat mine;
  char link[48], now[1024];
  if (is_there(lock)) return LL_OK;
  bool known = fstat(lock->file, &mine) == 0;
  if (known && mine.st_nlink == 0)
    return ll_fail(
        lock->ctx, LL_ERR_IO,
        "%s was removed or another file was put in its place while its study ran, which stops: what had been committed went "
        "with it",
        lock->path);
  snprintf(link, sizeof link, "/proc/self/fd/%d", lock->file);
  ssize_t n = readlink(link, now, sizeof now);
  bool where = n > 0 && n < (ssize_t)sizeof now && *now == '/';
  return ll_fail(lock->ctx, LL_ERR_IO,
                 "%s was moved while its study ran, which stops: what was committed is in the moved file%s%.*s", lock->path,
                 where ? ", " : "", where ? (int)n : 0, now);
}

bool ll_lock_hold_writers(ll_lock *lock, double seconds) {
  for (double waited = 0; !set_lock(lock->file, F_WRLCK, RESERVED_BYTE, 1); waited += 1e-3) {
    if (waited >= seconds || (errno != EAGAIN && errno != EACCES)) return false;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  return true;
}

void ll_lock_let_writers(ll_lock *lock) { set_lock(lock->file, F_UNLCK, RESERVED_BYTE, 1); }
