/* Rows against rows, all pairs, block by block: what the losses of embeddings stand on, and in pairs/ those that search a batch
 * (batch_hard_triplet, margin_sample_mining, lmnn). Products are in double in both precisions, so that |x|^2 + |y|^2 - 2 x·y keeps
 * ten digits down to distances of a hundredth of the norms; smaller ones are computed again from differences. (A search for the
 * hardest pairs needs no such digits: pairs/hardest.h.) A block is a few rows of the matrix of all pairs: memory is O((n + m) d),
 * never n × m. */
#ifndef LOSSLAB_ENGINE_PAIRING_H
#define LOSSLAB_ENGINE_PAIRING_H

#include "engine/loss/loss.h"

typedef enum ll_pairing_form {
  LL_PAIRING_PLAIN,   /* as given: for products */
  LL_PAIRING_SHIFTED, /* minus the first row: for distances, which a common shift does not change (integers stay integers) */
  LL_PAIRING_UNIT     /* of length 1: for cosines; a zero row is LL_ERR_NUMBER, in a batch of training it stays 0 */
} ll_pairing_form;

typedef struct ll_pairing_cloud {
  size_t n, d;
  double *rows;    /* n×d */
  double *grads;   /* n×d, of the rows as they stand here */
  double *lengths; /* PLAIN, SHIFTED: their squares; UNIT: lengths of the given rows, 0 without a direction */
} ll_pairing_cloud;

typedef struct ll_pairing {
  const ll_ctx *ctx; /* asked whether all is to end */
  ll_pairing_form form;
  ll_pairing_cloud clouds[2];
  ll_pairing_cloud *from, *to; /* the same one where a batch is paired with itself */
  int inputs[2];
  size_t n_inputs;
  bool want;         /* some gradient is wanted */
  double *block;     /* height × to->n */
  double *spare;     /* what the loss asked for besides */
  double *pulls;     /* to->n: the column sums that pull_squares has met so far */
  uint32_t *columns; /* to->n: scratch */
  size_t height;     /* rows of a block */
} ll_pairing;

/* In the place of to_input: the first input with itself; or that and the next one, one below the other, with themselves. */
enum { LL_PAIRING_SELF = -1, LL_PAIRING_STACK = -2 };
/* Lays everything out in the loss's scratch and reads the inputs; counts the rows without a direction in call->zero_rows, and sets
 * call->empty where too few others are left for a cosine. spare: how many doubles the loss wants besides. LL_ERR_MEMORY,
 * LL_ERR_NUMBER. */
ll_status ll_pairing_open(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, ll_pairing_form form, int from_input, int to_input,
                          size_t spare, ll_pairing *out);
/* Rows so large that their squares overflow: the value is inf and the gradient 0, and there is nothing else to do. */
bool ll_pairing_overflows(const ll_pairing *p, ll_loss_call *call);
/* Blocks of rows [at, at + rows) of `from`, as a for loop's head. It ends early where all is to end: what was computed of the loss
 * is then refused by who asked for it (loss.c). */
#define LL_PAIRING_BLOCKS(p)                                                                                                       \
  for (size_t at = 0, rows; rows = ll_pairing_rows(p, at), at < (p)->from->n && !ll_ctx_must_stop((p)->ctx); at += rows)
static inline size_t ll_pairing_rows(const ll_pairing *p, size_t at) {
  return p->from->n - at < p->height ? p->from->n - at : p->height;
}
static inline double *ll_pairing_row(const ll_pairing *p, size_t row) { return p->block + row * p->to->n; }

/* block = x_i · y_j. */
void ll_pairing_products(ll_pairing *p, size_t at, size_t rows);
/* block = |x_i - y_j|^2 (SHIFTED). */
void ll_pairing_squares(ll_pairing *p, size_t at, size_t rows);
/* |x_i - y_j|^2 by differences. */
double ll_pairing_exact(const ll_pairing *p, size_t i, size_t j);
/* How far a squared distance of row i in a block, about as large as `square`, may be from the exact one. */
double ll_pairing_slack(const ll_pairing *p, size_t i, double square);
/* The block holds d loss / d (x_i · y_j), or d loss / d |x_i - y_j|^2: adds the gradients of the rows that follow from it. */
void ll_pairing_pull_products(ll_pairing *p, size_t at, size_t rows);
void ll_pairing_pull_squares(ll_pairing *p, size_t at, size_t rows);
/* One pair's share of ll_pairing_pull_squares. */
void ll_pairing_pull_square(ll_pairing *p, size_t i, size_t j, double weight);
/* Gives scale × the gradients to the call. */
void ll_pairing_close(const ll_pairing *p, ll_loss_call *call, double scale);

typedef struct ll_pairing_kernels {
  double (*square)(const double *x, const double *y, size_t d);
  double (*dot)(const double *x, const double *y, size_t d);
  void (*add_scaled)(double a, const double *x, double *y, size_t n); /* y += a x */
  /* v[j], a product, becomes max(0, length + lengths[j] - 2 v[j]); how many are too small beside the lengths to be exact enough */
  size_t (*squares)(double *v, const double *lengths, double length, size_t n);
  double (*sum)(const double *v, size_t n);
  /* out = x - origin [opt] in double */
  void (*raise)(const ll_real *x, const ll_real *origin, double *out, size_t d);
  double (*unit)(double *x, size_t d);          /* makes |x| = 1 and gives what it was; 0 for a row of zeros, which stays */
  double (*largest)(const double *x, size_t d); /* of |x_j| */
  /* out = factor (g - along x) */
  void (*across)(const double *g, const double *x, double along, double factor, ll_real *out, size_t d);
  void (*lower)(const double *x, const double *y, double factor, float *out, size_t d); /* out = factor (x - y) */
  double (*length)(const float *x, size_t d);                                           /* |x|^2 */
  /* What ll_pairing_pull_square does to both gradients. */
  void (*pull)(double weight, const double *x, const double *y, double *gx, double *gy, size_t d);
  /* The columns with v != 0; how many. */
  size_t (*nonzero)(const double *v, size_t n, uint32_t *columns);
  size_t (*count_nonzero)(const double *v, size_t n);
} ll_pairing_kernels;
const ll_pairing_kernels *ll_pairing_kernels_get(void);

/* embeddings n×d and class labels n×1 */
extern const ll_input ll_loss_embeddings_labels[2];
/* Labels as doubles into out[n]. */
void ll_pairing_labels(const ll_matrix *labels, double *out);

#endif
