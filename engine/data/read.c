/* The table of file formats, and the one way in: bytes, reader by suffix, hash, set. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/readers.h"
#include "engine/data/source.h"

const ll_reader ll_readers[] = {
    {"csv", ".csv", "comma-separated, a header; label or class, group, domain, numbers", ll_read_csv},
    {"tsv", ".tsv", "the same with tabs", ll_read_tsv},
    {"svm", ".svm", "LIBSVM's sparse text: label index:value …", ll_read_svm},
    {"svm", ".libsvm", "the same", ll_read_svm},
    {"idx", "-ubyte", "MNIST's images, with a file of labels beside", ll_read_idx},
    {"idx", ".idx", "the same", ll_read_idx},
    {"npy", ".npy", "NumPy's array of features, with NAME_labels.npy beside", ll_read_npy},
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
  const char *near = ll_names_nearest(format, known, ll_reader_count);
  if (near) return ll_fail(ctx, LL_ERR_NAME, "%s: unknown format \"%s\"; did you mean \"%s\"?", path, format, near);
  return ll_fail(ctx, LL_ERR_NAME, "%s: unknown format \"%s\"; there are %s", path, format, list);
}

static ll_status check_options(ll_ctx *ctx, const char *path, const ll_reader *reader, const ll_read_options *o) {
  bool table = strcmp(reader->format, "csv") == 0 || strcmp(reader->format, "tsv") == 0;
  const char *refused = o->comment && !table                                                                    ? "comment"
                        : o->missing && !table && strcmp(reader->format, "pin") != 0                            ? "missing"
                        : o->n_categorical && !table                                                            ? "categorical"
                        : o->labels && strcmp(reader->format, "idx") != 0 && strcmp(reader->format, "npy") != 0 ? "labels"
                        : o->features && strcmp(reader->format, "svm") != 0                                     ? "features"
                                                                                                                : NULL;
  if (refused) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: format \"%s\" has no option \"%s\"", path, reader->format, refused);
  if (o->comment && (strchr("\"\r\n\t, +-.", o->comment) || (o->comment >= '0' && o->comment <= '9')))
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: a comment cannot begin with what a cell can: '%c'", path, o->comment);
  if (o->missing == LL_MISSING_CONSTANT && !isfinite((ll_real)o->constant))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: the constant for missing cells is %g", path, o->constant);
  return LL_OK;
}

ll_status ll_data_read(ll_ctx *ctx, const char *path, const char *format, ll_data **out) {
  ll_read_options options = {.format = format};
  return ll_data_read_with(ctx, path, &options, out);
}

ll_status ll_data_read_with(ll_ctx *ctx, const char *path, const ll_read_options *options, ll_data **out) {
  static const ll_read_options none;
  ll_status status = LL_OK;
  if (!options) options = &none;
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  const ll_reader *reader;
  size_t size;
  ll_source source;
  ll_builder builder = {0};
  void *name = NULL;
  *out = NULL;
  LL_TRY(choose(ctx, path, base, options->format, &reader, &size));
  LL_TRY(check_options(ctx, path, reader, options));
  LL_TRY(ll_source_open(ctx, path, &source));
  source.options = options;
  LL_GOTO(cleanup, ll_calloc(ctx, &name, size + 1, 1));
  memcpy(name, base, size);
  if (source.size == 0) {
    status = ll_fail(ctx, LL_ERR_FORMAT, "%s: the file is empty", path);
    goto cleanup;
  }
  LL_GOTO(cleanup, reader->read(ctx, &source, &builder));
  LL_GOTO(cleanup, ll_builder_finish(ctx, &builder, path, name, out));
  ll_hasher_wait(&source.hasher);
  ll_hash_end(&source.hasher.hash, (*out)->info->hash);
cleanup:
  ll_builder_free(ctx, &builder);
  ll_source_close(ctx, &source);
  ll_free(ctx, name);
  return status;
}
