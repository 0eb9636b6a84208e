/* What a ranker holds. */
#ifndef LOSSLAB_ENGINE_RANKER_H
#define LOSSLAB_ENGINE_RANKER_H

#include "losslab/psm_features.h"

/* Of a column that is kept: the map's corners, ascending in value and in z. */
typedef struct ll_ranker_map {
  size_t n;
  ll_real value[LL_RANKER_KNOTS];
  double z[LL_RANKER_KNOTS];
} ll_ranker_map;

struct ll_ranker {
  ll_ranker_info info;
  uint32_t *lists; /* what the four lists of info stand in, each with room for so many */
  size_t room;
  ll_ranker_map *maps;
};

/* [out] a ranker of d columns without maps, its lists empty and each with room for so many. LL_ERR_MEMORY. */
ll_status ll_ranker_new(ll_ctx *ctx, size_t d, size_t room, ll_ranker **out);
/* Room for the maps of n columns. LL_ERR_MEMORY. */
ll_status ll_ranker_room(ll_ctx *ctx, ll_ranker *ranker, size_t n);

#endif
