/* The label kernels of this machine, and the inputs of a loss of scores and labels. */
#include "engine/loss/label.h"

#include "engine/base/isa.h"

LL_ISA_DECLARE(ll_label_kernels, ll_label_kernels);

const ll_label_kernels *ll_label_kernels_get(void) { return LL_ISA_PICK(ll_label_kernels); }

const ll_loss_input ll_loss_scores_labels[2] = {{"scores", "n,1", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};
