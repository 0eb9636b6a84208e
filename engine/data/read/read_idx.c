/* IDX, the format of MNIST: two zero bytes, the kind of element, the number of dimensions, their sizes, then the elements, all
 * big-endian. Images and labels are two files. (Y. LeCun's description of the MNIST database.) */
#include <stdio.h>
#include <string.h>

#include "engine/data/read/reader.h"

typedef struct idx {
  const unsigned char *elements;
  size_t n, width; /* the first dimension, and the product of the others */
  unsigned char kind;
} idx;

static const struct { unsigned char code, size; } kinds[] = {{0x08, 1}, {0x09, 1}, {0x0b, 2}, {0x0c, 4}, {0x0d, 4}, {0x0e, 8}};

static uint64_t big_endian(const unsigned char *p, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits = bits << 8 | p[i];
  return bits;
}

static double element(const idx *m, size_t i) {
  const unsigned char *p = m->elements;
  float single;
  double value;
  uint32_t word;
  uint64_t bits;
  switch (m->kind) {
  case 0x08: return p[i];
  case 0x09: return (signed char)p[i];
  case 0x0b: return (int16_t)big_endian(p + 2 * i, 2);
  case 0x0c: return (int32_t)big_endian(p + 4 * i, 4);
  case 0x0d:
    word = (uint32_t)big_endian(p + 4 * i, 4);
    memcpy(&single, &word, sizeof single);
    return (double)single;
  default:
    bits = big_endian(p + 8 * i, 8);
    memcpy(&value, &bits, sizeof value);
    return value;
  }
}

static ll_status parse(ll_ctx *ctx, const ll_source *source, idx *out) {
  const unsigned char *p = source->bytes;
  size_t size = source->size, element_size = 0, dimensions = size >= 4 ? p[3] : 0, head = 4 + 4 * dimensions;
  *out = (idx){.width = 1};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds && size >= 4; k++)
    if (p[2] == kinds[k].code) element_size = kinds[k].size;
  if (size < 4 || p[0] || p[1] || element_size == 0 || dimensions == 0)
    return ll_fail(ctx, LL_ERR_FORMAT,
                   "%s: not IDX: it begins with %02x %02x %02x %02x, expected 00 00, a kind of element (08 … 0e), "
                   "the number of dimensions",
                   source->path, size > 0 ? p[0] : 0, size > 1 ? p[1] : 0, size > 2 ? p[2] : 0, size > 3 ? p[3] : 0);
  if (size < head)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: it ends within the sizes of its %zu dimensions", source->path, dimensions);
  out->kind = p[2], out->elements = p + head;
  size_t room = (size - head) / element_size, total = 1;
  for (size_t k = 0; k < dimensions; k++) {
    size_t n = (size_t)big_endian(p + 4 + 4 * k, 4);
    if (n == 0) return ll_fail(ctx, LL_ERR_FORMAT, "%s: dimension %zu of %zu is 0", source->path, k + 1, dimensions);
    if (n > room / total)
      return ll_fail(ctx, LL_ERR_FORMAT, "%s: %zu bytes of elements are fewer than its dimensions ask for (dimension %zu is %zu)",
                     source->path, size - head, k + 1, n);
    total *= n;
    if (k == 0) out->n = n;
    else out->width *= n;
  }
  if (size - head != total * element_size)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: %zu bytes after its %zu elements", source->path, size - head - total * element_size,
                   total);
  return LL_OK;
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

/* The labels' bytes go into the images' hash, after the images'. */
static ll_status take_labels(ll_ctx *ctx, const char *path, ll_source *images, size_t n, ll_builder *b) {
  ll_source source;
  idx labels;
  ll_status status = LL_OK;
  LL_TRY(ll_source_open(ctx, path, &source));
  LL_GOTO(cleanup, ll_source_whole(ctx, &source));
  ll_hasher_wait(&images->hasher);
  ll_hash_add(&images->hasher.hash, source.bytes, source.size);
  LL_GOTO(cleanup, parse(ctx, &source, &labels));
  if (labels.n != n || labels.width != 1 || labels.kind >= 0x0d) {
    status = ll_fail(ctx, LL_ERR_SHAPE, "%s: %zu labels of %zu element%s%s for the %zu images of %s", path, labels.n, labels.width,
                     labels.width == 1 ? "" : "s", labels.kind >= 0x0d ? ", not whole numbers," : "", n, images->path);
    goto cleanup;
  }
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b->y));
  for (size_t i = 0; i < n; i++) {
    uint32_t number;
    LL_GOTO(cleanup, ll_builder_class(ctx, &b->classes, element(&labels, i), &number));
    b->y.data[i] = (ll_real)number;
  }
  b->multiclass = true;
cleanup:
  ll_source_close(ctx, &source);
  return status;
}

static ll_status read_idx(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  ll_status status = LL_OK;
  idx images;
  char *beside = NULL;
  LL_TRY(ll_source_whole(ctx, source));
  LL_TRY(parse(ctx, source, &images));
  LL_TRY(ll_matrix_new(ctx, images.n, images.width, &builder->x));
  for (size_t i = 0; i < images.n * images.width; i++) builder->x.data[i] = (ll_real)element(&images, i);
  size_t row, col;
  if (ll_matrix_find_bad(&builder->x, &row, &col))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu, column %zu is no finite %s number", source->path, row + 1, col + 1,
                   LL_PRECISION);
  LL_TRY(ll_builder_columns(ctx, &builder->columns, images.width));
  const char *labels = options->labels;
  if (!labels) {
    LL_TRY(labels_beside(ctx, source->path, &beside));
    labels = beside;
  }
  status = take_labels(ctx, labels, source, images.n, builder);
  ll_free(ctx, beside);
  return status;
}

const ll_reader_desc ll_reader_idx = {
    .format.name = "idx",
    .format.summary = "MNIST's images, with a file of labels beside",
    .format.suffixes = {"-ubyte", ".idx"},
    .format.options = LL_READ_LABELS,
    .read = read_idx,
};
