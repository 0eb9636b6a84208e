/* Columns about the spectrum alone. */
#ifndef LOSSLAB_ENGINE_SPECTRUM_COLUMNS_H
#define LOSSLAB_ENGINE_SPECTRUM_COLUMNS_H

#include "engine/data/builder.h"
#include "losslab/psm.h"

/* Adds them to the features of the builder, whose groups are the spectra. path: for messages. */
ll_status ll_psms_add_spectrum_columns(ll_ctx *ctx, ll_psms *psms, ll_builder *b, const char *path);

#endif
