/* What the losses' own files share. */
#ifndef LOSSLAB_ENGINE_LOSS_H
#define LOSSLAB_ENGINE_LOSS_H

#include "engine/base/isa.h"
#include "losslab/loss.h"

#define LL_ROWS(table) (sizeof(table) / sizeof *(table))

/* scores n×1 and binary labels n×1: what pointwise and ranking losses take. */
extern const ll_loss_input ll_loss_scores_labels[2];

/* Checks inputs[n_inputs] against what a row says of them, `owner` being the name for messages. LL_ERR_SHAPE, LL_ERR_LABEL,
 * LL_ERR_NUMBER. */
ll_status ll_loss_check(ll_ctx *ctx, const char *owner, const ll_loss_input *desc, size_t n, const ll_matrix *inputs);

/* ll_loss_eval of inputs that were checked. */
ll_status ll_loss_eval_checked(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);

/* [out] n bytes that belong to the loss and stay until its next call with a larger n. LL_ERR_MEMORY. */
ll_status ll_loss_scratch(ll_ctx *ctx, ll_loss *loss, size_t n, void **out);

/* A binary label's side: 1 for the target. */
static inline bool ll_is_target(ll_real label) { return label > 0; }

enum { LL_LABELS_ZERO = 1, LL_LABELS_MINUS = 2, LL_LABELS_OTHER = 4 };

typedef struct ll_label_kernels {
  unsigned (*seen)(const ll_real *labels, size_t n); /* which values other than 1 occur: bits LL_LABELS_* */
  size_t (*targets)(const ll_real *labels, size_t n);
} ll_label_kernels;
const ll_label_kernels *ll_label_kernels_get(void);

/* ---- pointwise losses (pointwise.simd.c) ------------------------------------------------------------------------------- */

/* One pass over n rows: the sum of the values; rows[i] = value and grads[i] = scale × derivative, each if not NULL. a and b
 * are the form's constants. */
typedef double ll_pointwise_kernel(const ll_real *scores, const ll_real *labels, size_t n, double a, double b, double scale,
                                   ll_real *rows, ll_real *grads);
typedef enum ll_pointwise_form {
#define POINTWISE(name, ...) LL_POINTWISE_##name,
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE
  LL_POINTWISE_COUNT
} ll_pointwise_form;
typedef struct ll_pointwise_kernels {
  ll_pointwise_kernel *form[LL_POINTWISE_COUNT];
} ll_pointwise_kernels;

/* The eval of a pointwise loss by one form and its constants. */
ll_status ll_pointwise_eval(const ll_loss *loss, ll_loss_call *call, ll_pointwise_form form, double a, double b);

#endif
