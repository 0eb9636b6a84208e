/* Numbers as the shortest decimal text that reads back to the same bits, as results are written: the way from number.h back. */
#ifndef LOSSLAB_ENGINE_SHORTEST_H
#define LOSSLAB_ENGINE_SHORTEST_H

#include <stddef.h>

enum { LL_SHORTEST = 40 };
/* Writes a finite number, without a zero byte behind it, in any locale; returns its length. Whole numbers up to 2^53 are written
 * plainly (3, not 3.0), -0 as -0.0, others as printf's %.15g, %.16g or %.17g, the first that reads back. */
size_t ll_shortest_double(double value, char to[LL_SHORTEST]);
/* The double of the fewest digits that rounds to the float, as ll_shortest_double writes it; -0 as 0. */
size_t ll_shortest_float(float value, char to[LL_SHORTEST]);
/* The same, by printf and trying: what cannot be decided quickly. */
size_t ll_shortest_float_slow(float value, char to[LL_SHORTEST]);

#endif
