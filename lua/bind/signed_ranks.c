/* core.signed_ranks: the draws of ll.stats.bayes_signed_rank (lua/losslab/results/stats/bayesian.lua), of which there are thousands
 * for each pair of losses. */
#include "engine/base/signed_ranks.h"
#include "lua/bind/bind.h"

/* Room for n elements, kept by a userdata that is left on the stack. */
static void *room_for(lua_State *L, size_t n, size_t size) { return lua_newuserdatauv(L, (n + 1) * size, 0); }

static const double *strengths_of(lua_State *L, int index, size_t n) {
  double *out = room_for(L, n, sizeof *out);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, index, (lua_Integer)i + 1);
    out[i] = lua_tonumber(L, -1);
    if (!(out[i] > 0)) luaL_error(L, "signed_ranks: strength %d is not > 0", (int)i + 1);
    lua_pop(L, 1);
  }
  return out;
}

static const uint32_t *edge_of(lua_State *L, int index, size_t n) {
  uint32_t *out = room_for(L, n, sizeof *out);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, index, (lua_Integer)i + 1);
    lua_Integer count = lua_tointeger(L, -1);
    if (count < 0 || (lua_Unsigned)count > n) luaL_error(L, "signed_ranks: count %d is not from 0 to %d", (int)i + 1, (int)n);
    out[i] = (uint32_t)count;
    lua_pop(L, 1);
  }
  return out;
}

/* signed_ranks(stream, strengths, below, to_below, up_to, to_up_to, draws): in how many draws sums of two differences most often
 * lie below, within and above (engine/base/signed_ranks.h); the four are counts, an array each. */
int bind_signed_ranks(lua_State *L) {
  ll_random *r = bind_object(L, 1, "losslab.random");
  for (int index = 2; index <= 6; index++) bind_table(L, index, "signed_ranks", "an array");
  size_t draws = bind_size(L, 7, "signed_ranks", "draws"), n = lua_rawlen(L, 2);
  luaL_checkstack(L, 8, "signed_ranks");
  ll_signed_ranks ranks = {.n = n, .strengths = strengths_of(L, 2, n)};
  for (int k = 0; k < 4; k++) ranks.edges[k] = edge_of(L, 3 + k, n);
  uint64_t won[3] = {0, 0, 0};
  ll_signed_ranks_draw(&ranks, r, draws, room_for(L, 2 * n + 1, sizeof(double)), won);
  for (int k = 0; k < 3; k++) lua_pushinteger(L, (lua_Integer)won[k]);
  return 3;
}
