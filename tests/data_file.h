/* Small files for tests of readers. */
#ifndef LOSSLAB_TESTS_DATA_FILE_H
#define LOSSLAB_TESTS_DATA_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes a file of that name in a folder of this process's own; returns its path. */
static inline const char *data_file(const char *name, const void *bytes, size_t size) {
  static char path[512];
  const char *base = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/losslab-test-%ld", base && *base ? base : "/tmp", (long)getpid());
  mkdir(path, 0700);
  size_t n = strlen(path);
  snprintf(path + n, sizeof path - n, "/%s", name);
  unlink(path); /* a file that is cut short and written anew is forced to the disk by ext4 */
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
    perror(path);
    exit(1);
  }
  return path;
}

/* Removes the folder, once its files are gone. */
static inline void data_folder_done(void) {
  const char *base = getenv("TMPDIR");
  char path[512];
  snprintf(path, sizeof path, "%s/losslab-test-%ld", base && *base ? base : "/tmp", (long)getpid());
  rmdir(path);
}

#endif
