/* Strikes a program at a chosen change of a database (LD_PRELOAD). Of the calls by which it changes the file SOAK_FILE, or a file
 * whose name begins so, each process counts its own; at the call number SOAK_AT it meets what SOAK_BLOW says:
 *   before   it is killed before the call
 *   torn     it is killed when half of the bytes are written
 *   parent   the program that was started is killed, and then, if it is another, the process itself
 *   room     this and the next SOAK_LONG calls that write find no room on the disk
 *   broken   this call, of any kind, fails as on a disk that is broken
 * An empty file SOAK_MARK is made when that comes; if it is there, it came to another process already, and it comes once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t leader, mine; /* mine: the process that it came to */
static long count, at, as_long;
static const char *kind = "", *file, *mark = "";

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("SOAK_AT"), *more = getenv("SOAK_LONG"), *blow = getenv("SOAK_BLOW");
  leader = getpid(), at = text ? atol(text) : 0, as_long = more ? atol(more) : 0;
  file = getenv("SOAK_FILE");
  if (getenv("SOAK_MARK")) mark = getenv("SOAK_MARK");
  if (blow) kind = blow;
}

static bool is_one(const char *path) { return file && at > 0 && strncmp(path, file, strlen(file)) == 0; }

static bool is_of(int descriptor) {
  char link[48], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t n = file ? readlink(link, path, sizeof path - 1) : 0;
  if (n <= 0) return false;
  path[n] = 0;
  return is_one(path);
}

/* What becomes of this call: 0, or an error of it; -1 if half of its bytes are to be written first. */
static int met(bool matters, bool writes) {
  if (!matters) return 0;
  count++;
  if (count < at || count > at + (strcmp(kind, "room") == 0 ? as_long : 0)) return 0;
  if (count == at) {
    int made = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    mine = made >= 0 ? getpid() : 0;
    if (made >= 0) close(made);
  }
  if (mine != getpid()) return 0;
  if (strcmp(kind, "room") == 0) return writes ? ENOSPC : 0;
  if (strcmp(kind, "broken") == 0) return EIO;
  if (strcmp(kind, "torn") == 0 && writes) return -1;
  if (strcmp(kind, "parent") == 0) kill(leader, SIGKILL);
  kill(getpid(), SIGKILL);
  return 0;
}

#define REAL(name)                                                                                                                 \
  static __typeof__(name) *real;                                                                                                   \
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

/* The call, unless it fails; half of it, and death. */
#define CALL(how, whole, half)                                                                                                     \
  int why = how;                                                                                                                   \
  if (why < 0) {                                                                                                                   \
    if (half) kill(getpid(), SIGKILL);                                                                                             \
    kill(getpid(), SIGKILL);                                                                                                       \
  }                                                                                                                                \
  if (why > 0) return errno = why, -1;                                                                                             \
  return whole

ssize_t pwrite(int descriptor, const void *bytes, size_t n, off_t offset) {
  REAL(pwrite);
  CALL(met(is_of(descriptor), true), real(descriptor, bytes, n, offset), real(descriptor, bytes, n / 2, offset));
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t n, off64_t offset) {
  REAL(pwrite64);
  CALL(met(is_of(descriptor), true), real(descriptor, bytes, n, offset), real(descriptor, bytes, n / 2, offset));
}
ssize_t write(int descriptor, const void *bytes, size_t n) {
  REAL(write);
  CALL(met(is_of(descriptor), true), real(descriptor, bytes, n), real(descriptor, bytes, n / 2));
}
int ftruncate(int descriptor, off_t size) {
  REAL(ftruncate);
  CALL(met(is_of(descriptor), false), real(descriptor, size), 0);
}
int ftruncate64(int descriptor, off64_t size) {
  REAL(ftruncate64);
  CALL(met(is_of(descriptor), false), real(descriptor, size), 0);
}
int fsync(int descriptor) {
  REAL(fsync);
  CALL(met(is_of(descriptor), false), real(descriptor), 0);
}
int fdatasync(int descriptor) {
  REAL(fdatasync);
  CALL(met(is_of(descriptor), false), real(descriptor), 0);
}
int unlink(const char *path) {
  REAL(unlink);
  CALL(met(is_one(path), false), real(path), 0);
}
