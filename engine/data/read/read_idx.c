/* IDX, the format of MNIST: two zero bytes, the kind of element, the number of dimensions, their sizes, then the elements, all
 * big-endian. Images and labels are two files. (Y. LeCun's description of the MNIST database.) */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/read/compact.h"
#include "engine/data/read/elements.h"
#include "engine/data/read/reader.h"
#include "engine/data/read/whole_labels.h"

typedef struct idx {
  size_t n, width; /* the first dimension, and the product of the others */
  size_t size;     /* bytes an element */
  unsigned char kind;
  char type; /* 'u', 'i' or 'f' */
  unsigned char dimensions;
  uint32_t sizes[255];
} idx;

static const struct {
  unsigned char code, size;
  char kind;
} kinds[] = {{0x08, 1, 'u'}, {0x09, 1, 'i'}, {0x0b, 2, 'i'}, {0x0c, 4, 'i'}, {0x0d, 4, 'f'}, {0x0e, 8, 'f'}};

static uint64_t big_endian(const unsigned char *p, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits = bits << 8 | p[i];
  return bits;
}

static double element(unsigned char kind, const unsigned char *p) {
  float single;
  double value;
  uint32_t word;
  uint64_t bits;
  switch (kind) {
  case 0x08: return *p;
  case 0x09: return (signed char)*p;
  case 0x0b: return (int16_t)big_endian(p, 2);
  case 0x0c: return (int32_t)big_endian(p, 4);
  case 0x0d:
    word = (uint32_t)big_endian(p, 4);
    memcpy(&single, &word, sizeof single);
    return (double)single;
  default:
    bits = big_endian(p, 8);
    memcpy(&value, &bits, sizeof value);
    return value;
  }
}

/* Whether the elements fill `room` bytes; SIZE_MAX: as far as that is not known, whether they can be counted. */
static ll_status check_room(ll_ctx *ctx, const char *path, const idx *m, size_t room) {
  size_t total = 1;
  for (size_t k = 0; k < m->dimensions; k++) {
    size_t n = m->sizes[k];
    if (n > room / m->size / total)
      return ll_fail(ctx, LL_ERR_FORMAT, "%s: %zu bytes of elements are fewer than its dimensions ask for (dimension %zu is %zu)",
                     path, room, k + 1, n);
    total *= n;
  }
  if (room == SIZE_MAX || room == total * m->size) return LL_OK;
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: %zu bytes after its %zu elements", path, room - total * m->size, total);
}

/* Reads the head of a file; *at moves behind it. */
static ll_status parse(ll_ctx *ctx, ll_source *source, const unsigned char **at, idx *out) {
  LL_TRY(ll_source_need(ctx, source, at, 4));
  const unsigned char *p = *at;
  size_t size = (size_t)(source->bytes + source->size - p), head, room;
  double claimed;
  *out = (idx){.width = 1, .dimensions = size >= 4 ? p[3] : 0};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds && size >= 4; k++)
    if (p[2] == kinds[k].code) out->size = kinds[k].size, out->type = kinds[k].kind;
  if (size < 4 || p[0] || p[1] || out->size == 0 || out->dimensions == 0)
    return ll_fail(ctx, LL_ERR_FORMAT,
                   "%s: not IDX: it begins with %02x %02x %02x %02x, expected 00 00, a kind of element (08 … 0e), "
                   "the number of dimensions",
                   source->path, size > 0 ? p[0] : 0, size > 1 ? p[1] : 0, size > 2 ? p[2] : 0, size > 3 ? p[3] : 0);
  out->kind = p[2];
  head = 4 + 4 * (size_t)out->dimensions;
  LL_TRY(ll_source_need(ctx, source, at, head));
  if ((size_t)(source->bytes + source->size - *at) < head)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: it ends within the sizes of its %u dimensions", source->path, out->dimensions);
  claimed = (double)out->size;
  for (size_t k = 0; k < out->dimensions; k++) {
    out->sizes[k] = (uint32_t)big_endian(*at + 4 + 4 * k, 4);
    if (out->sizes[k] == 0)
      return ll_fail(ctx, LL_ERR_FORMAT, "%s: dimension %zu of %u is 0", source->path, k + 1, out->dimensions);
    claimed *= out->sizes[k];
  }
  *at += head;
  LL_TRY(ll_elements_room(ctx, source, at, claimed, &room));
  LL_TRY(check_room(ctx, source->path, out, room));
  out->n = out->sizes[0];
  for (size_t k = 1; k < out->dimensions; k++) out->width *= out->sizes[k];
  return ll_matrix_sides(ctx, source->path, out->n, out->width);
}

/* [out] the path with the last "images" and "idx3" in the file's name replaced; freed with ll_free. */
static ll_status labels_beside(ll_ctx *ctx, const char *path, char **out) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *images = strstr(name, "images");
  void *block;
  *out = NULL;
  if (!images)
    return ll_fail(ctx, LL_ERR_ARGUMENT,
                   "%s: the file of labels is not known: its name holds no \"images\" to be \"labels\"; give labels = path", path);
  size_t before = (size_t)(images - path);
  size_t size = strlen(path) + 1;
  LL_TRY(ll_alloc(ctx, &block, size));
  char *text = block;
  snprintf(text, size, "%.*slabels%s", (int)before, path, images + 6); /* as long as "images" */
  char *dims = strstr(text + before, "idx3");
  if (dims) dims[3] = '1';
  *out = text;
  return LL_OK;
}

typedef struct filling {
  ll_ctx *ctx;
  const idx *file;
  ll_builder *b;
  ll_compact kept;
  ll_whole_labels labels;
} filling;

static ll_status take_labels(void *to, const unsigned char *elements, size_t first, size_t n) {
  filling *f = to;
  for (size_t i = 0; i < n; i++) {
    double value = element(f->file->kind, elements + i * f->file->size);
    LL_TRY(ll_whole_labels_add(f->ctx, &f->labels, first + i, value < 0, (uint64_t)fabs(value)));
  }
  return LL_OK;
}

/* The labels' bytes go into the images' hash, after the images'. */
static ll_status read_labels(ll_ctx *ctx, const char *path, ll_source *images, size_t n, ll_builder *b) {
  ll_source source;
  idx file;
  filling f = {.ctx = ctx, .file = &file, .labels = {.builder = b}};
  size_t room;
  ll_status status = LL_OK;
  LL_TRY(ll_source_open_after(ctx, path, images, &source));
  const unsigned char *at = source.bytes;
  LL_GOTO(cleanup, parse(ctx, &source, &at, &file));
  if (file.n != n || file.width != 1 || file.kind >= 0x0d) {
    status = ll_fail(ctx, LL_ERR_SHAPE, "%s: %zu labels of %zu element%s%s for the %zu images of %s", path, file.n, file.width,
                     file.width == 1 ? "" : "s", file.kind >= 0x0d ? ", not whole numbers," : "", n, images->path);
    goto cleanup;
  }
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b->y));
  LL_GOTO(cleanup, ll_elements_take(ctx, &source, at, file.size, n, take_labels, &f, &room));
  LL_GOTO(cleanup, check_room(ctx, path, &file, room));
  ll_whole_labels_finish(ctx, &f.labels, n, false);
cleanup:
  ll_source_close(ctx, &source);
  return ll_source_told(ctx, &source, status);
}

static ll_status take_images(void *to, const unsigned char *elements, size_t first, size_t n) {
  const filling *f = to;
  ll_matrix *x = &f->b->x;
  if (f->kept.elements) {
    ll_compact_take(&f->kept, elements, first, n);
    return LL_OK;
  }
  if (f->file->kind == 0x08) {
    for (size_t i = 0; i < n; i++) x->data[first + i] = elements[i];
    return LL_OK;
  }
  for (size_t i = 0; i < n; i++) {
    size_t at = first + i;
    double value = element(f->file->kind, elements + i * f->file->size);
    x->data[at] = (ll_real)value;
    LL_TRY(ll_lost_digits_look(f->ctx, &f->b->lost, x, at / x->cols, at % x->cols, value));
  }
  return LL_OK;
}

static ll_status read_idx(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  ll_status status = LL_OK;
  idx file;
  filling f = {.ctx = ctx, .file = &file, .b = builder};
  size_t room;
  char *beside = NULL;
  const unsigned char *at = source->bytes;
  LL_TRY(parse(ctx, source, &at, &file));
  const ll_compact like = {.rows = file.n, .cols = file.width, .size = file.size, .swapped = true};
  LL_TRY(ll_compact_begin(ctx, options, file.type, &like, builder, &f.kept));
  if (!f.kept.elements) LL_TRY(ll_matrix_new(ctx, file.n, file.width, &builder->x));
  LL_TRY(ll_elements_take(ctx, source, at, file.size, file.n * file.width, take_images, &f, &room));
  LL_TRY(check_room(ctx, source->path, &file, room));
  LL_TRY(ll_compact_finite(ctx, builder, source->path));
  LL_TRY(ll_builder_columns(ctx, &builder->columns, file.width));
  const char *labels = options->labels;
  if (!labels) {
    LL_TRY(labels_beside(ctx, source->path, &beside));
    labels = beside;
  }
  status = read_labels(ctx, labels, source, file.n, builder);
  ll_free(ctx, beside);
  return status;
}

const ll_reader_desc ll_reader_idx = {
    .format.name = "idx",
    .format.summary = "MNIST's images, with a file of labels beside",
    .format.suffixes = {"-ubyte", ".idx"},
    .format.options = LL_READ_LABELS | LL_READ_POSITIVE | LL_READ_TYPE,
    .read = read_idx,
};
