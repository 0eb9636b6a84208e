/* The default is three quarters of what the process can have: the rest is left to the system's cache, to what is not counted (the
 * program itself, LAPACK's buffer, threads' stacks) and to the neighbours. A limit that is never reached costs nothing; one that is
 * too high costs the machine: the kernel then kills a process without a word, and rarely the right one. */
#include "engine/base/budget.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t share_of(size_t bytes) { return bytes / 4 * 3; }

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* The number that a file holds; SIZE_MAX where there is none, as in "max". */
static size_t number_in(const char *path) {
  unsigned long long number;
  FILE *file = fopen(path, "re");
  if (!file) return SIZE_MAX;
  bool is = fscanf(file, "%llu", &number) == 1;
  fclose(file);
  return is ? (size_t)number : SIZE_MAX;
}

/* The least of the limits of a group and of all that it lies in. Inside a container the group's name may be that outside, and only
 * the top of the tree be there. */
static size_t least_in_tree(const char *tree, char *group, const char *name) {
  size_t least = SIZE_MAX;
  char path[2 * PATH_MAX];
  for (;;) {
    snprintf(path, sizeof path, "%s%s/%s", tree, group, name);
    size_t limit = number_in(path);
    if (limit < least) least = limit;
    char *slash = strrchr(group, '/');
    if (!slash) return least;
    *slash = '\0';
  }
}

/* A line of /proc/self/cgroup: hierarchy:controllers:/group; that of version 2 names no controllers. */
static size_t group_limit(const char *root, char *line) {
  char tree[PATH_MAX], list[256];
  char *controllers = strchr(line, ':'), *group = controllers ? strchr(++controllers, ':') : NULL;
  if (!group) return SIZE_MAX;
  *group++ = '\0';
  group[strcspn(group, "\n")] = '\0';
  snprintf(list, sizeof list, ",%s,", controllers);
  if (strcmp(list, ",,") == 0) {
    static const char *const trees[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
      char copy[PATH_MAX];
      snprintf(copy, sizeof copy, "%s", group);
      snprintf(tree, sizeof tree, "%s%s", root, trees[i]);
      size_t limit = least_in_tree(tree, copy, "memory.max");
      if (limit < least) least = limit;
    }
    return least;
  }
  if (!strstr(list, ",memory,")) return SIZE_MAX;
  snprintf(tree, sizeof tree, "%s/sys/fs/cgroup/memory", root);
  return least_in_tree(tree, group, "memory.limit_in_bytes");
}

size_t ll_budget_machine(const char *root) {
  char path[PATH_MAX], line[PATH_MAX];
  size_t least = (size_t)sysconf(_SC_PHYS_PAGES) * page();
  snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  FILE *file = fopen(path, "re");
  while (file && fgets(line, sizeof line, file)) {
    size_t limit = group_limit(root, line);
    if (limit < least) least = limit;
  }
  if (file) fclose(file);
  return least;
}

/* What a limit of the process leaves beside the pages it has; they are the n-th number of /proc/self/statm. */
static size_t left_of(int resource, int n) {
  struct rlimit limit;
  unsigned long long pages = 0;
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  FILE *file = fopen("/proc/self/statm", "re");
  for (int i = 0; file && i < n; i++)
    if (fscanf(file, "%llu", &pages) != 1) pages = 0;
  if (file) fclose(file);
  size_t has = (size_t)pages * page();
  return limit.rlim_cur > has ? (size_t)limit.rlim_cur - has : 0;
}

ll_status ll_budget_default(size_t *limit, char reason[LL_BUDGET_REASON]) {
  enum { ADDRESSES = 1, DATA = 6 };
  const char *asked = getenv("LOSSLAB_MEMORY");
  if (asked && *asked) {
    if (ll_budget_size(asked, limit)) return LL_OK;
    snprintf(reason, LL_BUDGET_REASON, "LOSSLAB_MEMORY is \"%.60s\": " LL_BUDGET_WORDS, asked);
    return LL_ERR_ARGUMENT;
  }
  size_t most = ll_budget_machine(""), addresses = left_of(RLIMIT_AS, ADDRESSES), data = left_of(RLIMIT_DATA, DATA);
  if (addresses < most) most = addresses;
  if (data < most) most = data;
  *limit = share_of(most);
  return LL_OK;
}

bool ll_budget_size(const char *text, size_t *bytes) {
  static const char units[] = "KMGT";
  const char *p = text, *unit;
  double value = 0, place = 1;
  while (*p >= '0' && *p <= '9') value = 10 * value + (*p++ - '0');
  if (p == text) return false;
  if (*p == '.')
    for (p++; *p >= '0' && *p <= '9'; p++) value += (place /= 10) * (*p - '0');
  char letter = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
  if (letter && (unit = strchr(units, letter))) {
    for (p++; unit >= units; unit--) value *= 1024;
    if (*p == 'i' && p[1] == 'B') p++;
  }
  if (*p == 'B') p++;
  if (*p || value < (double)LL_BUDGET_LEAST || value >= 0x1p63) return false;
  *bytes = (size_t)value;
  return true;
}
