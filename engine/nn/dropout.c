/* Dropout as a product with a mask, a constant: its derivatives, of any order, are the product's. */
#include "engine/nn/dropout.h"

#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "losslab/nn.h"

LL_ISA_DECLARE(ll_dropout_loops, ll_dropout_loops);

typedef struct masked {
  ll_real *mask;
  double rate;
  uint64_t key, step;
} masked;

enum { COST = 2 }; /* of an element, in additions; below 64, so that pieces begin at multiples of 64, as they have to here */

static void mask_some(void *user, size_t from, size_t to) {
  const masked *m = user;
  const ll_dropout_loops *loops = LL_ISA_PICK(ll_dropout_loops);
  loops->mask(m->mask, from, to, m->key, m->step, (uint32_t)(m->rate * 0x1p32), (ll_real)(1 / (1 - m->rate)));
}

ll_status ll_dropout(ll_ctx *ctx, ll_node *x, double rate, const ll_random *stream, uint64_t step, ll_node **out) {
  *out = NULL;
  if (!(rate >= 0 && rate < 1)) return ll_fail(ctx, LL_ERR_RANGE, "dropout: rate must be on [0, 1), not %g", rate);
  if (rate == 0) {
    *out = ll_node_retain(x);
    return LL_OK;
  }
  ll_matrix m;
  ll_node *mask;
  LL_TRY(ll_matrix_new(ctx, x->value.rows, x->value.cols, &m));
  ll_crew_pieces(ll_matrix_count(&m), COST, mask_some, &(masked){m.data, rate, stream->key, step});
  LL_TRY(ll_node_new(ctx, &m, false, &mask));
  ll_status status = ll_apply2(ctx, &ll_op_mul, x, mask, out);
  ll_node_release(ctx, mask);
  return status;
}
