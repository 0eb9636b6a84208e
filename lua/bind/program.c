/* The losslab program: a Lua state with the core linked in, and the Lua half found beside the program: ../lua in a source
 * tree, ../share/lua/5.4 where it is installed. Everything a user sees (commands, prompt) is lua/losslab/cli.lua. */
#include <libgen.h>
#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lua/bind/bind.h"

#ifdef LL_DOUBLE
#define CORE "losslab.core_double"
int luaopen_losslab_core_double(lua_State *L);
#define OPEN luaopen_losslab_core_double
#else
#define CORE "losslab.core"
int luaopen_losslab_core(lua_State *L);
#define OPEN luaopen_losslab_core
#endif

/* The program's own folder into path[]; false if the system will not say. */
static bool own_folder(char path[PATH_MAX]) {
  ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (n <= 0) return false;
  path[n] = '\0';
  char *slash = strrchr(path, '/');
  if (slash) *slash = '\0';
  return slash != NULL;
}

static void find_lua(lua_State *L) {
  char folder[PATH_MAX], candidate[2 * PATH_MAX];
  if (!own_folder(folder)) return;
  static const char *const places[] = {"../lua", "../share/lua/5.4"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    snprintf(candidate, sizeof candidate, "%s/%s/losslab/init.lua", folder, places[i]);
    if (access(candidate, R_OK) != 0) continue;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    lua_pushfstring(L, "%s/%s/?.lua;%s/%s/?/init.lua;%s", folder, places[i], folder, places[i], lua_tostring(L, -1));
    lua_setfield(L, -3, "path");
    lua_pop(L, 2);
    return;
  }
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
  luaL_openlibs(L);
  find_lua(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, OPEN);
  lua_setfield(L, -2, CORE);
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) lua_pushstring(L, argv[i]), lua_rawseti(L, -2, i);
  lua_setglobal(L, "arg");
  lua_getglobal(L, "require");
  lua_pushstring(L, "losslab.cli");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_getglobal(L, "arg");
  lua_call(L, 1, 1);
  return 1;
}

int main(int argc, char **argv) {
#ifdef LL_DOUBLE
  setenv("LOSSLAB_PRECISION", "double", 1);
#else
  unsetenv("LOSSLAB_PRECISION"); /* this program has the float core linked in: --double starts the other */
#endif
  lua_State *L = luaL_newstate();
  if (!L) {
    fputs("losslab: out of memory\n", stderr);
    return 1;
  }
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, run);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int code = 1;
  if (lua_pcall(L, 2, 1, 1) != LUA_OK) fprintf(stderr, "losslab: %s\n", lua_tostring(L, -1));
  else code = (int)luaL_optinteger(L, -1, 0);
  fflush(NULL);
  lua_close(L);
  return code;
}
