/* A crew of threads that share the tasks of one call. It belongs to the process: a call by one thread, or by a task, while another
 * has the crew is simply done by who calls. What comes out must not depend on who does a task, nor on how many there are to do
 * them: tasks write to places of their own, and what they sum up is cut without asking for the number of threads.
 *
 * Threads start at the first run that has work for them, wait for the next one awake for some 100 us, then asleep, and end with the
 * last context or where ll_threads asks for another number. A child of fork has none, and starts its own. Signals are blocked in
 * them. Where the system gives no thread, or fewer, the others do the work. */
#ifndef LOSSLAB_ENGINE_CREW_H
#define LOSSLAB_ENGINE_CREW_H

#include "losslab/base.h"

enum { LL_CREW_MOST = 256 };

/* A task: by number, from 0. It may not allocate, fail, ask ll_stop_if's function, nor change a context in another way. */
typedef void ll_crew_task(void *user, size_t task);

/* Runs task(user, 0) … task(user, tasks - 1), each once, in any order; the caller works, too. Returns when all are done, with what
 * they wrote to be seen by the caller. ctx [opt]: asked at the beginning and before each task of the caller's whether all is to
 * end: LL_ERR_INTERRUPTED, with some of the tasks not done. Without it always LL_OK. For work of some 20 us and more. */
ll_status ll_crew_run(ll_ctx *ctx, size_t tasks, ll_crew_task *task, void *user);

/* The same for n items that cost so many simple operations each (elements: 1; rows: their elements), in pieces from … to - 1: of
 * one piece where all together costs less than 2 * LL_CREW_GRAIN, else of pieces not below that. Pieces of items below 64 begin at
 * multiples of 64, so that no two write to one line of the cache if the first does not. For what does the same to each item,
 * wherever it is cut. */
enum { LL_CREW_GRAIN = 16384 };
typedef void ll_crew_piece(void *user, size_t from, size_t to);
void ll_crew_pieces(size_t n, size_t cost, ll_crew_piece *piece, void *user);

/* How many do the work of a run that begins now, the caller among them: 1 in a task and in a process that may start none. */
size_t ll_crew_size(void);

/* The number of threads of children, in memory that they share: ll_crew_lend sets it, before they are forked and while they run,
 * and a child that has called ll_crew_borrow works with it until ll_threads sets another. false: there is no such memory. */
bool ll_crew_lend(size_t n);
bool ll_crew_borrow(void);

/* From now on this process, and whatever it forks, starts no threads: for a child that is shut off from the system. */
void ll_crew_shut(void);

/* LOSSLAB_THREADS of the environment: false, and the reason, where it is no number from 1 to LL_CREW_MOST. */
enum { LL_CREW_REASON = 160 };
bool ll_crew_default(char reason[LL_CREW_REASON]);

/* A context more, or one less: threads end with the last one. */
void ll_crew_open(void);
void ll_crew_close(void);

#endif
