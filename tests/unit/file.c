/* The one writer of files: whole or not at all, whatever the path is and whatever fails on the way. Calls of the system that
 * fail are stood in for here, ahead of the C library's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "losslab/file.h"
#include "tests/data_file.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static bool no_unnamed, no_link, no_rename, no_sync;

int openat(int folder, const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  mode_t mode = va_arg(args, mode_t);
  va_end(args);
  if (no_unnamed && (flags & __O_TMPFILE)) return errno = EOPNOTSUPP, -1;
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}
int linkat(int from, const char *path, int to, const char *name, int flags) {
  if (no_link) return errno = ENOENT, -1;
  return (int)syscall(SYS_linkat, from, path, to, name, flags);
}
int renameat(int from, const char *path, int to, const char *name) {
  if (no_rename) return errno = EIO, -1;
  return (int)syscall(SYS_renameat2, from, path, to, name, 0);
}
int fsync(int file) {
  if (no_sync) return errno = EIO, -1;
  return (int)syscall(SYS_fsync, file);
}

static char folder[400];
static const char *at(const char *name) {
  static char paths[4][700];
  static int turn;
  char *path = paths[turn++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}
static const char *content(const char *path) {
  static char text[256];
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  text[n] = '\0';
  if (file) fclose(file);
  return file ? text : "(nothing there)";
}
/* How many names the folder holds. */
static int names(void) {
  DIR *dir = opendir(folder);
  int n = -2;
  while (readdir(dir)) n++;
  closedir(dir);
  return n;
}
static void put(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  fputs(text, file), fclose(file);
}
static ll_status say(const char *path, const char *text) { return ll_file_write(ctx, path, text, strlen(text)); }
static bool refused(const char *path, const char *part) {
  ll_status status = say(path, "new");
  bool right = status == LL_ERR_IO && strstr(ll_message(ctx), part) && strncmp(ll_message(ctx), path, strlen(path)) == 0;
  if (!right) fprintf(stderr, "#   got %s: %s\n", ll_status_name(status), ll_message(ctx));
  return right;
}

/* A file, new and replaced, with its rights; in both ways of naming it. */
static void check_plain(const char *way) {
  struct stat about;
  const char *path = at("plain");
  umask(027);
  works(ctx, say(path, "one"));
  ok(stat(path, &about) == 0 && (about.st_mode & 0777) == 0640, "%s: a new file's rights are the umask's", way);
  is_text(content(path), "one", "%s: it holds what was put", way);
  chmod(path, 0604);
  works(ctx, say(path, "two, longer"));
  ok(stat(path, &about) == 0 && (about.st_mode & 0777) == 0604, "%s: one that is replaced hands on its rights", way);
  is_text(content(path), "two, longer", "%s: and holds what was put", way);
  umask(022);
  works(ctx, say(path, ""));
  is_text(content(path), "", "%s: nothing is something", way);
  ok(names() == 1, "%s: nothing is left beside it", way);
  unlink(path);
}

/* Pieces of all sizes, together larger than the writer's own room. */
static void check_pieces(void) {
  static unsigned char all[300000], back[300001];
  ll_file *file;
  for (size_t i = 0; i < sizeof all; i++) all[i] = (unsigned char)(i * 2654435761u >> 13);
  works(ctx, ll_file_begin(ctx, at("pieces"), false, &file));
  for (size_t done = 0, n = 1; done < sizeof all; done += n, n = n * 3 % 131071 + 1) {
    if (n > sizeof all - done) n = sizeof all - done;
    works(ctx, ll_file_put(ctx, file, all + done, n));
  }
  ok(names() == 0, "before the end there is no name");
  works(ctx, ll_file_end(ctx, file));
  FILE *read = fopen(at("pieces"), "rb");
  size_t n = fread(back, 1, sizeof back, read);
  fclose(read);
  ok(n == sizeof all && memcmp(all, back, n) == 0, "pieces are one file");
  works(ctx, ll_file_begin(ctx, at("pieces"), false, &file));
  works(ctx, ll_file_put(ctx, file, all, sizeof all));
  ll_file_drop(ctx, file);
  ok(stat(at("pieces"), &(struct stat){0}) == 0 && names() == 1, "what is dropped has been nowhere");
  unlink(at("pieces"));
}

static void check_links(void) {
  struct stat about;
  put(at("real"), "old");
  ok(symlink("real", at("near")) == 0 && symlink(at("near"), at("far")) == 0 && symlink("absent", at("dangling")) == 0 &&
         symlink("round", at("round")) == 0 && link(at("real"), at("twin")) == 0,
     "links are made");
  works(ctx, say(at("far"), "new"));
  is_text(content(at("real")), "new", "through a link of a link the file is replaced");
  ok(lstat(at("far"), &about) == 0 && S_ISLNK(about.st_mode) && lstat(at("near"), &about) == 0 && S_ISLNK(about.st_mode),
     "and the links stay");
  is_text(content(at("twin")), "old", "another hard link keeps what it held");
  works(ctx, say(at("dangling"), "new"));
  is_text(content(at("absent")), "new", "a link to what is not there makes it");
  ok(refused(at("round"), "symbolic links"), "a link to itself is refused");
  ok(names() == 7, "nothing is left beside them: %d names", names());
  const char *const all[] = {"real", "near", "far", "dangling", "round", "twin", "absent"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) unlink(at(all[i]));
}

static ll_status into(const char *path, const char *text) {
  ll_file *to;
  LL_TRY(ll_file_begin(ctx, path, true, &to));
  ll_status status = ll_file_put(ctx, to, text, strlen(text));
  if (status == LL_OK) return ll_file_end(ctx, to);
  ll_file_drop(ctx, to);
  return status;
}

/* Devices: the superuser, who could replace the system's own, tries others; NULL where those cannot be opened. */
static const char *device(const char *name, unsigned minor_number) {
  static char paths[2][700];
  char *path = paths[minor_number == 7];
  snprintf(path, sizeof paths[0], "/dev/%s", name);
  if (geteuid() != 0) return path;
  snprintf(path, sizeof paths[0], "%s", at(name));
  int file = mknod(path, S_IFCHR | 0666, makedev(1, minor_number)) == 0 ? open(path, O_WRONLY) : -1;
  if (file >= 0) close(file);
  return file >= 0 ? path : NULL;
}

static void check_devices(void) {
  struct stat about;
  const char *null = device("null", 3), *full = device("full", 7);
  int before = names();
  if (null && full) {
    ok(refused(null, "device") && refused(full, "device"), "a device is refused by its name");
    ok(symlink(null, at("link")) == 0 && refused(at("link"), "device"), "also through a link");
    works(ctx, into(null, "away"));
    ok(into(full, "x") == LL_ERR_IO && strstr(ll_message(ctx), "No space left"), "a full one says so: %s", ll_message(ctx));
    ok(stat(null, &about) == 0 && S_ISCHR(about.st_mode), "it is what it was");
    ok(names() == before + 1, "nothing is left: %d names", names());
  }
  unlink(at("link")), unlink(at("null")), unlink(at("full"));
}

static void check_kinds(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  mkdir(at("folder"), 0755), mkfifo(at("pipe"), 0644);
  int file = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", at("socket"));
  ok(bind(file, (struct sockaddr *)&address, sizeof address) == 0, "a socket is made");
  close(file);
  ok(refused(at("pipe"), "pipe") && refused(at("folder"), "folder") && refused(at("socket"), "socket"),
     "what is no file is refused by its name");
  ok(refused("/proc/self/fd/1", "not a file"), "so is a descriptor");
  ok(refused("", "No such file") && refused(at("none/x"), "No such file") && refused(at("new/"), "") && refused(at("pipe/x"), ""),
     "and a path that leads nowhere");
  ok(names() == 3, "nothing is left: %d names", names());
  unlink(at("pipe")), unlink(at("socket")), rmdir(at("folder"));
}

/* With `into`, pipes, devices and open descriptors take what is put. */
static void check_into(void) {
  char seen[32] = {0}, path[64];
  int pair[2];
  mkfifo(at("pipe"), 0644);
  int reader = open(at("pipe"), O_RDONLY | O_NONBLOCK);
  works(ctx, into(at("pipe"), "through a pipe"));
  ok(read(reader, seen, sizeof seen) == 14 && strcmp(seen, "through a pipe") == 0, "a pipe's reader has it");
  close(reader);
  ok(pipe(pair) == 0, "a pipe without a name");
  snprintf(path, sizeof path, "/dev/fd/%d", pair[1]);
  works(ctx, into(path, "descriptor"));
  ok(read(pair[0], seen, sizeof seen) == 10 && memcmp(seen, "descriptor", 10) == 0, "is reached by its descriptor");
  close(pair[0]), close(pair[1]);
  int file = open(at("log"), O_RDWR | O_CREAT | O_TRUNC, 0644);
  ok(write(file, "first ", 6) == 6, "a file is open");
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  works(ctx, into(path, "second "));
  ok(write(file, "third", 5) == 5 && strcmp(content(at("log")), "first second third") == 0,
     "an open file is written on where it stands: %s", content(at("log")));
  close(file);
  ok(into(at(""), "x") == LL_ERR_IO && strstr(ll_message(ctx), "folder"), "a folder takes nothing");
  works(ctx, into(at("log"), "whole"));
  is_text(content(at("log")), "whole", "a file is replaced as ever");
  unlink(at("pipe")), unlink(at("log"));
  ok(names() == 0, "nothing is left");
}

/* Whatever the system refuses, the old file stands and nothing else does. */
static void check_failures(const char *way) {
  put(at("kept"), "old");
  no_rename = true;
  ok(refused(at("kept"), "Input/output error"), "%s: a rename that fails is said", way);
  no_rename = false, no_sync = true;
  ok(refused(at("kept"), "Input/output error"), "%s: and a disk that fails", way);
  no_sync = false;
  struct rlimit before, small = {.rlim_cur = 100000};
  static char large[200000];
  getrlimit(RLIMIT_FSIZE, &before);
  small.rlim_max = before.rlim_max;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  ok(ll_file_write(ctx, at("kept"), large, sizeof large) == LL_ERR_IO && strstr(ll_message(ctx), "File too large"),
     "%s: a full disk is said: %s", way, ll_message(ctx));
  setrlimit(RLIMIT_FSIZE, &before);
  is_text(content(at("kept")), "old", "%s: the file is what it was", way);
  ok(names() == 1, "%s: and alone: %d names", way, names());
  unlink(at("kept"));
}

/* A process that is killed while it writes, by any signal, leaves what was there. */
static void check_killed(const char *way) {
  static const int signals[] = {SIGTERM, SIGINT, SIGKILL, SIGXFSZ};
  put(at("kept"), "old");
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    pid_t child = fork();
    if (child == 0) {
      ll_file *file;
      static char large[200000];
      signal(signals[i], SIG_DFL); /* who started the test may have had them ignored */
      if (ll_file_begin(ctx, at("kept"), false, &file) == LL_OK && ll_file_put(ctx, file, large, sizeof large) == LL_OK)
        raise(signals[i]);
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == signals[i] && names() == 1 && strcmp(content(at("kept")), "old") == 0,
       "%s: signal %d in the middle leaves the old file alone", way, signals[i]);
  }
  unlink(at("kept"));
}

static void check_long_names(void) {
  char name[300];
  memset(name, 'n', sizeof name);
  name[255] = '\0';
  works(ctx, say(at(name), "long"));
  is_text(content(at(name)), "long", "a name of 255 bytes");
  no_unnamed = true;
  works(ctx, say(at(name), "again"));
  no_unnamed = false;
  is_text(content(at(name)), "again", "is replaced, too");
  unlink(at(name));
  memset(name, 'n', sizeof name);
  name[256] = '\0';
  ok(refused(at(name), "too long"), "one of 256 is refused");
  ok(names() == 0, "nothing is left");
}

/* As somebody who is not the superuser, in a child. */
static void check_rights(void) {
  struct stat about;
  put(at("mine"), "old"), chmod(at("mine"), 0444), chmod(folder, 0777);
  mkdir(at("shut"), 0555), put(at("shut/file"), "old"), chmod(at("shut/file"), 0666);
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(3);
    bool right = refused(at("mine"), "Permission denied") && refused(at("shut/file"), "its folder: Permission denied") &&
                 refused(at("shut/new"), "its folder: Permission denied");
    _exit(!right);
  }
  int status;
  waitpid(child, &status, 0);
  ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a file or folder that may not be written is refused");
  is_text(content(at("mine")), "old", "and is what it was");
  if (geteuid() == 0) {
    chmod(at("mine"), 0640);
    ok(chown(at("mine"), 65534, 65533) == 0, "somebody else's file");
    works(ctx, say(at("mine"), "new"));
    ok(stat(at("mine"), &about) == 0 && about.st_uid == 65534 && about.st_gid == 65533 && (about.st_mode & 0777) == 0640,
       "stays theirs when the superuser writes it");
  }
  chmod(at("shut"), 0755), unlink(at("shut/file")), rmdir(at("shut")), unlink(at("mine"));
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  const char *first = data_file("first", "", 0);
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(first, '/') - first), first);
  unlink(first);
  const struct {
    const char *name;
    bool no_unnamed, no_link;
  } ways[] = {{"linked", false, false}, {"no unnamed files", true, false}, {"no /proc", false, true}};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    no_unnamed = ways[i].no_unnamed, no_link = ways[i].no_link;
    check_plain(ways[i].name), check_failures(ways[i].name), check_killed(ways[i].name);
  }
  no_unnamed = no_link = false;
  check_pieces(), check_links(), check_kinds(), check_devices(), check_into(), check_long_names(), check_rights();
  ok(ll_memory_used(ctx) == 0, "no memory is held");
  ll_ctx_close(ctx);
  data_folder_done();
  return done();
}
