/* The table of file formats, and the one way in: bytes, reader by suffix, hash, set. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/data/data.h"
#include "engine/data/read/encoding.h"
#include "engine/data/read/reader.h"

static const ll_reader_desc *const readers[] = {
#define READER(name) &ll_reader_##name,
#include "engine/data/read/readers.def"
#undef READER
};
enum { COUNT = sizeof readers / sizeof *readers };
const ll_format *const ll_formats[] = {
#define READER(name) &ll_reader_##name.format,
#include "engine/data/read/readers.def"
#undef READER
};
const size_t ll_format_count = COUNT;

/* In any case. */
static bool ends_in(const char *text, size_t size, const char *suffix) {
  size_t n = strlen(suffix);
  return size > n && strncasecmp(text + size - n, suffix, n) == 0;
}

/* The suffix of a format that the first size bytes of a name end in, or NULL. */
static const char *suffix_of(const ll_format *format, const char *name, size_t size) {
  for (const char *const *suffix = format->suffixes; *suffix; suffix++)
    if (ends_in(name, size, *suffix)) return *suffix;
  return NULL;
}

static ll_status no_suffix(ll_ctx *ctx, const char *path) {
  char list[256] = "";
  size_t at = 0;
  for (size_t r = 0; r < COUNT; r++)
    for (const char *const *suffix = ll_formats[r]->suffixes; *suffix && at < sizeof list; suffix++)
      at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "", *suffix);
  return ll_fail(ctx, LL_ERR_NAME, "%s: the name ends in none of %s (each also with .gz or .zst)", path, list);
}

/* The reader, of a format or, where that is NULL, of a file's name; and how long the name without suffixes is. */
static ll_status choose(ll_ctx *ctx, const char *path, const char *name, const char *format, const ll_reader_desc **reader,
                        size_t *size) {
  size_t place = 0;
  *reader = NULL;
  *size = strlen(name);
  if (ends_in(name, *size, ".gz")) *size -= 3;
  else if (ends_in(name, *size, ".zst")) *size -= 4;
  if (format) {
    LL_TRY(ll_names_find_row(ctx, "format", format, ll_formats, COUNT, &place));
  } else {
    while (place < COUNT && !suffix_of(ll_formats[place], name, *size)) place++;
    if (place == COUNT) return no_suffix(ctx, path);
  }
  *reader = readers[place];
  const char *suffix = suffix_of(ll_formats[place], name, *size);
  if (suffix) *size -= strlen(suffix);
  return LL_OK;
}

static ll_status check_options(ll_ctx *ctx, const char *path, const ll_format *format, const ll_read_options *o) {
  const struct {
    const char *name;
    unsigned flag;
    bool given;
  } options[] = {{"comment", LL_READ_COMMENT, o->comment != 0},
                 {"missing", LL_READ_MISSING, o->missing != LL_MISSING_ERROR},
                 {"categorical", LL_READ_CATEGORICAL, o->n_categorical > 0},
                 {"ignore", LL_READ_IGNORE, o->n_ignore > 0},
                 {"labels", LL_READ_LABELS, o->labels != NULL},
                 {"features", LL_READ_FEATURES, o->features > 0},
                 {"type", LL_READ_TYPE, o->type != NULL},
                 {"positive", LL_READ_POSITIVE, o->positive != NULL},
                 {"label", LL_READ_LABEL, o->label || o->label_column},
                 {"values", LL_READ_VALUES, o->values != NULL},
                 {"weight", LL_READ_WEIGHT, o->weight != NULL}};
  for (size_t k = 0; k < sizeof options / sizeof *options; k++)
    if (options[k].given && !(format->options & options[k].flag))
      return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: format \"%s\" has no option \"%s\"%s", path, format->name, options[k].name,
                     options[k].flag == LL_READ_LABEL ? ": its labels stand where the format has them" : "");
  if (o->values && (o->label || o->label_column || o->positive))
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: either values, a column of real numbers, or %s, of classes", path,
                   o->positive ? "positive" : "label");
  if (o->comment && (strchr("\"\r\n\t, +-.", o->comment) || (o->comment >= '0' && o->comment <= '9')))
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: a comment cannot begin with what a cell can: '%c'", path, o->comment);
  if (o->type && strcmp(o->type, LL_READ_TYPE_FILE) != 0 && strcmp(o->type, LL_PRECISION) != 0)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: type must be \"" LL_READ_TYPE_FILE "\" or \"" LL_PRECISION "\", not \"%s\"", path,
                   o->type);
  if (o->missing == LL_MISSING_CONSTANT && !isfinite((ll_real)o->constant))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: the constant for missing cells is %g", path, o->constant);
  return LL_OK;
}

/* Labels beyond 2^24 words are not whole numbers of their words any more; ll_builder_finish refuses them. */
static ll_status merge_equal(ll_ctx *ctx, ll_builder *b) {
  size_t rows = b->x.rows;
  if (b->multiclass && b->classes.count <= 1 << 24)
    LL_TRY(ll_words_merge(ctx, &b->classes, (ll_words_rows){.reals = b->y.data, .stride = 1, .rows = rows}));
  if (b->groups) LL_TRY(ll_words_merge(ctx, &b->group_words, (ll_words_rows){.whole = b->groups, .rows = rows}));
  return b->domains ? ll_words_merge(ctx, &b->domain_words, (ll_words_rows){.whole = b->domains, .rows = rows}) : LL_OK;
}

ll_status ll_data_read(ll_ctx *ctx, const char *path, const ll_read_options *options, ll_data **out) {
  static const ll_read_options none;
  ll_status status = LL_OK;
  if (!options) options = &none;
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  const ll_reader_desc *reader;
  size_t size;
  ll_source source;
  ll_builder builder = {.positive = options->positive};
  void *name = NULL;
  *out = NULL;
  LL_TRY(choose(ctx, path, base, options->format, &reader, &size));
  LL_TRY(check_options(ctx, path, &reader->format, options));
  LL_TRY(ll_source_open(ctx, path, &source));
  LL_GOTO(cleanup, ll_calloc(ctx, &name, size + 1, 1));
  memcpy(name, base, size);
  if (source.size == 0) {
    status = ll_fail(ctx, LL_ERR_FORMAT, "%s: the file is empty", path);
    goto cleanup;
  }
  LL_GOTO(cleanup, ll_encoding_check(ctx, &source));
  LL_GOTO(cleanup, reader->read(ctx, options, &source, &builder));
  LL_GOTO(cleanup, merge_equal(ctx, &builder));
  if ((options->label || options->label_column) && !options->positive) ll_builder_positive_plain(ctx, &builder);
  LL_GOTO(cleanup, ll_builder_finish(ctx, &builder, path, name, out));
  ll_hasher_wait(&source.hasher);
  ll_hash_end(&source.hasher.hash, ll_data_shared_of(*out)->info.hash);
cleanup:
  ll_builder_free(ctx, &builder);
  ll_source_close(ctx, &source);
  ll_free(ctx, name);
  return ll_source_told(ctx, &source, status);
}
