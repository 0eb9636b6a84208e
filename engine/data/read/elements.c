/* What is taken is forgotten at once, so that beside what the elements become there is one chunk of the file in memory. */
#include "engine/data/read/elements.h"

ll_status ll_elements_room(ll_ctx *ctx, ll_source *s, const unsigned char **at, double claimed, size_t *room) {
  enum { SLACK = 1 << 20, TIMES = 8 };
  *room = SIZE_MAX;
  if (ll_source_left_exactly(s, *at, room) || claimed <= TIMES * ll_source_left(s, *at) + SLACK) return LL_OK;
  size_t place = (size_t)(*at - s->bytes);
  LL_TRY(ll_source_whole(ctx, s));
  *at = s->bytes + place;
  *room = s->size - place;
  return LL_OK;
}

ll_status ll_elements_take(ll_ctx *ctx, ll_source *s, const unsigned char *at, size_t size, size_t count,
                           ll_status (*take)(void *to, const unsigned char *elements, size_t first, size_t n), void *to,
                           size_t *room) {
  size_t first = 0, over = 0;
  for (;;) {
    size_t here = (size_t)(s->bytes + s->size - at), n = here / size < count - first ? here / size : count - first;
    if (n) LL_TRY(take(to, at, first, n));
    first += n;
    at += n * size, here -= n * size;
    if (first == count) over += here, at += here, here = 0;
    *room = first * size + over + here;
    if (s->ended) return LL_OK;
    LL_TRY(ll_source_more(ctx, s, at));
    at = s->bytes;
  }
}
