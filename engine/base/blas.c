/* OpenBLAS maps one buffer when it is first called and keeps it. Where the system refuses (a limit on addresses, no overcommitment)
 * it asks again for ever, inside a function that cannot fail. So whether there is room is tried here, with a mapping of the same
 * kind that is given back at once, and then BLAS is made to take it. Pages that no product touches are never there in fact. */
#include "engine/base/blas.h"

#include <cblas.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* OpenBLAS's largest BUFFER_SIZE on x86-64 and ARM, and something beside for its table. */
static const size_t needed = (size_t)129 << 20;

static bool fits(void) {
  void *room = mmap(NULL, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, needed);
  return true;
}

bool ll_blas_ready(void) {
  static atomic_bool ready;
  if (ready) return true;
  if (!fits()) return false;
  /* Solving takes the buffer whatever the size is; small products may go without. */
  const double triangle[4] = {1, 0, 0, 1};
  double right[4] = {1, 0, 0, 1};
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, 2, 2, 1, triangle, 2, right, 2);
  ready = true;
  return true;
}
