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

size_t bind_cores(void) {
  cpu_set_t set;
  int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (size_t)n : 1;
}

/** ll.system.cores() -> integer
 * How many cores this process may run on: so many workers a study has, and so many threads the program.
 * See: ll.threads
 * Example:
 *   ll.system.cores() >= 1   --> true
 */
static int system_cores(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)bind_cores());
  return 1;
}

/** ll.system.machine() -> string
 * The system and the kind of machine.
 * Example:
 *   ll.system.machine()   --> Linux …
 */
static int system_machine(lua_State *L) {
  struct utsname name;
  if (uname(&name) != 0) return luaL_error(L, "uname: %s", strerror(errno));
  lua_pushfstring(L, "%s %s", name.sysname, name.machine);
  return 1;
}

/** ll.system.cpu() -> string, or nothing
 * The model of the processor, as the system names it.
 * Example:
 *   type(ll.system.cpu() or "")   --> string
 */
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

/** ll.system.libc() -> string
 * The C library, and which variant of its exp, log and the like this processor gets.
 * Example:
 *   ll.system.libc()   --> glibc …
 */
static int system_libc(lua_State *L) {
  const char *variant = "";
#ifdef __x86_64__
  __builtin_cpu_init();
  variant = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2") ? ", fma" : ", no fma";
#endif
  lua_pushfstring(L, "glibc %s%s", gnu_get_libc_version(), variant);
  return 1;
}

/** ll.system.features() -> string
 * What the processor has of what kernels and libraries choose by: "sse4.2 avx avx2 fma …".
 * "" where that is not known.
 * Example:
 *   type(ll.system.features())   --> string
 */
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

/** ll.system.clock() -> number
 * Seconds since some moment in the past, for measuring; it never goes back.
 * Example:
 *   local begin = ll.system.clock()
 *   ll.system.clock() >= begin   --> true
 */
static int system_clock(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
  return 1;
}

/** ll.system.terminal([fd]) -> columns, lines, pixels across, pixels down; or nothing
 * How many columns wide a terminal is, and how many lines it has; pixels where it tells them, else 0. Nothing if it is none.
 *   fd   a descriptor: 1 is standard output, 2 standard error (2)
 * Example:
 *   type(ll.system.terminal(1) or 80)   --> number
 */
static int system_terminal(lua_State *L) {
  int fd = (int)luaL_optinteger(L, 1, 2);
  if (!isatty(fd)) return 0;
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) memset(&size, 0, sizeof size);
  lua_pushinteger(L, size.ws_col > 0 ? size.ws_col : 80);
  lua_pushinteger(L, size.ws_row > 0 ? size.ws_row : 24);
  lua_pushinteger(L, size.ws_xpixel);
  lua_pushinteger(L, size.ws_ypixel);
  return 4;
}

/** ll.system.home() -> string, or nothing
 * The user's folder, by HOME or as the system knows it.
 * Example:
 *   type(ll.system.home() or "/")   --> string
 */
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

/** ll.system
 * What the system says of the machine, and files that are written whole or not at all.
 * The machine's functions are for losslab's own use, for a database names what computed it; write and writer are for scripts.
 * See: ll.system.write, ll.system.writer, ll.system.cores
 * Example:
 *   ll.system.write("a.txt", "one")
 *   ll.system.cores() >= 1   --> true
 */
int bind_open_system(lua_State *L) {
  static const bind_function functions[] = {
      {"cores", system_cores, 0}, {"machine", system_machine, 0},   {"cpu", system_cpu, 0},
      {"clock", system_clock, 0}, {"terminal", system_terminal, 1}, {"write", writer_write, 2},
      {"writer", writer_new, 2},  {"key", bind_system_key, 1},      {"home", system_home, 0},
      {"libc", system_libc, 0},   {"features", system_features, 0}, {NULL, NULL, 0}};
  writer_open(L);
  bind_module(L, functions);
  return 1;
}
