/* losslab/file.h: files are written whole or not at all.
 *
 * What is put has no name until ll_file_end: it goes into an unnamed file (O_TMPFILE) of the folder in which the path's file
 * stands, is brought to disk, and takes the file's place by one rename. So a reader sees the old file or the new one, never a part;
 * any number of processes may write to one path, and one of them is last; whatever fails or kills the process before the end leaves
 * the old file as it was and nothing beside it. SIGKILL or a lost power supply between two system calls of ll_file_end may leave
 * ".NAME.RANDOM.losslab-new", which disturbs nothing and may be deleted.
 *
 * - A symbolic link stays; what it points to is replaced, or made.
 * - A new file has the rights that the umask leaves of rw-rw-rw-; one that is replaced hands on its rights and, as far as the
 * system lets us, its owner and group; access lists and other attributes are not kept. A file that the user may not write is
 * refused, though its folder would let it be replaced; so is one in a folder that may not be written.
 * - Of a file with several hard links only the path's is replaced: its other names keep what they held.
 * - What is no regular file (a folder, device, pipe or socket) is never replaced. It is refused; or, with `into`, what is put is
 *   written into it as it comes. `into` also writes to a descriptor of this process that the path names (/dev/stdout, /dev/fd/3).
 *
 * LL_ERR_IO is the system's refusal: the path and the reason. A write beyond the limit of a file's size is one where SIGXFSZ is
 * ignored, as the losslab programs do; else it ends the process, which leaves nothing either. */
#ifndef LOSSLAB_FILE_H
#define LOSSLAB_FILE_H

#include "losslab/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A file that is being written. */
typedef struct ll_file ll_file;

/* Begins to write path. *out is NULL after a failure; else it must be given to ll_file_end or ll_file_drop. into: a device, a pipe
 * or an open descriptor is written into instead of refused; opening a pipe waits for its reader. LL_ERR_IO, LL_ERR_MEMORY. */
ll_status ll_file_begin(ll_ctx *ctx, const char *path, bool into, ll_file **out);
/* Adds n bytes; they are gathered into larger pieces. After a failure the file can only be dropped. LL_ERR_IO. */
ll_status ll_file_put(ll_ctx *ctx, ll_file *file, const void *bytes, size_t n);
/* Gives what was put its name, and file back to the context, also after a failure. Signals wait until the name is given. LL_ERR_IO:
 * the old file stands, unless the message says that it is replaced and its folder alone could not be brought to disk. */
ll_status ll_file_end(ll_ctx *ctx, ll_file *file);
/* Gives up: as if nothing had been begun (but for what was written into a device or pipe). NULL is allowed. */
void ll_file_drop(ll_ctx *ctx, ll_file *file);

/* All of it in one call, for a file whose n bytes are there. LL_ERR_IO, LL_ERR_MEMORY. */
ll_status ll_file_write(ll_ctx *ctx, const char *path, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
