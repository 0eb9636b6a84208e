/* A run is a share of the tasks for each, behind a door: a thread goes in where the door is open, counts itself, does what is left
 * of its own share, then of the others', and goes out. Who runs closes the door when it finds no task itself, and waits for those
 * inside alone, so that a thread that the system does not let run holds up nobody. A thread's share is the same part of the tasks
 * in each run, since what it wrote in one is still in its cache in the next. */
#define _GNU_SOURCE
#include "engine/base/crew.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/ctx.h"

enum { OPEN = 1 << 16, AWAKE_NS = 100000, STACK = 1 << 18 };

/* Tasks of a share that are not taken: from next on. */
typedef struct share {
  _Alignas(64) atomic_size_t next;
  size_t end;
} share;

static struct {
  atomic_flag taken; /* somebody runs, or starts or ends threads: held for what stands below up to `wanted` */
  pthread_t thread[LL_CREW_MOST];
  unsigned begins[LL_CREW_MOST]; /* the bell when it was started */
  size_t started;
  bool refused;       /* the system gave fewer threads than were wanted */
  ll_crew_task *task; /* of the present run */
  void *user;
  share shares[LL_CREW_MOST];
  atomic_size_t wanted; /* threads, the main one among them; 0: not set yet */
  atomic_uint door;     /* how many are inside, and OPEN */
  atomic_uint bell;     /* changes with each run: what idle threads look at */
  atomic_uint asleep;   /* threads that only the system can wake */
  atomic_bool waiting;  /* who runs sleeps at the door */
  atomic_bool ending;
  atomic_bool shut;
  atomic_size_t *lent;               /* to children, shared with them; NULL: nothing was lent */
  _Atomic(atomic_size_t *) borrowed; /* [opt] what the parent lends */
  atomic_size_t contexts;
} crew = {.taken = ATOMIC_FLAG_INIT};

static _Thread_local bool within; /* this thread does a task */

static void sleep_while(atomic_uint *word, unsigned value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0); }
static void wake(atomic_uint *word, int count) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0); }

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

/* Waits awake until the word is no longer `value`, or for AWAKE_NS. It keeps its core meanwhile: one that lets others run gets it
 * back milliseconds later where there is more to do than there are cores. */
static bool changed(atomic_uint *word, unsigned value) {
  enum { LOOKS = 64 };
  for (long since = 0;;) {
    for (unsigned i = 0; i < LOOKS; i++) {
      if (atomic_load(word) != value) return true;
      relax();
    }
    if (!since) since = now();
    else if (now() - since > AWAKE_NS) return false;
  }
}

/* Of each share, beginning with the thread's own. ctx [opt]: asked before each task. */
static ll_status work(ll_ctx *ctx, size_t own) {
  size_t shares = crew.started + 1;
  for (size_t i = 0; i < shares; i++) {
    share *s = &crew.shares[(own + i) % shares];
    for (size_t t; (t = atomic_fetch_add(&s->next, 1)) < s->end;) {
      if (ctx) LL_TRY(ll_ctx_go_on(ctx));
      within = true;
      crew.task(crew.user, t);
      within = false;
    }
  }
  return LL_OK;
}

static bool go_in(void) {
  unsigned door = atomic_load(&crew.door);
  while (door & OPEN)
    if (atomic_compare_exchange_weak(&crew.door, &door, door + 1)) return true;
  return false;
}

static void *stand_by(void *number) {
  size_t own = (size_t)(uintptr_t)number;
  unsigned seen = crew.begins[own];
  for (;;) {
    while (!changed(&crew.bell, seen)) {
      atomic_fetch_add(&crew.asleep, 1);
      sleep_while(&crew.bell, seen);
      atomic_fetch_sub(&crew.asleep, 1);
    }
    seen = atomic_load(&crew.bell);
    if (atomic_load(&crew.ending)) return NULL;
    if (!go_in()) continue;
    (void)work(NULL, own);
    if (atomic_fetch_sub(&crew.door, 1) == 1 && atomic_load(&crew.waiting)) wake(&crew.door, 1);
  }
}

static void ring(int count) {
  atomic_fetch_add(&crew.bell, 1);
  if (atomic_load(&crew.asleep)) wake(&crew.bell, count);
}

/* ---- starting and ending: by who has taken the crew ---- */

static bool take(void) { return !atomic_flag_test_and_set_explicit(&crew.taken, memory_order_acquire); }
static void leave(void) { atomic_flag_clear_explicit(&crew.taken, memory_order_release); }

static bool told; /* forget is called in every child */

/* Of the threads nothing is in the child, whatever they did when it was made. */
static void forget(void) {
  crew.started = 0;
  crew.refused = false;
  atomic_store(&crew.door, 0);
  atomic_store(&crew.asleep, 0);
  atomic_store(&crew.waiting, false);
  atomic_store(&crew.ending, false);
  leave();
}
static void register_forget(void) { told = pthread_atfork(NULL, NULL, forget) == 0; }

static bool launch(size_t i) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  crew.begins[i + 1] = atomic_load(&crew.bell);
  bool fine = pthread_attr_setstacksize(&attributes, STACK) == 0 &&
              pthread_create(&crew.thread[i], &attributes, stand_by, (void *)(uintptr_t)(i + 1)) == 0;
  pthread_attr_destroy(&attributes);
  return fine;
}

static void start(size_t wanted) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  sigset_t all, before;
  pthread_once(&once, register_forget);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (told && crew.started + 1 < wanted && launch(crew.started)) crew.started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  crew.refused = crew.started + 1 < wanted;
}

static void end(void) {
  atomic_store(&crew.ending, true);
  ring(INT_MAX);
  for (; crew.started; crew.started--) pthread_join(crew.thread[crew.started - 1], NULL);
  atomic_store(&crew.ending, false);
  crew.refused = false;
}

static void end_when_free(void) {
  while (!take()) sched_yield();
  if (crew.started) end();
  crew.refused = false;
  leave();
}

/* ---- how many ---- */

/* 0 where it is no number of threads; 1 without it. */
static size_t asked_for(const char *text) {
  char *rest;
  if (!text || !*text) return 1;
  long n = *text >= '0' && *text <= '9' ? strtol(text, &rest, 10) : 0;
  return n >= 1 && n <= LL_CREW_MOST && !*rest ? (size_t)n : 0;
}

bool ll_crew_default(char reason[LL_CREW_REASON]) {
  const char *text = getenv("LOSSLAB_THREADS");
  if (asked_for(text)) return true;
  snprintf(reason, LL_CREW_REASON, "LOSSLAB_THREADS is \"%.60s\": a whole number from 1 to %d", text, LL_CREW_MOST);
  return false;
}

static size_t wanted(void) {
  atomic_size_t *borrowed = atomic_load_explicit(&crew.borrowed, memory_order_relaxed);
  if (borrowed) return atomic_load_explicit(borrowed, memory_order_relaxed);
  size_t n = atomic_load_explicit(&crew.wanted, memory_order_relaxed);
  if (n) return n;
  n = asked_for(getenv("LOSSLAB_THREADS"));
  atomic_store_explicit(&crew.wanted, n ? n : 1, memory_order_relaxed);
  return n ? n : 1;
}

size_t ll_threads(size_t n) {
  size_t before = wanted();
  if (n == 0 || within) return before;
  if (n > LL_CREW_MOST) n = LL_CREW_MOST;
  atomic_store(&crew.wanted, n);
  atomic_store(&crew.borrowed, NULL);
  if (n != before) end_when_free();
  return before;
}

bool ll_crew_lend(size_t n) {
  if (!crew.lent) {
    void *page = mmap(NULL, sizeof *crew.lent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    crew.lent = page; /* for as long as the process lives: children may have it */
  }
  atomic_store(crew.lent, n < 1 ? 1 : n < LL_CREW_MOST ? n : LL_CREW_MOST);
  return true;
}

bool ll_crew_borrow(void) {
  if (!crew.lent) return false;
  atomic_store(&crew.borrowed, crew.lent);
  crew.lent = NULL; /* what this process lends to its own children is another number */
  end_when_free();
  return true;
}

size_t ll_crew_size(void) { return within || atomic_load_explicit(&crew.shut, memory_order_relaxed) ? 1 : wanted(); }

void ll_crew_shut(void) {
  atomic_store(&crew.shut, true);
  end_when_free();
}

void ll_crew_open(void) { atomic_fetch_add(&crew.contexts, 1); }
void ll_crew_close(void) {
  if (atomic_fetch_sub(&crew.contexts, 1) == 1) end_when_free();
}

/* ---- a run ---- */

static ll_status alone(ll_ctx *ctx, size_t tasks, ll_crew_task *task, void *user) {
  for (size_t t = 0; t < tasks; t++) {
    if (ctx && !within) LL_TRY(ll_ctx_go_on(ctx));
    task(user, t);
  }
  return LL_OK;
}

static void wait_for_others(void) {
  unsigned door = atomic_fetch_and(&crew.door, ~(unsigned)OPEN) & ~(unsigned)OPEN;
  for (; door; door = atomic_load(&crew.door)) {
    if (changed(&crew.door, door)) continue;
    atomic_store(&crew.waiting, true);
    sleep_while(&crew.door, door);
    atomic_store(&crew.waiting, false);
  }
}

ll_status ll_crew_run(ll_ctx *ctx, size_t tasks, ll_crew_task *task, void *user) {
  if (ctx && !within) LL_TRY(ll_ctx_go_on(ctx));
  size_t size = tasks > 1 ? ll_crew_size() : 1;
  if (size == 1 || !take()) return alone(ctx, tasks, task, user);
  if (crew.started + 1 < size && !crew.refused) start(size);
  if (!crew.started) {
    leave();
    return alone(ctx, tasks, task, user);
  }
  size_t shares = crew.started + 1;
  for (size_t i = 0; i < shares; i++) {
    crew.shares[i].end = tasks / shares * (i + 1) + (i < tasks % shares ? i + 1 : tasks % shares);
    atomic_store_explicit(&crew.shares[i].next, i ? crew.shares[i - 1].end : 0, memory_order_relaxed);
  }
  crew.task = task, crew.user = user;
  atomic_store(&crew.door, OPEN);
  ring(tasks < shares ? (int)tasks - 1 : INT_MAX);
  ll_status status = work(ctx, 0);
  if (status != LL_OK)
    for (size_t i = 0; i < shares; i++) atomic_store(&crew.shares[i].next, crew.shares[i].end);
  wait_for_others();
  leave();
  return status;
}

typedef struct pieces {
  size_t n, step;
  ll_crew_piece *piece;
  void *user;
} pieces;

static void one_piece(void *user, size_t task) {
  const pieces *p = user;
  size_t from = task * p->step, to = p->n - from > p->step ? from + p->step : p->n;
  p->piece(p->user, from, to);
}

/* A few pieces for each thread: one that began late, or is held up, leaves its share to the others. */
void ll_crew_pieces(size_t n, size_t cost, ll_crew_piece *piece, void *user) {
  enum { LINE = 64, EACH = 4 };
  size_t least = cost < LL_CREW_GRAIN ? LL_CREW_GRAIN / (cost ? cost : 1) : 1;
  size_t size = n / 2 >= least ? ll_crew_size() : 1;
  if (size == 1) {
    if (n) piece(user, 0, n);
    return;
  }
  size_t step = (n - 1) / (size * EACH) + 1;
  if (step < least) step = least;
  if (cost < LINE) step = (step + LINE - 1) / LINE * LINE;
  pieces p = {.n = n, .step = step, .piece = piece, .user = user};
  ll_crew_run(NULL, (n - 1) / step + 1, one_piece, &p);
}
