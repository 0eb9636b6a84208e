/* The one writer of files: everything that losslab writes, databases aside, goes through here. How it does so that no reader, no
 * second writer and no end of the process sees half a file is said in the header. */
#define _GNU_SOURCE
#include "losslab/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16, LINKS_MOST = 40, TRIES = 100, RANDOM = 12 };
#define ENDING ".losslab-new"

struct ll_file {
  int folder; /* -1: written into a device, pipe or descriptor */
  int file;
  mode_t mode;
  bool existed;
  struct stat before; /* where it existed */
  size_t held;        /* bytes in the piece */
  char name[NAME_MAX + 1], path[PATH_MAX];
  unsigned char piece[PIECE];
};

static ll_status refused(ll_ctx *ctx, const char *path, int why) {
  return ll_fail(ctx, LL_ERR_IO, "%s: cannot be written: %s", path, strerror(why));
}

/* ---- where the path leads ----------------------------------------------------------------------------------------------- */

/* A path's folder into folder[], and its last part. */
static const char *split(const char *path, char folder[PATH_MAX]) {
  const char *slash = strrchr(path, '/');
  if (!slash) snprintf(folder, PATH_MAX, ".");
  else snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
  return slash ? slash + 1 : path;
}

/* The descriptor of this process for which the link at path stands (/proc/self/fd/1), or -1. */
static int descriptor_at(const char *path) {
  char folder[PATH_MAX], real[PATH_MAX], own[64];
  const char *name = split(path, folder);
  snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
  if (!realpath(folder, real) || strcmp(real, own) != 0) return -1;
  return atoi(name);
}

/* Follows the links at the end of the path in at[], also to what is not there. 0, or the error; *descriptor as above. */
static int follow(char at[PATH_MAX], int *descriptor) {
  *descriptor = -1;
  for (int links = 0; links < LINKS_MOST; links++) {
    struct stat about;
    char to[PATH_MAX], folder[PATH_MAX], next[PATH_MAX];
    if (lstat(at, &about) != 0) return errno == ENOENT ? 0 : errno;
    if (!S_ISLNK(about.st_mode)) return 0;
    *descriptor = descriptor_at(at);
    if (*descriptor >= 0) return 0;
    ssize_t n = readlink(at, to, sizeof to - 1);
    if (n < 0) return errno;
    to[n] = '\0';
    split(at, folder);
    int length = to[0] == '/' ? snprintf(next, sizeof next, "%s", to) : snprintf(next, sizeof next, "%s/%s", folder, to);
    if (length >= (int)sizeof next) return ENAMETOOLONG;
    memcpy(at, next, (size_t)length + 1);
  }
  return ELOOP;
}

static ll_status no_regular(ll_ctx *ctx, const char *path, mode_t mode) {
  const char *kind = S_ISDIR(mode) ? "folder" : S_ISFIFO(mode) ? "pipe" : S_ISSOCK(mode) ? "socket" : "device";
  return ll_fail(ctx, LL_ERR_IO, "%s: cannot be written: it is a %s, not a file", path, kind);
}

/* ---- the unnamed file ----------------------------------------------------------------------------------------------------- */

/* A name beside that of the file, which nobody else has: ".NAME.RANDOM.losslab-new", cut at a character where it would be too long.
 */
static void name_beside(const ll_file *f, char out[NAME_MAX + 1]) {
  static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
  unsigned char bytes[RANDOM];
  char word[RANDOM + 1] = {0};
  long most = fpathconf(f->folder, _PC_NAME_MAX);
  if (most <= 0 || most > NAME_MAX) most = NAME_MAX;
  size_t room = (size_t)most - RANDOM - 2 - strlen(ENDING), n = strlen(f->name);
  if (n > room)
    for (n = room; n > 0 && (f->name[n] & 0xc0) == 0x80;) n--;
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) memset(bytes, getpid() & 255, sizeof bytes);
  for (size_t i = 0; i < RANDOM; i++) word[i] = digits[bytes[i] % 32];
  snprintf(out, NAME_MAX + 1, ".%.*s.%s" ENDING, (int)n, f->name, word);
}

/* A new file of such a name, with the rights of the one to come; -1 and errno. */
static int make_beside(const ll_file *f, char name[NAME_MAX + 1]) {
  int file = -1;
  for (int i = 0; i < TRIES && file < 0; i++) {
    name_beside(f, name);
    file = openat(f->folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, f->mode);
    if (file < 0 && errno != EEXIST) return -1;
  }
  return file;
}

static void hold_signals(sigset_t *before) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

static void release_signals(const sigset_t *before) {
  int why = errno;
  pthread_sigmask(SIG_SETMASK, before, NULL);
  errno = why;
}

/* Opens the unnamed file. Where the file system knows none, one that loses its name at once, and whose content ll_file_end copies.
 */
static int open_unnamed(const ll_file *f) {
  int file = openat(f->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, f->mode);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)) return file;
  char name[NAME_MAX + 1];
  sigset_t before;
  hold_signals(&before);
  file = make_beside(f, name);
  if (file >= 0) unlinkat(f->folder, name, 0);
  release_signals(&before);
  return file;
}

/* Rights and owner of the file that is replaced. */
static int take_after(const ll_file *f, int file) {
  if (!f->existed) return 0;
  if (f->before.st_uid != geteuid() || f->before.st_gid != getegid()) {
    int given = fchown(file, f->before.st_uid, f->before.st_gid); /* the superuser's right alone; others keep what they make */
    (void)given;
  }
  return fchmod(file, f->mode);
}

/* ---- beginning ------------------------------------------------------------------------------------------------------------ */

/* Opens what is no regular file, or a descriptor's twin. */
static ll_status begin_into(ll_ctx *ctx, ll_file *f, int descriptor) {
  f->file = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  return f->file >= 0 ? LL_OK : refused(ctx, f->path, errno);
}

static ll_status begin(ll_ctx *ctx, ll_file *f, const char *path, bool into) {
  char target[PATH_MAX], folder[PATH_MAX];
  int descriptor;
  struct stat about = {0};
  size_t n = strlen(path);
  if (n >= PATH_MAX) return refused(ctx, path, ENAMETOOLONG);
  memcpy(f->path, path, n + 1), memcpy(target, path, n + 1);
  bool there = stat(path, &about) == 0; /* the system's own rules on links of other people hold here */
  if (!there && errno != ENOENT) return refused(ctx, path, errno);
  if (there && S_ISDIR(about.st_mode)) return no_regular(ctx, path, about.st_mode);
  int why = follow(target, &descriptor);
  if (why) return refused(ctx, path, why);
  if (descriptor >= 0 || (there && !S_ISREG(about.st_mode))) {
    if (into) return begin_into(ctx, f, descriptor);
    if (!there || S_ISREG(about.st_mode))
      return ll_fail(ctx, LL_ERR_IO, "%s: cannot be written: it is an open descriptor, not a file", path);
    return no_regular(ctx, path, about.st_mode);
  }
  const char *name = split(target, folder);
  if (!*name) return refused(ctx, path, n ? EISDIR : ENOENT);
  if (strlen(name) > NAME_MAX) return refused(ctx, path, ENAMETOOLONG);
  memcpy(f->name, name, strlen(name) + 1);
  f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (f->folder < 0 && errno == EACCES) f->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC); /* one that cannot be listed */
  if (f->folder < 0) return refused(ctx, path, errno);
  f->existed = there, f->before = about;
  f->mode = there ? about.st_mode & 0777 : 0666;
  if (there && faccessat(f->folder, f->name, W_OK, AT_EACCESS) != 0) return refused(ctx, path, errno);
  f->file = open_unnamed(f);
  if (f->file < 0) {
    why = errno;
    bool closed = faccessat(f->folder, ".", W_OK | X_OK, AT_EACCESS) != 0;
    return ll_fail(ctx, LL_ERR_IO, "%s: cannot be written: %s%s", path, closed ? "its folder: " : "", strerror(why));
  }
  return take_after(f, f->file) == 0 ? LL_OK : refused(ctx, path, errno);
}

ll_status ll_file_begin(ll_ctx *ctx, const char *path, bool into, ll_file **out) {
  void *block;
  *out = NULL;
  LL_TRY(ll_alloc(ctx, &block, sizeof(ll_file)));
  ll_file *f = block;
  f->folder = f->file = -1, f->held = 0, f->existed = false;
  ll_status status = begin(ctx, f, path, into);
  if (status == LL_OK) *out = f;
  else ll_file_drop(ctx, f);
  return status;
}

/* ---- writing -------------------------------------------------------------------------------------------------------------- */

/* All n bytes to a descriptor: 0, or the error. */
static int write_all(int file, const unsigned char *bytes, size_t n) {
  while (n) {
    ssize_t wrote = write(file, bytes, n);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    bytes += wrote, n -= (size_t)wrote;
  }
  return 0;
}

static ll_status flush(ll_ctx *ctx, ll_file *f) {
  int why = write_all(f->file, f->piece, f->held);
  f->held = 0;
  return why ? refused(ctx, f->path, why) : LL_OK;
}

ll_status ll_file_put(ll_ctx *ctx, ll_file *f, const void *bytes, size_t n) {
  const unsigned char *from = bytes;
  if (f->held + n > PIECE) LL_TRY(flush(ctx, f));
  if (n > PIECE) {
    int why = write_all(f->file, from, n);
    return why ? refused(ctx, f->path, why) : LL_OK;
  }
  if (n) memcpy(f->piece + f->held, from, n);
  f->held += n;
  return LL_OK;
}

/* ---- the end -------------------------------------------------------------------------------------------------------------- */

/* The content once more, in a new file with a name; -1 and errno. */
static int copy_beside(ll_file *f, char name[NAME_MAX + 1]) {
  int copy = make_beside(f, name), why = 0;
  if (copy < 0) return -1;
  ssize_t got = 0;
  if (take_after(f, copy) != 0) why = errno;
  for (off_t at = 0; !why && (got = pread(f->file, f->piece, PIECE, at)) > 0; at += got)
    why = write_all(copy, f->piece, (size_t)got);
  if (!why && (got < 0 || fsync(copy) != 0)) why = errno;
  if (close(copy) != 0 && !why) why = errno;
  if (!why) return 0;
  unlinkat(f->folder, name, 0);
  errno = why;
  return -1;
}

/* Gives the unnamed file a name beside the one it replaces; -1 and errno. */
static int name_it(ll_file *f, char name[NAME_MAX + 1]) {
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", f->file);
  for (int i = 0; i < TRIES; i++) {
    name_beside(f, name);
    if (linkat(AT_FDCWD, own, f->folder, name, AT_SYMLINK_FOLLOW) == 0) return 0;
    if (errno != EEXIST) break;
  }
  return copy_beside(f, name); /* no /proc, or a file that had a name before */
}

/* Whether a folder was brought to disk, as far as its file system can. */
static bool synced(int folder) {
  return fsync(folder) == 0 || errno == EINVAL || errno == EBADF || errno == ENOTSUP || errno == EROFS;
}

static ll_status replace(ll_ctx *ctx, ll_file *f) {
  char name[NAME_MAX + 1];
  sigset_t before;
  if (fsync(f->file) != 0) return refused(ctx, f->path, errno);
  hold_signals(&before);
  bool named = name_it(f, name) == 0, renamed = named && renameat(f->folder, name, f->folder, f->name) == 0;
  int why = errno;
  if (named && !renamed) unlinkat(f->folder, name, 0);
  release_signals(&before);
  if (!renamed) return refused(ctx, f->path, why);
  if (!synced(f->folder))
    return ll_fail(ctx, LL_ERR_IO, "%s: is replaced, but its folder is not on disk: %s", f->path, strerror(errno));
  return LL_OK;
}

ll_status ll_file_end(ll_ctx *ctx, ll_file *f) {
  ll_status status = flush(ctx, f);
  if (status == LL_OK && f->folder >= 0) status = replace(ctx, f);
  if (f->folder < 0) {
    bool closed = close(f->file) == 0;
    f->file = -1;
    if (status == LL_OK && !closed) status = refused(ctx, f->path, errno);
  }
  ll_file_drop(ctx, f);
  return status;
}

void ll_file_drop(ll_ctx *ctx, ll_file *f) {
  if (!f) return;
  if (f->file >= 0) close(f->file);
  if (f->folder >= 0) close(f->folder);
  ll_free(ctx, f);
}

ll_status ll_file_write(ll_ctx *ctx, const char *path, const void *bytes, size_t n) {
  ll_file *f;
  LL_TRY(ll_file_begin(ctx, path, false, &f));
  ll_status status = ll_file_put(ctx, f, bytes, n);
  if (status == LL_OK) return ll_file_end(ctx, f);
  ll_file_drop(ctx, f);
  return status;
}
