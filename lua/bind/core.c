/* losslab.core: the C half of the Lua module. `require "losslab"` (lua/losslab/init.lua) puts the Lua half on top. */
#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "engine/base/blas.h"
#include "engine/base/budget.h"
#include "engine/base/crew.h"
#include "engine/base/ctx.h"
#include "engine/base/isa.h"
#include "lua/bind/data.h"
#include "lua/bind/state.h"

static const luaL_Reg modules[] = {
#define MODULE(name) {#name, bind_open_##name},
    BIND_MODULES(MODULE){NULL, NULL}};

/* nearest(word, {names…}): the known name that was probably meant, or nil. */
static int core_nearest(lua_State *L) {
  const char *word = bind_string(L, 1, "nearest", "the word");
  bind_table(L, 2, "nearest", "the names");
  size_t n = lua_rawlen(L, 2);
  const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
  for (size_t i = 0; i < n; i++) {
    if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
      return luaL_error(L, "nearest: the names must be an array of strings");
    names[i] = lua_tostring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
  }
  lua_pushstring(L, ll_names_nearest(word, names, n));
  return 1;
}

/* elsewhere(name): what a name of other libraries' matrices is here, or nil. */
static int core_elsewhere(lua_State *L) {
  lua_pushstring(L, bind_elsewhere(bind_string(L, 1, "elsewhere", "the name")));
  return 1;
}

/* sha256(text): 64 hex digits. */
static int core_sha256(lua_State *L) {
  size_t n;
  const char *text = bind_bytes(L, 1, "sha256", "the text", &n);
  char hash[65];
  ll_sha256(text, n, hash);
  lua_pushstring(L, hash);
  return 1;
}

/* crc32(text): its CRC-32, as zip has it; crc32_combined(a, b, n): that of a text of the first sum followed by one of n bytes. */
static int core_crc32(lua_State *L) {
  size_t n;
  const char *text = bind_bytes(L, 1, "crc32", "the text", &n);
  lua_pushinteger(L, (lua_Integer)crc32_z(0, (const unsigned char *)text, n));
  return 1;
}
static int core_crc32_combined(lua_State *L) {
  const char *who = "crc32_combined";
  lua_Integer a = bind_integer_from(L, 1, who, "the first sum", 0), b = bind_integer_from(L, 2, who, "the second sum", 0);
  lua_Integer n = bind_integer_from(L, 3, who, "the number of bytes", 0);
  lua_pushinteger(L, (lua_Integer)crc32_combine((uLong)a, (uLong)b, n));
  return 1;
}

/* strict(table, what): the table, which from now on raises for a name that it does not have and suggests the nearest. */
static int core_strict(lua_State *L) {
  bind_table(L, 1, "strict", "what is made strict");
  bind_strict(L, bind_string(L, 2, "strict", "the name"), 1);
  lua_settop(L, 1);
  return 1;
}

/* memory(): bytes that matrices and the rest of the engine hold; allocations asked for so far. */
static int core_memory(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  lua_pushinteger(L, (lua_Integer)ll_memory_used(ctx));
  lua_pushinteger(L, (lua_Integer)ll_memory_calls(ctx));
  return 2;
}

/* trim(): gives back to the system what is free: buffers that are kept for matrices to come, and what malloc keeps. */
static int core_trim(lua_State *L) {
  ll_matrix_trim(bind_ctx(L));
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
  return 0;
}

/* large_data(): bytes of features from which on parts of a set are views (data.h). */
static int core_large_data(lua_State *L) {
  size_t bytes = bind_data_large();
  lua_pushinteger(L, bytes < LUA_MAXINTEGER ? (lua_Integer)bytes : LUA_MAXINTEGER);
  return 1;
}

/* memory_limit([limit]): the most bytes that the engine may hold, in the program with Lua's own heap (losslab/base.h:
 * ll_memory_limit). limit: bytes or a size, as "500M" or "8G": sets it first. */
static int core_memory_limit(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  if (!lua_isnoneornil(L, 1)) {
    size_t bytes = 0;
    bind_reach(L, "memory_limit");
    if (lua_isinteger(L, 1)) lua_pushfstring(L, "%I", lua_tointeger(L, 1)), lua_replace(L, 1);
    const char *text = lua_tostring(L, 1);
    if (!text || !ll_budget_size(text, &bytes))
      return luaL_error(L, "memory_limit: a limit of \"%s\": " LL_BUDGET_WORDS, luaL_tolstring(L, 1, NULL));
    ll_memory_limit(ctx, bytes);
  }
  size_t limit = ll_memory_limit(ctx, 0);
  lua_pushinteger(L, limit < LUA_MAXINTEGER ? (lua_Integer)limit : LUA_MAXINTEGER);
  return 1;
}

/** ll.threads([n]) -> integer
 * How many threads share a large product, a large elementwise operation or update, in this process; with n that is set first.
 * Results are the same bits with any number. The program begins with one thread for each core, LOSSLAB_THREADS in the environment
 * sets another number, and as a module of another Lua losslab begins with one thread. Workers of a study have one thread each, and
 * more where there are fewer of them than cores. Small matrices are never shared.
 *   n   a whole number from 1 to 256
 * Errors: n out of this range.
 * See: ll.system.cores, study:run
 * Example:
 *   local before = ll.threads()
 *   ll.threads(2)        --> 2
 *   ll.threads(before) == before   --> true
 */
static int core_threads(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) {
    int whole = 0;
    lua_Integer n = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &whole) : 0;
    if (!whole || n < 1 || n > LL_CREW_MOST)
      return luaL_error(L, "threads: n must be an integer from 1 to %d, not %s", LL_CREW_MOST, bind_shown(L, 1));
    ll_threads((size_t)n);
  }
  lua_pushinteger(L, (lua_Integer)ll_threads(0));
  return 1;
}

/* lend_threads(n): the number of threads of the children that borrow it, now and while they run; borrow_threads() in a child. Both
 * give whether that can be done. */
static int core_lend_threads(lua_State *L) {
  lua_pushboolean(L, ll_crew_lend((size_t)bind_integer_from(L, 1, "lend_threads", "n", 1)));
  return 1;
}
static int core_borrow_threads(lua_State *L) {
  lua_pushboolean(L, ll_crew_borrow());
  return 1;
}

/* seal(): from now on functions that would reach a file, a database or a process raise (bind_reach): for a child that runs code
 * which came with a database. The system refuses as well (confine.c); this says it in words of ours. */
static int core_seal(lua_State *L) {
  bind_state_get(L)->sealed = true;
  return 0;
}

/* tied([anew]): whether LAPACK gave numbers since this was last called with true, which makes the bits those of this machine. */
static int core_tied(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  bool anew = lua_toboolean(L, 1);
  lua_pushboolean(L, (ctx->tied & LL_TIED_LAPACK) != 0);
  if (anew) ctx->tied = 0;
  return 1;
}

static const bind_function functions[] = {{"nearest", core_nearest, 2},
                                          {"elsewhere", core_elsewhere, 1},
                                          {"sha256", core_sha256, 1},
                                          {"crc32", core_crc32, 1},
                                          {"crc32_combined", core_crc32_combined, 3},
                                          {"memory", core_memory, 0},
                                          {"memory_limit", core_memory_limit, 1},
                                          {"threads", core_threads, 1},
                                          {"lend_threads", core_lend_threads, 1},
                                          {"borrow_threads", core_borrow_threads, 0},
                                          {"trim", core_trim, 0},
                                          {"large_data", core_large_data, 0},
                                          {"strict", core_strict, 2},
                                          {"seal", core_seal, 0},
                                          {"tied", core_tied, 1},
                                          {"signed_ranks", bind_signed_ranks, 7},
                                          {"why_no_grad", bind_why_no_grad, 0},
                                          {"help_text", bind_help_text, 0},
                                          {"show_functions", bind_show_functions, 0},
                                          {NULL, NULL, 0}};

/* Which Lua runs this, "Lua 5.4.4": as the library says, where it does, else as the header that this was compiled with. */
#pragma weak lua_ident
static void push_lua(lua_State *L) {
  static const char before[] = "$LuaVersion: ";
  const char *said = lua_ident, *end;
  if (!said || strncmp(said, before, strlen(before)) != 0 || !(end = strstr(said, "  "))) lua_pushliteral(L, LUA_RELEASE);
  else lua_pushlstring(L, said + strlen(before), (size_t)(end - said) - strlen(before));
}

/* The first digits of SQLite's own commit, "df5c253c0b", behind its date: "2022-12-28 14:03:47 df5c253c0b3d…". */
static void push_sqlite(lua_State *L) {
  const char *id = sqlite3_sourceid(), *at = strrchr(id, ' ');
  char digits[11];
  snprintf(digits, sizeof digits, "%s", at ? at + 1 : id);
  lua_pushfstring(L, "%s %s", sqlite3_libversion(), digits);
}

/* core.blas: what OpenBLAS says of itself, asked at first use, since that loads it. */
static int core_index(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "blas") != 0) return 0;
  lua_pushstring(L, ll_blas_says());
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 1);
  return 1;
}

#ifdef LL_DOUBLE
int luaopen_losslab_core_double(lua_State *L);
int luaopen_losslab_core_double(lua_State *L)
#else
int luaopen_losslab_core(lua_State *L);
int luaopen_losslab_core(lua_State *L)
#endif
{
  luaL_checkversion(L);
  bind_state_open(L);
  bind_locale(L);
  bind_module(L, functions);
  for (const luaL_Reg *m = modules; m->name; m++) {
    lua_pushcfunction(L, m->func);
    lua_call(L, 0, 1);
    bind_strict(L, lua_pushfstring(L, "ll.%s", m->name), -2);
    lua_pop(L, 1);
    lua_setfield(L, -2, m->name);
  }
  /** ll.version -> string
   * The version of losslab.
   * Example:
   *   ll.version   --> …
   */
  lua_pushstring(L, LL_VERSION), lua_setfield(L, -2, "version");
  lua_pushstring(L, ll_revision()), lua_setfield(L, -2, "revision");
  lua_pushstring(L, ll_flags()), lua_setfield(L, -2, "flags");
  lua_pushinteger(L, LL_ARITHMETIC), lua_setfield(L, -2, "arithmetic");
  push_lua(L), lua_setfield(L, -2, "lua");
  push_sqlite(L), lua_setfield(L, -2, "sqlite");
  lua_pushstring(L, zlibVersion()), lua_setfield(L, -2, "zlib");
  lua_pushstring(L, ZSTD_versionString()), lua_setfield(L, -2, "zstd");
  /** ll.precision -> string
   * What the numbers of matrices are: "float", or "double" in losslab --double.
   * Example:
   *   ll.precision == "float" or ll.precision == "double"   --> true
   */
  lua_pushstring(L, LL_PRECISION), lua_setfield(L, -2, "precision");
  lua_pushinteger(L, LL_STORE_VERSION), lua_setfield(L, -2, "schema");
  lua_pushstring(L, ll_isa_names[ll_isa()]), lua_setfield(L, -2, "isa");
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, core_index), lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}
