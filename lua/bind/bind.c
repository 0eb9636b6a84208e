/* What every binding file shares. */
#define _GNU_SOURCE
#include "lua/bind/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lua/bind/heap.h"
#include "lua/bind/state.h"

static const char state_key = 0;

/* The state that this thread met last, known by its registry: it is asked for several times in each call. It holds as long as no
 * state anywhere was closed since, after which another may have its registry in the same place. */
static atomic_uint closed;
static _Thread_local struct {
  const void *registry;
  bind_state *state;
  unsigned closed;
} last;

static int state_gc(lua_State *L) {
  bind_state *state = lua_touserdata(L, 1);
  atomic_fetch_add(&closed, 1);
  bind_heap *heap = bind_heap_of(L);
  if (heap && heap->ctx == state->ctx) heap->ctx = NULL;
  ll_ctx_close(state->ctx);
  state->ctx = NULL;
  bind_remark_close(state);
  return 0;
}

void bind_state_open(lua_State *L) {
  bind_state *state = lua_newuserdatauv(L, sizeof *state, 0);
  memset(state, 0, sizeof *state);
  /* This finaliser is set first, so it runs last: every matrix is freed before its context. */
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, state_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  bind_heap *heap = bind_heap_of(L);
  if (heap && heap->ctx) state->ctx = heap->ctx; /* the program has made one, and leaves it to this state */
  else if (ll_ctx_open(&state->ctx) != LL_OK) luaL_error(L, "%s", ll_message(NULL));
  lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
}

bind_state *bind_state_get(lua_State *L) {
  const void *registry = lua_topointer(L, LUA_REGISTRYINDEX);
  unsigned now = atomic_load_explicit(&closed, memory_order_acquire);
  if (last.registry == registry && last.closed == now) return last.state;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  bind_state *state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  last.registry = registry, last.state = state, last.closed = now;
  return state;
}

ll_ctx *bind_ctx(lua_State *L) { return bind_state_get(L)->ctx; }

/* Objects that hold a descriptor and are garbage give it back only when they are collected, and a collector that counts memory may
 * not come in time. A new descriptor is the lowest that is free: one near the limit says that few are left. */
void bind_descriptors(lua_State *L) {
  enum { SPARE = 16 }; /* a database takes three, a worker two */
  struct rlimit limit;
  int file = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool few = file < 0 && (errno == EMFILE || errno == ENFILE);
  if (file >= 0) {
    close(file);
    few = getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)file + SPARE >= limit.rlim_cur;
  }
  if (few) lua_gc(L, LUA_GCCOLLECT);
}

void bind_reach(lua_State *L, const char *what) {
  bind_descriptors(L);
  if (bind_state_get(L)->sealed) luaL_error(L, "%s: code that came with a database reaches no files and no processes", what);
}

int bind_raise(lua_State *L) { return luaL_error(L, "%s", ll_message(bind_ctx(L))); }

void bind_check(lua_State *L, ll_status status) {
  if (status != LL_OK) bind_raise(L);
}

void bind_class(lua_State *L, const char *name, const bind_function *methods, const luaL_Reg *metamethods) {
  luaL_newmetatable(L, name);
  if (metamethods) luaL_setfuncs(L, metamethods, 0);
  lua_newtable(L);
  bind_methods(L, methods);
  if (lua_getfield(L, -2, "__index") == LUA_TNIL) { /* a class with an __index of its own looks methods up itself */
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    bind_strict(L, name, -1);
  } else {
    lua_pop(L, 1);
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, BIND_METHODS);
  lua_setfield(L, -2, "methods");
  lua_pop(L, 1);
}

bool bind_method(lua_State *L) {
  if (!lua_getmetatable(L, 1) || lua_rawgeti(L, -1, BIND_METHODS) != LUA_TTABLE) return false;
  lua_pushvalue(L, 2);
  return lua_rawget(L, -2) != LUA_TNIL;
}

void **bind_new(lua_State *L, const char *class) {
  void **slot = lua_newuserdatauv(L, sizeof *slot, 1);
  *slot = NULL;
  luaL_setmetatable(L, class);
  return slot;
}

void *bind_get(lua_State *L, int index, const char *class) {
  void **slot = bind_object(L, index, class);
  if (!*slot) luaL_error(L, "%s is closed", class);
  return *slot;
}

void bind_account(lua_State *L, size_t bytes) {
  enum { STEP = 256 * 1024 };
  bind_state *state = bind_state_get(L);
  state->unseen += bytes;
  if (state->unseen < STEP) return;
  /* Garbage must not fill what is left under the limit: above half of it all is collected, again when half of the rest is gone. */
  size_t half = ll_memory_limit(state->ctx, 0) / 2, used = ll_memory_used(state->ctx), over = used > half ? used - half : 0;
  if (over > state->kept) {
    lua_gc(L, LUA_GCCOLLECT);
    used = ll_memory_used(state->ctx);
    over = used > half ? used - half : 0;
    state->kept = over + (over < half ? (half - over) / 2 : 0);
    state->unseen = 0;
    return;
  }
  if (over == 0) state->kept = 0;
  int kilobytes = (int)(state->unseen / 1024 < 1 << 20 ? state->unseen / 1024 : 1 << 20);
  state->unseen = 0;
  lua_gc(L, LUA_GCSTEP, kilobytes);
}

static int push_string(lua_State *L) {
  lua_pushlstring(L, lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2));
  return 1;
}

void bind_push_bytes(lua_State *L, void *bytes, size_t n) {
  lua_pushcfunction(L, push_string); /* memory for the string may be missing: bytes are freed either way */
  lua_pushlightuserdata(L, bytes);
  lua_pushinteger(L, (lua_Integer)n);
  int status = lua_pcall(L, 2, 1, 0);
  ll_free(bind_ctx(L), bytes);
  if (status != LUA_OK) lua_error(L);
}
