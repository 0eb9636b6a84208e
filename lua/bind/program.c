/* The losslab program: a Lua state with the core linked in, and the Lua half found beside the program: ../lua in a source
 * tree, ../share/lua/5.4 where it is installed. Modules come from there and from the places that Lua was built with (cjson, lfs),
 * never from the folder in which the program is started, nor from where LUA_PATH and LUA_CPATH point: `losslab show` in a folder of
 * somebody else's must run nothing that lies there. What a user's script or the prompt requires beyond is looked for beside it,
 * last (lua/losslab/cli/beside.lua). Everything a user sees (commands, prompt) is lua/losslab/cli/main.lua; what it needs of the
 * system beyond Lua's own libraries is the module losslab.program: the functions here and in prompt.c. */
#define _GNU_SOURCE
#include "lua/bind/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lualib.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/bind/heap.h"

#ifdef LL_DOUBLE
#define CORE "losslab.core_double"
int luaopen_losslab_core_double(lua_State *L);
#define OPEN luaopen_losslab_core_double
#else
#define CORE "losslab.core"
int luaopen_losslab_core(lua_State *L);
#define OPEN luaopen_losslab_core
#endif

/* ---- where the program stands --------------------------------------------------------------------------------------- */

/* The program's own folder into path[]; false if the system will not say. */
static bool own_folder(char path[PATH_MAX]) {
  ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (n <= 0) return false;
  path[n] = '\0';
  char *slash = strrchr(path, '/');
  if (slash) *slash = '\0';
  return slash != NULL;
}

/* Pushes package[field] as Lua was built with it, without the places that depend on the folder we are in. */
static void push_fixed_places(lua_State *L, const char *field) {
  luaL_Buffer kept;
  lua_getglobal(L, "package");
  lua_getfield(L, -1, field);
  lua_remove(L, -2);
  const char *place = luaL_checkstring(L, -1);
  luaL_buffinit(L, &kept);
  while (*place) {
    size_t n = strcspn(place, ";");
    if (*place == '/') {
      if (luaL_bufflen(&kept)) luaL_addchar(&kept, ';');
      luaL_addlstring(&kept, place, n);
    }
    place += n + (place[n] == ';');
  }
  luaL_pushresult(&kept);
  lua_remove(L, -2);
}

/* Where the Lua half is, as the beginning of package.path; "" where it is not beside the program. */
static void push_own_places(lua_State *L) {
  char folder[PATH_MAX], candidate[2 * PATH_MAX];
  static const char *const places[] = {"../lua", "../share/lua/5.4"};
  for (size_t i = 0; own_folder(folder) && i < sizeof places / sizeof *places; i++) {
    snprintf(candidate, sizeof candidate, "%s/%s/losslab/init.lua", folder, places[i]);
    if (access(candidate, R_OK) != 0) continue;
    lua_pushfstring(L, "%s/%s/?.lua;%s/%s/?/init.lua;", folder, places[i], folder, places[i]);
    return;
  }
  lua_pushliteral(L, "");
}

/* Lua's libraries, with package.path and package.cpath set: nothing of the environment or of the folder we are in. */
static void open_libraries(lua_State *L) {
  lua_pushboolean(L, true);
  lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV"); /* as lua -E does */
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  push_own_places(L);
  push_fixed_places(L, "path");
  lua_concat(L, 2);
  lua_setfield(L, -2, "path");
  push_fixed_places(L, "cpath");
  lua_setfield(L, -2, "cpath");
  lua_pop(L, 1);
}

/* ---- interrupts: Ctrl-C raises in the running Lua code; a second one, before that happened, ends the program ------------- */

static lua_State *guarded; /* for the signal handler, which gets no argument of ours */
static volatile sig_atomic_t interrupted, to_be_raised;

/* For what runs long in C: whether it has to come back, so that the interrupt can be raised. */
static bool is_awaited(void) { return to_be_raised != 0; }

static void raise_interrupt(lua_State *L, lua_Debug *at) {
  (void)at;
  to_be_raised = 0;
  lua_sethook(L, NULL, 0, 0);
  lua_pushliteral(L, "interrupted");
  lua_error(L);
}

static void on_interrupt(int number) {
  signal(number, SIG_DFL);
  interrupted = 1;
  to_be_raised = guarded != NULL;
  if (guarded) lua_sethook(guarded, raise_interrupt, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void program_catch_interrupts(void) {
  struct sigaction action = {.sa_handler = on_interrupt}; /* no SA_RESTART: a blocked read or wait comes back */
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

bool program_was_interrupted(void) {
  bool was = interrupted != 0;
  interrupted = 0;
  return was;
}

/* guard(f, handler, …): xpcall(f, handler, …) that an interrupt ends with the message "interrupted". */
static int program_guard(lua_State *L) {
  luaL_checkany(L, 2);
  lua_State *outer = guarded;
  lua_pushvalue(L, 1);
  lua_remove(L, 1);
  lua_insert(L, 2); /* handler, f, … */
  guarded = L;
  program_catch_interrupts();
  int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1);
  if (!outer) signal(SIGINT, SIG_DFL);
  to_be_raised = 0;
  lua_sethook(L, NULL, 0, 0); /* an interrupt that came too late to be raised */
  guarded = outer;
  lua_pushboolean(L, status == LUA_OK);
  lua_replace(L, 1);
  return lua_gettop(L);
}

/* interrupted(): whether an interrupt has come since the last call. */
static int program_interrupted(lua_State *L) {
  lua_pushboolean(L, program_was_interrupted());
  return 1;
}

/* ---- the rest -----------------------------------------------------------------------------------------------------------------
 */

/* exec(path, {arguments…}): becomes another program; returns only if that fails: nil and why. */
static int program_exec(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  char **argv = lua_newuserdatauv(L, (n + 2) * sizeof *argv, 0);
  argv[0] = (char *)(uintptr_t)path;
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    argv[i + 1] = (char *)(uintptr_t)luaL_checkstring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
  }
  argv[n + 1] = NULL;
  fflush(NULL);
  execv(path, argv);
  return luaL_fileresult(L, 0, path);
}

/* terminal(file): whether standard input (0), output (1) or error (2) is a terminal, and its width in columns. */
static int program_terminal(lua_State *L) {
  int file = (int)luaL_checkinteger(L, 1);
  struct winsize size = {0};
  bool is = isatty(file);
  lua_pushboolean(L, is);
  lua_pushinteger(L, is && ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80);
  return 2;
}

/* ---- the prompt's history: a file that several prompts add to --------------------------------------------------------------- */

/* The file, held alone; -1 where it cannot be opened, or is no regular file: a pipe's reader the prompt would wait for. */
static int open_held(const char *path, int flags) {
  struct stat about;
  int file = open(path, flags | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
  if (file < 0) return -1;
  if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    close(file);
    errno = EINVAL;
    return -1;
  }
  flock(file, LOCK_EX); /* where there are no locks, lines that are added whole do */
  return file;
}

/* append(path, text): adds to a file that nobody else may read, made if it is not there. True, or nil and why. */
static int program_append(lua_State *L) {
  size_t n;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &n);
  int file = open_held(path, O_WRONLY);
  if (file < 0) return luaL_fileresult(L, 0, path);
  bool written = write(file, text, n) == (ssize_t)n;
  int why = errno;
  close(file);
  errno = why;
  return luaL_fileresult(L, written, path);
}

/* shrink(path, bytes): where the file is larger, leaves the last half of so many bytes, from the beginning of a line on. A line
 * that begins with a tab goes on with the one before. True, or nil and why. */
static int program_shrink(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  lua_Integer most = luaL_checkinteger(L, 2);
  struct stat about;
  if (stat(path, &about) != 0 || about.st_size <= most) return luaL_fileresult(L, 1, path);
  size_t n = (size_t)most / 2, kept = 0;
  char *text = lua_newuserdatauv(L, n + 1, 0);
  int file = open_held(path, O_RDWR);
  if (file < 0) return luaL_fileresult(L, 0, path);
  bool fine = fstat(file, &about) == 0;
  if (fine && about.st_size > most) { /* not another prompt's work already */
    fine = pread(file, text, n, about.st_size - (off_t)n) == (ssize_t)n;
    while (kept < n && !(text[kept] == '\n' && kept + 1 < n && text[kept + 1] != '\t')) kept++;
    kept += kept < n;
    fine = fine && ftruncate(file, 0) == 0 && write(file, text + kept, n - kept) == (ssize_t)(n - kept);
  }
  int why = errno;
  close(file);
  errno = why;
  return luaL_fileresult(L, fine, path);
}

static int program_open(lua_State *L) {
  static const bind_function functions[] = {{"guard", program_guard, BIND_MANY}, {"interrupted", program_interrupted, 0},
                                            {"exec", program_exec, 2},           {"terminal", program_terminal, 1},
                                            {"append", program_append, 2},       {"shrink", program_shrink, 2},
                                            {"editor", prompt_editor, 1},        {NULL, NULL, 0}};
  char folder[PATH_MAX];
  bind_module(L, functions);
  if (own_folder(folder)) lua_pushstring(L, folder), lua_setfield(L, -2, "folder");
  return 1;
}

static int traceback(lua_State *L) {
  const char *text = lua_tostring(L, 1);
  if (!text) text = luaL_tolstring(L, 1, NULL);
  luaL_traceback(L, L, text, 1);
  return 1;
}

static int run(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  open_libraries(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, OPEN);
  lua_setfield(L, -2, CORE);
  lua_pushcfunction(L, program_open);
  lua_setfield(L, -2, "losslab.program");
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) lua_pushstring(L, argv[i]), lua_rawseti(L, -2, i);
  lua_setglobal(L, "arg");
  lua_getglobal(L, "require");
  lua_pushstring(L, "losslab.cli.main");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_getglobal(L, "arg");
  lua_call(L, 1, 1);
  return 1;
}

/* Blocks of a megabyte and more are given back when they are freed. Left to itself malloc takes that only for larger and larger
 * ones, and then keeps those of the parts and rows of a large set that come and go. */
static void give_back_large(void) {
#ifdef M_MMAP_THRESHOLD
  (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
  (void)mallopt(M_TRIM_THRESHOLD, 64 << 20); /* as it would be by then: small blocks stay */
#endif
}

int main(int argc, char **argv) {
  give_back_large();
#ifdef LL_DOUBLE
  setenv("LOSSLAB_PRECISION", "double", 1);
#else
  unsetenv("LOSSLAB_PRECISION"); /* this program has the float core linked in: --double starts the other */
#endif
  ll_store_stop_if(is_awaited);
  bind_heap heap = {0};
  if (ll_ctx_open(&heap.ctx) != LL_OK) {
    bind_complain("", ll_message(NULL));
    return 1;
  }
  ll_stop_if(heap.ctx, is_awaited);
  const char *threads = getenv("LOSSLAB_THREADS");
  if (!threads || !*threads) ll_threads(bind_cores()); /* whoever works by hand waits for what comes out */
  signal(SIGPIPE, SIG_DFL);                            /* `losslab losses | head` ends quietly, whatever we were started from */
  signal(SIGXFSZ, SIG_IGN); /* a file that grows beyond its limit is an error that is said, as a full disk */
  lua_State *L = luaL_newstate();
  if (!L) {
    bind_complain("", "out of memory");
    return 1;
  }
  bind_heap_count(L, &heap);
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, run);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int code = 1;
  if (lua_pcall(L, 2, 1, 1) != LUA_OK) bind_complain("", lua_tostring(L, -1));
  else code = (int)luaL_optinteger(L, -1, 0);
  if ((fflush(stdout) != 0 || ferror(stdout)) && code == 0) {
    bind_complain("cannot write the results: ", strerror(errno));
    code = 1;
  }
  lua_close(L);
  ll_ctx_close(heap.ctx); /* where no state has taken it */
  return code;
}
