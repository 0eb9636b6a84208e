/* The readers of read.c's table: each takes a source that is not empty and fills x, y, columns, classes of the builder. */
#ifndef LOSSLAB_ENGINE_READERS_H
#define LOSSLAB_ENGINE_READERS_H

#include "engine/data/builder.h"
#include "engine/data/source.h"

ll_status ll_read_csv(ll_ctx *ctx, ll_source *source, ll_builder *builder);
ll_status ll_read_tsv(ll_ctx *ctx, ll_source *source, ll_builder *builder);
ll_status ll_read_svm(ll_ctx *ctx, ll_source *source, ll_builder *builder);
ll_status ll_read_idx(ll_ctx *ctx, ll_source *source, ll_builder *builder);
ll_status ll_read_npy(ll_ctx *ctx, ll_source *source, ll_builder *builder);
ll_status ll_read_pin(ll_ctx *ctx, ll_source *source, ll_builder *builder);

#endif
