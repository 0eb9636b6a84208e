/* Watching: the first NaN or infinity that an op makes is reported, with the op and what it was given. */
#include <stdio.h>

#include "engine/autograd/autograd.h"
#include "engine/base/scalar.h"

void ll_watch(ll_ctx *ctx, bool on, ll_watch_hook *hook, void *data) {
  ll_autograd *own = ll_autograd_of(ctx);
  own->watching = on;
  own->hook = hook;
  own->data = data;
}

bool ll_watch_is_on(const ll_ctx *ctx) { return ll_autograd_of((ll_ctx *)(uintptr_t)ctx)->watching; }

enum { LONGEST = 768 };

static size_t say_matrix(char *text, size_t at, const ll_matrix *m) {
  size_t row, col;
  if (at < LONGEST) at += (size_t)snprintf(text + at, LONGEST - at, " %zux%zu", m->rows, m->cols);
  if (at < LONGEST && ll_matrix_find_bad(m, &row, &col))
    at += (size_t)snprintf(text + at, LONGEST - at, " (holds %g at (%zu, %zu))", ll_shown(ll_matrix_row(m, row)[col]), row + 1,
                           col + 1);
  return at;
}

static size_t say_inputs(char *text, size_t at, const ll_node *node) {
  if (at < LONGEST) at += (size_t)snprintf(text + at, LONGEST - at, "; %s", node->n_inputs == 1 ? "input" : "inputs");
  for (uint32_t i = 0; i < node->n_inputs; i++) {
    if (i && at < LONGEST) at += (size_t)snprintf(text + at, LONGEST - at, ",");
    at = say_matrix(text, at, &node->inputs[i]->value);
  }
  return at;
}

/* The hook may watch anew and apply ops, but not go backward: a walk may be under way. */
static ll_status report(ll_ctx *ctx, const char *text) {
  ll_autograd *own = ll_autograd_of(ctx);
  if (!own->hook) return ll_fail(ctx, LL_ERR_NUMBER, "%s", text);
  own->watching = false;
  own->reporting = true;
  own->hook(own->data, text);
  own->reporting = false;
  return LL_OK;
}

ll_status ll_watch_result(ll_ctx *ctx, const ll_node *node) {
  char text[LONGEST];
  size_t row, col;
  const ll_matrix *m = &node->value;
  if (!ll_matrix_find_bad(m, &row, &col)) return LL_OK;
  size_t at = (size_t)snprintf(text, sizeof text, "%s: element (%zu, %zu) of its result %zux%zu is %g", ll_node_title(node),
                               row + 1, col + 1, m->rows, m->cols, ll_shown(ll_matrix_row(m, row)[col]));
  say_inputs(text, at, node);
  return report(ctx, text);
}

ll_status ll_watch_gradient(ll_ctx *ctx, const ll_node *node, const ll_node *given, size_t i, const ll_node *gradient) {
  char text[LONGEST];
  size_t row, col;
  const ll_matrix *m = &gradient->value;
  if (!ll_matrix_find_bad(m, &row, &col)) return LL_OK;
  size_t at = (size_t)snprintf(text, sizeof text, "backward of %s: element (%zu, %zu) of the gradient of input %zu is %g",
                               ll_node_title(node), row + 1, col + 1, i + 1, ll_shown(ll_matrix_row(m, row)[col]));
  at = say_inputs(text, at, node);
  if (at < LONGEST) at += (size_t)snprintf(text + at, LONGEST - at, "; given the gradient");
  say_matrix(text, at, &given->value);
  return report(ctx, text);
}
