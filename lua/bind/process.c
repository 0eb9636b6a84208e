/* Worker processes: ll.process.fork(f) runs f in a child that can send messages; .wait(workers, seconds) sleeps until one
 * has something to say; .catch() turns SIGINT, SIGTERM and SIGHUP into a flag that wait sees at once; .confined(f, limits) runs
 * what is not trusted (confine.c). worker:ask() asks a child to come to an end when it can; the child finds that out by .asked().
 *
 * A child dies with its parent (PR_SET_PDEATHSIG), so that a killed study leaves no process behind, and it ignores SIGINT and
 * SIGHUP, which a terminal sends to both: the parent decides. Messages go over a SOCK_SEQPACKET pair, which keeps their
 * bounds and reports the child's end. A child shares no open store with its parent (losslab/store.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lua/bind/bind.h"
#include "lua/bind/process.h"
#include "lua/bind/state.h"

#define WORKER "losslab.worker"
enum { MESSAGE_MAX = 16384, WORKERS_MAX = 1024 };

/* ---- signals ---- */

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { CAUGHT = sizeof caught_signals / sizeof *caught_signals };
static volatile sig_atomic_t caught; /* the last signal that came and was not told, or 0 */
static volatile sig_atomic_t asked;  /* in a child: whether it is to come to an end */
static struct sigaction before[CAUGHT];
static bool catching;

static void on_signal(int number) { caught = number; }

static void on_ask(int number) {
  (void)number;
  asked = 1;
}

static sigset_t signal_set(void) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < CAUGHT; i++) sigaddset(&set, caught_signals[i]);
  return set;
}

int bind_wait(struct pollfd *polls, size_t n, double seconds) {
  struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
  sigset_t set = signal_set(), mask;
  int ready = 0;
  sigprocmask(SIG_BLOCK, &set, &mask); /* so that none comes between the look at the flag and the sleep */
  if (!caught) ready = ppoll(polls, (nfds_t)n, &time, &mask);
  int why = errno;
  sigprocmask(SIG_SETMASK, &mask, NULL);
  errno = why;
  return ready < 0 && why == EINTR ? 0 : ready;
}

/** ll.process.catch()
 * For losslab's own use: SIGINT, SIGTERM and SIGHUP only set a flag from now on.
 * ll.process.wait sees it at once.
 * A signal that was ignored, as by nohup, stays so.
 * See: ll.process.caught, ll.process.uncatch
 * Example:
 *   ll.process.catch()
 *   ll.process.uncatch()
 */
static int process_catch(lua_State *L) {
  (void)L;
  if (catching) return 0;
  struct sigaction action = {.sa_handler = on_signal};
  sigemptyset(&action.sa_mask);
  caught = 0;
  for (size_t i = 0; i < CAUGHT; i++) {
    sigaction(caught_signals[i], NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(caught_signals[i], &action, NULL);
  }
  catching = true;
  return 0;
}

/** ll.process.uncatch()
 * For losslab's own use: signals do again what they did before ll.process.catch.
 * Example:
 *   ll.process.catch()
 *   ll.process.uncatch()
 */
static int process_uncatch(lua_State *L) {
  (void)L;
  if (!catching) return 0;
  for (size_t i = 0; i < CAUGHT; i++) sigaction(caught_signals[i], &before[i], NULL);
  catching = false;
  return 0;
}

/** ll.process.caught() -> string, or nothing
 * For losslab's own use: the signal that came since ll.process.catch.
 * "INT", "TERM" or "HUP"; each is told once.
 * Example:
 *   ll.process.caught() == nil   --> true
 */
static int process_caught(lua_State *L) {
  int number = (int)caught;
  caught = 0;
  if (!number) return 0;
  lua_pushstring(L, sigabbrev_np(number));
  return 1;
}

/** ll.process.asked() -> boolean
 * For losslab's own use: in a child, whether its parent wants it to end.
 * See: worker:ask
 * Example:
 *   ll.process.asked()   --> false
 */
static int process_asked(lua_State *L) {
  lua_pushboolean(L, asked != 0);
  return 1;
}

/* ---- workers ---- */

typedef struct worker {
  pid_t parent;
  pid_t pid;  /* 0: reaped */
  int socket; /* -1: closed */
  int status; /* of waitpid */
} worker;

/** worker
 * A child process, as ll.process.fork gives it. It dies with its parent, and when it is collected.
 * See: ll.process.fork, worker:receive, worker:join
 * Example:
 *   local worker = ll.process.fork(function() end)
 *   worker   --> worker process …
 *   worker:join()   --> exit 0
 */
static worker *check_worker(lua_State *L) { return luaL_checkudata(L, 1, WORKER); }

/* send(message) in a child; an upvalue holds the socket. Raises if the parent cannot be reached, which then is gone. */
static int child_send(lua_State *L) {
  size_t n;
  const char *text = luaL_checklstring(L, 1, &n);
  int socket = (int)lua_tointeger(L, lua_upvalueindex(1));
  luaL_argcheck(L, n > 0, 1, "a message is not empty");
  if (n > MESSAGE_MAX) n = MESSAGE_MAX;
  while (send(socket, text, n, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) return luaL_error(L, "a worker cannot reach its parent: %s", strerror(errno));
  return 0;
}

_Noreturn static void run_child(lua_State *L, int socket, pid_t parent, const sigset_t *mask) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE); /* it died before prctl */
  for (size_t i = 0; i < CAUGHT; i++) signal(caught_signals[i], caught_signals[i] == SIGTERM ? SIG_DFL : SIG_IGN);
  catching = false, asked = 0;
  struct sigaction action = {.sa_handler = on_ask, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, NULL);
  sigprocmask(SIG_SETMASK, mask, NULL);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, socket);
  lua_pushcclosure(L, child_send, 1);
  int code = EXIT_SUCCESS;
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    char who[32];
    snprintf(who, sizeof who, "worker %ld: ", (long)getpid());
    bind_complain(who, luaL_tolstring(L, -1, NULL));
    code = EXIT_FAILURE;
  }
  fflush(NULL);
  _exit(code); /* without finalisers: the objects are the parent's */
}

/** ll.process.fork(f) -> worker
 * Runs f(send) in a child process; send(message) reaches the parent. For losslab's own use.
 * The child has a copy of all there is, but may use no open store of its parent. Its code is 0, or 1 after an error, which it
 * prints. It ignores SIGINT and SIGHUP: the parent decides.
 *   f   a function; a message is a string of at most 16384 bytes
 * Errors: a system that gives no process.
 * See: worker, ll.process.wait
 * Example:
 *   local worker = ll.process.fork(function(send) send "hello" end)
 *   ll.process.wait({ worker }, 60)   --> true
 *   worker:receive()   --> hello
 *   worker:join()   --> exit 0
 */
static int process_fork(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  bind_reach(L, "process.fork");
  lua_settop(L, 1);
  luaL_checkstack(L, 8, NULL);
  worker *w = lua_newuserdatauv(L, sizeof *w, 0);
  *w = (worker){.parent = getpid(), .socket = -1};
  luaL_setmetatable(L, WORKER);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return luaL_error(L, "no worker can be started: %s", strerror(errno));
  sigset_t set = signal_set(), mask;
  sigaddset(&set, SIGUSR1);
  pid_t parent = getpid();
  bind_remark_share(bind_state_get(L));
  fflush(NULL);                        /* or both would print what waits in the buffers */
  sigprocmask(SIG_BLOCK, &set, &mask); /* a signal before the child ignores them waits */
  pid_t pid = fork();
  if (pid == 0) {
    close(pair[0]);
    run_child(L, pair[1], parent, &mask);
  }
  int why = errno;
  sigprocmask(SIG_SETMASK, &mask, NULL);
  close(pair[1]);
  if (pid < 0) {
    close(pair[0]);
    return luaL_error(L, "no worker can be started: %s", strerror(why));
  }
  w->pid = pid, w->socket = pair[0];
  return 1;
}

/** worker:pid() -> integer
 * The id of the process; 0 once it has ended and was waited for.
 * Example:
 *   local worker = ll.process.fork(function() end)
 *   worker:pid() > 0   --> true
 *   worker:join()   --> exit 0
 */
static int worker_pid(lua_State *L) {
  lua_pushinteger(L, check_worker(L)->pid);
  return 1;
}

/** worker:receive() -> string, or nil [, "ended"]
 * The next message of the child, or nil if there is none now.
 * nil, "ended" once it is gone and all was read.
 * See: ll.process.wait
 * Example:
 *   local worker = ll.process.fork(function(send) send "hello" end)
 *   ll.process.wait({ worker }, 60)   --> true
 *   worker:receive()   --> hello
 */
static int worker_receive(lua_State *L) {
  worker *w = check_worker(L);
  char text[MESSAGE_MAX];
  ssize_t n = 0;
  if (w->socket >= 0) {
    do n = recv(w->socket, text, sizeof text, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
      lua_pushlstring(L, text, (size_t)n);
      return 1;
    }
  }
  lua_pushnil(L);
  if (n < 0 && errno == EAGAIN) return 1;
  lua_pushliteral(L, "ended");
  return 2;
}

/* Closes the socket and, in the process that forked the worker, waits for its end. */
static void reap(worker *w) {
  if (w->socket >= 0) close(w->socket), w->socket = -1;
  while (w->pid > 0 && w->parent == getpid() && waitpid(w->pid, &w->status, 0) < 0 && errno == EINTR) {}
  w->pid = 0;
}

/** worker:kill()
 * Ends the child at once and waits for its end. A store undoes what it had not committed.
 * See: worker:ask
 * Example:
 *   local worker = ll.process.fork(function() end)
 *   worker:kill()
 *   worker   --> ended worker process
 */
static int worker_kill(lua_State *L) {
  worker *w = check_worker(L);
  if (w->pid > 0 && w->parent == getpid()) kill(w->pid, SIGKILL);
  reap(w);
  return 0;
}

/** worker:ask()
 * Asks the child to come to an end when it can; it finds that out by ll.process.asked.
 * See: worker:kill
 * Example:
 *   local worker = ll.process.fork(function() end)
 *   worker:ask()
 *   worker:join()   --> exit 0
 */
static int worker_ask(lua_State *L) {
  worker *w = check_worker(L);
  if (w->pid > 0 && w->parent == getpid()) kill(w->pid, SIGUSR1);
  return 0;
}

/** worker:join() -> "exit", code, or "signal", name
 * Waits for the end of the child: how it ended.
 * Example:
 *   local worker = ll.process.fork(function() end)
 *   worker:join()   --> exit 0
 */
static int worker_join(lua_State *L) {
  worker *w = check_worker(L);
  reap(w);
  bool killed = WIFSIGNALED(w->status);
  lua_pushstring(L, killed ? "signal" : "exit");
  if (killed) lua_pushstring(L, sigabbrev_np(WTERMSIG(w->status)));
  else lua_pushinteger(L, WEXITSTATUS(w->status));
  return 2;
}

/** ll.process.wait({ worker, … }, seconds) -> boolean
 * Waits until one of the workers has a message or has ended.
 * True then; false after that time or a signal.
 * For losslab's own use.
 *   1, 2, …   at most 1024 workers
 *   seconds   a number >= 0
 * See: worker:receive
 * Example:
 *   ll.process.wait({}, 0)   --> false
 */
static int process_wait(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  double seconds = luaL_checknumber(L, 2);
  struct pollfd polls[WORKERS_MAX];
  lua_Integer n = luaL_len(L, 1);
  luaL_argcheck(L, n >= 0 && n <= WORKERS_MAX, 1, "too many workers");
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 2, "a time in seconds");
  for (lua_Integer i = 0; i < n; i++) {
    lua_geti(L, 1, i + 1);
    worker *w = luaL_checkudata(L, -1, WORKER);
    polls[i] = (struct pollfd){.fd = w->socket, .events = POLLIN};
    lua_pop(L, 1);
  }
  int ready = bind_wait(polls, (size_t)n, seconds);
  if (ready < 0) return luaL_error(L, "poll: %s", strerror(errno));
  lua_pushboolean(L, ready > 0);
  return 1;
}

static int worker_tostring(lua_State *L) {
  worker *w = check_worker(L);
  if (w->pid > 0) lua_pushfstring(L, "worker process %I", (LUAI_UACINT)w->pid);
  else lua_pushliteral(L, "ended worker process");
  return 1;
}

/** ll.process
 * Processes, for losslab's own use: a study's workers, and what is not trusted.
 * A study makes its workers itself; see study:run. Scripts can use fork and wait for work of their own.
 * See: ll.process.fork, worker
 * Example:
 *   local worker = ll.process.fork(function(send) send "hello" end)
 *   ll.process.wait({ worker }, 60)   --> true
 *   worker:receive()   --> hello
 */
int bind_open_process(lua_State *L) {
  static const bind_function functions[] = {{"fork", process_fork, 1},
                                            {"wait", process_wait, 2},
                                            {"catch", process_catch, 0},
                                            {"caught", process_caught, 0},
                                            {"uncatch", process_uncatch, 0},
                                            {"asked", process_asked, 0},
                                            {"confined", bind_process_confined, BIND_MANY},
                                            {NULL, NULL, 0}};
  static const bind_function methods[] = {{"pid", worker_pid, 1}, {"receive", worker_receive, 1}, {"kill", worker_kill, 1},
                                          {"ask", worker_ask, 1}, {"join", worker_join, 1},       {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__tostring", worker_tostring}, {"__gc", worker_kill}, {"__close", worker_kill}, {NULL, NULL}};
  bind_class(L, WORKER, methods, metamethods);
  bind_module(L, functions);
  return 1;
}
