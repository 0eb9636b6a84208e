/* How much memory a context may hold when nothing else is said, and sizes as people write them. */
#ifndef LOSSLAB_ENGINE_BUDGET_H
#define LOSSLAB_ENGINE_BUDGET_H

#include "losslab/base.h"

enum { LL_BUDGET_REASON = 256 };

/* [out] the limit of a new context (losslab/base.h: ll_memory_limit). Else LL_ERR_ARGUMENT and why in reason: LOSSLAB_MEMORY is no
 * size. */
ll_status ll_budget_default(size_t *limit, char reason[LL_BUDGET_REASON]);
/* The memory that this process can have: the machine's, or less where a control group allows less (v2 and v1, its own and those
 * that it lies in). root: "", or a folder under which /proc and /sys are looked for, for tests. */
size_t ll_budget_machine(const char *root);
/* [out] the bytes of a size: digits, perhaps with a fraction, and K, M, G or T (powers of 1024), perhaps followed by B or iB. False
 * if it is none, or less than LL_BUDGET_LEAST. */
#define LL_BUDGET_LEAST ((size_t)16 << 20)
#define LL_BUDGET_WORDS "expected 16M or more, written as 500M, 8G or 1.5T"
bool ll_budget_size(const char *text, size_t *bytes);

#endif
