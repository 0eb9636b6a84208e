/* Networks as bytes: a line of text that a person can read with `head -1`, then the parameters, little-endian. Reading
 * believes nothing: every word and the length are checked before anything is made. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/nn/mlp.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "networks are written as they stand in memory: little-endian"
#endif

enum { LONGEST_LINE = 1024, MOST_SIZES = 64 };
#define MAGIC "losslab network 1"

static size_t parameter_elements(const size_t *sizes, size_t n_sizes, bool *overflow) {
  size_t total = 0, product;
  *overflow = false;
  for (size_t l = 1; l < n_sizes; l++) {
    if (__builtin_mul_overflow(sizes[l], sizes[l - 1] + 1, &product) || __builtin_add_overflow(total, product, &total))
      *overflow = true;
  }
  return total;
}

ll_status ll_mlp_save(ll_ctx *ctx, const ll_mlp *net, void **bytes, size_t *n) {
  char line[LONGEST_LINE];
  bool overflow;
  *bytes = NULL, *n = 0;
  size_t at = (size_t)snprintf(line, sizeof line, MAGIC " %s hidden %s output %s sizes", LL_PRECISION, net->hidden, net->output);
  if (net->n_layers + 1 > MOST_SIZES)
    return ll_fail(ctx, LL_ERR_RANGE, "a network of %zu layers is too deep to save", net->n_layers);
  for (size_t l = 0; l <= net->n_layers; l++) at += (size_t)snprintf(line + at, sizeof line - at, " %zu", net->sizes[l]);
  line[at++] = '\n';
  size_t total = at + parameter_elements(net->sizes, net->n_layers + 1, &overflow) * sizeof(ll_real);
  LL_TRY(ll_alloc(ctx, bytes, total));
  unsigned char *to = *bytes;
  memcpy(to, line, at);
  to += at;
  for (size_t i = 0; i < ll_mlp_parameter_count(net); i++) {
    const ll_matrix *m = &ll_mlp_parameter(net, i)->value;
    memcpy(to, m->data, ll_matrix_count(m) * sizeof(ll_real));
    to += ll_matrix_count(m) * sizeof(ll_real);
  }
  *n = total;
  return LL_OK;
}

typedef struct saved {
  size_t sizes[MOST_SIZES], n_sizes, element;
  char hidden[32], output[32];
  const unsigned char *values;
} saved;

static ll_status parse(ll_ctx *ctx, const void *bytes, size_t n, saved *s) {
  char line[LONGEST_LINE], precision[16];
  const char *newline = memchr(bytes, '\n', n < LONGEST_LINE ? n : LONGEST_LINE);
  if (!newline || n < sizeof MAGIC || memcmp(bytes, MAGIC, sizeof MAGIC - 1) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "not a losslab network: it does not begin with \"" MAGIC "\"");
  size_t length = (size_t)(newline - (const char *)bytes);
  memcpy(line, bytes, length);
  line[length] = '\0';
  int at = 0;
  if (sscanf(line, MAGIC " %15s hidden %31s output %31s sizes%n", precision, s->hidden, s->output, &at) != 3 || at == 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "the first line of the network is not understood: \"%.80s\"", line);
  bool wide = strcmp(precision, "double") == 0;
  if (!wide && strcmp(precision, "float") != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "a network in precision \"%s\": float or double expected", precision);
  s->element = wide ? sizeof(double) : sizeof(float);
  s->n_sizes = 0;
  for (char *p = line + at; *p;) {
    char *end;
    unsigned long long size = strtoull(p, &end, 10);
    if (end == p || *p != ' ' || p[1] < '0' || p[1] > '9' || size == 0 || size > SIZE_MAX / 2 || s->n_sizes == MOST_SIZES)
      return ll_fail(ctx, LL_ERR_FORMAT, "size %zu of the network is not understood: \"%.40s\"", s->n_sizes + 1, p);
    s->sizes[s->n_sizes++] = (size_t)size;
    p = end;
  }
  bool overflow;
  size_t elements = parameter_elements(s->sizes, s->n_sizes, &overflow), body = n - length - 1;
  if (s->n_sizes < 2 || overflow || body % s->element || body / s->element != elements)
    return ll_fail(ctx, LL_ERR_FORMAT, "the network should hold %zu parameters of %zu bytes, and holds %zu bytes", elements,
                   s->element, body);
  s->values = (const unsigned char *)newline + 1;
  return LL_OK;
}

static ll_status fill(ll_ctx *ctx, ll_mlp *net, const saved *s) {
  const unsigned char *from = s->values;
  for (size_t pass = 0; pass < 2; pass++) { /* look at all before the first is changed */
    from = s->values;
    for (size_t i = 0; i < ll_mlp_parameter_count(net); i++) {
      ll_matrix *m = &ll_mlp_parameter(net, i)->value;
      for (size_t k = 0; k < ll_matrix_count(m); k++, from += s->element) {
        double value;
        float narrow;
        if (s->element == sizeof value) memcpy(&value, from, sizeof value);
        else memcpy(&narrow, from, sizeof narrow), value = (double)narrow;
        if (pass == 1) m->data[k] = (ll_real)value;
        else if (!isfinite(value))
          return ll_fail(ctx, LL_ERR_NUMBER, "parameter %zu of the network is %g at element %zu", i + 1, value, k + 1);
      }
    }
  }
  return LL_OK;
}

ll_status ll_mlp_load(ll_ctx *ctx, const void *bytes, size_t n, ll_mlp **out) {
  saved s;
  *out = NULL;
  LL_TRY(parse(ctx, bytes, n, &s));
  LL_TRY(ll_mlp_blank(ctx, &(ll_mlp_options){.sizes = s.sizes, .n_sizes = s.n_sizes, .hidden = s.hidden, .output = s.output}, out));
  ll_status status = fill(ctx, *out, &s);
  if (status != LL_OK) {
    ll_mlp_free(ctx, *out);
    *out = NULL;
  }
  return status;
}

ll_status ll_mlp_restore(ll_ctx *ctx, ll_mlp *net, const void *bytes, size_t n) {
  saved s;
  LL_TRY(parse(ctx, bytes, n, &s));
  if (s.n_sizes != net->n_layers + 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "the saved network has %zu layers, this one %zu", s.n_sizes - 1, net->n_layers);
  for (size_t l = 0; l < s.n_sizes; l++)
    if (s.sizes[l] != net->sizes[l])
      return ll_fail(ctx, LL_ERR_SHAPE, "size %zu of the saved network is %zu, of this one %zu", l + 1, s.sizes[l], net->sizes[l]);
  if (strcmp(s.hidden, net->hidden) != 0 || strcmp(s.output, net->output) != 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "the saved network is %s and %s, this one %s and %s", s.hidden, s.output, net->hidden,
                   net->output);
  return fill(ctx, net, &s);
}
