/* Another machine, as far as a program can see (LD_PRELOAD): SOAK_HOST is its name and its start, so that process ids of other
 * hosts mean nothing to it; its clock of the day, if SOAK_CLOCK is a number, is years away and jumps forward and back again and
 * again. The clock that only runs forward is left as it is, as that of a machine whose date is set is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static uint64_t drawn;

static uint64_t draw(void) { /* splitmix64 */
  uint64_t z = drawn += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* Seconds that the clock is off now: from the day 0 of 1970 to the year 2100. One look in four finds another date. */
static time_t off(time_t now) {
  static time_t shift;
  static pid_t whose;
  const char *seed = getenv("SOAK_CLOCK");
  if (!seed || !*seed) return 0;
  if (whose != getpid()) drawn = strtoull(seed, NULL, 10) * 1000003 + (uint64_t)(whose = getpid());
  if (!shift || draw() % 4 == 0) shift = (time_t)(draw() % 4102444800u) - now;
  return shift;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(clock, out);
  if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec += off(out->tv_sec);
  return code;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int gethostname(char *name, size_t size) {
  const char *host = getenv("SOAK_HOST");
  strncpy(name, host ? host : "here", size);
  return 0;
}

static int open_there(const char *path, int flags, mode_t mode) {
  static int (*real)(const char *, int, ...);
  const char *host = getenv("SOAK_HOST");
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "open64");
  if (!host || strcmp(path, "/proc/sys/kernel/random/boot_id") != 0) return real(path, flags, mode);
  int file = memfd_create("boot_id", MFD_CLOEXEC);
  if (file >= 0 && (write(file, host, strlen(host)) < 0 || lseek(file, 0, SEEK_SET) != 0)) abort();
  return file;
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_there(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_there(path, flags, mode);
}
