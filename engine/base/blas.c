/* OpenBLAS maps one buffer when it is first called and keeps it. Where the system refuses (a limit on addresses, no overcommitment)
 * it asks again for ever, inside a function that cannot fail. So whether there is room is tried here, with a mapping of the same
 * kind that is given back at once, and then OpenBLAS is made to take it. Pages that nothing touches are never there in fact. */
#include "engine/base/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

/* Where the build found the serial one: threads are losslab's own, and the bits must not depend on their number. */
#ifndef LL_BLAS
#define LL_BLAS "libopenblas.so.0"
#endif

/* OpenBLAS's largest BUFFER_SIZE on x86-64 and ARM, and something beside for its table; and it itself with the libraries of
 * Fortran. */
static const size_t needed = (size_t)129 << 20, itself = (size_t)64 << 20;

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static void *library;      /* NULL: not loaded */
static atomic_bool opened; /* with its buffer */

static bool fits(void) {
  size_t all = library ? needed : needed + itself;
  void *room = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, all);
  return true;
}

/* Some versions solve in the constructor already, so there has to be room before it is loaded. */
static void *load(void) {
  static const char *const names[] = {LL_BLAS, "libopenblas.so.0", "libopenblas.so"};
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  return library;
}

typedef void trsm(int order, int side, int half, int transposed, int unit, int m, int n, double alpha, const double *a, int lda,
                  double *b, int ldb);

/* Solving takes the buffer whatever the size is. */
static bool take_buffer(void) {
  enum { ROWS = 101, LEFT = 141, LOWER = 122, AS_IT_IS = 111, NOT_UNIT = 131 }; /* cblas.h */
  const double triangle[4] = {1, 0, 0, 1};
  double right[4] = {1, 0, 0, 1};
  trsm *solve = (trsm *)ll_blas_function("cblas_dtrsm");
  if (solve) solve(ROWS, LEFT, LOWER, AS_IT_IS, NOT_UNIT, 2, 2, 1, triangle, 2, right, 2);
  return solve;
}

static ll_status refused(ll_ctx *ctx) {
  return ll_fail(ctx, LL_ERR_MEMORY,
                 "out of memory: OpenBLAS needs a buffer of 128 MB, for which the limit on this process's memory leaves no room "
                 "(ulimit -v)");
}

static ll_status open_once(ll_ctx *ctx) {
  if (!fits()) return refused(ctx);
  if (!load()) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "OpenBLAS, whose LAPACK this needs, cannot be loaded: %s", dlerror());
  if (!fits()) return refused(ctx);
  if (!take_buffer()) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "OpenBLAS, whose LAPACK this needs, has no cblas_dtrsm");
  opened = true;
  return LL_OK;
}

ll_status ll_blas_open(ll_ctx *ctx) {
  if (opened) return LL_OK;
  pthread_mutex_lock(&one_at_a_time);
  ll_status status = opened ? LL_OK : open_once(ctx);
  pthread_mutex_unlock(&one_at_a_time);
  return status;
}

void *ll_blas_function(const char *name) { return dlsym(library, name); }

const char *ll_blas_says(void) {
  static char text[256] = "no OpenBLAS (none)";
  static bool known;
  typedef char *says(void);
  pthread_mutex_lock(&one_at_a_time);
  if (!known && (library || (fits() && load()))) {
    says *config = (says *)ll_blas_function("openblas_get_config"), *core = (says *)ll_blas_function("openblas_get_corename");
    if (config && core) snprintf(text, sizeof text, "%s (%s)", config(), core());
    known = true;
  }
  pthread_mutex_unlock(&one_at_a_time);
  return text;
}
