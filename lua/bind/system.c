/* What the system says: ll.system.cores(), .machine(), .cpu(), .libc(), .features(), .clock(), .terminal(fd), .home(); and files:
 * ll.system.write(path, content), ll.system.writer(path) (writer.c). */
#define _GNU_SOURCE
#include <errno.h>
#include <gnu/libc-version.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lua/bind/writer.h"

/* cores(): those this process may run on. */
static int system_cores(lua_State *L) {
  cpu_set_t set;
  int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  lua_pushinteger(L, n > 0 ? n : 1);
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

/* libc(): "glibc 2.36, fma": the C library, and which variant of its exp, log and the like this processor gets. */
static int system_libc(lua_State *L) {
  const char *variant = "";
#ifdef __x86_64__
  __builtin_cpu_init();
  variant = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2") ? ", fma" : ", no fma";
#endif
  lua_pushfstring(L, "glibc %s%s", gnu_get_libc_version(), variant);
  return 1;
}

/* features(): what the processor and system have of what kernels and libraries choose by, "sse4.2 avx avx2 fma …"; "" where that
 * is not known. */
static int system_features(lua_State *L) {
  lua_pushliteral(L, "");
#ifdef __x86_64__
#define FEATURE(name) {name, __builtin_cpu_supports(name) != 0}
  __builtin_cpu_init();
  const struct {
    const char *name;
    bool has;
  } all[] = {FEATURE("sse3"),      FEATURE("ssse3"),      FEATURE("sse4.1"),     FEATURE("sse4.2"),      FEATURE("popcnt"),
             FEATURE("avx"),       FEATURE("avx2"),       FEATURE("fma"),        FEATURE("fma4"),        FEATURE("bmi"),
             FEATURE("bmi2"),      FEATURE("avx512f"),    FEATURE("avx512dq"),   FEATURE("avx512cd"),    FEATURE("avx512bw"),
             FEATURE("avx512vl"),  FEATURE("avx512ifma"), FEATURE("avx512vbmi"), FEATURE("avx512vbmi2"), FEATURE("avx512vnni"),
             FEATURE("avx512bf16")};
#undef FEATURE
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (!all[i].has) continue;
    lua_pushfstring(L, *lua_tostring(L, -1) ? "%s %s" : "%s%s", lua_tostring(L, -1), all[i].name);
    lua_remove(L, -2);
  }
#endif
  return 1;
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

/* home(): the user's folder, by HOME or as the system knows it; nil if neither names one. */
static int system_home(lua_State *L) {
  const char *home = getenv("HOME");
  if (!home || *home != '/') {
    struct passwd *user = getpwuid(getuid());
    home = user ? user->pw_dir : NULL;
  }
  if (!home || *home != '/') return 0;
  lua_pushstring(L, home);
  return 1;
}

int bind_open_system(lua_State *L) {
  static const bind_function functions[] = {{"cores", system_cores, 0},
                                            {"machine", system_machine, 0},
                                            {"cpu", system_cpu, 0},
                                            {"clock", system_clock, 0},
                                            {"terminal", system_terminal, 1},
                                            {"write", writer_write, 2},
                                            {"writer", writer_new, 2},
                                            {"home", system_home, 0},
                                            {"libc", system_libc, 0},
                                            {"features", system_features, 0},
                                            {NULL, NULL, 0}};
  writer_open(L);
  bind_module(L, functions);
  return 1;
}
