/* The limit on memory: sizes as they are written, what control groups and limits of the process leave, what is refused, and that
 * what is refused leaves room for less. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/autograd/node.h"
#include "engine/base/budget.h"
#include "engine/base/ctx.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

static const size_t mega = (size_t)1 << 20;

static void sizes(void) {
  static const struct {
    const char *text;
    size_t bytes; /* 0: refused */
  } cases[] = {{"500M", (size_t)500 << 20},
               {"8G", (size_t)8 << 30},
               {"8g", (size_t)8 << 30},
               {"8GB", (size_t)8 << 30},
               {"8GiB", (size_t)8 << 30},
               {"1.5G", (size_t)3 << 29},
               {"2T", (size_t)2 << 40},
               {"16M", (size_t)16 << 20},
               {"20000K", (size_t)20000 << 10},
               {"16777216", (size_t)16 << 20},
               {"16777215", 0},
               {"1M", 0},
               {"", 0},
               {"G", 0},
               {"8X", 0},
               {"8GX", 0},
               {"8Gi", 0},
               {"-8G", 0},
               {" 8G", 0},
               {"8 G", 0},
               {"1e9", 0},
               {"nan", 0},
               {"99999999T", 0},
               {"99999999999999999999999999999999999999G", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t bytes = 0;
    bool is = ll_budget_size(cases[i].text, &bytes);
    ok(is == (cases[i].bytes > 0) && bytes == cases[i].bytes, "\"%s\" is %zu bytes, got %zu", cases[i].text, cases[i].bytes, bytes);
  }
}

/* ---- control groups, of a made-up system below a folder ---- */

static char root[256];

static void file_below(const char *path, const char *text) {
  char whole[1024];
  snprintf(whole, sizeof whole, "%s%s", root, path);
  for (char *p = whole + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') *p = '\0', mkdir(whole, 0700);
  FILE *file = fopen(whole, "w");
  if (!file || fputs(text, file) < 0 || fclose(file) != 0) exit(1);
}

static void begin(const char *groups) {
  static int count;
  const char *base = getenv("TMPDIR");
  snprintf(root, sizeof root, "%s/losslab-budget-%ld-%d", base && *base ? base : "/tmp", (long)getpid(), ++count);
  mkdir(root, 0700);
  file_below("/proc/self/cgroup", groups);
}
static void end(void) {
  char command[512];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  if (system(command) != 0) exit(1);
}

static void groups(void) {
  begin("");
  size_t whole = ll_budget_machine(root);
  ok(whole == (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE), "without a group it is the machine's memory");
  end();
  begin("0::/user/app\n");
  file_below("/sys/fs/cgroup/user/app/memory.max", "33554432\n");
  file_below("/sys/fs/cgroup/user/memory.max", "max\n");
  ok(ll_budget_machine(root) == 32 * mega, "the limit of a group of version 2");
  file_below("/sys/fs/cgroup/user/memory.max", "16777216\n");
  ok(ll_budget_machine(root) == 16 * mega, "a group that it lies in allows less");
  file_below("/sys/fs/cgroup/user/app/memory.max", "max\n");
  file_below("/sys/fs/cgroup/user/memory.max", "max\n");
  ok(ll_budget_machine(root) == whole, "max is no limit");
  end();
  begin("12:cpu,cpuacct:/x\n5:memory:/docker/abc\n0::/\n");
  file_below("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "50331648\n");
  file_below("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  ok(ll_budget_machine(root) == 48 * mega, "the limit of a group of version 1");
  end();
  begin("5:memory:/docker/abc\n");
  file_below("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
  ok(ll_budget_machine(root) == 64 * mega, "in a container only the top of the tree may be there");
  end();
  begin("0::/a\n");
  file_below("/sys/fs/cgroup/unified/a/memory.max", "83886080");
  ok(ll_budget_machine(root) == 80 * mega, "version 2 beside version 1");
  end();
  begin("0::/a\nno line of a group\n:\n::\n5:memory\n");
  file_below("/sys/fs/cgroup/a/memory.max", "18446744073709551616000 bytes");
  ok(ll_budget_machine(root) <= whole, "lines and numbers that are none");
  end();
}

/* ---- the limit of a context ---- */

static void defaults(void) {
  ll_ctx *ctx;
  unsetenv("LOSSLAB_MEMORY");
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  size_t limit = ll_memory_limit(ctx, 0), machine = ll_budget_machine("");
  ok(limit <= machine / 4 * 3 && limit > 0, "at first at most 3/4 of %zu: %zu", machine, limit);
  ll_ctx_close(ctx);
  setenv("LOSSLAB_MEMORY", "48M", 1);
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  ok(ll_memory_limit(ctx, 0) == 48 * mega, "LOSSLAB_MEMORY is the limit");
  ll_ctx_close(ctx);
  setenv("LOSSLAB_MEMORY", "lots", 1);
  ok(ll_ctx_open(&ctx) == LL_ERR_ARGUMENT && !ctx && strstr(ll_message(NULL), "LOSSLAB_MEMORY is \"lots\""),
     "a limit that is none is refused: %s", ll_message(NULL));
  unsetenv("LOSSLAB_MEMORY");
}

/* In a child, since a limit of the process cannot be taken back. */
static void limits(void) {
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes */
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    ll_ctx *ctx;
    const struct rlimit limit = {(rlim_t)600 << 20, (rlim_t)600 << 20};
    setrlimit(RLIMIT_AS, &limit);
    if (ll_ctx_open(&ctx) != LL_OK) _exit(2);
    size_t most = ll_memory_limit(ctx, 0);
    _exit(most > 450 * mega || most < 100 * mega);
  }
  int status = -1;
  waitpid(child, &status, 0);
  ok(status == 0, "a limit on addresses makes it less");
#endif
}

static void refusals(void) {
  ll_ctx *ctx;
  void *block, *other;
  ll_matrix m;
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  size_t before = ll_memory_limit(ctx, 32 * mega);
  ok(before > 32 * mega && ll_memory_limit(ctx, 0) == 32 * mega, "setting gives what it was, asking changes nothing");
  ok(ll_alloc(ctx, &block, 33 * mega) == LL_ERR_MEMORY && !block, "what is above the limit is refused");
  ok(strstr(ll_message(ctx), "34603008 bytes asked for, 0 held, 33554432 are the most (--memory SIZE"), "so: %s", ll_message(ctx));
  ok(ll_alloc(ctx, &block, SIZE_MAX) == LL_ERR_MEMORY && ll_alloc(ctx, &block, SIZE_MAX - 64) == LL_ERR_MEMORY &&
         ll_alloc(ctx, &block, SIZE_MAX - mega) == LL_ERR_MEMORY,
     "and what cannot be counted");
  works(ctx, ll_alloc(ctx, &block, 20 * mega));
  ok(ll_alloc(ctx, &other, 20 * mega) == LL_ERR_MEMORY, "what is held counts");
  ok(ll_realloc(ctx, &block, 20 * mega, 24 * mega) == LL_ERR_MEMORY && block, "a block that cannot grow stays");
  size_t grown = ll_alloc_grown(ctx, 1000, 40 * mega);
  ok(grown >= 7 * mega && grown <= 12 * mega, "growing asks for no more than is left: %zu", grown);
  works(ctx, ll_alloc(ctx, &other, grown));
  ll_free(ctx, other);
  ok(ll_alloc_grown(ctx, 30 * mega, 40 * mega) == 30 * mega, "but for what is needed");
  ok(ll_alloc_grown(ctx, 1000, 2000) == 2000, "and for what is wanted where that is there");
  ll_free(ctx, block);
  works(ctx, ll_matrix_new(ctx, 1000, 5 * mega / 1000 / sizeof(ll_real) * 4, &m));
  ll_matrix_release(ctx, &m);
  works(ctx, ll_alloc(ctx, &block, 24 * mega)); /* the pool gives its buffers back */
  ll_free(ctx, block);
  size_t others = 30 * mega;
  ctx->others = &others;
  ok(ll_alloc(ctx, &block, 4 * mega) == LL_ERR_MEMORY, "what others hold counts");
  others = 40 * mega;
  ok(ll_alloc(ctx, &block, 1) == LL_ERR_MEMORY, "also where it is beyond the limit");
  ctx->others = NULL;
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
}

static void shapes(void) {
  const size_t most = LL_MATRIX_SIDE, beyond = most + 1, huge = (size_t)1 << 40;
  const struct {
    size_t rows, cols;
    ll_status status;
  } cases[] = {{huge, 0, LL_ERR_RANGE},
               {0, huge, LL_ERR_RANGE},
               {beyond, 1, LL_ERR_RANGE},
               {1, beyond, LL_ERR_RANGE},
               {most, 0, LL_ERR_MEMORY},
               {0, most, LL_ERR_MEMORY},
               {most, most, LL_ERR_MEMORY},
               {SIZE_MAX, SIZE_MAX, LL_ERR_MEMORY},
               {SIZE_MAX, 0, LL_ERR_MEMORY},
               {0, 0, LL_OK},
               {1000, 0, LL_OK}};
  ll_ctx *ctx;
  ll_matrix m;
  if (ll_ctx_open(&ctx) != LL_OK) exit(1);
  ll_memory_limit(ctx, 32 * mega);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ll_status status = ll_matrix_zeros(ctx, cases[i].rows, cases[i].cols, &m);
    ok(status == cases[i].status, "%zux%zu: %s expected, got %s: %s", cases[i].rows, cases[i].cols, ll_status_name(cases[i].status),
       ll_status_name(status), ll_message(ctx));
    ll_matrix_release(ctx, &m);
  }
  ll_node *empty, *reshaped;
  works(ctx, ll_matrix_zeros(ctx, 0, 0, &m));
  works(ctx, ll_node_new(ctx, &m, false, &empty));
  ok(ll_apply(ctx, &ll_op_reshape, &empty, &(ll_op_args){.i = most, .j = 0}, &reshaped) == LL_ERR_MEMORY,
     "an empty matrix does not take another's shape for nothing");
  ok(ll_apply(ctx, &ll_op_reshape, &empty, &(ll_op_args){.i = huge, .j = 0}, &reshaped) == LL_ERR_RANGE,
     "nor one beyond all bounds");
  ll_node_release(ctx, empty);
  ll_ctx_close(ctx);
}

int main(void) {
  sizes();
  groups();
  limits();
  defaults();
  refusals();
  shapes();
  return done();
}
