/* Elements of one size, one after the other from a header to the end of a file, as IDX and NumPy have them: piece by piece. */
#ifndef LOSSLAB_ENGINE_ELEMENTS_H
#define LOSSLAB_ENGINE_ELEMENTS_H

#include "engine/data/read/source.h"

/* [out] how many bytes there are from *at to the end of the file; SIZE_MAX where that is not known and `claimed` bytes, which a
 * header asks for, are plausible by what the file packs. Where they are not, all of it is read, as a header may claim anything:
 * then no more memory is taken than the file fills. *at stays where it is in the file. */
ll_status ll_elements_room(ll_ctx *ctx, ll_source *source, const unsigned char **at, double claimed, size_t *room);
/* Calls take(to, elements, first, n) for n whole elements of `size` bytes, the first of which is number `first`, until `count` were
 * taken or the file has ended, and reads on to its end. [out] how many bytes there were from `at` on. */
ll_status ll_elements_take(ll_ctx *ctx, ll_source *source, const unsigned char *at, size_t size, size_t count,
                           ll_status (*take)(void *to, const unsigned char *elements, size_t first, size_t n), void *to,
                           size_t *room);

#endif
