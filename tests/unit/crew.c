/* The crew does each task once and shows the caller what was written, with any number of threads, within a task, in a child, by two
 * callers at once, and where the system gives no threads; it asks whether to stop in the caller alone, and leaves nobody behind. */
#define _GNU_SOURCE
#include "engine/base/crew.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "losslab/losslab.h"
#include "tests/tap.h"

enum { MANY = 5000 };
static ll_ctx *ctx;

/* The system gives so many threads more. */
static atomic_long given = 1000000;
typedef int creator(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *data) {
  creator *real;
  *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  return atomic_fetch_sub(&given, 1) > 0 ? real(thread, attributes, body, data) : EAGAIN;
}

/* Those of ours: a sanitizer has one of its own. */
static size_t foreign;
static size_t threads_there(void) {
  size_t n = 0;
  DIR *folder = opendir("/proc/self/task");
  for (struct dirent *entry; folder && (entry = readdir(folder));) n += *entry->d_name != '.';
  if (folder) closedir(folder);
  return n - foreign;
}
/* A thread that was joined may still be in the list for a moment. */
static size_t threads_left(size_t expected) {
  for (int i = 0; i < 100000 && threads_there() != expected; i++) sched_yield();
  return threads_there();
}

#ifdef __SANITIZE_THREAD__
static void *nothing(void *data) { return data; }
#endif

typedef struct sheet {
  size_t tasks;
  unsigned char times[MANY];
  atomic_size_t by_others, masked;
  pthread_t caller;
} sheet;

static void tick(void *user, size_t task) {
  sheet *s = user;
  s->times[task]++;
  if (pthread_equal(pthread_self(), s->caller)) return;
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  atomic_fetch_add(&s->by_others, 1);
  if (sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM)) atomic_fetch_add(&s->masked, 1);
}

static bool each_once(const sheet *s) {
  for (size_t i = 0; i < MANY; i++)
    if (s->times[i] != (i < s->tasks)) return false;
  return true;
}

static bool runs(size_t tasks, sheet *s) {
  *s = (sheet){.tasks = tasks, .caller = pthread_self()};
  return ll_crew_run(ctx, tasks, tick, s) == LL_OK && each_once(s);
}

/* Tasks are so short that the caller may do all of them: until another has done one. */
static bool others_help(sheet *s) {
  for (int i = 0; i < 100000; i++) {
    if (!runs(MANY, s)) return false;
    if (s->by_others) return true;
    sched_yield();
  }
  return false;
}

static void any_number(void) {
  static const size_t tasks[] = {0, 1, 2, 3, 64, MANY};
  static const size_t numbers[] = {1, 2, 3, 8, 2, LL_CREW_MOST, 1};
  sheet s;
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    ll_threads(numbers[k]);
    bool all = true;
    for (size_t i = 0; i < 200; i++) all = runs(tasks[i % 6], &s) && all;
    ok(all, "each task is done once by %zu threads", numbers[k]);
    ok(ll_threads(0) == numbers[k] && threads_left(numbers[k]) == numbers[k], "which are %zu: %zu", numbers[k], threads_there());
  }
  ll_threads(4);
  ok(others_help(&s) && s.masked == s.by_others, "others help, signals blocked: %zu of %zu", s.masked, s.by_others);
  ll_threads(100000);
  ok(ll_threads(3) == LL_CREW_MOST, "there is a most: %zu", ll_threads(0));
}

typedef struct nested {
  sheet inner[8];
  size_t sizes[8];
} nested;

static void inside(void *user, size_t task) {
  nested *n = user;
  n->inner[task].tasks = 100, n->inner[task].caller = pthread_self();
  n->sizes[task] = ll_crew_size();
  ll_threads(7); /* changes nothing here */
  ll_crew_run(ctx, 100, tick, &n->inner[task]);
}

static void within_a_task(void) {
  static nested n;
  bool all = true, alone = true;
  for (int i = 0; i < 200; i++) {
    memset(&n, 0, sizeof n);
    ll_crew_run(ctx, 8, inside, &n);
    for (size_t t = 0; t < 8; t++)
      all = each_once(&n.inner[t]) && all, alone = n.sizes[t] == 1 && n.inner[t].by_others == 0 && alone;
  }
  ok(all && ll_threads(0) == 3, "runs within a task do each task once");
  ok(alone, "and alone");
}

static void mark(void *user, size_t from, size_t to) {
  unsigned char *marks = user;
  for (size_t i = from; i < to; i++) marks[i]++;
}

static void pieces(void) {
  static unsigned char marks[1 << 16];
  bool all = true;
  for (size_t n = 0; n < sizeof marks; n = n * 9 / 8 + 1)
    for (size_t cost = 0; cost < 100000; cost = 7 * cost + 1) {
      memset(marks, 0, sizeof marks);
      ll_crew_pieces(n, cost, mark, marks);
      for (size_t i = 0; i < sizeof marks; i++) all = marks[i] == (i < n) && all;
    }
  ok(all, "pieces are all items, once");
}

static pthread_t asker;
static atomic_long asked, stop_at, astray;
static bool asks(void) {
  if (!pthread_equal(pthread_self(), asker)) astray++;
  return ++asked >= stop_at;
}

/* Others wait in their first task until the caller was asked about its second. */
static void hold(void *user, size_t task) {
  sheet *s = user;
  s->times[task]++;
  while (!pthread_equal(pthread_self(), s->caller) && asked < 3) sched_yield();
}

static void stopped(void) {
  static nested n;
  sheet s = {.tasks = MANY, .caller = pthread_self()};
  asker = pthread_self();
  ll_stop_if(ctx, asks);
  stop_at = 1;
  ok(ll_crew_run(ctx, MANY, tick, &s) == LL_ERR_INTERRUPTED && s.times[0] == 0, "a run is ended before it begins");
  asked = 0;
  stop_at = 3;
  ok(ll_crew_run(ctx, MANY, hold, &s) == LL_ERR_INTERRUPTED && asked == 3, "and in its middle");
  size_t twice = 0, left = 0;
  for (size_t i = 0; i < MANY; i++) twice += s.times[i] > 1, left += s.times[i] == 0;
  ok(twice == 0 && left > 0 && left < MANY, "with tasks left: %zu", left);
  is_text(ll_message(ctx), "interrupted", "and says so");
  stop_at = 1000000000;
  memset(&n, 0, sizeof n);
  for (int i = 0; i < 200; i++) ll_crew_run(ctx, 8, inside, &n);
  ok(astray == 0, "the caller alone asks: %ld times another", astray);
  ll_stop_if(ctx, NULL);
  ok(runs(MANY, &s), "the next run does all again");
}

static int code_of(pid_t pid) {
  int status = -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void children(void) {
#ifdef __SANITIZE_THREAD__ /* which knows no threads in a child of one with threads */
  return;
#endif
  sheet s;
  ll_threads(3);
  bool helped = others_help(&s);
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    if (threads_there() != 1) _exit(1);
    if (!others_help(&s)) _exit(2);
    if (threads_there() != 3) _exit(3);
    pid_t grandchild = fork();
    if (grandchild == 0) {
      ll_crew_shut();
      ll_threads(5);
      _exit(runs(MANY, &s) && s.by_others == 0 && threads_there() == 1 && ll_crew_size() == 1 ? 0 : 1);
    }
    if (code_of(grandchild) != 0) _exit(4);
    ll_threads(1);
    _exit(threads_left(1) == 1 ? 0 : 5);
  }
  int code = code_of(pid);
  ok(helped && code == 0, "a child starts threads of its own, its child none that was shut: %d", code);
  ok(others_help(&s), "and the parent's are as they were");
}

/* A child works with the number that its parent lends, also when that changes. */
static void lent(void) {
#ifdef __SANITIZE_THREAD__
  return;
#endif
  sheet s;
  int ways[2][2];
  char byte = 0;
  if (pipe(ways[0]) != 0 || pipe(ways[1]) != 0) exit(1);
  ok(ll_crew_lend(2) && ll_threads(0) == 3, "what is lent is not the lender's own: %zu", ll_threads(0));
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    if (!ll_crew_borrow() || ll_crew_size() != 2 || !others_help(&s) || threads_there() != 2) _exit(1);
    if (write(ways[0][1], &byte, 1) != 1 || read(ways[1][0], &byte, 1) != 1) _exit(2);
    if (ll_crew_size() != 5 || !runs(MANY, &s) || threads_there() != 5) _exit(3);
    if (ll_crew_borrow() || !ll_crew_lend(7) || ll_crew_size() != 5) _exit(4);
    if (ll_threads(2) != 5 || ll_crew_size() != 2 || !runs(MANY, &s) || threads_there() != 2) _exit(5);
    _exit(0);
  }
  if (read(ways[0][0], &byte, 1) == 1 && ll_crew_lend(5) && write(ways[1][1], &byte, 1) != 1) exit(1);
  int code = code_of(pid);
  ok(code == 0, "a child works with what it is lent: %d", code);
  for (int i = 0; i < 4; i++) close(ways[i / 2][i % 2]);
}

static void *caller(void *data) {
  sheet *s = data;
  ll_ctx *own;
  s->tasks = MANY, s->caller = pthread_self();
  if (ll_ctx_open(&own) != LL_OK) return NULL;
  for (int i = 0; i < 200; i++) {
    ll_crew_run(own, MANY, tick, s);
    if (i < 199) memset(s->times, 0, sizeof s->times);
  }
  ll_ctx_close(own);
  return s;
}

static void callers(void) {
  static sheet s[3];
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) ok(pthread_create(&threads[i], NULL, caller, &s[i]) == 0, "a caller %d", i);
  caller(&s[2]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  ok(each_once(&s[0]) && each_once(&s[1]) && each_once(&s[2]), "three callers at once have their tasks done once");
}

static void refused(void) {
  sheet s;
  for (long n = 0; n < 3; n++) {
    ll_threads(1);
    given = n;
    ll_threads(6);
    bool all = true;
    for (int i = 0; i < 100; i++) all = runs(MANY, &s) && all;
    ok(all, "each task is done once where the system gives %ld threads", n);
    ok(threads_left((size_t)n + 1) == (size_t)n + 1, "which are there: %zu", threads_there() - 1);
    ok(given == -1, "and is not asked each time");
  }
  given = 1000000;
}

static void environment(void) {
  static const char *const wrong[] = {"0", "-1", "many", "2x", " 2", "257", "99999999999999999999"};
  ll_ctx *other;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char expected[200];
    snprintf(expected, sizeof expected, "LOSSLAB_THREADS is \"%s\": a whole number from 1 to 256", wrong[i]);
    setenv("LOSSLAB_THREADS", wrong[i], 1);
    ok(ll_ctx_open(&other) == LL_ERR_ARGUMENT && !other, "no number of threads: %s", wrong[i]);
    is_text(ll_message(NULL), expected, "is refused");
  }
  unsetenv("LOSSLAB_THREADS");
}

int main(void) {
#ifdef __SANITIZE_THREAD__
  pthread_t first; /* with which the sanitizer's own comes */
  if (pthread_create(&first, NULL, nothing, NULL) == 0) pthread_join(first, NULL), foreign = 1;
#endif
  setenv("LOSSLAB_THREADS", "2", 1);
  works(NULL, ll_ctx_open(&ctx));
  ok(ll_threads(0) == 2, "the environment says how many: %zu", ll_threads(0));
  environment();
  any_number();
  within_a_task();
  pieces();
  stopped();
  children();
  lent();
  callers();
  refused();
  sheet s;
  ll_threads(4);
  others_help(&s);
  ok(threads_there() == 4, "before the end there are %zu", threads_there());
  ll_ctx_close(ctx);
  ok(threads_left(1) == 1, "after the last context there is %zu", threads_there());
  return done();
}
