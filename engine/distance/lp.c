/* Distances pair by pair as nodes. Each pair of rows is gone through once forward and once backward; in between only the form is
 * kept. */
#include <stdio.h>
#include <string.h>

#include "engine/base/crew.h"
#include "engine/distance/lp.h"
#include "engine/matrix/buffer.h"
#include "losslab/distance.h"

LL_ISA_DECLARE(ll_lp_kernels, ll_lp_kernels);
const ll_lp_kernels *ll_lp_kernels_get(void) { return LL_ISA_PICK(ll_lp_kernels); }

typedef struct distance {
  const ll_lp_form *form;
  double p;
  bool pairwise;
} distance;

/* Zeros to add to. */
static ll_status take(ll_ctx *ctx, size_t n, ll_buffer **buffer, double **out) {
  LL_TRY(ll_buffer_scratch(ctx, n, buffer, out));
  memset(*out, 0, n * sizeof **out);
  return LL_OK;
}

static ll_status give(ll_ctx *ctx, const double *from, const ll_matrix *like, ll_node **out) {
  ll_matrix m;
  LL_TRY(ll_matrix_new(ctx, like->rows, like->cols, &m));
  for (size_t i = 0; i < ll_matrix_count(&m); i++) m.data[i] = (ll_real)from[i];
  return ll_node_new(ctx, &m, false, out);
}

static ll_status no_second(ll_ctx *ctx) {
  char have[200] = "";
  size_t at = 0;
  for (size_t k = 0; k < ll_distance_count; k++)
    if (ll_distances[k]->twice && at < sizeof have)
      at += (size_t)snprintf(have + at, sizeof have - at, "%s%s", at ? ", " : "", ll_distances[k]->name);
  return ll_fail(ctx, LL_ERR_UNSUPPORTED, "a distance that is computed pair by pair has no second derivative here; these have: %s",
                 have);
}

static ll_status difference_vjp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  distance of;
  memcpy(&of, ((ll_buffer *)out->payload)->data, sizeof of);
  const ll_matrix *a = &out->inputs[0]->value, *b = &out->inputs[1]->value;
  ll_buffer *buffer;
  double *ga, *gb;
  if (ll_recording_is_on(ctx)) return no_second(ctx);
  size_t d = a->cols;
  LL_TRY(take(ctx, ll_matrix_count(a) + ll_matrix_count(b), &buffer, &ga));
  gb = ga + ll_matrix_count(a);
  for (size_t i = 0; i < a->rows; i++)
    for (size_t k = of.pairwise ? 0 : i; k < (of.pairwise ? b->rows : i + 1); k++) {
      double slope = (double)ll_matrix_row(&g->value, i)[of.pairwise ? k : 0];
      of.form->slope(ll_matrix_row(a, i), ll_matrix_row(b, k), d, of.p, slope, ga + i * d, gb + k * d);
    }
  ll_status status = need[0] ? give(ctx, ga, a, &grads[0]) : LL_OK;
  if (status == LL_OK && need[1]) status = give(ctx, gb, b, &grads[1]);
  ll_buffer_put(ctx, buffer);
  return status;
}

static const ll_op op = {.name = "distance", .formula = "a distance, pair by pair", .arity = 2, .vjp = difference_vjp};

static void free_distance(ll_ctx *ctx, void *payload) { ll_buffer_put(ctx, payload); }

typedef struct rows {
  const ll_lp_form *form;
  double p;
  bool pairwise;
  const ll_matrix *x, *y, *out;
} rows;

static void some_rows(void *user, size_t from, size_t to) {
  const rows *r = user;
  for (size_t i = from; i < to; i++) {
    const ll_real *row = ll_matrix_row(r->x, i);
    for (size_t k = 0; k < r->out->cols; k++)
      ll_matrix_row(r->out, i)[k] = (ll_real)r->form->value(row, ll_matrix_row(r->y, r->pairwise ? k : i), r->x->cols, r->p);
  }
}

ll_status ll_lp_apply(ll_ctx *ctx, const ll_lp_form *form, double p, bool pairwise, ll_node *a, ll_node *b, ll_node **out) {
  const ll_matrix *x = &a->value, *y = &b->value;
  ll_matrix m;
  ll_buffer *buffer;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, x->rows, pairwise ? y->rows : 1, &m));
  ll_crew_pieces(x->rows, m.cols * x->cols, some_rows, &(rows){form, p, pairwise, x, y, &m});
  ll_status status = ll_buffer_get(ctx, (sizeof(distance) + sizeof(ll_real) - 1) / sizeof(ll_real), &buffer);
  if (status != LL_OK) {
    ll_matrix_release(ctx, &m);
    return status;
  }
  memcpy(buffer->data, &(distance){form, p, pairwise}, sizeof(distance));
  return ll_node_of_op(ctx, &op, (ll_node *[]){a, b}, 2, &m, buffer, free_distance, out);
}
