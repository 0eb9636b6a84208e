/* main for a fuzz target without libFuzzer: see target.h. */
#ifndef LOSSLAB_TESTS_FUZZ_REPLAY_H
#define LOSSLAB_TESTS_FUZZ_REPLAY_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/tap.h"

#ifndef FUZZ_RUNS
#define FUZZ_RUNS 2000
#endif
enum { LONGEST = 1 << 16, INPUTS = 4096, SECONDS = 120 };
static const rlim_t memory = (rlim_t)4 << 30;

/* What is being tried stands in a file, which is there when the process dies, however it does. */
static int kept_file;
static char kept[512], died[640];

typedef struct input {
  uint8_t *bytes;
  size_t size;
} input;

static inline void ends(int signal) {
  ssize_t gone = write(STDERR_FILENO, died, strlen(died));
  (void)gone;
  struct sigaction plain = {.sa_handler = SIG_DFL};
  sigaction(signal, &plain, NULL);
  raise(signal);
}

static inline void watch(const char *target) {
  const char *base = getenv("TMPDIR");
  snprintf(kept, sizeof kept, "%s/losslab-fuzz-%s-%ld", base && *base ? base : "/tmp", target, (long)getpid());
  snprintf(died, sizeof died, "#   the input is kept in %s\n", kept);
  kept_file = open(kept, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (kept_file < 0) {
    perror(kept);
    exit(2);
  }
  static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGXCPU};
  struct sigaction act = {.sa_handler = ends};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &act, NULL);
  setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS + 5});
#if !defined(__SANITIZE_ADDRESS__) /* whose shadow takes terabytes of addresses */
  setrlimit(RLIMIT_AS, &(struct rlimit){memory, memory});
#endif
}

static inline void attempt(const uint8_t *bytes, size_t size) {
  if (ftruncate(kept_file, 0) != 0 || pwrite(kept_file, bytes, size, 0) != (ssize_t)size) {
    perror(kept);
    exit(2);
  }
  uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees a step past its end */
  if (!exact) exit(2);
  memcpy(exact, bytes, size);
  LLVMFuzzerTestOneInput(exact, size);
  free(exact);
}

static inline bool slurp(const char *path, input *out) {
  static uint8_t buffer[LONGEST];
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  size_t size = fread(buffer, 1, sizeof buffer, file);
  fclose(file);
  *out = (input){malloc(size ? size : 1), size};
  if (out->bytes) memcpy(out->bytes, buffer, size);
  return out->bytes != NULL;
}

static inline int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static inline size_t corpus(const char *target, input *inputs) {
  char path[512];
  struct dirent **entries = NULL;
  snprintf(path, sizeof path, "tests/fuzz/corpus/%s", target);
  int n = scandir(path, &entries, visible, alphasort);
  size_t count = 0;
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", target, entries[i]->d_name);
    if (count < INPUTS && slurp(path, &inputs[count])) count++;
    free(entries[i]);
  }
  free(entries);
  return count;
}

/* One change of what stands in `to`: a byte, a bit, a run cut out, doubled, or taken from another input. */
static inline size_t changed(ll_random *draws, uint8_t *to, size_t size, const input *other) {
  static const uint8_t telling[] = {0, 1, 127, 128, 255, '\n', ',', '"', '-', '9', ' ', '.'};
  size_t at = size ? ll_random_below(draws, size) : 0, run = 1 + ll_random_below(draws, 16);
  if (run > size - at) run = size - at;
  switch (ll_random_below(draws, 6)) {
  case 0:
    if (size) to[at] = (uint8_t)ll_random_below(draws, 256);
    return size;
  case 1:
    if (size) to[at] ^= (uint8_t)(1u << ll_random_below(draws, 8));
    return size;
  case 2:
    if (size) to[at] = telling[ll_random_below(draws, sizeof telling)];
    return size;
  case 3: memmove(to + at, to + at + run, size - at - run); return size - run;
  case 4:
    if (size + run > LONGEST) return size;
    memmove(to + at + run, to + at, size - at);
    return size + run;
  default: {
    if (!other->size) return size;
    size_t from = ll_random_below(draws, other->size), more = other->size - from;
    if (more > 64) more = 64;
    if (at + more > LONGEST) return size;
    memcpy(to + at, other->bytes + from, more);
    return at + more > size ? at + more : size;
  }
  }
}

static inline uint64_t setting(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

int main(int argc, char **argv) {
  const char *slash = strrchr(argv[0], '/'), *target = slash ? slash + 1 : argv[0];
  static input inputs[INPUTS];
  watch(target);
  for (int i = 1; i < argc; i++) {
    if (!slurp(argv[i], &inputs[0])) {
      perror(argv[i]);
      return 2;
    }
    attempt(inputs[0].bytes, inputs[0].size);
    printf("%s: nothing is wrong\n", argv[i]);
    free(inputs[0].bytes);
  }
  if (argc > 1) return unlink(kept) != 0;
  size_t count = corpus(target, inputs);
  uint64_t seed = setting("LOSSLAB_FUZZ_SEED", 1), runs = setting("LOSSLAB_FUZZ", FUZZ_RUNS);
  for (size_t i = 0; i < count; i++) attempt(inputs[i].bytes, inputs[i].size);
  ok(count > 0, "%zu inputs of tests/fuzz/corpus/%s", count, target);
  static uint8_t buffer[LONGEST];
  for (uint64_t run = 0; count && run < runs; run++) {
    ll_random draws = ll_random_stream(seed, run, target);
    const input *from = &inputs[ll_random_below(&draws, count)];
    size_t size = from->size;
    memcpy(buffer, from->bytes, size);
    for (uint64_t n = 1 + ll_random_below(&draws, 8); n; n--)
      size = changed(&draws, buffer, size, &inputs[ll_random_below(&draws, count)]);
    attempt(buffer, size);
  }
  ok(true, "%llu changes of them, seed %llu", (unsigned long long)runs, (unsigned long long)seed);
  for (size_t i = 0; i < count; i++) free(inputs[i].bytes);
  unlink(kept);
  return done();
}

#endif
