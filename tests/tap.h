/* TAP from C: is(…), near(…), done(). A failing test prints what it expected and got. */
#ifndef LOSSLAB_TESTS_TAP_H
#define LOSSLAB_TESTS_TAP_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

/* How many cases of a walk: a quarter under AddressSanitizer, which looks at memory and takes many times as long. */
#ifdef __SANITIZE_ADDRESS__
#define tap_cases(n) ((n) / 4)
#else
#define tap_cases(n) (n)
#endif

#define ok(pass, ...) tap_ok((pass), __FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 4, 5))) static inline bool tap_ok(bool pass, const char *file, int line, const char *format, ...) {
  char name[512];
  __builtin_va_list args;
  __builtin_va_start(args, format);
  vsnprintf(name, sizeof name, format, args);
  __builtin_va_end(args);
  printf("%sok %d - %s\n", pass ? "" : "not ", ++tap_count, name);
  if (!pass) tap_failed++, fprintf(stderr, "#   failed: %s, at %s:%d\n", name, file, line);
  return pass;
}
/* |got - want| <= atol + rtol |want| */
#define near(got, want, rtol, atol, ...)                                                                                           \
  do {                                                                                                                             \
    double got_ = (got), want_ = (want);                                                                                           \
    bool near_ = got_ == want_ || fabs(got_ - want_) <= (atol) + (rtol)*fabs(want_);                                               \
    if (!ok(near_, __VA_ARGS__)) fprintf(stderr, "#   got %.17g, expected %.17g, difference %.3g\n", got_, want_, got_ - want_);   \
  } while (0)
/* The same for a property of many cases, relative to 1 + |want|: only a case that breaks it is told, and leaves the function. */
#define all_near(got, want, tol, ...)                                                                                              \
  do {                                                                                                                             \
    double g_ = (got), w_ = (want);                                                                                                \
    if (!(fabs(g_ - w_) <= (tol) * (1 + fabs(w_)))) {                                                                              \
      near(g_, w_, tol, tol, __VA_ARGS__);                                                                                         \
      return;                                                                                                                      \
    }                                                                                                                              \
  } while (0)
#define is_text(got, want, ...)                                                                                                    \
  do {                                                                                                                             \
    const char *got_ = (got), *want_ = (want);                                                                                     \
    if (!ok(strcmp(got_, want_) == 0, __VA_ARGS__)) fprintf(stderr, "#   got \"%s\"\n#   expected \"%s\"\n", got_, want_);         \
  } while (0)
/* A call that must succeed: prints the message if it does not. */
#define works(ctx, call)                                                                                                           \
  do {                                                                                                                             \
    ll_status status_ = (call);                                                                                                    \
    if (status_ != LL_OK) {                                                                                                        \
      ok(false, "%s", #call);                                                                                                      \
      fprintf(stderr, "#   %s: %s\n", ll_status_name(status_), ll_message(ctx));                                                   \
    }                                                                                                                              \
  } while (0)
static inline int done(void) {
  printf("1..%d\n", tap_count);
  return tap_failed != 0;
}

#endif
