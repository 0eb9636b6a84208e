/* Loaded before a program (LD_PRELOAD): kills it in the midst of a write, the one of number KILL_AT among those to files whose name
 * begins with KILL_FILE: half of the bytes are written. KILL_ONCE [opt] is a file that is removed then: where it is gone, or was
 * never there, nothing is killed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef ssize_t write_at(int, const void *, size_t, off_t);

static ssize_t counted(int file, const void *bytes, size_t size, off_t at, const char *name) {
  static long count;
  char link[48], path[4096];
  const char *wanted = getenv("KILL_FILE"), *when = getenv("KILL_AT"), *once = getenv("KILL_ONCE");
  write_at *real = (write_at *)dlsym(RTLD_NEXT, name);
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n > 0) path[n] = 0;
  const char *base = n > 0 ? strrchr(path, '/') : NULL;
  if (base && wanted && when && strncmp(base + 1, wanted, strlen(wanted)) == 0 && ++count == atol(when) &&
      (!once || unlink(once) == 0)) {
    real(file, bytes, size / 2, at);
    raise(SIGKILL);
  }
  return real(file, bytes, size, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return counted(file, bytes, size, at, "pwrite"); }
ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at) { return counted(file, bytes, size, at, "pwrite64"); }
