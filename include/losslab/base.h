/* losslab/base.h: status and message, allocation, names, sums, sorting. Everything else stands on this.
 *
 * Every function that can fail returns ll_status and leaves a message with the actual values on its context.
 * A context belongs to one thread; two contexts share nothing. */
#ifndef LOSSLAB_BASE_H
#define LOSSLAB_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LL_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define LL_PRINTF(format_at, first_at)
#endif

#define LL_VERSION "0.1.0"

/* The version of losslab's own arithmetic: products, functions, sums, sorts and random numbers, whose bits are the same on every
 * machine. Raised where they change on purpose, so that databases tell which numbers may differ in their last digits. */
#define LL_ARITHMETIC 1

/* The element type of matrices: float, or double in the build made with -DLL_DOUBLE. Losses, metrics and reductions
 * accumulate in double in both. */
#ifdef LL_DOUBLE
typedef double ll_real;
#define LL_PRECISION "double"
#define LL_EPS 2.220446049250313e-16
#define LL_LEAST 2.2250738585072014e-308 /* the least normal number; its reciprocal is finite */
#define LL_LARGEST 1.7976931348623157e308
/* Whole numbers below it in size are each a number of their own; it may itself have been another before it was rounded. */
#define LL_WHOLE 9007199254740992.0 /* 2^53 */
#else
typedef float ll_real;
#define LL_PRECISION "float"
#define LL_EPS 1.1920928955078125e-07
#define LL_LEAST 1.1754943508222875e-38
#define LL_LARGEST 3.4028234663852886e38
#define LL_WHOLE 16777216.0 /* 2^24 */
#endif

/* The commit that the library was built from, as `git describe --always --dirty` names it; "unknown" without one. Never NULL. */
const char *ll_revision(void);
/* The compiler and its flags, as far as numbers may depend on them: "gcc 12.2.0 -O2 -fno-math-errno". No paths. */
const char *ll_flags(void);

typedef enum ll_status {
  LL_OK = 0,
  LL_ERR_ARGUMENT,    /* a value of the wrong kind, or a missing one */
  LL_ERR_NAME,        /* an unknown name; the message gives the nearest known one */
  LL_ERR_RANGE,       /* a parameter outside its range */
  LL_ERR_SHAPE,       /* shapes that do not fit; the message gives both */
  LL_ERR_LABEL,       /* a value that is no label; the message gives its row */
  LL_ERR_NUMBER,      /* NaN or infinity where a number is needed; the message gives its place */
  LL_ERR_MEMORY,      /* an allocation failed; what existed before is untouched */
  LL_ERR_IO,          /* the system refused: open, read, write */
  LL_ERR_FORMAT,      /* a file that is not what it should be; file, row, column */
  LL_ERR_STORE,       /* SQLite refused; the message holds SQLite's own */
  LL_ERR_UNSUPPORTED, /* asked of something that cannot do it, e.g. the second derivative of a fused loss */
  LL_ERR_SINGULAR,    /* a matrix without an inverse, or values that do not converge */
  LL_ERR_EMPTY,       /* a batch that holds nothing that a loss compares; the message says what it would take */
  LL_ERR_HISTORY,     /* training by a loss whose history was not given */
  LL_ERR_INTERRUPTED, /* what ll_stop_if asks said that all is to end */
  LL_STATUS_COUNT
} ll_status;

/* The status as a word ("shape", "memory", …). Never NULL. */
const char *ll_status_name(ll_status status);

/* ---- context ------------------------------------------------------------------------------------------------- */

typedef struct ll_ctx ll_ctx;

/* [out] *out: a new context, to be given to ll_ctx_close. LL_ERR_MEMORY; LL_ERR_ARGUMENT: LOSSLAB_MEMORY is no size,
 * LOSSLAB_THREADS no number. ll_message(NULL) says more. */
ll_status ll_ctx_open(ll_ctx **out);

/* Frees the context and its pool of buffers. Everything made with it must be freed before. NULL is allowed. With the last context
 * the threads of ll_threads end. */
void ll_ctx_close(ll_ctx *ctx);

/* The message of the last failure, "" before the first. Owned by the context, valid until the next failure. Of NULL: why the last
 * ll_ctx_open of this thread failed. */
const char *ll_message(const ll_ctx *ctx);

/* Records a printf-formatted message and returns status: `return ll_fail(ctx, LL_ERR_SHAPE, "…", …);`.
 * ctx may be NULL (no message is kept). Cut at 1023 bytes. */
ll_status ll_fail(ll_ctx *ctx, ll_status status, const char *format, ...) LL_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* it cannot see that a failure is never LL_OK, and would follow paths that do not exist */
#define ll_fail(ctx, status, ...) (ll_fail(ctx, status, __VA_ARGS__), (status))
#endif

/* asked: a function that loops which may take long call now and then: products, transport, searches for neighbours, resampling,
 * reading, backward. true ends the call with LL_ERR_INTERRUPTED: what it would have made is freed, what existed before is as it
 * was. It may be asked very often and must change nothing. NULL: none. */
void ll_stop_if(ll_ctx *ctx, bool (*asked)(void));

/* Sets how many threads of this process share large calls, 1 to 256, and gives how many did so far; 0 only asks. At first
 * LOSSLAB_THREADS of the environment, else 1. Results are the same bits with any number. A child of fork keeps the number and
 * starts threads of its own. One caller at a time has the threads; another works alone meanwhile. Ends the threads that there are,
 * so not from within a call. */
size_t ll_threads(size_t n);

/* Leaves the function with the status of a failed call. */
#define LL_TRY(call)                                                                                                               \
  do {                                                                                                                             \
    ll_status ll_try_status_ = (call);                                                                                             \
    if (ll_try_status_ != LL_OK) return ll_try_status_;                                                                            \
  } while (0)

/* Goes to a cleanup label with `status` (a variable of the enclosing function) set. */
#define LL_GOTO(label, call)                                                                                                       \
  do {                                                                                                                             \
    status = (call);                                                                                                               \
    if (status != LL_OK) goto label;                                                                                               \
  } while (0)

/* ---- allocation: the only source of memory in the engine ------------------------------------------------------- */

/* n bytes aligned to 64, uninitialised; n = 0 gives a valid block. *out is NULL after a failure. LL_ERR_MEMORY. */
ll_status ll_alloc(ll_ctx *ctx, void **out, size_t n);
/* count × size bytes, zeroed; an overflow of the product is LL_ERR_MEMORY. */
ll_status ll_calloc(ll_ctx *ctx, void **out, size_t count, size_t size);
/* Grows or shrinks *block (NULL at first) from old_n to n bytes; on failure *block stays as it was. */
ll_status ll_realloc(ll_ctx *ctx, void **block, size_t old_n, size_t n);
void ll_free(ll_ctx *ctx, void *block);

/* The most bytes that may be held through this context (its pool of buffers included): what would be more is LL_ERR_MEMORY, whose
 * message has the limit. Sets it to `bytes`, or leaves it where that is 0, and returns what it was; SIZE_MAX: no limit. It may be
 * below what is held: then nothing more is given.
 *
 * At first it is LOSSLAB_MEMORY (500M, 8G, …; powers of 1024), or, without that, 3/4 of the least of: the machine's memory, the
 * limits of the control groups (cgroup v2 and v1) that the process is in, and what RLIMIT_AS and RLIMIT_DATA leave of themselves.
 * A quarter is left for what is not counted: the program, BLAS's buffer, the page cache, other processes. Beside it SQLite may hold
 * as much as was left under it when a store was opened (16 MB at least). */
size_t ll_memory_limit(ll_ctx *ctx, size_t bytes);
/* Bytes now held through this context (buffers kept in the pool for reuse included). */
size_t ll_memory_used(const ll_ctx *ctx);
/* Allocations asked for so far, failed ones included. */
uint64_t ll_memory_calls(const ll_ctx *ctx);
/* For tests: the allocation number `nth` from now (1 = the next) fails, and that one only. 0 = none. */
void ll_memory_fail_at(ll_ctx *ctx, uint64_t nth);

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* The entry of names[count] nearest to word by edit distance (swaps count one), or NULL if none is near enough to be meant. */
const char *ll_names_nearest(const char *word, const char *const *names, size_t count);
/* The place of word among names[count], or count. */
size_t ll_names_place(const char *word, const char *const *names, size_t count);
/* LL_ERR_NAME for a word that is none of names[count]: `said "word"; did you mean "nearest"?`, or, where none is near,
 * `said "word"; there are A, B, C` (up to 24 of them, else none). said: "there is no loss", "hinge has no parameter". */
ll_status ll_names_unknown(ll_ctx *ctx, const char *said, const char *word, const char *const *names, size_t count);
/* [out] the place of word among names[count]; else the error of ll_names_unknown with said = "there is no WHAT". */
ll_status ll_names_find(ll_ctx *ctx, const char *what, const char *word, const char *const *names, size_t count, size_t *place);
/* [out] the place of word among the values that a field of owner may have; else that error with said = "OWNER: FIELD cannot be". */
ll_status ll_names_choose(ll_ctx *ctx, const char *owner, const char *field, const char *word, const char *const *names,
                          size_t count, size_t *place);
/* The same as ll_names_find among the rows of a table: each points to a struct whose first member is its name, a const char *. */
ll_status ll_names_find_row(ll_ctx *ctx, const char *what, const char *word, const void *rows, size_t count, size_t *place);

/* ---- sums -------------------------------------------------------------------------------------------------------- */

/* Neumaier's compensated sum: start from {0, 0}. */
typedef struct ll_sum {
  double total, carry;
} ll_sum;
static inline void ll_sum_add(ll_sum *s, double x) {
  double t = s->total + x;
  double big = s->total < 0 ? -s->total : s->total, small = x < 0 ? -x : x;
  s->carry += big >= small ? (s->total - t) + x : (x - t) + s->total;
  s->total = t;
}
/* Infinite or NaN where the plain sum is, whose carry would be NaN. */
static inline double ll_sum_value(const ll_sum *s) { return s->total - s->total == 0 ? s->total + s->carry : s->total; }

/* ---- sorting ------------------------------------------------------------------------------------------------------ */

/* order[0..n): the permutation that sorts values ascending; stable, so equal values keep their row order; -0 equals +0.
 * Radix sort, O(n) passes over n keys. values must hold no NaN. n <= 2^32 - 1. LL_ERR_MEMORY, LL_ERR_RANGE. */
ll_status ll_argsort(ll_ctx *ctx, const ll_real *values, size_t n, uint32_t *order);
/* Sorts values ascending in place; radix sort. values must hold no NaN. n <= 2^32 - 1. LL_ERR_MEMORY, LL_ERR_RANGE. */
ll_status ll_sort(ll_ctx *ctx, ll_real *values, size_t n);

/* ---- hashing ------------------------------------------------------------------------------------------------------- */

/* SHA-256 of n bytes, as 64 lower-case hex digits and a final 0. (FIPS 180-4.) */
void ll_sha256(const void *bytes, size_t n, char out[65]);

/* ---- states ---------------------------------------------------------------------------------------------------------
 * ll_NAME_save gives all that an object goes on with as bytes, and ll_NAME_restore puts them into another one made in the same way,
 * which then does to the bit what the first would have done: random streams (losslab/random.h), optimizers (losslab/optim.h),
 * losses (losslab/loss.h). Networks have a form of their own, which other programs can read (losslab/nn.h).
 *
 *   losslab KIND 1 PRECISION NAME\n     KIND: optimizer, loss, stream; NAME: of the row, as "adam"
 *   the fields, little-endian            counts as uint64, numbers as float64, elements in the build's precision
 *   64 hex digits                        the SHA-256 of all before them
 *
 * Reading trusts nothing, and nothing is changed unless all of it fits: LL_ERR_FORMAT with what is wrong. */

/* How a row of a table writes and reads what it alone keeps (engine/base/snapshot.h). */
typedef struct ll_snapshot ll_snapshot;
typedef struct ll_snapshot_reader ll_snapshot_reader;

#ifdef __cplusplus
}
#endif
#endif
