/* losslab.h: the whole public contract of liblosslab. */
#ifndef LOSSLAB_H
#define LOSSLAB_H

#include "losslab/axioms.h"
#include "losslab/base.h"
#include "losslab/data.h"
#include "losslab/distance.h"
#include "losslab/distributions.h"
#include "losslab/fdr.h"
#include "losslab/file.h"
#include "losslab/graph.h"
#include "losslab/inputs.h"
#include "losslab/interactions.h"
#include "losslab/linalg.h"
#include "losslab/lists.h"
#include "losslab/loss.h"
#include "losslab/matrix.h"
#include "losslab/metric.h"
#include "losslab/negatives.h"
#include "losslab/nn.h"
#include "losslab/optim.h"
#include "losslab/param.h"
#include "losslab/psm.h"
#include "losslab/psm_features.h"
#include "losslab/random.h"
#include "losslab/scores.h"
#include "losslab/sql.h"
#include "losslab/store.h"
#include "losslab/transport.h"
#include "losslab/tuple.h"

#endif
