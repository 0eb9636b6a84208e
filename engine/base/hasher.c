/* One thread, one piece at a time, two semaphores: `work` says that a piece is there, `idle` that the last one is done. */
#include "engine/base/hasher.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>

typedef struct ll_hasher_thread {
  pthread_t thread;
  sem_t work, idle;
  ll_hash *hash;
  const void *bytes; /* NULL: the thread is to end */
  size_t n;
  bool busy; /* used by the reader alone: a piece was handed over and not waited for */
} ll_hasher_thread;

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR) {}
}

static void *run(void *data) {
  ll_hasher_thread *t = data;
  for (;;) {
    wait_for(&t->work);
    if (!t->bytes) return NULL;
    ll_hash_add(t->hash, t->bytes, t->n);
    sem_post(&t->idle);
  }
}

/* Signals are blocked in the new thread, so that they reach the one that reads. */
static bool launch(ll_hasher_thread *t) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&t->thread, NULL, run, t);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error == 0;
}

void ll_hasher_start(ll_hasher *h, bool threaded) {
  ll_hash_start(&h->hash);
  h->thread = threaded ? malloc(sizeof *h->thread) : NULL; /* not by ll_alloc: it may fail, hashing then goes without */
  if (!h->thread) return;
  *h->thread = (ll_hasher_thread){.hash = &h->hash};
  sem_init(&h->thread->work, 0, 0);
  sem_init(&h->thread->idle, 0, 0);
  if (launch(h->thread)) return;
  free(h->thread);
  h->thread = NULL;
}

void ll_hasher_wait(ll_hasher *h) {
  if (!h->thread || !h->thread->busy) return;
  wait_for(&h->thread->idle);
  h->thread->busy = false;
}

void ll_hasher_add(ll_hasher *h, const void *bytes, size_t n) {
  if (!h->thread) {
    ll_hash_add(&h->hash, bytes, n);
    return;
  }
  ll_hasher_wait(h);
  if (n == 0) return;
  h->thread->bytes = bytes, h->thread->n = n, h->thread->busy = true;
  sem_post(&h->thread->work);
}

void ll_hasher_end(ll_hasher *h) {
  ll_hasher_thread *t = h->thread;
  if (!t) return;
  ll_hasher_wait(h);
  t->bytes = NULL;
  sem_post(&t->work);
  pthread_join(t->thread, NULL);
  sem_destroy(&t->work);
  sem_destroy(&t->idle);
  free(t);
  h->thread = NULL;
}
