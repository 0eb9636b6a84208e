/* An MLP forward and backward on kept buffers: see the header. Gradients stand in nodes that are kept, too, and come back with the
 * optimizer's step; one that somebody else holds is left to him. */
#include "engine/nn/mlp_pass.h"

#include "engine/base/ctx.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/gemm.h"
#include "engine/matrix/kernels.h"
#include "engine/nn/mlp.h"

typedef struct kept {
  ll_matrix before, after; /* x W' + b, where it is read again, and what the next layer reads */
  ll_matrix slope;         /* the gradient of after */
  ll_node *gradients[2];   /* of weights and bias */
  ll_matrix more[2];       /* what is added to them, where they are there from a batch before */
} kept;

struct ll_mlp_pass {
  size_t n;
  kept layers[];
};

ll_status ll_mlp_pass_new(ll_ctx *ctx, const ll_mlp *net, ll_mlp_pass **out) {
  void *block;
  *out = NULL;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out + net->n_layers * sizeof(kept)));
  *out = block;
  (*out)->n = net->n_layers;
  return LL_OK;
}

void ll_mlp_pass_free(ll_ctx *ctx, ll_mlp_pass *pass) {
  if (!pass) return;
  for (size_t l = 0; l < pass->n; l++) {
    kept *at = &pass->layers[l];
    ll_matrix_release(ctx, &at->before), ll_matrix_release(ctx, &at->after), ll_matrix_release(ctx, &at->slope);
    for (int i = 0; i < 2; i++) ll_node_release(ctx, at->gradients[i]), ll_matrix_release(ctx, &at->more[i]);
  }
  ll_free(ctx, pass);
}

static ll_node *parameter(const layer *at, int i) { return i ? at->bias : at->weights; }

/* Whether the gradient of a parameter is the kept one, and nobody else's. */
static bool is_own(const ll_node *p, const ll_node *gradient) {
  return gradient && p->grad == gradient && gradient->refs == 2 && gradient->value.buffer->refs == 1;
}

bool ll_mlp_pass_fits(ll_ctx *ctx, const ll_mlp *net, const ll_mlp_pass *pass) {
  bool some = false;
  for (size_t l = 0; l < net->n_layers; l++)
    for (int i = 0; i < 2; i++) {
      const ll_node *p = parameter(&net->layers[l], i);
      if (p->grad && !(pass && is_own(p, pass->layers[l].gradients[i]))) return false;
      some |= p->requires_grad;
    }
  return some && ll_recording_is_on(ctx) && !ll_watch_is_on(ctx);
}

/* A kept matrix in the shape of this step. */
static ll_status shaped(ll_ctx *ctx, size_t rows, size_t cols, ll_matrix *m) {
  if (m->rows == rows && m->cols == cols && m->data) return LL_OK;
  ll_matrix_release(ctx, m);
  return ll_matrix_new(ctx, rows, cols, m);
}

ll_status ll_mlp_pass_forward(ll_ctx *ctx, const ll_mlp *net, ll_mlp_pass *pass, const ll_matrix *x, const ll_matrix **out) {
  LL_TRY(ll_mlp_takes(ctx, net, x));
  for (size_t l = 0; l < pass->n; l++) {
    const layer *at = &net->layers[l];
    kept *k = &pass->layers[l];
    bool apart = at->activation && !ll_mlp_by_result(at->kernel);
    LL_TRY(shaped(ctx, x->rows, net->sizes[l + 1], &k->after));
    if (apart) LL_TRY(shaped(ctx, x->rows, net->sizes[l + 1], &k->before));
    const ll_matrix *z = apart ? &k->before : &k->after;
    LL_TRY(ll_gemm_product(ctx, false, true, x, &at->weights->value, 0, &at->bias->value, (ll_matrix *)(uintptr_t)z));
    if (at->activation) ll_kernels_run_unary(ll_kernels_get()->unary[at->kernel], z->data, k->after.data, ll_matrix_count(z));
    x = &k->after;
  }
  *out = x;
  return LL_OK;
}

/* [out] where a parameter's gradient is put: the kept node, a new one where that is still held; or, where there is one to which it
 * is to be added, beside it. */
static ll_status gradient_of(ll_ctx *ctx, const ll_node *p, kept *k, int i, ll_matrix **out) {
  ll_matrix m;
  ll_node **slot = &k->gradients[i];
  if (is_own(p, *slot)) {
    *out = &k->more[i];
    return shaped(ctx, p->value.rows, p->value.cols, *out);
  }
  if (!*slot || (*slot)->refs != 1 || (*slot)->value.buffer->refs != 1) {
    LL_TRY(ll_matrix_new(ctx, p->value.rows, p->value.cols, &m));
    ll_node_release(ctx, *slot);
    LL_TRY(ll_node_new(ctx, &m, false, slot));
  }
  *out = &(*slot)->value;
  return LL_OK;
}

static void leave(ll_node *p, const kept *k, int i) {
  if (!p->requires_grad) return;
  if (!p->grad) p->grad = ll_node_retain(k->gradients[i]);
  else ll_kernels_run_vv(LL_BINARY_add, p->grad->value.data, k->more[i].data, p->grad->value.data, ll_matrix_count(&k->more[i]));
}

ll_status ll_mlp_pass_backward(ll_ctx *ctx, const ll_mlp *net, ll_mlp_pass *pass, const ll_matrix *x, const ll_matrix *g) {
  size_t lowest = 0; /* the layer below which nothing requires a gradient */
  while (lowest + 1 < pass->n && !net->layers[lowest].weights->requires_grad && !net->layers[lowest].bias->requires_grad) lowest++;
  for (size_t l = pass->n; l-- > lowest;) {
    const layer *at = &net->layers[l];
    kept *k = &pass->layers[l];
    ll_matrix *to;
    LL_TRY(ll_ctx_go_on(ctx));
    if (at->activation) {
      const ll_matrix *z = ll_mlp_by_result(at->kernel) ? &k->after : &k->before;
      ll_kernels_run_unary1(ll_kernels_get()->unary1[at->kernel], z->data, k->after.data, g->data, g->data, ll_matrix_count(g));
    }
    if (at->weights->requires_grad) {
      LL_TRY(gradient_of(ctx, at->weights, k, 0, &to));
      LL_TRY(ll_gemm_product(ctx, true, false, g, l ? &pass->layers[l - 1].after : x, 0, NULL, to));
    }
    if (at->bias->requires_grad) {
      LL_TRY(gradient_of(ctx, at->bias, k, 1, &to));
      ll_reduce_cols(g, to);
    }
    if (l == lowest) break;
    ll_matrix *below = &pass->layers[l - 1].slope;
    LL_TRY(shaped(ctx, g->rows, net->sizes[l], below));
    LL_TRY(ll_gemm_product(ctx, false, false, g, &at->weights->value, 0, NULL, below));
    g = below;
  }
  for (size_t l = 0; l < pass->n; l++)
    for (int i = 0; i < 2; i++) leave(parameter(&net->layers[l], i), &pass->layers[l], i);
  return LL_OK;
}
