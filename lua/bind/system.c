/* What the system says: ll.system.cores(), .host(), .machine(), .cpu(), .clock(), .terminal(fd), and a lock that outlives
 * no process: ll.system.lock(path).
 *
 * The lock is the store's (engine/store/study.c: a flock on PATH-lock with the holder's process id as its text), but held
 * without a connection, because a process that forks workers must have none open. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lua/bind/bind.h"

#define LOCK "losslab.lock"

/* cores(): those this process may run on. */
static int system_cores(lua_State *L) {
  cpu_set_t set;
  int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  lua_pushinteger(L, n > 0 ? n : 1);
  return 1;
}

static int system_host(lua_State *L) {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0) strcpy(name, "unknown");
  lua_pushstring(L, name);
  return 1;
}

/* machine(): "Linux x86_64". */
static int system_machine(lua_State *L) {
  struct utsname name;
  if (uname(&name) != 0) return luaL_error(L, "uname: %s", strerror(errno));
  lua_pushfstring(L, "%s %s", name.sysname, name.machine);
  return 1;
}

/* cpu(): the model as /proc/cpuinfo names it, or nil. */
static int system_cpu(lua_State *L) {
  FILE *file = fopen("/proc/cpuinfo", "re");
  if (!file) return 0;
  char line[512];
  int found = 0;
  while (!found && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !value) continue;
    value += strspn(value, ": \t");
    value[strcspn(value, "\n")] = '\0';
    lua_pushstring(L, value);
    found = 1;
  }
  fclose(file);
  return found;
}

/* clock(): seconds since some moment in the past; never goes back. */
static int system_clock(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
  return 1;
}

/* terminal([fd = 2]): how many columns wide it is, or nil if it is no terminal. */
static int system_terminal(lua_State *L) {
  int fd = (int)luaL_optinteger(L, 1, 2);
  if (!isatty(fd)) return 0;
  struct winsize size;
  lua_pushinteger(L, ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80);
  return 1;
}

static int system_pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* ---- the lock ---- */

typedef struct lock {
  int file; /* -1: not held */
  pid_t owner;
  char path[];
} lock;

/* lock:close(): gives it up; in a child of the holder it only lets go of the child's copy. */
static int lock_close(lua_State *L) {
  lock *k = luaL_checkudata(L, 1, LOCK);
  if (k->file < 0) return 0;
  if (k->owner == getpid()) unlink(k->path); /* while it is still held */
  close(k->file);                            /* not LOCK_UN, which in a child would unlock the parent's */
  k->file = -1;
  return 0;
}

/* lock(path): the lock, or nil and the process id of the holder (0: not known). The last holder removes the file as it
 * leaves, so the file that was locked must still be the one that is there. */
static int system_lock(lua_State *L) {
  size_t n;
  const char *path = luaL_checklstring(L, 1, &n);
  lock *k = lua_newuserdatauv(L, sizeof *k + n + 1, 0);
  *k = (lock){.file = -1, .owner = getpid()};
  memcpy(k->path, path, n + 1);
  luaL_setmetatable(L, LOCK);
  for (;;) {
    struct stat mine, there;
    k->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (k->file < 0) return luaL_error(L, "%s: cannot be made: %s", path, strerror(errno));
    if (flock(k->file, LOCK_EX | LOCK_NB) != 0) {
      int why = errno;
      char text[32] = "";
      ssize_t got = pread(k->file, text, sizeof text - 1, 0);
      close(k->file), k->file = -1;
      if (why != EWOULDBLOCK) return luaL_error(L, "%s: cannot be locked: %s", path, strerror(why));
      lua_pushnil(L);
      lua_pushinteger(L, got > 0 ? strtoll(text, NULL, 10) : 0);
      return 2;
    }
    if (fstat(k->file, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) break;
    close(k->file), k->file = -1;
  }
  char text[32];
  int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(k->file, 0) != 0 || pwrite(k->file, text, (size_t)length, 0) != length)
    return luaL_error(L, "%s: cannot be written: %s", path, strerror(errno));
  return 1;
}

int bind_open_system(lua_State *L) {
  static const luaL_Reg functions[] = {{"cores", system_cores}, {"host", system_host},   {"machine", system_machine},
                                       {"cpu", system_cpu},     {"clock", system_clock}, {"terminal", system_terminal},
                                       {"pid", system_pid},     {"lock", system_lock},   {NULL, NULL}};
  static const luaL_Reg methods[] = {{"close", lock_close}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", lock_close}, {"__close", lock_close}, {NULL, NULL}};
  bind_class(L, LOCK, methods, metamethods);
  luaL_newlib(L, functions);
  return 1;
}
