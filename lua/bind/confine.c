/* ll.process.confined(f, limits): runs f in a child of its own that can be shut off from the machine: for code that came with a
 * database.
 *
 * The child has so much time and memory and no more. f(send, shut) prepares what it needs (opens its database, loads modules), then
 * calls shut(): from there to its end the child opens no file, no socket and no program, forks nothing, and writes to nothing but
 * the pipe to its parent. The system's own filter of calls holds that (seccomp, by libseccomp): a list of what computing takes, and
 * every other call fails with EPERM, also calls that are made tomorrow. It does not ask what the code is, so it also holds for code
 * that has found a way out of Lua. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/blas.h"
#include "engine/base/crew.h"
#include "lua/bind/bind.h"

typedef struct limits {
  lua_Number seconds; /* of computing */
  lua_Number bytes;   /* of memory beyond what the child has when it is shut */
  lua_Number output;  /* bytes that it may send */
} limits;

/* ---- the filter ---- */

static const int allowed[] = {
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* reading what is open: nothing is but the database; SQLite asks for its size and takes its locks */
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close),
    /* the time, random bytes (of Lua's tables), the process itself */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(sched_yield),
    /* threads of none: locks of the C library, signals (sanitizers ask for the stack of their handlers), the end */
    SCMP_SYS(futex), SCMP_SYS(rseq), SCMP_SYS(set_robust_list), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)};

static const int locks[] = {F_SETLK, F_GETLK, F_GETFL};

/* 0, or a negative errno. pipe: the one descriptor that may be written to. */
static int add_rules(scmp_filter_ctx filter, int pipe) {
  int why = 0;
  for (size_t i = 0; why == 0 && i < sizeof allowed / sizeof *allowed; i++)
    why = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
  for (size_t i = 0; why == 0 && i < sizeof locks / sizeof *locks; i++)
    why = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)locks[i]));
  if (why == 0) why = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pipe));
  /* how the C library spells fstat */
  if (why == 0)
    why = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1, SCMP_A3(SCMP_CMP_EQ, (scmp_datum_t)AT_EMPTY_PATH));
  /* memory, but none that runs */
  if (why == 0)
    why = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                           SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
  if (why == 0) why = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  return why;
}

static int filter_calls(int pipe) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (!filter) return -ENOMEM;
  int why = add_rules(filter, pipe);
  if (why == 0) why = seccomp_load(filter);
  seccomp_release(filter);
  return why;
}

/* ---- the child ---- */

static void bound(int resource, rlim_t soft, rlim_t hard) {
  struct rlimit before, now = {soft, hard};
  if (getrlimit(resource, &before) != 0) return;
  if (before.rlim_max < now.rlim_max) now.rlim_max = before.rlim_max; /* a bound that was there before stays */
  if (now.rlim_cur > now.rlim_max) now.rlim_cur = now.rlim_max;
  setrlimit(resource, &now);
}

/* The bytes of addresses that this process has: /proc/self/statm counts them in pages. */
static rlim_t addresses(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static double computed(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* shut(): from here on as the head of this file says: true, or false and why the system cannot. The limits hold from the child's
 * first step. */
static int child_shut(lua_State *L) {
  bound(RLIMIT_FSIZE, 0, 0);
  int why = filter_calls((int)lua_tointeger(L, lua_upvalueindex(1)));
  lua_pushboolean(L, why == 0);
  if (why == 0) return 1;
  lua_pushstring(L, strerror(-why));
  return 2;
}

static void limit_child(const limits *most) {
  rlim_t seconds = (rlim_t)(computed() + most->seconds + 1);
  bound(RLIMIT_CPU, seconds, seconds + 1);
  bound(RLIMIT_AS, addresses() + (rlim_t)most->bytes, RLIM_INFINITY);
  bound(RLIMIT_CORE, 0, 0);
}

static bool write_all(int pipe, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t written = write(pipe, bytes, n);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written, n -= (size_t)written;
  }
  return true;
}

/* send(bytes): a message for the parent; they arrive whole and in order. */
static int child_send(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  int pipe = (int)lua_tointeger(L, lua_upvalueindex(1));
  uint64_t head = n;
  if (!write_all(pipe, (const char *)&head, sizeof head) || !write_all(pipe, bytes, n)) _exit(EXIT_FAILURE);
  return 0;
}

/* Of what the parent has open nothing stays but the pipe. The numbers stay taken, by what leads nowhere: an object of the parent's
 * that is collected here closes its number, which must not be one that something of ours was given since. */
static bool leave_all_but(int pipe) {
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  DIR *folder = opendir("/proc/self/fd");
  if (nowhere < 0 || !folder) return false;
  bool fine = true;
  for (struct dirent *entry; (entry = readdir(folder));) {
    int each = (int)strtol(entry->d_name, NULL, 10);
    if (*entry->d_name == '.' || each == pipe || each == nowhere || each == dirfd(folder)) continue;
    fine = dup2(nowhere, each) == each && fine;
  }
  closedir(folder);
  return fine;
}

_Noreturn static void run_child(lua_State *L, const limits *most, int pipe, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);                               /* it died before prctl */
  signal(SIGINT, SIG_IGN), signal(SIGHUP, SIG_IGN), signal(SIGTERM, SIG_DFL); /* the parent decides */
  signal(SIGXCPU, SIG_DFL), signal(SIGPIPE, SIG_IGN);
  lua_sethook(L, NULL, 0, 0);
  if (!leave_all_but(pipe)) _exit(EXIT_FAILURE);
  ll_store_without_files();
  ll_crew_shut(); /* the system would refuse one that a script asks for */
  (void)ll_blas_open(
      bind_ctx(L)); /* while files may still be opened, and before its buffer would count; else what needs it says why */
  limit_child(most);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, pipe);
  lua_pushcclosure(L, child_send, 1);
  lua_pushinteger(L, pipe);
  lua_pushcclosure(L, child_shut, 1);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) { /* the reason is a message with nothing before it */
    const char *why = lua_tostring(L, -1);
    uint64_t head = UINT64_MAX;
    if (why && write_all(pipe, (const char *)&head, sizeof head)) write_all(pipe, why, strlen(why));
    _exit(EXIT_FAILURE);
  }
  _exit(EXIT_SUCCESS); /* without finalisers: the objects are the parent's */
}

/* ---- the parent ---- */

typedef struct reader {
  int pipe;
  size_t size, room;
  char *bytes;
} reader;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* NULL at the end of what the child sends, else why it is not read to its end. A child that computes is stopped by the system;
 * one that is kept from computing, or was stopped itself, by the clock, much later: the machine may have much else to do. */
static const char *read_all(lua_State *L, reader *r, const limits *most) {
  double end = now() + 10 * most->seconds + 300;
  for (;;) {
    struct pollfd ready = {.fd = r->pipe, .events = POLLIN};
    int n = poll(&ready, 1, 200);
    if (n < 0 && errno != EINTR) return strerror(errno);
    if (lua_gethook(L)) return "interrupted"; /* which Lua raises as soon as it runs again */
    if (now() > end) return "it does not end";
    if (n <= 0) continue;
    if (r->size == r->room) {
      size_t room = r->room ? 2 * r->room : 1 << 16;
      char *grown = realloc(r->bytes, room);
      if (!grown) return "out of memory";
      r->bytes = grown, r->room = room;
    }
    ssize_t got = read(r->pipe, r->bytes + r->size, r->room - r->size);
    if (got == 0) return NULL;
    if (got < 0 && errno != EINTR) return strerror(errno);
    if (got > 0) r->size += (size_t)got;
    if ((lua_Number)r->size > most->output) return "output";
  }
}

/* Pushes the messages as an array, those that came whole, and what the child said of its own end, or nil. */
static void push_messages(lua_State *L, const reader *r) {
  size_t at = 0;
  lua_Integer count = 0;
  lua_newtable(L);
  while (r->size - at >= sizeof(uint64_t)) {
    uint64_t n;
    memcpy(&n, r->bytes + at, sizeof n);
    at += sizeof n;
    if (n == UINT64_MAX) {
      lua_pushlstring(L, r->bytes + at, r->size - at);
      return;
    }
    if (n > r->size - at) break;
    lua_pushlstring(L, r->bytes + at, (size_t)n);
    lua_rawseti(L, -2, ++count);
    at += (size_t)n;
  }
  lua_pushnil(L);
}

static int push_parent(lua_State *L) { /* the reader, as light userdata */
  push_messages(L, lua_touserdata(L, 1));
  return 2;
}

static void push_why(lua_State *L, const char *stopped, int status, const limits *most) {
  char why[128];
  if (stopped && strcmp(stopped, "output") == 0) snprintf(why, sizeof why, "it gives more than %g MB", most->output / (1 << 20));
  else if (stopped) snprintf(why, sizeof why, "%s", stopped);
  else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    snprintf(why, sizeof why, "it computes for more than %g s", most->seconds);
  else if (WIFSIGNALED(status)) snprintf(why, sizeof why, "it was ended by SIG%s", sigabbrev_np(WTERMSIG(status)));
  else if (WEXITSTATUS(status) != 0) snprintf(why, sizeof why, "it left with code %d", WEXITSTATUS(status));
  else {
    lua_pushnil(L);
    return;
  }
  lua_pushstring(L, why);
}

static lua_Number limit(lua_State *L, const char *name) {
  lua_getfield(L, 2, name);
  lua_Number value = luaL_checknumber(L, -1);
  luaL_argcheck(L, value > 0 && value <= 1e15, 2, name);
  lua_pop(L, 1);
  return value;
}

/** ll.process.confined(f, { seconds = …, bytes = …, output = … }) -> { message, … } [, why]
 * For losslab's own use: runs f(send, shut) in a child that can be shut off.
 * The child is shut off from the machine once it calls shut().
 * From there on it opens no file, socket or program and writes to nothing but its parent. Given back are the messages that it
 * sent, and why it was stopped, if it was.
 *   f   a function that prepares what it needs, calls shut(), then runs what is not trusted
 *   seconds   of computing, at most
 *   bytes   of memory beyond what it has when it is shut
 *   output   bytes that it may send
 * Errors: limits that are missing or not > 0; a system that gives no process.
 * Example:
 *   local run = function(send, shut)
 *     shut()
 *     send "hello"
 *   end
 *   ll.process.confined(run, { seconds = 60, bytes = 1e9, output = 1e6 })   --> { "hello" } nil
 */
int bind_process_confined(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_checktype(L, 2, LUA_TTABLE);
  bind_reach(L, "process.confined");
  lua_settop(L, 2);
  luaL_checkstack(L, 8, NULL);
  const limits most = {.seconds = limit(L, "seconds"), .bytes = limit(L, "bytes"), .output = limit(L, "output")};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return luaL_error(L, "no process can be started: %s", strerror(errno));
  pid_t parent = getpid();
  fflush(NULL); /* or both would print what waits in the buffers */
  pid_t pid = fork();
  if (pid == 0) run_child(L, &most, ends[1], parent);
  int why = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return luaL_error(L, "no process can be started: %s", strerror(why));
  }
  reader r = {.pipe = ends[0]};
  const char *stopped = read_all(L, &r, &most);
  if (stopped) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  close(ends[0]);
  lua_pushcfunction(L, push_parent);
  lua_pushlightuserdata(L, &r);
  int fine = lua_pcall(L, 1, 2, 0);
  free(r.bytes);
  if (fine != LUA_OK) return lua_error(L);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    push_why(L, stopped, status, &most);
  }
  return 2;
}
