/* Shapes of inputs: the first input with a letter of "n,d" says how much it stands for; all others are compared with that. */
#include "engine/matrix/inputs.h"

#include <assert.h>

enum { MOST = 8 }; /* letters of one row of inputs */

typedef struct binding {
  size_t extent;
  int input; /* which input bound the letter */
  char letter;
} binding;

typedef struct check {
  ll_ctx *ctx;
  const char *owner;
  const ll_input *desc;
  const ll_matrix *inputs;
  size_t n, optional;
  binding bound[MOST]; /* the first `letters` of them are in use */
  size_t letters;
} check;

static bool left_out(const check *c, size_t i) {
  const ll_matrix *m = &c->inputs[i];
  return i >= c->n - c->optional && !m->data && m->rows == 0 && m->cols == 0;
}

static ll_status wrong_shape(const check *c, int at, int other) {
  const ll_input *desc = &c->desc[at];
  const ll_matrix *m = &c->inputs[at];
  if (other < 0 || other == at)
    return ll_fail(c->ctx, LL_ERR_SHAPE, "%s: %s must be (%s), not %zux%zu", c->owner, desc->name, desc->shape, m->rows, m->cols);
  const ll_matrix *o = &c->inputs[other];
  return ll_fail(c->ctx, LL_ERR_SHAPE, "%s: %s (%s) is %zux%zu, which does not fit %s (%s), %zux%zu", c->owner, desc->name,
                 desc->shape, m->rows, m->cols, c->desc[other].name, c->desc[other].shape, o->rows, o->cols);
}

static const binding *find(const check *c, char letter) {
  for (size_t i = 0; i < c->letters; i++)
    if (c->bound[i].letter == letter) return &c->bound[i];
  return NULL;
}

/* Binds or compares one letter; a digit stands for itself. */
static ll_status check_letter(check *c, int at, char letter, size_t extent) {
  if (letter >= '0' && letter <= '9') return extent == (size_t)(letter - '0') ? LL_OK : wrong_shape(c, at, -1);
  const binding *b = find(c, letter);
  if (b) return b->extent == extent ? LL_OK : wrong_shape(c, at, b->input);
  assert(c->letters < MOST);
  c->bound[c->letters++] = (binding){extent, at, letter};
  return LL_OK;
}

static ll_status check_shape(check *c, int at) {
  const ll_matrix *m = &c->inputs[at];
  const char *shape = c->desc[at].shape;
  if (shape[0] == '*') return LL_OK;
  if (shape[1] == ',') {
    LL_TRY(check_letter(c, at, shape[0], m->rows));
    return check_letter(c, at, shape[2], m->cols);
  }
  if (m->rows > 1 && m->cols > 1)
    return ll_fail(c->ctx, LL_ERR_SHAPE, "%s: %s must be a vector, not %zux%zu", c->owner, c->desc[at].name, m->rows, m->cols);
  return check_letter(c, at, shape[0], ll_matrix_count(m));
}

static ll_status check_empty(const check *c, size_t i) {
  const ll_matrix *m = &c->inputs[i];
  size_t other = i ? 0 : c->n - 1;
  if (ll_matrix_count(m)) return LL_OK;
  if (other == i || left_out(c, other))
    return ll_fail(c->ctx, LL_ERR_SHAPE, "%s: %s is empty, %zux%zu", c->owner, c->desc[i].name, m->rows, m->cols);
  return ll_fail(c->ctx, LL_ERR_SHAPE, "%s: %s is empty, %zux%zu (%s: %zux%zu)", c->owner, c->desc[i].name, m->rows, m->cols,
                 c->desc[other].name, c->inputs[other].rows, c->inputs[other].cols);
}

ll_status ll_inputs_check(ll_ctx *ctx, const char *owner, const ll_input *desc, size_t n, size_t optional,
                          const ll_matrix *inputs) {
  check c;
  c.ctx = ctx, c.owner = owner, c.desc = desc, c.inputs = inputs, c.n = n, c.optional = optional, c.letters = 0;
  for (size_t i = 0; i < n; i++)
    if (!left_out(&c, i)) LL_TRY(check_shape(&c, (int)i));
  for (size_t i = 0; i < n; i++)
    if (!left_out(&c, i)) LL_TRY(check_empty(&c, i));
  const binding *k = find(&c, 'k');
  for (size_t i = 0; i < n; i++) {
    const ll_input_given given = {owner, &desc[i], &inputs[i], k ? k->extent : 0, inputs[0].rows};
    if (!left_out(&c, i)) LL_TRY(ll_input_role_check(ctx, &given));
  }
  return LL_OK;
}
