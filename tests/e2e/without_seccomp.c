/* Runs a program on a system without a filter of calls: seccomp and prctl's way to it fail as where the kernel has neither. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (argc < 2 || !filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) != 0 ||
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) != 0 ||
      seccomp_load(filter) != 0) {
    fprintf(stderr, "without_seccomp: the filter cannot be made\n");
    return 2;
  }
  execv(argv[1], argv + 1);
  fprintf(stderr, "without_seccomp: %s: %s\n", argv[1], strerror(errno));
  return 2;
}
