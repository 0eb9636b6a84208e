/* Named matrices as bytes: a line of text that a person can read with `head -1`, then the elements. Reading trusts
 * nothing: every word, every shape and the length are checked before anything is made of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "losslab/nn.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "networks are written as they stand in memory: little-endian"
#endif

enum { LONGEST_NAME = 100, LONGEST_LINE = 1 << 20 };
#define MAGIC "losslab network "
#define VERSION "2"

typedef struct saved {
  char name[LONGEST_NAME + 1];
  size_t rows, cols;
  const unsigned char *elements;
} saved;

struct ll_state {
  size_t count, element; /* bytes of one */
  char kind[LONGEST_NAME + 1];
  saved *entries;
};

/* The length of a name at text. */
static size_t name_length(const char *text) {
  return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}

/* ---- writing ----------------------------------------------------------------------------------------------------------- */

static ll_status check_words(ll_ctx *ctx, const char *kind, const ll_entry *entries, size_t n) {
  size_t length = strlen(kind);
  if (length == 0 || length > LONGEST_NAME || strpbrk(kind, ";\n"))
    return ll_fail(ctx, LL_ERR_ARGUMENT, "a state of the kind \"%.40s\" cannot be written", kind);
  for (size_t i = 0; i < n; i++) {
    length = strlen(entries[i].name);
    if (ll_matrix_count(entries[i].value) == 0)
      return ll_fail(ctx, LL_ERR_ARGUMENT, "parameter %zu (%.40s) has no elements to save", i + 1, entries[i].name);
    if (length == 0 || length > LONGEST_NAME || name_length(entries[i].name) != length)
      return ll_fail(ctx, LL_ERR_ARGUMENT, "parameter %zu cannot be saved under the name \"%.40s\"", i + 1, entries[i].name);
  }
  return LL_OK;
}

ll_status ll_state_save(ll_ctx *ctx, const char *kind, const ll_entry *entries, size_t n, void **bytes, size_t *size) {
  *bytes = NULL, *size = 0;
  LL_TRY(check_words(ctx, kind, entries, n));
  enum { SHAPE = 48 }; /* "; ", a blank, two numbers of 64 bits and an x */
  size_t line = sizeof MAGIC + sizeof VERSION + sizeof LL_PRECISION + strlen(kind) + 4, elements = 0;
  for (size_t i = 0; i < n; i++) {
    line += strlen(entries[i].name) + SHAPE;
    elements += ll_matrix_count(entries[i].value);
  }
  if (line > LONGEST_LINE) return ll_fail(ctx, LL_ERR_RANGE, "%zu parameters are too many to save", n);
  LL_TRY(ll_alloc(ctx, bytes, line + elements * sizeof(ll_real)));
  char *text = *bytes;
  size_t at = (size_t)snprintf(text, line, MAGIC VERSION " %s %s", LL_PRECISION, kind);
  for (size_t i = 0; i < n; i++)
    at += (size_t)snprintf(text + at, line - at, "; %s %zux%zu", entries[i].name, entries[i].value->rows, entries[i].value->cols);
  text[at++] = '\n';
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r < entries[i].value->rows; r++) {
      size_t row = entries[i].value->cols * sizeof(ll_real);
      memcpy(text + at, ll_matrix_row(entries[i].value, r), row);
      at += row;
    }
  *size = at;
  return LL_OK;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

/* The whole number at *text, which moves past it; 0 if there is none or it is too large. */
static size_t read_size(const char **text) {
  size_t value = 0;
  for (; **text >= '0' && **text <= '9'; ++*text)
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (size_t)(**text - '0'), &value)) return 0;
  return value;
}

/* Everything up to the first ';': precision and kind. */
static ll_status read_head(ll_ctx *ctx, ll_state *state, const char **text) {
  const char *at = *text + sizeof MAGIC - 1, *end = at + strcspn(at, ";");
  if (strncmp(at, VERSION " ", sizeof VERSION) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "a network in format %.*s: " VERSION " expected", (int)strcspn(at, " "), at);
  at += sizeof VERSION;
  size_t word = strcspn(at, " ;");
  if (word == 6 && strncmp(at, "double", word) == 0) state->element = sizeof(double);
  else if (word == 5 && strncmp(at, "float", word) == 0) state->element = sizeof(float);
  else return ll_fail(ctx, LL_ERR_FORMAT, "a network in precision \"%.*s\": float or double expected", (int)word, at);
  at += word;
  if (*at++ != ' ' || at >= end || (size_t)(end - at) > LONGEST_NAME)
    return ll_fail(ctx, LL_ERR_FORMAT, "the first line of the network does not say its kind");
  memcpy(state->kind, at, (size_t)(end - at));
  state->kind[end - at] = '\0';
  *text = end;
  return LL_OK;
}

/* One "; NAME ROWSxCOLS". */
static ll_status read_entry(ll_ctx *ctx, size_t i, const char **text, saved *entry) {
  const char *at = *text;
  if (at[0] != ';' || at[1] != ' ') return ll_fail(ctx, LL_ERR_FORMAT, "after parameter %zu of the network: \"%.40s\"", i, at);
  at += 2;
  size_t length = name_length(at);
  if (length == 0 || length > LONGEST_NAME || at[length] != ' ')
    return ll_fail(ctx, LL_ERR_FORMAT, "the name of parameter %zu is not understood: \"%.40s\"", i + 1, at);
  memcpy(entry->name, at, length);
  entry->name[length] = '\0';
  at += length + 1;
  entry->rows = read_size(&at);
  bool x = *at == 'x';
  at += x;
  entry->cols = x ? read_size(&at) : 0;
  if (entry->rows == 0 || entry->cols == 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "the shape of parameter %zu (%s) is not understood", i + 1, entry->name);
  *text = at;
  return LL_OK;
}

static double element(const ll_state *state, const saved *entry, size_t k) {
  double wide;
  float narrow;
  if (state->element == sizeof wide) {
    memcpy(&wide, entry->elements + k * sizeof wide, sizeof wide);
    return wide;
  }
  memcpy(&narrow, entry->elements + k * sizeof narrow, sizeof narrow);
  return (double)narrow;
}

/* Gives each entry its part of the n bytes behind the line; they must be as many as the shapes say, and finite numbers. */
static ll_status read_elements(ll_ctx *ctx, ll_state *state, const unsigned char *bytes, size_t n) {
  size_t wanted = 0;
  for (size_t i = 0; i < state->count; i++) {
    saved *e = &state->entries[i];
    size_t size;
    e->elements = bytes + wanted;
    if (__builtin_mul_overflow(e->rows, e->cols, &size) || __builtin_mul_overflow(size, state->element, &size) ||
        __builtin_add_overflow(wanted, size, &wanted) || wanted > n)
      return ll_fail(ctx, LL_ERR_FORMAT, "the network ends before its parameter %zu (%s, %zux%zu) does", i + 1, e->name, e->rows,
                     e->cols);
  }
  if (wanted != n) return ll_fail(ctx, LL_ERR_FORMAT, "the network has %zu bytes behind its parameters", n - wanted);
  for (size_t i = 0; i < state->count; i++) {
    const saved *e = &state->entries[i];
    for (size_t k = 0; k < e->rows * e->cols; k++)
      if (!isfinite((ll_real)element(state, e, k)))
        return ll_fail(ctx, LL_ERR_NUMBER, "parameter %zu (%s) of the network is %g at element %zu", i + 1, e->name,
                       ll_shown(element(state, e, k)), k + 1);
  }
  return LL_OK;
}

ll_status ll_state_read(ll_ctx *ctx, const void *bytes, size_t size, ll_state **out) {
  ll_status status;
  void *block;
  char *line = NULL;
  ll_state *state = NULL;
  *out = NULL;
  const char *newline = size ? memchr(bytes, '\n', size < LONGEST_LINE ? size : LONGEST_LINE) : NULL;
  if (!newline || (size_t)(newline - (const char *)bytes) < sizeof MAGIC || memcmp(bytes, MAGIC, sizeof MAGIC - 1) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "not a losslab network: it does not begin with \"" MAGIC VERSION "\"");
  size_t length = (size_t)(newline - (const char *)bytes), n = 0;
  LL_TRY(ll_alloc(ctx, &block, length + 1));
  line = block;
  memcpy(line, bytes, length);
  line[length] = '\0';
  for (const char *c = line; (c = strchr(c, ';')) != NULL; c++) n++;
  LL_GOTO(fail, ll_calloc(ctx, &block, 1, sizeof *state));
  state = block;
  LL_GOTO(fail, ll_calloc(ctx, &block, n, sizeof *state->entries));
  state->entries = block;
  const char *text = line;
  status = LL_ERR_FORMAT;
  if (strlen(line) != length) {
    ll_fail(ctx, LL_ERR_FORMAT, "the first line of the network holds a byte 0");
    goto fail;
  }
  LL_GOTO(fail, read_head(ctx, state, &text));
  for (; state->count < n; state->count++) LL_GOTO(fail, read_entry(ctx, state->count, &text, &state->entries[state->count]));
  if (*text) {
    status = ll_fail(ctx, LL_ERR_FORMAT, "after the last parameter of the network: \"%.40s\"", text);
    goto fail;
  }
  LL_GOTO(fail, read_elements(ctx, state, (const unsigned char *)newline + 1, size - length - 1));
  ll_free(ctx, line);
  *out = state;
  return LL_OK;
fail:
  ll_free(ctx, line);
  ll_state_free(ctx, state);
  return status;
}

void ll_state_free(ll_ctx *ctx, ll_state *state) {
  if (state) ll_free(ctx, state->entries);
  ll_free(ctx, state);
}

const char *ll_state_kind(const ll_state *state) { return state->kind; }
size_t ll_state_count(const ll_state *state) { return state->count; }
void ll_state_shape(const ll_state *state, size_t i, size_t *rows, size_t *cols) {
  *rows = state->entries[i].rows, *cols = state->entries[i].cols;
}

ll_status ll_state_fill(ll_ctx *ctx, const ll_state *state, const ll_entry *entries, size_t n) {
  for (size_t i = 0; i < n && i < state->count; i++) {
    const saved *e = &state->entries[i];
    if (strcmp(e->name, entries[i].name) != 0 || e->rows != entries[i].value->rows || e->cols != entries[i].value->cols)
      return ll_fail(ctx, LL_ERR_SHAPE, "parameter %zu of the saved network is %s %zux%zu, of this one %s %zux%zu", i + 1, e->name,
                     e->rows, e->cols, entries[i].name, entries[i].value->rows, entries[i].value->cols);
  }
  if (state->count != n) return ll_fail(ctx, LL_ERR_SHAPE, "the saved network has %zu parameters, this one %zu", state->count, n);
  for (size_t i = 0; i < n; i++) {
    const ll_matrix *m = entries[i].value;
    for (size_t k = 0; k < ll_matrix_count(m); k++)
      ll_matrix_row(m, k / m->cols)[k % m->cols] = (ll_real)element(state, &state->entries[i], k);
  }
  return LL_OK;
}
