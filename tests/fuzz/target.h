/* What every fuzz target shares. A target is a file of tests/fuzz that defines LLVMFuzzerTestOneInput: it takes any bytes, and dies
 * where something is wrong. `make fuzz` links it with libFuzzer (-DLL_LIBFUZZER); everywhere else main is here and needs no clang:
 *
 *   build/float/tests/fuzz/TARGET           replays tests/fuzz/corpus/TARGET, then LOSSLAB_FUZZ changes of those inputs
 * (FUZZ_RUNS), drawn by LOSSLAB_FUZZ_SEED (1) build/float/tests/fuzz/TARGET FILE…     replays these
 *
 * An input that ends the process is kept in the file that is named on standard error. */
#ifndef LOSSLAB_TESTS_FUZZ_TARGET_H
#define LOSSLAB_TESTS_FUZZ_TARGET_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "losslab/losslab.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What has to hold, whatever the input. */
#define must(holds, ...)                                                                                                           \
  do {                                                                                                                             \
    if (!(holds)) {                                                                                                                \
      fprintf(stderr, "\n%s:%d: %s does not hold: ", __FILE__, __LINE__, #holds);                                                  \
      fprintf(stderr, __VA_ARGS__);                                                                                                \
      fputc('\n', stderr);                                                                                                         \
      abort();                                                                                                                     \
    }                                                                                                                              \
  } while (0)

/* A failure says so, with a message; a success gives what it promises. */
#define must_be_told(ctx, status, gave)                                                                                            \
  do {                                                                                                                             \
    must((unsigned)(status) < LL_STATUS_COUNT, "status %d", (int)(status));                                                        \
    must(((status) == LL_OK) == (gave), "%s: %s", ll_status_name(status), ll_message(ctx));                                        \
    must((status) == LL_OK || strlen(ll_message(ctx)) > 5, "%s without a message", ll_status_name(status));                        \
  } while (0)

/* The next number of an input, 0 past its end. */
static inline unsigned take(const uint8_t **bytes, size_t *size) {
  if (*size == 0) return 0;
  --*size;
  return *(*bytes)++;
}

/* The path of a file in memory that holds these bytes. which: 0 or 1, one file each. */
static inline const char *in_memory(int which, const void *bytes, size_t size) {
  static int files[2] = {-1, -1};
  static char paths[2][64];
  int *file = &files[which];
  if (*file < 0) {
    *file = (int)syscall(SYS_memfd_create, "losslab-fuzz", 0);
    snprintf(paths[which], sizeof *paths, "/proc/self/fd/%d", *file);
  }
  if (*file < 0 || ftruncate(*file, 0) != 0 || pwrite(*file, bytes, size, 0) != (ssize_t)size) {
    perror("a file in memory");
    exit(2);
  }
  return paths[which];
}

/* A context for one input; whether all was given back before it is closed is seen by a leak checker. */
static inline ll_ctx *context(void) {
  ll_ctx *ctx;
  must(ll_ctx_open(&ctx) == LL_OK, "no context");
  return ctx;
}

#ifndef LL_LIBFUZZER
#include "tests/fuzz/replay.h"
#endif
#endif
