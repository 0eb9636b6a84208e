/* The table of file formats, and the one way in: bytes, reader by suffix, hash, set. */
#include <stdio.h>
#include <string.h>

#include "engine/data/readers.h"
#include "engine/data/source.h"

const ll_reader ll_readers[] = {
    {"csv", ".csv", "comma-separated, a header; label or class, group, domain, numbers", ll_read_csv},
    {"tsv", ".tsv", "the same with tabs", ll_read_tsv},
    {"pin", ".pin", "Percolator's input: Label 1 or -1, groups by ScanNr", ll_read_pin},
};
const size_t ll_reader_count = sizeof ll_readers / sizeof *ll_readers;

static bool ends_in(const char *text, size_t size, const char *suffix) {
  size_t n = strlen(suffix);
  return size > n && memcmp(text + size - n, suffix, n) == 0;
}

/* The reader, and how long the name without folder and suffixes is. */
static ll_status choose(ll_ctx *ctx, const char *path, const char *base, const char *format, const ll_reader **reader,
                        size_t *size) {
  const char *known[16];
  char list[256] = "";
  size_t at = 0;
  *size = strlen(base);
  if (ends_in(base, *size, ".gz")) *size -= 3;
  else if (ends_in(base, *size, ".zst")) *size -= 4;
  *reader = NULL;
  for (size_t r = 0; r < ll_reader_count; r++) {
    known[r] = ll_readers[r].format;
    if (at < sizeof list)
      at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", r ? ", " : "",
                             format ? ll_readers[r].format : ll_readers[r].suffix);
    bool suffix = ends_in(base, *size, ll_readers[r].suffix);
    if (format ? strcmp(format, ll_readers[r].format) == 0 : suffix) *reader = &ll_readers[r];
  }
  if (*reader) {
    if (ends_in(base, *size, (*reader)->suffix)) *size -= strlen((*reader)->suffix);
    return LL_OK;
  }
  if (!format) return ll_fail(ctx, LL_ERR_NAME, "%s: the name ends in none of %s (each also with .gz or .zst)", path, list);
  const char *near = ll_nearest(format, known, ll_reader_count);
  if (near) return ll_fail(ctx, LL_ERR_NAME, "%s: unknown format \"%s\"; did you mean \"%s\"?", path, format, near);
  return ll_fail(ctx, LL_ERR_NAME, "%s: unknown format \"%s\"; there are %s", path, format, list);
}

ll_status ll_data_read(ll_ctx *ctx, const char *path, const char *format, ll_data **out) {
  ll_status status = LL_OK;
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  const ll_reader *reader;
  size_t size;
  ll_source source;
  ll_builder builder = {0};
  void *name = NULL;
  *out = NULL;
  LL_TRY(choose(ctx, path, base, format, &reader, &size));
  LL_TRY(ll_source_open(ctx, path, &source));
  LL_GOTO(cleanup, ll_calloc(ctx, &name, size + 1, 1));
  memcpy(name, base, size);
  if (source.size == 0) {
    status = ll_fail(ctx, LL_ERR_FORMAT, "%s: the file is empty", path);
    goto cleanup;
  }
  LL_GOTO(cleanup, reader->read(ctx, &source, &builder));
  LL_GOTO(cleanup, ll_builder_finish(ctx, &builder, path, name, out));
  ll_sha256(source.bytes, source.size, (*out)->info->hash);
cleanup:
  ll_builder_free(ctx, &builder);
  ll_source_close(ctx, &source);
  ll_free(ctx, name);
  return status;
}
